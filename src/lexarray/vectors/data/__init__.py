"""The table that comes with lexarray: :func:`load_default`. README.md beside it says where it is from; make.py made it."""

from pathlib import Path

from lexarray.vectors.keyed_vectors import KeyedVectors

DEFAULT_PATH = Path(__file__).with_name("glove-6b-50d-10k.safetensors")


def load_default() -> KeyedVectors:
    """The table that comes with lexarray: the 10,000 most frequent words of GloVe 6B, 50 numbers each.

    The words are in lower case, most frequent first, and so are punctuation marks and numbers. It is made to try
    things with, not to get the best results.

    Returns:
        KeyedVectors: of float16, mapped from its file and shared by all processes. Each call gives another one;
        what changes it copies it first.

    Cost: a millisecond; memory for what is used.

    >>> from lexarray.vectors import load_default
    >>> kv = load_default()
    >>> len(kv), kv.vector_size
    (10000, 50)
    >>> [word for word, _ in kv.most_similar("coffee", topn=4)]
    ['drink', 'drinks', 'wine', 'tea']
    """
    return KeyedVectors.load(DEFAULT_PATH, mmap="r")
