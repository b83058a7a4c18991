# Row <-> key of a table of vectors. Owned by a KeyTable: the keys' bytes and the index that finds them, in
# four flat arrays, so that they can as well be parts of a mapped file.
from libc.stdint cimport uint32_t, uint64_t

from lexarray.typedefs cimport hash_t
from lexarray.vectors.io.mapping cimport Mapping


# A key as a str itself, not of a class of its own: text that runs no code of others. TypeError if it is none.
cdef str exact_str(key)


cdef class KeyTable:
    cdef readonly Py_ssize_t length         # number of keys
    cdef readonly Mapping mapping           # what keeps the file open that the arrays belong to, or None
    cdef readonly bint is_borrowed          # the arrays cannot be written to: a file's, or somebody's
    cdef bint is_sealed                     # the keys of a table, which alone adds to them
    # The arrays, and where they are. They may move when a key is added.
    cdef object _text_array                 # uint8: all keys, one after the other, as UTF-8
    cdef object _offsets_array              # uint64, length + 1: where each key starts in the text
    cdef object _hashes_array               # uint64: the 64-bit key of each, as a StringStore gives it
    cdef object _slots_array                # uint32, a power of two: row + 1 at its place by hash; 0: free
    cdef char* _text
    cdef uint64_t* _offsets
    cdef hash_t* _hashes
    cdef uint32_t* _slots
    cdef uint64_t _text_size                # bytes that are there, used or not
    cdef uint64_t _n_slots
    cdef Py_ssize_t _capacity               # keys for which the arrays have room

    # The row of a key, or -1. Without the GIL: only while no other thread adds keys.
    cdef Py_ssize_t find(self, hash_t key) noexcept nogil
    cdef Py_ssize_t find_utf8(self, hash_t key, const char* utf8, Py_ssize_t length) noexcept nogil
    # The same for a str, after a look whether a mapped file is still whole.
    cdef Py_ssize_t find_text(self, str text) except -2
    cdef int check_mapping(self) except -1
    # The same; raises KeyCollisionError if another key has its 64-bit key.
    cdef Py_ssize_t find_or_collide(self, str text) except -2
    # The key of a row, which must be from 0 to length - 1.
    cdef str text(self, Py_ssize_t row)
    # The row of a new key, or -1 - row if it is there already. Raises KeyCollisionError.
    cdef Py_ssize_t append(self, const char* utf8, Py_ssize_t length) except? -1
    # After this, so many keys of so many bytes in all are added without allocation, and without letting others run.
    cdef int make_room(self, Py_ssize_t n_keys, uint64_t n_bytes) except -1

    cdef Py_ssize_t _find_str(self, str text) except -2
    cdef str _text_at(self, Py_ssize_t row)
    cdef int _check_open(self) except -1
    cdef int _index(self, uint64_t n_slots) except -1
    cdef int _point(self) except -1
