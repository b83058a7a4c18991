"""The tokenizer: never a lost character, the tokens of its slow twin, and rules that change at any time."""

import re

import lexarray
import pytest
from hypothesis import given, settings, strategies as st
from lexarray.tokenizer import (
    SpecialCases, Tokenizer, compile_infix_regex, compile_prefix_regex, compile_suffix_regex,
)
from lexarray.tokens import Doc
from lexarray.vocab import Vocab
from reference.tokenizer import ReferenceTokenizer

any_text = st.text(st.characters(exclude_categories=()))
# Pieces that the rules of English do something with, and characters that cut them.
pieces = st.sampled_from(
    "I don't ’ll n't 's Mr. U.S. e.g. 5 km 10pm 1,000.5 $ € % www.x.com a@b.com http://x.y/z :) :-( <3 ( ) [ ] \" ' “ ” . , ! ? "
    "... … - -- — / : ; = + * # @ C++ é 日本 😀 ° °C. x y Z ab CD \u00a0 \n \t".split(" ") + [" ", "  ", "\n\n", "\ud800", "\0"])
englishish = st.lists(pieces, max_size=8).map("".join)


def pairs(doc):
    return [(token.text, bool(token.whitespace_)) for token in doc]


@pytest.fixture(scope="module")
def nlp():
    return lexarray.blank("en")


@pytest.fixture(scope="module")
def twin(nlp):
    rules = {string: [{"ORTH": token[65]} for token in tokens] for string, tokens in nlp.tokenizer.rules.items()}
    return ReferenceTokenizer(rules, nlp.tokenizer.prefix_search, nlp.tokenizer.suffix_search,
                              nlp.tokenizer.infix_finditer, nlp.tokenizer.token_match, nlp.tokenizer.url_match)


# ---- nothing is lost, and the twin agrees ----

@given(st.one_of(any_text, englishish))
def test_the_text_comes_back(nlp, text):
    doc = nlp(text)
    assert doc.text == text
    assert [text[token.idx : token.idx + len(token)] for token in doc] == [token.text for token in doc]


@given(st.one_of(any_text, englishish))
@settings(max_examples=300)
def test_tokens_are_the_slow_twins(nlp, twin, text):
    expected = twin.tokenize(text)
    assert pairs(nlp(text)) == expected
    assert nlp.tokenizer.explain(text) == twin.explain(text)
    assert pairs(nlp(text)) == expected                             # from the cache


@given(any_text)
def test_without_rules_only_whitespace_cuts(text):
    tokenizer = Tokenizer(Vocab())
    assert pairs(tokenizer(text)) == ReferenceTokenizer().tokenize(text)
    assert tokenizer(text).text == text


few = "ab.-"
some_text = st.text(few + " ", max_size=12)
some_string = st.text(few, min_size=1, max_size=4)


@st.composite
def rule_sets(draw):
    rules = {}
    for string in draw(st.lists(some_string, max_size=4)):
        cut = draw(st.integers(0, len(string)))
        rules[string] = [{"ORTH": part} for part in (string[:cut], string[cut:]) if part]
    affixes = st.lists(some_string.map(re.escape), max_size=3)
    functions = [compile_prefix_regex(draw(affixes)).search, compile_suffix_regex(draw(affixes)).search,
                 compile_infix_regex(draw(affixes)).finditer]
    kept = draw(st.frozensets(some_string, max_size=2)), draw(st.frozensets(some_string, max_size=2))
    return (rules, *functions, *(strings.__contains__ for strings in kept))


@given(rule_sets(), st.lists(some_text, min_size=1, max_size=3))
@settings(max_examples=500)
def test_any_rules_equal_the_slow_twin(rules, texts):
    tokenizer, twin = Tokenizer(Vocab(), *rules), ReferenceTokenizer(*rules)
    for text in [*texts, *texts]:
        assert pairs(tokenizer(text)) == twin.tokenize(text)
        assert tokenizer.explain(text) == twin.explain(text)


