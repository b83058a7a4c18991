"""The names that have a small number: ``symbols.NOUN == 92``, ``IDS["NOUN"] == 92``, ``NAMES[92] == "NOUN"``.

Attribute ids, universal parts of speech, entity types and dependency labels. The numbers are
those of spaCy 3.8 and never change, so arrays and files can be exchanged. The C enum of the same
names is in ``symbols.pxd``.
"""

# The position of a name is its number.
NAMES = (
    # The empty string. It has no name in Python.
    "",
    # Boolean attributes of a word type: the id is the bit in LexemeC.flags.
    "IS_ALPHA", "IS_ASCII", "IS_DIGIT", "IS_LOWER", "IS_PUNCT", "IS_SPACE", "IS_TITLE",
    "IS_UPPER", "LIKE_URL", "LIKE_NUM", "LIKE_EMAIL", "IS_STOP", "IS_OOV_DEPRECATED",
    "IS_BRACKET", "IS_QUOTE", "IS_LEFT_PUNCT", "IS_RIGHT_PUNCT", "IS_CURRENCY",
    # Flags that users define with Vocab.add_flag.
    *(f"FLAG{i}" for i in range(19, 64)),
    # Attributes that hold a value.
    "ID", "ORTH", "LOWER", "NORM", "SHAPE", "PREFIX", "SUFFIX", "LENGTH", "CLUSTER",
    "LEMMA", "POS", "TAG", "DEP", "ENT_IOB", "ENT_TYPE", "HEAD", "SENT_START", "SPACY",
    "PROB", "LANG",
    # Universal parts of speech (and EOL and SPACE, which UD does not have).
    "ADJ", "ADP", "ADV", "AUX", "CONJ", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART",
    "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X", "EOL", "SPACE",
    # Taken once, kept so that no number is ever used twice.
    *(f"DEPRECATED{i:03}" for i in range(1, 277)),
    # Entity types.
    "PERSON", "NORP", "FACILITY", "ORG", "GPE", "LOC", "PRODUCT", "EVENT", "WORK_OF_ART",
    "LANGUAGE", "LAW", "DATE", "TIME", "PERCENT", "MONEY", "QUANTITY", "ORDINAL",
    "CARDINAL",
    # Dependency labels.
    "acomp", "advcl", "advmod", "agent", "amod", "appos", "attr", "aux", "auxpass", "cc",
    "ccomp", "complm", "conj", "cop", "csubj", "csubjpass", "dep", "det", "dobj", "expl",
    "hmod", "hyph", "infmod", "intj", "iobj", "mark", "meta", "neg", "nmod", "nn",
    "npadvmod", "nsubj", "nsubjpass", "num", "number", "oprd", "obj", "obl", "parataxis",
    "partmod", "pcomp", "pobj", "poss", "possessive", "preconj", "prep", "prt", "punct",
    "quantmod", "relcl", "rcmod", "root", "xcomp", "acl",
    # Attributes that came later.
    "ENT_KB_ID", "MORPH", "ENT_ID", "IDX", "_",
)
IDS = {name: number for number, name in enumerate(NAMES)}
globals().update((name, number) for name, number in IDS.items() if name not in ("", "_"))
