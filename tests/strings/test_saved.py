"""Strings as bytes, files and pickles: equal to the slow twin, all or nothing, and never a lost character."""

import copy
import gc
import os
import pickle

import pytest
from hypothesis import given, strategies as st
from lexarray.errors import KeyCollisionError, SavedObjectError
from lexarray.strings import StringStore
from lexarray.vocab import Vocab
from reference import murmur, saved

CORRUPTIONS = int(os.environ.get("LEXARRAY_CORRUPTIONS", "1000"))
any_text = st.text(st.characters(exclude_categories=()))
TEXTS = ["tea", "x\0y", "\ud800", "\ud83d\ude00", "😀", "é" * 200, "NOUN", "a" * 20_000, " "]


@given(st.lists(any_text))
def test_bytes_equal_the_slow_twin_and_come_back(texts):
    store = StringStore(texts)
    data = store.to_bytes()
    assert saved.texts(saved.parts_of(data)["texts"]) == list(store)
    for loaded in (StringStore().from_bytes(data), pickle.loads(pickle.dumps(store)), copy.copy(store), copy.deepcopy(store)):
        assert list(loaded.items()) == list(store.items())


def test_files(tmp_path):
    store = StringStore(TEXTS)
    path = tmp_path / "strings"
    StringStore(["what was there"]).to_disk(path)
    store.to_disk(path)
    assert list(StringStore().from_disk(path)) == list(store) and list(tmp_path.iterdir()) == [path]
    with pytest.raises(FileNotFoundError, match="nowhere"):
        StringStore().from_disk(tmp_path / "nowhere")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SavedObjectError, match=f"{path}: no saved lexarray.strings"):
        StringStore().from_disk(path)


def test_texts_are_added_to_those_that_are_there():
    store = StringStore(["tea", "coffee"])
    key = store["coffee"]
    assert store.from_bytes(StringStore(["mate", "tea"]).to_bytes()) is store
    assert list(store) == ["tea", "coffee", "mate"] and store[key] == "coffee"


def test_a_collision_adds_nothing():
    texts = murmur.colliding_texts()
    first, second = next(texts), next(texts)
    store = StringStore([first])
    with pytest.raises(KeyCollisionError, match="strings: .*has the key"):
        store.from_bytes(StringStore(["new", second]).to_bytes())
    assert list(store) == [first]
    data = StringStore([first]).to_bytes()
    part = saved.parts_of(data)["texts"]
    both = {"n": 2, "lengths": part["lengths"] * 2, "utf8": (first + second).encode()}
    with pytest.raises(KeyCollisionError):
        StringStore().from_bytes(saved.with_parts(data, {"texts": both}))


def test_a_collision_with_an_open_memory_zone_adds_nothing():
    texts = murmur.colliding_texts()
    first, second = next(texts), next(texts)
    vocab = Vocab()
    with vocab.memory_zone():
        vocab.strings.add(first)
        with pytest.raises(KeyCollisionError):
            vocab.strings.from_bytes(StringStore([second]).to_bytes())
        assert second not in vocab.strings and first in vocab.strings


def test_in_a_memory_zone_what_stays_is_saved_and_what_is_loaded_stays():
    vocab = Vocab(strings=["tea"])
    with vocab.memory_zone():
        vocab.strings.add("coffee")
        assert list(StringStore().from_bytes(vocab.strings.to_bytes())) == ["tea"]
        vocab.strings.from_bytes(StringStore(["mate"]).to_bytes())
    assert list(vocab.strings) == ["tea", "mate"]


def test_a_store_over_another_one_is_saved_as_one():
    import lexarray
    nlp = lexarray.blank("en")
    with nlp.memory_zone():
        doc = nlp("xyzzy")
    strings = doc.strings
    assert strings.parent is not None and "xyzzy" in strings
    for loaded in (StringStore().from_bytes(strings.to_bytes()), pickle.loads(pickle.dumps(strings)), copy.copy(strings)):
        assert loaded.parent is None and sorted(loaded) == sorted(strings)


