"""An outside project that writes tags, lemmas, entities and trees in C."""

import pickle

import lexarray
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lexarray.tokens import Doc, DocBin


@pytest.fixture(scope="module")
def tagger(built):
    return built("component").RuleTagger("NAME")


def annotated(doc):
    """What the component should write, by the Python API alone: a slow twin."""
    tags, lemmas, heads, deps, iob = [], [], [], [], []
    first = 0
    for token in doc:
        if token.is_space:
            pos, tag = "SPACE", "_SP"
        elif token.is_punct:
            pos, tag = "PUNCT", "."
        elif token.like_num:
            pos, tag = "NUM", "CD"
        elif token.is_title and token.is_alpha and token.i != first:
            pos, tag = "PROPN", "NNP"
        else:
            pos, tag = "NOUN", "NN"
        lemmas.append(token.text if pos == "PROPN" else token.lower_)
        iob.append("O" if pos != "PROPN" else "I" if tags and tags[-1][0] == "PROPN" else "B")
        tags.append((pos, tag))
        if token.text in (".", "!", "?") or token.i + 1 == len(doc):
            first = token.i + 1
    starts = [0, *(i + 1 for i in range(len(doc) - 1) if doc[i].text in (".", "!", "?")), len(doc)]
    for start, end in zip(starts, starts[1:]):
        for i in range(start, end):
            if i == start:
                heads.append(i)
                deps.append("ROOT")
            elif tags[i][0] == "NUM" and i + 1 < end and tags[i + 1][0] in ("NOUN", "PROPN"):
                heads.append(i + 1)
                deps.append("nummod")
            else:
                heads.append(start)
                deps.append("dep")
    return Doc(doc.vocab, words=[token.text for token in doc], spaces=[bool(token.whitespace_) for token in doc],
               pos=[pos for pos, _ in tags], tags=[tag for _, tag in tags], lemmas=lemmas, heads=heads, deps=deps,
               ents=[f"{mark}-NAME" if mark != "O" else "O" for mark in iob])


COLUMNS = ["ORTH", "SPACY", "POS", "TAG", "LEMMA", "HEAD", "DEP", "ENT_IOB", "ENT_TYPE", "SENT_START"]


def check(doc, expected):
    assert doc.text == expected.text
    assert (doc.to_array(COLUMNS) == expected.to_array(COLUMNS)).all()
    for token, wanted in zip(doc, expected):
        assert (token.lemma_, token.tag_, token.dep_) == (wanted.lemma_, wanted.tag_, wanted.dep_)
        assert token.left_edge.i == wanted.left_edge.i and token.right_edge.i == wanted.right_edge.i
        assert [child.i for child in token.children] == [child.i for child in wanted.children]
    assert [(ent.start, ent.end, ent.label_) for ent in doc.ents] == [(ent.start, ent.end, ent.label_) for ent in expected.ents]
    assert [sent.text for sent in doc.sents] == [sent.text for sent in expected.sents]


def test_all_layers_are_written(tagger):
    doc = tagger(lexarray.blank("en")("She met Ada Lovelace and 3 Friends. They drank 12 teas!"))
    check(doc, annotated(doc))
    assert [ent.text for ent in doc.ents] == ["Ada Lovelace", "Friends"] and doc.ents[0].label_ == "NAME"
    assert [sent.root.text for sent in doc.sents] == ["She", "They"]
    assert doc[5].text == "3" and doc[5].head.text == "Friends" and list(doc[6].children) == [doc[5]]
    assert doc[0].lemma_ == "she" and doc[2].lemma_ == "Ada" and doc[-1].pos_ == "PUNCT"


@given(st.lists(st.sampled_from(["tea", "Ada", "Lovelace", "7", "ten", ".", "?", ",", " ", "\n", "ß", "Éa", "日本"]), max_size=30))
def test_any_document_gets_what_the_rules_say(tagger, words):
    doc = tagger(Doc(lexarray.Vocab(), words=words))
    check(doc, annotated(doc))


def test_what_was_there_is_replaced(tagger):
    vocab = lexarray.Vocab()
    doc = Doc(vocab, words=["a", "b", "c"], heads=[1, 2, 2], deps=["x", "y", "ROOT"], ents=["B-OLD", "I-OLD", "O"])
    check(tagger(doc), annotated(doc))
    assert doc.ents == () and doc[0].head.i == 0


def test_the_texts_of_keys_go_with_the_document(tagger):
    nlp = lexarray.blank("en")
    doc = tagger(nlp("Then Ada came."))
    (same,) = DocBin(docs=[doc], store_user_data=True).get_docs(lexarray.Vocab())
    for copy in (Doc(lexarray.Vocab()).from_bytes(doc.to_bytes()), pickle.loads(pickle.dumps(doc)), same):
        assert [token.tag_ for token in copy] == ["NN", "NNP", "NN", "."]
        assert [token.lemma_ for token in copy] == ["then", "Ada", "came", "."]
        assert copy.ents[0].label_ == "NAME"


def test_a_document_outlives_its_memory_zone_with_its_annotations(tagger):
    nlp = lexarray.blank("en")
    with nlp.memory_zone():
        doc = tagger(nlp("Then Zarathustra spoke."))
    assert "NAME" not in nlp.vocab.strings and "Zarathustra" not in nlp.vocab
    check(doc, annotated(doc))
    assert doc.ents[0].text == "Zarathustra" and doc.ents[0].label_ == "NAME"
    tagger(doc)
    assert doc.ents[0].label_ == "NAME"


def test_what_is_no_document(tagger):
    for value in (None, "text", 1):
        with pytest.raises(TypeError):
            tagger(value)
