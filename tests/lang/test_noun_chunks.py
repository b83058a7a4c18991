"""English noun chunks: sentences annotated by hand in both schemes of labels, and what holds for every tree."""

from itertools import pairwise

import lexarray
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lexarray.lang.en import English, EnglishDefaults
from lexarray.lang.en.noun_chunks import CLAUSE_LABELS, HEAD_LABELS, OUTSIDE_LABELS, noun_chunks
from lexarray.language import Defaults, Language
from lexarray.tokens import Doc
from lexarray.vocab import Vocab

# A sentence with its chunks in brackets; then part of speech, head (from 1; 0: root) and label of each token.
UD = """
[The old cat] sleeps on [my sofa] .
DET:3:det ADJ:3:amod NOUN:4:nsubj VERB:0:root ADP:7:case PRON:7:nmod:poss NOUN:4:obl PUNCT:4:punct

[She] gave [him] [Mary 's two red apples] yesterday
PRON:2:nsubj VERB:0:root PRON:2:iobj PROPN:8:nmod:poss PART:4:case
NUM:8:nummod ADJ:8:amod NOUN:2:obj NOUN:2:obl:unmarked

[cats] , [old dogs] and [a very small mouse] ran
NOUN:10:nsubj PUNCT:4:punct ADJ:4:amod NOUN:1:conj CCONJ:9:cc DET:9:det ADV:8:advmod ADJ:9:amod NOUN:1:conj VERB:0:root

[cat and dog food] smells
NOUN:4:compound CCONJ:3:cc NOUN:1:conj NOUN:5:nsubj VERB:0:root

[Ann] is not [a doctor] but [a nurse]
PROPN:5:nsubj AUX:5:cop PART:5:advmod DET:5:det NOUN:0:root CCONJ:8:cc DET:8:det NOUN:5:conj

[We] know that [it] was probably [the wind] .
PRON:2:nsubj VERB:0:root SCONJ:8:mark PRON:8:nsubj AUX:8:cop ADV:8:advmod DET:8:det NOUN:2:ccomp PUNCT:2:punct

[the book] [that] [you] wrote about [Rome]
DET:2:det NOUN:0:root PRON:5:obj PRON:5:nsubj VERB:2:acl:relcl ADP:7:case PROPN:5:obl

[The king] of [the hill] was beaten by [his own brother]
DET:2:det NOUN:7:nsubj:pass ADP:5:case DET:5:det NOUN:2:nmod AUX:7:aux:pass
VERB:0:root ADP:11:case PRON:11:nmod:poss ADJ:11:amod NOUN:7:obl:agent

[Dr. Mary Ann Smith] of [al - Basra] , [our guide] , laughed
PROPN:2:nmod:desc PROPN:13:nsubj PROPN:2:flat PROPN:2:flat ADP:6:case PROPN:2:nmod PUNCT:8:punct
PROPN:6:flat PUNCT:11:punct PRON:11:nmod:poss NOUN:2:appos PUNCT:11:punct VERB:0:root

Of [the dogs] , [some] barked at [an out of state plate]
ADP:3:case DET:3:det NOUN:5:nmod PUNCT:3:punct PRON:6:nsubj VERB:0:root ADP:12:case
DET:12:det ADP:11:case ADP:9:fixed NOUN:12:nmod NOUN:6:obl

" [The end] "
PUNCT:3:punct DET:3:det NOUN:0:root PUNCT:3:punct

[Tom] , come to both [Rome] and [Pisa]
PROPN:3:vocative PUNCT:1:punct VERB:0:root ADP:6:case CCONJ:6:cc:preconj PROPN:3:obl CCONJ:8:cc PROPN:6:conj

There is [the same taste] as [mine]
PRON:2:expl VERB:0:root DET:5:det ADJ:5:amod NOUN:2:nsubj ADP:7:case PRON:4:obl

run quickly
VERB:0:root ADV:1:advmod
"""
CLEARNLP = """
[The old cat] sleeps on [my sofa] .
DET:3:det ADJ:3:amod NOUN:4:nsubj VERB:0:ROOT ADP:4:prep PRON:7:poss NOUN:5:pobj PUNCT:4:punct

[She] gave [him] [Mary 's two red apples] yesterday
PRON:2:nsubj VERB:0:ROOT PRON:2:dative PROPN:8:poss PART:4:case NUM:8:nummod ADJ:8:amod NOUN:2:dobj NOUN:2:npadvmod

[cats] , [old dogs] and [a very small mouse] ran
NOUN:10:nsubj PUNCT:1:punct ADJ:4:amod NOUN:1:conj CCONJ:4:cc DET:9:det ADV:8:advmod ADJ:9:amod NOUN:4:conj VERB:0:ROOT

[cat and dog food] smells
NOUN:4:nmod CCONJ:1:cc NOUN:1:conj NOUN:5:nsubj VERB:0:ROOT

[Ann] is not [a doctor] but [a nurse]
PROPN:2:nsubj AUX:0:ROOT PART:2:neg DET:5:det NOUN:2:attr CCONJ:5:cc DET:8:det NOUN:5:conj

[the book] [that] [you] wrote about [Rome]
DET:2:det NOUN:0:ROOT PRON:5:dobj PRON:5:nsubj VERB:2:relcl ADP:5:prep PROPN:6:pobj

[The king] of [the hill] was beaten by [his own brother]
DET:2:det NOUN:7:nsubjpass ADP:2:prep DET:5:det NOUN:3:pobj AUX:7:auxpass
VERB:0:ROOT ADP:7:agent PRON:11:poss ADJ:11:amod NOUN:8:pobj

[They] named [him] [king of the road hero] .
PRON:2:nsubj VERB:0:ROOT PRON:2:dobj NOUN:8:compound ADP:4:prep DET:7:det NOUN:5:pobj NOUN:2:oprd PUNCT:2:punct

[Ann Smith] , [our guide] , talked about [only five dogs]
PROPN:2:compound PROPN:7:nsubj PUNCT:2:punct PRON:5:poss NOUN:2:appos PUNCT:2:punct
VERB:0:ROOT ADP:7:prep ADV:11:advmod NUM:11:nummod NOUN:8:pobj

[the dog] and [the cat] and [the cow] ran
DET:2:det NOUN:9:nsubj CCONJ:2:cc DET:5:det NOUN:2:conj CCONJ:5:cc DET:8:det NOUN:5:conj VERB:0:ROOT
"""


