"""DocBin: every layer there and back, spaCy's bytes, merging, bytes that are damaged; MessagePack."""

import base64
import collections
import random
import sys
import threading
import zlib

import lexarray
import numpy
import pytest
from hypothesis import given, strategies as st
from lexarray._message_pack import pack, unpack
from lexarray.attrs import IDS
from lexarray.errors import DocBinError
from lexarray.tokens import Doc, DocBin, Span
from lexarray.tokens.span_group import SpanGroup
from lexarray.vocab import Vocab
from reference.documents import contents, documents, sample

# What spaCy 3.8 writes for the three documents of golden_docs(): the same code with spacy.tokens for lexarray.tokens, and
# then DocBin(store_user_data=True, docs=docs).to_bytes().
GOLDEN = base64.b64decode("""
eJzrWl6WWlScmZ+32EDPcGliSUlR8VxHZ08vbx9fP/+As4xHzjIePct4bFlJfnZqXvFRphvSZrZJ/ZbPPKatdos6LGP06iLLi9qyvK7YeAYI
uKNqr6/wrW3vWkYIn4kBFTCi0TBQvM75cMH6BZww/l1+kTfiD2Mmw+iQH98tf8+NX5oClRf6K7TyTrjnQZ8Lte+XHHlSiG4PDPyHAhj/BJrF
G/dMmdb/WSnj00vfT2x8Pxxh/ASovKDV9QOPmw1vB3urK33btzqRGSrewIjqD5g9N3luav/N2t4Hs2fJlu971860T9jC4XP9Ve3sXJ3pR2v3
as1Qg/HR7VmAZi7Mnn//UQEu/yTIPbq3lu3UJ3Q6ESq/6NAanzc369fvRY8AKPhLpD2t2ivq+Ssluqp1QxcVM9x7hd00wgCHM+Ag1unDtoNl
5zJhNLn2EALLigsSk1OLj7AzMgKdxMi4PCc1L70ko/gIDysDIhUvLy4pysxLL77DIL9goeJCvS3OicWptn75uTV+pblJqUW2wUDZxe4Bros8
Mhf7+QUs9kstXxwQFLAo0HBxoJnBkiB//5DFwRmpi8OcohZGLIxcEplflL0iOT+3IL80L2VJSn5S1qKMzMWZKYZAbLQ4L7V8aV5xaVLW0oLS
vOSSxcUZqUuKgTYsBRHFS0oyUiuXVAJNWFyZX7okObGkeHLTQsfT9h8gjl3odNr+AYTZ0LA0LScxvXhy46aMxOL40rzsvPzyvHiInw9hEzyM
VeVqIJ0Xn16UX1pQPPnI9KYjWc1L8hJzUxemQ8qOhqUgBcWTjmhUru4pbHLfJVwc+7s5vljZGxqAqVAaFqCcRzTQY+J1SmpY0sqOSAZI4gBl
OBYg5p20MH1JMdCuI7IQO5fmA/1fBLG3cWEiI8TqCRMXZhxhnABEK0uLU4viUxJLEicfkWpamD2Z8bQDC8SKA1MW68XrLaxgObCw7AhjAxAB
AMF1hzE=
""")
LAYERS = ("orth", "norm", "tag", "dep", "lemma", "pos", "ent_iob", "ent_type", "ent_kb_id", "ent_id", "sent_start")
COLUMNS = ("ORTH", "NORM", "TAG", "DEP", "LEMMA", "POS", "ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "ENT_ID", "SENT_START", "MORPH",
           "HEAD", "SPACY")


def golden_docs(vocab):
    return [sample(vocab), Doc(vocab, words=["Hi", "you"]), Doc(vocab)]


def again(docs, vocab=None, **arguments):
    data = DocBin(docs=docs, **arguments).to_bytes()
    return list(DocBin().from_bytes(data).get_docs(Vocab() if vocab is None else vocab))


def raw_parts(data):
    return unpack(zlib.decompress(data))


def packed(parts):
    return zlib.compress(pack(parts))


def all_of(data, vocab=None):
    return list(DocBin().from_bytes(data).get_docs(Vocab() if vocab is None else vocab))


# ---- spaCy's bytes ----

