"""Memory zones: what is new in them is forgotten, and documents that outlive them stay what they were."""

import gc
import weakref

import lexarray
import pytest
from cymem.cymem import Pool
from hypothesis import given, settings, strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from lexarray.attrs import FLAG20, IDS, NORM, ORTH
from lexarray.errors import KeyCollisionError
from lexarray.lexeme import Lexeme
from lexarray.strings import StringStore, get_string_id
from lexarray.tokens import Doc, Span
from lexarray.tokens.span_group import SpanGroup
from lexarray.vocab import Vocab
from reference import murmur
from reference.threads import in_threads

TOKEN_ATTRS = ["ORTH", "LOWER", "NORM", "SHAPE", "PREFIX", "SUFFIX", "LANG", "LENGTH", "LEMMA", "TAG", "DEP", "POS", "MORPH", "HEAD",
               "SPACY", "IDX", "SENT_START", "ENT_TYPE", "ENT_IOB", "ENT_KB_ID", "ENT_ID", "ID", "CLUSTER", "IS_ALPHA", "IS_STOP",
               "LIKE_NUM", "LIKE_URL", "IS_TITLE", FLAG20]
TEXT_ATTRS = ["orth_", "lower_", "norm_", "shape_", "prefix_", "suffix_", "lang_", "lemma_", "tag_", "dep_", "pos_", "ent_type_",
              "ent_kb_id_", "ent_id_", "sense_", "whitespace_"]


def everything(doc):
    """Every layer of a document, as plain Python."""
    tree = doc.has_annotation("SENT_START") if len(doc) else False
    return {
        "text": doc.text,
        "array": doc.to_array(TOKEN_ATTRS).tolist(),
        "texts": [[getattr(token, name) for name in TEXT_ATTRS] for token in doc],
        "morph": [str(token.morph) for token in doc],
        "words": [(token.lex.text, token.lex.flags, token.lex.prob, token.lex.rank, token.lex.cluster, token.lex.sentiment,
                   token.lex.norm_) for token in doc],
        "keys": [[doc.strings[getattr(token, name[:-1])] for name in TEXT_ATTRS[:14]] for token in doc],
        "ents": [(ent.start, ent.end, ent.label_, ent.kb_id_, ent.id_, ent.text) for ent in doc.ents],
        "spans": {name: [(span.start, span.end, span.label_, span.kb_id_, span.id_, span.text) for span in group]
                  for name, group in doc.spans.items()},
        "sents": [sent.text for sent in doc.sents] if tree and len(doc) else None,
        "heads": [token.head.i for token in doc],
        "cats": dict(doc.cats),
    }


def annotated(vocab, word="qwxyz", words=None):
    """A document with all layers, of strings that nobody else has."""
    words = words or [word, "Paris", word + "1", "the", "12.5", word + "é"]
    n = len(words)
    doc = Doc(vocab, words=words, spaces=[i % 2 == 0 for i in range(n)], tags=[f"{word}-tag{i}" for i in range(n)],
              lemmas=[f"{word}-lemma{i}" for i in range(n)], pos=["NOUN"] * n, morphs=[f"Case={word.capitalize()}{i}" for i in range(n)],
              heads=[0] * n, deps=[f"{word}-dep{i}" for i in range(n)])
    doc.ents = [Span(doc, 0, 2, label=f"{word}-ent", kb_id=f"{word}-kb", span_id=f"{word}-id")] if n > 1 else []
    doc.spans["group"] = [Span(doc, 0, 1, label=f"{word}-label", kb_id=f"{word}-kb2", span_id=f"{word}-id2"), doc[0:n]]
    for i, token in enumerate(doc):
        token.sense_ = f"{word}-sense{i}"
        token.norm_ = f"{word}-norm{i}"
    doc.cats["x"] = 1.0
    return doc


def state(vocab):
    return sorted(vocab.strings), sorted(lexeme.text for lexeme in vocab), len(vocab), len(vocab.strings)


@pytest.fixture
def nlp():
    return lexarray.blank("en")


# ---- what is new is forgotten ----

