"""Layers of annotation: construction, entities, groups, arrays, characters, copies, extensions."""

import collections
import copy
import gc
import re

import numpy
import pytest
from hypothesis import given, strategies as st
from lexarray.attrs import DEP, ENT_IOB, HEAD, IS_ALPHA, LEMMA, POS, SENT_START, TAG
from lexarray.errors import StaleViewError
from lexarray.symbols import NOUN
from lexarray.tokens import Doc, Span, Token
from lexarray.tokens.span_group import SpanGroup
from lexarray.vocab import Vocab

VOCAB = Vocab()
WORDS = "I like New York in Autumn .".split()


def make(**layers):
    return Doc(VOCAB, words=WORDS, **layers)


@pytest.fixture
def doc():
    return make(heads=[1, 1, 3, 1, 1, 4, 1], deps="nsubj ROOT compound dobj prep pobj punct".split(),
                pos="PRON VERB PROPN PROPN ADP PROPN PUNCT".split(), tags="PRP VBP NNP NNP IN NNP .".split(),
                lemmas="I like New York in autumn .".split(), ents=["O", "O", "B-GPE", "I-GPE", "O", "", None],
                morphs=["Case=Nom", "", None, {"Number": "Sing"}, "_", "", ""])


# ---- construction ----

def test_layers_are_kept(doc):
    assert [t.head.i for t in doc] == [1, 1, 3, 1, 1, 4, 1]
    assert [t.dep_ for t in doc] == "nsubj ROOT compound dobj prep pobj punct".split()
    assert [t.pos_ for t in doc] == "PRON VERB PROPN PROPN ADP PROPN PUNCT".split()
    assert [t.tag_ for t in doc] == "PRP VBP NNP NNP IN NNP .".split()
    assert [t.lemma_ for t in doc] == "I like New York in autumn .".split()
    assert [t.ent_iob_ for t in doc] == ["O", "O", "B", "I", "O", "", ""]
    assert [(str(t.morph), t.has_morph()) for t in doc] == [
        ("Case=Nom", True), ("", True), ("", False), ("Number=Sing", True), ("", True), ("", True), ("", True)]
    assert doc[0].tag == VOCAB.strings["PRP"] and doc[0].pos == 95
    assert doc.has_unknown_spaces and not Doc(VOCAB, words=["a"], spaces=[True]).has_unknown_spaces


def test_keys_do_as_well_as_texts():
    tag = VOCAB.strings.add("NN")
    doc = make(tags=[tag] * 7, pos=[NOUN] * 7, deps=["", "x", 0, "", "", "", ""], lemmas=[0] * 7)
    assert {t.tag_ for t in doc} == {"NN"} and {t.pos_ for t in doc} == {"NOUN"}
    assert [t.dep_ for t in doc] == ["", "x", "", "", "", "", ""] and doc[0].lemma_ == ""


def test_user_data_is_the_object_itself():
    data = collections.defaultdict(list, a=1)
    doc = Doc(VOCAB, ["x"], [True], data)
    doc.user_data["b"] = 2
    assert data == {"a": 1, "b": 2} and doc.user_data is data
    with pytest.raises(TypeError, match="user_data must be a dict, got int: 5"):
        Doc(VOCAB, ["x"], [True], 5)


SEVEN = ["O"] * 7


@pytest.mark.parametrize("layers, error, message", [
    ({"tags": ["A"]}, ValueError, "words and tags must have the same length: there are 7 words and 1 tags"),
    ({"ents": ["O"] * 8}, ValueError, "7 words and 8 ents"),
    ({"morphs": []}, ValueError, "7 words and 0 morphs"),
    ({"tags": "ABCDEFG"}, TypeError, "tags must be a sequence, got one str"),
    ({"tags": [None] * 7}, TypeError, "tags: token 0: .*NoneType"),
    ({"lemmas": ["a"] * 6 + [b"x"]}, TypeError, "lemmas: token 6: .*bytes"),
    ({"deps": ["a", 12345] + ["a"] * 5}, KeyError, "deps: token 1: .*12345"),
    ({"pos": ["NOUN", "FOO"] + [""] * 5}, ValueError, "pos: token 1: 'FOO' is no universal part of speech"),
    ({"pos": [5] * 7}, ValueError, "pos: token 0: 5 is no universal part of speech"),
    ({"morphs": ["A=b", "foo"] + [""] * 5}, ValueError, "morphs: token 1: .*'foo' is not of the form Name=Value"),
    ({"morphs": [5.5] * 7}, TypeError, "morphs: token 0: .*float"),
    ({"ents": ["O", "I-X", *SEVEN[2:]]}, ValueError, "ents: token 1: 'I-X' continues no entity"),
    ({"ents": ["B-X", "I-Y", *SEVEN[2:]]}, ValueError, "ents: token 1: 'I-Y' continues no entity"),
    ({"ents": ["B-X", "O", "I-X", *SEVEN[3:]]}, ValueError, "ents: token 2: 'I-X' continues no entity"),
    ({"ents": ["B-X", "", "I-X", *SEVEN[3:]]}, ValueError, "ents: token 2: 'I-X' continues no entity"),
    ({"ents": ["Q-X", *SEVEN[1:]]}, ValueError, "ents: token 0: 'Q-X' is no IOB tag"),
    ({"ents": ["B", *SEVEN[1:]]}, ValueError, "ents: token 0: 'B' is no IOB tag"),
    ({"ents": [5, *SEVEN[1:]]}, TypeError, "ents: token 0: expected a str"),
])
def test_bad_layers(layers, error, message):
    with pytest.raises(error, match=message):
        make(**layers)


