# Named entities: a layer of fields on tokens (ent_iob, ent_type, ent_kb_id, ent_id). Owned here: nothing.
from lexarray.structs cimport TokenC
from lexarray.tokens.token_array cimport TokenArray

cdef enum:
    INSIDE = 1                      # values of TokenC.ent_iob; 0: unset
    OUTSIDE = 2
    BEGIN = 3                       # with ent_type 0: the token is kept from being in an entity


# The first entity that begins at start[0] <= i < last: start[0] becomes its first token, the token after its last one is
# returned. start[0] = last: there is none. Tolerant: an I that continues nothing begins an entity.
cdef int find_entity(const TokenC* tokens, int length, int last, int* start) noexcept nogil
# The entities that lie in tokens first <= i < last, in order, a list of Spans.
cdef list list_entities(TokenArray doc, int first, int last)
# What set_ents does, all or nothing. None: no such spans.
cdef int set_entities(TokenArray doc, object entities, object blocked, object missing, object outside,
                      str default) except -1
# Set the fields from IOB strings ("B-GPE", "I-GPE", "O", "" or None: unset), one a token.
cdef int set_iob(TokenArray doc, list iob) except -1
# After a cut before token i, or a change of the tokens around it: an I there that continues nothing is a B.
cdef void mend_iob(TokenC* tokens, int i) noexcept nogil
