"""A bounded cache from a chunk of text to the tokens that the rules made of it."""
from libc.string cimport memcmp, memcpy
from preshed.maps cimport map_get

from lexarray._arena cimport arena_alloc, arena_free


cdef inline char* _utf8_of(const ChunkC* chunk) noexcept nogil:
    return <char*>&chunk.tokens[chunk.n_tokens]


cdef class ChunkCache:
    """Chunk of text -> tokens. Holds no more than ``max_bytes`` of entries."""

    def __cinit__(self, size_t max_bytes=32 << 20):
        self.max_bytes = max_bytes
        self.clear()

    cdef const ChunkC* get(self, hash_t hash, const char* utf8, Py_ssize_t n_bytes) noexcept nogil:
        cdef const ChunkC* chunk = <const ChunkC*>map_get(self._by_hash.c_map, hash)
        if chunk is NULL or chunk.n_bytes != <uint32_t>n_bytes or memcmp(_utf8_of(chunk), utf8, n_bytes) != 0:
            return NULL
        return chunk

    cdef ChunkC* add(self, hash_t hash, const char* utf8, Py_ssize_t n_bytes, Py_ssize_t n_tokens) except NULL:
        cdef ChunkC* chunk
        if self._arena.total + 16 * self._by_hash.c_map.length > self.max_bytes:
            self.clear()
        chunk = <ChunkC*>arena_alloc(
            &self._arena, sizeof(ChunkC) + n_tokens * sizeof(ChunkTokenC) + n_bytes, 8)
        if chunk is NULL:
            raise MemoryError()
        chunk.n_bytes = <uint32_t>n_bytes
        chunk.n_tokens = <uint32_t>n_tokens
        memcpy(_utf8_of(chunk), utf8, n_bytes)
        self._by_hash.set(hash, chunk)
        return chunk

    cdef int clear(self) except -1:
        self._by_hash = PreshMap()
        arena_free(&self._arena)
        return 0
