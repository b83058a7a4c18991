"""What fastText knows of the parts of words: :class:`Subwords`, one row of numbers for each bucket of n-grams.

An n-gram is ``min_n`` to ``max_n`` characters of ``<word>``; the two brackets alone are none. Its row is that of its
hash, 32-bit FNV-1a over its UTF-8, modulo the number of rows ("buckets"). Worked example, min_n = 3, max_n = 4:
"cat" has ``<ca``, ``<cat``, ``cat``, ``cat>`` and ``at>``, in this order; its vector is the mean of their rows, and
of its own row if it has one.
"""
import numpy as np

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport int8_t, int64_t, uint64_t

from lexarray.vectors._arrays cimport address_of
from lexarray.vectors.kernels cimport FLOAT16, FLOAT32, FLOAT64, add_row, number_size, prefetch

FORMATS = {np.dtype(np.float16): FLOAT16, np.dtype(np.float32): FLOAT32, np.dtype(np.float64): FLOAT64}
LONGEST = 100               # characters of an n-gram; more are taken for damage

cdef enum:
    AHEAD = 32                  # rows that are asked for before the first is summed
    SUMS_AT_ONCE = 1 << 16      # numbers, so that they stay in the cache
    FNV_BASIS = 0x811C9DC5
    FNV_PRIME = 0x01000193


cdef inline char _byte(const Ngrams* at, Py_ssize_t i) noexcept nogil:
    # Byte i of "<word>".
    if 0 < i < at.total - 1:
        return at.utf8[i - 1]
    return c"<" if i == 0 else c">"


cdef inline Py_ssize_t _behind(const Ngrams* at, Py_ssize_t i) noexcept nogil:
    # Where the character ends that begins at byte i: before the next byte that does not continue one (10xxxxxx).
    i += 1
    while i < at.total and (_byte(at, i) & 0xC0) == 0x80:
        i += 1
    return i


cdef Ngrams walk(const char* utf8, Py_ssize_t length, int min_n, int max_n) noexcept nogil:
    cdef Ngrams at
    at.utf8, at.total = utf8, length + 2
    at.min_n, at.max_n = max(min_n, 1), max_n
    at.start, at.stop, at.n, at.hash = 0, 0, 0, <uint32_t>FNV_BASIS
    if at.min_n > at.max_n:
        at.start = at.stop = at.total               # at the end before it begins
    return at


cdef bint next_ngram(Ngrams* at) noexcept nogil:
    cdef Py_ssize_t end
    cdef bint is_bracket
    while at.start < at.total:
        if at.stop < at.total and at.n < at.max_n:
            end = _behind(at, at.stop)
            while at.stop < end:
                # Bytes are taken as signed, so those above 127 come with the upper 24 bits set.
                at.hash ^= <uint32_t><int8_t>_byte(at, at.stop)
                at.hash *= <uint32_t>FNV_PRIME
                at.stop += 1
            at.n += 1
            is_bracket = at.n == 1 and (at.start == 0 or end == at.total)
            if at.n >= at.min_n and not is_bracket:
                return True
        else:
            at.start = at.stop = _behind(at, at.start)
            at.n, at.hash = 0, <uint32_t>FNV_BASIS
    return False


def ngram_hashes(str word not None, int min_n, int max_n):
    """The hashes of a word's n-grams, one for each in the order of their places, as a uint32 array.

    Args:
        word (str): any text; a lone surrogate counts as a character of three bytes.
        min_n, max_n (int): characters of an n-gram, at least and at most, brackets included.

    Cost: linear in the length of the word.

    >>> ngram_hashes("cat", 3, 4).tolist()
    [1066916747, 453988973, 108289031, 1647127995, 3848351106]
    """
    cdef bytes utf8 = word.encode("utf-8", "surrogatepass")
    cdef Ngrams at = walk(PyBytes_AS_STRING(utf8), PyBytes_GET_SIZE(utf8), min_n, max_n)
    cdef list hashes = []
    while next_ngram(&at):
        hashes.append(at.hash)
    return np.array(hashes, np.uint32)


