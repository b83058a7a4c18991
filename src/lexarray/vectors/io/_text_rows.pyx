"""Kernels of the text format: lines of a key and numbers -> arrays, and numbers -> text. They run without the GIL.

Reading a number: up to 15 digits with a point are an integer over a power of ten, both exact in float64, so their
quotient is the nearest float64 (Clinger, *How to read floating point numbers accurately*, 1990). All else goes to the
C++ library's ``from_chars``, which is as exact and knows no locale, or, where the library has none for such numbers, to
``strtod_l``, given a copy of just the field and the locale "C". Writing is ``to_chars``: the shortest text that reads
back as the same number.
"""
import numpy as np

from libc.math cimport isfinite
from libc.string cimport memchr, memcpy

from lexarray._utf8 cimport is_utf8
from lexarray.vectors._arrays cimport address_of

cdef extern from *:
    """
    #include <charconv>
    #include <cmath>
    #include <cstddef>
    #include <cstdint>
    #include <cstring>
    #if !defined(__cpp_lib_to_chars) || defined(LEXARRAY_STRTOD)        /* libc++ before 20, so all of Apple's by now */
    #define LEXARRAY_BY_STRTOD
    #include <cstdlib>
    #include <locale.h>
    #include <new>
    #include <string>
    #if defined(__APPLE__)
    #include <xlocale.h>
    #endif
    #endif

    static const double lexarray_powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13,
                                             1e14, 1e15};

    static inline bool lexarray_is_space(char c) { return c == ' ' || c == '\t'; }

    // The digits from p on: value = value * 10 + digit. Returns where they end.
    static inline const char* lexarray_read_digits(const char* p, std::uint64_t* value) {
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && defined(__GNUC__)
        // Eight bytes in one word. A byte that is no digit, less '0', sets its top bit, by itself or when 0x76 is added.
        static const std::uint64_t tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
        std::uint64_t word;
        std::memcpy(&word, p, 8);
        word ^= 0x3030303030303030;
        std::uint64_t others = ((word + 0x7676767676767676) | word) & 0x8080808080808080;
        int n = others ? __builtin_ctzll(others) >> 3 : 8;
        if (n == 0) return p;
        word <<= 64 - 8 * n;                        // zeros before the first digit
        word = word * 10 + (word >> 8);             // pairs of digits, in every other byte; then fours, then eight
        word = ((word & 0x000000FF000000FF) * 0x000F424000000064
                + ((word >> 16) & 0x000000FF000000FF) * 0x0000271000000001) >> 32;
        *value = *value * tens[n] + (word & 0xFFFFFFFF);
        p += n;
        if (n < 8) return p;
    #endif
        for (unsigned char digit; (digit = static_cast<unsigned char>(*p) - '0') < 10; ++p)
            *value = *value * 10 + digit;
        return p;
    }

    // Whether a number that float64 cannot hold is too large for it, or else too small: where its first digit stands.
    static inline bool lexarray_is_large(const char* p, const char* end) {
        long long place = 0, exponent = 0;          // of the first digit that is not 0, before (> 0) or behind the point
        bool seen = false, point = false;
        for (p += *p == '-'; p < end && *p != 'e' && *p != 'E'; ++p) {
            if (*p == '.') { point = true; continue; }
            seen = seen || *p != '0';
            if (!point) place += seen;
            else if (!seen) --place;
        }
        if (p < end && ++p < end) {
            bool negative = *p == '-';
            for (p += negative || *p == '+'; p < end && exponent < (1LL << 40); ++p) exponent = exponent * 10 + (*p - '0');
            if (negative) exponent = -exponent;
        }
        return place + exponent > 0;
    }

    #ifdef LEXARRAY_BY_STRTOD
    static inline double lexarray_strto(const char* p, char** end, locale_t c, double) { return strtod_l(p, end, c); }
    static inline float lexarray_strto(const char* p, char** end, locale_t c, float) { return strtof_l(p, end, c); }

    // What std::from_chars does, which does not read hexadecimal numbers. Too large a number becomes infinite, one too
    // small 0, and that is no error here.
    template <class T> static std::from_chars_result lexarray_from_chars(const char* p, const char* end, T& value) {
        static const locale_t c = newlocale(LC_ALL_MASK, "C", nullptr);
        const char* stop = p;
        while (stop < end && !lexarray_is_space(*stop) && *stop != 'x' && *stop != 'X') ++stop;
        if (c == nullptr || p == stop || !(*p == '-' || *p == '.' || *p >= '0')) return {p, std::errc::invalid_argument};
        try {
            std::string field(p, stop);
            char* read = nullptr;
            value = lexarray_strto(field.c_str(), &read, c, T());
            if (read != field.c_str()) return {p + (read - field.c_str()), std::errc()};
        } catch (const std::bad_alloc&) {}
        return {p, std::errc::invalid_argument};
    }
    #else
    template <class T> static std::from_chars_result lexarray_from_chars(const char* p, const char* end, T& value) {
        return std::from_chars(p, end, value);
    }
    #endif

    // Read a number that ends at a space or at `end`, and move `at` behind it. One that is too large becomes infinite.
    static inline bool lexarray_read_number(const char** at, const char* end, double* value) {
        const char* p = *at;
        bool negative = *p == '-';
        p += negative || *p == '+';
        const char* first = p;
        std::uint64_t digits = static_cast<unsigned char>(*p) - '0';
        if (digits < 10) {                          // most often one digit and the point
            ++p;
            if (*p != '.') p = lexarray_read_digits(p, &digits);
        } else {
            digits = 0;
        }
        std::ptrdiff_t count = p - first, fraction = 0;
        if (*p == '.') {
            first = ++p;
            p = lexarray_read_digits(p, &digits);
            fraction = p - first;
            count += fraction;
        }
        if (0 < count && count <= 15 && (p == end || lexarray_is_space(*p))) {
            double number = static_cast<double>(digits) / lexarray_powers[fraction];
            *value = negative ? -number : number;
            *at = p;
            return true;
        }
        p = *at;
        if (*p == '+' && (++p == end || *p == '-')) return false;
        auto result = lexarray_from_chars(p, end, *value);
        *at = result.ptr;
        if (result.ec == std::errc::result_out_of_range) {
            *value = lexarray_is_large(p, result.ptr) ? HUGE_VAL : 0;
            if (*p == '-') *value = -*value;
        }
        return result.ec != std::errc::invalid_argument && (result.ptr == end || lexarray_is_space(*result.ptr));
    }
    static inline void lexarray_narrow(const char*, const char*, double value, double* out) { *out = value; }

    // The float32 nearest to the text whose nearest float64 is `value`. Where that lies half way between two, or where
    // float32 is not as fine as elsewhere, the text decides.
    static inline void lexarray_narrow(const char* p, const char* end, double value, float* out) {
        std::uint64_t bits;
        std::memcpy(&bits, &value, 8);
        *out = static_cast<float>(value);
        if ((bits & 0x1FFFFFFF) == 0x10000000 || (value != 0 && std::fabs(value) < 1.1754943508222875e-38)) {
            float nearest;
            if (*p == '+') ++p;
            if (lexarray_from_chars(p, end, nearest).ec == std::errc()) *out = nearest;
        }
    }
    template <class T> static char* lexarray_write_number(char* first, char* last, T value) {
        return std::to_chars(first, last, value).ptr;
    }
    """
    bint _is_space "lexarray_is_space"(char c) noexcept nogil
    bint _number "lexarray_read_number"(const char** at, const char* end, double* value) noexcept nogil
    void _narrow "lexarray_narrow"(const char* p, const char* end, double value, float* out) noexcept nogil
    void _narrow_not "lexarray_narrow"(const char* p, const char* end, double value, double* out) noexcept nogil
    char* lexarray_write_float "lexarray_write_number<float>"(char* first, char* last, float value) noexcept nogil
    char* lexarray_write_double "lexarray_write_number<double>"(char* first, char* last, double value) noexcept nogil

