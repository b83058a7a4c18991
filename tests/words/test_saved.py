"""Vocabularies as bytes, folders and pickles: equal in every word, shared by what travels together, all or nothing."""

import copy
import gc
import math
import os
import pickle
import weakref

import lexarray
import pytest
from hypothesis import given, strategies as st
from lexarray.attrs import CLUSTER, NORM
from lexarray.errors import KeyCollisionError, SavedObjectError, VectorFileError
from lexarray.lang.en import English
from lexarray.lex_attrs import LexicalRules
from lexarray.lexeme import Lexeme
from lexarray.morphology import MorphAnalysis, Morphology
from lexarray.vocab import Vocab, VocabSeed
from reference import murmur, saved

CORRUPTIONS = int(os.environ.get("LEXARRAY_CORRUPTIONS", "1000"))
any_text = st.text(st.characters(exclude_categories=()))
FIELDS = ("flags", "lower_", "norm_", "shape_", "prefix_", "suffix_", "lang_", "cluster", "id", "prob", "sentiment", "length")


def words_of(vocab):
    return {lexeme.text: tuple(getattr(lexeme, name) for name in FIELDS) for lexeme in vocab}


def example():
    """A vocabulary in which every attribute of a word is another than the rules make it."""
    vocab = lexarray.blank("en").vocab
    lexarray.blank("en", vocab=vocab)("Hello coffee! 😀 \ud800 x\0y ADJ the NOUNs, naïve")
    word = vocab["coffee"]
    word.lower_, word.norm_, word.shape_, word.prefix_, word.suffix_, word.lang_ = "L", "tea", "S", "P", "U", "de"
    word.cluster, word.id, word.prob, word.sentiment = 2**64 - 1, 2**32 - 2, -3.5, 0.25
    word.flags = 2**64 - 2
    vocab["the"].prob = -math.inf
    vocab[""].cluster = 3
    return vocab


def copies(vocab):
    yield Vocab().from_bytes(vocab.to_bytes())
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        yield pickle.loads(pickle.dumps(vocab, protocol))
    yield copy.copy(vocab)
    yield copy.deepcopy(vocab)


def test_every_attribute_of_every_word_comes_back(tmp_path):
    vocab = example()
    vocab.oov_prob = -7
    vocab.to_disk(tmp_path / "vocab")
    for loaded in (*copies(vocab), Vocab().from_disk(tmp_path / "vocab")):
        assert loaded is not vocab and words_of(loaded) == words_of(vocab)
        assert list(loaded.strings.items()) == list(vocab.strings.items())
        assert [word.text for word in loaded] == [word.text for word in vocab]
        assert loaded.lexical_rules == vocab.lexical_rules and loaded.oov_prob == -7 and loaded.lang == "en"
        assert loaded["The"].is_stop and loaded["NEW"].prob == -7


@given(st.lists(any_text, max_size=8), st.data())
def test_bytes_equal_the_slow_twin(texts, data):
    vocab = Vocab()
    for text in texts:
        word = vocab[text]
        word.norm_ = data.draw(any_text)
        word.cluster = data.draw(st.integers(0, 2**64 - 1))
        word.flags = data.draw(st.integers(0, 2**64 - 1))
        word.prob = data.draw(st.floats(width=32, allow_nan=False))
    found = saved.words(saved.parts_of(vocab.to_bytes())["strings"])
    assert found == [{**{name: getattr(word, name + "_") for name in ("orth", "lower", "norm", "shape", "prefix", "suffix", "lang")},
                      "flags": word.flags, "cluster": word.cluster, "id": 2**32 - 1, "prob": word.prob, "sentiment": 0}
                     for word in vocab]
    for loaded in copies(vocab):
        assert words_of(loaded) == words_of(vocab)


def test_numbers_that_are_none_come_back():
    vocab = Vocab()
    vocab["tea"].prob = math.nan
    vocab["tea"].sentiment = math.inf
    for loaded in copies(vocab):
        assert math.isnan(loaded["tea"].prob) and loaded["tea"].sentiment == math.inf


