"""A table of vectors that goes to files and comes back: :class:`StoredTable`."""

import os
from numbers import Integral

import numpy as np

from lexarray.errors import VectorFileError
from lexarray.vectors.io import own, word2vec_binary, word2vec_text
from lexarray.vectors.io.recognise import FORMATS, recognise
from lexarray.vectors.io.streams import open_stream, replacing
from lexarray.vectors.keys import KeyTable
from lexarray.vectors.vector_table import VectorTable, float_type


class StoredTable(VectorTable):
    """Reading, writing and pickling. Use :class:`~lexarray.vectors.KeyedVectors`."""

    # What subclasses say: the formats that are theirs alone, and the classes by name, for files that name them.
    _own_formats = ()
    _classes = {}

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        cls._classes[cls.__name__] = cls

    @classmethod
    def load(cls, fname, mmap=None, *, format=None, limit=None, datatype=None, encoding="utf-8", unicode_errors="strict",
             on_duplicate="raise", threads=None):
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
            the table: a :class:`FastTextKeyedVectors` if the file has subwords.

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
                raise VectorFileError(f"{stream.name}: lexarray's own files are not read compressed: decompress it first")
        parts = own.read(fname, mmap == "r")
        table = cls._class_of("class", parts.metadata.get("class"), os.fspath(fname))._empty()._with(parts)
        if limit is not None and limit < len(table):
            table = table._of_rows(np.arange(limit))
        if datatype is not None and table.dtype != float_type(datatype):
            table = table._with_type(float_type(datatype))
        return table

    @classmethod
    def _class_of(cls, what, name, path):
        # The class that a file names, or whose format it is of: this one or one below it.
        for known in cls._classes.values():
            if (known.__name__ if what == "class" else None) == name or (what == "format" and name in known._own_formats):
                if issubclass(known, cls):
                    return known
                raise VectorFileError(f"{path}: this is a {known.__name__}: use {known.__name__}.load")
        raise VectorFileError(f"{path}: the file is of a {what} {name!r:.80}, which this version of lexarray does not know")

    @classmethod
    def _empty(cls):
        # For adopt().
        return cls.__new__(cls)

    def _with(self, parts):
        # Fill this empty table.
        self.adopt(parts.keys, parts.vectors, parts.norms, parts.expandos)
        self._set_extra(parts.metadata, parts.others)
        return self

    def _extra(self):
        """What a subclass has beside the table's own: metadata (dict[str, str]) and arrays by name."""
        return {}, {}

    def _set_extra(self, metadata, others):
        """Take over what :meth:`_extra` gave."""

    def save(self, fname):
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
        metadata, others = self._extra()
        with self.snapshot(norms=True) as table:
            n = len(table.vectors)
            keys = table.keys if n == len(table.keys) and table.keys.mapping is None else table.keys.subset(np.arange(n))
            expandos = {name: array[:n] for name, array in self.expandos.items()}
            own.write(fname, keys, table.vectors, table.norms, expandos, {"class": type(self).__name__, **metadata}, others)

    @classmethod
    def load_word2vec_format(cls, fname, fvocab=None, binary=None, encoding="utf-8", unicode_errors="strict", limit=None,
                             datatype=np.float32, no_header=None, *, on_duplicate="raise", threads=None):
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
        with open(path, encoding=encoding, errors=errors, newline="\n") as file:
            for number, line in enumerate(file, 1):
                word, _, count = line.rstrip().rpartition(" ")
                if not line.strip():
                    continue
                if not count.isdecimal():
                    raise VectorFileError(f"{os.fspath(path)}, line {number:,}: no word and count: {line!r:.80}")
                row = self.keys.index(word)
                if row >= 0:
                    counts[row] = int(count)
        self.allocate_vecattrs(["count"], [np.int64])
        self.expandos["count"][:] = counts

    def intersect_word2vec_format(self, fname, lockf=0.0, binary=None, encoding="utf-8", unicode_errors="strict"):
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

    def save_word2vec_format(self, fname, fvocab=None, binary=False, total_vec=None, write_header=True, prefix="",
                             append=False, sort_attr="count"):
        """Write word2vec's text or binary format. Numbers are written in the fewest digits that read back the same.

        Args:
            fname (str | PathLike): where. The file appears when it is whole, unless it is appended to.
            fvocab (str | PathLike): where to write lines "word count" of the attribute ``sort_attr``.
            binary (bool): binary, as float32, or text.
            total_vec (int): the number of rows that the header gives, if more are to be appended.
            write_header (bool): whether to write the first line; GloVe's files have none.
            prefix (str): put before each key.
            append (bool): write behind what is there.
            sort_attr (str): write the rows by this attribute, highest first, if the table has it.

        Raises:
            ValueError: what the format cannot hold: a key with a space, tab or newline, or with a lone surrogate; or a
                number that is too large for float32, in binary. Nothing is written.

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
            rows = np.arange(len(vectors))
            expandos = self.expandos
            if sort_attr in expandos:
                rows = np.argsort(-expandos[sort_attr][:len(rows)].astype(np.float64), kind="stable")
            if not (binary or write_header) and len(rows) and (prefix + keys[rows[0]]).startswith("\ufeff"):
                raise ValueError("the first key begins with a byte order mark, which is lost without a header: write one")
            _check_writable([prefix, *(keys[i] for i in range(len(rows)))])
            if binary and self.dtype == np.float64 and len(rows) and np.abs(vectors).max() > np.finfo(np.float32).max:
                row = int(np.abs(vectors).max(axis=1).argmax())
                raise ValueError(f"the vector of {keys[row]!r:.80} has a number that is too large for float32, which the "
                                 f"binary format is in: write text, or use save()")
            total = (len(rows) if total_vec is None else total_vec) if write_header else None
            write = (word2vec_binary if binary else word2vec_text).write
            with open(fname, "ab") if append else replacing(fname) as file:
                write(file, keys, vectors, rows, header=total, prefix=prefix)
            if fvocab is not None:
                counts = expandos[sort_attr] if sort_attr in expandos else np.zeros(len(rows), np.int64)
                with replacing(fvocab) as file:
                    file.write("".join(f"{prefix}{keys[i]} {counts[i]}\n" for i in rows.tolist()).encode())

    # ---- copies ----

    def _of_rows(self, rows):
        # A new table of our class with copies of some rows.
        keys, vectors, norms, expandos = self.parts_of(rows)
        table = self._empty().adopt(keys, vectors, norms, expandos)
        table._set_extra(*self._extra())
        return table

    def _with_type(self, dtype):
        with self.snapshot() as table:
            with np.errstate(over="ignore"):
                vectors = table.vectors.astype(dtype)
            finite = np.isfinite(vectors)
            if not finite.all():
                raise ValueError(f"the vector of {table.keys[int(np.argmin(finite.all(axis=1)))]!r:.80} has a number that is "
                                 f"too large for {dtype}")
            keys = table.keys.subset(np.arange(len(vectors)))
            new = self._empty().adopt(keys, vectors, None, {name: array[:len(keys)].copy() for name, array in self.expandos.items()})
        new._set_extra(*self._extra())
        return new

    def __copy__(self):
        """A table of its own, in memory."""
        table = self._of_rows(np.arange(len(self)))
        table.__dict__.update(self.__dict__)
        return table

    def __deepcopy__(self, memo):
        from copy import deepcopy

        table = self._of_rows(np.arange(len(self)))
        memo[id(self)] = table
        table.__dict__.update(deepcopy(self.__dict__, memo))
        return table

    def __reduce__(self):
        # A mapped table travels as its path: the process that gets it maps the same file.
        if self.mapped_file is not None:
            return _mapped, (type(self), self.mapped_file), self.__dict__ or None
        with self.snapshot() as table:
            n = len(table.vectors)
            keys = table.keys.subset(np.arange(n)).arrays()
            expandos = {name: array[:n] for name, array in self.expandos.items()}
            return _restored, (type(self), keys, table.vectors, expandos, *self._extra()), self.__dict__ or None

    def __setstate__(self, state):
        self.__dict__.update(state)


def _mapped(cls, path):
    return cls.load(path, mmap="r")


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


def _check_writable(texts):
    for text in texts:
        for character, name in ((" ", "a space"), ("\n", "a newline"), ("\t", "a tab")):
            if character in text:
                raise ValueError(f"the key {text!r:.80} has {name}, which the format cannot hold: replace it, by \"_\" for "
                                 f"example, or use save()")
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                raise ValueError(f"the key {text!r:.80} has a lone surrogate, which UTF-8 cannot hold: use save()") from None
