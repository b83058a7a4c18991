from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from typing_extensions import disjoint_base

from lexarray.lex_attrs import LexicalRules
from lexarray.lexeme import Lexeme
from lexarray.lexeme_table import LexemeTable
from lexarray.morphology import Morphology

@disjoint_base
class Vocab(LexemeTable):
    def __init__(
        self,
        lex_attr_getters: Mapping[int, Callable[[str], object]] | None = None,
        strings: Iterable[str] | None = (),
        oov_prob: float = -20.0,
        *,
        get_noun_chunks: Callable[[Any], Iterable[tuple[int, int, int]]] | None = None,
        lexical_rules: LexicalRules | None = None,
    ) -> None: ...
    @property
    def lang(self) -> str: ...
    @property
    def morphology(self) -> Morphology: ...
    def __getitem__(self, id_or_string: str | int) -> Lexeme: ...
    def __contains__(self, id_or_string: str | int, /) -> bool: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Lexeme]: ...
    def add_flag(self, flag_getter: Callable[[str], bool], flag_id: int = -1) -> int: ...
