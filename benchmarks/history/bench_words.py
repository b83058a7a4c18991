"""Vocab: word types, made and found; their memory."""

import lexarray
from lexarray.vocab import Vocab

from .texts import words


class Words:
    """20,000 words of English."""

    def setup(self):
        self.words = words()
        self.rules = lexarray.blank("en").vocab.lexical_rules
        self.vocab = Vocab(lexical_rules=self.rules)
        for word in self.words:
            self.vocab[word]
        self.saved = self.vocab.to_bytes()

    def time_make(self):
        vocab = Vocab(lexical_rules=self.rules)
        for word in self.words:
            vocab[word]

    def time_find(self):
        for word in self.words:
            self.vocab[word]

    def time_to_bytes(self):
        self.vocab.to_bytes()

    def time_from_bytes(self):
        Vocab().from_bytes(self.saved)

    def track_bytes_per_word(self):
        return self.vocab.memory()["total"] / len(self.vocab)

    track_bytes_per_word.unit = "bytes"
