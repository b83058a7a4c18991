# A view of a stretch of tokens. Owned here: its SpanC; it holds the TokenArray.
from libc.stdint cimport uint32_t

from lexarray.structs cimport SpanC
from lexarray.tokens.token_array cimport TokenArray


cdef class Span:
    cdef readonly TokenArray doc
    cdef SpanC c
    cdef uint32_t generation        # the document's, when the view was made

    # 0 <= start <= end <= doc.length
    @staticmethod
    cdef Span view(TokenArray doc, int start, int end)
    # Good until the document changes; StaleViewError if it has.
    cdef SpanC* span_c(self) except NULL


# Python's index into the tokens of `what`, made non-negative. IndexError names it.
cdef int resolve_index(object key, int length, str what) except -1
# Python's slice over `length` items: start <= end, both in range. ValueError for a step.
cdef int resolve_slice(object key, int length, int* start, int* end) except -1
