from collections.abc import Callable, Iterable, Iterator, Mapping
from os import PathLike
from re import Match
from typing import Any, Self

from typing_extensions import disjoint_base

from lexarray.tokenizer.crew import Crew
from lexarray.tokenizer.special_cases import SpecialCases, TokenAttributes
from lexarray.tokens.doc import Doc
from lexarray.vocab import Vocab

PARTS: frozenset[str]

@disjoint_base
class Tokenizer:
    rules: SpecialCases
    prefix_search: Callable[[str], Match[str] | None] | None
    suffix_search: Callable[[str], Match[str] | None] | None
    infix_finditer: Callable[[str], Iterable[Match[str]]] | None
    token_match: Callable[[str], object] | None
    url_match: Callable[[str], object] | None
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
    def pipe(
        self,
        texts: Iterable[str],
        batch_size: int | None = None,
        *,
        threads: int | None = 1,
        max_types: int | None = None,
        error_handler: Callable[[str, object, list[object], Exception], object] | None = None,
    ) -> Iterator[Doc]: ...
    @property
    def has_own_call(self) -> bool: ...
    def crew(self, threads: int) -> Crew: ...
    def is_current(self, crew: Crew) -> bool: ...
    def give_batch(self, crew: Crew, texts: list[object]) -> None: ...
    def dismiss(self, crew: Crew) -> None: ...
    def explain(self, text: str) -> list[tuple[str, str]]: ...
    def add_special_case(self, string: str, token_attrs: Iterable[TokenAttributes]) -> None: ...
    def memory(self) -> int: ...
    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes: ...
    def from_bytes(self, bytes_data: bytes | bytearray | memoryview, *, exclude: Iterable[str] = ()) -> Self: ...
    def to_disk(self, path: str | PathLike[str], *, exclude: Iterable[str] = ()) -> None: ...
    def from_disk(self, path: str | PathLike[str], *, exclude: Iterable[str] = ()) -> Self: ...
    @staticmethod
    def read_parts(data: bytes, exclude: Iterable[str], source: str = "") -> dict[str, Any]: ...
    def take_parts(self, parts: dict[str, Any]) -> None: ...
