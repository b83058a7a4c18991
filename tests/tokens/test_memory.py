"""The memory of documents, and views that are used again."""

import gc
import sys
import weakref

import pytest
from hypothesis import given, strategies as st
from lexarray.errors import StaleViewError
from lexarray.tokens import Doc, Span, Token
from lexarray.tokens.token import TokenIterator
from lexarray.vocab import Vocab

TOKEN = 112             # bytes, as tests/cimport says


@pytest.fixture
def vocab():
    return Vocab()


# ---- bytes ----

@given(st.integers(0, 50))
def test_a_document_is_an_object_and_its_tokens(n):
    doc = Doc(Vocab(), words=["word"] * n)
    memory = doc.memory()
    assert memory == {"object": memory["object"], "tokens": n * TOKEN, "spans": 0, "vector": 0, "user_data": 0, "mem": 0, "words": 0,
                      "total": memory["object"] + n * TOKEN}
    assert doc.max_length == n and sys.getsizeof(doc) == memory["total"]
    assert memory["object"] <= 200


def test_what_is_asked_for_counts(vocab):
    doc = Doc(vocab, words=["a", "b", "c"])
    bare = doc.memory()
    assert doc.text and doc[0].lower_ and list(doc) and doc[0:2].text and doc.to_array(["ORTH"]).size and hash(doc)
    assert doc.memory() == bare

    doc.spans["some"] = [doc[0:2]]
    few = doc.memory()
    assert few["spans"] > 40
    doc.spans["some"].extend([doc[0:2]] * 1000)
    assert doc.memory()["spans"] >= few["spans"] + 1000 * 40
    doc.spans["other"] = [doc[0:2]]
    assert doc.memory()["spans"] > few["spans"] + 1000 * 40

    doc.user_data["big"] = bytes(10**6)                 # the dict counts, what is in it does not
    user_data = doc.memory()["user_data"]
    assert user_data == sys.getsizeof(doc.user_data) < 10**6
    doc.cats, doc.user_hooks["x"], doc.user_token_hooks["x"] = {"a": 1.0}, len, len
    assert doc.memory()["user_data"] >= user_data + 3 * sys.getsizeof({})

    pool = doc.mem
    assert doc.mem is pool and pool.size == 0 < doc.memory()["mem"]

    memory = doc.memory()
    assert memory["total"] == sum(size for part, size in memory.items() if part != "total")
    assert all(memory[part] == bare[part] for part in ("object", "tokens", "vector"))


def test_edits_leave_no_room(vocab):
    doc = Doc(vocab, words=["a", "b", "c", "d"])
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:3])
    assert doc.memory()["tokens"] == 2 * TOKEN
    assert doc.copy().memory()["tokens"] == doc[0:2].as_doc().memory()["tokens"] == 2 * TOKEN
    assert Doc.from_docs([doc, doc, doc]).memory()["tokens"] == 6 * TOKEN


def test_memory_of_a_subclass_and_of_one_made_by_new_alone(vocab):
    class MyDoc(Doc):
        pass
    mine = MyDoc(vocab, words=["a", "b"])
    mine.note = "x"
    assert mine.memory()["tokens"] == 2 * TOKEN and mine.memory()["object"] >= Doc(vocab).memory()["object"]
    assert Doc.__new__(Doc).memory()["tokens"] == 0


def test_words_that_fail_leave_an_empty_document(vocab):
    class Word(str):
        def __str__(self):
            return "other"
    class Space:
        def __init__(self, fails):
            self.fails = fails
        def __bool__(self):
            if self.fails:
                raise ZeroDivisionError
            return True
    doc = Doc.__new__(Doc)
    with pytest.raises(ZeroDivisionError):
        doc.__init__(vocab, words=[Word("a"), "b", "c"], spaces=[True, Space(False), Space(True)])
    assert len(doc) == 0 and doc.text == "" and doc.memory()["tokens"] == 0
    assert Doc(vocab, words=[Word("a"), "b"], spaces=[Space(False), 0]).text == "a b"


# ---- text ----

@given(st.lists(st.tuples(st.sampled_from(["a", "Word", "été", "naïve", "日本", "😀", "\ud800", "\x7f", "\x80", "\xff", "Ā", "\0"]),
                          st.booleans()), min_size=1),
       st.integers(0, 20), st.integers(0, 20))
def test_texts_of_every_width(pairs, start, end):
    doc = Doc(Vocab(), words=[word for word, _ in pairs], spaces=[space for _, space in pairs])
    pieces = [word + " " * space for word, space in pairs]
    text = "".join(pieces)
    assert doc.text == text and hash(doc.text) == hash(text) and sys.getsizeof(doc.text) == sys.getsizeof("".join(list(text)))
    span = doc[start:end]
    assert span.text_with_ws == "".join(pieces[start:end])
    assert span.text == ("".join(pieces[start:end - 1]) + pairs[span.end - 1][0] if len(span) and end <= len(pairs)
                         else "".join(pieces[start:-1]) + pairs[-1][0] if len(span) else "")
    assert [token.text_with_ws for token in doc] == pieces


