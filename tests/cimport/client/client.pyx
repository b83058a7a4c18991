# What an outside project does with lexarray's C face.
from cymem.cymem cimport Pool
from libc.stdlib cimport calloc

from lexarray.attrs cimport IS_ALPHA
from lexarray.lexeme cimport Lexeme
from lexarray.strings cimport StringC, StringStore, key_of_utf8
from lexarray.structs cimport ABI_VERSION, LexemeC, SpanC, TokenC
from lexarray.tokens.doc cimport Doc
from lexarray.tokens.span cimport Span
from lexarray.tokens.token cimport Token
from lexarray.typedefs cimport hash_t
from lexarray.vectors.vector_table cimport VectorTable
from lexarray.vocab cimport Vocab


def layout():
    return {"ABI": ABI_VERSION, "LexemeC": sizeof(LexemeC), "TokenC": sizeof(TokenC), "SpanC": sizeof(SpanC)}


def text_of(Doc doc):
    """The document's text, from its TokenCs and the string store alone."""
    cdef bytearray text = bytearray()
    cdef const StringC* string
    cdef const TokenC* token
    cdef int i
    for i in range(doc.length):
        token = &doc.c[i]
        string = doc.vocab.strings.get(token.lex.orth)
        text += string.utf8[:string.length]
        if token.spacy:
            text += b" "
    return text.decode("utf-8", "surrogatepass")


cdef int count_alpha(const TokenC* tokens, int length) noexcept nogil:
    cdef int i, n = 0
    for i in range(length):
        if tokens[i].lex.flags >> IS_ALPHA & 1:
            n += tokens[i].lex.length
    return n


def letters(Doc doc):
    """Characters in alphabetic tokens, without the GIL."""
    cdef int n
    with nogil:
        n = count_alpha(doc.c, doc.length)
    return n


def doc_from_words(Vocab vocab, words):
    """A document that is filled from C."""
    cdef Doc doc = Doc(vocab)
    cdef const LexemeC* lex
    for word in words:
        lex = vocab.get(word)
        doc.push_back(lex, True)
    return doc


def doc_from_array(Vocab vocab, words, int capacity):
    """A document that takes over an array which was filled without it."""
    cdef int n = len(words), i
    cdef Doc doc = Doc(vocab)
    cdef TokenC* tokens = <TokenC*>calloc(capacity, sizeof(TokenC))
    cdef int idx = 0
    for i, word in enumerate(words):
        tokens[i].lex = vocab.get(word)
        tokens[i].idx = idx
        tokens[i].spacy = i < n - 1
        tokens[i].l_edge = tokens[i].r_edge = i
        idx += tokens[i].lex.length + tokens[i].spacy
    doc.adopt(tokens, n, capacity)
    return doc


def adopt_nothing(Doc doc):
    with nogil:
        doc.adopt(NULL, 0, 0)


def reserved(Doc doc, int n):
    """Make room for n tokens; whether what is not used is zero."""
    cdef int i
    doc.reserve(n)
    cdef const char* at = <const char*>(doc.c + doc.length)
    return all([at[i] == 0 for i in range((n - doc.length) * sizeof(TokenC))])


def keep(Doc doc, int n):
    """Take memory that lives as long as the document."""
    cdef Pool mem = doc.mem
    mem.alloc(n, 1)


def lookup(Vocab vocab, bytes word):
    """The length of a known word by its bytes, without making it; -1 if there is none."""
    cdef const LexemeC* lex
    cdef const char* utf8 = word
    cdef Py_ssize_t n = len(word)
    with nogil:
        lex = vocab.find(key_of_utf8(utf8, n))
        n = lex.length if lex is not NULL else -1
    return n


def views(Doc doc):
    cdef Token token = Token.view(doc, 0)
    cdef Span span = Span.view(doc, 0, doc.length)
    cdef Lexeme lexeme = doc.vocab[token.orth]
    return token.token_c().idx, span.span_c().end_char, lexeme.c.length


def clear(Doc doc):
    doc.clear()


def dot(VectorTable table, Doc doc):
    """The dot product of the rows of each two neighbours in a document, without the GIL; 0 where one has none."""
    cdef const float* left
    cdef const float* right
    cdef int i, j
    cdef double product
    cdef list products = []
    for i in range(doc.length - 1):
        with nogil:
            left, right = table.row(doc.c[i].lex.orth), table.row(doc.c[i + 1].lex.orth)
            product = 0
            if left is not NULL and right is not NULL:
                for j in range(table.vector_size):
                    product += left[j] * right[j]
        products.append(product)
    return products


def total(VectorTable table, keys):
    """The sum of the rows of some 64-bit keys, in a table of any format, and how many there are."""
    cdef double[300] sum
    cdef float[300] row
    cdef hash_t key
    cdef int i, n = 0
    for i in range(table.vector_size):
        sum[i] = 0
    for key in keys:
        if table.add_row(key, sum):
            n += 1
            if not table.copy_row(key, row) or table.find(key) < 0:
                raise AssertionError(key)
    return [sum[i] for i in range(table.vector_size)], n
