"""The keys of a table of vectors: :class:`KeyTable`, and the views of it that :class:`KeyedVectors` shows.

A table's keys are one block of UTF-8, and three arrays of integers beside it: where each key starts, its 64-bit
key (that of :class:`~lexarray.strings.StringStore`, so that a vocabulary finds rows without a string), and an
open-addressing index of rows. There is no Python object a key, and a mapped file is used as it is.
"""
from collections import abc
from itertools import count, islice
from operator import index

import numpy as np

from lexarray.errors import KeyCollisionError
from lexarray.strings import get_string_id

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_AsEncodedString, PyUnicode_DecodeUTF8, PyUnicode_FromObject, PyUnicode_GET_LENGTH
from libc.stdint cimport uint8_t
from libc.string cimport memcmp, memcpy

from lexarray.strings cimport key_of_utf8
from lexarray.vectors._arrays cimport address_of
from lexarray.vectors.kernels cimport prefetch

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object)
    void* PyUnicode_DATA(object)

cdef enum:
    AT_ONCE = 64            # keys that are looked up side by side
    STR_HEAD = 64           # bytes of a str object, in which all of a short one is

cdef Py_ssize_t MOST_KEYS = 0xFFFFFFFE       # a slot is 32 bits, and 0 is a free one


cdef inline uint64_t _place(hash_t key) noexcept nogil:
    # Where the search for a key begins. The names of symbols have small numbers: spread them too.
    return (key ^ key >> 32) * <uint64_t>0x9E3779B97F4A7C15 >> 20


cdef str exact_str(key):
    if type(key) is str:
        return key
    if not isinstance(key, str):
        raise TypeError(f"a key is a str, not {type(key).__name__}: {key!r:.80}")
    return PyUnicode_FromObject(key)


cdef inline bint _is_text(KeyTable keys, Py_ssize_t row, const char* utf8, Py_ssize_t length) noexcept nogil:
    # Whether the key of a row is this text. A file's offsets may be anything.
    cdef uint64_t start = keys._offsets[row], end = keys._offsets[row + 1]
    return start <= end <= keys._text_size and <Py_ssize_t>(end - start) == length and memcmp(
        keys._text + start, utf8, length) == 0