def test_every_character_that_is_whitespace_cuts():
    # The engine looks at bytes of UTF-8, str.isspace at characters; those that share their first bytes with whitespace are
    # the ones to mistake for it.
    tokenizer = Tokenizer(Vocab())
    spaces = [point for point in range(0x110000) if chr(point).isspace()]
    near = {near for point in spaces for near in range(point - 130, point + 130) if near >= 0} | {0x85, 0x1080, 0x2080, 0x3080, 0xE2, 0x1F600}
    for point in sorted({*range(0x3100), *near}):
        for text in f"a{chr(point)}b", f"ab{chr(point)}cdefghijk", chr(point):
            doc = tokenizer(text)
            assert doc.text == text
            assert any(token.is_space or token.whitespace_ for token in doc) == chr(point).isspace(), hex(point)


def test_whitespace():
    expected = {
        "a b": ["a ", "b"], "a  b": ["a ", " ", "b"], " a": [" ", "a"], "a ": ["a "], "a\n b": ["a", "\n ", "b"],
        "a \n b": ["a ", "\n ", "b"], "  ": ["  "], "\n": ["\n"], "": [], "a\u00a0b": ["a", "\u00a0", "b"],
        "a\u3000 b": ["a", "\u3000 ", "b"], "a\u200bb": ["a\u200bb"], "a\x85b\x1cc": ["a", "\x85", "b", "\x1c", "c"],
    }
    for language in "en", "xx":
        nlp = lexarray.blank(language)
        for text, tokens in expected.items():
            assert [token.text_with_ws for token in nlp(text)] == tokens


@pytest.mark.parametrize("length", [63, 64, 65, 66, 10_000])
def test_long_chunks(length):
    tokenizer = Tokenizer(Vocab(), suffix_search=compile_suffix_regex([r"\."]).search)
    for letter in "aé日😀":
        text = f"{letter * (length - 1)}. {letter * length}"
        for _ in range(2):
            assert pairs(tokenizer(text)) == [(letter * (length - 1), False), (".", True), (letter * length, False)]


def test_the_cache_starts_again_when_it_is_full():
    tokenizer = Tokenizer(Vocab(), rules={"ab": [{"ORTH": "a", "NORM": "one"}, {"ORTH": "b"}]})
    words = [f"{i:>040}" for i in range(600_000)]
    for start in range(0, len(words), 50_000):
        part = words[start : start + 50_000]
        doc = tokenizer(" ".join([*part, "ab"]))
        assert [token.text for token in doc] == [*part, "a", "b"]
        assert doc[-2].norm_ == "one"


# ---- rules ----

def test_rule_edits_take_effect_at_once(nlp):
    tokenizer = lexarray.blank("en").tokenizer
    def tokens():
        return [token.text for token in tokenizer("(gimme) pre-war")]
    assert tokens() == ["(", "gimme", ")", "pre", "-", "war"]
    tokenizer.add_special_case("gimme", [{"ORTH": "gim"}, {"ORTH": "me"}])
    assert tokens() == ["(", "gim", "me", ")", "pre", "-", "war"]
    tokenizer.rules["gimme"] = [{"ORTH": "g"}, {"ORTH": "imme"}]
    assert tokens() == ["(", "g", "imme", ")", "pre", "-", "war"]
    tokenizer.infix_finditer = None
    assert tokens() == ["(", "g", "imme", ")", "pre-war"]
    tokenizer.prefix_search = re.compile("^pre").search
    assert tokens() == ["(gimme", ")", "pre", "-war"]
    tokenizer.suffix_search = None
    assert tokens() == ["(gimme)", "pre", "-war"]
    tokenizer.token_match = lambda string: string == "pre-war"
    assert tokens() == ["(gimme)", "pre-war"]
    tokenizer.rules = {"(gimme)": [{"ORTH": "(gim"}, {"ORTH": "me)"}]}
    assert tokens() == ["(gim", "me)", "pre-war"]
    tokenizer.rules.clear()
    tokenizer.token_match = None
    tokenizer.url_match = lambda string: "war" in string
    assert tokens() == ["(gimme)", "pre", "-war"]
    assert nlp.tokenizer("gimme")[0].text == "gimme"                # the language's own data is untouched
    assert lexarray.blank("en").tokenizer.rules["don't"]