def test_a_vocabulary_in_use_keeps_its_words_where_they_are():
    nlp = lexarray.blank("en")
    doc = nlp("coffee and mate")
    word = nlp.vocab["coffee"]
    n = len(nlp.vocab)
    other = lexarray.blank("en").vocab
    other["coffee"].norm_ = "drink"
    other["yerba"].cluster = 5
    nlp.vocab.from_bytes(other.to_bytes())
    assert doc.text == "coffee and mate" and doc[0].norm_ == word.norm_ == "drink" and doc[2].norm_ == "mate"
    assert len(nlp.vocab) == n + 1 and nlp.vocab["yerba"].cluster == 5
    assert nlp.vocab.lexical_rules is English.lexical_rules()       # equal ones are not replaced
    nlp.vocab.from_bytes(Vocab(lexical_rules=LexicalRules("zz", stop_words=["coffee", "zz"])).to_bytes())
    assert nlp.vocab.lang == "zz" and nlp.vocab["zz"].is_stop and not doc[0].is_stop and doc[0].lang_ == "en"


def test_parts_can_be_left_out(tmp_path):
    vocab = example()
    vocab.set_vector("tea", [1, 2])
    for exclude, has_words, has_rules, has_vectors in [
            ((), True, True, True), (["strings"], False, True, True), (["rules"], True, False, True),
            (["vectors", "lookups"], True, True, False), ({"strings", "vectors", "rules"}, False, False, False)]:
        vocab.to_disk(tmp_path / "vocab", exclude=exclude)
        for loaded in (Vocab().from_bytes(vocab.to_bytes(exclude=exclude)), Vocab().from_bytes(vocab.to_bytes(), exclude=exclude),
                       Vocab().from_disk(tmp_path / "vocab")):
            assert bool(len(loaded)) is has_words and bool(loaded.lang) is has_rules
            assert (loaded.vectors is not None) is has_vectors and loaded.has_vector("tea") is has_vectors
    for call in (vocab.to_bytes, lambda exclude: Vocab().from_bytes(b"", exclude=exclude)):
        with pytest.raises(ValueError, match="no part 'tokens'; the parts are lookups, rules, strings, vectors"):
            call(exclude=["tokens"])
        with pytest.raises(TypeError, match="names in a list"):
            call(exclude="strings")


def test_a_memory_zone_is_left_out_and_takes_over_what_is_loaded():
    nlp = lexarray.blank("en")
    nlp("stays")
    other = lexarray.blank("en").vocab
    other["xyzzy"].norm_ = "magic"
    with nlp.memory_zone():
        doc = nlp("xyzzy")
        for loaded in copies(nlp.vocab):
            assert "stays" in loaded and "xyzzy" not in loaded
        nlp.vocab.from_bytes(other.to_bytes())
        assert doc[0].norm_ == nlp.vocab["xyzzy"].norm_ == "magic" and nlp.vocab["xyzzy"] == doc[0].lex
    assert doc[0].norm_ == "magic" and nlp.vocab["xyzzy"].norm_ == "magic" and list(nlp.vocab.strings).count("xyzzy") == 1


# ---- the seed ----

def test_the_seed_is_small_and_is_the_vocabulary_when_it_is_loaded():
    vocab = example()
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        data = pickle.dumps(vocab.seed, protocol)
        assert len(data) < 250
        loaded = pickle.loads(data)
        assert type(loaded) is Vocab and len(loaded) == len(loaded.strings) == 0
        assert loaded.lexical_rules is vocab.lexical_rules and loaded.get_noun_chunks is vocab.get_noun_chunks
    assert repr(vocab.seed) == f"<VocabSeed of {vocab!r}>" and vocab.seed.vocab is vocab
    assert copy.copy(vocab.seed).vocab is vocab
    with pytest.raises(TypeError):
        VocabSeed(None)


def test_what_is_pickled_together_shares_one_vocabulary():
    vocab = example()
    things = [vocab["coffee"], vocab.seed, vocab, vocab.strings, vocab.morphology, MorphAnalysis(vocab, "Case=Nom"), vocab["new"]]
    for order in (things, things[::-1]):
        for loaded in (pickle.loads(pickle.dumps(order)), copy.deepcopy(order)):
            found = loaded[2] if order is things else loaded[4]
            for thing in loaded:
                if isinstance(thing, Lexeme):
                    assert thing.vocab is found and thing.norm_ == found[thing.text].norm_
                elif isinstance(thing, Vocab):
                    assert thing is found
                elif isinstance(thing, (MorphAnalysis, Morphology)):
                    assert thing.strings is found.strings
                else:
                    assert thing is found.strings
            assert words_of(found) == words_of(vocab) and found is not vocab


