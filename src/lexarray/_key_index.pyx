"""Items by key, read by many threads while one writes. See the ``.pxd``."""
from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset

import os

cdef extern from "Python.h" nogil:
    void* PyThread_allocate_lock()
    int PyThread_acquire_lock(void* lock, int wait)
    void PyThread_release_lock(void* lock)
    void PyThread_free_lock(void* lock)

cdef extern from "_atomic.h" nogil:
    uint64_t load "lexarray_load64"(const uint64_t*)
    void store "lexarray_store64"(uint64_t*, uint64_t)
    uint32_t load32 "lexarray_load32"(const uint32_t*)
    void store32 "lexarray_store32"(uint32_t*, uint32_t)

cdef extern from *:
    """
    #if defined(_MSC_VER)
    #include <intrin.h>
    static int lexarray_top_bit(uint64_t v) { unsigned long i; _BitScanReverse64(&i, v); return (int)i; }
    #else
    static inline int lexarray_top_bit(uint64_t v) { return 63 ^ __builtin_clzll(v); }
    #endif
    """
    int top_bit "lexarray_top_bit"(uint64_t) nogil     # the number of the highest bit that is set; one must be

cdef enum:
    FIRST_BLOCK = 4             # items; 2**(FIRST_BITS - 1)
    FIRST_BITS = 3              # of the table; its first block has as many slots, and so has the second

# Keys are hashes that anybody can compute. Times random odd numbers, they cannot be chosen so that they collide here.
cdef uint64_t _multiplier = int.from_bytes(os.urandom(8), "little") | 1
cdef uint64_t _second_multiplier = int.from_bytes(os.urandom(8), "little") | 1


cdef int key_index_init(KeyIndexC* index, uint32_t item_size, uint32_t key_offset) noexcept:
    memset(index, 0, sizeof(KeyIndexC))
    index.item_size = item_size
    index.key_offset = key_offset
    index.lock = PyThread_allocate_lock()
    return 0 if index.lock is not NULL else -1


cdef void key_index_free(KeyIndexC* index) noexcept:
    cdef int i
    for i in range(<int>index.bits - FIRST_BITS + 1):           # none if there are no bits
        free(<void*>(index.slots[i] + _first_slot(i) * sizeof(uint64_t)))
    for i in range(KEY_INDEX_BLOCKS):
        free(index.blocks[i])
    if index.lock is not NULL:
        PyThread_free_lock(index.lock)
    memset(index, 0, sizeof(KeyIndexC))


cdef void key_index_lock(const KeyIndexC* index) noexcept nogil:
    PyThread_acquire_lock(index.lock, 1)


cdef void key_index_unlock(const KeyIndexC* index) noexcept nogil:
    PyThread_release_lock(index.lock)


cdef inline uint32_t _hash(hash_t key) noexcept nogil:
    # The slot is told by the lowest bits, so that a table twice as large asks for one bit more. The lowest bits of the upper
    # half of a product depend on every lower bit of a factor; folded once, the factor has all bits of the key there.
    cdef uint64_t product = key * _multiplier
    return <uint32_t>((product ^ product >> 32) * _second_multiplier >> 32)


cdef inline uint64_t _first_slot(uint32_t block) noexcept nogil:
    return <uint64_t>1 << (block + FIRST_BITS - 1) if block else 0


cdef inline uint64_t* _slot(const KeyIndexC* index, uint64_t i) noexcept nogil:
    cdef int block = top_bit(i | ((1 << FIRST_BITS) - 1)) - (FIRST_BITS - 1)
    return <uint64_t*>(index.slots[block] + i * sizeof(uint64_t))


cdef inline void* _at(const KeyIndexC* index, uint32_t i) noexcept nogil:
    cdef uint64_t j = <uint64_t>i + <uint64_t>FIRST_BLOCK
    cdef int block = top_bit(j) - (FIRST_BITS - 1)
    return index.blocks[block] + (j - (<uint64_t>FIRST_BLOCK << block)) * index.item_size


cdef void* key_index_at(const KeyIndexC* index, uint32_t i) noexcept nogil:
    return _at(index, i)


cdef uint32_t key_index_length(const KeyIndexC* index) noexcept nogil:
    return load32(&index.length)


cdef void* key_index_find(const KeyIndexC* index, hash_t key) noexcept nogil:
    cdef uint32_t moves = load32(&index.moves)
    cdef void* item = _find(index, key)
    # Slots are loaded before `moves` is again: if one of them had moved, this has changed.
    if item is NULL and (moves & 1 or load32(&index.moves) != moves):
        key_index_lock(index)
        item = _find(index, key)
        key_index_unlock(index)
    return item


