"""Text -> tokens, in C: :class:`Worker`.

A text is UTF-8 here. Chunks between whitespace are looked up in the cache by a hash of their bytes; what is found is copied.
What is not is cut by the rules (:mod:`lexarray.tokenizer.rules`), and each piece looked up in, or added to, the words.
"""
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport uint8_t, uint16_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memset

from lexarray._utf8 cimport encode_utf8
from lexarray.strings cimport key_of_utf8
from lexarray.structs cimport TRANSIENT, TokenC
from lexarray.tokenizer._chunk_cache cimport (
    LONGEST_CACHED, MOST_CACHED, ChunkC, chunk_cache_add, chunk_cache_clear, chunk_cache_free, chunk_cache_get,
)
from lexarray.tokenizer.rules cimport SPECIAL, free_pieces, read_run

cdef extern from "Python.h":
    int PyUnicode_KIND(object)
    void* PyUnicode_DATA(object)
    bint PyUnicode_IS_ASCII(object)
    Py_ssize_t PyUnicode_GET_LENGTH(object)

cdef extern from "limits.h":
    const int INT_MAX

cdef extern from *:
    """
    /* The n bytes of a word that come first in memory, 0 < n <= 8, and zeros for the others; how many come before the first
     * that has a bit. */
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    #define lexarray_first_bytes(word, n) ((word) & (~(uint64_t)0 << (64 - 8 * (n))))
    #define lexarray_n_before(bits) (__builtin_clzll(bits) >> 3)
    #else
    #define lexarray_first_bytes(word, n) ((word) & (~(uint64_t)0 >> (64 - 8 * (n))))
    #if defined(_MSC_VER)
    #include <intrin.h>
    static __inline int lexarray_n_before(uint64_t bits) { unsigned long i; _BitScanForward64(&i, bits); return (int)(i >> 3); }
    #else
    #define lexarray_n_before(bits) (__builtin_ctzll(bits) >> 3)
    #endif
    #endif
    """
    uint64_t _first_bytes "lexarray_first_bytes"(uint64_t word, size_t n) nogil
    int _n_before "lexarray_n_before"(uint64_t bits) nogil

cdef enum:
    KEPT_BYTES = 1 << 20        # of a buffer that a long text has made grow

# In the order of piece_label_t.
cdef tuple _LABELS = ("TOKEN", "PREFIX", "SUFFIX", "INFIX", "TOKEN_MATCH", "URL_MATCH", "SPACE")

# Bytes that are whitespace, and those with which whitespace of more than one byte starts.
cdef enum:
    IS_SPACE = 1
    MAY_START_SPACE = 2
cdef unsigned char _space_class[256]
for _byte in (*range(9, 14), *range(28, 33)):
    _space_class[<int>_byte] = IS_SPACE
for _byte in (0xC2, 0xE1, 0xE2, 0xE3):
    _space_class[<int>_byte] = MAY_START_SPACE


cdef inline size_t _n_space_bytes(const unsigned char* utf8, const unsigned char* end) noexcept nogil:
    # Length of the whitespace character here, as str.isspace has them; 0: it is none. The text is valid UTF-8.
    cdef unsigned char kind = _space_class[utf8[0]]
    if kind == IS_SPACE:
        return 1
    if kind == 0 or end - utf8 < 2:
        return 0
    if utf8[0] == 0xC2:                                     # U+0085, U+00A0
        return 2 if utf8[1] == 0x85 or utf8[1] == 0xA0 else 0
    if end - utf8 < 3:
        return 0
    if utf8[0] == 0xE2:                                     # U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F
        if utf8[1] == 0x80 and (utf8[2] <= 0x8A or utf8[2] == 0xA8 or utf8[2] == 0xA9 or utf8[2] == 0xAF):
            return 3
        return 3 if utf8[1] == 0x81 and utf8[2] == 0x9F else 0
    if utf8[0] == 0xE1:                                     # U+1680
        return 3 if utf8[1] == 0x9A and utf8[2] == 0x80 else 0
    return 3 if utf8[1] == 0x80 and utf8[2] == 0x80 else 0  # U+3000