def test_words_and_strings_are_what_they_were(nlp):
    vocab = nlp.vocab
    nlp("some words that stay")
    before, memory = state(vocab), vocab.memory()
    assert memory["zone"] == 0
    with nlp.memory_zone():
        assert state(vocab) == before
        doc = nlp("some xyzzy words, plughs that stay")
        assert "xyzzy" in vocab and "xyzzy" in vocab.strings and vocab["xyzzy"].text == "xyzzy"
        assert vocab.strings[vocab.strings["plughs"]] == "plughs"
        assert len(vocab) == before[2] + 3 and vocab.memory()["zone"] > 0      # xyzzy, plughs and the comma
        assert vocab.memory()["words"] == memory["words"] and vocab.memory()["strings"] == memory["strings"]
        assert vocab.strings.add("label") in vocab.strings
        kept = vocab.strings.add("kept", allow_transient=False)
        assert state(vocab)[0] == sorted({*before[0], "kept", "label", *[s for token in doc for s in (
            token.text, token.lower_, token.norm_, token.shape_, token.prefix_, token.suffix_) if s and s not in IDS]})
    assert state(vocab) == (sorted([*before[0], "kept"]), before[1], before[2], before[3] + 1)
    assert vocab.strings[kept] == "kept" and "xyzzy" not in vocab and "xyzzy" not in vocab.strings and "label" not in vocab.strings
    assert vocab.memory()["zone"] == 0 and vocab.memory()["words"] == memory["words"]
    with pytest.raises(KeyError, match="memory zone that has ended"):
        vocab.strings[get_string_id("xyzzy")]
    assert doc.text == "some xyzzy words, plughs that stay"
    assert "xyzzy" in doc.strings and doc.strings[doc[1].orth] == "xyzzy"


def test_memory_is_bounded(nlp):
    before = nlp.vocab.memory()
    most = 0
    for i in range(200):
        with nlp.memory_zone():
            nlp(" ".join(f"w{i}x{j}" for j in range(200)))
            most = max(most, nlp.vocab.memory()["zone"])
    assert 0 < most < 500_000 and nlp.vocab.memory() == before


def test_the_block_yields_a_pool(nlp):
    with nlp.memory_zone() as pool:
        assert isinstance(pool, Pool)
    mine = Pool()
    with nlp.memory_zone(mine) as pool:
        assert pool is mine


def test_an_exception_ends_the_zone_too(nlp):
    with pytest.raises(ZeroDivisionError):
        with nlp.memory_zone():
            doc = nlp("xyzzy")
            1 / 0
    assert "xyzzy" not in nlp.vocab and doc.text == "xyzzy" and nlp.vocab.memory()["zone"] == 0


def test_a_zone_that_is_never_entered_changes_nothing(nlp):
    zone = nlp.memory_zone()
    nlp("xyzzy")
    del zone
    assert "xyzzy" in nlp.vocab


def test_a_zone_that_is_abandoned_ends_with_what_holds_it(nlp):
    zone = nlp.memory_zone()
    zone.__enter__()
    doc = nlp("xyzzy")
    assert nlp.vocab.memory()["zone"]
    del zone
    gc.collect()
    assert nlp.vocab.memory()["zone"] == 0 and "xyzzy" not in nlp.vocab and doc.text == "xyzzy"


# ---- what outlives it ----

def test_every_layer_of_a_document_stays(nlp):
    nlp("the Paris")
    with nlp.memory_zone():
        doc = annotated(nlp.vocab)
        lexeme = doc[0].lex
        lexeme.rank, lexeme.cluster, lexeme.prob, lexeme.sentiment = 5, 6, -3.5, 0.5
        lexeme.set_flag(FLAG20, True)
        before = everything(doc)
    for word in "abc":
        nlp(f"other{word} words{word}")                     # in the place of what was freed
    assert everything(doc) == before
    assert "qwxyz" not in nlp.vocab and "qwxyz-lemma0" not in nlp.vocab.strings
    assert "qwxyz-lemma0" in doc.strings and doc.strings["qwxyz-lemma0"] == doc[0].lemma
    gc.collect()
    assert everything(doc) == before


def test_the_vocabulary_gets_the_word_while_the_zone_is_open(nlp):
    outside = nlp("old")
    with nlp.memory_zone():
        doc = nlp("plugh xyzzy")
        doc[0].lex.norm_ = "inside"
        doc[0].lex.set_flag(FLAG20, True)
        before = everything(doc)
        outside[0].lemma_ = "plugh"
        nlp.vocab.strings.add("xyzzy", allow_transient=False)
        with outside.retokenize() as retokenizer:           # makes the word where the document has its words
            retokenizer.split(outside[0], ["o", "ld"], heads=[outside[0], outside[0]])
        assert everything(doc) == before
        assert sorted(nlp.vocab.strings) == sorted(set(nlp.vocab.strings))
        assert len(nlp.vocab.strings) == len(list(nlp.vocab.strings)) and len(nlp.vocab) == len(list(nlp.vocab))
    assert everything(doc) == before
    assert "plugh" in nlp.vocab.strings and "ld" in nlp.vocab and "plugh" not in nlp.vocab


