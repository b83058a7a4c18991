# The structs that documents and vocabularies are made of. Strings are never in them: a field
# that is called a key is a key of the StringStore. Owned here: the layout, and its number.
from libc.stdint cimport int8_t, int32_t, uint8_t, uint32_t

from lexarray.typedefs cimport attr_t, flags_t, hash_t

cdef enum:
    ABI_VERSION = 3             # of the layouts that tests/house/abi.txt records; compare it with the
                                # lexarray.ABI_VERSION of the library that is loaded
    OOV_RANK = 0xFFFFFFFF       # LexemeC.id unless set
    TRANSIENT = 1               # bit of LexemeC.flags: the word lives as long as a memory zone, or a document


cdef struct LexemeC:            # what is true of a word wherever it stands; 88 bytes
    flags_t flags               # bit i: boolean attribute i (IS_ALPHA ... FLAG63); bit 0: TRANSIENT
    hash_t lang                 # key of the language code; 0: none
    hash_t orth                 # key of the text itself
    hash_t lower                # key of the lower-cased text
    hash_t norm                 # key of the normalised text
    hash_t shape                # key of the shape: "Xxxxx", "dd.d"
    hash_t prefix               # key of the first character
    hash_t suffix               # key of the last three characters
    attr_t cluster              # Brown cluster; 0: none
    uint32_t id                 # row in a table of the user's; OOV_RANK: none
    uint32_t length             # in characters (code points)
    float prob                  # log probability
    float sentiment             # a scalar, 0.0 unless set


cdef struct TokenC:             # what is true of one occurrence; 112 bytes
    const LexemeC* lex          # never NULL; lives as long as the vocabulary, or, if TRANSIENT, the document's words
    hash_t morph                # key of the morphological features; 0: unset
    attr_t tag                  # key of the fine-grained part of speech; 0: unset
    attr_t lemma                # key; 0: unset
    attr_t norm                 # key; 0: the lexeme's
    attr_t sense                # key of a word sense; 0: unset
    attr_t dep                  # key of the dependency label; 0: unset
    attr_t ent_type             # key of the entity's label; 0: not in an entity, or none
    attr_t ent_kb_id            # key of the entity's entry in a knowledge base; 0: unset
    hash_t ent_id               # key of the entity's own id; 0: unset
    int32_t idx                 # offset of the first character in the document's text
    int32_t head                # index of the head, relative to this token; 0: root or unset
    uint32_t l_kids             # number of children to the left
    uint32_t r_kids             # number of children to the right
    uint32_t l_edge             # index of the leftmost token of the subtree
    uint32_t r_edge             # index of the rightmost token of the subtree
    uint8_t pos                 # universal part of speech: symbols ADJ ... SPACE; 0: unset
    uint8_t spacy               # 1: one ' ' follows the token
    int8_t sent_start           # 1: starts a sentence; -1: does not; 0: unknown
    int8_t ent_iob              # 0: unset; 1: inside; 2: outside; 3: begins an entity


cdef struct SpanC:              # a labelled stretch of a document
    hash_t id                   # key; 0: none
    attr_t label                # key; 0: none
    attr_t kb_id                # key; 0: none
    int32_t start               # first token
    int32_t end                 # one past the last token
    int32_t start_char          # offset of the first character
    int32_t end_char            # one past the last character
