# The rules of a tokenizer, compiled, and the algorithm that runs them over a text: text -> pieces. Owned by a Rules: what
# the rules became. It never changes, so any number of threads may run it, without the GIL where no Python rule is called.
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from preshed.maps cimport PreshMap

from lexarray._arena cimport Arena
from lexarray.strings cimport StringC, StringStore
from lexarray.tokenizer.automaton cimport InfixAutomaton, MatchAutomaton, PrefixAutomaton, SuffixAutomaton
from lexarray.typedefs cimport char32_t, hash_t

cdef enum piece_label_t:
    TOKEN
    PREFIX
    SUFFIX
    INFIX
    TOKEN_MATCH
    URL_MATCH
    SPACE
    SPECIAL                         # a token of a special case: PieceC.token says which


cdef struct RunC:                   # a stretch of text, as the rules see it
    const char* utf8
    const char32_t* chars
    const uint32_t* offsets         # [i]: where character i starts in utf8; [n] is its end
    Py_ssize_t n                    # characters


# Read UTF-8, of less than 4 GiB, into room for `n_bytes` characters and `n_bytes` + 1 offsets.
cdef void read_run(RunC* run, const char* utf8, Py_ssize_t n_bytes, char32_t* chars, uint32_t* offsets) noexcept nogil


cdef struct SpecialTokenC:          # a token of a special case
    uint32_t n_chars
    uint32_t number                 # from 1
    const StringC* norm             # NULL: none of its own


cdef struct SpecialC:
    const StringC* string
    uint32_t n_tokens
    uint32_t n_parts                # the pieces that it falls into without special cases; 0: it cannot be torn apart
    SpecialTokenC* tokens
    uint32_t* parts                 # characters of each, times 2, + 1 if one ' ' follows


# A step through the letters of the special cases that the affix rules can tear apart: a slot of a hash table. Where a
# slot is says which letters have been read.
cdef struct TornStepC:
    uint32_t before                 # number of the slot + 1 of the letters before; 0: this is the first letter
    uint32_t letter                 # code point + 1; 0: the slot is empty
    const SpecialC* special         # what is spelt here; NULL: nothing yet


cdef struct PieceC:                 # a token in the making: characters start <= i < end of the run
    uint32_t start
    uint32_t end
    const SpecialTokenC* token      # of a special case; NULL
    uint8_t label
    uint8_t space                   # one ' ' follows


cdef struct PieceListC:             # all zero: empty
    PieceC* items
    Py_ssize_t n
    Py_ssize_t room

cdef void free_pieces(PieceListC* pieces) noexcept nogil


cdef class Rules:
    cdef readonly object find_spaced        # finds a special case with whitespace in a text; None: there is none
    # Of each kind, an automaton or a Python function or neither.
    cdef PrefixAutomaton _prefix
    cdef SuffixAutomaton _suffix
    cdef InfixAutomaton _infix
    cdef MatchAutomaton _token
    cdef MatchAutomaton _url
    cdef object _prefix_search
    cdef object _suffix_search
    cdef object _infix_finditer
    cdef object _token_match
    cdef object _url_match
    cdef StringStore _texts                 # of special cases and norms
    cdef PreshMap _specials                 # hash of the string -> SpecialC*
    cdef Arena _arena
    cdef uint8_t* _lengths                  # [n]: there is a special case of n characters
    cdef Py_ssize_t _longest
    cdef TornStepC* _torn                   # 2**_torn_bits slots
    cdef int _torn_bits
    cdef uint64_t _torn_starts[16]          # a bit for each first letter and length of a first part; see _start

    # The pieces of a run: one chunk without whitespace, or any text. `work` is for the algorithm's own use.
    cdef int split_chunk(self, const RunC* run, PieceListC* pieces, PieceListC* work) except -1 nogil
    cdef int split_text(self, const RunC* run, PieceListC* pieces, PieceListC* work) except -1 nogil

    cdef int _add_special(self, str string, list tokens) except -1
    cdef bint _tear(self, str string) except -1
    cdef int _index_torn(self, list strings) except -1
    cdef uint32_t _torn_step(self, uint32_t before, char32_t c) noexcept nogil
    cdef const SpecialC* _special(self, const RunC* run, Py_ssize_t start, Py_ssize_t end) noexcept nogil
    cdef Py_ssize_t _prefix_length(self, const RunC* run, Py_ssize_t start, Py_ssize_t end) except -1 nogil
    cdef Py_ssize_t _suffix_length(self, const RunC* run, Py_ssize_t start, Py_ssize_t end) except -1 nogil
    cdef bint _is_token(self, const RunC* run, Py_ssize_t start, Py_ssize_t end) except -1 nogil
    cdef bint _is_url(self, const RunC* run, Py_ssize_t start, Py_ssize_t end) except -1 nogil
    cdef int _scan(self, const RunC* run, bint specials, PieceListC* pieces, PieceListC* work) except -1 nogil
    cdef int _split(self, const RunC* run, Py_ssize_t start, Py_ssize_t end, bint specials, PieceListC* pieces,
                    PieceListC* work) except -1 nogil
    cdef int _split_infixes(self, const RunC* run, Py_ssize_t start, Py_ssize_t end, PieceListC* pieces) except -1 nogil
    cdef int _merge_specials(self, const RunC* run, PieceListC* pieces, PieceListC* work) except -1 nogil