def test_a_lexeme_that_is_kept(nlp):
    with nlp.memory_zone():
        lexeme, known = nlp.vocab["xyzzy"], Lexeme(nlp.vocab, "xyzzy")
        lexeme.norm_ = "plugh"
    assert (lexeme.text, lexeme.norm_, known.norm_, lexeme.lower_) == ("xyzzy", "plugh", "plugh", "xyzzy")
    lexeme.lower_ = "new"
    assert known.lower_ == "new" and lexeme == known and hash(lexeme) == hash(nlp.vocab["xyzzy"])
    assert nlp.vocab["xyzzy"].norm_ == "xyzzy"


def test_what_is_set_on_a_word_that_stays_stays(nlp):
    stays = nlp.vocab["stays"]
    with nlp.memory_zone():
        Lexeme(nlp.vocab, "stays").norm_ = "zzz1"
        nlp.vocab["stays"].lower_ = "zzz2"
        stays.shape = nlp.vocab.strings.add("zzz3")
        doc = nlp("stays here")
        with doc.retokenize() as retokenizer:
            retokenizer.merge(doc[0:1], attrs={"SUFFIX": "zzz4"})
    assert (stays.norm_, stays.lower_, stays.shape_, stays.suffix_) == ("zzz1", "zzz2", "zzz3", "zzz4")
    assert nlp("stays")[0].norm_ == "zzz1"


def test_a_document_from_before_is_edited_in_a_zone(nlp):
    doc = nlp("one two three four")
    with nlp.memory_zone():
        key = nlp.vocab.strings.add("transient")
        doc[0].lemma_ = "lemma by text"
        doc[1].lemma = doc[1].tag = doc[1].dep = doc[1].norm = doc[1].sense = key
        doc[2].lemma = "lemma by either"
        doc[2].set_morph("Case=Zone")
        doc.ents = [Span(doc, 0, 1, label="by text"), Span(doc, 1, 2, label=key, kb_id=key, span_id=key)]
        doc.spans["x"] = [Span(doc, 0, 4, label=key)]
        with doc.retokenize() as retokenizer:
            retokenizer.merge(doc[2:4], attrs={"LEMMA": key, "TAG": "tag by text"})
        array = doc.to_array(["DEP"])
        array[0] = nlp.vocab.strings.add("transient label")
        doc.from_array(["DEP"], array)
        before = everything(doc)
    assert everything(doc) == before
    assert [token.lemma_ for token in doc] == ["lemma by text", "transient", "transient"] and doc[0].dep_ == "transient label"
    assert doc.strings is nlp.vocab.strings


def test_a_document_that_outlived_a_zone_is_edited_in_another_and_outside(nlp):
    with nlp.memory_zone():
        doc = nlp("xyzzy plugh three four five")
    for number in range(2):
        with nlp.memory_zone():
            key = nlp.vocab.strings.add(f"transient{number}")
            doc[0].lemma, doc[1].lemma_, doc[1].sense = key, f"text{number}", key
            doc.spans["x"] = [Span(doc, 0, 1, label=key)]
            with doc.retokenize() as retokenizer:
                retokenizer.merge(doc[-2:], attrs={"LEMMA": key})
            before = everything(doc)
        assert everything(doc) == before
        assert doc[0].lemma_ == doc[-1].lemma_ == doc.spans["x"][0].label_ == f"transient{number}" and doc[1].lemma_ == f"text{number}"
    doc[0].lemma_ = "outside"
    assert doc[0].lemma_ == "outside" and "outside" not in nlp.vocab.strings and "outside" in doc.strings


def copies(doc):
    return {"copy": doc.copy(), "slice": doc[0:len(doc)].as_doc(), "part": doc[1:].as_doc(), "joined": Doc.from_docs([doc, doc]),
            "group": doc.spans["group"].copy().doc}


