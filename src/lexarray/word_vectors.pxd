# The vectors of words. Owned by a WordVectors: which rows belong to which words; the rows are a table's. WordSequence
# is the face of whatever consists of words: Lexeme, Token, Span and Doc have their vectors from there.
from cymem.cymem cimport Pool
from preshed.maps cimport PreshMap

from lexarray.row_source cimport RowSource
from lexarray.typedefs cimport hash_t


# Never changed: a vocabulary replaces it, so that a reader sees either the old or the new.
cdef class WordVectors:
    cdef readonly RowSource rows
    cdef readonly Py_ssize_t size           # numbers a vector
    cdef readonly dict aliases              # key of a word without a row -> key of the word whose row is its too
    cdef Pool _mem
    cdef PreshMap _alias_of                 # the same: key -> hash_t*
    cdef hash_t* _targets

    # Without the GIL only while no other thread changes the rows. First rows.check_mapping().
    cdef bint has(self, hash_t key) noexcept nogil
    cdef bint copy(self, hash_t key, float* out) noexcept nogil         # whether the word has a vector
    cdef bint add(self, hash_t key, double* sum) noexcept nogil         # sum += vector; whether the word has one
    cdef object vector(self, hash_t key)                                # float32; zeros if the word has none


# The sum of the vectors of some words, and what it was made of.
cdef class WordSum:
    cdef double* numbers
    cdef Py_ssize_t n_words
    cdef bint has_vector                    # of any of the words
    cdef double norm
    cdef double scale                       # 1, or what makes products of the numbers neither overflow nor vanish
    cdef WordVectors vectors
    cdef size_t version                     # of vectors.rows


cdef class WordSequence:
    # What it consists of. Derived anew at each access; raises if the view is no longer valid.
    cdef WordVectors word_vectors(self)                 # of the vocabulary; the file behind them is checked
    cdef Py_ssize_t n_words(self) except -1
    # 0 <= i < n_words(), which was asked before and since when no Python code has run.
    cdef hash_t word(self, Py_ssize_t i) noexcept nogil
    # What the user has put in the place of all this: a function, a vector, functions of the single words.
    cdef object vector_hook(self, str name)
    cdef object given_vector(self)
    cdef bint words_have_vector_hook(self) except -1
    cdef int set_given_vector(self, object vector) except -1

    # The sum of its words' vectors; Doc keeps it until something changes.
    cdef WordSum word_sum(self)

    cdef bint _is_plain(self) except -1
    cdef object _mean(self)
