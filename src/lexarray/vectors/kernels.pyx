"""Arithmetic on the rows of a table.

A row is summed in float64, in eight interleaved sums, and one for what is left over: an order that depends on its
length alone. So equal rows get equal scores wherever they stand, whatever the number of threads, and ties are ties.
Eight, for compilers make vector instructions of them.

A row with a number that is not finite has no direction: its cosines are 0, as those of a row of zeros. Tables with
such rows are refused when they are read or changed, but a mapped file is not looked through.

The best rows of a table are found in two steps. BLAS gives an approximate score of every row, block by block; the
kernel :func:`offer` keeps those that could be among the best k if BLAS erred as much as it can, and settles them
with the exact sum. Worked example, k = 2, exact scores .9, .5, .5 (rows 0, 1, 2): all three pass, for the
approximate scores of rows 1 and 2 differ by less than the error; the exact sums are equal, so the lower row wins.
"""
import numpy as np

from libc.limits cimport INT_MIN
from libc.math cimport NAN, fabs, frexp, isfinite, isnan, ldexp, sqrt
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from lexarray.vectors._arrays cimport address_of

cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define LEXARRAY_PREFETCH(address) __builtin_prefetch(address)
    #define LEXARRAY_APART __attribute__((noinline))
    #else
    #define LEXARRAY_PREFETCH(address) ((void)(address))
    #define LEXARRAY_APART
    #endif

    /* The interleaved sums over the first numbers of a row, a multiple of 8: sums[0..7] of its products with the
       query, sums[8..15] of its squares. In C and never inlined: because the sums go to memory at the end, side by
       side, GCC sees that two of them fit a vector register; it does not where they are added up at once. */
    #define LEXARRAY_SUMS(NAME, REAL) \
        static LEXARRAY_APART void NAME(const REAL* row, Py_ssize_t size, const double* query, double* sums) { \
            double dots[8], squares[8]; \
            Py_ssize_t i; \
            int lane; \
            for (lane = 0; lane < 8; lane++) dots[lane] = squares[lane] = 0; \
            for (i = 0; i + 8 <= size; i += 8) \
                for (lane = 0; lane < 8; lane++) { \
                    REAL value; \
                    double number; \
                    memcpy(&value, row + i + lane, sizeof value); \
                    number = value; \
                    dots[lane] += number * query[i + lane]; \
                    squares[lane] += number * number; \
                } \
            memcpy(sums, dots, sizeof dots); \
            memcpy(sums + 8, squares, sizeof squares); \
        }
    LEXARRAY_SUMS(lexarray_sums_of_floats, float)
    LEXARRAY_SUMS(lexarray_sums_of_doubles, double)
    """
    void _prefetch_line "LEXARRAY_PREFETCH"(const void* address) noexcept nogil
    void _sums_of_floats "lexarray_sums_of_floats"(
        const float* row, Py_ssize_t size, const double* query, double* sums) noexcept nogil
    void _sums_of_doubles "lexarray_sums_of_doubles"(
        const double* row, Py_ssize_t size, const double* query, double* sums) noexcept nogil

cdef enum:
    LANES = 8                   # interleaved sums, as in the C above
    CACHE_LINE = 64             # bytes
    ROWS_AHEAD = 8              # that are asked for before they are copied

ctypedef fused real_t:
    uint16_t                # the bits of a float16
    float
    double

cdef union _Bits32:
    uint32_t bits
    float value


cdef inline double _half(uint16_t half) noexcept nogil:
    # IEEE 754 binary16 -> double.
    cdef uint32_t sign = <uint32_t>(half & 0x8000) << 16
    cdef uint32_t exponent = half >> 10 & 0x1F
    cdef uint32_t fraction = half & 0x3FF
    cdef _Bits32 out
    if exponent == 0:                                   # zero, or subnormal: fraction * 2**-24
        return (-1.0 if sign else 1.0) * fraction * 5.9604644775390625e-08
    if exponent == 31:
        out.bits = sign | 0x7F800000 | fraction << 13
    else:
        out.bits = sign | (exponent + 112) << 23 | fraction << 13
    return out.value


cdef inline double _load(const real_t* row, Py_ssize_t i) noexcept nogil:
    cdef real_t value
    memcpy(&value, row + i, sizeof(real_t))             # a file's rows need not be aligned
    if real_t is uint16_t:
        return _half(value)
    else:
        return value


cdef inline double _total(const double* sums, double rest) noexcept nogil:
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7])) + rest


cdef inline double _square(const real_t* row, Py_ssize_t size) noexcept nogil:
    cdef double[LANES] squares
    cdef double number, rest = 0
    cdef Py_ssize_t lane, i = 0
    for lane in range(LANES):
        squares[lane] = 0
    while i + LANES <= size:
        for lane in range(LANES):
            number = _load(row, i + lane)
            squares[lane] += number * number
        i += LANES
    while i < size:
        number = _load(row, i)
        rest += number * number
        i += 1
    return _total(squares, rest)


cdef inline double _dot_and_square(const real_t* row, Py_ssize_t size, const double* query, double* square) noexcept nogil:
    # Both in one pass, the square to the same bit as _square.
    cdef double[2 * LANES] sums
    cdef double number, dots_rest = 0, squares_rest = 0
    cdef Py_ssize_t lane, i = 0
    if real_t is float:
        _sums_of_floats(row, size, query, sums)
    elif real_t is double:
        _sums_of_doubles(row, size, query, sums)
    else:
        for lane in range(2 * LANES):
            sums[lane] = 0
        while i + LANES <= size:
            for lane in range(LANES):
                number = _load(row, i + lane)
                sums[lane] += number * query[i + lane]
                sums[LANES + lane] += number * number
            i += LANES
    i = size & ~(LANES - 1)
    while i < size:
        number = _load(row, i)
        dots_rest += number * query[i]
        squares_rest += number * number
        i += 1
    square[0] = _total(sums + LANES, squares_rest)
    return _total(sums, dots_rest)


cdef void prefetch(const void* address, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t at = 0
    while at < size:
        _prefetch_line(<const char*>address + at)
        at += CACHE_LINE


cdef Py_ssize_t number_size(Format format) noexcept nogil:
    return 2 if format == FLOAT16 else 4 if format == FLOAT32 else 8


cdef double number(const char* row, Format format, Py_ssize_t i) noexcept nogil:
    if format == FLOAT32:
        return _load(<const float*>row, i)
    if format == FLOAT16:
        return _load(<const uint16_t*>row, i)
    return _load(<const double*>row, i)


cdef void add_row(const char* row, Format format, Py_ssize_t size, double weight, double* sum) noexcept nogil:
    cdef Py_ssize_t i
    if format == FLOAT32:
        for i in range(size):
            sum[i] += weight * _load(<const float*>row, i)
    elif format == FLOAT16:
        for i in range(size):
            sum[i] += weight * _load(<const uint16_t*>row, i)
    else:
        for i in range(size):
            sum[i] += weight * _load(<const double*>row, i)


cdef double square_row(const char* row, Format format, Py_ssize_t size) noexcept nogil:
    if format == FLOAT32:
        return _square(<const float*>row, size)
    if format == FLOAT16:
        return _square(<const uint16_t*>row, size)
    return _square(<const double*>row, size)


cdef double cosine_row(const char* row, Format format, Py_ssize_t size, const double* query,
                       double query_square) noexcept nogil:
    cdef double square, cosine
    if query_square <= 0:
        return 0
    if format == FLOAT32:
        cosine = _dot_and_square(<const float*>row, size, query, &square)
    elif format == FLOAT16:
        cosine = _dot_and_square(<const uint16_t*>row, size, query, &square)
    else:
        cosine = _dot_and_square(<const double*>row, size, query, &square)
    if format == FLOAT64 and not (1e-200 < square < 1e200):
        cosine = _cosine_of_scaled(<const double*>row, size, query, query_square)
    elif square <= 0:
        return 0
    else:
        cosine /= sqrt(square * query_square)
    if isnan(cosine):                       # the row has a number that is not finite
        return 0
    return min(max(cosine, -1.0), 1.0)


cdef int _exponent_of(const double* row, Py_ssize_t size) noexcept nogil:
    # Of the row's largest number; INT_MIN for a row of zeros.
    cdef double largest = 0
    cdef int exponent = 0
    cdef Py_ssize_t i
    for i in range(size):
        largest = max(largest, fabs(_load(row, i)))
    if largest == 0:
        return INT_MIN
    frexp(largest, &exponent)
    return exponent


cdef double _cosine_of_scaled(const double* row, Py_ssize_t size, const double* query, double query_square) noexcept nogil:
    # Of a row whose squares vanish or overflow: its numbers are taken times a power of two, which changes no bit, and
    # summed in the order of _dot_and_square.
    cdef double[LANES + 1] dots, squares
    cdef double value
    cdef int exponent = _exponent_of(row, size)
    cdef Py_ssize_t i, lane
    if exponent == INT_MIN:
        return 0
    for lane in range(LANES + 1):
        dots[lane] = squares[lane] = 0
    for i in range(size):
        lane = i & (LANES - 1) if i < (size & ~(LANES - 1)) else LANES
        value = ldexp(_load(row, i), -exponent)
        squares[lane] += value * value
        dots[lane] += value * query[i]
    return _total(dots, dots[LANES]) / sqrt(_total(squares, squares[LANES]) * query_square)


cdef double _length_of_row(const char* row, Format format, Py_ssize_t size) noexcept nogil:
    cdef double square = square_row(row, format, size)
    cdef double value
    cdef int exponent
    cdef Py_ssize_t i
    if format != FLOAT64 or 1e-200 < square < 1e200:
        return sqrt(square)
    exponent = _exponent_of(<const double*>row, size)
    if exponent == INT_MIN:
        return 0
    square = 0
    for i in range(size):
        value = ldexp(number(row, format, i), -exponent)
        square += value * value
    return ldexp(sqrt(square), exponent)


# ---- on arrays ----

cdef Format _format_of(array) except <Format>-1:
    if array.dtype == np.float32:
        return FLOAT32
    if array.dtype == np.float16:
        return FLOAT16
    if array.dtype == np.float64:
        return FLOAT64
    raise TypeError(f"rows are float16, float32 or float64, not {array.dtype}")


cdef class _Rows:
    # The rows of an array, for the functions below.
    cdef object array
    cdef const char* data
    cdef Py_ssize_t length, size, stride
    cdef Format format

    def __cinit__(self, array):
        if array.ndim != 2 or (array.size and not array.flags.c_contiguous):
            raise ValueError("the rows must be a C-contiguous matrix")
        self.array = array
        self.data = address_of(array)
        self.length, self.size = array.shape
        self.format = _format_of(array)
        self.stride = self.size * number_size(self.format)

    cdef bint is_the_same_as(self, _Rows other) noexcept:
        return (self.data == other.data and self.length == other.length and self.stride == other.stride
                and self.format == other.format)


def norms(rows, out):
    """The Euclidean length of each row.

    Args:
        rows (float array, n x d, C-contiguous): the rows.
        out (float32 or float64 array, n): where the lengths are written.
    """
    cdef _Rows table = _Rows(rows)
    cdef double[::1] lengths = np.empty(table.length)
    cdef Py_ssize_t i
    with nogil:
        for i in range(table.length):
            lengths[i] = _length_of_row(table.data + i * table.stride, table.format, table.size)
    with np.errstate(over="ignore"):             # infinite where float32 does not reach
        out[:] = lengths


def cosines(rows, query, which=None):
    """The cosine of each row with a query, -1 to 1; 0 where either is all zeros, or the row is not finite.

    Args:
        rows (float array, n x d, C-contiguous): the rows.
        query (float array, d): of any length.
        which (int64 array): only these rows, in this order.

    Returns:
        float64 array.

    Raises:
        ValueError: as :func:`scaled_query` does.
        IndexError: ``which`` has the number of no row.
    """
    cdef _Rows table = _Rows(rows)
    cdef const double[::1] sought = scaled_query(query, table.size)
    cdef const int64_t[::1] chosen = None
    cdef bint all_rows = which is None
    cdef Py_ssize_t i, n = table.length
    cdef double square
    if not all_rows:
        chosen = np.ascontiguousarray(which, np.int64)
        n = chosen.shape[0]
        for i in range(n):
            if not 0 <= chosen[i] < table.length:
                raise IndexError(f"row {chosen[i]} of a table of {table.length:,}")
    scores = np.zeros(n)
    cdef double[::1] out = scores
    if table.size == 0 or n == 0:
        return scores
    with nogil:
        square = _square(&sought[0], table.size)
        if all_rows:
            for i in range(n):
                out[i] = cosine_row(table.data + i * table.stride, table.format, table.size, &sought[0], square)
        else:
            for i in range(n):
                out[i] = cosine_row(table.data + chosen[i] * table.stride, table.format, table.size, &sought[0], square)
    return scores


def scaled_query(query, Py_ssize_t size):
    """A query as float64, times the power of two that brings its largest number to between 0.5 and 1.

    Its squares neither overflow nor vanish, and no bit of a cosine changes: so the cosine of two vectors is the same
    whichever of them is the query, and that of a vector with itself is 1.

    Raises:
        ValueError: it does not have ``size`` numbers, or has one that is not finite.
    """
    vector = np.array(query, np.float64, order="C")
    if vector.shape != (size,):
        raise ValueError(f"a vector of shape {vector.shape}, where the table's have ({size},)")
    cdef double[::1] numbers = vector
    cdef int exponent
    cdef Py_ssize_t i
    for i in range(size):
        if not isfinite(numbers[i]):
            raise ValueError(f"a vector with a number that is not finite: {vector!r:.80}")
    if size:
        exponent = _exponent_of(&numbers[0], size)
        if exponent != INT_MIN:
            for i in range(size):
                numbers[i] = ldexp(numbers[i], -exponent)
    return vector


def unit_query(query, Py_ssize_t size):
    """A query as float64 of length 1, or all zeros if it is. Raises as :func:`scaled_query` does."""
    vector = scaled_query(query, size)
    cdef double[::1] numbers = vector
    cdef double length = sqrt(_square(&numbers[0], size)) if size else 0
    cdef Py_ssize_t i
    if length > 0:
        for i in range(size):
            numbers[i] /= length
    return vector


def cosine_error(Py_ssize_t size):
    """The most that a cosine of vectors of so many numbers may be off, if float32 was used for it."""
    # Each of the products and sums is off by 2**-24 of sum(|q_i r_i|) <= |r| at most.
    return (size + 16) * 2.0 ** -23


cdef struct _Found:
    double score
    int64_t row


cdef inline bint _better(const _Found* a, const _Found* b) noexcept nogil:
    return a.score > b.score or (a.score == b.score and a.row < b.row)


cdef void _sift(_Found* heap, Py_ssize_t size, Py_ssize_t at) noexcept nogil:
    # The worst at the top.
    cdef Py_ssize_t child
    cdef _Found moved = heap[at]
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and _better(&heap[child], &heap[child + 1]):
            child += 1
        if not _better(&moved, &heap[child]):
            break
        heap[at] = heap[child]
        at = child
    heap[at] = moved


cdef enum:
    STRIP = 1024            # rows that are looked at for one query after the other: their norms stay in the cache
    LANE = 32               # rows of which one answer says whether any passes


cdef class Best:
    """The best k rows for each of several queries, so far. One is for one thread at a time.

    Args:
        rows (float array, n x d, C-contiguous): the table.
        queries (float64 array, q x d): each as :func:`scaled_query` gives it.
        k (int): how many rows are wanted, 1 to n.
        excluded (Sequence): for each query a sorted int64 array of rows that are not wanted, or None; or None.

    Cost: 16 k bytes a query.
    """
    cdef _Rows table
    cdef const double[:, ::1] queries
    cdef const double[::1] squares          # of the queries
    cdef const int64_t[::1] excluded        # of all queries, one after the other
    cdef const int64_t[::1] excluded_from   # q + 1: where those of each begin
    cdef Py_ssize_t k
    cdef double error                       # the most that an approximate score may be off
    cdef _Found* heaps                      # k for each query
    cdef Py_ssize_t* sizes

    def __cinit__(self, rows, queries, Py_ssize_t k, excluded=None):
        cdef Py_ssize_t q, i
        self.table = _Rows(rows)
        self.queries = queries
        q = self.queries.shape[0]
        if self.queries.shape[1] != self.table.size or k < 1:
            raise ValueError("queries of the table's size and a k of at least 1 are needed")
        if excluded is not None and len(excluded) != q:
            raise ValueError(f"{q} queries have {len(excluded)} arrays of excluded rows")
        self.k = k
        self.error = cosine_error(self.table.size)
        squares = np.zeros(q)
        for i in range(q):
            if self.table.size:
                squares[i] = _square(&self.queries[i, 0], self.table.size)
        self.squares = squares
        unwanted = [np.empty(0, np.int64) if array is None else array for array in excluded or [None] * q]
        self.excluded = np.concatenate([np.empty(0, np.int64), *unwanted])
        self.excluded_from = np.cumsum([0, *map(len, unwanted)], dtype=np.int64)
        if k > (<size_t>-1 >> 1) // sizeof(_Found) // max(q, 1):
            raise MemoryError(f"no memory for the best {k:,} rows of {q:,} queries")
        self.heaps = <_Found*>malloc(max(1, q * k) * sizeof(_Found))
        self.sizes = <Py_ssize_t*>malloc(max(1, q) * sizeof(Py_ssize_t))
        if self.heaps is NULL or self.sizes is NULL:
            raise MemoryError(f"no memory for the best {k:,} rows of {q:,} queries")
        for i in range(q):
            self.sizes[i] = 0

    def __dealloc__(self):
        free(self.heaps)
        free(self.sizes)

    cdef void _settle(self, Py_ssize_t q, int64_t row) noexcept nogil:
        # Score a row exactly, and keep it if it is good enough.
        cdef _Found* heap = self.heaps + q * self.k
        cdef _Found found, moved
        cdef Py_ssize_t at, parent
        found.row = row
        found.score = cosine_row(self.table.data + row * self.table.stride, self.table.format, self.table.size,
                                 &self.queries[q, 0], self.squares[q])
        if self.sizes[q] == self.k:
            if _better(&found, heap):
                heap[0] = found
                _sift(heap, self.k, 0)
            return
        at = self.sizes[q]
        self.sizes[q] += 1
        heap[at] = found
        while at:
            parent = (at - 1) // 2
            if not _better(&heap[parent], &heap[at]):
                break
            moved = heap[parent]
            heap[parent] = heap[at]
            heap[at] = moved
            at = parent

    def offer(self, const float[:, ::1] products, const float[::1] norms, Py_ssize_t first):
        """Take a block of rows into account.

        Args:
            products (float32 array, q x m): approximate dot products of the queries, scaled to length 1, and rows
                first ... first + m - 1.
            norms (float32 array, m): the lengths of those rows.
            first (int): the number of the first row.
        """
        cdef Py_ssize_t q, start, m = products.shape[1]
        cdef float[STRIP] lengths
        if (products.shape[0] != self.queries.shape[0] or norms.shape[0] != m or first < 0
                or first + m > self.table.length):
            raise ValueError("the block does not fit the table and queries")
        if self.table.size == 0:
            raise ValueError("rows without numbers have no products")
        with nogil:
            start = 0
            while start < m:
                _bounds_of_lengths(&norms[start], lengths, min(STRIP, m - start))
                for q in range(products.shape[0]):
                    self._offer_strip(q, &products[q, start], lengths, first + start, min(STRIP, m - start))
                start += STRIP

    cdef void _offer_strip(self, Py_ssize_t q, const float* products, const float* lengths, Py_ssize_t first,
                           Py_ssize_t m) noexcept nogil:
        cdef Py_ssize_t j, stop, i = 0
        cdef float limit = self._limit(q)
        while i < m:
            if i + LANE <= m and not _any_passes(products + i, lengths + i, limit):
                i += LANE                               # most often
                continue
            stop = min(i + LANE, m)
            for j in range(i, stop):
                if not products[j] < limit * lengths[j] and not self._excludes(q, first + j):
                    self._settle(q, first + j)
                    limit = self._limit(q)
            i = stop

    cdef float _limit(self, Py_ssize_t q) noexcept nogil:
        # What an approximate score must reach. -2: all do.
        if self.sizes[q] < self.k:
            return -2
        return <float>(self.heaps[q * self.k].score - self.error)

    cdef bint _excludes(self, Py_ssize_t q, int64_t row) noexcept nogil:
        cdef Py_ssize_t low = self.excluded_from[q], high = self.excluded_from[q + 1], end = high, middle
        while low < high:
            middle = (low + high) // 2
            if self.excluded[middle] < row:
                low = middle + 1
            else:
                high = middle
        return low < end and self.excluded[low] == row

    def offer_rows(self, const int64_t[::1] rows):
        """Take single rows into account, for all queries. None may have been offered before."""
        cdef Py_ssize_t q, i
        for i in range(rows.shape[0]):
            if not 0 <= rows[i] < self.table.length:
                raise IndexError(f"row {rows[i]} of a table of {self.table.length:,}")
        if self.table.size == 0:
            raise ValueError("rows without numbers have no products")
        with nogil:
            for q in range(self.queries.shape[0]):
                for i in range(rows.shape[0]):
                    if not self._excludes(q, rows[i]):
                        self._settle(q, rows[i])

    def merge(self, Best other not None):
        """Take over what another has found in other rows of the same table for the same queries.

        Raises:
            ValueError: the other is this one, or for another table, or for other queries.
        """
        cdef Py_ssize_t q, i
        if other is self:
            raise ValueError("a collection is merged with another one")
        if not self.table.is_the_same_as(other.table):
            raise ValueError(f"the two are for other tables: {self.table.length:,} x {self.table.size} and "
                             f"{other.table.length:,} x {other.table.size}")
        if other.queries.shape[0] != self.queries.shape[0] or other.k != self.k:
            raise ValueError("the two are for other queries")
        with nogil:
            for q in range(self.queries.shape[0]):
                for i in range(other.sizes[q]):
                    self._settle(q, other.heaps[q * self.k + i].row)

    def result(self):
        """What was found: best first; of equals, the lower row first. Empties the collection.

        Returns:
            tuple: rows (int64 array, q x k) and their cosines (float64 array, q x k). Where fewer than k rows were
            offered, the rest is row -1 with score 0.
        """
        cdef Py_ssize_t q, n
        cdef _Found* heap
        shape = (self.queries.shape[0], self.k)
        found_rows, found_scores = np.full(shape, -1, np.int64), np.zeros(shape)
        cdef int64_t[:, ::1] rows = found_rows
        cdef double[:, ::1] scores = found_scores
        with nogil:
            for q in range(self.queries.shape[0]):
                heap = self.heaps + q * self.k
                n = self.sizes[q]
                while n:
                    n -= 1
                    rows[q, n], scores[q, n] = heap[0].row, heap[0].score
                    heap[0] = heap[n]
                    _sift(heap, n, 0)
                self.sizes[q] = 0
        return found_rows, found_scores


cdef void _bounds_of_lengths(const float* norms, float* lengths, Py_ssize_t m) noexcept nogil:
    # So that `product < limit * length` says that a row does not pass: never where float32 cannot tell (NaN), and
    # for a row of zeros (whose product is 0) just if the limit is above 0.
    cdef Py_ssize_t i
    for i in range(m):
        lengths[i] = norms[i] if 1e-18 <= norms[i] <= 1e18 else <float>1e-30 if norms[i] == 0 else <float>NAN


cdef inline bint _any_passes(const float* products, const float* lengths, float limit) noexcept nogil:
    cdef int32_t below = -1
    cdef Py_ssize_t i
    for i in range(LANE):
        below &= -<int32_t>(products[i] < limit * lengths[i])
    return below == 0


def factor_bounds(const float[:, :] products, const float[::1] norms, double error, double[:, ::1] most,
                  double[:, ::1] least):
    """Between what the factors ``(1 + cosine) / 2`` of a block of rows are: 0 and 1 where float32 cannot tell.

    Args:
        products (float32 array, q x m): approximate dot products of the queries, scaled to length 1, and the rows.
        norms (float32 array, m): the lengths of the rows.
        error (float): the most that an approximate cosine may be off.
        most, least (float64 arrays, q x m or larger): where the bounds are written.
    """
    cdef Py_ssize_t q, i, n = products.shape[0], m = products.shape[1]
    cdef double factor
    if norms.shape[0] != m or min(most.shape[0], least.shape[0]) < n or min(most.shape[1], least.shape[1]) < m:
        raise ValueError("the arrays do not fit the block")
    cdef double[::1] scales = np.empty(m)
    with nogil:
        for i in range(m):
            scales[i] = 0.5 / norms[i] if 1e-18 <= norms[i] <= 1e18 else 0 if norms[i] == 0 else NAN
        for q in range(n):
            for i in range(m):
                factor = 0.5 + products[q, i] * scales[i]
                most[q, i] = factor + error if factor + error < 1 else 1
                least[q, i] = factor - error if factor - error > 0 else 0


def gather(rows, which, out):
    """Copy rows: ``out[i] = rows[which[i]]``.

    Args:
        rows (float array, n x d, C-contiguous): the table.
        which (int64 array, m): numbers of rows.
        out (array of the same dtype, m x d, C-contiguous): where they go.
    """
    cdef _Rows source = _Rows(rows)
    cdef _Rows target = _Rows(out)
    cdef const int64_t[::1] chosen = which
    cdef char* place = <char*>target.data
    cdef Py_ssize_t i, n = chosen.shape[0]
    if target.format != source.format or target.size != source.size or target.length != chosen.shape[0]:
        raise ValueError("the output does not fit")
    if not out.flags.writeable:
        raise ValueError("the output is read-only")
    for i in range(chosen.shape[0]):
        if not 0 <= chosen[i] < source.length:
            raise IndexError(f"row {chosen[i]} of a table of {source.length:,}")
    with nogil:
        for i in range(n):
            if i + ROWS_AHEAD < n:
                prefetch(source.data + chosen[i + ROWS_AHEAD] * source.stride, source.stride)
            memcpy(place + i * source.stride, source.data + chosen[i] * source.stride, source.stride)
