"""Vocab and Lexeme: one entry a word, its attributes, and flags."""

import pytest
from hypothesis import given, strategies as st
from lexarray.attrs import (
    CLUSTER, ID, IS_ALPHA, IS_DIGIT, IS_STOP, LENGTH, LIKE_NUM, LOWER, NAMES, NORM, ORTH, PROB, TAG,
)
from lexarray.lex_attrs import LexicalRules
from lexarray.lexeme import Lexeme
from lexarray.strings import StringStore
from lexarray.vocab import Vocab
from reference import lex_attrs
from reference.threads import in_threads

any_text = st.text(st.characters(exclude_categories=()))
wordish = st.text(st.sampled_from("aBzß1٣²½,./+-±~@_:'\"`“”()<$€ ǅΣÉ\n日\ud800"), min_size=1, max_size=8)


@given(st.one_of(any_text.filter(bool), wordish))
def test_attributes_equal_the_slow_twin(text):
    lexeme = Vocab()[text]
    assert {name: getattr(lexeme, name) for name in lex_attrs.flags(text)} == lex_attrs.flags(text)
    assert (lexeme.orth_, lexeme.text, lexeme.length) == (text, text, len(text))
    assert lexeme.lower_ == lexeme.norm_ == text.lower()
    assert lexeme.shape_ == lex_attrs.shape(text)
    assert (lexeme.prefix_, lexeme.suffix_) == (text[0], text[-3:])


def test_every_character_equals_the_slow_twin():
    vocab = Vocab()
    for code in [*range(0x3100), *range(0xA000, 0xA100), *range(0xD7F0, 0xFFFF), *range(0x10000, 0x10FFFF, 37)]:
        lexeme, expected = vocab[chr(code)], lex_attrs.flags(chr(code))
        assert {name: getattr(lexeme, name) for name in expected} == expected, hex(code)


@pytest.mark.parametrize("length", [63, 64, 65, 99, 100, 395, 396, 397, 5000])
def test_long_words_equal_the_slow_twin(length):
    for text in ("Ab1-" * length)[:length], ("Éß٣—" * length)[:length]:
        lexeme = Vocab()[text]
        assert lexeme.lower_ == text.lower()
        assert lexeme.shape_ == lex_attrs.shape(text)
        assert {name: getattr(lexeme, name) for name in lex_attrs.flags(text)} == lex_attrs.flags(text)


def test_x_is_the_key_of_x_():
    vocab = Vocab(lexical_rules=LexicalRules("en"))
    lexeme = vocab["Coffee"]
    for name in ("orth", "lower", "norm", "shape", "prefix", "suffix", "lang"):
        assert vocab.strings[getattr(lexeme, name)] == getattr(lexeme, name + "_")
    assert (lexeme.lang_, vocab.lang) == ("en", "en")


def test_the_empty_text():
    lexeme = Vocab()[""]
    assert (lexeme.orth, lexeme.text, lexeme.length, lexeme.flags, lexeme.lower_, lexeme.shape_) == (0, "", 0, 0, "", "")


@pytest.mark.parametrize("url", [
    "http://x", "HTTPS://EXAMPLE", "www.x", "WWW.x.y", "example.com", "a.b.co.uk", "x.org/path?q#f", "x.de:80", "google.com/"])
def test_like_url(url):
    assert Vocab()[url].like_url


@pytest.mark.parametrize("text", [
    "www.", "com", ".com", "x.y", "a@b.com", "x.com.", "1.5", "e.g.", "x..", "", "http:/x", "x.comé", "a b.com", "x.museums"])
def test_not_like_url(text):
    assert not Vocab()[text].like_url


@pytest.mark.parametrize("text, expected", [
    ("a@b.co", True), ("a.b+c@d-e.co.uk", True), ("a@b", False), ("@b.co", False), ("a@.co", False), ("a@b.", False),
    ("a@b@c.de", False), ("é@b.co", False), ("a@b.co/x", False), ("a@", False)])
def test_like_email(text, expected):
    assert Vocab()[text].like_email is expected


def test_what_a_language_adds():
    rules = LexicalRules("en", stop_words=["the"], number_words=["Ten"], ordinal_suffixes=["th", "ST", "nn"],
                         norms={"“": '"', "ain": "be"})
    vocab = Vocab(lexical_rules=rules)
    assert vocab["THE"].is_stop and not vocab["then"].is_stop
    assert vocab["ten"].like_num and vocab["10th"].like_num and vocab["1St"].like_num and vocab["10"].like_num
    assert vocab["5nn"].like_num                    # a suffix that is a symbol too
    assert not vocab["10x"].like_num and not vocab["th"].like_num and not vocab["10thth"].like_num
    assert (vocab["“"].norm_, vocab["ain"].norm_, vocab["Ain"].norm_) == ('"', "be", "ain")


