# Rows of 64-bit integers -> DEFLATE (RFC 1951). Owns nothing: memory is taken for one call.


# `data` from byte `start` on as blocks, none of which is the last, that end with a whole byte; what is before is the window that
# an inflater knows already. Both are multiples of 8 bytes, little-endian, in rows of `n_columns` > 0.
cdef object deflate_rows(bytes data, Py_ssize_t start, Py_ssize_t n_columns)
