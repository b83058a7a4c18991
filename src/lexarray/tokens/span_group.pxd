# Groups of spans that may overlap. Owned by a SpanGroup: its SpanCs; the Doc is held weakly, for it holds
# its groups.
from libc.stdint cimport uint32_t

from lexarray.structs cimport SpanC
from lexarray.tokens.token_array cimport TokenArray
from lexarray.words cimport Words


cdef class SpanGroup:
    cdef public str name
    cdef public dict attrs
    cdef object _doc_ref
    cdef TokenArray _kept_doc           # None, unless nothing else may keep the document: the group came from a pickle
    cdef SpanC* c
    cdef readonly int length
    cdef int _capacity
    cdef uint32_t generation            # the document's, when the spans were right
    cdef Words words                    # has the texts of the spans' labels, kb_ids and ids: the document's, or those that it had

    # The document; errors if it is gone or its tokens were replaced without the group.
    cdef TokenArray get_doc(self)
    cdef object pack(self, bint with_texts)
    cdef const SpanC* _checked(self, object span) except NULL
    cdef object _span(self, int i)
    # Add a span whose texts the document has.
    cdef int push_back(self, const SpanC* span) except -1
    # Make the texts of labels, kb_ids and ids the document's own, if it has outlived a memory zone without this group.
    cdef int own_texts(self, TokenArray doc) except -1


# The groups of a document as MessagePack, as spaCy writes them; `with_texts`: and the texts of their keys, which spaCy ignores.
# TypeError, ValueError: a group's attrs cannot be; names the group.
cdef object pack_groups(object groups, bint with_texts)
# A new SpanGroups of this; ValueError names the group and the span.
cdef object unpack_groups(TokenArray doc, bytes data)
# After a change that the groups of the document were told of: their spans' characters, and that they are right.
cdef int refresh_groups(TokenArray doc) except -1
