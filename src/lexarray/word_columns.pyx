"""Word types <-> columns of numbers, for files and pickles: :class:`ReadWords`.

    texts       the texts of all keys; see :mod:`lexarray.strings`
    words       n           how many
                n_symbols   how many names in lexarray.symbols there were when it was written
                columns     name -> [base, width, bytes]: of each word the number is base + `width` bytes, little-endian;
                            of width 0 there are none, and all words have the same number

The columns are the fields of LexemeC without its length, which follows from the text. Fields that are keys have the number of
a text: below ``n_symbols`` that of a symbol, from there on of a text in ``texts``. Numbers of 32 bits with a decimal point
(``prob``, ``sentiment``) are there as their bits.
"""
cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport UINT32_MAX, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset
from preshed.maps cimport PreshMap, map_get

from lexarray._key_index cimport key_index_at
from lexarray.strings cimport ReadTexts, StringC, StringStore, pack_texts
from lexarray.structs cimport LexemeC, TRANSIENT
from lexarray.symbols cimport N_SYMBOLS
from lexarray.typedefs cimport hash_t

from lexarray.errors import SavedObjectError
from lexarray.saved import check_parts

cdef enum:
    N_TEXTS = 7                 # the first columns are numbers of texts
    N_COLUMNS = 12

cdef tuple _COLUMNS = ("orth", "lower", "norm", "shape", "prefix", "suffix", "lang", "flags", "cluster", "id", "prob",
                       "sentiment")
cdef uint16_t _offsets[N_COLUMNS]       # where in a LexemeC each column is; those of 32 bits are the last
cdef enum:
    FIRST_NARROW = 9


cdef void _list_columns() noexcept:
    cdef LexemeC lex
    cdef void* places[N_COLUMNS]
    cdef int column
    places[0], places[1], places[2], places[3] = &lex.orth, &lex.lower, &lex.norm, &lex.shape
    places[4], places[5], places[6], places[7] = &lex.prefix, &lex.suffix, &lex.lang, &lex.flags
    places[8], places[9], places[10], places[11] = &lex.cluster, &lex.id, &lex.prob, &lex.sentiment
    for column in range(N_COLUMNS):
        _offsets[column] = <uint16_t>(<const char*>places[column] - <const char*>&lex)

_list_columns()


cdef inline uint64_t _field(const LexemeC* lex, int column) noexcept nogil:
    # A number with a decimal point as its bits.
    cdef uint64_t wide
    cdef uint32_t narrow
    if column < FIRST_NARROW:
        memcpy(&wide, <const char*>lex + _offsets[column], sizeof(wide))
        return wide
    memcpy(&narrow, <const char*>lex + _offsets[column], sizeof(narrow))
    return narrow


cdef inline void _set_field(LexemeC* lex, int column, uint64_t value) noexcept nogil:
    cdef uint32_t narrow = <uint32_t>value
    if column < FIRST_NARROW:
        memcpy(<char*>lex + _offsets[column], &value, sizeof(value))
    else:
        memcpy(<char*>lex + _offsets[column], &narrow, sizeof(narrow))


# ---- writing ----

cdef dict pack_words(Words words):
    # First all words as they are, without Python code; then the texts, among which those of the words' keys are.
    cdef Py_ssize_t i, n = words.length()
    cdef int column
    cdef uint64_t* numbers = <uint64_t*>malloc((n * N_COLUMNS + 1) * sizeof(uint64_t))
    if numbers is NULL:
        raise MemoryError(f"no memory for the columns of {n:,} words")
    try:
        for i in range(n):
            for column in range(N_COLUMNS):
                numbers[column * n + i] = _field(words.at(i), column)
        texts = pack_texts(words.strings)
        _number_texts(words.strings, texts["n"], numbers, n)
        columns = {}
        for column in range(N_COLUMNS):
            columns[_COLUMNS[column]] = _packed(numbers + column * n, n)
        return {"texts": texts, "words": {"n": n, "n_symbols": <int>N_SYMBOLS, "columns": columns}}
    finally:
        free(numbers)


cdef int _number_texts(StringStore strings, uint32_t n_texts, uint64_t* numbers, Py_ssize_t n) except -1:
    # Keys become numbers of texts.
    cdef PreshMap places = PreshMap(max(8, 2 * n_texts))
    cdef hash_t key
    cdef uint32_t i
    cdef Py_ssize_t j
    cdef size_t place
    for i in range(n_texts):
        places.set((<const hash_t*>key_index_at(&strings._index, i))[0], <void*>(<size_t>N_SYMBOLS + i))
    for j in range(N_TEXTS * n):
        key = numbers[j]
        if key >= <hash_t>N_SYMBOLS:
            place = <size_t>map_get(places.c_map, key)
            if place == 0:
                raise ValueError(f"{_COLUMNS[j // n]} of the word {j % n:,} has the key {key}, of which no text is stored")
            numbers[j] = place
    return 0


cdef list _packed(const uint64_t* numbers, Py_ssize_t n):
    cdef uint64_t low = numbers[0] if n else 0, high = low, value
    cdef Py_ssize_t i
    cdef int j, width = 0
    cdef bytes column
    cdef unsigned char* place
    for i in range(n):
        low = min(low, numbers[i])
        high = max(high, numbers[i])
    while width < 8 and (high - low) >> 8 * width:
        width += 1
    column = PyBytes_FromStringAndSize(NULL, n * width)
    place = <unsigned char*>PyBytes_AS_STRING(column)
    for i in range(n):
        value = numbers[i] - low
        for j in range(width):
            place[j] = <unsigned char>(value >> 8 * j)
        place += width
    return [low, width, column]


