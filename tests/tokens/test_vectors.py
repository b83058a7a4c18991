"""The vectors of tokens, spans and documents: means of words' rows, similarities, hooks."""

import gc
import sys
import threading
import warnings
import weakref

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from lexarray.errors import StaleViewError
from lexarray.tokens import Doc, Span, Token
from lexarray.vectors import KeyedVectors
from lexarray.vocab import Vocab
from reference import word_vectors

ROWS = {"a": [1, 2, 3], "b": [3, 0, 1], "c": [-1, 0.5, 0.25], "zero": [0, 0, 0]}


def vocab_of(rows=None, dtype=np.float32):
    rows = ROWS if rows is None else rows
    vocab = Vocab()
    vocab.vectors = KeyedVectors(len(next(iter(rows.values()))), dtype=dtype)
    vocab.vectors.add_vectors(list(rows), list(rows.values()))
    return vocab


def doc_of(*words, vocab=None):
    return Doc(vocab_of() if vocab is None else vocab, words=words)


def quietly(function):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return function()


numbers = st.floats(-1000, 1000, width=16)
a_table = st.dictionaries(st.sampled_from("abcdefgh"), st.lists(numbers, min_size=5, max_size=5), min_size=1)
some_words = st.lists(st.sampled_from("abcdefghijk"), max_size=9)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@settings(max_examples=50)
@given(rows=a_table, words=some_words, others=some_words, data=st.data())
def test_means_and_similarities_equal_the_slow_twin(dtype, rows, words, others, data):
    vocab = vocab_of(rows, dtype)
    doc, other = Doc(vocab, words=words), Doc(vocab, words=others)
    start = data.draw(st.integers(0, len(words)))
    end = data.draw(st.integers(start, len(words)))
    for each, its_words in ((doc, words), (doc[start:end], words[start:end]), (other, others)):
        expected = word_vectors.mean(its_words, rows, 5)
        assert each.vector.dtype == np.float32 and each.vector.shape == (5,)
        np.testing.assert_allclose(each.vector, expected, rtol=1e-6, atol=1e-30)
        assert each.vector_norm == pytest.approx(word_vectors.norm(expected), rel=1e-12)
        assert each.has_vector is any(word in rows for word in its_words)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for x, y, a, b in ((doc, other, words, others), (doc[start:end], other, words[start:end], others),
                           (other, doc[start:end], others, words[start:end])):
            assert x.similarity(y) == pytest.approx(word_vectors.similarity(a, b, rows, 5), abs=1e-9)
            assert x.similarity(y) == y.similarity(x) and -1 <= x.similarity(y) <= 1
            assert type(x.similarity(y)) is float
        for token, word in zip(doc, words, strict=True):
            assert token.vector.tolist() == [float(np.float32(n)) for n in rows.get(word, [0] * 5)]
            assert token.has_vector is (word in rows) is not token.is_oov
            assert token.similarity(other) == pytest.approx(word_vectors.similarity([word], others, rows, 5), abs=1e-9)
            assert token.similarity(other) == vocab[word].similarity(other) == other.similarity(token)


def test_a_long_document_is_summed_exactly():
    vocab = vocab_of({"big": [1e8, 1], "small": [1, 2]})
    doc = Doc(vocab, words=["big"] + ["small"] * 10_000)
    assert doc.vector.tolist() == [np.float32((1e8 + 1e4) / 10_001), np.float32(20_001 / 10_001)]
    assert doc[1:].vector.tolist() == [1, 2] and doc[1:].vector_norm == pytest.approx(5 ** 0.5, rel=1e-15)


def test_a_long_sum_is_of_one_moment():
    vocab = vocab_of({"a": [1] * 1000, "b": [1] * 1000})
    doc, stop, rows = Doc(vocab, words=["a", "b"] * 5000), threading.Event(), [[1] * 1000, [3] * 1000]
    before = sys.getswitchinterval()

    def change():
        i = 0
        while not stop.is_set():
            i += 1
            vocab.set_vector("a", rows[i % 2])
            if i == 20:
                with doc.retokenize() as retokenizer:
                    retokenizer.merge(doc[:2])

    changer = threading.Thread(target=change)
    sys.setswitchinterval(1e-5)
    changer.start()
    try:
        n = 10_000
        allowed = {np.float32(total / n) for total in (n, 2 * n)}
        allowed |= {np.float32(total / (n - 1)) for total in (n - 2, 2 * n - 4)}
        for _ in range(20):
            numbers = set(doc.vector)
            assert len(numbers) == 1 and numbers <= allowed
            numbers = doc.vector_norm / 1000 ** 0.5
            assert any(numbers == pytest.approx(float(number), rel=1e-6) for number in allowed)
    finally:
        stop.set()
        changer.join()
        sys.setswitchinterval(before)