def test_copies_slices_and_joins(nlp):
    nlp("the 12.5")
    with nlp.memory_zone():
        doc = annotated(nlp.vocab)
        inside = copies(doc)
        expected = {name: everything(each) for name, each in inside.items()}
    assert {name: everything(each) for name, each in inside.items()} == expected
    assert {name: everything(each) for name, each in copies(doc).items()} == expected
    with nlp.memory_zone():
        again = copies(doc)
        assert {name: everything(each) for name, each in again.items()} == expected
        other = annotated(nlp.vocab, "zzzz")
        mixed = Doc.from_docs([doc, other, nlp("plain")])
        texts = everything(mixed)
        twice = Doc.from_docs([mixed, doc])
    assert {name: everything(each) for name, each in again.items()} == expected
    assert everything(mixed) == texts and mixed.text.startswith(doc.text) and twice.text == mixed.text + " " * (not mixed.text[-1].isspace()) + doc.text
    outside = Doc.from_docs([doc, mixed])
    assert "qwxyz" in nlp.vocab and outside[0].lemma_ == "qwxyz-lemma0"        # it is of the vocabulary, which has it now
    del doc, other, mixed, inside, again
    gc.collect()
    assert everything(twice)["texts"][0][7] == "qwxyz-lemma0"


def test_words_of_a_document_that_outlived_may_be_tokens_again(nlp):
    with nlp.memory_zone():
        doc = nlp("xyzzy plugh")
    again = Doc(nlp.vocab, words=[token.text for token in doc])
    assert again.text == "xyzzy plugh " and "xyzzy" in nlp.vocab
    with pytest.raises(KeyError, match="no text is stored"):
        Doc(nlp.vocab, words=[get_string_id("neverwas")])


def test_an_edit_that_goes_on_when_the_zone_has_ended(nlp):
    with nlp.memory_zone():
        doc = nlp("aaaa1 bbbb2 cccc3 dd44ee")
        doc[0].lemma_ = "lll"
        retokenizer = doc.retokenize()
        retokenizer.__enter__()
        retokenizer.merge(doc[0:2], attrs={"LEMMA": "mmm", "TAG": "ttt", "ENT_TYPE": "eee"})
        retokenizer.merge(doc[2:3], attrs={"SHAPE": "sss"})
        retokenizer.split(doc[3], ["dd", "44", "ee"], heads=[doc[0], (doc[3], 0), doc[2]], attrs={"LEMMA": ["p", "q", "r"]})
    gc.collect()
    retokenizer.__exit__(None, None, None)
    assert [token.text for token in doc] == ["aaaa1 bbbb2", "cccc3", "dd", "44", "ee"] and doc.text == "aaaa1 bbbb2 cccc3 dd44ee"
    assert [token.lemma_ for token in doc] == ["mmm", "", "p", "q", "r"] and doc[0].tag_ == "ttt" and doc[0].ent_type_ == "eee"
    assert doc[1].shape_ == "sss" and doc[0].shape_ == "xxxxd xxxxd"
    assert everything(doc.copy()) == everything(doc)


def test_spans_and_groups_that_are_in_no_document(nlp):
    with nlp.memory_zone():
        doc = nlp("xyzzy plugh")
        span, other = Span(doc, 0, 1, label="some label", kb_id="some kb", span_id="some id"), Span(doc, 1, 2, label="other label")
        later, plain = Span(doc, 0, 2, label="later label"), doc[0:1]
        group = SpanGroup(doc, name="mine", spans=[span, later])
        doc.ents = [("an entity", 0, 1)]
        ent, = doc.ents
        doc.ents = []
    gc.collect()
    nlp("something else")
    assert (span.text, span.label_, span.kb_id_, span.id_, ent.label_) == ("xyzzy", "some label", "some kb", "some id", "an entity")
    assert [each.label_ for each in group] == ["some label", "later label"] and plain.label_ == ""
    other.kb_id_ = "new kb"
    assert (other.label_, other.kb_id_) == ("other label", "new kb")
    doc.ents = [span, other]
    doc.spans["group"], doc.spans["list"] = group, [later, ent, plain]
    assert [(each.label_, each.kb_id_, each.id_) for each in doc.ents] == [("some label", "some kb", "some id"), ("other label", "new kb", "")]
    assert [each.label_ for each in doc.spans["list"]] == ["later label", "an entity", ""] and "some label" not in nlp.vocab.strings
    copied = doc.copy()
    assert everything(copied)["spans"] == everything(doc)["spans"]


def test_noun_chunks_of_documents_from_before_and_after(nlp):
    def make():
        return Doc(nlp.vocab, words=["The", "cat", "sleeps"], heads=[1, 2, 2], deps=["det", "nsubj", "ROOT"], pos=["DET", "NOUN", "VERB"])
    before = make()
    with nlp.memory_zone():
        inside = make()
        chunks = [list(doc.noun_chunks) for doc in (before, inside)]
    chunks += [list(doc.noun_chunks) for doc in (before, inside)]
    for chunk, in chunks:
        assert chunk.text == "The cat" and chunk.doc[0:2].text == "The cat"
    assert [chunk.label_ for chunk, in chunks[2:]] == ["NP", "NP"]


