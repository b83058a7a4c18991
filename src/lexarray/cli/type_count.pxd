# How many different words a stream of documents has. Owned by a TypeCount: a set of keys, of bounded size.
from libc.stdint cimport uint32_t

from lexarray._key_index cimport KeyIndexC
from lexarray.typedefs cimport hash_t


# One thread at a time.
cdef class TypeCount:
    cdef KeyIndexC _keys            # an item is a key
    cdef uint32_t _limit            # keys
    cdef uint32_t _n_taken          # of them were taken
    cdef hash_t _others             # bits that are 0 in keys that are kept: the lowest ones, as many as need be

    cdef int _add(self, hash_t key) except -1
    cdef int _put(self, hash_t key) except -1
    cdef int _thin_out(self) except -1
