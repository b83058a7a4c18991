# A component: what is called with a document, writes into it in C, and returns it. It keeps nothing of a document.
# Tags, lemmas, entities and trees come from a few rules here; a model's decisions would be written in the same way.
import lexarray
from lexarray.attrs cimport IS_ALPHA, IS_PUNCT, IS_SPACE, IS_TITLE, LIKE_NUM
from lexarray.structs cimport ABI_VERSION, TokenC
from lexarray.symbols cimport NOUN, NUM, PROPN, PUNCT, SPACE
from lexarray.tokens.doc cimport Doc
from lexarray.tokens.entities cimport BEGIN, INSIDE, OUTSIDE
from lexarray.tokens.tree cimport set_sentences, update_tree
from lexarray.typedefs cimport attr_t, hash_t

if ABI_VERSION != lexarray.ABI_VERSION:
    raise ImportError(f"component was compiled against layout {ABI_VERSION} of lexarray, and {lexarray.ABI_VERSION} is "
                      f"installed: build it again")


cdef struct KeysC:              # of the texts that are written, in the document's strings
    hash_t noun
    hash_t name
    hash_t number
    hash_t punct
    hash_t space
    hash_t root
    hash_t nummod
    hash_t dep
    hash_t label
    hash_t[3] ends              # ".", "!", "?"


cdef class RuleTagger:
    """Names are title-case words that do not begin a sentence, sentences end at ``.!?``, and all but numbers before a
    word depend on a sentence's first token.

    Args:
        label (str): the entities' label.
    """
    cdef str label

    def __init__(self, str label not None):
        self.label = label

    def __call__(self, Doc doc not None):
        # A key is of use when its text is known to the document, and text_key sees to that. It runs no Python code for
        # a str. So all keys are asked for, and then written, and only then others may run.
        cdef KeysC keys
        keys.noun, keys.name, keys.number = doc.text_key("NN"), doc.text_key("NNP"), doc.text_key("CD")
        keys.punct, keys.space = doc.text_key("."), doc.text_key("_SP")
        keys.root, keys.nummod, keys.dep = doc.text_key("ROOT"), doc.text_key("nummod"), doc.text_key("dep")
        keys.label = doc.text_key(self.label)
        keys.ends = [keys.punct, doc.text_key("!"), doc.text_key("?")]
        with nogil:             # nobody else may change the document, or end its memory zone, meanwhile
            annotate(doc.c, doc.length, &keys)
        # Children, edges and sentences follow from the heads. A cycle would be a ValueError; these heads have none.
        update_tree(doc.c, doc.length)
        set_sentences(doc.c, doc.length)
        return doc


cdef void annotate(TokenC* tokens, int length, const KeysC* keys) noexcept nogil:
    cdef int i, first = 0
    cdef TokenC* token
    for i in range(length):
        token = &tokens[i]
        tag(token, i == first, keys)
        # An entity begins at a name after none.
        token.ent_type = keys.label if token.pos == PROPN else 0
        token.ent_iob = OUTSIDE if token.pos != PROPN else INSIDE if i and tokens[i - 1].pos == PROPN else BEGIN
        token.ent_kb_id = token.ent_id = 0
        if token.lex.orth in (keys.ends[0], keys.ends[1], keys.ends[2]) or i + 1 == length:
            attach(tokens, first, i + 1, keys)
            first = i + 1


cdef void tag(TokenC* token, bint is_first, const KeysC* keys) noexcept nogil:
    cdef hash_t flags = token.lex.flags
    token.lemma = token.lex.lower               # the text of this is known, since the word's is
    if flags >> IS_SPACE & 1:
        token.pos, token.tag = SPACE, keys.space
    elif flags >> IS_PUNCT & 1:
        token.pos, token.tag = PUNCT, keys.punct
    elif flags >> LIKE_NUM & 1:
        token.pos, token.tag = NUM, keys.number
    elif flags >> IS_TITLE & 1 and flags >> IS_ALPHA & 1 and not is_first:
        token.pos, token.tag, token.lemma = PROPN, keys.name, token.lex.orth
    else:
        token.pos, token.tag = NOUN, keys.noun


cdef void attach(TokenC* tokens, int start, int end, const KeysC* keys) noexcept nogil:
    # Heads are relative. A root's is 0, and its label says that it is one.
    cdef int i
    tokens[start].head, tokens[start].dep = 0, keys.root
    for i in range(start + 1, end):
        if tokens[i].pos == NUM and i + 1 < end and tokens[i + 1].pos in (NOUN, PROPN):
            tokens[i].head, tokens[i].dep = 1, keys.nummod
        else:
            tokens[i].head, tokens[i].dep = start - i, keys.dep
