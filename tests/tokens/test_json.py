"""Documents as JSON: spaCy's layout, every layer there and back, JSON that is wrong at any place."""

import copy
import json
import random

import lexarray
import numpy
import pytest
from hypothesis import given, settings, strategies as st
from lexarray.tokens import Doc, Span, Token
from lexarray.tokens.span_group import SpanGroup
from lexarray.vocab import Vocab
from reference.doc_json import to_json

COLUMNS = ["ORTH", "NORM", "TAG", "DEP", "LEMMA", "POS", "ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "ENT_ID", "SENT_START",
           "MORPH", "HEAD", "SPACY", "IDX"]
OWN = {"has_unknown_spaces", "sentiment", "span_groups"}
OWN_OF_TOKEN = {"norm", "sent_start", "ent_iob", "ent_type", "ent_kb_id", "ent_id"}

# What spaCy 3.8 writes for rich_doc() made with spacy.tokens.
SPACY_JSON = {
    "text": "She sings New York!",
    "ents": [{"start": 10, "end": 18, "label": "GPE"}],
    "sents": [{"start": 0, "end": 19}],
    "cats": {"A": 1.0},
    "tokens": [
        {"id": 0, "start": 0, "end": 3, "tag": "PRP", "pos": "PRON", "morph": "Case=Nom|Number=Sing", "lemma": "she",
         "dep": "nsubj", "head": 1},
        {"id": 1, "start": 4, "end": 9, "tag": "VBZ", "pos": "VERB", "morph": "", "lemma": "sing", "dep": "ROOT", "head": 1},
        {"id": 2, "start": 10, "end": 13, "tag": "NNP", "pos": "PROPN", "morph": "", "lemma": "New",
         "dep": "compound", "head": 3},
        {"id": 3, "start": 14, "end": 18, "tag": "NNP", "pos": "PROPN", "morph": "", "lemma": "York", "dep": "dobj", "head": 1},
        {"id": 4, "start": 18, "end": 19, "tag": "", "pos": "", "morph": "", "lemma": "", "dep": "punct", "head": 1}],
    "spans": {"g": [{"start": 0, "end": 9, "label": "X", "kb_id": "Q1"}, {"start": 10, "end": 18, "label": "", "kb_id": ""}],
              "e": []},
}


def rich_doc(vocab):
    doc = Doc(vocab, words=["She", "sings", "New", "York", "!"], spaces=[1, 1, 1, 0, 0], heads=[1, 1, 3, 1, 1],
              deps=["nsubj", "ROOT", "compound", "dobj", "punct"], pos=["PRON", "VERB", "PROPN", "PROPN", ""],
              tags=["PRP", "VBZ", "NNP", "NNP", ""], lemmas=["she", "sing", "New", "York", ""],
              morphs=["Case=Nom|Number=Sing", None, None, None, None], ents=["O", "O", "B-GPE", "I-GPE", "O"])
    doc.cats = {"A": 1.0}
    doc.spans["g"] = [Span(doc, 0, 2, label="X", kb_id="Q1"), doc[2:4]]
    doc.spans["e"] = []
    return doc


def contents(doc):
    return (doc.text, doc.to_array(COLUMNS).tolist(), doc.has_unknown_spaces, doc.sentiment, dict(doc.cats), doc.user_data,
            [(e.start, e.end, e.label_, e.kb_id_, e.id_) for e in doc.ents],
            [(t.left_edge.i, t.right_edge.i, t.n_lefts, t.n_rights, t.lemma_, t.tag_, t.dep_, str(t.morph)) for t in doc],
            {key: (group.name, group.attrs,
                   [(s.start, s.end, s.start_char, s.end_char, s.label_, s.kb_id_, s.id_) for s in group])
             for key, group in doc.spans.items()})


def without_own(doc_json):
    """What spaCy would have written."""
    found = {key: value for key, value in copy.deepcopy(doc_json).items() if key not in OWN}
    for token in found["tokens"]:
        for key in OWN_OF_TOKEN & set(token):
            del token[key]
    for items in (found.get("ents", []), *found.get("spans", {}).values()):
        for item in items:
            item.pop("id", None)
    for ent in found.get("ents", []):
        ent.pop("kb_id", None)
    return found


