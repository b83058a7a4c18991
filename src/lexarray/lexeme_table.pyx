"""The owner of a vocabulary's word types: makes each ``LexemeC`` once and fills it."""
from cpython.number cimport PyNumber_Index
from libc.stdint cimport uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memset

from lexarray._utf8 cimport decode_utf8, encode_utf8
from lexarray.attrs cimport (
    CLUSTER, FLAG63, ID, LANG, LENGTH, LOWER, NORM, ORTH, PREFIX, PROB, SHAPE, SUFFIX,
)
from lexarray.lex_attrs cimport LONGEST_SHAPED, character_flags, know_characters, write_lower, write_shape
from lexarray.structs cimport OOV_RANK
from lexarray.typedefs cimport char32_t

from lexarray.attrs import NAMES

cdef extern from "Python.h" nogil:
    Py_ssize_t PyDict_GET_SIZE(object)

cdef enum:
    ON_STACK = 64                   # bytes of UTF-8 up to which a word is analysed without malloc


cdef attr_t get_lex_attr(const LexemeC* lex, attr_id_t attr) noexcept nogil:
    if attr <= FLAG63:
        return lex.flags >> attr & 1 if attr else 0
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
        if value != <attr_t>-1 and value >= <uint32_t>OOV_RANK:     # for MSVC, an enum's constant is an int, -1
            raise ValueError(f"rank {value} is too large: ranks go from 0 to {<uint32_t>OOV_RANK - 1}")
        lex.id = OOV_RANK if value == <attr_t>-1 else value
    else:
        raise ValueError(f"attribute {NAMES.get(attr, attr)} of a word type cannot be set")
    return 0


cdef bint is_text_attr(attr_id_t attr) noexcept nogil:
    return ORTH <= attr <= SUFFIX or attr == LANG


