from collections.abc import Iterable, Mapping

from typing_extensions import disjoint_base

@disjoint_base
class LexicalRules:
    @property
    def lang(self) -> str: ...
    @property
    def stop_words(self) -> frozenset[str]: ...
    @property
    def number_words(self) -> frozenset[str]: ...
    @property
    def ordinal_suffixes(self) -> tuple[str, ...]: ...
    @property
    def norms(self) -> Mapping[str, str]: ...
    def __new__(
        cls,
        lang: str = "",
        stop_words: Iterable[str] = (),
        number_words: Iterable[str] = (),
        ordinal_suffixes: Iterable[str] = (),
        norms: Mapping[str, str] | None = None,
    ) -> LexicalRules: ...
