# Word types and the texts of their keys, which live and die together. Owned by a Words: the LexemeC, which never move, so
# that a `const LexemeC*` is good as long as its Words.
#
# A vocabulary has one for the word types that stay. An open memory zone has another one over it, for those that it adds,
# and a document that outlives its zone gets one of its own, for those that it needs. LexemeC.flags tells them apart: bit
# TRANSIENT is set in all that lie over others.
from libc.stdint cimport uint64_t

from lexarray._key_index cimport KeyIndexC
from lexarray.strings cimport StringStore
from lexarray.structs cimport LexemeC, SpanC, TokenC
from lexarray.typedefs cimport hash_t
from lexarray.word_vectors cimport WordSequence


# What a document has for being known to the memory zone whose words it uses. All zero: of no zone.
cdef struct HolderC:
    HolderC* before
    HolderC* after
    void* owner                     # a WordSequence, borrowed

cdef void leave_zone(HolderC* holder) noexcept


# Words are added and found by any number of threads at once, with or without the GIL.
cdef class Words:
    cdef readonly StringStore strings
    # Whose words are in this one too; None: there is none. Its own come before them.
    cdef readonly Words parent
    cdef readonly bint has_ended    # it was a memory zone's, which has ended
    cdef uint64_t serial            # no other has ever had it
    cdef KeyIndexC _index           # orth -> LexemeC
    cdef HolderC _holders           # documents that use it, a ring; with the GIL
    cdef Py_ssize_t _n_before       # words that the parent had when this was made

    # Empty, over others or over none.
    @staticmethod
    cdef Words over(Words parent)
    # The lexeme of a key, here or in the parent, else NULL.
    cdef LexemeC* find(self, hash_t orth) noexcept nogil
    # A copy of a lexeme, unless there is one with its key. MemoryError.
    cdef LexemeC* add(self, const LexemeC* lex) except NULL nogil
    # The i-th lexeme of its own in the order of making, 0 <= i < length(). Some of them the parent may have got later.
    cdef LexemeC* at(self, Py_ssize_t i) noexcept nogil
    cdef Py_ssize_t length(self) noexcept nogil
    cdef Py_ssize_t n_in_both(self) noexcept nogil
    # Bytes of its own words, texts and indexes.
    cdef size_t n_bytes(self) noexcept nogil

    # What belongs to another Words with the same parent: the same word here, the same text here (False if nobody has it),
    # and all texts that a token's or span's keys stand for. Copied unless they are here. No Python code runs.
    cdef const LexemeC* take(self, const LexemeC* lex, Words source) except NULL
    # The same, a copy even if the parent has the word too, whose attributes may have been set otherwise.
    cdef const LexemeC* take_as_it_is(self, const LexemeC* lex, Words source) except NULL
    cdef bint take_text(self, hash_t key, Words source) except -1
    cdef int take_texts(self, const TokenC* token, Words source) except -1
    cdef int take_span_texts(self, const SpanC* span, Words source) except -1

    # The zone's part: who uses the words; and its end, when each of them takes what it needs with it.
    cdef void hold(self, HolderC* holder, WordSequence owner) noexcept
    cdef int end(self) except -1