def there_and_back(doc, underscore=None):
    data = doc.to_json(underscore)
    return Doc(Vocab()).from_json(json.loads(json.dumps(data)), validate=True), data


@pytest.fixture
def extensions():
    names = ("json_x", "json_y")
    for cls in (Doc, Token, Span):
        cls.set_extension("json_x", default=None)
    Doc.set_extension("json_y", getter=len)
    yield names
    for cls in (Doc, Token, Span):
        cls.remove_extension("json_x")
    Doc.remove_extension("json_y")


def test_spacys_layout():
    data = rich_doc(Vocab()).to_json()
    assert data == SPACY_JSON
    assert list(data) == list(SPACY_JSON) and list(data["tokens"][0]) == list(SPACY_JSON["tokens"][0])
    read = Doc(Vocab()).from_json(copy.deepcopy(SPACY_JSON), validate=True)
    assert contents(read) == contents(rich_doc(Vocab()))
    assert read.to_json() == SPACY_JSON
    tokens = [{"id": 0, "start": 0, "end": 2}, {"id": 1, "start": 3, "end": 6}]
    unset = Doc(Vocab(), words=["Hi", "you"], spaces=[True, False])
    assert unset.to_json() == {"text": "Hi you", "tokens": tokens} == to_json(unset)
    assert Doc(Vocab()).to_json() == {"text": "", "ents": [], "sents": [], "tokens": []}      # spaCy's too
    assert [len(there_and_back(doc)[0]) for doc in (unset, Doc(Vocab()))] == [2, 0]


def test_layers_that_spacys_layout_has_no_place_for():
    doc = rich_doc(Vocab())
    doc[0].norm_, doc.sentiment, doc.has_unknown_spaces = "they", 0.5, True
    doc.set_ents([Span(doc, 2, 4, label="GPE", kb_id="Q60", span_id="id2")], blocked=[doc[0:1]], missing=[doc[4:5]])
    doc.spans["g"].append(Span(doc, 4, 4, label="Y", span_id="empty"))
    doc.spans["g"].append(Span(doc, 5, 5))
    doc.spans["h"] = SpanGroup(doc, name="other", attrs={"scores": numpy.array([0.5, 1.0]), "n": 1}, spans=[doc[0:5]])
    read, data = there_and_back(doc)
    doc.spans["h"].attrs["scores"] = [0.5, 1.0]
    assert contents(read) == contents(doc)
    assert data["ents"] == [{"start": 10, "end": 18, "label": "GPE", "kb_id": "Q60", "id": "id2"}]
    assert data["tokens"][0]["norm"] == "they" and data["tokens"][0]["ent_iob"] == 3 and data["tokens"][4]["ent_iob"] == 0
    assert [OWN_OF_TOKEN & set(token) for token in data["tokens"]] == [{"norm", "ent_iob"}, set(), set(), set(), {"ent_iob"}]
    assert data["span_groups"] == {"h": {"name": "other", "attrs": {"scores": [0.5, 1.0], "n": 1}}}
    assert data["sentiment"] == 0.5 and data["has_unknown_spaces"] is True
    assert without_own(data) == to_json(doc)


