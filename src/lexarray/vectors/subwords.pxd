# Character n-grams of words, as fastText hashes them, and the matrix that has a row for each bucket of hashes.
from libc.stdint cimport uint32_t

from lexarray.vectors.kernels cimport Format

cdef struct Ngrams:             # a walk over the n-grams of one word; fill it with `walk`
    const char* utf8            # the word; "<" before it and ">" behind it are not in memory
    Py_ssize_t total            # bytes, "<" and ">" included
    Py_ssize_t start, stop      # the n-gram: bytes of "<word>"
    int n                       # its characters
    int min_n, max_n
    uint32_t hash               # of its bytes

cdef Ngrams walk(const char* utf8, Py_ssize_t length, int min_n, int max_n) noexcept nogil
cdef bint next_ngram(Ngrams* at) noexcept nogil         # False: there are no more


cdef class Subwords:            # never changes once it is made
    cdef readonly int min_n, max_n
    cdef readonly Py_ssize_t vector_size
    cdef readonly Py_ssize_t bucket         # rows of the matrix
    cdef object _matrix
    cdef const char* _rows
    cdef Format _format
    cdef Py_ssize_t _stride                 # bytes a row

    # sum += the rows of a word's n-grams; returns how many there are.
    cdef Py_ssize_t add(self, const char* utf8, Py_ssize_t length, double* sum) noexcept nogil
    cdef Py_ssize_t _step(self) noexcept
