from collections.abc import Callable, Iterable
from typing import Any

from typing_extensions import disjoint_base

from cymem.cymem import Pool
from lexarray.lex_attrs import LexicalRules
from lexarray.strings import StringStore

@disjoint_base
class LexemeTable:
    oov_prob: float
    get_noun_chunks: Callable[[Any], Iterable[tuple[int, int, int]]] | None
    @property
    def mem(self) -> Pool: ...
    @property
    def strings(self) -> StringStore: ...
    @property
    def lexical_rules(self) -> LexicalRules: ...
    @property
    def lex_attr_getters(self) -> dict[int, Callable[[str], object]]: ...
    @property
    def length(self) -> int: ...
