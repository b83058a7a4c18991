"""The tokenizer: known words, new words, threads, and a hostile text."""

import lexarray

from .texts import texts


class Tokenize:
    """100,000 words in 500 texts."""

    def setup(self):
        self.texts = texts()
        self.nlp = lexarray.blank("en")
        for _ in self.nlp.pipe(self.texts):
            pass
        self.hostile = "(':)" * 8000

    def time_warm(self):
        for _ in self.nlp.pipe(self.texts):
            pass

    def time_two_threads(self):
        for _ in self.nlp.pipe(self.texts, threads=2):
            pass

    def time_in_bounded_memory(self):
        for _ in self.nlp.pipe(self.texts, max_types=1000):
            pass

    def time_cold(self):
        for _ in lexarray.blank("en").pipe(self.texts):
            pass

    def time_hostile(self):
        self.nlp(self.hostile)

    def time_one_short_text(self):
        self.nlp("It's only $5.50/kg.")
