"""StringStore: keys, texts, and every way to ask for something that is not there."""

import numpy
import pytest
from hypothesis import given, strategies as st
from lexarray import symbols
from lexarray.errors import KeyCollisionError
from lexarray.strings import StringStore, get_string_id, hash_string
from reference import murmur

any_text = st.text(st.characters(exclude_categories=()))
IN_SPACY = {"a": 11901859001352538922, "coffee": 3197928453018144401, "zz": 16821347533411575719}


def utf8(text):
    return text.encode("utf-8", "surrogatepass")


@given(any_text)
def test_hash_is_murmurhash64a_of_utf8(text):
    assert hash_string(text) == murmur.hash64(utf8(text), 1)


@pytest.mark.parametrize("text, key", IN_SPACY.items())
def test_keys_are_spacys(text, key):
    assert StringStore().add(text) == StringStore()[text] == hash_string(text) == key


def test_symbols_and_the_empty_text_have_small_keys_and_are_always_there():
    store = StringStore()
    for name, number in symbols.IDS.items():
        assert store[name] == store.add(name) == get_string_id(name) == number
        assert store[number] == name and name in store and number in store
    assert len(store) == 0 and list(store) == []


@given(st.lists(any_text))
def test_texts_come_back_in_order_of_insertion(texts):
    store = StringStore(texts)
    kept = [text for text in dict.fromkeys(texts) if text not in symbols.IDS]
    assert list(store) == list(store.values()) == kept
    assert list(store.keys()) == [store[text] for text in kept]
    assert list(store.items()) == [(text, store[text]) for text in kept]
    assert len(store) == len(kept)
    for text in texts:
        assert store[store[text]] == text and text in store and store[text] in store


def test_many_texts_survive_growth():
    texts = [f"word {i} é" for i in range(50_000)]
    store = StringStore(texts)
    assert [store[key] for key in store.keys()] == texts


@pytest.mark.parametrize("text", ["", "\0", "a\0b", "\ud800", "\udfff\ud800", "😀", "é" * 5_000_000, "x" * 10_000_000],
                         ids=lambda text: repr(text[:4]) + str(len(text)))
def test_any_string_works(text):
    store = StringStore()
    key = store.add(text)
    assert store[key] == text and text in store
    assert StringStore()[text] == key


def test_asking_for_a_key_does_not_store_it():
    store = StringStore()
    key = store["new"]
    assert "new" not in store and key not in store and len(store) == 0


def test_an_unknown_key_says_which_and_what_to_do():
    with pytest.raises(KeyError, match=r"no text is stored for the key 12345.*add"):
        StringStore()[12345]


@pytest.mark.parametrize("key", [-1, 2**64, 2**70])
def test_a_number_that_can_be_no_key(key):
    with pytest.raises(KeyError, match=str(key)):
        StringStore()[key]
    assert key not in StringStore()


@pytest.mark.parametrize("wrong", [b"bytes", None, 1.5, ["list"], bytearray(b"x")])
def test_a_key_of_the_wrong_type(wrong):
    store = StringStore(["x"])
    with pytest.raises(TypeError, match=type(wrong).__name__):
        store[wrong]
    with pytest.raises(TypeError, match=type(wrong).__name__):
        wrong in store
    with pytest.raises(TypeError, match=type(wrong).__name__):
        store.add(wrong)
    assert list(store) == ["x"]


def test_only_texts_are_added():
    with pytest.raises(TypeError, match="int: 92"):
        StringStore().add(92)
    for wrong in ("abc", b"abc"):
        with pytest.raises(TypeError, match="iterable of str"):
            StringStore(wrong)
    for wrong in (b"x", None):
        with pytest.raises(TypeError):
            hash_string(wrong)


def test_numpy_integers_are_keys():
    store = StringStore(["x"])
    assert store[numpy.uint64(store["x"])] == "x"


def test_two_texts_with_one_key_raise():
    texts = murmur.colliding_texts()
    first, second = next(texts), next(texts)
    assert first != second and hash_string(first) == hash_string(second)
    store = StringStore([first])
    with pytest.raises(KeyCollisionError, match=str(store[first])):
        store.add(second)
    assert second not in store and list(store) == [first]


@pytest.mark.parametrize("symbol", [0, 1, symbols.NOUN])
def test_a_text_with_the_key_of_a_symbol_raises(symbol):
    text = next(murmur.colliding_texts(target=symbol))
    assert hash_string(text) == symbol
    store = StringStore()
    assert text not in store
    with pytest.raises(KeyCollisionError, match=f"key {symbol}"):
        store.add(text)


def test_made_by_new_alone():
    store = StringStore.__new__(StringStore)
    assert store[store.add("x")] == "x" and list(store) == ["x"]


def test_texts_added_while_iterating_come_too():
    store = StringStore(["a"])
    seen = []
    for text in store:
        seen.append(text)
        if len(seen) < 3:
            store.add(text + "a")
    assert seen == ["a", "aa", "aaa"]


def test_get_string_id_takes_keys_too():
    assert get_string_id(5) == 5
    assert get_string_id("") == 0


def test_subclasses_of_str():
    class Name(str):
        def __len__(self):
            return 10_000_000
    store = StringStore([Name("apple")])
    for text in Name("apple"), Name("日本"), Name("NOUN"), Name(""):
        key = store.add(text)
        assert key == store[text] == get_string_id(text) == store.add(str.__str__(text))
        assert text in store and store[key] == str.__str__(text) and type(store[key]) is str