@pytest.mark.parametrize("name", ["tags", "pos", "morphs", "lemmas", "heads", "deps", "sent_starts", "ents"])
def test_layers_need_words(name):
    with pytest.raises(ValueError, match=f"{name} were given without words"):
        Doc(VOCAB, **{name: []})


# ---- token attributes ----

def test_attributes_can_be_set():
    doc = make()
    for name in ("lemma", "tag", "dep", "ent_type", "ent_kb_id", "ent_id", "norm", "sense"):
        setattr(doc[0], name + "_", f"text of {name}")
        assert getattr(doc[0], name + "_") == f"text of {name}"
        assert getattr(doc[0], name) == VOCAB.strings[f"text of {name}"]
        setattr(doc[1], name, VOCAB.strings["text of lemma"])
        assert getattr(doc[1], name + "_") == "text of lemma"
        with pytest.raises(TypeError):
            setattr(doc[0], name + "_", 5)
        with pytest.raises(KeyError, match="12345"):
            setattr(doc[0], name, 12345)
        assert getattr(doc[0], name + "_") == f"text of {name}"
    doc[0].pos_, doc[1].pos = "NOUN", NOUN
    assert [t.pos_ for t in doc[:3]] == ["NOUN", "NOUN", ""]
    for bad in ("FOO", "noun", 5, 12345):
        with pytest.raises(ValueError, match="is no universal part of speech"):
            doc[0].pos = bad
    doc[0].pos_ = ""
    assert doc[0].pos == 0
    with pytest.raises(AttributeError):
        doc[0].ent_iob = 3
    assert doc[2:4].lemma_ == "" and doc[0:2].lemma_ == "text of lemma text of lemma"


def test_norm_is_the_words_until_it_is_set():
    doc = make()
    assert doc[0].norm_ == "i"
    doc[0].norm_ = "me"
    assert (doc[0].norm_, VOCAB["I"].norm_, Doc(VOCAB, words=["I"])[0].norm_) == ("me", "i", "i")


def test_morph():
    token = make()[0]
    assert (token.has_morph(), str(token.morph), len(token.morph)) == (False, "", 0)
    token.set_morph("Number=Sing|Case=Nom,Acc")
    morph = token.morph
    assert str(morph) == "Case=Acc,Nom|Number=Sing" and morph.get("Case") == ["Acc", "Nom"] and morph.get("X") == []
    other = make()[1]
    other.morph = morph
    assert other.morph == morph and hash(other.morph) == hash(morph) and "Case=Acc" in morph and "Case=Dat" not in morph
    for given, found in [(morph, str(morph)), (morph.key, str(morph)), ({"A": ["y", "x"]}, "A=x,y"), ("", ""), ("_", "")]:
        token.set_morph(given)
        assert str(token.morph) == found and token.has_morph()
    token.set_morph(None)
    assert not token.has_morph()
    with pytest.raises(ValueError, match="'A' is not of the form"):
        token.set_morph("A")
    with pytest.raises(TypeError):
        token.morph = "A=b"


# ---- entities ----

def iob(doc):
    return " ".join(f"{t.ent_iob_}-{t.ent_type_}" if t.ent_type_ else t.ent_iob_ or "?" for t in doc)


def set_ents(before=(), default="outside", ents=(), **others):
    doc = make()
    doc.ents = before
    doc.set_ents(ents, default=default, **{kind: [doc[a:b] for a, b in spans] for kind, spans in others.items()})
    return iob(doc)


def test_set_ents():
    gpe = [("GPE", 2, 4)]
    assert set_ents(ents=gpe) == "O O B-GPE I-GPE O O O"
    assert set_ents(ents=gpe, default="missing") == "? ? B-GPE I-GPE ? ? ?"
    assert set_ents(ents=gpe, default="blocked") == "B B B-GPE I-GPE B B B"
    assert set_ents([("P", 0, 1)], "unmodified", gpe) == "B-P O B-GPE I-GPE O O O"
    assert set_ents([("P", 0, 5)], "unmodified", [("GPE", 2, 3)]) == "B-P I-P B-GPE B-P I-P O O"
    assert set_ents([("P", 0, 4)], "unmodified", outside=[(0, 2)]) == "O O B-P I-P O O O"
    assert set_ents([("P", 0, 4)], "unmodified", blocked=[(1, 2)], missing=[(2, 3)]) == "B-P B ? B-P O O O"
    assert set_ents(ents=gpe, default="missing", blocked=[(0, 1)], missing=[(5, 6)], outside=[(4, 5)]) == "B ? B-GPE I-GPE O ? ?"
    assert set_ents(gpe) == "O O O O O O O"


