"""An outside project that counts words without the GIL."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random

import lexarray
import pytest


@pytest.fixture(scope="module")
def counter(built):
    return built("counter")


def counted(doc):
    return Counter(token.lower for token in doc if token.is_alpha)


def test_words_are_counted(counter):
    nlp = lexarray.blank("en")
    counts = counter.WordCounter()
    counts.add(nlp("The tea, the TEA; 2 teas!"))
    assert {nlp.vocab.strings[key]: n for key, n in counts.items()} == {"the": 2, "tea": 2, "teas": 1}
    assert counts.length == 3 and counts.total == 5
    counts.add(nlp(""))
    counts.add(nlp("... 1984"))
    assert counts.length == 3 and counts.total == 5


def test_counters_of_several_threads_add_up(counter):
    nlp = lexarray.blank("en")
    random = Random(1)
    texts = [" ".join(f"{random.choice('abcdefgh')}{'xyz'[:random.randrange(4)] * random.randrange(9)}" for _ in range(300))
             for _ in range(60)]
    docs = list(nlp.pipe(texts))
    expected = sum((counted(doc) for doc in docs), Counter())

    def count(part):
        counts = counter.WordCounter()
        for doc in part:
            counts.add(doc)
        return counts

    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(count, [docs[i::4] for i in range(4)]))
    whole = parts[0]
    for part in parts[1:]:
        whole.merge(part)
    assert dict(whole.items()) == expected and len(expected) > 100
    assert whole.length == len(expected) and whole.total == expected.total()


def test_keys_outlive_what_was_counted(counter):
    nlp = lexarray.blank("en")
    counts = counter.WordCounter()
    for doc in nlp.pipe((f"word{'abcdefghij'[i % 10]} same" for i in range(1000)), max_types=5):
        counts.add(doc)
    found = dict(counts.items())
    assert found[lexarray.StringStore().add("same")] == 1000
    assert sorted(found.values()) == [100] * 10 + [1000]


def test_what_is_no_document(counter):
    counts = counter.WordCounter()
    for value in (None, "text", [1]):
        with pytest.raises(TypeError):
            counts.add(value)
    with pytest.raises(TypeError):
        counts.merge(None)
    assert counts.items() == []