def test_the_strings_of_a_vocabulary_are_its_strings_again():
    vocab = Vocab(strings=["tea"])
    for pair in ([vocab, vocab.strings], [vocab.strings, vocab]):
        for loaded in (pickle.loads(pickle.dumps(pair)), copy.deepcopy(pair)):
            strings, other = sorted(loaded, key=lambda each: isinstance(each, Vocab))
            assert other.strings is strings and list(strings) == ["tea"]
    alone = pickle.loads(pickle.dumps(vocab.strings))
    gc.collect()
    assert list(alone) == ["tea"] and list(pickle.loads(pickle.dumps(alone))) == ["tea"]


class Named(StringStore):
    """A subclass with attributes of its own."""


def test_a_subclass():
    store = Named(["tea"])
    store.name = "drinks"
    for loaded in (pickle.loads(pickle.dumps(store)), copy.copy(store), copy.deepcopy(store)):
        assert type(loaded) is Named and loaded.name == "drinks" and list(loaded) == ["tea"]


def test_damage_is_found_and_nothing_is_added():
    data = StringStore(TEXTS[:6]).to_bytes()
    store = StringStore(["here"])
    for bad in saved.damaged(data, CORRUPTIONS):
        with pytest.raises(SavedObjectError, match="lexarray.strings|saved '"):
            store.from_bytes(bad)
    assert list(store) == ["here"]


def test_damage_with_a_right_checksum_is_found_or_harmless():
    data = StringStore(TEXTS[:5]).to_bytes()
    inner = saved.unpack(data)["data"]
    for bad in saved.damaged(inner, CORRUPTIONS):
        store = StringStore()
        try:
            store.from_bytes(saved.with_parts(data, bad))
        except ValueError as error:
            assert str(error) and list(store) == []
        else:
            assert all(store[store[text]] == text for text in store)


@pytest.mark.parametrize("change, message", [
    ({"n": 1 << 60}, "texts: there cannot be 1,152,921,504,606,846,976"),
    ({"n": -1}, "there cannot be -1"),
    ({"n": 1}, "left after the last of 1"),
    ({"n": 3, "lengths": b"\1\1\1"}, "text 2 of 3: it cannot have 1 bytes, with 0 left"),
    ({"lengths": b"\1\x80"}, "text 1 of 2: its length is cut off"),
    ({"lengths": b"\xff\xff\xff\xff\xff\1"}, "text 0 of 2: its length is cut off or too large"),
    ({"lengths": b"\0\2"}, "text 0 of 2: it cannot have 0 bytes"),
    ({"utf8": b"a\xff"}, "byte 1 is not UTF-8"),
    ({"utf8": "é".encode()}, "text 1 of 2 begins within a character"),
    ({"utf8": "ab"}, "utf8: 'ab' is a str"),
    ({"n": True}, "n: True is a bool"),
    ({"more": 1}, "the part 'more' is unknown"),
])
def test_nonsense_is_named(change, message):
    data = StringStore(["a", "b"]).to_bytes()
    part = saved.parts_of(data)["texts"]
    with pytest.raises(SavedObjectError, match=message):
        StringStore().from_bytes(saved.with_parts(data, {"texts": part | change}))


def test_other_bytes():
    from lexarray._message_pack import pack
    data = StringStore(["a"]).to_bytes()
    outer = saved.unpack(data)
    for wrong, message in [(b"", "no saved lexarray.strings"), (b"\x80", "does not say"), (Vocab().to_bytes(), "lexarray.vocab"),
                           (pack(outer | {"version": 2}), "version 2; this version of lexarray reads 1"),
                           (pack(outer | {"version": 0}), "version 0 is none"), (pack(outer | {"crc32": 1}), "checksum"),
                           (pack(outer | {"more": 1}), "and there are"), (data + b"x", "more follows"),
                           (saved.with_parts(data, {}), "there is no part 'texts'"),
                           (saved.with_parts(data, b"\x01"), "expected a map")]:
        with pytest.raises(SavedObjectError, match=message):
            StringStore().from_bytes(wrong)
    with pytest.raises(TypeError, match="expected bytes, got str"):
        StringStore().from_bytes("text")
    assert list(StringStore().from_bytes(memoryview(data))) == list(StringStore().from_bytes(bytearray(data))) == ["a"]
