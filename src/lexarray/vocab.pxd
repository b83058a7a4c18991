# A vocabulary: the strings, the word types, and what makes them. Owned by its LexemeTable part.
#   from lexarray.vocab cimport Vocab
#   cdef const LexemeC* lex = vocab.get("coffee")
from lexarray.lexeme_table cimport LexemeTable
from lexarray.morphology cimport Morphology


cdef class Vocab(LexemeTable):
    cdef readonly Morphology morphology     # over the vocabulary's strings
    cdef object _seed                       # a weak reference to its VocabSeed; None: none was needed yet


# What stands for a vocabulary in pickles: its rules, without its words. It holds the vocabulary, which does not hold it.
cdef class VocabSeed:
    cdef readonly Vocab vocab
    cdef object __weakref__
