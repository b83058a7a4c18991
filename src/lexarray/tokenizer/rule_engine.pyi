from collections.abc import Callable, Iterable, Mapping
from re import Match

from typing_extensions import disjoint_base

from lexarray.tokenizer.special_cases import SpecialCases, TokenAttributes

@disjoint_base
class Piece:
    @property
    def label(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def norm(self) -> str | None: ...
    @property
    def space(self) -> bool: ...

@disjoint_base
class RuleEngine:
    @property
    def rules(self) -> SpecialCases: ...
    @rules.setter
    def rules(self, cases: Mapping[str, Iterable[TokenAttributes]] | None) -> None: ...
    prefix_search: Callable[[str], Match[str] | None] | None
    suffix_search: Callable[[str], Match[str] | None] | None
    infix_finditer: Callable[[str], Iterable[Match[str]]] | None
    token_match: Callable[[str], object] | None
    url_match: Callable[[str], object] | None
