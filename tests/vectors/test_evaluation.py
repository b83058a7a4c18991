"""Judgements of similarity, analogies and distances of documents."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from lexarray.vectors import KeyedVectors, search
from reference import vectors as twin


@pytest.fixture
def kv():
    kv = KeyedVectors(3)
    kv.add_vectors(["man", "king", "woman", "queen", "King", "Apple", "nothing"],
                   [[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1], [-1, 2, 0], [0, 5, 1], [0, 0, 0]])
    return kv


@pytest.fixture
def path(tmp_path):
    def write(text, encoding="utf8"):
        file = tmp_path / "questions.txt"
        file.write_bytes(text.encode(encoding))
        return file
    return write


QUESTIONS = ": royals\nman king woman queen\nMAN woman king Queen\n\nman man woman king\n: others \nman king queen nowhere\nwoman man queen apple\n"


def test_analogies(kv, path):
    score, sections = kv.evaluate_word_analogies(path(QUESTIONS))
    right = [("MAN", "KING", "WOMAN", "QUEEN"), ("MAN", "WOMAN", "KING", "QUEEN")]
    # The answer to the third is the key nearest to `woman` that is not of the question: queen.
    wrong = [("MAN", "MAN", "WOMAN", "KING")]
    other = ("WOMAN", "MAN", "QUEEN", "APPLE")
    assert [section["section"] for section in sections] == ["royals", "others", "Total accuracy"]
    assert sections[0] == {"section": "royals", "correct": right, "incorrect": wrong}
    [(name, _)] = kv.most_similar(["man", "queen"], ["woman"], topn=1)
    assert name in ("king", "King")                 # another than the one that was asked for
    assert sections[1] == {"section": "others", "correct": [], "incorrect": [other]}
    assert sections[2] == {"section": "Total accuracy", "correct": right, "incorrect": [*wrong, other]}
    assert score == 2 / 4


def test_analogies_with_unknown_words(kv, path):
    score, sections = kv.evaluate_word_analogies(path(QUESTIONS), dummy4unknown=True)
    assert score == 2 / 5
    assert sections[1]["incorrect"] == [("MAN", "KING", "QUEEN", "NOWHERE"), ("WOMAN", "MAN", "QUEEN", "APPLE")]
    score, sections = kv.evaluate_word_analogies(path(QUESTIONS), case_insensitive=False)
    assert sections[-1]["correct"] == [("man", "king", "woman", "queen")]
    score, sections = kv.evaluate_word_analogies(path(QUESTIONS), restrict_vocab=2)
    assert score == 0.0 and sections[-1] == {"section": "Total accuracy", "correct": [], "incorrect": []}


def test_analogies_by_product(kv, path):
    file = path(": a\nman king woman queen\nwoman man queen king\nman woman king queen\n")
    for method in ("most_similar", "most_similar_cosmul"):
        _, sections = kv.evaluate_word_analogies(file, similarity_function=method)
        for a, b, c, expected in sections[-1]["correct"]:
            found = getattr(kv, method)([b.lower(), c.lower()], [a.lower()])
            assert next(name.upper() for name, _ in found if name.upper() not in (a, b, c)) == expected
        assert len(sections[-1]["correct"]) + len(sections[-1]["incorrect"]) == 3


def test_analogies_equal_one_question_after_the_other(path, monkeypatch):
    random = np.random.default_rng(4)
    kv = KeyedVectors(4)
    names = [f"{'wW'[i % 7 == 0]}{i // 2}" for i in range(80)]
    kv.add_vectors(names, random.integers(-2, 3, (80, 4)))
    words = list(kv.index_to_key)
    questions = [[words[i] for i in random.integers(0, len(words), 4)] for _ in range(150)]
    file = path(": all\n" + "".join(" ".join(question) + "\n" for question in questions))
    monkeypatch.setattr(search, "QUERIES_AT_ONCE", 9)
    monkeypatch.setattr(search, "PRODUCTS_AT_ONCE", 4)
    monkeypatch.setattr(search, "ROWS_A_THREAD", 10)
    found = {method: kv.evaluate_word_analogies(file, 50, similarity_function=method)[1][0]
             for method in ("most_similar", "most_similar_cosmul")}
    for method in found:
        assert kv.evaluate_word_analogies(file, 50, similarity_function=method, threads=3)[1][0] == found[method]
    first = {}
    for word in words[:50]:
        first.setdefault(word.upper(), word)
    n_known = 0
    for question in questions:
        a, b, c, expected = folded = tuple(word.upper() for word in question)
        if not all(word in first for word in folded):
            assert all(folded not in found[method][side] for method in found for side in ("correct", "incorrect"))
            continue
        n_known += 1
        for method in found:
            ranked = getattr(kv, method)([first[b], first[c]], [first[a]], topn=80, restrict_vocab=50)
            answer = next(name.upper() for name, _ in ranked if name.upper() not in (a, b, c))
            assert folded in found[method]["correct" if answer == expected else "incorrect"]
    assert n_known > 15


@pytest.mark.parametrize("text, words", [
    ("a b c d\n", "line 1: a question before the first section"),
    (": s\na b c\n", "line 2: not four words: 'a b c'"),
    (": s\n\na b c d e\n", "line 3: not four words"),
    ("", "no questions"),
    (": s\n", "no questions"),
])
def test_files_that_are_no_analogies(kv, path, text, words):
    file = path(text)
    with pytest.raises(ValueError, match=words) as caught:
        kv.evaluate_word_analogies(file)
    assert str(file) in str(caught.value)


def test_other_bad_input(kv, path, tmp_path):
    with pytest.raises(ValueError, match="'sum'"):
        kv.evaluate_word_analogies(path(QUESTIONS), similarity_function="sum")
    with pytest.raises(ValueError, match="line 2: not utf8"):
        kv.evaluate_word_analogies(path(": s\nmän a b c\n", "latin-1"))
    with pytest.raises(FileNotFoundError):
        kv.evaluate_word_analogies(tmp_path / "nowhere")


def test_extras_are_named_when_they_are_missing(kv, path, monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(ImportError, match=r"lexarray\[scipy\]"):
        kv.evaluate_word_pairs(path("man\tking\t1\n"))
    with pytest.raises(ImportError, match=r"lexarray\[scipy\]"):
        kv.wmdistance(["man"], ["king"])


def test_word_pairs(kv, path):
    stats = pytest.importorskip("scipy.stats")
    text = "\ufeff# a comment\n\nMan\tking\t9\nking\tqueen\t2.5\nqueen\tnowhere\t4\nman\tnothing\t1\r\n"
    judged = [9, 2.5, 1]
    found = [kv.similarity(*pair) for pair in (("man", "king"), ("king", "queen"), ("man", "nothing"))]
    pearson, spearman, unknown = kv.evaluate_word_pairs(path(text))
    assert (tuple(pearson), tuple(spearman)) == (tuple(stats.pearsonr(judged, found)), tuple(stats.spearmanr(judged, found)))
    assert unknown == 25.0
    pearson, _, unknown = kv.evaluate_word_pairs(path(text), dummy4unknown=True)
    assert tuple(pearson) == tuple(stats.pearsonr([9, 2.5, 4, 1], [*found[:2], 0, found[2]])) and unknown == 25.0
    text = text.replace("\t", ";").replace("\ufeff", "").replace("nowhere", "nowhère")
    assert kv.evaluate_word_pairs(path(text, "latin-1"), delimiter=";", encoding="latin-1")[2] == 25.0
    assert kv.evaluate_word_pairs(path(text), delimiter=";", case_insensitive=False)[2] == 50.0
    with pytest.raises(ValueError, match="0 pairs .* 4 that have an unknown word"):
        kv.evaluate_word_pairs(path(text), delimiter=";", restrict_vocab=1)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf8"])
def test_word_pairs_in_any_encoding(kv, path, encoding):
    pytest.importorskip("scipy.stats")
    # U+0A0A has bytes that look like newlines.
    text = "# \u0a0a\nman\tking\t9\r\nking\tqueen\t2.5\n\nqueen\tnowh\u0a0are\t4\nman\tnothing\t1"
    assert kv.evaluate_word_pairs(path(text, encoding), encoding=encoding)[2] == 25.0
    with pytest.raises(ValueError, match="line 5: not two words"):
        kv.evaluate_word_pairs(path(text.replace("nowh", "\t"), encoding), encoding=encoding)


@pytest.mark.parametrize("content, encoding, line", [
    ("man\tking\t9\n\nking\t".encode("utf-16") + b"\x00\xdc", "utf-16", 3),
    (b"man\tking\t9\nm\xe4n\tking\t9\n", "utf8", 2),
    (b"\xff", "ascii", 1),
])
def test_the_line_of_bytes_that_are_not_in_the_encoding(kv, tmp_path, content, encoding, line):
    pytest.importorskip("scipy.stats")
    file = tmp_path / "pairs.txt"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=f"pairs.txt, line {line}: not {encoding}"):
        kv.evaluate_word_pairs(file, encoding=encoding)


@pytest.mark.parametrize("text, words", [
    ("man\tking\t1\nman king 1\n", "line 2: not two words and a number .*'man king 1'"),
    ("man\tking\n", "line 1: not two words"),
    ("man\tking\tmuch\n", "line 1: not two words"),
    ("man\tking\t1\t2\n", "line 1: not two words"),
    ("", "0 pairs"),
    ("man\tking\t1\n", "1 pairs"),
])
def test_files_that_are_no_word_pairs(kv, path, text, words):
    pytest.importorskip("scipy.stats")
    with pytest.raises(ValueError, match=words):
        kv.evaluate_word_pairs(path(text))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_the_distance_of_documents_is_that_of_the_best_assignment(data):
    pytest.importorskip("scipy.optimize")
    rows = [[1.0, 0, 0], [0, 2, 0], [1, 1, 1], [0, 0, 0], [-1, 0, 3]]
    kv = KeyedVectors(3)
    kv.add_vectors(list("abcde"), rows)
    size = data.draw(st.integers(1, 5))
    documents = [data.draw(st.lists(st.sampled_from("abcde"), min_size=size, max_size=size)) for _ in range(2)]
    for norm in (True, False):
        places = [[(twin.unit(row) if norm else row) for row in rows]] * 2
        cost = [[np.linalg.norm(np.subtract(a, b)) for b in places[1]] for a in places[0]]
        counts = [["abcde".index(word) for word in document] for document in documents]
        expected = twin.cost_of_moving(*[[side.count(i) for i in range(5)] for side in counts], cost)
        found = kv.wmdistance([*documents[0], "nowhere"], documents[1], norm=norm)
        assert type(found) is float and abs(found - expected) < 1e-9
        assert abs(kv.wmdistance(documents[1] * 2, documents[0], norm=norm) - expected) < 1e-9


def test_distances_of_documents_without_known_words(kv):
    pytest.importorskip("scipy.optimize")
    assert kv.wmdistance([], []) == kv.wmdistance(["man"], ["nowhere"]) == float("inf")
    assert kv.wmdistance(["man"], ["man", "man"]) == 0
