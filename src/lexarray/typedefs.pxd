# The integer types of the structs, and when to use which.
from libc.stdint cimport uint32_t, uint64_t

ctypedef uint64_t hash_t    # a string's key: MurmurHash64A, a symbol's number, or 0 for ""
ctypedef uint64_t attr_t    # the value of any attribute: a key, a number or a boolean
ctypedef uint64_t flags_t   # 64 booleans; bit i is attribute id i
ctypedef uint32_t char32_t  # one Unicode code point (Cython's Py_UCS4 does no C arithmetic)
