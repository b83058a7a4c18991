"""Words and strings from many threads at once: what they find is what one thread would have made."""

import random
import sys

import lexarray
import pytest
from lexarray.attrs import FLAG20
from lexarray.errors import KeyCollisionError
from lexarray.strings import StringStore, get_string_id
from lexarray.tokens import Doc
from lexarray.vocab import Vocab
from reference import murmur
from reference.threads import THREADS, in_threads
ATTRIBUTES = ["orth_", "lower_", "norm_", "shape_", "prefix_", "suffix_", "lang_", "flags", "length", "prob", "cluster", "is_oov"]


@pytest.fixture(autouse=True)
def switch_often():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def words_of(i, n=3000):
    """Some that all threads have, some that no other has, in an order of its own."""
    words = [f"Same{k}" for k in range(n)] + [f"own{i}x{k}" for k in range(n)] + [f"été{k}日{i % 2}" for k in range(n // 4)]
    random.Random(i).shuffle(words)
    return words


def described(lexeme):
    return [getattr(lexeme, name) for name in ATTRIBUTES]


def test_strings():
    store = StringStore()
    results = in_threads(lambda i: [(text, store.add(text), store[store[text]], text in store) for text in words_of(i)])
    for result in results:
        assert all(key == get_string_id(text) and back == text and there for text, key, back, there in result)
    every = {text for i in range(THREADS) for text in words_of(i)}
    assert len(store) == len(every) and set(store) == every and sorted(store.keys()) == sorted(map(get_string_id, every))


def test_iterating_while_others_add():
    store = StringStore(f"first{i}" for i in range(1000))

    def work(i):
        if i:
            return [store.add(text) for text in words_of(i, 1000)]
        seen = list(store)
        assert len(seen) == len(set(seen)) and seen[:1000] == [f"first{i}" for i in range(1000)]
        assert all(key == get_string_id(text) for text, key in store.items())
    in_threads(work)


def test_words():
    nlp, twin = lexarray.blank("en"), lexarray.blank("en")
    results = in_threads(lambda i: {word: described(nlp.vocab[word]) for word in words_of(i)})
    expected = {word: described(twin.vocab[word]) for i in range(THREADS) for word in words_of(i)}
    for result in results:
        assert all(expected[word] == values for word, values in result.items())
    assert len(nlp.vocab) == len(list(nlp.vocab)) == len(expected) and {lexeme.text for lexeme in nlp.vocab} == set(expected)
    assert sorted(nlp.vocab.strings) == sorted(twin.vocab.strings)


def test_tokenizing_without_the_gil():
    nlp, twin = lexarray.blank("en"), lexarray.blank("en")
    texts = [" ".join(words_of(i)) for i in range(THREADS)]
    docs = in_threads(lambda i: [nlp(texts[i]), nlp(texts[i])])
    for text, pair in zip(texts, docs, strict=True):
        expected = twin(text)
        for doc in pair:
            assert doc.text == text and [token.text for token in doc] == [token.text for token in expected]
            assert all(described(a.lex) == described(b.lex) for a, b in zip(doc, expected, strict=True))
    assert len(nlp.vocab) == len(twin.vocab) and sorted(nlp.vocab.strings) == sorted(twin.vocab.strings)
    lexemes = {lexeme.text: lexeme for lexeme in nlp.vocab}
    lexemes["Same0"].set_flag(FLAG20, True)             # one word, whoever made it
    assert all(token.check_flag(FLAG20) == (token.text == "Same0") for pair in docs for doc in pair for token in doc)


def test_what_is_known_is_found_while_the_tables_grow():
    # Slots move when a table grows: who looks up a word at that moment must not miss it, nor find one that is not there.
    nlp = lexarray.blank("en")
    known, unknown = [f"known{k}" for k in range(200)], [f"unknown{k}" for k in range(200)]
    lexemes = [nlp.vocab[word].orth for word in known]
    left = [3]

    def work(i):
        if i < 3:
            try:
                return len(nlp(" ".join(f"w{i}x{k}" for k in range(60_000))))       # without the GIL
            finally:
                left[0] -= 1
        rounds = 0
        while left[0] or not rounds:
            assert [nlp.vocab.strings[word] for word in known] == lexemes == [nlp.vocab[key].orth for key in lexemes]
            assert all(word in nlp.vocab and word in nlp.vocab.strings for word in known)
            assert not any(word in nlp.vocab or word in nlp.vocab.strings for word in unknown)
            rounds += 1
        return rounds
    assert in_threads(work, 5)[:3] == [60_000] * 3
    assert all(f"w{i}x{k}" in nlp.vocab for i in range(3) for k in range(0, 60_000, 7))


def test_memory_and_lengths_while_others_add():
    nlp = lexarray.blank("en")

    def work(i):
        if i < 2:
            last = 0
            for _ in range(300):
                memory = nlp.vocab.memory()
                assert memory["total"] >= last and len(nlp.vocab) >= 0
                last = memory["total"]
                repr(nlp.vocab)
            return None
        return len(nlp(" ".join(words_of(i))))
    in_threads(work)


def test_getters_run_once_a_word_and_thread_at_most():
    seen = []
    vocab = Vocab({FLAG20: lambda text: seen.append(text) or text.startswith("S")})
    in_threads(lambda i: [vocab[word].check_flag(FLAG20) for word in words_of(i, 300)])
    assert all(lexeme.check_flag(FLAG20) == lexeme.text.startswith("S") for lexeme in vocab) and len(seen) <= THREADS * len(vocab)


def test_documents_from_words():
    vocab, twin = Vocab(), Vocab()
    docs = in_threads(lambda i: Doc(vocab, words=words_of(i), lemmas=words_of(i)))
    for i, doc in enumerate(docs):
        expected = Doc(twin, words=words_of(i), lemmas=words_of(i))
        assert doc.text == expected.text
        assert doc.to_array(["ORTH", "LOWER", "SHAPE", "LEMMA", "LENGTH"]).tolist() == expected.to_array(
            ["ORTH", "LOWER", "SHAPE", "LEMMA", "LENGTH"]).tolist()


def test_colliding_texts_one_wins():
    texts = murmur.colliding_texts()
    first, second = next(texts), next(texts)
    for _ in range(20):
        store = StringStore()

        def work(i):
            try:
                return store.add(first if i % 2 else second)
            except KeyCollisionError:
                return None
        keys = in_threads(work)
        winner, = store
        assert winner in (first, second)
        assert [key is not None for key in keys] == [(first if i % 2 else second) == winner for i in range(THREADS)]


def test_characters_that_nobody_has_seen():
    """Tables of characters are made at their first use, here by all threads at once: planes that other tests leave alone."""
    words = [chr(page << 8 | low) for page in range(0x110, 0x120) for low in range(0, 256, 5)]
    text = " ".join(words * 3)
    nlp = lexarray.blank("xx")
    docs = in_threads(lambda i: nlp(text))
    for doc in docs:
        assert [(token.lower_, token.is_alpha, token.is_digit, token.is_upper, token.is_lower) for token in doc] == [
            (word.lower(), word.isalpha(), word.isdigit(), word.isupper(), word.islower()) for word in words * 3]


def test_rules_change_while_others_tokenize():
    nlp = lexarray.blank("en")
    tokenizer = nlp.tokenizer
    cut = {"plain": ["gimme"], "cut": ["gim", "me"]}

    def work(i):
        if i == 0:
            for k in range(40):
                if k % 2:
                    tokenizer.rules.pop("gimme")
                else:
                    tokenizer.add_special_case("gimme", [{"ORTH": "gim"}, {"ORTH": "me"}])
                tokenizer.rules[f"case{k}"] = [{"ORTH": f"case{k}"}]
                assert [token.text for token in tokenizer("gimme")] == cut["plain" if k % 2 else "cut"]
            return
        for _ in range(60):
            assert [token.text for token in tokenizer("gimme gimme")] in ([*cut["plain"]] * 2, [*cut["cut"]] * 2)
    in_threads(work)
    assert [token.text for token in tokenizer("gimme")] == cut["plain"]
