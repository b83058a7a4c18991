"""The owner of a table of vectors: :class:`VectorTable`. :class:`~lexarray.vectors.KeyedVectors` extends it with queries.

How it is changed while others ask: a query enters a :class:`Snapshot`, which holds the arrays as they are. Rows that
are added go behind the rows that a snapshot sees; a row that is replaced while a snapshot is entered, or that a file
backs, is replaced in a copy of the matrix; everything else makes new arrays. One thread changes the table at a time.
"""
from numbers import Integral
from threading import RLock
from types import MappingProxyType

import operator

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.number cimport PyNumber_AsSsize_t
from cpython.sequence cimport PySequence_GetItem
from libc.stdint cimport int64_t
from libc.string cimport memcpy

import numpy as np

from lexarray.vectors import kernels
from lexarray.vectors.keys import IndexToKey, KeyToIndex

from lexarray.vectors._arrays cimport address_of
from lexarray.vectors.kernels cimport FLOAT16, FLOAT32, FLOAT64, add_row, number, number_size
from lexarray.vectors.keys cimport exact_str

DTYPES = (np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64))


def float_type(dtype):
    """A dtype as one that a table can have: float16, float32 or float64.

    Raises:
        TypeError: it is none of them.
    """
    dtype = np.dtype(dtype)
    if dtype not in DTYPES:
        raise TypeError(f"vectors are float16, float32 or float64, not {dtype}")
    return dtype


def descending(values):
    """The places of values from the highest to the lowest, as an int64 array; equals keep their order.

    Args:
        values (array, n): of any dtype that can be sorted.
    """
    # Sorted backwards, so that equals keep their order when the result is turned round.
    return (len(values) - 1 - np.argsort(values[::-1], kind="stable"))[::-1].copy()


@cython.final
cdef class _Readers:
    # How many open snapshots look at one matrix.
    cdef Py_ssize_t count


@cython.final
@cython.no_gc_clear
cdef class Snapshot:
    """A table as it is at one moment: what a query works on while others may change the table.

    ``keys`` may get more keys meanwhile; ``vectors``, ``norms`` (None if nobody has asked for them) and ``expandos``
    have as many rows as there were. Rows do not change until it is closed: use it in a ``with`` statement.
    """
    cdef VectorTable table
    cdef _Readers readers
    cdef bint is_open
    cdef Py_ssize_t length
    cdef dict _expandos
    cdef readonly KeyTable keys
    cdef readonly object vectors
    cdef readonly object norms

    def __cinit__(self, VectorTable table not None, bint norms):
        if norms:
            table.fill_norms()
        table.check_mapping()
        # From here on nothing lets another thread run, until all is taken.
        self.table = table
        self.keys = table.keys
        self.vectors = table._view
        self.norms = table._norms
        self._expandos = table._expandos
        self.readers = <_Readers>table._readers
        self.length = table.keys.length
        self.readers.count += 1
        self.is_open = True
        self.vectors = self.vectors[:self.length]
        if self.norms is not None:
            self.norms = self.norms[:self.length]

    def __dealloc__(self):
        if self.is_open:
            self.readers.count -= 1

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def __len__(self):
        """How many rows there are."""
        return self.length

    def row_of(self, key):
        """The row of a key, or of a row's number; -1 if there is none."""
        cdef Py_ssize_t row = self.table._find_row_in(self.keys, key)
        return row if row < self.length else -1

    def rows_of(self, keys):
        """The rows of several keys or rows' numbers, as an int64 array; -1 where there is none."""
        rows = self.table._find_rows_in(self.keys, keys if type(keys) is list else list(keys))
        rows[rows >= self.length] = -1
        return rows

    def vectors_at(self, rows):
        """A copy of the vectors of some rows.

        Args:
            rows (int64 array): numbers of rows; each must be there.
        """
        out = np.empty((len(rows), self.vectors.shape[1]), self.vectors.dtype)
        kernels.gather(self.vectors, rows, out)         # more threads would not make it faster: memory is what it waits for
        return out

    @property
    def expandos(self):
        """Attribute -> array, one value a row."""
        return {name: array[:self.length] for name, array in self._expandos.items()}

    def parts_of(self, rows):
        """What :meth:`VectorTable.adopt` needs for a table of some of the rows, copied: keys, vectors, norms, expandos.

        Args:
            rows (int64 array): numbers of rows, none twice.
        """
        return (self.keys.subset(rows), self.vectors_at(rows), None if self.norms is None else self.norms[rows],
                {name: array[rows] for name, array in self.expandos.items()})

    def close(self):
        """Let go of the arrays."""
        if self.is_open:
            self.is_open = False
            self.readers.count -= 1
            self.vectors = self.norms = None


