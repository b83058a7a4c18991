"""A document: :class:`Doc`, a sequence of tokens from which the text is rebuilt."""
from libc.stdint cimport uint32_t

from lexarray.strings cimport as_key
from lexarray.structs cimport LexemeC
from lexarray.tokens.span cimport Span, resolve_index, resolve_slice
from lexarray.tokens.token cimport Token
from lexarray.vocab cimport Vocab


cdef class Doc(TokenArray):
    """A sequence of tokens. The text is not stored: it is rebuilt, exactly, from the tokens.

    Args:
        vocab (Vocab): the vocabulary. Documents share one.
        words (Iterable[str | int]): the tokens, texts or keys of stored texts; none may be empty.
        spaces (Iterable[bool]): whether one space follows each token; all True if left out.

    Raises:
        TypeError: a word is neither a text nor a key.
        ValueError: words and spaces differ in length, or a word is empty; says which.

    >>> from lexarray.vocab import Vocab
    >>> doc = Doc(Vocab(), words=["Hello", "world", "!"], spaces=[True, False, False])
    >>> doc.text, len(doc), doc[-1].text, doc[0:2].text
    ('Hello world!', 3, '!', 'Hello world')
    """

    def __init__(self, Vocab vocab not None, words=None, spaces=None):
        if self.vocab is not None:              # a second time: the views of the first are stale
            self.clear()
        self.vocab = vocab
        if words is None:
            if spaces is not None:
                raise ValueError("spaces were given without words")
            return
        if isinstance(words, (str, bytes)):
            raise TypeError(f"words must be a sequence of texts, got one {type(words).__name__}: {words!r:.80}")
        words = list(words)
        spaces = None if spaces is None else list(spaces)
        if spaces is not None and len(spaces) != len(words):
            raise ValueError(f"words and spaces must have the same length: there are {len(words)} words "
                             f"and {len(spaces)} spaces")
        self.reserve(len(words))
        try:
            for i, word in enumerate(words):
                self.push_back(_lexeme_of(vocab, word, i), True if spaces is None else bool(spaces[i]))
        except:
            self.clear()
            raise

    @property
    def text(self):
        """The text of the document, exactly. Cost: linear in the number of tokens."""
        return self.text_of(0, self.length, True)

    @property
    def text_with_ws(self):
        """The same as ``text``."""
        return self.text_of(0, self.length, True)

    def __getitem__(self, key):
        """The i-th token, or a :class:`Span` for a slice; negative indices count from the end.

        Raises:
            IndexError: no such token.
            ValueError: a slice with a step.
        """
        cdef int start, end
        if isinstance(key, slice):
            resolve_slice(key, self.length, &start, &end)
            return Span.view(self, start, end)
        return Token.view(self, resolve_index(key, self.length, "Doc"))

    def __iter__(self):
        """The tokens."""
        cdef int i
        cdef uint32_t generation = self.generation
        for i in range(self.length):
            self.check_view(generation)
            yield Token.view(self, i)

    def __str__(self):
        return self.text

    def __repr__(self):
        return self.text


cdef const LexemeC* _lexeme_of(Vocab vocab, object word, object i) except NULL:
    cdef const LexemeC* lex
    if isinstance(word, str):
        lex = vocab.get(word)
    else:
        try:
            lex = vocab.get_by_orth(as_key(vocab.strings, word))
        except (TypeError, KeyError) as error:
            raise type(error)(f"word {i}: {error.args[0]}") from None
    if lex.length == 0:
        raise ValueError(f"word {i} is empty: a token has at least one character")
    return lex
