"""MessagePack <-> Python objects: :func:`pack` and :func:`unpack`, and for C a reader of streams.

What is read is data only: no extension types, nothing that runs code. https://github.com/msgpack/msgpack/blob/master/spec.md
"""
from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_Resize
from cpython.unicode cimport PyUnicode_DecodeUTF8, PyUnicode_GET_LENGTH
from libc.string cimport memcpy

import re
from collections.abc import Mapping

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object)
    void* PyUnicode_DATA(object)

cdef enum:
    MOST_NESTED = 200               # arrays and maps inside each other


# ---- writing ----

cdef int _put_number(bytearray out, unsigned long long value, int n) except -1:
    # Big-endian.
    cdef int i
    for i in range(n - 1, -1, -1):
        out.append(<int>(value >> 8 * i & 0xFF))
    return 0


cdef int _put_data(bytearray out, const char* data, Py_ssize_t n) except -1:
    cdef Py_ssize_t before = len(out)
    PyByteArray_Resize(out, before + n)
    memcpy(PyByteArray_AS_STRING(out) + before, data, n)
    return 0


cdef int _put_head(bytearray out, Py_ssize_t n, int short, int n_short, int code8, int code16) except -1:
    # code8: 0 if there is no form with one byte. The form with four bytes follows the one with two.
    if n < n_short:
        out.append(short + n)
    elif n <= 0xFF and code8:
        out.append(code8)
        out.append(n)
    elif n <= 0xFFFF:
        out.append(code16)
        _put_number(out, n, 2)
    elif n <= 0xFFFFFFFF:
        out.append(code16 + 1)
        _put_number(out, n, 4)
    else:
        raise ValueError(f"MessagePack has no place for {n:,} items or bytes: the limit is {0xFFFFFFFF:,}")
    return 0


cdef int put_array_head(bytearray out, Py_ssize_t n) except -1:
    return _put_head(out, n, 0x90, 16, 0, 0xDC)


cdef int put_map_head(bytearray out, Py_ssize_t n) except -1:
    return _put_head(out, n, 0x80, 16, 0, 0xDE)


cdef int put_bytes_head(bytearray out, Py_ssize_t n) except -1:
    return _put_head(out, n, 0, 0, 0xC4, 0xC5)


cdef int _put_int(bytearray out, object value) except -1:
    if -32 <= value < 128:
        out.append(value & 0xFF)
    elif 0 <= value < 1 << 64:
        size = 0 if value < 1 << 8 else 1 if value < 1 << 16 else 2 if value < 1 << 32 else 3
        out.append(0xCC + size)
        out += value.to_bytes(1 << size, "big")
    elif -1 << 63 <= value < 0:
        size = 0 if value >= -1 << 7 else 1 if value >= -1 << 15 else 2 if value >= -1 << 31 else 3
        out.append(0xD0 + size)
        out += value.to_bytes(1 << size, "big", signed=True)
    else:
        raise ValueError(f"MessagePack has integers of 64 bits: one of {value.bit_length():,} bits is too large")
    return 0


cdef int put(bytearray out, object value, int depth=0) except -1:
    cdef double number
    cdef unsigned long long bits
    if depth > MOST_NESTED:
        raise ValueError(f"containers are nested more than {MOST_NESTED} deep")
    if value is None:
        out.append(0xC0)
    elif value is False or value is True:
        out.append(0xC3 if value else 0xC2)
    elif isinstance(value, str):
        if type(value) is str and PyUnicode_IS_ASCII(value):
            _put_head(out, PyUnicode_GET_LENGTH(value), 0xA0, 32, 0xD9, 0xDA)
            _put_data(out, <const char*>PyUnicode_DATA(value), PyUnicode_GET_LENGTH(value))
        else:
            utf8 = str.__str__(value).encode("utf-8", "surrogatepass")
            _put_head(out, len(utf8), 0xA0, 32, 0xD9, 0xDA)
            out += utf8
    elif isinstance(value, int):
        _put_int(out, int(value))
    elif isinstance(value, float):
        number = value
        memcpy(&bits, &number, 8)
        out.append(0xCB)
        _put_number(out, bits, 8)
    elif isinstance(value, (bytes, bytearray)):
        if type(value) is not bytes:
            value = bytes(memoryview(value))            # a subclass may lie about its length
        put_bytes_head(out, len(value))
        out += value
    elif isinstance(value, (list, tuple)):
        value = list(value)
        put_array_head(out, len(value))
        for each in value:
            put(out, each, depth + 1)
    elif isinstance(value, Mapping):
        items = list(value.items())
        put_map_head(out, len(items))
        for key, each in items:
            put(out, key, depth + 1)
            put(out, each, depth + 1)
    elif type(value).__module__ == "numpy" and hasattr(value, "dtype") and value.dtype.kind in "biufcSU":
        parts = {b"nd": hasattr(value, "__len__") and value.ndim > 0, b"type": value.dtype.str}
        if parts[b"nd"]:
            parts |= {b"kind": b"", b"shape": value.shape}
        put(out, parts | {b"data": value.tobytes()}, depth + 1)
    else:
        raise TypeError(f"cannot write a {type(value).__name__}: {value!r:.80}: only None, bool, int, float, str, bytes, "
                        f"list, tuple, dict, and NumPy's numbers and arrays")
    return 0