cdef class LexemeTable:
    """Every word type of a vocabulary, once. Use :class:`lexarray.vocab.Vocab`, which extends it."""

    def __cinit__(self, *args, **kwargs):
        self.words = Words.over(None)
        self.strings = self.words.strings
        self.lexical_rules = LexicalRules()
        self.lex_attr_getters = {}
        self.oov_prob = -20.0
        self.word_vectors = WordVectors()

    @property
    def mem(self):
        """A Pool, for memory of C clients that is to live as long as the vocabulary."""
        if self._mem is None:
            self._mem = Pool()
        return self._mem

    @property
    def length(self):
        """Number of word types."""
        return self.words.length() + (self.zone.length() - self.zone.n_in_both() if self.zone is not None else 0)

    cdef Words open_words(self):
        return self.words if self.zone is None else self.zone

    cdef LexemeC* find(self, hash_t orth) noexcept nogil:
        cdef LexemeC* found = self.words.find(orth)
        if found is NULL and self.zone is not None:
            return self.zone.find(orth)
        return found

    cdef LexemeC* get(self, str text) except NULL:
        return self.get_in(self.open_words(), text)

    cdef LexemeC* get_by_orth(self, hash_t orth) except NULL:
        return self.get_by_orth_in(self.open_words(), orth)

    cdef LexemeC* get_in(self, Words words, str text) except NULL:
        return self.get_by_orth_in(words, words.strings.intern(text))

    cdef LexemeC* get_utf8_in(self, Words words, hash_t orth, const char* utf8, Py_ssize_t length) except NULL nogil:
        cdef const StringC* text = words.strings.put(orth, utf8, length)
        cdef LexemeC* found = words.find(orth)
        cdef LexemeC lex
        if found is not NULL:
            return found
        self._analyse(words, orth, text, &lex)
        return words.add(&lex)

    cdef LexemeC* get_by_orth_in(self, Words words, hash_t orth) except NULL nogil:
        cdef LexemeC* found = words.find(orth)
        cdef const StringC* text
        cdef LexemeC lex
        if found is not NULL:
            return found
        text = words.strings.find(orth)
        if text is NULL:
            with gil:
                words.strings.raise_unknown(orth)
        self._analyse(words, orth, text, &lex)
        return words.add(&lex)

    cdef int renew_zone(self) except -1:
        # To make an object may run Python code, which may open and end zones: do that first, and then all else at once.
        cdef Words fresh = Words.over(self.words)
        cdef Words ended = self.zone
        self.zone = fresh if self._n_zones else None
        self.strings.zone = fresh.strings if self._n_zones else None
        if ended is not None:
            ended.end()
        return 0

    cdef int _analyse(self, Words words, hash_t orth, const StringC* text, LexemeC* lex) except -1 nogil:
        # Fill a lexeme from its text: the built-in rules, the language's, then the getters.
        cdef char32_t few_chars[3 * ON_STACK]
        cdef char few_bytes[8 * ON_STACK]
        cdef char32_t* chars = few_chars
        cdef char* utf8 = few_bytes
        cdef const StringC* lang
        memset(lex, 0, sizeof(LexemeC))
        lex.orth = orth
        lex.id = OOV_RANK
        lex.prob = self.oov_prob
        lex.lang = self.lexical_rules.lang_key
        if lex.lang:
            lang = self.lexical_rules.lang_text()
            words.strings.put(lex.lang, lang.utf8, lang.length)
        if text.length > ON_STACK:              # room for the text, and for its lower case, as characters and as UTF-8
            chars = <char32_t*>malloc(<size_t>text.length * (3 * sizeof(char32_t) + 8))
            if chars is NULL:
                with gil:
                    raise MemoryError(f"no memory to analyse a word of {text.length:,} bytes")
            utf8 = <char*>(chars + <size_t>3 * text.length)
        try:
            lex.length = decode_utf8(text.utf8, text.length, chars)
            if lex.length:
                know_characters(chars, lex.length)
                lex.flags = character_flags(chars, lex.length)
                self._derive_texts(words, text, chars, chars + text.length, utf8, lex)
                lex.flags |= self.lexical_rules.flags(chars, lex.length, lex.lower)
        finally:
            if chars is not few_chars:
                free(chars)
        if PyDict_GET_SIZE(self.lex_attr_getters):
            with gil:
                self._apply_getters(words, orth, lex)
        return 0

    cdef int _derive_texts(self, Words words, const StringC* text, const char32_t* chars, char32_t* lower, char* utf8,
                           LexemeC* lex) except -1 nogil:
        # lower, norm, shape, prefix and suffix. `lower` and `utf8` have room for the text's lower case.
        cdef char32_t shape[LONGEST_SHAPED]
        cdef char few[4 * LONGEST_SHAPED]
        cdef Py_ssize_t i, n = lex.length, n_suffix = min(lex.length, <uint32_t>3)
        cdef const StringC* norm = self.lexical_rules.norm(lex.orth)
        if n == text.length:                    # ASCII
            for i in range(n):
                utf8[i] = text.utf8[i] + 32 if c'A' <= text.utf8[i] <= c'Z' else text.utf8[i]
        else:
            i = write_lower(chars, n, lower)
            n = encode_utf8[char32_t](lower, i, utf8)
        if n == text.length and memcmp(utf8, text.utf8, n) == 0:
            lex.lower = lex.orth
        else:
            lex.lower = words.strings.intern_utf8(utf8, n)
        lex.norm = lex.lower if norm is NULL else words.strings.intern_utf8(norm.utf8, norm.length)
        n = encode_utf8[char32_t](shape, write_shape(chars, lex.length, shape), few)
        lex.shape = words.strings.intern_utf8(few, n)
        lex.prefix = words.strings.intern_utf8(few, encode_utf8[char32_t](chars, 1, few))
        if lex.length <= 3:
            lex.suffix = lex.orth
        else:
            lex.suffix = words.strings.intern_utf8(
                few, encode_utf8[char32_t](chars + lex.length - n_suffix, n_suffix, few))
        return 0

    cdef int _apply_getters(self, Words words, hash_t orth, LexemeC* lex) except -1:
        cdef str text = words.strings.text(orth)
        for attr, getter in list(self.lex_attr_getters.items()):
            self._apply_getter(words, lex, attr, getter, text)
        return 0

    cdef int _apply_getter(self, Words words, LexemeC* lex, attr_id_t attr, object getter, str text) except -1:
        cdef attr_t number
        value = getter(text)
        try:
            if is_text_attr(attr):
                if not isinstance(value, str):
                    raise TypeError("expected a str")
                number = words.strings.intern(value)
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
