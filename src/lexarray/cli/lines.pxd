# Documents as lines of UTF-8 about their tokens, written without an object a token. Owned by a WordLines: what a format
# says of words, made once for each, and forgotten when there are too many; and the memory that lines are written to.
from libc.stdint cimport uint32_t

from lexarray._key_index cimport KeyIndexC
from lexarray.tokens.token_array cimport TokenArray
from lexarray.typedefs cimport attr_t, hash_t

cdef enum:
    MOST_CELLS = 4
    MOST_WORDS = 1 << 16        # that are remembered


cdef struct CellC:              # a text that a line says of a word
    const char* utf8            # borrowed from a bytes object that the WordLines keeps
    uint32_t n_bytes
    uint32_t width              # columns of a terminal


cdef struct WordC:              # a word, with a norm
    hash_t key                  # of both
    attr_t orth
    attr_t norm
    CellC cells[MOST_CELLS]


# One thread at a time.
cdef class WordLines:
    cdef object _cells_of           # function of (Lexeme, norm)
    cdef KeyIndexC _words           # key -> WordC
    cdef list _kept                 # the bytes of the cells
    cdef WordC** _found             # the words of a document's tokens
    cdef Py_ssize_t _n_found        # for which there is room
    cdef char* _line                # what is being written
    cdef size_t _n_line             # bytes for which there is room

    cdef int _find(self, TokenArray doc) except -1
    cdef WordC* _add(self, TokenArray doc, hash_t key, attr_t orth, attr_t norm) except NULL
    cdef int _forget(self) except -1
    cdef char* _room(self, size_t n_bytes) except NULL
