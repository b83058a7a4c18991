# A table of vectors: keys, and one row of numbers for each. Owned here: the matrix, its norms, its attributes.
#   from lexarray.vectors.vector_table cimport VectorTable
#   cdef const float* row = table.row(token.lex.orth)           # NULL if there is none
from lexarray.row_source cimport RowSource
from lexarray.typedefs cimport hash_t
from lexarray.vectors.kernels cimport Format
from lexarray.vectors.keys cimport KeyTable


cdef class VectorTable(RowSource):
    cdef readonly KeyTable keys             # which only the table adds to
    cdef object _vectors                    # the rows, capacity x vector_size, C-contiguous
    cdef object _view                       # the same, read-only
    cdef object _norms                      # float array, capacity; None until somebody asks
    cdef dict _expandos                     # name -> array, one value a row, capacity
    cdef object _lock                       # held while the table is changed
    cdef object _readers                    # how many open Snapshots look at this matrix
    cdef bint _is_borrowed                  # an array cannot be written to: a file's, or somebody's
    cdef const char* _rows                  # the first row
    cdef Format _format
    cdef Py_ssize_t _stride                 # bytes a row
    cdef object __weakref__

    # From C, beside what RowSource has. Without the GIL only while no other thread changes the table; what is returned
    # is good until it changes.
    cdef const char* row_bytes(self, Py_ssize_t row) noexcept nogil     # the numbers of a row, in the table's format
    cdef const float* row(self, hash_t key) noexcept nogil              # NULL: no such key, or a table that is not float32

    cdef Py_ssize_t _find_row(self, key) except -2
    cdef Py_ssize_t _find_row_in(self, KeyTable keys, key) except -2
    cdef object _find_rows_in(self, KeyTable keys, list wanted)
    cdef Py_ssize_t _row_of(self, key) except -1
    cdef int _set_rows(self, vectors) except -1
    cdef int _make_room(self, Py_ssize_t capacity, bint overwrite) except -1
    cdef Py_ssize_t _put(self, list given, weights, extras, bint replace) except -1
    cdef int _select(self, rows) except -1
    cdef int _replace(self, KeyTable keys, vectors, norms, dict expandos) except -1
    cdef object _checked_rows(self, weights, n, keys)
    cdef object _norms_of(self, rows)
    cdef object _attribute(self, str name, dtype)
    cdef KeyTable _own_keys(self)
    cdef dict _own_expandos(self)
