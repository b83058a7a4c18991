# The word types of a vocabulary, and how they are made. Owned by a LexemeTable: its Words. Vocab extends it; Lexeme and
# Token view it.
from cymem.cymem cimport Pool

from lexarray.attrs cimport attr_id_t
from lexarray.lex_attrs cimport LexicalRules
from lexarray.strings cimport StringC, StringStore
from lexarray.structs cimport LexemeC
from lexarray.typedefs cimport attr_t, char32_t, hash_t
from lexarray.word_vectors cimport WordVectors
from lexarray.words cimport Words

# The one place that knows which field an attribute is in. Unknown attributes and PROB (a float) give 0.
cdef attr_t get_lex_attr(const LexemeC* lex, attr_id_t attr) noexcept nogil
cdef int set_lex_attr(LexemeC* lex, attr_id_t attr, attr_t value) except -1
# Whether the attribute's value is the key of a text.
cdef bint is_text_attr(attr_id_t attr) noexcept nogil


cdef class LexemeTable:
    cdef Pool _mem                          # for clients; None until it is asked for
    cdef readonly StringStore strings
    cdef readonly LexicalRules lexical_rules
    cdef readonly dict lex_attr_getters     # attribute id -> callable(text); beats the built-in rule
    cdef public float oov_prob
    cdef public object get_noun_chunks      # the language's rules: Doc or Span -> (start, end, label); None
    cdef WordVectors word_vectors           # replaced as a whole; never None
    cdef Words words                        # the word types that stay
    cdef Words zone                         # those that an open memory zone adds; None: there is none
    cdef Py_ssize_t _n_zones                # memory zones that have been entered and not left
    cdef object __weakref__

    # Where new word types go: the zone's, else those that stay.
    cdef Words open_words(self)
    # The lexeme of a text, or of the key of a stored text, there; made if there is none yet. Like everything that takes
    # no Words, for threads that hold the GIL.
    cdef LexemeC* get(self, str text) except NULL
    cdef LexemeC* get_by_orth(self, hash_t orth) except NULL
    # The lexeme of a key if there is one, else NULL.
    cdef LexemeC* find(self, hash_t orth) noexcept nogil

    # The lexeme of a text in `words`, which are this vocabulary's, or of a document in it; made there if there is none
    # yet. Any number of threads, with or without the GIL, as long as they hold `words`. The second knows the key.
    cdef LexemeC* get_in(self, Words words, str text) except NULL
    cdef LexemeC* get_utf8_in(self, Words words, hash_t orth, const char* utf8, Py_ssize_t length) except NULL nogil
    # A lexeme of a key whose text is stored in `words`; KeyError if it is not.
    cdef LexemeC* get_by_orth_in(self, Words words, hash_t orth) except NULL nogil

    # End the present memory zone for all that are in it, and begin a new one if somebody still is.
    cdef int renew_zone(self) except -1

    cdef int _analyse(self, Words words, hash_t orth, const StringC* text, LexemeC* lex) except -1 nogil
    cdef int _derive_texts(self, Words words, const StringC* text, const char32_t* chars, char32_t* lower, char* utf8,
                           LexemeC* lex) except -1 nogil
    cdef int _apply_getters(self, Words words, hash_t orth, LexemeC* lex) except -1
    cdef int _apply_getter(self, Words words, LexemeC* lex, attr_id_t attr, object getter, str text) except -1
