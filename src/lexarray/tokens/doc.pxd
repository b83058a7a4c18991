# A document: a sequence of tokens that never loses a character, and its layers. Owned by its TokenArray part.
#   from lexarray.tokens.doc cimport Doc
#   for i in range(doc.length):  doc.c[i].lex.orth
from lexarray.tokens.token_array cimport TokenArray


cdef class Doc(TokenArray):
    pass
