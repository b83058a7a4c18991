"""Text <-> 64-bit key: the :class:`StringStore`, where every text of a vocabulary lives once.

A key is MurmurHash64A of the text's UTF-8 bytes with seed 1 (lone surrogates are encoded as if they
were characters), so keys agree between processes and machines. The empty text is 0, and the names in
:mod:`lexarray.symbols` keep their small numbers.
"""
cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.number cimport PyNumber_Index
from cpython.unicode cimport PyUnicode_AsEncodedString, PyUnicode_DecodeUTF8, PyUnicode_GET_LENGTH
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy
from murmurhash.mrmr cimport hash64
from preshed.maps cimport PreshMap, map_get

from lexarray._arena cimport Arena, arena_alloc, arena_free
from lexarray._key_index cimport (
    key_index_at, key_index_bytes, key_index_find, key_index_free, key_index_init, key_index_length, key_index_lock,
    key_index_place, key_index_publish, key_index_unlock,
)
from lexarray.symbols cimport N_SYMBOLS

from copyreg import __newobj__
from os import fspath

from lexarray.errors import KeyCollisionError, SavedObjectError
from lexarray.saved import check_parts, unwrap, wrap
from lexarray.symbols import NAMES

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object)
    void* PyUnicode_DATA(object)

cdef extern from "limits.h":
    const int INT_MAX

# The symbols, shared by all stores: number -> text, and hash of the text -> number + 1.
cdef Arena _symbol_arena
cdef const StringC* _symbols[N_SYMBOLS]
cdef PreshMap _symbol_numbers = PreshMap(2 * N_SYMBOLS)
cdef Py_ssize_t _longest_symbol = 0
cdef uint64_t _symbol_bits[64]          # of 4,096 parts of all keys, those in which a symbol's hash lies


cdef hash_t hash_utf8(const char* utf8, Py_ssize_t length) noexcept nogil:
    return hash64(<void*>utf8, <int>length, 1)


cdef struct StringItemC:        # what a store has of each text
    hash_t key
    const StringC* string


cdef StringC* _new_string(Arena* arena, const char* utf8, Py_ssize_t length) noexcept nogil:
    # NULL: no memory.
    cdef StringC* string = <StringC*>arena_alloc(arena, sizeof(uint32_t) + length + 1, sizeof(uint32_t))
    if string is not NULL:
        memcpy(string.utf8, utf8, length)
        string.length = <uint32_t>length
    return string


def _load_symbols():
    cdef hash_t key
    global _longest_symbol
    for number, name in enumerate(NAMES):
        utf8 = name.encode()
        _symbols[number] = _new_string(&_symbol_arena, utf8, len(utf8))
        if _symbols[number] is NULL:
            raise MemoryError("no memory for the names of symbols")
        if number:
            key = hash_utf8(utf8, len(utf8))
            _symbol_numbers.set(key, <void*><size_t>(number + 1))
            _symbol_bits[key >> 58] |= <uint64_t>1 << (key >> 52 & 63)
        _longest_symbol = max(_longest_symbol, len(utf8))

_load_symbols()


cdef hash_t key_of_utf8(const char* utf8, Py_ssize_t length) noexcept nogil:
    cdef hash_t key
    cdef size_t number
    if length == 0:
        return 0
    key = hash_utf8(utf8, length)
    if length <= _longest_symbol and _symbol_bits[key >> 58] >> (key >> 52 & 63) & 1:
        number = <size_t>map_get(_symbol_numbers.c_map, key)
        if number and _symbols[number - 1].length == <uint32_t>length and memcmp(
                _symbols[number - 1].utf8, utf8, length) == 0:
            return number - 1
    return key


cdef str _decode(const StringC* string):
    return PyUnicode_DecodeUTF8(string.utf8, string.length, "surrogatepass")


cdef inline str _plain(object string):
    # A str, of a subclass (NumPy has one) as well, as what functions of a `str` take.
    return string if type(string) is str else str.__str__(string)


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
        utf8 = _UTF8(_plain(key))
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
        return strings.intern(_plain(text_or_key))
    return _checked_key(text_or_key)


