"""The table of documents, as it is read: :func:`layers_of`, what they have beside tokens and spans, each value checked."""

import numpy as np

from lexarray._message_pack import unpack
from lexarray.interop.arrow.layout import fail, pyarrow


def layers_of(docs, n):
    """What the rows of ``n`` documents have beside ``has_unknown_spaces``, as a Packer has it; ``docs`` may be None."""
    layers: list[dict] = [{} for _ in range(n)]
    if docs is None:
        return layers
    pa, pc, types = pyarrow(), pyarrow("compute"), pyarrow("types")
    for column, check in _LAYERS.items():
        if docs.has(column):
            array = docs.column(column)
            is_list = column != "vector" and (types.is_list(array.type) or types.is_large_list(array.type))
            is_there = pc.greater(pc.list_value_length(array), 0).fill_null(False) if is_list else array.is_valid()
            rows = np.flatnonzero(is_there)
            try:
                values = array.take(pa.array(rows, pa.int64())).to_pylist()
            except (ValueError, OverflowError) as error:            # a time that Python has no object for
                fail(f"docs: rows from {docs.row:,}: {column}: {error}")
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