ctypedef fused real_t:
    float
    double

cdef enum _Problem:
    NONE
    NO_KEY              # as many numbers as there should be, and nothing before them
    TOO_FEW             # the last fields are not all numbers
    TOO_MANY            # a number stands before the last d
    NOT_FINITE          # nan, inf, or too large for the dtype
    NOT_UTF8            # the key

PADDING = 8             # bytes behind a block that may be looked at


cdef inline bint _read(const char** at, const char* end, real_t* out) noexcept nogil:
    cdef const char* start = at[0]
    cdef double value
    if not _number(at, end, &value):
        return False
    if real_t is float:
        _narrow(start, at[0], value, out)
    else:
        _narrow_not(start, at[0], value, out)
    return True


cdef bint _is_integer(const char* p, const char* end) noexcept nogil:
    if p < end and (p[0] == 43 or p[0] == 45):
        p += 1
    while p < end and 48 <= p[0] <= 57:
        p += 1
    return p == end


cdef int _from_the_right(const char* line, const char* end, Py_ssize_t size, const char** numbers,
                         const char** key_end) noexcept nogil:
    # Where the last `size` fields begin, and where the key before them ends.
    cdef const char* p = end
    cdef const char* q
    cdef Py_ssize_t n
    cdef double value
    for n in range(size):
        while p > line and _is_space((p - 1)[0]):
            p -= 1
        while p > line and not _is_space((p - 1)[0]):
            p -= 1
        q = p
        if not _number(&q, end, &value):
            return TOO_FEW
        if p == line:
            return NO_KEY if n == size - 1 else TOO_FEW
    numbers[0] = p
    q = p
    while q > line and _is_space((q - 1)[0]):
        q -= 1
    key_end[0] = p - 1 if q == line else q              # a key may be spaces, of which one separates
    # Fields of the key after its first that are numbers, but no integers, are taken for numbers of the row.
    p = line
    while p < key_end[0] and not _is_space(p[0]):
        p += 1
    while True:
        while p < key_end[0] and _is_space(p[0]):
            p += 1
        if p == key_end[0]:
            return NONE
        q = p
        while q < key_end[0] and not _is_space(q[0]):
            q += 1
        if not _is_integer(p, q) and _number(&p, q, &value):
            return TOO_MANY
        p = q


