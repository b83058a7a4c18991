"""The owner of a document's tokens: one C array, and the text that is rebuilt from it."""
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t
from libc.string cimport memcpy, memset

from lexarray.attrs cimport (
    DEP, ENT_ID, ENT_IOB, ENT_KB_ID, ENT_TYPE, HEAD, IDX, LEMMA, MORPH, NORM, POS, SENT_START, SPACY, TAG,
)
from lexarray.lexeme_table cimport get_lex_attr, is_text_attr
from lexarray.strings cimport StringC, StringStore

from lexarray.errors import StaleViewError

cdef extern from "limits.h":
    const int INT_MAX


cdef attr_t get_token_attr(const TokenC* token, attr_id_t attr) noexcept nogil:
    if attr == POS:
        return token.pos
    if attr == TAG:
        return token.tag
    if attr == DEP:
        return token.dep
    if attr == HEAD:
        return <attr_t><int64_t>token.head
    if attr == LEMMA:
        return token.lemma
    if attr == MORPH:
        return token.morph
    if attr == NORM:
        return token.norm if token.norm else token.lex.norm
    if attr == ENT_IOB:
        return token.ent_iob
    if attr == ENT_TYPE:
        return token.ent_type
    if attr == ENT_KB_ID:
        return token.ent_kb_id
    if attr == ENT_ID:
        return token.ent_id
    if attr == SENT_START:
        return <attr_t><int64_t>token.sent_start
    if attr == SPACY:
        return token.spacy
    if attr == IDX:
        return token.idx
    return get_lex_attr(token.lex, attr)


cdef bint set_token_attr(TokenC* token, attr_id_t attr, attr_t value) noexcept nogil:
    if attr == POS:
        token.pos = <uint8_t>value
    elif attr == TAG:
        token.tag = value
    elif attr == DEP:
        token.dep = value
    elif attr == HEAD:
        token.head = <int32_t><int64_t>value
    elif attr == LEMMA:
        token.lemma = value
    elif attr == MORPH:
        token.morph = value
    elif attr == NORM:
        token.norm = value
    elif attr == ENT_IOB:
        token.ent_iob = <int8_t>value
    elif attr == ENT_TYPE:
        token.ent_type = value
    elif attr == ENT_KB_ID:
        token.ent_kb_id = value
    elif attr == ENT_ID:
        token.ent_id = value
    elif attr == SENT_START:
        token.sent_start = <int8_t><int64_t>value
    elif attr == SPACY:
        token.spacy = value != 0
    else:
        return False
    return True


cdef bint is_token_text_attr(attr_id_t attr) noexcept nogil:
    return (attr == TAG or attr == DEP or attr == LEMMA or attr == MORPH or attr == ENT_TYPE
            or attr == ENT_KB_ID or attr == ENT_ID or is_text_attr(attr))


cdef class TokenArray:
    """The tokens of a document. Use :class:`lexarray.tokens.Doc`, which extends it."""

    def __cinit__(self, *args, **kwargs):
        self.mem = Pool()
        self.c = NULL
        self.length = 0
        self.max_length = 0
        self.generation = 0

    cdef int reserve(self, Py_ssize_t n) except -1:
        if n <= self.max_length:
            return 0
        if n > INT_MAX:
            raise OverflowError(f"a Doc cannot have {n:,} tokens: the limit is {INT_MAX:,}")
        if self.c is NULL:
            self.c = <TokenC*>self.mem.alloc(n, sizeof(TokenC))
        else:
            self.c = <TokenC*>self.mem.realloc(self.c, n * sizeof(TokenC))
        self.max_length = <int>n
        return 0

    cdef int push_back(self, const LexemeC* lex, bint has_space) except -1:
        cdef int idx = self.start_char(self.length)
        cdef TokenC* token
        if lex.length >= <uint32_t>(INT_MAX - idx):
            raise OverflowError(f"the text of a Doc is limited to {INT_MAX:,} characters: token "
                                f"{self.length} would end at {<Py_ssize_t>idx + lex.length:,}")
        if self.length == self.max_length:
            self.reserve(min(max(4, self.length + <Py_ssize_t>(self.length >> 1)), max(INT_MAX, self.length + 1)))
        token = &self.c[self.length]
        memset(token, 0, sizeof(TokenC))
        token.lex = lex
        token.idx = idx
        token.spacy = has_space
        token.l_edge = token.r_edge = self.length
        self.length += 1
        return self.length

    cdef int replace(self, const TokenC* tokens, Py_ssize_t length) except -1:
        cdef TokenC* old = self.c
        cdef TokenC* new = NULL
        if length > INT_MAX:
            raise OverflowError(f"a Doc cannot have {length:,} tokens: the limit is {INT_MAX:,}")
        if length:
            new = <TokenC*>self.mem.alloc(length, sizeof(TokenC))
            memcpy(new, tokens, length * sizeof(TokenC))
        self.c = new
        self.length = self.max_length = <int>length
        self.generation += 1
        if old is not NULL:
            self.mem.free(old)
        return 0

    cdef int clear(self) except -1:
        self.length = 0
        self.generation += 1
        self._spans = None
        return 0

    cdef dict get_user_data(self):
        if self._user_data is None:
            self._user_data = {}
        return self._user_data

    cdef int start_char(self, int i) noexcept nogil:
        if i < self.length:
            return self.c[i].idx
        return self.end_char(i - 1) + self.c[i - 1].spacy if i else 0

    cdef int end_char(self, int i) noexcept nogil:
        return self.c[i].idx + <int>self.c[i].lex.length

    cdef int check_view(self, uint32_t generation) except -1:
        if generation != self.generation:
            raise StaleViewError("the tokens of the Doc were replaced after this Token or Span was made: "
                                 "take it from the Doc again")
        return 0

    cdef str text_of(self, int start, int end, bint trailing_space):
        if start >= end:
            return ""
        cdef StringStore strings = self.vocab.strings
        cdef const StringC* string
        cdef Py_ssize_t length = 0
        cdef Py_ssize_t room = self.end_char(end - 1) - self.c[start].idx + 1   # enough for ASCII
        cdef char* larger
        cdef char* utf8 = <char*>PyMem_Malloc(room)
        cdef int i
        if utf8 is NULL:
            raise MemoryError(f"no memory for a text of {room:,} bytes")
        try:
            for i in range(start, end):
                string = strings.get(self.c[i].lex.orth)
                if string is NULL:
                    strings.text(self.c[i].lex.orth)        # raises
                if length + string.length + 1 > room:
                    room = (length + string.length + 1) * 3 // 2
                    larger = <char*>PyMem_Realloc(utf8, room)
                    if larger is NULL:
                        raise MemoryError(f"no memory for a text of {room:,} bytes")
                    utf8 = larger
                memcpy(utf8 + length, string.utf8, string.length)
                length += string.length
                if self.c[i].spacy and (trailing_space or i < end - 1):
                    utf8[length] = c' '
                    length += 1
            return PyUnicode_DecodeUTF8(utf8, length, "surrogatepass")
        finally:
            PyMem_Free(utf8)

    def __len__(self):
        return self.length