def test_vectors_hooks_and_user_data_stay(nlp):
    nlp.vocab.set_vector("xyzzy", [1, 2])
    with nlp.memory_zone():
        doc = nlp("xyzzy plugh")
        doc.user_data["x"] = [1]
        assert doc[0].vector.tolist() == [1, 2]
    assert doc[0].vector.tolist() == [1, 2] and doc.vector.tolist() == [0.5, 1] and doc.user_data == {"x": [1]} and doc[1].is_oov


# ---- norms of special cases, and the tokenizer's cache ----

def test_a_special_case_with_a_norm_of_its_own(nlp):
    nlp.tokenizer.rules["cos"] = [{ORTH: "cos", NORM: "becauseofthat"}]
    nlp.vocab["cos"]
    for _ in range(3):
        with nlp.memory_zone():
            inside = nlp("cos cos")
            assert inside[1].norm_ == "becauseofthat"
        assert inside[0].norm_ == "becauseofthat" and "becauseofthat" not in nlp.vocab.strings
    assert nlp("cos")[0].norm_ == "becauseofthat"
    with nlp.memory_zone():
        inside = nlp("cos")
    assert inside[0].norm_ == "becauseofthat"


def test_the_cache_after_zones(nlp):
    text = "The (xyzzy) don't plugh's e.g. word, word"
    expected = everything(lexarray.blank("en")(text))
    for i in range(4):
        with nlp.memory_zone():
            first, again = nlp(text), nlp(text)
            assert everything(first) == everything(again) == expected
            with nlp.memory_zone():
                inner = nlp(text)
            assert everything(inner) == everything(nlp(text)) == expected
        assert everything(first) == everything(again) == everything(inner) == expected
        if i == 2:
            nlp(text)
    assert everything(nlp(text)) == expected


# ---- nested, overlapping, in threads ----

def test_nested_zones(nlp):
    with nlp.memory_zone():
        outer = nlp("outer1")
        with nlp.memory_zone():
            inner = nlp("outer1 inner1")
            assert len(nlp.vocab) == 2
        assert len(nlp.vocab) == 0 and outer.text == "outer1" and inner.text == "outer1 inner1"
        after = nlp("outer2")
        assert len(nlp.vocab) == 1 and nlp.vocab.memory()["zone"]
    assert len(nlp.vocab) == 0 and [doc.text for doc in (outer, inner, after)] == ["outer1", "outer1 inner1", "outer2"]
    nlp("stays")
    assert "stays" in nlp.vocab


def test_overlapping_zones(nlp):
    one, two = nlp.memory_zone(), nlp.memory_zone()
    one.__enter__()
    docs = [nlp("aa1")]
    two.__enter__()
    docs.append(nlp("bb2"))
    one.__exit__(None, None, None)
    assert len(nlp.vocab) == 0
    docs.append(nlp("cc3"))
    assert len(nlp.vocab) == 1
    two.__exit__(None, None, None)
    assert len(nlp.vocab) == 0 and [doc.text for doc in docs] == ["aa1", "bb2", "cc3"] and nlp.vocab.memory()["zone"] == 0


def test_limit_zone(nlp):
    vocab = nlp.vocab
    assert vocab.limit_zone(0) is False
    with nlp.memory_zone():
        doc = nlp("a1 b2 c3")
        assert vocab.limit_zone(3) is False and len(vocab) == 3
        assert vocab.limit_zone(2) is True and len(vocab) == 0
        assert doc.text == "a1 b2 c3" and vocab.limit_zone(0) is False
        nlp("d4")
        assert len(vocab) == 1
    assert len(vocab) == 0
    with pytest.raises(TypeError):
        with nlp.memory_zone():
            vocab.limit_zone("many")


def test_zones_in_threads(nlp):
    def work(number):
        kept = []
        for i in range(60):
            with nlp.memory_zone():
                doc = annotated(nlp.vocab, f"thread{number}x{i}")
                kept.append((doc, everything(doc)))
            if i % 7 == 0:
                assert all(everything(doc) == expected for doc, expected in kept)
                kept = kept[-3:]
        assert all(everything(doc) == expected for doc, expected in kept)

    in_threads(work, 4)
    assert nlp.vocab.memory()["zone"] == 0 and len(nlp.vocab) == 0


# ---- iterators, callbacks, collisions, the garbage collector ----

