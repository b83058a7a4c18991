"""Tables that know the parts of words: :class:`FastTextKeyedVectors`, and :func:`load_facebook_vectors`."""

from collections.abc import Iterable, Sequence
from numbers import Integral
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from lexarray.errors import VectorFileError
from lexarray.vectors.io import fasttext_bin
from lexarray.vectors.io.mapping import Mapping
from lexarray.vectors.kernels import unit_query
from lexarray.vectors.keyed_vectors import KeyedVectors
from lexarray.vectors.subwords import Subwords
from lexarray.vectors.vector_table import float_type


class FastTextKeyedVectors(KeyedVectors):
    """Word vectors, and rows for n-grams of characters, of which a word that has no row of its own gets its vector.

    A query takes an unseen word wherever it takes a vector. What it answers with are the table's own words: their
    vectors are made once, when the table is loaded, and stored; a word that is added has the vector it is given.
    Any number of threads may ask.

    Args:
        vector_size (int): numbers a row.
        min_n, max_n (int): characters of an n-gram, the brackets around a word included; a ``max_n`` of 0, or less
            than ``min_n``: words have no n-grams.
        bucket (int): rows for n-grams; all are zeros at first.
        count (int): words to make room for.
        dtype (dtype): of the numbers: float16, float32 or float64.

    >>> kv = FastTextKeyedVectors(2, min_n=3, max_n=3, bucket=1000)
    >>> kv.vectors_ngrams = np.tile([[0.5, 0.5], [1, 0]], (500, 1))
    >>> kv["tea"] = [1, 0]
    >>> "teas" in kv, kv.has_index_for("teas"), kv["teas"]
    (True, False, array([0.75, 0.25], dtype=float32))
    >>> [(word, round(score, 3)) for word, score in kv.most_similar("teas")]
    [('tea', 0.949)]
    """

    # Not in __dict__, which is pickled beside what _extra gives. The word whose vector is its own row, whatever its
    # n-grams, is _bare; None: there is none.
    # What keeps the file open that the n-grams are mapped from is _mapping: they may stay there when the words' own
    # rows have been copied to memory.
    __slots__ = ("_parts_of_words", "_bare", "_mapping")
    _bare: str | None
    _mapping: Mapping | None
    _own_formats = ("fasttext-bin",)

    def __init__(self, vector_size: int, min_n: int, max_n: int, bucket: int, count: int = 0,
                 dtype: DTypeLike = np.float32) -> None:
        super().__init__(vector_size, count, dtype)
        if not isinstance(bucket, Integral) or bucket < 0:
            raise ValueError(f"bucket: a whole number of at least 0 is needed, not {bucket!r:.80}")
        self._subwords = Subwords(np.zeros((bucket, vector_size), float_type(dtype)), min_n, max_n)
        self._bare = self._mapping = None

    @property
    def _subwords(self):
        # The n-grams, after a look at the file that they may be mapped from.
        if self._mapping is not None:
            self._mapping.check()
        return self._parts_of_words

    @_subwords.setter
    def _subwords(self, subwords):
        self._parts_of_words = subwords

    # ---- files and copies ----

    @classmethod
    def _from_stream(cls, stream, **words):
        table = cls._empty()
        return super(FastTextKeyedVectors, table)._with(fasttext_bin.read(stream, **words))

    def _with(self, parts):
        super()._with(parts)
        if self._mapping is None:               # otherwise all of the file would be read
            _check_finite(self._subwords.matrix)
        return self

    def _extra(self):
        subwords = self._subwords
        metadata = {"min_n": str(subwords.min_n), "max_n": str(subwords.max_n)}
        if self._bare is not None:
            metadata["bare"] = self._bare
        return metadata, {"vectors_ngrams": subwords.matrix}, self._mapping

    def _set_extra(self, metadata, others, mapping=None):
        try:
            ngrams, min_n, max_n = others["vectors_ngrams"], int(metadata["min_n"]), int(metadata["max_n"])
        except KeyError as error:
            raise VectorFileError(f"there are no n-grams ({error} is missing): use KeyedVectors") from None
        if ngrams.dtype.kind != "f":
            raise VectorFileError(f"'vectors_ngrams' is {ngrams.dtype}, not of floating-point numbers")
        if ngrams.ndim != 2 or ngrams.shape[1] != self.vector_size:
            raise VectorFileError(f"'vectors_ngrams' has shape {ngrams.shape}, where rows have {self.vector_size} numbers")
        if ngrams.dtype != self.dtype:
            with np.errstate(over="ignore"):
                ngrams = ngrams.astype(self.dtype)
            _check_finite(ngrams)
            mapping = None
        self._mapping = mapping
        self._subwords = Subwords(ngrams, min_n, max_n)
        self._bare = metadata.get("bare")

    @property
    def min_n(self) -> int:
        """Characters of an n-gram, at least."""
        return self._subwords.min_n

    @property
    def max_n(self) -> int:
        """Characters of an n-gram, at most."""
        return self._subwords.max_n

    @property
    def bucket(self) -> int:
        """How many rows there are for n-grams."""
        return self._subwords.bucket

    @property
    def vectors_ngrams(self) -> NDArray[Any]:
        """The rows of n-grams, as a read-only view (bucket x d).

        Setting it takes a copy, in the table's dtype, with any number of rows; the words keep their own rows, and so
        get new vectors. Cost: that of :attr:`vectors_vocab`, twice. Do not while other threads ask.
        """
        return self._subwords.matrix

    @vectors_ngrams.setter
    def vectors_ngrams(self, matrix: ArrayLike) -> None:
        """Set the rows of n-grams."""
        rows = np.array(matrix, self.dtype, order="C")
        if rows.ndim != 2 or rows.shape[1] != self.vector_size:
            raise ValueError(f"vectors_ngrams: rows of {self.vector_size} numbers are needed, not shape {rows.shape}")
        _check_finite(rows)
        subwords = Subwords(rows, self.min_n, self.max_n)
        self.vectors = self._composed(subwords, self.vectors_vocab)
        self._subwords, self._mapping = subwords, None

    @property
    def vectors_vocab(self) -> NDArray[Any]:
        """The words' own rows, as a new matrix (n x d): what is left of the vectors when the n-grams are taken off.

        They are not stored, so they are right but for rounding, whatever has happened to the vectors. Setting them
        makes new vectors. Cost: the n-grams of all words.
        """
        with self.snapshot() as table:
            text, offsets, _, _ = table.keys.arrays(len(table))
            return self._subwords.decompose(text, offsets, table.vectors, self._bare_row(table.keys))

    @vectors_vocab.setter
    def vectors_vocab(self, matrix: ArrayLike) -> None:
        """Set the words' own rows."""
        rows = np.array(matrix, self.dtype, order="C")
        if rows.shape != (len(self), self.vector_size):
            raise ValueError(f"vectors_vocab: shape {(len(self), self.vector_size)} is needed, not {rows.shape}")
        self.vectors = self._composed(self._subwords, rows)

    def _bare_row(self, keys):
        return -1 if self._bare is None else keys.index(self._bare)

    def _composed(self, subwords, rows):
        with self.snapshot() as table:
            if len(table) != len(rows):
                raise RuntimeError("the number of rows has changed meanwhile")
            text, offsets, _, _ = table.keys.arrays(len(table))
            subwords.compose(text, offsets, rows, 0, len(rows), self._bare_row(table.keys))
        return rows

    def adjust_vectors(self) -> None:
        """For code that is written for gensim: here the vectors always fit :attr:`vectors_vocab`; nothing happens."""

    def recalc_char_ngram_buckets(self) -> None:
        """For code that is written for gensim: here n-grams are hashed when they are needed; nothing happens."""

    # ---- from words to vectors ----

    def __contains__(self, word: object) -> bool:
        """Whether a word has a vector: a row of its own (:meth:`has_index_for`), or n-grams."""
        return self.has_index_for(word) or (isinstance(word, str) and self._subwords.has_ngrams(str(word)))

    def _unseen_vector(self, key):
        if not isinstance(key, str) or self._subwords.is_empty:
            return super()._unseen_vector(key)          # raises
        return self._subwords.vector(str(key))

    def get_vector(self, word: str | int, norm: bool = False) -> NDArray[Any]:
        """The vector of a word.

        Args:
            word (str | int): any word, or the number of a row.
            norm (bool): scaled to length 1; a vector of zeros stays what it is.

        Returns:
            array: of ``vector_size`` numbers, read-only; of a word in the table a view of it, unless ``norm``. That
            of an unseen word is the mean of the rows of its n-grams, zeros if it is too short to have any.

        Raises:
            KeyError: no such row; or no such word in a table without n-grams.

        Cost: for an unseen word, its length times the numbers a row.
        """
        if self.has_index_for(word) or not isinstance(word, str):
            return super().get_vector(word, norm)
        with self.snapshot():               # which makes sure that a mapped file is whole
            vector = self._unseen_vector(word)
        if norm:
            vector = unit_query(vector, self.vector_size).astype(vector.dtype)
        vector.setflags(write=False)
        return vector

    def __getitem__(self, key_or_keys: str | int | Iterable[str | int]) -> NDArray[Any]:
        """The vector of a word (d numbers, read-only), or a new matrix of those of several (n x d), seen or unseen.

        Raises:
            KeyError: no such row; or no such word in a table without n-grams.
        """
        if isinstance(key_or_keys, (str, Integral)):
            return self.get_vector(key_or_keys)
        keys = list(key_or_keys)        # type: ignore[arg-type]  # an int is Integral, which mypy does not know
        seen = np.array([self.has_index_for(key) for key in keys], bool)
        if seen.all() or self._subwords.is_empty:
            return super().__getitem__(keys)
        unseen = [key for key, is_seen in zip(keys, seen.tolist(), strict=True) if not is_seen]
        for key in unseen:
            if not isinstance(key, str):
                super().__getitem__([key])          # raises
        out = np.empty((len(keys), self.vector_size), self.dtype)
        out[seen] = super().__getitem__([key for key, is_seen in zip(keys, seen.tolist(), strict=True) if is_seen])
        with self.snapshot():
            out[~seen] = self._subwords.infer(unseen)
        return out

    def get_sentence_vector(self, sentence: Sequence[str | int]) -> NDArray[Any]:
        """The mean of the words' vectors, each scaled to length 1 first; one of zeros counts as zeros.

        Args:
            sentence (Sequence[str | int]): its words.

        Returns:
            array: of ``vector_size`` numbers.

        Raises:
            ValueError: there are no words.
        """
        if isinstance(sentence, str):
            raise TypeError(f"a sentence is a list of words, not one str: {sentence!r:.80}")
        rows = self[sentence]
        if not len(rows):
            raise ValueError("a sentence without words has no vector")
        return np.mean([unit_query(row, self.vector_size) for row in rows], axis=0).astype(self.dtype)


