"""Tables of vectors: look-ups, queries, files."""

import os
import tempfile

import numpy as np
from lexarray import KeyedVectors

from .texts import words


class Vectors:
    """20,000 rows of 100 numbers."""

    def setup(self):
        self.words = words()
        self.table = KeyedVectors(100)
        self.table.add_vectors(self.words, np.random.default_rng(3).standard_normal((len(self.words), 100), np.float32))
        self.folder = tempfile.TemporaryDirectory()
        self.text = os.path.join(self.folder.name, "x.txt")
        self.own = os.path.join(self.folder.name, "x.safetensors")
        self.table.save_word2vec_format(self.text)
        self.table.save(self.own)
        self.table.most_similar(self.words[0])

    def teardown(self):
        self.folder.cleanup()

    def time_look_up(self):
        for word in self.words[:1000]:
            self.table[word]

    def time_look_up_at_once(self):
        self.table[self.words]

    def time_most_similar(self):
        self.table.most_similar(self.words[5])

    def time_200_queries(self):
        self.table.search(self.table.vectors[:200], 10)

    def time_load_text(self):
        KeyedVectors.load_word2vec_format(self.text)

    def time_map(self):
        KeyedVectors.load(self.own, mmap="r")
