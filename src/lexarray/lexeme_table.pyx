"""The owner of a vocabulary's word types: allocates each ``LexemeC`` once and fills it."""
from cpython.number cimport PyNumber_Index
from libc.stdlib cimport free, malloc
from libc.string cimport memset
from preshed.maps cimport map_get

from lexarray._utf8 cimport decode_utf8, encode_utf8
from lexarray.attrs cimport (
    CLUSTER, FLAG63, ID, LANG, LENGTH, LOWER, NORM, ORTH, PREFIX, PROB, SHAPE, SUFFIX,
)
from lexarray.lex_attrs cimport LONGEST_SHAPED, character_flags, write_shape
from lexarray.structs cimport OOV_RANK
from lexarray.typedefs cimport char32_t

from lexarray.attrs import NAMES

cdef enum:
    BLOCK_BITS = 8                  # 256 lexemes a block: 22 kB
    BLOCK = 1 << BLOCK_BITS
    ON_STACK = 64                   # bytes of UTF-8 up to which a word is analysed without malloc


cdef attr_t get_lex_attr(const LexemeC* lex, attr_id_t attr) noexcept nogil:
    if attr <= FLAG63:
        return lex.flags >> attr & 1
    if attr == ORTH:
        return lex.orth
    if attr == LOWER:
        return lex.lower
    if attr == NORM:
        return lex.norm
    if attr == SHAPE:
        return lex.shape
    if attr == PREFIX:
        return lex.prefix
    if attr == SUFFIX:
        return lex.suffix
    if attr == LENGTH:
        return lex.length
    if attr == LANG:
        return lex.lang
    if attr == CLUSTER:
        return lex.cluster
    if attr == ID:
        return <attr_t>-1 if lex.id == OOV_RANK else lex.id
    return 0


cdef int set_lex_attr(LexemeC* lex, attr_id_t attr, attr_t value) except -1:
    cdef attr_t bit
    if 0 < attr <= FLAG63:
        bit = <attr_t>1 << attr
        lex.flags = lex.flags | bit if value else lex.flags & ~bit
    elif attr == LOWER:
        lex.lower = value
    elif attr == NORM:
        lex.norm = value
    elif attr == SHAPE:
        lex.shape = value
    elif attr == PREFIX:
        lex.prefix = value
    elif attr == SUFFIX:
        lex.suffix = value
    elif attr == LANG:
        lex.lang = value
    elif attr == CLUSTER:
        lex.cluster = value
    elif attr == ID:
        if value != <attr_t>-1 and value >= OOV_RANK:
            raise ValueError(f"rank {value} is too large: ranks go from 0 to {OOV_RANK - 1}")
        lex.id = OOV_RANK if value == <attr_t>-1 else value
    else:
        raise ValueError(f"attribute {NAMES.get(attr, attr)} of a word type cannot be set")
    return 0


cdef bint is_text_attr(attr_id_t attr) noexcept nogil:
    return ORTH <= attr <= SUFFIX or attr == LANG