def test_ents_keep_ids_and_neighbours_apart():
    doc = make()
    doc.ents = [Span(doc, 2, 3, "GPE", kb_id="Q60", span_id="e1"), ("GPE", "Q61", 3, 4), (VOCAB.strings.add("X"), 0, 1)]
    assert [(e.text, e.label_, e.kb_id_, e.id_) for e in doc.ents] == [
        ("I", "X", "", ""), ("New", "GPE", "Q60", "e1"), ("York", "GPE", "Q61", "")]
    assert (doc[2].ent_kb_id_, doc[2].ent_id_, doc[3].ent_kb_id_) == ("Q60", "e1", "Q61")
    assert doc[2].ent_iob == 3 and doc[1:3].ents == (doc.ents[1],) and doc.ents[1].ent_id_ == "e1"
    doc.ents = list(doc.ents) + [("DATE", 5, 6)]
    assert len(doc.ents) == 4 and doc.ents[1].kb_id_ == "Q60"


@pytest.mark.parametrize("ents, error, message", [
    ([("A", 2, 4), ("B", 3, 5)], ValueError, "entity 1, 'York in' .tokens 3 to 5., overlaps with another span at token 3"),
    ([("A", 2, 4), ("A", 2, 4)], ValueError, "at token 2"),
    ([("A", 2, 2)], ValueError, "entity 0 is empty"),
    ([("", 2, 4)], ValueError, "entity 0, 'New York' .tokens 2 to 4., has no label"),
    ([("A", 3, 9)], IndexError, "from 3 to 9"),
    ([("A", 2)], TypeError, "entity 0: expected a Span"),
    (["x"], TypeError, "entity 0: expected a Span"),
])
def test_bad_entities_change_nothing(ents, error, message):
    doc = make(ents=["B-P", *["O"] * 6])
    with pytest.raises(error, match=message):
        doc.ents = ents
    assert iob(doc) == "B-P O O O O O O"


def test_bad_arguments_of_set_ents():
    doc = make()
    with pytest.raises(ValueError, match="default must be one of 'outside', 'missing', 'blocked', 'unmodified', got 'foo'"):
        doc.set_ents([], default="foo")
    with pytest.raises(ValueError, match="blocked span 0, 'York', overlaps|blocked span 0, 'York'"):
        doc.set_ents([("A", 2, 4)], blocked=[doc[3:4]])
    with pytest.raises(ValueError, match="is a span of another Doc"):
        doc.ents = [Span(make(), 0, 1, "A")]
    with pytest.raises(TypeError, match="missing span 0: expected a Span"):
        doc.set_ents([], missing=[5])


@given(st.lists(st.tuples(st.sampled_from(["O", "", "X", "Y"]), st.booleans()), min_size=1, max_size=10))
def test_entities_are_the_runs_of_tags(tags):
    ents, expected, last = [], [], None
    for i, (tag, begin) in enumerate(tags):
        if tag in ("O", ""):
            ents.append(tag)
            last = None
        elif begin or tag != last:
            ents.append(f"B-{tag}")
            expected.append([tag, i, i + 1])
            last = tag
        else:
            ents.append(f"I-{tag}")
            expected[-1][2] = i + 1
    doc = Doc(VOCAB, words=["w"] * len(tags), ents=ents)
    assert [[e.label_, e.start, e.end] for e in doc.ents] == expected
    again = Doc(VOCAB, words=["w"] * len(tags))
    again.ents = [tuple(e) for e in expected]
    assert again.ents == tuple(Span(again, a, b, label) for label, a, b in expected)


# ---- groups ----

def test_groups():
    doc = make()
    doc.spans["x"] = [doc[0:2], Span(doc, 1, 3, "L", "kb", "id")]
    group = doc.spans["x"]
    assert isinstance(group, SpanGroup) and group is doc.spans["x"] and group.name == "x" and group.doc is doc
    assert (len(group), group.has_overlap, group.attrs) == (2, True, {})
    assert [(s.text, s.label_, s.kb_id_, s.id_) for s in group] == [("I like", "", "", ""), ("like New", "L", "kb", "id")]
    assert group[-1] == Span(doc, 1, 3, "L", "kb", "id") and group[-1] in group and doc[5:6] not in group
    group.append(doc[5:6])
    group.extend([doc[6:7]])
    group += [doc[3:4]]
    assert [s.start for s in group] == [0, 1, 5, 6, 3] and group[1:3] == [group[1], group[2]]
    del group[1]
    group[0] = doc[2:3]
    assert [s.start for s in group] == [2, 5, 6, 3] and not group.has_overlap
    other = SpanGroup(doc, name="y", attrs={"k": 2, "j": 3}, spans=[doc[0:1]])
    group.attrs["k"] = 1
    both = group + other
    assert (both.name, both.attrs, len(both), len(group)) == ("x", {"k": 1, "j": 3}, 5, 4)
    copied = group.copy()
    copied.attrs["k"] = 9
    copied.append(doc[0:1])
    assert group.attrs == {"k": 1} and len(group) == 4 and copied.name == "x"
    assert list(doc.spans) == ["x"] and len(doc.spans) == 1 and repr(SpanGroup(doc, spans=[doc[0:1]])) == "[I]"
    doc.spans.update(z=[doc[0:1]])
    del doc.spans["x"]
    assert list(doc.spans) == ["z"] and doc.spans.get("x") is None
    assert list(doc.spans.setdefault("new", [doc[0:1]])) == [doc[0:1]] and list(doc.spans.setdefault("none")) == []
    assert doc.spans.setdefault("new") is doc.spans["new"]
    group = SpanGroup(doc, attrs={"a": 1})
    group += SpanGroup(doc, attrs={"a": 2, "b": 2}, spans=[doc[0:1]])
    assert group.attrs == {"a": 1, "b": 2} and len(group) == 1


