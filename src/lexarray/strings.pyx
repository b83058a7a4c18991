"""Text <-> 64-bit key: the :class:`StringStore`, where every text of a vocabulary lives once.

A key is MurmurHash64A of the text's UTF-8 bytes with seed 1 (lone surrogates are encoded as if they
were characters), so keys agree between processes and machines. The empty text is 0, and the names in
:mod:`lexarray.symbols` keep their small numbers.
"""
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.number cimport PyNumber_Index
from cpython.unicode cimport PyUnicode_AsEncodedString, PyUnicode_DecodeUTF8, PyUnicode_GET_LENGTH
from libc.string cimport memcmp, memcpy
from murmurhash.mrmr cimport hash64
from preshed.maps cimport map_get

from lexarray._arena cimport arena_alloc
from lexarray.symbols cimport N_SYMBOLS

from lexarray.errors import KeyCollisionError
from lexarray.symbols import NAMES

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object)
    void* PyUnicode_DATA(object)

cdef extern from "limits.h":
    const int INT_MAX

# The symbols, shared by all stores: number -> text, and hash of the text -> number + 1.
cdef Pool _symbol_mem = Pool()
cdef Arena _symbol_arena
cdef const StringC* _symbols[N_SYMBOLS]
cdef PreshMap _symbol_numbers = PreshMap(2 * N_SYMBOLS)
cdef Py_ssize_t _longest_symbol = 0


cdef hash_t hash_utf8(const char* utf8, Py_ssize_t length) noexcept nogil:
    return hash64(<void*>utf8, <int>length, 1)


cdef StringC* _new_string(Pool mem, Arena* arena, const char* utf8, Py_ssize_t length) except NULL:
    cdef StringC* string = <StringC*>arena_alloc(mem, arena, sizeof(uint32_t) + length + 1, sizeof(uint32_t))
    memcpy(string.utf8, utf8, length)
    string.length = <uint32_t>length
    return string


def _load_symbols():
    global _longest_symbol
    for number, name in enumerate(NAMES):
        utf8 = name.encode()
        _symbols[number] = _new_string(_symbol_mem, &_symbol_arena, utf8, len(utf8))
        if number:
            _symbol_numbers.set(hash_utf8(utf8, len(utf8)), <void*><size_t>(number + 1))
        _longest_symbol = max(_longest_symbol, len(utf8))

_load_symbols()


cdef hash_t key_of_utf8(const char* utf8, Py_ssize_t length) noexcept nogil:
    cdef hash_t key
    cdef size_t number
    if length == 0:
        return 0
    key = hash_utf8(utf8, length)
    if length <= _longest_symbol:
        number = <size_t>map_get(_symbol_numbers.c_map, key)
        if number and _symbols[number - 1].length == <uint32_t>length and memcmp(
                _symbols[number - 1].utf8, utf8, length) == 0:
            return number - 1
    return key


cdef str _decode(const StringC* string):
    return PyUnicode_DecodeUTF8(string.utf8, string.length, "surrogatepass")


cdef class _UTF8:
    # The UTF-8 bytes of a str, borrowed from it when it is ASCII.
    cdef object owner
    cdef const char* data
    cdef Py_ssize_t length

    def __cinit__(self, str string not None):
        if PyUnicode_IS_ASCII(string):
            self.owner = string
            self.data = <const char*>PyUnicode_DATA(string)
            self.length = PyUnicode_GET_LENGTH(string)
        else:
            self.owner = PyUnicode_AsEncodedString(string, "utf-8", "surrogatepass")
            self.data = PyBytes_AS_STRING(self.owner)
            self.length = PyBytes_GET_SIZE(self.owner)
        if self.length >= INT_MAX:
            raise OverflowError(f"a text of {self.length:,} bytes is too long: the limit of one "
                                f"string is {INT_MAX - 1:,} bytes of UTF-8")


cpdef hash_t hash_string(str string) except? 0:
    """The 64-bit MurmurHash64A (seed 1) of a text's UTF-8 bytes.

    This is the bare hash. The *key* of a text, as a :class:`StringStore` gives it, differs for the
    empty text (0) and for symbols: see :func:`get_string_id`.

    >>> hash_string("coffee")
    3197928453018144401
    """
    if string is None:
        raise TypeError("hash_string() takes a str, not None")
    cdef _UTF8 utf8 = _UTF8(string)
    return hash_utf8(utf8.data, utf8.length)


def get_string_id(key):
    """The key of a text: a symbol's number, 0 for the empty text, else its hash. A key is returned
    as it is.

    Args:
        key (str | int): a text, or a key.

    Returns:
        int: the key, from 0 to 2**64 - 1.

    >>> get_string_id("NOUN"), get_string_id(""), get_string_id("coffee")
    (92, 0, 3197928453018144401)
    """
    cdef _UTF8 utf8
    if isinstance(key, str):
        utf8 = _UTF8(key)
        return key_of_utf8(utf8.data, utf8.length)
    return _checked_key(key)


cdef hash_t _checked_key(object key) except? 0:
    # A Python or NumPy integer as a key.
    if isinstance(key, (bytes, bytearray)):
        raise TypeError(f"expected a text (str) or a key (int), got {type(key).__name__}: {_short(key)}; "
                        f"decode it first")
    try:
        number = PyNumber_Index(key)
    except TypeError:
        raise TypeError(f"expected a text (str) or a key (int), got {type(key).__name__}: "
                        f"{_short(key)}") from None
    if not 0 <= number < 1 << 64:
        raise KeyError(f"{number} is no key: keys go from 0 to 2**64 - 1")
    return number


def _short(value):
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


