# Text <-> 64-bit key. Owned by a StringStore: the bytes of every text it has been given.
from libc.stdint cimport uint32_t

from lexarray._arena cimport Arena
from lexarray._key_index cimport KeyIndexC
from lexarray.typedefs cimport hash_t


cdef struct StringC:        # a stored text; never moves, lives as long as its store
    uint32_t length         # bytes of UTF-8 (surrogates are encoded as if they were characters)
    char utf8[1]            # `length` bytes and a final NUL


# MurmurHash64A of the bytes, seed 1. No symbols, no store: the bare function.
cdef hash_t hash_utf8(const char* utf8, Py_ssize_t length) noexcept nogil
cpdef hash_t hash_string(str string) except? 0
# The key of a text: a symbol's number, 0 for "", else the hash. It need not be stored.
cdef hash_t key_of_utf8(const char* utf8, Py_ssize_t length) noexcept nogil


# Texts are added and found by any number of threads at once, with or without the GIL.
cdef class StringStore:
    cdef KeyIndexC _index           # key -> StringItemC, in the order of insertion
    cdef Arena _arena
    # Another store whose texts are in this one too, and in which nothing is added from here; None: there is none. A text
    # of its own comes before one of the parent, which may get another text with that key later.
    cdef readonly StringStore parent
    # A store that has this one as its parent, and whose texts are found from here too, while a memory zone is open.
    # It is set and read with the GIL.
    cdef StringStore zone
    cdef object owner               # a weak reference to the vocabulary whose strings these are; None: there is none
    cdef uint32_t _n_before         # texts that the parent had when this store was made

    # The key of a text, which is stored here unless it, or its parent, has it. Raises KeyCollisionError.
    cdef hash_t intern(self, str string) except? 0
    cdef hash_t intern_utf8(self, const char* utf8, Py_ssize_t length) except? 0 nogil
    # The same for a text whose key is known: the stored text.
    cdef const StringC* put(self, hash_t key, const char* utf8, Py_ssize_t length) except NULL nogil
    # The same, here even if the parent has another text with this key.
    cdef const StringC* put_own(self, hash_t key, const char* utf8, Py_ssize_t length) except NULL nogil
    # The stored text of a key, symbols and 0 included; NULL if there is none. Here and in the parent.
    cdef const StringC* find(self, hash_t key) noexcept nogil
    # The same, in an open memory zone too. While another thread may open or end one, only with the GIL.
    cdef const StringC* get(self, hash_t key) noexcept nogil
    # The same as a Python string; KeyError if there is none.
    cdef str text(self, hash_t key)
    # Raises the KeyError for a key of which no text is stored.
    cdef int raise_unknown(self, hash_t key) except -1
    # Bytes of its own texts and of their index.
    cdef size_t n_bytes(self) noexcept nogil
    # An empty store over another one.
    @staticmethod
    cdef StringStore child(StringStore parent)

    # Whether the text of a key is here, and not only in the parent.
    cdef bint has_own(self, hash_t key) noexcept nogil

    cdef const StringC* _find_own(self, hash_t key) noexcept nogil
    cdef int _check_zone(self, const char* utf8, Py_ssize_t length) except -1
    cdef int _check_same(self, const StringC* found, hash_t key, const char* utf8, Py_ssize_t length) except -1 nogil
    cdef const StringC* _append(self, hash_t key, const char* utf8, Py_ssize_t length) noexcept nogil
    cdef Py_ssize_t _n_in_both(self) except -1
    cdef int _read(self, object data, str source) except -1


# Texts of a file, which are in no other store yet, and their keys in the order of the file.
cdef class ReadTexts:
    cdef readonly StringStore store         # which has them, and nothing else
    cdef Py_ssize_t n
    cdef hash_t* keys

    # KeyCollisionError if a store, or its memory zone, has another text with one of the keys.
    cdef int check(self, StringStore target) except -1
    # Store them, for good.
    cdef int put_into(self, StringStore target) except -1


# The texts that a store has at one moment, as parts of a file; ReadTexts reads them. Where a text is in it: texts come in
# the order of insertion, those of the parent first.
cdef dict pack_texts(StringStore strings)


# What a function that takes `text or key` does with its argument.
cdef hash_t as_key(StringStore strings, object text_or_key) except? 0