def load_facebook_vectors(path: str | PathLike[str], encoding: str = "utf-8", unicode_errors: str = "strict",
                          limit: int | None = None) -> FastTextKeyedVectors:
    """The vectors in a binary model of fastText's (``.bin``), also one compressed by gzip, bzip2 or xz.

    Args:
        path (str | PathLike): the file: a model of words (cbow, skipgram) or a classifier, whose labels are left out.
        encoding, unicode_errors (str): of the words, as in ``bytes.decode``; ``"surrogateescape"`` takes any bytes.
        limit (int): only so many words, the most frequent; the rows of n-grams are read all.

    Returns:
        FastTextKeyedVectors: with the attribute "count" of each word.

    Raises:
        VectorFileError: the file is cut off or damaged, quantised (``.ftz``) or no such model.

    Cost: one pass through the file, and the memory of the table.

    :meth:`KeyedVectors.load` reads these files, too, and has more options; it does not recognise models from before
    2017 by their first bytes.

    ::

        kv = load_facebook_vectors("cc.en.300.bin", limit=100_000)
        kv["unseenword"], kv.most_similar("unseenword")
    """
    return FastTextKeyedVectors.load(path, format="fasttext-bin", limit=limit, encoding=encoding,
                                     unicode_errors=unicode_errors)


def _check_finite(ngrams):
    step = max(1, (1 << 20) // max(1, ngrams.shape[1]))
    for first in range(0, len(ngrams), step):
        finite = np.isfinite(ngrams[first:first + step]).all(axis=1)
        if not finite.all():
            raise VectorFileError(f"row {first + int(finite.argmin()):,} of vectors_ngrams has a number that is not finite in "
                                  f"{ngrams.dtype}")
