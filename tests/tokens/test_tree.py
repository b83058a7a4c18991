"""The dependency tree and the sentences that follow from it, against a twin on plain lists."""

import pytest
from hypothesis import given, settings, strategies as st
from lexarray.tokens import Doc, Span
from lexarray.vocab import Vocab
from reference import tree

VOCAB = Vocab()


@st.composite
def trees(draw, max_size=12):
    """Heads of a forest; any tree, most of them with crossing arcs."""
    n = draw(st.integers(1, max_size))
    order = draw(st.permutations(range(n)))
    heads = list(range(n))
    for place, i in enumerate(order):
        if place and draw(st.integers(0, 5)):
            heads[i] = order[draw(st.integers(0, place - 1))]
    return heads


def make(heads, deps=None):
    words = [f"w{i}" for i in range(len(heads))]
    return Doc(VOCAB, words=words, heads=heads, deps=deps or ["dep"] * len(heads))


def indices(tokens):
    return [token.i for token in tokens]


def assert_is_tree(doc, heads):
    for token in doc:
        i = token.i
        below = tree.subtree(heads, i)
        assert token.head.i == heads[i]
        assert indices(token.children) == tree.children(heads, i)
        assert indices(token.lefts) == [j for j in tree.children(heads, i) if j < i]
        assert indices(token.rights) == [j for j in tree.children(heads, i) if j > i]
        assert (token.n_lefts, token.n_rights) == (len(list(token.lefts)), len(list(token.rights)))
        assert indices(token.subtree) == below
        assert (token.left_edge.i, token.right_edge.i) == (below[0], below[-1])
        assert indices(token.ancestors) == tree.ancestors(heads, i)
        assert [doc[j].is_ancestor(token) for j in range(len(doc))] == [j in tree.ancestors(heads, i) for j in range(len(doc))]
    starts = tree.sentence_starts(heads)
    assert [token.i for token in doc if token.is_sent_start] == starts
    assert [(sent.start, sent.end) for sent in doc.sents] == list(zip(starts, [*starts[1:], len(doc)]))
    for sent in doc.sents:
        for token in sent:
            assert token.sent == sent
            assert token.is_sent_end == (token.i == sent.end - 1)


@given(trees())
@settings(max_examples=400)
def test_trees_equal_the_slow_twin(heads):
    doc = make(heads)
    assert_is_tree(doc, heads)
    assert doc.get_lca_matrix().tolist() == tree.lca_matrix(heads, 0, len(heads))


@given(trees(), st.data())
def test_spans_of_trees_equal_the_slow_twin(heads, data):
    doc = make(heads)
    start = data.draw(st.integers(0, len(heads) - 1))
    end = data.draw(st.integers(start + 1, len(heads)))
    span = doc[start:end]
    inside = range(start, end)
    assert span.root.i == tree.span_root(heads, start, end)
    assert span.get_lca_matrix().tolist() == tree.lca_matrix(heads, start, end)
    assert indices(span.lefts) == [j for i in inside for j in tree.children(heads, i) if j < start]
    assert indices(span.rights) == [j for i in inside for j in tree.children(heads, i) if j >= end]
    assert (span.n_lefts, span.n_rights) == (len(list(span.lefts)), len(list(span.rights)))
    assert indices(span.subtree) == sorted({j for i in inside for j in tree.subtree(heads, i)})
    assert [sent for sent in doc.sents if sent.start < end and sent.end > start] == list(span.sents)
    assert span.sent == next(span.sents) == doc[start].sent


@given(trees(), st.data())
def test_conjuncts_equal_the_slow_twin(heads, data):
    deps = [data.draw(st.sampled_from(["conj", "cc", "dep"])) for _ in heads]
    doc = make(heads, deps)
    for token in doc:
        assert indices(token.conjuncts) == tree.conjuncts(heads, deps, token.i)
    root = doc[0:].root
    assert doc[0:].conjuncts == root.conjuncts


@given(trees(), st.data())
@settings(max_examples=300)
def test_a_head_is_set_or_nothing_changes(heads, data):
    doc = make(heads)
    i = data.draw(st.integers(0, len(heads) - 1))
    head = data.draw(st.integers(0, len(heads) - 1))
    changed = [*heads[:i], head, *heads[i + 1 :]]
    if tree.has_cycle(changed):
        with pytest.raises(ValueError, match=f"token {head} cannot be the head of token {i}: it is below it"):
            doc[i].head = doc[head]
        assert_is_tree(doc, heads)
    else:
        doc[i].head = doc[head]
        assert_is_tree(doc, changed)


