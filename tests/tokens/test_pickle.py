"""Tokens, spans, groups, extensions and DocBins: bytes, pickles and copies."""

import copy
import gc
import pickle
import random
import weakref

import pytest
from lexarray._message_pack import pack, unpack
from lexarray.errors import StaleViewError
from lexarray.tokens import Doc, DocBin, Span, Token
from lexarray.tokens.span_group import SpanGroup, SpanGroups
from lexarray.vocab import Vocab

# What spaCy 3.8 writes for the groups of make() with spacy.tokens: doc.spans["g"].to_bytes(), and doc.spans.to_bytes().
SPACY_GROUP = (b"\x83\xa4name\xa1g\xa5attrs\x80\xa5spans\x91\xc4(A\x17\xb8\xffqDE\xbfx P\xc2'\xf8\xa4\xa8\x93%\x9eN'\x1c(\x89"
               b"\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x03")
SPACY_GROUPS = (b"\x82\xc4@" + SPACY_GROUP + b"\x92\xa1g\xa2g2\xc4C\x83\xa4name\xa1h\xa5attrs\x81\xa1x\x01\xa5spans\x91\xc4("
                + bytes(31) + b"\x01" + bytes(7) + b"\x01" + b"\x91\xa1h")
VOCAB = Vocab()


def make(vocab=None):
    doc = Doc(vocab or Vocab(), words=["a", "b", "c", "d"], spaces=[True, True, True, False])
    doc.spans["g"] = [Span(doc, 0, 2, label="L", kb_id="K", span_id="I")]
    doc.spans["g2"] = doc.spans["g"].copy()
    doc.spans["h"] = SpanGroup(doc, name="h", attrs={"x": 1}, spans=[doc[0:1]])
    return doc


def spans_of(group):
    return [(s.start, s.end, s.start_char, s.end_char, s.label_, s.kb_id_, s.id_) for s in group]


def all_of(groups):
    return {key: (group.name, group.attrs, spans_of(group)) for key, group in groups.items()}


def through_pickle(value, protocol=pickle.HIGHEST_PROTOCOL):
    return pickle.loads(pickle.dumps(value, protocol))


# ---- bytes of groups ----

def test_bytes_of_groups():
    doc = make()
    other = make(doc.vocab)
    other.spans.clear()
    data = doc.spans.to_bytes()
    groups = other.spans
    assert groups.from_bytes(data) is groups is other.spans
    assert all_of(groups) == all_of(doc.spans) and list(groups) == ["g", "g2", "h"] and groups["g2"].name == "g"
    assert all(group.doc is other for group in groups.values())
    group = SpanGroup(other, name="n", attrs={"old": 1}, spans=[other[1:2]])
    assert group.from_bytes(doc.spans["h"].to_bytes()) is group
    assert (group.name, group.attrs, spans_of(group)) == ("h", {"x": 1}, spans_of(doc.spans["h"]))
    group.append(other[1:3])
    assert [span.text for span in group] == ["a", "b c"]
    # Into another vocabulary, since the texts travel with them; what was there is replaced.
    far = make(Vocab())
    far.spans["old"] = [far[0:1]]
    assert all_of(far.spans.from_bytes(data)) == all_of(doc.spans) and far.spans["g"][0].label_ == "L"
    far = Doc(Vocab(), words=list("abcd"))
    assert SpanGroup(far).from_bytes(doc.spans["g"].to_bytes())[0].kb_id_ == "K"
    # Without groups.
    assert Doc(Vocab()).spans.to_bytes() == b"\x90"
    for nothing in (b"\x90", b""):
        far.spans["old"] = [far[0:1]]
        assert dict(far.spans.from_bytes(nothing)) == {} == dict(far.spans)
    assert far.spans.from_bytes(memoryview(data)).to_bytes() == data