def test_special_cases_with_whitespace():
    tokenizer = lexarray.blank("en").tokenizer
    assert [token.text for token in tokenizer("in New York, on New  York")][1:3] == ["New", "York"]
    tokenizer.add_special_case("New York", [{"ORTH": "New York", "NORM": "ny"}])
    doc = tokenizer("in (New York), on New  York don't New York")
    assert [token.text for token in doc] == ["in", "(", "New York", ")", ",", "on", "New", " ", "York", "do", "n't", "New York"]
    assert doc.text == "in (New York), on New  York don't New York"
    assert (doc[2].norm_, doc[-2].norm_) == ("ny", "not")
    assert [text for _, text in tokenizer.explain(doc.text)] == [token.text for token in doc]
    tokenizer.add_special_case("a  b", [{"ORTH": "a "}, {"ORTH": " b"}])
    assert [token.text for token in tokenizer("a  b a b")] == ["a ", " b", "a", "b"]
    assert tokenizer("x a  b ").text == "x a  b "


@given(rule_sets(), st.lists(some_text, min_size=1, max_size=3))
def test_a_case_with_whitespace_changes_only_texts_that_have_it(rules, texts):
    tokenizer, twin = Tokenizer(Vocab(), *rules), ReferenceTokenizer(*rules)
    tokenizer.rules["a b"] = [{"ORTH": "a b"}]
    for text in [*texts, *texts]:
        doc = tokenizer(text)
        assert doc.text == text
        assert [each for _, each in tokenizer.explain(text)] == [token.text for token in doc]
        if "a b" not in text:
            assert pairs(doc) == twin.tokenize(text)


# ---- any rules: as tables, as functions, and by the twin ----

sources = st.sampled_from([r"\.", "a", "ab", "[ab]", "-+", r"a\.", "b(?=-)", "é", "[日😀]", "-b", r"\.\.", "[^a]", "a|b", "(?:ab)+", "\ud800"])
inner_sources = st.sampled_from([r"\.", "-", "-+", r"\.\.", "(?<=a)-", "(?<=b)[.-](?=a)", "é", "(?<=[ab])日", "😀", "a-", "b", "[^ab]"])
lively_text = st.text("ab.-é日😀\ud800  \n\u00a0", max_size=14)
lively_string = st.one_of(st.text("ab.-é日😀\ud800", min_size=1, max_size=5), st.text("ab.- \n", min_size=1, max_size=5))


@st.composite
def any_rules(draw):
    cases = {}
    for string in draw(st.lists(lively_string, max_size=6)):
        cuts = sorted(draw(st.sets(st.integers(1, len(string)), max_size=2)) | {len(string)})
        cases[string] = [{"ORTH": string[a:b]} for a, b in zip([0, *cuts], cuts, strict=False)]
    prefix, suffix = (draw(st.lists(sources, max_size=4)) for _ in range(2))
    infix, token, url = draw(st.lists(inner_sources, max_size=4)), draw(sources), draw(sources)
    patterns = [compile_prefix_regex(prefix), compile_suffix_regex(suffix), compile_infix_regex(infix), re.compile(token), re.compile(url)]
    methods = ["search", "search", "finditer", draw(st.sampled_from(["match", "fullmatch"])), draw(st.sampled_from(["match", "fullmatch"]))]
    # Half of the time no rule that keeps strings whole: "a" matches too many.
    rules = [getattr(pattern, method) for pattern, method in zip(patterns, methods, strict=True)]
    for i in 3, 4:
        if draw(st.booleans()):
            rules[i] = None
    return cases, rules


@given(any_rules(), st.lists(lively_text, min_size=1, max_size=4))
@settings(max_examples=500)
def test_tables_and_functions_and_the_twin_agree(rules, texts):
    cases, methods = rules
    functions = [None if method is None else lambda string, method=method: method(string) for method in methods]
    twin = ReferenceTokenizer(cases, *methods)
    tokenizers = [Tokenizer(Vocab(), cases, *methods), Tokenizer(Vocab(), cases, *functions)]
    expected = {text: (twin.tokenize(text), twin.explain(text)) for text in texts}
    for tokenizer in tokenizers:
        for text in texts * 2:
            doc = tokenizer(text)
            assert doc.text == text
            assert (pairs(doc), tokenizer.explain(text)) == expected[text]
        with tokenizer.vocab.memory_zone():
            inside = [tokenizer(text) for text in texts]
        assert [pairs(doc) for doc in inside] == [expected[text][0] for text in texts]
        assert [pairs(doc) for doc in tokenizer.pipe(texts, threads=2, batch_size=1)] == [expected[text][0] for text in texts]


