"""How good a table of vectors is: judgements of similarity, analogies, and distances of whole documents.

The functions work on a :class:`~lexarray.vectors.vector_table.Snapshot` and change nothing.
"""
from collections import Counter
from itertools import chain
from math import ldexp
from pathlib import Path

import numpy as np

from lexarray.extras import load_extra
from lexarray.vectors.kernels import cosines, unit_query
from lexarray.vectors.search import QUERIES_AT_ONCE, search_products, search_rows


def _lines(path, encoding="utf8"):
    # (number, text) of those that are not empty. All is read first: a newline need not be one byte.
    content = Path(path).read_bytes()
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        number = content[:error.start].decode(encoding, "replace").count("\n") + 1
        raise ValueError(f"{Path(path)}, line {number}: not {encoding}: {error}") from None
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if line.strip():
            yield number, line.strip("\r\n")


class _Words:
    # The first rows of a table by their keys, in upper case or as they are.

    def __init__(self, table, restrict_vocab, case_insensitive):
        _, self.n, _ = slice(0, restrict_vocab).indices(len(table))
        self.fold = str.upper if case_insensitive else str
        self.row_of = {}                            # the first row of each
        self.others = {}                            # the other rows of those that have several
        for row in range(self.n):
            word = self.fold(table.keys[row])
            if self.row_of.setdefault(word, row) != row:
                self.others.setdefault(word, []).append(row)

    def rows_of(self, words):
        """All rows of some words that are there, sorted."""
        rows = chain.from_iterable((self.row_of[word], *self.others.get(word, ())) for word in words)
        return np.array(sorted(set(rows)), np.int64)


def evaluate_word_pairs(table, pairs, delimiter, encoding, restrict_vocab, case_insensitive, dummy4unknown):
    """See :meth:`~lexarray.vectors.KeyedVectors.evaluate_word_pairs`."""
    stats = load_extra("scipy.stats", "scipy")
    words = _Words(table, restrict_vocab, case_insensitive)
    judged, found, unknown = [], [], 0
    for number, line in _lines(pairs, encoding):
        if line.startswith("#"):
            continue
        try:
            first, second, judgement = line.split(delimiter)
            judgement = float(judgement)
        except ValueError:
            raise ValueError(f"{Path(pairs)}, line {number}: not two words and a number with {delimiter!r} between "
                             f"them: {line!r:.80}") from None
        rows = [words.row_of.get(words.fold(word.strip()), -1) for word in (first, second)]
        if min(rows) >= 0:
            found.append(cosines(table.vectors, table.vectors[rows[0]], [rows[1]])[0])
        else:
            unknown += 1
            if not dummy4unknown:
                continue
            found.append(0.0)
        judged.append(judgement)
    if len(judged) < 2:
        raise ValueError(f"{Path(pairs)}: {len(judged)} pairs whose words the table has, and {unknown} that have an "
                         f"unknown word: at least 2 are needed")
    total = len(judged) if dummy4unknown else len(judged) + unknown
    return stats.pearsonr(judged, found), stats.spearmanr(judged, found), unknown / total * 100


def evaluate_word_analogies(table, analogies, restrict_vocab, case_insensitive, dummy4unknown, similarity_function,
                            threads):
    """See :meth:`~lexarray.vectors.KeyedVectors.evaluate_word_analogies`."""
    if similarity_function not in ("most_similar", "most_similar_cosmul"):
        raise ValueError(f"similarity_function is 'most_similar' or 'most_similar_cosmul', not "
                         f"{similarity_function!r:.80}")
    words = _Words(table, restrict_vocab, case_insensitive)
    sections, questions = _read_analogies(analogies, words)
    known = [i for i, (_, question) in enumerate(questions) if all(word in words.row_of for word in question)]
    complete = _complete_by_sum if similarity_function == "most_similar" else _complete_by_product
    answers = dict.fromkeys(range(len(questions)) if dummy4unknown else known, -1)
    for start in range(0, len(known), QUERIES_AT_ONCE):
        part = known[start:start + QUERIES_AT_ONCE]
        answers.update(zip(part, complete(table, words, [questions[i][1] for i in part], threads), strict=True))
    for i, row in answers.items():
        section, question = questions[i]
        correct = row >= 0 and words.fold(table.keys[row]) == question[3]
        sections[section]["correct" if correct else "incorrect"].append(question)
    total = {"section": "Total accuracy",
             **{side: [question for section in sections for question in section[side]]
                for side in ("correct", "incorrect")}}
    n_correct, n_incorrect = len(total["correct"]), len(total["incorrect"])
    return n_correct / max(1, n_correct + n_incorrect), [*sections, total]


