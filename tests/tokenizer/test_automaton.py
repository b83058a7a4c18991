"""Regular expressions as tables: the answers of `re`, for the built-in rules and for any pattern that compiles."""

import re
import sys
import warnings
from itertools import product

import lexarray
import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st
from lexarray.lang.xx.urls import url_match
from lexarray.tokenizer import compile_infix_regex, compile_prefix_regex, compile_suffix_regex
from lexarray.tokenizer.automaton import (
    Automaton, InfixAutomaton, MatchAutomaton, PrefixAutomaton, SuffixAutomaton, compile_pattern, compile_rule,
)
from lexarray.tokenizer.pattern_syntax import Unsupported
from reference.threads import in_threads

METHODS = {"prefix": ("match", "search"), "suffix": ("search",), "infix": ("finditer",),
           "test": ("match", "fullmatch", "search")}


def twin(source, kind, method, string):
    # What the automaton must answer.
    found = getattr(re.compile(source), method)(string)
    if kind == "infix":
        return [match.span() for match in found]
    if kind == "test":
        return found is not None
    return -1 if found is None else found.end() - found.start()


# ---- the built-in rules ----

any_text = st.text(st.characters(exclude_categories=()))
# Characters and pieces that the built-in rules say something about, and some that they do not.
pieces = st.sampled_from([
    *"abzAZéÉßдДж日本אم0159²٣½°%+-*/^~=:;,.!?()[]{}<>'\"`´‘’“”«»#&@_|$€£₿§…–—©😀🅰",
    *"\0\u00a0\n\t \ud800\udfff\U0010ffff",
    "US$", "C$", "km", "km/h", "kg", "GB", "см", "'s", "’S", "..", "...", "--", "---", "——", "°C", "°F.", "AB.", "ab.",
    "://", "http", "www.", "x.com", "co.uk", "10.", "127.", "169.254.", "172.16.", "192.168.", "8.8.8.8",
    ":80", "/path", "a" * 63, "-" * 62, "ꟼ", "𐐀", "ʔ", "ª"])
rulish = st.lists(pieces, max_size=10).map("".join)


@pytest.fixture(scope="module")
def rules():
    tokenizer = lexarray.blank("en").tokenizer
    functions = {"prefix": tokenizer.prefix_search, "suffix": tokenizer.suffix_search,
                 "infix": tokenizer.infix_finditer, "test": tokenizer.url_match}
    return {kind: (function, compile_rule(function, kind)) for kind, function in functions.items()}


def test_all_built_in_rules_are_tables(rules):
    assert isinstance(rules["prefix"][1], PrefixAutomaton)
    assert isinstance(rules["suffix"][1], SuffixAutomaton)
    assert isinstance(rules["infix"][1], InfixAutomaton)
    assert isinstance(rules["test"][1], MatchAutomaton)
    for kind, (function, automaton) in rules.items():
        assert 1 < automaton.n_states < 2000
        assert 1 < automaton.n_classes <= 64
        assert compile_rule(function, kind) is automaton                        # it is not made again


@given(st.one_of(any_text, rulish))
@settings(max_examples=2000, deadline=None)
def test_built_in_rules_answer_as_re_does(rules, text):
    for kind, (function, automaton) in rules.items():
        assert automaton(text) == twin(function.__self__.pattern, kind, function.__name__, text), kind


def test_every_character_is_in_the_right_class(rules):
    # Planes 4 to 13 have no characters; nor has most of the others.
    chars = [*map(chr, range(0x34000)), *map(chr, range(0xE0000, 0xE0200)), chr(0xF0000), chr(sys.maxunicode)]
    for kind, frames in {"prefix": ["{}x"], "suffix": ["5{}", "{}."], "infix": ["a{}A", "{}.A", "a-{}"],
                         "test": ["{}.com", "a.{}{}", "x{}://a.de", "1{}.1.1.1"]}.items():
        function, automaton = rules[kind]
        for frame in frames:
            strings = [frame.replace("{}", char) for char in chars]
            if kind == "infix":
                text = " ".join(strings)
                assert automaton(text) == [match.span() for match in function(text)]
            elif kind == "test":
                assert list(filter(automaton, strings)) == list(filter(function, strings))
            else:
                expected = [-1 if match is None else match.end() - match.start() for match in map(function, strings)]
                assert list(map(automaton, strings)) == expected


