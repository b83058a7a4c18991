"""Tables of word vectors: :class:`KeyedVectors`."""

from lexarray.vectors.keyed_vectors import KeyedVectors

__all__ = ["KeyedVectors"]
