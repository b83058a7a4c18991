# The nearest rows of a table of vectors, in C and without the GIL. The rows are where the table has them: if that is a
# mapped file, all processes read the same memory. A snapshot keeps them as they are, whatever others do to the table.
from libc.stdlib cimport calloc, free

import lexarray
from lexarray.structs cimport ABI_VERSION
from lexarray.vectors.vector_table cimport VectorTable

if ABI_VERSION != lexarray.ABI_VERSION:
    raise ImportError(f"neighbours was compiled against layout {ABI_VERSION} of lexarray, and {lexarray.ABI_VERSION} is "
                      f"installed: build it again")


cdef struct ScoredC:
    double score
    Py_ssize_t row


def nearest(VectorTable table not None, bytes word not None, Py_ssize_t n):
    """The keys whose vectors have the highest cosines with a word's, best first; of equals, the lower row first.

    Args:
        table (VectorTable): a float32 table, such as KeyedVectors, mapped or not.
        word (bytes): one of its keys, as UTF-8.
        n (int): how many.

    Raises:
        KeyError: there is no such key.
        ValueError: the table is not float32, or n is not positive.
    """
    cdef Py_ssize_t row, found
    cdef const float[:, ::1] rows                       # the buffer protocol: no NumPy headers
    cdef const float[::1] norms
    cdef ScoredC* best
    if n < 1:
        raise ValueError(f"n is {n}, and has to be at least 1")
    with table.snapshot(norms=True) as now:             # looks whether a mapped file is still whole
        rows, norms = now.vectors, now.norms
        row = now.row_of(word.decode())                 # of the snapshot: the table may have been sorted since
        if row < 0:
            raise KeyError(word.decode())
        n = min(n, rows.shape[0])
        best = <ScoredC*>calloc(n, sizeof(ScoredC))
        if best is NULL:
            raise MemoryError
        try:
            with nogil:
                found = search(rows, norms, row, best, n)
            return [(now.keys[best[i].row], best[i].score) for i in range(found)]
        finally:
            free(best)


cdef Py_ssize_t search(const float[:, ::1] rows, const float[::1] norms, Py_ssize_t query, ScoredC* best,
                       Py_ssize_t n) noexcept nogil:
    # The best so far are sorted, and a better one is put in its place.
    cdef Py_ssize_t i, k, at, found = 0
    cdef double score
    for i in range(rows.shape[0]):
        if i == query:
            continue
        score = 0
        for k in range(rows.shape[1]):
            score += <double>rows[i, k] * rows[query, k]
        # A vector of zeros is like nothing.
        score = score / norms[i] / norms[query] if norms[i] > 0 and norms[query] > 0 else 0
        if found < n:
            found += 1
        elif score <= best[n - 1].score:
            continue
        at = found - 1
        while at > 0 and best[at - 1].score < score:
            best[at] = best[at - 1]
            at -= 1
        best[at].score, best[at].row = score, i
    return found