def test_words_without_a_vector_count_as_zeros():
    doc = doc_of("a", "b", "unknown")
    assert doc.vector.tolist() == np.float32([4 / 3, 2 / 3, 4 / 3]).tolist() and doc.vector_norm == pytest.approx(2)
    assert doc[2].vector.tolist() == doc[2:].vector.tolist() == [0, 0, 0]
    assert (doc.has_vector, doc[:2].has_vector, doc[2:].has_vector, doc[2].has_vector) == (True, True, False, False)
    assert [token.is_oov for token in doc] == [False, False, True]


def test_empty_documents_and_spans():
    doc, empty = doc_of("a", "b"), Doc(vocab_of())
    for nothing in empty, doc[1:1], empty[:]:
        assert nothing.vector.tolist() == [0, 0, 0] and not nothing.has_vector and nothing.vector_norm == 0.0
        with pytest.warns(UserWarning, match="has no vector"):
            assert nothing.similarity(doc) == doc.similarity(nothing) == 0.0
        assert quietly(lambda nothing=nothing: nothing.similarity(nothing)) == 1.0
    assert quietly(lambda: doc[1:1].similarity(Doc(doc.vocab))) == 1.0


def test_without_a_table():
    doc = doc_of("a", "b", vocab=Vocab())
    for each in doc, doc[0], doc[:1]:
        assert each.vector.shape == (0,) and not each.has_vector and each.vector_norm == 0.0
        with pytest.warns(UserWarning, match=f"{type(each).__name__}.similarity is 0.0 because the vocabulary has no"):
            assert each.similarity(doc[1]) == 0.0
        assert quietly(lambda each=each: each.similarity(each)) == 1.0
    assert doc[0].is_oov


def test_the_same_words_are_alike_whatever_they_are():
    doc = doc_of("a", "x", "y", "zero")
    other = Doc(doc.vocab, words=["x", "y", "zero", "a", "x", "y", "zero"], spaces=[False] * 7)
    for x, y in ((doc[1:3], other[:2]), (doc[1:3], Doc(doc.vocab, words=["x", "y"])), (doc, other[3:]),
                 (doc[1:2], other[0]), (doc[1], doc.vocab["x"]), (doc.vocab["zero"], doc[3:]), (doc[3], doc[3])):
        assert quietly(lambda x=x, y=y: (x.similarity(y), y.similarity(x))) == (1.0, 1.0)
    with pytest.warns(UserWarning, match="Span.similarity is 0.0 because the Span has no vector"):
        assert doc[1:3].similarity(doc[0]) == 0.0
    with pytest.warns(UserWarning, match="Token.similarity is 0.0 because the other Span has no vector"):
        assert doc[0].similarity(doc[1:3]) == 0.0
    assert quietly(lambda: doc[3].similarity(doc[0])) == 0.0       # a vector of zeros is one


@pytest.mark.parametrize("other", ["a", None, 3, [1, 2, 3]])
def test_what_has_no_similarity(other):
    doc = doc_of("a", "b")
    for each in doc, doc[0], doc[:1]:
        with pytest.raises(TypeError, match="similarity to a Doc, Span, Token or Lexeme, not to"):
            each.similarity(other)


