"""Documents to and from spaCy: every layer of every token, spans, what is kept beside, what cannot be."""

import subprocess
import sys
import types

import lexarray
import numpy
import pytest
from hypothesis import given, settings, strategies as st
from lexarray.attrs import IDS
from lexarray.errors import KeyCollisionError
from lexarray.interop import spacy as bridge
from lexarray.interop.spacy import from_spacy, to_spacy
from lexarray.morphology import Morphology
from lexarray.tokens import Doc, Span
from lexarray.tokens.span_group import SpanGroup
from lexarray.vocab import Vocab

spacy = pytest.importorskip("spacy")
from spacy.tokens import Doc as TheirDoc, Span as TheirSpan, SpanGroup as TheirGroup, Token as TheirToken  # noqa: E402

COLUMNS = [IDS[name] for name in ("ORTH", "SPACY", "IDX", "LENGTH", "NORM", "TAG", "POS", "MORPH", "LEMMA", "DEP", "HEAD",
                                  "SENT_START", "ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "ENT_ID")]
# No characters of which the libraries' rules could say another norm.
TEXT = st.text("abAB01 \n\0\u0300äßİ漢😀.", min_size=1, max_size=5)
LABEL = st.sampled_from(["", "A", "B", "nsubj", "ü", "x" * 40])
FEATURES = st.dictionaries(st.text("AaZzÄ[]", min_size=1, max_size=3),
                           st.lists(st.text("Bb1ß-", min_size=1, max_size=2), min_size=1, max_size=3), max_size=3)


def has_crossing_arcs(doc):
    """Whether an arc of the tree crosses another, or stands over a root."""
    arcs = [sorted((t.i, t.head.i)) for t in doc]
    return any(a < c < b < d or c == d and a < c < b for a, b in arcs for c, d in arcs)


def contents(doc):
    """What a document of either library shows; with texts, not keys."""
    has_tree = doc.has_annotation("DEP")        # without one, spaCy may crash
    return {
        "text": doc.text, "unknown": doc.has_unknown_spaces, "cats": doc.cats, "user_data": doc.user_data,
        "sentiment": doc.sentiment,
        "tokens": [(t.text, t.whitespace_, t.idx, t.norm_, t.lemma_, t.tag_, t.pos_, str(t.morph), t.morph.to_dict(),
                    t.has_morph(), t.dep_, t.head.i, t.n_lefts, t.n_rights, t.is_sent_start, t.ent_iob_, t.ent_type_, t.ent_kb_id_, t.ent_id_)
                   for t in doc],
        "trees": [([each.i for each in t.children], [each.i for each in t.ancestors]) for t in doc] if has_tree else None,
        # spaCy's are wrong where arcs cross.
        "subtrees": [(t.left_edge.i, t.right_edge.i, [each.i for each in t.subtree]) for t in doc
                     ] if has_tree and not has_crossing_arcs(doc) else None,
        "sents": [(s.start, s.end) for s in doc.sents] if doc.has_annotation("SENT_START") else None,
        "ents": [(e.start, e.end, e.label_, e.kb_id_, e.id_) for e in doc.ents],
        "spans": {name: (group.name, group.attrs, [(s.start, s.end, s.start_char, s.end_char, s.label_, s.kb_id_, s.id_)
                                                   for s in group]) for name, group in doc.spans.items()},
    }


@st.composite
def documents(draw, doc_class, span_class, group_class, vocab):
    """A document of one library with random layers, by what the constructors of both take."""
    words = draw(st.lists(TEXT, max_size=10))
    n = len(words)

    def layer(values):
        return draw(st.none() | st.lists(values, min_size=n, max_size=n))

    heads, deps = None, layer(LABEL)
    if draw(st.booleans()):                     # every token hangs on one before it in some order: no cycles
        order = draw(st.permutations(range(n)))
        heads = [0] * n
        for place, token in enumerate(order):
            heads[token] = order[draw(st.integers(0, max(0, place - 1)))] if place else token
        deps = draw(st.lists(LABEL.filter(bool), min_size=n, max_size=n))
    ents, last = [], ""
    for _ in range(n):
        tag = draw(st.sampled_from(["", "O", "B-GPE", "B-X"] + ([f"I-{last}"] if last else [])))
        last = tag[2:]
        ents.append(tag)
    morphs = layer(FEATURES)
    if morphs is not None:
        morphs = ["|".join(f"{name}={','.join(values)}" for name, values in features.items()) for features in morphs]
    sent_starts = layer(st.sampled_from([True, False, None])) if heads is None else None
    if sent_starts:
        sent_starts[0] = True
    doc = doc_class(vocab, words=words, spaces=layer(st.booleans()), tags=layer(LABEL), lemmas=layer(LABEL), deps=deps,
                    heads=heads, pos=layer(st.sampled_from(["", "NOUN", "X", "SPACE"])), morphs=morphs,
                    ents=draw(st.sampled_from([ents, None])), sent_starts=sent_starts)
    if n > 1 and draw(st.booleans()):           # whatever the heads say
        starts = draw(st.lists(st.integers(-1, 1), min_size=n, max_size=n))
        doc.from_array(["SENT_START"], numpy.array([1, *starts[1:]]).astype("u8"))
    for token in doc:
        if draw(st.booleans()):
            token.norm_ = draw(TEXT)
        if draw(st.booleans()):
            token.ent_kb_id_, token.ent_id_ = draw(LABEL), draw(LABEL)
    if n and draw(st.booleans()):
        at = draw(st.integers(0, n - 1))
        doc.set_ents([], blocked=[doc[at:at + 1]], default="unmodified")
    doc.cats = draw(st.dictionaries(TEXT, st.floats(allow_nan=False)))
    doc.user_data = draw(st.dictionaries(TEXT | st.tuples(st.just("._."), TEXT, st.integers(0, 9), st.none()),
                                         st.none() | st.integers() | st.lists(st.text(), max_size=2)))
    doc.sentiment = draw(st.sampled_from([0, 0.5, -1.25]))
    for name in draw(st.lists(TEXT, max_size=3)):
        spans = draw(st.lists(st.tuples(st.integers(0, n), st.integers(0, n), LABEL, LABEL, LABEL), max_size=4))
        spans = [span_class(doc, min(a, b), max(a, b), label=label, kb_id=kb_id, span_id=span_id)
                 for a, b, label, kb_id, span_id in spans]
        doc.spans[name] = group_class(doc, name=draw(TEXT), attrs=draw(st.dictionaries(TEXT, st.integers(), max_size=2)),
                                      spans=spans)
    return doc


OUR_VOCAB, THEIR_VOCAB = lexarray.blank("en").vocab, spacy.blank("en").vocab


def check_way_there_and_back(doc, there, vocab, back, own_vocab):
    before = contents(doc)
    other = there(doc, vocab)
    for name, value in contents(other).items():
        assert value == before[name], name
    columns = doc.to_array(COLUMNS)
    if len(doc) and isinstance(doc, Doc):
        columns[0, COLUMNS.index(IDS["SENT_START"])] = 1        # the first token starts a sentence, set or not
    assert (other.to_array(COLUMNS) == columns).all()
    again = back(other, own_vocab)
    assert contents(again) == before and contents(doc) == before
    assert (again.to_array(COLUMNS) == columns).all()


@settings(deadline=None, max_examples=150)
@given(doc=documents(Doc, Span, SpanGroup, OUR_VOCAB), new=st.booleans())
def test_every_layer_of_ours(doc, new):
    ours, theirs = (Vocab(), spacy.blank("en").vocab) if new else (OUR_VOCAB, THEIR_VOCAB)
    check_way_there_and_back(doc, to_spacy, theirs, from_spacy, ours)


@settings(deadline=None, max_examples=150)
@given(doc=documents(TheirDoc, TheirSpan, TheirGroup, THEIR_VOCAB), new=st.booleans())
def test_every_layer_of_theirs(doc, new):
    if len(doc):                                # a Doc that is given deps without heads may say otherwise
        doc.from_array(["SENT_START"], numpy.append(numpy.uint64(1), doc.to_array("SENT_START")[1:]))
    column = doc.to_array("MORPH")
    for key in set(column.tolist()):            # spaCy leaves a value that is there twice
        column[column == key] = key and THEIR_VOCAB.morphology.add(Morphology.dict_to_feats(THEIR_VOCAB.strings[key]))
    doc.from_array(["MORPH"], column)
    ours, theirs = (Vocab(), spacy.blank("en").vocab) if new else (OUR_VOCAB, THEIR_VOCAB)
    check_way_there_and_back(doc, from_spacy, ours, to_spacy, theirs)


def test_the_empty_document_and_the_barest():
    for doc in (Doc(OUR_VOCAB), Doc(OUR_VOCAB, words=["a"]), lexarray.blank("en")(" \n Hi  you\n")):
        check_way_there_and_back(doc, to_spacy, THEIR_VOCAB, from_spacy, OUR_VOCAB)
    for doc in (TheirDoc(THEIR_VOCAB), TheirDoc(THEIR_VOCAB, words=["a"]), spacy.blank("en")(" \n Hi  you\n")):
        check_way_there_and_back(doc, from_spacy, OUR_VOCAB, to_spacy, THEIR_VOCAB)
    assert from_spacy(TheirDoc(THEIR_VOCAB), OUR_VOCAB).memory()["user_data"] == 0


def test_a_long_document():
    n = 100_000                                 # with more words than are remembered
    doc = Doc(Vocab(), words=[f"w{i % 70_000}" for i in range(n)], lemmas=[f"l{i % 3}" for i in range(n)], deps=["dep"] * n,
              heads=[0] * n)
    theirs = to_spacy(doc, THEIR_VOCAB)
    assert (theirs.to_array(COLUMNS) == doc.to_array(COLUMNS)).all() and theirs.text == doc.text
    ours = from_spacy(theirs, Vocab())
    assert (ours.to_array(COLUMNS) == doc.to_array(COLUMNS)).all() and ours.text == doc.text and ours[n - 1].lemma_ == "l0"


def test_only_texts_that_are_used_are_added():
    ours, theirs = Vocab(), spacy.blank("en").vocab
    theirs.strings.add("never used")
    doc = from_spacy(TheirDoc(theirs, words=["qwzx"], lemmas=["qwz"], tags=["T1"]), ours)
    assert "qwz" in ours.strings and "T1" in ours.strings and "never used" not in ours.strings
    other = spacy.blank("en").vocab
    before = set(other.strings)
    ours.strings.add("never used")
    to_spacy(doc, other)
    assert {"qwzx", "qwz", "T1"} <= set(other.strings) - before and "never used" not in other.strings


def test_norms():
    vocab = Vocab()
    theirs = spacy.blank("en")("I'm here")
    ours = from_spacy(theirs, vocab)
    assert [t.norm_ for t in ours] == [t.norm_ for t in theirs] == ["i", "am", "here"]      # a rule of English
    vocab["here"].norm_ = "HERE"
    assert ours[2].norm_ == "HERE"                              # was the word's, so it was not set
    assert [t.norm_ for t in to_spacy(ours, THEIR_VOCAB)] == ["i", "am", "here"]
    ours[2].norm_ = "there"
    assert [t.norm_ for t in to_spacy(ours, THEIR_VOCAB)] == ["i", "am", "there"]
    other = spacy.blank("en").vocab
    other["there"].norm_ = other["here"].norm_ = "X"
    assert [t.norm_ for t in to_spacy(ours, other)] == ["i", "am", "there"]
    assert [t.norm_ for t in to_spacy(Doc(vocab, words=["here", "there"]), other)] == ["X", "X"]
    with vocab.memory_zone():
        ours = Doc(vocab, words=["qwzx", "xzwq"])
        ours[1].norm_ = "x"
    other["qwzx"].norm_ = "X"
    assert [t.norm_ for t in to_spacy(ours, other)] == ["X", "x"]


def test_dicts_are_new_and_groups_belong_to_the_new_document():
    theirs = TheirDoc(THEIR_VOCAB, words=["a", "b"])
    value = []
    theirs.user_data["x"], theirs.cats["c"] = value, 1.0
    theirs.spans["g"] = TheirGroup(theirs, name="g", attrs={"k": value}, spans=[theirs[0:2]])
    ours = from_spacy(theirs, OUR_VOCAB)
    assert ours.user_data["x"] is value and ours.user_data is not theirs.user_data and ours.cats is not theirs.cats
    ours.user_data["y"], ours.cats["d"], ours.spans["g"].attrs["z"] = 1, 2.0, 3
    assert "y" not in theirs.user_data and "d" not in theirs.cats and "z" not in theirs.spans["g"].attrs
    assert ours.spans["g"].doc is ours and ours.spans["g"][0].text == "a b"


def test_values_of_extensions():
    for doc_class, span_class, token_class in ((Doc, Span, lexarray.Token), (TheirDoc, TheirSpan, TheirToken)):
        for each in (doc_class, span_class, token_class):
            each.set_extension("bridged", default=None, force=True)
    ours = Doc(OUR_VOCAB, words=["one", "two", "three"])
    ours._.bridged, ours[1]._.bridged, ours[1:3]._.bridged = "doc", "token", "span"
    theirs = to_spacy(ours, THEIR_VOCAB)
    assert (theirs._.bridged, theirs[1]._.bridged, theirs[1:3]._.bridged, theirs[0]._.bridged) == ("doc", "token", "span", None)
    again = from_spacy(theirs, OUR_VOCAB)
    assert (again._.bridged, again[1]._.bridged, again[1:3]._.bridged, again[0]._.bridged) == ("doc", "token", "span", None)


@pytest.mark.parametrize(("iob", "types", "expected"), [
    ([1, 1, 2], "AA-", ["B", "I", "O"]),            # nothing before it
    ([3, 1, 1], "ABB", ["B", "B", "I"]),            # another type
    ([2, 1, 0], "-A-", ["O", "B", ""]),
    ([0, 1, 1], "-AA", ["", "B", "I"]),
    ([3, 1, 1], "A--", ["B", "O", "O"]),            # no type
    ([3, 3, 1], "A-A", ["B", "B", "B"]),            # after a blocked one
])
def test_entities_that_spacy_would_refuse_or_join(iob, types, expected):
    doc = Doc(Vocab(), words=["a", "b", "c"])
    keys = [0 if each == "-" else doc.vocab.strings.add(each) for each in types]
    doc.from_array(["ENT_IOB", "ENT_TYPE"], numpy.array([iob, keys], dtype="u8").T)
    theirs = to_spacy(doc, THEIR_VOCAB)
    assert [t.ent_iob_ for t in theirs] == expected
    assert [(e.start, e.end, e.label_) for e in theirs.ents] == [(e.start, e.end, e.label_) for e in doc.ents]
    assert [t.ent_type_ for t in theirs] == [t.ent_type_ for t in doc] and doc.to_array("ENT_IOB").tolist() == iob


def test_features_are_normalised():
    theirs = TheirDoc(THEIR_VOCAB, words=["a", "b", "c", "d"], morphs=["A=x,x", "", "B=y|A=x", ""])
    for _ in range(2):
        ours = from_spacy(theirs, OUR_VOCAB)
        assert [str(t.morph) for t in ours] == ["A=x", "", "A=x|B=y", ""]
    assert ours.to_array("MORPH").tolist() == [OUR_VOCAB.strings[each] for each in ("A=x", "_", "A=x|B=y", "_")]
    key = OUR_VOCAB.strings.add("A=x,x")
    theirs[3].lemma_ = "A=x,x"                      # known as a text, not as features
    ours = from_spacy(theirs, OUR_VOCAB)
    assert ours[3].lemma == key and ours[0].morph.key == OUR_VOCAB.strings["A=x"]


def test_features_that_are_sorted_otherwise():
    ours = Doc(Vocab(), words=["a"], morphs=["A1=x|A=x"])           # spaCy sorts by "A1=" and "A="
    for _ in range(2):
        theirs = to_spacy(ours, THEIR_VOCAB)
        again = from_spacy(theirs, ours.vocab)
        assert (str(ours[0].morph), str(theirs[0].morph), str(again[0].morph)) == ("A=x|A1=x", "A1=x|A=x", "A=x|A1=x")
        assert theirs[0].morph.to_dict() == ours[0].morph.to_dict()
        assert theirs[0].morph.key == theirs.vocab.morphology.add("A=x|A1=x")


def test_memory_zones():
    ours, theirs = lexarray.blank("en").vocab, spacy.blank("en").vocab
    doc = spacy.blank("en")("qwzx frobnicates")
    doc[0].lemma_, doc[1].tag_ = "qwz", "FROB"
    expected = contents(doc)
    with ours.memory_zone():
        within = from_spacy(doc, ours)
        second = from_spacy(doc, ours)
    assert "qwz" not in ours.strings and "qwzx" not in ours.strings
    assert contents(within) == contents(second) == expected
    with theirs.memory_zone():
        assert contents(to_spacy(within, theirs)) == expected
        assert contents(to_spacy(second, theirs)) == expected
    assert "qwz" not in theirs.strings
    for each in (within, from_spacy(doc, ours), within):            # the texts have gone from theirs, and are there again
        assert contents(to_spacy(each, theirs)) == expected
    with ours.memory_zone():
        inner = from_spacy(doc, ours)
    assert contents(inner) == contents(from_spacy(doc, ours)) == expected and "qwz" in ours.strings


def test_texts_that_have_gone_from_spacys_store():
    theirs = spacy.blank("en").vocab
    for _ in range(3):
        with theirs.memory_zone():
            assert to_spacy(Doc(OUR_VOCAB, words=["gone1"], lemmas=["gone2"]), theirs)[0].lemma_ == "gone2"
            assert from_spacy(TheirDoc(theirs, words=["gone3"], lemmas=["gone4"]), OUR_VOCAB)[0].lemma_ == "gone4"
        assert "gone2" not in theirs.strings and "gone4" not in theirs.strings
        assert "gone4" in OUR_VOCAB.strings
    doc = to_spacy(Doc(OUR_VOCAB, words=["gone3"], lemmas=["gone4"], tags=["gone2"]), theirs)
    assert (doc[0].text, doc[0].lemma_, doc[0].tag_) == ("gone3", "gone4", "gone2")


def test_the_first_token_starts_a_sentence():
    theirs = TheirDoc(THEIR_VOCAB, words=["a", "b", "c"], sent_starts=[None, None, True])
    ours = from_spacy(theirs, OUR_VOCAB)
    assert [t.is_sent_start for t in theirs] == [None, None, True] and [t.is_sent_start for t in ours] == [True, None, True]
    assert [t.is_sent_start for t in to_spacy(ours, THEIR_VOCAB)] == [True, None, True]


def test_many_vocabularies_in_turn():
    vocabs, theirs = [Vocab() for _ in range(3)], [spacy.blank("en").vocab for _ in range(2)]
    for number in range(30):
        doc = TheirDoc(theirs[number % 2], words=["a", f"b{number // 4}"], lemmas=["x", f"y{number // 6}"])
        ours = from_spacy(doc, vocabs[number % 3])
        assert contents(ours) == contents(doc) == contents(to_spacy(ours, theirs[1 - number % 2]))


def test_vocabularies_of_subclasses():
    class OurVocab(Vocab):
        pass

    class TheirVocab(spacy.vocab.Vocab):
        pass

    ours, theirs = OurVocab(), TheirVocab()
    doc = from_spacy(TheirDoc(theirs, words=["a"]), ours)
    assert doc.vocab is ours and to_spacy(doc, theirs).vocab is theirs


# ---- what cannot be ----

def test_wrong_types():
    ours, theirs = Doc(OUR_VOCAB, words=["a"]), TheirDoc(THEIR_VOCAB, words=["a"])
    for call, message in (
            (lambda: from_spacy(ours, OUR_VOCAB), r"doc must be a spacy.tokens.Doc, got lexarray.tokens.doc.Doc"),
            (lambda: from_spacy("text", OUR_VOCAB), r"doc must be a spacy.tokens.Doc, got builtins.str: 'text'"),
            (lambda: from_spacy(theirs[0:1], OUR_VOCAB), r"doc must be a spacy.tokens.Doc, got spacy.tokens.span.Span"),
            (lambda: from_spacy(theirs, THEIR_VOCAB), r"vocab must be a lexarray Vocab, got spacy.vocab.Vocab"),
            (lambda: from_spacy(theirs, lexarray.blank("en")), r"vocab must be a lexarray Vocab, got .*English, whose .vocab"),
            (lambda: to_spacy(theirs, THEIR_VOCAB), r"doc must be a lexarray Doc, got spacy.tokens.doc.Doc"),
            (lambda: to_spacy(None, THEIR_VOCAB), r"doc must be a lexarray Doc, got builtins.NoneType: None"),
            (lambda: to_spacy(ours, OUR_VOCAB), r"vocab must be a spacy.vocab.Vocab, got lexarray.vocab.Vocab"),
            (lambda: to_spacy(ours, spacy.blank("en")), r"vocab must be a spacy.vocab.Vocab, got .*English, whose .vocab")):
        with pytest.raises(TypeError, match=message):
            call()


def test_lone_surrogates():
    for doc, place in ((Doc(Vocab(), words=["a", "\ud800"]), "token 1: its ORTH is '\\\\ud800"),
                       (Doc(Vocab(), words=["a", "b"], lemmas=["x", "y\udfff"]), "token 1: its LEMMA is 'y\\\\udfff'")):
        with pytest.raises(ValueError, match=f"{place}.*lone surrogate"):
            to_spacy(doc, THEIR_VOCAB)
    doc = Doc(Vocab(), words=["a"])
    doc.spans["g"] = [Span(doc, 0, 1, label="\ud800")]
    with pytest.raises(ValueError, match="span 0 of the group 'g'.*lone surrogate"):
        to_spacy(doc, THEIR_VOCAB)


@pytest.mark.parametrize(("name", "value", "message"), [
    ("LEMMA", 1234567, "token 1: its LEMMA is 1234567, of which"),
    ("ENT_TYPE", 1234567, "token 1: its ENT_TYPE is 1234567, of which"),
    ("POS", 1000, "token 1: 1000 is no universal part of speech"),
])
def test_what_lexarray_does_not_hold(name, value, message):
    vocab = lexarray.blank("en").vocab
    theirs = TheirDoc(THEIR_VOCAB, words=["a", "b"])
    theirs.from_array([name], numpy.array([0, value], dtype="u8"))
    for _ in range(2):
        with pytest.raises(ValueError, match=message):
            from_spacy(theirs, vocab)


def test_malformed_features():
    theirs = TheirDoc(THEIR_VOCAB, words=["a", "b"], morphs=["", "A="])
    for _ in range(2):
        with pytest.raises(ValueError, match="token 1: its MORPH: .*'A='"):
            from_spacy(theirs, lexarray.blank("en").vocab)


def test_keys_that_collide():
    # Another text with the key of "apple" in spaCy's store: only a store that lies can have it.
    class Lying:
        def __init__(self, strings):
            self.strings = strings

        def __contains__(self, key):
            return key in self.strings

        def __getitem__(self, key):
            return "pear" if self.strings[key] == "apple" else self.strings[key]

    doc = Doc(Vocab(), words=["an", "apple"])
    columns = doc.to_array(bridge._ATTRS)
    THEIR_VOCAB.strings.add("apple"), THEIR_VOCAB.strings.add("an")
    with pytest.raises(KeyCollisionError, match="token 1: its ORTH is 'apple'; its key 8566208034543834098 is that of 'pear'"):
        bridge._store_texts(doc, columns, types.SimpleNamespace(strings=Lying(THEIR_VOCAB.strings), in_memory_zone=False))


def test_nothing_of_spacy_is_imported_before_it_is_needed():
    code = "import sys, lexarray.interop.spacy; print(any(name.split('.')[0] in ('spacy', 'thinc') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
