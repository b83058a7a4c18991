"""The vectors of words: :class:`WordVectors`, what a vocabulary knows of them, and :class:`WordSequence`, from which
Lexeme, Token, Span and Doc have theirs.

The vector of several words is the mean of their rows, in which words without a row count as zeros. It is summed in
float64, row by row, in C; norms and cosines are computed from that sum, and only a ``vector`` that is handed out is
rounded to float32.
"""
cimport cython
from libc.math cimport fabs, sqrt
from libc.stdlib cimport calloc, free
from preshed.maps cimport map_get

from lexarray.vectors._arrays cimport address_of

from warnings import warn

cdef RowSource _NO_ROWS = RowSource()
cdef object _numpy = None


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
        aliases (dict[int, int]): key of a word -> key of the word whose row is its vector, if it has no row itself.
    """

    def __cinit__(self, RowSource rows=None, dict aliases=None):
        cdef Py_ssize_t i
        cdef hash_t key
        self.rows = _NO_ROWS if rows is None else rows
        self.size = self.rows.vector_size
        self.aliases = {} if aliases is None else aliases
        self._mem = Pool()
        self._alias_of = PreshMap()
        if self.aliases:
            self._targets = <hash_t*>self._mem.alloc(len(self.aliases), sizeof(hash_t))
            for i, (word, target) in enumerate(self.aliases.items()):
                key, self._targets[i] = word, target
                self._alias_of.set(key, &self._targets[i])

    cdef bint has(self, hash_t key) noexcept nogil:
        if self.rows.vector_size != self.size:      # it has been made anew: these are not the vectors we know
            return False
        if self.rows.find(key) >= 0:
            return True
        cdef const hash_t* alias = <const hash_t*>map_get(self._alias_of.c_map, key)
        return alias is not NULL and self.rows.find(alias[0]) >= 0

    cdef bint copy(self, hash_t key, float* out) noexcept nogil:
        if self.rows.vector_size != self.size:
            return False
        if self.rows.copy_row(key, out):
            return True
        cdef const hash_t* alias = <const hash_t*>map_get(self._alias_of.c_map, key)
        return alias is not NULL and self.rows.copy_row(alias[0], out)

    cdef bint add(self, hash_t key, double* sum) noexcept nogil:
        if self.rows.vector_size != self.size:
            return False
        if self.rows.add_row(key, sum):
            return True
        cdef const hash_t* alias = <const hash_t*>map_get(self._alias_of.c_map, key)
        return alias is not NULL and self.rows.add_row(alias[0], sum)

    cdef object vector(self, hash_t key):
        vector = _load_numpy().zeros(self.size, "f4")
        self.rows.check_mapping()
        if self.size:
            self.copy(key, <float*>address_of(vector))
        return vector


@cython.final
cdef class WordSum:
    """The sum of the vectors of some words."""

    def __cinit__(self, WordVectors vectors not None):
        self.vectors = vectors
        self.version = vectors.rows.version
        self.numbers = <double*>calloc(max(vectors.size, 1), sizeof(double))
        if self.numbers is NULL:
            raise MemoryError(f"no memory for a vector of {vectors.size:,} numbers")

    def __dealloc__(self):
        free(self.numbers)


cdef class WordSequence:
    """What consists of words and so has a vector: Lexeme, Token, Span and Doc."""

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

        Cost: linear in words and numbers. A Doc keeps the sum of its words' vectors, in float64, until its words or the
        table change.

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
        return self._mean() if given is None else given

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
            return float(_load_numpy().linalg.norm(_load_numpy().asarray(self.vector, "f8")))
        sum = self.word_sum()
        return sum.norm / sum.n_words if sum.n_words else 0.0

    def similarity(self, other):
        """The cosine of two vectors, computed in float64. The hook "similarity" takes its place: function(self, other).

        Args:
            other (Doc | Span | Token | Lexeme): what to compare with.

        Returns:
            float: -1.0 to 1.0. 1.0 if both are the same words of one table, even if it has no vectors for them;
            0.0 if one of them has no vector, which gives a UserWarning, or a vector of zeros.

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
        cdef WordSum a = self.word_sum()
        cdef WordSum b = that.word_sum()
        if not a.has_vector or not b.has_vector:
            _warn_of_no_vector(self, that, a, b)
            return 0.0
        if a.vectors.size != b.vectors.size:
            raise ValueError(f"the vocabularies' vectors have {a.vectors.size} and {b.vectors.size} numbers, so they "
                             f"cannot be compared")
        return _cosine(a, b)

    cdef WordSum word_sum(self):
        cdef WordVectors vectors = self.word_vectors()
        cdef WordSum sum = WordSum(vectors)
        cdef Py_ssize_t i, n = self.n_words()
        sum.n_words = n
        for i in range(n):
            if vectors.add(self.word(i), sum.numbers):
                sum.has_vector = True
        _measure(sum)
        return sum

    cdef bint _is_plain(self) except -1:
        # Whether its vector and norm follow from the table alone.
        return (self.vector_hook("vector") is None and self.vector_hook("vector_norm") is None
                and self.given_vector() is None and not self.words_have_vector_hook())

    cdef object _mean(self):
        cdef WordVectors vectors = self.word_vectors()
        cdef WordSum sum
        cdef float* out
        cdef Py_ssize_t i, n = self.n_words()
        if n == 0:
            return _load_numpy().zeros(vectors.size, "f4")
        if self.words_have_vector_hook():
            return _load_numpy().mean([word.vector for word in self], axis=0, dtype="f8").astype("f4")
        if n == 1:
            return vectors.vector(self.word(0))
        sum = self.word_sum()
        vector = _load_numpy().zeros(sum.vectors.size, "f4")
        if sum.vectors.size and sum.has_vector:
            out = <float*>address_of(vector)
            for i in range(sum.vectors.size):
                out[i] = <float>(sum.numbers[i] / sum.n_words)
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


