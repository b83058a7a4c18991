# The vectors of words. Owned by a WordVectors: which rows belong to which words; the rows are a table's. WordSequence
# is the face of whatever consists of words: Lexeme, Token, Span and Doc have their vectors from there.
from libc.stdint cimport uint32_t, uint64_t

from lexarray.row_source cimport RowSource
from lexarray.typedefs cimport hash_t


# A vocabulary replaces it as a whole, so that a reader sees either the old or the new.
cdef class WordVectors:
    cdef readonly RowSource rows
    cdef readonly Py_ssize_t size           # numbers a vector
    cdef uint64_t serial                    # no other has ever had it
    # Words without rows: their keys, ascending, and for each the key of the word whose row is its too; its own key: none.
    cdef Py_ssize_t n_aliases
    cdef const hash_t* _words
    cdef hash_t* _targets
    cdef object _words_array
    cdef object _targets_array

    # Without the GIL only while no other thread changes the rows. First rows.check_mapping().
    cdef bint has(self, hash_t key) noexcept nogil
    cdef bint copy(self, hash_t key, float* out) noexcept nogil         # whether the word has a vector
    cdef bint add(self, hash_t key, double* sum) noexcept nogil         # sum += vector; whether the word has one
    cdef object vector(self, hash_t key)                                # float32; zeros if the word has none
    cdef void drop_alias(self, hash_t word) noexcept nogil              # from now on it has only a row of its own
    cdef Py_ssize_t _find_alias(self, hash_t word) noexcept nogil       # or -1


# The sum of the vectors of some words, and of what it was made: not the table itself, which would live as long.
cdef class WordSum:
    cdef double* numbers
    cdef Py_ssize_t size
    cdef double divisor                     # numbers / divisor is the mean
    cdef bint has_vector                    # of any of the words
    cdef double scale                       # 1, or what makes products of the numbers neither overflow nor vanish
    cdef double length                      # of numbers * scale
    cdef Py_ssize_t n_words
    cdef uint64_t serial                    # of the WordVectors
    cdef size_t version                     # of their rows
    cdef uint32_t generation                # of the document whose sum it is


# What somebody gave as a vector: an array of one axis, of finite real numbers. ValueError, which says whose it is.
cdef object checked_vector(object value, str whose)


cdef class WordSequence:
    # What it consists of. Derived anew at each access; raises if the view is no longer valid.
    cdef WordVectors word_vectors(self)                 # of the vocabulary; the file behind them is checked
    cdef Py_ssize_t n_words(self) except -1
    # The memory zone whose words it uses ends: from now on it has its own copies. Only what said to a zone that it uses
    # its words is told.
    cdef int outlive_zone(self) except -1
    # 0 <= i < n_words(), which was asked before and since when no Python code has run.
    cdef hash_t word(self, Py_ssize_t i) noexcept nogil
    # What the user has put in the place of all this: a function, a vector, functions of the single words.
    cdef object vector_hook(self, str name)
    cdef object given_vector(self)
    cdef bint words_have_vector_hook(self) except -1
    cdef int set_given_vector(self, object vector) except -1

    # The sum of its words' vectors. A Doc keeps it, if that is wanted, until something changes.
    cdef WordSum word_sum(self, bint keep)

    cdef bint _is_plain(self) except -1
    cdef object _mean(self)