cdef int _row(const char* line, const char* end, Py_ssize_t size, real_t* row, const char** key_end,
              const char** numbers, Py_ssize_t* where) noexcept nogil:
    # One line, its end not included.
    cdef const char* p = line
    cdef Py_ssize_t i
    cdef int problem
    while p < end and not _is_space(p[0]):
        p += 1
    key_end[0] = numbers[0] = p
    if p > line:
        for i in range(size):
            while p < end and _is_space(p[0]):
                p += 1
            if p == end or not _read(&p, end, &row[i]):
                break
        else:
            i = size
            while p < end and _is_space(p[0]):
                p += 1
    else:
        i = 0
    if i < size or p < end:
        problem = _from_the_right(line, end, size, numbers, key_end)
        if problem:
            return problem
        p = numbers[0]
        for i in range(size):
            while _is_space(p[0]):
                p += 1
            _read(&p, end, &row[i])
    for i in range(size):
        if not isfinite(row[i]):
            where[0] = i
            return NOT_FINITE
    return NONE if is_utf8(line, key_end[0] - line) else NOT_UTF8


def count_lines(block, Py_ssize_t length):
    """The number of lines in the first bytes of a block; the last need not end in a newline."""
    cdef const char* p = address_of(block)
    cdef const char* end = p + length
    cdef Py_ssize_t n = 0
    with nogil:
        while p < end:
            n += 1
            p = <const char*>memchr(p, 10, end - p)
            if p is NULL:
                break
            p += 1
    return n


