"""The owner of a table of vectors: :class:`VectorTable`. :class:`~lexarray.vectors.KeyedVectors` extends it with queries.

How it is changed while others ask: a query enters a :class:`Snapshot`, which holds the arrays as they are. Rows that
are added go behind the rows that a snapshot sees; a row that is replaced while a snapshot is entered, or that a file
backs, is replaced in a copy of the matrix; everything else makes new arrays. One thread changes the table at a time.
"""
from numbers import Integral
from threading import RLock
from types import MappingProxyType

cimport cython
from libc.string cimport memcpy

import numpy as np

from lexarray.vectors import kernels
from lexarray.vectors.keys import IndexToKey, KeyToIndex

from lexarray.vectors._arrays cimport address_of
from lexarray.vectors.kernels cimport FLOAT16, FLOAT32, FLOAT64, add_row, number, number_size

DTYPES = (np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64))


def float_type(dtype):
    """A dtype as one that a table can have: float16, float32 or float64.

    Raises:
        TypeError: it is none of them.
    """
    dtype = np.dtype(dtype)
    if dtype not in DTYPES:
        raise TypeError(f"vectors are float16, float32 or float64, not {dtype}")
    return dtype.newbyteorder("=")


@cython.final
cdef class Snapshot:
    """A table as it is at one moment: what a query works on while others may change the table.

    ``keys`` may get more keys meanwhile, ``vectors``, ``norms`` and ``expandos`` have as many rows as there were. Use
    it in a ``with`` statement: what has been entered and not left makes changes of rows dearer.
    """
    cdef VectorTable table
    cdef dict _expandos
    cdef readonly KeyTable keys
    cdef readonly object vectors
    cdef readonly object norms

    def __init__(self, VectorTable table not None, bint norms):
        self.table = table
        if norms:
            table.fill_norms()
        table.check_mapping()
        # From here to the end nothing lets another thread run.
        self.keys = table.keys
        self.vectors = table._vectors
        self.norms = table._norms if norms else None
        self._expandos = table._expandos
        cdef Py_ssize_t length = table.keys.length
        table._readers += 1
        self.vectors = self.vectors[:length]
        if self.norms is not None:
            self.norms = self.norms[:length]

    def __dealloc__(self):
        if self.vectors is not None and self.table is not None:
            self.table._readers -= 1

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def __len__(self):
        """How many rows there are."""
        return len(self.vectors)

    def row_of(self, key):
        """The row of a key, or of a row's number; -1 if there is none."""
        cdef Py_ssize_t row = self.table._find_row_in(self.keys, key)
        return row if row < len(self.vectors) else -1

    def rows_of(self, keys):
        """The rows of several keys or rows' numbers, as an int64 array; -1 where there is none."""
        rows = self.table._find_rows_in(self.keys, list(keys))
        rows[rows >= len(self.vectors)] = -1
        return rows

    @property
    def expandos(self):
        """Attribute -> array, one value a row."""
        return {name: array[:len(self.vectors)] for name, array in self._expandos.items()}

    def close(self):
        """Let go of the arrays."""
        if self.vectors is not None:
            self.vectors = self.norms = None
            self.table._readers -= 1


