# Text -> tokens, in C. Owned by a Worker: what one thread needs for that, above all the cache of analysed chunks. A
# thread takes one, uses it alone, and gives it back.
from libc.stdint cimport uint32_t, uint64_t

from lexarray.structs cimport LexemeC
from lexarray.tokenizer._chunk_cache cimport ChunkCacheC, DraftC
from lexarray.tokenizer.rules cimport PieceC, PieceListC, RunC, Rules
from lexarray.tokens.doc cimport Doc
from lexarray.typedefs cimport attr_t, char32_t
from lexarray.vocab cimport Vocab
from lexarray.words cimport Words


cdef struct TextC:                  # where a Python string has its characters; good as long as the string
    void* string                    # borrowed
    const void* data
    Py_ssize_t length
    int kind                        # bytes a character
    bint is_ascii


# Of a str, or of a subclass.
cdef TextC text_c(object string) noexcept
# A document of what a worker drafted with these words.
cdef Doc make_doc(Vocab vocab, Words words, const DraftC* drafts, Py_ssize_t n)


cdef enum:
    SHORT_WORDS = 256               # slots, a power of two


cdef struct ShortWordC:             # a word of one to three characters
    uint64_t chars                  # 21 bits of each, + 1; 0: none
    const LexemeC* lex


cdef class Worker:
    cdef readonly Rules rules
    cdef readonly Vocab vocab
    cdef Words words                # of the vocabulary, where new words go; set by whoever uses it, None while nobody does
    cdef ChunkCacheC _stays         # chunks all of whose words stay
    cdef ChunkCacheC _passing       # those with words of a memory zone, or a document's
    cdef uint64_t _serial           # which Words they are of
    cdef ShortWordC _short[SHORT_WORDS]     # of these Words: of those with one place the last that came
    cdef DraftC* drafts             # tokens, of one text behind the other; a lexeme's lowest bit: one ' ' follows
    cdef Py_ssize_t n_drafts
    cdef Py_ssize_t drafts_room
    cdef Py_ssize_t _first          # where those of the present text start
    cdef char* _utf8                # the text, if it is not ASCII
    cdef size_t _utf8_room
    cdef char32_t* _chars           # what is being analysed
    cdef uint32_t* _offsets
    cdef size_t _run_room
    cdef PieceListC _pieces
    cdef PieceListC _work

    # Add the tokens of a text to the drafts; their number. If it fails, nothing is added. The caller holds the string, and
    # takes the drafts away or sets n_drafts to 0.
    cdef Py_ssize_t tokenize(self, const TextC* text) except -1 nogil
    # Let go of what only a long text needs.
    cdef void shrink(self) noexcept nogil
    # (rule, text) of each piece.
    cdef list explain(self, str string)
    # Bytes.
    cdef size_t memory(self) noexcept nogil

    cdef int _tokenize(self, const char* utf8, size_t n_bytes) except -1 nogil
    cdef int _tokenize_whole(self, const char* utf8, size_t n_bytes) except -1 nogil
    cdef int _push_chunk(self, const char* utf8, size_t n_bytes, uint64_t hash, bint cache, bint space) except -1 nogil
    cdef int _push_pieces(self, const RunC* run) except -1 nogil
    cdef const LexemeC* _word(self, const RunC* run, const PieceC* piece) except NULL nogil
    cdef int _make_room(self, Py_ssize_t n) except -1 nogil
    cdef bint _stay(self, Py_ssize_t first) noexcept nogil
    cdef int _check_length(self, size_t n_bytes) except -1 nogil
    cdef int _read(self, RunC* run, const char* utf8, size_t n_bytes) except -1 nogil
    cdef const char* _as_utf8(self, const TextC* text, size_t* n_bytes) except NULL nogil