def test_few_bytes_do_not_claim_much_memory():
    # A group that several names have is stored once; a large one with many names would be read many times.
    doc = make()
    before = all_of(doc.spans)
    group = pack({"name": "n", "attrs": {}, "spans": [bytes(40)] * 1000})
    fits = (1 << 24) // len(group) + 1
    for n_more in (1, 100_000):
        data = pack({group: [f"{i}" for i in range(fits + n_more)]})
        with pytest.raises(ValueError, match="^group '0': it and other groups that are the same come to more than 16,777,216 bytes"):
            doc.spans.from_bytes(data)
        assert all_of(doc.spans) == before
    two = pack({group: [f"{i}" for i in range(fits // 2 + 2)], group.replace(b"n", b"m", 1): [f"x{i}" for i in range(fits // 2 + 2)]})
    with pytest.raises(ValueError, match="group 'x0'"):
        doc.spans.from_bytes(two)
    assert all_of(doc.spans) == before
    # Any number of names for little, as before; what could not be read is not written either.
    small = doc.spans["g"]
    doc.spans.clear()
    for i in range(2000):
        doc.spans[str(i)] = small
    assert len(make(doc.vocab).spans.from_bytes(doc.spans.to_bytes())) == 2000
    small.extend(list(small) * 5000)
    with pytest.raises(ValueError, match="come to more than"):
        doc.spans.to_bytes()


def test_bytes_of_spacy():
    vocab, ours = Vocab(), make()
    doc = Doc(vocab, words=list("abcd"))
    with pytest.raises(ValueError, match="group 'g': span 0: no text is stored for the key"):
        doc.spans.from_bytes(SPACY_GROUPS)                  # they have no texts
    assert dict(doc.spans) == {}
    for text in "LKI":
        vocab.strings.add(text)
    assert all_of(doc.spans.from_bytes(SPACY_GROUPS)) == all_of(ours.spans)
    assert spans_of(SpanGroup(doc).from_bytes(SPACY_GROUP)) == spans_of(ours.spans["g"])
    # Ours are the same, and texts, which spaCy ignores.
    parts = unpack(ours.spans["g"].to_bytes())
    assert parts.pop("strings") == ["I", "K", "L"] and pack(parts) == SPACY_GROUP
    assert list(unpack(ours.spans.to_bytes()).values()) == [["g", "g2"], ["h"]]


def test_damaged_bytes_of_groups_change_nothing():
    doc = make()
    before = all_of(doc.spans)
    data, one = doc.spans.to_bytes(), doc.spans["g"].to_bytes()
    for size in range(1, len(data)):
        with pytest.raises(ValueError):
            doc.spans.from_bytes(data[:size])
    for size in range(len(one)):
        with pytest.raises(ValueError):
            doc.spans["h"].from_bytes(one[:size])
    assert all_of(doc.spans) == before
    for wrong, message in [(pack([1]), "expected one map"), (data + b"\0", "and more"), (pack({1: ["x"]}), "bytes of a group"),
                           (pack({one: ["x", "x"]}), "two groups of the name 'x'"), (pack({one: [5]}), "name is no str"),
                           (pack({pack({"name": "x", "attrs": {}, "spans": [bytes(39)]}): ["x"]}),
                            "group 'x': span 0: expected 40 bytes"),
                           (pack({pack({"name": "x", "attrs": {}, "spans": [], "strings": [5]}): ["x"]}),
                            "strings: expected a str"),
                           (pack({pack({"name": "x", "attrs": {}, "spans": [], "more": 1}): ["x"]}), "expected a name, attrs")]:
        with pytest.raises(ValueError, match=message):
            doc.spans.from_bytes(wrong)
    short = Doc(doc.vocab, words=["a"])
    with pytest.raises(ValueError, match="group 'g': span 0: tokens 0 to 2 are outside the document of 1 tokens"):
        short.spans.from_bytes(data)
    assert dict(short.spans) == {}
    for read in (doc.spans.from_bytes, doc.spans["g"].from_bytes):
        with pytest.raises(TypeError, match="expected bytes, got str: 'x'"):
            read("x")
    rng = random.Random(6)
    for _ in range(3000):
        damaged = bytearray(data)
        for _ in range(rng.choice([1, 1, 3])):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        try:
            doc.spans.from_bytes(damaged)
        except ValueError:
            assert all_of(doc.spans) == before
        else:
            assert all(0 <= s.start <= s.end <= 4 for group in doc.spans.values() for s in group)
            doc.spans.from_bytes(data)
    assert all_of(doc.spans) == before
    doc.spans["h"].attrs["bad"] = object()
    with pytest.raises(TypeError, match="group 'h': .*object"):
        doc.spans.to_bytes()
    group = SpanGroup(Doc(Vocab(), words=["a"]), name="lost")
    with pytest.raises(RuntimeError, match="the Doc of the SpanGroup 'lost' is gone"):
        group.to_bytes()


# ---- pickles ----

@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_views(protocol):
    doc = make(VOCAB)
    span = Span(doc, 1, 3, label="L", kb_id="K", span_id="I")
    got = through_pickle([doc, doc[2], span, doc[0:0], doc[3]._, doc], protocol)
    assert got[0] is got[5] is not doc and got[0].text == doc.text and got[0].vocab is not VOCAB
    assert all(view.doc is got[0] for view in got[1:4])
    assert isinstance(got[1], Token) and got[1].i == 2 and got[1].text == "c"
    assert isinstance(got[2], Span) and spans_of([got[2]]) == spans_of([span]) and spans_of([got[3]]) == spans_of([doc[0:0]])
    iterator = iter(doc[1:])
    next(iterator)
    assert [token.i for token in through_pickle(iterator, protocol)] == [2, 3] == [token.i for token in copy.copy(iterator)]
    assert through_pickle(doc[1], protocol).doc.text == doc.text            # a view alone brings its document


def test_extensions_of_what_is_pickled():
    for cls in (Doc, Token, Span):
        cls.set_extension("pickled", default=None, force=True)
    doc = make(VOCAB)
    doc._.pickled, doc[1]._.pickled, doc[0:2]._.pickled = "doc", "token", "span"
    for underscore, value in ((doc._, "doc"), (doc[1]._, "token"), (doc[0:2]._, "span")):
        for other in (through_pickle(underscore), copy.deepcopy(underscore)):
            assert other.pickled == value
            other.pickled = "new"
            assert underscore.pickled == value
        same = copy.copy(underscore)
        same.pickled = [value]
        assert underscore.pickled == [value]
    for cls in (Doc, Token, Span):
        cls.remove_extension("pickled")


def test_groups():
    doc = make(VOCAB)
    got, group, groups, again = through_pickle((doc, doc.spans["h"], doc.spans, doc.spans["h"]))
    assert group is again is got.spans["h"] and groups is got.spans and group.doc is got
    assert all_of(groups) == all_of(doc.spans)
    # Alone they keep their document.
    group, groups = through_pickle(doc.spans["h"]), through_pickle(doc.spans)
    gc.collect()
    assert group.doc.text == doc.text and group.doc.spans["h"] is group and [span.text for span in group] == ["a"]
    assert all_of(groups) == all_of(doc.spans) and groups["g"].doc.text == doc.text
    groups["new"] = [groups["g"].doc[0:4]]
    # Those that are not in doc.spans.
    loose = SpanGroup(doc, name="loose", attrs={"k": [1]}, spans=[Span(doc, 1, 4, label="L", span_id="I"), doc[4:4]])
    group = through_pickle(loose)
    gc.collect()
    assert (group.name, group.attrs, spans_of(group)) == ("loose", {"k": [1]}, spans_of(loose)) and "loose" not in group.doc.spans
    got, group = through_pickle((doc, loose))
    assert group.doc is got
    copied = through_pickle(doc.spans.copy())
    gc.collect()
    assert all_of(copied) == all_of(doc.spans) and copied["g"].doc.spans is not copied


@pytest.mark.parametrize("take", [lambda doc: doc.spans["h"], lambda doc: doc.spans, lambda doc: doc.spans.copy(),
                                  lambda doc: SpanGroup(doc, spans=[doc[0:1]])])
def test_groups_that_keep_their_document_do_not_leak(take):
    doc = make(VOCAB)
    group = through_pickle(take(doc))
    doc = weakref.ref(group.doc if isinstance(group, SpanGroup) else group["g"].doc)
    gc.collect()
    assert doc() is not None
    del group
    gc.collect()
    assert doc() is None


def test_stale_views():
    doc = make(VOCAB)
    loose = SpanGroup(doc, name="loose", spans=[doc[0:2]])
    stale = [iter(doc), doc[1], doc[0:2], doc[1]._, doc[0:2]._, loose]
    with doc.retokenize() as retokenizer:
        for work in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="a Retokenizer can be neither pickled nor copied"):
                work(retokenizer)
        retokenizer.merge(doc[2:4])
    for view in stale:
        for work in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(StaleViewError):
                work(view)
    assert [span.text for span in through_pickle(doc.spans["g"])] == ["a b"]
    for cls in (Token, Span):
        with pytest.raises(ValueError, match="never initialised"):
            pickle.dumps(cls.__new__(cls))
    group = SpanGroup(Doc(Vocab(), words=["a"]), name="lost")
    with pytest.raises(RuntimeError, match="is gone"):
        pickle.dumps(group)


def test_bins():
    class Mine(DocBin):
        pass
    docs = [make(VOCAB), Doc(VOCAB, words=["x"])]
    docs[0].user_data["k"] = [1]
    bin = DocBin(attrs=["LEMMA", "TAG"], store_user_data=True, docs=docs)
    for other in (through_pickle(bin), copy.copy(bin), copy.deepcopy(bin)):
        assert other is not bin and type(other) is DocBin and other.attrs == bin.attrs and other.store_user_data
        assert other.to_bytes() == bin.to_bytes() and len(other) == 2 and other.strings == bin.strings
        other.add(docs[1])
        assert len(other) == 3 and len(bin) == 2
        read = list(other.get_docs(Vocab()))
        assert [doc.text for doc in read] == [docs[0].text, "x ", "x "] and all_of(read[0].spans) == all_of(docs[0].spans)
        assert read[0].user_data == {"k": [1]}
    globals()["Mine"] = Mine
    Mine.__qualname__ = "Mine"
    assert type(through_pickle(Mine(docs=docs))) is Mine
    assert len(through_pickle(DocBin())) == 0


# ---- copies ----

def test_shallow_copies():
    doc = make()
    token, span = doc[1], Span(doc, 1, 3, label="L", kb_id="K")
    assert copy.copy(token) == token and copy.copy(token).doc is doc
    assert copy.copy(span) == span and copy.copy(span) is not span and copy.copy(span).kb_id_ == "K"
    group = copy.copy(doc.spans["h"])
    assert group is not doc.spans["h"] and group.doc is doc and spans_of(group) == spans_of(doc.spans["h"])
    group.append(doc[1:2])
    assert len(doc.spans["h"]) == 1
    groups = copy.copy(doc.spans)
    del groups["g"]
    assert isinstance(groups, SpanGroups) and "g" in doc.spans and groups["h"] is not doc.spans["h"]
    doc.user_data["k"] = inner = [1]
    other = copy.copy(doc)
    assert other is not doc and other.text == doc.text and other.user_data["k"] is inner and other.vocab is doc.vocab
    other.user_data["new"] = 1
    assert "new" not in doc.user_data


def test_deep_copies():
    doc = make()
    doc.cats = {"A": 1.0}
    doc.spans["h"].attrs["list"] = [1]
    doc.user_data.update(k=[1], token=doc[1], me=doc, group=doc.spans["h"], vocab=doc.vocab, words={"s": (doc[0:2], {1})})
    doc.user_hooks["sentiment"] = len
    other = copy.deepcopy(doc)
    assert other is not doc and other.vocab is doc.vocab and other.text == doc.text and all_of(other.spans) == all_of(doc.spans)
    data = other.user_data
    assert data["k"] == [1] and data["k"] is not doc.user_data["k"] and data["me"] is other and data["vocab"] is doc.vocab
    assert data["token"].doc is other and data["token"].i == 1 and data["group"] is other.spans["h"]
    assert data["words"]["s"][0].doc is other and data["words"]["s"][1] == {1}
    data["k"].append(2)
    other.spans["h"].attrs["list"].append(2)
    other.cats["B"] = 2.0
    assert doc.user_data["k"] == [1] and doc.spans["h"].attrs["list"] == [1] and doc.cats == {"A": 1.0}
    assert other.sentiment == 4
    token, span, group, one = copy.deepcopy([doc[1], Span(doc, 1, 3, label="L"), doc.spans["h"], doc])
    assert token.doc is span.doc is group.doc is one is not doc and span.label_ == "L" and one.spans["h"] is group
    alone = copy.deepcopy(doc.spans["h"])
    gc.collect()
    assert alone.doc is not doc and alone.doc.text == doc.text and alone.attrs == doc.spans["h"].attrs
    groups = copy.deepcopy(doc.spans)
    gc.collect()
    assert all_of(groups) == all_of(doc.spans) and groups["g"].doc is not doc
    assert copy.deepcopy(Doc(doc.vocab)).user_data == {}


def test_deep_copies_share_the_vocabulary_with_the_words_in_user_data():
    doc = make()
    doc.user_data.update(word=doc.vocab["a"], words=doc.vocab.strings, morph=doc[0].morph)
    for other in (copy.deepcopy(doc), copy.deepcopy([doc, doc.vocab["a"]])[0], copy.deepcopy({"doc": doc})["doc"]):
        gc.collect()
        assert other is not doc and other.vocab is doc.vocab
        assert other.user_data["word"].vocab is doc.vocab and other.user_data["word"] == doc.vocab["a"]
        assert other.user_data["words"] is doc.vocab.strings
    word = copy.deepcopy([doc, doc.vocab["a"]])[1]
    assert word.vocab is doc.vocab and word.text == "a"