cdef class LexemeTable:
    """Every word type of a vocabulary, once. Use :class:`lexarray.vocab.Vocab`, which extends it."""

    def __cinit__(self, *args, **kwargs):
        self.mem = Pool()
        self.strings = StringStore()
        self.lexical_rules = LexicalRules()
        self.lex_attr_getters = {}
        self.oov_prob = -20.0
        self.length = 0
        self.word_vectors = WordVectors()
        self._by_orth = PreshMap()
        self._blocks = NULL
        self._n_blocks = 0

    cdef LexemeC* find(self, hash_t orth) noexcept nogil:
        return <LexemeC*>map_get(self._by_orth.c_map, orth)

    cdef LexemeC* get(self, str text) except NULL:
        return self.get_by_orth(self.strings.intern(text))

    cdef LexemeC* get_by_orth(self, hash_t orth) except NULL:
        cdef LexemeC* found = self.find(orth)
        cdef LexemeC lex
        if found is not NULL:
            return found
        self._analyse(orth, &lex)
        found = self.find(orth)         # a getter may have made it meanwhile
        return found if found is not NULL else self._append(&lex)

    cdef LexemeC* at(self, Py_ssize_t i) noexcept nogil:
        return &self._blocks[i >> BLOCK_BITS][i & (BLOCK - 1)]

    cdef LexemeC* _append(self, const LexemeC* lex) except NULL:
        cdef LexemeC* place
        if self.length == self._n_blocks << BLOCK_BITS:
            if self._blocks is NULL:
                self._blocks = <LexemeC**>self.mem.alloc(8, sizeof(LexemeC*))
            elif self._n_blocks >= 8 and self._n_blocks & (self._n_blocks - 1) == 0:
                self._blocks = <LexemeC**>self.mem.realloc(
                    self._blocks, 2 * self._n_blocks * sizeof(LexemeC*))
            self._blocks[self._n_blocks] = <LexemeC*>self.mem.alloc(BLOCK, sizeof(LexemeC))
            self._n_blocks += 1
        place = self.at(self.length)
        place[0] = lex[0]
        self._by_orth.set(lex.orth, place)
        self.length += 1
        return place

    cdef int _analyse(self, hash_t orth, LexemeC* lex) except -1:
        # Fill a lexeme from its text: the built-in rules, the language's, then the getters.
        cdef const StringC* text = self.strings.get(orth)
        cdef char32_t few_chars[ON_STACK]
        cdef char32_t* chars = few_chars
        memset(lex, 0, sizeof(LexemeC))
        lex.orth = orth
        lex.id = OOV_RANK
        lex.prob = self.oov_prob
        if self.lexical_rules.lang:
            lex.lang = self.strings.intern(self.lexical_rules.lang)
        if text is NULL:
            self.strings.text(orth)     # raises
        if text.length > ON_STACK:
            chars = <char32_t*>malloc(text.length * sizeof(char32_t))
            if chars is NULL:
                raise MemoryError(f"no memory to analyse a word of {text.length:,} bytes")
        try:
            lex.length = decode_utf8(text.utf8, text.length, chars)
            if lex.length:
                lex.flags = character_flags(chars, lex.length)
                self._derive_texts(text, chars, lex)
                lex.flags |= self.lexical_rules.flags(chars, lex.length, lex.lower)
        finally:
            if chars is not few_chars:
                free(chars)
        cdef str python_text
        if self.lex_attr_getters:
            python_text = self.strings.text(orth)
            for attr, getter in list(self.lex_attr_getters.items()):
                self._apply_getter(lex, attr, getter, python_text)
        return 0

    cdef int _derive_texts(self, const StringC* text, const char32_t* chars, LexemeC* lex) except -1:
        # lower, norm, shape, prefix and suffix.
        cdef char32_t shape[LONGEST_SHAPED]
        cdef char utf8[4 * LONGEST_SHAPED]
        cdef Py_ssize_t i, n = lex.length
        cdef Py_ssize_t n_suffix = min(n, 3)
        if n == text.length and n <= 4 * LONGEST_SHAPED:             # ASCII
            for i in range(n):
                utf8[i] = text.utf8[i] + 32 if c'A' <= text.utf8[i] <= c'Z' else text.utf8[i]
            lex.lower = self.strings.intern_utf8(utf8, n)
        else:
            lex.lower = self.strings.intern(self.strings.text(lex.orth).lower())
        lex.norm = lex.lower
        if self.lexical_rules.norm(lex.orth):
            lex.norm = self.strings.intern(self.lexical_rules.norms[self.strings.text(lex.orth)])
        lex.shape = self.strings.intern_utf8(utf8, encode_utf8[char32_t](shape, write_shape(chars, n, shape), utf8))
        lex.prefix = self.strings.intern_utf8(utf8, encode_utf8[char32_t](chars, 1, utf8))
        lex.suffix = self.strings.intern_utf8(utf8, encode_utf8[char32_t](chars + n - n_suffix, n_suffix, utf8))
        return 0

    cdef int _apply_getter(self, LexemeC* lex, attr_id_t attr, object getter, str text) except -1:
        cdef attr_t number
        value = getter(text)
        try:
            if is_text_attr(attr):
                if not isinstance(value, str):
                    raise TypeError("expected a str")
                number = self.strings.intern(value)
            elif attr == PROB:
                lex.prob = value
                return 0
            elif attr <= FLAG63:
                number = 1 if value else 0
            else:
                number = PyNumber_Index(value)
            set_lex_attr(lex, attr, number)
        except (OverflowError, TypeError, ValueError) as error:
            raise type(error)(f"the getter of {NAMES[attr]} gave {value!r:.80} for {text!r:.80}: {error}") from None
        return 0
