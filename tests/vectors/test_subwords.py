"""N-grams and their rows, against the slow twins in tests/reference/subwords.py."""

import pickle

import numpy as np
import pytest
from hypothesis import example, given, strategies as st
from lexarray.vectors.keys import KeyTable
from lexarray.vectors.subwords import LONGEST, Subwords, ngram_hashes
from reference import subwords as slow

# Every character that Python has, lone surrogates too; ASCII, brackets and combining marks often.
CHARACTERS = st.one_of(st.sampled_from("ab<>é́\0\U0001f600\ud800\udfff\u07ff\u0800\uffff\U00010000\U0010ffff"),
                       st.characters(exclude_categories=()))
WORDS = st.text(CHARACTERS, max_size=20)
LENGTHS = st.integers(0, 8)


@given(WORDS, LENGTHS, LENGTHS)
@example("", 0, 1)
@example("", 2, 2)
@example("\ud800", 1, 3)
@example("<>", 1, 2)
def test_hashes(word, min_n, max_n):
    found = ngram_hashes(word, min_n, max_n)
    assert found.dtype == np.uint32
    assert found.tolist() == slow.hashes(word, min_n, max_n)


def test_hashes_are_those_of_fasttext():
    # Rows that fastText 0.9 itself reports for a model of 12 words with 50 buckets.
    def rows(word, min_n, max_n):
        return [12 + int(value) % 50 for value in ngram_hashes(word, min_n, max_n)]

    assert rows("cat", 1, 3) == [24, 59, 20, 57, 43, 32, 48, 18, 29, 27]
    assert rows("é", 1, 3) == [39, 43, 39, 43]
    assert rows("</sq>", 3, 6)[:12] == [28, 27, 36, 16, 15, 44, 32, 52, 14, 50, 42, 29]
    assert rows("", 1, 3) == [29]
    assert rows("zz", 0, 2) == [37, 45, 35, 45, 43]
    assert rows("cat", 5, 2) == rows("cat", 0, 0) == rows("", 3, 6) == []


@given(st.lists(WORDS, max_size=8), st.integers(0, 30), LENGTHS, LENGTHS, st.sampled_from(["f2", "f4", "f8"]), st.data())
def test_vectors(words, bucket, min_n, max_n, dtype, data):
    matrix = np.random.default_rng(data.draw(st.integers(0, 100))).normal(size=(bucket, 3)).astype(dtype)
    subwords = Subwords(matrix, min_n, max_n)
    wanted = np.array([slow.vector(word, matrix, min_n, max_n) for word in words]).reshape(-1, 3)
    error = {"f2": 2e-3, "f4": 1e-6, "f8": 1e-14}[dtype]
    many = subwords.infer(words)
    assert many.dtype == matrix.dtype and many.shape == (len(words), 3)
    np.testing.assert_allclose(many, wanted, rtol=error, atol=error)
    for word, row in zip(words, many):
        one = subwords.vector(word)
        assert one.dtype == matrix.dtype and one.tolist() == row.tolist()
        assert subwords.has_ngrams(word) == bool(bucket and slow.ngrams(word, min_n, max_n))
        assert not (subwords.is_empty and subwords.has_ngrams(word))
        assert bucket == 0 or subwords.sums(np.frombuffer(word.encode("utf-8", "surrogatepass") or b"\0", np.uint8),
                                            np.array([0, len(word.encode("utf-8", "surrogatepass"))], np.uint64), 0, 1
                                            )[1][0] == len(slow.ngrams(word, min_n, max_n))


@given(st.lists(WORDS, max_size=600, unique=True), st.integers(-1, 3), st.integers(0, 100))
def test_own_rows_and_back(words, bare, seed):
    random = np.random.default_rng(seed)
    bare = bare if bare < len(words) else -1
    subwords = Subwords(random.normal(size=(20, 4)).astype("f4"), 2, 4)
    own = random.normal(size=(len(words), 4)).astype("f4")
    text, offsets, _, _ = KeyTable.of(words).arrays()
    rows = own.copy()
    subwords.compose(text, offsets, rows, 0, len(rows), bare)
    for i in {0, len(words) // 2, len(words) - 1, bare} & set(range(len(words))):
        expected = own[i].tolist() if i == bare else slow.vector(words[i], subwords.matrix, 2, 4, own[i])
        np.testing.assert_allclose(rows[i], expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(subwords.decompose(text, offsets, rows, bare), own, atol=3e-5)


def test_a_part_of_the_rows_and_wide_rows():
    words = [f"word{i}" for i in range(40)]
    text, offsets, _, _ = KeyTable.of(words).arrays()
    for size in (1, 3, 70_000):
        subwords = Subwords(np.ones((5, size), "f4"), 3, 3)
        rows = np.zeros((40, size), "f4")
        subwords.compose(text, offsets, rows, 10, 20, -1)
        assert (rows[:10] == 0).all() and (rows[20:] == 0).all() and (rows[10:20] > 0.5).all()


def test_a_very_long_word():
    word = "é" * 200_000
    subwords = Subwords(np.ones((7, 2), "f4"), 3, 6)
    assert len(ngram_hashes(word, 3, 6)) == sum(200_002 - n + 1 for n in range(3, 7))
    assert subwords.vector(word).tolist() == [1, 1]


def test_what_cannot_be():
    matrix = np.ones((5, 2), "f4")
    for arguments in ((-1, 3), (3, -1), (0, LONGEST + 1), (LONGEST + 1, 0)):
        with pytest.raises(ValueError, match="characters are possible"):
            Subwords(matrix, *arguments)
    with pytest.raises(TypeError, match="int32"):
        Subwords(matrix.astype(np.int32), 3, 6)
    with pytest.raises(ValueError, match="C-contiguous"):
        Subwords(np.ones((4, 2), "f4").T, 3, 6)
    with pytest.raises(ValueError, match="C-contiguous"):
        Subwords(np.ones(4, "f4"), 3, 6)
    subwords = Subwords(matrix, 3, 6)
    with pytest.raises(TypeError):
        subwords.vector(None)
    with pytest.raises(ValueError):
        subwords.matrix[0] = 1
    text = np.frombuffer(b"abc", np.uint8)
    for offsets in ([0, 4], [2, 1], [2**63, 2**63]):
        with pytest.raises(ValueError, match="damaged"):
            subwords.sums(text, np.array(offsets, np.uint64), 0, 1)
    for first, last in ((0, 2), (-1, 1), (1, 0)):
        with pytest.raises(IndexError):
            subwords.sums(text, np.array([0, 3], np.uint64), first, last)


def test_pickle():
    subwords = Subwords(np.arange(6, dtype="f4").reshape(3, 2), 2, 3)
    copy = pickle.loads(pickle.dumps(subwords))
    assert (copy.min_n, copy.max_n, copy.bucket, copy.vector_size) == (2, 3, 3, 2)
    assert copy.vector("tea").tolist() == subwords.vector("tea").tolist()
    assert "3 rows" in repr(copy)