@pytest.mark.parametrize("columns", [
    {"sent_starts": [True, None, False, True]}, {"sent_starts": [None, -1, -1, -1]}, {"sent_starts": [0, 1, 0, 0]},
    {"deps": ["a", "", "b", ""]}, {"deps": ["a", "b", "c", "d"]},
    {"heads": [1, 1, 3, 3], "deps": ["", "", "", ""]}, {"heads": [0, 1, 2, 3], "deps": ["r"] * 4},
    {"heads": [1, 1, 3, 3], "deps": ["x", "r", "x", "r"]},
    {"heads": [1, 1, 2, 2], "deps": ["x", "r", "", "x"], "sent_starts": [1, -1, 1, 0]},
    {"ents": ["", "O", "B-", "B-X"]}, {"ents": ["B-X", "B-X", "I-X", ""]}, {"morphs": ["", None, "_", "A=b"]},
    {"lemmas": ["", "x", "", ""]}, {"words": ["a", "\n", " ", "b"]}, {"words": ["\ud800", "𝄞 x", "\0", "é"]},
])
def test_layers_that_are_partly_set(columns):
    doc = Doc(Vocab(), **{"words": ["a", "b", "c", "d"], "spaces": [True, False, True, True], **columns})
    read, data = there_and_back(doc)
    assert contents(read) == contents(doc)
    assert without_own(data) == to_json(doc)


def test_values_that_arrays_can_set_otherwise():
    # Sentences that do not follow the heads, an entity that begins with I, a type of a token that is outside.
    doc = rich_doc(Vocab())
    values = doc.to_array(["SENT_START", "ENT_IOB", "ENT_TYPE"]).astype("i8")
    values[2, 0], values[0, 0], values[3, 1], values[0, 1], values[0, 2], values[4, 2] = 1, 0, 3, 1, values[2, 2], values[2, 2]
    doc.from_array(["SENT_START", "ENT_IOB", "ENT_TYPE"], values)
    read, _ = there_and_back(doc)
    assert contents(read) == contents(doc)
    assert read.to_array(["SENT_START", "ENT_IOB", "ENT_TYPE"]).astype("i8").tolist() == values.tolist()


@st.composite
def documents(draw):
    words = draw(st.lists(st.text(min_size=1, max_size=4), max_size=8))
    n = len(words)

    def column(values):
        return draw(st.none() | st.lists(values, min_size=n, max_size=n))
    columns = {"tags": column(st.sampled_from(["", "T", "\ud800"])), "lemmas": column(st.text(max_size=2)),
               "pos": column(st.sampled_from(["", "NOUN", "X"])), "morphs": column(st.sampled_from([None, "", "A=b", "B=c|A=b"])),
               "deps": column(st.sampled_from(["", "x", "nsubj"])), "sent_starts": column(st.sampled_from([None, 1, -1])),
               "ents": column(st.sampled_from(["", "O", "B-X", "B-Y", "B-"]))}
    if columns["deps"] is not None and draw(st.booleans()):
        columns["heads"] = [draw(st.integers(0, i)) for i in range(n)]
    doc = Doc(Vocab(), words=words, spaces=column(st.booleans()), **columns)
    for name in draw(st.lists(st.sampled_from("abc"), max_size=2)):
        bounds = [sorted((draw(st.integers(0, n)), draw(st.integers(0, n)))) for _ in range(draw(st.integers(0, 3)))]
        doc.spans[name] = [Span(doc, *each, label=draw(st.sampled_from(["", "L"])), span_id=draw(st.sampled_from(["", "I"])))
                           for each in bounds]
    return doc


@given(documents())
@settings(max_examples=300, deadline=None)
def test_any_document_comes_back(doc):
    read, data = there_and_back(doc)
    assert contents(read) == contents(doc)
    assert without_own(data) == to_json(doc)
    assert read.to_json() == data