def test_what_a_document_keeps_is_never_old():
    doc = doc_of("a", "b")
    vocab, kv = doc.vocab, doc.vocab.vectors
    other = Doc(vocab, words=["c"])

    def check():
        rows = {word: kv[word].tolist() for word in kv}
        words = [token.text for token in doc]
        np.testing.assert_allclose(doc.vector, word_vectors.mean(words, rows, 3), rtol=1e-6)
        assert doc.vector_norm == pytest.approx(word_vectors.norm(word_vectors.mean(words, rows, 3)))
        assert doc.similarity(other) == pytest.approx(word_vectors.similarity(words, ["c"], rows, 3))

    check()
    kv["b"] = [4, 5, 6]
    check()
    kv.add_vector("d", [1, 1, 1])
    check()
    kv.vectors = kv.vectors * 2 + np.arange(3)
    check()
    kv.unit_normalize_all()
    check()
    kv.set_vecattr("a", "count", 1)
    kv.set_vecattr("b", "count", 2)
    kv.sort_by_descending_frequency()
    check()
    kv.remove(["a", "d"])
    check()
    kv["a"] = [1, 0, -1]
    check()
    vocab.vectors = kv = KeyedVectors(3)
    kv.add_vectors(["a", "c"], [[1, 2, 3], [3, 2, 1]])
    check()
    vocab.prune_vectors(1)
    assert doc.vector.tolist() == [0.5, 1, 1.5] and doc.similarity(other) == pytest.approx(1)


def test_changes_of_the_table_are_seen_at_once():
    doc = doc_of("a", "b")
    before = doc.vector
    doc.vocab.set_vector("b", [9, 9, 9])
    assert doc.vector.tolist() == [5, 5.5, 6] and before.tolist() == [2, 1, 2]
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[:2])
    assert doc.vector.tolist() == [0, 0, 0] and not doc.has_vector
    doc.vocab.vectors = None
    assert doc.vector.shape == (0,)


def test_the_vector_of_a_document_can_be_set():
    doc = doc_of("q", "r")
    given_vector = [1, 0, 0, 1]                         # of any length: it need not be one of words
    doc.vector = given_vector
    assert doc.vector.tolist() == given_vector and doc.vector.dtype == np.float32
    assert doc.has_vector and doc.vector_norm == pytest.approx(2 ** 0.5)
    assert doc[:2].vector.tolist() == [0, 0, 0] and not doc[:2].has_vector
    other = doc.copy()
    assert other.vector.tolist() == given_vector and doc[:1].as_doc().vector.tolist() == [0, 0, 0]
    assert quietly(lambda: doc.similarity(other)) == pytest.approx(1)
    other.vector = np.array([0, 1, 0, 1.0])
    assert quietly(lambda: doc.similarity(other)) == pytest.approx(0.5)     # the same words, other vectors
    with pytest.raises(ValueError, match="this Doc has 4 numbers, that of the other Span 3"):
        doc.similarity(doc[:1])
    doc.vector = [0, 0, 0]
    assert quietly(lambda: doc.similarity(Doc(doc.vocab, words=["a"]))) == 0.0
    doc.vector = None
    assert doc.vector.tolist() == [0, 0, 0] and not doc.has_vector
    doc.vector = [1, 2]
    for bad in ([[1], [2]], 3, ["x"], ["1"], [None, 1], [np.nan], [1, np.inf], [1e39], [10**400], [1j], [[1], [1, 2]]):
        with pytest.raises(ValueError, match="the vector of a Doc"):
            quietly(lambda bad=bad: setattr(doc, "vector", bad))
    assert doc.vector.tolist() == [1, 2]
    for each in doc[0], doc[:1]:
        with pytest.raises(AttributeError, match=f"the vector of a {type(each).__name__} follows from its words"):
            each.vector = [1, 2, 3]
    for name in "has_vector", "vector_norm":
        with pytest.raises(AttributeError):
            setattr(doc, name, 1)


def test_a_vector_that_was_set_is_the_documents_own():
    doc, given_vector = doc_of("a", "b"), np.ones(3, np.float32)
    doc.vector = given_vector
    other = doc.copy()
    given_vector[0] = 5
    doc.vector[1] = 6
    other.vector[2] = 7
    assert doc.vector.tolist() == other.vector.tolist() == [1, 1, 1]
    other.vector = [2, 2, 2]
    assert doc.vector.tolist() == [1, 1, 1]
    doc.vector = None
    assert doc.vector.tolist() == [2, 1, 2] and other.vector.tolist() == [2, 2, 2]


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=3, max_size=3))
def test_a_cosine_of_set_vectors_is_one(numbers):
    doc, other = doc_of("a"), doc_of("b")
    doc.vector, other.vector = numbers, numbers
    cosine = quietly(lambda: doc.similarity(other))
    assert -1 <= cosine <= 1 and cosine == pytest.approx(1 if any(numbers) else 0)
    other.vector = [-n for n in numbers]
    assert quietly(lambda: doc.similarity(other)) == pytest.approx(-1 if any(numbers) else 0)