def test_what_infixes_find_depends_on_what_precedes(rules):
    infix = rules["infix"][1]
    assert infix("a-b-c") == [(1, 2), (3, 4)]
    assert infix("-b") == []
    assert infix("a.B.C") == [(1, 2)]
    assert infix("...a") == [(0, 3)]
    assert infix("1+1-2") == [(1, 2), (3, 4)]
    assert infix("") == []


# ---- addresses: what was said with look-ahead is said without ----

_BYTE = r"(?:1?\d{1,2}|2[0-4]\d|25[0-5])"
_FIRST = r"(?:[1-9]\d?|1\d\d|2[01]\d|22[0-3])"
_LAST = r"(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-4])"
_PRIVATE = r"(?:10|127)\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\."
PUBLIC = re.compile(rf"(?!{_PRIVATE}){_FIRST}\.{_BYTE}\.{_BYTE}\.{_LAST}")


def test_public_addresses_are_those_that_are_not_private(rules):
    digits = "0123456789٣"                                                      # \d has more than ASCII
    numbers = [*digits, *map("".join, product(digits, repeat=2)), *map("".join, product("0123", digits, digits))]
    numbers += ["", "1000"]
    matches = rules["test"][1]
    found = 0
    for first, second in product(numbers, ["0", "16", "168", "254", "255", "256", "3٣"]):
        address = f"{first}.{second}.7.9"
        found += matches(address)
        assert matches(address) == (PUBLIC.fullmatch(address) is not None) == (url_match(address) is not None), address
    assert found > 1000
    for first, second in product(["10", "127", "169", "172", "192", "1", "17", "126", "223", "224", "1٣2"], numbers):
        address = f"{first}.{second}.7.9"
        assert matches(address) == (PUBLIC.fullmatch(address) is not None) == (url_match(address) is not None), address
    for last in numbers:
        address = f"8.8.{last}.{last}"
        assert matches(address) == (PUBLIC.fullmatch(address) is not None) == (url_match(address) is not None), address


@given(st.lists(st.sampled_from("0 1 2 10 16 31 32 99 127 168 169 172 192 223 254 255".split()),
                min_size=3, max_size=5),
       st.sampled_from(["", "ftp://", "u@", "a@b@"]), st.sampled_from(["", ":80", "/x", ":1", "?"]))
@settings(max_examples=500, deadline=None)
def test_addresses_in_urls(rules, numbers, before, behind):
    url = f"{before}{'.'.join(numbers)}{behind}"
    port, path = r"(?::\d{2,5})?", r"(?:[/?#]\S*)?"
    scheme, user = r"(?:[\w+.\-]{2,}://)?", r"(?:\S+@)?"
    expected = re.fullmatch(f"{scheme}{user}(?:{PUBLIC.pattern}){port}{path}", url) is not None
    assert rules["test"][1](url) == (url_match(url) is not None)
    if "/x" not in url and "?" not in url:                                      # else letters may make it a domain
        assert rules["test"][1](url) == expected


# ---- any pattern ----

letters = "ab.-1é\U0001f600"
chars = st.one_of(
    st.sampled_from(letters).map(re.escape),
    st.sampled_from([".", r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", r"\x61", r"\u0062", r"\U0001f600", r"\n", r"\.",
                     "[ab]", "[^a]", "[a-b1]", r"[\d.]", r"[^\w]", r"[^\W\d]", r"[.\-]", "[]a]", "[^]a]", "[a-]",
                     r"[\s\S]", r"[^\s\S]", r"[\x61-b]", r"[\n\b]"]))


def fixed(length):
    return st.lists(chars, min_size=length, max_size=length).map("".join)


look_behind = st.integers(0, 2).flatmap(
    lambda n: st.tuples(st.sampled_from("=!"), st.lists(fixed(n), min_size=1, max_size=2)).map(
        lambda kind_options: f"(?<{kind_options[0]}{'|'.join(kind_options[1])})"))