# ---- reading ----

cdef int _read_field(ReadTexts texts, LexemeC* lex, int column, Py_ssize_t i, uint64_t low, const unsigned char* place,
                     int width, uint64_t n_symbols) except -1:
    cdef uint64_t value = 0
    cdef int j
    for j in range(width):
        value |= <uint64_t>place[j] << 8 * j
    value += low
    if value < low:
        raise SavedObjectError(f"words: word {i:,}, {_COLUMNS[column]}: a number of more than 64 bits")
    if column < N_TEXTS:
        if value >= n_symbols:
            if value - n_symbols >= <uint64_t>texts.n:
                raise SavedObjectError(f"words: word {i:,}, {_COLUMNS[column]}: it has text {value - n_symbols:,}, and there "
                                       f"are {texts.n:,}")
            value = texts.keys[value - n_symbols]
    elif _COLUMNS[column] == "flags":
        if value & TRANSIENT:
            raise SavedObjectError(f"words: word {i:,}, flags: bit 0 is set, which is no flag")
    elif column > 8 and value > <uint64_t>UINT32_MAX:
        raise SavedObjectError(f"words: word {i:,}, {_COLUMNS[column]}: a number of more than 32 bits")
    _set_field(lex, column, value)
    return 0


@cython.final
cdef class ReadWords:
    """Word types of a file, checked, and in no vocabulary yet. Raises SavedObjectError or KeyCollisionError."""

    def __cinit__(self, parts not None):
        cdef Py_ssize_t n, i, n_texts
        cdef LexemeC lex
        cdef const StringC* text
        cdef uint64_t n_symbols
        cdef uint64_t low[N_COLUMNS]
        cdef int width[N_COLUMNS]
        cdef const unsigned char* place[N_COLUMNS]
        cdef int column
        check_parts(parts, {"texts": dict, "words": dict}, {}, "words")
        self.texts = ReadTexts(parts["texts"])
        words = parts["words"]
        check_parts(words, {"n": int, "n_symbols": int, "columns": dict}, {}, "words")
        columns = words["columns"]
        check_parts(columns, dict.fromkeys(_COLUMNS, list), {}, "words")
        n_texts = self.texts.n
        if not 0 < words["n_symbols"] <= N_SYMBOLS:
            raise SavedObjectError(f"words: they use {words['n_symbols']:,} symbols, and this version of lexarray has "
                                   f"{<int>N_SYMBOLS:,}")
        n_symbols = words["n_symbols"]
        if not 0 <= words["n"] <= n_symbols + n_texts:      # each has another text
            raise SavedObjectError(f"words: there cannot be {words['n']:,} of them with {n_texts:,} texts")
        n = words["n"]
        for column in range(N_COLUMNS):
            name, entry = _COLUMNS[column], columns[_COLUMNS[column]]
            if not (len(entry) == 3 and type(entry[0]) is type(entry[1]) is int and isinstance(entry[2], bytes)
                    and 0 <= entry[0] and 0 <= entry[1] <= 8 and len(entry[2]) == n * entry[1]):
                raise SavedObjectError(f"words: {name}: no column of {n:,} numbers: {entry!r:.80}")
            low[column] = entry[0]
            width[column] = entry[1]
            place[column] = <const unsigned char*>PyBytes_AS_STRING(entry[2])
        self._words = Words.over(None)
        for i in range(n):
            memset(&lex, 0, sizeof(lex))
            for column in range(N_COLUMNS):
                _read_field(self.texts, &lex, column, i, low[column], place[column], width[column], n_symbols)
                place[column] += width[column]
            text = self.texts.store.find(lex.orth)
            lex.length = _n_characters(text)
            self._words.add(&lex)
            if self._words.length() != i + 1:
                raise SavedObjectError(f"words: word {i:,} is there twice: {self.texts.store[lex.orth]!r:.80}")

    cdef int check(self, Words target) except -1:
        return self.texts.check(target.strings)

    cdef int put_into(self, Words target) except -1:
        cdef Py_ssize_t i
        cdef const LexemeC* lex
        cdef LexemeC* there
        self.texts.put_into(target.strings)
        for i in range(self._words.length()):
            lex = self._words.at(i)
            there = target.find(lex.orth)
            if there is NULL:
                target.add(lex)
            else:
                _take_over(there, lex)
        return 0

    cdef int update(self, Words target) except -1:
        cdef Py_ssize_t i
        cdef const LexemeC* lex
        for i in range(target.length()):
            lex = self._words.find(target.at(i).orth)
            if lex is not NULL:
                _take_over(target.at(i), lex)
        return 0


cdef inline void _take_over(LexemeC* there, const LexemeC* lex) noexcept nogil:
    # All attributes of a word, which stays where it is.
    cdef int column
    for column in range(N_COLUMNS):
        if column == 7:
            there.flags = lex.flags | there.flags & TRANSIENT
        else:
            _set_field(there, column, _field(lex, column))


cdef inline uint32_t _n_characters(const StringC* text) noexcept nogil:
    cdef uint32_t i, n = 0
    for i in range(text.length):
        n += text.utf8[i] & 0xC0 != 0x80
    return n