special_pieces = st.sampled_from(["don't", "U.S.", "New York", "e.g.", "a.b", ":)", "(x)", "C++", "10km", "x-y", "-", "\n", " ", "é", "😀", "word"])


@given(st.lists(st.lists(special_pieces, min_size=1, max_size=3).map("".join), min_size=1, max_size=5), st.lists(englishish, max_size=3), st.data())
@settings(max_examples=25)
def test_english_with_any_special_cases(nlp, strings, texts, data):
    rules = {string: [{"ORTH": token[65]} for token in tokens] for string, tokens in nlp.tokenizer.rules.items()}
    for string in strings:
        cut = data.draw(st.integers(0, len(string)))
        rules[string] = [{"ORTH": part} for part in (string[:cut], string[cut:]) if part]
    used = nlp.tokenizer
    methods = [used.prefix_search, used.suffix_search, used.infix_finditer, used.token_match, used.url_match]
    tokenizer, twin = Tokenizer(Vocab(), rules, *methods), ReferenceTokenizer(rules, *methods)
    for text in (*strings, *texts, " ".join(strings), "".join(strings + texts), "(" + ") ".join(strings) + ")."):
        for _ in range(2):
            assert pairs(tokenizer(text)) == twin.tokenize(text)
            assert tokenizer.explain(text) == twin.explain(text)


# ---- the words of one to three characters that a worker knows by heart ----

def test_short_words_of_all_kinds():
    # Many more than there is room for; some differ by what is easily forgotten, a NUL or how many characters there are.
    letters = ["a", "b", "\0", "\x01", "\x7f", "é", "\u0800", "\ud800", "\U0001f600", "\U0010ffff"]
    words = [x + y + z for x in letters for y in ["", *letters] for z in ["", *letters] if y or not z]
    assert len(words) == 1110
    tokenizer = Tokenizer(Vocab(), infix_finditer=re.compile("-").finditer)
    text = "-".join(words)
    expected = "-".join(words).split("-")
    for _ in range(2):
        assert [token.text for token in tokenizer(text)][::2] == expected
        with tokenizer.vocab.memory_zone():
            inside = tokenizer("q-" + text + "-q-qq")
            assert [token.text for token in inside][2:-4:2] == expected
            assert inside[0].text == inside[-3].text == "q"
        assert [token.text for token in inside][2:-4:2] == expected         # it has words of its own now
        assert "q" not in tokenizer.vocab and inside[-1].text == "qq"
    with tokenizer.vocab.memory_zone():
        first = [tokenizer("-q-"), tokenizer("-q-q")]
    with tokenizer.vocab.memory_zone():
        second = tokenizer("-q-q-")
        assert second.text == "-q-q-" and "q" in tokenizer.vocab
    assert [doc.text for doc in first] == ["-q-", "-q-q"] and "q" not in tokenizer.vocab


# ---- the cache ----

FACTOR = 0x9E3779B97F4A7C15


def first_hashes(n_bytes, words):
    """What the hash of the cache of chunks is after the first 8 bytes of `n_bytes`, read as little-endian numbers."""
    import numpy
    start = numpy.uint64(n_bytes * FACTOR % 2**64)
    hashes = (start ^ words) * numpy.uint64(FACTOR)
    return hashes ^ hashes >> numpy.uint64(32)


def numbered_words(prefix, n):
    """n words of prefix + 5 letters, as numbers."""
    import numpy
    letters = numpy.frombuffer(b"abcdefghijklmnopqrstuvwxyzABCDEF", numpy.uint8).astype(numpy.uint64)
    numbers = numpy.arange(n, dtype=numpy.uint64)
    words = numpy.full(n, int.from_bytes(prefix.encode(), "little"), numpy.uint64)
    for k in range(5):
        words |= letters[(numbers >> numpy.uint64(5 * k)) & numpy.uint64(31)] << numpy.uint64(8 * (len(prefix) + k))
    return words


