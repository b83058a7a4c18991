# The rules of a tokenizer and what they make of a text, as Python strings. Owned by a RuleEngine: the
# rules, and `version`, which changes whenever they do.


cdef class Piece:               # a token in the making
    cdef readonly str label     # the rule that made it: "PREFIX", "SPECIAL-2", ...
    cdef readonly str text
    cdef readonly str norm      # None: the word's own
    cdef readonly bint space    # one ' ' follows


cdef class RuleEngine:
    cdef object _rules                  # SpecialCases
    cdef object _prefix_search
    cdef object _suffix_search
    cdef object _infix_finditer
    cdef object _token_match
    cdef object _url_match
    cdef Py_ssize_t _changes            # of all but the special cases
    cdef object _seen_version           # the version that the two below belong to
    cdef dict _split_specials           # see _split_special
    cdef object _find_spaced            # finds a special case with whitespace in a text; None: there is none

    cdef object version(self)
    # Bring what is derived from the rules up to date; True if they have changed since the last call.
    cdef bint refresh(self) except -1
    # The pieces of a whole text, and of a chunk without whitespace. Call refresh() before.
    cdef list pieces(self, str text)
    cdef list chunk_pieces(self, str chunk)

    cdef list _scan(self, str text, bint specials)
    cdef list _split(self, str chunk, bint specials)
    cdef list _split_infixes(self, str chunk)
    cdef list _special(self, str string)
    cdef tuple _split_special(self, str string)
    cdef list _merge_specials(self, list pieces)
