"""What a reader makes: :class:`Parts`, filled by a :class:`PartsBuilder` as rows come in."""

from typing import NamedTuple

import numpy as np

from lexarray.errors import VectorFileError
from lexarray.vectors.keys import KeyTable

ON_DUPLICATE = ("raise", "first", "last")


class Parts(NamedTuple):
    """A table's parts, for ``VectorTable.adopt``.

    Attributes:
        keys (KeyTable): the keys.
        vectors (float array, n x d): their rows.
        norms (float array, n): their lengths, or None.
        expandos (dict[str, array]): attributes.
        metadata (dict[str, str]): what else the file says.
        others (dict[str, array]): arrays that are not a table's.
    """

    keys: KeyTable
    vectors: np.ndarray
    norms: np.ndarray | None = None
    expandos: dict = {}
    metadata: dict = {}
    others: dict = {}


class PartsBuilder:
    """Collects keys and rows, without ever having two copies of the matrix.

    Args:
        name (str): the file, for messages.
        size (int): numbers a row.
        dtype: float16, float32 or float64.
        expected (int): how many rows to make room for; there may be more.
        on_duplicate (str): what to do with a key that comes again: "raise", keep the "first" or the "last" row.
        only (KeyTable): leave out all other keys.
    """

    def __init__(self, name, size, dtype, expected, on_duplicate, only=None):
        if on_duplicate not in ON_DUPLICATE:
            raise ValueError(f"on_duplicate: one of {', '.join(ON_DUPLICATE)} is needed, not {on_duplicate!r:.80}")
        self.name = name
        self.on_duplicate = on_duplicate
        self.keys = KeyTable()
        self.n_read = 0
        self._only = only
        if only is not None:
            expected = min(expected, len(only))
        try:
            self.vectors = np.empty((expected, size), dtype)
            self.keys.reserve(expected)
        except MemoryError:
            raise MemoryError(f"{name}: no memory for {expected:,} rows of {size:,} numbers in {np.dtype(dtype)}; "
                              f"limit= reads fewer, datatype= smaller ones") from None

    def add(self, text, starts, ends, rows, place, expected=None):
        """Append rows.

        Args:
            text (uint8 array): a block in which the keys stand, as UTF-8.
            starts, ends (int64 arrays, m): where.
            rows (float array, m x d): their numbers.
            place (Callable[[int], str]): describes where the i-th stands in the file.
            expected (int): how many rows there seem to be in all, by what has been read so far.

        Raises:
            VectorFileError: a key is there already (with on_duplicate="raise"), or a number is too large.
        """
        self.n_read += len(starts)
        if len(self.keys) + len(starts) > len(self.vectors) and self._only is None:
            self._make_room(len(self.keys) + len(starts), expected)
        if self._only is not None:
            (chosen,) = np.nonzero(self._only.rows_of_bytes(text, starts, ends) >= 0)
            starts, ends, rows, anywhere = starts[chosen], ends[chosen], rows[chosen], place
            place = lambda i: anywhere(chosen[i])

        first, n = 0, len(starts)
        while first < n:
            before = len(self.keys)
            stop = self.keys.add_bytes(text, starts, ends, first)
            self._store(before, rows[first:stop], lambda i, first=first: place(first + i))
            first = stop
            if stop < n and self.on_duplicate == "first":
                first = stop + 1
            elif stop < n:
                key = bytes(text[starts[stop]:ends[stop]]).decode("utf-8", "surrogatepass")
                row = self.keys.index(key)
                if self.on_duplicate == "raise":
                    raise VectorFileError(f"{self.name}, {place(stop)}: the word {key!r:.80} has come already, as word "
                                          f"{row + 1:,}; on_duplicate='first' or 'last' keeps one of the rows")
                if self.on_duplicate == "last":
                    self._store(row, rows[stop:stop + 1], lambda i, at=stop: place(at))
                first = stop + 1

    def _store(self, start, rows, place):
        stop = start + len(rows)
        if stop > len(self.vectors):
            self._make_room(stop, None)
        target = self.vectors[start:stop]
        with np.errstate(over="ignore"):
            target[:] = rows
        if target.dtype.itemsize < rows.dtype.itemsize and not np.isfinite(target).all():
            i, j = np.argwhere(~np.isfinite(target))[0]
            raise VectorFileError(f"{self.name}, {place(i)}: number {j} of {self.keys[start + int(i)]!r:.80} is "
                                  f"{rows[i, j]}, which is too large for {target.dtype}: try a larger datatype")

    def _make_room(self, n, expected):
        room = len(self.vectors)
        if expected is not None and expected > 16 * room:
            # A new matrix, with some room to spare: the operating system gives memory when it is written to.
            try:
                vectors = np.empty((max(n, expected + expected // 20), self.vectors.shape[1]), self.vectors.dtype)
                self.keys.reserve(expected + expected // 20)
            except MemoryError:
                pass                                    # there may be fewer rows than it seems
            else:
                vectors[:len(self.keys)] = self.vectors[:len(self.keys)]
                self.vectors = vectors
                return
        # In place: realloc moves pages, not bytes. Nobody else has seen the array. NumPy writes zeros to what is new,
        # so that is not much.
        self.vectors.resize((max(n, room + room // 16), self.vectors.shape[1]), refcheck=False)

    def finish(self, **more):
        """The parts, the matrix cut to its rows."""
        if len(self.vectors) > len(self.keys):
            self.vectors.resize((len(self.keys), self.vectors.shape[1]), refcheck=False)
        return Parts(self.keys, self.vectors, **more)


def decoded(name, block, starts, ends, place, encoding, errors):
    """Keys from another encoding, or mended, as a block of UTF-8 of their own.

    Args:
        name (str): the file, for messages.
        block (uint8 array): where the keys stand.
        starts, ends (int64 arrays, m): the stretches.
        place (Callable[[int], str]): describes where the i-th stands in the file.
        encoding, errors (str): as in ``bytes.decode``.

    Returns:
        tuple: block, starts, ends.

    Raises:
        VectorFileError: a key is not in the encoding.
    """
    keys = []
    for i in range(len(starts)):
        key = bytes(block[starts[i]:ends[i]])
        try:
            keys.append(key.decode(encoding, errors).encode("utf-8", "surrogatepass"))
        except UnicodeDecodeError as error:
            raise VectorFileError(f"{name}, {place(i)}: the word {key!r:.80} is not {encoding}: {error.reason}") from None
    stops = np.cumsum([0, *map(len, keys)], dtype=np.int64)
    return np.frombuffer(b"".join(keys) or b"\0", np.uint8), stops[:-1], stops[1:]


def is_plain(encoding, errors):
    """Whether keys in an encoding are stored as they stand in the file: UTF-8, and what is not is an error."""
    if not isinstance(encoding, str) or not isinstance(errors, str):
        raise TypeError(f"encoding and unicode_errors are str, not {encoding!r:.40} and {errors!r:.40}")
    return encoding.lower().replace("_", "-") in ("utf-8", "utf8") and errors == "strict"
