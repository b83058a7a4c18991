"""Morphology: FEATS strings, dicts and keys; what is malformed is named."""

import pytest
from hypothesis import given, strategies as st
from lexarray.morphology import MorphAnalysis, Morphology
from lexarray.strings import StringStore
from lexarray.vocab import Vocab

name = st.text("ABab[]1", min_size=1, max_size=3)
features = st.dictionaries(name, st.lists(name, min_size=1, max_size=3))


@given(features)
def test_features_are_normalised_and_come_back(values):
    morphology = Morphology(StringStore())
    feats = "|".join(f"{key}={','.join(value)}" for key, value in reversed(list(values.items())))
    expected = "|".join(f"{key}={','.join(sorted(set(value)))}" for key, value in sorted(values.items())) or "_"
    key = morphology.add(feats)
    assert key == morphology.add(values) == morphology.add(expected) == morphology.add(key)
    assert morphology.get(key) == morphology.strings[key] == expected
    as_dict = Morphology.feats_to_dict(feats)
    assert as_dict == {key: ",".join(sorted(set(value))) for key, value in values.items()}
    assert Morphology.dict_to_feats(as_dict) == Morphology.dict_to_feats(values) == expected


def test_keys_are_spacys():
    morphology = Morphology(StringStore())
    assert morphology.add("B=1|A=2") == 4189601141921139688
    assert morphology.add("") == morphology.add("_") == morphology.add({}) == 456


@pytest.mark.parametrize("wrong, error, message", [
    ("A", ValueError, "'A' is not of the form Name=Value"),
    ("A=b|", ValueError, "'' is not of the form"),
    ("A=b=c", ValueError, "'A=b=c' is not of the form"),
    ("=b", ValueError, "an empty name or value"),
    ("A=", ValueError, "an empty name or value"),
    ("A=b,,c", ValueError, "an empty name or value"),
    ("A=1|B=2|A=3", ValueError, "'A' is given twice"),
    ({"A": "b|c"}, ValueError, "must not contain"),
    ({"A=": "b"}, ValueError, "must not contain"),
    ({"A": 5}, TypeError, "the value 5 of A"),
    ({5: "A"}, TypeError, "the name 5 is not a str"),
    (None, TypeError, "NoneType"),
    (b"A=b", TypeError, "bytes"),
])
def test_malformed(wrong, error, message):
    store = StringStore()
    with pytest.raises(error, match=message):
        Morphology(store).add(wrong)
    assert len(store) == 0


def test_unknown_keys():
    vocab = Vocab()
    with pytest.raises(KeyError, match="12345"):
        vocab.morphology.add(12345)
    with pytest.raises(KeyError, match="12345"):
        MorphAnalysis.from_id(vocab, 12345)


def test_analysis():
    vocab = Vocab()
    morph = MorphAnalysis(vocab, {"Number": "Sing", "Case": ["Nom", "Acc"]})
    assert (str(morph), repr(morph), morph.to_json()) == ("Case=Acc,Nom|Number=Sing",) * 3
    assert (list(morph), len(morph), morph.to_dict()) == (["Case=Acc,Nom", "Number=Sing"], 2, {"Case": "Acc,Nom", "Number": "Sing"})
    assert (morph.get("Case"), morph.get("X"), morph.get("X", ["d"])) == (["Acc", "Nom"], [], ["d"])
    assert "Case=Acc,Nom" in morph and "Case=Nom" in morph and "Case=Dat" not in morph and "Case" not in morph
    same = MorphAnalysis.from_id(vocab, morph.key)
    assert same == morph == MorphAnalysis(Vocab(), str(morph)) and hash(same) == hash(morph)
    assert morph != MorphAnalysis(vocab, "") and str(MorphAnalysis(vocab)) == "" and morph != "Case=Acc,Nom|Number=Sing"
