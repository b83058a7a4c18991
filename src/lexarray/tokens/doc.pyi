from collections.abc import Iterable, Iterator
from typing import overload

from lexarray.tokens.span import Span
from lexarray.tokens.token import Token
from lexarray.tokens.token_array import TokenArray
from lexarray.vocab import Vocab

class Doc(TokenArray):
    def __init__(
        self, vocab: Vocab, words: Iterable[str | int] | None = None, spaces: Iterable[bool] | None = None
    ) -> None: ...
    @property
    def text(self) -> str: ...
    @property
    def text_with_ws(self) -> str: ...
    @overload
    def __getitem__(self, key: int) -> Token: ...
    @overload
    def __getitem__(self, key: slice) -> Span: ...
    def __iter__(self) -> Iterator[Token]: ...
