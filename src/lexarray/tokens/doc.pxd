# A document: a sequence of tokens that never loses a character, and its layers. Owned by its TokenArray part.
#   from lexarray.tokens.doc cimport Doc
#   for i in range(doc.length):  doc.c[i].lex.orth
from lexarray.tokens.token_array cimport TokenArray


cdef class Doc(TokenArray):
    cdef public bint has_unknown_spaces     # made from words without spaces
    cdef float _sentiment
    cdef object _cats                       # a mapping; None until it is asked for
    cdef object _vector                     # the array that the user set; else the WordSum that is kept, or None
