# Rows of numbers, found by the 64-bit key of a text: what a vocabulary knows of a table of vectors. The table is
# lexarray.vectors.vector_table.VectorTable, which extends this. Owns nothing, and does without NumPy, so that
# documents of a vocabulary without vectors do too.
from lexarray.typedefs cimport hash_t


cdef class RowSource:
    cdef readonly Py_ssize_t vector_size                                # numbers a row
    cdef size_t version                                                 # changes when the rows have changed

    # Without the GIL only while no other thread changes the rows.
    cdef Py_ssize_t find(self, hash_t key) noexcept nogil               # the row of a 64-bit key, or -1
    cdef bint copy_row(self, hash_t key, float* out) noexcept nogil     # whether there is such a key
    cdef bint add_row(self, hash_t key, double* sum) noexcept nogil     # sum += row; whether there is such a key
    # With the GIL, before the above: raises if a file that backs the rows has become shorter.
    cdef int check_mapping(self) except -1
