# Arithmetic on the rows of a table: float16, float32 or float64 in memory, always summed in float64.
# Owns nothing.
from libc.stdint cimport uint16_t, uint32_t

ctypedef enum Format:       # of the numbers of a table
    FLOAT16
    FLOAT32
    FLOAT64


cdef Py_ssize_t number_size(Format format) noexcept nogil          # bytes
# The number at `row`, which need not be aligned.
cdef double number(const char* row, Format format, Py_ssize_t i) noexcept nogil
# sum += weight * row
cdef void add_row(const char* row, Format format, Py_ssize_t size, double weight, double* sum) noexcept nogil
# The squared length. The order of summation depends on `size` alone.
cdef double square_row(const char* row, Format format, Py_ssize_t size) noexcept nogil
# The cosine with a query, -1 to 1; 0 if either is all zeros, or the row has a number that is not finite. `query` is
# about 1 in size (scaled_query), `query_square` its squared length, in the same order of summation.
cdef double cosine_row(const char* row, Format format, Py_ssize_t size, const double* query,
                       double query_square) noexcept nogil
# Ask for the memory at an address, which will be read soon: to wait for it is what looking up in large tables takes.
cdef void prefetch(const void* address, Py_ssize_t size) noexcept nogil