def test_a_document_keeps_no_table_and_no_sum_without_need():
    doc = doc_of("a", "b")
    table = weakref.ref(doc.vocab.vectors)
    size = doc.memory()["object"]
    assert doc.memory()["vector"] == 0
    assert doc.vector.tolist() == [2, 1, 2] and doc.vector_norm == 3 and doc.similarity(doc.vocab["a"]) > 0
    assert doc.memory()["object"] == size <= 192 + 16   # and the head of the garbage collector
    assert 3 * 8 < doc.memory()["vector"] < 200
    doc.vocab.vectors = None
    gc.collect()
    assert table() is None and doc.vector.shape == (0,)
    doc.vocab.vectors = vocab_of({"a": [5, 5, 5]}).vectors      # of as many changes
    assert doc.vector.tolist() == [2.5, 2.5, 2.5] and doc.vector_norm == pytest.approx(2.5 * 3 ** 0.5)


# ---- hooks ----

def test_hooks_of_a_document():
    doc = doc_of("a", "b", "x")
    doc.user_hooks["vector"] = lambda doc: np.array([3.0, 4, 0])
    assert doc.vector.tolist() == [3, 4, 0] and doc.vector_norm == 5 and doc.has_vector
    assert doc[:2].vector.tolist() == [2, 1, 2] and doc[0].vector.tolist() == [1, 2, 3]
    assert doc[0].similarity(doc) == doc.similarity(doc[0]) == pytest.approx(11 / 5 / 14 ** 0.5)
    same_words = doc_of("a", "b", "x", vocab=doc.vocab)
    assert quietly(lambda: doc.similarity(same_words)) == pytest.approx((3 * 4 + 4 * 2) / 5 / 6)
    doc.user_hooks["vector_norm"] = lambda doc: 10
    doc.user_hooks["has_vector"] = lambda doc: "perhaps"
    assert doc.vector_norm == 10 and doc.has_vector == "perhaps"
    assert doc.similarity(doc[0]) == pytest.approx(11 / 10 / 14 ** 0.5)
    doc.user_hooks["similarity"] = lambda *both: [type(each) for each in both]
    assert doc.similarity(doc[0]) == [Doc, Token] and doc.similarity("anything") == [Doc, str]
    assert type(doc[0].similarity(doc)) is float


def test_hooks_of_tokens():
    doc = doc_of("a", "b", "x", "a")
    doc.user_token_hooks["vector"] = lambda token: np.array([token.i, 1, 1, 1], float)
    assert doc[2].vector.tolist() == [2, 1, 1, 1] and doc[2].vector_norm == pytest.approx(7 ** 0.5)
    assert doc.vector.tolist() == [1.5, 1, 1, 1] and doc[:2].vector.tolist() == [0.5, 1, 1, 1]
    assert doc.vector.dtype == np.float32 and doc.vector_norm == pytest.approx(5.25 ** 0.5)
    assert doc[0].similarity(doc[3]) == pytest.approx(3 / 3 ** 0.5 / 12 ** 0.5)     # one word, two vectors
    assert doc[:1].similarity(doc[3:]) == pytest.approx(0.5)
    assert doc[:0].vector.tolist() == [0, 0, 0]
    assert not doc[2].has_vector                        # a hook of its own says that
    doc.user_token_hooks["has_vector"] = lambda token: True
    assert doc[2].has_vector and doc[2].is_oov
    doc.user_token_hooks["vector_norm"] = lambda token: 3
    assert doc[1].vector_norm == 3 and doc[0].similarity(doc[1]) == pytest.approx(3 / 9)
    doc.user_token_hooks["similarity"] = lambda one, other: (one.text, other.text)
    assert doc[0].similarity(doc[1]) == ("a", "b")


def test_hooks_of_spans():
    doc = doc_of("a", "b", "x")
    doc.user_span_hooks["vector"] = lambda span: np.array([span.start, 1.0, 1])
    assert doc[2:3].vector.tolist() == [2, 1, 1] and doc[2:3].vector_norm == pytest.approx(6 ** 0.5)
    assert doc.vector.tolist() == doc_of("a", "b", "x").vector.tolist()
    assert doc[1:2].similarity(doc[2:3]) == pytest.approx(4 / 3 ** 0.5 / 6 ** 0.5)
    doc.user_span_hooks["vector_norm"] = lambda span: 0
    assert doc[1:2].vector_norm == 0 and doc[1:2].similarity(doc) == 0.0
    doc.user_span_hooks["has_vector"] = lambda span: span.start
    assert doc[1:2].has_vector == 1
    doc.user_span_hooks["similarity"] = lambda one, other: (one.start, other.start)
    assert doc[1:2].similarity(doc[2:3]) == (1, 2)