look_ahead = st.tuples(st.sampled_from("=!"), st.lists(st.integers(0, 3).flatmap(fixed), min_size=1, max_size=3)).map(
    lambda kind_options: f"(?{kind_options[0]}{'|'.join(kind_options[1])})")
quantifiers = st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,2}", "{,2}", "{2,}", "{0}"])


def larger(smaller):
    return st.one_of(
        st.lists(smaller, min_size=1, max_size=3).map("".join),
        st.lists(smaller, min_size=1, max_size=3).map(lambda options: f"(?:{'|'.join(options)})"),
        st.tuples(smaller, quantifiers).map(lambda part: f"({part[0]}){part[1]}"),
        st.tuples(chars, quantifiers).map("".join),
    )


bodies = st.recursive(chars, larger, max_leaves=8)
edges_before = st.lists(st.one_of(look_behind, st.sampled_from(["^", r"\A"])), max_size=2).map("".join)
edges_behind = st.lists(st.one_of(look_ahead, st.sampled_from([r"\Z"])), max_size=2).map("".join)
options = st.tuples(edges_before, st.one_of(bodies, st.just("")), edges_behind).map("".join)
alternatives = st.lists(options, min_size=1, max_size=4).map("|".join)
in_groups = st.tuples(edges_before, alternatives.map("(?:{})".format), edges_behind).map("".join)
patterns = st.one_of(alternatives, st.lists(in_groups, min_size=1, max_size=2).map("|".join))
strings = st.text(st.sampled_from(letters + "2\n\ud800"), max_size=12)


def compiled(source):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")                                         # of a class that may mean more some day
        return re.compile(source)


@given(st.data(), patterns, st.sampled_from([(kind, method) for kind in METHODS for method in METHODS[kind]]))
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_any_pattern_answers_as_re_does(data, source, how):
    kind, method = how
    if kind == "suffix":
        source = rf"(?:{source})\Z"
    elif method == "search":
        source = f"^(?:{source})"
    compiled(source)
    try:
        automaton = compile_pattern(source, kind, method)
    except Unsupported:
        assume(False)
    for string in data.draw(st.lists(strings, min_size=1, max_size=10)):
        assert automaton(string) == twin(source, kind, method, string), (source, string)


@pytest.mark.parametrize("source", [
    "a|ab", "ab|a", "a*b", "(?:a|ab)(?:c|bcd)", "(?:ab|a)+b?", "a(?!b)|ab(?=c)|abc", "a(?=bb)|ab",
    "a(?!bc)|ab", "a(?!bb|c)|ab", "(?:a(?=b))?", "a$", "a$|b", r"(?:a|b\Z)", "(?:)", "(?!)", "", "|a", "a|",
    "a{2}", "a{,2}", "a{2,}", "a{", "a{}", "a{x}", "a{1", "{", "a{1,2}b", "(?P<name>a)b", "(?<=a)b|^c", "(?<!a)b",
    "(?<=a)(?<!ba)b", "b(?=a)(?!ab)", "(?<!aa|bb)c", "[^\\d]", "[\\w-]", "[a\\]]", "(a|b)*c", "(?:a+b)+", "(?:a*b){2}", r"a(?=\n)",
])
def test_patterns_one_by_one(source):
    texts = ["".join(text) for n in range(5) for text in product("abc\n", repeat=n)]
    texts += ["a{", "a{}", "a{x}", "a{1", "{", "]", "a]", "5", "é-"]
    for kind, method, anchored in [("prefix", "match", source), ("prefix", "search", f"^(?:{source})"),
                                   ("suffix", "search", rf"(?:{source})\Z"), ("infix", "finditer", source),
                                   ("test", "match", source), ("test", "fullmatch", source),
                                   ("test", "search", rf"\A(?:{source})")]:
        if kind == "infix" and re.search(source, "") or kind == "infix" and source == "(?:a(?=b))?":
            with pytest.raises(Unsupported, match="empty"):
                compile_pattern(anchored, kind, method)
            continue
        automaton = compile_pattern(anchored, kind, method)
        for text in texts:
            if kind == "suffix" and "$" in source and text.endswith("\n"):
                continue                                                        # no chunk ends so
            assert automaton(text) == twin(anchored, kind, method, text), (kind, method, anchored, text)


