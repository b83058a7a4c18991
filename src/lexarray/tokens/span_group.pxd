# Groups of spans that may overlap. Owned by a SpanGroup: its SpanCs; the Doc is held weakly, for it holds
# its groups.
from libc.stdint cimport uint32_t

from lexarray.structs cimport SpanC
from lexarray.tokens.token_array cimport TokenArray


cdef class SpanGroup:
    cdef public str name
    cdef public dict attrs
    cdef object _doc_ref
    cdef SpanC* c
    cdef readonly int length
    cdef int _capacity
    cdef uint32_t generation            # the document's, when the spans were right

    # The document; errors if it is gone or its tokens were replaced without the group.
    cdef TokenArray get_doc(self)
    cdef const SpanC* _checked(self, object span) except NULL
    cdef object _span(self, int i)
    cdef int push_back(self, const SpanC* span) except -1


# After a change that the groups of the document were told of: their spans' characters, and that they are right.
cdef int refresh_groups(TokenArray doc) except -1