def test_hooks_that_give_no_vector():
    doc = doc_of("a", "b")
    doc.user_hooks["vector"] = lambda doc: np.ones((2, 2))
    with pytest.raises(ValueError, match=r"the vector of a Doc has the shape \(2, 2\)"):
        doc.similarity(doc[0])
    doc.user_hooks["vector"] = lambda doc: 1 / 0
    with pytest.raises(ZeroDivisionError):
        doc.similarity(doc[0])


def test_numbers_of_hooks_that_are_not_finite():
    doc = doc_of("a", "b")
    for number, cosine in (1e300, 3 ** -0.5), (1e-310, 3 ** -0.5), (np.nan, None), (np.inf, None):
        doc.user_hooks["vector"] = lambda doc, number=number: [number, 0, 0]
        other = doc_of("a", vocab=doc.vocab)
        other.vector = [1, 1, 1]
        found = quietly(lambda other=other: (doc.similarity(other), other.similarity(doc)))
        assert np.isnan(found).all() if cosine is None else found == pytest.approx((cosine, cosine))
        assert quietly(lambda: doc.vector_norm) == pytest.approx(number, nan_ok=True)
    doc.user_hooks["vector"] = lambda doc: [1.0, 1, 1]
    doc.user_hooks["vector_norm"] = lambda doc: 0.1          # too short: a cosine is at most 1
    assert doc.similarity(other) == 1.0


# ---- views ----

def evil(name, act):
    # A key of a dict whose comparison runs code, whatever is sought.
    class Evil(str):
        __hash__ = lambda self: hash(name)
        __eq__ = lambda self, other: bool(act() and False)

    return Evil("q")


@pytest.mark.parametrize("read", [lambda span: span.vector, lambda span: span.vector_norm, lambda span: span.has_vector,
                                  lambda span: span.similarity(span), lambda span: span.root,
                                  lambda span: list(span.sents), lambda span: span.sent])
@pytest.mark.parametrize("hooks", ["user_hooks", "user_token_hooks", "user_span_hooks"])
@pytest.mark.parametrize("name", ["vector", "vector_norm", "has_vector", "similarity", "root", "sents", "sent"])
def test_a_look_for_hooks_that_changes_the_document(read, hooks, name):
    doc = doc_of(*"ab" * 2000)
    doc[0].is_sent_start = doc[3998].is_sent_start = True
    span, token = doc[3999:], doc[3999]
    asked = []

    def merge():
        asked.append(name)
        if len(doc) > 1:
            with doc.retokenize() as retokenizer:
                retokenizer.merge(doc[:])

    getattr(doc, hooks)[evil(name, merge)] = 1
    try:
        read(span)
    except StaleViewError:
        assert asked
    else:
        assert not asked
    asked.clear()
    if read(doc[:1]) is not None and name != "root" and hooks == "user_token_hooks":
        with pytest.raises(StaleViewError):
            token.vector if len(doc) == 1 else merge() or token.vector


# ---- the rest of views ----

def test_stale_and_empty_views_raise():
    doc = doc_of("a", "b", "c")
    token, span = doc[1], doc[:2]
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[:2])
    whole = doc[0]
    for view in token, span:
        for read in (lambda view: view.vector, lambda view: view.has_vector, lambda view: view.vector_norm,
                     lambda view: view.similarity(whole), lambda view: whole.similarity(view),
                     lambda view: view.similarity(view)):
            with pytest.raises(StaleViewError):
                read(view)
    with pytest.raises(StaleViewError):
        token.is_oov
    for cls in Doc, Token, Span:
        made = cls.__new__(cls)
        for read in (lambda made: made.vector, lambda made: made.has_vector, lambda made: made.vector_norm,
                     lambda made: made.similarity(whole), lambda made: whole.similarity(made)):
            with pytest.raises(ValueError, match="never initialised"):
                read(made)
