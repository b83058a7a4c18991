# UTF-8 <-> code points. Surrogates are encoded like any other character, so that every Python string
# has exactly one encoding and comes back from it; decoding trusts its input, which we encoded.

from libc.stdint cimport uint8_t, uint16_t

from lexarray.typedefs cimport char32_t

ctypedef fused code_unit_t:         # what a Python string stores: 1, 2 or 4 bytes a character
    uint8_t
    uint16_t
    char32_t



cdef inline Py_ssize_t encode_utf8(const code_unit_t* chars, Py_ssize_t n, char* utf8) noexcept nogil:
    # Room for 4 bytes a character. Returns the number of bytes.
    cdef Py_ssize_t i, length = 0
    cdef char32_t c
    for i in range(n):
        c = chars[i]
        if c < 0x80:
            utf8[length] = <char>c
            length += 1
        elif c < 0x800:
            utf8[length] = <char>(0xC0 | c >> 6)
            utf8[length + 1] = <char>(0x80 | c & 0x3F)
            length += 2
        elif c < 0x10000:
            utf8[length] = <char>(0xE0 | c >> 12)
            utf8[length + 1] = <char>(0x80 | c >> 6 & 0x3F)
            utf8[length + 2] = <char>(0x80 | c & 0x3F)
            length += 3
        else:
            utf8[length] = <char>(0xF0 | c >> 18)
            utf8[length + 1] = <char>(0x80 | c >> 12 & 0x3F)
            utf8[length + 2] = <char>(0x80 | c >> 6 & 0x3F)
            utf8[length + 3] = <char>(0x80 | c & 0x3F)
            length += 4
    return length


cdef inline Py_ssize_t decode_utf8(const char* utf8, Py_ssize_t length, char32_t* chars) noexcept nogil:
    # Room for `length` characters. Returns the number of characters.
    cdef const unsigned char* s = <const unsigned char*>utf8
    cdef const unsigned char* end = s + length
    cdef Py_ssize_t n = 0
    while s < end:
        if s[0] < 0x80:
            chars[n] = s[0]
            s += 1
        elif s[0] < 0xE0:
            chars[n] = (s[0] & 0x1F) << 6 | (s[1] & 0x3F)
            s += 2
        elif s[0] < 0xF0:
            chars[n] = (s[0] & 0x0F) << 12 | (s[1] & 0x3F) << 6 | (s[2] & 0x3F)
            s += 3
        else:
            chars[n] = (s[0] & 0x07) << 18 | (s[1] & 0x3F) << 12 | (s[2] & 0x3F) << 6 | (s[3] & 0x3F)
            s += 4
        n += 1
    return n


cdef inline bint is_utf8(const char* text, Py_ssize_t length) noexcept nogil:
    # Whether a stranger's bytes are UTF-8 (RFC 3629: no surrogates, nothing longer than need be).
    cdef const unsigned char* s = <const unsigned char*>text
    cdef const unsigned char* end = s + length
    cdef Py_ssize_t more
    while s < end:
        if s[0] < 0x80:
            s += 1
            continue
        if 0xC2 <= s[0] < 0xE0:
            more = 1
        elif 0xE0 <= s[0] < 0xF0:
            more = 2
        elif 0xF0 <= s[0] < 0xF5:
            more = 3
        else:
            return False
        if end - s <= more or s[1] & 0xC0 != 0x80:
            return False
        if more > 1:
            if s[2] & 0xC0 != 0x80 or (s[0] == 0xE0 and s[1] < 0xA0) or (s[0] == 0xED and s[1] >= 0xA0):
                return False
        if more > 2:
            if s[3] & 0xC0 != 0x80 or (s[0] == 0xF0 and s[1] < 0x90) or (s[0] == 0xF4 and s[1] >= 0x90):
                return False
        s += more + 1
    return True