def test_a_seed_does_not_keep_a_vocabulary_alive():
    vocab = Vocab()
    gc.disable()
    try:
        seed, gone = vocab.seed, weakref.ref(vocab)
        assert vocab.seed is seed
        del vocab
        assert gone() is not None
        del seed
        assert gone() is None                   # by the count of references alone
    finally:
        gc.enable()


def length_of(text):
    return len(text)


class Drinks(Vocab):
    """A subclass with attributes of its own."""


def test_getters_and_subclasses_travel():
    vocab = Drinks({CLUSTER: length_of}, oov_prob=-3, get_noun_chunks=length_of)
    vocab.name = "drinks"
    vocab["tea"]
    for loaded in (pickle.loads(pickle.dumps(vocab)), copy.copy(vocab), copy.deepcopy(vocab)):
        assert type(loaded) is Drinks and loaded.name == "drinks" and loaded.get_noun_chunks is length_of
        assert loaded.lex_attr_getters == {CLUSTER: length_of} and loaded.oov_prob == -3
        assert loaded["tea"].cluster == 3 and loaded["coffee"].cluster == 6
    seedling = pickle.loads(pickle.dumps(vocab.seed))
    assert type(seedling) is Drinks and not len(seedling) and seedling["mate"].cluster == 4 and seedling["mate"].prob == -3
    vocab.add_flag(lambda text: True)
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(vocab.seed)


def test_rules_travel_by_name_or_as_data():
    rules = English.lexical_rules()
    assert pickle.loads(pickle.dumps(rules)) is rules and copy.copy(rules) is copy.deepcopy(rules) is rules
    assert len(pickle.dumps(rules)) < 100
    own = LexicalRules("zz", ["a", "b"], ["one"], ["TH"], {"x": "y"})
    loaded = pickle.loads(pickle.dumps(own))
    assert loaded == own and hash(loaded) == hash(own) and loaded is not own and loaded != rules and own != "zz"
    assert (loaded.lang, loaded.stop_words, loaded.ordinal_suffixes, dict(loaded.norms)) == ("zz", {"a", "b"}, ("th",), {"x": "y"})
    with pytest.raises(TypeError, match="origin must be callable"):
        LexicalRules(origin="zz")


def test_a_language_whose_defaults_have_been_changed_travels_as_data():
    class Changed(English):
        """Not found by its name either."""

        Defaults = type("Defaults", (English.Defaults,), {"stop_words": {"tea"}})

    first = Changed.lexical_rules()
    assert first is Changed.lexical_rules() and first.origin is None
    Changed.Defaults.stop_words.add("mate")
    second = Changed.lexical_rules()
    assert second.stop_words == {"tea", "mate"} and first.stop_words == {"tea"}
    assert pickle.loads(pickle.dumps(second)) == second
    before = English.Defaults.stop_words
    try:
        English.Defaults.stop_words = before | {"coffee"}
        vocab = English().vocab
        assert vocab.lexical_rules.origin is None
    finally:
        English.Defaults.stop_words = before
    assert pickle.loads(pickle.dumps(vocab.seed))["coffee"].is_stop and not English().vocab["coffee"].is_stop
    assert English.lexical_rules().origin == English.lexical_rules


def test_defaults_that_are_wrong_are_named():
    class OneText(English):
        """Stop words that are one text."""

        Defaults = type("Defaults", (English.Defaults,), {"stop_words": "the"})

    class Number(English):
        """A number instead of texts."""

        Defaults = type("Defaults", (English.Defaults,), {"stop_words": 5})

    with pytest.raises(TypeError, match="stop_words: expected an iterable of str, got str: 'the'"):
        OneText()
    with pytest.raises(TypeError):
        Number()


