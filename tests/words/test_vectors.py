"""The vectors of a vocabulary: its table, words' rows by key, pruning."""

import gzip
import os
import subprocess
import sys
import threading
import warnings

import lexarray
import numpy as np
import pytest
from hypothesis import given, strategies as st
from lexarray.errors import VectorFileError
from lexarray.lexeme import Lexeme
from lexarray.row_source import RowSource
from lexarray.strings import hash_string
from lexarray.vectors import FastTextKeyedVectors, KeyedVectors
from lexarray.vectors.vector_table import VectorTable
from lexarray.vocab import Vocab
from lexarray.word_vectors import WordSequence, WordVectors
from reference import word_vectors

ROWS = {"a": [1, 2, 3], "b": [3, 0, 1], "zero": [0, 0, 0], "NOUN": [1, 0, 0], "": [0, 2, 0]}


def table(rows=None, dtype=np.float32):
    rows = ROWS if rows is None else rows
    kv = KeyedVectors(len(next(iter(rows.values()))), dtype=dtype)
    kv.add_vectors(list(rows), list(rows.values()))
    return kv


def vocab_of(rows=None, dtype=np.float32):
    vocab = Vocab()
    vocab.vectors = table(rows, dtype)
    return vocab


def test_a_vocabulary_without_vectors():
    vocab = Vocab()
    lexeme = vocab["a"]
    assert vocab.vectors is None and vocab.vectors_length == 0
    assert not vocab.has_vector("a") and not lexeme.has_vector and lexeme.is_oov
    assert vocab.get_vector("a").shape == lexeme.vector.shape == (0,)
    assert vocab.get_vector("a").dtype == lexeme.vector.dtype == np.float32
    assert lexeme.vector_norm == 0.0 and type(lexeme.vector_norm) is float
    with pytest.warns(UserWarning, match="Lexeme.similarity is 0.0 because the vocabulary has no vectors"):
        assert lexeme.similarity(vocab["b"]) == 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert lexeme.similarity(lexeme) == 1.0 and lexeme.similarity(Vocab()["a"]) == 1.0


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_words_have_the_rows_of_their_texts(dtype):
    vocab = vocab_of(dtype=dtype)
    assert vocab.vectors_length == 3
    for word, row in ROWS.items():
        lexeme = vocab[word]
        for vector in lexeme.vector, vocab.get_vector(word), vocab.get_vector(lexeme.orth):
            assert vector.dtype == np.float32 and vector.tolist() == row
        assert lexeme.has_vector and not lexeme.is_oov
        assert vocab.has_vector(word) and vocab.has_vector(lexeme.orth)
        assert lexeme.vector_norm == pytest.approx(word_vectors.norm(row), rel=1e-15)
    unknown = vocab["unknown"]
    assert unknown.vector.tolist() == vocab.get_vector("unknown").tolist() == [0, 0, 0]
    assert unknown.is_oov and not unknown.has_vector and not vocab.has_vector("unknown") and unknown.vector_norm == 0


def test_looking_up_stores_nothing():
    vocab = vocab_of()
    before = len(vocab), len(vocab.strings)
    assert vocab.has_vector("a") and not vocab.has_vector("never seen")
    assert vocab.get_vector("never seen").tolist() == [0, 0, 0] and vocab.get_vector("b").tolist() == [3, 0, 1]
    assert vocab.get_vector(hash_string("a")).tolist() == [1, 2, 3]         # a key of the table alone
    assert vocab.has_vector(hash_string("b")) and not vocab.has_vector(12345)
    assert (len(vocab), len(vocab.strings)) == before


def test_a_vector_is_a_copy():
    vocab = vocab_of()
    vector = vocab["a"].vector
    vector[:] = 9
    assert vocab["a"].vector.tolist() == vocab.get_vector("a").tolist() == vocab.vectors["a"].tolist() == [1, 2, 3]


