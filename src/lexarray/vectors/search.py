"""The exact best rows of a table, by cosine or by products of cosines, and the rows above a cosine. Owns nothing.

BLAS, through NumPy, gives approximate products of a block of rows and a chunk of queries, in a buffer that is used
again. The rows that could count if BLAS erred as much as it can are summed exactly (:mod:`lexarray.vectors.kernels`).
So a result does not depend on the BLAS, on the sizes of blocks and chunks, or on the number of threads; and there
is never a copy of the table.
"""
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from lexarray.vectors.kernels import Best, cosines

# Tried on a table of 400,000 x 100, for 1 and 200 queries: few calls of the BLAS, and products that stay in the caches.
QUERIES_AT_ONCE = 256
BLOCK_BYTES = 1 << 22       # of the products of a block, and of its rows where they have to be converted

LEAST_ROWS = 256            # of a block

SMALLEST = 1e-6             # keeps the products of search_products finite


def search_rows(vectors, norms, queries, k, first=0, last=None, excluded=None, threads=None):
    """The best k rows of a table for each query: exact, best first, of equals the lower row first.

    Args:
        vectors (float array, n x d, C-contiguous): the table.
        norms (float array, n): the lengths of its rows.
        queries (float array, q x d): each of any length.
        k (int): how many are wanted.
        first, last (int): only rows from ``first`` up to, not including, ``last``.
        excluded (Sequence): for each query a sorted int64 array of rows that are not wanted, or None; or None.
        threads (int): how many threads share the rows. By default one, beside those that the BLAS has.

    Returns:
        tuple: rows (int64 array, q x k') and their cosines (float64 array, q x k'), where k' is the lesser of k and
        the number of rows in the range. Where a query has fewer, the rest is row -1 with score 0.

    Raises:
        ValueError: a query has a number that is not finite.

    Cost: q n d multiplications; memory for the results and for one block of each thread.
    """
    last = len(vectors) if last is None else min(last, len(vectors))
    k = max(0, min(k, last - first))
    rows, scores = np.empty((len(queries), k), np.int64), np.empty((len(queries), k))
    for start in range(0, len(queries), QUERIES_AT_ONCE):
        part = slice(start, start + QUERIES_AT_ONCE)
        sought = scaled_queries(queries[part])
        if k:
            rows[part], scores[part] = _search_chunk(vectors, norms, sought, k, first, last,
                                                     None if excluded is None else excluded[part], threads or 1)
    return rows, scores


def scaled_queries(queries):
    """Queries as float64, each times the power of two that brings its largest number to between 0.5 and 1.

    Raises:
        ValueError: one has a number that is not finite.
    """
    sought = np.array(queries, np.float64, order="C")
    finite = np.isfinite(sought)
    if not finite.all():
        i, j = np.argwhere(~finite)[0]
        raise ValueError(f"query {i} has {sought[i, j]} as number {j}, which is not finite")
    _, exponents = np.frexp(np.abs(sought).max(axis=1, initial=0))
    return np.ldexp(sought, -exponents[:, None])


def _search_chunk(vectors, norms, sought, k, first, last, excluded, threads):
    bounds = np.linspace(first, last, min(threads, last - first) + 1).astype(int).tolist()
    bests = [Best(vectors, sought, k, excluded) for _ in bounds[1:]]

    def _offer_range(i):
        for start, products, lengths in _products(vectors, norms, sought, bounds[i], bounds[i + 1]):
            bests[i].offer(products, lengths, start)

    if len(bests) == 1:
        _offer_range(0)
    else:
        with ThreadPoolExecutor(len(bests)) as pool:
            list(pool.map(_offer_range, range(len(bests))))
    for best in bests[1:]:
        bests[0].merge(best)
    return bests[0].result()


