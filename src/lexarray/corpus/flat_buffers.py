"""Arrow's messages and footers, as bytes: what pyarrow does not tell of them.

pyarrow writes a footer only for a file that it has written from the first byte to the last. A corpus is appended to, so the
footer is made here: that of a file without record batches, whose list of blocks is replaced. Owned here: the layout, of which
https://arrow.apache.org/docs/format/Columnar.html#format-ipc and https://flatbuffers.dev/internals say what it is.

Everything that is read may be damaged: a position outside of the bytes is a ``struct.error``.
"""

from collections.abc import Sequence
from struct import calcsize, pack, pack_into, unpack_from
from typing import NamedTuple

#: Before the metadata of each message. With a length of 0 it ends the messages.
CONTINUATION = b"\xff\xff\xff\xff"
BLOCK = "<qi4xq"                # of a footer: offset, bytes of metadata with what is before them, bytes of the body
_VERSION, _HEADER, _BODY_LENGTH, _CUSTOM_METADATA = 0, 2, 3, 4      # fields of a message
_LENGTH, _BUFFERS, _COMPRESSION = 0, 2, 3                                       # of the header of a record batch
_RECORD_BATCHES = 3                                                 # of a footer
_KEY, _VALUE = 0, 1                                                 # of an item of metadata


class MessageInfo(NamedTuple):
    """What the metadata of a message say."""

    #: Bytes of its body.
    body_length: int
    #: Rows of a record batch.
    n_rows: int
    #: Key -> (where the value's characters begin, how many there are).
    metadata: dict[bytes, tuple[int, int]]
    #: (offset in the body, length) of each buffer of a record batch.
    buffers: list[tuple[int, int]]
    is_compressed: bool


def _table(data: bytes, at: int) -> int:
    # Where the table is to which the offset at `at` leads.
    return at + int(unpack_from("<I", data, at)[0])


def _field(data: bytes, table: int, number: int) -> int | None:
    # Where a field of a table is; None: it is left out.
    entries = table - unpack_from("<i", data, table)[0]
    if entries < 0 or 4 + 2 * number >= unpack_from("<H", data, entries)[0]:
        return None
    offset = unpack_from("<H", data, entries + 4 + 2 * number)[0]
    return table + offset if offset else None


def _vector(data: bytes, table: int, number: int, item: int) -> range:
    # Where the items of a vector of a table are, so many bytes each.
    at = _field(data, table, number)
    if at is None:
        return range(0)
    start = _table(data, at)
    n = unpack_from("<I", data, start)[0]
    if start + 4 + n * item > len(data):
        raise ValueError(f"{n:,} items of {item} bytes at byte {start:,}, of {len(data):,}")
    return range(start + 4, start + 4 + n * item, item)


def read_message(data: bytes) -> MessageInfo:
    """What the metadata of a message, without the 8 bytes before them, say.

    Raises:
        ValueError, struct.error: they are damaged.
    """
    message = _table(data, 0)
    at = _field(data, message, _BODY_LENGTH)
    body_length = unpack_from("<q", data, at)[0] if at is not None else 0
    if body_length < 0 or body_length % 8:
        raise ValueError(f"a body of {body_length:,} bytes")
    metadata = {}
    for item in _vector(data, message, _CUSTOM_METADATA, 4):
        pair = []
        for number in (_KEY, _VALUE):
            field = _field(data, _table(data, item), number)
            start = _table(data, field) if field is not None else -1
            length = unpack_from("<I", data, start)[0] if start >= 0 else 0
            if start < 0 or start + 4 + length > len(data):
                raise ValueError(f"metadata at byte {item:,} are damaged")
            pair.append((start + 4, length))
        metadata[data[pair[0][0]:pair[0][0] + pair[0][1]]] = pair[1]
    at = _field(data, message, _HEADER)
    if at is None:
        raise ValueError("a message without a header")
    header = _table(data, at)
    buffers = [unpack_from("<qq", data, item) for item in _vector(data, header, _BUFFERS, 16)]
    at = _field(data, header, _LENGTH)
    n_rows = unpack_from("<q", data, at)[0] if at is not None else 0
    return MessageInfo(body_length, n_rows, metadata, buffers, _field(data, header, _COMPRESSION) is not None)


def read_footer(data: bytes) -> list[tuple[int, int, int]]:
    """The (offset, bytes of metadata, bytes of body) of each record batch.

    Raises:
        ValueError, struct.error: the footer is damaged.
    """
    return [unpack_from(BLOCK, data, item)
            for item in _vector(data, _table(data, 0), _RECORD_BATCHES, calcsize(BLOCK))]


def make_footer(empty: bytes, blocks: Sequence[tuple[int, int, int]]) -> bytes:
    """A footer with these record batches.

    Args:
        empty: the footer of a file of the same schema without any.
        blocks: of each, what :func:`read_footer` gives.
    """
    at = _field(empty, _table(empty, 0), _RECORD_BATCHES)
    if at is None:
        raise ValueError("the footer of a file without record batches has no list of them")
    footer = bytearray(empty)
    footer += bytes(-(len(footer) + 4) % 8)             # the items are aligned, not the length before them
    pack_into("<I", footer, at, len(footer) - at)
    footer += pack("<I", len(blocks))
    for block in blocks:
        footer += pack(BLOCK, *block)
    return bytes(footer)