def test_what_spacy_wrote_is_read():
    bin = DocBin().from_bytes(GOLDEN)
    assert len(bin) == 3 and bin.store_user_data
    for doc, expected in zip(bin.get_docs(Vocab()), golden_docs(Vocab()), strict=True):
        found, expected = contents(doc), contents(expected)
        if found["starts"]:                     # spaCy starts a sentence with every first token
            assert found["starts"].pop(0) is True and found["starts"] == expected["starts"][1:]
            expected["starts"].pop(0)
        assert found == expected


def test_what_spacy_would_write_is_written():
    vocab = Vocab()
    bin = DocBin(store_user_data=True, docs=golden_docs(vocab))
    theirs, ours = raw_parts(GOLDEN), raw_parts(bin.to_bytes())
    assert list(ours) == list(theirs)
    values = numpy.frombuffer(ours.pop("tokens"), "<u8").reshape(-1, 13), numpy.frombuffer(theirs.pop("tokens"), "<u8").reshape(-1, 13)
    differing = numpy.argwhere(values[0] != values[1]).tolist()
    column = theirs["attrs"].index(IDS["SENT_START"])
    norm, morph = theirs["attrs"].index(IDS["NORM"]), theirs["attrs"].index(IDS["MORPH"])
    # Unset here: whether the first word of "Hi you" starts a sentence. Rules of English that a bare Vocab does not have: norms.
    assert [5, column] in differing
    assert all(place[1] in (column, norm, morph) for place in differing)
    assert set(theirs.pop("strings")) >= set(ours.pop("strings")) - {"_"}
    assert ours == theirs


def test_reading_and_writing_gives_the_same_bytes():
    docs = all_of(GOLDEN, lexarray.blank("en").vocab)
    assert zlib.decompress(DocBin(store_user_data=True, docs=docs).to_bytes()) == zlib.decompress(GOLDEN)
    bin = DocBin().from_bytes(GOLDEN)
    assert zlib.decompress(bin.to_bytes()) == zlib.decompress(GOLDEN)
    assert zlib.decompress(DocBin().from_bytes(bin.to_bytes()).to_bytes()) == zlib.decompress(GOLDEN)


# ---- there and back ----

VOCAB = Vocab()


@given(docs=st.lists(documents(VOCAB), max_size=4), data=st.data())
def test_every_layer_comes_back(docs, data):
    expected = [contents(doc) for doc in docs]
    for vocab in (VOCAB, Vocab()):
        found = again(docs, vocab, store_user_data=True)
        assert [contents(doc) for doc in found] == expected
        if vocab is VOCAB:
            for one, other in zip(docs, found):
                assert (one.to_array(COLUMNS) == other.to_array(COLUMNS)).all()
    bin = DocBin(docs=docs, store_user_data=True)
    at = data.draw(st.integers(0, len(docs)))
    merged = DocBin(docs=docs[:at], store_user_data=True)
    merged.merge(DocBin(docs=docs[at:], store_user_data=True))
    assert merged.to_bytes() == bin.to_bytes()


def test_attrs_select():
    docs = golden_docs(Vocab())
    doc = again(docs, attrs=["TAG", "SPACY", "LEMMA"])[0]
    assert [t.tag_ for t in doc] == [t.tag_ for t in docs[0]] and [t.lemma_ for t in doc] == [t.lemma_ for t in docs[0]]
    assert doc.text == docs[0].text and not doc.has_annotation("DEP") and not doc.ents and doc.user_data == {}
    assert doc.cats == docs[0].cats and list(doc.spans) == ["g", "same", "h"]
    assert DocBin(attrs=["TAG", "SPACY", "LEMMA", "IS_ALPHA"]).attrs == [65, 1, 73, 75]
    assert DocBin(attrs=[]).attrs == [65] and [d.text for d in again(docs, attrs=())] == [d.text for d in docs]
    doc = again(docs, attrs=["HEAD", "DEP", "ENT_TYPE", "LOWER", "IS_ALPHA", "LENGTH"])[0]
    assert [t.is_sent_start for t in doc] == [True, False, False, False, False]
    assert [(e.text, e.label_) for e in doc.ents] == [("New York", "GPE")] and doc[0].lower_ == "she"
    with pytest.raises(KeyError, match="NOPE"):
        DocBin(attrs=["NOPE"])
    with pytest.raises(TypeError, match="TAG"):
        DocBin(attrs="TAG")