cdef class Subwords:
    """The rows of n-grams. It never changes, so any number of threads may use it.

    Args:
        matrix (float array, bucket x d, C-contiguous): the rows; used where it is, and kept. Nobody may change it.
        min_n, max_n (int): characters of an n-gram, 0 to 100. With a ``max_n`` of 0, or less than ``min_n``, words
            have no n-grams.

    >>> import numpy as np
    >>> Subwords(np.ones((10, 2), np.float32), 3, 4).infer(["cat"])
    array([[1., 1.]], dtype=float32)
    """

    def __cinit__(self, matrix, min_n, max_n):
        for name, n in (("min_n", min_n), ("max_n", max_n)):
            if not 0 <= n <= LONGEST:
                raise ValueError(f"{name}: 0 to {LONGEST} characters are possible, not {n!r:.80}")
        if matrix.dtype not in FORMATS:
            raise TypeError(f"rows are float16, float32 or float64, not {matrix.dtype}")
        if matrix.ndim != 2 or (matrix.size and not matrix.flags.c_contiguous):
            raise ValueError(f"the rows of n-grams must be a C-contiguous matrix, not of shape {matrix.shape}")
        self.min_n, self.max_n = min_n, max_n
        self._matrix = matrix
        self.bucket, self.vector_size = matrix.shape
        if self.bucket > 0x7FFFFFFF:
            raise ValueError(f"{self.bucket:,} rows of n-grams: there are at most {0x7FFFFFFF:,}")
        self._rows = address_of(matrix)
        self._format = FORMATS[matrix.dtype]
        self._stride = self.vector_size * number_size(self._format)

    def __reduce__(self):
        return Subwords, (np.asarray(self._matrix), self.min_n, self.max_n)

    @property
    def matrix(self):
        """The rows, as a read-only view (bucket x d)."""
        view = self._matrix.view()
        view.setflags(False)
        return view

    @property
    def is_empty(self):
        """Whether no word has n-grams."""
        return self.bucket == 0 or self.max_n < 1 or self.min_n > self.max_n

    def has_ngrams(self, str word not None):
        """Whether a word has n-grams; one that is too short has none."""
        cdef bytes utf8 = word.encode("utf-8", "surrogatepass")
        cdef Ngrams at = walk(PyBytes_AS_STRING(utf8), PyBytes_GET_SIZE(utf8), self.min_n, self.max_n)
        return self.bucket > 0 and next_ngram(&at)

    cdef Py_ssize_t add(self, const char* utf8, Py_ssize_t length, double* sum) noexcept nogil:
        # The rows are anywhere in memory: what takes time is to wait for them, unless they are on their way.
        cdef Ngrams at = walk(utf8, length, self.min_n, self.max_n)
        cdef const char* rows[AHEAD]
        cdef Py_ssize_t i, n_rows, n = 0
        if self.bucket == 0:
            return 0
        while True:
            n_rows = 0
            while n_rows < AHEAD and next_ngram(&at):
                rows[n_rows] = self._rows + at.hash % <uint32_t>self.bucket * self._stride
                prefetch(rows[n_rows], self._stride)
                n_rows += 1
            for i in range(n_rows):
                add_row(rows[i], self._format, self.vector_size, 1, sum)
            n += n_rows
            if n_rows < AHEAD:
                return n

    cdef Py_ssize_t _step(self) noexcept:
        # Words at once.
        return max(1, SUMS_AT_ONCE // max(1, self.vector_size))

    def vector(self, str word not None):
        """The mean of the rows of a word's n-grams; zeros if it has none. An array of its own (d)."""
        cdef bytes utf8 = word.encode("utf-8", "surrogatepass")
        out = np.zeros(self.vector_size)
        cdef double* sum = <double*>address_of(out)
        cdef const char* letters = PyBytes_AS_STRING(utf8)
        cdef Py_ssize_t n, length = PyBytes_GET_SIZE(utf8)
        with nogil:
            n = self.add(letters, length, sum)
        if n:
            out /= n
        return out.astype(self._matrix.dtype, copy=False)

    def infer(self, words):
        """The mean of the rows of n-grams of each of many words; zeros for one that has none.

        Args:
            words (Sequence[str]): the words.

        Returns:
            float array, n x d, of the dtype of the rows.
        """
        encoded = [word.encode("utf-8", "surrogatepass") for word in words]
        offsets = np.zeros(len(encoded) + 1, np.uint64)
        np.cumsum([len(utf8) for utf8 in encoded], out=offsets[1:])
        text = np.frombuffer(b"".join(encoded) or b"\0", np.uint8)
        out = np.empty((len(encoded), self.vector_size), self._matrix.dtype)
        for first in range(0, len(out), self._step()):
            last = min(first + self._step(), len(out))
            sums, counts = self.sums(text, offsets, first, last)
            out[first:last] = sums / np.maximum(counts, 1)[:, None]
        return out

    def compose(self, text, offsets, rows, Py_ssize_t first, Py_ssize_t last, Py_ssize_t bare):
        """Make words' own rows their vectors, in place: the mean of the own row and those of the n-grams.

        Args:
            text (uint8 array), offsets (uint64 array): the words, as a :class:`KeyTable` has them.
            rows (float array, n x d): the own rows, which are replaced.
            first, last (int): only rows from ``first`` up to, not including, ``last``.
            bare (int): a row that stays what it is, or -1.
        """
        for start in range(first, last, self._step()):
            stop = min(start + self._step(), last)
            sums, counts = self.sums(text, offsets, start, stop)
            if start <= bare < stop:
                sums[bare - start], counts[bare - start] = 0, 0
            sums += rows[start:stop]
            sums /= (counts + 1)[:, None]
            rows[start:stop] = sums

    def decompose(self, text, offsets, rows, Py_ssize_t bare):
        """The opposite of :meth:`compose`: the words' own rows, as a new matrix, but for rounding."""
        own = np.empty_like(rows)
        for start in range(0, len(rows), self._step()):
            stop = min(start + self._step(), len(rows))
            sums, counts = self.sums(text, offsets, start, stop)
            if start <= bare < stop:
                sums[bare - start], counts[bare - start] = 0, 0
            np.subtract(rows[start:stop] * (counts + 1)[:, None], sums, out=sums)
            own[start:stop] = sums
        return own

    def sums(self, text, offsets, Py_ssize_t first, Py_ssize_t last):
        """The sum of the rows of n-grams of each of some words, and how many n-grams it has.

        Args:
            text (uint8 array): the words, one after the other, as UTF-8.
            offsets (uint64 array): where each begins, and where the last ends.
            first, last (int): the words.

        Returns:
            tuple: sums (float64 array, m x d), counts (int64 array, m).

        Raises:
            ValueError: an offset is outside of the text.
        """
        cdef const char* letters = address_of(text)
        cdef const uint64_t[::1] places = offsets
        cdef uint64_t size = len(text)
        cdef Py_ssize_t i, wrong = -1
        cdef uint64_t start, end
        if not 0 <= first <= last < places.shape[0]:
            raise IndexError(f"words {first:,} to {last:,} of {places.shape[0] - 1:,}")
        sums, counts = np.zeros((last - first, self.vector_size)), np.empty(last - first, np.int64)
        cdef double* sum = <double*>address_of(sums)
        cdef int64_t[::1] count = counts
        with nogil:
            for i in range(first, last):
                start, end = places[i], places[i + 1]
                if start > end or end > size:
                    wrong = i
                    break
                count[i - first] = self.add(letters + start, end - start, sum + (i - first) * self.vector_size)
        if wrong >= 0:
            raise ValueError(f"row {wrong:,}: its key is said to be bytes {places[wrong]:,} to {places[wrong + 1]:,} of "
                             f"{size:,}: the file is damaged; make it anew")
        return sums, counts

    def __repr__(self):
        return f"<Subwords: {self.bucket:,} rows for n-grams of {self.min_n} to {self.max_n} characters>"