def test_float64_rows_are_rounded_only_when_handed_out():
    vocab = vocab_of({"a": [1e-200, 3e-200], "b": [1e200, 2e200], "c": [0.1, 0.2]}, np.float64)
    assert vocab["c"].vector.tolist() == np.array([0.1, 0.2], np.float32).tolist()
    assert vocab["c"].vector_norm == pytest.approx(np.hypot(0.1, 0.2), rel=1e-15)
    assert vocab["a"].vector_norm == pytest.approx(np.hypot(1e-200, 3e-200), rel=1e-14)
    assert vocab["b"].vector_norm == pytest.approx(np.hypot(1e200, 2e200), rel=1e-14)
    assert vocab["a"].similarity(vocab["b"]) == pytest.approx(7 / np.sqrt(50), rel=1e-14)


def test_is_oov_does_not_depend_on_rank():
    vocab = vocab_of()
    vocab["a"].rank, vocab["x"].rank = 2**64 - 1, 5
    assert not vocab["a"].is_oov and vocab["x"].is_oov
    assert vocab["x"].rank == vocab["x"].id == 5 and vocab["b"].rank == 2**64 - 1
    vocab.vectors = None
    assert vocab["a"].is_oov


@given(st.lists(st.lists(st.sampled_from([0, 1, -1.7e308, 1.7e308, 1e-308, 5e-324, 3e200]), min_size=3, max_size=3),
                min_size=2, max_size=6))