def test_extensions(extensions):
    doc = rich_doc(Vocab())
    doc.user_data["mine"] = object()
    doc._.json_x, doc[1]._.json_x, doc[0:2]._.json_x = {"a": (1, 2)}, [1], "span"
    doc.user_data["._.", "unknown", 4, None] = None
    doc.user_data["._.", "gone", None, None] = 7
    read, data = there_and_back(doc, ["json_x", "json_y", "unknown", "gone"])
    assert data["_"] == {"json_x": {"a": [1, 2]}, "json_y": 5, "gone": 7}
    assert data["underscore_token"] == {"json_x": [{"start": 4, "value": [1]}], "unknown": [{"start": 4, "value": None}]}
    assert data["underscore_span"] == {"json_x": [{"start": 0, "end": 9, "value": "span"}]}
    assert read._.json_x == {"a": [1, 2]} and read[1]._.json_x == [1] and read[0:2]._.json_x == "span"
    assert read[2]._.json_x is None
    assert read._.json_y == 5 and not Token.has_extension("unknown")
    assert read.user_data["._.", "unknown", 4, None] is None and read.user_data["._.", "gone", None, None] == 7
    assert "_" not in doc.to_json([]) and "underscore_token" not in doc.to_json(())
    data["_"]["json_x"]["a"].append(3)
    assert doc._.json_x == {"a": (1, 2)}                                # nothing is shared
    kept = Doc(Vocab(), user_data={"k": 1}).from_json(data)
    assert kept.user_data["k"] == 1 and kept._.json_x == {"a": [1, 2, 3]}
    # A token's extension that no token of this document has is not an error.
    assert "underscore_token" not in Doc(Vocab(), words=["a"]).to_json(["json_x"])


def test_what_cannot_be_written(extensions):
    doc = rich_doc(Vocab())
    with pytest.raises(ValueError, match="underscore: 'nope' is no extension of Doc, Token or Span"):
        doc.to_json(["nope"])
    with pytest.raises(TypeError, match="underscore must be a list of names of extensions, got one str: 'json_x'"):
        doc.to_json("json_x")
    doc[1]._.json_x = {1, 2}
    with pytest.raises(ValueError, match=r"token\._\.json_x at character 4 is not JSON-serializable: .*\{1, 2\}"):
        doc.to_json(["json_x"])
    doc[0:2]._.json_x = doc
    del doc.user_data["._.", "json_x", 4, None]
    with pytest.raises(ValueError, match=r"span\._\.json_x at characters 0 to 9 is not JSON"):
        doc.to_json(["json_x"])
    doc._.json_x = loop = []
    loop.append(loop)
    with pytest.raises(ValueError, match=r"doc\._\.json_x is not JSON-serializable: Circular"):
        doc.to_json(["json_x"])
    doc.spans["g"].attrs["x"] = object
    with pytest.raises(ValueError, match=r"spans\['g'\]: its attrs are not JSON"):
        doc.to_json()
    with pytest.raises(ValueError, match="never initialised"):
        Doc.__new__(Doc).to_json()
    with pytest.raises(ValueError, match="never initialised"):
        Doc.__new__(Doc).from_json(SPACY_JSON)


def changed(*path, value):
    data = copy.deepcopy(SPACY_JSON)
    part = data
    for step in path[:-1]:
        part = part[step]
    if value is KeyError:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    return data


