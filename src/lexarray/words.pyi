from typing_extensions import disjoint_base

from lexarray.strings import StringStore

@disjoint_base
class Words:
    @property
    def strings(self) -> StringStore: ...
    @property
    def parent(self) -> Words | None: ...
    @property
    def has_ended(self) -> bool: ...
