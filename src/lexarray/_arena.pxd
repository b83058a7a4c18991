# Many small pieces out of few large blocks: pieces never move and are freed with their Pool.
# (A Pool keeps a Python dict entry for every allocation, so words must not be allocated singly.)
# Owned by whoever holds the Pool. Not thread-safe: callers hold the owner's lock or the GIL.
from cymem.cymem cimport Pool

cdef enum:
    ARENA_FIRST_BLOCK = 1 << 12     # bytes; blocks double up to
    ARENA_LAST_BLOCK = 1 << 20


cdef struct Arena:                  # all zero: empty
    char* free                      # next unused byte of the current block
    size_t left                     # unused bytes in it
    size_t block                    # size of the current block
    size_t total                    # bytes taken from the pool so far


cdef inline void* arena_alloc(Pool mem, Arena* arena, size_t size, size_t align) except NULL:
    # Zeroed memory for `size` bytes. `align` is a power of two, the same for all of an arena.
    cdef void* piece
    size = (size + align - 1) & ~(align - 1)
    if size > arena.left:
        if size > ARENA_LAST_BLOCK // 4:            # large: a block of its own
            piece = mem.alloc(1, size)
            arena.total += size
            return piece
        arena.block = min(max(arena.block * 2, <size_t>ARENA_FIRST_BLOCK), <size_t>ARENA_LAST_BLOCK)
        while arena.block < size:
            arena.block *= 2
        arena.free = <char*>mem.alloc(1, arena.block)
        arena.left = arena.block
        arena.total += arena.block
    piece = arena.free
    arena.free += size
    arena.left -= size
    return piece
