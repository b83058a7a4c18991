"""Merging and splitting: all or nothing, every layer right afterwards, old views raise."""

import os
import random

import pytest
from lexarray.errors import StaleViewError
from lexarray.tokens import Doc, Span, Token
from lexarray.tokens.retokenizer import Retokenizer
from lexarray.vocab import Vocab
from reference import retokenize, tree

VOCAB = Vocab()
# Run more of them with LEXARRAY_RETOKENIZATIONS=10000, in a build with sanitizers: see CONTRIBUTING.md.
N_RANDOM = int(os.environ.get("LEXARRAY_RETOKENIZATIONS", 600))


def random_document(rng):
    n = rng.randint(1, 14)
    words = ["".join(rng.choices("abé日😀", k=rng.randint(1, 4))) for _ in range(n)]
    spaces = [rng.random() < 0.6 for _ in range(n)]
    order = rng.sample(range(n), n)
    heads = list(range(n))
    for place, i in enumerate(order):
        if place and rng.random() < 0.85:
            heads[i] = order[rng.randrange(place)]
    doc = Doc(VOCAB, words=words, spaces=spaces, heads=heads, deps=["dep"] * n, lemmas=[word.upper() for word in words],
              tags=[f"T{i}" for i in range(n)])
    cuts = sorted(rng.sample(range(n + 1), min(n + 1, 4)))
    doc.ents = [Span(doc, a, b, label=rng.choice("XY")) for a, b in zip(cuts, cuts[1:]) if rng.random() < 0.7]
    doc.spans["g"] = [doc[a:b] for a, b in (sorted(rng.choices(range(n + 1), k=2)) for _ in range(4))]
    return doc, words, spaces, heads


def random_edits(rng, doc):
    merges, splits = [], {}
    i = 0
    while i < len(doc):
        kind = rng.random()
        end = i + 1
        if kind < 0.3:
            end = min(len(doc), i + rng.randint(1, 4))
            merges.append((i, end))
        elif kind < 0.5:
            word = doc[i].text
            cuts = sorted(rng.sample(range(1, len(word)), rng.randint(0, len(word) - 1)))
            splits[i] = [word[a:b] for a, b in zip([0, *cuts], [*cuts, len(word)])], []
        i = end
    for i, (orths, heads) in splits.items():
        for k in range(len(orths)):
            token = i if rng.random() < 0.5 else rng.randrange(len(doc))
            heads.append((token, rng.randrange(len(splits[token][0])) if token in splits else 0))
    return merges, splits


def state(doc):
    return (doc.text, [(t.text, t.whitespace_, t.idx, t.head.i, t.dep_, t.lemma_, t.tag_, t.sent_start, t.ent_iob_,
                        t.ent_type_) for t in doc], [(s.start, s.end, s.start_char, s.end_char) for s in doc.spans["g"]])


@pytest.mark.parametrize("part", range(10))
def test_random_edits_equal_the_slow_twin(part):
    for seed in range(part, N_RANDOM, 10):
        rng = random.Random(seed)
        doc, words, spaces, heads = random_document(rng)
        merges, splits = random_edits(rng, doc)
        text, before = doc.text, state(doc)
        groups = [(span.start, span.end) for span in doc.spans["g"]]
        token, span, group = doc[0], doc[0:1], doc.spans["g"]
        expected = retokenize.edit(words, spaces, heads, merges, splits)

        def apply():
            with doc.retokenize() as retokenizer:
                for start, end in rng.sample(merges, len(merges)):
                    retokenizer.merge(doc[start:end])
                for i, (orths, split_heads) in splits.items():
                    retokenizer.split(doc[i], orths, [(doc[j], k) if k else doc[j] for j, k in split_heads])

        if expected is None:
            with pytest.raises(ValueError, match="form a cycle"):
                apply()
            assert state(doc) == before and token.text == words[0]
            continue
        apply()
        new_words, new_spaces, new_heads, place = expected
        assert doc.text == text, seed
        assert [token.text for token in doc] == new_words
        assert [bool(token.whitespace_) for token in doc] == new_spaces
        assert [token.head.i for token in doc] == new_heads
        assert [text[t.idx : t.idx + len(t)] for t in doc] == new_words
        for i in range(len(doc)):
            assert [child.i for child in doc[i].children] == tree.children(new_heads, i)
            below = tree.subtree(new_heads, i)
            assert (doc[i].left_edge.i, doc[i].right_edge.i) == (below[0], below[-1])
        assert [sent.start for sent in doc.sents] == tree.sentence_starts(new_heads)
        assert [token.i for ent in doc.ents for token in ent] == [t.i for t in doc if t.ent_type]
        assert [ent[0].ent_iob_ for ent in doc.ents] == ["B"] * len(doc.ents)
        for (start, end), moved in zip(groups, group):
            assert moved.start == (place[start][0] if start < len(words) else len(doc))
            assert moved.end == (place[end - 1][1] if end > start else moved.start)
            assert moved.text == text[moved.start_char : moved.end_char]
        for use in (lambda: token.text, lambda: token.head, lambda: span.text, lambda: list(span)):
            if merges or splits:
                with pytest.raises(StaleViewError):
                    use()
            else:
                use()