cdef class VectorTable(RowSource):
    """Keys, a row of numbers for each, and what is known of the rows. Use :class:`~lexarray.vectors.KeyedVectors`."""

    def __cinit__(self, *args, **kwargs):
        self.keys = KeyTable()
        self.vector_size = 0
        self._expandos = {}
        self._lock = RLock()
        self._readers = 0
        self._set_rows(np.empty((0, 0), np.float32))

    def __init__(self, vector_size, count=0, dtype=np.float32, mapfile_path=None):
        if not isinstance(vector_size, Integral) or vector_size < 1:
            raise ValueError(f"vector_size: a whole number of at least 1 is needed, not {vector_size!r:.80}")
        if not isinstance(count, Integral) or count < 0:
            raise ValueError(f"count: a whole number of at least 0 is needed, not {count!r:.80}")
        if mapfile_path is not None:
            raise ValueError("mapfile_path is not used: KeyedVectors.load(path, mmap='r') maps a file")
        if self.keys.length:
            raise RuntimeError("a table is initialised once")
        self.vector_size = vector_size
        self._set_rows(np.empty((count, vector_size), float_type(dtype)))
        self.keys.reserve(count)

    cdef int _set_rows(self, vectors) except -1:
        # Nothing in here lets another thread run: who sees the new array sees its address too.
        cdef char* address = address_of(vectors)
        cdef Format format = FLOAT16 if vectors.dtype == DTYPES[0] else FLOAT32 if vectors.dtype == DTYPES[1] else FLOAT64
        view = _read_only(vectors)
        olds = self._vectors, self._view        # freed at the end
        self._vectors = vectors
        self._view = view
        self._rows = address
        self._format = format
        self._stride = self.vector_size * number_size(format)
        self.version += 1
        return 0

    def adopt(self, KeyTable keys not None, vectors, norms=None, expandos=None):
        """Make this empty table one of parts that nobody else uses. Nothing is copied.

        Args:
            keys (KeyTable): the keys. If they are those of a mapped file, so are the arrays.
            vectors (float array, n x d, C-contiguous): their rows.
            norms (float array, n): the lengths of the rows, if they are known.
            expandos (Mapping[str, array]): attributes, one value a row.

        Returns:
            VectorTable: itself.
        """
        if self.keys.length:
            raise RuntimeError("only an empty table can adopt parts")
        float_type(vectors.dtype)
        if vectors.ndim != 2 or len(vectors) != keys.length or (vectors.size and not vectors.flags.c_contiguous):
            raise ValueError(f"{keys.length:,} keys need a C-contiguous matrix of as many rows, not one of shape "
                             f"{vectors.shape}")
        for name, array in (("norms", norms), *(expandos or {}).items()):
            if array is not None and len(array) != keys.length:
                raise ValueError(f"{name}: {len(array):,} values for {keys.length:,} keys")
        self.vector_size = vectors.shape[1]
        self._norms = norms
        self._expandos = dict(expandos or {})
        self._set_rows(vectors)
        self.keys = keys
        return self

    # ---- from C ----

    cdef Py_ssize_t find(self, hash_t key) noexcept nogil:
        return self.keys.find(key)

    cdef const char* row_bytes(self, Py_ssize_t row) noexcept nogil:
        return self._rows + row * self._stride

    cdef const float* row(self, hash_t key) noexcept nogil:
        cdef Py_ssize_t row = self.keys.find(key)
        if row < 0 or self._format != FLOAT32:
            return NULL
        return <const float*>(self._rows + row * self._stride)

    cdef bint copy_row(self, hash_t key, float* out) noexcept nogil:
        cdef Py_ssize_t i, row = self.keys.find(key)
        if row < 0:
            return False
        if self._format == FLOAT32:
            memcpy(out, self.row_bytes(row), self._stride)
            return True
        for i in range(self.vector_size):
            out[i] = <float>number(self.row_bytes(row), self._format, i)
        return True

    cdef bint add_row(self, hash_t key, double* sum) noexcept nogil:
        cdef Py_ssize_t row = self.keys.find(key)
        if row < 0:
            return False
        add_row(self.row_bytes(row), self._format, self.vector_size, 1, sum)
        return True

    cdef int check_mapping(self) except -1:
        return self.keys.check_mapping()

    # ---- what is in it ----

    @property
    def vectors(self):
        """The rows, as a read-only view (n x d). Change them by ``kv[key] = row``, or set the whole array.

        Setting it takes a copy, in the table's dtype; the shape must stay.
        """
        self.check_mapping()
        return _read_only(self._vectors[:self.keys.length])

    @vectors.setter
    def vectors(self, vectors):
        with self._lock:
            rows = self._checked_rows(vectors, self.keys.length, self.keys)
            norms = self._norms_of(rows)
            if np.may_share_memory(rows, vectors):
                rows = rows.copy()
            self._replace(self._keys_in_memory(), rows, norms, self._expandos_in_memory())

    @property
    def norms(self):
        """The Euclidean length of each row: read-only, float32 (float64 in a float64 table). Always up to date."""
        self.check_mapping()
        self.fill_norms()
        return _read_only(self._norms[:self.keys.length])

    @property
    def dtype(self):
        """Of the numbers: float16, float32 or float64."""
        return self._vectors.dtype

    @property
    def index_to_key(self):
        """Row -> key, as a sequence."""
        return IndexToKey(self.keys)

    @property
    def key_to_index(self):
        """Key -> row, as a mapping."""
        return KeyToIndex(self.keys)

    @property
    def expandos(self):
        """Attribute -> array with one value a row, as :meth:`set_vecattr` made them."""
        self.check_mapping()
        return MappingProxyType({name: array[:self.keys.length] for name, array in self._expandos.items()})

    @property
    def mapped_file(self):
        """The path of the file that backs the table; None if it is in memory."""
        return None if self.keys.mapping is None else self.keys.mapping.path

    @property
    def nbytes(self):
        """Bytes of all arrays, in memory or mapped, room to grow included."""
        return (self.keys.nbytes + self._vectors.nbytes + (0 if self._norms is None else self._norms.nbytes)
                + sum(array.nbytes for array in self._expandos.values()))

    def __len__(self):
        return self.keys.length

    def __iter__(self):
        """The keys, in the order of rows."""
        return iter(self.keys)

    def __contains__(self, key):
        """Whether the table has a vector for a key (str) or a row of that number (int)."""
        return self.has_index_for(key)

    def has_index_for(self, key):
        """Whether a key has a row of its own. A number is a key if there is such a row."""
        return self._find_row(key) >= 0

    cdef Py_ssize_t _find_row(self, key) except -2:
        return self._find_row_in(self.keys, key)

    cdef Py_ssize_t _find_row_in(self, KeyTable keys, key) except -2:
        if type(key) is str:
            return keys.find_text(key)
        if isinstance(key, str):
            return keys.find_text(str(key))
        if isinstance(key, Integral):
            keys.check_mapping()
            return int(key) if 0 <= key < keys.length else -1
        return -1

    cdef object _find_rows_in(self, KeyTable keys, list wanted):
        # Of a list that nobody else changes.
        for key in wanted:
            if type(key) is not str:
                return np.array([self._find_row_in(keys, each) for each in wanted], np.int64)
        return keys.rows(wanted)

    cdef Py_ssize_t _row_of(self, key) except -1:
        cdef Py_ssize_t row = self._find_row(key)
        if row < 0:
            raise _missing(key)
        return row

    def get_index(self, key, default=None):
        """The row of a key; of a number, itself.

        Raises:
            KeyError: there is none, and ``default`` is None.
        """
        if default is not None and self._find_row(key) < 0:
            return default
        return self._row_of(key)

    def get_vector(self, key, norm=False):
        """The vector of a key.

        Args:
            key (str | int): a key, or the number of a row.
            norm (bool): scaled to length 1; a vector of zeros stays what it is.

        Returns:
            array: of ``vector_size`` numbers, read-only; a view of the table unless ``norm``.

        Raises:
            KeyError: no such key or row.
        """
        cdef Py_ssize_t row = self._row_of(key)         # which looks whether a mapped file is whole
        vector = self._view[row]
        if norm:
            vector = kernels.unit_query(vector, self.vector_size).astype(vector.dtype)
            vector.setflags(False)
        return vector

    def __getitem__(self, key_or_keys):
        """The vector of a key (d numbers, a read-only view), or a new matrix of those of several (n x d).

        Raises:
            KeyError: a key is not there.
        """
        cdef Py_ssize_t row
        if type(key_or_keys) is str:
            row = self.keys.find_text(key_or_keys)
            if row >= 0:
                return self._view[row]
        if isinstance(key_or_keys, (str, Integral)):
            return self.get_vector(key_or_keys)
        keys = list(key_or_keys)
        with self.snapshot() as table:
            rows = table.rows_of(keys)
            if len(rows) and rows.min() < 0:
                raise _missing(keys[int(np.argmax(rows < 0))])
            out = np.empty((len(rows), self.vector_size), table.vectors.dtype)
            kernels.gather(table.vectors, rows, out)
        return out

    def snapshot(self, norms=False):
        """The table as it is now, for a query: see :class:`Snapshot`.

        Args:
            norms (bool): whether the norms are needed.
        """
        return Snapshot(self, norms)

    # ---- norms ----

    def fill_norms(self, force=False):
        """Compute the norms unless they are there. They are kept right by every change, so this is hardly needed.

        Args:
            force (bool): compute them anew.
        """
        if self._norms is not None and not force:
            return
        with self._lock:
            if self._norms is None or force:
                self.check_mapping()
                vectors = self._vectors
                norms = np.zeros(len(vectors), _norm_type(vectors.dtype))
                length = self.keys.length
                kernels.norms(vectors[:length], norms[:length])
                self._norms = norms

    def get_normed_vectors(self):
        """A new matrix of the rows, each scaled to length 1; rows of zeros stay. Queries do not need it."""
        with self.snapshot() as table:
            return _normed(table.vectors)

    def unit_normalize_all(self):
        """Scale each row of the table to length 1; rows of zeros stay. Cost: a second matrix, for the time of it."""
        with self._lock, self.snapshot() as table:
            vectors = _normed(table.vectors)
            self._replace(self._keys_in_memory(), vectors, self._norms_of(vectors), self._expandos_in_memory())

    cdef object _norms_of(self, rows):
        # Of new rows; None as long as nobody asked for norms.
        if self._norms is None:
            return None
        norms = np.empty(len(rows), _norm_type(rows.dtype))
        kernels.norms(rows, norms)
        return norms

    # ---- changes ----

    cdef object _checked_rows(self, weights, n, keys):
        # As a C-contiguous matrix of our dtype.
        try:
            given = np.asarray(weights)
            if given.dtype == object:
                given = np.asarray(weights, np.float64)
            if given.dtype.kind not in "fiub":
                raise TypeError
        except (TypeError, ValueError):
            raise ValueError(f"vectors must be {n:,} rows of {self.vector_size} numbers: {weights!r:.80}") from None
        if given.shape != (n, self.vector_size):
            raise ValueError(f"vectors of shape {given.shape}, where {n:,} keys need ({n}, {self.vector_size})")
        with np.errstate(over="ignore"):
            rows = np.ascontiguousarray(given, self._vectors.dtype)
        finite = np.isfinite(rows)
        if not finite.all():
            i, j = np.argwhere(~finite)[0]
            raise ValueError(f"the vector of {keys[int(i)]!r:.80} has {given[i, j]!r} as number {j}, which is not "
                             f"finite in {rows.dtype}")
        return rows

    cdef int _replace(self, KeyTable keys, vectors, norms, dict expandos) except -1:
        # All of the table. Nothing between the assignments lets another thread run.
        olds = self.keys, self._norms, self._expandos, self._vectors
        self._set_rows(vectors)
        self._norms = norms
        self._expandos = expandos
        self.keys = keys
        return 0

    cdef int _make_room(self, Py_ssize_t capacity, bint overwrite) except -1:
        # For so many rows in all, in memory of our own; with `overwrite`, memory that no snapshot looks at.
        cdef Py_ssize_t length = self.keys.length
        cdef Py_ssize_t room = len(self._vectors)
        if capacity <= room and self.keys.mapping is None and not (overwrite and self._readers):
            return 0
        if capacity > room:
            capacity = max(capacity, room + room // 2 + 8)
        else:
            capacity = room
        vectors = np.empty((capacity, self.vector_size), self._vectors.dtype)
        vectors[:length] = self._vectors[:length]
        norms = None if self._norms is None else _longer(self._norms, length, capacity)
        expandos = {name: _longer(array, length, capacity) for name, array in self._expandos.items()}
        self._replace(self._keys_in_memory(), vectors, norms, expandos)
        return 0

    cdef KeyTable _keys_in_memory(self):
        # The keys, or a copy of those of a mapped file.
        return self.keys if self.keys.mapping is None else self.keys.subset(np.arange(self.keys.length))

    cdef dict _expandos_in_memory(self):
        if self.keys.mapping is None:
            return self._expandos
        return {name: array.copy() for name, array in self._expandos.items()}

    def add_vector(self, key, vector):
        """Add a vector, or replace that of a key which is there.

        Args:
            key (str): any text.
            vector (array): ``vector_size`` finite numbers.

        Returns:
            int: the key's row.

        Raises:
            ValueError: a wrong number of numbers, or one that is not finite in the table's dtype.

        Cost: constant, on average; but the replacement of a row copies the matrix if a file backs it, or while
        another thread's query runs.
        """
        self._put([key], [vector], None, True)
        return self._row_of(key)

    def add_vectors(self, keys, weights, extras=None, replace=False):
        """Add vectors.

        Args:
            keys (Sequence[str] | str): their keys. Of a key that comes twice, the first counts; with ``replace``,
                the last.
            weights (array, n x d): a row for each.
            extras (Mapping[str, array]): for each attribute, a value for each.
            replace (bool): whether keys that are there already get the new vector; otherwise they keep theirs.

        Raises:
            ValueError: a wrong number of rows, numbers or values, or a number that is not finite. Nothing is added.
        """
        if isinstance(keys, (str, Integral)):
            keys, weights = [keys], np.asarray(weights).reshape(1, -1)
        self._put(list(keys), weights, extras, replace)

    def __setitem__(self, keys, weights):
        """Set the vector of a key, or of each in a sequence; new ones are added."""
        self.add_vectors(keys, weights, replace=True)

    cdef int _put(self, list keys, weights, extras, bint replace) except -1:
        cdef Py_ssize_t i, row, n_new
        cdef char* source
        cdef char* target
        cdef dict fresh = {}
        cdef list targets
        rows = self._checked_rows(weights, len(keys), keys)
        for i in range(len(keys)):
            if not isinstance(keys[i], (str, Integral)):
                raise TypeError(f"a key is a str, not {type(keys[i]).__name__}: {keys[i]!r:.80}")
        values = {}
        for name, array in (extras or {}).items():
            values[name] = np.asarray(array)
            if len(values[name]) != len(keys):
                raise ValueError(f"extras[{name!r}]: {len(values[name]):,} values for {len(keys):,} keys")
        with self._lock:
            targets = []
            for key in keys:
                row = self._find_row(key)
                if row < 0:
                    if not isinstance(key, str):
                        raise KeyError(f"there is no row {key}: a new key must be a str")
                    row = fresh.setdefault(key, self.keys.length + len(fresh))
                targets.append(row)
            n_new = len(fresh)
            for name, array in values.items():
                self._attribute(name, array.dtype)
            self._make_room(self.keys.length + n_new, replace and any(row < self.keys.length for row in targets))
            norms = self._norms_of(rows)
            first = self.keys.length
            written = set()
            stored, stored_norms, attributes = self._vectors, self._norms, self._expandos
            source, target = address_of(rows), address_of(stored)
            for i in range(len(keys)):
                row = targets[i]
                if not replace and (row < first or row in written):
                    continue
                written.add(row)
                memcpy(target + row * self._stride, source + i * self._stride, self._stride)
                if norms is not None:
                    stored_norms[row] = norms[i]
                for name in attributes:
                    if name in values:
                        attributes[name][row] = values[name][i]
                    elif row >= first:
                        attributes[name][row] = np.zeros((), attributes[name].dtype)
            for key in fresh:
                self.keys.add(key)
            self.version += 1
        return 0

    def remove(self, keys):
        """Remove keys and their vectors; the rows after them move up.

        Args:
            keys (Iterable[str] | str): the keys.

        Raises:
            KeyError: one is not there. Nothing is removed.

        Cost: linear in the table, however many are removed.
        """
        keys = [keys] if isinstance(keys, (str, Integral)) else list(keys)
        with self._lock:
            keep = np.ones(self.keys.length, bool)
            keep[[self._row_of(key) for key in keys]] = False
            self._select(np.flatnonzero(keep))

    cdef int _select(self, rows) except -1:
        # Make these the rows of the table, in this order.
        with self.snapshot() as table:
            vectors = np.empty((len(rows), self.vector_size), self._vectors.dtype)
            kernels.gather(table.vectors, rows, vectors)
            norms = None if self._norms is None else self._norms[rows]
            expandos = {name: array[rows] for name, array in self._expandos.items()}
            self._replace(self.keys.subset(rows), vectors, norms, expandos)
        return 0

    def parts_of(self, rows):
        """What :meth:`adopt` needs for a table of some of the rows, copied: keys, vectors, norms, expandos."""
        with self.snapshot() as table:
            vectors = np.empty((len(rows), self.vector_size), table.vectors.dtype)
            kernels.gather(table.vectors, rows, vectors)
            norms, expandos = self._norms, self._expandos
            return (table.keys.subset(rows), vectors, None if norms is None else norms[rows],
                    {name: array[rows] for name, array in expandos.items()})

    def sort_by_descending_frequency(self):
        """Sort the rows by the attribute "count", highest first; equals keep their order.

        Raises:
            KeyError: the table has no such attribute.
        """
        with self._lock:
            if "count" not in self._expandos:
                raise KeyError("the keys have no attribute 'count': see set_vecattr")
            counts = self._expandos["count"][:self.keys.length]
            self._select(np.argsort(-counts.astype(np.float64), kind="stable"))

    def resize_vectors(self, seed=0):
        """For code that is written for gensim: here rows and keys are always of one number, so nothing happens."""

    # ---- attributes ----

    def allocate_vecattrs(self, attrs=None, types=None):
        """Make attributes, all 0, unless they are there.

        Args:
            attrs (Sequence[str]): names.
            types (Sequence[dtype]): their dtypes; object for anything that is not a number.
        """
        for name, dtype in zip(attrs or (), types or (), strict=True):
            with self._lock:
                self._attribute(name, np.dtype(dtype))

    cdef object _attribute(self, name, dtype):
        # The array of an attribute, made if there is none.
        if not isinstance(name, str):
            raise TypeError(f"the name of an attribute is a str, not {type(name).__name__}: {name!r:.80}")
        array = self._expandos.get(name)
        if array is None:
            array = np.zeros(len(self._vectors), dtype if dtype.kind in "biuf" else object)
            self._expandos = {**self._expandos, name: array}
        return array

    def set_vecattr(self, key, attr, val):
        """Set an attribute of a key. The first value decides its dtype: that of a number, or object.

        Raises:
            KeyError: no such key.
            TypeError: the attribute's dtype cannot hold the value as it is.
        """
        with self._lock:
            row = self._row_of(key)
            if self.keys.mapping is not None:
                self._make_room(self.keys.length, True)
            array = self._attribute(attr, np.asarray(val).dtype)
            try:
                value = array.dtype.type(val) if array.dtype != object else val
                if array.dtype != object and value != val and val == val:
                    raise TypeError
            except (TypeError, ValueError, OverflowError):
                raise TypeError(f"the attribute {attr!r} is {array.dtype}, which does not hold {val!r:.80}") from None
            array[row] = value

    def get_vecattr(self, key, attr):
        """An attribute of a key.

        Raises:
            KeyError: no such key or attribute.
        """
        row = self._row_of(key)
        if attr not in self._expandos:
            raise KeyError(f"there is no attribute {attr!r:.80}")
        return self._expandos[attr][row]

    def __repr__(self):
        return f"{type(self).__name__}<vector_size={self.vector_size}, {self.keys.length} keys>"


cdef object _missing(key):
    # The exception for a key that is not there.
    if not isinstance(key, (str, Integral)):
        return TypeError(f"a key is a str, or an int for a row, not {type(key).__name__}: {key!r:.80}")
    return KeyError(f"Key {key!r:.80} not present")


cdef object _read_only(array):
    view = array.view()
    view.setflags(False)
    return view


cdef object _norm_type(dtype):
    return np.float64 if dtype == np.float64 else np.float32


cdef object _longer(array, length, capacity):
    new = np.zeros(capacity, array.dtype)
    new[:length] = array[:length]
    return new


cdef object _normed(vectors):
    # Rows of length 1, in blocks: no intermediate matrix.
    out = np.empty_like(vectors)
    for start in range(0, len(vectors), 4096):
        block = vectors[start:start + 4096].astype(np.float64)
        lengths = np.sqrt(np.einsum("ij,ij->i", block, block))
        lengths[lengths == 0] = 1
        block /= lengths[:, None]
        out[start:start + 4096] = block
    return out
