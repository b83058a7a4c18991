"""Columns of documents <-> record batches of Arrow: a row for each document.

A block stands for itself. What its documents share is spread over their rows: each has the texts, types and roles that come
the first time with it, so that all rows' lists in one are the block's: text number 5 is the fifth of ``texts``' values, counted
from 1, type number 5 the sixth of ``types``' values. See :mod:`lexarray.tokens.packed`.
"""

from typing import Any

import numpy as np

from lexarray.extras import load_extra
from lexarray.tokens.packed import ROLE_FIELDS, TOKEN_FIELDS, TYPE_FIELDS, Packer, Unpacker

#: What tells a corpus from other Arrow files, and the version of its layout.
VERSION_KEY, VERSION = b"lexarray.corpus", b"1"
_NARROW = {"pos": "u1", "ent_iob": "u1", "sent_start": "u1", "space": "u1", "head": "<i4"}


def schema() -> Any:
    """The columns of a corpus."""
    pa = load_extra("pyarrow", "arrow")

    kinds = {"u1": pa.uint8(), "<i4": pa.int32(), "<u4": pa.uint32()}

    def _rows(fields: tuple[str, ...]) -> Any:
        return pa.list_(pa.field("item", pa.struct([
            pa.field(name, kinds[_NARROW.get(name, "<u4")], nullable=False) for name in fields]), nullable=False))

    return pa.schema([
        pa.field("texts", pa.list_(pa.field("item", pa.large_binary(), nullable=False)), nullable=False),
        pa.field("types", _rows(TYPE_FIELDS), nullable=False),
        pa.field("roles", _rows(ROLE_FIELDS), nullable=False),
        pa.field("tokens", _rows(TOKEN_FIELDS), nullable=False),
        pa.field("unknown_spaces", pa.bool_(), nullable=False),
        pa.field("layers", pa.large_binary(), nullable=False),
    ], metadata={VERSION_KEY: VERSION})


def batch_of(packer: Packer, columns: Any) -> Any:
    """The documents of a packer as a record batch.

    Args:
        columns (pyarrow.Schema): what :func:`schema` gives.
    """
    parts = packer.parts()
    ends = [np.array(each, "<i4") for each in parts["doc_ends"]]
    arrays = [_lists(columns.field("texts").type, ends[0],
                     _array(columns.field("texts").type.value_type, packer.n_texts, parts["text_ends"], parts["utf8"]))]
    for name, each in zip(("types", "roles", "tokens"), ends[1:]):
        kind = columns.field(name).type
        n = int(each[-1])
        values = [_array(field.type, n, np.frombuffer(column, "<u4").astype(_NARROW.get(field.name, "<u4"), casting="unsafe"))
                  for column, field in zip(parts[name], kind.value_type)]
        arrays.append(_lists(kind, each, load_extra("pyarrow", "arrow").StructArray.from_arrays(values, fields=list(kind.value_type))))
    layer_ends = np.cumsum([0, *map(len, parts["layers"])], dtype="<i8")
    arrays += [_array(columns.field("unknown_spaces").type, packer.n_docs,
                      np.packbits(np.array(parts["unknown_spaces"], "?"), bitorder="little")),
               _array(columns.field("layers").type, packer.n_docs, layer_ends, b"".join(parts["layers"]))]
    return load_extra("pyarrow", "arrow").RecordBatch.from_arrays(arrays, schema=columns)


# pyarrow's own conversions load pandas, if it is there.

def _array(kind: Any, n: int, *buffers: Any) -> Any:
    pa = load_extra("pyarrow", "arrow")
    return pa.Array.from_buffers(kind, n, [None, *map(pa.py_buffer, buffers)])


def _lists(kind: Any, ends: Any, values: Any) -> Any:
    return load_extra("pyarrow", "arrow").ListArray.from_arrays(_array(load_extra("pyarrow", "arrow").int32(), len(ends), ends), values, type=kind)


def unpacker_of_batch(batch: Any) -> Unpacker:
    """The documents of a record batch, which has been validated.

    Raises:
        ValueError: it cannot be of documents; names the column.
    """
    if any(column.null_count or column.offset for column in batch.columns):
        raise ValueError("there are nulls")
    lists = dict(zip(batch.schema.names, batch.columns[:4]))
    values = {}
    for name, column in lists.items():
        values[name] = column.values
        if values[name].null_count or _ends(column)[-1] != len(values[name]):
            raise ValueError(f"{name}: what is in the lists is not all that there is")
    texts = values["texts"]
    text_ends = np.frombuffer(texts.buffers()[1], "<i8", len(texts) + 1) if len(texts) else np.zeros(1, "<i8")
    tables = {name: [_numbers(values[name].field(k), field) for k, field in enumerate(fields)]
              for name, fields in (("types", TYPE_FIELDS), ("roles", ROLE_FIELDS), ("tokens", TOKEN_FIELDS))}
    return Unpacker(
        (text_ends.data, texts.buffers()[2][:text_ends[-1]] if text_ends[-1] else b""), (len(values["types"]), tables["types"]),
        (len(values["roles"]), tables["roles"]), tables["tokens"], _ends(lists["tokens"]),
        _bits(batch.column(4)), batch.column(5).to_pylist())


def _bits(column: Any) -> Any:
    # A byte for each bit of a column.
    if not len(column):
        return b""
    return np.unpackbits(np.frombuffer(column.buffers()[1], "u1", (len(column) + 7) // 8), count=len(column), bitorder="little")


def _ends(column: Any) -> Any:
    # Where the lists of a column end, after a 0.
    if not len(column):
        return np.zeros(1, "<i4")
    return np.frombuffer(column.buffers()[1], "<i4", len(column) + 1)


def _numbers(column: Any, field: str) -> Any:
    if column.null_count or column.offset:
        raise ValueError("there are nulls")
    if not len(column):
        return b""
    return np.frombuffer(column.buffers()[1], _NARROW.get(field, "<u4"), len(column))
