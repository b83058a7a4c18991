"""The three tables: which columns there are, and what both ways, :mod:`.writing` and :mod:`.reading`, know of them.

``docs/arrow.md`` has what is in the columns. Owned here: nothing.
"""

from typing import Any, NamedTuple

import numpy as np

from lexarray.errors import ArrowTableError
from lexarray.extras import load_extra

VERSION = 1
BATCH = 1 << 18             # tokens that are read or written at once, unless one document has more

IOBS = ("", "I", "O", "B")                                      # TokenC.ent_iob

# The columns of the tables: the kind of what is in them, and whether it may be null. "category": a dictionary-encoded text.
COLUMNS = {
    "docs": {
        "doc": ("int64", False),
        "text": ("large_string", False),                        # *
        "n_tokens": ("int32", False),
        "has_unknown_spaces": ("bool", False),
        "cats": ("cats", False),
        "sentiment": ("float64", False),
        "vector": ("vector", True),
        "span_groups": ("span_groups", False),
        "user_data": ("large_binary", True),
    },
    "tokens": {
        "doc": ("int64", False),
        "i": ("int32", False),
        "text": ("category", False),
        "whitespace": ("bool", False),
        "idx": ("int32", False),                                # *
        "norm": ("category", True),
        "lemma": ("category", True),
        "tag": ("category", True),
        "pos": ("name", True),
        "morph": ("category", True),
        "dep": ("category", True),
        "head": ("int32", True),
        "is_sent_start": ("bool", True),
        "ent_iob": ("name", True),
        "ent_type": ("category", True),
        "ent_kb_id": ("category", True),
        "ent_id": ("category", True),
        "sense": ("category", True),
    },
    "spans": {
        "doc": ("int64", False),
        "key": ("category", True),
        "start": ("int32", False),
        "end": ("int32", False),
        "start_char": ("int32", False),                         # *
        "end_char": ("int32", False),                           # *
        "label": ("category", True),
        "kb_id": ("category", True),
        "id": ("category", True),
        "text": ("large_string", False),                        # *
    },
}
NOT_READ = {("docs", "text"), ("tokens", "idx"), ("spans", "start_char"), ("spans", "end_char"), ("spans", "text")}
NEEDED = {"docs": ("doc",), "tokens": ("doc", "text"), "spans": ("doc", "start", "end")}
TYPE_COLUMNS = {"orth": "text"}                                 # where the name differs from that in TYPE_FIELDS
ROLE_COLUMNS = {"sent_start": "is_sent_start"}


class Tables(NamedTuple):
    """Three tables, which belong together: ``pyarrow.Table``, or None for what is not there.

    For reading, only ``tokens`` is needed. Its fields are ``tokens``, a row for each token; ``spans``, a row for each entity and
    each span of ``doc.spans``; ``docs``, a row for each document.

    >>> import pyarrow
    >>> tables = Tables(pyarrow.table({"doc": [0, 0], "text": ["Hello", "you"]}))
    >>> tables.tokens.num_rows, tables.spans
    (2, None)
    """

    tokens: Any
    spans: Any = None
    docs: Any = None


def pyarrow(name=""):
    """PyArrow, or a module of it."""
    return load_extra(f"pyarrow.{name}" if name else "pyarrow", "arrow")


def schema_of(name):
    """The schema of one of the three tables, as it is written."""
    pa = pyarrow()
    kinds = {
        "category": pa.dictionary(pa.int32(), pa.string()),
        "name": pa.dictionary(pa.int8(), pa.string()),
        "bool": pa.bool_(),
        "cats": pa.map_(pa.string(), pa.float64()),
        "vector": pa.large_list(pa.float32()),
        "span_groups": pa.list_(pa.struct([("key", pa.string()), ("name", pa.string()), ("attrs", pa.binary())])),
    }
    return pa.schema([pa.field(column, kinds[kind] if kind in kinds else getattr(pa, kind)(), nullable=nullable)
                      for column, (kind, nullable) in COLUMNS[name].items()],
                     metadata={"lexarray": f"{name} {VERSION}"})


def fail(message):
    """Raise what is wrong with a table."""
    raise ArrowTableError(message)


def entities_of(doc, iob, label):
    """The entities of columns of tokens, as ``Doc.ents`` has them.

    Args:
        doc, iob, label (int array): of each token.

    Returns:
        tuple: arrays of the document, the first token, and the one past the last; tokens are counted through all documents.
    """
    inside = ((iob == 1) | (iob == 3)) & (label != 0)
    goes_on = np.zeros(len(doc), bool)
    goes_on[1:] = inside[1:] & (iob[1:] == 1) & inside[:-1] & (label[1:] == label[:-1]) & (doc[1:] == doc[:-1])
    start = np.flatnonzero(inside & ~goes_on)
    stops = np.append(np.flatnonzero(~goes_on), len(doc))
    return doc[start], start, stops[np.searchsorted(stops, start, "right")]