def test_what_groups_do_not_take():
    doc, other = make(), make()
    group = SpanGroup(doc, name="g", spans=[doc[0:1]])
    for bad, error, message in [(other[0:1], ValueError, "of another Doc than the SpanGroup 'g'"), ("x", TypeError, "expected a Span"),
                                (doc[0], TypeError, "expected a Span")]:
        for use in (lambda: group.append(bad), lambda: group.extend([doc[1:2], bad]), lambda: group.__setitem__(0, bad)):
            with pytest.raises(error, match=message):
                use()
    assert list(group) == [doc[0:1]]
    for i in (1, -2):
        for use in (lambda: group[i], lambda: group.__delitem__(i), lambda: group.__setitem__(i, doc[0:1])):
            with pytest.raises(IndexError, match=f"span {i} is out of range: the SpanGroup has 1 spans"):
                use()
    with pytest.raises(KeyError):
        doc.spans["no"]
    with pytest.raises(TypeError, match="name of a SpanGroup"):
        doc.spans[5] = []
    with pytest.raises(ValueError, match="of another Doc"):
        doc.spans["x"] = SpanGroup(other)
    with pytest.raises(ValueError, match="of another Doc"):
        doc.spans["x"] = [other[0:1]]


def test_groups_do_not_keep_the_document():
    group = SpanGroup(make(), name="g")
    gc.collect()
    for use in (lambda: group.doc, lambda: group.append(None), lambda: group.copy()):
        with pytest.raises((RuntimeError, TypeError), match="is gone|expected a Span"):
            use()


def test_groups_of_another_document():
    doc = make()
    doc.spans["x"] = [Span(doc, 1, 3, "L")]
    twin = make()
    assert doc.spans["x"].copy(doc=twin)[0] == Span(twin, 1, 3, "L")
    with pytest.raises(ValueError, match="span 0 of the SpanGroup 'x', 'like New' .tokens 1 to 3., does not fit"):
        doc.spans["x"].copy(doc=Doc(VOCAB, words=["I", "Like", "New", "York"]))
    with pytest.raises(ValueError, match="does not fit"):
        doc.spans["x"].copy(doc=Doc(VOCAB, words=["I"]))
    foreign = Doc(Vocab(), words=WORDS)
    assert doc.spans["x"].copy(doc=foreign)[0].label_ == "L"


# ---- arrays ----

COLUMNS = ["ORTH", "LOWER", "HEAD", "DEP", "POS", "TAG", "LEMMA", "MORPH", "ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "ENT_ID", "SENT_START",
           "SPACY", "IDX", "LENGTH", "NORM", "IS_ALPHA", "SHAPE", "PREFIX", "SUFFIX", "LANG", "ID", "CLUSTER"]


def signed(value):
    return value % 2**64


def test_to_array(doc):
    array = doc.to_array(COLUMNS)
    assert array.dtype == numpy.uint64 and array.shape == (7, len(COLUMNS))
    for token, row in zip(doc, array.tolist()):
        expected = [token.orth, token.lower, signed(token.head.i - token.i), token.dep, token.pos, token.tag, token.lemma,
                    token.morph.key, token.ent_iob, token.ent_type, token.ent_kb_id, token.ent_id, signed(token.sent_start),
                    len(token.whitespace_), token.idx, len(token), token.norm, token.is_alpha, token.shape, token.prefix, token.suffix,
                    token.lang, token.rank, token.cluster]
        assert row == expected
    for attr in ("TAG", TAG, ["TAG"]):
        assert doc.to_array(attr).tolist() == [t.tag for t in doc]
    assert doc[2:4].to_array([HEAD, IS_ALPHA]).tolist() == [[1, 1], [signed(-2), 1]]
    assert doc.to_array([]).shape == (7, 0) and Doc(VOCAB).to_array([TAG, POS]).shape == (0, 2) and doc[1:1].to_array("TAG").shape == (0,)
    for bad, error in [("FOO", KeyError), (99999, KeyError), (["TAG", None], TypeError), ([b"TAG"], TypeError)]:
        with pytest.raises(error, match=re.escape(repr(bad[-1] if isinstance(bad, list) else bad))):
            doc.to_array(bad)


def test_arrays_go_round(doc):
    names = [name for name in COLUMNS if name not in ("CLUSTER", "ID", "LANG")]
    doc[0].norm_ = "own"
    again = make().from_array(names, doc.to_array(names))
    assert again.to_array(COLUMNS).tolist() == doc.to_array(COLUMNS).tolist()
    assert again.ents == tuple(Span(again, e.start, e.end, e.label) for e in doc.ents) and len(list(again.sents)) == 1
    assert [list(t.children) for t in again] == [[again[c.i] for c in t.children] for t in doc]
    assert make().from_array("TAG", doc.to_array("TAG"))[0].tag_ == "PRP"
    assert make().from_array([HEAD, DEP], doc.to_array([HEAD, DEP]).astype("int64"))[2].head.i == 3
    types = make().from_array(["ENT_TYPE"], doc.to_array("ENT_TYPE"))
    assert [e.text for e in types.ents] == ["New York"] and types[0].ent_iob_ == "O"
    spaced = make()
    token = spaced[0]
    assert spaced.from_array(["SPACY"], [0] * 7).text == "".join(WORDS)
    assert [t.idx for t in spaced] == [0, 1, 5, 8, 12, 14, 20]
    with pytest.raises(StaleViewError):
        token.text
    Token.set_extension("mark", default=None, force=True)
    followed = make()
    followed.spans["g"], followed[2]._.mark = [followed[1:3]], "new"
    followed.from_array(["SPACY"], [0] * 7)
    assert [s.text for s in followed.spans["g"]] == ["likeNew"] and [t._.mark for t in followed] == [None, None, "new", *[None] * 4]
    Token.remove_extension("mark")
    moved = make().from_array(["IDX", "SPACY"], spaced.to_array(["IDX", "SPACY"]))
    assert moved.text == spaced.text
    with pytest.raises(ValueError, match="token 1: it begins at 2, which follows from the words"):
        make().from_array(["IDX"], [0, 5, 0, 0, 0, 0, 0])
    one = Doc(VOCAB, words=["a"])
    assert one.from_array([TAG, LEMMA], numpy.array([VOCAB.strings["PRP"], VOCAB.strings["like"]], dtype="uint64"))[0].lemma_ == "like"