@pytest.fixture
def doc():
    return Doc(VOCAB, words="I like New York in Autumn .".split(), heads=[1, 1, 3, 1, 1, 4, 1],
               deps="nsubj ROOT compound dobj prep pobj punct".split(), pos="PRON VERB PROPN PROPN ADP PROPN PUNCT".split(),
               tags="PRP VBP NNP NNP IN NNP .".split(), lemmas="I like New York in autumn .".split(),
               ents=["O", "O", "B-GPE", "I-GPE", "O", "B-DATE", "O"], morphs=["Case=Nom", "", "", "Number=Sing", "", "", ""])


def test_a_merged_token_is_like_its_root(doc):
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[2:4])
    token = doc[2]
    assert (token.text, token.lemma_, token.norm_, token.tag_, token.pos_, token.dep_, str(token.morph), token.head.i) == (
        "New York", "New York", "new york", "NNP", "PROPN", "dobj", "Number=Sing", 1)
    assert [(ent.text, ent.label_) for ent in doc.ents] == [("New York", "GPE"), ("Autumn", "DATE")]
    assert doc.text == "I like New York in Autumn . " and token.lex == VOCAB["New York"]


def test_attributes_of_a_merged_token(doc):
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[4:6], attrs={"LEMMA": "inn", "TAG": "X", 74: "ADV", "DEP": "advmod", "MORPH": {"A": "b"},
                                           "ENT_TYPE": "TIME", "NORM": "n", "IS_STOP": True, "ORTH": "in Autumn"})
    token = doc[4]
    assert (token.lemma_, token.tag_, token.pos_, token.dep_, str(token.morph), token.ent_type_, token.norm_, token.is_stop) == (
        "inn", "X", "ADV", "advmod", "A=b", "TIME", "n", True)
    assert [ent.label_ for ent in doc.ents] == ["GPE", "TIME"]
    VOCAB["in Autumn"].is_stop = False


def test_attributes_of_split_tokens(doc):
    with doc.retokenize() as retokenizer:
        retokenizer.split(doc[3], ["Yo", "rk"], heads=[(doc[3], 1), doc[1]],
                          attrs={"TAG": ["A", "B"], "LEMMA": ["yo", "rk"], "POS": ["NOUN", "VERB"]})
    assert [(t.text, t.tag_, t.lemma_, t.pos_, t.head.i, t.ent_iob_, t.whitespace_, t.norm_) for t in doc[3:5]] == [
        ("Yo", "A", "yo", "NOUN", 4, "I", "", "yo"), ("rk", "B", "rk", "VERB", 1, "I", " ", "rk")]
    assert doc[2].head.i == 4 and [ent.text for ent in doc.ents] == ["New York", "Autumn"]


def test_an_entity_is_taken_away_or_begins_in_a_merge(doc):
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[2:4], attrs={"ENT_TYPE": ""})
    assert [(t.ent_iob_, t.ent_type_) for t in doc][2] == ("O", "") and [ent.text for ent in doc.ents] == ["Autumn"]
    doc = Doc(VOCAB, words=["a", "b", "c"], heads=[2, 2, 2], deps=["dep"] * 3, ents=["B-X", "B-X", "I-X"])
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[1:3])                         # its root is inside what begins in the span
    assert [ent.text for ent in doc.ents] == ["a", "b c"]
    doc = Doc(VOCAB, words=["ab", "c"], ents=["B-X", "I-X"])
    with doc.retokenize() as retokenizer:
        retokenizer.split(doc[0], ["a", "b"], heads=[doc[0], doc[0]])
    assert [ent.text for ent in doc.ents] == ["ab c"] and [t.ent_iob_ for t in doc] == ["B", "I", "I"]


def test_sentence_starts_can_be_given():
    doc = Doc(VOCAB, words=list("abcdef"), sent_starts=[1, -1, 1, -1, 1, -1])
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[1:3], attrs={"SENT_START": -1})
        retokenizer.merge(doc[4:6], attrs={"SENT_START": 0})
    assert [token.sent_start for token in doc] == [1, -1, -1, 0]


