"""Documents -> tables: :func:`to_tables`, all at once; :func:`to_batches`, some at a time.

A :class:`~lexarray.tokens.packed.Packer` takes documents apart into columns of numbers; a batch of those becomes the tables.
Buffers go over as they are, where the types are the same.
"""

from collections.abc import Iterable, Iterator
from numbers import Integral, Real

import numpy as np

from lexarray import symbols
from lexarray._message_pack import pack, unpack
from lexarray.interop.arrow.layout import (
    BATCH, IOBS, ROLE_COLUMNS, TYPE_COLUMNS, Tables, entities_of, fail, pyarrow, schema_of,
)
from lexarray.tokens import Doc
from lexarray.tokens.packed import ROLE_FIELDS, TYPE_FIELDS, Packer

_NO_LAYERS: dict = {}                                           # of most documents


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

    >>> import lexarray
    >>> tables = to_tables([lexarray.blank("en")("Hello, world!")])
    >>> tables.tokens["text"].to_pylist(), tables.docs["n_tokens"].to_pylist()
    (['Hello', ',', 'world', '!'], [4])
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

    >>> import lexarray
    >>> nlp = lexarray.blank("en")
    >>> [tables.docs["doc"].to_pylist() for tables in to_batches(nlp.pipe(["Ay, ay.", "Oh.", "No!"]), n_tokens=5)]
    [[0, 1], [2]]
    """
    if n_tokens < 1:
        raise ValueError(f"n_tokens must be positive, got {n_tokens}")
    return _tables(docs, n_tokens)


def _tables(docs, n_tokens):
    # In batches of so many tokens; all at once, if None.
    if isinstance(docs, Doc):
        raise TypeError("expected documents, got one Doc: give [doc]")
    pyarrow()
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
        n_chars = np.asarray(pyarrow("compute").utf8_length(self.strings), np.int64)
        self.idx = np.zeros(len(self.type) + 1, np.int64)
        np.cumsum(n_chars[self.types[0] - 1][self.type] + self.space, out=self.idx[1:])

    def _strings(self, parts):
        # All texts; that of number n is at n - 1. They are not copied.
        pa = pyarrow()
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
        for rows, row_of_token, fields, columns in ((self.types, self.type, TYPE_FIELDS, TYPE_COLUMNS),
                                                    (self.roles, self.role, ROLE_FIELDS, ROLE_COLUMNS)):
            for field, values in zip(fields[:-1] if rows is self.types else fields[:-2], rows):
                for at in np.flatnonzero(np.isin(values, list(bad))[row_of_token])[:1]:
                    fail(f"document {self.first + self.doc[at]:,}, token {self.i[at]:,}: {columns.get(field, field)} "
                          f"{bad[values[row_of_token[at]]]!r:.80} has lone surrogates, which Arrow's strings cannot hold")
        for number, layers in enumerate(self.layers):
            for key, _, _, numbers in layers.get("spans", ()):
                for at, value in enumerate(numbers):
                    if at % 5 > 1 and value in bad:
                        field = ("label", "kb_id", "id")[at % 5 - 2]
                        fail(f"document {self.first + number:,}, spans[{key!r:.80}][{at // 5}]: {field} {bad[value]!r:.80} has "
                              "lone surrogates, which Arrow's strings cannot hold")

    def tables(self):
        """The three tables."""
        return Tables(self._table("tokens", self._tokens()), self._table("spans", self._spans()),
                      self._table("docs", self._docs()))

    def _table(self, name, columns):
        schema = schema_of(name)
        columns = [column if isinstance(column, pyarrow().Array) else _plain(column, field.type)
                   for column, field in zip([columns[field.name] for field in schema], schema)]
        return pyarrow().Table.from_arrays(columns, schema=schema)

    def _category(self, numbers, rows=None):
        # Numbers of texts as a dictionary-encoded column, of which row i is numbers[rows[i]].
        pa = pyarrow()
        used, indices = _used(numbers, len(self.strings) + 1)
        dictionary = self.strings.take(pa.array(used - 1)).cast(pa.string())
        return _encoded(indices if rows is None else indices[rows], dictionary)

    def _tokens(self):
        columns = {TYPE_COLUMNS.get(field, field): self._category(values, self.type)
                   for field, values in zip(TYPE_FIELDS[:-1], self.types)}
        columns |= {field: self._category(values, self.role) for field, values in zip(ROLE_FIELDS[:-2], self.roles)}
        used, indices = _used(self.types[6], len(symbols.NAMES))
        names = [symbols.NAMES[number] for number in used.tolist()]
        columns["pos"] = _encoded(indices.astype(np.int8)[self.type], pyarrow().array(names, "string"))
        columns["ent_iob"] = _encoded((self.roles[4].astype(np.int8) - 1)[self.role], pyarrow().array(IOBS[1:], "string"))
        start = self.roles[5][self.role]
        columns["is_sent_start"] = pyarrow().array(start == 1, mask=start == 0)
        return columns | {"doc": self.first + self.doc, "i": self.i, "whitespace": self.space != 0, "head": self.head,
                          "idx": self.idx[:-1] - self.idx[self.ends[self.doc]]}

    def _spans(self):
        # Entities first, without a key, then the groups in their order.
        ent_doc, ent_start, ent_end = entities_of(self.doc, self.roles[4][self.role], self.roles[1][self.role])
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
                fail(f"document {self.first + number:,}: the key {name!r:.80} of spans has lone surrogates, which Arrow's "
                      "strings cannot hold")
        return {"doc": self.first + doc, "start": start, "end": end, "start_char": start_char, "end_char": end_char,
                "key": _encoded(key.astype(np.int32), pyarrow().array(list(names), "string")),
                "label": self._category(label), "kb_id": self._category(kb_id), "id": self._category(span_id),
                "text": [self.texts[number][a:b] for number, a, b in zip(doc.tolist(), start_char.tolist(), end_char.tolist())]}

    def _docs(self):
        n = len(self.texts)
        for number, layers in enumerate(self.layers):
            for name, value in layers.get("cats", {}).items():
                if not isinstance(name, str) or not _is_valid(name) or not isinstance(value, Real) or (
                        isinstance(value, Integral) and int(float(value)) != value):
                    fail(f"document {self.first + number:,}: cats[{name!r:.80}] is {value!r:.80}: a table can hold only names "
                          "without lone surrogates, and numbers of float64")
            for key, name, _, _ in layers.get("spans", ()):
                if not _is_valid(name):
                    fail(f"document {self.first + number:,}, spans[{key!r:.80}]: the name {name!r:.80} has lone surrogates, "
                          "which Arrow's strings cannot hold")
        pa, schema = pyarrow(), schema_of("docs")
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
    return pyarrow().array(ends)


def _is_valid(text):
    # Whether it is UTF-8 without lone surrogates.
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _plain(values, arrow_type):
    pa = pyarrow()
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
    pa = pyarrow()
    valid = indices >= 0
    bitmap = None
    if not valid.all():
        bitmap = pa.py_buffer(np.packbits(valid, bitorder="little"))
        np.maximum(indices, 0, out=indices)             # what is behind a null may be looked up all the same
    index_type = pa.from_numpy_dtype(indices.dtype)
    indices = pa.Array.from_buffers(index_type, len(indices), [bitmap, pa.py_buffer(indices)])
    return pa.DictionaryArray.from_arrays(indices, dictionary)
