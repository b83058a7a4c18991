"""Slow twins of lexarray.word_vectors: means and cosines, number by number."""

import math


def mean(words, rows, size):
    """The mean of the rows of some words; a word without one counts as zeros."""
    total = [0.0] * size
    for word in words:
        for i, number in enumerate(rows.get(word, ())):
            total[i] += float(number)
    return [number / len(words) if words else 0.0 for number in total]


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
    return sum(p * q for p, q in zip(x, y, strict=True)) / norm(x) / norm(y)