def test_what_is_in_it():
    docs = golden_docs(Vocab())
    bin = DocBin(docs=docs)
    assert len(bin) == 3 and [array.shape for array in bin.tokens] == [(5, 13), (2, 13), (0, 13)]
    assert (bin.tokens[0] == docs[0].to_array(bin.attrs)).all() and bin.tokens[0].dtype == numpy.uint64
    assert [spaces.ravel().tolist() for spaces in bin.spaces] == [[True, True, True, False, False], [True, True], []]
    assert bin.cats == [{"A": 1.0, "B": 0.5}, {}, {}] and bin.flags[1] == {"has_unknown_spaces": True}
    assert {"She", "Q60", "id1", "Case=Nom|Number=Sing", "Hi"} < bin.strings and bin.span_groups[1] == b"\x90"
    assert bin.user_data == [] and not bin.store_user_data and repr(bin) == "<DocBin of 3 documents>"


def test_documents_of_zones_and_of_other_vocabularies():
    nlp, other = lexarray.blank("en"), lexarray.blank("en")
    bin = DocBin()
    with nlp.memory_zone():
        outliving = nlp("qwzx frobnicates")
        bin.add(outliving)
    bin.add(outliving)
    bin.add(other("frobnicates twice"))
    texts = ["qwzx frobnicates", "qwzx frobnicates", "frobnicates twice"]
    assert [doc.text for doc in bin.get_docs(Vocab())] == texts
    vocab, n = nlp.vocab, len(nlp.vocab.strings)
    with nlp.memory_zone():
        docs = list(bin.get_docs(vocab))
    assert [doc.text for doc in docs] == texts and len(vocab.strings) == n
    docs = bin.get_docs(vocab)
    with nlp.memory_zone():
        first = next(docs)
    assert [first.text, *[doc.text for doc in docs]] == texts


def test_adding_is_all_or_nothing():
    bin = DocBin(store_user_data=True)
    vocab = Vocab()
    for name, value in (("user_data", {"x": object()}), ("cats", {"x": {1}}), ("user_data", {"x": 1 << 64})):
        doc = Doc(vocab, words=["a"])
        setattr(doc, name, value)
        with pytest.raises((TypeError, ValueError), match=f"document 0: {name}"):
            bin.add(doc)
        assert len(bin) == 0 and raw_parts(bin.to_bytes())["lengths"] == b""
    with pytest.raises(TypeError):
        bin.add("text")
    bin.store_user_data = False
    bin.add(Doc(vocab, words=["a"]))
    bin.store_user_data = True
    with pytest.raises(ValueError, match="store_user_data was changed"):
        bin.to_bytes()


def test_arrays_of_numpy_in_user_data():
    doc = Doc(Vocab(), words=["a"])
    doc.user_data = {"a": numpy.arange(6, dtype="f4").reshape(2, 3), "n": numpy.float64(2.5), "i": numpy.int32(7)}
    data = again([doc], store_user_data=True)[0].user_data
    assert data["a"].shape == (2, 3) and data["a"].dtype == numpy.float32 and (data["a"] == doc.user_data["a"]).all()
    assert data["n"] == 2.5 and data["i"] == 7 and data["i"].dtype == numpy.int32


def test_merging():
    docs = golden_docs(Vocab())
    bin = DocBin(docs=docs[:1])
    bin.merge(bin)
    bin.merge(DocBin(docs=docs[1:]))
    assert [doc.text for doc in bin.get_docs(Vocab())] == [docs[0].text, *[doc.text for doc in docs]]
    with pytest.raises(ValueError, match="attrs TAG, ORTH|attrs ORTH, TAG"):
        bin.merge(DocBin(attrs=["TAG"]))
    with pytest.raises(ValueError, match="store_user_data"):
        bin.merge(DocBin(store_user_data=True))
    assert len(bin) == 4


