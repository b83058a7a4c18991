"""The façade of the vectors' room: :class:`KeyedVectors`, a table of word vectors and the questions one asks it."""
from numbers import Integral, Real

import numpy as np

from lexarray.vectors.kernels import Best, cosines, unit_query
from lexarray.vectors.search import search_rows
from lexarray.vectors.stored_table import StoredTable


class KeyedVectors(StoredTable):
    """Word vectors: keys, and a row of numbers for each.

    Args:
        vector_size (int): numbers a row.
        count (int): rows to make room for.
        dtype (dtype): of the numbers: float16, float32 or float64.

    >>> kv = KeyedVectors(2)
    >>> kv.add_vectors(["tea", "coffee", "stone"], [[1, 0], [1, 1], [-1, 0]])
    >>> kv.most_similar("tea", topn=2)
    [('coffee', 0.7071067811865475), ('stone', -1.0)]
    """

    # ---- from keys to vectors ----

    def _unseen_vector(self, key):
        # The vector of a key that has no row. A table that can make one overrides this.
        if not isinstance(key, (str, Integral)):
            raise TypeError(f"a key is a str, or an int for a row, not {type(key).__name__}: {key!r:.80}")
        raise KeyError(f"Key {key!r:.80} not present in vocabulary")

    def _row_in(self, table, key):
        # The row of a key in a snapshot, or -1.
        n = len(table.vectors)
        if isinstance(key, str):
            row = table.keys.index(str(key))
        elif isinstance(key, Integral):
            row = int(key)
        else:
            return -1
        return row if 0 <= row < n else -1

    def _vector_in(self, table, item):
        # The row (-1: none) and the float64 vector of a key, of a row's number, or of a vector itself.
        if isinstance(item, np.ndarray) and item.ndim:
            return -1, np.asarray(item, np.float64)
        row = self._row_in(table, item)
        return row, np.asarray(table.vectors[row] if row >= 0 else self._unseen_vector(item), np.float64)

    # ---- the nearest ----

    def most_similar(self, positive=None, negative=None, topn=10, clip_start=0, clip_end=None, restrict_vocab=None,
                     indexer=None, *, among=None, threads=None):
        """The keys whose vectors point most nearly where the mean of some others does."""
        items = [*_weighted(positive, 1.0), *_weighted(negative, -1.0)]
        if not items:
            raise ValueError("cannot compute mean with no input")
        with self.snapshot(norms=True) as table:
            query, own = np.zeros(self.vector_size), set()
            for item, weight in items:
                row, vector = self._vector_in(table, item)
                query += weight * unit_query(vector, self.vector_size)
                own.add(row)
            excluded = np.array(sorted(own - {-1}), np.int64)
            n = len(table.vectors)
            first, last, _ = slice(clip_start, clip_end).indices(n)
            if restrict_vocab is not None:
                first, last = 0, min(restrict_vocab, n)
            if topn is None:
                return cosines(table.vectors[first:last], query)
            if topn < 1:
                return []
            rows, scores = search_rows(table.vectors, table.norms, query[None], topn, first, last, [excluded], threads)
            keys = table.keys
            return [(keys[row], score) for row, score in zip(rows[0].tolist(), scores[0].tolist()) if row >= 0]

    def search(self, queries, k=10, *, threads=None):
        """The best rows for each of many queries at once."""
        with self.snapshot(norms=True) as table:
            if isinstance(queries, np.ndarray) and queries.ndim == 2:
                matrix, excluded = queries, None
            else:
                found = [self._vector_in(table, query) for query in queries]
                matrix = np.array([vector for _, vector in found]).reshape(-1, self.vector_size)
                excluded = [np.array([row] if row >= 0 else [], np.int64) for row, _ in found]
            return search_rows(table.vectors, table.norms, matrix, k, excluded=excluded, threads=threads)

    # ---- two at a time ----

    def similarity(self, w1, w2):
        """The cosine of two keys, -1 to 1; 0 if a vector is all zeros.

        Raises:
            KeyError: one is not there.
        """
        with self.snapshot() as table:
            _, a = self._vector_in(table, w1)
            _, b = self._vector_in(table, w2)
            return float(cosines(b.reshape(1, -1), a)[0])


def _weighted(items, default):
    # What most_similar is given, as a list of (item, weight).
    if items is None:
        return []
    if isinstance(items, (str, Integral)) or (isinstance(items, np.ndarray) and items.ndim == 1):
        items = [items]
    out = []
    for item in items:
        if isinstance(item, tuple):
            item, weight = item
            if not isinstance(weight, Real):
                raise TypeError(f"a weight is a number, not {weight!r:.80}")
            out.append((item, float(weight)))
        else:
            out.append((item, default))
    return out