def test_iterators_that_a_zone_ends_under(nlp):
    with nlp.memory_zone():
        nlp("aa1 bb2 cc3")
        words, strings, items, keys = iter(nlp.vocab), iter(nlp.vocab.strings), nlp.vocab.strings.items(), nlp.vocab.strings.keys()
        first = next(words).text, next(strings), next(items), next(keys)
    gc.collect()
    assert first[0] == "aa1" and [lexeme.text for lexeme in words] == ["bb2", "cc3"]
    rest = list(strings)
    assert {"bb2", "cc3"} <= {first[1], *rest} and len({first[1], *rest}) == len(rest) + 1
    assert all(get_string_id(text) == key for text, key in items) and len(list(keys)) == len(rest)


def test_a_getter_that_ends_the_zone():
    zones = []
    def getter(text):
        if text == "end":
            zones.pop().__exit__(None, None, None)
            vocab["other"]
        return text + "-norm"
    vocab = Vocab({NORM: getter})
    nlp = lexarray.blank("en", vocab=vocab)
    for make in (lambda: Doc(vocab, words=["first1", "end", "last9"], tags=["a-tag", "b-tag", "c-tag"]), lambda: nlp("first1 end last9")):
        zones.append(vocab.memory_zone())
        zones[0].__enter__()
        doc = make()
        assert zones == [] and vocab.memory()["zone"] == 0
        gc.collect()
        assert [(token.text, token.norm_) for token in doc] == [(word, word + "-norm") for word in ("first1", "end", "last9")]
        assert everything(doc.copy()) == everything(doc)


class Ends:
    """An integer or truth value that ends a zone when it is asked for."""

    def __init__(self, zone, value):
        self.zone, self.value = zone, value

    def __index__(self):
        if self.zone is not None:
            zone, self.zone = self.zone, None
            zone.__exit__(None, None, None)
        return self.value

    def __bool__(self):
        return bool(self.__index__())


@pytest.mark.parametrize("edit", ["lemma", "sense", "span", "spaces", "words", "lemmas", "heads", "ents", "merge", "lexeme", "from_docs"])
def test_a_value_that_ends_the_zone(nlp, edit):
    zone = nlp.memory_zone()
    zone.__enter__()
    doc = nlp("xyzzy plugh foo9")
    doc[1].lemma_ = "some lemma"
    key = nlp.vocab.strings.add("some lemma")
    value = Ends(zone, key)
    if edit == "lemma":
        doc[0].lemma = value
    elif edit == "sense":
        doc[0].sense = value
    elif edit == "span":
        assert Span(doc, 0, 1, label="new label", kb_id=value).kb_id_ == "some lemma"
        zone = nlp.memory_zone()
        zone.__enter__()
        span = Span(nlp("another7"), 0, 1, label="first label", kb_id=Ends(zone, 0))
        assert span.label_ == "first label" and span.doc.text == "another7"
    elif edit == "lexeme":
        lexeme = doc[0].lex
        lexeme.norm = value
        assert lexeme.norm_ == "some lemma"
    elif edit == "spaces":
        doc = Doc(nlp.vocab, words=["xyzzy", "new3", "foo9"], spaces=[True, Ends(zone, 1), True])
    elif edit == "words":
        key = nlp.vocab.strings.add("new3")
        with pytest.raises(KeyError, match="word 1"):           # the word was of the zone
            Doc(nlp.vocab, words=["xyzzy", Ends(zone, key), "foo9"])
    elif edit == "lemmas":
        with pytest.raises(KeyError, match="lemmas: token 1"):
            Doc(nlp.vocab, words=["xyzzy", "new3"], lemmas=["first lemma", value])
    elif edit == "heads":
        doc = Doc(nlp.vocab, words=["xyzzy", "new3"], tags=["new tag"] * 2, heads=[1, Ends(zone, 1)], deps=["new dep"] * 2)
        assert [token.dep_ for token in doc] == ["new dep"] * 2 and doc[0].tag_ == "new tag"
    elif edit == "ents":
        doc.ents = [("first label", 0, 1), (value, 2, 3)]
        assert [ent.label_ for ent in doc.ents] == ["first label", "some lemma"]
    elif edit == "merge":
        with doc.retokenize() as retokenizer:
            retokenizer.merge(doc[0:1], attrs={"TAG": "first tag", "LEMMA": value, "DEP": "last dep", "SHAPE": "a shape"})
        assert (doc[0].tag_, doc[0].lemma_, doc[0].dep_, doc[0].shape_) == ("first tag", "some lemma", "last dep", "a shape")
    else:
        class Data(dict):
            def items(self):
                zone.__exit__(None, None, None)
                return super().items()
        doc.user_data = Data()
        joined = Doc.from_docs([doc, nlp("another8")])
        assert joined.text == "xyzzy plugh foo9 another8" and joined[1].lemma_ == "some lemma"
    gc.collect()
    assert nlp.vocab.memory()["zone"] == 0
    nlp("something else entirely")
    assert everything(doc.copy()) == everything(doc)


