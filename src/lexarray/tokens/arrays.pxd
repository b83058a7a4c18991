# Tokens <-> NumPy arrays. Owned here: nothing.
from lexarray.attrs cimport attr_id_t
from lexarray.tokens.token_array cimport TokenArray
from lexarray.typedefs cimport attr_t

# An attribute's id from its name or id; KeyError or TypeError.
cdef attr_id_t attr_id(object attr) except? <attr_id_t>0
# The ids of one attribute or of several. May run Python code: look at the document afterwards.
cdef list attr_ids(object attrs)
# Attributes of tokens start <= i < end: a vector for one attribute, a row a token for several.
cdef object to_array(TokenArray doc, int start, int end, list ids)
cdef object lca_matrix(TokenArray doc, int start, int end)
# Anything array-like as a NumPy array. May run Python code, too.
cdef object as_array(object array)
# Set attributes of all tokens from an array: all or nothing. True if the offsets of tokens have moved.
cdef bint from_array(TokenArray doc, list ids, object array) except -1
# ValueError unless the attribute of token i of so many can have the value: heads inside, parts of speech that exist ...
cdef int check_value(attr_id_t attr, attr_t value, int i, int length) except -1
cdef bint has_annotation(TokenArray doc, attr_id_t attr, bint require_complete) except -1
