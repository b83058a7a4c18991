"""A view of one token of a document: :class:`Token`."""
from cpython.object cimport Py_EQ, Py_GT, Py_LE, Py_LT, Py_NE

from lexarray.lexeme cimport Lexeme
from lexarray.lexeme_table cimport LexemeTable
from lexarray.structs cimport LexemeC
from lexarray.typedefs cimport attr_t
from lexarray.vocab cimport Vocab


cdef class Token(WordView):
    """One word, number, punctuation mark or stretch of whitespace in a document.

    A view: it holds the document and an index. If the document's tokens are replaced it raises
    :class:`~lexarray.errors.StaleViewError`. Attributes of the word type (``lower_``, ``is_stop`` ...)
    are read from its lexeme and set there.

    Args:
        vocab (Vocab): the document's vocabulary.
        doc (Doc): the document.
        offset (int): index of the token, 0 <= offset < len(doc).

    >>> import lexarray
    >>> token = lexarray.blank("en")("Give it back!")[2]
    >>> token.text, token.i, token.idx, token.whitespace_, token.nbor().text
    ('back', 2, 8, '', '!')
    """

    def __init__(self, Vocab vocab not None, TokenArray doc not None, int offset):
        if vocab is not doc.vocab:
            raise ValueError("a Token's vocab must be its Doc's vocab")
        if not 0 <= offset < doc.length:
            raise IndexError(f"token {offset} is out of range: the Doc has {doc.length} tokens")
        self.doc = doc
        self.i = offset
        self.generation = doc.generation

    @staticmethod
    cdef Token view(TokenArray doc, int i):
        cdef Token token = Token.__new__(Token)
        token.doc = doc
        token.i = i
        token.generation = doc.generation
        return token

    cdef TokenC* token_c(self) except NULL:
        if self.doc is None:
            raise ValueError("this Token was never initialised: get one from doc[i]")
        if self.generation != self.doc.generation:
            self.doc.check_view(self.generation)
        return &self.doc.c[self.i]

    cdef const LexemeC* lexeme_c(self) except NULL:
        return self.token_c().lex

    cdef LexemeTable table(self):
        return self.doc.vocab

    @property
    def vocab(self):
        """The document's vocabulary."""
        self.token_c()
        return self.doc.vocab

    @property
    def lex(self):
        """The token's word type, a :class:`~lexarray.lexeme.Lexeme`."""
        return Lexeme.view(self.doc.vocab, <LexemeC*>self.lexeme_c())

    @property
    def lex_id(self):
        """The same as ``rank``."""
        return self.rank

    @property
    def idx(self):
        """Offset of the first character in the document's text."""
        return self.token_c().idx

    @property
    def text(self):
        """The token itself, without the space that follows."""
        cdef const TokenC* token = self.token_c()
        return self.doc.vocab.strings.text(token.lex.orth)

    @property
    def whitespace_(self):
        """``" "`` if one space follows, else ``""``."""
        return " " if self.token_c().spacy else ""

    @property
    def text_with_ws(self):
        """The token with the space that follows, if one does."""
        self.token_c()
        return self.doc.text_of(self.i, self.i + 1, True)

    @property
    def norm(self):
        """Key of the normalised text: this token's own, if a rule gave it one, else the word's."""
        cdef const TokenC* token = self.token_c()
        return token.norm if token.norm else token.lex.norm

    @property
    def norm_(self):
        """The normalised text: this token's own, if a rule gave it one, else the word's."""
        cdef const TokenC* token = self.token_c()
        return self.doc.vocab.strings.text(token.norm if token.norm else token.lex.norm)

    def nbor(self, int i=1):
        """The token ``i`` places after this one, or before it if ``i`` is negative.

        Raises:
            IndexError: the document has no such token.
        """
        self.token_c()
        cdef Py_ssize_t other = <Py_ssize_t>self.i + i
        if not 0 <= other < self.doc.length:
            raise IndexError(f"token {self.i} has no neighbour at {i:+}: the Doc has "
                             f"{self.doc.length} tokens")
        return Token.view(self.doc, <int>other)

    def __len__(self):
        """Number of characters."""
        return self.lexeme_c().length

    def __richcmp__(self, other, int op):
        # Tokens of one document are ordered as they stand in it.
        if not isinstance(other, Token):
            return NotImplemented
        cdef Token that = other
        cdef bint same = self.doc is that.doc and self.generation == that.generation
        if op == Py_EQ:
            return same and self.i == that.i
        if op == Py_NE:
            return not (same and self.i == that.i)
        if not same:
            return NotImplemented
        if op == Py_LT:
            return self.i < that.i
        if op == Py_LE:
            return self.i <= that.i
        if op == Py_GT:
            return self.i > that.i
        return self.i >= that.i

    def __hash__(self):
        return hash((id(self.doc), self.generation, self.i))

    def __str__(self):
        return self.text

    def __repr__(self):
        return self.text