def test_splitting_a_token_of_a_plain_document_leaves_its_sentences_open():
    doc = Doc(VOCAB, words=["ab", "c", "d"])
    with doc.retokenize() as retokenizer:
        retokenizer.split(doc[0], ["a", "b"], heads=[doc[0], doc[0]])
    doc[2].is_sent_start = True
    assert [sent.text for sent in doc.sents] == ["ab", "c d"]


def test_entities_that_are_cut(doc):
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[3:5])
    assert [(t.text, t.ent_iob_, t.ent_type_) for t in doc][2:5] == [
        ("New", "B", "GPE"), ("York in", "I", "GPE"), ("Autumn", "B", "DATE")]
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[1:3])                         # the root is not in the entity
    assert [(t.text, t.ent_iob_, t.ent_type_) for t in doc][1:3] == [("like New", "O", ""), ("York in", "B", "GPE")]


def test_sentences_without_a_tree():
    doc = Doc(VOCAB, words=list("abcdef"), sent_starts=[1, -1, -1, 1, -1, -1])
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[3:5])
        retokenizer.merge(doc[0:2])
    assert [sent.text for sent in doc.sents] == ["a b c", "d e f"]
    doc = Doc(VOCAB, words=["ab", "c"], sent_starts=[1, 1])
    with doc.retokenize() as retokenizer:
        retokenizer.split(doc[0], ["a", "b"], heads=[doc[0], doc[0]])
    assert [token.is_sent_start for token in doc] == [True, False, True]


def test_extensions_follow_the_characters(doc):
    Token.set_extension("mark", default=None, force=True)
    doc[2]._.mark, doc[3]._.mark, doc[5]._.mark = "new", "york", "autumn"
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:2], attrs={"_": {"mark": "given"}})
        retokenizer.merge(doc[2:4])
    assert [token._.mark for token in doc] == ["given", "new", None, "autumn", None]
    with pytest.raises(ValueError, match=r"Token._.nothing does not exist"):
        with doc.retokenize() as retokenizer:
            retokenizer.merge(doc[0:2], attrs={"_": {"nothing": 1}})
    Token.remove_extension("mark")


def merge(start, end, **attrs):
    return lambda doc, r: r.merge(doc[start:end], attrs=attrs)


def split(i, orths, heads, **attrs):
    return lambda doc, r: r.split(doc[i], orths, [(doc[h[0]], h[1]) if isinstance(h, tuple) else doc[h] for h in heads], attrs)


@pytest.mark.parametrize("edits, message", [
    ([merge(1, 1)], "from 1 to 1 is empty"),
    ([merge(1, 3), merge(2, 4)], "token 2, 'New', is in two edits"),
    ([merge(1, 3), split(1, ["li", "ke"], [1, 1])], "token 1, 'like', is in two edits"),
    ([merge(1, 3, TAG=12345)], "merging 'like New': TAG: no text is stored for the key 12345"),
    ([merge(1, 3, POS="FOO")], "'FOO' is no universal part of speech"),
    ([merge(1, 3, MORPH="foo")], "'foo' is not of the form"),
    ([merge(1, 3, HEAD=1)], "HEAD cannot be given"),
    ([merge(1, 3, ENT_IOB=1)], "ENT_IOB cannot be given"),
    ([merge(1, 3, SPACY=0)], "SPACY cannot be given"),
    ([merge(1, 3, CLUSTER=0)], "merging 'like New': CLUSTER cannot be given"),
    ([merge(1, 3, SENT_START=9)], "SENT_START must be 1, 0 or -1, got 9"),
    ([merge(0, 2, IS_STOP=True), merge(3, 5, ORTH="x")], "ORTH 'x' is not the text"),
    ([merge(0, 2, _={"ro": 5})], "Token._.ro has no setter"),
    ([merge(1, 3, NOTHING=1)], "'NOTHING' is no attribute"),
    ([merge(1, 3, ORTH="x")], "ORTH 'x' is not the text of the new token, 'like New'"),
    ([merge(1, 3, LENGTH=3)], "LENGTH"),
    ([split(1, ["li", "k"], [1, 1])], r"splitting token 1, 'like': the new texts \['li', 'k'\] do not spell"),
    ([split(1, ["like", ""], [1, 1])], "do not spell"),
    ([split(1, [], [])], "do not spell"),
    ([split(1, ["li", "ke"], [1])], "2 new tokens but 1 heads"),
    ([split(1, ["li", "ke"], [1, 1], TAG=["x"])], "2 new tokens but 1 values of TAG"),
    ([split(1, ["li", "ke"], [(1, 5), 0])], "new token 5 of token 1, which there is not"),
    ([split(1, ["li", "ke"], [(0, 1), 1])], "new token 1 of token 0, which there is not"),
    ([split(1, ["li", "ke"], [(1, 1), (1, 0)])], "form a cycle"),
    ([merge(4, 6), split(1, ["li", "ke"], [0, 0])], "form a cycle"),
])
def test_an_edit_that_cannot_be_made_changes_nothing(doc, edits, message):
    Token.set_extension("ro", getter=len, force=True)
    doc.spans["g"] = [doc[0:3], doc[3:6]]
    before, token = state(doc), doc[5]
    with pytest.raises((ValueError, KeyError), match=message):
        with doc.retokenize() as retokenizer:
            for each in edits:
                each(doc, retokenizer)
    assert state(doc) == before and token.text == "Autumn"
    assert not VOCAB["I like"].is_stop
    Token.remove_extension("ro")