def test_sums_that_overflow_equal_the_slow_twin(rows):
    rows = {f"w{i}": row for i, row in enumerate(rows)}
    vocab, words = vocab_of(rows, np.float64), list(rows)
    doc, first = lexarray.Doc(vocab, words=words), vocab["w0"]
    mean = word_vectors.mean(words, rows, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not np.isnan(doc.vector).any() and doc.vector.tolist() == pytest.approx(
            [float(n) if abs(n) < 3e38 else n * np.inf for n in mean], rel=1e-6, abs=1e-30)
        assert doc.vector_norm == pytest.approx(word_vectors.norm(mean), rel=1e-12, abs=1e-307)
        if not any(0 < abs(n) < 1e-300 for row in rows.values() for n in row):
            assert doc.similarity(first) == pytest.approx(word_vectors.similarity(words, ["w0"], rows, 3), abs=1e-9)
            assert doc.similarity(doc[:1]) == first.similarity(doc)


@given(st.lists(st.lists(st.floats(-100, 100, width=32), min_size=4, max_size=4), min_size=2, max_size=2))
def test_similarity_equals_the_slow_twin(rows):
    vocab = vocab_of({"a": rows[0], "b": rows[1]})
    rows = {"a": rows[0], "b": rows[1]}
    expected = word_vectors.similarity(["a"], ["b"], rows, 4)
    assert vocab["a"].similarity(vocab["b"]) == pytest.approx(expected, abs=1e-12)
    assert vocab["a"].similarity(vocab["b"]) == vocab["b"].similarity(vocab["a"])
    assert -1 <= vocab["a"].similarity(vocab["b"]) <= 1
    assert vocab["a"].vector_norm == pytest.approx(word_vectors.norm(rows["a"]), rel=1e-14)


def test_similarity_of_zeros_and_of_nothing():
    vocab = vocab_of()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert vocab["zero"].similarity(vocab["a"]) == vocab["a"].similarity(vocab["zero"]) == 0.0
        assert vocab["zero"].similarity(vocab["zero"]) == vocab["q"].similarity(vocab["q"]) == 1.0
        assert vocab["a"].similarity(vocab["a"]) == 1.0
    with pytest.warns(UserWarning, match="Lexeme.similarity is 0.0 because the other Lexeme has no vector"):
        assert vocab["a"].similarity(vocab["q"]) == 0.0
    with pytest.warns(UserWarning, match="because the Lexeme has no vector"):
        assert vocab["q"].similarity(vocab["a"]) == 0.0
    for other in "a", None, 3, vocab:
        with pytest.raises(TypeError, match="similarity to a Doc, Span, Token or Lexeme, not to"):
            vocab["a"].similarity(other)


def test_words_of_two_vocabularies():
    one, two, three = vocab_of(), vocab_of({"a": [3, 0, 0], "c": [1, 2, 3]}), vocab_of({"a": [1, 2]})
    assert one["a"].similarity(two["c"]) == pytest.approx(1)
    assert one["a"].similarity(two["a"]) == pytest.approx(1 / np.sqrt(14))      # the same word of another table
    with pytest.raises(ValueError, match="have 3 and 2 numbers"):
        one["a"].similarity(three["a"])
    three.vectors = one.vectors
    assert one["a"].similarity(three["a"]) == 1.0 and one["zero"].similarity(three["zero"]) == 1.0


def test_the_table_is_the_users_own():
    vocab, kv = Vocab(), table()
    vocab.vectors = kv
    assert vocab.vectors is kv
    kv["new"] = [7, 8, 9]                           # changes are seen
    assert vocab["new"].vector.tolist() == [7, 8, 9] and not vocab["new"].is_oov
    kv.remove("a")
    assert vocab["a"].is_oov
    vocab.vectors = None
    assert vocab.vectors is None and vocab["new"].vector.shape == (0,)
    vocab.vectors = VectorTable(3)
    assert vocab.vectors_length == 3 and vocab["a"].vector.tolist() == [0, 0, 0]


@pytest.mark.parametrize("value", [3, {"a": [1.0]}, np.ones((2, 2)), KeyedVectors, b"path", RowSource(),
                                   type("Rows", (RowSource,), {})()])
def test_what_is_no_table(value):
    vocab = vocab_of()
    with pytest.raises(TypeError, match="vectors: a KeyedVectors, a path or None is needed, not"):
        vocab.vectors = value
    assert vocab["a"].has_vector


def test_a_table_without_numbers_is_none():
    vocab = vocab_of()
    with pytest.raises(ValueError, match="the rows of this VectorTable have no numbers"):
        vocab.vectors = VectorTable.__new__(VectorTable)
    assert vocab["a"].has_vector


def test_a_table_that_is_made_anew_has_no_rows_for_us():
    vocab, kv = Vocab(), VectorTable(2)
    vocab.vectors = kv
    kv.adopt(*table().snapshot().parts_of(np.arange(2)))       # now of size 3, when the vocabulary knows of 2
    assert vocab.vectors_length == 2 and vocab["a"].vector.tolist() == [0, 0] and vocab["a"].vector_norm == 0
    assert vocab["a"].is_oov and not vocab.has_vector("a")
    vocab.vectors = kv
    assert vocab["a"].vector.tolist() == [1, 2, 3]


def test_a_file_that_shrank_raises_at_every_read(tmp_path):
    path = tmp_path / "table.safetensors"
    table().save(path)
    vocab = Vocab()
    vocab.vectors = path
    assert vocab["a"].vector.tolist() == [1, 2, 3]
    lexeme = vocab["a"]
    reads = [lambda: lexeme.vector, lambda: lexeme.has_vector, lambda: lexeme.vector_norm, lambda: lexeme.is_oov,
             lambda: lexeme.similarity(vocab["b"]), lambda: vocab.get_vector("a"), lambda: vocab.has_vector("a")]
    doc = lexarray.Doc(vocab, words=["a", "b"])
    for each in doc, doc[0], doc[:2]:
        reads += [lambda each=each: each.vector, lambda each=each: each.has_vector,
                  lambda each=each: each.vector_norm, lambda each=each: each.similarity(lexeme)]
    assert doc.vector.tolist() == [2, 1, 2]
    os.truncate(path, 100)
    for read in reads:
        with pytest.raises(VectorFileError, match="table.safetensors: the file has shrunk"):
            read()


@pytest.mark.parametrize("as_path", [str, lambda path: path])
def test_a_path(tmp_path, as_path):
    table().save(tmp_path / "own")
    table({"a": [1, 2, 3], "b": [3, 0, 1]}).save_word2vec_format(tmp_path / "text")
    (tmp_path / "packed").write_bytes(gzip.compress((tmp_path / "text").read_bytes()))
    for name in "own", "text", "packed":
        vocab = Vocab()
        vocab.vectors = as_path(tmp_path / name)
        assert type(vocab.vectors) is KeyedVectors and vocab["b"].vector.tolist() == [3, 0, 1]
        assert (vocab.vectors.mapped_file is not None) == (name == "own")
        vocab.set_vector("b", [1, 1, 1])                # a mapped table is copied first
        assert vocab["b"].vector.tolist() == [1, 1, 1] and vocab["a"].vector.tolist() == [1, 2, 3]
    assert KeyedVectors.load(tmp_path / "own")["b"].tolist() == [3, 0, 1]
    with pytest.raises(FileNotFoundError):
        vocab.vectors = tmp_path / "nothing"
    (tmp_path / "pickle").write_bytes(b"\x80\x04\x95abc")
    with pytest.raises(VectorFileError, match="pickle"):
        vocab.vectors = tmp_path / "pickle"
    assert vocab["b"].has_vector


# ---- setting ----

def test_the_first_vector_makes_a_table():
    vocab = Vocab()
    vocab.set_vector("tea", [1, 2, 3])
    assert type(vocab.vectors) is KeyedVectors and vocab.vectors.dtype == np.float32
    assert vocab.vectors_length == 3 and "tea" in vocab.strings and vocab["tea"].vector.tolist() == [1, 2, 3]
    vocab.set_vector(vocab.strings.add("coffee"), np.array([4, 5, 6], np.float64))
    assert vocab["coffee"].vector.tolist() == [4, 5, 6] and list(vocab.vectors.index_to_key) == ["tea", "coffee"]
    vocab.set_vector("tea", (0.5, 0, 0))
    assert vocab["tea"].vector.tolist() == [0.5, 0, 0] and len(vocab.vectors) == 2


def test_setting_by_a_lexeme():
    vocab = vocab_of()
    vocab["new"].vector = [1, 1, 1]
    assert vocab["new"].vector.tolist() == [1, 1, 1] and vocab["new"].has_vector and not vocab["new"].is_oov
    assert vocab.vectors["new"].tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match=r"the vector of 'new' has the shape \(2,\), and \(3,\) is needed"):
        vocab["new"].vector = [1, 1]


