"""Tables of word vectors: :class:`KeyedVectors`; and one that comes with lexarray, :func:`load_default`."""

from lexarray.vectors.data import load_default
from lexarray.vectors.keyed_vectors import KeyedVectors

__all__ = ["KeyedVectors", "load_default"]