def test_more_classes_than_a_word_has_bits():
    ideographs = [chr(0x4e00 + i) for i in range(150)]
    source = "|".join(f"(?<!{char}){char}(?!{after}|y)" if i % 2 else f"{char}(?!{after}|y)"
                      for i, (char, after) in enumerate(zip(ideographs, ideographs[1:] + ["x"])))
    source += "|" + "".join(ideographs)
    automaton = compile_pattern("|".join(ideographs[::2]), "infix", "finditer")
    assert automaton("".join(ideographs)) == [(i, i + 1) for i in range(0, 150, 2)] and automaton.n_classes == 2
    for text in ("".join(ideographs), "".join(reversed(ideographs)), "".join(char * 2 for char in ideographs),
                 "".join(char + "xy"[i % 2] for i, char in enumerate(ideographs))):
        assert compile_pattern(source, "infix", "finditer")(text) == twin(source, "infix", "finditer", text)
        anchored = rf"(?:{source})\Z"
        assert compile_pattern(anchored, "suffix", "search")(text) == twin(anchored, "suffix", "search", text)


@pytest.mark.parametrize("source,what", [
    ("a*?", "not greedy"), ("a+?", "not greedy"), ("a??", "not greedy"), ("a{1,2}?", "not greedy"),
    ("(a)\\1", r"\\1 at 3"),
    ("(?P<x>a)(?P=x)", r"\(\?P"), (r"a\b", r"\\b"), (r"\Ba", r"\\B"), ("(?i:a)", r"\(\?i"), ("(a)(?(1)b|c)", r"\(\?\("),
    ("(?#c)a", r"\(\?#"), (r"\N{DIGIT ONE}", r"\\N"), (r"\012", r"\\0"), ("[\\01]", r"\\0"),
    ("(?=a(?=b))", "has another"), ("(?=a*)b", "fixed length"), ("(?=a)b", "at the end"), ("a(?<=a)", "at the start"),
    ("a(?:(?!b)|c)d", "at the end"), ("a^", "at the start"), ("(?:a?)*", "can be empty"), ("(?:a|)+", "can be empty"),
    ("(?:(?=a))*", "can be empty"), ("(?:a(?=b))+", "at the end"), ("(?:^a)+", "at the start"),
    (r"(?:a\Z)b", "at the end"),
    ("(?:" * 60 + "a" + ")" * 60, "groups in one another"), ("a{5000}", "places"), ("a?" * 1000, "pairs of places"),
    ("(?=" + "(?:a|b)" * 12 + ")", "alternatives"),
    ("a(?=" + "b" * 300 + ")", "look-ahead of more than"),
    ("(?:a|b)*a(?:a|b){16}c", "states|too much"),
])
def test_what_is_left_to_re(source, what):
    compiled(source)
    with pytest.raises(Unsupported, match=what):
        compile_pattern(source, "prefix", "match")
    assert compile_rule(re.compile(source).match, "prefix") is None
    assert compile_rule(re.compile(source).match, "prefix") is None             # the answer is kept, too


@pytest.mark.parametrize("source", ["a*+", "a++", "a?+", "a{1,2}+", "(?>a)"])
def test_possessive_quantifiers_are_left_to_re(source):
    with pytest.raises(Unsupported):
        compile_pattern(source, "prefix", "match")


def test_rules_must_be_anchored():
    for kind, source, what in [("prefix", "a", "start"), ("prefix", "^a|b", "start"), ("suffix", "a", "end"),
                               ("suffix", r"a\Z|b", "end"), ("suffix", "^a", "end"), ("test", "a", "start")]:
        with pytest.raises(Unsupported, match=f"not anchored at the {what}"):
            compile_pattern(source, kind, "search")
        assert compile_rule(re.compile(source).search, kind) is None


