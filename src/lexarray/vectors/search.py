"""The exact best rows of a table, by cosine or by products of cosines, and the rows above a cosine. Owns nothing.

BLAS, through NumPy, gives approximate products of a block of rows and a chunk of queries, in a buffer that is used
again. The rows that could count if BLAS erred as much as it can are summed exactly (:mod:`lexarray.vectors.kernels`).
So a result does not depend on the BLAS, on the sizes of blocks and chunks, or on the number of threads; and there
is never a copy of the table.
"""
import numpy as np

from lexarray.threads import in_ranges, usable_cores
from lexarray.vectors.kernels import Best, cosine_error, cosines, factor_bounds

# Tried on a table of 400,000 x 100, for 1 and 200 queries: few calls of the BLAS, and products that stay in the caches.
QUERIES_AT_ONCE = 256
PRODUCTS_AT_ONCE = 32       # questions of search_products, each of some queries
PRODUCT_NUMBERS = 1 << 20   # that are worked on at once there; and rows, at most: what is worked out for them stays in the caches
PRODUCT_ROWS = 1 << 14
BLOCK_BYTES = 1 << 22       # of the products of a block, and of its rows where they have to be converted

LEAST_ROWS = 256            # of a block
ROWS_A_THREAD = 4096        # at least: fewer are not worth a thread

SMALLEST = 1e-6             # keeps the products of search_products finite
FACTORS = 16                # each of them 0, or 2**-54 to 1: the product of so many does not underflow
NOTHING = -(1 << 20)        # the exponent of a product of 0, below that of any other


def search_rows(vectors, norms, queries, k, first=0, last=None, excluded=None, threads=None):
    """The best k rows of a table for each query: exact, best first, of equals the lower row first.

    Args:
        vectors (float array, n x d, C-contiguous): the table.
        norms (float array, n): the lengths of its rows.
        queries (float array, q x d): each of any length.
        k (int): how many are wanted.
        first, last (int): only rows from ``first`` up to, not including, ``last``.
        excluded (Sequence): for each query a sorted int64 array of rows that are not wanted, or None; or None.
        threads (int): how many threads share the rows, each at least ROWS_A_THREAD. By default one, beside those that
            the BLAS has.

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
    def _best_of_range(start, stop):
        best = Best(vectors, sought, k, excluded)
        for at, products, lengths in _products(vectors, norms, sought, start, stop):
            best.offer(products, lengths, at)
        return best

    best, *others = in_ranges(_best_of_range, first, last, threads, ROWS_A_THREAD)
    for other in others:
        best.merge(other)
    return best.result()


def all_cosines(vectors, query, threads=None):
    """The cosine of each row with a query: :func:`lexarray.vectors.kernels.cosines`, shared among threads.

    Args:
        vectors (float array, n x d, C-contiguous): the table.
        query (float array, d): of any length.
        threads (int): how many, each for at least ROWS_A_THREAD rows. By default as many as the process may use.

    Cost: all numbers of the table are read once.
    """
    parts = in_ranges(lambda start, stop: cosines(vectors[start:stop], query), 0, len(vectors),
                      threads or usable_cores(), ROWS_A_THREAD)
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


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


def rows_above(vectors, norms, query, threshold):
    """The rows whose cosine with a query is above a threshold, as a sorted int64 array. Exact.

    Args:
        vectors (float array, n x d, C-contiguous): the table.
        norms (float array, n): the lengths of its rows.
        query (float array, d): of any length.
        threshold (float): a cosine.

    Cost: n d multiplications.
    """
    found, error = [], cosine_error(vectors.shape[1])
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
        positive, negative (Sequence[float array, n]): cosines.
    """
    return np.ldexp(*_quotients(*([(1 + cosine) / 2 for cosine in side] for side in (positive, negative))))


def _quotients(positive, negative):
    # The products of some factors, 0 to 1, divided by those of others + SMALLEST: numbers, and the powers of two that
    # go with them. Those are 0 if there are few factors; otherwise the numbers are 0.5 to 1, or 0: so to compare the
    # powers, and then the numbers, ranks products that float64 cannot hold.
    score = divisor = 1.0
    power = 0
    for i, factor in enumerate(positive, 1):
        score = score * factor
        if i % FACTORS == 0 and len(positive) > FACTORS:
            score, more = np.frexp(score)
            power = power + more
    for factor in negative:
        divisor = divisor * factor
    score = score / (divisor + SMALLEST)
    if len(positive) > FACTORS:
        score, more = np.frexp(score)
        power = np.where(score > 0, power + more, NOTHING)
    return score, power