@pytest.mark.parametrize("attrs, column, message", [
    ([HEAD, DEP], [[1, 5]] * 7, "token 6: its head \\+1 is outside the Doc of 7 tokens"),
    ([HEAD, DEP], [[-1, 5]] * 7, "token 0: its head -1 is outside"),
    ([HEAD, DEP], [[1, 5], [-1, 5]] + [[0, 5]] * 5, "token [01]: its heads form a cycle"),
    (["POS"], [5] * 7, "token 0: 5 is no universal part of speech"),
    (["TAG"], [0, 12345] + [0] * 5, "token 1: no text is stored for the TAG 12345"),
    (["MORPH"], [0, 12345] + [0] * 5, "token 1: no text is stored for the MORPH 12345"),
    (["MORPH"], [429] * 7, "morphological features 'nsubj'"),
    ([SENT_START], [2] * 7, "token 0: SENT_START must be 1, 0 or -1, got 2"),
    ([ENT_IOB], [4] * 7, "token 0: ENT_IOB must be from 0 to 3, got 4"),
    (["SPACY"], [2] * 7, "token 0: SPACY must be 0 or 1, got 2"),
    (["IS_ALPHA"], [1, 0] + [1] * 5, "token 1: its IS_ALPHA is 1, which is an attribute of the word"),
    (["ORTH"], [5] * 7, "token 0: its ORTH is"),
    (["TAG"], [0] * 3, r"shape \(3, 1\): expected \(7, 1\)"),
    (["TAG", "POS"], [[0]] * 7, r"shape \(7, 1\): expected \(7, 2\)"),
    (["TAG"], [0.5] * 7, "must hold integers, got dtype float64"),
    (["TAG"], ["x"] * 7, "must hold integers"),
])
def test_a_bad_array_changes_nothing(doc, attrs, column, message):
    before = doc.to_array(COLUMNS).tolist()
    with pytest.raises(ValueError, match=message):
        doc.from_array(attrs, numpy.array(column))
    assert doc.to_array(COLUMNS).tolist() == before


def test_count_by_and_has_annotation(doc):
    assert doc.count_by(POS) == doc.count_by("POS") == {95: 1, 100: 1, 96: 3, 85: 1, 97: 1}
    assert doc.count_by(IS_ALPHA, exclude=lambda token: token.i < 2) == {1: 4, 0: 1}
    for name in ("DEP", "HEAD", "TAG", "POS", "LEMMA", "MORPH", "ENT_IOB", "ENT_TYPE", "SENT_START", "ORTH", "NORM"):
        assert doc.has_annotation(name), name
        assert make().has_annotation(name) == (name in ("ORTH", "NORM")), name
        assert Doc(VOCAB).has_annotation(name)
    assert not make(ents=["O"] * 7).has_annotation("ENT_TYPE") and make(ents=["O"] * 7).has_annotation("ENT_IOB")
    assert not make(sent_starts=[1, 0, 0, 0, 0, 0, 0]).has_annotation("SENT_START")
    complete = {name for name in ("DEP", "HEAD", "TAG", "MORPH", "ENT_IOB", "ENT_TYPE", "SENT_START") if doc.has_annotation(name, require_complete=True)}
    assert complete == {"DEP", "HEAD", "TAG", "SENT_START"}
    with pytest.raises(KeyError, match="FOO"):
        doc.has_annotation("FOO")


# ---- characters ----

@given(st.lists(st.tuples(st.sampled_from(["a", "bc", "déf", " ", "😀😀"]), st.booleans()), max_size=8), st.integers(-1, 20), st.integers(-1, 20))
def test_char_span_equals_a_search(pairs, start, end):
    doc = Doc(VOCAB, words=[word for word, _ in pairs], spaces=[space for _, space in pairs])
    inside = [t.i for t in doc if start <= t.idx and t.idx + len(t) <= end]
    touched = [t.i for t in doc if t.idx < end and t.idx + len(t) > start]
    valid = 0 <= start <= end <= len(doc.text)
    expected = {
        "expand": (touched[0], touched[-1] + 1) if valid and touched and start < end else None,
        "contract": (inside[0], inside[-1] + 1) if valid and inside else None,
        "strict": (inside[0], inside[-1] + 1) if valid and inside and doc[inside[0]].idx == start
                  and doc[inside[-1]].idx + len(doc[inside[-1]]) == end else None,
    }
    for mode, bounds in expected.items():
        span = doc.char_span(start, end, alignment_mode=mode)
        if mode == "expand" and start == end:
            continue
        assert (None if span is None else (span.start, span.end)) == bounds, mode


