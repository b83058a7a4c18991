# The tree of a regular expression -> states, steps 2 to 4 of those in automaton.pyx. Owned here: what is made on the way.
from cymem.cymem cimport Pool
from libc.stdint cimport int32_t, uint8_t

cdef enum:
    N_POINTS = 0x110000


cdef class Alphabet:            # classes of code points that no class of a pattern tells apart, from 1; 0 is EDGE
    cdef dict masks             # Chars -> int, bit k: class k belongs to it
    cdef list intervals         # (first code point, class), until the next one
    cdef int n_classes

    cdef frozenset sequences(self, look)


cdef class Position:            # takes one character
    cdef object mask            # of the classes it may have
    cdef list follow            # what may be next
    cdef int number


cdef class Net:                 # of the tree of a pattern
    cdef Alphabet alphabet
    cdef list positions         # of Position
    cdef list first             # what may be next at the start of a match
    cdef bint can_be_empty      # a match
    cdef dict _looks            # conditions and delay -> what reads them
    cdef Py_ssize_t _n_links    # how much there was to go through in the lists of what may be next

    cdef list _distinct(self, list elements)
    cdef Position _position(self, mask, list follow)
    cdef list _build(self, tree, list then)
    cdef list _look(self, look, list then)
    cdef list _resolved(self, list elements)
    cdef list _ahead(self, frozenset conditions, int delay)


# A context is what is known of the text before a place, where look-behind stands.
# What it can begin with, if these may be next: (sequences, one of them) of all conditions.
cdef list looks_behind(list first)
# The one after class k; that of no text is the one of () after class 0.
cdef frozenset context_after(context, list behind, int k)
# All of them, at first that of no text; and for each the number of the context after each class.
cdef tuple contexts_of(list first, int n_classes)
# What of `first` may be next in a context.
cdef list allowed_in(list first, context)


cdef class Subsets:             # states as lists of numbers: of positions, and behind them of ends, n_positions + delay
    cdef Pool mem
    cdef int n_positions, n_classes, stamp, n_found, end
    cdef bint ordered           # by preference
    cdef uint8_t* member        # [position * n_classes + class]
    cdef int32_t* follow        # the numbers that follow a position: from follow_at[position] to the next one's
    cdef int32_t* follow_at
    cdef int32_t* seen          # position -> the last stamp it was found with
    cdef int32_t* found
    cdef dict numbers           # list, as bytes -> state
    cdef list lists             # state -> list, as bytes
    cdef bytearray accepts      # state -> 0, or 1 + delay
    cdef list rows              # state -> row of uint16_t, as bytes

    cdef int32_t number_of(self, item) noexcept
    cdef void begin(self) noexcept
    cdef bint add(self, int32_t number) noexcept
    cdef int state(self) except -1
    # The state of these items; its number.
    cdef int state_of(self, list items) except -1
    # Find all states that can be reached.
    cdef int complete(self) except -1