@given(st.lists(st.integers(-2, 8), min_size=1, max_size=7))
@settings(max_examples=400)
def test_any_heads_make_a_tree_or_an_error_that_names_a_token(heads):
    outside = [i for i, head in enumerate(heads) if not 0 <= head < len(heads)]
    if outside:
        with pytest.raises(ValueError, match=f"heads: token {outside[0]}: its head {heads[outside[0]]} is outside"):
            make(heads)
    elif tree.has_cycle(heads):
        with pytest.raises(ValueError, match=r"token \d+: its heads form a cycle") as error:
            make(heads)
        named = at = int(re_number(str(error.value)))
        for _ in heads:
            at = heads[at]
            if at == named:
                break
        assert at == named and heads[named] != named
    else:
        assert_is_tree(make(heads), heads)


def re_number(text):
    return "".join(char for char in text.split(":")[0] if char.isdigit())


def test_long_chains_and_wide_trees():
    n = 20_000
    for heads in ([max(0, i - 1) for i in range(n)], [min(n - 1, i + 1) for i in range(n)], [0] * n, [n - 1] * n):
        doc = make(heads)
        root = next(i for i in range(n) if heads[i] == i)
        assert indices(doc[root].subtree) == list(range(n))
        assert len(list(doc.sents)) == 1 and doc[:].root.i == root
        assert (doc[root].left_edge.i, doc[root].right_edge.i) == (0, n - 1)


# ---- sentences ----

def test_sentences_by_hand():
    doc = Doc(VOCAB, words=list("abcdef"), sent_starts=[True, False, None, 1, 0, -1])
    assert [token.sent_start for token in doc] == [1, -1, 0, 1, 0, -1]
    assert [token.is_sent_start for token in doc] == [True, False, None, True, None, False]
    assert [token.is_sent_end for token in doc] == [False, None, True, None, False, True]
    assert [sent.text for sent in doc.sents] == ["a b c", "d e f"]
    doc[4].is_sent_start = True
    doc[3].is_sent_start = False
    doc[5].sent_start = None
    assert [(sent.start, sent.end) for sent in doc.sents] == [(0, 4), (4, 6)]
    assert [list(doc[3:5].sents), doc[3:5].sent, doc[2].sent] == [list(doc.sents), doc[0:4], doc[0:4]]
    assert [doc[4:4].sent, doc[6:6].sent] == [doc[4:6], doc[4:6]]
    for value, number in [(1, 1), (-1, -1), (0, 0), (True, 1), (False, -1), (None, 0)]:
        doc[2].sent_start = value
        assert doc[2].sent_start == number


def test_a_document_without_sentences():
    doc = Doc(VOCAB, words=list("abc"))
    for use in (lambda: list(doc.sents), lambda: doc[0].sent, lambda: doc[0:2].sent, lambda: list(doc[0:2].sents)):
        with pytest.raises(ValueError, match="no sentence boundaries: set them with"):
            use()
    assert not doc.has_annotation("SENT_START")
    assert [sent.text for sent in Doc(VOCAB, words=["one"]).sents] == ["one"]
    assert list(Doc(VOCAB).sents) == []
    assert [token.is_sent_start for token in doc] == [True, None, None]


def test_what_sentence_starts_cannot_be():
    doc = Doc(VOCAB, words=list("abc"))
    for bad in (5, "x", 1.5, 1, 0):
        with pytest.raises(ValueError, match="is_sent_start must be True, False or None"):
            doc[1].is_sent_start = bad
    for bad in (5, "x", -2):
        with pytest.raises(ValueError, match="sent_start must be"):
            doc[1].sent_start = bad
        with pytest.raises(ValueError, match=f"sent_starts: token 2: {bad!r}"):
            Doc(VOCAB, words=list("abc"), sent_starts=[True, None, bad])
    parsed = make([0, 0, 0])
    with pytest.raises(ValueError, match="follow from its dependency tree, so is_sent_start of token 1"):
        parsed[1].is_sent_start = True


# ---- the rest ----