def text_of_word(word, n_bytes=8):
    return int(word).to_bytes(8, "little")[:n_bytes].decode()


def test_chunks_with_one_hash():
    import numpy
    words = numbered_words("xyz", 1 << 18)
    firsts = first_hashes(16, words)
    target = firsts[0] ^ numpy.uint64(int.from_bytes(b"second8A", "little"))
    seconds = firsts ^ target                       # what must follow each, so that all come to one hash
    ascii = numpy.frombuffer(seconds.tobytes(), numpy.uint8).reshape(-1, 8)
    good = numpy.flatnonzero(((ascii > 0x20) & (ascii < 0x7F)).all(axis=1))
    chunks = [text_of_word(words[i]) + text_of_word(seconds[i]) for i in good]
    assert chunks[0] == "xyzaaaaasecond8A" and len(chunks) > 20 and len(set(chunks)) == len(chunks)
    nlp = lexarray.blank("en")
    suffix = compile_suffix_regex(["[A-Z]", "[!-/]"]).search
    for tokenizer, twin in [(Tokenizer(Vocab(), suffix_search=suffix), ReferenceTokenizer(suffix_search=suffix))]:
        for text in [" ".join(chunks * 2), " ".join(chunks[::-1])]:
            assert pairs(tokenizer(text)) == twin.tokenize(text)
    assert [token.text for token in nlp(" ".join(chunks))] == [token.text for chunk in chunks for token in lexarray.blank("en")(chunk)]


def test_chunks_that_the_cache_takes_for_each_other_at_first():
    import numpy
    words = numbered_words("xq", 1 << 22)
    hashes = first_hashes(7, words) * numpy.uint64(FACTOR)
    def chunk(i):
        return text_of_word(words[i], 7)
    # What a small cache compares before it compares the bytes: the slot, and 32 bits.
    short = (hashes >> numpy.uint64(54) << numpy.uint64(32)) | (hashes & numpy.uint64(0xFFFFFFFF))
    order = numpy.argsort(short, kind="stable")
    same = numpy.flatnonzero(short[order][1:] == short[order][:-1])
    colliding = [(chunk(order[i]), chunk(order[i + 1])) for i in same[:20]]
    assert colliding or len(hashes) < 1 << 22
    crowded = [chunk(i) for i in numpy.flatnonzero(hashes >> numpy.uint64(50) == hashes[0] >> numpy.uint64(50))[:200]]
    assert len(crowded) > 100                                       # all of them want the same eight places
    tokenizer = Tokenizer(Vocab(), suffix_search=compile_suffix_regex(["[A-F]"]).search)
    twin = ReferenceTokenizer(suffix_search=tokenizer.suffix_search)
    for text in [f"{a} {b} {b} {a}" for a, b in colliding] + [" ".join(crowded + crowded)] * 2:
        assert pairs(tokenizer(text)) == twin.tokenize(text)
        assert pairs(tokenizer(text)) == twin.tokenize(text)


def test_the_cache_is_bounded_and_right_when_it_was_full():
    nlp = lexarray.blank("en")
    expected = None
    for start in range(0, 700_000, 100_000):
        with nlp.memory_zone():
            doc = nlp(" ".join([f"{i:x}-{i:>030}" for i in range(start, start + 100_000)] + ["don't", "(see)"]))
            tail = [(token.text, token.norm_) for token in doc[-5:]]
            expected = expected or tail
            assert tail == expected and doc[0].text == f"{start:x}-{start:>030}"[:len(doc[0])]
            assert nlp.tokenizer.memory() < 30_000_000
            again = nlp("don't (see)")
            assert [(token.text, token.norm_) for token in again] == expected
    assert nlp.tokenizer.memory() < 30_000_000


