"""The vectors of words: :class:`WordVectors`, what a vocabulary knows of them, and :class:`WordSequence`, from which
Lexeme, Token, Span and Doc have theirs.

The vector of several words is the mean of their rows, in which words without a row count as zeros. It is summed in
float64, row by row, in C; norms and cosines are computed from that sum, and only a ``vector`` that is handed out is
rounded to float32.
"""
cimport cython
from libc.math cimport fabs, isfinite, sqrt
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from lexarray.vectors._arrays cimport address_of

from warnings import warn

cdef RowSource _NO_ROWS = RowSource()
cdef object _numpy = None
cdef Py_ssize_t AT_ONCE = 1 << 20          # numbers that are summed until other threads may run
cdef uint64_t _n_made = 0


cdef object _load_numpy():
    # Only where a vector is asked for: a vocabulary without vectors does without NumPy.
    global _numpy
    if _numpy is None:
        import numpy
        _numpy = numpy
    return _numpy


cdef class WordVectors:
    """Which words have which rows of a table.

    Args:
        rows (RowSource | None): the table.
        words (uint64 array): keys of words, each once.
        targets (uint64 array): for each the key of the word whose row is its vector, as long as it has no row itself.

    Memory: 16 bytes for each of ``words``.
    """

    def __cinit__(self, RowSource rows=None, words=None, targets=None):
        global _n_made
        self.rows = _NO_ROWS if rows is None else rows
        self.size = self.rows.vector_size
        if words is not None and len(words):
            order = _load_numpy().argsort(words)
            self._words_array = _load_numpy().asarray(words, "u8")[order]
            self._targets_array = _load_numpy().asarray(targets, "u8")[order]
            self._words = <const hash_t*>address_of(self._words_array)
            self._targets = <hash_t*>address_of(self._targets_array)
            self.n_aliases = len(self._words_array)
        _n_made += 1
        self.serial = _n_made

    @property
    def aliases(self):
        """dict[int, int]: key of a word without a row -> key of the word whose row is its vector; made anew."""
        cdef Py_ssize_t i
        return {self._words[i]: self._targets[i] for i in range(self.n_aliases) if self._words[i] != self._targets[i]}

    cdef Py_ssize_t _find_alias(self, hash_t word) noexcept nogil:
        cdef Py_ssize_t middle, low = 0, high = self.n_aliases
        while low < high:
            middle = (low + high) // 2
            if self._words[middle] < word:
                low = middle + 1
            else:
                high = middle
        return low if low < self.n_aliases and self._words[low] == word else -1

    cdef void drop_alias(self, hash_t word) noexcept nogil:
        cdef Py_ssize_t i = self._find_alias(word)
        if i >= 0:
            self._targets[i] = word

    cdef bint has(self, hash_t key) noexcept nogil:
        if self.rows.vector_size != self.size:      # it has been made anew: these are not the vectors we know
            return False
        if self.rows.find(key) >= 0:
            return True
        cdef Py_ssize_t alias = self._find_alias(key)
        return alias >= 0 and self.rows.find(self._targets[alias]) >= 0

    cdef bint copy(self, hash_t key, float* out) noexcept nogil:
        if self.rows.vector_size != self.size:
            return False
        if self.rows.copy_row(key, out):
            return True
        cdef Py_ssize_t alias = self._find_alias(key)
        return alias >= 0 and self.rows.copy_row(self._targets[alias], out)

    cdef bint add(self, hash_t key, double* sum) noexcept nogil:
        if self.rows.vector_size != self.size:
            return False
        if self.rows.add_row(key, sum):
            return True
        cdef Py_ssize_t alias = self._find_alias(key)
        return alias >= 0 and self.rows.add_row(self._targets[alias], sum)

    cdef object vector(self, hash_t key):
        vector = _load_numpy().zeros(self.size, "f4")
        if self.size:
            self.copy(key, <float*>address_of(vector))
        return vector


@cython.final
cdef class WordSum:
    """The sum of the vectors of some words."""

    def __cinit__(self, WordVectors vectors not None):
        self.size = vectors.size
        self.serial = vectors.serial
        self.numbers = <double*>calloc(max(self.size, 1), sizeof(double))
        if self.numbers is NULL:
            raise MemoryError(f"no memory for a vector of {self.size:,} numbers")

    def __dealloc__(self):
        free(self.numbers)


