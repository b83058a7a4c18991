"""Text -> Doc: :class:`Tokenizer`."""
from libc.stdint cimport uint8_t, uint16_t

from lexarray._utf8 cimport code_unit_t, encode_utf8
from lexarray.strings cimport hash_utf8
from lexarray.tokenizer.chunk_cache cimport ChunkC
from lexarray.tokenizer.rule_engine cimport Piece
from lexarray.typedefs cimport char32_t, hash_t

cdef extern from "Python.h":
    bint Py_UNICODE_ISSPACE(Py_UCS4) nogil
    int PyUnicode_KIND(object)
    const void* PyUnicode_DATA(object)

cdef enum:
    LONGEST_CACHED = 64         # characters; longer chunks seldom come twice


cdef class Tokenizer(RuleEngine):
    """Cuts text into tokens and makes a :class:`~lexarray.tokens.Doc` of them, which gives back the text.

    Args:
        vocab (Vocab): the vocabulary of the documents.
        rules (Mapping[str, list[dict]]): special cases, string -> tokens; kept as ``rules``, which can be
            edited like a dict.
        prefix_search (Callable[[str], re.Match | None]): finds a prefix at the start of a string.
        suffix_search (Callable[[str], re.Match | None]): finds a suffix at the end of a string.
        infix_finditer (Callable[[str], Iterable[re.Match]]): finds infixes.
        token_match (Callable[[str], object]): true for a string that is one token.
        url_match (Callable[[str], object]): the same, after prefixes and suffixes are off.

    Every rule can be replaced at any time and takes effect with the next text. What the rules made of a
    chunk of text is remembered, so that known words cost a look-up.

    >>> from lexarray.vocab import Vocab
    >>> tokenizer = Tokenizer(Vocab(), rules={"gimme": [{"ORTH": "gim"}, {"ORTH": "me"}]})
    >>> [token.text for token in tokenizer("gimme that")]
    ['gim', 'me', 'that']
    """

    def __init__(self, Vocab vocab not None, rules=None, prefix_search=None, suffix_search=None,
                 infix_finditer=None, token_match=None, url_match=None):
        if self.vocab is not None:
            raise RuntimeError("a Tokenizer is initialised once")
        self.vocab = vocab
        self._cache = ChunkCache()
        self.rules = rules
        self.prefix_search = prefix_search
        self.suffix_search = suffix_search
        self.infix_finditer = infix_finditer
        self.token_match = token_match
        self.url_match = url_match

    def __call__(self, text):
        """Tokenize a text.

        Args:
            text (str): any string.

        Returns:
            Doc: a document with ``doc.text == text``.

        Raises:
            TypeError: not a ``str``.
        """
        return self.tokenize(_checked_text(text))

    def pipe(self, texts, batch_size=None):
        """Tokenize a stream of texts, one at a time.

        Args:
            texts (Iterable[str]): the texts.
            batch_size (int): taken, for code that was written for spaCy, and without effect.

        Yields:
            Doc: a document for each, in order.

        Raises:
            TypeError: a text is not a ``str``; says which.
        """
        for i, text in enumerate(texts):
            if not isinstance(text, str):
                raise TypeError(f"text {i}: expected a str, got {type(text).__name__}: {text!r:.80}")
            yield self.tokenize(text)

    def explain(self, text):
        """The tokens of a text, each with the rule that made it.

        Args:
            text (str): any string.

        Returns:
            list[tuple[str, str]]: (rule, token text) for every token of ``tokenizer(text)``, whitespace
            included ("SPACE"). Rules: PREFIX, SUFFIX, INFIX, TOKEN, TOKEN_MATCH, URL_MATCH, SPACE, and
            SPECIAL-1, SPECIAL-2 ... for the tokens of a special case.

        >>> import lexarray
        >>> lexarray.blank("en").tokenizer.explain("(don't)")
        [('PREFIX', '('), ('SPECIAL-1', 'do'), ('SPECIAL-2', "n't"), ('SUFFIX', ')')]
        """
        cdef Piece piece
        self.refresh()
        return [(piece.label, piece.text) for piece in self.pieces(_checked_text(text))]

    def add_special_case(self, string, token_attrs):
        """Lay down the tokens of a string. The same as ``tokenizer.rules[string] = token_attrs``.

        Args:
            string (str): the string.
            token_attrs (Iterable[dict]): a dict for each token, with its text as ORTH and, if wanted, its
                NORM; attributes by id or by name. The texts together must be the string.

        >>> import lexarray
        >>> nlp = lexarray.blank("en")
        >>> nlp.tokenizer.add_special_case("gimme", [{"ORTH": "gim"}, {"ORTH": "me"}])
        >>> [token.text for token in nlp("(gimme)")]
        ['(', 'gim', 'me', ')']
        """
        self.rules[string] = token_attrs

    cdef bint refresh(self) except -1:
        # What was remembered was made by the old rules.
        cdef bint changed = RuleEngine.refresh(self)
        if changed and self._cache is not None:
            self._cache.clear()
        return changed

    def __reduce__(self):
        return Tokenizer, (self.vocab, dict(self.rules), self.prefix_search, self.suffix_search, self.infix_finditer,
                           self.token_match, self.url_match)

    cdef Doc tokenize(self, str text):
        cdef Doc doc = Doc(self.vocab)
        cdef int kind
        cdef const void* data
        self.refresh()
        if self._find_spaced is not None and self._find_spaced(text) is not None:
            # The final pass must see more than a chunk.
            self._push_pieces(doc, self.pieces(text))
            return doc
        kind = PyUnicode_KIND(text)
        data = PyUnicode_DATA(text)
        if kind == 1:
            _tokenize[uint8_t](self, doc, text, <const uint8_t*>data)
        elif kind == 2:
            _tokenize[uint16_t](self, doc, text, <const uint16_t*>data)
        else:
            _tokenize[char32_t](self, doc, text, <const char32_t*>data)
        return doc

    cdef int _push_pieces(self, Doc doc, list pieces) except -1:
        cdef Piece piece
        for piece in pieces:
            doc.push_back(doc.vocab.get(piece.text), piece.space)
            if piece.norm is not None:
                doc.c[doc.length - 1].norm = doc.vocab.strings.intern(piece.norm)
        return 0


