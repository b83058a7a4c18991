from collections.abc import Callable
from typing import Any

from typing_extensions import disjoint_base

@disjoint_base
class Rules:
    @property
    def find_spaced(self) -> Callable[[str], Any] | None: ...
    def __new__(
        cls,
        cases: dict[str, list[dict[int, str]]],
        prefix_search: Callable[[str], Any] | None,
        suffix_search: Callable[[str], Any] | None,
        infix_finditer: Callable[[str], Any] | None,
        token_match: Callable[[str], Any] | None,
        url_match: Callable[[str], Any] | None,
    ) -> Rules: ...
