"""The exact best rows of a table for many queries at once: :func:`search_rows`. Owns nothing.

BLAS, through NumPy, gives approximate products of a block of rows and a chunk of queries, in a buffer that is used
again; :class:`~lexarray.vectors.kernels.Best` keeps the rows that could be among the best, and sums those exactly.
So the result does not depend on the BLAS, on the sizes of blocks and chunks, or on the number of threads.
"""
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from lexarray.vectors.kernels import Best, scaled_query

QUERIES_AT_ONCE = 256
BLOCK_BYTES = 1 << 20       # of approximate products


def search_rows(vectors, norms, queries, k, first=0, last=None, excluded=None, threads=None):
    """The best k rows of a table for each query: exact, best first, of equals the lower row first.

    Args:
        vectors (float array, n x d, C-contiguous): the table.
        norms (float array, n): the lengths of its rows.
        queries (float64 array, q x d): each of any length.
        k (int): how many are wanted.
        first, last (int): only rows from ``first`` up to, not including, ``last``.
        excluded (Sequence): for each query a sorted int64 array of rows that are not wanted, or None; or None.
        threads (int): how many threads share the rows. By default those of the BLAS alone.

    Returns:
        tuple: rows (int64 array, q x k') and their cosines (float64 array, q x k'), where k' is the lesser of k and
        the number of rows in the range. Where a query has fewer, the rest is row -1 with score 0.

    Cost: q n d multiplications; memory for q k' results and for one block.
    """
    last = len(vectors) if last is None else min(last, len(vectors))
    k = min(k, last - first)
    if k < 1 or not len(queries):
        return np.empty((len(queries), max(k, 0)), np.int64), np.empty((len(queries), max(k, 0)))
    rows, scores = np.empty((len(queries), k), np.int64), np.empty((len(queries), k))
    for start in range(0, len(queries), QUERIES_AT_ONCE):
        part = slice(start, start + QUERIES_AT_ONCE)
        sought = np.array([scaled_query(query, vectors.shape[1]) for query in queries[part]])
        rows[part], scores[part] = _search_chunk(vectors, norms, sought, k, first, last,
                                                 None if excluded is None else excluded[part], threads or 1)
    return rows, scores


def _search_chunk(vectors, norms, sought, k, first, last, excluded, threads):
    if threads == 1:
        best = Best(vectors, sought, k, excluded)
        _offer_range(best, vectors, norms, sought, first, last)
        return best.result()
    bounds = np.linspace(first, last, threads + 1).astype(int).tolist()
    bests = [Best(vectors, sought, k, excluded) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda i: _offer_range(bests[i], vectors, norms, sought, bounds[i], bounds[i + 1]),
                      range(threads)))
    for best in bests[1:]:
        bests[0].merge(best)
    return bests[0].result()


def _offer_range(best, vectors, norms, sought, first, last):
    n_queries = len(sought)
    size = min(max(256, BLOCK_BYTES // 4 // n_queries), last - first)
    lengths = np.sqrt(np.einsum("qd,qd->q", sought, sought))[:, None]
    units = np.divide(sought, lengths, out=np.zeros_like(sought), where=lengths > 0)
    if vectors.dtype != np.float64:
        units = units.astype(np.float32)
    buffer = np.empty(n_queries * size, np.float32)
    for start in range(first, last, size):
        block = vectors[start:min(start + size, last)]
        if block.dtype == np.float16:
            block = block.astype(np.float32)
        products = buffer[:n_queries * len(block)].reshape(n_queries, len(block))
        with np.errstate(all="ignore"):
            if block.dtype == np.float32:
                np.dot(units, block.T, out=products)
            else:
                products[:] = np.dot(units, block.T)
            block_norms = norms[start:start + len(block)].astype(np.float32, copy=False)
        best.offer(products, block_norms, start)
