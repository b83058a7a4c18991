"""The owner of a document's tokens: one C array, and the text that is rebuilt from it."""
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memset

from lexarray.attrs cimport (
    DEP, ENT_ID, ENT_IOB, ENT_KB_ID, ENT_TYPE, HEAD, IDX, LEMMA, MORPH, NORM, POS, SENT_START, SPACY, TAG,
)
from lexarray.lexeme_table cimport get_lex_attr, is_text_attr
from lexarray.strings cimport StringC, StringStore, as_key
from lexarray.structs cimport TRANSIENT
from lexarray.symbols cimport N_SYMBOLS
from lexarray.typedefs cimport hash_t
from lexarray.word_vectors cimport WordSequence, WordVectors
from lexarray.words cimport leave_zone

from lexarray.errors import StaleViewError

cdef extern from "Python.h":
    object PyUnicode_New(Py_ssize_t size, Py_UCS4 maxchar)
    void* PyUnicode_DATA(object)

cdef extern from "limits.h":
    const int INT_MAX


# Where each attribute of a token is: the offset in TokenC and the type of the field.
cdef enum:
    ELSEWHERE               # of the word type, or no attribute
    U64
    I32
    U8
    I8
    OWN_OR_LEXEME_NORM      # NORM: 0 stands for the lexeme's

cdef struct FieldC:
    uint16_t offset
    uint8_t kind

cdef FieldC _fields[N_SYMBOLS]


cdef void _field(attr_id_t attr, const TokenC* token, const void* field, uint8_t kind) noexcept:
    _fields[<int>attr].offset = <uint16_t>(<const char*>field - <const char*>token)
    _fields[<int>attr].kind = kind


cdef void _list_fields() noexcept:
    cdef TokenC t
    _field(TAG, &t, &t.tag, U64)
    _field(LEMMA, &t, &t.lemma, U64)
    _field(DEP, &t, &t.dep, U64)
    _field(MORPH, &t, &t.morph, U64)
    _field(ENT_TYPE, &t, &t.ent_type, U64)
    _field(ENT_KB_ID, &t, &t.ent_kb_id, U64)
    _field(ENT_ID, &t, &t.ent_id, U64)
    _field(NORM, &t, &t.norm, OWN_OR_LEXEME_NORM)
    _field(HEAD, &t, &t.head, I32)
    _field(IDX, &t, &t.idx, I32)
    _field(POS, &t, &t.pos, U8)
    _field(SPACY, &t, &t.spacy, U8)
    _field(SENT_START, &t, &t.sent_start, I8)
    _field(ENT_IOB, &t, &t.ent_iob, I8)

_list_fields()


cdef attr_t get_token_attr(const TokenC* token, attr_id_t attr) noexcept nogil:
    cdef attr_t value
    fill_column(token, 1, attr, &value, 1)
    return value


cdef void fill_column(const TokenC* tokens, int length, attr_id_t attr, attr_t* out, Py_ssize_t step) noexcept nogil:
    cdef FieldC field
    cdef const char* at
    cdef int i
    field.kind = ELSEWHERE
    if <int>attr < N_SYMBOLS:
        field = _fields[<int>attr]
    at = <const char*>tokens + field.offset
    if field.kind == U64:
        for i in range(length):
            out[i * step] = (<const uint64_t*>(at + i * sizeof(TokenC)))[0]
    elif field.kind == I32:
        for i in range(length):
            out[i * step] = <attr_t><int64_t>(<const int32_t*>(at + i * sizeof(TokenC)))[0]
    elif field.kind == U8:
        for i in range(length):
            out[i * step] = (<const uint8_t*>(at + i * sizeof(TokenC)))[0]
    elif field.kind == I8:
        for i in range(length):
            out[i * step] = <attr_t><int64_t>(<const int8_t*>(at + i * sizeof(TokenC)))[0]
    elif field.kind == OWN_OR_LEXEME_NORM:
        for i in range(length):
            out[i * step] = tokens[i].norm if tokens[i].norm else tokens[i].lex.norm
    else:
        for i in range(length):
            out[i * step] = get_lex_attr(tokens[i].lex, attr)


