"""Rows of numbers by key: :class:`RowSource`, one without rows, which a table of vectors extends."""


cdef class RowSource:
    """No rows. See :class:`lexarray.vectors.vector_table.VectorTable`."""

    cdef Py_ssize_t find(self, hash_t key) noexcept nogil:
        return -1

    cdef bint copy_row(self, hash_t key, float* out) noexcept nogil:
        return False

    cdef bint add_row(self, hash_t key, double* sum) noexcept nogil:
        return False

    cdef int check_mapping(self) except -1:
        return 0