cdef void _measure(WordSum sum) noexcept:
    # The norm, and what to multiply the numbers by so that products neither overflow nor vanish.
    cdef Py_ssize_t i, size = sum.vectors.size
    cdef double largest = 0
    cdef double square = _dot(sum.numbers, 1, sum.numbers, 1, size)
    sum.scale = 1
    if not 1e-200 < square < 1e200:
        for i in range(size):
            largest = max(largest, fabs(sum.numbers[i]))
        if largest:
            sum.scale = 1 / max(largest, 1e-300)
            square = _dot(sum.numbers, sum.scale, sum.numbers, sum.scale, size)
    sum.norm = sqrt(square) / sum.scale


cdef double _cosine(WordSum a, WordSum b) noexcept:
    # 0 if either is all zeros.
    if a.norm == 0 or b.norm == 0:
        return 0
    cdef double dot = _dot(a.numbers, a.scale, b.numbers, b.scale, a.vectors.size)
    return min(max(dot / ((a.norm * a.scale) * (b.norm * b.scale)), -1.0), 1.0)


cdef object _similarity_of_given(WordSequence a, WordSequence b):
    # With what the user's hooks say, or set vectors.
    vectors = []
    for words in (a, b):
        vector = _load_numpy().asarray(words.vector, "f8")
        if vector.ndim != 1:
            raise ValueError(f"the vector of a {type(words).__name__} has the shape {vector.shape}, so it is none")
        vectors.append(vector)
    if len(vectors[0]) != len(vectors[1]):
        raise ValueError(f"the vector of this {type(a).__name__} has {len(vectors[0])} numbers, that of the other "
                         f"{type(b).__name__} {len(vectors[1])}")
    norms = a.vector_norm * b.vector_norm
    return float(vectors[0].dot(vectors[1]) / norms) if norms else 0.0


cdef int _warn_of_no_vector(WordSequence a, WordSequence b, WordSum sum_a, WordSum sum_b) except -1:
    if sum_a.vectors.size == 0 or sum_b.vectors.size == 0:
        warn(f"{type(a).__name__}.similarity is 0.0 because the vocabulary has no vectors: set vocab.vectors")
    else:
        words, which = (b, "other ") if sum_a.has_vector else (a, "")
        warn(f"{type(a).__name__}.similarity is 0.0 because the {which}{type(words).__name__} has no vector")
    return 0
