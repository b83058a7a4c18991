# The tokens of one document. Owned by a TokenArray: the C array, which may move when it grows, so a
# TokenC* is good inside one function only. Doc extends it; Token and Span view it.
from cymem.cymem cimport Pool
from libc.stdint cimport uint32_t

from lexarray.structs cimport LexemeC, TokenC
from lexarray.vocab cimport Vocab


cdef class TokenArray:
    cdef readonly Pool mem
    cdef readonly Vocab vocab
    cdef TokenC* c                  # `length` tokens, NULL while there are none
    cdef readonly int length
    cdef readonly int max_length    # tokens for which there is room
    cdef uint32_t generation        # changes when tokens that may have views are replaced
    cdef object __weakref__

    # Make room for n tokens in all.
    cdef int reserve(self, Py_ssize_t n) except -1
    # Add a token at the end; returns the new length.
    cdef int push_back(self, const LexemeC* lex, bint has_space) except -1
    # Remove all tokens; views of them raise from then on.
    cdef int clear(self) except -1
    # The text of tokens start <= i < end, with or without the last one's trailing space.
    cdef str text_of(self, int start, int end, bint trailing_space)
    # Where token i begins and ends in the text; i = length is the end of the text.
    cdef int start_char(self, int i) noexcept nogil
    cdef int end_char(self, int i) noexcept nogil
    # Raises StaleViewError unless `generation` is the present one.
    cdef int check_view(self, uint32_t generation) except -1
