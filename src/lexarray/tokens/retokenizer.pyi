from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from typing_extensions import disjoint_base

from lexarray.tokens.doc import Doc
from lexarray.tokens.span import Span
from lexarray.tokens.token import Token

@disjoint_base
class Retokenizer:
    @property
    def doc(self) -> Doc: ...
    def __new__(cls, doc: Doc) -> Retokenizer: ...
    def __enter__(self) -> Retokenizer: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
    def merge(self, span: Span, attrs: Mapping[Any, Any] | None = None) -> None: ...
    def split(
        self,
        token: Token,
        orths: Sequence[str],
        heads: Sequence[Token | tuple[Token, int]],
        attrs: Mapping[Any, Sequence[Any]] | None = None,
    ) -> None: ...