def read_rows(block, Py_ssize_t length, real_t[:, ::1] rows, long long[::1] starts, long long[::1] ends,
              long long[::1] lines, bint check_utf8):
    """Read lines ``key number ... number``. Blank ones are left out.

    Args:
        block (uint8 array): the text.
        length (int): how many bytes of it; PADDING more must follow, of which the first is no digit.
        rows (float32 or float64 array, at least as many rows as lines, x d): where the numbers go.
        starts, ends, lines (int64 arrays): where each key stands in the block, and in which line, from 0.
        check_utf8 (bool): whether a key that is not UTF-8 is a problem.

    Returns:
        tuple: how many rows were read, and None, or of the line that is wrong: its number, start and end, and a
        description of the problem.
    """
    cdef const char* base = address_of(block)
    cdef const char* line = base
    cdef const char* stop = base + length
    cdef const char* next_line
    cdef const char* end
    cdef const char* key_end
    cdef const char* numbers
    cdef Py_ssize_t n = 0, number = 0, where = 0, size = rows.shape[1], most = rows.shape[0]
    cdef int problem = NONE
    if (length + PADDING > len(block) or 48 <= base[length] <= 57 or starts.shape[0] < most or ends.shape[0] < most
            or lines.shape[0] < most or size < 1):
        raise ValueError("the arrays do not fit the block")
    with nogil:
        while line < stop:
            end = <const char*>memchr(line, 10, stop - line)
            next_line = stop if end is NULL else end + 1
            end = stop if end is NULL else end
            if end > line and (end - 1)[0] == 13:
                end -= 1
            while end > line and _is_space((end - 1)[0]):
                end -= 1
            if end > line:
                if n == most:
                    problem = -1
                    break
                problem = _row(line, end, size, &rows[n, 0], &key_end, &numbers, &where)
                if problem and not (problem == NOT_UTF8 and not check_utf8):
                    break
                problem = NONE
                starts[n], ends[n], lines[n] = line - base, key_end - base, number
                n += 1
            number += 1
            line = next_line
    if problem == -1:
        raise ValueError("the arrays do not fit the block")
    if problem == NONE:
        return n, None
    return n, (number, line - base, end - base, _describe(line[:end - line], problem, where, size, np.asarray(rows).dtype))


def _describe(bytes line, int problem, Py_ssize_t i, Py_ssize_t size, dtype):
    # In words, for whoever has to mend the file.
    text = line.decode("utf-8", "backslashreplace")
    fields = text.replace("\t", " ").split(" ")
    fields = fields[:1] + [field for field in fields[1:] if field]
    if problem == NO_KEY:
        return f"the row has {size} numbers but no word before them: {text!r:.80}"
    if problem == TOO_FEW:
        n = 0
        while n < len(fields) - 1 and _is_number(fields[len(fields) - 1 - n]):
            n += 1
        wrong = "" if n == len(fields) - 1 else f" ({fields[len(fields) - 1 - n]!r:.40} is not one)"
        return f"the row of {fields[0]!r:.40} ends in {n} numbers{wrong}, not {size}"
    if problem == TOO_MANY:
        n = 0
        while n < len(fields) - 1 and _is_number(fields[len(fields) - 1 - n]):
            n += 1
        return f"the row of {fields[0]!r:.40} has {n} numbers, not {size}"
    values = fields[len(fields) - size:]
    key = text.rsplit(maxsplit=size)[0] if len(fields) > size else ""
    if problem == NOT_FINITE:
        return f"the row of {key!r:.40} has {values[i]!r:.40} as number {i}, which is not finite in {dtype}"
    return f"the word {line.rsplit(maxsplit=size)[0]!r:.80} is not UTF-8"


def _is_number(field):
    cdef bytes text = field.encode("utf-8", "backslashreplace") + b"\n" * 8      # as PADDING
    cdef const char* p = text
    cdef double value
    return _number(&p, p + len(text) - 8, &value)


def write_rows(const real_t[:, ::1] rows):
    """The text of rows: each " number ... number" and a newline, in the fewest digits that read back as the same.

    Returns:
        tuple: the text (bytes) and where each row ends in it (int64 array).
    """
    cdef Py_ssize_t i, j, n = rows.shape[0], size = rows.shape[1]
    text = np.empty(n * (size * 26 + 1) + 1, np.uint8)          # a float64 takes 24 bytes at most
    stops = np.empty(n, np.int64)
    cdef long long[::1] out = stops
    cdef char* base = address_of(text)
    cdef char* p = base
    with nogil:
        for i in range(n):
            for j in range(size):
                p[0] = 32
                if real_t is float:
                    p = lexarray_write_float(p + 1, p + 26, rows[i, j])
                else:
                    p = lexarray_write_double(p + 1, p + 26, rows[i, j])
            p[0] = 10
            p += 1
            out[i] = p - base
    return text[:p - base].tobytes(), stops