cdef class StringStore:
    """Every text once, found by its 64-bit key.

    Keys depend on the text alone (:func:`get_string_id`), never on the order of insertion. The empty
    text and the names in :mod:`lexarray.symbols` are always there and do not count in ``len``.

    Args:
        strings (Iterable[str]): texts to begin with.

    Threads: any number of them may add and find texts at once. Readers take no lock, unless they find nothing while another
    thread enlarges the index.

    Memory: 16 bytes a text beside its own UTF-8, and 11 to 21 for its place in the index.

    >>> store = StringStore(["apple"])
    >>> key = store.add("banana")
    >>> store[key], store["apple"], "cherry" in store, len(store)
    ('banana', 8566208034543834098, False, 2)
    """

    def __cinit__(self, *args, **kwargs):
        if key_index_init(&self._index, sizeof(StringItemC), 0) != 0:
            raise MemoryError("no memory for a StringStore")

    def __dealloc__(self):
        key_index_free(&self._index)
        arena_free(&self._arena)

    @staticmethod
    cdef StringStore child(StringStore parent):
        cdef StringStore store = StringStore.__new__(StringStore)
        store.parent = parent
        store._n_before = key_index_length(&parent._index)
        return store

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
        if self.zone is None and string is not None and PyUnicode_IS_ASCII(string) and PyUnicode_GET_LENGTH(string) < INT_MAX:
            return self.intern_utf8(<const char*>PyUnicode_DATA(string), PyUnicode_GET_LENGTH(string))
        utf8 = _UTF8(string)
        if self.zone is not None:
            self._check_zone(utf8.data, utf8.length)
        return self.intern_utf8(utf8.data, utf8.length)

    cdef int _check_zone(self, const char* utf8, Py_ssize_t length) except -1:
        # An open memory zone, too, must not have another text with this key.
        cdef hash_t key = key_of_utf8(utf8, length)
        cdef const StringC* found = self.zone._find_own(key)
        if found is not NULL:
            self._check_same(found, key, utf8, length)
        return 0

    cdef hash_t intern_utf8(self, const char* utf8, Py_ssize_t length) except? 0 nogil:
        cdef hash_t key = key_of_utf8(utf8, length)
        self.put(key, utf8, length)
        return key

    cdef const StringC* put(self, hash_t key, const char* utf8, Py_ssize_t length) except NULL nogil:
        cdef const StringC* found = self.find(key)
        if found is NULL:
            return self.put_own(key, utf8, length)
        self._check_same(found, key, utf8, length)
        return found

    cdef const StringC* put_own(self, hash_t key, const char* utf8, Py_ssize_t length) except NULL nogil:
        cdef const StringC* found = _symbols[key] if key < N_SYMBOLS else NULL
        if found is NULL:
            key_index_lock(&self._index)
            found = self._find_own(key)             # another thread may have been faster
            if found is NULL:
                found = self._append(key, utf8, length)
            key_index_unlock(&self._index)
            if found is NULL:
                with gil:
                    raise MemoryError(f"no memory for a text of {length:,} bytes, after {key_index_length(&self._index):,} "
                                      f"others")
        self._check_same(found, key, utf8, length)
        return found

    cdef int _check_same(self, const StringC* found, hash_t key, const char* utf8, Py_ssize_t length) except -1 nogil:
        if found.length != <uint32_t>length or memcmp(found.utf8, utf8, length) != 0:
            with gil:
                raise KeyCollisionError(
                    f"{_short(PyUnicode_DecodeUTF8(utf8, length, 'surrogatepass'))} has the key {key}, "
                    f"which {_short(_decode(found))} has already; it was not added")
        return 0

    cdef const StringC* _append(self, hash_t key, const char* utf8, Py_ssize_t length) noexcept nogil:
        # With the lock. NULL: no memory.
        cdef StringItemC* item = <StringItemC*>key_index_place(&self._index)
        if item is NULL:
            return NULL
        item.key = key
        item.string = _new_string(&self._arena, utf8, length)
        if item.string is not NULL:
            key_index_publish(&self._index, key)
        return item.string

    cdef inline const StringC* _find_own(self, hash_t key) noexcept nogil:
        cdef const StringItemC* item = <const StringItemC*>key_index_find(&self._index, key)
        if item is NULL:
            return NULL
        return item.string

    cdef bint has_own(self, hash_t key) noexcept nogil:
        return self._find_own(key) is not NULL

    cdef const StringC* find(self, hash_t key) noexcept nogil:
        cdef const StringC* found
        if key < N_SYMBOLS:
            return _symbols[key]
        found = self._find_own(key)
        if found is NULL and self.parent is not None:
            return self.parent._find_own(key)
        return found

    cdef const StringC* get(self, hash_t key) noexcept nogil:
        cdef const StringC* found = self.find(key)
        if found is NULL and self.zone is not None:
            return self.zone._find_own(key)
        return found

    cdef size_t n_bytes(self) noexcept nogil:
        key_index_lock(&self._index)                # which guards the arena as well
        cdef size_t bytes = key_index_bytes(&self._index) + self._arena.total
        key_index_unlock(&self._index)
        return bytes

    cdef str text(self, hash_t key):
        cdef const StringC* string = self.get(key)
        if string is NULL:
            self.raise_unknown(key)
        return _decode(string)

    cdef int raise_unknown(self, hash_t key) except -1:
        raise KeyError(f"no text is stored for the key {key}: keys come from add(); if it was made with another "
                       f"vocabulary or store, or in a memory zone that has ended, add the text to this one first")

    def add(self, string, *, allow_transient=True):
        """Store a text.

        Args:
            string (str): any text: empty, with NUL, with lone surrogates, up to 2 GiB of UTF-8.
            allow_transient (bool): in a memory zone, keep it only as long as that. False: keep it for good, as it
                should be with labels and the like.

        Returns:
            int: its key.

        Raises:
            TypeError: not a ``str``.
            KeyCollisionError: another text has this key.
        """
        if not isinstance(string, str):
            raise TypeError(f"can only add str, got {type(string).__name__}: {_short(string)}")
        if self.zone is not None and allow_transient:
            return self.zone.intern(_plain(string))
        return self.intern(_plain(string))

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
            utf8 = _UTF8(_plain(string_or_id))
            found = self.get(key_of_utf8(utf8.data, utf8.length))
            return (found is not NULL and found.length == <uint32_t>utf8.length
                    and memcmp(found.utf8, utf8.data, utf8.length) == 0)
        try:
            return self.get(_checked_key(string_or_id)) is not NULL
        except KeyError:
            return False

    def __len__(self):
        cdef Py_ssize_t length = key_index_length(&self._index)
        if self.parent is not None:
            length += key_index_length(&self.parent._index) - self._n_in_both()
        if self.zone is not None:
            length += key_index_length(&self.zone._index) - self.zone._n_in_both()
        return length

    cdef Py_ssize_t _n_in_both(self) except -1:
        # How many of its texts were added to the parent as well, later.
        cdef uint32_t i
        cdef Py_ssize_t n = 0
        for i in range(self._n_before, key_index_length(&self.parent._index)):
            n += self._find_own(_item(self.parent, i).key) is not NULL
        return n

    def keys(self):
        """Iterate over the keys, in the order of insertion; those added meanwhile come too."""
        for text, key in self.items():
            yield key

    def __iter__(self):
        """The texts, in the order of insertion; texts added meanwhile come too."""
        for text, key in self.items():
            yield text

    def values(self):
        """Iterate over the texts, in the order of insertion."""
        return iter(self)

    def items(self):
        """Iterate over ``(text, key)`` pairs, in the order of insertion."""
        cdef uint32_t i
        cdef const StringItemC* item
        for store in (self.parent, self, self.zone):    # the zone's go on if it ends meanwhile
            i = 0
            while store is not None and i < key_index_length(&(<StringStore>store)._index):
                item = _item(store, i)
                i += 1
                if (<StringStore>store).parent is None or (<StringStore>store).parent._find_own(item.key) is NULL:
                    yield _decode(item.string), item.key

    # ---- bytes ----

    def to_bytes(self):
        """All texts as bytes. What an open memory zone has added is not among them.

        Cost: linear, without a Python object a text; a byte a text beside its UTF-8.

        >>> list(StringStore(["tea"]).from_bytes(StringStore(["tea", "café"]).to_bytes()))
        ['tea', 'café']
        """
        return wrap("lexarray.strings", 1, {"texts": pack_texts(self)})

    def from_bytes(self, bytes_data):
        """Add the texts that ``to_bytes`` gave. Those that are here stay, so that no key loses its text.

        Args:
            bytes_data (bytes): what it gave.

        Returns:
            StringStore: itself.

        Raises:
            SavedObjectError: the bytes are damaged, or something else. Nothing was added then.
            KeyCollisionError: a text has the key of another one that is here. Nothing was added then.
        """
        self._read(bytes_data, "")
        return self

    def to_disk(self, path):
        """Write what ``to_bytes`` gives to a file. What was there is replaced once all is written."""
        from lexarray.replacing import replacing

        data = self.to_bytes()
        with replacing(path) as file:
            file.write(data)

    def from_disk(self, path):
        """The same as ``from_bytes``, of a file, which messages name.

        Raises:
            OSError: it cannot be read.
        """
        with open(fspath(path), "rb") as file:
            self._read(file.read(), f"{path}: ")
        return self

    cdef int _read(self, object data, str source) except -1:
        cdef ReadTexts texts
        parts = unwrap(data, "lexarray.strings", 1, source)
        check_parts(parts, {"texts": dict}, {}, f"{source}strings")
        try:
            texts = ReadTexts(parts["texts"])
            texts.check(self)
        except ValueError as error:
            raise type(error)(f"{source}strings: {error}") from None
        return texts.put_into(self)

    # ---- pickle ----

    def __reduce__(self):
        # Those of a vocabulary go as its seed's, so that they are the same again if both are in one pickle.
        vocab = None if self.owner is None else self.owner()
        state = self.to_bytes(), getattr(self, "__dict__", None)
        if vocab is None:
            return __newobj__, (type(self),), state
        return getattr, (vocab.seed, "strings"), state

    def __setstate__(self, state):
        self.from_bytes(state[0])
        if state[1]:
            self.__dict__.update(state[1])

    def __copy__(self):
        """A store of its own, with the same texts."""
        store = type(self).__new__(type(self))
        store.__setstate__((self.to_bytes(), getattr(self, "__dict__", None)))
        return store

    def __repr__(self):
        return f"<StringStore of {len(self):,} strings>"


