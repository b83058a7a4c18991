"""Documents as lines of UTF-8 about their tokens: :class:`WordLines`."""
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy, memset

from lexarray._key_index cimport (
    key_index_find, key_index_free, key_index_init, key_index_length, key_index_lock, key_index_place,
    key_index_publish, key_index_unlock,
)
from lexarray.structs cimport TokenC

cdef enum:
    DIGITS = 20             # of the largest number

# Mixes the key of a norm into that of a text; odd, so that nothing is lost.
cdef hash_t _MIX = 0x9E3779B97F4A7C15


cdef class WordLines:
    """Lines about tokens, of what is said of a word and where it stands.

    Args:
        cells_of (Callable[[Lexeme, str], Sequence[tuple[bytes, int]]]): a function of a word type and a token's norm,
            called once for each pair of them: UTF-8, and how many columns of a terminal it takes. What it returned is
            remembered, so it is to depend on nothing else, and words are not to change.

    For one vocabulary, or for several that agree about words. What is remembered is bounded: of more than 65,536 words it
    is forgotten, and asked for again.

    >>> import lexarray
    >>> lines = WordLines(lambda lexeme, norm: [(lexeme.text.encode(), 0), (norm.encode(), 0)])
    >>> lines.tsv(lexarray.blank("en")("I can't"), 7).decode().split("\\n")
    ['7\\t0\\t0\\tI\\t1\\ti', '7\\t1\\t2\\tca\\t0\\tcan', "7\\t2\\t4\\tn't\\t0\\tnot", '']
    """

    def __cinit__(self, *args, **kwargs):
        cdef WordC* none = NULL
        if key_index_init(&self._words, sizeof(WordC), <uint32_t>(<char*>&none.key - <char*>none)) != 0:
            raise MemoryError("no memory for the lock of an index")
        self._kept = []

    def __init__(self, cells_of):
        if not callable(cells_of):
            raise TypeError(f"cells_of must be callable, got {cells_of!r:.80}")
        self._cells_of = cells_of

    def __dealloc__(self):
        key_index_free(&self._words)
        free(self._found)
        free(self._line)

    def tsv(self, TokenArray doc not None, Py_ssize_t number):
        """A line a token: a number, the token's index and offset, the first cell, 1 or 0 for the space after it, and the
        second cell, separated by tabs.

        Args:
            doc (Doc): the document.
            number (int): what the lines begin with.

        Returns:
            bytes: UTF-8.
        """
        cdef Py_ssize_t i, n = doc.length
        cdef size_t most = 0
        cdef const WordC* word
        cdef char* out
        cdef bytes start = b"%d\t" % number
        cdef size_t n_start = PyBytes_GET_SIZE(start)
        self._find(doc)
        for i in range(n):
            word = self._found[i]
            most += word.cells[0].n_bytes + word.cells[1].n_bytes
        out = self._room(most + n * (n_start + 2 * DIGITS + 6))
        for i in range(n):
            word = self._found[i]
            out = _put(out, PyBytes_AS_STRING(start), n_start)
            out = _put_number(out, i)
            out = _put_byte(out, c"\t")
            out = _put_number(out, doc.c[i].idx)
            out = _put_byte(out, c"\t")
            out = _put_cell(out, &word.cells[0])
            out = _put_byte(out, c"\t")
            out = _put_byte(out, c"1" if doc.c[i].spacy else c"0")
            out = _put_byte(out, c"\t")
            out = _put_cell(out, &word.cells[1])
            out = _put_byte(out, c"\n")
        return PyBytes_FromStringAndSize(self._line, out - self._line)

    def jsonl(self, TokenArray doc not None):
        """A line a document, an object with its text and the indices and offsets of its tokens. The first cell is the
        word as it stands in a string of JSON.

        Returns:
            bytes: ASCII, if the cells are.
        """
        cdef Py_ssize_t i, n = doc.length
        cdef size_t most = 0
        cdef char* out
        cdef TokenC* token
        self._find(doc)
        for i in range(n):
            most += self._found[i].cells[0].n_bytes + 1
        out = self._room(most + 64 + n * (3 * DIGITS + 32))
        out = _put(out, b'{"text": "', 10)
        for i in range(n):
            out = _put_cell(out, &self._found[i].cells[0])
            if doc.c[i].spacy:
                out = _put_byte(out, c" ")
        out = _put(out, b'", "tokens": [', 14)
        for i in range(n):
            token = &doc.c[i]
            if i:
                out = _put(out, b", ", 2)
            out = _put(out, b'{"id": ', 7)
            out = _put_number(out, i)
            out = _put(out, b', "start": ', 11)
            out = _put_number(out, token.idx)
            out = _put(out, b', "end": ', 9)
            out = _put_number(out, token.idx + <uint64_t>token.lex.length)
            out = _put_byte(out, c"}")
        out = _put(out, b"]}\n", 3)
        return PyBytes_FromStringAndSize(self._line, out - self._line)

    def table(self, TokenArray doc not None, head):
        """A line a token, in columns as wide as their widest cell: index, offset, the first cell, "_" for a space after it,
        and the other three; the last one is as wide as it is. Lines do not end in spaces.

        Args:
            doc (Doc): the document.
            head (Sequence[bytes]): names of the seven columns, ASCII.

        Returns:
            bytes: UTF-8, with a line of the names first.
        """
        cdef Py_ssize_t i, k, n = doc.length
        cdef size_t most = 0
        cdef size_t[7] widths
        cdef const WordC* word
        cdef char* out
        cdef char* line
        cdef list names = [bytes(name) for name in head]
        cdef size_t n_head
        if len(names) != 7:
            raise ValueError(f"head: seven columns have names, got {head!r:.80}")
        self._find(doc)
        for k in range(7):
            widths[k] = PyBytes_GET_SIZE(names[k])
        if n:
            widths[0] = max(widths[0], _n_digits(n - 1))
            widths[1] = max(widths[1], _n_digits(doc.c[n - 1].idx))
        for i in range(n):
            word = self._found[i]
            widths[2] = max(widths[2], <size_t>word.cells[0].width)
            widths[4] = max(widths[4], <size_t>word.cells[1].width)
            widths[5] = max(widths[5], <size_t>word.cells[2].width)
            most += word.cells[0].n_bytes + word.cells[1].n_bytes + word.cells[2].n_bytes + word.cells[3].n_bytes
        widths[6] = 0
        titles = b"  ".join([name.ljust(widths[k]) for k, name in enumerate(names)]).rstrip(b" ") + b"\n"
        n_head = PyBytes_GET_SIZE(titles)
        out = self._room(n_head + most + n * (widths[0] + widths[1] + widths[2] + widths[3] + widths[4] + widths[5] + 13))
        out = _put(out, PyBytes_AS_STRING(titles), n_head)
        for i in range(n):
            word = self._found[i]
            line = out
            out = _pad(_put_number(out, i), widths[0] - _n_digits(i) + 2)
            out = _pad(_put_number(out, doc.c[i].idx), widths[1] - _n_digits(doc.c[i].idx) + 2)
            out = _pad(_put_cell(out, &word.cells[0]), widths[2] - word.cells[0].width + 2)
            if doc.c[i].spacy:
                out = _pad(_put_byte(out, c"_"), widths[3] - 1 + 2)
            else:
                out = _pad(out, widths[3] + 2)
            out = _pad(_put_cell(out, &word.cells[1]), widths[4] - word.cells[1].width + 2)
            out = _pad(_put_cell(out, &word.cells[2]), widths[5] - word.cells[2].width + 2)
            out = _put_cell(out, &word.cells[3])
            while out > line and (out - 1)[0] == c" ":
                out -= 1
            out = _put_byte(out, c"\n")
        return PyBytes_FromStringAndSize(self._line, out - self._line)

    cdef int _find(self, TokenArray doc) except -1:
        # The words of all tokens, into _found. They stay there until the next document.
        cdef Py_ssize_t i, n = doc.length
        cdef const TokenC* token
        cdef attr_t norm, orth
        cdef hash_t key
        cdef WordC* word
        cdef void* memory
        if self._cells_of is None:
            raise ValueError("a WordLines without a function: it was made by __new__ alone")
        if key_index_length(&self._words) > MOST_WORDS:
            self._forget()
        if n > self._n_found:
            memory = realloc(self._found, n * sizeof(WordC*))
            if memory is NULL:
                raise MemoryError(f"no memory for {n:,} tokens")
            self._found = <WordC**>memory
            self._n_found = n
        for i in range(n):
            token = &doc.c[i]
            orth = token.lex.orth
            norm = token.norm if token.norm else token.lex.norm
            key = orth ^ norm * _MIX
            word = <WordC*>key_index_find(&self._words, key)
            while word is not NULL and (word.orth != orth or word.norm != norm):      # two pairs may have one key
                key += 1
                word = <WordC*>key_index_find(&self._words, key)
            if word is NULL:
                word = self._add(doc, key, orth, norm)
            self._found[i] = word
        return 0

    cdef WordC* _add(self, TokenArray doc, hash_t key, attr_t orth, attr_t norm) except NULL:
        cdef WordC* word
        cdef Py_ssize_t k
        cdef bytes text
        cdef uint32_t width
        cdef WordC new
        memset(&new, 0, sizeof(new))
        new.key, new.orth, new.norm = key, orth, norm
        cells = list(self._cells_of(doc.vocab[orth], doc.words.strings.text(norm)))
        if len(cells) > MOST_CELLS:
            raise ValueError(f"a word has at most {MOST_CELLS} cells, got {cells!r:.200}")
        for k in range(len(cells)):
            text, width = cells[k]
            self._kept.append(text)
            new.cells[k].utf8 = PyBytes_AS_STRING(text)
            new.cells[k].n_bytes = <uint32_t>PyBytes_GET_SIZE(text)
            new.cells[k].width = width
        key_index_lock(&self._words)
        word = <WordC*>key_index_place(&self._words)
        if word is not NULL:
            word[0] = new
            key_index_publish(&self._words, key)
        key_index_unlock(&self._words)
        if word is NULL:
            raise MemoryError(f"no memory for one more word than {key_index_length(&self._words):,}")
        return word

    cdef int _forget(self) except -1:
        cdef WordC* none = NULL
        cdef KeyIndexC empty
        if key_index_init(&empty, sizeof(WordC), <uint32_t>(<char*>&none.key - <char*>none)) != 0:
            raise MemoryError("no memory for the lock of an index")
        key_index_free(&self._words)
        self._words = empty
        self._kept = []
        return 0

    cdef char* _room(self, size_t n_bytes) except NULL:
        cdef void* memory
        if n_bytes > self._n_line or self._line is NULL:
            memory = realloc(self._line, n_bytes + 1)
            if memory is NULL:
                raise MemoryError(f"no memory for {n_bytes:,} bytes of lines")
            self._line = <char*>memory
            self._n_line = n_bytes
        return self._line


cdef inline char* _put(char* out, const char* text, size_t n_bytes) noexcept nogil:
    memcpy(out, text, n_bytes)
    return out + n_bytes


cdef inline char* _put_cell(char* out, const CellC* cell) noexcept nogil:
    memcpy(out, cell.utf8, cell.n_bytes)
    return out + cell.n_bytes


cdef inline char* _put_byte(char* out, char byte) noexcept nogil:
    out[0] = byte
    return out + 1


cdef inline char* _pad(char* out, size_t n_spaces) noexcept nogil:
    memset(out, c" ", n_spaces)
    return out + n_spaces


cdef inline size_t _n_digits(uint64_t number) noexcept nogil:
    cdef size_t n = 1
    while number >= 10:
        number //= 10
        n += 1
    return n


cdef inline char* _put_number(char* out, uint64_t number) noexcept nogil:
    cdef char* end = out + _n_digits(number)
    cdef char* at = end
    while True:
        at -= 1
        at[0] = <char>(c"0" + number % 10)
        number //= 10
        if number == 0:
            return end