WRONG = [
    (("text",), KeyError, "text is missing"),
    (("text",), 5, "text: expected a str, got 5"),
    (("tokens",), KeyError, "tokens is missing"),
    (("tokens",), {}, "tokens: expected a list, got {}"),
    (("tokens",), [], "tokens: there are none, but the text is 'She sings New York!'"),
    (("tokens", 0), 5, r"tokens\[0\]: expected a dict, got 5"),
    (("tokens", 3), [], r"tokens\[3\]: expected a dict"),
    (("text",), "She sings New  York!", r"text: what follows the last token, '!', is in no token"),
    (("text",), "She sings New York! And", r"text: what follows the last token, ' And', is in no token"),
    (("text",), "She sings New York", r"tokens\[4\].end: 19 is outside the text of 18 characters"),
    (("text",), "She\nsings New York!", r"tokens\[1\].start: 4, but the text before it, '\\n', is in no token"),
    (("tokens", 0, "start"), 1, r"tokens\[0\].start: 1, but the text before it, 'S', is in no token"),
    (("tokens", 1, "start"), 2, r"tokens\[1\].start: 2, but token 0 ends at 3"),
    (("tokens", 1, "start"), -1, r"tokens\[1\].start: -1 is outside"),
    (("tokens", 1, "start"), 2**70, r"tokens\[1\].start: 11805"),
    (("tokens", 1, "start"), "4", r"tokens\[1\].start: expected an int, got '4'"),
    (("tokens", 1, "start"), True, "expected an int, got True"),
    (("tokens", 1, "start"), 4.0, "expected an int, got 4.0"),
    (("tokens", 2, "end"), KeyError, r"tokens\[2\].end is missing"),
    (("tokens", 1, "end"), 4, r"tokens\[1\].end: 4, but the token starts at 4"),
    (("tokens", 1, "end"), 8, r"tokens\[2\].start: 10, but the text before it, 's ', is in no token"),
    (("tokens", 3, "head"), 9, r"tokens\[3\].head: 9 is outside the Doc of 5 tokens"),
    (("tokens", 3, "head"), -1, r"tokens\[3\].head: -1"),
    (("tokens", 3, "head"), 2**31, r"tokens\[3\].head: 2147483648 is no index"),
    (("tokens", 3, "head"), None, r"tokens\[3\].head: expected an int"),
    (("tokens", 1, "head"), 3, r"tokens\[\d\].head: the heads form a cycle"),
    (("tokens", 3, "head"), KeyError, r"tokens\[3\].head is missing"),
    (("tokens", 0, "tag"), KeyError, r"tokens\[0\].tag is missing, which tokens\[1\] has"),
    (("tokens", 1, "tag"), KeyError, r"tokens\[1\].tag is missing"),
    (("tokens", 1, "tag"), 5, r"tokens\[1\].tag: expected a str, got 5"),
    (("tokens", 1, "pos"), "FOO", r"tokens\[1\].pos: 'FOO' is no universal"),
    (("tokens", 1, "pos"), None, r"tokens\[1\].pos: expected a str"),
    (("tokens", 1, "morph"), "x", r"tokens\[1\].morph: .*not of the form"),
    (("tokens", 1, "morph"), {}, r"tokens\[1\].morph: expected a str"),
    (("tokens", 1, "lemma"), [], r"tokens\[1\].lemma: expected a str"),
    (("tokens", 1, "dep"), 1, r"tokens\[1\].dep: expected a str"),
    (("tokens", 1, "norm"), 1, r"tokens\[1\].norm: expected a str"),
    (("tokens", 1, "sent_start"), 2, r"tokens\[1\].sent_start: .* got 2"),
    (("tokens", 1, "ent_iob"), 4, r"tokens\[1\].ent_iob: .* got 4"),
    (("tokens", 1, "ent_id"), 4, r"tokens\[1\].ent_id: expected a str"),
    (("ents",), None, "ents: expected a list"),
    (("ents", 0), 5, r"ents\[0\]: expected a dict"),
    (("ents", 0, "start"), 11, r"ents\[0\].start: no token starts at 11"),
    (("ents", 0, "end"), 17, r"ents\[0\].end: no token ends at 17"),
    (("ents", 0, "end"), 10, r"ents\[0\].end: 10, which is where it starts"),
    (("ents", 0, "end"), 3, r"ents\[0\].end: 3 is before its start 10"),
    (("ents", 0, "end"), 14, r"ents\[0\].end: no token ends at 14"),
    (("ents", 0, "end"), 20, r"ents\[0\].end: 20 is outside the text"),
    (("ents", 0, "label"), KeyError, r"ents\[0\].label is missing"),
    (("ents", 0, "label"), "", r"ents\[0\].label is empty"),
    (("ents", 0, "kb_id"), 1, r"ents\[0\].kb_id: expected a str"),
    (("ents",), [{"start": 0, "end": 9, "label": "X"}, {"start": 4, "end": 13, "label": "Y"}],
     r"ents\[1\] overlaps .* at token 1"),
    (("sents", 0, "start"), 1, r"sents\[0\].start: no token starts at 1"),
    (("sents", 0, "end"), KeyError, r"sents\[0\].end is missing"),
    (("sents", 0, "end"), 0, r"sents\[0\].end: 0, which is where it starts"),
    (("sents",), [{"start": 0, "end": 9}, {"start": 4, "end": 13}], r"sents\[1\].start: 4, which is in a sentence before it"),
    (("cats",), [], r"cats: expected a dict"),
    (("spans",), [], "spans: expected a dict"),
    (("spans", "g"), {}, r"spans\['g'\]: expected a list"),
    (("spans", 5), [], "spans: the name of a group must be a str, got 5"),
    (("spans", "g", 1), 5, r"spans\['g'\]\[1\]: expected a dict"),
    (("spans", "g", 1, "end"), 12, r"spans\['g'\]\[1\].end: no token ends at 12"),
    (("spans", "g", 1, "label"), 7, r"spans\['g'\]\[1\].label: expected"),
    (("span_groups",), {"z": {}}, r"span_groups\['z'\]: there is no spans\['z'\]"),
    (("span_groups",), {"g": 5}, "span_groups.g: expected a dict"),
    (("span_groups",), {"g": {"attrs": 5}}, "attrs: expected a dict"),
    (("span_groups",), {"g": {"name": 5}}, "name: expected a str"),
    (("_",), [], "_: expected a dict"),
    (("_",), {5: 1}, "_: the name of an extension must be a str, got 5"),
    (("underscore_token",), {"x": {"start": 0, "value": 1}}, r"underscore_token\['x'\]: expected a list"),
    (("underscore_token",), {"x": [{"start": 0}]}, r"underscore_token\['x'\]\[0\]: expected a dict with a value"),
    (("underscore_token",), {"x": [{"start": 99, "value": 1}]}, r"underscore_token\['x'\]\[0\].start: 99 is outside"),
    (("underscore_span",), {"x": [{"start": 0, "value": 1}]}, r"underscore_span\['x'\]\[0\].end is missing"),
    (("underscore_span",), {5: []}, "underscore_span: the name of an extension must be a str"),
    (("has_unknown_spaces",), 1, "has_unknown_spaces: expected a bool"),
    (("sentiment",), "x", "sentiment: expected a number"),
    (("sentiment",), 10**400, "sentiment: .* too large"),
]