cdef object checked_vector(object value, str whose):
    numpy = _load_numpy()
    try:
        given = numpy.asarray(value)
        if given.dtype == object:
            if any([isinstance(number, (str, bytes)) for number in given.flat]):
                raise TypeError
            given = given.astype("f8")
        if given.dtype.kind not in "fiub":
            raise TypeError
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"the vector of {whose} must be numbers: {value!r:.80}") from None
    if given.ndim != 1:
        raise ValueError(f"the vector of {whose} has one axis, not the shape {given.shape}")
    finite = numpy.isfinite(given)
    if not finite.all():
        i = int(finite.argmin())
        raise ValueError(f"the vector of {whose} has {given[i]!r} as number {i}, which is not finite")
    return given


cdef class WordSequence:
    """What consists of words and so has a vector: Lexeme, Token, Span and Doc."""

    cdef int outlive_zone(self) except -1:
        return 0

    cdef WordVectors word_vectors(self):
        raise TypeError(f"{type(self).__name__} does not say where its vocabulary is")

    cdef Py_ssize_t n_words(self) except -1:
        return 0

    cdef hash_t word(self, Py_ssize_t i) noexcept nogil:
        return 0

    cdef object vector_hook(self, str name):
        return None

    cdef object given_vector(self):
        return None

    cdef bint words_have_vector_hook(self) except -1:
        return False

    cdef int set_given_vector(self, object vector) except -1:
        raise AttributeError(f"the vector of a {type(self).__name__} follows from its words: set that of a word with "
                             f"vocab.set_vector(word, vector), or that of a Doc")

    @property
    def vector(self):
        """The vector: of a word its row in ``vocab.vectors``, else the mean of those of its words.

        numpy.ndarray: float32, of ``vocab.vectors_length`` numbers; a copy. Words without a vector count as zeros,
        and nothing is zeros. The hook "vector" takes its place.

        Of a Doc it can be set, to a vector of any length; None brings the mean back. Of a Lexeme it can be set,
        which is ``vocab.set_vector``.

        Raises:
            ValueError: it is set to what is no vector, or to one with a number that is not finite in float32.

        Cost: linear in words and numbers. Once ``vector_norm`` or ``similarity`` has asked for it, a Doc keeps the sum
        of its words' vectors, in float64, until its words or the table change.

        >>> import lexarray
        >>> nlp = lexarray.blank("en")
        >>> nlp.vocab.set_vector("good", [1, 2])
        >>> nlp.vocab.set_vector("coffee", [3, 0])
        >>> doc = nlp("good coffee")
        >>> doc[1].vector.tolist(), doc.vector.tolist()
        ([3.0, 0.0], [2.0, 1.0])
        """
        hook = self.vector_hook("vector")
        if hook is not None:
            return hook(self)
        given = self.given_vector()
        return self._mean() if given is None else given.copy()

    @vector.setter
    def vector(self, value):
        self.set_given_vector(value)

    @property
    def has_vector(self):
        """Whether it has a vector: one of its words has. The hook "has_vector" takes its place."""
        hook = self.vector_hook("has_vector")
        if hook is not None:
            return hook(self)
        return self.given_vector() is not None or _has_row(self)

    @property
    def vector_norm(self):
        """The Euclidean length of the vector, computed in float64. The hook "vector_norm" takes its place."""
        cdef WordSum sum
        hook = self.vector_hook("vector_norm")
        if hook is not None:
            return hook(self)
        if not self._is_plain():
            return _norm_of(_load_numpy().asarray(self.vector, "f8"))
        sum = self.word_sum(True)
        return sum.length / sum.divisor / sum.scale      # the other way round may overflow

    def similarity(self, other):
        """The cosine of two vectors, computed in float64. The hook "similarity" takes its place: function(self, other).

        Args:
            other (Doc | Span | Token | Lexeme): what to compare with.

        Returns:
            float: -1.0 to 1.0. 1.0 if both are the same words of one table, even if it has no vectors for them;
            0.0 if one of them has no vector, which gives a UserWarning, or a vector of zeros. Only hooks that give
            numbers which are not finite can make it nan.

        Raises:
            TypeError: ``other`` is something else.
            ValueError: the vectors are of different lengths.

        >>> import lexarray
        >>> nlp = lexarray.blank("en")
        >>> nlp.vocab.set_vector("tea", [3, 4])
        >>> nlp.vocab.set_vector("coffee", [4, 3])
        >>> nlp("tea").similarity(nlp.vocab["coffee"])
        0.96
        """
        hook = self.vector_hook("similarity")
        if hook is not None:
            return hook(self, other)
        if not isinstance(other, WordSequence):
            raise TypeError(f"similarity to a Doc, Span, Token or Lexeme, not to {type(other).__name__}: {other!r:.80}")
        cdef WordSequence that = other
        if not self._is_plain() or not that._is_plain():
            return _similarity_of_given(self, that)
        cdef WordVectors ours = self.word_vectors()
        cdef WordVectors theirs = that.word_vectors()
        if ours.rows is theirs.rows and _are_same_words(self, that):
            return 1.0
        cdef WordSum a = self.word_sum(True)
        cdef WordSum b = that.word_sum(True)
        if not a.has_vector or not b.has_vector:
            _warn_of_no_vector(self, that, a, b)
            return 0.0
        if a.size != b.size:
            raise ValueError(f"the vocabularies' vectors have {a.size} and {b.size} numbers, so they "
                             f"cannot be compared")
        return _cosine(a, b)

    cdef WordSum word_sum(self, bint keep):
        cdef WordVectors vectors = self.word_vectors()
        cdef WordSum sum = WordSum(vectors)
        cdef WordSum single = None
        cdef Py_ssize_t i, j, n, step = max(1, AT_ONCE // (sum.size + 1)), start = 0
        cdef int n_begun = 0
        n = self.n_words()                              # from here on no Python code runs: the words stay
        sum.version = vectors.rows.version
        sum.divisor = max(n, 1)
        while start < n:
            for i in range(start, min(start + step, n)):
                if vectors.add(self.word(i), sum.numbers):
                    sum.has_vector = True
            start += step
            if start < n and n_begun < 3:
                with nogil:                             # let other threads run, which may change anything
                    pass
                if (self.word_vectors().serial != vectors.serial or self.n_words() != n
                        or sum.version != vectors.rows.version):
                    vectors = self.word_vectors()
                    sum = WordSum(vectors)
                    n = self.n_words()
                    sum.version = vectors.rows.version
                    sum.divisor = max(n, 1)
                    start, n_begun = 0, n_begun + 1
        sum.n_words = n
        if not _is_finite(sum):
            single = WordSum(vectors)
            n = self.n_words()
            sum.version = vectors.rows.version
            sum.n_words = n
            sum.has_vector = False
            sum.divisor = 0.5                           # rounding must not lead beyond the largest number either
            memset(sum.numbers, 0, sum.size * sizeof(double))
            for i in range(n):
                memset(single.numbers, 0, sum.size * sizeof(double))
                if vectors.add(self.word(i), single.numbers):
                    sum.has_vector = True
                    for j in range(sum.size):
                        sum.numbers[j] += single.numbers[j] * (0.5 / n)
        _measure(sum)
        return sum

    cdef bint _is_plain(self) except -1:
        # Whether its vector and norm follow from the table alone.
        return (self.vector_hook("vector") is None and self.vector_hook("vector_norm") is None
                and self.given_vector() is None and not self.words_have_vector_hook())

    cdef object _mean(self):
        cdef WordSum sum
        cdef float* out
        cdef Py_ssize_t i, n
        cdef list given
        # First what may run code of others, which may change the words; then how many there are.
        cdef bint are_hooked = self.words_have_vector_hook()
        cdef WordVectors vectors = self.word_vectors()
        n = self.n_words()
        if n == 1 and not are_hooked:
            return vectors.vector(self.word(0))
        if n and are_hooked:
            given = [word.vector for word in self]
            if given:
                return _load_numpy().mean(given, axis=0, dtype="f8").astype("f4")
        sum = self.word_sum(False)
        vector = _load_numpy().zeros(sum.size, "f4")
        if sum.size and sum.has_vector:
            out = <float*>address_of(vector)
            for i in range(sum.size):
                out[i] = <float>(sum.numbers[i] / sum.divisor)
        return vector


cdef bint _has_row(WordSequence words) except -1:
    cdef WordVectors vectors = words.word_vectors()
    cdef Py_ssize_t i, n = words.n_words()
    for i in range(n):
        if vectors.has(words.word(i)):
            return True
    return False


cdef bint _are_same_words(WordSequence a, WordSequence b) except -1:
    cdef Py_ssize_t i, n = a.n_words()
    if b.n_words() != n:
        return False
    for i in range(n):
        if a.word(i) != b.word(i):
            return False
    return True


cdef double _dot(const double* a, double scale_a, const double* b, double scale_b, Py_ssize_t size) noexcept nogil:
    # In four interleaved sums, which depend on nothing but the numbers.
    cdef double w = 0, x = 0, y = 0, z = 0
    cdef Py_ssize_t i = 0
    while i + 4 <= size:
        w += (a[i] * scale_a) * (b[i] * scale_b)
        x += (a[i + 1] * scale_a) * (b[i + 1] * scale_b)
        y += (a[i + 2] * scale_a) * (b[i + 2] * scale_b)
        z += (a[i + 3] * scale_a) * (b[i + 3] * scale_b)
        i += 4
    while i < size:
        w += (a[i] * scale_a) * (b[i] * scale_b)
        i += 1
    return (w + x) + (y + z)


cdef bint _is_finite(WordSum sum) noexcept:
    cdef Py_ssize_t i
    for i in range(sum.size):
        if not isfinite(sum.numbers[i]):
            return False
    return True


cdef void _measure(WordSum sum) noexcept:
    # The length, and what to multiply the numbers by so that products neither overflow nor vanish.
    cdef Py_ssize_t i, size = sum.size
    cdef double largest = 0
    cdef double square = _dot(sum.numbers, 1, sum.numbers, 1, size)
    sum.scale = 1
    if not 1e-200 < square < 1e200:
        for i in range(size):
            largest = max(largest, fabs(sum.numbers[i]))
        if largest:
            sum.scale = 1 / max(largest, 1e-300)
            square = _dot(sum.numbers, sum.scale, sum.numbers, sum.scale, size)
    sum.length = sqrt(square)


cdef double _cosine(WordSum a, WordSum b) noexcept:
    # 0 if either is all zeros.
    if a.length == 0 or b.length == 0:
        return 0
    cdef double dot = _dot(a.numbers, a.scale, b.numbers, b.scale, a.size)
    return min(max(dot / (a.length * b.length), -1.0), 1.0)


cdef object _norm_of(vector):
    # Of a float64 array.
    numpy = _load_numpy()
    with numpy.errstate(all="ignore"):
        largest = float(numpy.abs(vector).max(initial=0))
        if not 0 < largest < float("inf"):
            return largest
        scaled = vector / largest
        return largest * float(numpy.sqrt((scaled * scaled).sum()))


cdef object _numbers_of(WordSequence words):
    # In float64, and its norm: what the user gave, or a multiple of the mean.
    cdef WordSum sum
    cdef Py_ssize_t i
    cdef double* out
    if words._is_plain():
        sum = words.word_sum(True)
        vector = _load_numpy().empty(sum.size, "f8")
        if sum.size:
            out = <double*>address_of(vector)
            for i in range(sum.size):
                out[i] = sum.numbers[i] * sum.scale
        return vector, sum.length
    vector = _load_numpy().asarray(words.vector, "f8")
    if vector.ndim != 1:
        raise ValueError(f"the vector of a {type(words).__name__} has the shape {vector.shape}, so it is none")
    hook = words.vector_hook("vector_norm")
    return vector, _norm_of(vector) if hook is None else float(hook(words))


cdef object _similarity_of_given(WordSequence a, WordSequence b):
    # With what the user's hooks say, or set vectors.
    x, norm_x = _numbers_of(a)
    y, norm_y = _numbers_of(b)
    if len(x) != len(y):
        raise ValueError(f"the vector of this {type(a).__name__} has {len(x)} numbers, that of the other "
                         f"{type(b).__name__} {len(y)}")
    if norm_x == 0 or norm_y == 0:
        return 0.0
    cdef double cosine = 0
    with _load_numpy().errstate(all="ignore"):
        cosine = (x / norm_x).dot(y / norm_y)
    return cosine if cosine != cosine else min(max(cosine, -1.0), 1.0)


cdef int _warn_of_no_vector(WordSequence a, WordSequence b, WordSum sum_a, WordSum sum_b) except -1:
    if sum_a.size == 0 or sum_b.size == 0:
        warn(f"{type(a).__name__}.similarity is 0.0 because the vocabulary has no vectors: set vocab.vectors")
    else:
        words, which = (b, "other ") if sum_a.has_vector else (a, "")
        warn(f"{type(a).__name__}.similarity is 0.0 because the {which}{type(words).__name__} has no vector")
    return 0
