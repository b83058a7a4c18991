"""The façade of the vectors' room: :class:`KeyedVectors`, a table of word vectors and the questions one asks it.

Every question works on a snapshot of the table, so other threads may change it meanwhile. Scores are sums in float64
and do not depend on anything but the vectors; of equal scores, the lower row comes first.
"""
import os
from collections.abc import Iterable, Sequence
from math import ldexp
from numbers import Integral, Real
from typing import Any, Self, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from lexarray.vectors import evaluation, kernels
from lexarray.vectors.keys import KeyTable
from lexarray.vectors.neighbours import Neighbours
from lexarray.vectors.search import all_cosines, cosine_products, rows_above, search_products, search_rows
from lexarray.vectors.stored_table import StoredTable
from lexarray.threads import checked_threads

Item = str | int | NDArray[Any]                                         # a key, a row's number, or a vector
Items = Item | Iterable[Item | tuple[Item, float]] | None


class KeyedVectors(StoredTable):
    """Word vectors: keys, and a row of numbers for each.

    Wherever a key is asked for, an int is the number of a row.

    Args:
        vector_size (int): numbers a row.
        count (int): rows to make room for.
        dtype (dtype): of the numbers: float16, float32 or float64.
        mapfile_path: None; :meth:`load` maps files.

    >>> kv = KeyedVectors(2)
    >>> kv.add_vectors(["tea", "coffee", "stone"], [[1, 0], [1, 1], [-1, 0]])
    >>> kv.most_similar("tea", topn=2)
    [('coffee', 0.7071067811865475), ('stone', -1.0)]
    """

    def __init__(self, vector_size: int, count: int = 0, dtype: DTypeLike = np.float32,
                 mapfile_path: None = None) -> None:
        """Make an empty table."""
        # In Python, for inspect and editors to show what it takes.
        super().__init__(vector_size, count, dtype, mapfile_path)

    # ---- from keys to vectors ----

    def _unseen_vector(self, key):
        # The vector of a key that has no row. A table that can make one overrides this.
        raise KeyError(f"Key {key!r:.80} not present in vocabulary")

    def _vector_in(self, table, key):
        # The row (-1: none) and the vector of a key.
        row = table.row_of(key)
        if row >= 0:
            return row, table.vectors[row]
        if not isinstance(key, (str, Integral)):
            raise TypeError(f"a key is a str, or an int for a row, not {type(key).__name__}: {key!r:.80}")
        return row, self._unseen_vector(key)

    def _item_in(self, table, item):
        # The row (-1: none) and the float64 vector of a key or of a vector itself.
        if isinstance(item, np.ndarray) and item.ndim:
            if item.shape != (self.vector_size,):
                raise ValueError(f"a vector of shape {item.shape}, where the table's have ({self.vector_size},)")
            vector = np.asarray(item, np.float64)
            if not np.isfinite(vector).all():
                raise ValueError(f"a vector with a number that is not finite: {item!r:.80}")
            return -1, vector
        row, vector = self._vector_in(table, item)
        return row, np.asarray(vector, np.float64)

    def _vectors_in(self, table, keys):
        # The vectors of keys that must all be there, as a matrix.
        keys = _key_list(keys)
        rows = table.rows_of(keys)
        if len(rows) == 0 or rows.min() >= 0:
            return table.vectors_at(rows)
        out = np.empty((len(rows), self.vector_size), self.dtype)
        for i, key in enumerate(keys):
            out[i] = self._vector_in(table, key)[1]
        return out

    def _known_in(self, table, keys):
        # Those of the keys that have a vector, and the vectors in float64.
        known, vectors = [], []
        for key in _key_list(keys):
            try:
                vectors.append(self._vector_in(table, key)[1])
                known.append(key)
            except KeyError:
                pass
        return known, np.array(vectors, np.float64).reshape(-1, self.vector_size)

    def _mean_in(self, table, items, weights, pre_normalize, ignore_missing):
        # The weighted mean, in float64. Vectors that are given as such keep their length.
        counted = []

        def _terms():
            counted.clear()
            for item, weight in zip(items, weights, strict=True):
                try:
                    _, vector = self._item_in(table, item)
                except KeyError:
                    if ignore_missing:
                        continue
                    raise
                counted.append(abs(weight))
                if pre_normalize and not isinstance(item, np.ndarray):
                    vector = kernels.unit_query(vector, self.vector_size)
                yield weight, vector

        mean, power = _scaled_sum(_terms, self.vector_size)
        total = sum(counted)
        return np.ldexp(mean / total if total else mean, power)

    def get_mean_vector(self, keys: Iterable[Item], weights: Sequence[float] | NDArray[Any] | None = None,
                        pre_normalize: bool = True, post_normalize: bool = False,
                        ignore_missing: bool = True) -> NDArray[Any]:
        """The mean of some vectors: the weighted sum, divided by the sum of the weights' absolute values.

        Args:
            keys (list[str | int | array]): keys or vectors.
            weights (list[float]): a weight for each; by default 1.
            pre_normalize (bool): whether the vectors of keys are scaled to length 1 first. Vectors that are given
                as such keep their length.
            post_normalize (bool): whether the mean is scaled to length 1.
            ignore_missing (bool): whether keys that are not there are left out.

        Returns:
            array: of the table's dtype; zeros if nothing is left.

        Raises:
            ValueError: no keys at all, or not as many weights as keys.
            ValueError: the mean of vectors that were given as such is too large for the table's dtype.
            KeyError: a key is not there, and ``ignore_missing`` is false.
        """
        items = _key_list(keys)
        if not items:
            raise ValueError("cannot compute mean with no input")
        factors = np.ones(len(items)) if weights is None else np.asarray(weights, np.float64)
        if factors.shape != (len(items),):
            raise ValueError(f"keys and weights array must have same number of elements: {len(items)} keys, weights "
                             f"of shape {factors.shape}")
        if not np.isfinite(factors).all():
            raise ValueError(f"weights: one is not finite: {weights!r:.80}")
        factors = np.ldexp(factors, -np.frexp(np.abs(factors).max())[1])    # so that their sum is finite
        with self.snapshot() as table:
            mean = self._mean_in(table, items, factors.tolist(), pre_normalize, ignore_missing)
        if post_normalize:
            mean = kernels.unit_query(mean, self.vector_size)
        with np.errstate(over="ignore"):
            rounded = mean.astype(self.dtype)
        if not np.isfinite(rounded).all():
            raise ValueError(f"the mean has a number that is too large for {self.dtype}: {np.abs(mean).max():g}")
        return rounded

    def word_vec(self, *args: Any, **kwargs: Any) -> NDArray[Any]:
        """The same as :meth:`get_vector`."""
        return self.get_vector(*args, **kwargs)

    # ---- the nearest of all ----

    # For type checkers: a list of pairs, or, with topn=None, an array.
    @overload
    def most_similar(self, positive: Items = None, negative: Items = None, topn: int = 10, clip_start: int = 0,
                     clip_end: int | None = None, restrict_vocab: int | None = None, indexer: Any = None, *,
                     among: Iterable[str | int] | None = None, threads: int | None = None) -> Neighbours: ...

    @overload
    def most_similar(self, positive: Items, negative: Items, topn: None, clip_start: int = 0,
                     clip_end: int | None = None, restrict_vocab: int | None = None, indexer: Any = None, *,
                     among: Iterable[str | int] | None = None, threads: int | None = None) -> NDArray[np.float64]: ...

    @overload
    def most_similar(self, positive: Items = None, negative: Items = None, *, topn: None, clip_start: int = 0,
                     clip_end: int | None = None, restrict_vocab: int | None = None, indexer: Any = None,
                     among: Iterable[str | int] | None = None, threads: int | None = None) -> NDArray[np.float64]: ...

    def most_similar(self, positive: Items = None, negative: Items = None, topn: int | None = 10, clip_start: int = 0,
                     clip_end: int | None = None, restrict_vocab: int | None = None, indexer: Any = None, *,
                     among: Iterable[str | int] | None = None, threads: int | None = None) -> Any:
        """The keys whose vectors point most nearly where the mean of some others does.

        Args:
            positive, negative (str | int | array, or a list of them or of pairs with a weight): what counts as 1 and
                as -1, or as its weight. An array of d numbers is a vector, a list of ints are numbers of rows. Keys
                count with their vectors scaled to length 1, vectors as they are.
            topn (int): how many are wanted; None: the scores of all rows in the range.
            clip_start, clip_end (int): only rows from ``clip_start`` up to, not including, ``clip_end``.
            restrict_vocab (int): only so many rows, from the first; goes before ``clip_start`` and ``clip_end``.
            indexer: an approximate index, which is asked ``indexer.most_similar(vector, topn)`` instead.
            among (Iterable[str | int]): only these keys.
            threads (int): how many threads share the rows, if there are enough. By default one, beside those that
                the BLAS has; with ``topn=None`` as many as the process may use.

        Returns:
            list[tuple[str, float]]: keys and cosines, best first; of equals, the lower row first. Keys that were
            given are left out. The list prints as a table (:class:`~lexarray.vectors.neighbours.Neighbours`). With ``topn=None`` a float64 array of cosines, of the rows in the range or of
            ``among`` in its order.

        Raises:
            KeyError: a key is not there.
            ValueError: nothing was given, or ``among`` together with a range.

        Cost: all rows of the range are read once.
        """
        items = [*_weighted(positive, 1.0), *_weighted(negative, -1.0)]
        if not items:
            raise ValueError("cannot compute mean with no input")
        topn, threads = _checked_topn(topn), checked_threads(threads)
        if among is not None and (restrict_vocab is not None or clip_start or clip_end is not None):
            raise ValueError("among= says which keys count: give no range of rows with it")
        with self.snapshot(norms=True) as table:
            query, given = self._direction_in(table, items)
            if topn is None:
                return self._all_cosines(table, query, clip_start, clip_end, restrict_vocab, among, threads)
            if indexer is not None:
                unit = kernels.unit_query(query, self.vector_size)
                return indexer.most_similar(unit.astype(self.dtype), topn)
            if topn < 1:
                return Neighbours()
            if among is not None:
                rows, scores = self._best_among(table, query, topn, given, among)
            else:
                first, last = _range(len(table), clip_start, clip_end, restrict_vocab)
                rows, scores = search_rows(table.vectors, table.norms, query[None], topn, first, last, [given],
                                           threads)
                rows, scores = rows[0], scores[0]
            return _named(table, rows, scores)

    def _direction_in(self, table, items):
        # The direction of the weighted mean, and the sorted rows of the keys. One key's is that of its vector, to the
        # last bit: so its score is what similarity() gives.
        found = [self._item_in(table, item) for item, _ in items]
        rows = np.array(sorted({row for row, _ in found if row >= 0}), np.int64)
        if len(items) == 1:
            return np.sign(items[0][1]) * found[0][1], rows

        def _terms():
            for (item, weight), (_, vector) in zip(items, found, strict=True):
                is_given = isinstance(item, np.ndarray)
                yield weight, vector if is_given else kernels.unit_query(vector, self.vector_size)

        return _scaled_sum(_terms, self.vector_size)[0], rows

    def _all_cosines(self, table, query, clip_start, clip_end, restrict_vocab, among, threads):
        if among is not None:
            return kernels.cosines(table.vectors, query, self._rows_in(table, among))
        first, last = _range(len(table), clip_start, clip_end, restrict_vocab)
        return all_cosines(table.vectors[first:last], query, threads)

    def _rows_in(self, table, keys):
        # The rows of keys that must all have one.
        keys = _key_list(keys)
        rows = table.rows_of(keys)
        if len(rows) and rows.min() < 0:
            raise KeyError(f"Key {keys[int(np.argmax(rows < 0))]!r:.80} not present")
        return rows

    def _best_among(self, table, query, topn, given, among):
        rows = np.setdiff1d(self._rows_in(table, among), given)
        if not len(rows):
            return rows, np.empty(0)
        best = kernels.Best(table.vectors, kernels.scaled_query(query, self.vector_size)[None], min(topn, len(rows)))
        best.offer_rows(rows)
        rows, scores = best.result()
        return rows[0], scores[0]

    @overload
    def similar_by_key(self, key: str | int, topn: int = 10, restrict_vocab: int | None = None) -> Neighbours: ...

    @overload
    def similar_by_key(self, key: str | int, topn: None, restrict_vocab: int | None = None) -> NDArray[np.float64]: ...

    def similar_by_key(self, key: str | int, topn: int | None = 10, restrict_vocab: int | None = None) -> Any:
        """The keys most similar to one: ``most_similar([key], topn=topn, restrict_vocab=restrict_vocab)``."""
        return self.most_similar([key], topn=topn, restrict_vocab=restrict_vocab)

    @overload
    def similar_by_word(self, word: str | int, topn: int = 10, restrict_vocab: int | None = None) -> Neighbours: ...

    @overload
    def similar_by_word(self, word: str | int, topn: None, restrict_vocab: int | None = None) -> NDArray[np.float64]: ...

    def similar_by_word(self, word: str | int, topn: int | None = 10, restrict_vocab: int | None = None) -> Any:
        """The same as :meth:`similar_by_key`."""
        return self.most_similar([word], topn=topn, restrict_vocab=restrict_vocab)

    @overload
    def similar_by_vector(self, vector: ArrayLike, topn: int = 10, restrict_vocab: int | None = None) -> Neighbours: ...

    @overload
    def similar_by_vector(self, vector: ArrayLike, topn: None, restrict_vocab: int | None = None) -> NDArray[np.float64]: ...

    def similar_by_vector(self, vector: ArrayLike, topn: int | None = 10, restrict_vocab: int | None = None) -> Any:
        """The keys most similar to a vector (``vector_size`` numbers)."""
        if not isinstance(vector, (str, Integral)):
            vector = np.asarray(vector, np.float64)
        return self.most_similar([vector], topn=topn, restrict_vocab=restrict_vocab)

    @overload
    def most_similar_cosmul(self, positive: Items = None, negative: Items = None, topn: int = 10,
                            restrict_vocab: int | None = None) -> Neighbours: ...

    @overload
    def most_similar_cosmul(self, positive: Items, negative: Items, topn: None,
                            restrict_vocab: int | None = None) -> NDArray[np.float64]: ...

    @overload
    def most_similar_cosmul(self, positive: Items = None, negative: Items = None, *, topn: None,
                            restrict_vocab: int | None = None) -> NDArray[np.float64]: ...

    def most_similar_cosmul(self, positive: Items = None, negative: Items = None, topn: int | None = 10,
                            restrict_vocab: int | None = None) -> Any:
        """The best keys by products of cosines: 3CosMul, for analogies (Levy and Goldberg 2014, equation 4).

        A key's score is the product of ``(1 + cosine) / 2`` with each positive key, divided by that with each
        negative key + 0.000001.

        Args:
            positive, negative (str | int | array, or a list of them): keys or vectors.
            topn (int): how many are wanted; None: the scores of all rows in the range.
            restrict_vocab (int): only so many rows, from the first.

        Returns:
            list[tuple[str, float]]: keys and scores, best first; of equals, the lower row first. Keys that were given
            are left out. With ``topn=None`` a float64 array. A score that float64 cannot hold, for there are a
            thousand keys, is 0, but is ranked nevertheless.

        Raises:
            KeyError: a key is not there.
            ValueError: no positive key was given.
        """
        items = _item_list(positive), _item_list(negative)
        if not items[0]:
            raise ValueError("cannot compute similarity with no input")
        topn = _checked_topn(topn)
        with self.snapshot(norms=True) as table:
            first, last = _range(len(table), 0, None, restrict_vocab)
            found = [[self._item_in(table, item) for item in side] for side in items]
            given = {row for side in found for row, _ in side}
            if topn is None:
                rows = table.vectors[first:last]
                return cosine_products(*([all_cosines(rows, vector) for _, vector in side] for side in found))
            queries = np.array([vector for side in found for _, vector in side])
            question = np.split(np.arange(len(queries)), [len(items[0])])
            [answer] = search_products(table.vectors, table.norms, queries, [question], topn, first, last,
                                       [np.array(sorted(given - {-1}), np.int64)])
            return _named(table, *answer)

    def search(self, queries: Iterable[Item] | NDArray[Any], k: int = 10, *,
               threads: int | None = None) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The best rows for each of many queries at once: much faster than one after the other.

        Args:
            queries (list[str | int | array] | float array, q x d): keys or vectors. A key does not find itself.
            k (int): how many are wanted.
            threads (int): how many threads share the rows. By default one, beside those that the BLAS has.

        Returns:
            tuple: rows (int64 array, q x k') and cosines (float64 array, q x k'), best first; of equals, the lower
            row first. k' is the lesser of k and the number of rows; where a query finds fewer, the rest is row -1
            with score 0. ``kv.index_to_key[row]`` is the key.

        Raises:
            KeyError: a key is not there.
            ValueError: vectors of another size than the table's, or a number that is not finite.

        Cost: q n d multiplications in the BLAS; memory bounded, whatever q and n.

        >>> kv = KeyedVectors(2)
        >>> kv.add_vectors(["tea", "coffee", "stone"], [[1, 0], [1, 1], [-1, 0]])
        >>> rows, scores = kv.search(["tea", "stone"], k=1)
        >>> [kv.index_to_key[row] for row in rows[:, 0]]
        ['coffee', 'coffee']
        """
        if isinstance(queries, (str, Integral)):
            raise TypeError(f"queries are a list of keys or a matrix: give [{queries!r:.80}]")
        if not _is_whole(k) or k < 0:
            raise ValueError(f"k: a whole number of at least 0 is needed, not {k!r:.80}")
        threads = checked_threads(threads)
        with self.snapshot(norms=True) as table:
            if isinstance(queries, np.ndarray) and queries.dtype.kind in "fiub" and queries.ndim != 1:
                matrix, given = queries, None
            else:
                matrix, given = self._queries_in(table, list(queries))
            if matrix.ndim != 2 or matrix.shape[1] != self.vector_size:
                raise ValueError(f"queries of shape {matrix.shape}, where the table needs (q, {self.vector_size})")
            return search_rows(table.vectors, table.norms, matrix, int(k), excluded=given, threads=threads)

    def _queries_in(self, table, queries):
        # As a matrix, with the row of each that is a key.
        if all(isinstance(query, (str, Integral)) for query in queries):
            rows = table.rows_of(queries)
            if not len(rows) or rows.min() >= 0:
                return table.vectors_at(rows), list(rows[:, None])
        found = [self._item_in(table, query) for query in queries]
        return np.array([vector for _, vector in found]), [np.array([row][:row + 1], np.int64) for row, _ in found]

    # ---- two at a time ----

    def _cosine_in(self, table, a, b):
        _, a = self._item_in(table, a)
        _, b = self._item_in(table, b)
        return float(kernels.cosines(b[None], a)[0])

    def similarity(self, w1: Item, w2: Item) -> float:
        """The cosine of two keys, -1 to 1; 0 if a vector is all zeros.

        Raises:
            KeyError: one is not there.
        """
        with self.snapshot() as table:
            return self._cosine_in(table, w1, w2)

    def distance(self, w1: Item, w2: Item) -> float:
        """1 - :meth:`similarity`, 0 to 2."""
        return 1 - self.similarity(w1, w2)

    def distances(self, word_or_vector: Item, other_words: Iterable[str | int] | None = ()) -> NDArray[np.float64]:
        """1 - cosine of a key or vector with each of some keys.

        Args:
            word_or_vector (str | int | array): the one.
            other_words (Iterable[str | int]): the others; None or empty: all keys, in the order of rows.

        Returns:
            float64 array.

        Raises:
            KeyError: a key is not there.
        """
        others = _key_list(() if other_words is None else other_words)
        with self.snapshot() as table:
            _, query = self._item_in(table, word_or_vector)
            cosines = all_cosines(self._vectors_in(table, others) if others else table.vectors, query)
        return np.subtract(1, cosines, out=cosines)

    @staticmethod
    def cosine_similarities(vector_1: ArrayLike, vectors_all: ArrayLike) -> NDArray[np.float64]:
        """The cosines of a vector (d numbers) with the rows of a matrix (n x d), as a float64 array (n); 0 for zeros."""
        rows = np.asarray(vectors_all)
        if rows.dtype not in (np.float16, np.float32):
            rows = rows.astype(np.float64, copy=False)
        return kernels.cosines(np.ascontiguousarray(rows), vector_1)

    def n_similarity(self, ws1: Iterable[str | int], ws2: Iterable[str | int]) -> float:
        """The cosine of the means of two lists of keys. Keys that are not there are left out; 0 if none is.

        Raises:
            ZeroDivisionError: a list is empty.
        """
        sides = [_key_list(ws1), _key_list(ws2)]
        if not all(sides):
            raise ZeroDivisionError("At least one of the passed list is empty.")
        with self.snapshot() as table:
            means = [self._mean_in(table, side, [1.0] * len(side), False, True) for side in sides]
        return float(kernels.cosines(means[1][None], means[0])[0])

    def most_similar_to_given(self, key1: Item, keys_list: Iterable[str | int]) -> str | int:
        """The key in a list that is most similar to ``key1``; of equals, the first.

        Raises:
            KeyError: one is not there.
            ValueError: the list is empty.
        """
        keys = _key_list(keys_list)
        if not keys:
            raise ValueError("keys_list is empty")
        with self.snapshot() as table:
            _, query = self._item_in(table, key1)
            return keys[int(np.argmax(kernels.cosines(self._vectors_in(table, keys), query)))]

    def closer_than(self, key1: str | int, key2: str | int) -> list[str]:
        """The keys that are closer to ``key1`` than ``key2`` is, in the order of rows.

        Raises:
            KeyError: one is not there.
        """
        with self.snapshot(norms=True) as table:
            return [table.keys[row] for row in self._closer_rows(table, key1, key2).tolist()]

    def words_closer_than(self, word1: str | int, word2: str | int) -> list[str]:
        """The same as :meth:`closer_than`."""
        return self.closer_than(word1, word2)

    def rank(self, key1: str | int, key2: str | int) -> int:
        """The place of ``key2`` among all keys by closeness to ``key1``, from 1: :meth:`closer_than` and one more.

        Raises:
            KeyError: one is not there.
        """
        with self.snapshot(norms=True) as table:
            return len(self._closer_rows(table, key1, key2)) + 1

    def _closer_rows(self, table, key1, key2):
        row, query = self._item_in(table, key1)
        rows = rows_above(table.vectors, table.norms, query, self._cosine_in(table, key1, key2))
        return rows[rows != row]

    def relative_cosine_similarity(self, wa: str | int, wb: str | int, topn: int = 10) -> float:
        """How similar ``wb`` is to ``wa``, against the ``topn`` most similar keys of ``wa`` together: their cosine,
        divided by the sum of those (Leeuwenberg et al. 2016, equation 1). 0 if that is 0.

        Raises:
            KeyError: one is not there.
        """
        if topn is None:
            raise TypeError("topn is a whole number, not None")
        total = sum(score for _, score in self.similar_by_key(wa, topn))
        similarity = self.similarity(wa, wb)
        return similarity / total if total else 0.0

    # ---- one among several ----

    def _by_centrality(self, words, use_norm):
        # The known ones of some keys, and the cosine of each with their mean.
        with self.snapshot() as table:
            known, vectors = self._known_in(table, words)
        if not known:
            raise ValueError("cannot select a word from an empty list")
        parts = [kernels.unit_query(vector, self.vector_size) for vector in vectors] if use_norm else vectors
        direction, _ = _scaled_sum(lambda: ((1.0, part) for part in parts), self.vector_size)
        return known, kernels.cosines(vectors, direction)

    def doesnt_match(self, words: Iterable[str | int]) -> str | int:
        """The key that is farthest from the mean of all in a list; of equals, the first.

        Keys that are not there are left out.

        Raises:
            ValueError: the list has no key that is there.
        """
        known, scores = self._by_centrality(words, True)
        return known[int(np.argmin(scores))]

    def rank_by_centrality(self, words: Iterable[str | int], use_norm: bool = True) -> list[tuple[float, str | int]]:
        """Keys by their cosine with the mean of all of them.

        Args:
            words (list[str]): keys; those that are not there are left out.
            use_norm (bool): whether the mean is that of the vectors scaled to length 1.

        Returns:
            list[tuple[float, str]]: cosines and keys, highest first; equals keep their order.

        Raises:
            ValueError: the list has no key that is there.
        """
        known, scores = self._by_centrality(words, use_norm)
        return sorted(zip(scores.tolist(), known, strict=True), key=lambda pair: -pair[0])

    # ---- other tables ----

    def subset(self, keys: Iterable[str | int]) -> Self:
        """A new table of some keys, in that order, with their attributes; of the same class.

        Args:
            keys (Iterable[str | int]): the keys; of one that comes twice, the first counts.

        Raises:
            KeyError: one is not there.
        """
        with self.snapshot() as table:
            rows = self._rows_in(table, keys)
            rows = rows[np.sort(np.unique(rows, return_index=True)[1])]
            new = self._empty().adopt(*table.parts_of(rows))
        new._set_extra(*self._extra())
        return new

    def vectors_for_all(self, keys: Iterable[str | int], allow_inference: bool = True,
                        copy_vecattrs: bool = False) -> "KeyedVectors":
        """A new table with the vectors of those keys that have one, in their order, each once.

        Args:
            keys (Iterable[str]): the keys.
            allow_inference (bool): whether a table that makes vectors of unseen words makes them.
            copy_vecattrs (bool): whether attributes are copied. Those of a vector that was made are 0.
        """
        with self.snapshot() as table:
            wanted: dict[str, Any] = {}             # key -> its row, or -1 and a vector that was made
            for key in keys:
                row = table.row_of(key)
                if row >= 0:
                    wanted.setdefault(table.keys[row], (row, None))
                elif allow_inference and isinstance(key, str) and key not in wanted:
                    try:
                        wanted[key] = (-1, self._unseen_vector(key))
                    except KeyError:
                        pass
            vectors = np.empty((len(wanted), self.vector_size), self.dtype)
            for i, (row, vector) in enumerate(wanted.values()):
                vectors[i] = table.vectors[row] if row >= 0 else vector
            expandos = {}
            if copy_vecattrs:
                rows = np.array([row for row, _ in wanted.values()], np.int64)
                for name, array in table.expandos.items():
                    expandos[name] = np.zeros(len(rows), array.dtype)
                    expandos[name][rows >= 0] = array[rows[rows >= 0]]
            return KeyedVectors._empty().adopt(KeyTable.of(wanted), vectors, expandos=expandos)

    # ---- evaluation ----

    def wmdistance(self, document1: Iterable[str], document2: Iterable[str], norm: bool = True) -> float:
        """The Word Mover's Distance of two documents (Kusner et al. 2015): the least that it costs to move the words of
        one to those of the other, where moving all of a document over a Euclidean distance of 1 costs 1.

        Args:
            document1, document2 (list[str]): their words. Those that are not there are left out.
            norm (bool): whether vectors are scaled to length 1 first.

        Returns:
            float: infinity if a document has no word that is there.

        Raises:
            ImportError: the extra ``scipy`` is not installed.
        """
        for words in (document1, document2):
            if isinstance(words, str):
                raise TypeError(f"a document is a list of words, not a str: {words!r:.80}")
        with self.snapshot() as table:
            known = [self._known_in(table, words) for words in (document1, document2)]
        return evaluation.wmdistance(known[0], known[1], norm)

    def evaluate_word_pairs(self, pairs: str | os.PathLike[str], delimiter: str = "\t", encoding: str = "utf8",
                            restrict_vocab: int | None = 300000, case_insensitive: bool = True,
                            dummy4unknown: bool = False) -> tuple[Any, Any, float]:
        """How well the cosines agree with people's judgements of similarity.

        Args:
            pairs (str | Path): a file with two words and a number a line. Empty lines and those that begin with
                ``#`` are comments.
            delimiter (str): what stands between them.
            encoding (str): of the file.
            restrict_vocab (int): words behind so many rows count as unknown.
            case_insensitive (bool): whether words are compared in upper case. Of several keys, the first counts.
            dummy4unknown (bool): whether a pair with an unknown word counts as similarity 0, or is left out.

        Returns:
            tuple: Pearson's correlation and Spearman's, each as scipy.stats gives it (statistic, p-value), and the
            percentage of pairs that have an unknown word.

        Raises:
            ValueError: a line is something else (with file and line), or fewer than two pairs are left.
            ImportError: the extra ``scipy`` is not installed.
        """
        with self.snapshot() as table:
            return evaluation.evaluate_word_pairs(table, pairs, delimiter, encoding, restrict_vocab, case_insensitive,
                                                  dummy4unknown)

    def evaluate_word_analogies(self, analogies: str | os.PathLike[str], restrict_vocab: int | None = 300000,
                                case_insensitive: bool = True, dummy4unknown: bool = False,
                                similarity_function: str = "most_similar", *,
                                threads: int | None = None) -> tuple[float, list[dict[str, Any]]]:
        """How many analogies (a is to b as c is to ...) the table completes.

        Args:
            analogies (str | Path): a file with four words a line, in sections that begin with ``: name``.
            restrict_vocab (int): only so many rows, from the first; words behind them count as unknown.
            case_insensitive (bool): whether words are compared in upper case. Of several keys, the first counts.
            dummy4unknown (bool): whether a line with an unknown word counts as wrong, or is left out.
            similarity_function (str): ``"most_similar"`` or ``"most_similar_cosmul"``.
            threads (int): as in :meth:`most_similar`.

        Returns:
            tuple: the share of lines that were right, and a list with a dict for each section and for all
            (``"Total accuracy"``): ``section``, its name, ``correct`` and ``incorrect``, lists of 4-tuples of words.

        Raises:
            ValueError: a line is something else (with file and line), or there is none.
        """
        threads = checked_threads(threads)
        with self.snapshot(norms=True) as table:
            return evaluation.evaluate_word_analogies(table, analogies, restrict_vocab, case_insensitive,
                                                      dummy4unknown, similarity_function, threads)


# ---- what is given, checked ----

def _key_list(keys: Any) -> list[Any]:
    # One key is a list of one: nobody means its letters.
    if isinstance(keys, (str, Integral)):
        return [keys]
    return keys if type(keys) is list else list(keys)


def _item_list(items):
    # Keys or vectors, as a list. An array of numbers is one vector: row numbers come as ints, or in a list.
    if items is None:
        return []
    if isinstance(items, (str, Integral)) or (isinstance(items, np.ndarray) and items.dtype.kind in "fiub" and items.ndim == 1):
        return [items]
    return list(items)


def _scaled_sum(terms, size):
    # The sum of weights times vectors, over 2**power; the power is 0 unless the sum itself is beyond float64. Then the
    # terms are taken a second time, each factor so small that nothing is.
    for power in (0, 544):
        sum_ = np.zeros(size)
        with np.errstate(over="ignore", invalid="ignore"):
            for weight, vector in terms():
                sum_ += weight * vector if power == 0 else ldexp(weight, -power) * np.ldexp(vector, -power)
        if np.isfinite(sum_).all():
            break
    return sum_, 2 * power


def _weighted(items, default):
    # As a list of (item, weight).
    pairs = []
    for item in _item_list(items):
        weight = default
        if isinstance(item, tuple):
            if len(item) != 2 or not isinstance(item[1], Real):
                raise ValueError(f"not a pair of a key and its weight: {item!r:.80}")
            item, weight = item[0], float(item[1])
            if not np.isfinite(weight):
                raise ValueError(f"the weight of {item!r:.80} is {weight}")
        pairs.append((item, weight))
    return pairs


def _is_whole(number):
    return isinstance(number, Integral) and not isinstance(number, bool)


def _checked_topn(topn):
    if topn is None:
        return None
    if not _is_whole(topn):
        raise TypeError(f"topn is a whole number or None, not {type(topn).__name__}: {topn!r:.80}")
    return int(topn)


def _range(n, clip_start, clip_end, restrict_vocab):
    # Of rows: first, and last + 1.
    part = slice(clip_start, clip_end) if restrict_vocab is None else slice(0, restrict_vocab)
    first, last, _ = part.indices(n)
    return first, max(first, last)


def _named(table, rows, scores):
    keys = table.keys
    return Neighbours((keys[row], score) for row, score in zip(rows.tolist(), scores.tolist(), strict=True) if row >= 0)
