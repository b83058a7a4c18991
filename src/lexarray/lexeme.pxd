# Views of word types. Owned here: nothing; a view holds the LexemeTable and finds its LexemeC.
from lexarray.attrs cimport attr_id_t
from lexarray.lexeme_table cimport LexemeTable
from lexarray.structs cimport LexemeC
from lexarray.typedefs cimport hash_t


# What Lexeme and Token share: the attributes of a word type.
cdef class WordView:
    cdef const LexemeC* lexeme_c(self) except NULL      # derived anew at each access
    cdef LexemeC* settable_lexeme_c(self) except NULL   # AttributeError where it is read-only
    cdef LexemeTable table(self)


# A flag's id; ValueError unless it is from 1 to 63.
cdef int checked_flag(object flag_id) except -1


cdef class Lexeme(WordView):
    cdef readonly LexemeTable vocab
    cdef LexemeC* c

    @staticmethod
    cdef Lexeme view(LexemeTable vocab, LexemeC* c)
