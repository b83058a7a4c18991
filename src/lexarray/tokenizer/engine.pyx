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
from lexarray.structs cimport TRANSIENT
from lexarray.tokenizer._chunk_cache cimport (
    LONGEST_CACHED, MOST_CACHED, ChunkC, chunk_cache_add, chunk_cache_clear, chunk_cache_free, chunk_cache_get,
)
from lexarray.tokenizer.rules cimport SPECIAL, PieceC, free_pieces, piece_label_t, read_run
from lexarray.typedefs cimport hash_t

cdef extern from "Python.h":
    int PyUnicode_KIND(object)
    void* PyUnicode_DATA(object)
    bint PyUnicode_IS_ASCII(object)
    Py_ssize_t PyUnicode_GET_LENGTH(object)

cdef extern from "limits.h":
    const int INT_MAX

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


cdef TextC text_c(str string) noexcept:
    cdef TextC text
    text.string = <void*>string
    text.data = PyUnicode_DATA(string)
    text.length = PyUnicode_GET_LENGTH(string)
    text.kind = PyUnicode_KIND(string)
    text.is_ascii = PyUnicode_IS_ASCII(string)
    return text


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
        free(self._drafts)
        free(self._utf8)
        free(self._chars)
        free(self._offsets)

    cdef size_t memory(self) noexcept nogil:
        cdef size_t n_slots = 0
        if self._stays.slots is not NULL:
            n_slots += <size_t>1 << self._stays.bits
        if self._passing.slots is not NULL:
            n_slots += <size_t>1 << self._passing.bits
        return (n_slots * 8 + self._stays.room + self._passing.room + self._room * sizeof(DraftC) + self._utf8_room
                + self._run_room * 8 + (self._pieces.room + self._work.room) * sizeof(PieceC))

    cdef TokenC* tokenize(self, const TextC* text, Words words, Py_ssize_t* n) except? NULL nogil:
        cdef size_t n_bytes = 0
        cdef const char* utf8 = self._as_utf8(text, &n_bytes)
        cdef bint whole = False
        cdef TokenC* tokens = NULL
        if words.serial != self._serial:
            chunk_cache_clear(&self._passing)
            self._serial = words.serial
        if self.rules.find_spaced is not None:
            with gil:
                whole = self.rules.find_spaced(<str>text.string) is not None
        self._n = 0
        if whole:                               # the final pass must see more than a chunk
            self._tokenize_whole(utf8, n_bytes, words)
        else:
            self._tokenize(utf8, n_bytes, words)
        n[0] = self._n
        if self._n:
            tokens = self._finish()
        self._shrink()
        return tokens

    cdef void _shrink(self) noexcept nogil:
        # Let go of buffers that a long text has made grow.
        if self._utf8_room > KEPT_BYTES:
            free(self._utf8)
            self._utf8 = NULL
            self._utf8_room = 0
        if self._room * sizeof(DraftC) > KEPT_BYTES:
            free(self._drafts)
            self._drafts = NULL
            self._room = 0
        if self._run_room * (sizeof(char32_t) + sizeof(uint32_t)) > KEPT_BYTES:
            free(self._chars)
            free(self._offsets)
            self._chars = NULL
            self._offsets = NULL
            self._run_room = 0
        if self._pieces.room * sizeof(PieceC) > KEPT_BYTES:
            free_pieces(&self._pieces)
        if self._work.room * sizeof(PieceC) > KEPT_BYTES:
            free_pieces(&self._work)

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

    cdef int _tokenize(self, const char* utf8, size_t n_bytes, Words words) except -1 nogil:
        cdef const unsigned char* at = <const unsigned char*>utf8
        cdef const unsigned char* end = at + n_bytes
        cdef const unsigned char* start
        cdef size_t n_space
        cdef uint64_t hash
        cdef const ChunkC* known
        while at < end:
            start = at
            hash = 0xCBF29CE484222325
            while at < end and not (_space_class[at[0]] and _n_space_bytes(at, end)):
                hash = (hash ^ at[0]) * <uint64_t>0x9E3779B97F4A7C15
                at += 1
            if at > start:
                hash ^= hash >> 29
                hash *= <uint64_t>0x9E3779B97F4A7C15
                known = chunk_cache_get(&self._stays, hash, <const char*>start, at - start)
                if known is NULL:
                    known = chunk_cache_get(&self._passing, hash, <const char*>start, at - start)
                if known is NULL or self._n + <Py_ssize_t>known.n_tokens > self._room:
                    self._push_chunk(<const char*>start, at - start, hash, False, words)
                else:
                    memcpy(self._drafts + self._n, known.tokens, known.n_tokens * sizeof(DraftC))
                    self._n += known.n_tokens
            if at == end:
                break
            if at[0] == c' ' and self._n:
                self._drafts[self._n - 1].lex = <const LexemeC*>(<size_t>self._drafts[self._n - 1].lex | 1)
                at += 1
            start = at
            while at < end:
                n_space = _n_space_bytes(at, end)
                if n_space == 0:
                    break
                at += n_space
            if at > start:
                self._push_chunk(<const char*>start, at - start, 0, True, words)
        return 0

    cdef int _push_chunk(self, const char* utf8, size_t n_bytes, uint64_t hash, bint space, Words words) except -1 nogil:
        cdef RunC run
        cdef const LexemeC* lex
        cdef Py_ssize_t first = self._n
        if n_bytes >= <size_t>INT_MAX:
            with gil:
                raise OverflowError(f"a stretch of {n_bytes:,} bytes of UTF-8 without a boundary between words is too long: "
                                    f"the limit is {INT_MAX - 1:,}")
        if space:
            lex = self.vocab.get_utf8_in(words, key_of_utf8(utf8, n_bytes), utf8, n_bytes)
            return self._push(lex, 0)
        self._read(&run, utf8, n_bytes)
        self.rules.split_chunk(&run, &self._pieces, &self._work)
        self._push_pieces(&run, words)
        if n_bytes <= LONGEST_CACHED and self._n - first <= MOST_CACHED:
            chunk_cache_add(&self._stays if self._stay(first, words) else &self._passing, hash, utf8, n_bytes,
                            self._drafts + first, self._n - first)
        return 0

    cdef bint _stay(self, Py_ssize_t first, Words words) noexcept nogil:
        # Whether the tokens from the first one on have words, and norms of their own, that outlive any memory zone.
        cdef Py_ssize_t i
        if words.parent is None:
            return True
        for i in range(first, self._n):
            if self._drafts[i].lex.flags & TRANSIENT:
                return False
            if self._drafts[i].norm and words.parent.strings.find(self._drafts[i].norm) is NULL:
                return False
        return True

    cdef int _tokenize_whole(self, const char* utf8, size_t n_bytes, Words words) except -1 nogil:
        cdef RunC run
        if n_bytes >= <size_t>INT_MAX:
            with gil:
                raise OverflowError(f"a text of {n_bytes:,} bytes of UTF-8 is too long for special cases with whitespace: "
                                    f"the limit is {INT_MAX - 1:,}")
        self._read(&run, utf8, n_bytes)
        self.rules.split_text(&run, &self._pieces, &self._work)
        return self._push_pieces(&run, words)

    cdef int _read(self, RunC* run, const char* utf8, size_t n_bytes) except -1 nogil:
        cdef size_t room
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

    cdef int _push_pieces(self, const RunC* run, Words words) except -1 nogil:
        cdef Py_ssize_t i
        cdef const PieceC* piece
        cdef const LexemeC* lex
        cdef const char* utf8
        cdef size_t n_bytes
        cdef attr_t norm
        for i in range(self._pieces.n):
            piece = &self._pieces.items[i]
            utf8 = run.utf8 + run.offsets[piece.start]
            n_bytes = run.offsets[piece.end] - run.offsets[piece.start]
            lex = self.vocab.get_utf8_in(words, key_of_utf8(utf8, n_bytes), utf8, n_bytes)
            norm = 0
            if piece.token is not NULL and piece.token.norm is not NULL:
                norm = words.strings.intern_utf8(piece.token.norm.utf8, piece.token.norm.length)
            self._push(<const LexemeC*>(<size_t>lex | piece.space), norm)
        return 0

    cdef int _push(self, const LexemeC* lex, attr_t norm) except -1 nogil:
        cdef Py_ssize_t room
        cdef DraftC* drafts
        if self._n == self._room:
            room = max(256, self._room + (self._room >> 1))
            drafts = <DraftC*>realloc(self._drafts, room * sizeof(DraftC))
            if drafts is NULL:
                with gil:
                    raise MemoryError(f"no memory for a text of more than {self._n:,} tokens")
            self._drafts = drafts
            self._room = room
        self._drafts[self._n].lex = lex
        self._drafts[self._n].norm = norm
        self._n += 1
        return 0

    cdef TokenC* _finish(self) except NULL nogil:
        # The tokens so far, as an array of that many.
        cdef Py_ssize_t i, n = self._n, idx = 0
        cdef TokenC* tokens
        cdef TokenC* token
        if n > INT_MAX:
            with gil:
                raise OverflowError(f"a Doc cannot have {n:,} tokens: the limit is {INT_MAX:,}")
        tokens = <TokenC*>malloc(n * sizeof(TokenC))
        if tokens is NULL:
            with gil:
                raise MemoryError(f"no memory for a text of {n:,} tokens")
        for i in range(n):
            token = &tokens[i]
            memset(token, 0, sizeof(TokenC))
            token.lex = <const LexemeC*>(<size_t>self._drafts[i].lex & ~<size_t>1)
            token.spacy = <size_t>self._drafts[i].lex & 1
            token.norm = self._drafts[i].norm
            token.idx = <int>idx
            token.l_edge = token.r_edge = <uint32_t>i
            idx += token.lex.length + token.spacy
            if idx >= INT_MAX:
                free(tokens)
                with gil:
                    raise OverflowError(f"the text of a Doc is limited to {INT_MAX:,} characters: token {i} would end at "
                                        f"{idx:,}")
        return tokens

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
        self._shrink()
        return pieces