def test_heads_and_labels():
    doc = Doc(VOCAB, words=list("abc"))
    assert [(token.has_head(), token.has_dep(), token.head == token, list(token.children)) for token in doc] == [(False, False, True, [])] * 3
    assert [(token.left_edge, token.right_edge) for token in doc] == [(token, token) for token in doc]
    doc[0].head = doc[2]
    assert [token.has_head() for token in doc] == [True, False, False] and list(doc[2].lefts) == [doc[0]]
    assert doc[0].sent_start == 0                           # not all heads are known
    with pytest.raises(ValueError, match="heads were given without deps"):
        Doc(VOCAB, words=["a"], heads=[0])
    with pytest.raises(TypeError, match="heads: token 1: expected an index"):
        make([0, "x"])
    with pytest.raises(ValueError, match="not in one Doc"):
        doc[0].head = make([0])[0]
    with pytest.raises(ValueError, match="is empty, so it has no root"):
        doc[1:1].root
    assert not doc[0].is_ancestor(make([0])[0])


def test_sentences_come_with_the_last_head_or_label():
    for order in ("heads first", "labels first", "alternately"):
        doc = Doc(VOCAB, words=list("abcd"))
        heads, labels = [lambda t=t: setattr(t, "head", doc[1]) for t in doc], [lambda t=t: setattr(t, "dep_", "x") for t in doc]
        steps = {"heads first": heads + labels, "labels first": labels + heads,
                 "alternately": [step for pair in zip(heads, labels) for step in pair]}[order]
        for step in steps:
            step()
        assert [sent.text for sent in doc.sents] == ["a b c d"], order
        with pytest.raises(ValueError, match="follow from its dependency tree"):
            doc[2].is_sent_start = True


def test_a_partial_tree_leaves_sentences_open():
    doc = Doc(VOCAB, words=list("abc"), sent_starts=[1, -1, 1])
    doc[0].head = doc[1]
    assert [sent.text for sent in doc.sents] == ["a b", "c"]
    doc[1].is_sent_start = True
    assert [sent.text for sent in doc.sents] == ["a", "b", "c"]
    labelled = Doc(VOCAB, words=list("abc"), deps=["x"] * 3, sent_starts=[1, -1, 1])
    assert [sent.text for sent in labelled.sents] == ["a b", "c"]
    assert [sent.text for sent in labelled[0:3].as_doc().sents] == [sent.text for sent in labelled[:].as_doc().sents] == ["a b", "c"]
    assert [sent.text for sent in labelled[1:3].as_doc().sents] == ["b", "c"]
    with labelled.retokenize() as retokenizer:
        retokenizer.merge(labelled[0:2])
    assert [sent.text for sent in labelled.sents] == ["a b", "c"]
    labelled = Doc(VOCAB, words=list("abc"), deps=["x"] * 3, sent_starts=[1, -1, 1])
    labelled[1].is_sent_start = True
    assert len(list(labelled.sents)) == 3
    assert [sent.text for sent in Doc(VOCAB, words=list("abc"), heads=[0, 1, 2], deps=["x"] * 3).sents] == ["a", "b", "c"]


def test_a_hook_that_gives_no_sentence_of_a_span():
    doc = make([0, 0])
    for hook in (lambda doc: [], lambda doc: [doc[0:1]]):
        doc.user_hooks["sents"] = hook
        with pytest.raises(ValueError, match="no sentence that the hook of the Doc gives has the tokens 1 to 2"):
            doc[1].sent


def test_hooks():
    doc = make([0, 0, 0])
    doc.user_hooks["sents"] = lambda doc: [doc[0:1], doc[1:3]]
    doc.user_hooks["sentiment"] = lambda doc: 5.0
    assert [list(doc.sents), doc[1].sent, list(doc[0:2].sents), doc.sentiment] == [
        [doc[0:1], doc[1:3]], doc[1:3], [doc[0:1], doc[1:3]], 5.0]
    doc.user_token_hooks.update(conjuncts=lambda token: ("mine",), sentiment=lambda token: 0.5)
    assert doc[0].conjuncts == ("mine",) and doc[0].sentiment == 0.5 and doc[0:2].sentiment == 0.5
    doc.user_span_hooks.update(root=lambda span: span[1], sent=lambda span: span, sents=lambda span: [span], sentiment=lambda span: 7)
    span = Span(doc, 0, 2)
    assert (span.root, span.sent, list(span.sents), span.sentiment) == (doc[1], span, [span], 7)