def _products(vectors, norms, sought, first, last):
    # Blocks of approximate products with the queries, scaled to length 1: (first row, float32 q x m, lengths of the
    # rows, float32 m: NaN for one that float32 cannot hold). A block is good until the next one.
    n_queries, size = sought.shape
    sizes = np.sqrt(np.einsum("qd,qd->q", sought, sought))[:, None]
    units = np.divide(sought, sizes, out=np.zeros_like(sought), where=sizes > 0)
    n_rows = BLOCK_BYTES // 4 // n_queries
    if vectors.dtype != np.float32 or not vectors.flags.aligned:
        n_rows = min(n_rows, BLOCK_BYTES // 4 // size)              # such rows are converted or copied
    n_rows = min(max(n_rows, LEAST_ROWS), max(last - first, 0))
    if vectors.dtype != np.float64:
        units = units.astype(np.float32)
    buffer = np.empty(n_queries * n_rows, np.float32)
    for start in range(first, last, max(n_rows, 1)):
        stop = min(start + n_rows, last)
        products = buffer[:n_queries * (stop - start)].reshape(n_queries, stop - start)
        with np.errstate(all="ignore"):                             # what float32 cannot hold is settled exactly
            rows = vectors[start:stop]
            if vectors.dtype == np.float64:
                products[:] = np.dot(units, rows.T)
            elif n_queries < 4:                                     # the BLAS reads the rows faster for one vector
                rows = rows.astype(np.float32, copy=False)
                for i in range(n_queries):
                    np.dot(rows, units[i], out=products[i])
            else:
                np.dot(units, rows.astype(np.float32, copy=False).T, out=products)
            lengths = norms[start:stop].astype(np.float32, copy=False)
            if vectors.dtype == np.float64:
                lengths[(lengths == 0) & (norms[start:stop] > 0)] = np.nan      # too short for float32, but not 0
            yield start, products, lengths


def _approximate_cosines(products, lengths):
    # NaN where float32 cannot tell.
    with np.errstate(all="ignore"):
        scales = np.where((lengths >= 1e-18) & (lengths <= 1e18), 1 / lengths, np.nan)
        scales[lengths == 0] = 0
        return products * scales


def _error(size):
    # The most that an approximate cosine may be off: as in kernels.Best.
    return (size + 16) * 2.0 ** -23


def rows_above(vectors, norms, query, threshold):
    """The rows whose cosine with a query is above a threshold, as a sorted int64 array. Exact.

    Args:
        vectors (float array, n x d, C-contiguous): the table.
        norms (float array, n): the lengths of its rows.
        query (float array, d): of any length.
        threshold (float): a cosine.

    Cost: n d multiplications.
    """
    found, error = [], _error(vectors.shape[1])
    for start, products, lengths in _products(vectors, norms, scaled_queries(query[None]), 0, len(vectors)):
        approximate = _approximate_cosines(products[0], lengths)
        possible = np.flatnonzero(~(approximate < threshold - error)) + start
        near = ~(approximate[possible - start] > threshold + error)
        near[near] = ~(cosines(vectors, query, possible[near]) > threshold)
        found.append(possible[~near])
    return np.concatenate(found) if found else np.empty(0, np.int64)


def cosine_products(positive, negative):
    """The score of 3CosMul (Levy and Goldberg 2014): of each row, ``product((1 + cos) / 2)`` of the cosines with the
    positive queries, divided by that of the negative ones + 0.000001.

    Args:
        positive, negative (Iterable[float array, n]): cosines.
    """
    score, divisor = 1.0, 1.0
    for cosine in positive:
        score = score * ((1 + cosine) / 2)
    for cosine in negative:
        divisor = divisor * ((1 + cosine) / 2)
    return score / (divisor + SMALLEST)


def search_products(vectors, norms, positive, negative, k, first, last, excluded):
    """The best k rows by :func:`cosine_products`: exact, best first, of equals the lower row first.

    Args:
        vectors, norms: as in :func:`search_rows`.
        positive, negative (float arrays, p x d and m x d): queries, each of any length.
        k (int): how many are wanted.
        first, last (int): only rows from ``first`` up to, not including, ``last``.
        excluded (int64 array): rows that are not wanted.

    Returns:
        tuple: rows (int64 array) and scores (float64 array): k, or fewer if there are no more.
    """
    rows, scores = np.empty(0, np.int64), np.empty(0)
    error = _error(vectors.shape[1])
    sought = scaled_queries(np.concatenate([positive, negative]))
    split = len(positive)

    def _settle(new):
        # Rank some rows among those that were found.
        nonlocal rows, scores
        exact = [cosines(vectors, query, new) for query in sought]
        rows = np.concatenate([rows, new])
        scores = np.concatenate([scores, cosine_products(exact[:split], exact[split:])])
        order = np.lexsort((rows, -scores))[:k]
        rows, scores = rows[order], scores[order]

    if k < 1:
        return rows, scores
    for start, products, lengths in _products(vectors, norms, sought, first, last):
        approximate = _approximate_cosines(products, lengths)
        # The most that each row can score.
        most = cosine_products(np.minimum(approximate[:split] + 2 * error, 1),
                               np.maximum(approximate[split:] - 2 * error, -1))
        most *= 1 + 1e-4
        most[np.isnan(most)] = np.inf
        most[excluded[(excluded >= start) & (excluded < start + len(most))] - start] = -np.inf
        possible = np.flatnonzero(most >= (scores[-1] if len(rows) == k else -np.finfo(np.float32).max))
        if len(possible) > 4 * k:                       # the best of them raise the bar for the others
            first_ones = possible[np.argpartition(most[possible], -k)[-k:]]
            _settle(first_ones + start)
            most[first_ones] = -np.inf
            possible = np.flatnonzero(most >= scores[-1])
        _settle(possible + start)
    return rows, scores
