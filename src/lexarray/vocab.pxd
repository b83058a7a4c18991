# A vocabulary: the strings, the word types, and what makes them. Owned by its LexemeTable part.
#   from lexarray.vocab cimport Vocab
#   cdef const LexemeC* lex = vocab.get("coffee")
from lexarray.lexeme_table cimport LexemeTable
from lexarray.morphology cimport Morphology


cdef class Vocab(LexemeTable):
    cdef readonly Morphology morphology     # over the vocabulary's strings