@pytest.mark.parametrize("text", ["x" * 3_000_000, "x-" * 500_000, "(" * 300_000, "é" * 1_000_000, " ".join(["日本"] * 500_000)])
def test_buffers_of_long_texts_are_let_go_of(nlp, text):
    nlp = lexarray.blank("en")
    assert nlp(text).text == text
    assert nlp.tokenizer.memory() < 6_000_000
    nlp.tokenizer.explain(text[:400_000])
    nlp.tokenizer.explain("日" + text[:400_000])
    assert nlp.tokenizer.memory() < 6_000_000


def test_after_any_change_of_rules_nothing_old_is_remembered():
    tokenizer = lexarray.blank("en").tokenizer
    functions = {"prefix_search": re.compile("^g").search, "suffix_search": re.compile("e$").search, "infix_finditer": re.compile("mm").finditer,
                 "token_match": re.compile("gim").match, "url_match": re.compile("gim").match}
    for name, function in functions.items():
        tokenizer("(gimme) gimme")
        before = getattr(tokenizer, name)
        setattr(tokenizer, name, function)
        arguments = [getattr(tokenizer, each) for each in ("prefix_search", "suffix_search", "infix_finditer", "token_match", "url_match")]
        twin = ReferenceTokenizer({s: [{"ORTH": t[65]} for t in ts] for s, ts in tokenizer.rules.items()}, *arguments)
        for _ in range(2):
            assert pairs(tokenizer("(gimme) gimme")) == twin.tokenize("(gimme) gimme")
            assert tokenizer.explain("(gimme) gimme") == twin.explain("(gimme) gimme")
        setattr(tokenizer, name, before)
    twin = ReferenceTokenizer({s: [{"ORTH": t[65]} for t in ts] for s, ts in tokenizer.rules.items()}, tokenizer.prefix_search,
                              tokenizer.suffix_search, tokenizer.infix_finditer, tokenizer.token_match, tokenizer.url_match)
    assert pairs(tokenizer("(gimme) gimme")) == twin.tokenize("(gimme) gimme")


def test_rules_that_change_when_the_old_ones_are_let_go_of():
    tokenizer = Tokenizer(Vocab())
    class Rule:
        def __call__(self, string):
            return None
        def __del__(self):
            tokenizer.token_match = re.compile("a-b").match
            assert [token.text for token in tokenizer("a-b")] == ["a-b"]
    tokenizer.token_match = Rule()
    tokenizer("a-b")
    tokenizer.token_match = None
    tokenizer.infix_finditer = re.compile("-").finditer
    assert [token.text for token in tokenizer("a-b a-b")][0] in ("a", "a-b")
    assert [token.text for token in tokenizer("a-b")] == ["a-b"] and tokenizer.token_match is not None


def test_special_cases_give_norms():
    tokenizer = Tokenizer(Vocab(), rules={"cos": [{65: "cos", 67: "because"}]})
    doc = tokenizer("cos Cos")
    assert [(token.norm_, token.lower_) for token in doc] == [("because", "cos"), ("cos", "cos")]
    assert doc[0].norm == doc.vocab.strings["because"]
    assert doc.vocab["cos"].norm_ == "cos"                          # the word's own is as it was


def test_a_torn_special_case_is_put_together():
    rules = {"a-b": [{"ORTH": "a-b"}], "b-c-d": [{"ORTH": "b-c"}, {"ORTH": "-d"}]}
    infix = re.compile("[-/]").finditer
    tokenizer = Tokenizer(Vocab(), rules=rules, infix_finditer=infix)
    assert [token.text for token in tokenizer("x/a-b")] == ["x", "/", "a-b"]
    assert [token.text for token in tokenizer("a-b-c-d")] == ["a", "-", "b-c", "-d"]       # the longer one first


def test_very_many_torn_special_cases():
    # They share their beginnings, one is the beginning of another, and one has whitespace and letters of four bytes.
    strings = [f"{head}-{number}" for head in ("a", "aa", "\U0001f600", "\0", "\ud800") for number in range(1, 400)]
    rules = {string: [{"ORTH": string}] for string in (*strings, "a-1-", "a-1-a-1", "b \U0001f600-c")}
    methods = [None, None, re.compile("-").finditer, None, None]
    tokenizer, twin = Tokenizer(Vocab(), rules, *methods), ReferenceTokenizer(rules, *methods)
    texts = ["/".join(strings), "a-1-a-1-a-1", "a-1-a", "x/a-1-a-399", "a-400 \0-1/", "-a-1", "b \U0001f600-c", "x/b \U0001f600-c", "b \U0001f600-"]
    for text in (*texts, *(f"{string}-" for string in strings[::97])):
        assert pairs(tokenizer(text)) == twin.tokenize(text)
        assert tokenizer.explain(text) == twin.explain(text)