def pack(value):
    """The MessagePack encoding of an object.

    Args:
        value: None, bool, int of 64 bits, float, str, bytes, a list, tuple or mapping of such, or a number or array of
            NumPy.

    Raises:
        TypeError: something else.
        ValueError: an integer does not fit, or containers are nested more than 200 deep.

    >>> pack({"a": [1, 2.5, None]}).hex()
    '81a1619301cb4004000000000000c0'
    """
    cdef bytearray out = bytearray()
    put(out, value)
    return bytes(out)


# ---- reading ----

cdef class MessageReader:
    """Reads MessagePack from a stream that comes in pieces. For C; :func:`unpack` is what there is for Python."""

    def __cinit__(self, pieces):
        self._pieces = iter(pieces)
        self._piece = b""
        self._data = self._piece

    cdef Py_ssize_t offset(self) noexcept:
        return self._before + self._at

    cdef bint at_end(self) except -1:
        while self._at == self._size:
            piece = next(self._pieces, None)
            if piece is None:
                return True
            self._before += self._size
            self._piece = piece
            self._data = self._piece
            self._size = len(self._piece)
            self._at = 0
        return False

    cdef int _more(self) except -1:
        # There is a byte now.
        if self._at == self._size and self.at_end():
            raise ValueError(f"it ends at byte {self.offset():,}, where more has to follow")
        return 0

    cdef int _byte(self) except -1:
        self._more()
        self._at += 1
        return self._data[self._at - 1]

    cdef unsigned long long _number(self, int n) except? 0:
        cdef unsigned long long value = 0
        cdef int i
        for i in range(n):
            value = value << 8 | <unsigned long long>self._byte()
        return value

    cdef object read_some(self, Py_ssize_t n):
        self._more()
        n = min(n, self._size - self._at)
        self._at += n
        return self._piece if n == self._size else self._piece[self._at - n:self._at]

    cdef object read_n(self, Py_ssize_t n):
        if n <= self._size - self._at:
            self._at += n
            return self._piece[self._at - n:self._at]
        cdef bytearray gathered = bytearray()
        while len(gathered) < n:
            gathered += self.read_some(n - len(gathered))
        return bytes(gathered)

    cdef str _text(self, Py_ssize_t n):
        cdef Py_ssize_t start = self.offset()
        try:
            if n <= self._size - self._at:          # nearly always: it is decoded where it is
                self._at += n
                return PyUnicode_DecodeUTF8(<const char*>self._data + self._at - n, n, "surrogatepass")
            return self.read_n(n).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise ValueError(f"byte {start + error.start:,} is not UTF-8") from None

    cdef Py_ssize_t _head(self, str kind, int short, int short_end, int code8, int code16) except -1:
        cdef Py_ssize_t start = self.offset()
        cdef int code = self._byte()
        if short <= code < short_end:
            return code - short
        if code == code8 and code8:
            return self._number(1)
        if code == code16 or code == code16 + 1:
            return self._number(2 if code == code16 else 4)
        raise ValueError(f"byte {start:,} is 0x{code:02x}, where {kind} has to begin")

    cdef Py_ssize_t read_array_head(self) except -1:
        return self._head("an array", 0x90, 0xA0, 0, 0xDC)

    cdef Py_ssize_t read_map_head(self) except -1:
        return self._head("a map", 0x80, 0x90, 0, 0xDE)

    cdef Py_ssize_t read_bytes_head(self) except -1:
        return self._head("a string of bytes", 0, 0, 0xC4, 0xC5)

    cdef object read_packed(self):
        cdef bytearray out = bytearray()
        # Of the containers that it is in: how many objects are to come of each.
        cdef list to_come = []
        cdef unsigned long long left = 1
        cdef Py_ssize_t start, n
        cdef int code, n_head
        while True:
            while left == 0:
                if not to_come:
                    return bytes(out)
                left = to_come.pop()
            left -= 1
            start = self.offset()
            code = self._byte()
            out.append(code)
            n = n_head = 0
            if 0xC4 <= code <= 0xC6 or 0xD9 <= code <= 0xDB:
                n_head = 1 << (code - (0xC4 if code < 0xD0 else 0xD9))
                n = self._head_of(out, n_head)
            elif 0xA0 <= code < 0xC0:
                n = code - 0xA0
            elif 0xCA <= code <= 0xD3:
                n = (4 if code == 0xCA else 8 if code == 0xCB else 1 << (code & 3))
            elif 0x80 <= code < 0xA0 or 0xDC <= code <= 0xDF:
                n = code & 0xF if code < 0xA0 else self._head_of(out, 2 if code & 1 == 0 else 4)
                if len(to_come) >= MOST_NESTED:
                    raise ValueError(f"byte {start:,}: containers are nested more than {MOST_NESTED} deep")
                to_come.append(left)
                left = 2 * <unsigned long long>n if code < 0x90 or code >= 0xDE else n
                continue
            elif 0xC1 <= code < 0xE0 and code != 0xC2 and code != 0xC3:
                raise ValueError(f"byte {start:,} is 0x{code:02x}, which begins nothing that can be read")
            n += len(out)
            while len(out) < n:
                out += self.read_some(n - len(out))

    cdef Py_ssize_t _head_of(self, bytearray out, int n) except -1:
        cdef unsigned long long value = self._number(n)
        _put_number(out, value, n)
        return value

    cdef object read(self, bint in_key=False, int depth=0):
        cdef Py_ssize_t start = self.offset(), n = 0, i
        cdef int code = self._byte()
        cdef double number
        cdef float single
        cdef unsigned long long bits
        cdef unsigned int single_bits
        cdef str kind
        if depth > MOST_NESTED:
            raise ValueError(f"byte {start:,}: containers are nested more than {MOST_NESTED} deep")
        if code < 0x80:
            return code
        if code >= 0xE0:
            return code - 0x100
        if 0xA0 <= code < 0xC0:
            return self._text(code - 0xA0)
        if code == 0xC0:
            return None
        if code == 0xC2 or code == 0xC3:
            return code == 0xC3
        if 0xC4 <= code <= 0xC6:
            return self.read_n(<Py_ssize_t>self._number(1 << code - 0xC4))
        if code == 0xCA:
            single_bits = <unsigned int>self._number(4)
            memcpy(&single, &single_bits, 4)
            return single
        if code == 0xCB:
            bits = self._number(8)
            memcpy(&number, &bits, 8)
            return number
        if 0xCC <= code <= 0xCF:
            return self._number(1 << code - 0xCC)
        if 0xD0 <= code <= 0xD3:
            n = 1 << code - 0xD0
            return int.from_bytes(self.read_n(n), "big", signed=True)
        if 0xD9 <= code <= 0xDB:
            return self._text(<Py_ssize_t>self._number(1 << code - 0xD9))
        if 0x90 <= code < 0xA0 or code == 0xDC or code == 0xDD:
            n = code - 0x90 if code < 0xA0 else <Py_ssize_t>self._number(2 if code == 0xDC else 4)
            values = []
            for i in range(n):
                values.append(self.read(in_key, depth + 1))
            return tuple(values) if in_key else values
        if 0x80 <= code < 0x90 or code == 0xDE or code == 0xDF:
            if in_key:
                raise ValueError(f"byte {start:,}: a map cannot be part of a key")
            n = code - 0x80 if code < 0x90 else <Py_ssize_t>self._number(2 if code == 0xDE else 4)
            found = {}
            for i in range(n):
                key = self.read(True, depth + 1)
                found[key] = self.read(False, depth + 1)
            return _array_of(found, start) if b"nd" in found else found
        raise ValueError(f"byte {start:,} is 0x{code:02x}, which begins nothing that can be read")