cdef _checked_text(text):
    if not isinstance(text, str):
        hint = "; decode it first" if isinstance(text, (bytes, bytearray)) else ""
        raise TypeError(f"expected a text (str), got {type(text).__name__}: {text!r:.80}{hint}")
    return text


cdef int _tokenize(Tokenizer self, Doc doc, str text, const code_unit_t* chars) except -1:
    cdef Py_ssize_t start = 0, end, length = len(text), n_chunks = 0
    cdef bint space = True, before
    for end in range(length):               # room in advance: English has 1.3 tokens a chunk
        before = space
        space = Py_UNICODE_ISSPACE(chars[end])
        n_chunks += before and not space
    doc.reserve(n_chunks + 3 * n_chunks // 10 + 1)
    while start < length:
        space = Py_UNICODE_ISSPACE(chars[start])
        end = start + 1
        while end < length and Py_UNICODE_ISSPACE(chars[end]) == space:
            end += 1
        if space and chars[start] == c' ' and doc.length:
            doc.c[doc.length - 1].spacy = True
            start += 1
        if start < end:
            _push_chunk(self, doc, text, chars, start, end, space)
        start = end
    return 0


cdef int _push_chunk(Tokenizer self, Doc doc, str text, const code_unit_t* chars,
                     Py_ssize_t start, Py_ssize_t end, bint space) except -1:
    # The tokens of text[start:end], all whitespace or none.
    cdef char utf8[4 * LONGEST_CACHED]
    cdef Py_ssize_t n_bytes = 0, i
    cdef hash_t hash = 0
    cdef const ChunkC* known
    cdef ChunkC* chunk
    cdef int first = doc.length
    cdef bint cached = end - start <= LONGEST_CACHED
    if cached:
        n_bytes = encode_utf8(chars + start, end - start, utf8)
        hash = hash_utf8(utf8, n_bytes)
        known = self._cache.get(hash, utf8, n_bytes)
        if known is not NULL:
            for i in range(known.n_tokens):
                doc.push_back(known.tokens[i].lex, False)
                doc.c[doc.length - 1].norm = known.tokens[i].norm
            return 0
    if space:
        doc.push_back(doc.vocab.get(text[start:end]), False)
    else:
        version = self.version()
        self._push_pieces(doc, self.chunk_pieces(text[start:end]))
        cached = cached and version == self.version() == self._seen_version     # a rule may have changed the rules
    if cached:
        chunk = self._cache.add(hash, utf8, n_bytes, doc.length - first)
        for i in range(doc.length - first):
            chunk.tokens[i].lex = doc.c[first + i].lex
            chunk.tokens[i].norm = doc.c[first + i].norm
    return 0
