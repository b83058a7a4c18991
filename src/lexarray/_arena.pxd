# Many small pieces out of few large blocks: pieces never move and are freed together. Works without the GIL.
# Owned by whoever holds the Arena, who also sees to it that only one thread allocates at a time.
from libc.stdlib cimport calloc, free

cdef enum:
    ARENA_FIRST_BLOCK = 1 << 9      # bytes; blocks double up to
    ARENA_LAST_BLOCK = 1 << 20
    ARENA_HEADER = 16               # bytes at the start of a block: where the block before it is


cdef struct Arena:                  # all zero: empty
    char* free                      # next unused byte of the current block
    size_t left                     # unused bytes in it
    size_t block                    # size of the current block
    size_t total                    # bytes in all blocks
    void* newest                    # the block that was made last


cdef inline char* _new_block(Arena* arena, size_t size) noexcept nogil:
    cdef void** block
    block = <void**>calloc(1, ARENA_HEADER + size)
    if block is NULL:
        return NULL
    block[0] = arena.newest
    arena.newest = block
    arena.total += ARENA_HEADER + size
    return <char*>block + ARENA_HEADER


cdef inline void* arena_alloc(Arena* arena, size_t size, size_t align) noexcept nogil:
    # Zeroed memory for `size` bytes, NULL if there is none. `align` is a power of two up to 16, the same for all of
    # an arena.
    cdef char* piece
    cdef size_t block
    size = (size + align - 1) & ~(align - 1)
    if size > arena.left:
        if size > ARENA_LAST_BLOCK // 4:            # large: a block of its own
            return _new_block(arena, size)
        block = min(max(arena.block * 2, <size_t>ARENA_FIRST_BLOCK), <size_t>ARENA_LAST_BLOCK)
        while block < size:
            block *= 2
        piece = _new_block(arena, block)
        if piece is NULL:
            return NULL
        arena.block = arena.left = block
        arena.free = piece
    piece = arena.free
    arena.free += size
    arena.left -= size
    return piece


cdef inline void arena_free(Arena* arena) noexcept nogil:
    # Free all pieces; the arena is empty then.
    cdef void* block = arena.newest
    cdef void* older
    while block is not NULL:
        older = (<void**>block)[0]
        free(block)
        block = older
    arena.free = NULL
    arena.newest = NULL
    arena.left = arena.block = arena.total = 0
