"""Tables of word vectors: :class:`KeyedVectors`, and :class:`FastTextKeyedVectors`, which knows parts of words;
one that comes with lexarray, :func:`load_default`."""

from lexarray.vectors.data import load_default
from lexarray.vectors.fasttext import FastTextKeyedVectors, load_facebook_vectors
from lexarray.vectors.keyed_vectors import KeyedVectors

__all__ = ["FastTextKeyedVectors", "KeyedVectors", "load_default", "load_facebook_vectors"]
