from typing_extensions import disjoint_base

@disjoint_base
class RowSource:
    @property
    def vector_size(self) -> int: ...
