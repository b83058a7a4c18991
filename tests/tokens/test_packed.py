"""Documents as columns, as bytes and in pickles: every layer there and back, what is shared, bytes that are damaged."""

import pickle
import random
import zlib
from array import array
from collections import Counter

import lexarray
import numpy
import pytest
from hypothesis import given, strategies as st
from lexarray._message_pack import pack, unpack
from lexarray.errors import SavedObjectError, KeyCollisionError
from lexarray.tokens import Doc, Span
from lexarray.tokens.packed import Packer, Unpacker, unpacker_of
from lexarray.tokens.span_group import SpanGroup
from lexarray.vocab import Vocab
from reference import murmur
from reference.documents import contents, documents, sample

VOCAB = Vocab()


def full_doc(vocab):
    doc = sample(vocab, ["She", "sings", "New", "York", "\ud800!"])
    doc.spans["g"].append(Span(doc, 5, 5))
    doc.sentiment = 0.5
    doc.vector = [1, 2, 3]
    return doc


def same(found, doc):
    assert contents(found) == contents(doc)
    assert found.sentiment == doc.sentiment
    assert (found.vector == doc.vector).all()


# ---- there and back ----

@given(docs=st.lists(documents(VOCAB), max_size=4))
def test_every_layer_comes_back(docs):
    packer = Packer()
    for doc in docs:
        packer.add(doc)
    message = unpack(pack(packer.message()))
    parts = packer.parts()
    unpackers = [unpacker_of(message), Unpacker(
        (parts["text_ends"], parts["utf8"]), (packer.n_types, parts["types"]), (len(parts["roles"][0]) // 4, parts["roles"]),
        parts["tokens"], array("i", parts["doc_ends"][3]), bytes(parts["unknown_spaces"]), parts["layers"])]
    assert packer.n_docs == len(docs) and packer.n_tokens == sum(map(len, docs))
    for unpacker in unpackers:
        assert unpacker.n_docs == len(docs)
        for vocab in (Vocab(), VOCAB):              # in any order, and as often as one likes
            for i in reversed(range(len(docs))):
                assert unpacker.n_tokens(i) == len(docs[i])
                for _ in range(2):
                    assert contents(unpacker.fill(Doc(vocab), i)) == contents(docs[i])


@given(doc=documents(VOCAB))
def test_bytes_and_pickles_of_any_document(doc):
    assert contents(Doc(Vocab()).from_bytes(doc.to_bytes())) == contents(doc)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert contents(pickle.loads(pickle.dumps(doc, protocol))) == contents(doc)


@given(docs=st.lists(documents(VOCAB), max_size=4))
def test_what_a_type_is(docs):
    """As many types as different (orth, norm, lemma, tag, morph, pos), in the order of first use."""
    packer = Packer()
    for doc in docs:
        packer.add(doc)
    types = Counter((t.text, t.norm_, t.lemma_, t.tag_, str(t.morph), t.has_morph(), t.pos_) for doc in docs for t in doc)
    roles = Counter((t.dep_, t.ent_type_, t.ent_kb_id_, t.ent_id_, t.ent_iob_, t.sent_start)
                    for doc in docs for t in doc)
    parts = packer.parts()
    assert packer.n_types == len(types) and len(parts["roles"][0]) == 4 * len(roles)
    ends = numpy.frombuffer(parts["text_ends"], "<i8")
    texts = [parts["utf8"][start:end].decode("utf-8", "surrogatepass") for start, end in zip(ends, ends[1:])]
    assert len(set(texts)) == len(texts) == packer.n_texts
    orths = [texts[i - 1] for i in numpy.frombuffer(parts["types"][0], "<u4")]
    assert orths == [each[0] for each in types]
    numbers = numpy.frombuffer(parts["tokens"][0], "<u4")
    assert [orths[i] for i in numbers] == [t.text for doc in docs for t in doc]


def test_bytes_of_all_layers(tmp_path):
    doc = full_doc(Vocab())
    same(Doc(Vocab()).from_bytes(doc.to_bytes()), doc)
    assert doc.to_bytes() == full_doc(Vocab()).to_bytes()
    doc.to_disk(tmp_path / "doc")
    same(Doc(Vocab()).from_disk(tmp_path / "doc"), doc)
    same(Doc(doc.vocab).from_bytes(memoryview(doc.to_bytes())), doc)


@pytest.mark.parametrize("name", ["cats", "sentiment", "spans", "user_data", "vector"])
def test_exclude(name):
    doc = full_doc(Vocab())
    without = full_doc(doc.vocab)
    if name == "sentiment":
        without.sentiment = 0.0
    elif name == "vector":
        without.vector = None
    else:
        getattr(without, name).clear()
    for found in (Doc(Vocab()).from_bytes(doc.to_bytes(exclude=[name])), Doc(Vocab()).from_bytes(doc.to_bytes(), exclude=[name])):
        assert contents(found) == contents(without) and found.sentiment == without.sentiment
        assert found.has_vector == without.has_vector
    with pytest.raises(ValueError, match="exclude: there is no part 'text'"):
        doc.to_bytes(exclude=["text"])
    with pytest.raises(TypeError, match="exclude: expected names"):
        doc.from_bytes(b"", exclude="cats")


def test_the_rules_of_the_vocabulary_it_is_read_into():
    nlp = lexarray.blank("en")
    doc = nlp("I'm gonna go")
    assert [t.norm_ for t in doc] == [t.norm_ for t in Doc(Vocab()).from_bytes(doc.to_bytes())]
    again = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    again[0].norm_ = ""
    assert again[0].norm_ == nlp.vocab["I"].norm_


def test_documents_of_memory_zones():
    nlp = lexarray.blank("en")
    packer = Packer()
    with nlp.memory_zone():
        inside = nlp("frumious bandersnatch")
        packer.add(inside)
        data = inside.to_bytes()
    packer.add(inside)
    packer.add(nlp("frumious"))
    assert packer.n_types == 2 and "frumious" in nlp.vocab
    unpacker = unpacker_of(packer.message())
    with nlp.memory_zone():
        kept = [unpacker.fill(Doc(nlp.vocab), i) for i in range(3)]
        read = Doc(nlp.vocab).from_bytes(data)
    assert [doc.text for doc in kept] == ["frumious bandersnatch"] * 2 + ["frumious"]
    assert [unpacker.fill(Doc(nlp.vocab), i).text for i in range(3)] == [doc.text for doc in kept]
    assert read.text == "frumious bandersnatch" and "bandersnatch" in nlp.vocab


# ---- pickles ----

def test_a_small_document_is_small():
    nlp = lexarray.blank("en")
    nlp.vocab.strings.__init__(map(str, range(10_000)))
    doc = nlp("Eight plain tokens are in this little document")
    assert len(doc) == 8 and len(pickle.dumps(doc)) < 500


def test_documents_that_are_pickled_together_share_a_vocabulary():
    nlp = lexarray.blank("en")
    docs = list(nlp.pipe(["One two.", "Three!", ""]))
    other = Doc(Vocab(), words=["alone"])
    found = pickle.loads(pickle.dumps((docs, nlp.vocab, nlp, other)))
    assert [doc.text for doc in found[0]] == ["One two.", "Three!", ""]
    assert {id(doc.vocab) for doc in found[0]} == {id(found[1])} == {id(found[2].vocab)}
    assert found[3].vocab is not found[1] and found[3].text == "alone "
    assert found[2]("One two.")[0].orth == docs[0][0].orth
    assert pickle.loads(pickle.dumps(docs[0])).vocab.lang == "en"


def test_what_belongs_to_a_document_may_refer_to_it():
    doc = full_doc(Vocab())
    doc.user_data = {"self": doc, "tuple": (1, {2}), "token": [1]}
    doc.user_hooks["vector"] = len
    doc.spans["h"].attrs["doc"] = doc
    found = pickle.loads(pickle.dumps(doc))
    assert found.user_data["self"] is found and found.user_data["tuple"] == (1, {2})
    assert found.user_hooks == {"vector": len} and found.spans["h"].attrs == {"a": 1, "doc": found}
    assert [(s.start, s.end, s.label_) for s in found.spans["g"]] == [(0, 2, "X"), (1, 3, "Y"), (5, 5, "")]


class OwnDoc(Doc):
    pass


def test_a_class_of_ones_own():
    doc = OwnDoc(Vocab(), words=["a"])
    doc.title = "T"
    found = pickle.loads(pickle.dumps(doc))
    assert type(found) is OwnDoc and found.title == "T" and found.text == "a "


# ---- what cannot be ----

def test_only_an_empty_document_is_read_into():
    doc = full_doc(Vocab())
    data = doc.to_bytes()
    with pytest.raises(ValueError, match="5 tokens already"):
        doc.from_bytes(data)
    with pytest.raises(TypeError, match="expected bytes, got str"):
        Doc(Vocab()).from_bytes("x")
    for layer in ("user_data", "cats", "spans"):            # nothing stays beside what is read
        other = Doc(Vocab())
        getattr(other, layer)["z"] = [] if layer == "spans" else 1.0
        with pytest.raises(ValueError, match="or other layers: only an empty one"):
            other.from_bytes(data)
        assert list(getattr(other, layer)) == ["z"] and len(other) == 0
    for call in (Doc(Vocab()).from_disk, lexarray.StringStore().from_disk, lexarray.DocBin().from_disk):
        with pytest.raises(TypeError, match="int"):
            call(0)                                         # no number of an open file
    for use in (lambda doc: doc.from_bytes(data), Doc.to_bytes, pickle.dumps):
        with pytest.raises(ValueError, match="never initialised"):
            use(Doc.__new__(Doc))


@pytest.mark.parametrize("layer, value", [("user_data", {"a": {1}}), ("cats", {"a": 1 << 70}), ("spans", {"a": object()})])
def test_what_message_pack_cannot_hold(layer, value):
    doc = Doc(Vocab(), words=["a"])
    if layer == "spans":
        doc.spans["g"] = SpanGroup(doc, attrs=value)
    else:
        setattr(doc, layer, value)
    packer = Packer()
    with pytest.raises((TypeError, ValueError), match=f"^{layer}: "):
        packer.add(doc)
    assert packer.n_docs == packer.n_tokens == 0
    packer.add(doc, exclude=[layer])
    assert unpacker_of(packer.message()).fill(Doc(Vocab()), 0).text == "a "


def test_what_runs_while_a_document_is_added():
    class Meddler(dict):
        def items(self):
            packer.add(other)
            return super().items()

    packer, other = Packer(), Doc(Vocab(), words=["b"])
    doc = Doc(Vocab(), words=["a"])
    doc.cats = {"x": Meddler(a=1)}
    with pytest.raises(RuntimeError, match="one document .* at a time"):
        packer.add(doc)
    packer.add(other)
    assert packer.n_docs == 1

    class Merger(dict):
        def items(self):
            if len(doc) > 2:
                with doc.retokenize() as retokenizer:
                    retokenizer.merge(doc[:2])
            return super().items()

    doc = Doc(Vocab(), words=["a", "b", "c"])
    doc.spans["g"] = [doc[1:3]]
    doc.cats = {"x": Merger()}
    packer.add(doc)
    found = unpacker_of(packer.message()).fill(Doc(Vocab()), 1)
    assert [t.text for t in found] == [t.text for t in doc] and contents(found)["spans"] == contents(doc)["spans"]


def test_two_texts_with_one_key_are_not_taken_for_each_other():
    texts = murmur.colliding_texts()
    pair = next(texts), next(texts)
    packer = Packer()
    packer.add(Doc(Vocab(), words=[pair[0]]))
    packer.add(Doc(Vocab(), words=[pair[0]]))
    with pytest.raises(KeyCollisionError, match="has the key"):
        packer.add(Doc(Vocab(), words=[pair[1]]))
    assert packer.n_docs == 2 and packer.n_tokens == 2


# ---- damage ----

def wrapped(data):
    return pack({"format": "lexarray.doc", "version": 1, "crc32": zlib.crc32(data), "data": bytes(data)})


def test_every_prefix_is_an_error():
    data = full_doc(Vocab()).to_bytes()
    for n in range(len(data)):
        doc = Doc(Vocab())
        with pytest.raises(SavedObjectError, match="lexarray.doc"):
            doc.from_bytes(data[:n])
        assert len(doc) == 0 and not doc.user_data and not doc.spans and not doc.cats
    with pytest.raises(SavedObjectError, match="more follows"):
        Doc(Vocab()).from_bytes(data + b"\0")


def test_flipped_bits_are_errors_or_other_documents():
    data = full_doc(Vocab()).to_bytes()
    for i in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[i // 8] ^= 1 << i % 8
        with pytest.raises(SavedObjectError):
            Doc(Vocab()).from_bytes(bytes(damaged))
    data = unpack(data)["data"]                     # and behind the checksum
    chance = random.Random(5)
    n_errors = 0
    for _ in range(4000):
        damaged = bytearray(data)
        for _ in range(chance.choice((1, 1, 2, 5))):
            damaged[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        doc = Doc(Vocab())
        try:
            doc.from_bytes(wrapped(damaged))
            contents(doc)
        except SavedObjectError:
            n_errors += 1
            assert len(doc) == 0 and not doc.user_data and not doc.spans
    assert 1000 < n_errors < 4000


def test_files_are_named(tmp_path):
    (tmp_path / "x").write_bytes(b"?")
    with pytest.raises(SavedObjectError, match="x: "):
        Doc(Vocab()).from_disk(tmp_path / "x")


@pytest.mark.parametrize("path, value, message", [
    ([0], 99, "99 texts cannot be"),
    ([1], b"\1" * 17, "texts cannot be|text_ends: the last text ends at"),
    ([3], 1 << 40, "there cannot be 1,099,511,627,776 types"),
    ([4, 0], b"", "orth is missing"),
    ([4, 0], b"\0\1\2\3\4", "row 0 has no text"),
    ([4, 0], b"\x7f\1\2\3\4", "row 0: orth is text 127"),
    ([4, 6], b"\1" * 5, "row 0: 1 is no universal part of speech"),
    ([4], [], "types: 0 columns, where 7 are expected"),
    ([6, 4], b"\4" * 5, "ent_iob is 4"),
    ([6, 5], b"\3" * 5, "sent_start 3"),
    ([7], [4], "has 5 bytes for 4 rows"),
    ([7], [-1], "ends: -1 tokens"),
    ([7], [1 << 31], "ends: 2,147,483,648 tokens"),
    ([8, 0], b"", "type is missing"),
    ([8, 0], b"\0\1\2\3\5", "token 4: it has type 5"),
    ([8, 1], b"\0\1\2\3\x7f", "role 127, but there are"),
    ([8, 2], b"\0\0\0\0\1", r"token 4: its head \+1 is outside the Doc of 5 tokens"),
    ([8, 2], b"\xff\0\0\0\0", "token 0: its head -1 is outside"),
    ([8, 2], b"\1\xff\0\0\0", "token 0: its heads form a cycle|token 1: its heads form a cycle"),
    ([8, 3], b"\0\0\0\0\2", "space is 2"),
    ([9], [], "unknown_spaces: 0 values for 1 documents"),
    ([9], [2], "unknown_spaces: expected bool"),
    ([10], [b"\xc1"], "layers: byte 0"),
    ([10], [b"\x81\xa1x\1"], "layers: this version knows no 'x'"),
    ([10], [b"\x90"], "expected one map"),
    ([10], [pack({"cats": []})], "cats: expected a dict"),
    ([10], [pack({"sentiment": "x"})], "sentiment: expected a float"),
    ([10], [pack({"vector": b"123"})], "vector: 3 bytes"),
    ([10], [pack({"vector": numpy.float32([numpy.nan]).tobytes()})], "vector: "),
    ([10], [pack({"spans": [["g", "g", {}, [0, 1]]]})], "2 numbers are not five"),
    ([10], [pack({"spans": [["g", "g", {}, [0, 6, 0, 0, 0]]]})], "tokens 0 to 6"),
    ([10], [pack({"spans": [["g", "g", {}, [0, 1, 99, 0, 0]]]})], "texts 99, 0, 0"),
    ([10], [pack({"spans": [["g", "g", {}, [0, 1, -1, 0, 0]]]})], "-1 is no number"),
    ([10], [pack({"spans": [["g", "g", {}, []]] * 2})], "two groups of the name 'g'"),
    ([10], [pack({"spans": [["g", "g", {}]]})], "two names, a dict and a list"),
])
def test_values_that_cannot_be(path, value, message):
    parts = unpack(unpack(full_doc(Vocab()).to_bytes())["data"])
    at = parts["packed"]
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    doc = Doc(Vocab())
    with pytest.raises(SavedObjectError, match=message):
        doc.from_bytes(wrapped(pack(parts)))
    assert len(doc) == 0 and not doc.spans and not doc.cats and not doc.has_vector


def test_text_that_is_no_utf8():
    data = unpack(Doc(Vocab(), words=["abc"]).to_bytes())["data"]
    with pytest.raises(SavedObjectError, match="text 1 is not UTF-8"):
        Doc(Vocab()).from_bytes(wrapped(data.replace(b"abc", b"a\xffc")))


def test_few_bytes_claim_no_memory():
    parts = unpack(unpack(Doc(Vocab(), words=["abc"]).to_bytes())["data"])
    parts["packed"][5] = (1 << 32) - 1                     # roles that are all the same
    with pytest.raises(SavedObjectError, match="4,294,967,295 of them are the same"):
        Doc(Vocab()).from_bytes(wrapped(pack(parts)))


def test_what_is_written_can_be_read_however_deep_it_is():
    deep = []
    depths = []
    for depth in range(190, 210):
        deep = []
        for _ in range(depth):
            deep = [deep]
        doc = Doc(Vocab(), words=["a"])
        doc.user_data["x"] = deep
        try:
            data = doc.to_bytes()
        except ValueError as error:
            assert "user_data: containers are nested more than" in str(error)
            continue
        assert Doc(Vocab()).from_bytes(data).user_data == {"x": deep}
        assert pickle.loads(pickle.dumps(doc)).user_data == {"x": deep}
        depths.append(depth)
    assert depths and depths == list(range(190, depths[-1] + 1)) and depths[-1] < 209


@pytest.mark.parametrize("part", [0, 3, 5])
@pytest.mark.parametrize("number", [2**64 - 1, 2**63, 2**63 - 1, 2**32, 2**32 - 1, 2**31, -1, -2**63])
def test_numbers_that_no_column_can_have(part, number):
    packer = Packer()
    packer.add(Doc(Vocab(), words=["a"]))
    message = packer.message()
    message[part] = number
    with pytest.raises(ValueError, match=f"{number:,} (of them|texts|types|roles|rows)"):
        unpacker_of(message)


def test_texts_that_a_vocabulary_has_and_has_not():
    """Those that it has are found by their bytes: ASCII or not, symbols, one in a memory zone, lone surrogates."""
    words = ["nsubj", "NOUN", "na\xefve", "\U0001f600", "\ud800", "a\0b", "new"]
    packer = Packer()
    packer.add(Doc(Vocab(), words=words, deps=["nsubj"] * 7, heads=[0] * 7, morphs=["Number=Sing|Case=Nom", *["Case=Nom"] * 6]))
    unpacker = unpacker_of(packer.message())
    vocab = Vocab(strings=words[:-1])
    for _ in range(2):
        with vocab.memory_zone():
            doc = unpacker.fill(Doc(vocab), 0)
            again = unpacker.fill(Doc(vocab), 0)
            assert [t.text for t in doc] == [t.text for t in again] == words
        assert [t.text for t in doc] == words and {t.dep_ for t in doc} == {"nsubj"}
        assert str(doc[0].morph) == "Case=Nom|Number=Sing" and "new" not in vocab.strings
    assert [t.text for t in unpacker.fill(Doc(vocab), 0)] == words and "new" in vocab.strings
    assert doc[0].dep == unpacker.fill(Doc(vocab), 0)[0].dep == vocab.strings["nsubj"] < 1000


def test_keys_of_user_data_that_only_look_like_those_of_extensions():
    doc = Doc(Vocab(), words=["a", "b"])
    doc.user_data = {("._.", "x", 0, (1,)): 1, ("._.", "x", 0, "y"): 2, ("._.", "x", "z", None): 3, ("._.", "x", 0, None): 4}
    assert doc.copy().user_data == doc.user_data == Doc(Vocab()).from_bytes(doc.to_bytes()).user_data
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:2])
    assert doc.user_data[("._.", "x", 0, "y")] == 2
