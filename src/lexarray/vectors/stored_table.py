"""A table of vectors that goes to files and comes back: :class:`StoredTable`."""

import os
from io import BytesIO
from numbers import Integral
from os import PathLike
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from lexarray.errors import VectorFileError
from lexarray.replacing import replacing
from lexarray.vectors.io import own, word2vec_binary, word2vec_text
from lexarray.vectors.io.recognise import FORMATS, recognise
from lexarray.vectors.io.streams import appending, lines_of, open_stream
from lexarray.vectors.keys import KeyTable
from lexarray.vectors.vector_table import VectorTable, descending, float_type


class StoredTable(VectorTable):
    """Reading, writing and pickling. Use :class:`~lexarray.vectors.KeyedVectors`."""

    # What subclasses say: the formats that are theirs alone, and the classes by name, for files that name them.
    _own_formats: tuple[str, ...] = ()
    _classes: dict[str, type["StoredTable"]] = {}

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        # Files name the classes of lexarray alone: a class of somebody else's is written as the one it extends.
        if cls.__module__.partition(".")[0] == __name__.partition(".")[0]:
            cls._classes[cls.__name__] = cls

    @classmethod
    def load(cls, fname: str | PathLike[str], mmap: str | None = None, *, format: str | None = None, limit: int | None = None,
             datatype: DTypeLike | None = None, encoding: str = "utf-8", unicode_errors: str = "strict",
             on_duplicate: str = "raise", threads: int | None = None) -> Self:
        """Load a table from a file of any format that lexarray knows. No code in the file is run.

        Args:
            fname (str | PathLike): the file; compressed by gzip, bzip2 or xz as it may be, unless it is our own.
            mmap (str): "r" maps our own file: it opens at once, however large it is, and all processes that map it
                share its memory. Changing a mapped table copies it first.
            format (str): "lexarray" (what :meth:`save` writes), "word2vec-text" (also fastText's ``.vec``),
                "word2vec-binary", "glove" (text without a header) or "fasttext-bin"; None: the first bytes decide.
            limit (int): only the first so many rows.
            datatype (dtype): of the matrix: float16, float32 or float64; None: that of the file, float32 in text.
            encoding, unicode_errors (str): of the words of formats that do not say, as in ``bytes.decode``.
            on_duplicate (str): what to do with a word that comes again: "raise", keep the "first" or the "last" row.
            threads (int): how many parse text; None: as many as the process may use.

        Returns:
            the table: a :class:`FastTextKeyedVectors` if the file has subwords. A class that extends one of lexarray's
            loads that one's files, as tables of its own.

        Raises:
            VectorFileError: the file is damaged, or of another format; the message has line or byte offset.
            OSError: it cannot be read.

        Cost: the file is read once, in blocks; memory is the finished table and some megabytes.

        >>> import os, tempfile
        >>> from lexarray.vectors import KeyedVectors
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "drinks.vec")
        ...     with open(path, "w") as file:
        ...         _ = file.write("2 3\\ntea 1 0 0.5\\niced tea 1 0 0.25\\n")
        ...     KeyedVectors.load(path)["iced tea"].tolist()
        [1.0, 0.0, 0.25]
        """
        if mmap not in (None, "r"):
            raise ValueError(f"mmap: None or 'r' is possible, not {mmap!r:.80}")
        if format is not None and format not in FORMATS:
            raise ValueError(f"format: one of {', '.join(FORMATS)} is needed, not {format!r:.80}")
        _check_limit(limit)
        with open_stream(fname) as stream:
            found = format or recognise(stream)
            if mmap and (found != "lexarray" or stream.size is None):
                raise ValueError(f"{stream.name}: only lexarray's own files, not compressed, can be mapped, and this is "
                                 f"{found}: load it without mmap, save() it, and map that")
            if mmap and not (limit is None and datatype is None):
                raise ValueError(f"{stream.name}: a file is mapped as it is, without limit or datatype")
            if found != "lexarray":
                words = {"limit": limit, "dtype": float_type(datatype or np.float32), "encoding": encoding,
                         "errors": unicode_errors, "on_duplicate": on_duplicate}
                if found == "word2vec-binary":
                    return cls._empty()._with(word2vec_binary.read(stream, **words))
                if found in ("word2vec-text", "glove"):
                    header = None if format is None else found == "word2vec-text"
                    return cls._empty()._with(word2vec_text.read(stream, header=header, threads=threads, **words))
                return cls._class_of("format", found, stream.name)._from_stream(stream, **words)
            if stream.size is None:
                raise VectorFileError(f"{stream.name}: lexarray's own files are read plain, from a disk: decompress or copy "
                                      f"it first")
            name = stream.name
        return cls._from_parts(own.read(fname, mmap == "r", limit, None if datatype is None else float_type(datatype)), name)

    @classmethod
    def _from_parts(cls, parts, name):
        table = cls._class_of("class", parts.metadata.get("class"), name)._empty()
        try:
            return table._with(parts)
        except (ValueError, OverflowError) as error:
            raise VectorFileError(f"{name}: {error}") from None

    @classmethod
    def _class_of(cls, what, name, path):
        # The class that a file names, or whose format it is of: this one or one below it.
        for known in cls._classes.values():
            if known.__name__ == name if what == "class" else name in known._own_formats:
                if issubclass(known, cls):
                    return known
                if known is cls._known_class():
                    return cls
                raise VectorFileError(f"{path}: this is a {known.__name__}: use {known.__name__}.load")
        raise VectorFileError(f"{path}: the file is of a {what} {name!r:.80}, which this version of lexarray does not know")

    @classmethod
    def _known_class(cls):
        # The one of lexarray's classes that this one is, or extends.
        return next(known for known in cls.__mro__ if known in cls._classes.values())

    @classmethod
    def _empty(cls):
        # For adopt().
        return cls.__new__(cls)

    def _with(self, parts):
        # Fill this empty table.
        self.adopt(parts.keys, parts.vectors, parts.norms, parts.expandos)
        self._set_extra(parts.metadata, parts.others, parts.keys.mapping)
        return self

    def _extra(self):
        """What a subclass has beside the table's own: metadata (dict[str, str]), arrays by name, and what keeps the
        file open that these are in, or None."""
        return {}, {}, None

    def _set_extra(self, metadata, others, mapping=None):
        """Take over what :meth:`_extra` gave."""

    def save(self, fname: str | PathLike[str]) -> None:
        """Write the table to a file of our own format, a valid safetensors file: keys, index and norms are in it.

        Args:
            fname (str | PathLike): where. The file appears when it is whole; until then, what was there stays.

        Raises:
            TypeError: an attribute holds objects, not numbers.

        >>> import os, tempfile
        >>> from lexarray.vectors import KeyedVectors
        >>> kv = KeyedVectors(2)
        >>> kv["tea"] = [3, 4]
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     kv.save(os.path.join(folder, "tea.safetensors"))
        ...     KeyedVectors.load(os.path.join(folder, "tea.safetensors"), mmap="r").norms.tolist()
        [5.0]
        """
        self._write(own.write, fname)

    def _write(self, write, target):
        metadata, others, _ = self._extra()
        metadata = {"class": self._known_class().__name__, **metadata}
        with self.snapshot(norms=True) as table:
            # The index of a mapped file is made anew: nobody has checked that one.
            keys = table.keys if table.keys.mapping is None else table.keys.subset(np.arange(len(table)))
            write(target, keys, table.vectors, table.norms, table.expandos, metadata, others)

    def to_bytes(self) -> bytes:
        """What :meth:`save` would write.

        Raises:
            TypeError: an attribute holds objects, not numbers.

        >>> from lexarray.vectors import KeyedVectors
        >>> kv = KeyedVectors(2)
        >>> kv["tea"] = [3, 4]
        >>> KeyedVectors.from_bytes(kv.to_bytes())["tea"].tolist()
        [3.0, 4.0]
        """
        file = BytesIO()
        self._write(own.write_to, file)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes | bytearray | memoryview) -> Self:
        """A table of what :meth:`to_bytes` gave, or of the content of a file that :meth:`save` wrote.

        Args:
            data (bytes): that.

        Raises:
            VectorFileError: they are damaged, or something else.
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"expected bytes, got {type(data).__name__}: {data!r:.80}")
        return cls._from_parts(own.read_from(BytesIO(data), "bytes", len(data)), "bytes")

    @classmethod
    def load_word2vec_format(cls, fname: str | PathLike[str], fvocab: str | PathLike[str] | None = None,
                             binary: bool | None = None, encoding: str = "utf-8", unicode_errors: str = "strict",
                             limit: int | None = None, datatype: DTypeLike = np.float32, no_header: bool | None = None, *,
                             on_duplicate: str = "raise", threads: int | None = None) -> Self:
        """Load word2vec's text or binary format, or GloVe's.

        Args:
            fvocab (str | PathLike): a file of lines "word count"; the counts become the attribute "count".
            binary (bool): whether the file is binary; None: the first bytes decide.
            no_header (bool): whether the first line is a row already, as in GloVe's files; None: it decides itself.

        The other arguments, the errors and the cost are those of :meth:`load`.
        """
        _check_limit(limit)
        words = {"limit": limit, "dtype": float_type(datatype), "encoding": encoding, "errors": unicode_errors,
                 "on_duplicate": on_duplicate}
        table = cls._empty()._with(_read_word2vec(fname, binary, no_header, threads, words))
        if fvocab is not None:
            table._read_counts(fvocab, encoding, unicode_errors)
        return table

    def _read_counts(self, path, encoding, errors):
        counts = np.zeros(len(self), np.int64)
        with open_stream(path) as stream:
            for number, line in enumerate(lines_of(stream), 1):
                word, _, count = line.rstrip().rpartition(b" ")
                if not line.strip():
                    continue
                if not count.isdigit() or len(count) > 19 or int(count) >= 1 << 63:
                    raise VectorFileError(f"{stream.name}, line {number:,}: no word and count, a whole number below 2**63: "
                                          f"{line!r:.80}")
                try:
                    row = self.keys.index(word.decode(encoding, errors))
                except UnicodeDecodeError as error:
                    raise VectorFileError(f"{stream.name}, line {number:,}: the word {word!r:.80} is not {encoding}: "
                                          f"{error.reason}") from None
                if row >= 0:
                    counts[row] = int(count)
        self.allocate_vecattrs(["count"], [np.int64])
        self.expandos["count"][:] = counts

    def intersect_word2vec_format(self, fname: str | PathLike[str], lockf: float = 0.0, binary: bool | None = None,
                                  encoding: str = "utf-8", unicode_errors: str = "strict") -> None:
        """Take over the vectors of a file for the keys that both have; all else stays. Of a word that comes twice in
        the file, the last counts.

        Args:
            lockf (float): kept as attribute "lockf" of those keys, for a trainer that lets vectors change.

        The other arguments and the errors are those of :meth:`load_word2vec_format`.
        """
        words = {"dtype": self.dtype, "encoding": encoding, "errors": unicode_errors, "on_duplicate": "last",
                 "only": self.keys}
        parts = _read_word2vec(fname, binary, None, None, words)
        if parts.vectors.shape[1] != self.vector_size:
            raise ValueError(f"{os.fspath(fname)}: the rows have {parts.vectors.shape[1]} numbers, those of the table "
                             f"{self.vector_size}")
        keys = list(parts.keys)
        extras = {"lockf": np.full(len(keys), lockf)}
        self.add_vectors(keys, parts.vectors, extras=extras, replace=True)

    def save_word2vec_format(self, fname: str | PathLike[str], fvocab: str | PathLike[str] | None = None,
                             binary: bool = False, total_vec: int | None = None, write_header: bool = True,
                             prefix: str = "", append: bool = False, sort_attr: str = "count") -> None:
        """Write word2vec's text or binary format. Numbers are written in the fewest digits that read back the same.

        Args:
            fname (str | PathLike): where. The file appears when it is whole, unless it is appended to.
            fvocab (str | PathLike): where to write lines "word count" of the attribute ``sort_attr``.
            binary (bool): binary, as float32, or text.
            total_vec (int): the number of rows that the header gives, if more are to be appended.
            write_header (bool): whether to write the first line; GloVe's files have none.
            prefix (str): put before each key.
            append (bool): write behind what is there. If that is not nothing, ``write_header`` must be False; and write
                the first part with the ``total_vec`` of all.
            sort_attr (str): write the rows by this attribute, highest first, if the table has it.

        Raises:
            ValueError: what the format cannot hold: a key with a space, tab or newline, or with a lone surrogate; a key
                of 64 KiB or a number that is too large for float32, in binary; without a header, a first row that
                looks like one; a header behind rows. Nothing is written.

        >>> import os, tempfile
        >>> from lexarray.vectors import KeyedVectors
        >>> kv = KeyedVectors(2)
        >>> kv["New York"] = [3, 4]
        >>> kv.save_word2vec_format("cities.txt")
        Traceback (most recent call last):
        ...
        ValueError: the key 'New York' has a space, which the format cannot hold: replace it, by "_" for example, or use save()
        """
        with self.snapshot() as table:
            vectors, keys = table.vectors, table.keys
            rows = np.arange(len(table))
            expandos = table.expandos
            if sort_attr in expandos:
                rows = descending(expandos[sort_attr])
            _check_writable(prefix, keys, len(table), binary)
            if not (binary or write_header or append) and len(rows):
                word2vec_text.check_first(prefix + keys[int(rows[0])], vectors[rows[:1]])
            if binary and vectors.dtype == np.float64:
                for first in range(0, len(vectors), 4096):
                    small = (np.abs(vectors[first:first + 4096]) <= np.finfo(np.float32).max).all(axis=1)
                    if not small.all():
                        raise ValueError(f"the vector of {keys[first + int(small.argmin())]!r:.80} has a number that is too "
                                         f"large for float32, which the binary format is in: write text, or use save()")
            total = (len(rows) if total_vec is None else total_vec) if write_header else None
            write = (word2vec_binary if binary else word2vec_text).write
            with appending(fname, not binary, write_header) if append else replacing(fname) as file:
                write(file, keys, vectors, rows, header=total, prefix=prefix)
            if fvocab is not None:
                counts = expandos[sort_attr] if sort_attr in expandos else np.zeros(len(rows), np.int64)
                with replacing(fvocab) as file:
                    for i in rows.tolist():
                        count = counts[i].item()
                        whole = isinstance(count, float) and count.is_integer()
                        file.write(f"{prefix}{keys[i]} {int(count) if whole else count}\n".encode())

    # ---- copies ----

    def _copy(self):
        # In memory, of one moment.
        with self.snapshot(norms=True) as table:
            new = self._empty().adopt(*table.parts_of(np.arange(len(table))))
        new._set_extra(*self._extra())
        return new

    def __copy__(self) -> Self:
        """A table of its own, in memory."""
        table = self._copy()
        table.__dict__.update(self.__dict__)
        return table

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        from copy import deepcopy

        table = self._copy()
        memo[id(self)] = table
        table.__dict__.update(deepcopy(self.__dict__, memo))
        return table

    def __reduce__(self) -> tuple[Any, ...]:
        # A mapped table travels as its path: the process that gets it maps the same file.
        with self.snapshot() as table:
            mapping = table.keys.mapping
            if mapping is not None:
                return _mapped, (type(self), mapping.path, mapping.stamp), self.__dict__ or None
            return (_restored, (type(self), table.keys.arrays(len(table)), table.vectors, table.expandos, *self._extra()[:2]),
                    self.__dict__ or None)

    def __setstate__(self, state):
        self.__dict__.update(state)


def _mapped(cls, path, stamp):
    table = cls.load(path, mmap="r")
    if table.keys.mapping.stamp != stamp:
        raise VectorFileError(f"{path}: the file is not the one that was mapped when the table was pickled: its size or its "
                              f"time of change is another")
    return table


def _restored(cls, keys, vectors, expandos, metadata, others):
    table = cls._empty().adopt(KeyTable.from_arrays(*keys), vectors, None, expandos)
    table._set_extra(metadata, others)
    return table


def _check_limit(limit):
    if limit is not None and (not isinstance(limit, Integral) or limit < 0):
        raise ValueError(f"limit: None or a number of rows is needed, not {limit!r:.80}")


def _read_word2vec(fname, binary, no_header, threads, words):
    with open_stream(fname) as stream:
        found = "word2vec-binary" if binary else "word2vec-text" if binary is not None else recognise(stream)
        if found == "word2vec-binary":
            if no_header:
                raise ValueError(f"{stream.name}: a binary file has a header")
            return word2vec_binary.read(stream, **words)
        if found not in ("word2vec-text", "glove"):
            raise VectorFileError(f"{stream.name}: this is a file of format {found}: use load")
        return word2vec_text.read(stream, header=None if no_header is None else not no_header, threads=threads, **words)


def _check_writable(prefix, keys, n, binary):
    for row in range(-1, n):
        text = prefix if row < 0 else keys[row]
        for character, name in ((" ", "a space"), ("\n", "a newline"), ("\t", "a tab")):
            if character in text:
                raise ValueError(f"the key {text!r:.80} has {name}, which the format cannot hold: replace it, by \"_\" for "
                                 f"example, or use save()")
        length = len(text)
        if not text.isascii():
            try:
                length = len(text.encode())
            except UnicodeEncodeError:
                raise ValueError(f"the key {text!r:.80} has a lone surrogate, which UTF-8 cannot hold: use save()") from None
        if binary and length + len(prefix.encode()) >= word2vec_binary.LONGEST_KEY:
            raise ValueError(f"the key {text!r:.80} has {length:,} bytes; in the binary format a key must be shorter than "
                             f"{word2vec_binary.LONGEST_KEY:,}: use save()")