@pytest.mark.parametrize("string, tokens, error, message", [
    ("ab", [{"ORTH": "a"}], ValueError, "special case 'ab': its tokens spell 'a'"),
    ("ab", [], ValueError, "spell ''"),
    ("", [], ValueError, "empty"),
    (b"ab", [{"ORTH": "ab"}], TypeError, "bytes"),
    ("ab", [{"ORTH": "ab", "TAG": "X"}], ValueError, "token 0: only ORTH and NORM can be set, not TAG"),
    ("ab", [{"ORTH": "ab", 99999: "X"}], ValueError, "99999"),
    ("ab", [{"ORTH": "ab", "NOTHING": "X"}], ValueError, "token 0: expected a dict"),
    ("ab", [{"NORM": "ab"}], ValueError, "token 0: ORTH is missing"),
    ("ab", [{"ORTH": "ab"}, {"ORTH": ""}], ValueError, "token 1: ORTH is missing or empty"),
    ("ab", [{"ORTH": b"ab"}], TypeError, "token 0: ORTH must be a str"),
    ("ab", ["ab"], ValueError, "token 0: expected a dict"),
])
def test_bad_special_cases(string, tokens, error, message):
    tokenizer = Tokenizer(Vocab())
    with pytest.raises(error, match=message):
        tokenizer.add_special_case(string, tokens)
    with pytest.raises(error, match=message):
        Tokenizer(Vocab(), rules={string: tokens})
    assert len(tokenizer.rules) == 0


def test_special_cases_are_a_mapping_of_copies():
    cases = SpecialCases({"ab": [{"ORTH": "a"}, {"ORTH": "b"}]})
    cases["ab"][0][65] = "changed"
    assert cases == {"ab": [{65: "a"}, {65: "b"}]} and "ab" in cases and list(cases) == ["ab"] and len(cases) == 1
    with pytest.raises(KeyError):
        del cases["x"]


@pytest.mark.parametrize("name", ["prefix_search", "suffix_search", "infix_finditer", "token_match", "url_match"])
def test_rules_must_be_callable(name):
    with pytest.raises(TypeError, match=f"{name} must be callable or None, got 'x'"):
        Tokenizer(Vocab(), **{name: "x"})
    tokenizer = Tokenizer(Vocab())
    with pytest.raises(TypeError, match=name):
        setattr(tokenizer, name, 5)
    assert getattr(tokenizer, name) is None


def test_an_exception_in_a_rule_passes_and_nothing_wrong_is_remembered():
    tokenizer = Tokenizer(Vocab())
    def fail(string):
        raise ZeroDivisionError(string)
    tokenizer.prefix_search = fail
    for _ in range(2):
        with pytest.raises(ZeroDivisionError, match="b"):
            tokenizer("b")
    tokenizer.prefix_search = None
    assert tokenizer("b").text == "b"


def test_a_rule_may_change_the_rules_while_it_runs():
    tokenizer = Tokenizer(Vocab())
    def change(string):
        if "x" in string:
            tokenizer.rules["b"] = [{"ORTH": "b", "NORM": "changed"}]
            tokenizer("y")
    tokenizer.token_match = change
    assert tokenizer("b x b").text == "b x b"
    assert [token.norm_ for token in tokenizer("b b")] == ["changed", "changed"]


# ---- calls ----

def test_pipe_is_lazy_and_in_order(nlp):
    taken = []
    def texts():
        for text in ("One.", "Two!", "Three?"):
            taken.append(text)
            yield text
    stream = nlp.tokenizer.pipe(texts())
    assert next(stream).text == "One." and taken == ["One."]
    assert [doc.text for doc in stream] == ["Two!", "Three?"]
    for pipe in (nlp.pipe, nlp.tokenizer.pipe):
        assert [doc.text for doc in pipe(texts(), batch_size=2)] == ["One.", "Two!", "Three?"]


