"""Questions about rows of numbers, answered slowly. Rows are lists of floats."""

import math


def scaled(row):
    """A row times a power of two, so that its squares neither vanish nor overflow."""
    largest = max(map(abs, row), default=0.0)
    return [math.ldexp(value, -math.frexp(largest)[1]) for value in row]


def length(row):
    """The Euclidean length."""
    return math.hypot(*row)


def unit(row):
    """A row of length 1 in the same direction; zeros stay."""
    row = scaled(row)
    return [value / length(row) for value in row] if any(row) else row


def cosine(a, b):
    """The cosine of two rows; 0 if either is all zeros."""
    a, b = scaled(a), scaled(b)
    if not any(a) or not any(b):
        return 0.0
    dot, squares = (math.fsum(x * y for x, y in zip(*pair)) for pair in ((a, b), (a, a)))
    cosine = dot / math.sqrt(squares * math.fsum(y * y for y in b))
    return min(max(cosine, -1.0), 1.0)


def direction(items):
    """Of (row, weight, whether it is scaled to length 1 first): the weighted sum."""
    rows = [[weight * value for value in (unit(row) if scale else row)] for row, weight, scale in items]
    return [math.fsum(column) for column in zip(*rows)]


def mean(rows, weights, pre_normalize):
    """The weighted sum divided by the sum of the weights' absolute values."""
    total = sum(map(abs, weights))
    found = direction([(row, weight, pre_normalize) for row, weight in zip(rows, weights)])
    return [value / total for value in found] if total else found


def cosmul(row, positive, negative):
    """3CosMul."""
    def product(queries):
        return math.prod((1 + cosine(row, query)) / 2 for query in queries)
    return product(positive) / (product(negative) + 0.000001)


def best(scores, k, excluded=()):
    """(row, score) of the k best; of equals, the lower row first."""
    found = sorted(((-score, row) for row, score in enumerate(scores) if row not in excluded))
    return [(row, -score) for score, row in found[:k]]


def closer(table, query, other):
    """The rows that are nearer to a query than another row is."""
    return [row for row, values in enumerate(table) if cosine(values, query) > cosine(other, query)]


def cost_of_moving(counts1, counts2, cost):
    """The least cost of moving one multiset of words to another of as many, by trying every assignment."""
    from itertools import permutations
    first = [i for i, count in enumerate(counts1) for _ in range(count)]
    second = [i for i, count in enumerate(counts2) for _ in range(count)]
    return min(sum(cost[i][j] for i, j in zip(first, order)) for order in permutations(second)) / len(first)
