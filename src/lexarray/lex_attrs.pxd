# The rules that give a word type its attributes, over code points, without Python.
# Owned here: the rules for every language, and LexicalRules, what one language adds to them.
from preshed.maps cimport PreshMap

from lexarray.strings cimport StringC, StringStore
from lexarray.typedefs cimport char32_t, flags_t, hash_t

cdef enum:
    LONGEST_SHAPED = 99                     # characters; longer words have the shape "LONG"

# Before any of the rules below: what is known of these characters is looked up, with the GIL if some are new.
cdef int know_characters(const char32_t* chars, Py_ssize_t n) except -1 nogil
# The characters in lower case, as str.lower() has them; `lower` has room for twice as many. Returns how many it wrote.
cdef Py_ssize_t write_lower(const char32_t* chars, Py_ssize_t n, char32_t* lower) noexcept nogil
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
    cdef readonly object origin             # a function that gives these rules, which pickles by its name; None
    cdef PreshMap _stop_words               # key of the lower-cased word -> 1
    cdef PreshMap _number_words             # the same
    cdef PreshMap _norms                    # key of the word -> StringC* of its norm
    cdef StringStore _texts                 # norms, and the language's code
    cdef hash_t lang_key
    cdef PreshMap _ordinal_suffixes         # the same as _stop_words

    # The language's part of IS_STOP and LIKE_NUM. `lower` is the key of the lower-cased word.
    cdef flags_t flags(self, const char32_t* chars, Py_ssize_t n, hash_t lower) noexcept nogil
    cdef bint _is_ordinal(self, const char32_t* chars, Py_ssize_t n) noexcept nogil
    # The word's norm; NULL: it has none of its own.
    cdef const StringC* norm(self, hash_t orth) noexcept nogil
    cdef const StringC* lang_text(self) noexcept nogil