def test_bad_lexical_rules():
    with pytest.raises(ValueError, match="ordinal suffix ''"):
        LexicalRules(ordinal_suffixes=[""])
    for name in ("stop_words", "number_words", "ordinal_suffixes"):
        for bad in ("abc", [5]):
            with pytest.raises(TypeError, match=f"{name}: "):
                LexicalRules(**{name: bad})
    for bad in ({"a": 5}, {5: "a"}):
        with pytest.raises(TypeError, match="norms: "):
            LexicalRules(norms=bad)
    with pytest.raises(ValueError, match="norms: "):
        LexicalRules(norms={"a": ""})
    with pytest.raises(TypeError):
        LexicalRules(None)


def test_words_are_stored_once_and_iterated_in_order():
    vocab = Vocab()
    words = [f"w{i}" for i in range(1000)]
    for word in words + words:
        vocab[word]
    assert [lexeme.text for lexeme in vocab] == words
    assert len(vocab) == 1000
    assert "w7" in vocab and vocab.strings["w7"] in vocab and "w1000" not in vocab
    assert vocab["w7"] == vocab[vocab.strings["w7"]] == Lexeme(vocab, "w7") == Lexeme(vocab, vocab.strings["w7"])


def test_a_stored_string_is_not_yet_a_word():
    vocab = Vocab(strings=["apple"])
    assert "apple" in vocab.strings and "apple" not in vocab and len(vocab) == 0
    assert vocab[vocab.strings["apple"]].text == "apple"


def test_unknown_keys_and_wrong_types():
    vocab = Vocab()
    with pytest.raises(KeyError, match="no text is stored for the key 12345"):
        vocab[12345]
    assert 12345 not in vocab and len(vocab) == 0
    for wrong in (b"x", None, 1.5):
        with pytest.raises(TypeError, match=type(wrong).__name__):
            vocab[wrong]
        with pytest.raises(TypeError, match=type(wrong).__name__):
            wrong in vocab


def test_getters_beat_the_rules_for_words_that_are_new():
    vocab = Vocab({IS_ALPHA: lambda text: text == "1", LOWER: lambda text: "low", PROB: lambda text: -3.0})
    lexeme = vocab["A"]
    assert (lexeme.is_alpha, lexeme.lower_, lexeme.prob, vocab["1"].is_alpha) == (False, "low", -3.0, True)
    vocab.lex_attr_getters[NORM] = str.upper
    assert (vocab["a"].norm_, lexeme.norm_) == ("A", "a")


def test_bad_getters_leave_no_half_made_word():
    vocab = Vocab({NORM: lambda text: 5})
    with pytest.raises(TypeError, match="NORM gave 5 for 'x'"):
        vocab["x"]
    assert len(vocab) == 0 and "x" not in vocab
    for attr in (9999, -1, ORTH, LENGTH, TAG, "LOWER"):
        with pytest.raises(ValueError, match=f"lex_attr_getters: {attr!r} is no id"):
            Vocab({attr: str})
    with pytest.raises(TypeError, match="the getter of IS_STOP is not callable: None"):
        Vocab({IS_STOP: None})
    for attr, value in ((CLUSTER, -1), (ID, "x"), (PROB, "x")):
        with pytest.raises((TypeError, OverflowError), match=f"the getter of {NAMES[attr]} gave {value!r} for 'word'"):
            Vocab({attr: lambda text: value})["word"]


def test_a_getter_may_use_the_vocabulary():
    vocab = Vocab()
    vocab.lex_attr_getters[IS_STOP] = lambda text: len(text) > 1 and vocab[text[1:]].is_alpha
    assert vocab["abc"].is_stop and [lexeme.text for lexeme in vocab] == ["c", "bc", "abc"]


def test_add_flag():
    vocab = Vocab()
    old = vocab["apple"]
    is_fruit = vocab.add_flag(lambda text: text in ("apple", "pear"))
    assert is_fruit == 19 and old.check_flag(is_fruit)
    assert vocab["pear"].check_flag(is_fruit) and not vocab["stone"].check_flag(is_fruit)
    assert vocab.add_flag(str.isalpha) == 20
    assert vocab.add_flag(lambda text: True, flag_id=IS_DIGIT) == IS_DIGIT and old.is_digit
    for bad in (0, 64, -2):
        with pytest.raises(ValueError, match=str(bad)):
            vocab.add_flag(len, flag_id=bad)
    def fails_at_pear(text):
        return 1 / (text != "pear")
    with pytest.raises(ZeroDivisionError):
        vocab.add_flag(fails_at_pear)
    assert not old.check_flag(21) and 21 not in vocab.lex_attr_getters
    maker = Vocab()
    maker["abc"]
    is_word = maker.add_flag(lambda text: bool(maker[text[1:]]) or True)
    assert [word.check_flag(is_word) for word in maker] == [True] * 4            # abc, bc, c and ""
    for _ in range(21, 64):
        vocab.add_flag(len)
    with pytest.raises(ValueError, match="no flag is free"):
        vocab.add_flag(len)
    with pytest.raises(TypeError, match="callable"):
        vocab.add_flag(5)


