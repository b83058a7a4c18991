from typing_extensions import disjoint_base

@disjoint_base
class ChunkCache:
    @property
    def max_bytes(self) -> int: ...
    def __new__(cls, max_bytes: int = ...) -> ChunkCache: ...
