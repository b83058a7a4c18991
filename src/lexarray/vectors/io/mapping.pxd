# What keeps a mapped file open. Owned by a Mapping: the map, and a descriptor of the file.


cdef class Mapping:
    cdef readonly object path               # str; absolute
    cdef readonly long long size            # bytes, when it was mapped
    cdef readonly tuple stamp               # size and time of the last change: another file has another
    cdef readonly object map                # mmap.mmap
    cdef int _descriptor

    # VectorFileError if the file has become shorter. One system call; no Python code runs unless it raises.
    cpdef int check(self) except -1
