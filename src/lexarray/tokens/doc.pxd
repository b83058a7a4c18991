# A document: a sequence of tokens that never loses a character, and its layers. Owned by its TokenArray part.
#   from lexarray.tokens.doc cimport Doc
#   for i in range(doc.length):  doc.c[i].lex.orth
from libc.stdint cimport uint32_t

from lexarray.tokens.token_array cimport TokenArray
from lexarray.word_vectors cimport WordSum


cdef class Doc(TokenArray):
    cdef public bint has_unknown_spaces     # made from words without spaces
    cdef object _cats                       # a mapping; None until it is asked for
    cdef float _sentiment
    cdef object _vector                     # what the user set; None: the mean of the words'
    cdef WordSum _sum                       # of the words' vectors, when it was last asked for; None
    cdef uint32_t _sum_generation           # of the document then

    cdef int _fill(self, list words, list spaces) except -1