cdef inline void* _find(const KeyIndexC* index, hash_t key) noexcept nogil:
    cdef uint32_t bits = load32(&index.bits)
    cdef uint32_t hash = _hash(key)
    cdef uint64_t mask = (<uint64_t>1 << bits) - 1
    cdef uint64_t at = hash & mask
    cdef uint64_t slot
    cdef char* item
    if bits == 0:
        return NULL
    while True:
        slot = load(_slot(index, at))
        if slot == 0:
            return NULL
        if slot >> 32 == hash:
            item = <char*>_at(index, <uint32_t>slot - 1)
            if (<hash_t*>(item + index.key_offset))[0] == key:
                return item
        at = (at + 1) & mask


cdef inline void _fill_slot(KeyIndexC* index, uint64_t slot) noexcept nogil:
    cdef uint64_t mask = (<uint64_t>1 << index.bits) - 1
    cdef uint64_t at = slot >> 32 & mask
    while _slot(index, at)[0] != 0:
        at = (at + 1) & mask
    store(_slot(index, at), slot)


cdef bint _grow(KeyIndexC* index) noexcept nogil:
    cdef uint32_t bits = index.bits + 1 if index.bits else FIRST_BITS
    cdef uint32_t block = bits - FIRST_BITS
    cdef uint64_t n = <uint64_t>1 << index.bits if index.bits else 0      # slots so far
    cdef uint64_t mask = (<uint64_t>1 << bits) - 1
    cdef uint64_t n_first = 0, i, slot
    cdef uint64_t* first = NULL
    cdef uint64_t* slots
    if bits > 32:
        return False
    slots = <uint64_t*>calloc(n if n else <uint64_t>1 << FIRST_BITS, sizeof(uint64_t))
    # Those before the first empty slot may belong to the end of the table. They are put aside, so that nothing that goes
    # over the end of the larger one comes behind a slot that has yet to move.
    while n and _slot(index, n_first)[0] != 0:
        n_first += 1
    if n_first:
        first = <uint64_t*>malloc(n_first * sizeof(uint64_t))
    if slots is NULL or n_first and first is NULL:
        free(slots)
        free(first)
        return False
    store32(&index.moves, index.moves + 1)
    index.slots[block] = <size_t>slots - _first_slot(block) * sizeof(uint64_t)
    store32(&index.bits, bits)
    for i in range(n_first):
        first[i] = _slot(index, i)[0]
        store(_slot(index, i), 0)
    # In order: what was between a slot and its place has moved before it, and left it room there or in the new block. What
    # is at its place already stays, so that readers do not miss it meanwhile.
    for i in range(n_first, n):
        slot = _slot(index, i)[0]
        if slot != 0 and slot >> 32 & mask != i:
            store(_slot(index, i), 0)
            _fill_slot(index, slot)
    for i in range(n_first):
        _fill_slot(index, first[i])
    store32(&index.moves, index.moves + 1)
    free(first)
    return True


cdef void* key_index_place(KeyIndexC* index) noexcept nogil:
    cdef int block = top_bit(<uint64_t>index.length + <uint64_t>FIRST_BLOCK) - (FIRST_BITS - 1)
    if index.length == <uint32_t>0xFFFFFFFF or block >= KEY_INDEX_BLOCKS:
        return NULL
    # Three quarters full: a miss looks at 9 slots on average, which is one or two cache lines.
    if index.bits == 0 or <uint64_t>index.length + 1 > (<uint64_t>3 << index.bits) >> 2:
        if not _grow(index):
            return NULL
    if index.blocks[block] is NULL:
        index.blocks[block] = <char*>calloc(<size_t>FIRST_BLOCK << block, index.item_size)
        if index.blocks[block] is NULL:
            return NULL
    return _at(index, index.length)


cdef void key_index_publish(KeyIndexC* index, hash_t key) noexcept nogil:
    cdef uint32_t number = index.length + 1
    store32(&index.length, number)
    _fill_slot(index, <uint64_t>_hash(key) << 32 | number)


cdef size_t key_index_bytes(const KeyIndexC* index) noexcept nogil:
    cdef size_t bytes = (<size_t>1 << index.bits) * sizeof(uint64_t) if index.bits else 0
    cdef int i
    for i in range(KEY_INDEX_BLOCKS):
        if index.blocks[i] is not NULL:
            bytes += (<size_t>FIRST_BLOCK << i) * index.item_size
    return bytes