_TYPE = re.compile("[<>|][biufcSU][1-9][0-9]{0,8}")


cdef object _array_of(dict parts, Py_ssize_t start):
    # What was a number or an array of NumPy.
    import numpy
    try:
        if not isinstance(parts[b"type"], str) or _TYPE.fullmatch(parts[b"type"]) is None:
            raise ValueError(f"its type is {parts[b'type']!r:.80}")
        dtype = numpy.dtype(parts[b"type"])
        if not isinstance(parts[b"data"], bytes):
            raise ValueError(f"its data are {parts[b'data']!r:.80}")
        if dtype.kind == "U":           # NumPy would believe anything
            parts[b"data"].decode("utf-32-le" if dtype.str[0] == "<" else "utf-32-be", "surrogatepass")
        values = numpy.frombuffer(parts[b"data"], dtype)
        if parts[b"nd"] is True:
            return values.reshape(parts[b"shape"]).copy()
        if values.shape != (1,):
            raise ValueError(f"a number cannot be {len(values):,} numbers")
        return values[0]
    except (KeyError, TypeError, ValueError, SyntaxError, OverflowError) as error:
        raise ValueError(f"byte {start:,}: no array of NumPy: {error}") from None


def unpack(data):
    """The object of a MessagePack encoding. Arrays become lists, those in keys of maps tuples.

    Args:
        data (bytes | Iterable[bytes]): the encoding, whole or in pieces.

    Raises:
        ValueError: it is truncated, damaged, or has an extension type; names the byte.

    Memory is taken for what has been read, whatever lengths the encoding claims.

    >>> unpack(bytes.fromhex("81a1619301cb4004000000000000c0"))
    {'a': [1, 2.5, None]}
    """
    cdef MessageReader reader = MessageReader((data,) if isinstance(data, bytes) else data)
    value = reader.read()
    if not reader.at_end():
        raise ValueError(f"byte {reader.offset():,}: more follows than one object")
    return value


cdef object unpack_map(bytes data):
    cdef MessageReader reader = MessageReader((data,))
    found = reader.read()
    if not isinstance(found, dict) or not reader.at_end():
        raise ValueError(f"expected one map, got {found!r:.80}" + ("" if reader.at_end() else " and more"))
    return found
