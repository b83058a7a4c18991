"""Items by key, read by many threads while one writes. See the ``.pxd``."""
from libc.stdlib cimport calloc, free
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
    void* load_pointer "lexarray_load_pointer"(const void*)
    void store_pointer "lexarray_store_pointer"(void*, void*)

cdef extern from *:
    """
    #if defined(_MSC_VER)
    #include <intrin.h>
    static int lexarray_bit_length(uint64_t v) { unsigned long i; return _BitScanReverse64(&i, v) ? (int)i + 1 : 0; }
    #else
    static inline int lexarray_bit_length(uint64_t v) { return v ? 64 - __builtin_clzll(v) : 0; }
    #endif
    """
    int bit_length "lexarray_bit_length"(uint64_t) nogil

cdef enum:
    FIRST_BLOCK = 4             # items
    FIRST_BITS = 3              # of the first table

# Keys are hashes that anybody can compute. Times a random odd number, they cannot be chosen so that they collide here.
cdef uint64_t _multiplier = int.from_bytes(os.urandom(8), "little") | 1


cdef int key_index_init(KeyIndexC* index, uint32_t item_size, uint32_t key_offset) noexcept:
    memset(index, 0, sizeof(KeyIndexC))
    index.item_size = item_size
    index.key_offset = key_offset
    index.lock = PyThread_allocate_lock()
    return 0 if index.lock is not NULL else -1


cdef void key_index_free(KeyIndexC* index) noexcept:
    cdef SlotsC* table = index.table
    cdef SlotsC* older
    cdef int i
    while table is not NULL:
        older = table.older
        free(table)
        table = older
    for i in range(KEY_INDEX_BLOCKS):
        free(index.blocks[i])
    if index.lock is not NULL:
        PyThread_free_lock(index.lock)
    memset(index, 0, sizeof(KeyIndexC))


cdef void key_index_lock(const KeyIndexC* index) noexcept nogil:
    PyThread_acquire_lock(index.lock, 1)


cdef void key_index_unlock(const KeyIndexC* index) noexcept nogil:
    PyThread_release_lock(index.lock)


cdef inline uint32_t _upper_half(hash_t key) noexcept nogil:
    return <uint32_t>(key * _multiplier >> 32)


cdef inline void* _at(const KeyIndexC* index, uint32_t i) noexcept nogil:
    cdef uint64_t j = <uint64_t>i + <uint64_t>FIRST_BLOCK
    cdef int block = bit_length(j) - 3              # FIRST_BLOCK has 3 bits
    return index.blocks[block] + (j - (<uint64_t>FIRST_BLOCK << block)) * index.item_size


cdef void* key_index_at(const KeyIndexC* index, uint32_t i) noexcept nogil:
    return _at(index, i)


cdef uint32_t key_index_length(const KeyIndexC* index) noexcept nogil:
    return load32(&index.length)


cdef void* key_index_find(const KeyIndexC* index, hash_t key) noexcept nogil:
    cdef const SlotsC* table = <const SlotsC*>load_pointer(&index.table)
    cdef uint32_t half = _upper_half(key)
    cdef uint64_t mask, at, slot
    cdef char* item
    if table is NULL:
        return NULL
    mask = (<uint64_t>1 << table.bits) - 1
    at = half >> (32 - table.bits)
    while True:
        slot = load(&table.slots[at])
        if slot == 0:
            return NULL
        if slot >> 32 == half:
            item = <char*>_at(index, <uint32_t>slot - 1)
            if (<hash_t*>(item + index.key_offset))[0] == key:
                return item
        at = (at + 1) & mask


cdef inline void _fill_slot(SlotsC* table, uint64_t slot) noexcept nogil:
    cdef uint64_t mask = (<uint64_t>1 << table.bits) - 1
    cdef uint64_t at = (slot >> 32) >> (32 - table.bits)
    while table.slots[at] != 0:
        at = (at + 1) & mask
    store(&table.slots[at], slot)


cdef bint _grow(KeyIndexC* index) noexcept nogil:
    cdef SlotsC* old = index.table
    cdef SlotsC* table
    cdef uint32_t bits = old.bits + 1 if old is not NULL else FIRST_BITS
    cdef uint64_t i
    if bits > 32:
        return False
    table = <SlotsC*>calloc(1, sizeof(SlotsC) + (<size_t>1 << bits) * sizeof(uint64_t))
    if table is NULL:
        return False
    table.bits = bits
    table.older = old
    if old is not NULL:
        for i in range(<uint64_t>1 << old.bits):
            if old.slots[i]:
                _fill_slot(table, old.slots[i])
    store_pointer(&index.table, table)
    return True


cdef void* key_index_place(KeyIndexC* index) noexcept nogil:
    cdef int block = bit_length(<uint64_t>index.length + <uint64_t>FIRST_BLOCK) - 3
    if index.length == <uint32_t>0xFFFFFFFF or block >= KEY_INDEX_BLOCKS:
        return NULL
    # Three quarters full: a miss looks at 9 slots on average, which is one or two cache lines.
    if index.table is NULL or <uint64_t>index.length + 1 > (<uint64_t>3 << index.table.bits) >> 2:
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
    _fill_slot(index.table, <uint64_t>_upper_half(key) << 32 | number)


cdef size_t key_index_bytes(const KeyIndexC* index) noexcept nogil:
    cdef const SlotsC* table = index.table
    cdef size_t bytes = 0
    cdef int i
    while table is not NULL:
        bytes += sizeof(SlotsC) + (<size_t>1 << table.bits) * sizeof(uint64_t)
        table = table.older
    for i in range(KEY_INDEX_BLOCKS):
        if index.blocks[i] is not NULL:
            bytes += (<size_t>FIRST_BLOCK << i) * index.item_size
    return bytes
