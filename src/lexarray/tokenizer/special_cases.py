"""Strings whose tokens are laid down instead of found by rule: :class:`SpecialCases`."""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from types import MappingProxyType

from lexarray.attrs import IDS, NAMES

TokenAttributes = Mapping[int, str] | Mapping[str, str]      # attribute, by id or by name -> text

ORTH, NORM = IDS["ORTH"], IDS["NORM"]


class SpecialCases(MutableMapping[str, Iterable[TokenAttributes]]):
    """A mapping from a string to its tokens, ``[{ORTH: "do"}, {ORTH: "n't", NORM: "not"}]``.

    Every change is checked and counted in ``version``, so that a tokenizer that holds the mapping sees it
    at once. Attributes are given by id or by name; a token has ``ORTH`` and may have ``NORM``.

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
        self.version = 0
        self._longest = 0
        self.update(cases)

    def __setitem__(self, string: str, tokens: Iterable[TokenAttributes]) -> None:
        _check_string(string)
        self._cases[string] = _checked_tokens(string, tokens)
        self._longest = max(self._longest, len(string))
        self.version += 1

    def __delitem__(self, string: str) -> None:
        del self._cases[string]
        self.version += 1

    def __getitem__(self, string: str) -> list[TokenAttributes]:
        return [dict(token) for token in self._cases[string]]

    def __contains__(self, string: object) -> bool:
        return string in self._cases

    def __iter__(self) -> Iterator[str]:
        return iter(self._cases)

    def __len__(self) -> int:
        return len(self._cases)

    def __repr__(self) -> str:
        return f"<SpecialCases of {len(self):,} strings>"

    @property
    def longest(self) -> int:
        """At least the number of characters of the longest string."""
        return self._longest

    def with_space(self) -> list[str]:
        """The strings that contain whitespace. Cost: linear."""
        return [string for string in self._cases
                if len(string.split(None, 1)) > 1 or string[0].isspace() or string[-1].isspace()]


def _check_string(string):
    if not isinstance(string, str):
        raise TypeError(f"a special case must be a str, got {type(string).__name__}: {string!r}")
    if not string:
        raise ValueError("a special case must not be empty")


def _checked_tokens(string, tokens):
    checked = []
    for number, token in enumerate(tokens):
        where = f"special case {string!r}, token {number}"
        try:
            attributes = {IDS[name] if isinstance(name, str) else int(name): value for name, value in token.items()}
        except (AttributeError, KeyError, TypeError, ValueError):
            raise ValueError(f"{where}: expected a dict from attributes to texts, got {token!r}") from None
        for attribute, value in attributes.items():
            if attribute not in (ORTH, NORM):
                raise ValueError(f"{where}: only ORTH and NORM can be set, not {NAMES.get(attribute, attribute)}")
            if not isinstance(value, str):
                raise TypeError(f"{where}: {NAMES[attribute]} must be a str, got {value!r}")
        if not attributes.get(ORTH):
            raise ValueError(f"{where}: ORTH is missing or empty")
        checked.append(attributes)
    spelled = "".join(token[ORTH] for token in checked)
    if spelled != string:
        raise ValueError(f"special case {string!r}: its tokens spell {spelled!r}")
    return checked