cdef bint set_token_attr(TokenC* token, attr_id_t attr, attr_t value) noexcept nogil:
    cdef FieldC field
    cdef char* at
    if <int>attr >= N_SYMBOLS or attr == IDX:            # the offset follows from the words
        return False
    field = _fields[<int>attr]
    at = <char*>token + field.offset
    if field.kind == U64 or field.kind == OWN_OR_LEXEME_NORM:
        (<uint64_t*>at)[0] = value
    elif field.kind == I32:
        (<int32_t*>at)[0] = <int32_t><int64_t>value
    elif field.kind == U8:
        (<uint8_t*>at)[0] = <uint8_t>value
    elif field.kind == I8:
        (<int8_t*>at)[0] = <int8_t><int64_t>value
    else:
        return False
    return True


cdef bint is_token_attr(attr_id_t attr) noexcept nogil:
    return <int>attr < N_SYMBOLS and _fields[<int>attr].kind != ELSEWHERE


cdef bint is_token_text_attr(attr_id_t attr) noexcept nogil:
    return (attr == TAG or attr == DEP or attr == LEMMA or attr == MORPH or attr == ENT_TYPE
            or attr == ENT_KB_ID or attr == ENT_ID or is_text_attr(attr))


cdef class TokenArray(WordSequence):
    """The tokens of a document. Use :class:`lexarray.tokens.Doc`, which extends it."""

    def __dealloc__(self):
        leave_zone(&self.holder)
        free(self.c)

    @property
    def mem(self):
        """A ``cymem.Pool``, for C code that keeps memory as long as the document; made at the first call."""
        if self._mem is None:
            self._mem = Pool()
        return self._mem

    cdef int set_vocab(self, Vocab vocab, Words words) except -1:
        self.vocab = vocab
        self.words = words
        if words.parent is not None and words is vocab.zone:
            words.hold(&self.holder, self)
        elif words.has_ended:               # it ended while the tokens were made
            self.outlive_zone()
        return 0

    cdef int own_tokens(self, TokenC* tokens, Py_ssize_t n, Words source) except -1:
        cdef Py_ssize_t i
        if source is self.words or source is self.words.parent:
            return 0
        for i in range(n):
            tokens[i].lex = self.words.take(tokens[i].lex, source)
            self.words.take_texts(&tokens[i], source)
        return 0

    cdef int outlive_zone(self) except -1:
        cdef Words own, source = self.words
        cdef int i
        if source is None:                  # garbage, of which the collector has already taken the parts
            return 0
        # To make an object may run Python code, but from then on none does. First what may fail; then the pointers.
        own = Words.over(source.parent)
        self.own_more(own)
        for i in range(self.length):
            own.take_as_it_is(self.c[i].lex, source)
            own.take_texts(&self.c[i], source)
        for i in range(self.length):
            self.c[i].lex = own.find(self.c[i].lex.orth)
        self.words = own
        return 0

    cdef int own_more(self, Words words) except -1:
        return 0

    cdef hash_t text_key(self, object text_or_key) except? 0:
        cdef Words words = None
        cdef hash_t key = 0
        while words is not self.words:          # twice, if a memory zone ends while Python code runs
            words = self.words
            key = as_key(words.strings, text_or_key)
        self.know_key(key)
        return key

    cdef int know_key(self, hash_t key) except -1:
        if self.words.strings.find(key) is NULL and not self.words.take_text(key, self.vocab.open_words()):
            self.words.strings.raise_unknown(key)
        return 0

    @property
    def strings(self):
        """Where the texts of the document's keys are: ``vocab.strings`` or, for a document that was made in a memory zone, a
        store over it. It has the texts of all keys that the document has now, also when the zone has ended."""
        self.check_initialised()
        return self.words.strings

    cdef WordVectors word_vectors(self):
        self.check_initialised()
        cdef WordVectors vectors = self.vocab.word_vectors
        vectors.rows.check_mapping()
        return vectors

    cdef Py_ssize_t n_words(self) except -1:
        return self.length

    cdef hash_t word(self, Py_ssize_t i) noexcept nogil:
        return self.c[i].lex.orth

    cdef object vector_hook(self, str name):
        return None if self._user_hooks is None else self._user_hooks.get(name)

    cdef bint words_have_vector_hook(self) except -1:
        return self._user_token_hooks is not None and "vector" in self._user_token_hooks

    cdef int reserve(self, Py_ssize_t n) except -1:
        if n <= self.max_length:
            return 0
        if n > INT_MAX:
            raise OverflowError(f"a Doc cannot have {n:,} tokens: the limit is {INT_MAX:,}")
        cdef TokenC* larger
        if self.c is NULL:
            larger = <TokenC*>calloc(n, sizeof(TokenC))
        else:
            larger = <TokenC*>realloc(self.c, n * sizeof(TokenC))
        if larger is NULL:
            raise MemoryError(f"no memory for a Doc of {n:,} tokens")
        if self.c is not NULL:
            memset(larger + self.max_length, 0, (n - self.max_length) * sizeof(TokenC))
        self.c = larger
        self.max_length = <int>n
        return 0

    cdef void adopt(self, TokenC* tokens, Py_ssize_t length, Py_ssize_t capacity) noexcept nogil:
        free(self.c)
        self.c = tokens
        self.length = <int>length
        self.max_length = <int>capacity
        self.generation += 1

    cdef int push_back(self, const LexemeC* lex, bint has_space) except -1:
        cdef int idx = self.start_char(self.length)
        cdef TokenC* token
        if lex.flags & TRANSIENT and self.words.find(lex.orth) is not lex:
            lex = self.words.take(lex, self.vocab.open_words())
        if lex.length >= <uint32_t>(INT_MAX - idx):
            raise OverflowError(f"the text of a Doc is limited to {INT_MAX:,} characters: token "
                                f"{self.length} would end at {<Py_ssize_t>idx + lex.length:,}")
        if self.length == self.max_length:
            # Half as much again; at first 2, for there are many short documents. At the limit reserve() raises.
            self.reserve(max(self.length + 1, min(self.length + max(2, <Py_ssize_t>(self.length >> 1)), INT_MAX)))
        token = &self.c[self.length]
        memset(token, 0, sizeof(TokenC))
        token.lex = lex
        token.idx = idx
        token.spacy = has_space
        token.l_edge = token.r_edge = self.length
        self.length += 1
        return self.length

    cdef int replace(self, const TokenC* tokens, Py_ssize_t length) except -1:
        cdef TokenC* new = NULL
        if length > INT_MAX:
            raise OverflowError(f"a Doc cannot have {length:,} tokens: the limit is {INT_MAX:,}")
        if length:
            new = <TokenC*>malloc(length * sizeof(TokenC))
            if new is NULL:
                raise MemoryError(f"no memory for a Doc of {length:,} tokens")
            memcpy(new, tokens, length * sizeof(TokenC))
        self.adopt(new, length, length)
        return 0

    cdef int clear(self) except -1:
        self.length = 0
        self.generation += 1
        self._spans = None
        return 0

    cdef int check_initialised(self) except -1:
        if self.vocab is None:
            raise ValueError("this Doc was never initialised: it has no vocab")
        return 0

    cdef object get_user_data(self):
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
        # The text is ASCII, until a word is found that has more bytes than characters.
        cdef StringStore strings = self.words.strings
        cdef const StringC* string
        cdef int n_chars = self.end_char(end - 1) - self.c[start].idx
        if trailing_space:
            n_chars += self.c[end - 1].spacy
        cdef str text = PyUnicode_New(n_chars, 127)
        cdef char* at = <char*>PyUnicode_DATA(text)
        cdef int i
        for i in range(start, end):
            string = strings.find(self.c[i].lex.orth)
            if string is NULL:
                strings.raise_unknown(self.c[i].lex.orth)
            if string.length != self.c[i].lex.length:
                return self._decoded_text(start, end, trailing_space)
            memcpy(at, string.utf8, string.length)
            at += string.length
            if self.c[i].spacy and (trailing_space or i < end - 1):
                at[0] = c' '
                at += 1
        return text

    cdef str _decoded_text(self, int start, int end, bint trailing_space):
        # text_of for any characters: the UTF-8 of all words, decoded.
        cdef StringStore strings = self.words.strings
        cdef const StringC* string
        cdef Py_ssize_t length = 0
        cdef Py_ssize_t room = self.end_char(end - 1) - self.c[start].idx + 1
        cdef char* larger
        cdef char* utf8
        cdef int i
        room += room // 8                               # there are few texts of which all is ASCII but little
        utf8 = <char*>PyMem_Malloc(room)
        if utf8 is NULL:
            raise MemoryError(f"no memory for a text of {room:,} bytes")
        try:
            for i in range(start, end):
                string = strings.find(self.c[i].lex.orth)
                if string is NULL:
                    strings.raise_unknown(self.c[i].lex.orth)
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

    def __sizeof__(self):
        return object.__sizeof__(self) + self.max_length * sizeof(TokenC)


cdef int hand_over(TokenArray doc, TokenC* tokens, Py_ssize_t n, Words used) except -1:
    try:
        doc.own_tokens(tokens, n, used)
    except:
        free(tokens)
        raise
    doc.adopt(tokens, n, n)
    return 0
