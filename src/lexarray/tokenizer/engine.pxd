# Text -> tokens, in C. Owned by a Worker: what one thread needs for that, above all the cache of analysed chunks. A
# thread takes one, uses it alone, and gives it back.
from libc.stdint cimport uint32_t, uint64_t

from lexarray.structs cimport LexemeC, TokenC
from lexarray.tokenizer._chunk_cache cimport ChunkCacheC, DraftC
from lexarray.tokenizer.rules cimport PieceListC, RunC, Rules
from lexarray.typedefs cimport attr_t, char32_t
from lexarray.vocab cimport Vocab
from lexarray.words cimport Words


cdef struct TextC:                  # where a Python string has its characters; good as long as the string
    void* string                    # borrowed
    const void* data
    Py_ssize_t length
    int kind                        # bytes a character
    bint is_ascii


cdef TextC text_c(str string) noexcept


cdef class Worker:
    cdef readonly Rules rules
    cdef readonly Vocab vocab
    cdef ChunkCacheC _stays         # chunks all of whose words stay
    cdef ChunkCacheC _passing       # those with words of a memory zone, or a document's
    cdef uint64_t _serial           # which Words they are of
    cdef DraftC* _drafts            # the tokens so far; a lexeme's lowest bit: one ' ' follows
    cdef Py_ssize_t _n
    cdef Py_ssize_t _room
    cdef char* _utf8                # the text, if it is not ASCII
    cdef size_t _utf8_room
    cdef char32_t* _chars           # what is being analysed
    cdef uint32_t* _offsets
    cdef size_t _run_room
    cdef PieceListC _pieces
    cdef PieceListC _work

    # The tokens of a text, made with words of the vocabulary. An array of their number, for free(), NULL if there are
    # none. The caller holds the string and the words.
    cdef TokenC* tokenize(self, const TextC* text, Words words, Py_ssize_t* n) except? NULL nogil
    # (rule, text) of each piece.
    cdef list explain(self, str string)
    # Bytes.
    cdef size_t memory(self) noexcept nogil

    cdef int _tokenize(self, const char* utf8, size_t n_bytes, Words words) except -1 nogil
    cdef int _tokenize_whole(self, const char* utf8, size_t n_bytes, Words words) except -1 nogil
    cdef int _push_chunk(self, const char* utf8, size_t n_bytes, uint64_t hash, bint space, Words words) except -1 nogil
    cdef int _push_pieces(self, const RunC* run, Words words) except -1 nogil
    cdef int _push(self, const LexemeC* lex, attr_t norm) except -1 nogil
    cdef bint _stay(self, Py_ssize_t first, Words words) noexcept nogil
    cdef void _shrink(self) noexcept nogil
    cdef int _read(self, RunC* run, const char* utf8, size_t n_bytes) except -1 nogil
    cdef const char* _as_utf8(self, const TextC* text, size_t* n_bytes) except NULL nogil
    cdef TokenC* _finish(self) except NULL nogil