cdef class VectorTable(RowSource):
    """Keys, a row of numbers for each, and what is known of the rows. Use :class:`~lexarray.vectors.KeyedVectors`."""

    def __cinit__(self, *args, **kwargs):
        self.keys = KeyTable()
        self.vector_size = 0
        self._expandos = {}
        self._lock = RLock()
        self._is_borrowed = False
        self.keys.is_sealed = True
        self._set_rows(np.empty((0, 0), np.float32))

    def __init__(self, vector_size, count=0, dtype=np.float32, mapfile_path=None):
        if not isinstance(vector_size, Integral) or vector_size < 1:
            raise ValueError(f"vector_size: a whole number of at least 1 is needed, not {vector_size!r:.80}")
        if not isinstance(count, Integral) or count < 0:
            raise ValueError(f"count: a whole number of at least 0 is needed, not {count!r:.80}")
        if mapfile_path is not None:
            raise ValueError("mapfile_path is not used: KeyedVectors.load(path, mmap='r') maps a file")
        vectors = np.empty((operator.index(count), operator.index(vector_size)), float_type(dtype))
        with self._lock:
            if self.keys.length:
                raise RuntimeError("a table is initialised once")
            self.keys.make_room(count, 0)
            self.vector_size = vector_size
            self._replace(self.keys, vectors, None, {})

    cdef int _set_rows(self, vectors) except -1:
        # Nothing in here lets another thread run: who sees the new array sees its address too.
        cdef char* address = address_of(vectors)
        cdef Format format = FLOAT16 if vectors.dtype == DTYPES[0] else FLOAT32 if vectors.dtype == DTYPES[1] else FLOAT64
        view = _read_only(vectors)
        readers = _Readers()
        olds = self._vectors, self._view        # freed at the end
        self._vectors = vectors
        self._view = view
        self._readers = readers
        self._rows = address
        self._format = format
        self._stride = self.vector_size * number_size(format)
        self.version += 1
        return 0

    def adopt(self, KeyTable keys not None, vectors, norms=None, expandos=None):
        """Make this empty table one of parts that nobody else uses. Nothing is copied, until it is changed if one of
        the arrays cannot be written to.

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
        arrays = (vectors, *(array for array in (norms, *(expandos or {}).values()) if array is not None))
        with self._lock:
            self.vector_size = vectors.shape[1]
            self._replace(keys, vectors, norms, dict(expandos or {}))
            self._is_borrowed = keys.is_borrowed or not all(array.flags.writeable for array in arrays)
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
        return self._view[:self.keys.length]

    @vectors.setter
    def vectors(self, vectors):
        with self._lock:
            rows = self._checked_rows(vectors, self.keys.length, self.keys)
            norms = self._norms_of(rows)
            if np.may_share_memory(rows, vectors):
                rows = rows.copy()
            self._replace(self._own_keys(), rows, norms, self._own_expandos())

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
        return IndexToKey(self)

    @property
    def key_to_index(self):
        """Key -> row, as a mapping."""
        return KeyToIndex(self)

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
        # Code of others runs first: what is found is true when this returns.
        cdef Py_ssize_t row
        if isinstance(key, str):
            return keys.find_text(exact_str(key))
        if isinstance(key, (int, Integral)):
            try:
                row = PyNumber_AsSsize_t(key, OverflowError)
            except OverflowError:
                return -1
            keys.check_mapping()
            return row if 0 <= row < keys.length else -1
        return -1

    cdef object _find_rows_in(self, KeyTable keys, list wanted):
        try:
            return keys.rows(wanted)
        except TypeError:                               # some are numbers of rows, or no keys at all
            return np.array([self._find_row_in(keys, key) for key in wanted], np.int64)

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
        vector = PySequence_GetItem(self._view, row)
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
            if row >= 0:                        # no other thread has run since
                return PySequence_GetItem(self._view, row)
        if isinstance(key_or_keys, (str, int, Integral)):       # int: Integral alone takes four times as long
            return self.get_vector(key_or_keys)
        keys = key_or_keys if type(key_or_keys) is list else list(key_or_keys)
        with self.snapshot() as table:
            rows = table.rows_of(keys)
            if len(rows) and rows.min() < 0:
                raise _missing(next(key for key, row in zip(keys, rows) if row < 0))
            return table.vectors_at(rows)

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
            self._replace(self._own_keys(), vectors, self._norms_of(vectors), self._own_expandos())

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
        olds = self.keys, self._norms, self._expandos
        self._set_rows(vectors)
        self._norms = norms
        self._expandos = expandos
        self.keys = keys
        self.keys.is_sealed = True
        self._is_borrowed = keys.is_borrowed
        return 0

    cdef int _make_room(self, Py_ssize_t capacity, bint overwrite) except -1:
        # For so many rows in all, in memory of our own; with `overwrite`, memory that no snapshot looks at.
        cdef Py_ssize_t length = self.keys.length
        cdef Py_ssize_t room = len(self._vectors)
        if capacity <= room and not self._is_borrowed and not (overwrite and (<_Readers>self._readers).count):
            return 0
        if capacity > room:
            capacity = max(capacity, room + room // 2 + 8)
        else:
            capacity = room
        vectors = np.empty((capacity, self.vector_size), self._vectors.dtype)
        vectors[:length] = self._vectors[:length]
        norms = None if self._norms is None else _longer(self._norms, length, capacity)
        expandos = {name: _longer(array, length, capacity) for name, array in self._expandos.items()}
        self._replace(self._own_keys(), vectors, norms, expandos)
        return 0

    cdef KeyTable _own_keys(self):
        # The keys, or a copy of those that cannot be added to.
        return self.keys.subset(np.arange(self.keys.length)) if self.keys.is_borrowed else self.keys

    cdef dict _own_expandos(self):
        if not self._is_borrowed:
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
        return self._put([key], [vector], None, True)

    def add_vectors(self, keys, weights, extras=None, replace=False):
        """Add vectors.

        Args:
            keys (Sequence[str] | str): their keys. Of a key that comes twice, the first counts; with ``replace``,
                the last.
            weights (array, n x d): a row for each.
            extras (Mapping[str, array]): for each attribute, a value for each. An attribute that is there already must
                be able to hold them.
            replace (bool): whether keys that are there already get the new vector; otherwise they keep theirs.

        Raises:
            ValueError: a wrong number of rows, numbers or values, or a number that is not finite.
            TypeError: a key is not a str, or an attribute cannot hold a value.
            KeyCollisionError: two different keys have one 64-bit key.

        Whatever it raises, nothing is added then.
        """
        if isinstance(keys, (str, Integral)):
            keys, weights = [keys], np.asarray(weights).reshape(1, -1)
        self._put(list(keys), weights, extras, replace)

    def __setitem__(self, keys, weights):
        """Set the vector of a key, or of each in a sequence; new ones are added."""
        self.add_vectors(keys, weights, replace=True)

    cdef Py_ssize_t _put(self, list given, weights, extras, bint replace) except -1:
        # Returns the row of the first key. What may run code of others comes first, without the lock; then what may
        # fail; then what lets no other thread run: a query sees the rows before or after, and a reader of keys finds
        # only those whose rows are there.
        cdef list keys = [_exact_key(key) for key in given]
        cdef Py_ssize_t i, row, n_new, first, n = len(keys)
        cdef KeyTable fresh = KeyTable()
        cdef bytes utf8
        cdef char* source
        cdef char* norms_from = NULL
        cdef char* norms_to = NULL
        cdef size_t norm_size = 0
        rows = self._checked_rows(weights, n, keys)
        if np.may_share_memory(rows, self._vectors):
            rows = rows.copy()
        values = {_attribute_name(name): _attribute_values(name, array, n) for name, array in (extras or {}).items()}
        chosen, targets = np.empty((2, n), np.int64)
        cdef int64_t[::1] which = chosen, where = targets
        cdef Py_ssize_t n_written = 0
        cdef bint overwrite = False
        with self._lock:
            first = self.keys.length
            for i in range(n):
                key = keys[i]
                row = self.keys.find_or_collide(key) if type(key) is str else self._row_of(key)
                if row < 0:
                    utf8 = (<str>key).encode("utf-8", "surrogatepass")
                    row = fresh.append(PyBytes_AS_STRING(utf8), PyBytes_GET_SIZE(utf8))
                    if row >= 0 or replace:
                        which[n_written], where[n_written] = i, first + (row if row >= 0 else -1 - row)
                        n_written += 1
                elif replace:
                    which[n_written], where[n_written] = i, row
                    n_written += 1
                    overwrite = True
            chosen, targets = chosen[:n_written], targets[:n_written]
            values = {name: _cast(name, array, self._expandos.get(name)) for name, array in values.items()}
            n_new = fresh.length
            norms = self._norms_of(rows)
            self.keys.check_mapping()
            self._make_room(first + n_new, overwrite)
            self.keys.make_room(n_new, fresh._offsets[n_new])
            for name, array in values.items():
                self._attribute(name, array.dtype)[targets] = array[chosen]
            while overwrite and (<_Readers>self._readers).count:        # a query has begun meanwhile
                self._make_room(first + n_new, True)
            source = address_of(rows)
            if norms is not None:
                norms_from, norms_to, norm_size = address_of(norms), address_of(self._norms), norms.itemsize
            target = <char*>self._rows
            for i in range(n_written):
                memcpy(target + where[i] * self._stride, source + which[i] * self._stride, self._stride)
                if norm_size:
                    memcpy(norms_to + where[i] * norm_size, norms_from + which[i] * norm_size, norm_size)
            for i in range(n_new):
                self.keys.append(fresh._text + fresh._offsets[i], fresh._offsets[i + 1] - fresh._offsets[i])
            self.version += 1
            return where[0] if n_written else 0

    def remove(self, keys):
        """Remove keys and their vectors; the rows after them move up.

        Args:
            keys (Iterable[str] | str): the keys.

        Raises:
            KeyError: one is not there. Nothing is removed.

        Cost: linear in the table, however many are removed.
        """
        keys = [_exact_key(key) for key in ([keys] if isinstance(keys, (str, Integral)) else keys)]
        with self._lock:
            keep = np.ones(self.keys.length, bool)
            keep[[self._row_of(key) for key in keys]] = False
            self._select(np.flatnonzero(keep))

    cdef int _select(self, rows) except -1:
        # Make these the rows of the table, in this order.
        with self.snapshot() as table:
            keys, vectors, norms, expandos = table.parts_of(rows)
        self._replace(keys, vectors, norms, expandos)
        return 0

    def sort_by_descending_frequency(self):
        """Sort the rows by the attribute "count", highest first; equals keep their order.

        Raises:
            KeyError: the table has no such attribute.
        """
        with self._lock:
            if "count" not in self._expandos:
                raise KeyError("the keys have no attribute 'count': see set_vecattr")
            counts = self._expandos["count"][:self.keys.length]
            self._select(descending(counts))

    def resize_vectors(self, seed=0):
        """For code that is written for gensim: here rows and keys are always of one number, so nothing happens."""

    # ---- attributes ----

    def allocate_vecattrs(self, attrs=None, types=None):
        """Make attributes, all 0, unless they are there.

        Args:
            attrs (Sequence[str]): names.
            types (Sequence[dtype]): their dtypes; object for anything that is not a number.
        """
        attributes = [(_attribute_name(name), _attribute_type(np.dtype(dtype)))
                      for name, dtype in zip(attrs or (), types or (), strict=True)]
        with self._lock:
            for name, dtype in attributes:
                if name in self._expandos and self._expandos[name].dtype != dtype:
                    raise TypeError(f"the attribute {name!r} is {self._expandos[name].dtype} already, not {dtype}")
            for name, dtype in attributes:
                self._attribute(name, dtype)

    cdef object _attribute(self, str name, dtype):
        # The array of an attribute, made if there is none.
        array = self._expandos.get(name)
        if array is None:
            array = np.zeros(len(self._vectors), dtype)
            self._expandos = {**self._expandos, name: array}
        return array

    def set_vecattr(self, key, attr, val):
        """Set an attribute of a key. The first value decides its dtype: that of a number, or object.

        Raises:
            KeyError: no such key.
            TypeError: the attribute's dtype cannot hold the value as it is.
        """
        key, attr = _exact_key(key), _attribute_name(attr)
        value = np.asarray(val)
        if value.ndim or value.dtype.kind not in "biuf":
            value = np.empty((), object)
            value[()] = val
        with self._lock:
            row = self._row_of(key)
            value = _cast(attr, value, self._expandos.get(attr))
            if self._is_borrowed:
                self._make_room(self.keys.length, True)
            self._attribute(attr, value.dtype)[row] = value[()]

    def get_vecattr(self, key, attr):
        """An attribute of a key.

        Raises:
            KeyError: no such key or attribute.
        """
        key = _exact_key(key)
        row, expandos = self._row_of(key), self._expandos               # of one moment
        if attr not in expandos:
            raise KeyError(f"there is no attribute {attr!r:.80}")
        return expandos[attr][row]

    def __repr__(self):
        return f"{type(self).__name__}<vector_size={self.vector_size}, {self.keys.length} keys>"


cdef object _exact_key(key):
    # A str or an int itself, not of a class that could run code when it is used.
    if isinstance(key, str):
        return exact_str(key)
    if isinstance(key, Integral):
        return int(operator.index(key))
    raise TypeError(f"a key is a str, or an int for a row, not {type(key).__name__}: {key!r:.80}")


cdef str _attribute_name(name):
    if not isinstance(name, str):
        raise TypeError(f"the name of an attribute is a str, not {type(name).__name__}: {name!r:.80}")
    return exact_str(name)


cdef object _attribute_type(dtype):
    return dtype if dtype.kind in "biuf" else np.dtype(object)


cdef object _attribute_values(name, values, n):
    # As an array of numbers or of objects.
    array = np.asarray(values)
    if array.shape != (n,):
        raise ValueError(f"extras[{name!r:.80}]: values of shape {array.shape} for {n:,} keys")
    return array.astype(_attribute_type(array.dtype))


cdef object _cast(name, values, attribute):
    # Values as the dtype of an attribute that is there already (None: there is none); TypeError if that loses something.
    if attribute is None or attribute.dtype == values.dtype:
        return values
    if attribute.dtype == object:
        return values.astype(object)
    if values.dtype != object:
        with np.errstate(all="ignore"):
            cast = values.astype(attribute.dtype)
        if ((cast == values) | (values != values)).all():
            return cast
    raise TypeError(f"the attribute {name!r} is {attribute.dtype}, which does not hold {values!r:.80}")


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
    out = np.empty(vectors.shape, vectors.dtype)
    for start in range(0, len(vectors), 4096):
        block = vectors[start:start + 4096].astype(np.float64)
        _, exponents = np.frexp(np.abs(block).max(axis=1, initial=0))
        block = np.ldexp(block, -exponents[:, None])            # so that squares neither overflow nor vanish
        lengths = np.sqrt(np.einsum("ij,ij->i", block, block))
        lengths[lengths == 0] = 1
        out[start:start + 4096] = block / lengths[:, None]
    return out
