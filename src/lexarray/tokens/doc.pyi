from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, overload

from typing_extensions import disjoint_base

import numpy
from numpy.typing import ArrayLike, NDArray

from lexarray.tokens.extensions import Underscore
from lexarray.tokens.retokenizer import Retokenizer
from lexarray.tokens.span import Span
from lexarray.tokens.span_group import SpanGroups
from lexarray.tokens.token import Token
from lexarray.tokens.token_array import TokenArray
from lexarray.vocab import Vocab

@disjoint_base
class Doc(TokenArray):
    has_unknown_spaces: bool
    def __init__(
        self,
        vocab: Vocab,
        words: Iterable[str | int] | None = None,
        spaces: Iterable[bool] | None = None,
        user_data: dict[Any, Any] | None = None,
        *,
        tags: Iterable[str | int] | None = None,
        pos: Iterable[str | int] | None = None,
        morphs: Iterable[str | Mapping[str, str] | None] | None = None,
        lemmas: Iterable[str | int] | None = None,
        heads: Iterable[int] | None = None,
        deps: Iterable[str | int] | None = None,
        sent_starts: Iterable[bool | int | None] | None = None,
        ents: Iterable[str | None] | None = None,
    ) -> None: ...
    @property
    def text(self) -> str: ...
    @property
    def text_with_ws(self) -> str: ...
    @property
    def lang(self) -> int: ...
    @property
    def lang_(self) -> str: ...
    @overload
    def __getitem__(self, key: int) -> Token: ...
    @overload
    def __getitem__(self, key: slice) -> Span: ...
    def __iter__(self) -> Iterator[Token]: ...
    @property
    def user_data(self) -> dict[Any, Any]: ...
    @user_data.setter
    def user_data(self, value: dict[Any, Any]) -> None: ...
    @property
    def user_hooks(self) -> dict[str, Callable[..., Any]]: ...
    @property
    def user_token_hooks(self) -> dict[str, Callable[..., Any]]: ...
    @property
    def user_span_hooks(self) -> dict[str, Callable[..., Any]]: ...
    @property
    def cats(self) -> dict[str, float]: ...
    @cats.setter
    def cats(self, value: dict[str, float]) -> None: ...
    @property
    def sentiment(self) -> float: ...
    @sentiment.setter
    def sentiment(self, value: float) -> None: ...
    @property
    def _(self) -> Underscore: ...
    @classmethod
    def set_extension(
        cls,
        name: str,
        *,
        default: Any = ...,
        method: Callable[..., Any] | None = None,
        getter: Callable[[Any], Any] | None = None,
        setter: Callable[[Any, Any], None] | None = None,
        force: bool = False,
    ) -> None: ...
    @classmethod
    def get_extension(cls, name: str) -> tuple[Any, Any, Any, Any]: ...
    @classmethod
    def has_extension(cls, name: str) -> bool: ...
    @classmethod
    def remove_extension(cls, name: str) -> tuple[Any, Any, Any, Any]: ...
    @property
    def sents(self) -> Iterator[Span]: ...
    @property
    def ents(self) -> tuple[Span, ...]: ...
    @ents.setter
    def ents(self, value: Iterable[Span | tuple[str | int, int, int] | tuple[str | int, str | int, int, int]]) -> None: ...
    def set_ents(
        self,
        entities: Iterable[Span | tuple[str | int, int, int] | tuple[str | int, str | int, int, int]],
        *,
        blocked: Iterable[Span] | None = None,
        missing: Iterable[Span] | None = None,
        outside: Iterable[Span] | None = None,
        default: str = "outside",
    ) -> None: ...
    @property
    def spans(self) -> SpanGroups: ...
    @property
    def noun_chunks(self) -> Iterator[Span]: ...
    def get_lca_matrix(self) -> NDArray[numpy.int32]: ...
    def has_annotation(self, attr: str | int, *, require_complete: bool = False) -> bool: ...
    def char_span(
        self,
        start_idx: int,
        end_idx: int,
        label: str | int = 0,
        kb_id: str | int = 0,
        *,
        alignment_mode: str = "strict",
        span_id: str | int = 0,
    ) -> Span | None: ...
    def to_array(self, attrs: str | int | Sequence[str | int]) -> NDArray[numpy.uint64]: ...
    def from_array(self, attrs: str | int | Sequence[str | int], array: ArrayLike) -> Doc: ...
    def count_by(self, attr_id_: str | int, exclude: Callable[[Token], bool] | None = None) -> dict[int, int]: ...
    def memory(self) -> dict[str, int]: ...
    def retokenize(self) -> Retokenizer: ...
    def copy(self) -> Doc: ...
    @staticmethod
    def from_docs(
        docs: Iterable[Doc],
        ensure_whitespace: bool = True,
        attrs: Iterable[str | int] | None = None,
        *,
        exclude: Iterable[str] = (),
    ) -> Doc | None: ...