def test_two_texts_with_one_key_in_and_out_of_a_zone():
    texts = murmur.colliding_texts()
    first, second = next(texts), next(texts)
    vocab = Vocab()
    outside = Doc(vocab, words=["x", "y"])
    with vocab.memory_zone():
        inside = Doc(vocab, words=[first, "y"])
        inside[1].lemma_ = first
        with pytest.raises(KeyCollisionError):
            vocab[second]
        with pytest.raises(KeyCollisionError):
            outside[0].lemma_ = second
    outside[0].lemma_ = second
    assert inside.text == f"{first} y " and inside[1].lemma_ == first and outside[0].lemma_ == second
    assert inside.copy().text == inside.text
    with pytest.raises(KeyCollisionError):
        Doc.from_docs([inside])
    with vocab.memory_zone():
        assert Doc.from_docs([inside]).text.strip() == inside.text.strip()


def test_garbage_in_the_zone(nlp):
    with nlp.memory_zone():
        for i in range(50):
            doc = nlp(f"cycle{i} word{i}")
            doc.user_data["self"] = doc
            doc.user_data["zone"] = [nlp.vocab]
        del doc
    gc.collect()
    assert len(nlp.vocab) == 0
    zone = nlp.memory_zone()
    zone.__enter__()
    doc = nlp("xyzzy")
    doc.user_data["x"] = [doc, zone, nlp]
    alive = weakref.ref(doc)
    del doc, zone, nlp
    gc.collect()
    assert alive() is None


def test_finalizers_that_end_zones(nlp):
    class MyDoc(Doc):
        def __del__(self):
            self.zone.__exit__(None, None, None)
    texts = []
    for i in range(3):
        zone = nlp.memory_zone()
        zone.__enter__()
        mine = MyDoc(nlp.vocab, words=[f"mine{i}", "word"])
        mine.zone = zone
        other = nlp(f"other{i}")
        ref = weakref.ref(other, lambda _: texts.append(nlp.vocab.limit_zone(0)))
        del mine
        assert other.text == f"other{i}" and nlp.vocab.memory()["zone"] == 0
        with nlp.memory_zone():
            nlp("more1")
            del other
    assert texts == [True] * 3 and ref() is None


def test_made_by_new_alone():
    vocab = Vocab.__new__(Vocab)
    with vocab.memory_zone():
        lexeme = vocab["xyzzy"]
        doc = Doc.__new__(Doc)
    assert lexeme.text == "xyzzy" and doc.text == "" and len(doc) == 0
    for use in (lambda: doc.strings, lambda: doc.copy(), lambda: Span(doc, 0, 0, label="x"), lambda: Doc.from_docs([doc])):
        with pytest.raises(ValueError, match="never initialised"):
            use()
    for use in (lambda: setattr(Lexeme.__new__(Lexeme), "norm_", "x"), lambda: Lexeme.__new__(Lexeme).norm_):
        with pytest.raises(ValueError, match="never initialised"):
            use()


def test_a_store_without_a_vocabulary():
    store = StringStore(["a"])
    assert store.add("b", allow_transient=True) == store["b"] and list(store) == ["a", "b"]


# ---- against a model in plain Python ----

WORDS = [f"{stem}{ending}" for stem in ("Xyzzy", "plugh", "ÉTÉ", "日本", "a.b", "don't", "x,", "12", "\ud800") for ending in ("", "1", "q", "é")]