def test_set_attributes_are_seen_by_every_view():
    vocab = Vocab()
    one, other = vocab["x"], vocab["x"]
    one.is_stop = True
    one.set_flag(IS_DIGIT, True)
    one.lower_ = "lower"
    one.norm = vocab.strings.add("norm")
    one.prob, one.cluster, one.sentiment, one.rank = -1.5, 7, 0.25, 3
    assert (other.is_stop, other.is_digit, other.lower_, other.norm_) == (True, True, "lower", "norm")
    assert (other.prob, other.cluster, other.sentiment, other.rank, other.id) == (-1.5, 7, 0.25, 3, 3)
    one.is_stop = False
    assert not other.is_stop and other.check_flag(IS_DIGIT)
    one.flags = 0
    assert not other.is_digit and other.flags == 0


def test_what_cannot_be_set():
    lexeme = Vocab()["x"]
    with pytest.raises(KeyError, match="12345"):
        lexeme.lower = 12345
    with pytest.raises(TypeError, match="bytes"):
        lexeme.lower_ = b"x"
    for name, value in (("orth_", "new text"), ("orth", 0), ("orth", "new text")):
        with pytest.raises(AttributeError, match="text of a word"):
            setattr(lexeme, name, value)
    assert "new text" not in lexeme.vocab.strings
    for name in ("rank", "cluster", "flags", "id"):
        with pytest.raises(ValueError, match=f"{name} must be from 0"):
            setattr(lexeme, name, -1)
        with pytest.raises(TypeError):
            setattr(lexeme, name, 1.5)
    with pytest.raises(ValueError, match=str(2**32)):
        lexeme.rank = 2**32
    for bad in (0, 64, -1):
        with pytest.raises(ValueError, match=f"{bad} is no flag"):
            lexeme.check_flag(bad)
        with pytest.raises(ValueError, match=f"{bad} is no flag"):
            lexeme.set_flag(bad, True)
    assert (lexeme.text, lexeme.lower_, lexeme.rank) == ("x", "x", 2**64 - 1)


def test_defaults():
    lexeme = Vocab(oov_prob=-7)["x"]
    assert (lexeme.prob, lexeme.cluster, lexeme.sentiment, lexeme.rank) == (-7, 0, 0, 2**64 - 1)
    assert (lexeme.lang, lexeme.lang_) == (0, "")


def test_comparison_and_hash_go_by_the_text():
    a, b = Vocab(), Vocab()
    assert a["x"] == b["x"] != a["y"]
    assert hash(a["x"]) == hash(b["x"])
    assert {a["x"], b["x"], a["y"]} == {a["x"], a["y"]}
    assert (a["x"] < a["y"]) == (a["x"].orth < a["y"].orth) and a["x"] <= b["x"] and a["x"] >= b["x"]
    assert a["x"] != "x"
    with pytest.raises(TypeError):
        a["x"] < 5


def test_made_by_new_alone():
    vocab = Vocab.__new__(Vocab)
    assert vocab["x"].is_alpha and len(vocab) == 1 and vocab.lang == ""
    lexeme = Lexeme.__new__(Lexeme)
    for use in (lambda: lexeme.text, lambda: lexeme.lower_, lambda: lexeme.is_stop, lambda: hash(lexeme),
                lambda: setattr(lexeme, "lower_", "x"), lambda: lexeme == lexeme):
        with pytest.raises(ValueError, match="never initialised"):
            use()
    with pytest.raises(TypeError):
        Lexeme(None, "x")


def test_lexemes_stay_where_they_are_and_keep_their_vocabulary():
    lexeme = Vocab()["first"]
    vocab = lexeme.vocab
    for i in range(20_000):
        vocab[str(i)]
    assert lexeme.text == "first" and vocab["first"] == lexeme
    del vocab
    assert lexeme.lower_ == "first"


def test_like_num_of_words_needs_the_flag_only_once():
    assert Vocab()["½"].like_num is False and Vocab()["10"].check_flag(LIKE_NUM)


def test_the_store_of_a_vocabulary_has_the_texts_of_its_words():
    vocab = Vocab()
    strings = vocab.strings
    assert isinstance(strings, StringStore) and "Coffee" not in strings
    lexeme = vocab["Coffee"]
    assert vocab.strings is strings and strings[lexeme.orth] == "Coffee" and strings[lexeme.lower] == "coffee"


def test_threads_that_read_and_add_words():
    vocab = Vocab()

    def work(seed):
        for i in range(3000):
            word = f"w{(i * 7 + seed) % 4000}"
            assert vocab[word].text == word and vocab[word].is_alpha is False and word in vocab
            assert vocab.strings[vocab.strings.add(word)] == word

    in_threads(work, 8)
    assert len(vocab) == len({lexeme.text for lexeme in vocab})
