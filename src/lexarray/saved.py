"""What ``to_bytes`` of strings, vocabularies, documents, tokenizers and pipelines have in common: :func:`wrap`, :func:`unwrap`,
and the names of parts to leave out.

Saved bytes are a MessagePack map:

    format      text: what was saved, "lexarray.vocab" for one
    version     integer: of that format. A reader takes its own and those before it
    crc32       integer: zlib's checksum of ``data``
    data        bytes: again a MessagePack map, from names of parts to what they hold

All of it is data: nothing in it runs.
"""

import zlib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from lexarray._message_pack import pack, unpack
from lexarray.errors import SavedObjectError


def wrap(format: str, version: int, parts: Mapping[str, Any]) -> bytes:
    """Parts as bytes.

    Args:
        format (str): what they are parts of.
        version (int): of the format.
        parts (Mapping[str, object]): plain data, as MessagePack has them.

    Raises:
        ValueError: more than 4 GiB.
    """
    data = pack(parts)
    return pack({"format": format, "version": version, "crc32": zlib.crc32(data), "data": data})


def unwrap(data: object, format: str, version: int, source: str = "") -> dict[str, Any]:
    """The parts that were wrapped.

    Args:
        data (bytes | bytearray | memoryview): what :func:`wrap` gave.
        format (str), version (int): what they must be of; versions before it will do.
        source (str): where the bytes are from, as messages begin.

    Raises:
        TypeError: not bytes.
        SavedObjectError: they are truncated, damaged, of something else, or of a newer version.

    >>> unwrap(wrap("drinks", 1, {"tea": 2}), "drinks", 1)
    {'tea': 2}
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"expected bytes, got {type(data).__name__}: {data!r:.80}")
    try:
        outer = unpack(bytes(data))
    except ValueError as error:
        raise SavedObjectError(f"{source}no saved {format}, or damaged: {error}") from None
    if not isinstance(outer, dict) or not isinstance(outer.get("format"), str):
        raise SavedObjectError(f"{source}this is no saved {format}: it does not say of which format it is")
    if outer["format"] != format:
        raise SavedObjectError(f"{source}this is a saved {outer['format']!r:.80}, where a {format!r} is needed")
    found = outer.get("version")
    if type(found) is not int or found < 1:
        raise SavedObjectError(f"{source}{format}: the version {found!r:.80} is none, so it is damaged")
    if found > version:
        raise SavedObjectError(f"{source}{format}: it is of version {found}; this version of lexarray reads {version} and "
                               f"those before it: update lexarray")
    inner = outer.get("data")
    if set(outer) != {"format", "version", "crc32", "data"} or not isinstance(inner, bytes):
        raise SavedObjectError(f"{source}{format}: there must be format, version, crc32 and data, and there are "
                               f"{', '.join(map(repr, outer)):.200}")
    if zlib.crc32(inner) != outer["crc32"]:
        raise SavedObjectError(f"{source}{format}: the checksum of its {len(inner):,} bytes of data is wrong, so they are damaged")
    try:
        parts = unpack(inner)
    except ValueError as error:
        raise SavedObjectError(f"{source}{format}: data: {error}") from None
    if not isinstance(parts, dict):
        raise SavedObjectError(f"{source}{format}: data: expected a map of parts, got {parts!r:.80}")
    return parts


def check_parts(parts: Mapping[str, Any], needed: Mapping[str, Any], possible: Mapping[str, Any], where: str) -> None:
    """Check which parts there are, and of which types.

    Args:
        parts (Mapping): the parts.
        needed, possible (Mapping[str, type]): which there must be, and which there may be.
        where (str): as messages begin.

    Raises:
        SavedObjectError: one is missing, unknown, or of another type.
    """
    for name in needed:
        if name not in parts:
            raise SavedObjectError(f"{where}: there is no part {name!r}")
    for name, value in parts.items():
        kind = needed.get(name, possible.get(name))
        if kind is None:
            raise SavedObjectError(f"{where}: the part {name!r:.80} is unknown to this version of lexarray")
        if not isinstance(value, kind) or isinstance(value, bool) and kind is int:
            raise SavedObjectError(f"{where}: {name}: {value!r:.80} is a {type(value).__name__}, not of the type that it should be")


def checked_names(exclude: Iterable[str], known: Collection[str]) -> frozenset[str]:
    """The names of parts to leave out.

    Raises:
        TypeError: not an iterable of names.
        ValueError: a name of no part.

    >>> checked_names(["tea"], ["coffee"])
    Traceback (most recent call last):
    ...
    ValueError: exclude: there is no part 'tea'; the parts are coffee
    """
    if isinstance(exclude, (str, bytes)):
        raise TypeError(f"exclude: expected names in a list, got one {type(exclude).__name__}: {exclude!r:.80}")
    names = frozenset(exclude)
    for name in names:
        if name not in known:
            raise ValueError(f"exclude: there is no part {name!r:.80}; the parts are {', '.join(sorted(known))}")
    return names
