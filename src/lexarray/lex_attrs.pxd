# The rules that give a word type its attributes, over code points, without Python.
# Owned here: the rules for every language, and LexicalRules, what one language adds to them.
from preshed.maps cimport PreshMap

from lexarray.structs cimport LexemeC
from lexarray.typedefs cimport char32_t, flags_t, hash_t

cdef enum:
    LONGEST_SHAPED = 99                     # characters; longer words have the shape "LONG"

# The boolean attributes that need nothing but the characters. n > 0.
cdef flags_t character_flags(const char32_t* chars, Py_ssize_t n) noexcept nogil
# "Xxxx", "dd.d"; `shape` has room for LONGEST_SHAPED characters. Returns how many it wrote.
cdef Py_ssize_t write_shape(const char32_t* chars, Py_ssize_t n, char32_t* shape) noexcept nogil
cdef bint chars_like_num(const char32_t* chars, Py_ssize_t n) noexcept nogil
cdef bint chars_like_url(const char32_t* chars, Py_ssize_t n) noexcept nogil
cdef bint chars_like_email(const char32_t* chars, Py_ssize_t n) noexcept nogil


cdef class LexicalRules:
    cdef readonly str lang
    cdef readonly frozenset stop_words
    cdef readonly frozenset number_words
    cdef readonly tuple ordinal_suffixes
    cdef readonly object norms              # a read-only mapping
    cdef PreshMap _stop_words               # key of the lower-cased word -> 1
    cdef PreshMap _number_words             # the same
    cdef PreshMap _norms                    # key of the word -> key of its norm
    cdef PreshMap _ordinal_suffixes         # the same as _stop_words

    # The language's part of IS_STOP and LIKE_NUM. `lower` is the key of the lower-cased word.
    cdef flags_t flags(self, const char32_t* chars, Py_ssize_t n, hash_t lower) noexcept nogil
    cdef bint _is_ordinal(self, const char32_t* chars, Py_ssize_t n) noexcept nogil
    # The key of the norm; 0: the word has none of its own.
    cdef hash_t norm(self, hash_t orth) noexcept nogil
