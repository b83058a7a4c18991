# Where the numbers of a NumPy array are, without NumPy's headers. Owns nothing.
from cpython.buffer cimport PyBUF_SIMPLE, Py_buffer, PyBuffer_Release, PyObject_GetBuffer


cdef inline char* address_of(object array) except NULL:
    # The first byte of a contiguous array, which the caller keeps alive. Runs no Python code, so that no other
    # thread can see a table half changed.
    cdef Py_buffer buffer
    PyObject_GetBuffer(array, &buffer, PyBUF_SIMPLE)
    cdef char* address = <char*>buffer.buf
    PyBuffer_Release(&buffer)
    return address
