# Words and their layers, as a user gives them -> tokens. Owned here: nothing.
from lexarray.tokens.token_array cimport TokenArray

# Give a document without tokens those of `words`, texts or keys; None: none. `layers`: None, or a dict with a sequence, or None,
# for each of "tags", "pos", "morphs", "lemmas", "heads", "deps", "sent_starts" and "ents"; the dict is changed. If that fails,
# the document has no tokens.
cdef int fill_from_words(TokenArray doc, object words, object spaces, dict layers) except -1