cdef hash_t as_key(StringStore strings, object text_or_key) except? 0:
    if isinstance(text_or_key, str):
        return strings.intern(text_or_key)
    return _checked_key(text_or_key)


cdef class StringStore:
    """Every text once, found by its 64-bit key.

    Keys depend on the text alone (:func:`get_string_id`), never on the order of insertion. The empty
    text and the names in :mod:`lexarray.symbols` are always there and do not count in ``len``.

    Args:
        strings (Iterable[str]): texts to begin with.

    Memory: 8 to 16 bytes a text beside its own UTF-8 and its share of the hash table.

    >>> store = StringStore(["apple"])
    >>> key = store.add("banana")
    >>> store[key], store["apple"], "cherry" in store, len(store)
    ('banana', 8566208034543834098, False, 2)
    """

    def __cinit__(self, *args, **kwargs):
        self.mem = Pool()
        self._by_key = PreshMap()
        self._keys = NULL
        self._length = 0
        self._capacity = 0

    def __init__(self, strings=()):
        if isinstance(strings, (str, bytes)):
            raise TypeError(f"expected an iterable of str, got {type(strings).__name__}: "
                            f"{_short(strings)}; put it in a list")
        try:
            strings = iter(() if strings is None else strings)
        except TypeError:
            raise TypeError(f"expected an iterable of str, got {type(strings).__name__}: {_short(strings)}") from None
        for string in strings:
            self.add(string)

    cdef hash_t intern(self, str string) except? 0:
        cdef _UTF8 utf8
        if string is not None and PyUnicode_IS_ASCII(string) and PyUnicode_GET_LENGTH(string) < INT_MAX:
            return self.intern_utf8(<const char*>PyUnicode_DATA(string), PyUnicode_GET_LENGTH(string))
        utf8 = _UTF8(string)
        return self.intern_utf8(utf8.data, utf8.length)

    cdef hash_t intern_utf8(self, const char* utf8, Py_ssize_t length) except? 0:
        cdef hash_t key = key_of_utf8(utf8, length)
        cdef const StringC* found = self.get(key)
        cdef StringC* string
        if found is not NULL:
            if found.length != <uint32_t>length or memcmp(found.utf8, utf8, length) != 0:
                raise KeyCollisionError(
                    f"{_short(PyUnicode_DecodeUTF8(utf8, length, 'surrogatepass'))} has the key {key}, "
                    f"which {_short(_decode(found))} has already; it was not added")
            return key
        if self._length == self._capacity:
            self._grow()
        string = _new_string(self.mem, &self._arena, utf8, length)
        self._by_key.set(key, string)
        self._keys[self._length] = key
        self._length += 1
        return key

    cdef const StringC* get(self, hash_t key) noexcept nogil:
        if key < N_SYMBOLS:
            return _symbols[key]
        return <const StringC*>map_get(self._by_key.c_map, key)

    cdef str text(self, hash_t key):
        cdef const StringC* string = self.get(key)
        if string is NULL:
            raise KeyError(f"no text is stored for the key {key}: keys come from add(); if it was made "
                           f"with another vocabulary or store, add the text to this one first")
        return _decode(string)

    def _grow(self):
        cdef Py_ssize_t capacity = max(16, 2 * self._capacity)
        if self._keys is NULL:
            self._keys = <hash_t*>self.mem.alloc(capacity, sizeof(hash_t))
        else:
            self._keys = <hash_t*>self.mem.realloc(self._keys, capacity * sizeof(hash_t))
        self._capacity = capacity

    def add(self, string):
        """Store a text.

        Args:
            string (str): any text: empty, with NUL, with lone surrogates, up to 2 GiB of UTF-8.

        Returns:
            int: its key.

        Raises:
            TypeError: not a ``str``.
            KeyCollisionError: another text has this key.
        """
        if not isinstance(string, str):
            raise TypeError(f"can only add str, got {type(string).__name__}: {_short(string)}")
        return self.intern(string)

    def __getitem__(self, string_or_id):
        """The key of a text (which is not stored by this), or the text of a key.

        Raises:
            KeyError: no text is stored for the key.
        """
        if isinstance(string_or_id, str):
            return get_string_id(string_or_id)
        return self.text(_checked_key(string_or_id))

    def __contains__(self, string_or_id):
        """Whether a text is stored, or a text for this key. Symbols and "" always are."""
        cdef _UTF8 utf8
        cdef const StringC* found
        if isinstance(string_or_id, str):
            utf8 = _UTF8(string_or_id)
            found = self.get(key_of_utf8(utf8.data, utf8.length))
            return (found is not NULL and found.length == <uint32_t>utf8.length
                    and memcmp(found.utf8, utf8.data, utf8.length) == 0)
        try:
            return self.get(_checked_key(string_or_id)) is not NULL
        except KeyError:
            return False

    def __len__(self):
        return self._length

    def __iter__(self):
        """The texts, in the order of insertion; texts added meanwhile come too."""
        cdef Py_ssize_t i = 0
        while i < self._length:
            yield self.text(self._keys[i])
            i += 1

    def keys(self):
        """Iterate over the keys, in the order of insertion."""
        cdef Py_ssize_t i = 0
        while i < self._length:
            yield self._keys[i]
            i += 1

    def values(self):
        """Iterate over the texts, in the order of insertion."""
        return iter(self)

    def items(self):
        """Iterate over ``(text, key)`` pairs, in the order of insertion."""
        cdef Py_ssize_t i = 0
        while i < self._length:
            yield self.text(self._keys[i]), self._keys[i]
            i += 1

    def __repr__(self):
        return f"<StringStore of {self._length:,} strings>"
