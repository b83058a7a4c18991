# Documents as JSON, in spaCy's layout: what Doc.to_json and Doc.from_json do. Owned here: nothing. docs/files.md has the layout.
from lexarray.tokens.token_array cimport TokenArray

# The document as what json.dumps takes. `cats`: a mapping or None. `underscore`: names of extensions, or None.
cdef dict document_as_json(TokenArray doc, object cats, bint has_unknown_spaces, float sentiment, object underscore)
# Give a document without tokens the tokens and groups of spans of such a dict, all or nothing. Returns what else is in it:
# "cats" (a dict or None), "has_unknown_spaces", "sentiment" and "user_data" (a dict). ValueError names the place.
cdef dict fill_from_json(TokenArray doc, object doc_json, bint validate)
