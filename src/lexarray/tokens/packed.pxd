# Documents <-> columns of small numbers: what Doc.to_bytes, pickles, corpora and Arrow tables are made of. Owned by a Packer:
# the columns of the documents that it was given. An Unpacker borrows columns, and checks all of them before it is made.
#
# *Fat types, thin tokens*, on disk too. What a token is, wherever it stands, is a row of `types`; what it does in its sentence
# is a row of `roles`; both are there once, however many tokens share them. A token is the numbers of its type and its role, the
# distance to its head, and whether a space follows. Texts are numbered from 1 in the order of their first use; 0 is "".
from libc.stdint cimport int8_t, int32_t, int64_t, uint32_t, uint64_t

from lexarray._key_index cimport KeyIndexC
from lexarray.structs cimport TokenC
from lexarray.tokens.span_group cimport SpanGroup
from lexarray.tokens.token_array cimport TokenArray
from lexarray.typedefs cimport attr_t, hash_t
from lexarray.vocab cimport Vocab
from lexarray.words cimport Words

cdef enum:
    N_TYPE_TEXTS = 6            # orth, norm, lemma, tag, morph, sense: numbers of texts
    N_TYPE_FIELDS = 7           # and pos
    N_ROLE_TEXTS = 4            # dep, ent_type, ent_kb_id, ent_id: numbers of texts
    N_ROLE_FIELDS = 6           # and ent_iob; sent_start: 2 stands for -1
    N_TOKEN_FIELDS = 4          # type; role; head, relative, a signed number; space: 0 or 1
    MOST_FIELDS = 7


cdef struct TableC:             # columns of equal length
    uint32_t* columns[MOST_FIELDS]
    int n_columns
    Py_ssize_t length
    Py_ssize_t room


cdef struct RowItemC:           # a row, as it is found
    hash_t hash                 # of the keys
    uint64_t serial             # of the Words whose texts were last seen to be the same
    uint32_t number
    attr_t keys[MOST_FIELDS]


cdef struct RowsC:              # a table whose rows are there once
    TableC table
    RowItemC* last              # that was found last; NULL: none
    int n_texts                 # the first fields, which are numbers of texts
    KeyIndexC index             # hash of a row's keys -> RowItemC


cdef struct RoleC:              # a role as keys
    attr_t dep
    attr_t ent_type
    attr_t ent_kb_id
    attr_t ent_id
    int8_t ent_iob
    int8_t sent_start
    bint is_made


cdef class Packer:
    cdef RowsC types
    cdef RowsC roles
    cdef TableC tokens
    cdef KeyIndexC _texts       # key -> TextItemC
    cdef char* utf8             # of all texts
    cdef Py_ssize_t _utf8_room
    cdef int64_t* text_ends     # n_texts of them
    cdef Py_ssize_t _ends_room
    cdef readonly Py_ssize_t n_texts
    cdef list _docs             # (texts, types, roles, tokens) that there were after each document
    cdef list _layers           # MessagePack, b"" if there are none
    cdef Py_ssize_t _layer_bytes
    cdef list _unknown_spaces   # bool
    cdef bint _is_adding

    # The layers of a document beside its tokens, for add_tokens() or Unpacker.set_layers(): a dict without those that are
    # empty. Spans in it have numbers of texts.
    cdef dict layers_of(self, TokenArray doc, object exclude)
    # No Python code runs. All or nothing.
    cdef int add_tokens(self, TokenArray doc, bytes layers) except -1
    cdef uint32_t _text(self, hash_t key, Words words) except? 0
    cdef Py_ssize_t _row(self, RowsC* rows, const attr_t* keys, Words words) except -1
    cdef int _check_same(self, uint32_t number, hash_t key, Words words) except -1
    cdef list _spans_of(self, SpanGroup group)
    cdef int _reserve_text(self, Py_ssize_t n_bytes) except -1


cdef class Unpacker:
    cdef readonly Py_ssize_t n_docs
    cdef list _held             # what the columns are of
    cdef TableC types           # borrowed
    cdef TableC roles
    cdef TableC tokens
    cdef const char* utf8
    cdef const int64_t* text_ends       # where texts end; one more, 0, before the first
    cdef Py_ssize_t n_texts
    cdef const int32_t* token_ends      # the same of documents
    cdef const unsigned char* unknown_spaces
    cdef object _layers         # i -> bytes
    # What a vocabulary makes of them, filled in when it is needed:
    cdef Vocab vocab
    cdef Words words
    cdef hash_t* keys           # of texts; 0: not yet
    cdef TokenC* prototypes     # of types; lex NULL: not yet
    cdef RoleC* role_keys       # of roles
    cdef dict _morphs           # number of a text -> key of the normalised features

    # Tokens and has_unknown_spaces. All or nothing.
    cdef int fill_tokens(self, TokenArray doc, Py_ssize_t i) except -1
    # The other layers of a document that has its tokens; it has none of them if this fails.
    cdef int set_layers(self, TokenArray doc, dict layers, object exclude) except -1
    cdef Py_ssize_t _borrow(self, object buffer, Py_ssize_t size, str name, const void** to) except -1
    cdef int _check_ends(self, Py_ssize_t n, Py_ssize_t size) except -1
    cdef int _set_table(self, TableC* table, Py_ssize_t n, object columns, str name, tuple fields) except -1
    cdef int _check_rows(self, const TableC* table, int n_texts, str name, tuple fields) except -1
    cdef int _check_tokens(self, Py_ssize_t doc) except -1
    cdef int _check_number(self, Py_ssize_t i) except -1
    cdef int _use(self, Vocab vocab, Words words) except -1
    cdef hash_t _key(self, uint32_t number) except? 0
    cdef int _make_type(self, uint32_t number) except -1
    cdef attr_t _morph(self, uint32_t number) except? 0
    cdef int _make_role(self, uint32_t number) except -1


# ValueError unless the document has neither tokens nor other layers.
cdef int check_empty(TokenArray doc) except -1