def cases(text, scheme):
    for case in text.strip().split("\n\n"):
        sentence, annotation = case.split("\n", 1)
        yield pytest.param(sentence, annotation, id=f"{scheme}: {sentence}")


def make_doc(vocab, words, annotation):
    rows = [cell.split(":", 2) for cell in annotation.split()]
    heads = [i if head == "0" else int(head) - 1 for i, (_, head, _) in enumerate(rows)]
    return Doc(vocab, words=words, pos=[row[0] for row in rows], heads=heads, deps=[row[2] for row in rows])


@pytest.fixture(scope="module")
def vocab():
    return English().vocab


@pytest.mark.parametrize("sentence, annotation", [*cases(UD, "UD"), *cases(CLEARNLP, "ClearNLP")])
def test_chunks(vocab, sentence, annotation):
    words, expected = [], []
    for piece in sentence.split():
        if piece.startswith("["):
            expected.append([len(words), None])
        words.append(piece.strip("[]"))
        if piece.endswith("]"):
            expected[-1][1] = len(words)
    doc = make_doc(vocab, words, annotation)
    chunks = list(doc.noun_chunks)
    assert [[chunk.start, chunk.end] for chunk in chunks] == expected
    assert all(chunk.label_ == "NP" for chunk in chunks)
    assert list(noun_chunks(doc)) == [(start, end, vocab.strings["NP"]) for start, end in expected]


def test_of_a_span(vocab):
    words = "The old cat sleeps . My dog and I run".split()
    doc = make_doc(vocab, words, "DET:3:det ADJ:3:amod NOUN:4:nsubj VERB:0:root PUNCT:4:punct PRON:7:nmod:poss "
                                 "NOUN:10:nsubj CCONJ:9:cc PRON:7:conj VERB:0:root")
    assert [chunk.text for chunk in doc.noun_chunks] == ["The old cat", "My dog", "I"]
    assert [chunk.text for chunk in doc[5:10].noun_chunks] == ["My dog", "I"]
    assert [chunk.text for chunk in doc[1:9].noun_chunks] == ["My dog", "I"]         # "old cat" is no chunk
    assert [chunk.text for chunk in doc[6:9].noun_chunks] == ["I"]                   # its first conjunct is cut
    assert list(doc[3:3].noun_chunks) == list(doc[3:5].noun_chunks) == []
    assert [[start, end] for start, end, _ in noun_chunks(doc[5:10])] == [[5, 7], [8, 9]]


def test_the_vocab_need_not_know_the_labels(vocab):
    doc = Doc(Vocab(get_noun_chunks=noun_chunks), words=["dogs"], pos=["NOUN"], heads=[0], deps=["root"])
    assert [(chunk.text, chunk.label_) for chunk in doc.noun_chunks] == [("dogs", "NP")]


def test_no_tree(vocab):
    with pytest.raises(ValueError, match="dependency tree"):
        Doc(vocab, words=["dogs"], pos=["NOUN"]).noun_chunks
    with pytest.raises(ValueError, match="dependency tree"):
        list(Doc(vocab, words=["dogs", "run"], pos=["NOUN", "VERB"])[:1].noun_chunks)


