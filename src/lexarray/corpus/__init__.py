"""A file of any number of documents: :class:`Corpus` reads it, :class:`CorpusWriter` appends to it."""

from lexarray.corpus.corpus import Corpus
from lexarray.corpus.writer import CorpusWriter

__all__ = ["Corpus", "CorpusWriter"]
