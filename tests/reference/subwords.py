"""Slow twins of what fastText knows of the parts of words: readable, and by another way than the compiled one."""

from fractions import Fraction


def fnv(data):
    """32-bit FNV-1a, with bytes taken as signed numbers."""
    value = 2166136261
    for byte in data:
        signed = byte - 256 if byte > 127 else byte
        value = (value ^ signed % 2**32) * 16777619 % 2**32
    return value


def ngrams(word, min_n, max_n):
    """The n-grams of ``<word>`` as texts: by their places, then their lengths; the brackets alone are none."""
    marked = f"<{word}>"
    return [marked[start:start + n] for start in range(len(marked)) for n in range(max(1, min_n), max_n + 1)
            if start + n <= len(marked) and not (n == 1 and start in (0, len(marked) - 1))]


def hashes(word, min_n, max_n):
    """The hash of each n-gram."""
    return [fnv(ngram.encode("utf-8", "surrogatepass")) for ngram in ngrams(word, min_n, max_n)]


def vector(word, matrix, min_n, max_n, own=None):
    """The mean of a word's own row, if it has one, and the rows of its n-grams: exact, then rounded once."""
    rows = [] if own is None else [own]
    if len(matrix):
        rows += [matrix[value % len(matrix)] for value in hashes(word, min_n, max_n)]
    if not rows:
        return [0.0] * matrix.shape[1]
    return [float(sum(map(Fraction, column), Fraction(0)) / len(rows)) for column in zip(*[map(float, row) for row in rows])]