def search_products(vectors, norms, queries, questions, k, first=0, last=None, excluded=None, threads=None):
    """The best k rows by :func:`cosine_products` for each of some questions: exact, best first, of equals the lower
    row first. Products that are too small for float64 are ranked nevertheless, and their scores are 0.

    Args:
        vectors, norms, first, last, threads: as in :func:`search_rows`.
        queries (float array, q x d): each of any length.
        questions (Sequence): for each question the numbers of its positive queries, and of its negative ones.
        k (int): how many are wanted.
        excluded (Sequence): for each question a sorted int64 array of rows that are not wanted; or None.

    Returns:
        list[tuple]: for each question rows (int64 array) and scores (float64 array): k, or fewer if there are no more.

    Raises:
        ValueError: a query has a number that is not finite.
    """
    last = len(vectors) if last is None else min(last, len(vectors))
    answers = []
    for start in range(0, len(questions), PRODUCTS_AT_ONCE):
        some = questions[start:start + PRODUCTS_AT_ONCE]
        unwanted = [()] * len(some) if excluded is None else excluded[start:start + PRODUCTS_AT_ONCE]
        used, places = np.unique(np.concatenate([np.asarray(side, np.int64) for sides in some for side in sides]),
                                 return_inverse=True)
        ends = np.cumsum([len(side) for sides in some for side in sides])
        sides = np.split(places, ends[:-1])
        sought = scaled_queries(np.asarray(queries)[used])

        def _best_of_range(begin, end, sides=sides, sought=sought, unwanted=unwanted):
            bests = [_BestProducts(vectors, sought, *pair, k, out)
                     for *pair, out in zip(sides[::2], sides[1::2], unwanted, strict=True)]
            if k > 0:
                _offer_products(bests, vectors, norms, sought, begin, end)
            return bests

        ranges = in_ranges(_best_of_range, first, last, threads or 1, ROWS_A_THREAD)
        for best, *others in zip(*ranges, strict=True):
            for other in others:
                best.keep(other.rows, other.scores, other.powers)
            answers.append((best.rows, np.ldexp(best.scores, best.powers)))
    return answers


def _offer_products(bests, vectors, norms, sought, first, last):
    error = cosine_error(vectors.shape[1])
    n_rows = max(min(PRODUCT_NUMBERS // len(sought), PRODUCT_ROWS, last - first), LEAST_ROWS)
    most, least = np.empty((len(sought), n_rows)), np.empty((len(sought), n_rows))
    for start, products, lengths in _products(vectors, norms, sought, first, last):
        for at in range(0, len(lengths), n_rows):
            n = min(n_rows, len(lengths) - at)
            factor_bounds(products[:, at:at + n], lengths[at:at + n], error, most, least)
            for best in bests:
                best.offer(most[:, :n], least[:, :n], start + at)


class _BestProducts:
    # The best rows for one question, so far: of the queries `sought`, by the numbers of those that count.

    def __init__(self, vectors, sought, positive, negative, k, excluded):
        self.vectors, self.sought, self.positive, self.negative = vectors, sought, positive, negative
        self.k, self.excluded = k, np.asarray(excluded, np.int64)
        self.rows, self.scores, self.powers = np.empty(0, np.int64), np.empty(0), np.empty(0, np.int32)

    def offer(self, most, least, start):
        """Take a block of rows into account, of which the factors of all queries are known to be between these two."""
        bound, power = _quotients([most[i] for i in self.positive], [least[i] for i in self.negative])
        bound = bound * (1 + (len(self.positive) + len(self.negative) + 4) * 2.0 ** -51)    # what rounding may do
        low, high = np.searchsorted(self.excluded, (start, start + len(bound)))
        bound[self.excluded[low:high] - start] = -1
        possible = self._possible(bound, power)
        if len(possible) > 4 * self.k:                      # the best of them raise the bar for the others
            some = possible[np.argpartition((bound + power)[possible], -self.k)[-self.k:]]
            self._settle(some + start)
            bound[some] = -1
            possible = self._possible(bound, power)
        self._settle(possible + start)

    def _possible(self, bound, power):
        # Those that may be among the best.
        passes = bound >= 0
        if len(self.rows) == self.k:
            passes &= (power > self.powers[-1]) | ((power == self.powers[-1]) & (bound >= self.scores[-1]))
        return np.flatnonzero(passes)

    def _settle(self, rows):
        # Rank some rows among those that were found, exactly.
        if len(rows):
            factors = ([(1 + cosines(self.vectors, self.sought[i], rows)) / 2 for i in side]
                       for side in (self.positive, self.negative))
            scores, powers = _quotients(*factors)
            self.keep(rows, scores, np.broadcast_to(np.int32(powers), rows.shape))

    def keep(self, rows, scores, powers):
        """Take over rows whose scores, and the powers of two that go with them, are exact."""
        rows, scores = np.concatenate([self.rows, rows]), np.concatenate([self.scores, scores])
        powers = np.concatenate([self.powers, powers])
        order = np.lexsort((rows, -scores, -powers))[:self.k]
        self.rows, self.scores, self.powers = rows[order], scores[order], powers[order]