cdef inline const StringItemC* _item(StringStore store, uint32_t i) noexcept nogil:
    return <const StringItemC*>key_index_at(&store._index, i)


# ---- texts as bytes ----
# All texts, one after the other; and the length of each, in bytes, as a LEB128 number: seven bits a byte, the lowest first, and
# the eighth bit set in all but the last byte.

cdef dict pack_texts(StringStore strings):
    cdef StringStore parent = strings.parent
    cdef uint32_t n_own = key_index_length(&strings._index)         # those that come meanwhile are left out
    cdef uint32_t n_parent = key_index_length(&parent._index) if parent is not None else 0
    cdef uint32_t i, n = 0
    cdef size_t n_bytes = 0, n_lengths = 0, length
    cdef const StringItemC* item
    cdef const StringC** found = <const StringC**>malloc((<size_t>n_parent + n_own + 1) * sizeof(const StringC*))
    if found is NULL:
        raise MemoryError(f"no memory for a list of {n_parent + n_own:,} texts")
    try:
        for i in range(n_parent):
            found[i] = _item(parent, i).string
        n = n_parent
        for i in range(n_own):
            item = _item(strings, i)
            if parent is None or key_index_find(&parent._index, item.key) is NULL:
                found[n] = item.string
                n += 1
        for i in range(n):
            n_bytes += found[i].length
            length = found[i].length
            while length >= 128:
                n_lengths += 1
                length >>= 7
            n_lengths += 1
        return {"n": n, **_packed_texts(found, n, n_bytes, n_lengths)}
    finally:
        free(found)


