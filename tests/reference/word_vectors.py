"""Slow twins of lexarray.word_vectors: means and cosines, number by number."""

import math


def mean(words, rows, size):
    """The mean of the rows of some words; a word without one counts as zeros."""
    columns = [[float(rows[word][i]) for word in words if word in rows] for i in range(size)]
    if not words or not all(math.isfinite(sum(column)) for column in columns):
        return [sum(number / len(words) for number in column) for column in columns]
    return [sum(column) / len(words) for column in columns]


def norm(vector):
    """The Euclidean length."""
    return math.hypot(*vector)


def similarity(a, b, rows, size):
    """The cosine of two sequences of words; 1 if they are the same, 0 if one has no vector or one of zeros."""
    if a == b:
        return 1.0
    x, y = mean(a, rows, size), mean(b, rows, size)
    if not norm(x) or not norm(y):
        return 0.0
    x, y = ([number / max(map(abs, vector)) for number in vector] for vector in (x, y))
    return sum(p * q for p, q in zip(x, y, strict=True)) / norm(x) / norm(y)
