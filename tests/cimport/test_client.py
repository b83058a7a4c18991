"""The C face, from outside: a project that is built with plain `cythonize`, and calls every part of it once."""

import lexarray
import pytest
from lexarray.errors import StaleViewError
from lexarray.tokens import Doc
from lexarray.vectors import KeyedVectors
from lexarray.vocab import Vocab


@pytest.fixture(scope="module")
def client(built):
    return built("client")


def test_layout(client):
    assert client.layout() == {"ABI": lexarray.ABI_VERSION, "LexemeC": 88, "TokenC": 112, "SpanC": 40}


@pytest.mark.parametrize("text", ["", "Don't  panic!\n", "naïve 日本 😀", "a\0b \ud800"])
def test_text_from_tokens_and_strings(client, text):
    assert client.text_of(lexarray.blank("en")(text)) == text


def test_loop_without_the_gil(client):
    doc = lexarray.blank("en")("Ten green bottles, 10 walls.")
    assert client.letters(doc) == sum(len(token) for token in doc if token.is_alpha) == 3 + 5 + 7 + 5


def test_fill_a_document(client):
    doc = client.doc_from_words(Vocab(), ["One", "two"] * 100)
    assert doc.text == "One two " * 100 and doc[199].idx == 796


@pytest.mark.parametrize("capacity", [3, 10])
def test_a_document_takes_over_an_array(client, capacity):
    doc = client.doc_from_array(Vocab(), ["One", "two", "three"], capacity)
    assert doc.text == "One two three" and len(doc) == 3 and doc.max_length == capacity
    assert doc.memory()["tokens"] == 112 * capacity
    assert [(token.text, token.idx) for token in doc] == [("One", 0), ("two", 4), ("three", 8)]
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[1:3])
    assert doc.text == "One two three" and len(doc) == doc.max_length == 2
    token, span = doc[0], doc[0:2]
    client.adopt_nothing(doc)
    assert doc.text == "" and len(doc) == doc.max_length == doc.memory()["tokens"] == 0
    for use in (lambda: token.text, lambda: span.text):
        with pytest.raises(StaleViewError):
            use()
    assert client.reserved(doc, 5) and doc.max_length == 5


def test_room_is_zero_and_no_larger_than_asked_for(client):
    doc = Doc(Vocab(), words=["One", "two"])
    token = doc[1]
    assert client.reserved(doc, 100) and doc.max_length == 100 and doc.text == "One two " and token.text == "two"
    assert client.reserved(doc, 3) and doc.max_length == 100


def test_a_document_that_grows_has_little_room(client):
    for n in range(1, 60):
        doc = client.doc_from_words(Vocab(), ["w"] * n)
        assert len(doc) == n <= doc.max_length <= max(2, n + n // 2 + 1)
        assert doc.text == "w " * n


def test_memory_that_lives_as_long_as_the_document(client):
    doc = Doc(Vocab(), words=["One"])
    assert doc.memory()["mem"] == 0
    client.keep(doc, 1000)
    assert doc.mem.size == 1000 < doc.memory()["mem"]


def test_find_a_word(client):
    vocab = Vocab()
    vocab["wörld"]
    assert client.lookup(vocab, "wörld".encode()) == 5
    vocab["NOUN"], vocab[""]
    assert client.lookup(vocab, b"NOUN") == 4 and client.lookup(vocab, b"") == 0       # keys that are no hashes
    assert client.lookup(vocab, b"nothing") == -1 and "nothing" not in vocab.strings


def test_views(client):
    assert client.views(Doc(Vocab(), words=["Hello", "you"], spaces=[1, 0])) == (0, 9, 5)


def test_views_raise_after_a_client_cleared_the_document(client):
    doc = Doc(Vocab(), words=["Hello"])
    token, span = doc[0], doc[0:1]
    client.clear(doc)
    assert len(doc) == 0
    for use in (lambda: token.text, lambda: span.text):
        with pytest.raises(StaleViewError):
            use()


def test_rows_of_vectors(client):
    vocab = Vocab()
    doc = Doc(vocab, words=["green", "tea", "NOUN", "nothing"])
    for dtype in ("float16", "float32", "float64"):
        kv = KeyedVectors(3, dtype=dtype)
        kv.add_vectors(["tea", "green", "NOUN", ""], [[1, 2, 3], [0.5, 0, 1], [1, 1, 1], [0, 0, 8]])
        assert client.dot(kv, doc) == ([3.5, 6, 0] if dtype == "float32" else [0, 0, 0])
        keys = [vocab.strings[word] for word in ("tea", "nothing", "NOUN", "")]
        assert client.total(kv, keys) == ([2, 3, 12], 3)
        assert client.total(kv, []) == ([0, 0, 0], 0)
