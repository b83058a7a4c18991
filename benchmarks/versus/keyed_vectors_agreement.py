"""Whether lexarray's KeyedVectors answers as gensim's does.

    python benchmarks/versus/keyed_vectors_agreement.py [ROUNDS]

Random tables with ties, rows of zeros and equal rows, and random questions by every documented method. Each answer is
the same (numbers to 0.00001), or differs in a way that docs/from-gensim.md lists; any other difference is printed, and
the script fails. Installs nothing: run it where lexarray and gensim are installed (the `bench` extra), with SciPy and
POT for the distances of documents.
"""

import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import gensim.models
import lexarray
import numpy as np

CLOSE = 1e-5
SAME = "the same"
ZERO = "a vector of zeros: gensim NaN, or what follows from it; ours 0"
TIES = "equal scores: gensim in any order, ours the lower row (or what was given) first"
RANGE = "most_similar_cosmul(restrict_vocab=): gensim looks at all rows"
EMPTY_RANGE = "restrict_vocab=0 and clip_end=0: gensim looks at all rows, ours at none"
NO_COSINE = "rank_by_centrality(use_norm=False): gensim's scores are no cosines"
ONE_KEY = "one str where a list is asked for: gensim takes its letters, ours takes it as a key"
NUMBERS = "a list of numbers as a vector: gensim takes them for rows"
EMPTY = "no keys, or no lines: gensim's error comes from NumPy, or from dividing by 0"
LINES = "a malformed line of a test set: gensim leaves it out, ours raises ValueError with the line"
MIXED = "row numbers and str with equal scores: gensim fails, ours keeps the order"
NO_WAY = "wmdistance of different words in one place: gensim says infinity, ours 0"
FLOAT32 = "most_similar_cosmul with a divisor near 0: gensim's rounding to float32 is seen"
CHANGED = "gensim scales rows of a float64 table in place while it answers; ours changes nothing"


def make_table(random):
    """Keys and rows: with rows that are zeros, equal, multiples of each other, or random."""
    n, d = random.integers(2, 40), random.integers(1, 9)
    rows = random.integers(-2, 3, (n, d)).astype(np.float32) if random.integers(0, 2) else random.normal(size=(n, d))
    with_zeros = random.integers(0, 2)
    for row in range(n):
        kind = random.integers(0, 7)
        if kind == 0 and with_zeros:
            rows[row] = 0
        elif kind == 1 and row:
            rows[row] = rows[random.integers(0, row)]
        elif kind == 2 and row:
            rows[row] = 2 * rows[random.integers(0, row)]
    if not with_zeros:
        rows[~rows.any(axis=1), 0] = 1
    return [f"k{i}" for i in range(n)], rows.astype(random.choice([np.float32, np.float64]))


def ask(function):
    """An answer, or the exception."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return function()
    except Exception as error:
        return error


def near(a, b):
    """Whether two numbers, or all in two arrays, are the same."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=CLOSE, atol=CLOSE))


def compare_numbers(ours, theirs, zero):
    """Numbers, or arrays of them."""
    if near(ours, theirs):
        return SAME
    ours, theirs = np.atleast_1d(np.asarray(ours, np.float64)), np.atleast_1d(np.asarray(theirs, np.float64))
    known = np.isfinite(theirs)
    if zero and ours.shape == theirs.shape and near(ours[known], theirs[known]):
        return ZERO
    return ZERO if zero and ours.shape == (1,) else None


def compare_ranked(ours, theirs, zeros):
    """(key, score), best first, of all rows; `zeros`: the keys of rows of zeros."""
    if [key for key, _ in ours] == [key for key, _ in theirs] and near([s for _, s in ours], [s for _, s in theirs]):
        return SAME
    left = [[(key, score) for key, score in ranked if key not in zeros] for ranked in (ours, theirs)]
    if any(not np.isfinite(score) for _, score in left[1]):
        return ZERO
    if not near([score for _, score in left[0]], [score for _, score in left[1]]):
        return None
    theirs_by_key = dict(left[1])
    for key, score in left[0]:
        # One that is cut off at the end ties with another that is not.
        if not near(score, theirs_by_key.get(key, left[1][-1][1])):
            return None
    return ZERO if len(left[0]) < len(ours) or len(left[1]) < len(theirs) else TIES


