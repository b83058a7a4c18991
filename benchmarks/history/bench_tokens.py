"""Documents: made of words, read by attributes, as arrays."""

import lexarray
from lexarray.tokens import Doc

from .texts import texts

LAYERS = ["ORTH", "LEMMA", "POS", "HEAD"]


class Documents:
    """500 documents of 240 tokens."""

    def setup(self):
        nlp = lexarray.blank("en")
        self.docs = list(nlp.pipe(texts()))
        self.vocab = nlp.vocab
        self.columns = [([token.text for token in doc], [bool(token.whitespace_) for token in doc]) for doc in self.docs]

    def time_from_words(self):
        for words, spaces in self.columns:
            Doc(self.vocab, words, spaces)

    def time_text(self):
        for doc in self.docs:
            doc.text

    def time_attributes(self):
        for doc in self.docs:
            [token.lower_ for token in doc if token.is_alpha]

    def time_slices(self):
        for doc in self.docs:
            for i in range(0, len(doc), 5):
                doc[i:i + 5]

    def time_to_array(self):
        for doc in self.docs:
            doc.to_array(LAYERS)

    def track_bytes_per_token(self):
        return sum(doc.memory()["total"] for doc in self.docs) / sum(map(len, self.docs))

    track_bytes_per_token.unit = "bytes"