def test_files(tmp_path):
    path = tmp_path / "x.spacy"
    path.write_bytes(b"before")
    bin = DocBin(docs=golden_docs(Vocab()), store_user_data=True)
    bin.to_disk(path)
    assert path.read_bytes() == bin.to_bytes() and list(tmp_path.iterdir()) == [path]
    found = DocBin()
    assert found.from_disk(str(path)) is found and found.to_bytes() == bin.to_bytes()
    path.write_bytes(bin.to_bytes()[:-9])
    with pytest.raises(DocBinError, match="x.spacy: no DocBin, or damaged: .*truncated"):
        found.from_disk(path)
    assert len(found) == 3
    with pytest.raises(FileNotFoundError):
        found.from_disk(tmp_path / "none")


def test_a_bin_that_changes_while_its_documents_are_made():
    few, many = DocBin(docs=golden_docs(Vocab())[:1]).to_bytes(), DocBin(docs=golden_docs(Vocab()) * 3).to_bytes()
    bin = DocBin().from_bytes(many)
    vocab, seen = Vocab(), []
    vocab.lex_attr_getters[IDS["LIKE_NUM"]] = lambda text: seen.append(text) or (len(seen) == 7 and bin.from_bytes(few) is None)
    docs = bin.get_docs(vocab)
    assert next(docs).text == "She sings New York!"
    assert [doc.text for doc in docs] == ["Hi you "] and len(bin) == 1
    bin = DocBin().from_bytes(few)
    docs = bin.get_docs(Vocab())
    next(docs)
    bin.add(golden_docs(Vocab())[1])
    assert [doc.text for doc in docs] == ["Hi you "]


def test_threads_share_a_bin():
    docs = golden_docs(Vocab())
    few, many = (DocBin(docs=docs * n, store_user_data=True).to_bytes() for n in (1, 20))
    bin, failures, over = DocBin(store_user_data=True), [], threading.Event()
    texts = {doc.text for doc in docs}

    def repeat(work):
        while not over.is_set():
            try:
                work()
            except Exception as error:
                failures.append(error)

    def check():
        for one in (bin, DocBin().from_bytes(bin.to_bytes())):
            if not {doc.text for doc in one.get_docs(VOCAB)} <= texts:
                raise ValueError("other documents")

    threads = [threading.Thread(target=repeat, args=(work,)) for work in (
        lambda: bin.add(docs[0]), lambda: bin.merge(DocBin().from_bytes(few)), check, check,
        lambda: bin.from_bytes(many if len(bin) % 2 else few))]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        over.wait(1)
    finally:
        over.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(interval)
    assert failures == []
    check()


