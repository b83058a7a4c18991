# Views of word types. Owned here: nothing; a view holds the LexemeTable and finds its LexemeC.
from lexarray.attrs cimport attr_id_t
from lexarray.lexeme_table cimport LexemeTable
from lexarray.strings cimport StringStore
from lexarray.structs cimport LexemeC
from lexarray.typedefs cimport attr_t, hash_t
from lexarray.word_vectors cimport WordSequence
from lexarray.words cimport Words


# What Lexeme and Token share: the attributes of a word type.
cdef class WordView(WordSequence):
    cdef const LexemeC* lexeme_c(self) except NULL      # derived anew at each access
    cdef LexemeC* settable_lexeme_c(self) except NULL   # AttributeError where it is read-only
    cdef LexemeTable table(self)
    cdef StringStore texts(self)                        # where the texts of its keys are
    # The key of a text, which is stored there, or of a key, whose text is. KeyError if none is known for it.
    cdef hash_t text_key(self, object text_or_key) except? 0
    # The value of an attribute of the view's struct.
    cdef attr_t attr_value(self, attr_id_t attr) except? 0
    # Set one whose value is a key. AttributeError where it is read-only, which can be asked before.
    cdef int set_key(self, attr_id_t attr, hash_t key) except -1
    cdef int check_settable(self, attr_id_t attr) except -1


# Descriptors for the views: an attribute whose value is the key of a text, as that key and as the text.
cdef class KeyAttribute:
    cdef attr_id_t attr
    cdef readonly str __doc__


cdef class TextAttribute:
    cdef attr_id_t attr
    cdef readonly str __doc__


# A flag's id; ValueError unless it is from 1 to 63.
cdef int checked_flag(object flag_id) except -1


cdef class Lexeme(WordView):
    cdef readonly LexemeTable vocab
    cdef Words words                    # in which it is, and which lives as long
    cdef LexemeC* c

    @staticmethod
    cdef Lexeme view(LexemeTable vocab, Words words, LexemeC* c)
