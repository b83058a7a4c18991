# What the rules made of a chunk of text, so that they run once for each. Owned by a ChunkCache: the
# chunks, in blocks. Bounded: when it is full it starts again from nothing.
from libc.stdint cimport uint32_t
from preshed.maps cimport PreshMap

from lexarray._arena cimport Arena
from lexarray.structs cimport LexemeC
from lexarray.typedefs cimport attr_t, hash_t


cdef struct ChunkTokenC:
    const LexemeC* lex
    attr_t norm             # key of the token's own norm; 0: the lexeme's


cdef struct ChunkC:
    uint32_t n_bytes        # length of the chunk's UTF-8, which follows the tokens
    uint32_t n_tokens
    ChunkTokenC tokens[1]   # n_tokens of them


cdef class ChunkCache:
    cdef PreshMap _by_hash
    cdef Arena _arena
    cdef readonly size_t max_bytes

    # What is cached for these bytes, else NULL. Good until the next add() or clear().
    cdef const ChunkC* get(self, hash_t hash, const char* utf8, Py_ssize_t n_bytes) noexcept nogil
    # A new entry whose tokens the caller fills; not there already.
    cdef ChunkC* add(self, hash_t hash, const char* utf8, Py_ssize_t n_bytes, Py_ssize_t n_tokens) except NULL
    cdef int clear(self) except -1
