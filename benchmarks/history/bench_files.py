"""Documents out and in: bytes, pickles, DocBin, corpora."""

import os
import pickle
import tempfile

import lexarray
from lexarray.tokens import Doc, DocBin

from .texts import texts


class Files:
    """500 documents of 240 tokens."""

    def setup(self):
        from lexarray import CorpusWriter

        nlp = lexarray.blank("en")
        self.vocab = nlp.vocab
        self.docs = list(nlp.pipe(texts()))
        self.bytes = [doc.to_bytes() for doc in self.docs]
        self.pickled = pickle.dumps(self.docs)
        self.bin = DocBin(docs=self.docs).to_bytes()
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "x.corpus")
        with CorpusWriter(self.path) as writer:
            writer.extend(self.docs)
        self.n_tokens = sum(map(len, self.docs))

    def teardown(self):
        self.folder.cleanup()

    def time_to_bytes(self):
        for doc in self.docs:
            doc.to_bytes()

    def time_from_bytes(self):
        for data in self.bytes:
            Doc(self.vocab).from_bytes(data)

    def time_pickle(self):
        pickle.dumps(self.docs)

    def time_unpickle(self):
        pickle.loads(self.pickled)

    def time_doc_bin_write(self):
        DocBin(docs=self.docs).to_bytes()

    def time_doc_bin_read(self):
        for _ in DocBin().from_bytes(self.bin).get_docs(self.vocab):
            pass

    def time_corpus_write(self):
        from lexarray import CorpusWriter

        path = os.path.join(self.folder.name, "y.corpus")
        with CorpusWriter(path) as writer:
            writer.extend(self.docs)
        os.remove(path)

    def time_corpus_read(self):
        from lexarray import Corpus

        for _ in Corpus(self.path, self.vocab):
            pass

    def track_corpus_bytes_per_token(self):
        return os.path.getsize(self.path) / self.n_tokens

    def track_doc_bin_bytes_per_token(self):
        return len(self.bin) / self.n_tokens

    track_corpus_bytes_per_token.unit = track_doc_bin_bytes_per_token.unit = "bytes"