@pytest.mark.parametrize("vector", [[1, 2], [1, 2, 3, 4], [[1, 2, 3]], [], 5, "abc", [1, 2, "x"], None, [1, None, 2]])
def test_vectors_that_do_not_fit(vector):
    vocab = vocab_of()
    before = len(vocab.vectors)
    with pytest.raises(ValueError, match="the vector of 'word' "):
        vocab.set_vector("word", vector)
    assert len(vocab.vectors) == before and vocab["word"].is_oov
    with pytest.raises(ValueError, match=r"the vector of 'word' |\(n,\)"):
        Vocab().set_vector("word", [[1.0]])


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e60])
def test_numbers_that_are_not_finite(number):
    vocab = vocab_of()
    with pytest.raises(ValueError, match="'word'.*not finite"):
        vocab.set_vector("word", [1, number, 2])
    assert vocab["word"].is_oov


@pytest.mark.parametrize("vector", [[10**400, 1, 1], [1j, 1, 1], ["1", "2", "3"], np.array([1, "2", 3], object), [np.nan],
                                    [1e39, 1, 1], [[1]], []])
def test_a_first_vector_that_is_none_leaves_nothing_behind(vector):
    for vocab in Vocab(), vocab_of():
        before = vocab.vectors, vocab.vectors_length
        with warnings.catch_warnings(), pytest.raises(ValueError, match="the vector of 'word' "):
            warnings.simplefilter("error")
            vocab.set_vector("word", vector)
        assert (vocab.vectors, vocab.vectors_length) == before and not vocab.has_vector("word")
    vocab = vocab_of(dtype=np.float64)
    vocab.set_vector("word", [10**300, True, np.float16(2)])
    assert vocab.vectors["word"].tolist() == [1e300, 1, 2]


