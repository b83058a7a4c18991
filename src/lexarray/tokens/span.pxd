# A view of a stretch of tokens. Owned here: its SpanC; it holds the TokenArray.
from libc.stdint cimport uint32_t

from lexarray.structs cimport SpanC
from lexarray.tokens.token_array cimport TokenArray
from lexarray.typedefs cimport attr_t
from lexarray.word_vectors cimport WordSequence
from lexarray.words cimport Words


cdef class Span(WordSequence):
    cdef readonly TokenArray doc
    cdef SpanC c
    cdef Words words                # has the texts of label, kb_id and id that the document does not have; None: it has all
    cdef uint32_t generation        # the document's, when the view was made

    # 0 <= start <= end <= doc.length
    @staticmethod
    cdef Span view(TokenArray doc, int start, int end)
    cdef object _hook(self, str name)
    cdef int _set_key(self, attr_t* field, object value, str name) except -1
    # Good until the document changes; StaleViewError if it has.
    cdef SpanC* span_c(self) except NULL
    # Make the texts of its label, kb_id and id the document's own: those from a memory zone that has ended since they were
    # given, and in which nothing in the document was labelled so.
    cdef int own_texts(self) except -1


# ValueError unless something is known about where the document's sentences begin.
cdef int check_has_sentences(TokenArray doc) except -1
# The base noun phrases of a Doc or Span, which is of this document; see Doc.noun_chunks.
cdef list list_noun_chunks(TokenArray doc, object doclike)
# The key of a label or id that is given as a text or a stored key; errors name it.
cdef attr_t text_key(TokenArray doc, object value, str name) except? 0
# An index or slice in two steps: the first may run Python code, the second looks at the length as it is then.
cdef Py_ssize_t as_index(object key) except? -1
cdef int unpack_slice(object key, Py_ssize_t* start, Py_ssize_t* end) except -1
# Made non-negative. IndexError names the item and what it is sought in.
cdef int fit_index(Py_ssize_t i, int length, str what, str item=*) except -1
# 0 <= start <= end <= length
cdef void fit_slice(int length, Py_ssize_t* start, Py_ssize_t* end) noexcept
