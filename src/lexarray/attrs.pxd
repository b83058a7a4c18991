# The symbols that name an attribute of a LexemeC or TokenC, for code that switches on them.
# Owned by symbols.pxd; this file only says which of them are attributes.
from lexarray.symbols cimport (
    symbol_t as attr_id_t,
    # booleans: the bit of LexemeC.flags
    IS_ALPHA, IS_ASCII, IS_DIGIT, IS_LOWER, IS_PUNCT, IS_SPACE, IS_TITLE, IS_UPPER, LIKE_URL,
    LIKE_NUM, LIKE_EMAIL, IS_STOP, IS_BRACKET, IS_QUOTE, IS_LEFT_PUNCT, IS_RIGHT_PUNCT,
    IS_CURRENCY, FLAG19, FLAG63,
    # of a word type
    ID, ORTH, LOWER, NORM, SHAPE, PREFIX, SUFFIX, LENGTH, CLUSTER, PROB, LANG,
    # of one occurrence
    LEMMA, POS, TAG, DEP, ENT_IOB, ENT_TYPE, ENT_KB_ID, ENT_ID, HEAD, SENT_START, SPACY, MORPH, IDX,
)