class Zones(RuleBasedStateMachine):
    """Any order of opening and ending zones, making, editing, joining and dropping documents."""

    docs = Bundle("docs")

    def __init__(self):
        super().__init__()
        self.nlp = lexarray.blank("en")
        self.zones = []
        self.permanent = set()          # words that were asked for outside any zone
        self.checked = []

    @rule()
    def open_zone(self):
        zone = self.nlp.memory_zone()
        zone.__enter__()
        self.zones.append(zone)

    @rule(which=st.integers(0, 3))
    def end_zone(self, which):
        if self.zones:
            self.zones.pop(which % len(self.zones)).__exit__(None, None, None)

    @rule(most=st.integers(0, 8))
    def limit(self, most):
        new = len(self.nlp.vocab)
        self.nlp.vocab.limit_zone(most)
        assert len(self.nlp.vocab) <= new

    @rule(target=docs, words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=5))
    def tokenize(self, words):
        return self.known(self.nlp(" ".join(words)))

    @rule(target=docs, words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True), word=st.sampled_from(["lab", "LAB", "zz"]))
    def annotate(self, words, word):
        return self.known(annotated(self.nlp.vocab, word, words))

    def known(self, doc):
        if not self.zones:
            self.permanent |= {token.text for token in doc}
        return [doc, everything(doc)]

    @rule(pair=docs, i=st.integers(0, 4), value=st.sampled_from(["one", "two", "three"]),
          field=st.sampled_from(["lemma", "tag", "norm", "ent_id"]), by_key=st.booleans())
    def edit(self, pair, i, value, field, by_key):
        doc = pair[0]
        if by_key:
            setattr(doc[i % len(doc)], field, self.nlp.vocab.strings.add(value))
        else:
            setattr(doc[i % len(doc)], field + "_", value)
        assert getattr(doc[i % len(doc)], field + "_") == value
        pair[1] = everything(doc)

    @rule(pair=docs, i=st.integers(0, 4))
    def merge(self, pair, i):
        doc = pair[0]
        with doc.retokenize() as retokenizer:
            retokenizer.merge(doc[i % len(doc):i % len(doc) + 2], attrs={"LEMMA": "merged"})
        self.permanent |= {token.text for token in doc if doc.strings is self.nlp.vocab.strings and token.text in self.nlp.vocab and not self.zones}
        pair[1] = everything(doc)

    @rule(target=docs, one=docs, two=docs)
    def join(self, one, two):
        joined = Doc.from_docs([one[0], two[0]], ensure_whitespace=False)
        assert joined.text == one[0].text + two[0].text
        assert [token.lemma_ for token in joined] == [token.lemma_ for doc in (one[0], two[0]) for token in doc]
        return self.known(joined)

    @rule(target=docs, pair=docs)
    def copy(self, pair):
        copied = pair[0].copy()
        assert everything(copied) == pair[1]
        return [copied, everything(copied)]

    @rule(pair=consumes(docs))
    def drop(self, pair):
        pair.clear()

    @rule(word=st.sampled_from(WORDS))
    def look_up(self, word):
        lexeme = self.nlp.vocab[word]
        assert lexeme.text == word and word in self.nlp.vocab and lexeme.lower_ == word.lower()
        if not self.zones:
            self.permanent.add(word)

    @rule(pair=docs)
    def check(self, pair):
        assert everything(pair[0]) == pair[1]

    @rule()
    def collect(self):
        gc.collect()

    @invariant()
    def the_vocabulary_is_consistent(self):
        vocab = self.nlp.vocab
        words, strings = [lexeme.text for lexeme in vocab], list(vocab.strings)
        assert len(words) == len(set(words)) == len(vocab) and len(strings) == len(set(strings)) == len(vocab.strings)
        assert self.permanent <= set(words)
        assert self.zones or vocab.memory()["zone"] == 0
        assert all(vocab.strings[vocab.strings[text]] == text for text in strings[:3])

    def teardown(self):
        for zone in self.zones:
            zone.__exit__(None, None, None)
        assert self.nlp.vocab.memory()["zone"] == 0


TestZones = Zones.TestCase
TestZones.settings = settings(max_examples=60, stateful_step_count=30)


@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=20), max_size=8), st.data())
@settings(max_examples=50)
def test_any_text_in_a_zone(texts, data):
    nlp = lexarray.blank("en")
    for text in data.draw(st.lists(st.sampled_from(texts), max_size=4)) if texts else []:
        nlp(text)
    before, expected = state(nlp.vocab), [everything(lexarray.blank("en")(text)) for text in texts]
    with nlp.memory_zone():
        docs = [nlp(text) for text in texts]
        assert [everything(doc) for doc in docs] == expected
    assert state(nlp.vocab) == before and [everything(doc) for doc in docs] == expected


def test_memory_of_a_kept_document():
    nlp = lexarray.blank("en")
    with nlp.memory_zone():
        doc = nlp("one two three")
        assert doc.memory()["words"] == 0 < nlp.vocab.memory()["zone"]
    few = doc.memory()["words"]
    assert few > 3 * 88 and doc.copy().memory()["words"] == few and nlp("one").memory()["words"] == 0
    with nlp.memory_zone():
        longer = nlp(" ".join(f"word{i}" for i in range(1000)))
    assert longer.memory()["words"] > 1000 * 88 and doc.memory()["words"] == few
