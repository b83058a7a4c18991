# The word types of a vocabulary. Owned by a LexemeTable: every LexemeC, in blocks that never move, so
# that a `const LexemeC*` is good for the life of the table. Vocab extends it; Lexeme and Token view it.
from cymem.cymem cimport Pool
from preshed.maps cimport PreshMap

from lexarray.attrs cimport attr_id_t
from lexarray.lex_attrs cimport LexicalRules
from lexarray.strings cimport StringC, StringStore
from lexarray.structs cimport LexemeC
from lexarray.typedefs cimport attr_t, char32_t, hash_t
from lexarray.word_vectors cimport WordVectors

# The one place that knows which field an attribute is in. Unknown attributes and PROB (a float) give 0.
cdef attr_t get_lex_attr(const LexemeC* lex, attr_id_t attr) noexcept nogil
cdef int set_lex_attr(LexemeC* lex, attr_id_t attr, attr_t value) except -1
# Whether the attribute's value is the key of a text.
cdef bint is_text_attr(attr_id_t attr) noexcept nogil


cdef class LexemeTable:
    cdef readonly Pool mem
    cdef readonly StringStore strings
    cdef readonly LexicalRules lexical_rules
    cdef readonly dict lex_attr_getters     # attribute id -> callable(text); beats the built-in rule
    cdef public float oov_prob
    cdef public object get_noun_chunks      # the language's rules: Doc or Span -> (start, end, label); None
    cdef readonly Py_ssize_t length
    cdef WordVectors word_vectors           # replaced as a whole; never None
    cdef PreshMap _by_orth                  # key -> LexemeC*
    cdef LexemeC** _blocks
    cdef Py_ssize_t _n_blocks
    cdef object __weakref__

    # The lexeme of a text, or of the key of a stored text; made if it is not there yet.
    cdef LexemeC* get(self, str text) except NULL
    cdef LexemeC* get_by_orth(self, hash_t orth) except NULL
    # The lexeme of a key if there is one, else NULL.
    cdef LexemeC* find(self, hash_t orth) noexcept nogil
    # The i-th lexeme in the order of making, 0 <= i < length.
    cdef LexemeC* at(self, Py_ssize_t i) noexcept nogil

    cdef int _analyse(self, hash_t orth, LexemeC* lex) except -1
    cdef int _derive_texts(self, const StringC* text, const char32_t* chars, LexemeC* lex) except -1
    cdef int _apply_getter(self, LexemeC* lex, attr_id_t attr, object getter, str text) except -1
    cdef LexemeC* _append(self, const LexemeC* lex) except NULL