def test_keys_that_are_none():
    vocab = vocab_of()
    for act in vocab.get_vector, lambda key: vocab.set_vector(key, [1, 2, 3]):
        with pytest.raises(KeyError, match="12345"):
            act(12345)
        for key in -1, 2**64:
            with pytest.raises(KeyError, match="no key"):
                act(key)
        for key in None, b"a", 1.5:
            with pytest.raises(TypeError):
                act(key)
    for key in None, b"a", 1.5:
        with pytest.raises(TypeError):
            vocab.has_vector(key)


def test_reset():
    vocab = vocab_of()
    kv = vocab.vectors
    vocab.reset_vectors(width=5)
    assert vocab.vectors_length == 5 and len(vocab.vectors) == 0 and vocab["a"].is_oov and len(kv) == len(ROWS)
    vocab.set_vector("a", [1, 2, 3, 4, 5])
    vocab.reset_vectors(shape=(4, 6))
    assert vocab.vectors_length == 6 and len(vocab.vectors) == 0
    with pytest.raises(ValueError, match="only one"):
        vocab.reset_vectors(width=5, shape=(4, 6))
    for shape in (3,), 3, (1, 2, 3), "ab":
        with pytest.raises(ValueError, match="shape" if shape != "ab" else r"shape: \(rows, width\)"):
            vocab.reset_vectors(shape=shape)
    vocab.vectors = kv = table(dtype=np.float64)
    vocab.reset_vectors()
    assert vocab.vectors is not kv and vocab.vectors.vectors.shape == (0, 3) and vocab.vectors.dtype == np.float64
    vocab.vectors = None
    vocab.reset_vectors()
    assert vocab.vectors is None and vocab.vectors_length == 0
    with pytest.raises(ValueError, match="vector_size"):
        vocab.reset_vectors(width=0)


# ---- pruning ----

PRUNABLE = {"cat": [1, 0.1], "sat": [0, 1], "feline": [2, 0.1], "reclined": [0.1, 3], "nothing": [0, 0]}


def test_pruning_keeps_the_first_rows_of_equal_probability():
    vocab = vocab_of(PRUNABLE)
    kv = vocab.vectors
    removed = vocab.prune_vectors(2)
    assert {word: kept for word, (kept, _) in removed.items()} == {"feline": "cat", "reclined": "sat", "nothing": "cat"}
    for word, (kept, score) in removed.items():
        assert score == pytest.approx(word_vectors.similarity([word], [kept], PRUNABLE, 2), abs=1e-6)
        assert vocab[word].vector.tolist() == vocab[kept].vector.tolist() == vocab.get_vector(word).tolist()
        assert vocab[word].has_vector and not vocab[word].is_oov and vocab.has_vector(word)
        assert vocab[word].vector_norm == vocab[kept].vector_norm
    assert list(vocab.vectors.index_to_key) == ["cat", "sat"] and vocab.vectors is not kv
    assert len(kv) == 5 and kv["feline"].tolist() == np.array([2, 0.1], np.float32).tolist()
    assert vocab["feline"].similarity(vocab["cat"]) == pytest.approx(1) and vocab["dog"].is_oov


def test_pruning_keeps_the_most_probable():
    vocab = vocab_of(PRUNABLE)
    vocab["reclined"].prob, vocab["feline"].prob, vocab["sat"].prob = -1, -2, -30
    removed = vocab.prune_vectors(2, batch_size=1)
    assert {word: kept for word, (kept, _) in removed.items()} == {"cat": "feline", "sat": "reclined", "nothing": "feline"}
    assert list(vocab.vectors.index_to_key) == ["feline", "reclined"]


