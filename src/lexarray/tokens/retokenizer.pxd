# Edits of a document's tokens, gathered and then made at once. Owned by a Retokenizer: the list of edits.
from libc.stdint cimport uint32_t

from lexarray.structs cimport TokenC
from lexarray.tokens.token_array cimport TokenArray


cdef class Retokenizer:
    cdef readonly TokenArray doc
    cdef uint32_t generation
    cdef dict _edits                    # first token -> _Edit
    cdef bytearray _taken               # 1: the token is in an edit

    cdef int _add(self, object edit) except -1
    cdef int _apply(self) except -1
