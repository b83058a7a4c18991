"""Doc, Token and Span: construction, views, and views that are no longer valid."""

import gc

import pytest
from hypothesis import given, strategies as st
from lexarray.errors import StaleViewError
from lexarray.lexeme import Lexeme
from lexarray.strings import StringStore
from lexarray.tokenizer import Tokenizer
from lexarray.tokens import Doc, Span, Token
from lexarray.tokens.retokenizer import Retokenizer
from lexarray.tokens.span_group import SpanGroup
from lexarray.vocab import Vocab

words_and_spaces = st.lists(st.tuples(st.text(st.characters(exclude_categories=()), min_size=1), st.booleans()))


@pytest.fixture
def vocab():
    return Vocab()


@pytest.fixture
def doc(vocab):
    return Doc(vocab, words=["Hello", " ", "wörld", "!"], spaces=[True, False, False, True])


# ---- Doc ----

@given(words_and_spaces)
def test_the_text_is_rebuilt_and_offsets_point_into_it(pairs):
    words, spaces = [word for word, _ in pairs], [space for _, space in pairs]
    doc = Doc(Vocab(), words=words, spaces=spaces)
    text = "".join(word + " " * space for word, space in pairs)
    assert doc.text == doc.text_with_ws == str(doc) == repr(doc) == text
    assert len(doc) == len(words)
    assert [token.text for token in doc] == words
    assert [token.whitespace_ for token in doc] == [" " * space for space in spaces]
    assert [token.i for token in doc] == list(range(len(words)))
    for token, word in zip(doc, words):
        assert text[token.idx : token.idx + len(token)] == word
        assert token.text_with_ws == word + token.whitespace_


@given(words_and_spaces, st.integers(-9, 9), st.integers(-9, 9))
def test_slices_are_pythons(pairs, start, stop):
    words, spaces = [word for word, _ in pairs], [space for _, space in pairs]
    doc = Doc(Vocab(), words=words, spaces=spaces)
    span = doc[start:stop]
    assert [token.text for token in span] == words[start:stop]
    assert len(span) == len(words[start:stop]) == span.end - span.start
    assert doc.text[span.start_char : span.end_char] == span.text
    assert span.text_with_ws == "".join(token.text_with_ws for token in span)
    for i in range(-len(span), len(span)):
        assert span[i] == doc[span.start : span.end][i] == list(doc)[start:stop][i]
    inner = span[1:-1]
    assert [token.text for token in inner] == words[start:stop][1:-1]


def test_spaces_default_to_true_and_words_may_be_keys(vocab):
    key = vocab.strings.add("there")
    assert Doc(vocab, words=["Hello", key]).text == "Hello there "
    assert Doc(vocab, words=iter(["a", "b"]), spaces=iter([1, 0])).text == "a b"
    assert Doc(vocab).text == Doc(vocab, words=[]).text == Doc(vocab, words=[], spaces=[]).text == ""


def test_words_may_hold_whitespace(vocab):
    assert [token.text for token in Doc(vocab, words=["New York", "\n", "\0"])] == ["New York", "\n", "\0"]


@pytest.mark.parametrize("words, spaces, error, message", [
    (["a"], [True, False], ValueError, "1 words and 2 spaces"),
    (["a"], [], ValueError, "1 words and 0 spaces"),
    (None, [True], ValueError, "without words"),
    (["a", ""], None, ValueError, "word 1 is empty"),
    (["a", 0], None, ValueError, "word 1 is empty"),
    (["a", b"b"], None, TypeError, "word 1: .*bytes"),
    (["a", None], None, TypeError, "word 1: .*NoneType"),
    (["a", 12345], None, KeyError, "word 1: .*12345"),
    ("abc", None, TypeError, "one str: 'abc'"),
    (b"abc", None, TypeError, "one bytes"),
])
def test_bad_words(vocab, words, spaces, error, message):
    with pytest.raises(error, match=message):
        Doc(vocab, words=words, spaces=spaces)


def test_a_doc_needs_a_vocab():
    for bad in ((), (None,), ("en",)):
        with pytest.raises(TypeError):
            Doc(*bad)


@pytest.mark.parametrize("i", [4, -5, 10**6, -(10**6)])
def test_index_out_of_range(doc, i):
    with pytest.raises(IndexError, match=f"token {i} is out of range: the Doc has 4 tokens"):
        doc[i]
    with pytest.raises(IndexError, match=f"token {i} is out of range: the Span has 4 tokens"):
        doc[:][i]


def test_wrong_kinds_of_index(doc):
    for view in (doc, doc[:]):
        for bad in ("a", 1.5, None):
            with pytest.raises(TypeError):
                view[bad]
        with pytest.raises(ValueError, match=r"\[::2\]"):
            view[::2]
        with pytest.raises(IndexError):
            view[2**80]


def test_truth(vocab, doc):
    assert doc and doc[0:1] and not doc[0:0] and not Doc(vocab)


