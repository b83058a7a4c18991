"""The kernel of word2vec's binary format: key, space, float32 numbers -> arrays. It runs without the GIL."""
from libc.stdint cimport uint32_t
from libc.string cimport memchr, memcpy

from lexarray._utf8 cimport is_utf8
from lexarray.vectors._arrays cimport address_of

cdef enum:
    LONGEST_KEY = 1 << 16           # bytes; where there is no space in so many, there is no key


def read_rows(block, Py_ssize_t length, float[:, ::1] rows, long long[::1] starts, long long[::1] ends,
              bint check_utf8):
    """Read as many whole rows as the block and the arrays have room for.

    Args:
        block (uint8 array): rows, from the start of one on; newlines before a key are not part of it.
        length (int): how many bytes of it.
        rows (float32 array, m x d): where the numbers go.
        starts, ends (int64 arrays, m): where each key stands in the block.
        check_utf8 (bool): whether a key that is not UTF-8 is a problem.

    Returns:
        tuple: how many rows were read, how many bytes they take, and None, or of the row that is wrong: where it
        begins, and what is wrong.
    """
    cdef const char* base = address_of(block)
    cdef const char* p = base
    cdef const char* end = base + length
    cdef const char* space = NULL
    cdef const char* key = NULL
    cdef Py_ssize_t n = 0, j, size = rows.shape[1], most = rows.shape[0]
    cdef uint32_t bits, bad
    cdef int problem = 0
    if length > len(block) or starts.shape[0] < most or ends.shape[0] < most or size < 1:
        raise ValueError("the arrays do not fit the block")
    with nogil:
        while n < most:
            key = p
            while key < end and key[0] == 10:
                key += 1
            p = key                                             # used, even if no row follows
            space = <const char*>memchr(key, 32, min(end - key, LONGEST_KEY))
            if space is NULL:
                problem = 1 if end - key >= LONGEST_KEY else 0
                break
            if end - space - 1 < <Py_ssize_t>(size * sizeof(float)):
                break
            if check_utf8 and not is_utf8(key, space - key):
                problem = 2
                break
            memcpy(&rows[n, 0], space + 1, size * sizeof(float))
            bad = 0
            for j in range(size):
                memcpy(&bits, space + 1 + j * sizeof(float), sizeof(bits))
                bad |= (bits & 0x7F800000) == 0x7F800000        # nan or inf
            if bad:
                problem = 3
                break
            starts[n], ends[n] = key - base, space - base
            p = space + 1 + size * sizeof(float)
            n += 1
    if problem == 0:
        return n, p - base, None
    if problem == 1:
        what = f"no space in {LONGEST_KEY:,} bytes, so there is no word"
    elif problem == 2:
        what = f"the word {key[:min(space - key, 60)]!r} is not UTF-8"
    else:
        word = key[:min(space - key, 60)].decode("utf-8", "backslashreplace")
        j = 0
        while rows[n, j] - rows[n, j] == 0:
            j += 1
        what = f"the row of {word!r} has {rows[n, j]} as number {j}"
    return n, p - base, (key - base, what)
