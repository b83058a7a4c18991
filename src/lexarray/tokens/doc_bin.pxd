# Many documents as one file, spaCy's ".spacy". Owned by a DocBin: the values of the tokens, and all texts that they are keys
# of; no document and no vocabulary. docs/files.md has the layout.
from lexarray.tokens.span_group cimport SpanGroup
from lexarray.typedefs cimport attr_t, hash_t
from lexarray.words cimport Words

cdef enum:
    N_KNOWN = 1 << 14               # keys that are known to be known; a power of 2


cdef class DocBin:
    cdef readonly list attrs        # ids of the columns: ORTH, then others, rising
    cdef public bint store_user_data
    # One item a document:
    cdef list _rows                 # bytes: a row of len(attrs) little-endian uint64 for each token
    cdef list _spaces               # bytes: 0 or 1 for each token
    cdef list _cats                 # bytes, MessagePack
    cdef list _has_unknown_spaces   # bool
    cdef list _span_groups          # bytes, MessagePack
    cdef list _user_data            # bytes, MessagePack; empty unless store_user_data
    cdef dict _texts                # key -> text
    # For add(): the keys of _texts that came last, by their lowest bits, and from which words.
    cdef attr_t _known[N_KNOWN]
    cdef Words _known_of

    cdef int _replace(self, tuple new) except -1
    cdef int _know_group(self, SpanGroup group) except -1
    cdef int _know(self, hash_t key, Words words) except -1
