# Items found by their 64-bit key, in the order in which they were added: many readers and one writer at a time, without
# the GIL and without a lock for readers. Items never move and are never removed. Owned by whoever holds the KeyIndexC.
#
# An item is what its owner says, of `item_size` bytes, eight of them its key. Items live in blocks, each twice as large as
# the one before. A table of 8-byte slots leads from keys to them: an item's number, and 32 bits of its hash, written at
# once. The table is in blocks as well, the last of them half of it: it grows by another block, into which half of the slots
# move. So nothing is freed that somebody may be reading. Who finds an item while slots move has found it, since its key says
# so; who finds none looks at `moves`, and if it has changed, looks for the item once more with the lock.
from libc.stdint cimport uint32_t

from lexarray.typedefs cimport hash_t

cdef enum:
    KEY_INDEX_BLOCKS = 30       # 4 + 8 + 16 ... items, 8 + 8 + 16 ... slots: more than numbers of 32 bits can tell apart


cdef struct KeyIndexC:          # all zero: nothing, in which nothing is found
    uint32_t bits               # the table has 2**bits slots; 0: none
    uint32_t moves              # odd while slots move
    # Of slots: the number of an item + 1, and 32 bits of its hash above it; 0: empty. What is here is the address that slot 0
    # would have if the block began with it.
    size_t slots[KEY_INDEX_BLOCKS]
    char* blocks[KEY_INDEX_BLOCKS]
    uint32_t length             # items
    uint32_t item_size          # bytes
    uint32_t key_offset         # where in an item its key is
    void* lock                  # of the writer

# Call it once, before anything else; -1: no memory.
cdef int key_index_init(KeyIndexC* index, uint32_t item_size, uint32_t key_offset) noexcept
cdef void key_index_free(KeyIndexC* index) noexcept
# The item of a key, or NULL.
cdef void* key_index_find(const KeyIndexC* index, hash_t key) noexcept nogil
# How many items there are; all of them are complete.
cdef uint32_t key_index_length(const KeyIndexC* index) noexcept nogil
# The i-th item, i < length.
cdef void* key_index_at(const KeyIndexC* index, uint32_t i) noexcept nogil

# To add an item: lock; find, since another thread may have added it; get its place, zeroed or as somebody left it who did not
# publish (NULL: no memory, or too many items); fill it in; publish, which makes it seen; unlock. Nobody waits for the GIL
# while holding the lock.
cdef void key_index_lock(const KeyIndexC* index) noexcept nogil
cdef void key_index_unlock(const KeyIndexC* index) noexcept nogil
cdef void* key_index_place(KeyIndexC* index) noexcept nogil
cdef void key_index_publish(KeyIndexC* index, hash_t key) noexcept nogil

# Bytes of blocks and tables. With the lock, if anybody may be adding.
cdef size_t key_index_bytes(const KeyIndexC* index) noexcept nogil