def test_copies_are_independent():
    vocab = example()
    vocab.set_vector("tea", [1, 2])
    shallow, deep = copy.copy(vocab), copy.deepcopy(vocab)
    shallow["coffee"].norm_ = deep["coffee"].norm_ = "other"
    shallow.strings.add("only here")
    assert vocab["coffee"].norm_ == "tea" and "only here" not in vocab.strings
    assert shallow.vectors is vocab.vectors and deep.vectors is not vocab.vectors
    deep.set_vector("tea", [5, 5])
    assert vocab.get_vector("tea").tolist() == [1, 2]


# ---- vectors ----

def test_vectors_and_what_pruning_has_remapped(tmp_path):
    vocab = Vocab()
    for word, vector in ("sat", [0, 1]), ("cat", [1, 0]), ("feline", [2, 0]), ("mog", [3, 0]):
        vocab.set_vector(word, vector)
    vocab.prune_vectors(2)
    vocab.set_vector("mog", [3, 1])
    vocab.to_disk(tmp_path / "vocab")
    mapped = Vocab().from_disk(tmp_path / "vocab")
    again = pickle.loads(pickle.dumps(mapped))
    seedling = pickle.loads(pickle.dumps(mapped.seed))
    assert all(each.vectors.keys.mapping is not None for each in (mapped, again, seedling))
    for loaded in (*copies(vocab), mapped, again, copy.copy(mapped), copy.deepcopy(mapped)):
        assert loaded.get_vector("feline").tolist() == [1, 0] and loaded.get_vector("mog").tolist() == [3, 1]
        assert not loaded.has_vector("dog") and len(loaded.vectors) == 3
    assert seedling.get_vector("cat").tolist() == [1, 0] and len(pickle.dumps(mapped.seed)) < 1000
    assert pickle.loads(pickle.dumps(vocab.seed)).vectors is None


def test_damaged_vectors_change_nothing(tmp_path):
    vocab = Vocab(strings=["tea"])
    vocab.set_vector("tea", [1, 2])
    data = vocab.to_bytes()
    parts = saved.parts_of(data)
    loaded = Vocab()
    for change, error, message in [({"vectors": parts["vectors"][:-1]}, VectorFileError, "vocab: bytes: "),
                                   ({"aliases": [b"1" * 8, b""]}, SavedObjectError, "aliases: expected two columns"),
                                   ({"aliases": [b"1" * 16, b"2" * 16]}, SavedObjectError, "aliases: a word is there twice"),
                                   ({"vectors": True}, SavedObjectError, "vectors: True is a bool")]:
        with pytest.raises(error, match=message):
            loaded.from_bytes(saved.with_parts(data, parts | change))
    del parts["vectors"]
    with pytest.raises(SavedObjectError, match="and no vectors"):
        loaded.from_bytes(saved.with_parts(data, parts | {"aliases": [b"1" * 8, b"2" * 8]}))
    vocab.to_disk(tmp_path / "vocab")
    (tmp_path / "vocab" / "vectors.safetensors").unlink()
    with pytest.raises(FileNotFoundError):
        loaded.from_disk(tmp_path / "vocab")
    assert len(loaded) == len(loaded.strings) == 0 and loaded.vectors is None
    assert loaded.from_disk(tmp_path / "vocab", exclude=["vectors"]).strings["tea"] in loaded.strings


# ---- folders ----

def test_a_folder_is_replaced_as_a_whole_or_not_at_all(tmp_path):
    vocab = example()
    path = tmp_path / "vocab"
    vocab.set_vector("tea", [1, 2])
    vocab.to_disk(path)
    mapped = Vocab().from_disk(path)
    vocab.vectors = None
    vocab.to_disk(path)
    assert [file.name for file in path.iterdir()] == ["vocab.bin"] and list(tmp_path.iterdir()) == [path]
    assert mapped.get_vector("tea").tolist() == [1, 2]          # what has been mapped stays
    (path / "notes.txt").write_text("mine")
    before = (path / "vocab.bin").read_bytes()
    Vocab(strings=["new"])
    with pytest.raises(FileExistsError, match="notes.txt"):
        Vocab().to_disk(path)
    (path / "notes.txt").unlink()
    (path / "deep").mkdir()
    with pytest.raises(FileExistsError, match="deep"):
        Vocab().to_disk(path)
    (path / "deep").rmdir()
    vocab.set_vector("tea", [1, 2])
    vocab.vectors.set_vecattr("tea", "what", object())
    with pytest.raises(TypeError):
        vocab.to_disk(path)
    assert (path / "vocab.bin").read_bytes() == before and list(tmp_path.iterdir()) == [path]
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError):
        vocab.to_disk(tmp_path / "file")
    with pytest.raises(FileNotFoundError):
        vocab.to_disk(tmp_path / "nowhere" / "vocab")
    with pytest.raises(FileNotFoundError):
        Vocab().from_disk(tmp_path / "nowhere")


