"""Documents, tokens and spans as Arrow tables, and back: :func:`to_tables` beside :func:`from_tables`, in batches for any
number of documents, and as Parquet. Needs the extra ``arrow``, which is imported when a function is called.

Rows are in the order of the documents, whose number is in the column ``doc`` of each table. Texts of which few are different
are dictionary-encoded; what is unset is null. ``docs/arrow.md`` has all columns. Those marked with * are there for readers and
follow from others: they are not read back.
"""

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

from lexarray import symbols
from lexarray._message_pack import pack, unpack
from lexarray.errors import ArrowTableError
from lexarray.extras import load_extra
from lexarray.tokens import Doc
from lexarray.tokens.packed import ROLE_FIELDS, TYPE_FIELDS, Packer, Unpacker
from lexarray.vocab import Vocab

VERSION = 1
BATCH = 1 << 18             # tokens that are read or written at once, unless one document has more

_IOBS = ("", "I", "O", "B")                                     # TokenC.ent_iob
_POS = {"": 0, **{name: symbols.IDS[name] for name in symbols.NAMES[symbols.ADJ:symbols.SPACE + 1]}}
_NO_LAYERS: dict = {}                                           # of most documents
_UNKNOWN = 255                                                  # a name that is in neither

# The columns of the tables: the kind of what is in them, and whether it may be null. "category": a dictionary-encoded text.
_COLUMNS = {
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
_NOT_READ = {("docs", "text"), ("tokens", "idx"), ("spans", "start_char"), ("spans", "end_char"), ("spans", "text")}
_NEEDED = {"docs": ("doc",), "tokens": ("doc", "text"), "spans": ("doc", "start", "end")}
_TYPE_COLUMNS = {"orth": "text"}                                # where the name differs from that in TYPE_FIELDS
_ROLE_COLUMNS = {"sent_start": "is_sent_start"}


class Tables(NamedTuple):
    """Three tables, which belong together: ``pyarrow.Table``, or None for what is not there.

    For reading, only ``tokens`` is needed. Its fields are ``tokens``, a row for each token; ``spans``, a row for each entity and
    each span of ``doc.spans``; ``docs``, a row for each document.
    """

    tokens: Any
    spans: Any = None
    docs: Any = None


def _arrow(name=""):
    # PyArrow, or a module of it.
    return load_extra(f"pyarrow.{name}" if name else "pyarrow", "arrow")


def _schema(name):
    pa = _arrow()
    kinds = {
        "category": pa.dictionary(pa.int32(), pa.string()),
        "name": pa.dictionary(pa.int8(), pa.string()),
        "bool": pa.bool_(),
        "cats": pa.map_(pa.string(), pa.float64()),
        "vector": pa.large_list(pa.float32()),
        "span_groups": pa.list_(pa.struct([("key", pa.string()), ("name", pa.string()), ("attrs", pa.binary())])),
    }
    return pa.schema([pa.field(column, kinds[kind] if kind in kinds else getattr(pa, kind)(), nullable=nullable)
                      for column, (kind, nullable) in _COLUMNS[name].items()],
                     metadata={"lexarray": f"{name} {VERSION}"})


# ---- documents -> tables ----

def to_tables(docs: Iterable[Doc]) -> Tables:
    """Documents as tables: all of them at once.

    Args:
        docs (Iterable[Doc]): the documents, of any vocabularies. They are numbered from 0.

    Returns:
        Tables: ``tokens``, ``spans`` and ``docs``, each in one piece.

    Raises:
        ArrowTableError: a text has lone surrogates, which Arrow's strings cannot hold, or a value of ``cats`` is no number;
            names the document and the token.
        TypeError, ValueError: ``user_data`` or a group's attrs have something that MessagePack cannot hold; names the document.
        ImportError: PyArrow is not installed.

    Cost: linear, about 0.5 us and 85 bytes a token, 200 at once while they are made. Where that is too much:
    :func:`to_batches`.
    """
    tables = list(_tables(docs, None))
    return tables[0]


def to_batches(docs: Iterable[Doc], n_tokens: int = BATCH) -> Iterator[Tables]:
    """Documents as tables, some of them at a time; a generator of documents is read as far as needed.

    Args:
        docs (Iterable[Doc]): the documents. They are numbered from 0, on through all batches.
        n_tokens (int): a batch ends with the document with which it has so many tokens.

    Yields:
        Tables: whole documents, as :func:`to_tables` makes them. All have one schema; the dictionaries differ.

    Raises:
        ValueError: ``n_tokens`` is not positive. Otherwise as :func:`to_tables`.
    """
    if n_tokens < 1:
        raise ValueError(f"n_tokens must be positive, got {n_tokens}")
    return _tables(docs, n_tokens)


def _tables(docs, n_tokens):
    # In batches of so many tokens; all at once, if None.
    if isinstance(docs, Doc):
        raise TypeError("expected documents, got one Doc: give [doc]")
    _arrow()
    packer, texts, first = Packer(), [], 0
    for doc in docs:
        try:
            packer.add(doc)
        except (TypeError, ValueError) as error:
            if type(error) not in (TypeError, ValueError):
                raise
            raise type(error)(f"document {first + len(texts):,}: {error}") from error
        texts.append(doc.text)
        if n_tokens is not None and max(packer.n_tokens, packer.n_docs) >= n_tokens:
            yield _Batch(packer, texts, first).tables()
            first += len(texts)
            texts.clear()
            packer.clear()
    if texts or n_tokens is None:
        yield _Batch(packer, texts, first).tables()


class _Batch:
    # The documents of a packer, on their way to tables.

    def __init__(self, packer, texts, first):
        parts = packer.parts()
        self.texts = texts
        self.first = first
        self.types = [np.frombuffer(column, np.uint32) for column in parts["types"]]
        self.roles = [np.frombuffer(column, np.uint32) for column in parts["roles"]]
        self.type, self.role, head, self.space = [np.frombuffer(column, np.int32) for column in parts["tokens"]]
        self.ends = np.array(parts["doc_ends"][3])
        self.lengths = np.diff(self.ends)
        self.unknown_spaces = parts["unknown_spaces"]
        self.layers = [unpack(layers) if layers else _NO_LAYERS for layers in parts["layers"]]
        self.doc = np.repeat(np.arange(len(texts)), self.lengths)
        self.i = np.arange(len(self.type)) - self.ends[self.doc]
        self.head = self.i + head
        self.strings = self._strings(parts)
        # Where each token begins, and the last ends, in the characters of all documents one after the other.
        n_chars = np.asarray(_arrow("compute").utf8_length(self.strings), np.int64)
        self.idx = np.zeros(len(self.type) + 1, np.int64)
        np.cumsum(n_chars[self.types[0] - 1][self.type] + self.space, out=self.idx[1:])

    def _strings(self, parts):
        # All texts; that of number n is at n - 1. They are not copied.
        pa = _arrow()
        strings = pa.LargeStringArray.from_buffers(len(parts["text_ends"]) // 8 - 1, pa.py_buffer(parts["text_ends"]),
                                                   pa.py_buffer(parts["utf8"]))
        try:
            strings.validate(full=True)
        except pa.ArrowInvalid:
            ends = np.frombuffer(parts["text_ends"], np.int64).tolist()
            texts = [parts["utf8"][start:end].decode("utf-8", "surrogatepass") for start, end in zip(ends, ends[1:])]
            self._fail_surrogates({number: text for number, text in enumerate(texts, 1) if not _is_valid(text)})
        return strings

    def _fail_surrogates(self, bad):
        for rows, row_of_token, fields, columns in ((self.types, self.type, TYPE_FIELDS, _TYPE_COLUMNS),
                                                    (self.roles, self.role, ROLE_FIELDS, _ROLE_COLUMNS)):
            for field, values in zip(fields[:-1] if rows is self.types else fields[:-2], rows):
                for at in np.flatnonzero(np.isin(values, list(bad))[row_of_token])[:1]:
                    _fail(f"document {self.first + self.doc[at]:,}, token {self.i[at]:,}: {columns.get(field, field)} "
                          f"{bad[values[row_of_token[at]]]!r:.80} has lone surrogates, which Arrow's strings cannot hold")
        for number, layers in enumerate(self.layers):
            for key, _, _, numbers in layers.get("spans", ()):
                for at, value in enumerate(numbers):
                    if at % 5 > 1 and value in bad:
                        field = ("label", "kb_id", "id")[at % 5 - 2]
                        _fail(f"document {self.first + number:,}, spans[{key!r:.80}][{at // 5}]: {field} {bad[value]!r:.80} has "
                              "lone surrogates, which Arrow's strings cannot hold")

    def tables(self):
        """The three tables."""
        return Tables(self._table("tokens", self._tokens()), self._table("spans", self._spans()),
                      self._table("docs", self._docs()))

    def _table(self, name, columns):
        schema = _schema(name)
        columns = [column if isinstance(column, _arrow().Array) else _plain(column, field.type)
                   for column, field in zip([columns[field.name] for field in schema], schema)]
        return _arrow().Table.from_arrays(columns, schema=schema)

    def _category(self, numbers, rows=None):
        # Numbers of texts as a dictionary-encoded column, of which row i is numbers[rows[i]].
        pa = _arrow()
        used, indices = _used(numbers, len(self.strings) + 1)
        dictionary = self.strings.take(pa.array(used - 1)).cast(pa.string())
        return _encoded(indices if rows is None else indices[rows], dictionary)

    def _tokens(self):
        columns = {_TYPE_COLUMNS.get(field, field): self._category(values, self.type)
                   for field, values in zip(TYPE_FIELDS[:-1], self.types)}
        columns |= {field: self._category(values, self.role) for field, values in zip(ROLE_FIELDS[:-2], self.roles)}
        used, indices = _used(self.types[6], len(symbols.NAMES))
        names = [symbols.NAMES[number] for number in used.tolist()]
        columns["pos"] = _encoded(indices.astype(np.int8)[self.type], _arrow().array(names, "string"))
        columns["ent_iob"] = _encoded((self.roles[4].astype(np.int8) - 1)[self.role], _arrow().array(_IOBS[1:], "string"))
        start = self.roles[5][self.role]
        columns["is_sent_start"] = _arrow().array(start == 1, mask=start == 0)
        return columns | {"doc": self.first + self.doc, "i": self.i, "whitespace": self.space != 0, "head": self.head,
                          "idx": self.idx[:-1] - self.idx[self.ends[self.doc]]}

    def _spans(self):
        # Entities first, without a key, then the groups in their order.
        ent_doc, ent_start, ent_end = _entities(self.doc, self.roles[4][self.role], self.roles[1][self.role])
        docs, keys, counts, numbers = [], [], [], []
        for number, layers in enumerate(self.layers):
            for key, _, _, values in layers.get("spans", ()):
                docs.append(number)
                keys.append(key)
                counts.append(len(values) // 5)
                numbers += values
        start, end, label, kb_id, span_id = np.array(numbers, np.int64).reshape(-1, 5).T
        role = self.role[ent_start]
        doc = np.concatenate([ent_doc, np.repeat(np.array(docs, np.int64), counts)])
        order = np.argsort(doc, kind="stable")
        doc = doc[order]
        first = self.ends[doc]
        start = np.concatenate([ent_start - self.ends[ent_doc], start])[order]
        end = np.concatenate([ent_end - self.ends[ent_doc], end])[order]
        label, kb_id, span_id = [np.concatenate([column[role], values])[order]
                                 for column, values in zip(self.roles[1:4], (label, kb_id, span_id))]
        start_char = self.idx[first + start] - self.idx[first]
        end_char = start_char.copy()
        some = np.flatnonzero(end > start)              # an empty span ends where it starts
        last = first[some] + end[some] - 1
        end_char[some] = self.idx[last + 1] - self.space[last] - self.idx[first[some]]
        # Keys are not among the texts of tokens.
        names = {key: at for at, key in enumerate(dict.fromkeys(keys))}
        key = np.concatenate([np.full(len(ent_doc), -1), np.repeat(np.array([names[key] for key in keys], int), counts)])[order]
        for number, name in zip(docs, keys):
            if not _is_valid(name):
                _fail(f"document {self.first + number:,}: the key {name!r:.80} of spans has lone surrogates, which Arrow's "
                      "strings cannot hold")
        return {"doc": self.first + doc, "start": start, "end": end, "start_char": start_char, "end_char": end_char,
                "key": _encoded(key.astype(np.int32), _arrow().array(list(names), "string")),
                "label": self._category(label), "kb_id": self._category(kb_id), "id": self._category(span_id),
                "text": [self.texts[number][a:b] for number, a, b in zip(doc.tolist(), start_char.tolist(), end_char.tolist())]}

    def _docs(self):
        n = len(self.texts)
        for number, layers in enumerate(self.layers):
            for name, value in layers.get("cats", {}).items():
                if not isinstance(name, str) or not _is_valid(name) or not isinstance(value, Real) or (
                        isinstance(value, Integral) and int(float(value)) != value):
                    _fail(f"document {self.first + number:,}: cats[{name!r:.80}] is {value!r:.80}: a table can hold only names "
                          "without lone surrogates, and numbers of float64")
            for key, name, _, _ in layers.get("spans", ()):
                if not _is_valid(name):
                    _fail(f"document {self.first + number:,}, spans[{key!r:.80}]: the name {name!r:.80} has lone surrogates, "
                          "which Arrow's strings cannot hold")
        pa, schema = _arrow(), _schema("docs")
        cats = [layers.get("cats", _NO_LAYERS) for layers in self.layers]
        vectors = [layers.get("vector") for layers in self.layers]
        groups = [layers.get("spans", ()) for layers in self.layers]
        flat = [group for each in groups for group in each]
        struct = pa.StructArray.from_arrays([pa.array([key for key, _, _, _ in flat], "string"),
                                             pa.array([name for _, name, _, _ in flat], "string"),
                                             pa.array([pack(attrs) for _, _, attrs, _ in flat], "binary")],
                                            fields=list(schema.field("span_groups").type.value_type))
        return {
            "doc": self.first + np.arange(n), "text": self.texts, "n_tokens": self.lengths,
            "has_unknown_spaces": np.array(self.unknown_spaces, bool),
            "cats": pa.MapArray.from_arrays(_ends_of(cats), pa.array([name for each in cats for name in each], "string"),
                                            pa.array([score for each in cats for score in each.values()], "float64")),
            "sentiment": np.array([layers.get("sentiment", 0.0) for layers in self.layers], np.float64),
            "vector": [None if vector is None else np.frombuffer(vector, "<f4") for vector in vectors],
            "span_groups": pa.ListArray.from_arrays(_ends_of(groups), struct),
            "user_data": [pack(layers["user_data"]) if "user_data" in layers else None for layers in self.layers],
        }


def _ends_of(sequences):
    ends = np.zeros(len(sequences) + 1, np.int32)
    np.cumsum(list(map(len, sequences)), out=ends[1:])
    return _arrow().array(ends)


def _is_valid(text):
    # Whether it is UTF-8 without lone surrogates.
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _plain(values, arrow_type):
    pa = _arrow()
    if isinstance(values, np.ndarray) and arrow_type.bit_width >= 8:        # the buffer is the array's, not a copy
        values = np.ascontiguousarray(values, arrow_type.to_pandas_dtype())
        return pa.Array.from_buffers(arrow_type, len(values), [None, pa.py_buffer(values)])
    return pa.array(values, arrow_type)


def _used(numbers, n):
    # Those below n that occur, but for 0, and which of them each is; -1: 0.
    is_used = np.zeros(n, bool)
    is_used[numbers] = True
    is_used[0] = False
    place = np.cumsum(is_used, dtype=np.int32) - 1
    place[0] = -1
    return np.flatnonzero(is_used), place[numbers]


def _encoded(indices, dictionary):
    # A dictionary-encoded column around the indices, which are not copied. Those of -1 are null.
    pa = _arrow()
    valid = indices >= 0
    bitmap = None
    if not valid.all():
        bitmap = pa.py_buffer(np.packbits(valid, bitorder="little"))
        np.maximum(indices, 0, out=indices)             # what is behind a null may be looked up all the same
    index_type = pa.from_numpy_dtype(indices.dtype)
    indices = pa.Array.from_buffers(index_type, len(indices), [bitmap, pa.py_buffer(indices)])
    return pa.DictionaryArray.from_arrays(indices, dictionary)


def _entities(doc, iob, label):
    # (document, first token, one past the last) of the entities, as `Doc.ents` has them; tokens are counted through all
    # documents.
    inside = ((iob == 1) | (iob == 3)) & (label != 0)
    goes_on = np.zeros(len(doc), bool)
    goes_on[1:] = inside[1:] & (iob[1:] == 1) & inside[:-1] & (label[1:] == label[:-1]) & (doc[1:] == doc[:-1])
    start = np.flatnonzero(inside & ~goes_on)
    stops = np.append(np.flatnonzero(~goes_on), len(doc))
    return doc[start], start, stops[np.searchsorted(stops, start, "right")]


# ---- tables -> documents ----

def from_tables(tables: Tables, vocab: Vocab) -> Iterator[Doc]:
    """The documents that are in tables, one by one: those of :func:`to_tables`, or others.

    Args:
        tables (Tables): at least ``tokens``, with the columns ``doc`` and ``text``; without ``spans`` and ``docs``, or without
            other columns, the layers are not there. Columns that are not known are passed over. Texts may be plain or
            dictionary-encoded, numbers and indices of any width, columns in chunks. Rows are in the order of ``doc``, those of
            ``tokens`` also in that of the tokens.
        vocab (Vocab): of the new documents; the texts are added to it.

    Yields:
        Doc: for each row of ``docs``, or, if that is None, for each number in ``tokens.doc``.

    Raises:
        ArrowTableError: a column is missing, of another type or of a newer version, or a value is not what it may be; names the
            table, the row and the column. Documents before that block of rows have been yielded, that one not.
        TypeError: ``tables`` are no Arrow tables.

    Cost: linear, about 0.5 us a token, in blocks of about 262,144 tokens: memory does not depend on the size of the tables.
    """
    pa = _arrow()
    tables = Tables(*tables)
    for name, table in tables._asdict().items():
        if not (isinstance(table, pa.Table) or table is None and name != "tokens"):
            raise TypeError(f"{name}: expected a pyarrow.Table, got {type(table).__name__}")
    _check_vocab(vocab)
    return _read(Tables(*[None if table is None else _Rows(name, table.schema, [table])
                          for name, table in tables._asdict().items()]), vocab)


def _check_vocab(vocab):
    if not isinstance(vocab, Vocab):
        raise TypeError(f"expected a Vocab, got {type(vocab).__name__}")


def _fail(message):
    raise ArrowTableError(message)


class _Rows:
    # A table that comes in batches, ordered by document, of which as many rows are held as are needed.

    def __init__(self, name, schema, batches):
        self.name = name
        self.columns = [column for column in schema.names if column in _COLUMNS[name] and (name, column) not in _NOT_READ]
        for column in self.columns:
            if self.columns.count(column) > 1:
                _fail(f"{name}: there are two columns {column!r}")
        for column in _NEEDED[name]:
            if column not in self.columns:
                _fail(f"{name}: there is no column {column!r}")
        about = (schema.metadata or {}).get(b"lexarray", b"").decode("utf-8", "replace").split()
        if about and (about[0] != name or not about[1:] or not about[1].isdecimal() or len(about[1]) > 9
                      or int(about[1]) > VERSION):
            _fail(f"{name}: the table says that it is {' '.join(about)!r:.80}; this version reads '{name} {VERSION}'")
        self._batches = iter(batches)
        self._table = None              # rows that are held; those before _at are taken
        self._doc = np.empty(0, np.int64)
        self._at = 0
        self._row = 0                   # number of the first row that is held
        self._has_more = True

    def _more(self):
        pa = _arrow()
        batch = next(self._batches, None)
        if batch is None:
            self._has_more = False
            return
        table = batch.select(self.columns) if isinstance(batch, pa.Table) else pa.Table.from_batches([batch]).select(self.columns)
        row = self._row + len(self._doc)
        doc = _Block(self.name, table.select(["doc"]), row).integers("doc")
        before = np.concatenate([self._doc[-1:] if len(self._doc) else doc[:1], doc[:-1]])
        falls = np.flatnonzero(doc < before)
        if len(falls):
            _fail(f"{self.name}: row {row + falls[0]:,}: doc {doc[falls[0]]} comes after {before[falls[0]]}: rows must be in the "
                  "order of documents")
        rest, self._row = len(self._doc) - self._at, self._row + self._at
        self._table = pa.concat_tables([self._table.slice(self._at), table]) if rest else table
        self._doc = np.concatenate([self._doc[self._at:], doc]) if rest else doc
        self._at = 0

    def next_documents(self):
        """The number of the last document of which all rows are there, after about BATCH rows; None: of all."""
        while True:
            if self._at + BATCH < len(self._doc):
                doc = self._doc[self._at + BATCH]
                first = np.searchsorted(self._doc, doc, "left")
                if first > self._at:                    # the documents before the one that would be torn
                    return self._doc[first - 1]
                if self._doc[-1] > doc:
                    return doc
            if not self._has_more:
                return None
            self._more()

    def take(self, last):
        """Rows of documents up to this number; None: all."""
        while self._has_more and (last is None or not len(self._doc) or self._doc[-1] <= last):
            self._more()
        end = len(self._doc) if last is None else int(np.searchsorted(self._doc, last, "right"))
        if self._table is None:
            self._table = _schema(self.name).empty_table().select(self.columns)
        block = _Block(self.name, self._table.slice(self._at, end - self._at), self._row + self._at, self._doc[self._at:end])
        self._at = end
        return block


class _Block:
    # Some rows of a table, as arrays of NumPy.

    def __init__(self, name, table, row, doc=None):
        self.name = name
        self.table = table
        self.row = row                      # number of the first
        self.doc = doc
        self.n = len(table)

    def has(self, column):
        """Whether there is such a column."""
        return column in self.table.column_names

    def fail(self, at, column, what):
        """Raise an error that names the row."""
        _fail(f"{self.name}: row {self.row + at:,}: {column} {what}")

    def column(self, column):
        """A column in one piece, valid; one chunk is not copied."""
        pa = _arrow()
        chunked = self.table.column(column)
        try:
            chunked.validate(full=True)
            if pa.types.is_dictionary(chunked.type) and chunked.num_chunks > 1:
                chunked = chunked.unify_dictionaries()
            if chunked.num_chunks == 1:
                return chunked.chunk(0)
            array = chunked.combine_chunks()
            return array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            _fail(f"{self.name}: rows from {self.row:,}: {column}: {error}")

    def wrong_type(self, column, found, expected):
        """Raise an error that names the column."""
        _fail(f"{self.name}: column {column!r} is of {found}, expected {expected}")

    def no_nulls(self, array, column):
        """Fail if there is a null."""
        if array.null_count:
            self.fail(int(np.flatnonzero(array.is_null())[0]), column, "is null")

    def integers(self, column, null=None):
        """A column as int64, not copied if it is. Nulls are as in the other array."""
        pa, types = _arrow(), _arrow("types")
        array = self.column(column)
        if not types.is_integer(array.type):
            if not (types.is_floating(array.type) or types.is_null(array.type)):
                self.wrong_type(column, array.type, "integers")
        try:                                            # whole floats are what pandas makes of integers with nulls
            array = array.cast(pa.int64())
        except pa.ArrowInvalid as error:
            _fail(f"{self.name}: rows from {self.row:,}: {column}: {error}")
        if null is None:
            self.no_nulls(array, column)
        elif array.null_count:
            return np.where(array.is_null(), null, array.fill_null(0))
        return array.to_numpy()

    def booleans(self, column, null=None):
        """A column as int8: 0, 1, or `null`."""
        pa, types = _arrow(), _arrow("types")
        array = self.column(column)
        if not types.is_boolean(array.type) and not types.is_null(array.type):
            self.wrong_type(column, array.type, "booleans")
        if null is None:
            self.no_nulls(array, column)
        return array.cast(pa.int8()).fill_null(null or 0).to_numpy(zero_copy_only=False)

    def categories(self, column):
        """A column as (indices, their texts); an index that is the number of texts is a null."""
        pa, types = _arrow(), _arrow("types")
        array = self.column(column)
        if not types.is_dictionary(array.type):
            self.check_text(array.type, column)
            array = array.cast(pa.large_string()).dictionary_encode()
        self.check_text(array.dictionary.type, column)
        texts, indices = array.dictionary.cast(pa.large_string()), array.indices
        if indices.type == pa.uint64():                 # NumPy adds them to others as floats
            indices = indices.cast(pa.int64())
        if indices.null_count:
            return np.where(indices.is_null(), len(texts), indices.fill_null(0)), texts
        return indices.to_numpy(), texts

    def check_text(self, arrow_type, column):
        """Fail if these are no texts."""
        types = _arrow("types")
        are_text = (types.is_string, types.is_large_string, types.is_string_view, types.is_null)
        if not any(is_text(arrow_type) for is_text in are_text):
            self.wrong_type(column, arrow_type, "texts")


class _Texts:
    # The texts of several columns, numbered from 1. What is null or empty is 0.

    def __init__(self):
        self._arrays = []
        self._n = 0

    def number(self, texts):
        """The number of each, and one more, 0."""
        pc = _arrow("compute")
        there = np.append(np.asarray(pc.fill_null(pc.greater(pc.binary_length(texts), 0), False)), False)
        numbers = np.zeros(len(there), np.uint32)
        n = int(there.sum())
        numbers[there] = np.arange(self._n + 1, self._n + n + 1)
        self._arrays.append(texts if n == len(texts) else texts.filter(_arrow().array(there[:-1])))
        self._n += n
        return numbers

    def buffers(self):
        """All of them as Unpacker wants them. One column's texts are not copied."""
        pa = _arrow()
        texts = pa.concat_arrays([pa.array([], pa.large_string()), *self._arrays])
        if not len(texts):
            return np.zeros(1, np.int64), b""
        _, ends, utf8 = texts.buffers()
        ends = np.frombuffer(ends, np.int64)[texts.offset:texts.offset + len(texts) + 1]
        utf8 = memoryview(utf8)[int(ends[0]):int(ends[-1])]
        return ends - ends[0] if ends[0] else ends, utf8


def _read(rows, vocab):
    while True:
        last = rows.tokens.next_documents()
        tokens, spans, docs = [each and each.take(last) for each in rows]
        if docs is not None:
            numbers = docs.doc
            again = np.flatnonzero(numbers[1:] == numbers[:-1])
            if len(again):
                docs.fail(int(again[0]) + 1, "doc", f"{numbers[again[0]]} is there twice")
        else:
            numbers = np.unique(tokens.doc)
        try:
            unpacker = _unpacker(numbers, tokens, spans, docs)
        except _arrow().ArrowException as error:        # a layout that PyArrow cannot convert
            raise ArrowTableError(f"tokens: rows from {tokens.row:,}, or what belongs to them: {error}") from error
        for i, number in enumerate(numbers.tolist()):
            try:
                yield unpacker.fill(Doc(vocab), i)
            except ValueError as error:
                raise ArrowTableError(f"document {number}: {error}") from error
        if last is None:
            return


def _unpacker(numbers, tokens, spans, docs):
    # Everything that can be wrong with these documents, but for cycles and features that make no sense, is found here.
    texts = _Texts()
    places = _places(numbers, tokens)
    ends = np.searchsorted(places, np.arange(len(numbers) + 1), "left")
    starts = ends[places]
    lengths = np.diff(ends)
    if docs is not None and docs.has("n_tokens"):
        wrong = np.flatnonzero(docs.integers("n_tokens") != lengths)
        if len(wrong):
            at = int(wrong[0])
            docs.fail(at, "n_tokens", f"is {docs.integers('n_tokens')[at]:,}, but there are {lengths[at]:,} rows of "
                      f"document {numbers[at]} in tokens")
    i = np.arange(tokens.n) - starts
    if tokens.has("i"):
        found = tokens.integers("i")
        wrong = np.flatnonzero(found != i)
        if len(wrong):
            at = wrong[0]
            tokens.fail(at, "i", f"is {found[at]}, but this is token {i[at]:,} of document {tokens.doc[at]}")
    head = tokens.integers("head", i) if tokens.has("head") else i
    wrong = np.flatnonzero((head < 0) | (head >= lengths[places]))
    if len(wrong):
        at = wrong[0]
        tokens.fail(at, "head", f"is {head[at]}, outside document {tokens.doc[at]} of {lengths[places[at]]:,} tokens")
    given = {"sent_start": _sentence_starts(tokens, head, i, starts, places, len(numbers))}
    layers = _layers(docs, len(numbers))
    if spans is not None:
        found = _Spans(spans, numbers, ends)
        given |= found.entities(tokens, places, texts)
        found.add_groups(layers, texts)
    types, type_of = _token_rows(tokens, TYPE_FIELDS, _TYPE_COLUMNS, texts, {})
    roles, role_of = _token_rows(tokens, ROLE_FIELDS, _ROLE_COLUMNS, texts, given)
    space = tokens.booleans("whitespace").astype(np.uint8) if tokens.has("whitespace") else np.ones(tokens.n, np.uint8)
    if docs is not None and docs.has("has_unknown_spaces"):
        unknown_spaces = docs.booleans("has_unknown_spaces").astype(np.uint8)
    else:
        unknown_spaces = np.full(len(numbers), not tokens.has("whitespace"), np.uint8)
    try:
        columns = (type_of.astype(np.uint32, copy=False), role_of.astype(np.uint32, copy=False), (head - i).astype(np.int32),
                   space)
        return Unpacker(tuple(map(_buffer, texts.buffers())), (len(types[0]), list(map(_buffer, types))),
                        (len(roles[0]), list(map(_buffer, roles))), list(map(_buffer, columns)),
                        ends.astype(np.int32), _buffer(unknown_spaces), [pack(each) if each else b"" for each in layers])
    except ValueError as error:
        _fail(f"tokens: rows from {tokens.row:,}: {error}")


def _buffer(values):
    return values if len(values) else b""


def _places(numbers, block):
    # Which of the documents each row belongs to.
    places = np.searchsorted(numbers, block.doc)
    wrong = np.flatnonzero(places == len(numbers)) if len(numbers) == 0 else np.flatnonzero(
        numbers[np.minimum(places, len(numbers) - 1)] != block.doc)
    if len(wrong):
        block.fail(int(wrong[0]), "doc", f"is {block.doc[wrong[0]]}, but there is no such document")
    return places


def _distinct(columns, n):
    # Rows of (codes, how many codes there are) -> (the number that each row has, a row for each number).
    number, size = np.zeros(n, np.int64), 1
    for codes, n_codes in columns:
        if size * n_codes >= 1 << 62:
            number, size = _compact(number)
            number = number.astype(np.int64)
        number *= n_codes
        number += codes
        size *= n_codes
    number, size = _compact(number)
    row = np.empty(size, np.int64)
    row[number] = np.arange(n)                          # any of those with this number: they are the same
    return number, row


def _compact(number):
    encoded = _arrow().array(number).dictionary_encode()
    return encoded.indices.to_numpy(), len(encoded.dictionary)


def _token_rows(tokens, fields, columns, texts, given):
    # The rows of types or roles, and which each token has. `given` has fields that are not read from their column:
    # (codes, value of each code).
    found = []
    for field in fields:
        column = columns.get(field, field)
        if field in given:
            found.append(given[field])
        elif not tokens.has(column):
            found.append(None)
        else:
            codes, names = tokens.categories(column)
            if field in ("pos", "ent_iob"):
                known = _POS if field == "pos" else {name: number for number, name in enumerate(_IOBS)}
                values = np.array([_UNKNOWN if name is not None and name not in known else known[name or ""]
                                   for name in (*names.to_pylist(), None)], np.uint32)
            else:
                values = texts.number(names)
            found.append((codes, values))
    number, row = _distinct([(codes, len(values)) for codes, values in filter(None, found)], tokens.n)
    rows = []
    for field, each in zip(fields, found):
        rows.append(np.zeros(len(row), np.uint32) if each is None else each[1][each[0][row]].astype(np.uint32, copy=False))
        if field in ("pos", "ent_iob"):
            _check_rows(tokens, rows[-1] != _UNKNOWN, number, columns.get(field, field),
                        "is {}, no universal part of speech" if field == "pos" else "is {}, none of 'B', 'I', 'O'")
        if field == "orth":
            _check_rows(tokens, rows[-1] != 0, number, "text", "is {}: a token has at least one character")
    return rows, number


def _check_rows(tokens, is_right, number, column, what):
    # Fail at the first token whose row is not right.
    if not is_right.all():
        at = int(np.flatnonzero(~is_right[number])[0])
        tokens.fail(at, column, what.format(f"{tokens.table.column(column)[at].as_py()!r:.80}"))


def _sentence_starts(tokens, head, i, starts, places, n_docs):
    # (codes, values) for the roles. Trees tell where sentences start if nothing else does, as they do in Doc(heads=...).
    values = np.arange(3, dtype=np.uint32)              # 0: unknown, 1: starts a sentence, 2: does not
    if tokens.has("is_sent_start"):
        codes = tokens.booleans("is_sent_start", -1)
        return np.where(codes < 0, 0, 2 - codes), values
    codes = np.zeros(tokens.n, np.int64)
    if tokens.has("head"):
        root = starts + head
        for _ in range(tokens.n.bit_length()):          # twice as far each time; cycles end nowhere and are found later
            further = root[root]
            if (further == root).all():
                break
            root = further
        first = np.arange(tokens.n)
        np.minimum.at(first, root, first.copy())
        has_head = head != i
        if tokens.has("dep"):
            deps, names = tokens.categories("dep")
            has_head |= np.append(np.asarray(_arrow("compute").not_equal(names, "").fill_null(False)), False)[deps]
        codes[:] = 2
        codes[first[root]] = 1
        codes[(np.bincount(places[~has_head], minlength=n_docs) > 0)[places]] = 0
    return codes, values


class _Spans:
    # The rows of entities and of groups, of some documents.

    def __init__(self, spans, numbers, ends):
        self.rows = spans
        self.ends = ends
        self.place = _places(numbers, spans)
        self.start, self.end = spans.integers("start"), spans.integers("end")
        lengths = np.diff(ends)[self.place]
        wrong = np.flatnonzero((self.start < 0) | (self.end < self.start) | (self.end > lengths))
        if len(wrong):
            at = int(wrong[0])
            spans.fail(at, "start and end", f"are {self.start[at]} and {self.end[at]}, outside document {spans.doc[at]} of "
                       f"{lengths[at]:,} tokens")
        if spans.has("key"):
            self.key, keys = spans.categories("key")
            self.keys = keys.to_pylist()
            is_key = np.append(np.asarray(keys.is_valid()), False)
            self.is_entity = ~is_key[self.key]
        else:
            self.is_entity = np.ones(spans.n, bool)

    def entities(self, tokens, places, texts):
        """The fields of tokens as `given` for _token_rows; {}: the tokens have their own."""
        rows = np.flatnonzero(self.is_entity)
        if not len(rows):
            return {}
        start = self.start[rows] + self.ends[self.place[rows]]
        end = start + self.end[rows] - self.start[rows]
        order = np.argsort(start, kind="stable")
        rows, start, end = rows[order], start[order], end[order]
        for at in np.flatnonzero(start == end)[:1]:
            self.rows.fail(int(rows[at]), "start and end", "are the same, but an entity has at least one token")
        for at in np.flatnonzero(start[1:] < end[:-1])[:1]:
            self.rows.fail(int(rows[at + 1]), "start", f"is inside the entity of row {self.rows.row + rows[at]:,}: entities do "
                           "not overlap")
        fields = {"ent_type": "label", "ent_kb_id": "kb_id", "ent_id": "id"}
        if tokens.has("ent_iob"):
            self.check_same(tokens, places, fields, rows, start, end)
            return {}
        given = {}
        for field, column in fields.items():
            codes, names = _categories_or_none(self.rows, column)
            values = texts.number(names)
            if field == "ent_type":
                for at in np.flatnonzero(values[codes[rows]] == 0)[:1]:
                    self.rows.fail(int(rows[at]), "label", "is null or empty, but an entity has a label")
            of_tokens = np.full(tokens.n + 1, len(names), np.int64)
            covered = np.repeat(start - np.append(0, np.cumsum(end - start)[:-1]), end - start) + np.arange((end - start).sum())
            of_tokens[covered] = np.repeat(codes[rows], end - start)
            given[field] = (of_tokens[:tokens.n], values)
        iob = np.zeros(tokens.n, np.int64)
        has_some = np.zeros(len(self.ends) - 1, bool)   # documents: of the others nothing is known
        has_some[self.place[rows]] = True
        iob[has_some[places]] = 2
        iob[covered] = 1
        iob[start] = 3
        return given | {"ent_iob": (iob, np.arange(4, dtype=np.uint32))}

    def check_same(self, tokens, places, fields, rows, start, end):
        """Fail unless tokens and rows tell of the same entities, where both do."""
        codes, names = tokens.categories("ent_iob")
        known = {name: number for number, name in enumerate(_IOBS)}
        iob = np.array([known.get(name or "", 0) for name in (*names.to_pylist(), None)])[codes]
        codes, names = _categories_or_none(tokens, "ent_type")
        is_none = np.append(np.asarray(_arrow("compute").equal(names, "").fill_null(True)), True)
        label = np.where(is_none[codes], 0, codes + 1)
        place, first, stop = _entities(places, iob, label)
        has_some = np.zeros(len(self.ends) - 1, bool)
        has_some[self.place[rows]] = True
        first, stop = first[has_some[place]], stop[has_some[place]]
        n = min(len(first), len(start))
        wrong = np.append(np.flatnonzero((first[:n] != start[:n]) | (stop[:n] != end[:n])), n)[:1]
        if wrong[0] == n == len(start) == len(first):
            wrong = []
            for field, column in fields.items():
                if tokens.has(field) and self.rows.has(column) and not len(wrong):
                    wrong = np.flatnonzero(_texts_at(tokens, field, first) != _texts_at(self.rows, column, rows))
        for at in wrong[:1]:
            at = min(int(at), len(rows) - 1)
            row = int(rows[at])
            self.rows.fail(row, "key", f"is null, so this is an entity of document {self.rows.doc[row]}, but tokens has others in "
                           "ent_iob, ent_type, ent_kb_id and ent_id: leave out these columns, or the rows without a key")

    def add_groups(self, layers, texts):
        """Add the groups to the layers of the documents, as Packer has them."""
        rows = np.flatnonzero(~self.is_entity)
        if not len(rows):
            return
        place, key = self.place[rows], self.key[rows]
        numbers = np.zeros((len(rows), 5), np.int64)
        numbers[:, 0], numbers[:, 1] = self.start[rows], self.end[rows]
        for at, column in enumerate(("label", "kb_id", "id"), 2):
            if self.rows.has(column):
                codes, names = self.rows.categories(column)
                numbers[:, at] = texts.number(names)[codes[rows]]
        bounds = np.concatenate([[0], np.flatnonzero((np.diff(place) != 0) | (np.diff(key) != 0)) + 1, [len(rows)]]).tolist()
        values = numbers.ravel().tolist()
        at, by_key = -1, {}                             # a document, and its groups
        for begin, stop in zip(bounds, bounds[1:]):
            name, groups = self.keys[key[begin]], layers[place[begin]].setdefault("spans", [])
            if place[begin] != at:
                at, by_key = place[begin], {group[0]: group for group in groups}
            if name not in by_key:
                by_key[name] = [name, name, {}, []]
                groups.append(by_key[name])
            by_key[name][3] += values[5 * begin:5 * stop]


def _categories_or_none(block, column):
    # A column that need not be there.
    if block.has(column):
        return block.categories(column)
    return np.zeros(block.n, np.int64), _arrow().array([], _arrow().large_string())


def _texts_at(block, column, rows):
    # The texts in some rows, as an array of objects; "" for nulls.
    codes, names = block.categories(column)
    return np.array([name or "" for name in (*names.to_pylist(), "")], object)[codes[rows]]


def _layers(docs, n):
    # What the rows of documents have beside has_unknown_spaces, as Packer has it.
    layers: list[dict] = [{} for _ in range(n)]
    if docs is None:
        return layers
    pa, pc, types = _arrow(), _arrow("compute"), _arrow("types")
    for column, check in _LAYERS.items():
        if docs.has(column):
            array = docs.column(column)
            is_list = column != "vector" and (types.is_list(array.type) or types.is_large_list(array.type))
            is_there = pc.greater(pc.list_value_length(array), 0).fill_null(False) if is_list else array.is_valid()
            rows = np.flatnonzero(is_there)
            try:
                values = array.take(pa.array(rows, pa.int64())).to_pylist()
            except (ValueError, OverflowError) as error:            # a time that Python has no object for
                _fail(f"docs: rows from {docs.row:,}: {column}: {error}")
            for at, value in zip(rows.tolist(), values):
                try:
                    value = check(value)
                except (TypeError, ValueError, KeyError) as error:
                    docs.fail(at, column, f"is {value!r:.80}: {error}")
                if value is not None:
                    layers[at]["spans" if column == "span_groups" else column] = value
    return layers


def _cats(value):
    # Maps are lists of pairs, or, from Polars and pandas, of structs.
    pairs = [tuple(item.values()) if isinstance(item, dict) else tuple(item) for item in value]
    cats = {name: score for name, score in pairs}
    if len(cats) < len(pairs):
        raise ValueError("a category is there twice")
    for name, score in pairs:
        if not isinstance(name, str) or not isinstance(score, (int, float)):
            raise TypeError("expected a map from texts to numbers")
    return cats or None


def _sentiment(value):
    if not isinstance(value, (int, float)):
        raise TypeError("expected a number")
    return float(value) or None


def _vector(value):
    if not isinstance(value, list) or not all(isinstance(number, (int, float)) for number in value):
        raise TypeError("expected a list of numbers")
    return np.array(value, "<f4").tobytes()


def _span_groups(value):
    if not isinstance(value, list):
        raise TypeError("expected a list of structs of key, name and attrs")
    groups: dict[str, list] = {}
    for group in value:
        key, name, attrs = group["key"], group["name"], group["attrs"]
        attrs = unpack(attrs) if attrs else {}
        if not isinstance(key, str) or not isinstance(name, str) or not isinstance(attrs, dict):
            raise TypeError("expected two texts, and a map in MessagePack")
        if key in groups:
            raise ValueError(f"the key {key!r:.80} is there twice")
        groups[key] = [key, name, attrs, []]
    return list(groups.values()) or None


def _user_data(value):
    if not isinstance(value, bytes):
        raise TypeError("expected bytes")
    value = unpack(value)
    if not isinstance(value, dict):
        raise TypeError("expected a map in MessagePack")
    return value or None


_LAYERS = {"cats": _cats, "sentiment": _sentiment, "vector": _vector, "span_groups": _span_groups, "user_data": _user_data}


# ---- Parquet ----

def write_parquet(docs: Iterable[Doc], path: str | os.PathLike) -> None:
    """Write documents as a folder of three Parquet files: ``tokens.parquet``, ``spans.parquet`` and ``docs.parquet``.

    Args:
        docs (Iterable[Doc]): the documents; a generator is read as far as needed for a batch.
        path (str | os.PathLike): the folder, which is made if it is not there. The three files in it are replaced once all is
            written, and kept if that fails.

    Raises:
        OSError: a file cannot be written. Otherwise as :func:`to_tables`.

    Cost: linear, about 1.2 us a token; a batch is in memory.
    """
    pa, parquet = _arrow(), _arrow("parquet")
    path = os.fspath(path)
    batches = to_batches(docs)
    os.makedirs(path, exist_ok=True)
    mark = secrets.token_hex(4)
    temporary = {name: os.path.join(path, f"{name}.parquet.{mark}.tmp") for name in Tables._fields}
    try:
        with ExitStack() as stack:
            writers = {name: stack.enter_context(parquet.ParquetWriter(file, _schema(name), compression="zstd"))
                       for name, file in temporary.items()}
            for tables in batches:
                for name, table in tables._asdict().items():
                    if len(table):
                        writers[name].write_table(table)
        for name, file in temporary.items():
            os.replace(file, os.path.join(path, f"{name}.parquet"))
    except BaseException:
        for file in temporary.values():
            with suppress(FileNotFoundError):
                os.unlink(file)
        raise


def read_parquet(path: str | os.PathLike, vocab: Vocab) -> Iterator[Doc]:
    """The documents of Parquet files, one by one.

    Args:
        path (str | os.PathLike): a folder as :func:`write_parquet` makes it, of which ``spans.parquet`` and ``docs.parquet`` may be
            missing; or one file, of tokens.
        vocab (Vocab): of the new documents; the texts are added to it.

    Raises:
        ArrowTableError: a file is damaged, or as :func:`from_tables`; names the file.
        OSError: a file cannot be read.

    Cost: linear, about 0.7 us a token; a batch is in memory.
    """
    _arrow("parquet")
    _check_vocab(vocab)
    path = os.fspath(path)
    files = {"tokens": path}
    if os.path.isdir(path):
        files = {name: os.path.join(path, f"{name}.parquet") for name in Tables._fields}
        files = {name: file for name, file in files.items() if name == "tokens" or os.path.exists(file)}
    return _read_files(files, vocab)


def _read_files(files, vocab):
    pa, parquet = _arrow(), _arrow("parquet")
    with ExitStack() as stack:
        try:
            rows: dict[str, _Rows | None] = dict.fromkeys(Tables._fields)
            for name, path in files.items():
                file = stack.enter_context(parquet.ParquetFile(stack.enter_context(open(path, "rb"))))
                rows[name] = _Rows(name, file.schema_arrow, _batches(file, name, path))
        except (ArrowTableError, pa.ArrowException, OSError) as error:
            _fail_file(path, error)
        yield from _read(Tables(**rows), vocab)


def _batches(file, name, path):
    # Only the columns that are read.
    pa = _arrow()
    columns = [column for column in file.schema_arrow.names if column in _COLUMNS[name] and (name, column) not in _NOT_READ]
    try:
        yield from file.iter_batches(batch_size=BATCH, columns=columns)
    except (pa.ArrowException, OSError) as error:
        _fail_file(path, error)


def _fail_file(path, error):
    # What the operating system says has a number; what PyArrow says of a damaged file may be an OSError, too.
    if isinstance(error, OSError) and error.errno is not None:
        raise error
    raise ArrowTableError(f"{path}: {error}") from error