cdef inline uint64_t _load(const unsigned char* bytes) noexcept nogil:
    cdef uint64_t word
    memcpy(&word, bytes, 8)
    return word


cdef inline const unsigned char* _end_of_chunk(const unsigned char* at, const unsigned char* end) noexcept nogil:
    # The next whitespace, or the end. Eight bytes at a time while they are all from 0x21 to 0x7F.
    cdef uint64_t word, others
    while True:
        while end - at >= 8:
            word = _load(at)
            others = (~((word & <uint64_t>0x7F7F7F7F7F7F7F7F) + <uint64_t>0x5F5F5F5F5F5F5F5F) | word) & <uint64_t>0x8080808080808080
            if others:
                at += _n_before(others)
                break
            at += 8
        while at < end and _space_class[at[0]] == 0:
            at += 1
            if at < end and 0x21 <= at[0] < 0x80 and end - at >= 8:
                break
        else:
            if at == end or _n_space_bytes(at, end):
                return at
            at += 1


cdef inline uint64_t _hash(const unsigned char* bytes, size_t n, const unsigned char* end, uint64_t* first) noexcept nogil:
    # Of n > 0 bytes, which are followed by others up to `end`. Sets the first 8 of them, or all and zeros.
    cdef uint64_t hash = n * <uint64_t>0x9E3779B97F4A7C15, word
    cdef unsigned char last[8]
    cdef size_t at = 0
    while n - at > 8:
        word = _load(bytes + at)
        if at == 0:
            first[0] = word
        hash = (hash ^ word) * <uint64_t>0x9E3779B97F4A7C15
        hash ^= hash >> 32
        at += 8
    if end - (bytes + at) >= 8:
        word = _load(bytes + at)
    else:
        memset(last, 0, 8)
        memcpy(last, bytes + at, n - at)
        word = _load(last)
    word = _first_bytes(word, n - at)
    if at == 0:
        first[0] = word
    hash = (hash ^ word) * <uint64_t>0x9E3779B97F4A7C15
    return (hash ^ hash >> 32) * <uint64_t>0x9E3779B97F4A7C15


cdef TextC text_c(object string) noexcept:
    cdef TextC text
    text.string = <void*>string
    text.data = PyUnicode_DATA(string)
    text.length = PyUnicode_GET_LENGTH(string)
    text.kind = PyUnicode_KIND(string)
    text.is_ascii = PyUnicode_IS_ASCII(string)
    return text


cdef Doc make_doc(Vocab vocab, Words words, const DraftC* drafts, Py_ssize_t n):
    cdef Doc doc = Doc.__new__(Doc)
    if n:
        doc.adopt(_tokens_of(drafts, n), n, n)
    doc.set_vocab(vocab, words)
    return doc


cdef TokenC* _tokens_of(const DraftC* drafts, Py_ssize_t n) except NULL:
    # An array of that many, for free().
    cdef Py_ssize_t i, idx = 0
    cdef TokenC* tokens
    cdef TokenC* token
    if n > INT_MAX:
        raise OverflowError(f"a Doc cannot have {n:,} tokens: the limit is {INT_MAX:,}")
    tokens = <TokenC*>malloc(n * sizeof(TokenC))
    if tokens is NULL:
        raise MemoryError(f"no memory for a text of {n:,} tokens")
    for i in range(n):
        token = &tokens[i]
        memset(token, 0, sizeof(TokenC))
        token.lex = <const LexemeC*>(<size_t>drafts[i].lex & ~<size_t>1)
        token.spacy = <size_t>drafts[i].lex & 1
        token.norm = drafts[i].norm
        token.idx = <int>idx
        token.l_edge = token.r_edge = <uint32_t>i
        idx += token.lex.length + token.spacy
        if idx >= INT_MAX:
            free(tokens)
            raise OverflowError(f"the text of a Doc is limited to {INT_MAX:,} characters: token {i} would end at {idx:,}")
    return tokens


