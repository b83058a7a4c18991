"""Writes small binary models of fastText's, right ones and, by its arguments, wrong ones."""

import struct

import numpy as np

MAGIC = 793712314


def model(words, rows, ngrams, *, min_n=3, max_n=6, labels=(), kind=2, version=12, magic=MAGIC, counts=None, size=None,
          n_words=None, n_labels=None, bucket=None, dim=None, pruned=-1, quantised=0, shape=None, output=None, types=None,
          word_ngrams=1, t=1e-4, tokens=1000):
    """The bytes of a model.

    Args:
        words, labels (Sequence[bytes | str]): the dictionary.
        rows, ngrams (float arrays): own rows of the words, and rows of the buckets.
        version (int): 0 for the layout from before 2017.
        output (array): the output layer.
    """
    rows, ngrams = np.asarray(rows, "<f4"), np.asarray(ngrams, "<f4")
    entries = [entry.encode() if isinstance(entry, str) else entry for entry in (*words, *labels)]
    counts = counts or list(range(len(entries), 0, -1))
    types = types or [0] * len(words) + [1] * len(labels)
    dim = rows.shape[1] if dim is None else dim
    bucket = len(ngrams) if bucket is None else bucket
    shape = shape or (len(rows) + len(ngrams), rows.shape[1])
    output = np.ones((max(1, len(labels)), rows.shape[1]), "<f4") if output is None else output
    out = struct.pack("<ii", magic, version) if version else b""
    out += struct.pack("<12id", dim, 5, 5, 1, 5, word_ngrams, 2, kind, bucket, min_n, max_n, 100, t)
    out += struct.pack("<iiiq", len(entries) if size is None else size, len(words) if n_words is None else n_words,
                       len(labels) if n_labels is None else n_labels, tokens)
    if version:
        out += struct.pack("<q", pruned)
    for entry, count, what in zip(entries, counts, types, strict=True):
        out += entry + b"\0" + struct.pack("<qb", count, what)
    if version:
        out += struct.pack("<b", quantised)
    out += struct.pack("<qq", *shape) + rows.tobytes() + ngrams.tobytes()
    if version:
        out += b"\0"
    return out + struct.pack("<qq", *output.shape) + output.astype("<f4").tobytes()