def test_char_span_arguments(doc):
    span = doc.char_span(7, 15, "GPE", "Q60", span_id="s")
    assert (span.text, span.label_, span.kb_id_, span.id_) == ("New York", "GPE", "Q60", "s")
    assert doc[2:5].char_span(4, 8) == doc[3:4] and doc[2:5].char_span(0, 8, alignment_mode="contract") == doc[2:4]
    assert doc[2:3].char_span(0, 8) is None and Doc(VOCAB).char_span(0, 0) is None
    with pytest.raises(ValueError, match="alignment_mode must be 'strict', 'contract' or 'expand', got 'foo'"):
        doc.char_span(0, 1, alignment_mode="foo")


# ---- copies ----

def test_as_doc(doc):
    doc.spans["g"] = [Span(doc, 2, 4, "L"), doc[0:3]]
    Token.set_extension("mark", default=None, force=True)
    doc[3]._.mark, doc[0]._.mark, doc.user_data["other"] = "york", "i", 5
    part = doc[2:5].as_doc(copy_user_data=True)
    assert part.text == "New York in " and part.vocab is VOCAB
    assert [(t.head.i, t.dep_, t.tag_, t.idx, t.lemma_) for t in part] == [
        (1, "compound", "NNP", 0, "New"), (1, "dep", "NNP", 4, "York"), (1, "dep", "IN", 9, "in")]
    assert [(e.text, e.label_) for e in part.ents] == [("New York", "GPE")] and list(part[1].children) == [part[0], part[2]]
    assert [(s.start, s.end, s.label_) for s in part.spans["g"]] == [(0, 2, "L")]
    assert (part[1]._.mark, part[0]._.mark, part.user_data["other"]) == ("york", None, 5)
    assert doc[2:5].as_doc().user_data == {} and doc[3:5].as_doc().ents[0].text == "York" and doc[1:1].as_doc().text == ""
    assert [t.ent_iob_ for t in doc[3:5].as_doc()] == ["B", "O"]
    Span.set_extension("beyond", default=0, force=True)
    doc[2:6]._.beyond = 5
    assert set(doc[2:4].as_doc(copy_user_data=True).user_data) == {("._.", "mark", 4, None), "other"}
    Span.remove_extension("beyond")
    two = Doc(VOCAB, words=list("abcde"), heads=[1, 1, 1, 4, 4], deps=["x"] * 5)
    cut = two[2:5].as_doc()
    assert [t.head.i for t in cut] == [0, 2, 2] and [s.text for s in cut.sents] == ["c", "d e"]
    odd = make(ents=[""] * 7).from_array(["ENT_IOB"], [1] * 7)[2:4].as_doc()
    assert odd.ents == () and [t.ent_iob_ for t in odd] == ["I", "I"]
    assert [s.text for s in part.sents] == ["New York in"] and doc[2:5].as_doc()[0].doc is not doc
    Token.remove_extension("mark")


def test_copy(doc):
    doc.spans["g"], doc.cats["c"], doc.user_data["u"], doc.sentiment = [doc[0:2]], 0.5, [1], 2.0
    doc.user_hooks["sents"] = lambda doc: [doc[:]]
    twin = doc.copy()
    assert twin.text == doc.text and twin.to_array(COLUMNS).tolist() == doc.to_array(COLUMNS).tolist()
    assert twin.cats == {"c": 0.5} and twin.sentiment == 2.0 and twin.user_data == {"u": [1]} and list(twin.spans["g"]) == [twin[0:2]]
    doc.user_token_hooks["sentiment"], doc.user_span_hooks["sentiment"] = (lambda t: 3.0), (lambda s: 4.0)
    hooked = doc.copy()
    assert (hooked[0].sentiment, hooked[0:1].sentiment, len(list(hooked.sents))) == (3.0, 4.0, 1)
    assert hooked.has_unknown_spaces and not Doc(VOCAB, words=["a"], spaces=[True]).copy().has_unknown_spaces
    twin[0].tag_, twin.cats["c"], twin.user_data["u"] = "X", 1, 2
    twin.spans["g"].append(twin[3:4])
    with twin.retokenize() as retokenizer:
        retokenizer.merge(twin[0:3])
    assert doc[0].tag_ == "PRP" and doc.cats == {"c": 0.5} and doc.user_data == {"u": [1]} and len(doc.spans["g"]) == 1 and len(doc) == 7


