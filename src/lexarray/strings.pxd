# Text <-> 64-bit key. Owned by a StringStore: the bytes of every text it has been given.
from cymem.cymem cimport Pool
from libc.stdint cimport uint32_t
from preshed.maps cimport PreshMap

from lexarray._arena cimport Arena
from lexarray.typedefs cimport hash_t


cdef struct StringC:        # a stored text; never moves, lives as long as its store
    uint32_t length         # bytes of UTF-8 (surrogates are encoded as if they were characters)
    char utf8[1]            # `length` bytes and a final NUL


# MurmurHash64A of the bytes, seed 1. No symbols, no store: the bare function.
cdef hash_t hash_utf8(const char* utf8, Py_ssize_t length) noexcept nogil
cpdef hash_t hash_string(str string) except? 0
# The key of a text: a symbol's number, 0 for "", else the hash. It need not be stored.
cdef hash_t key_of_utf8(const char* utf8, Py_ssize_t length) noexcept nogil


cdef class StringStore:
    cdef readonly Pool mem
    cdef PreshMap _by_key           # key -> const StringC*
    cdef hash_t* _keys              # in the order of insertion
    cdef Py_ssize_t _length
    cdef Py_ssize_t _capacity
    cdef Arena _arena

    # The key of a text, which is stored unless it is there. Raises KeyCollisionError.
    cdef hash_t intern(self, str string) except? 0
    cdef hash_t intern_utf8(self, const char* utf8, Py_ssize_t length) except? 0
    # The stored text of a key, symbols and 0 included; NULL if there is none.
    cdef const StringC* get(self, hash_t key) noexcept nogil
    # The same as a Python string; KeyError if there is none.
    cdef str text(self, hash_t key)


# What a function that takes `text or key` does with its argument.
cdef hash_t as_key(StringStore strings, object text_or_key) except? 0
