"""What keeps a mapped file of vectors open: :class:`Mapping`."""
import mmap as memory_map
import os

cimport cython
from cpython.exc cimport PyErr_SetFromErrno

from lexarray.errors import VectorFileError

cdef extern from *:
    """
    #ifdef _WIN32
    #include <io.h>
    static long long lexarray_file_size(int descriptor) { return _filelengthi64(descriptor); }
    static int lexarray_close(int descriptor) { return _close(descriptor); }
    #else
    #include <sys/stat.h>
    #include <unistd.h>
    static long long lexarray_file_size(int descriptor) {
        struct stat status;
        return fstat(descriptor, &status) ? -1 : (long long)status.st_size;
    }
    static int lexarray_close(int descriptor) { return close(descriptor); }
    #endif
    """
    long long lexarray_file_size(int descriptor) noexcept
    int lexarray_close(int descriptor) noexcept


@cython.final
cdef class Mapping:
    """What keeps a mapped file open.

    Reading a mapped file behind its end kills a process, so before each use of the table :meth:`check` looks whether
    somebody has cut it. It cannot help if that happens while a query runs.

    Args:
        path (str | PathLike): where the file is, for messages and for other processes that are to map it.
        file: the open file. It is not needed any more afterwards.
    """

    def __cinit__(self, path, file):
        self._descriptor = -1
        self.path = os.path.abspath(path)
        status = os.fstat(file.fileno())
        self.size = status.st_size
        self.stamp = status.st_size, status.st_mtime_ns
        self.map = memory_map.mmap(file.fileno(), self.size, access=memory_map.ACCESS_READ)
        self._descriptor = os.dup(file.fileno())

    def __dealloc__(self):
        if self._descriptor >= 0:
            lexarray_close(self._descriptor)

    cpdef int check(self) except -1:
        """Raise VectorFileError if the file has become shorter. Cost: one system call."""
        cdef long long size = lexarray_file_size(self._descriptor)
        if size < 0:
            PyErr_SetFromErrno(OSError)
        if size < self.size:
            raise VectorFileError(f"{self.path}: the file has shrunk from {self.size:,} to {size:,} bytes since it was "
                                  f"mapped; write it anew and load it again")
        return 0