def test_from_docs(doc):
    one, two = doc, make(tags=["X"] * 7)
    one.spans["g"], two.spans["g"], two.spans["h"] = [one[0:2]], [two[5:7]], [two[0:1]]
    Span.set_extension("s", default=0, force=True)
    two[0:2]._.s, one.user_data["k"], two.cats["c"] = 5, 1, 0.5
    joined = Doc.from_docs([one, two, Doc(VOCAB)])
    assert joined.text == one.text + two.text and [t.tag_ for t in joined] == [t.tag_ for t in one] + ["X"] * 7
    assert [t.head.i for t in joined][:7] == [t.head.i for t in one] and [e.text for e in joined.ents] == ["New York"]
    assert [(s.start, s.end) for s in joined.spans["g"]] == [(0, 2), (12, 14)] and list(joined.spans) == ["g", "h"]
    assert joined[7:9]._.s == 5 and joined[0:2]._.s == 0 and joined.user_data["k"] == 1 and joined.cats == {"c": 0.5}
    assert [t.left_edge.i for t in joined][:7] == [t.left_edge.i for t in one]
    second = Doc.from_docs([two, one])
    assert [[x.i - 7 for x in t.subtree] for t in second[7:]] == [[x.i for x in t.subtree] for t in one]
    tight = [Doc(VOCAB, words=["a"], spaces=[False]), Doc(VOCAB, words=["b"], spaces=[False])]
    assert (Doc.from_docs(tight).text, Doc.from_docs(tight, ensure_whitespace=False).text) == ("a b", "ab")
    assert Doc.from_docs([Doc(VOCAB, words=["\n"], spaces=[False]), tight[0]]).text == "\na" and Doc.from_docs(
        [tight[0], Doc(VOCAB, words=["\n"], spaces=[False])]).text == "a \n" and Doc.from_docs([]) is None
    parts = Doc(VOCAB, words=list("abcd"), sent_starts=[1, 0, 1, -1], ents=["B-X", "I-X", "O", "O"])
    sents = Doc.from_docs([parts, Doc(VOCAB, words=["x"]), parts, parts[1:3].as_doc()])
    assert [s.text for s in sents.sents] == ["a b", "c d", "x", "a b", "c d", "b", "c"] and sents[9].ent_iob_ == "B"
    trees = Doc.from_docs([one, one], attrs=["DEP", "HEAD"])
    assert [s.text for s in trees.sents] == [one.text[:-1]] * 2 and [t.head.i for t in trees[7:]] == [t.head.i + 7 for t in one]
    labels = Doc.from_docs([one, one], attrs=["DEP"])
    assert [list(t.children) for t in labels] == [[]] * 14 and not labels.has_annotation("SENT_START")
    bare = Doc.from_docs([one, two], attrs=["TAG"], exclude=["spans", "user_data", "cats"])
    assert [t.tag_ for t in bare] == [t.tag_ for t in joined] and not bare.has_annotation("DEP") and not bare.ents
    assert dict(bare.spans) == {} and bare.user_data == {} and bare.cats == {}
    with pytest.raises(ValueError, match="document 1 has another vocabulary"):
        Doc.from_docs([one, Doc(Vocab(), words=["x"])])
    with pytest.raises(TypeError, match="document 1: expected a Doc"):
        Doc.from_docs([one, "x"])
    with pytest.raises(ValueError, match="there is no 'foo'"):
        Doc.from_docs([one], exclude=["foo"])
    Span.remove_extension("s")


# ---- extensions ----

@pytest.mark.parametrize("owner", [Doc, Token, Span])
def test_extensions(owner):
    doc = make()
    view = {Doc: doc, Token: doc[2], Span: doc[2:4]}[owner]
    owner.set_extension("plain", default=1)
    owner.set_extension("list", default=[])
    owner.set_extension("got", getter=lambda v: len(v))
    owner.set_extension("both", getter=lambda v: v.doc.user_data.get("x") if owner is not Doc else v.user_data.get("x"),
                        setter=lambda v, value: (v if owner is Doc else v.doc).user_data.update(x=value))
    owner.set_extension("method", method=lambda v, a, b=2: (v == view, a, b))
    assert view._.plain == 1 and view._.got == len(view) and view._.method(5, b=6) == (True, 5, 6)
    view._.plain, view._.both = 7, 8
    view._.list.append(3)
    again = {Doc: doc, Token: doc[2], Span: doc[2:4]}[owner]
    assert (again._.plain, again._.both, again._.list, again._.get("plain"), again._.has("plain"), again._.has("no")) == (7, 8, [3], 7, True, False)
    again._.set("plain", 9)
    assert view._.plain == 9 and set(dir(view._)) >= {"plain", "list", "got"}
    fresh = make()
    other = {Doc: fresh, Token: fresh[2], Span: fresh[2:4]}[owner]
    assert other._.plain == 1 and other._.list == []                    # nothing is shared
    if owner is not Doc:
        assert doc[1:2]._.plain == 1 if owner is Span else doc[1]._.plain == 1
    assert owner.get_extension("plain") == (1, None, None, None) and owner.has_extension("plain")
    for use, error, message in [
        (lambda: owner.set_extension("plain", default=2), ValueError, "exists already; use force=True"),
        (lambda: owner.set_extension("none"), ValueError, "give one of default, method and getter; got none"),
        (lambda: owner.set_extension("two", default=1, getter=len), ValueError, "got getter and default"),
        (lambda: owner.set_extension("s", default=1, setter=len), ValueError, "a setter needs a getter"),
        (lambda: owner.set_extension("s", getter=5), ValueError, "getter is not callable: 5"),
        (lambda: owner.set_extension("a b", default=5), ValueError, "must be an identifier, got 'a b'"),
        (lambda: owner.set_extension("has", default=5), ValueError, "taken by"),
        (lambda: owner.set_extension("x", defualt=5), TypeError, "defualt"),
        (lambda: owner.get_extension("no"), KeyError, "no does not exist"),
        (lambda: owner.remove_extension("no"), ValueError, "no does not exist"),
        (lambda: view._.no, AttributeError, f"{owner.__name__}._.no does not exist: add it"),
        (lambda: setattr(view._, "no", 1), AttributeError, "no does not exist"),
        (lambda: setattr(view._, "got", 1), AttributeError, "has a getter and no setter"),
        (lambda: setattr(view._, "method", 1), AttributeError, "has a method and no setter"),
    ]:
        with pytest.raises(error, match=message):
            use()
    owner.set_extension("plain", default=2, force=True)
    assert other._.plain == 2 and view._.plain == 9
    for name in ("plain", "list", "got", "both", "method"):
        owner.remove_extension(name)
    assert not owner.has_extension("plain")