@pytest.mark.parametrize("path, value, message", WRONG, ids=lambda value: None)
def test_json_that_is_wrong(path, value, message):
    doc = Doc(Vocab(), user_data={"k": 1})
    doc.cats, doc.sentiment = {"B": 2.0}, 0.25
    before = contents(doc)
    with pytest.raises(ValueError, match=message):
        doc.from_json(changed(*path, value=value))
    assert contents(doc) == before and len(doc) == 0 and dict(doc.spans) == {}
    assert contents(doc.from_json(SPACY_JSON))[0] == SPACY_JSON["text"]             # and it can still be filled


def test_json_without_labels_of_heads_and_what_is_no_json():
    tokens = [{"id": 0, "start": 0, "end": 1, "head": 0}]
    with pytest.raises(ValueError, match=r"tokens\[0\].dep is missing: heads need labels"):
        Doc(Vocab()).from_json({"text": "a", "tokens": tokens})
    for wrong in ("{}", [], None, 5):
        with pytest.raises(TypeError, match="doc_json must be a dict, as to_json"):
            Doc(Vocab()).from_json(wrong)
    doc = rich_doc(Vocab())
    before = contents(doc)
    with pytest.raises(ValueError, match="fills a Doc that has no tokens, and this one has 5"):
        doc.from_json(SPACY_JSON)
    assert contents(doc) == before


def test_validate_checks_what_reading_does_not_need():
    for path, value, message in [(("tokens", 1, "id"), 7, r"tokens\[1\].id: 7, but it must be 1"),
                                 (("tokens", 1, "id"), KeyError, r"tokens\[1\].id: it is missing"),
                                 (("cats", "B"), "x", r"cats\['B'\]: expected a number, got 'x'")]:
        data = changed(*path, value=value)
        assert Doc(Vocab()).from_json(data).text == SPACY_JSON["text"]
        with pytest.raises(ValueError, match=message):
            Doc(Vocab()).from_json(data, validate=True)
    # Keys that nobody knows are ignored, as by spaCy; labels of groups may be missing, labels without heads are a layer.
    data = changed("spans", "g", 0, value={"start": 0, "end": 3, "what": 1}) | {"zzz": 1}
    for token in data["tokens"]:
        del token["head"]
        token["zzz"] = 1
    doc = Doc(Vocab()).from_json(data, validate=True)
    assert [span.label_ for span in doc.spans["g"]] == ["", ""] and doc[0].dep_ == "nsubj" and doc[0].head.i == 0
    assert [token.is_sent_start for token in doc] == [True, False, False, False, False]


