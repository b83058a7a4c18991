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
    # Derived anew at each access; StaleViewError if the view is no longer valid.
    cdef TokenC* token_c(self) except NULL
