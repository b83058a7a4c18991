# Regular expressions as tables that run in C: linear time, no backtracking, no Python. Owned by an Automaton:
# its tables, which never change, so any number of threads may run it.
#
# A rule sees `n` characters and nothing outside them. Its answers are those of the method of the pattern that it was
# compiled from, on the string of these characters.
from cymem.cymem cimport Pool
from libc.stdint cimport uint8_t, uint16_t

from lexarray.tokenizer.pattern_states cimport Alphabet, Subsets
from lexarray.typedefs cimport char32_t


cdef class Automaton:
    cdef Pool _mem
    # The class of a code point c: _class_of[_page_of[c >> 8] << 8 | c & 0xFF]
    cdef uint16_t* _page_of
    cdef uint8_t* _class_of
    cdef uint8_t _edge                  # the class of what is read once behind the last character
    cdef int _shift
    # The state after state s reads class k: _next[s << _shift | k]. State 0: no match is possible any more.
    cdef uint16_t* _next
    # 0, or 1 + the number of classes read since a match ended
    cdef uint8_t* _accepts
    cdef uint16_t _start
    cdef readonly Py_ssize_t n_states   # of _next
    cdef readonly Py_ssize_t n_classes

    cdef list _fill(self, Alphabet alphabet, Subsets subsets, list contexts)


cdef class AffixAutomaton(Automaton):
    # Length of the match at this end, -1 if there is none. Reads what could still match, and one character more.
    cdef Py_ssize_t length_of(self, const char32_t* chars, Py_ssize_t n) noexcept nogil


cdef class PrefixAutomaton(AffixAutomaton):     # search of a pattern that is anchored at the start, or match
    pass


# Reads from the end. The last character must not be a newline if the pattern says `$`.
cdef class SuffixAutomaton(AffixAutomaton):     # search of a pattern that is anchored at the end
    pass


cdef class InfixAutomaton(Automaton):   # finditer of a pattern that cannot match nothing
    # What precedes a character decides which alternatives may start there: states of the text before it
    cdef uint16_t* _next_context        # [context << _shift | class]
    cdef uint16_t* _start_in            # [context], a state of _next
    cdef readonly Py_ssize_t n_contexts
    cdef Py_ssize_t _reach              # how many characters back a context can see

    # Start of the first match at or behind `start`, and its end; -1 if there is none. Where a match ended, the next
    # search starts.
    cdef Py_ssize_t find(self, const char32_t* chars, Py_ssize_t n, Py_ssize_t start, Py_ssize_t* end) noexcept nogil


cdef class MatchAutomaton(Automaton):    # match, fullmatch, or search of a pattern that is anchored at the start
    cdef bint matches(self, const char32_t* chars, Py_ssize_t n) noexcept nogil


# The automaton of a bound method of a compiled pattern, of the class above that `kind` names: "prefix", "suffix",
# "infix", "test". None: it must be called instead.
cpdef Automaton compile_rule(object function, str kind)