def test_nothing_of_the_json_is_kept_or_changed():
    data = copy.deepcopy(SPACY_JSON)
    doc = Doc(Vocab()).from_json(data)
    assert data == SPACY_JSON
    doc.cats["new"] = 1.0
    doc.spans["g"].attrs["a"] = 1
    assert data == SPACY_JSON
    written = doc.to_json()
    written["cats"]["other"] = 2.0
    written["span_groups"]["g"]["attrs"]["a"] = 2
    assert "other" not in doc.cats and doc.spans["g"].attrs == {"a": 1}


def test_in_a_memory_zone():
    vocab = Vocab()
    with vocab.memory_zone():
        data = rich_doc(vocab).to_json()
        inside = Doc(vocab).from_json(data)
        inside.spans["new"] = [Span(inside, 0, 1, label="only-in-the-zone")]
        assert inside.to_json()["spans"]["new"][0]["label"] == "only-in-the-zone"
    assert inside.to_json() == {**data, "spans": {**data["spans"], "new": [
        {"start": 0, "end": 3, "label": "only-in-the-zone", "kb_id": ""}]}}
    assert contents(Doc(vocab).from_json(data)) == contents(rich_doc(vocab))


def test_damaged_json_never_leaves_half_a_document():
    # Anything at any place of it.
    rng = random.Random(6)
    values = [None, True, -1, 0, 3, 2**31 - 1, 2**31, 2**64, 1.5, "", "x", "\ud800", [], {}, [None],
              {"start": 0, "end": 3, "label": "X"}]

    def damage(part):
        while True:
            keys = list(part) if isinstance(part, dict) else range(len(part))
            if not keys:
                return
            key = rng.choice(list(keys))
            if isinstance(part[key], (dict, list)) and rng.random() < 0.8:
                part = part[key]
                continue
            if rng.random() < 0.2:
                del part[key]
            else:
                part[key] = copy.deepcopy(rng.choice(values))
            return
    doc = rich_doc(Vocab())
    doc.spans["g"].attrs["a"] = [1]
    doc.spans["g"].name = "other"
    doc[0].norm_ = "they"
    doc.user_data.update({("._.", "x", 4, None): 1, ("._.", "x", 0, 3): 2, ("._.", "x", None, None): 3})
    good, vocab = doc.to_json(["x"]), Vocab()
    read = failed = 0
    for _ in range(3000):
        data = copy.deepcopy(good)
        for _ in range(rng.choice([1, 1, 2])):
            damage(data)
        doc = Doc(vocab)
        try:
            doc.from_json(data)
        except ValueError as error:
            failed += 1
            assert str(error).startswith(("text", "tokens", "ents", "sents", "cats", "spans", "span_groups", "_", "underscore"))
            assert len(doc) == 0 and dict(doc.spans) == {} and doc.user_data == {} and doc.cats == {} and not doc.sentiment
        else:
            read += 1
            assert contents(Doc(vocab).from_json(doc.to_json([key[1] for key in doc.user_data]))) == contents(doc)
    assert read > 100 and failed > 1000


def test_a_treebanks_size_of_document():
    n = 50_000
    doc = Doc(lexarray.blank("en").vocab, words=[f"w{i % 999}" for i in range(n)],
              heads=[max(i - 1, 0) for i in range(n)], deps=["x"] * n)
    read, data = there_and_back(doc)
    assert len(data["tokens"]) == n and read.text == doc.text and (read.to_array(COLUMNS) == doc.to_array(COLUMNS)).all()
