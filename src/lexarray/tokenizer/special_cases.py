"""Strings whose tokens are laid down instead of found by rule: :class:`SpecialCases`."""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from itertools import count
from types import MappingProxyType

from lexarray.attrs import IDS, NAMES

TokenAttributes = Mapping[int, str] | Mapping[str, str]      # attribute, by id or by name -> text

_versions = count()         # of all mappings, and from all threads
ORTH, NORM = IDS["ORTH"], IDS["NORM"]


class SpecialCases(MutableMapping[str, Iterable[TokenAttributes]]):
    """A mapping from a string to its tokens, ``[{ORTH: "do"}, {ORTH: "n't", NORM: "not"}]``.

    Every change is checked and gives the mapping a new ``version``, a number that no mapping has had before, so that a
    tokenizer that holds the mapping sees it at once. Attributes are given by id or by name; a token has ``ORTH`` and may have ``NORM``.

    >>> cases = SpecialCases({"gimme": [{"ORTH": "gim", "NORM": "give"}, {"ORTH": "me"}]})
    >>> cases["gimme"]
    [{65: 'gim', 67: 'give'}, {65: 'me'}]
    >>> cases["gimme"] = [{"ORTH": "gim"}]
    Traceback (most recent call last):
        ...
    ValueError: special case 'gimme': its tokens spell 'gim'
    """

    def __init__(self, cases: Mapping[str, Iterable[TokenAttributes]] = MappingProxyType({})) -> None:
        self._cases: dict[str, list[dict[int, str]]] = {}
        self.version = next(_versions)
        self.update(cases)

    def __setitem__(self, string: str, tokens: Iterable[TokenAttributes]) -> None:
        string = _checked_string(string)
        self._cases[string] = _checked_tokens(string, tokens)
        self.version = next(_versions)

    def __delitem__(self, string: str) -> None:
        del self._cases[string]
        self.version = next(_versions)

    def __getitem__(self, string: str) -> list[TokenAttributes]:
        return [dict(token) for token in self._cases[string]]

    def __contains__(self, string: object) -> bool:
        return string in self._cases

    def __iter__(self) -> Iterator[str]:
        return iter(self._cases)

    def __len__(self) -> int:
        return len(self._cases)

    def __getstate__(self) -> tuple[dict[str, list[dict[int, str]]]]:
        # The version is this process's, and this mapping's: one that is loaded, or a copy, gets its own. A tuple, since old
        # protocols of pickle leave out a state that is empty.
        return (self.snapshot(),)

    def __setstate__(self, state: tuple[dict[str, list[dict[int, str]]]]) -> None:
        self._cases = dict(state[0])
        self.version = next(_versions)

    def __repr__(self) -> str:
        return f"<SpecialCases of {len(self):,} strings>"

    def snapshot(self) -> dict[str, list[dict[int, str]]]:
        """The cases at one moment, whatever other threads do: string -> tokens, with attributes by id. For reading only.
        A ``version`` that was read before it and is the same afterwards says which cases they are."""
        return dict(self._cases)


def _checked_string(string):
    # A str, and not of a subclass, which could say that it is longer than it is.
    if not isinstance(string, str):
        raise TypeError(f"a special case must be a str, got {type(string).__name__}: {string!r}")
    if not string:
        raise ValueError("a special case must not be empty")
    return str.__str__(string)


def _where(string, number):
    return f"special case {string!r:.80}, token {number}"


def _checked_tokens(string, tokens):
    checked = []
    for number, token in enumerate(tokens):
        try:
            attributes = {IDS[name] if isinstance(name, str) else int(name): value for name, value in token.items()}
        except (AttributeError, KeyError, TypeError, ValueError):
            raise ValueError(f"{_where(string, number)}: expected a dict from attributes to texts, got {token!r}") from None
        for attribute, value in attributes.items():
            if attribute not in (ORTH, NORM):
                raise ValueError(f"{_where(string, number)}: only ORTH and NORM can be set, not {NAMES.get(attribute, attribute)}")
            if not isinstance(value, str):
                raise TypeError(f"{_where(string, number)}: {NAMES[attribute]} must be a str, got {value!r}")
            attributes[attribute] = str.__str__(value)
        if not attributes.get(ORTH):
            raise ValueError(f"{_where(string, number)}: ORTH is missing or empty")
        checked.append(attributes)
    spelled = "".join(token[ORTH] for token in checked)
    if spelled != string:
        raise ValueError(f"special case {string!r}: its tokens spell {spelled!r}")
    return checked