def test_what_defaults_are_copied():
    shared = object()
    for name, default in (("deque", collections.deque()), ("bytes", bytearray()), ("object", shared), ("a_set", set())):
        Doc.set_extension(name, default=default, force=True)
    one, other = make(), make()
    one._.deque.append(1), one._.bytes.append(1), one._.a_set.add(1)
    assert (len(other._.deque), len(other._.bytes), len(other._.a_set)) == (0, 0, 0) and one._.object is other._.object is shared
    copied = copy.copy(one._)
    assert copied.deque is one._.deque
    with pytest.raises(AttributeError, match="Doc._.nothing does not exist"):
        copied.nothing
    for name in ("deque", "bytes", "object", "a_set"):
        Doc.remove_extension(name)


class Edits:
    """Edits a document when it is asked for a value."""

    def __init__(self, doc, value=0):
        self.doc, self.value = doc, value

    def edit(self):
        with self.doc.retokenize() as retokenizer:
            retokenizer.merge(self.doc[0:len(self.doc)])
        return self.value

    __index__ = __int__ = __bool__ = edit

    def __iter__(self):
        self.edit()
        yield "ORTH"
        yield "LOWER"


def splitting(doc):
    with doc.retokenize() as retokenizer:
        for token in doc:
            retokenizer.split(token, ["a", "b"], heads=[doc[0], doc[0]])
    yield "SPACY"


@pytest.mark.parametrize("use", [
    lambda doc, edits: doc.to_array(edits),
    lambda doc, edits: doc[1000:2000].to_array(edits),
    lambda doc, edits: doc.count_by("ORTH", exclude=lambda token: len(doc) > 1 and edits.edit()),
    lambda doc, edits: doc.set_ents(Span(doc, 10, 2000, label="X") if i else (edits.edit(), 0, 1) for i in (1, 0)),
    lambda doc, edits: doc.set_ents([], blocked=(doc[0:1] for _ in [edits.edit()])),
    lambda doc, edits: doc.from_array(edits, numpy.zeros((2000, 2), dtype="uint64")),
    lambda doc, edits: doc.from_array(splitting(doc), numpy.zeros((4000, 1), dtype="uint64")),
    lambda doc, edits: doc.retokenize().merge(doc[0:2], attrs={"SENT_START": edits}),
    lambda doc, edits: doc.retokenize().merge(doc[0:2], attrs={"TAG": edits}),
    lambda doc, edits: doc.spans.update(g=(doc[1:2] for _ in [edits.edit()])),
    lambda doc, edits: setattr(doc[1000], "tag", edits),
    lambda doc, edits: setattr(doc[1000], "pos", edits),
    lambda doc, edits: setattr(doc[1000], "sense", edits),
    lambda doc, edits: doc[1000].nbor(edits),
    lambda doc, edits: Span(doc, 1000, 1001, label=edits),
    lambda doc, edits: Span(doc, edits, 1001),
    lambda doc, edits: doc.char_span(edits, 2000),
])
def test_what_edits_the_document_while_it_is_read(use):
    doc = Doc(VOCAB, words=["ab"] * 2000, user_data={("._.", "x", 3, None): 1})
    text = doc.text
    try:
        use(doc, Edits(doc))
    except (IndexError, KeyError, TypeError, ValueError, StaleViewError):
        pass
    if doc[0].text == "a":                                  # from_array has taken the spaces away
        text = "ab" * 2000
    assert doc.text == text and [token.text for token in doc] in (["ab"] * 2000, [text[:-1]], ["a", "b"] * 2000)


@pytest.mark.parametrize("layer", ["heads", "tags", "pos", "sent_starts", "spaces"])
def test_what_edits_the_document_while_it_is_made(layer):
    doc = Doc.__new__(Doc)
    layers = {layer: [0] * 1000 + [Edits(doc)] + [0] * 999}
    if layer == "heads":
        layers["deps"] = ["x"] * 2000
    try:
        doc.__init__(VOCAB, words=["ab"] * 2000, **layers)
    except (StaleViewError, ValueError, TypeError):
        pass
    assert doc.text in ("", "ab " * 2000, "ab" * 2000) or layer == "spaces"


def test_the_rest_of_doc():
    doc = make()
    assert (doc.lang_, doc.lang, doc.sentiment, doc.cats, doc.user_data) == ("", 0, 0.0, {}, {})
    doc.cats, doc.user_data, doc.sentiment = {"a": 1.0}, {"b": 2}, 0.5
    assert (doc.cats, doc.user_data, doc.sentiment) == ({"a": 1.0}, {"b": 2}, 0.5)
    for name in ("cats", "user_data"):
        with pytest.raises(TypeError):
            setattr(doc, name, None)
