# What an outside project does with lexarray's C face.
from lexarray.attrs cimport IS_ALPHA
from lexarray.lexeme cimport Lexeme
from lexarray.strings cimport StringC, StringStore, key_of_utf8
from lexarray.structs cimport ABI_VERSION, LexemeC, SpanC, TokenC
from lexarray.tokens.doc cimport Doc
from lexarray.tokens.span cimport Span
from lexarray.tokens.token cimport Token
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