def test_pruning_twice():
    vocab = vocab_of(PRUNABLE)
    assert set(vocab.prune_vectors(3)) == {"reclined", "nothing"}
    assert set(vocab.prune_vectors(1)) == {"sat", "feline"}
    assert all(vocab[word].vector.tolist() == vocab["cat"].vector.tolist() for word in PRUNABLE)
    assert vocab.prune_vectors(1) == {} == vocab.prune_vectors(100)
    vocab.set_vector("feline", [5, 5])                  # a row of its own again
    assert vocab["feline"].vector.tolist() == [5, 5] and vocab["cat"].vector.tolist() != [5, 5]
    vocab.vectors.remove("cat")
    assert vocab["sat"].is_oov and not vocab["feline"].is_oov
    vocab.vectors = vocab.vectors                       # forgets whose rows are whose
    assert vocab.vectors["feline"].tolist() == [5, 5]


def test_an_alias_ends_when_its_word_gets_a_row():
    vocab = vocab_of(PRUNABLE)
    vocab.prune_vectors(2)
    vocab.set_vector("feline", [5, 5])
    vocab.vectors.remove("feline")
    assert vocab["feline"].is_oov and vocab["nothing"].has_vector           # which is still cat's
    vocab.vectors.remove("cat")
    assert vocab["nothing"].is_oov and vocab["reclined"].has_vector
    vocab.set_vector("dog", [3, 3])
    assert vocab.prune_vectors(1) == {"dog": ("sat", pytest.approx(0.5 ** 0.5))}
    vocab.set_vector("cat", [1, 1])
    assert vocab["nothing"].is_oov and vocab["feline"].is_oov and vocab["reclined"].vector.tolist() == [0, 1]


def test_pruning_keeps_the_class(tmp_path):
    kv = FastTextKeyedVectors(2, 3, 4, 10)
    kv.add_vectors(["cat", "cats", "dog"], [[1, 0], [1, 0.1], [0, 1]])
    kv.set_vecattr("dog", "count", 5)
    vocab = Vocab()
    vocab.vectors = kv
    vocab["cat"].prob = vocab["dog"].prob = -1
    assert list(vocab.prune_vectors(2)) == ["cats"] and type(vocab.vectors) is FastTextKeyedVectors
    assert vocab.vectors.get_vector("unseen").shape == (2,) and vocab.vectors.get_vecattr("dog", "count") == 5
    assert vocab.vectors.norms.tolist() == [1, 1] and vocab["cats"].vector.tolist() == [1, 0]
    vocab.vectors = rows = VectorTable(2)
    rows.add_vectors(["a", "b"], [[1, 0], [1, 1]])
    assert list(vocab.prune_vectors(1)) == ["b"] and type(vocab.vectors) is KeyedVectors


@pytest.mark.parametrize("change", [lambda vocab: vocab.set_vector("new", [1, 1]), lambda vocab: vocab.reset_vectors(),
                                    lambda vocab: vocab.vectors.remove("cat")])
def test_a_change_during_pruning_is_not_lost(change, monkeypatch):
    vocab = vocab_of(PRUNABLE)
    search, changes = KeyedVectors.search, [change]

    def changing(self, queries, k):
        if changes:
            changes.pop()(vocab)
        return search(self, queries, k)

    monkeypatch.setattr(KeyedVectors, "search", changing)
    with pytest.raises(RuntimeError, match="changed while they were pruned"):
        vocab.prune_vectors(2)
    expected = vocab_of(PRUNABLE)
    change(expected)
    assert list(vocab.vectors) == list(expected.vectors)
    vocab.set_vector("last", [2, 2])
    assert list(vocab.prune_vectors(1)) == list(vocab_of({**dict.fromkeys([*expected.vectors, "last"], [1, 1])}).vectors)[1:]


def test_a_vector_that_is_set_while_the_table_is_replaced_is_not_lost():
    vocab = vocab_of(PRUNABLE)

    class Slow(KeyedVectors):
        def add_vector(self, key, vector):
            row = super().add_vector(key, vector)
            vocab.vectors = table({"other": [1, 2]})
            return row

    vocab.vectors = Slow(2)
    vocab.set_vector("new", [7, 7])
    assert list(vocab.vectors) == ["other", "new"] and vocab["new"].vector.tolist() == [7, 7]