def test_large_ones_are_packed_in_segments(monkeypatch):
    vocab, chance = Vocab(), random.Random(1)
    words = [f"w{i}" for i in range(5000)]
    docs = [Doc(vocab, words=chance.choices(words, k=chance.randrange(3000))) for _ in range(30)]
    bin = DocBin(docs=docs)
    data = bin.to_bytes()
    raw = zlib.decompress(data)
    assert len(raw) > 4 << 20 and len(data) < len(zlib.compress(raw, 6)) * 1.001
    assert [doc.text for doc in all_of(data)] == [doc.text for doc in docs]
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0}, raising=False)
    assert bin.to_bytes() == data
    half = DocBin().from_bytes(data)
    for n in (2, len(data) // 2, len(data) - 1):
        with pytest.raises(DocBinError):
            half.from_bytes(data[:n])
    assert half.to_bytes() == data


# ---- bytes that are damaged ----

def test_every_prefix_is_an_error():
    bin = DocBin(attrs=["TAG"])
    for n in range(len(GOLDEN)):
        with pytest.raises(DocBinError):
            bin.from_bytes(GOLDEN[:n])
    raw = zlib.decompress(GOLDEN)
    for n in range(len(raw)):
        with pytest.raises(DocBinError):
            bin.from_bytes(zlib.compress(raw[:n]))
    with pytest.raises(DocBinError, match="something follows the end"):
        bin.from_bytes(GOLDEN + b"\0")
    with pytest.raises(DocBinError, match="more follows"):
        bin.from_bytes(zlib.compress(raw + b"\0"))
    assert len(bin) == 0 and bin.attrs == [65, 75]


def test_flipped_bits_are_errors_or_other_documents():
    chance = random.Random(1)
    raw = zlib.decompress(GOLDEN)
    n_errors = 0
    for data, pack_again in ((GOLDEN, bytes), (raw, zlib.compress)):
        for _ in range(3000):
            damaged = bytearray(data)
            for _ in range(chance.choice((1, 1, 2, 5))):
                damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
            bin = DocBin()
            try:
                bin.from_bytes(pack_again(damaged))
                for doc in bin.get_docs(VOCAB):
                    contents(doc)
                    doc.copy()
            except DocBinError:
                n_errors += 1
    assert n_errors > 4000


@pytest.mark.parametrize("data", [b"", b"x", b"not a DocBin", zlib.compress(b""), zlib.compress(b"{}"), zlib.compress(pack([1])),
                                  zlib.compress(pack("attrs")), packed({}), packed({1: 2}), b"PK\x03\x04" * 100])
def test_no_docbin(data):
    with pytest.raises(DocBinError, match="no DocBin, or damaged: "):
        DocBin().from_bytes(data)


@pytest.mark.parametrize("change, message", [
    ({"version": "0.2"}, "version: it is '0.2'"),
    ({"more": 1}, "more: this version knows no such part"),
    ({"attrs": [65, 99999]}, "attrs: 99999 is no attribute's id"),
    ({"attrs": [65, 67, 67] + list(range(73, 81)) + [452, 453]}, "attrs: an attribute is there twice"),
    ({"attrs": list(range(67, 80))}, "attrs: .*is no attribute's id|attrs: ORTH is missing"),
    ({"attrs": "x"}, "attrs: byte .* where an array has to begin"),
    ({"attrs": [True]}, "attrs: True is no attribute's id"),
    ({"attrs": [65]}, "tokens: token 7 is empty: its ORTH is 0"),
    ({"attrs": [65, 73, 74]}, "tokens: 728 bytes are not a whole number of rows"),
    ({"tokens": bytes(728)}, "tokens: token 0 is empty"),
    ({"tokens": "x"}, "where a string of bytes has to begin"),
    ({"spaces": b"\1" * 6}, "spaces: 6 tokens with 13 attrs have 624 bytes, but tokens have 728"),
    ({"spaces": b"\2" * 7}, "spaces: a value is neither 0 nor 1"),
    ({"lengths": b"\5\0\0"}, "lengths: 3 bytes"),
    ({"lengths": bytes([5, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0])}, "make 8 tokens, but there are 7"),
    ({"lengths": bytes([9, 0, 0, 0, 254, 255, 255, 255, 0, 0, 0, 0])}, "document 1 would have -2 tokens"),
    ({"lengths": bytes([5, 0, 0, 0, 2, 0, 0, 0])}, "cats: 3 items, but lengths are of 2 documents"),
    ({"strings": ["a", "b", "a"]}, "strings: item 2, 'a', is there twice"),
    ({"strings": [1]}, "strings: item 0 is no str"),
    ({"cats": [1, {}, {}]}, "cats: item 0 begins with 0x01, which is no map"),
    ({"flags": [{"x": True}, {}, {}]}, "flags: document 0 has 'x'"),
    ({"flags": [{"has_unknown_spaces": 1}, {}, {}]}, "flags: document 0 has 'has_unknown_spaces': 1"),
    ({"flags": [{}]}, "flags: 1 items"),
    ({"span_groups": ["", "", ""]}, "span_groups: item 0 is no bytes"),
    ({"user_data": []}, "user_data: 0 items"),
    ({"tokens": None}, "where a string of bytes"),
])
def test_parts_that_cannot_be(change, message):
    with pytest.raises(DocBinError, match=message):
        DocBin().from_bytes(packed(raw_parts(GOLDEN) | change))


def test_a_part_that_is_missing():
    for name in raw_parts(GOLDEN):
        parts = raw_parts(GOLDEN)
        del parts[name]
        if name in ("attrs", "tokens", "spaces", "lengths", "strings"):
            with pytest.raises(DocBinError, match=f"it has no '{name}'|tokens: attrs have to come before"):
                DocBin().from_bytes(packed(parts))
        else:                               # older files
            assert [doc.text for doc in all_of(packed(parts))] == ["She sings New York!", "Hi you ", ""]


def changed_tokens(**changes):
    parts = raw_parts(GOLDEN)
    values = numpy.frombuffer(parts["tokens"], "<u8").reshape(-1, 13).copy()
    for attr, (token, value) in changes.items():
        values[token, parts["attrs"].index(IDS[attr])] = value % (1 << 64)
    return packed(parts | {"tokens": values.tobytes()})


@pytest.mark.parametrize("changes, message", [
    ({"HEAD": (4, 1)}, r"document 0: token 4: its head \+1 is outside the Doc of 5 tokens"),
    ({"HEAD": (5, -1)}, "document 1: token 0: its head -1 is outside"),
    ({"HEAD": (0, 1 << 63)}, "document 0: token 0: its head -9223372036854775808 is outside"),
    ({"HEAD": (0, (1 << 32) + 1)}, r"document 0: token 0: its head \+4294967297 is outside"),
    ({"HEAD": (1, 1)}, "document 0: token 1: its heads form a cycle|document 0: token 2: its heads form a cycle|document 0"),
    ({"POS": (0, 3)}, "document 0: token 0: 3 is no universal part of speech"),
    ({"SENT_START": (6, 2)}, "document 1: token 1: SENT_START must be 1, 0 or -1, got 2"),
    ({"ENT_IOB": (1, 4)}, "document 0: token 1: ENT_IOB must be from 0 to 3, got 4"),
    ({"ORTH": (1, 123456789)}, "document 0: token 1: no text is stored for its ORTH 123456789"),
    ({"LEMMA": (1, 123456789)}, "document 0: token 1: no text is stored for its LEMMA 123456789"),
    ({"ENT_ID": (6, 123456789)}, "document 1: token 1: no text is stored for its ENT_ID 123456789"),
])
def test_values_that_cannot_be(changes, message):
    if changes == {"HEAD": (1, 1)}:
        changes = {"HEAD": (1, 2)}              # sings -> York -> sings
    bin = DocBin().from_bytes(changed_tokens(**changes))
    with pytest.raises(DocBinError, match=message):
        list(bin.get_docs(Vocab()))


@pytest.mark.parametrize("groups, message", [
    (b"\x91\x01", "expected one map"),
    (pack({}) + b"\0", "expected one map, got {} and more"),
    (pack({b"": ["x"]}), "group 'x': it ends at byte 0"),
    (pack({"x": ["x"]}), "expected the bytes of a group and its names"),
    (pack({pack({"name": "x", "attrs": {}, "spans": []}): [1]}), "name is no str"),
    (pack({pack({"name": "x", "attrs": {}, "spans": []}): ["x", "x"]}), "two groups of the name 'x'"),
    (pack({pack({"name": "x", "attrs": {}}): ["x"]}), "expected a name, attrs and spans"),
    (pack({pack({"name": "x", "attrs": {}, "spans": [bytes(39)]}): ["x"]}), "span 0: expected 40 bytes"),
    (pack({pack({"name": "x", "attrs": {}, "spans": [bytes(31) + b"\7" + bytes(8)]}): ["x"]}), "tokens 0 to 7 are outside"),
    (pack({pack({"name": "x", "attrs": {}, "spans": [bytes(24) + b"\xff" * 4 + bytes(12)]}): ["x"]}), "tokens -1 to 0 are outside"),
    (pack({pack({"name": "x", "attrs": {}, "spans": [b"\1" * 8 + bytes(32)]}): ["x"]}), "no text is stored for the key"),
])
def test_groups_that_cannot_be(groups, message):
    bin = DocBin().from_bytes(packed(raw_parts(GOLDEN) | {"span_groups": [groups, b"\x90", b"\x90"]}))
    with pytest.raises(DocBinError, match=f"document 0: span_groups: .*{message}"):
        list(bin.get_docs(Vocab()))


def test_bombs_go_off_early():
    tracemalloc = pytest.importorskip("tracemalloc")
    zeros = zlib.compress(bytes(1 << 28))
    head = pack({"version": "0.1", "attrs": [65], "tokens": 0})[:-1]
    bomb = zlib.compressobj()
    huge = bomb.compress(head + b"\xc6\xff\xff\xff\xf8")            # 4 GiB of tokens
    for _ in range(64):
        huge += bomb.compress(bytes(1 << 22))
    huge += bomb.flush()
    claims = zlib.compress(head + b"\xc6\xff\xff\xff\xf8" + b"\1" * 100)
    lists = zlib.compress(pack({"version": "0.1", "attrs": 0})[:-1] + b"\xdd\xff\xff\xff\xff" + bytes(1 << 24))
    nested = zlib.compress(pack({"cats": 0})[:-1] + b"\x91" * (1 << 20))
    for data in (zeros, huge, claims, lists, nested):
        tracemalloc.start()
        with pytest.raises(DocBinError):
            DocBin().from_bytes(data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 32 << 20


def test_memory_follows_what_has_been_unpacked():
    tracemalloc = pytest.importorskip("tracemalloc")
    parts = raw_parts(DocBin(docs=[Doc(Vocab(), words=["a"])]).to_bytes())
    # A hundred thousand empty lists would be 6 MB as objects; a million documents of length 0, without an end.
    bombs = [parts | {"cats": [{"x": [[]] * 400_000 + [[[[]] * 400_000]]}], "more": 0},
             {"version": "0.1", "attrs": [65], "tokens": b"", "spaces": b"", "lengths": bytes(4_000_000), "cats": []},
             {"tokens": bytes(8_000_000)} | parts]
    for bomb, message in zip(bombs, ("more: this version", "cats: 0 items, but lengths are of 1,000,000", "tokens: attrs have to come")):
        data = packed(bomb)
        tracemalloc.start()
        with pytest.raises(DocBinError, match=message):
            DocBin().from_bytes(data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 20 << 20


def test_user_code_while_a_document_is_added():
    doc = golden_docs(Vocab())[0]
    bin = DocBin(store_user_data=True)

    class Meddling(collections.UserDict):
        def items(self):
            doc.cats["late"] = 1.0
            doc.spans["late"] = [doc[3:5]]
            with doc.retokenize() as retokenizer:
                retokenizer.merge(doc[2:4])
            return {"k": [1]}.items()

    doc.user_data = Meddling()
    bin.add(doc)
    found = list(DocBin().from_bytes(bin.to_bytes()).get_docs(Vocab()))[0]
    assert [t.text for t in found] == ["She", "sings", "New York", "!"] and found.user_data == {"k": [1]}
    assert found.cats == {"A": 1.0, "B": 0.5} and found.spans["late"][0].text == "New York!"


def test_cats_are_a_copy():
    doc = Doc(Vocab(), words=["a"])
    values = [1, 2]
    doc.cats = {"x": values, "n": numpy.float32(0.5)}
    bin = DocBin(docs=[doc])
    values.append(object())
    doc.cats["y"] = 1.0
    assert bin.cats == [{"x": [1, 2], "n": 0.5}]
    found = next(DocBin().from_bytes(bin.to_bytes()).get_docs(Vocab()))
    assert found.cats == {"x": [1, 2], "n": 0.5} and found.cats is not next(bin.get_docs(Vocab())).cats
    damaged = packed(raw_parts(bin.to_bytes()))
    damaged = zlib.compress(zlib.decompress(damaged).replace(b"\xa1x", b"\xa1\xff"))
    with pytest.raises(DocBinError, match="document 0: cats: byte 2 is not UTF-8"):
        list(DocBin().from_bytes(damaged).get_docs(Vocab()))


def test_old_values_go_after_new_ones_have_come():
    # A finalizer that looks at the bin sees one file or the other, whole.
    bin, seen = DocBin(), []

    class Key(str):
        def __del__(self):
            seen.append((len(bin.tokens), len(bin.spaces), len(bin.cats), [doc.text for doc in bin.get_docs(VOCAB)]))

    bin.attrs.append(Key("x"))
    bin.from_bytes(GOLDEN)
    assert seen == [(3, 3, 3, ["She sings New York!", "Hi you ", ""])]


# ---- MessagePack ----

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1 << 63, (1 << 64) - 1) | st.floats(allow_nan=False) | st.text(st.characters())
    | st.binary(), lambda each: st.lists(each) | st.dictionaries(st.text() | st.integers(0, 9) | st.tuples(st.text()), each))


@given(VALUES, st.integers(1, 5))
def test_message_pack_there_and_back(value, step):
    data = pack(value)
    assert unpack(data) == value
    assert unpack([data[start:start + step] for start in range(0, len(data), step)]) == value
    for n in range(len(data)):
        with pytest.raises(ValueError):
            unpack(data[:n])


@given(st.binary())
def test_unpacking_anything_is_a_value_or_a_valueerror(data):
    try:
        value = unpack(data)
    except ValueError:
        return
    assert repr(unpack(pack(value))) == repr(value)         # as text, for NaN is not itself


@pytest.mark.parametrize("value, code", [
    (0, "00"), (127, "7f"), (128, "cc80"), (256, "cd0100"), (65536, "ce00010000"), (1 << 32, "cf0000000100000000"), (-1, "ff"),
    (-32, "e0"), (-33, "d0df"), (-129, "d1ff7f"), (-32769, "d2ffff7fff"), (-(1 << 31) - 1, "d3ffffffff7fffffff"), (None, "c0"),
    (False, "c2"), (True, "c3"), (1.5, "cb3ff8000000000000"), ("", "a0"), ("x" * 32, "d920" + "78" * 32), (b"x", "c40178"),
    ([], "90"), ({}, "80"), (list(range(16)), "dc0010" + bytes(range(16)).hex()), ("é", "a2c3a9")])
def test_message_pack_by_the_specification(value, code):
    assert pack(value).hex() == code and unpack(bytes.fromhex(code)) == value


def test_subclasses_that_lie():
    class Short(bytes):
        def __len__(self):
            return 1

    class Other(str):
        def __str__(self):
            return "other"

        def encode(self, *arguments):
            return b"x"

    class Number(int):
        def to_bytes(self, *arguments):
            return b""

    assert unpack(pack([Short(b"abc"), Other("abc"), Number(300), bytearray(b"xyz")])) == [b"abc", "abc", 300, b"xyz"]


@pytest.mark.parametrize("array", [numpy.zeros((0, 3)), numpy.zeros((2, 0), "i2"), numpy.array(["a", "\U0010ffff"]), numpy.array(5.0),
                                   numpy.array([b"ab", b"c"]), numpy.arange(6, dtype=">i4").reshape(2, 3).T,
                                   numpy.array([1 + 2j]), numpy.array([True]), numpy.arange(9)[::2]])
def test_arrays_there_and_back(array):
    found = unpack(pack(array))
    assert numpy.shape(found) == array.shape and numpy.asarray(found).dtype == array.dtype and (found == array).all()


def test_what_message_pack_cannot():
    for value in (1 << 64, -(1 << 63) - 1):
        with pytest.raises(ValueError, match="64 bits"):
            pack(value)
    for value in ({1}, object(), 1j, [[{"x": Doc}]]):
        with pytest.raises(TypeError, match="cannot write a"):
            pack(value)
    nested = []
    for _ in range(300):
        nested = [nested]
    with pytest.raises(ValueError, match="200 deep"):
        pack(nested)
    assert unpack(bytes.fromhex("ca3fc00000")) == 1.5
    for code, message in (("c1", "0xc1"), ("d40000", "0xd4"), ("c70100", "0xc7"), ("a1ff", "byte 1 is not UTF-8"), ("", "ends at byte 0"),
                          ("91", "ends at byte 1"), ("0000", "byte 1: more follows"), ("818000", "part of a key")):
        with pytest.raises(ValueError, match=message):
            unpack(bytes.fromhex(code))
    for parts in ({b"nd": True}, {b"nd": True, b"type": "O", b"shape": [1], b"data": b"x" * 8},
                  {b"nd": True, b"type": "<i8", b"shape": [2], b"data": b"x" * 8},
                  {b"nd": False, b"type": "<i8", b"data": b"x" * 16}, {b"nd": True, b"type": 5, b"shape": [1], b"data": b""},
                  {b"nd": True, b"type": [["x", "<i4"]], b"shape": [1], b"data": bytes(4)},
                  {b"nd": True, b"type": "i4,i4", b"shape": [1], b"data": bytes(8)}, {b"nd": False, b"type": "<U1", b"data": b"\xff" * 4},
                  {b"nd": True, b"type": "<i4", b"shape": [1 << 40, 1 << 40], b"data": bytes(4)},
                  {b"nd": True, b"type": "<i4", b"shape": "x", b"data": bytes(4)}, {b"nd": True, b"type": "<i4", b"shape": [1], b"data": "x"}):
        with pytest.raises(ValueError, match="no array of NumPy"):
            unpack(pack(parts))
