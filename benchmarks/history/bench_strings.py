"""StringStore: texts to keys and back."""

from lexarray.strings import StringStore

from .texts import words


class Strings:
    """20,000 texts."""

    def setup(self):
        self.words = words()
        self.store = StringStore(self.words)
        self.keys = [self.store[word] for word in self.words]
        self.saved = self.store.to_bytes()

    def time_add_new(self):
        StringStore(self.words)

    def time_add_known(self):
        for word in self.words:
            self.store.add(word)

    def time_text_of_key(self):
        for key in self.keys:
            self.store[key]

    def time_from_bytes(self):
        StringStore().from_bytes(self.saved)