# ---- damage ----

def state(vocab):
    return (words_of(vocab), list(vocab.strings), vocab.lexical_rules, vocab.oov_prob, vocab.vectors)


def test_the_current_folder_is_not_replaced(tmp_path, monkeypatch):
    nlp = lexarray.blank("en")
    folder = tmp_path / "current"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for path in (".", folder, "../current/"):
        with pytest.raises(OSError, match="the current folder is this one or in it"):
            nlp.to_disk(path)
    assert os.getcwd() == os.path.realpath(folder) and os.listdir(folder) == [] and os.listdir(tmp_path) == ["current"]
    nlp.to_disk("new")
    monkeypatch.chdir(folder / "new" / "vocab")
    with pytest.raises(OSError, match="the current folder is this one or in it"):
        nlp.to_disk("..")
    nlp.to_disk(tmp_path / "beside")
    nlp.to_disk(tmp_path / "beside")
    nlp.to_disk(tmp_path / "currently")
    monkeypatch.chdir(tmp_path)
    for name in ("current/new", "beside", "currently"):
        assert lexarray.load(name).lang == "en"
    nlp.to_disk("current/new")


def test_damage_is_found_and_changes_nothing(tmp_path):
    data = example().to_bytes()
    vocab = Vocab(strings=["here"])
    vocab["tea"]
    before = state(vocab)
    for bad in saved.damaged(data, CORRUPTIONS):
        with pytest.raises(SavedObjectError, match="lexarray.vocab|saved '"):
            vocab.from_bytes(bad)
    assert state(vocab) == before
    example().to_disk(tmp_path / "vocab")
    (tmp_path / "vocab" / "vocab.bin").write_bytes(data[:-9])
    with pytest.raises(SavedObjectError, match=r"vocab\.bin: no saved lexarray.vocab"):
        vocab.from_disk(tmp_path / "vocab")


def test_damage_with_a_right_checksum_is_found_or_harmless():
    vocab = Vocab(lexical_rules=LexicalRules("zz", ["tea"], norms={"x": "y"}))
    for word in ("tea", "coffee", "Mate!", "日本"):
        vocab[word].cluster = len(word)
    data = vocab.to_bytes()
    inner = saved.unpack(data)["data"]
    for bad in saved.damaged(inner, 5 * CORRUPTIONS):
        loaded = Vocab()
        before = state(loaded)
        try:
            loaded.from_bytes(saved.with_parts(data, bad))
        except ValueError as error:
            assert str(error) and state(loaded) == before
        else:
            for word in loaded:
                assert word.length == len(word.text) and loaded[word.text] == word
            words_of(loaded)