# ---- views that are used again ----

def test_a_view_that_is_used_again_knows_nothing_of_before(vocab):
    doc, other = Doc(vocab, words=["a", "b", "c"]), Doc(vocab, words=["x", "y"])
    for label in ("X", "Y"):
        span = Span(doc, 1, 3, label=label, kb_id=label, span_id=label)
        assert span.label_ == span.kb_id_ == span.id_ == label
        del span
        fresh = other[0:2]
        assert (fresh.label, fresh.kb_id, fresh.id, fresh.doc, fresh.text) == (0, 0, 0, other, "x y")
        del fresh
        assert [token.text for token in doc] == ["a", "b", "c"] and [token.doc for token in other] == [other, other]


def test_more_views_than_are_kept(vocab):
    doc = Doc(vocab, words=[f"word{i}" for i in range(500)])
    for _ in range(3):
        tokens, spans = list(doc), [doc[i:i + 2] for i in range(500)]
        assert [token.i for token in tokens] == [span.start for span in spans] == list(range(500))
        assert len({id(token) for token in tokens}) == len({id(span) for span in spans}) == 500
        assert [token.text for token in tokens] == [f"word{i}" for i in range(500)]


def test_views_of_subclasses_are_their_own(vocab):
    class MyToken(Token):
        pass
    class MySpan(Span):
        pass
    doc = Doc(vocab, words=["a", "b"])
    for _ in range(200):
        mine, mine_too = MyToken(vocab, doc, 1), MySpan(doc, 0, 2)
        mine.note = mine_too.note = "x"
        assert mine.text == "b" and mine_too.text == "a b" and type(mine) is MyToken
        del mine, mine_too
        assert type(doc[0]) is Token and type(doc[0:1]) is Span and not hasattr(doc[0], "note")


def test_views_keep_and_free_their_document(vocab):
    doc = Doc(vocab, words=["a", "b"])
    doc[0], doc[0:1]
    token, span, gone = doc[1], doc[0:2], weakref.ref(doc)
    del doc
    assert gone() is not None and token.text == "b"
    del token
    assert gone() is not None and span.text == "a b"
    del span
    assert gone() is None


def test_the_garbage_collector_sees_views_that_are_used_again(vocab):
    for _ in range(3):
        doc = Doc(vocab, words=["a", "b"])
        doc[0], doc[0:1]
        token, span = doc[0], doc[0:1]
        assert gc.is_tracked(token) and gc.is_tracked(span) and doc in gc.get_referents(token)
        doc.user_data["token"], doc.user_data["span"] = token, span
        gone = weakref.ref(doc)
        del doc, token, span
        gc.collect()
        assert gone() is None


def test_the_end_of_a_document_may_make_views(vocab):
    other = Doc(vocab, words=["x", "y"])
    seen = []

    class Last:
        def __del__(self):
            seen.append(([token.text for token in other], [other[i:].text for i in range(2)], list(other)))

    for _ in range(100):
        doc = Doc(vocab, words=["a"])
        doc.user_data["last"] = Last()
        views = [doc[0], doc[0:1]]
        del doc
        views.clear()
    assert [entry[:2] for entry in seen] == [(["x", "y"], ["x y", "y"])] * 100
    assert all(entry[2] == [other[0], other[1]] for entry in seen)


# ---- iterators ----

def test_iterators(vocab):
    doc = Doc(vocab, words=["a", "b", "c"])
    for view, words in ((doc, ["a", "b", "c"]), (doc[1:], ["b", "c"]), (doc[1:1], []), (doc[3:], [])):
        iterator = iter(view)
        assert iter(iterator) is iterator and iterator.__length_hint__() == len(words)
        assert [token.text for token in iterator] == words and list(iterator) == [] and iterator.__length_hint__() == 0
    assert list(TokenIterator.__new__(TokenIterator)) == []
    iterator = iter(doc)
    next(iterator)
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:2])
    with pytest.raises(StaleViewError, match="take it from the Doc again"):
        next(iterator)
    kept = weakref.ref(doc)
    iterator = iter(doc)
    del doc, retokenizer, view
    assert kept() is not None and next(iterator).text == "a b"
    del iterator
    gc.collect()
    assert kept() is None


@given(st.lists(st.integers(-7, 7) | st.booleans() | st.just(2**31) | st.just(-(2**63)) | st.just(2**64)))
def test_indices_are_pythons(indices):
    words = ["a", "b", "c", "d", "e"]
    doc = Doc(Vocab(), words=words)
    for i in indices:
        if -5 <= i < 5:
            assert doc[i].text == doc[:][i].text == words[i]
        else:
            for view in (doc, doc[:]):
                with pytest.raises(IndexError):
                    view[i]
