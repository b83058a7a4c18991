"""Tables -> documents: :func:`from_tables`.

Rows are taken document by document, in blocks; each block becomes the columns that an
:class:`~lexarray.tokens.packed.Unpacker` makes documents of. Texts are numbered where they stand, not copied.
"""

from collections.abc import Iterator

import numpy as np

from lexarray import symbols
from lexarray._message_pack import pack
from lexarray.errors import ArrowTableError
from lexarray.interop.arrow.blocks import Rows
from lexarray.interop.arrow.layers import layers_of
from lexarray.interop.arrow.layout import IOBS, ROLE_COLUMNS, TYPE_COLUMNS, Tables, fail, pyarrow
from lexarray.interop.arrow.spans import Spans
from lexarray.tokens import Doc
from lexarray.tokens.packed import ROLE_FIELDS, TYPE_FIELDS, Unpacker
from lexarray.vocab import Vocab

_POS = {"": 0, **{name: symbols.IDS[name] for name in symbols.NAMES[symbols.ADJ:symbols.SPACE + 1]}}
_UNKNOWN = 255                                                  # a name that is in neither


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

    >>> import pyarrow
    >>> tokens = pyarrow.table({"doc": [0, 0, 1], "text": ["Hello", "you", "Bye"]})
    >>> [doc.text for doc in from_tables(Tables(tokens), Vocab())]
    ['Hello you ', 'Bye ']
    """
    pa = pyarrow()
    tables = Tables(*tables)
    for name, table in tables._asdict().items():
        if not (isinstance(table, pa.Table) or table is None and name != "tokens"):
            raise TypeError(f"{name}: expected a pyarrow.Table, got {type(table).__name__}")
    check_vocab(vocab)
    return documents_of(Tables(*[None if table is None else Rows(name, table.schema, [table])
                          for name, table in tables._asdict().items()]), vocab)


def check_vocab(vocab):
    """Fail unless it is a vocabulary."""
    if not isinstance(vocab, Vocab):
        raise TypeError(f"expected a Vocab, got {type(vocab).__name__}")


class _Texts:
    # The texts of several columns, numbered from 1. What is null or empty is 0.

    def __init__(self):
        self._arrays = []
        self._n = 0

    def number(self, texts):
        """The number of each, and one more, 0."""
        pc = pyarrow("compute")
        there = np.append(np.asarray(pc.fill_null(pc.greater(pc.binary_length(texts), 0), False)), False)
        numbers = np.zeros(len(there), np.uint32)
        n = int(there.sum())
        numbers[there] = np.arange(self._n + 1, self._n + n + 1)
        self._arrays.append(texts if n == len(texts) else texts.filter(pyarrow().array(there[:-1])))
        self._n += n
        return numbers

    def buffers(self):
        """All of them as Unpacker wants them. One column's texts are not copied."""
        pa = pyarrow()
        texts = pa.concat_arrays([pa.array([], pa.large_string()), *self._arrays])
        if not len(texts):
            return np.zeros(1, np.int64), b""
        _, ends, utf8 = texts.buffers()
        ends = np.frombuffer(ends, np.int64)[texts.offset:texts.offset + len(texts) + 1]
        utf8 = memoryview(utf8)[int(ends[0]):int(ends[-1])]
        return ends - ends[0] if ends[0] else ends, utf8


def documents_of(rows, vocab):
    """The documents of three :class:`Rows`, of which the last two may be None."""
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
        except pyarrow().ArrowException as error:        # a layout that PyArrow cannot convert
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
    places = tokens.places(numbers)
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
    layers = layers_of(docs, len(numbers))
    if spans is not None:
        found = Spans(spans, numbers, ends)
        given |= found.entities(tokens, places, texts)
        found.add_groups(layers, texts)
    types, type_of = _token_rows(tokens, TYPE_FIELDS, TYPE_COLUMNS, texts, {})
    roles, role_of = _token_rows(tokens, ROLE_FIELDS, ROLE_COLUMNS, texts, given)
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
        fail(f"tokens: rows from {tokens.row:,}: {error}")


def _buffer(values):
    return values if len(values) else b""


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
    encoded = pyarrow().array(number).dictionary_encode()
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
                known = _POS if field == "pos" else {name: number for number, name in enumerate(IOBS)}
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
            has_head |= np.append(np.asarray(pyarrow("compute").not_equal(names, "").fill_null(False)), False)[deps]
        codes[:] = 2
        codes[first[root]] = 1
        codes[(np.bincount(places[~has_head], minlength=n_docs) > 0)[places]] = 0
    return codes, values