cdef dict _packed_texts(const StringC** found, uint32_t n, size_t n_bytes, size_t n_lengths):
    cdef bytes texts = PyBytes_FromStringAndSize(NULL, n_bytes)
    cdef bytes lengths = PyBytes_FromStringAndSize(NULL, n_lengths)
    cdef char* text = PyBytes_AS_STRING(texts)
    cdef unsigned char* place = <unsigned char*>PyBytes_AS_STRING(lengths)
    cdef size_t length
    cdef uint32_t i
    for i in range(n):
        memcpy(text, found[i].utf8, found[i].length)
        text += found[i].length
        length = found[i].length
        while length >= 128:
            place[0] = <unsigned char>(length & 127 | 128)
            place += 1
            length >>= 7
        place[0] = <unsigned char>length
        place += 1
    return {"lengths": lengths, "utf8": texts}


@cython.final
cdef class ReadTexts:
    """Texts of a file, checked, and in no other store yet. Raises SavedObjectError or KeyCollisionError."""

    def __cinit__(self, parts not None):
        check_parts(parts, {"n": int, "lengths": bytes, "utf8": bytes}, {}, "texts")
        cdef bytes lengths = parts["lengths"], texts = parts["utf8"]
        cdef const unsigned char* place = <const unsigned char*>PyBytes_AS_STRING(lengths)
        cdef const unsigned char* end = place + PyBytes_GET_SIZE(lengths)
        cdef const char* text = PyBytes_AS_STRING(texts)
        cdef Py_ssize_t i, left = PyBytes_GET_SIZE(texts)
        cdef size_t length
        cdef int shift
        if not 0 <= parts["n"] <= len(lengths):                     # a text takes at least one byte of them
            raise SavedObjectError(f"texts: there cannot be {parts['n']:,} of them in {len(lengths):,} bytes of lengths")
        try:
            texts.decode("utf-8", "surrogatepass")                  # and, below, each begins with a character's first byte
        except UnicodeDecodeError as error:
            raise SavedObjectError(f"texts: byte {error.start:,} is not UTF-8: {error.reason}") from None
        self.n = parts["n"]
        self.store = StringStore()
        self.keys = <hash_t*>malloc(max(self.n, 1) * sizeof(hash_t))
        if self.keys is NULL:
            raise MemoryError(f"no memory for {self.n:,} keys")
        for i in range(self.n):
            length = 0
            shift = 0
            while place < end and place[0] >= 128 and shift < 28:
                length |= <size_t>(place[0] & 127) << shift
                shift += 7
                place += 1
            if place == end or place[0] >= 128:
                raise SavedObjectError(f"text {i:,} of {self.n:,}: its length is cut off or too large")
            length |= <size_t>place[0] << shift
            place += 1
            if length == 0 or <Py_ssize_t>length > left or length >= <size_t>INT_MAX:
                raise SavedObjectError(f"text {i:,} of {self.n:,}: it cannot have {length:,} bytes, with {left:,} left")
            if text[0] & 0xC0 == 0x80:
                raise SavedObjectError(f"text {i:,} of {self.n:,} begins within a character")
            self.keys[i] = self.store.intern_utf8(text, length)
            text += length
            left -= length
        if left or place != end:
            raise SavedObjectError(f"texts: {left:,} bytes of text and {end - place:,} of lengths are left after the last of "
                                   f"{self.n:,} texts")

    def __dealloc__(self):
        free(self.keys)

    cdef int check(self, StringStore target) except -1:
        cdef Py_ssize_t i
        cdef const StringC* text
        cdef const StringC* there
        for i in range(self.n):
            text = self.store.find(self.keys[i])
            there = target.find(self.keys[i])
            if there is not NULL:
                target._check_same(there, self.keys[i], text.utf8, text.length)
            if target.zone is not None:
                there = target.zone._find_own(self.keys[i])
                if there is not NULL:
                    target._check_same(there, self.keys[i], text.utf8, text.length)
        return 0

    cdef int put_into(self, StringStore target) except -1:
        cdef Py_ssize_t i
        cdef const StringC* text
        for i in range(self.n):
            text = self.store.find(self.keys[i])
            target.put(self.keys[i], text.utf8, text.length)
        return 0
