"""Tokenizers as bytes, files and pickles: the same rules, the same tokens, all or nothing."""

import copy
import os
import pickle
import re

import lexarray
import pytest
from lexarray.errors import SavedObjectError
from lexarray.tokenizer import SpecialCases, Tokenizer
from lexarray.vocab import Vocab
from reference import saved

CORRUPTIONS = int(os.environ.get("LEXARRAY_CORRUPTIONS", "1000"))
TEXT = "Don't visit (https://example.com/a_b) or pay $5.50/kg, e.g. at 10pm… :-) well-known U.K. naïve—yes gimme"
RULES = ("prefix_search", "suffix_search", "infix_finditer", "token_match", "url_match")


def tokens(tokenizer, text=TEXT):
    return [(token.text, token.whitespace_) for token in tokenizer(text)]


def example():
    tokenizer = lexarray.blank("en").tokenizer
    tokenizer.add_special_case("gimme", [{"ORTH": "gim", "NORM": "give"}, {"ORTH": "me"}])
    tokenizer.add_special_case("\ud800\0", [{"ORTH": "\ud800"}, {"ORTH": "\0"}])
    tokenizer.token_match = re.compile("WELL-known", re.IGNORECASE | re.ASCII).match
    return tokenizer


def small():
    return Tokenizer(Vocab(), {"ab": [{"ORTH": "a"}, {"ORTH": "b"}]}, re.compile("^x").search, None, re.compile("-").finditer)


def test_rules_come_back(tmp_path):
    tokenizer = example()
    tokenizer.to_disk(tmp_path / "tokenizer")
    expected = tokens(tokenizer)
    assert expected != tokens(lexarray.blank("en").tokenizer) != tokens(Tokenizer(Vocab()))
    for loaded in (Tokenizer(Vocab()).from_bytes(tokenizer.to_bytes()), Tokenizer(Vocab()).from_disk(tmp_path / "tokenizer"),
                   *(pickle.loads(pickle.dumps(tokenizer, protocol)) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)),
                   copy.copy(tokenizer), copy.deepcopy(tokenizer)):
        assert tokens(loaded) == expected and loaded("gimme")[0].norm_ == "give" and dict(loaded.rules) == dict(tokenizer.rules)
        for name in RULES:
            was, is_now = getattr(tokenizer, name), getattr(loaded, name)
            assert (is_now.__self__.pattern, is_now.__self__.flags, is_now.__name__) == (
                was.__self__.pattern, was.__self__.flags, was.__name__)
        loaded.add_special_case("visit", [{"ORTH": "vis"}, {"ORTH": "it"}])     # seen at once, and by nobody else
        assert tokens(loaded) != expected and tokens(tokenizer) == expected


def test_loading_takes_effect_at_once():
    tokenizer = small()
    data = tokenizer.to_bytes()
    assert [token.text for token in tokenizer("xab-ab")] == ["x", "ab", "-", "ab"]
    other = Tokenizer(tokenizer.vocab, suffix_search=re.compile("z$").search)
    assert [token.text for token in other("xab-abz")] == ["xab-ab", "z"]
    assert other.from_bytes(data) is other
    assert [token.text for token in other("ab xa-z")] == ["a", "b", "x", "a", "-", "z"] and other.suffix_search is None


def test_parts_can_be_left_out():
    tokenizer = small()
    other = Tokenizer(Vocab(), suffix_search=re.compile("z$").search)
    other.from_bytes(tokenizer.to_bytes(exclude=["suffix_search", "exceptions", "vocab"]))
    assert other.suffix_search is not None and not other.rules and other.prefix_search is not None
    other.from_bytes(tokenizer.to_bytes(), exclude=["suffix_search"])
    assert other.suffix_search is not None and list(other.rules) == ["ab"]
    with pytest.raises(ValueError, match="no part 'rules'; the parts are exceptions, infix_finditer"):
        tokenizer.to_bytes(exclude=["rules"])


@pytest.mark.parametrize("rule", [str.isdigit, re.compile(b"x").search, re.compile("x").sub, re.compile, lambda text: None])
def test_rules_that_are_other_functions(rule):
    tokenizer = small()
    tokenizer.token_match = rule
    with pytest.raises(ValueError, match=r"token_match is .*exclude=\['token_match'\]"):
        tokenizer.to_bytes()
    assert Tokenizer(Vocab()).from_bytes(tokenizer.to_bytes(exclude=["token_match"])).prefix_search is not None


class Shouting(Tokenizer):
    """A subclass with attributes of its own."""


