# A vocabulary: the strings, the word types, and what makes them. Owned by its LexemeTable part.
#   from lexarray.vocab cimport Vocab
#   cdef const LexemeC* lex = vocab.get("coffee")
from lexarray.lex_attrs cimport LexicalRules
from lexarray.lexeme_table cimport LexemeTable
from lexarray.morphology cimport Morphology
from lexarray.word_columns cimport ReadWords
from lexarray.word_vectors cimport WordVectors


cdef class Vocab(LexemeTable):
    cdef readonly Morphology morphology     # over the vocabulary's strings
    cdef object _seed                       # a weak reference to its VocabSeed; None: none was needed yet
    cdef list _former_rules                 # which threads without the GIL may still be reading


# What stands for a vocabulary in pickles: its rules, without its words. It holds the vocabulary, which does not hold it.
cdef class VocabSeed:
    cdef readonly Vocab vocab
    cdef object __weakref__


# What was saved of a vocabulary, read and checked, and in no vocabulary yet. None: that was not saved, or is not wanted.
cdef class SavedVocab:
    cdef LexicalRules _rules                # and with them
    cdef float _oov_prob
    cdef ReadWords _words
    cdef WordVectors _vectors
