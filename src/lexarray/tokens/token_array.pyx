"""The owner of a document's tokens: one C array, and the text that is rebuilt from it."""
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.string cimport memcpy, memset

from lexarray.strings cimport StringC, StringStore

from lexarray.errors import StaleViewError

cdef extern from "limits.h":
    const int INT_MAX


cdef class TokenArray:
    """The tokens of a document. Use :class:`lexarray.tokens.Doc`, which extends it."""

    def __cinit__(self, *args, **kwargs):
        self.mem = Pool()
        self.c = NULL
        self.length = 0
        self.max_length = 0
        self.generation = 0

    cdef int reserve(self, Py_ssize_t n) except -1:
        if n <= self.max_length:
            return 0
        if n > INT_MAX:
            raise OverflowError(f"a Doc cannot have {n:,} tokens: the limit is {INT_MAX:,}")
        if self.c is NULL:
            self.c = <TokenC*>self.mem.alloc(n, sizeof(TokenC))
        else:
            self.c = <TokenC*>self.mem.realloc(self.c, n * sizeof(TokenC))
        self.max_length = <int>n
        return 0

    cdef int push_back(self, const LexemeC* lex, bint has_space) except -1:
        cdef int idx = self.start_char(self.length)
        cdef TokenC* token
        if lex.length >= <uint32_t>(INT_MAX - idx):
            raise OverflowError(f"the text of a Doc is limited to {INT_MAX:,} characters: token "
                                f"{self.length} would end at {<Py_ssize_t>idx + lex.length:,}")
        if self.length == self.max_length:
            self.reserve(max(4, self.length + <Py_ssize_t>(self.length >> 1)))
        token = &self.c[self.length]
        memset(token, 0, sizeof(TokenC))
        token.lex = lex
        token.idx = idx
        token.spacy = has_space
        self.length += 1
        return self.length

    cdef int clear(self) except -1:
        self.length = 0
        self.generation += 1
        return 0

    cdef int start_char(self, int i) noexcept nogil:
        if i < self.length:
            return self.c[i].idx
        return self.end_char(i - 1) + self.c[i - 1].spacy if i else 0

    cdef int end_char(self, int i) noexcept nogil:
        return self.c[i].idx + <int>self.c[i].lex.length

    cdef int check_view(self, uint32_t generation) except -1:
        if generation != self.generation:
            raise StaleViewError("the tokens of the Doc were replaced after this Token or Span was made: "
                                 "take it from the Doc again")
        return 0

    cdef str text_of(self, int start, int end, bint trailing_space):
        if start >= end:
            return ""
        cdef StringStore strings = self.vocab.strings
        cdef const StringC* string
        cdef Py_ssize_t length = 0
        cdef Py_ssize_t room = self.end_char(end - 1) - self.c[start].idx + 1   # enough for ASCII
        cdef char* larger
        cdef char* utf8 = <char*>PyMem_Malloc(room)
        cdef int i
        if utf8 is NULL:
            raise MemoryError(f"no memory for a text of {room:,} bytes")
        try:
            for i in range(start, end):
                string = strings.get(self.c[i].lex.orth)
                if string is NULL:
                    strings.text(self.c[i].lex.orth)        # raises
                if length + string.length + 1 > room:
                    room = (length + string.length + 1) * 3 // 2
                    larger = <char*>PyMem_Realloc(utf8, room)
                    if larger is NULL:
                        raise MemoryError(f"no memory for a text of {room:,} bytes")
                    utf8 = larger
                memcpy(utf8 + length, string.utf8, string.length)
                length += string.length
                if self.c[i].spacy and (trailing_space or i < end - 1):
                    utf8[length] = c' '
                    length += 1
            return PyUnicode_DecodeUTF8(utf8, length, "surrogatepass")
        finally:
            PyMem_Free(utf8)

    def __len__(self):
        return self.length
