from collections.abc import Callable, Iterable, Iterator, Mapping
from re import Match

from typing_extensions import disjoint_base

from lexarray.tokenizer.rule_engine import RuleEngine
from lexarray.tokenizer.special_cases import TokenAttributes
from lexarray.tokens.doc import Doc
from lexarray.vocab import Vocab

@disjoint_base
class Tokenizer(RuleEngine):
    def __init__(
        self,
        vocab: Vocab,
        rules: Mapping[str, Iterable[TokenAttributes]] | None = None,
        prefix_search: Callable[[str], Match[str] | None] | None = None,
        suffix_search: Callable[[str], Match[str] | None] | None = None,
        infix_finditer: Callable[[str], Iterable[Match[str]]] | None = None,
        token_match: Callable[[str], object] | None = None,
        url_match: Callable[[str], object] | None = None,
    ) -> None: ...
    @property
    def vocab(self) -> Vocab: ...
    def __call__(self, text: str) -> Doc: ...
    def pipe(self, texts: Iterable[str], batch_size: int | None = None) -> Iterator[Doc]: ...
    def explain(self, text: str) -> list[tuple[str, str]]: ...
    def add_special_case(self, string: str, token_attrs: Iterable[TokenAttributes]) -> None: ...