def test_nonsense_is_named():
    vocab = Vocab()
    vocab["a"], vocab["b"]
    data = vocab.to_bytes()
    parts = saved.parts_of(data)
    part = parts["strings"]
    words = part["words"]
    n_symbols = words["n_symbols"]

    def load(change=None, **columns):
        new = {**words, "columns": {**words["columns"], **columns}, **(change or {})}
        Vocab().from_bytes(saved.with_parts(data, {**parts, "strings": {**part, "words": new}}))

    load()
    for change, message in [({"n": 1 << 62}, "there cannot be 4,611,686,018,427,387,904 of them with"), ({"n": -1}, "cannot be -1"),
                            ({"n": 3}, "orth: no column of 3 numbers"), ({"n_symbols": 0}, "use 0 symbols"),
                            ({"n_symbols": 100_000}, "use 100,000 symbols, and this version"), ({"n": "2"}, "n: '2' is a str"),
                            ({"x": 2}, "'x' is unknown")]:
        with pytest.raises(SavedObjectError, match=message):
            load(change)
    for name, column, message in [
            ("orth", [n_symbols, 0, b""], "word 1 is there twice: 'a'"), ("orth", [n_symbols, 1, b"\0\x63"], "word 1, orth: it has text 99"),
            ("norm", [2**64 - 1, 0, b""], "word 0, norm: it has text"), ("cluster", [2**64 - 1, 1, b"\0\1"], "word 1, cluster: a number of more"),
            ("flags", [1, 0, b""], "word 0, flags: bit 0"), ("id", [2**32, 0, b""], "word 0, id: a number of more than 32"),
            ("prob", [2**40, 0, b""], "word 0, prob"), ("cluster", [0, 9, b"x" * 18], "cluster: no column"), ("shape", [0, 1, b"x"], "shape: no"),
            ("lang", [0, 0], "lang: no"), ("lang", [0, True, b"ab"], "lang: no"), ("lang", [-1, 0, b""], "lang: no"),
            ("lang", "x", "lang: 'x' is a str"), ("colour", [0, 0, b""], "'colour' is unknown")]:
        with pytest.raises(SavedObjectError, match=message):
            load(**{name: column})
    for rules, message in [({}, "no part 'lang'"), ({**parts["rules"], "stop_words": [1]}, "rules: stop_words: expected a str"),
                           ({**parts["rules"], "norms": {"x": ""}}, "norm must not be empty"),
                           ({**parts["rules"], "norms": {1: "x"}}, "norms: expected a str"),
                           ({**parts["rules"], "ordinal_suffixes": ["x" * 9]}, "expected 1 to 8"),
                           ({**parts["rules"], "oov_prob": "x"}, "oov_prob: 'x' is a str")]:
        with pytest.raises(SavedObjectError, match=message):
            Vocab().from_bytes(saved.with_parts(data, {**parts, "rules": rules}))
    with pytest.raises(SavedObjectError, match="the part 'colour' is unknown"):
        Vocab().from_bytes(saved.with_parts(data, {**parts, "colour": 1}))


def test_a_collision_changes_nothing():
    texts = murmur.colliding_texts()
    first, second = next(texts), next(texts)
    vocab, other = Vocab(strings=[first]), Vocab(oov_prob=-1)
    other["tea"], other[second]
    before = state(vocab)
    with pytest.raises(KeyCollisionError, match="has the key"):
        vocab.from_bytes(other.to_bytes())
    assert state(vocab) == before


# ---- lexemes and morphology ----

def test_a_lexeme_travels_with_its_attributes_and_without_the_other_words():
    vocab = example()
    for text in ("coffee", "", "x\0y", "\ud800", "ADJ", "the"):
        word = vocab[text]
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            loaded = pickle.loads(pickle.dumps(word, protocol))
            assert loaded == word and [getattr(loaded, name) for name in FIELDS] == [getattr(word, name) for name in FIELDS]
            assert len(loaded.vocab) == 1 and loaded.vocab.lang == "en" and len(pickle.dumps(word)) < 700
    other = copy.copy(vocab["the"])
    other.cluster = 9
    assert other == vocab["the"] and other.vocab is vocab and vocab["the"].cluster == 9
    assert copy.deepcopy(vocab["the"]).vocab is not vocab
    with pytest.raises(ValueError, match="never initialised"):
        pickle.dumps(Lexeme.__new__(Lexeme))


def test_morphology_travels():
    vocab = Vocab()
    for text in ("Case=Nom|Number=Sing", "_", ""):
        analysis = MorphAnalysis(vocab, text)
        for loaded in (pickle.loads(pickle.dumps(analysis)), copy.copy(analysis), copy.deepcopy(analysis)):
            assert loaded == analysis and loaded.key == analysis.key and str(loaded) == str(analysis)
    with vocab.memory_zone():
        analysis = MorphAnalysis(vocab, "Case=Acc")
    assert str(pickle.loads(pickle.dumps(MorphAnalysis(vocab, "Case=Acc")))) == "Case=Acc"
    key = vocab.morphology.add("Case=Dat")
    for loaded in (pickle.loads(pickle.dumps(vocab.morphology)), copy.copy(vocab.morphology), copy.deepcopy(vocab.morphology)):
        assert loaded.get(loaded.add("Case=Dat")) == "Case=Dat" and loaded.add("Case=Dat") == key
