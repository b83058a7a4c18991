"""Texts by chance, always the same: words as frequent as words are, by Zipf's law, with punctuation and numbers."""

import random

N_WORDS = 20_000


def words(n=N_WORDS):
    """Different words of four to twelve letters, the most frequent first."""
    chance = random.Random(1)
    found = {}
    while len(found) < n:
        found["".join(chance.choices("etaoinshrdlucmfwypvbgkjqxz", range(26, 0, -1), k=4 + len(found) % 9))] = None
    return list(found)


def texts(n_texts=500, n_words=200):
    """Texts of so many words."""
    chance = random.Random(2)
    known = words()
    weights = [1 / rank for rank in range(1, len(known) + 1)]
    made = []
    for _ in range(n_texts):
        text = chance.choices(known, weights, k=n_words)
        for at in range(9, n_words, 10):
            text[at] += chance.choice(",,,.;:!?") if at % 20 == 9 else f" ({chance.randrange(3000)})"
        made.append(" ".join(text).capitalize() + ".")
    return made
