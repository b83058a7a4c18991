# The C face is in the rooms: lexarray.structs, lexarray.strings, lexarray.vocab, lexarray.tokens.doc.
