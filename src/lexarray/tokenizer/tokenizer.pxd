# Text -> Doc. Owned by a Tokenizer: its rules (RuleEngine) and the cache of what they made.
from lexarray.tokenizer.chunk_cache cimport ChunkCache
from lexarray.tokenizer.rule_engine cimport RuleEngine
from lexarray.tokens.doc cimport Doc
from lexarray.vocab cimport Vocab


cdef class Tokenizer(RuleEngine):
    cdef readonly Vocab vocab
    cdef ChunkCache _cache

    cdef Doc tokenize(self, str text)
    cdef int _push_pieces(self, Doc doc, list pieces) except -1