def test_pruning_with_the_empty_text():
    vocab = vocab_of({"": [1, 0], "b": [0, 1], "c": [2, 0]})
    assert vocab.prune_vectors(1) == {"b": ("", 0.0), "c": ("", 1.0)}
    assert vocab["c"].vector.tolist() == [1, 0] and vocab["c"].has_vector


def test_what_cannot_be_pruned():
    with pytest.raises(ValueError, match="no vectors to prune"):
        Vocab().prune_vectors(2)
    vocab = vocab_of()
    for arguments in (0,), (-1,), (2, 0):
        with pytest.raises(ValueError, match="at least 1"):
            vocab.prune_vectors(*arguments)
    with pytest.raises(TypeError):
        vocab.prune_vectors(1.5)
    assert len(vocab.vectors) == len(ROWS)


@given(st.integers(1, 12), st.integers(1, 15), st.integers(1, 5), st.randoms(use_true_random=False))
def test_pruning_equals_the_slow_twin(n, nr_row, batch_size, random):
    rows = {f"w{i}": [random.randint(-3, 3) for _ in range(3)] for i in range(n)}
    vocab = vocab_of(rows)
    removed = vocab.prune_vectors(nr_row, batch_size)
    kept = list(rows)[:nr_row]
    assert list(removed) == list(rows)[nr_row:] and list(vocab.vectors.index_to_key) == kept
    for word, (target, score) in removed.items():
        scores = [word_vectors.similarity([word], [other], rows, 3) for other in kept]
        assert score == pytest.approx(max(scores), abs=1e-9)
        assert scores[kept.index(target)] == pytest.approx(max(scores), abs=1e-9)


# ---- the parts ----

def test_parts_on_their_own():
    rows = table()
    aliases = {hash_string(f"alias {i}"): hash_string("a") for i in range(100)}
    vectors = WordVectors(rows, np.array(list(aliases), np.uint64), np.array(list(aliases.values()), np.uint64))
    assert vectors.rows is rows and vectors.size == 3 and vectors.aliases == aliases
    assert WordVectors().size == RowSource().vector_size == 0 and WordVectors().aliases == {}
    with pytest.raises(TypeError):
        WordVectors("no rows")
    for read in (lambda each: each.vector, lambda each: each.has_vector, lambda each: each.similarity(each)):
        with pytest.raises(TypeError, match="does not say"):
            read(WordSequence())
    for read in (lambda each: each.vector, lambda each: each.has_vector, lambda each: each.is_oov,
                 lambda each: each.vector_norm, lambda each: each.similarity(each)):
        with pytest.raises(ValueError, match="never initialised"):
            read(Lexeme.__new__(Lexeme))


def test_numpy_is_loaded_for_vectors_only():
    code = ("import sys, lexarray; doc = lexarray.blank('en')('some words'); doc.has_vector, doc[0].is_oov, "
            "doc[:1].similarity(doc[:1]); print(*(m for m in sys.modules if m == 'numpy' or m.startswith('lexarray.vectors')))")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == []


def test_reading_while_another_thread_adds_and_replaces():
    vocab = vocab_of({"fixed": [1, 2, 3], "gone": [3, 2, 1]})
    stop, failures = threading.Event(), []

    def read():
        while not stop.is_set():
            if vocab["fixed"].vector.tolist() != [1, 2, 3]:
                failures.append("vector")
            if vocab["fixed"].vector_norm != pytest.approx(np.sqrt(14)):
                failures.append("norm")

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for i in range(300):
        vocab.set_vector(f"w{i}", [i, i, i])
        if i % 50 == 0:
            vocab.vectors = table({"fixed": [1, 2, 3]})
            vocab.prune_vectors(1)
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == [] and vocab["w299"].vector.tolist() == [299, 299, 299]