@pytest.mark.parametrize("wrong", [b"bytes", None, 5, ["a"]])
def test_what_is_no_text(nlp, wrong):
    for function in (nlp.tokenizer, nlp.tokenizer.explain, nlp, nlp.make_doc):
        with pytest.raises(TypeError, match=type(wrong).__name__):
            function(wrong)
    for pipe in (nlp.tokenizer.pipe, nlp.pipe):
        stream = pipe(["fine", wrong])
        assert next(stream).text == "fine"
        with pytest.raises(TypeError, match=f"text 1: .*{type(wrong).__name__}"):
            next(stream)


def test_a_tokenizer_needs_a_vocab():
    for bad in ((), (None,), ("en",)):
        with pytest.raises(TypeError):
            Tokenizer(*bad)


def test_made_by_new_alone():
    tokenizer = Tokenizer.__new__(Tokenizer)
    for use in (tokenizer, tokenizer.explain):
        with pytest.raises(ValueError, match="never initialised"):
            use("text")


# ---- Language ----

def test_language(nlp):
    assert nlp.lang == nlp.vocab.lang == "en" and nlp.tokenizer.vocab is nlp.vocab
    doc = nlp("A doc.")
    assert isinstance(doc, Doc) and doc.vocab is nlp.vocab and nlp(doc) is doc
    assert [context for _, context in nlp.pipe([("a", 1), ("b", None)], as_tuples=True)] == [1, None]
    assert [doc.text for doc in nlp.pipe(["a", nlp("b")])] == ["a", "b"]
    with pytest.raises(TypeError, match="text 0: as_tuples expects"):
        next(nlp.pipe([5], as_tuples=True))


def test_a_vocabulary_can_be_shared():
    vocab = Vocab()
    one, two = lexarray.blank("en", vocab=vocab), lexarray.blank("xx", vocab=vocab)
    assert one("word")[0].lex == two("word")[0].lex and len(vocab) == 1
    with pytest.raises(TypeError, match="vocab must be a Vocab"):
        lexarray.blank("en", vocab="x")


def test_the_tokenizer_can_be_replaced(nlp):
    mine = lexarray.blank("xx")
    mine.tokenizer = lambda text: Doc(mine.vocab, words=list(text), spaces=[False] * len(text))
    assert [token.text for token in mine("a b")] == ["a", " ", "b"]


def test_languages():
    with pytest.raises(ImportError, match="no language 'qq': the languages are en, "):
        lexarray.blank("qq")
    for bad in ("", "en.exceptions", "..", "exceptions"):
        with pytest.raises(ImportError):
            lexarray.blank(bad)
    with pytest.raises(TypeError, match="NoneType"):
        lexarray.blank(None)
    class Klingon(lexarray.Language):
        lang = "tlh"
    assert isinstance(lexarray.blank("tlh"), Klingon)


def test_special_cases_of_subclasses_of_str():
    # Whatever such a string says of its length, pieces are never longer than the text.
    class Long(str):
        def __len__(self):
            return 10_000_000
    nlp = lexarray.blank("en")
    nlp.tokenizer.add_special_case(Long("gimme"), [{"ORTH": Long("gim"), "NORM": Long("give")}, {"ORTH": Long("me")}])
    assert [(token.text, token.norm_) for token in nlp("gimme it")] == [("gim", "give"), ("me", "me"), ("it", "it")]
    assert all(type(text) is str for string in nlp.tokenizer.rules for token in nlp.tokenizer.rules[string] for text in token.values())


def test_a_special_case_of_very_many_tokens():
    nlp = lexarray.blank("en")
    string = "x" * 70_000
    nlp.tokenizer.add_special_case(string, [{"ORTH": "x"}] * 70_000)
    doc = nlp(f"({string}) xx")
    assert doc.text == f"({string}) xx" and len(doc) == 70_003 and {token.text for token in doc[1:70_001]} == {"x"}
    assert doc[70_001].text == ")" and nlp.tokenizer.explain(string)[-1] == ("SPECIAL-70000", "x")