def test_many_tokens(vocab):
    doc = Doc(vocab, words=["ab"] * 100_000)
    assert len(doc) == 100_000 and doc[99_999].idx == 299_997 and doc.text == "ab " * 100_000
    assert sum(1 for _ in doc) == 100_000


# ---- Token ----

def test_token_reads_its_lexeme(vocab, doc):
    token = doc[2]
    lexeme = vocab["wörld"]
    assert token.lex == lexeme and token.orth == lexeme.orth and token.vocab is vocab and token.doc is doc
    for name in ("lower", "norm", "shape", "prefix", "suffix", "lang"):
        assert getattr(token, name) == getattr(lexeme, name)
        assert getattr(token, name + "_") == getattr(lexeme, name + "_")
    flags = [name for name in dir(lexeme) if name.startswith(("is_", "like_"))]
    assert len(flags) == 18
    for name in [*flags, "prob", "cluster", "sentiment", "rank"]:
        assert getattr(token, name) == getattr(lexeme, name)
    lexeme.is_stop = True
    assert token.is_stop and token.check_flag(12)
    assert token.lex_id == token.rank


def test_word_attributes_cannot_be_set_on_a_token(doc):
    for name, value in [("is_stop", True), ("lower_", "x"), ("lower", 0), ("prob", 1.0), ("cluster", 1), ("rank", 1)]:
        with pytest.raises(AttributeError, match="Token"):
            setattr(doc[0], name, value)
    with pytest.raises(AttributeError):
        doc[0].text = "x"


def test_nbor(doc):
    assert doc[0].nbor() == doc[1] and doc[3].nbor(-3) == doc[0] and doc[1].nbor(0) == doc[1]
    for token, i in [(doc[3], 1), (doc[0], -1), (doc[0], 2**31 - 1), (doc[0], -(2**31))]:
        with pytest.raises(IndexError, match=f"token {token.i} has no neighbour"):
            token.nbor(i)


def test_token_comparison_and_hash(vocab, doc):
    assert doc[1] == doc[1] != doc[2] and hash(doc[1]) == hash(doc[1])
    assert doc[0] < doc[1] <= doc[1] < doc[2] > doc[1] >= doc[1]
    assert len({*doc, *doc}) == 4
    other = Doc(vocab, words=["Hello"])
    assert doc[0] != other[0] and doc[0] != "Hello"
    for bad in (other[0], 5):
        with pytest.raises(TypeError):
            doc[0] < bad


def test_token_constructor(vocab, doc):
    assert Token(vocab, doc, 2) == doc[2]
    for bad in (4, -1):
        with pytest.raises(IndexError, match=f"token {bad} is out of range"):
            Token(vocab, doc, bad)
    with pytest.raises(ValueError, match="vocab"):
        Token(Vocab(), doc, 0)


# ---- Span ----

def test_span_constructor_and_labels(vocab, doc):
    span = Span(doc, 0, 3, label="GPE", kb_id="Q1", span_id="s")
    assert (span.label_, span.kb_id_, span.id_) == ("GPE", "Q1", "s")
    assert (span.label, span.kb_id, span.id) == tuple(vocab.strings[text] for text in ("GPE", "Q1", "s"))
    assert (span.start, span.end, span.start_char, span.end_char) == (0, 3, 0, 12)
    assert (span.text, span.text_with_ws, span.orth_) == ("Hello  wörld",) * 3
    assert Span(doc, 2, 4).text_with_ws == "wörld! "
    span.label_, span.kb_id_, span.id_ = "A", "B", "C"
    assert (span.label, span.kb_id, span.id) == tuple(vocab.strings[text] for text in "ABC")
    span.label, span.kb_id, span.id = vocab.strings["B"], "x", 0
    assert (span.label_, span.kb_id_, span.id_) == ("B", "x", "")
    assert span.doc is doc and span.vocab is vocab


@pytest.mark.parametrize("start, end", [(0, 5), (3, 1), (-1, 2), (5, 5)])
def test_span_out_of_range(doc, start, end):
    with pytest.raises(IndexError, match=f"from {start} to {end} is out of range"):
        Span(doc, start, end)


def test_bad_labels(doc):
    for name in ("label", "kb_id", "span_id"):
        with pytest.raises(TypeError, match=f"{name}: .*bytes"):
            Span(doc, 0, 1, **{name: b"x"})
        with pytest.raises(KeyError, match=f"{name}: .*12345"):
            Span(doc, 0, 1, **{name: 12345})
    with pytest.raises(TypeError):
        doc[0:1].label_ = 5


def test_empty_spans_have_a_place(doc):
    assert (doc[0:0].start_char, doc[2:2].start_char, doc[4:4].start_char, doc[4:4].end_char) == (0, 7, 14, 14)
    assert doc[2:2].text == doc[2:2].text_with_ws == "" and list(doc[2:2]) == []


