# What the rules made of a chunk of text, so that they run once for each. Bounded: when it is full it starts again from
# nothing. One thread at a time, without the GIL. Owned by a Worker.
#
# An entry is found by a hash of the chunk's bytes, in one of NEAR neighbouring slots or not at all, so that no text, however
# it was chosen, makes a look-up slow. Entries lie one behind the other in one stretch of memory.
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcmp, memcpy, memset

from lexarray.structs cimport LexemeC
from lexarray.typedefs cimport attr_t

cdef enum:
    LONGEST_CACHED = 64             # bytes; longer chunks seldom come twice
    MOST_CACHED = 64                # tokens of a chunk
    CHUNK_CACHE_BYTES = 1 << 24     # of entries; with the slots it takes at most half as much again
    CHUNK_CACHE_BITS = 10           # 2**bits slots at first
    NEAR = 8


cdef struct DraftC:                 # a token in the making
    const LexemeC* lex
    attr_t norm                     # key of the token's own norm; 0: the lexeme's


cdef struct ChunkC:                 # an entry; the bytes of the chunk follow the tokens, with zeros up to a multiple of 8
    uint32_t n_bytes
    uint32_t n_tokens
    DraftC tokens[1]


cdef struct ChunkSlotC:
    uint32_t tag                    # part of the hash
    uint32_t place                  # of the entry, in 8 bytes, + 1; 0: empty


cdef struct ChunkCacheC:            # all zero: empty
    ChunkSlotC* slots
    uint32_t bits                   # 2**bits slots, and NEAR more
    uint32_t n_entries
    char* entries
    size_t used                     # bytes
    size_t room


cdef inline void chunk_cache_free(ChunkCacheC* cache) noexcept nogil:
    free(cache.slots)
    free(cache.entries)
    memset(cache, 0, sizeof(ChunkCacheC))


cdef inline void chunk_cache_clear(ChunkCacheC* cache) noexcept nogil:
    if cache.n_entries:
        memset(cache.slots, 0, ((<size_t>1 << cache.bits) + NEAR) * sizeof(ChunkSlotC))
    cache.n_entries = 0
    cache.used = 0


cdef inline const ChunkC* chunk_cache_get(const ChunkCacheC* cache, uint64_t hash, const char* utf8, Py_ssize_t n_bytes,
                                          uint64_t first) noexcept nogil:
    # What is cached for these bytes, else NULL. Good until the next entry is made. `first` is the first 8 of them, or all
    # and zeros behind them.
    cdef const ChunkSlotC* slot
    cdef const ChunkC* chunk
    cdef int i
    if cache.slots is NULL:
        return NULL
    slot = &cache.slots[hash >> (64 - cache.bits)]
    for i in range(NEAR):
        if slot[i].place == 0:
            return NULL
        if slot[i].tag == <uint32_t>hash:
            chunk = <const ChunkC*>(cache.entries + <size_t>(slot[i].place - 1) * 8)
            if chunk.n_bytes == <uint32_t>n_bytes and (<const uint64_t*>&chunk.tokens[chunk.n_tokens])[0] == first and (
                    n_bytes <= 8 or memcmp(&chunk.tokens[chunk.n_tokens], utf8, n_bytes) == 0):
                return chunk
    return NULL


cdef inline bint _chunk_cache_grow(ChunkCacheC* cache) noexcept nogil:
    # Twice as many slots. Entries do not know their hashes, so the cache starts again.
    cdef uint32_t bits = cache.bits + 1
    cdef ChunkSlotC* slots
    if cache.slots is NULL:
        bits = CHUNK_CACHE_BITS
    slots = <ChunkSlotC*>calloc((<size_t>1 << bits) + NEAR, sizeof(ChunkSlotC))
    if slots is NULL:
        return False
    free(cache.slots)
    cache.slots = slots
    cache.bits = bits
    cache.n_entries = 0
    cache.used = 0
    return True


cdef inline void chunk_cache_add(ChunkCacheC* cache, uint64_t hash, const char* utf8, Py_ssize_t n_bytes,
                                 const DraftC* tokens, Py_ssize_t n_tokens) noexcept nogil:
    # An entry for a chunk that has none; without memory or with neighbours all taken, nothing.
    cdef size_t size = (sizeof(ChunkC) + (n_tokens - 1) * sizeof(DraftC) + n_bytes + 7) & ~<size_t>7
    cdef size_t room
    cdef char* entries
    cdef ChunkC* chunk
    cdef ChunkSlotC* slot
    cdef int i = 0
    if cache.used + size > CHUNK_CACHE_BYTES:
        chunk_cache_clear(cache)
    if cache.slots is NULL or cache.n_entries >= <uint32_t>1 << (cache.bits - 1):
        if not _chunk_cache_grow(cache):
            return
    if cache.used + size > cache.room:
        room = min(max(2 * cache.room, <size_t>1 << 14), <size_t>CHUNK_CACHE_BYTES)
        entries = <char*>realloc(cache.entries, room)
        if entries is NULL:
            return
        cache.entries = entries
        cache.room = room
    slot = &cache.slots[hash >> (64 - cache.bits)]
    while slot[i].place:
        i += 1
        if i == NEAR:
            return
    chunk = <ChunkC*>(cache.entries + cache.used)
    chunk.n_bytes = <uint32_t>n_bytes
    chunk.n_tokens = <uint32_t>n_tokens
    memcpy(chunk.tokens, tokens, n_tokens * sizeof(DraftC))
    (<uint64_t*>(cache.entries + cache.used + size - 8))[0] = 0
    memcpy(&chunk.tokens[n_tokens], utf8, n_bytes)
    slot[i].tag = <uint32_t>hash
    slot[i].place = <uint32_t>(cache.used // 8 + 1)
    cache.used += size
    cache.n_entries += 1