cdef class Worker:
    """What one thread needs to tokenize by some rules. Used by :class:`lexarray.tokenizer.Tokenizer`."""

    def __cinit__(self, Rules rules not None, Vocab vocab not None):
        self.rules = rules
        self.vocab = vocab

    def __dealloc__(self):
        chunk_cache_free(&self._stays)
        chunk_cache_free(&self._passing)
        free_pieces(&self._pieces)
        free_pieces(&self._work)
        free(self.drafts)
        free(self._utf8)
        free(self._chars)
        free(self._offsets)

    cdef void shrink(self) noexcept nogil:
        if self.drafts_room * sizeof(DraftC) > KEPT_BYTES:
            free(self.drafts)
            self.drafts = NULL
            self.drafts_room = 0
        if self._utf8_room > KEPT_BYTES:
            free(self._utf8)
            self._utf8 = NULL
            self._utf8_room = 0
        if self._run_room * sizeof(char32_t) > KEPT_BYTES:
            free(self._chars)
            free(self._offsets)
            self._chars = NULL
            self._offsets = NULL
            self._run_room = 0
        if self._pieces.room * sizeof(PieceC) > KEPT_BYTES:
            free_pieces(&self._pieces)
        if self._work.room * sizeof(PieceC) > KEPT_BYTES:
            free_pieces(&self._work)

    cdef size_t memory(self) noexcept nogil:
        cdef size_t n_slots = 0
        if self._stays.slots is not NULL:
            n_slots += <size_t>1 << self._stays.bits
        if self._passing.slots is not NULL:
            n_slots += <size_t>1 << self._passing.bits
        return (n_slots * 8 + sizeof(self._short) + self._stays.room + self._passing.room + self.drafts_room * sizeof(DraftC) + self._utf8_room
                + self._run_room * 8 + (self._pieces.room + self._work.room) * sizeof(PieceC))

    cdef Py_ssize_t tokenize(self, const TextC* text) except -1 nogil:
        cdef size_t n_bytes = 0
        cdef const char* utf8
        cdef bint whole = False, done = False
        self._first = self.n_drafts
        if self.words.serial != self._serial:
            chunk_cache_clear(&self._passing)
            memset(self._short, 0, sizeof(self._short))
            self._serial = self.words.serial
        try:
            utf8 = self._as_utf8(text, &n_bytes)
            if self.rules.find_spaced is not None:
                with gil:
                    whole = self.rules.find_spaced(<str>text.string) is not None
            if whole:                               # the final pass must see more than a chunk
                self._tokenize_whole(utf8, n_bytes)
            else:
                self._tokenize(utf8, n_bytes)
            done = True
        finally:
            if not done:
                self.n_drafts = self._first
        return self.n_drafts - self._first

    cdef const char* _as_utf8(self, const TextC* text, size_t* n_bytes) except NULL nogil:
        cdef size_t room
        cdef char* utf8
        if text.is_ascii:
            n_bytes[0] = text.length
            return <const char*>text.data
        room = <size_t>text.length * (2 if text.kind == 1 else 3 if text.kind == 2 else 4)
        if room > self._utf8_room:
            utf8 = <char*>malloc(room)
            if utf8 is NULL:
                with gil:
                    raise MemoryError(f"no memory to tokenize a text of {text.length:,} characters")
            free(self._utf8)
            self._utf8 = utf8
            self._utf8_room = room
        if text.kind == 1:
            n_bytes[0] = encode_utf8[uint8_t](<const uint8_t*>text.data, text.length, self._utf8)
        elif text.kind == 2:
            n_bytes[0] = encode_utf8[uint16_t](<const uint16_t*>text.data, text.length, self._utf8)
        else:
            n_bytes[0] = encode_utf8[char32_t](<const char32_t*>text.data, text.length, self._utf8)
        return self._utf8

    cdef int _tokenize(self, const char* utf8, size_t n_bytes) except -1 nogil:
        cdef const unsigned char* at = <const unsigned char*>utf8
        cdef const unsigned char* end = at + n_bytes
        cdef const unsigned char* start
        cdef size_t n_space, n
        cdef uint64_t hash, first = 0
        cdef const ChunkC* known
        while at < end:
            start = at
            at = _end_of_chunk(at, end)
            if at > start:
                n = at - start
                hash = _hash(start, n, end, &first)
                known = chunk_cache_get(&self._stays, hash, <const char*>start, n, first)
                if known is NULL and self._passing.n_entries:
                    known = chunk_cache_get(&self._passing, hash, <const char*>start, n, first)
                if known is NULL or self.n_drafts + <Py_ssize_t>known.n_tokens > self.drafts_room:
                    self._push_chunk(<const char*>start, n, hash, known is NULL, False)
                elif known.n_tokens == 1:
                    self.drafts[self.n_drafts] = known.tokens[0]
                    self.n_drafts += 1
                else:
                    memcpy(self.drafts + self.n_drafts, known.tokens, known.n_tokens * sizeof(DraftC))
                    self.n_drafts += known.n_tokens
            if at == end:
                break
            if at[0] == c' ' and self.n_drafts > self._first:
                self.drafts[self.n_drafts - 1].lex = <const LexemeC*>(<size_t>self.drafts[self.n_drafts - 1].lex | 1)
                at += 1
            start = at
            while at < end:
                n_space = _n_space_bytes(at, end)
                if n_space == 0:
                    break
                at += n_space
            if at > start:
                self._push_chunk(<const char*>start, at - start, 0, False, True)
        return 0

    cdef int _push_chunk(self, const char* utf8, size_t n_bytes, uint64_t hash, bint cache, bint space) except -1 nogil:
        cdef RunC run
        cdef Py_ssize_t first = self.n_drafts
        if space:
            self._check_length(n_bytes)
            self._make_room(1)
            self.drafts[first].lex = self.vocab.get_utf8_in(self.words, key_of_utf8(utf8, n_bytes), utf8, n_bytes)
            self.drafts[first].norm = 0
            self.n_drafts += 1
            return 0
        self._read(&run, utf8, n_bytes)
        self.rules.split_chunk(&run, &self._pieces, &self._work)
        self._push_pieces(&run)
        if cache and n_bytes <= LONGEST_CACHED and self.n_drafts - first <= MOST_CACHED:
            chunk_cache_add(&self._stays if self._stay(first) else &self._passing, hash, utf8, n_bytes, self.drafts + first,
                            self.n_drafts - first)
        return 0

    cdef bint _stay(self, Py_ssize_t first) noexcept nogil:
        # Whether the tokens from the first one on have words, and norms of their own, that outlive any memory zone.
        cdef Py_ssize_t i
        if self.words.parent is None:
            return True
        for i in range(first, self.n_drafts):
            if self.drafts[i].lex.flags & TRANSIENT:
                return False
            if self.drafts[i].norm and self.words.parent.strings.find(self.drafts[i].norm) is NULL:
                return False
        return True

    cdef int _tokenize_whole(self, const char* utf8, size_t n_bytes) except -1 nogil:
        cdef RunC run
        self._read(&run, utf8, n_bytes)
        self.rules.split_text(&run, &self._pieces, &self._work)
        return self._push_pieces(&run)

    cdef int _check_length(self, size_t n_bytes) except -1 nogil:
        if n_bytes >= <size_t>INT_MAX:
            with gil:
                raise OverflowError(f"{n_bytes:,} bytes of UTF-8 cannot be looked at as a whole, as is needed for what has no "
                                    f"boundary between words, for special cases with whitespace, and by explain: the limit "
                                    f"is {INT_MAX - 1:,}")
        return 0

    cdef int _read(self, RunC* run, const char* utf8, size_t n_bytes) except -1 nogil:
        cdef size_t room
        self._check_length(n_bytes)
        if n_bytes + 1 > self._run_room:
            free(self._chars)
            free(self._offsets)
            room = n_bytes + 1 + (n_bytes >> 2)
            self._chars = <char32_t*>malloc(room * sizeof(char32_t))
            self._offsets = <uint32_t*>malloc(room * sizeof(uint32_t))
            self._run_room = room
            if self._chars is NULL or self._offsets is NULL:
                self._run_room = 0
                with gil:
                    raise MemoryError(f"no memory to analyse a text of {n_bytes:,} bytes")
        read_run(run, utf8, n_bytes, self._chars, self._offsets)
        return 0

    cdef int _push_pieces(self, const RunC* run) except -1 nogil:
        cdef Py_ssize_t i
        cdef const PieceC* piece
        cdef DraftC* draft
        self._make_room(self._pieces.n)
        for i in range(self._pieces.n):
            piece = &self._pieces.items[i]
            draft = &self.drafts[self.n_drafts]
            draft.lex = <const LexemeC*>(<size_t>self._word(run, piece) | piece.space)
            draft.norm = 0
            if piece.token is not NULL and piece.token.norm is not NULL:
                draft.norm = self.words.strings.intern_utf8(piece.token.norm.utf8, piece.token.norm.length)
            self.n_drafts += 1
        return 0

    cdef const LexemeC* _word(self, const RunC* run, const PieceC* piece) except NULL nogil:
        # What a text is cut into is mostly punctuation and endings, again and again: those need no hash and no index.
        cdef Py_ssize_t n = piece.end - piece.start
        cdef const char32_t* chars = run.chars + piece.start
        cdef const char* utf8 = run.utf8 + run.offsets[piece.start]
        cdef size_t n_bytes = run.offsets[piece.end] - run.offsets[piece.start]
        cdef ShortWordC* short = NULL
        cdef uint64_t together
        cdef const LexemeC* lex
        if n <= 3:
            together = chars[0] + 1
            if n > 1:
                together |= <uint64_t>(chars[1] + 1) << 21
            if n > 2:
                together |= <uint64_t>(chars[2] + 1) << 42
            short = &self._short[together * <uint64_t>0x9E3779B97F4A7C15 >> 40 & (SHORT_WORDS - 1)]
            if short.chars == together:
                return short.lex
        lex = self.vocab.get_utf8_in(self.words, key_of_utf8(utf8, n_bytes), utf8, n_bytes)
        if short is not NULL:
            short.chars = together
            short.lex = lex
        return lex

    cdef int _make_room(self, Py_ssize_t n) except -1 nogil:
        # For n more drafts.
        cdef Py_ssize_t room = max(256, self.n_drafts + n, self.drafts_room + (self.drafts_room >> 1))
        cdef DraftC* drafts
        if self.n_drafts + n > self.drafts_room:
            drafts = <DraftC*>realloc(self.drafts, room * sizeof(DraftC))
            if drafts is NULL:
                with gil:
                    raise MemoryError(f"no memory for a text of more than {self.n_drafts:,} tokens")
            self.drafts = drafts
            self.drafts_room = room
        return 0

    cdef list explain(self, str string):
        cdef TextC text = text_c(string)
        cdef size_t n_bytes = 0
        cdef const char* utf8 = self._as_utf8(&text, &n_bytes)
        cdef RunC run
        cdef Py_ssize_t i
        cdef const PieceC* piece
        cdef list pieces = []
        self._read(&run, utf8, n_bytes)
        self.rules.split_text(&run, &self._pieces, &self._work)
        for i in range(self._pieces.n):
            piece = &self._pieces.items[i]
            label = f"SPECIAL-{piece.token.number}" if piece.label == SPECIAL else _LABELS[piece.label]
            pieces.append((label, PyUnicode_DecodeUTF8(run.utf8 + run.offsets[piece.start],
                                                       run.offsets[piece.end] - run.offsets[piece.start], "surrogatepass")))
        self.shrink()
        return pieces
