"""Which symbols are attributes of words and tokens: ``IDS["ORTH"] == ORTH == 65``.

The numbers are owned by :mod:`lexarray.symbols`. Ids 1 to 63 are boolean and are the bit that
``LexemeC.flags`` keeps them in.
"""

from lexarray import symbols

_VALUES = (
    "ID", "ORTH", "LOWER", "NORM", "SHAPE", "PREFIX", "SUFFIX", "LENGTH", "CLUSTER", "LEMMA",
    "POS", "TAG", "DEP", "ENT_IOB", "ENT_TYPE", "HEAD", "SENT_START", "SPACY", "PROB", "LANG",
    "ENT_KB_ID", "MORPH", "ENT_ID", "IDX",
)
IDS = {name: symbols.IDS[name] for name in symbols.NAMES[1:64] + _VALUES}
NAMES = {number: name for name, number in IDS.items()}
globals().update(IDS)