def _read_analogies(path, words):
    # The sections, still empty; and (number of the section, four words) of every line.
    sections, questions = [], []
    for number, line in _lines(path):
        if line.startswith(":"):
            sections.append({"section": line.removeprefix(":").strip(), "correct": [], "incorrect": []})
            continue
        question = tuple(words.fold(word) for word in line.split())
        if len(question) != 4:
            raise ValueError(f"{Path(path)}, line {number}: not four words: {line!r:.80}")
        if not sections:
            raise ValueError(f"{Path(path)}, line {number}: a question before the first section (': name')")
        questions.append((len(sections) - 1, question))
    if not questions:
        raise ValueError(f"{Path(path)}: no questions in it")
    return sections, questions


def _complete_by_sum(table, words, questions, threads):
    # The row that completes each: the nearest to b - a + c.
    rows = [[words.row_of[word] for word in question[:3]] for question in questions]
    units = {row: unit_query(table.vectors[row], table.vectors.shape[1]) for row in set(chain.from_iterable(rows))}
    queries = np.array([units[b] + units[c] - units[a] for a, b, c in rows])
    excluded = [words.rows_of(question[:3]) for question in questions]
    return search_rows(table.vectors, table.norms, queries, 1, 0, words.n, excluded, threads)[0][:, 0].tolist()


def _complete_by_product(table, words, questions, threads):
    # The row that completes each by 3CosMul.
    rows = np.array([[words.row_of[word] for word in question[:3]] for question in questions])
    used, places = np.unique(rows, return_inverse=True)
    asked = [([b, c], [a]) for a, b, c in places.reshape(rows.shape).tolist()]
    excluded = [words.rows_of(question[:3]) for question in questions]
    found = search_products(table.vectors, table.norms, table.vectors[used], asked, 1, 0, words.n, excluded, threads)
    return [int(best[0]) if len(best) else -1 for best, _ in found]


def wmdistance(document1, document2, norm):
    """The Word Mover's Distance: the least that it costs to move the words of one document to those of the other,
    where moving all of a document over a Euclidean distance of 1 costs 1.

    Args:
        document1, document2: each its known words (list[str]) and their vectors (float64 array, n x d).
        norm (bool): whether vectors are scaled to length 1 first.

    Raises:
        OverflowError: the distance is too large for a float.

    Cost: a linear program with as many variables as there are pairs of different words.
    """
    optimize, sparse = load_extra("scipy.optimize", "scipy"), load_extra("scipy.sparse", "scipy")
    shares, places = [], []
    for words, vectors in (document1, document2):
        if not words:
            return float("inf")
        counts = Counter(words)
        first = [words.index(word) for word in counts]
        shares.append(np.array(list(counts.values())) / len(words))
        places.append(np.array([unit_query(vectors[i], vectors.shape[1]) for i in first]) if norm else vectors[first])
    n, m = len(shares[0]), len(shares[1])
    # Over a power of two, for the squares to neither overflow nor vanish.
    power = int(np.frexp(max(np.abs(side).max() for side in places))[1])
    places = [np.ldexp(side, -power) for side in places]
    cost = np.sqrt(np.stack([np.square(places[1] - place).sum(axis=1) for place in places[0]]))
    # What leaves each word of the first document, and what arrives at each of the second.
    leaves = sparse.kron(sparse.eye(n), np.ones((1, m)))
    arrives = sparse.kron(np.ones((1, n)), sparse.eye(m))
    solution = optimize.linprog(cost.ravel(), A_eq=sparse.vstack([leaves, arrives], format="csr"),
                                b_eq=np.concatenate(shares), method="highs")
    if solution.status != 0:
        raise ArithmeticError(f"the distance of documents of {n} and {m} words was not found: {solution.message}")
    try:
        return ldexp(max(0.0, float(solution.fun)), power)
    except OverflowError:
        raise OverflowError(f"the distance is too large for a float: {solution.fun:g} * 2**{power}") from None