def test_a_subclass():
    tokenizer = Shouting(Vocab(), {"ab": [{"ORTH": "a"}, {"ORTH": "b"}]})
    tokenizer.volume = 11
    for loaded in (pickle.loads(pickle.dumps(tokenizer)), copy.copy(tokenizer), copy.deepcopy(tokenizer)):
        assert type(loaded) is Shouting and loaded.volume == 11 and [token.text for token in loaded("ab")] == ["a", "b"]
    assert copy.copy(tokenizer).vocab is tokenizer.vocab is not copy.deepcopy(tokenizer).vocab
    with pytest.raises(TypeError, match="no state of a Tokenizer"):
        tokenizer.__setstate__((tokenizer.vocab, {}, {}, None))


def test_special_cases_travel_and_have_a_version_of_their_own():
    cases = SpecialCases({"ab": [{"ORTH": "a"}, {"ORTH": "b", "NORM": "c"}]})
    for loaded in (pickle.loads(pickle.dumps(cases)), copy.copy(cases), copy.deepcopy(cases)):
        assert dict(loaded) == dict(cases) and loaded.version > cases.version
        loaded["cd"] = [{"ORTH": "cd"}]
        assert "cd" not in cases


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_no_special_cases_travel_by_every_protocol(protocol):
    cases = SpecialCases({})
    tokenizer = Tokenizer(Vocab())
    for other in (pickle.loads(pickle.dumps(cases, protocol)), pickle.loads(pickle.dumps(tokenizer, protocol)).rules):
        assert len(other) == 0 and other.version != cases.version
        other["ab"] = [{"ORTH": "a"}, {"ORTH": "b"}]
        assert list(other) == ["ab"] and not cases
    assert [token.text for token in pickle.loads(pickle.dumps(tokenizer, protocol))("a b")] == ["a", "b"]


def test_damage_is_found_and_changes_nothing(tmp_path):
    tokenizer = small()
    before = tokenizer.rules, [getattr(tokenizer, name) for name in RULES]
    for bad in (*saved.damaged(small().to_bytes(), CORRUPTIONS), *saved.damaged(example().to_bytes(), 20, every=2000)):
        with pytest.raises(SavedObjectError, match="lexarray.tokenizer|saved '"):
            tokenizer.from_bytes(bad)
    assert (tokenizer.rules, [getattr(tokenizer, name) for name in RULES]) == before
    (tmp_path / "file").write_bytes(b"\xc1")
    with pytest.raises(SavedObjectError, match=f"{tmp_path / 'file'}: no saved lexarray.tokenizer"):
        tokenizer.from_disk(tmp_path / "file")


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_damage_with_a_right_checksum_is_found_or_harmless():
    data = small().to_bytes()
    for bad in saved.damaged(saved.unpack(data)["data"], CORRUPTIONS):
        tokenizer = Tokenizer(Vocab())
        try:
            tokenizer.from_bytes(saved.with_parts(data, bad))
        except SavedObjectError:
            assert not tokenizer.rules and tokenizer.prefix_search is None
        else:
            assert tokenizer("xab-ab ab").text == "xab-ab ab"


def test_nonsense_is_named():
    data = small().to_bytes()
    parts = saved.parts_of(data)
    for change, message in [({"prefix_search": ["(", 0, "search"]}, "prefix_search: missing \\)"),
                            ({"prefix_search": ["x", 128, "search"]}, "flags 128 have unknown bits"),
                            ({"prefix_search": ["x", 0, "sub"]}, "the name of a method, got"),
                            ({"prefix_search": ["x", 0, "__reduce__"]}, "the name of a method, got"),
                            ({"prefix_search": [b"x", 0, "search"]}, "the name of a method, got"),
                            ({"prefix_search": ["x", 0]}, "the name of a method, got"),
                            ({"prefix_search": ["x", 0, ["search"]]}, "prefix_search"),
                            ({"prefix_search": "x"}, "prefix_search: 'x' is a str"),
                            ({"prefix_search": ["(" * 5000 + ")" * 5000, 0, "search"]}, "prefix_search: "),
                            ({"exceptions": {"ab": [{65: "a"}]}}, "exceptions: special case 'ab': its tokens spell 'a'"),
                            ({"exceptions": {"ab": [{1: "ab"}]}}, "exceptions: "), ({"exceptions": {"ab": 1}}, "exceptions: "),
                            ({"exceptions": {1: [{65: "a"}]}}, "a special case must be a str"),
                            ({"exceptions": {"a": [{65: "a", 2**63: "a"}]}}, "exceptions: special case 'a'"), ({"more": 1}, "'more' is unknown")]:
        with pytest.raises(SavedObjectError, match=message):
            Tokenizer(Vocab()).from_bytes(saved.with_parts(data, {**parts, **change}))
