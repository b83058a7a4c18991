# MessagePack <-> Python objects: what files of documents hold beside their columns. Owned by a MessageReader: the piece of
# the stream that it is reading.


# Append the encoding of an object to `out`: None, bool, int, float, str, bytes, list, tuple, mapping; numbers and arrays of
# NumPy as srsly writes them. Surrogates are encoded like any other character. TypeError names what
# cannot be encoded.
cdef int put(bytearray out, object value, int depth=*) except -1
# Only the head of a part with so many items or bytes.
cdef int put_array_head(bytearray out, Py_ssize_t n) except -1
cdef int put_map_head(bytearray out, Py_ssize_t n) except -1
cdef int put_bytes_head(bytearray out, Py_ssize_t n) except -1

# The only object of a MessagePack encoding, which is a map; ValueError if it is not.
cdef object unpack_map(bytes data)


# Reads a stream that comes in pieces. Nothing is allocated by a length that the stream claims, but by what has come of it.
# All errors are ValueError, with the offset.
cdef class MessageReader:
    cdef object _pieces             # an iterator
    cdef bytes _piece
    cdef const unsigned char* _data # of the piece
    cdef Py_ssize_t _at
    cdef Py_ssize_t _size
    cdef Py_ssize_t _before         # bytes before the piece

    cdef Py_ssize_t offset(self) noexcept
    # Whether all has been read.
    cdef bint at_end(self) except -1
    cdef Py_ssize_t read_array_head(self) except -1
    cdef Py_ssize_t read_map_head(self) except -1
    cdef Py_ssize_t read_bytes_head(self) except -1
    # What there is of the next n > 0 bytes: at least one.
    cdef object read_some(self, Py_ssize_t n)
    cdef object read_n(self, Py_ssize_t n)
    # One object. Arrays are lists, those in keys of maps tuples.
    cdef object read(self, bint in_key=*, int depth=*)
    # The bytes of one object, whose structure is checked, but neither texts nor arrays of NumPy. Takes no more memory than they.
    cdef object read_packed(self)
    cdef int _more(self) except -1
    cdef int _byte(self) except -1
    cdef unsigned long long _number(self, int n) except? 0
    cdef Py_ssize_t _head(self, str kind, int short, int short_end, int code8, int code16) except -1
    cdef Py_ssize_t _head_of(self, bytearray out, int n) except -1
    cdef str _text(self, Py_ssize_t n)