cdef class KeyTable:
    """The keys of a table's rows, each once, found by text or by 64-bit key.

    What has been added never changes, so any number of threads may read while one adds: rows that come meanwhile are
    behind those they know.

    Memory: 16 bytes a key, 5.3 to 10.7 of the index, and its own UTF-8.
    """

    def __cinit__(self, *args, **kwargs):
        self.length = 0
        self._capacity = 0
        self._text_array = np.empty(0, np.uint8)
        self._offsets_array = np.zeros(1, np.uint64)
        self._hashes_array = np.empty(0, np.uint64)
        self._slots_array = np.zeros(8, np.uint32)
        self._point()

    @staticmethod
    def from_arrays(text, offsets, hashes, slots, Mapping mapping=None):
        """A table over arrays as :meth:`arrays` gives them. Nothing is copied, and only sizes are checked: what
        a wrong number in them could reach is checked when it is used.

        Args:
            mapping (Mapping): what keeps the file open that the arrays belong to. Before each use it is asked whether
                the file is still whole.

        Raises:
            ValueError: the sizes or dtypes do not fit each other.
        """
        cdef KeyTable keys = KeyTable()
        n = len(hashes)
        for array, dtype in ((text, np.uint8), (offsets, np.uint64), (hashes, np.uint64), (slots, np.uint32)):
            if array.dtype != dtype or array.ndim != 1 or not array.flags.c_contiguous or not array.flags.aligned:
                raise ValueError(f"an array of {array.dtype} and shape {array.shape}, where a row of {np.dtype(dtype)} is needed")
        if len(offsets) != n + 1:
            raise ValueError(f"{n:,} keys have {len(offsets):,} offsets, not {n + 1:,}")
        if n > MOST_KEYS:
            raise ValueError(f"{n:,} keys: a table has at most {MOST_KEYS:,}")
        if len(slots) <= n or len(slots) & (len(slots) - 1):
            raise ValueError(f"an index of {len(slots):,} slots for {n:,} keys: it must be larger, and a power of two")
        keys._text_array, keys._offsets_array = text, offsets
        keys._hashes_array, keys._slots_array = hashes, slots
        keys.length = keys._capacity = n
        keys.mapping = mapping
        keys.is_borrowed = mapping is not None or not all(
            array.flags.writeable for array in (text, offsets, hashes, slots))
        keys._point()
        return keys

    @staticmethod
    def of(keys):
        """A table of the keys in an iterable of str. A key that comes twice raises ValueError."""
        cdef KeyTable table = KeyTable()
        for key in keys:
            if table.add(key) < 0:
                raise ValueError(f"the key {key!r:.80} comes twice")
        return table

    cdef int _point(self) except -1:
        # Nothing here lets another thread run: who sees the new arrays sees their addresses too.
        self._text = address_of(self._text_array)
        self._offsets = <uint64_t*>address_of(self._offsets_array)
        self._hashes = <hash_t*>address_of(self._hashes_array)
        self._slots = <uint32_t*>address_of(self._slots_array)
        self._text_size = len(self._text_array)
        self._n_slots = len(self._slots_array)
        return 0

    cdef Py_ssize_t find(self, hash_t key) noexcept nogil:
        cdef uint64_t mask = self._n_slots - 1
        cdef uint64_t place = _place(key) & mask
        cdef uint64_t tried
        cdef uint32_t slot
        for tried in range(self._n_slots):          # ends even if a file's index has no free slot
            slot = self._slots[place]
            if slot == 0:
                return -1
            if slot <= <uint64_t>self.length and self._hashes[slot - 1] == key:
                return slot - 1
            place = (place + 1) & mask
        return -1

    cdef Py_ssize_t find_utf8(self, hash_t key, const char* utf8, Py_ssize_t length) noexcept nogil:
        cdef Py_ssize_t row = self.find(key)
        return row if row >= 0 and _is_text(self, row, utf8, length) else -1

    cdef int check_mapping(self) except -1:
        return 0 if self.mapping is None else self.mapping.check()

    cdef Py_ssize_t find_text(self, str text) except -2:
        self.check_mapping()
        return self._find_str(text)

    cdef Py_ssize_t _find_str(self, str text) except -2:
        cdef const char* utf8
        cdef Py_ssize_t length
        cdef object encoded
        if PyUnicode_IS_ASCII(text):
            utf8 = <const char*>PyUnicode_DATA(text)
            length = PyUnicode_GET_LENGTH(text)
        else:
            encoded = PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass")
            utf8 = PyBytes_AS_STRING(encoded)
            length = PyBytes_GET_SIZE(encoded)
        if length > 0x7FFFFFFF:
            return -1
        return self.find_utf8(key_of_utf8(utf8, length), utf8, length)

    cdef str text(self, Py_ssize_t row):
        self.check_mapping()
        return self._text_at(row)

    cdef Py_ssize_t find_or_collide(self, str text) except -2:
        # The row of a key, or -1; raises if another key has its 64-bit key.
        cdef Py_ssize_t row = self.find_text(text)
        cdef hash_t key
        if row < 0:
            key = get_string_id(text)
            row = self.find(key)
            if row >= 0:
                raise KeyCollisionError(f"{text!r:.80} has the 64-bit key {key}, which {self._text_at(row)!r:.80} has "
                                        f"already; it was not added")
        return row

    cdef str _text_at(self, Py_ssize_t row):
        cdef uint64_t start = self._offsets[row], end = self._offsets[row + 1]
        if start > end or end > self._text_size:
            raise ValueError(f"row {row:,}: its key is said to be bytes {start:,} to {end:,} of {self._text_size:,}: "
                             f"the file is damaged; make it anew")
        return PyUnicode_DecodeUTF8(self._text + start, end - start, "surrogatepass")

    cdef Py_ssize_t append(self, const char* utf8, Py_ssize_t length) except? -1:
        cdef hash_t key
        cdef uint64_t place, end
        cdef Py_ssize_t row
        if length > 0x7FFFFFFF:
            raise OverflowError(f"a key of {length:,} bytes is too long: the limit is 2 GiB of UTF-8")
        key = key_of_utf8(utf8, length)
        row = self.find(key)
        if row >= 0:
            if self.find_utf8(key, utf8, length) < 0:
                new = PyUnicode_DecodeUTF8(utf8, length, "surrogatepass")
                raise KeyCollisionError(f"{new!r:.80} has the 64-bit key {key}, which {self.text(row)!r:.80} has "
                                        f"already; it was not added")
            return -1 - row
        row = self.length
        self.make_room(1, length)
        end = self._offsets[row]
        memcpy(self._text + end, utf8, length)
        self._offsets[row + 1] = end + length
        self._hashes[row] = key
        place = _place(key) & (self._n_slots - 1)
        while self._slots[place]:
            place = (place + 1) & (self._n_slots - 1)
        self._slots[place] = <uint32_t>(row + 1)
        self.length = row + 1
        return row

    cdef int make_room(self, Py_ssize_t n_keys, uint64_t n_bytes) except -1:
        # The new arrays are filled before they take the place of the old, by copies that let no other thread run.
        cdef Py_ssize_t capacity, wanted = self.length + n_keys
        cdef uint64_t n_text = self._offsets[self.length], n_slots = self._n_slots
        if self.is_borrowed:
            raise RuntimeError("the keys of a mapped file cannot be added to: take a copy, subset()")
        if n_keys < 0 or wanted > MOST_KEYS:
            raise OverflowError(f"{wanted:,} keys: a table has at most {MOST_KEYS:,}")
        if wanted > self._capacity:
            capacity = max(wanted, self._capacity + self._capacity // 2 + 8)
            hashes = _grown(self._hashes_array, self.length, capacity)
            offsets = _grown(self._offsets_array, self.length + 1, capacity + 1)
            self._hashes_array, self._offsets_array, self._capacity = hashes, offsets, capacity
            self._point()
        if n_text + n_bytes > self._text_size:
            text = _grown(self._text_array, n_text, max(n_text + n_bytes, self._text_size + self._text_size // 2 + 64))
            self._text_array = text
            self._point()
        while <uint64_t>wanted * 4 > n_slots * 3:
            n_slots *= 2
        if n_slots > self._n_slots:
            self._index(n_slots)
        return 0

    cdef int _index(self, uint64_t n_slots) except -1:
        # Make the index anew, with so many slots.
        cdef Py_ssize_t row
        cdef uint64_t place, mask = n_slots - 1
        array = np.zeros(n_slots, np.uint32)
        cdef uint32_t* slots = <uint32_t*>address_of(array)
        for row in range(self.length):
            place = _place(self._hashes[row]) & mask
            while slots[place]:
                place = (place + 1) & mask
            slots[place] = <uint32_t>(row + 1)
        self._slots_array = array
        self._point()
        return 0

    cdef int _check_open(self) except -1:
        if self.is_sealed:
            raise TypeError("these are the keys of a table of vectors: add to the table, kv[key] = vector")
        return 0

    def add(self, key):
        """Append a key (str).

        Returns:
            int: its row, or -1 - the row where it is already.
        """
        self._check_open()
        cdef bytes utf8 = exact_str(key).encode("utf-8", "surrogatepass")
        return self.append(PyBytes_AS_STRING(utf8), PyBytes_GET_SIZE(utf8))

    def add_bytes(self, text, starts, ends, Py_ssize_t first):
        """Append keys that are stretches of one block of valid UTF-8, up to one that is there already.

        Args:
            text (buffer): the block.
            starts, ends (int64 arrays): the stretches.
            first (int): the stretch to begin with.

        Returns:
            int: how many stretches have been dealt with; less than all if the next one is there already.
        """
        cdef const uint8_t[::1] block = text
        cdef const long long[::1] start = starts
        cdef const long long[::1] end = ends
        cdef Py_ssize_t i, n = start.shape[0]
        cdef const char* base = address_of(text)
        self._check_open()
        if n != end.shape[0] or first < 0:
            raise ValueError("as many starts as ends are needed")
        for i in range(first, n):
            if not 0 <= start[i] <= end[i] <= block.shape[0]:
                raise ValueError(f"no stretch: bytes {start[i]} to {end[i]} of {block.shape[0]}")
            if self.append(base + start[i], end[i] - start[i]) < 0:
                return i
        return n

    def rows_of_bytes(self, text, starts, ends):
        """The rows of keys that are stretches of one block of UTF-8, as an int64 array; -1 for one that has none.

        Args:
            text, starts, ends: as in :meth:`add_bytes`.
        """
        cdef const uint8_t[::1] block = text
        cdef const long long[::1] start = starts
        cdef const long long[::1] end = ends
        cdef const char* base = address_of(text)
        cdef Py_ssize_t i, length
        rows = np.empty(start.shape[0], np.int64)
        cdef long long[::1] out = rows
        self.check_mapping()
        if end.shape[0] != start.shape[0]:
            raise ValueError("as many starts as ends are needed")
        for i in range(start.shape[0]):
            if not 0 <= start[i] <= end[i] <= block.shape[0]:
                raise ValueError(f"no stretch: bytes {start[i]} to {end[i]} of {block.shape[0]}")
            length = end[i] - start[i]
            out[i] = -1 if length > 0x7FFFFFFF else self.find_utf8(key_of_utf8(base + start[i], length), base + start[i], length)
        return rows

    def reserve(self, Py_ssize_t n_keys):
        """Make room for so many keys in all."""
        self._check_open()
        if n_keys < 0:
            raise ValueError(f"room for {n_keys} keys")
        self.make_room(max(0, n_keys - self.length), 0)

    def index(self, key):
        """The row of a key (str), or -1."""
        return self.find_text(exact_str(key))

    def rows(self, keys):
        """The rows of an iterable of keys, as an int64 array; -1 for one that has none.

        Raises:
            TypeError: a key is not a str.
        """
        cdef list texts = keys if type(keys) is list else list(keys)
        rows = np.empty(len(texts), np.int64)
        cdef long long[::1] out = rows
        cdef const char* utf8[AT_ONCE]
        cdef Py_ssize_t[AT_ONCE] length
        cdef hash_t[AT_ONCE] hashes
        cdef Py_ssize_t i, first, n, row
        cdef uint64_t mask
        cdef uint32_t slot
        cdef list encoded = []
        self.check_mapping()
        if len(texts) != out.shape[0]:
            raise RuntimeError("the list of keys was changed while it was read")
        # From here on no code of others runs that could change it.
        mask = self._n_slots - 1
        # In steps, each of which asks for the memory that the next one reads.
        for first in range(0, len(texts), AT_ONCE):
            n = min(AT_ONCE, len(texts) - first)
            for i in range(first + n, min(first + n + AT_ONCE, len(texts))):
                prefetch(<void*>texts[i], STR_HEAD)
            encoded.clear()
            for i in range(n):
                text = texts[first + i]
                if type(text) is not str:
                    text = exact_str(text)
                    encoded.append(text)
                if not PyUnicode_IS_ASCII(text):
                    text = PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass")
                    encoded.append(text)
                    utf8[i], length[i] = PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text)
                else:
                    utf8[i], length[i] = <const char*>PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text)
                if length[i] > 0x7FFFFFFF:
                    length[i] = 0x7FFFFFFF              # no key is so long
                hashes[i] = key_of_utf8(utf8[i], length[i])
                prefetch(self._slots + (_place(hashes[i]) & mask), sizeof(uint32_t))
            for i in range(n):
                slot = self._slots[_place(hashes[i]) & mask]
                if 0 < slot <= <uint64_t>self.length:
                    prefetch(self._hashes + slot - 1, sizeof(hash_t))
                    prefetch(self._offsets + slot - 1, 2 * sizeof(uint64_t))
            for i in range(n):
                row = out[first + i] = self.find(hashes[i])
                if row >= 0 and self._offsets[row] < self._text_size:
                    prefetch(self._text + self._offsets[row], length[i])
            for i in range(n):
                row = out[first + i]
                if row >= 0 and not _is_text(self, row, utf8[i], length[i]):
                    out[first + i] = -1
        return rows

    def subset(self, rows):
        """A new table of the keys of some rows, in that order.

        Args:
            rows (int array): each from 0 to length - 1, none twice.
        """
        cdef const long long[::1] of = np.ascontiguousarray(rows, np.int64)
        cdef KeyTable table = KeyTable()
        cdef Py_ssize_t i, n = of.shape[0]
        cdef uint64_t start, end, n_bytes = 0
        self.check_mapping()
        # If another thread adds meanwhile, ours may get other arrays: these stay what they are.
        text_array, offsets_array, size = self._text_array, self._offsets_array, self.length
        cdef const char* text = address_of(text_array)
        cdef const uint64_t* offsets = <const uint64_t*>address_of(offsets_array)
        cdef uint64_t text_size = len(text_array)
        for i in range(n):
            if not 0 <= of[i] < <Py_ssize_t>size:
                raise IndexError(f"row {of[i]} of a table of {size:,}")
            start, end = offsets[of[i]], offsets[of[i] + 1]
            if start > end or end > text_size:
                self.text(of[i])                    # raises
            n_bytes += end - start
        table.make_room(n, n_bytes)
        for i in range(n):
            start, end = offsets[of[i]], offsets[of[i] + 1]
            if table.append(text + start, end - start) < 0:
                raise ValueError(f"the key {self.text(of[i])!r:.80} comes twice")
        return table

    def arrays(self, n=None):
        """The arrays of the first n keys, or of all: text, offsets, hashes and slots.

        The first three share memory with the table, but what they show never changes; the slots are a copy.
        """
        cdef Py_ssize_t i, size
        cdef uint32_t* slot
        self.check_mapping()
        length = self.length
        text, offsets, hashes, slots_now = self._text_array, self._offsets_array, self._hashes_array, self._slots_array
        n = length if n is None else min(n, length)
        slots = np.empty(len(slots_now), np.uint32)
        size = len(slots)
        slot = <uint32_t*>address_of(slots)
        memcpy(slot, address_of(slots_now), size * sizeof(uint32_t))
        # Keys came into the index in the order of rows, so the search for one never passes a later one.
        for i in range(size):
            if slot[i] > <uint32_t>n:
                slot[i] = 0
        return text[:offsets[n]], offsets[:n + 1], hashes[:n], slots

    def check(self):
        """Raise ValueError if the arrays contradict each other. Cost: linear in their size."""
        cdef Py_ssize_t row
        self.check_mapping()
        offsets, slots = self._offsets_array[:self.length + 1], self._slots_array
        text = self._text_array if self.is_borrowed else self._text_array[:offsets[self.length]]
        if offsets[0] != 0 or offsets[self.length] != len(text) or (offsets[1:] < offsets[:self.length]).any():
            raise ValueError("the offsets of the keys do not go up from 0 to the end of their text")
        if (slots > self.length).any() or np.count_nonzero(slots) != self.length:
            raise ValueError("the index does not have one slot a key")
        for row in range(self.length):
            if key_of_utf8(self._text + self._offsets[row], self._offsets[row + 1] - self._offsets[row]) != self._hashes[row]:
                raise ValueError(f"row {row:,}: the 64-bit key is not that of its text")
            if self.find(self._hashes[row]) != row:
                raise ValueError(f"row {row:,}: the index does not find its key")
        bytes(text).decode("utf-8", "surrogatepass")

    @property
    def nbytes(self):
        """Bytes of the arrays, room to grow included."""
        return (self._text_array.nbytes + self._offsets_array.nbytes + self._hashes_array.nbytes
                + self._slots_array.nbytes)

    def __len__(self):
        return self.length

    def __getitem__(self, Py_ssize_t row):
        if not 0 <= row < self.length:
            raise IndexError(f"row {row} of a table of {self.length:,}")
        return self.text(row)

    def __contains__(self, key):
        return self.find_text(exact_str(key)) >= 0

    def __iter__(self):
        """The keys that there are now; those that are added meanwhile do not come."""
        cdef Py_ssize_t row
        for row in range(self.length):
            yield self.text(row)

    def __repr__(self):
        return f"<KeyTable of {self.length:,} keys>"


cdef object _grown(object array, Py_ssize_t used, Py_ssize_t size):
    new = np.empty(size, array.dtype)
    memcpy(address_of(new), address_of(array), used * <Py_ssize_t>array.itemsize)
    return new


class IndexToKey(abc.Sequence):
    """Row -> key, as a sequence that is not a list: it makes a str when it is asked for one. It shows what the table
    has now, whatever it had when it was asked for.

    >>> from lexarray.vectors import KeyedVectors
    >>> kv = KeyedVectors(2)
    >>> kv.add_vectors(["tea", "milk"], [[1, 0], [0, 1]])
    >>> kv.index_to_key, kv.index_to_key[-1], kv.index_to_key[:1], kv.index_to_key.index("milk")
    (IndexToKey(['tea', 'milk']), 'milk', ['tea'], 1)
    """

    __slots__ = ("_table",)

    def __init__(self, table):
        self._table = table

    def __len__(self):
        return len(self._table)

    def __getitem__(self, row):
        keys = self._table.keys
        if isinstance(row, slice):
            return [keys[i] for i in range(*row.indices(len(keys)))]
        number = index(row)
        if not -len(keys) <= number < len(keys):
            raise IndexError(f"row {number} of a table of {len(keys):,}")
        return keys[number + len(keys) if number < 0 else number]

    def __contains__(self, key):
        return isinstance(key, str) and key in self._table.keys

    def __iter__(self):
        return iter(self._table.keys)

    def index(self, key, start=0, stop=None):
        """The row of a key. Raises ValueError if it has none from ``start`` up to ``stop``."""
        row = self._table.keys.index(key) if isinstance(key, str) else -1
        if row < 0 or row not in range(*slice(start, stop).indices(len(self))):
            raise ValueError(f"{key!r:.80} is not in the sequence")
        return row

    def count(self, key):
        """1 if the key is there, else 0."""
        return int(key in self)

    def __eq__(self, other):
        if not isinstance(other, (IndexToKey, list, tuple)):
            return NotImplemented
        return len(self) == len(other) and all(ours == theirs for ours, theirs in zip(self, other))

    __hash__ = None

    def __reduce__(self):
        return list, (list(self),)

    def __repr__(self):
        return f"IndexToKey([{_shown(self, repr)}])"


class KeyToIndex(abc.Mapping):
    """Key -> row, as a mapping that is not a dict. It shows what the table has now.

    >>> from lexarray.vectors import KeyedVectors
    >>> kv = KeyedVectors(2)
    >>> kv.add_vectors(["tea", "milk"], [[1, 0], [0, 1]])
    >>> kv.key_to_index, kv.key_to_index["milk"], kv.key_to_index.get("beer")
    (KeyToIndex({'tea': 0, 'milk': 1}), 1, None)
    """

    __slots__ = ("_table",)

    def __init__(self, table):
        self._table = table

    def __len__(self):
        return len(self._table)

    def __getitem__(self, key):
        row = self._table.keys.index(key) if isinstance(key, str) else -1
        if row < 0:
            raise KeyError(key)
        return row

    def __iter__(self):
        return iter(self._table.keys)

    def __contains__(self, key):
        return isinstance(key, str) and key in self._table.keys

    def items(self):
        """The pairs, in the order of rows."""
        return _Items(self)

    def values(self):
        """The rows: a range."""
        return range(len(self))

    def __reduce__(self):
        return dict, (dict(self.items()),)

    def __repr__(self):
        return f"KeyToIndex({{{_shown(self.items(), lambda item: f'{item[0]!r}: {item[1]}')}}})"


class _Items(abc.ItemsView):
    # Rows are counted, not looked up.
    __slots__ = ()

    def __iter__(self):
        return zip(self._mapping, count())


def _shown(items, text):
    # The first of them, and how many more there are.
    shown = ", ".join(text(item) for item in islice(items, 10))
    return shown + (f", ... {len(items) - 10:,} more" if len(items) > 10 else "")
