# A view of one token. Owned here: nothing; it holds the TokenArray and an index.
from libc.stdint cimport uint32_t

from lexarray.lexeme cimport WordView
from lexarray.structs cimport TokenC
from lexarray.tokens.token_array cimport TokenArray


cdef class Token(WordView):
    cdef readonly TokenArray doc
    cdef readonly int i
    cdef uint32_t generation        # the document's, when the view was made

    @staticmethod
    cdef Token view(TokenArray doc, int i)
    cdef list _children(self, bint left, bint right)
    cdef object _hook(self, str name)
    # Derived anew at each access; StaleViewError if the view is no longer valid.
    cdef TokenC* token_c(self) except NULL


# The tokens start <= i < end of a document, one after the other; StaleViewError when they are replaced meanwhile.
cdef class TokenIterator:
    cdef TokenArray doc
    cdef int i
    cdef int end
    cdef uint32_t generation

    @staticmethod
    cdef TokenIterator over(TokenArray doc, int start, int end)


# The number of a universal part of speech, given by name or number; ValueError if it is none.
cdef int pos_id(object value) except -1