def test_no_rules():
    assert Defaults.noun_chunks is None
    doc = Doc(lexarray.blank("xx").vocab, words=["dogs"], pos=["NOUN"], heads=[0], deps=["root"])
    with pytest.raises(NotImplementedError, match="'xx'"):
        doc.noun_chunks
    with pytest.raises(NotImplementedError):
        list(doc[:1].noun_chunks)


def test_a_language_brings_its_own():
    class Own(Language):
        class Defaults(EnglishDefaults):
            noun_chunks = staticmethod(lambda doclike: [(0, 1, doclike.vocab.strings.add("X"))])

    doc = Doc(Own().vocab, words=["dogs", "run"], pos=["NOUN", "VERB"], heads=[1, 1], deps=["nsubj", "root"])
    assert [(chunk.text, chunk.label_) for chunk in doc.noun_chunks] == [("dogs", "X")]


def test_no_label_is_both_of_a_clause_and_of_a_phrase():
    assert not HEAD_LABELS & CLAUSE_LABELS and 0 not in HEAD_LABELS | CLAUSE_LABELS | OUTSIDE_LABELS


LABELS = """det amod compound nummod nmod nmod:poss poss nsubj obj dobj obl pobj prep case cc conj conj conj punct cop
    flat acl acl:relcl advmod appos ccomp root ROOT dep""".split()
POS = "NOUN NOUN PROPN PRON VERB ADJ DET ADP PUNCT".split()


@st.composite
def trees(draw):
    n = draw(st.integers(1, 14))
    order = draw(st.permutations(range(n)))
    heads = list(range(n))
    for rank, i in enumerate(order[1:], 1):         # a head that comes earlier, or a root: any forest, not projective
        heads[i] = order[draw(st.integers(0, rank))]
    labels = draw(st.lists(st.sampled_from(LABELS), min_size=n, max_size=n))
    return heads, labels, draw(st.lists(st.sampled_from(POS), min_size=n, max_size=n))


@settings(max_examples=500)
@given(trees(), st.integers(0, 14), st.integers(0, 14))
def test_on_any_tree(vocab, tree, first, last):
    heads, labels, pos = tree
    doc = Doc(vocab, words=[f"w{i}" for i in range(len(heads))], pos=pos, heads=heads, deps=labels)
    chunks = [(start, end) for start, end, _ in noun_chunks(doc)]
    limit = 0
    for start, end in chunks:
        assert limit <= start < end <= len(doc)                         # in order, apart, inside
        assert pos[end - 1] in ("NOUN", "PROPN", "PRON")
        limit = end
    assert chunks == [(chunk.start, chunk.end) for chunk in doc.noun_chunks]
    span = doc[min(first, last):max(first, last)]
    inside = [chunk for chunk in chunks if span.start <= chunk[0] and chunk[1] <= span.end]
    assert [(start, end) for start, end, _ in noun_chunks(span)] == inside
    assert [(chunk.start, chunk.end) for chunk in span.noun_chunks] == inside


def test_deep_phrases_before_a_noun_are_not_slow(vocab):
    # of x of x of x ...: each x hangs on the next, and none may begin the next's phrase
    n = 20_000
    doc = Doc(vocab, words=["x"] * n, pos=["ADP", "NOUN"] * (n // 2), deps=["case", "nmod"] * (n // 2),
              heads=[min(n - 1, i + 1 + i % 2) for i in range(n)])
    assert [(start, end) for start, end, _ in noun_chunks(doc)] == [(i, i + 1) for i in range(1, n, 2)]


@pytest.mark.parametrize("head_of, label", [
    (lambda i, n: max(0, i - 1), "conj"), (lambda i, n: min(n - 1, i + 1), "conj"),
    (lambda i, n: max(0, i - 1), "nmod"), (lambda i, n: min(n - 1, i + 1), "nmod"), (lambda i, n: n - 1, "nmod"),
    (lambda i, n: min(n - 1, i + 1), "nsubj"), (lambda i, n: n - 1, "amod"), (lambda i, n: 0, "flat"),
    (lambda i, n: max(0, i - 2), "nmod"), (lambda i, n: min(n - 1, i + 2), "amod"),
], ids=str)
def test_deep_trees_are_not_slow(vocab, head_of, label):
    n = 20_000
    heads = [head_of(i, n) for i in range(n)]
    doc = Doc(vocab, words=["x"] * n, pos=["NOUN"] * n, heads=heads,
              deps=["root" if i == head else label for i, head in enumerate(heads)])
    chunks = list(noun_chunks(doc))
    assert chunks and all(a < b for a, b, _ in chunks) and all(b <= c for (_, b, _), (c, _, _) in pairwise(chunks))