def test_an_exception_in_the_block_changes_nothing(doc):
    before = state_without_groups(doc)
    with pytest.raises(ZeroDivisionError):
        with doc.retokenize() as retokenizer:
            retokenizer.merge(doc[0:3])
            1 / 0
    assert state_without_groups(doc) == before
    retokenizer = doc.retokenize()
    with pytest.raises(ZeroDivisionError), retokenizer:
        retokenizer.merge(doc[0:2])
        1 / 0
    with retokenizer:                                       # what failed is forgotten
        retokenizer.merge(doc[5:7])
    assert [token.text for token in doc] == ["I", "like", "New", "York", "in", "Autumn ."]


def state_without_groups(doc):
    return doc.text, [(token.text, token.head.i, token.ent_iob_) for token in doc]


def test_a_block_without_edits_keeps_views(doc):
    token = doc[0]
    with doc.retokenize():
        pass
    assert token.text == "I"


def test_wrong_types(doc):
    other = Doc(VOCAB, words=["x"])
    for use, error, message in [
        (lambda r: r.merge(other[0:1]), ValueError, "another Doc"),
        (lambda r: r.split(other[0], ["x"], [doc[0]]), ValueError, "another Doc"),
        (lambda r: r.split(doc[0], ["I"], [other[0]]), ValueError, "another Doc"),
        (lambda r: r.split(doc[0], ["I"], ["x"]), TypeError, "a head must be a Token"),
        (lambda r: r.split(doc[0], ["I"], [(doc[0], -1)]), TypeError, "a head must be a Token"),
        (lambda r: r.merge(doc[0:2], attrs=5), TypeError, "attrs must be a dict"),
        (lambda r: r.merge(None), TypeError, "span"),
        (lambda r: r.merge(doc[0]), TypeError, "span"),
    ]:
        with pytest.raises(error, match=message):
            with doc.retokenize() as retokenizer:
                use(retokenizer)
    assert len(doc) == 7


def test_two_retokenizers_of_one_document(doc):
    first, second = doc.retokenize(), Retokenizer(doc)
    second.merge(doc[4:6])
    with first:
        first.merge(doc[0:2])
    with pytest.raises(StaleViewError):
        second.__exit__(None, None, None)
    assert len(doc) == 6
    with second:                                            # it begins anew
        second.merge(doc[4:6])
    assert len(doc) == 5 and doc[4].text == "Autumn ."


def test_a_group_that_is_not_the_documents_own_is_stale(doc):
    from lexarray.tokens.span_group import SpanGroup
    own, other = SpanGroup(doc, spans=[doc[0:3]]), SpanGroup(doc, spans=[doc[0:3]])
    doc.spans["own"] = own
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[1:3])
    assert [span.text for span in own] == ["I like New"]
    for use in (lambda: other[0], lambda: list(other), lambda: other.has_overlap, lambda: other.append(doc[0:1])):
        with pytest.raises(StaleViewError):
            use()


def test_many_merges_at_once():
    n = 30_000
    doc = Doc(VOCAB, words=["ab"] * n, heads=[max(0, i - 1) for i in range(n)], deps=["dep"] * n)
    text = doc.text
    with doc.retokenize() as retokenizer:
        for i in range(0, n, 3):
            retokenizer.merge(doc[i : i + 3])
    assert len(doc) == n // 3 and doc.text == text and {token.text for token in doc} == {"ab ab ab"}
    assert [token.head.i for token in doc] == [max(0, i - 1) for i in range(n // 3)]