def test_only_methods_of_plain_patterns_are_compiled():
    class Look:
        __self__ = re.compile("a")
        __name__ = "match"

        def __call__(self, string):
            return None

    pattern = re.compile("a")
    for function in (None, str.isalpha, "".isalpha, len, lambda string: None, Look(), re.compile("a", re.I).match,
                     re.compile(b"a").match, re.compile("(?i)a").match, re.compile("a", re.ASCII).match,
                     re.compile("a b", re.VERBOSE).match, re.compile("a", re.M).match, re.compile("a", re.S).match, pattern.sub, pattern.findall, pattern):
        for kind in METHODS:
            assert compile_rule(function, kind) is None
    for kind, methods in METHODS.items():
        for method in ("match", "fullmatch", "search", "finditer", "split"):
            if method not in methods:
                assert compile_rule(getattr(pattern, method), kind) is None
                with pytest.raises(ValueError, match=f"got '{method}'"):
                    compile_pattern("a", kind, method)
    with pytest.raises(ValueError, match="kind must be one of .*got 'affix'"):
        compile_rule(pattern.match, "affix")
    with pytest.raises(ValueError, match="kind must be one of .*got 'affix'"):
        compile_pattern("a", "affix", "match")


def test_categories_are_those_of_this_python():
    text = "".join(map(chr, range(sys.maxunicode + 1)))
    for letter in "dDwWsS":
        automaton = compile_pattern(rf"\{letter}+", "infix", "finditer")
        assert automaton(text) == [match.span() for match in re.finditer(rf"\{letter}+", text)]
        negated = compile_pattern(rf"[^\{letter}]+", "infix", "finditer")
        assert negated(text) == [match.span() for match in re.finditer(rf"[^\{letter}]+", text)]
    assert compile_pattern(".+", "infix", "finditer")(text) == [(0, 10), (11, len(text))]


def test_affixes_of_ones_own_are_compiled():
    prefix = compile_rule(compile_prefix_regex(["§§", r"\$", "a(?=b)"]).search, "prefix")
    assert [prefix(text) for text in ("§§1", "§1", "$", "ab", "a", "")] == [2, -1, 1, 1, -1, -1]
    suffix = compile_rule(compile_suffix_regex(["km", "(?<=1)m", "m"]).search, "suffix")
    assert [suffix(text) for text in ("5km", "1m", "m", "k", "")] == [2, 1, 1, -1, -1]
    infix = compile_rule(compile_infix_regex(["(?<=a)-(?=b)", "~+"]).finditer, "infix")
    assert infix("a-b-a~~~") == [(1, 2), (5, 8)]
    for compile_regex, kind in [(compile_prefix_regex, "prefix"), (compile_suffix_regex, "suffix")]:
        assert compile_rule(compile_regex([]).search, kind)("a") == -1          # no rules
    assert compile_rule(compile_infix_regex([]).finditer, "infix")("a") == []


def test_an_automaton_made_by_new_finds_nothing():
    for kind, expected in [(PrefixAutomaton, -1), (SuffixAutomaton, -1), (InfixAutomaton, []), (MatchAutomaton, False)]:
        automaton = kind.__new__(kind)
        assert automaton("a") == expected
        assert automaton.n_states == automaton.n_classes == 0
        with pytest.raises(TypeError):
            automaton(None)
    assert Automaton.__new__(Automaton).n_states == 0


def test_threads_share_an_automaton(rules):
    text = "well-known...and/or " * 200
    expected = rules["infix"][1](text)
    assert in_threads(lambda i: rules["infix"][1](text), 4) == [expected] * 4 and len(expected) == 600


def test_long_strings(rules):
    n = 200_000
    prefix, suffix, infix, matches = [rules[kind][1] for kind in ("prefix", "suffix", "infix", "test")]
    assert prefix("." * n) == suffix("." * n) == n
    assert infix("." * n) == [(0, n)]
    assert infix("-" * n) == []
    assert len(infix("a-" * n)) == n - 1
    assert matches("http://" + "a." * n + "com") and not matches("@" * n)
    assert not matches("http://" + "a." * n)


def test_the_flag_that_every_pattern_has_may_be_written():
    for kind, methods in METHODS.items():
        for method in methods:
            source = r"(?u)\Aa\Z"
            automaton = compile_rule(getattr(re.compile(source), method), kind)
            for text in ("a", "b", "ab"):
                assert automaton(text) == twin(source, kind, method, text)