def compare_errors(ours, theirs):
    """Two answers of which at least one is an exception."""
    if isinstance(ours, Exception) and isinstance(theirs, Exception):
        same = type(ours) is type(theirs) or {type(ours), type(theirs)} <= {TypeError, ValueError}
        return SAME if same else EMPTY if isinstance(ours, ValueError) else None
    return None


class Round:
    """One table in both libraries, and the questions."""

    def __init__(self, seed, count):
        self.random = random = np.random.default_rng(seed)
        self.keys, rows = make_table(random)
        self.ours = lexarray.KeyedVectors(rows.shape[1], dtype=rows.dtype)
        self.theirs = gensim.models.KeyedVectors(rows.shape[1], dtype=rows.dtype)
        for table in (self.ours, self.theirs):
            table.add_vectors(self.keys, rows)
        self.rows = rows.copy()
        self.zeros = {key for key, row in zip(self.keys, rows) if not row.any()}
        self.count = count
        self.seed = seed

    def some(self, most, least=1, rows=True):
        """Some keys, sometimes as row numbers."""
        keys = [str(key) for key in self.random.choice(self.keys, self.random.integers(least, most + 1))]
        return [self.keys.index(key) if rows and self.random.integers(0, 5) == 0 else key for key in keys]

    def has_zero(self, *keys):
        """Whether one of the keys is a row of zeros."""
        return any((self.keys[key] if isinstance(key, int) else key) in self.zeros for key in keys)

    def check(self, method, args, kwargs, compare, or_fails=None):
        """Ask both, and count how they agree. `or_fails`: the listed difference if only gensim fails."""
        ours, theirs = (ask(lambda: getattr(table, method)(*args, **kwargs)) for table in (self.ours, self.theirs))
        if not np.array_equal(self.theirs.vectors, self.rows):
            self.theirs.vectors[:] = self.rows
            self.theirs.fill_norms(force=True)
            self.count[method, CHANGED] += 1
        if isinstance(theirs, Exception) and not isinstance(ours, Exception):
            result = or_fails
        elif isinstance(ours, Exception):
            result = compare_errors(ours, theirs)
        else:
            result = compare(ours, theirs)
        if result is None:
            self.count[method, "NOT LISTED"] += 1
            print(f"seed {self.seed}: {method}(*{args}, **{kwargs})\n    ours   {ours!r}\n    gensim {theirs!r}")
        else:
            self.count[method, result] += 1

    def ranked(self, ours, theirs):
        """Compare lists of the best."""
        if isinstance(ours, np.ndarray):
            return compare_numbers(ours, theirs, bool(self.zeros))
        return compare_ranked(ours, theirs, self.zeros)

    def products(self, ours, theirs):
        """Compare products of cosines that are large."""
        if not isinstance(ours, np.ndarray):
            ours, theirs = (np.array([score for key, score in ranked if key not in self.zeros]) for ranked in (ours, theirs))
        close = (np.abs(ours - theirs) < 1e-3 * np.maximum(ours, 0.01)) | ((ours > 10) & (np.abs(ours - theirs) < 0.3 * ours)) | np.isnan(theirs)
        return FLOAT32 if close.all() else None

    def numbers(self, *keys):
        """A comparison of numbers that come from some keys."""
        return lambda ours, theirs: compare_numbers(ours, theirs, self.has_zero(*keys))

    def topn(self):
        """All, an array of all, or few if no zeros make the lists' ends differ."""
        few = [] if self.zeros else [0, 1, 3, 10]
        return [None, len(self.keys), *few][self.random.integers(0, 2 + len(few))]

    def vanishes(self, positive, negative):
        """Whether the mean of some keys is so near to zeros that its direction is rounding."""
        mean = self.ours.get_mean_vector([*positive, *negative], [1] * len(positive) + [-1] * len(negative))
        return np.linalg.norm(mean) < 1e-3

    def ask_all(self):
        """Every method."""
        random, n = self.random, len(self.keys)
        a, b = self.some(2, 2)
        vector = random.normal(size=self.rows.shape[1])
        first, last = sorted(int(i) for i in random.integers(0, n + 1, 2))
        last += last == 0
        positive, negative = self.some(3), self.some(2, 0)
        topn = self.topn()
        if not self.vanishes(positive, negative):
            self.check("most_similar", (positive, negative), {"topn": topn}, self.ranked)
            self.check("most_similar", (positive, negative), {"topn": topn, "clip_start": first, "clip_end": last}, self.ranked)
            self.check("most_similar", (positive, negative), {"topn": topn, "restrict_vocab": last}, self.ranked)
        self.check("most_similar", ([(a, 0.5), (vector, 2.0)],), {"topn": topn}, self.ranked)
        self.check("most_similar", (), {"negative": [(vector, -1.5)], "topn": topn}, self.ranked)
        self.check("most_similar", (a,), {"topn": -1}, self.ranked)
        self.check("most_similar", ("nowhere",), {}, self.ranked)
        self.check("most_similar", (), {}, self.ranked)
        self.check("most_similar", (a,), {"restrict_vocab": 0, "topn": n},
                   lambda ours, theirs: EMPTY_RANGE if ours == [] else None)
        self.check("similar_by_key", (a, topn), {}, self.ranked)
        self.check("similar_by_word", (a, topn), {"restrict_vocab": last}, self.ranked)
        self.check("similar_by_vector", (vector, topn), {}, self.ranked)
        self.check("similar_by_vector", (vector.tolist(), n), {}, lambda ours, theirs: NUMBERS, NUMBERS)
        names = self.some(3, rows=False), self.some(2, 0, rows=False)
        self.check("most_similar_cosmul", names, {"topn": topn}, lambda ours, theirs: self.ranked(ours, theirs) or
                   self.products(ours, theirs))
        self.check("most_similar_cosmul", names, {"topn": None, "restrict_vocab": first}, lambda ours, theirs:
                   RANGE if len(ours) < len(theirs) and self.products(ours, theirs[:len(ours)]) else
                   self.ranked(ours, theirs) or self.products(ours, theirs))
        self.check("most_similar_to_given", (a, self.some(4)), {}, lambda ours, theirs: self.chosen(a, ours, theirs))
        self.check("similarity", (a, b), {}, self.numbers(a, b))
        self.check("similarity", (a, "nowhere"), {}, self.numbers(a))
        self.check("distance", (a, b), {}, self.numbers(a, b))
        self.check("distances", (a,), {}, self.numbers(a, *self.zeros))
        others = self.some(4)
        self.check("distances", (a, others), {}, self.numbers(a, *others))
        self.check("distances", (vector, others), {}, self.numbers(*others))
        self.check("cosine_similarities", (vector, self.rows), {}, self.numbers(*self.zeros))
        left, right = [*self.some(3), "nowhere"], self.some(3)
        if not self.vanishes(left, []) and not self.vanishes(right, []) and not self.plain_mean_vanishes(left, right):
            self.check("n_similarity", (left, right), {}, self.numbers(*left, *right))
        self.check("n_similarity", ([], right), {}, self.numbers())
        self.check("closer_than", (a, b), {}, lambda ours, theirs: self.closer(a, b, ours, theirs))
        self.check("rank", (a, b), {}, lambda ours, theirs: SAME if ours == theirs else self.closer(
            a, b, self.ours.closer_than(a, b), ask(lambda: self.theirs.closer_than(a, b))))
        top = int(random.integers(1, n))
        divisor = sum(score for _, score in self.ours.most_similar(a, topn=top))
        if abs(divisor) > 0.05:
            self.check("relative_cosine_similarity", (a, b, top), {}, self.numbers(a, b, *self.zeros),
                       ZERO if self.zeros else None)
        group = self.some(5)
        if not self.vanishes(group, []):
            self.check("doesnt_match", ([*group, "nowhere"],), {}, lambda ours, theirs: self.outsider(group, ours, theirs), MIXED)
            self.check("rank_by_centrality", (group,), {}, lambda ours, theirs: compare_ranked(
                [(str(key), score) for score, key in ours], [(str(key), float(score)) for score, key in theirs],
                {str(key) for key in group} if self.has_zero(*group) else ()), MIXED)
        self.check("rank_by_centrality", (group,), {"use_norm": False}, lambda ours, theirs: NO_COSINE, MIXED)
        self.check("doesnt_match", ([],), {}, self.ranked)
        weights = random.normal(size=len(group))
        for kwargs in ({}, {"pre_normalize": False}, {"weights": weights}):
            self.check("get_mean_vector", (group,), kwargs, self.numbers(*group))
        if not self.vanishes(group, []):
            self.check("get_mean_vector", (group,), {"post_normalize": True}, self.numbers(*group))
        self.check("get_mean_vector", ([*group, "nowhere", vector],), {}, self.numbers(*group))
        self.check("get_mean_vector", ([*group, "nowhere"],), {"ignore_missing": False}, self.numbers(*group))
        self.check("get_mean_vector", ([],), {}, self.numbers())
        self.check("get_mean_vector", (self.keys[0],), {}, lambda ours, theirs: ONE_KEY)
        self.check("vectors_for_all", ([*names[0], "nowhere", self.keys[0]],), {}, lambda ours, theirs: SAME if (
            list(ours.index_to_key) == list(theirs.index_to_key) and near(ours.vectors, theirs.vectors)) else None)
        for method in ("get_vector", "__getitem__", "get_index", "has_index_for", "__contains__"):
            for key in (a, "nowhere"):
                self.check(method, (key,), {}, lambda ours, theirs: SAME if near(ours, theirs) else None)
        self.check("__getitem__", (group,), {}, lambda ours, theirs: SAME if near(ours, theirs) else None)
        self.check("get_vector", (a,), {"norm": True}, self.numbers(a))
        self.check("get_normed_vectors", (), {}, self.numbers(*self.zeros))
        documents = [[*self.some(5, rows=False), "nowhere"] for _ in range(2)]
        for norm in (True, False):
            of_words = self.numbers(*documents[0][:-1], *documents[1][:-1])
            self.check("wmdistance", (*documents,), {"norm": norm}, lambda ours, theirs:
                       NO_WAY if abs(ours) < CLOSE and theirs == np.inf else of_words(ours, theirs))
        self.check("wmdistance", (documents[0], ["nowhere"]), {}, self.numbers())
        self.evaluate()

    def plain_mean_vanishes(self, *sides):
        """Whether a mean of vectors as they are is near to zeros."""
        return any(np.linalg.norm(self.ours.get_mean_vector(side, pre_normalize=False)) < 1e-3 for side in sides)

    def chosen(self, key, ours, theirs):
        """Which of some keys is nearest."""
        if ours == theirs:
            return SAME
        a, b = self.ours.similarity(key, ours), self.ours.similarity(key, theirs)
        return TIES if abs(a - b) < CLOSE else ZERO if self.zeros else None

    def closer(self, key, other, ours, theirs):
        """Which keys are nearer than another."""
        if ours == theirs:
            return SAME
        limit = self.ours.similarity(key, other)
        if all(abs(self.ours.similarity(key, name) - limit) < CLOSE for name in {*ours} ^ {*theirs}):
            return TIES
        return ZERO if self.has_zero(key, other) or {*ours} ^ {*theirs} <= self.zeros else None

    def outsider(self, group, ours, theirs):
        """Which of some keys does not match."""
        if ours == theirs:
            return SAME
        scores = {key: score for score, key in self.ours.rank_by_centrality(group)}
        return TIES if abs(scores[ours] - scores[theirs]) < CLOSE else ZERO if self.has_zero(*group) else None

    def evaluate(self):
        """Test sets of random lines."""
        random = self.random
        words = [*self.keys, "nowhere"]

        def draw(size):
            return [str(word).upper() if random.integers(0, 3) == 0 else str(word) for word in random.choice(words, size)]

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "pairs")
            kwargs = {"dummy4unknown": bool(random.integers(0, 2)), "case_insensitive": bool(random.integers(0, 2)),
                      "restrict_vocab": int(random.integers(2, len(words) + 3))}
            path.write_text("# a comment\n" + "".join("\t".join([*draw(2), f"{random.normal():.3f}\n"]) for _ in range(12)))
            self.check("evaluate_word_pairs", (str(path),), kwargs, self.correlations)
            bad = Path(folder, "bad")
            bad.write_text(path.read_text() + "one two\n")
            self.check_line("evaluate_word_pairs", bad, kwargs)
            path = Path(folder, "analogies")
            path.write_text(": one\n" + "".join(" ".join(draw(4)) + "\n" for _ in range(8)) + ": two\n"
                            + "".join(" ".join(draw(4)) + "\n" for _ in range(4)))
            for function in ("most_similar", "most_similar_cosmul"):
                self.check("evaluate_word_analogies", (str(path),), {**kwargs, "similarity_function": function},
                           lambda ours, theirs: self.analogies(ours, theirs, function))
            self.check("evaluate_word_analogies", (str(path),), kwargs, lambda ours, theirs: self.analogies(ours, theirs, ""))
            bad.write_text(path.read_text() + "one two\n")
            self.check_line("evaluate_word_analogies", bad, kwargs)

    def check_line(self, method, path, kwargs):
        """A malformed line must raise."""
        error = ask(lambda: getattr(self.ours, method)(str(path), **kwargs))
        self.count[method, LINES if isinstance(error, ValueError) and "line 1" in str(error) else "NOT LISTED"] += 1

    def correlations(self, ours, theirs):
        """The figures of word pairs."""
        a, b = ([*pearson, *spearman, unknown] for pearson, spearman, unknown in (ours, theirs))
        if np.allclose(a, b, rtol=1e-3, atol=1e-3, equal_nan=True):
            return SAME
        # Of scores that are equal but for rounding, ranks jump; if all are, the correlation is not defined.
        if np.isnan(a[0]) or np.isnan(b[0]):
            return TIES
        return TIES if np.allclose(a[:2] + a[4:], b[:2] + b[4:], rtol=1e-3, atol=1e-3, equal_nan=True) else ZERO if self.zeros else None

    def analogies(self, ours, theirs, function):
        """The sections of analogies."""
        if ours[1] == theirs[1] and near(ours[0], theirs[0]):
            return SAME
        if [section["section"] for section in ours[1]] != [section["section"] for section in theirs[1]]:
            return None
        if sum(map(len, (ours[1][-1]["correct"], ours[1][-1]["incorrect"]))) != sum(
                map(len, (theirs[1][-1]["correct"], theirs[1][-1]["incorrect"]))):
            return None
        if self.zeros:
            return ZERO
        if function == "most_similar_cosmul":
            return RANGE
        differing = {*ours[1][-1]["correct"]} ^ {*theirs[1][-1]["correct"]}
        return TIES if all(self.ties(question) for question in differing) else None

    def ties(self, question):
        """Whether the answer to an analogy is one of several that are as good."""
        a, b, c, expected = (self.keys.index(word.lower()) for word in question)
        scores = self.ours.most_similar([b, c], [a], topn=None)
        if self.vanishes([b, c], [a]):
            return True
        rest = [score for row, score in enumerate(scores) if row not in (a, b, c, expected)]
        return bool(rest) and bool(np.abs(np.array(rest) - scores[expected]).min() < 1e-3)


def main():
    """Compare, and print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    count = Counter()
    for seed in range(rounds):
        Round(seed, count).ask_all()
    print(f"{rounds:,} tables, {count.total():,} answers compared")
    for kind in sorted({kind for _, kind in count}, key=lambda kind: -sum(count[key] for key in count if key[1] == kind)):
        methods = {method: number for (method, of), number in count.items() if of == kind}
        print(f"{sum(methods.values()):8,}  {kind}")
        if kind != SAME:
            print("          " + ", ".join(f"{method} {number:,}" for method, number in sorted(methods.items())))
    sys.exit(any(kind == "NOT LISTED" for _, kind in count))


if __name__ == "__main__":
    main()