def test_span_comparison_and_hash(vocab, doc):
    assert doc[0:2] == doc[0:2] != doc[0:3] and hash(doc[0:2]) == hash(doc[0:2])
    assert Span(doc, 0, 2, "X") != doc[0:2] and Span(doc, 0, 2, "X") == Span(doc, 0, 2, "X")
    assert doc[0:2] < doc[0:3] < doc[1:2] <= doc[1:2] and doc[1:2] > doc[0:3] >= doc[0:3]
    assert sorted([doc[1:2], doc[0:3], doc[0:1]]) == [doc[0:1], doc[0:3], doc[1:2]]
    other = Doc(vocab, words=["Hello"])
    assert doc[0:1] != other[0:1] and doc[0:1] != "Hello"
    for bad in (other[0:1], 5):
        with pytest.raises(TypeError):
            doc[0:1] < bad


# ---- lifetime ----

def test_views_keep_their_document(vocab):
    token, span = Doc(vocab, words=["a", "b"])[1], Doc(vocab, words=["c", "d"])[0:2]
    gc.collect()
    assert (token.text, token.doc.text, span.text) == ("b", "a b ", "c d")


def replace_tokens(doc):
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:4])


def test_views_of_replaced_tokens_raise(doc):
    token, span, iterator, span_iterator = doc[3], doc[0:3], iter(doc), iter(doc[0:3])
    next(iterator), next(span_iterator)
    replace_tokens(doc)
    uses = [
        lambda: token.text, lambda: token.lower_, lambda: token.is_alpha, lambda: token.idx, lambda: token.nbor(-3),
        lambda: token.whitespace_, lambda: token.text_with_ws, lambda: len(token), lambda: token.lex, lambda: token.norm_,
        lambda: token.vocab, lambda: token.check_flag(1), lambda: span.text, lambda: span.text_with_ws, lambda: span.start,
        lambda: span[0], lambda: span[0:1], lambda: list(span), lambda: len(span), lambda: span.label_,
        lambda: span == span, lambda: hash(span), lambda: setattr(span, "label_", "x"),
        lambda: next(iterator), lambda: next(span_iterator),
    ]
    for use in uses:
        with pytest.raises(StaleViewError, match="take it from the Doc again"):
            use()
    assert doc[0].text == "Hello  wörld!" and doc[0] != token and token == token
    assert "no longer valid" in repr(token) and "no longer valid" in repr(span)


def test_a_document_is_initialised_once(vocab, doc):
    with pytest.raises(RuntimeError, match="once"):
        doc.__init__(vocab, words=["new"])
    assert doc[0].text == "Hello"


def test_an_index_may_change_the_document(vocab):
    class Index:
        def __init__(self, doc):
            self.doc = doc
        def __index__(self):
            replace_tokens(self.doc)
            return 3
    for use in (lambda d, i: d[i], lambda d, i: d[:][i]):
        doc = Doc(vocab, words=["a", "b", "c", "d"])
        with pytest.raises((IndexError, StaleViewError)):
            use(doc, Index(doc))
    doc = Doc(vocab, words=["a", "b", "c", "d"])
    assert len(doc[0:Index(doc)]) == 1


def test_a_document_may_be_touched_while_it_is_made(vocab):
    made = []
    class Space:
        def __bool__(self):
            made[0].__init__(Vocab(), words=["z"])
            return True
    doc = Doc.__new__(Doc)
    made.append(doc)
    with pytest.raises(RuntimeError, match="once"):
        doc.__init__(vocab, words=["a", "b"], spaces=[True, Space()])
    assert doc.text == ""


def test_made_by_new_alone():
    doc = Doc.__new__(Doc)
    assert len(doc) == 0 and doc.text == "" and list(doc) == []
    with pytest.raises(ValueError, match="never initialised"):
        doc[0:0]


def touch(use, made):
    # It gives something or raises. SystemError: C code says that it failed and not how, or that it did not and how.
    try:
        use(made)
    except SystemError:
        raise
    except Exception:
        pass


@pytest.mark.parametrize("view", [Token, Span, Lexeme, Doc, Vocab, StringStore, Tokenizer, SpanGroup])
def test_everything_of_what_was_made_by_new_alone_is_safe_to_touch(view, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)         # some methods write the file "x"
    for name in dir(view):
        if name in ("__class__", "__dict__"):
            continue
        for use in (lambda o: getattr(o, name), lambda o: setattr(o, name, "x"), lambda o: setattr(o, name, 1),
                    lambda o: getattr(o, name)(), lambda o: getattr(o, name)(0), lambda o: getattr(o, name)(o),
                    lambda o: list(getattr(o, name)), lambda o: getattr(o, name)("x")):
            if name in ("__init_subclass__", "set_extension", "remove_extension"):
                continue
            touch(use, view.__new__(view))
    for use in (repr, len, list, hash, lambda o: o[0], lambda o: o[0:1], lambda o: o == o, lambda o: o < o, bool):
        touch(use, view.__new__(view))


def test_a_retokenizer_is_not_made_without_a_document():
    with pytest.raises(TypeError, match="exactly 1 positional argument"):
        Retokenizer.__new__(Retokenizer)
    with pytest.raises(TypeError, match="expected .*TokenArray, got NoneType"):
        Retokenizer.__new__(Retokenizer, None)
