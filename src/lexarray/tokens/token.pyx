"""A view of one token of a document: :class:`Token`."""
cimport cython
from cpython.number cimport PyNumber_Index
from cpython.object cimport Py_EQ, Py_NE, PyObject, PyObject_RichCompare

from lexarray.attrs cimport DEP, ENT_ID, ENT_KB_ID, ENT_TYPE, LEMMA, NORM, TAG, attr_id_t
from lexarray.lexeme cimport KeyAttribute, Lexeme, TextAttribute
from lexarray.lexeme_table cimport LexemeTable
from lexarray.morphology cimport MorphAnalysis
from lexarray.strings cimport StringStore
from lexarray.structs cimport LexemeC, TRANSIENT
from lexarray.symbols cimport ADJ, SPACE
from lexarray.tokens.spare_views cimport SpareViews, keep_spare_views, put_by, take_view
from lexarray.tokens.token_array cimport get_token_attr, is_token_attr, set_token_attr
from lexarray.tokens.tree cimport has_head, is_complete, list_subtree, set_sentences, update_tree
from lexarray.typedefs cimport attr_t, hash_t
from lexarray.vocab cimport Vocab

from operator import getitem

from lexarray.symbols import IDS, NAMES
from lexarray.tokens.extensions import Extensions, Underscore

_extensions = Extensions("Token")
cdef Py_ssize_t _FAR = <Py_ssize_t>1 << 32     # no document has so many tokens
cdef tuple _IOB = ("", "I", "O", "B")
cdef dict _SENT_START = {1: True, 0: None, -1: False}


cdef int pos_id(object value) except -1:
    # A universal part of speech, by name or number; "" and 0 are unset.
    number = IDS.get(value) if isinstance(value, str) else PyNumber_Index(value)
    if number == 0 or number is not None and ADJ <= number <= SPACE:
        return number
    raise ValueError(f"{value!r} is no universal part of speech (use tag for others): it is one of "
                     f"{', '.join(NAMES[ADJ:SPACE + 1])}")


cdef SpareViews _spare


cdef void _let_go(PyObject* token) noexcept:
    put_by(&_spare, token)


keep_spare_views(&_spare, Token, _let_go)


@cython.final
cdef class TokenIterator:
    """What ``iter(doc)`` and ``iter(span)`` give."""

    @staticmethod
    cdef TokenIterator over(TokenArray doc, int start, int end):
        cdef TokenIterator iterator = TokenIterator.__new__(TokenIterator)
        iterator.doc = doc
        iterator.i = start
        iterator.end = end
        iterator.generation = doc.generation
        return iterator

    def __iter__(self):
        return self

    def __next__(self):
        cdef int i = self.i
        if i >= self.end:
            raise StopIteration
        if self.generation != self.doc.generation:
            self.doc.check_view(self.generation)
        self.i = i + 1
        return Token.view(self.doc, i)

    def __length_hint__(self):
        return self.end - self.i

    def __reduce__(self):
        self.doc.check_view(self.generation)
        return iter, (self.doc[self.i:self.end],)


cdef attr_t _CONJ = IDS["conj"]


cdef class Token(WordView):
    """One word, number, punctuation mark or stretch of whitespace in a document.

    A view: it holds the document and an index. If the document's tokens are replaced it raises
    :class:`~lexarray.errors.StaleViewError`. Attributes of the word type (``lower_``, ``is_stop`` ...)
    are read from its lexeme and set there.

    Args:
        vocab (Vocab): the document's vocabulary.
        doc (Doc): the document.
        offset (int): index of the token, 0 <= offset < len(doc).

    Attributes:
        doc (Doc): the document. Read-only.
        i (int): index of the token in the document. Read-only.

    >>> import lexarray
    >>> token = lexarray.blank("en")("Give it back!")[2]
    >>> token.text, token.i, token.idx, token.whitespace_, token.nbor().text
    ('back', 2, 8, '', '!')
    """

    def __init__(self, Vocab vocab not None, TokenArray doc not None, Py_ssize_t offset):
        if vocab is not doc.vocab:
            raise ValueError("a Token's vocab must be its Doc's vocab")
        if not 0 <= offset < doc.length:
            raise IndexError(f"token {offset} is out of range: the Doc has {doc.length} tokens")
        self.doc = doc
        self.i = <int>offset
        self.generation = doc.generation

    def __reduce__(self):
        self.token_c()
        return getitem, (self.doc, self.i)

    @staticmethod
    cdef Token view(TokenArray doc, int i):
        cdef Token token = <Token>take_view(&_spare) if _spare.n else Token.__new__(Token)
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

    cdef StringStore texts(self):
        self.token_c()
        return self.doc.words.strings

    cdef hash_t text_key(self, object text_or_key) except? 0:
        self.token_c()
        return self.doc.text_key(text_or_key)

    cdef hash_t word(self, Py_ssize_t i) noexcept nogil:
        return self.doc.c[self.i].lex.orth

    cdef object vector_hook(self, str name):
        return self._hook(name)

    cdef attr_t attr_value(self, attr_id_t attr) except? 0:
        return get_token_attr(self.token_c(), attr)

    cdef int check_settable(self, attr_id_t attr) except -1:
        self.token_c()
        if not is_token_attr(attr):
            self.settable_lexeme_c()            # raises: it is the word type's
        return 0

    cdef int set_key(self, attr_id_t attr, hash_t key) except -1:
        cdef TokenArray doc = self.doc
        cdef bint was_headless = not has_head(self.token_c())
        set_token_attr(self.token_c(), attr, key)
        if attr == DEP and was_headless and is_complete(doc.c, doc.length, self.i):
            set_sentences(doc.c, doc.length)    # the label was the last thing that the tree lacked
        return 0

    @property
    def vocab(self):
        """The document's vocabulary."""
        self.token_c()
        return self.doc.vocab

    @property
    def lex(self):
        """The token's word type, a :class:`~lexarray.lexeme.Lexeme`."""
        cdef LexemeC* lex = <LexemeC*>self.lexeme_c()
        return Lexeme.view(self.doc.vocab, self.doc.words if lex.flags & TRANSIENT else self.doc.vocab.words, lex)

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
        return self.doc.words.strings.text(token.lex.orth)

    @property
    def whitespace_(self):
        """``" "`` if one space follows, else ``""``."""
        return " " if self.token_c().spacy else ""

    @property
    def text_with_ws(self):
        """The token with the space that follows, if one does."""
        self.token_c()
        return self.doc.text_of(self.i, self.i + 1, True)

    # ---- annotation ----

    norm = KeyAttribute(NORM, "Key of the normalised text: this token's own, if it has one, else the word's.")
    norm_ = TextAttribute(NORM, "The normalised text: this token's own, if it has one, else the word's.")
    lemma = KeyAttribute(LEMMA, "Key of the base form; 0 if unset.")
    lemma_ = TextAttribute(LEMMA, "The base form; \"\" if unset.")
    tag = KeyAttribute(TAG, "Key of the fine-grained part of speech; 0 if unset.")
    tag_ = TextAttribute(TAG, "The fine-grained part of speech; \"\" if unset.")
    dep = KeyAttribute(DEP, "Key of the dependency label; 0 if unset.")
    dep_ = TextAttribute(DEP, "The dependency label; \"\" if unset.")
    ent_type = KeyAttribute(ENT_TYPE, "Key of the label of the entity that it is in; 0 if none.")
    ent_type_ = TextAttribute(ENT_TYPE, "The label of the entity that it is in; \"\" if none.")
    ent_kb_id = KeyAttribute(ENT_KB_ID, "Key of the entity's entry in a knowledge base; 0 if none.")
    ent_kb_id_ = TextAttribute(ENT_KB_ID, "The entity's entry in a knowledge base; \"\" if none.")
    ent_id = KeyAttribute(ENT_ID, "Key of the entity's own id; 0 if none.")
    ent_id_ = TextAttribute(ENT_ID, "The entity's own id; \"\" if none.")

    @property
    def pos(self):
        """Number of the universal part of speech, ``symbols.ADJ`` to ``symbols.SPACE``; 0 if unset."""
        return self.token_c().pos

    @pos.setter
    def pos(self, value):
        self.token_c()
        cdef int number = pos_id(value)
        self.token_c().pos = number

    @property
    def pos_(self):
        """The universal part of speech; "" if unset."""
        return NAMES[self.token_c().pos]

    @pos_.setter
    def pos_(self, str value not None):
        self.token_c().pos = pos_id(value)

    @property
    def sense(self):
        """Key of a word sense; 0 if unset."""
        return self.token_c().sense

    @sense.setter
    def sense(self, value):
        self.token_c()
        cdef hash_t key = self.doc.text_key(value)
        self.token_c().sense = key

    @property
    def sense_(self):
        """The word sense; "" if unset."""
        cdef hash_t key = self.token_c().sense
        return self.doc.words.strings.text(key)

    @sense_.setter
    def sense_(self, str value not None):
        self.token_c()
        self.token_c()
        cdef hash_t key = self.doc.text_key(value)
        self.token_c().sense = key

    @property
    def morph(self):
        """The morphological features, a :class:`~lexarray.morphology.MorphAnalysis`."""
        cdef hash_t key = self.token_c().morph
        return MorphAnalysis.view(self.doc.words.strings, key)

    @morph.setter
    def morph(self, MorphAnalysis value not None):
        self.set_morph(value)

    def set_morph(self, features):
        """Set the morphological features.

        Args:
            features (str | Mapping | MorphAnalysis | int | None): a FEATS string, a dict from names to
                values, another token's features, their key; None unsets them.

        Raises:
            ValueError: malformed.

        >>> import lexarray
        >>> token = lexarray.blank("en")("We")[0]
        >>> token.set_morph("Number=Plur|Case=Nom")
        >>> str(token.morph), token.morph.get("Case")
        ('Case=Nom|Number=Plur', ['Nom'])
        """
        self.token_c()
        cdef hash_t key = 0
        if features is not None:
            if not isinstance(features, MorphAnalysis):
                key = self.doc.vocab.morphology.intern(features)
            elif (<MorphAnalysis>features).key:
                key = self.doc.vocab.morphology.intern(str(features))
        self.token_c().morph = key

    def has_morph(self):
        """Whether morphological features were set, be it to none."""
        return self.token_c().morph != 0

    @property
    def ent_iob(self):
        """3: begins an entity; 1: is inside one; 2: is outside; 0: unset."""
        return self.token_c().ent_iob

    @property
    def ent_iob_(self):
        """"B", "I", "O", or "" if unset."""
        return _IOB[self.token_c().ent_iob]

    @property
    def sentiment(self):
        """A scalar for the sentiment: the hook's, if there is one, else the word's."""
        hook = self._hook("sentiment")
        return self.lexeme_c().sentiment if hook is None else hook(self)

    cdef object _hook(self, str name):
        self.token_c()
        return None if self.doc._user_token_hooks is None else self.doc._user_token_hooks.get(name)

    # ---- sentences ----

    @property
    def sent_start(self):
        """1: starts a sentence; -1: does not; 0: unknown."""
        return self.token_c().sent_start

    @sent_start.setter
    def sent_start(self, value):
        if value is not None and not isinstance(value, bool):
            if not isinstance(value, int) or value not in _SENT_START:
                raise ValueError(f"sent_start must be 1, 0 or -1, or True, None or False, got {value!r}")
            value = _SENT_START[value]
        self.is_sent_start = value

    @property
    def is_sent_start(self):
        """Whether it starts a sentence; None if that is unknown. The first token always does."""
        cdef int value = self.token_c().sent_start
        return True if value == 1 or self.i == 0 else False if value == -1 else None

    @is_sent_start.setter
    def is_sent_start(self, value):
        cdef TokenC* token = self.token_c()
        if value is not None and value is not True and value is not False:
            raise ValueError(f"is_sent_start must be True, False or None, got {value!r}")
        if is_complete(self.doc.c, self.doc.length, self.i):
            raise ValueError(f"the sentences of this Doc follow from its dependency tree, so is_sent_start of "
                             f"token {self.i} cannot be set: change the heads instead")
        token.sent_start = 0 if value is None else 1 if value else -1

    @property
    def is_sent_end(self):
        """Whether it ends a sentence; None if that is unknown. The last token always does."""
        self.token_c()
        if self.i + 1 == self.doc.length:
            return True
        return Token.view(self.doc, self.i + 1).is_sent_start

    @property
    def sent(self):
        """The sentence that it is in, a :class:`~lexarray.tokens.Span`.

        Raises:
            ValueError: the document has no sentence boundaries.
        """
        self.token_c()
        return self.doc[self.i:self.i + 1].sent

    # ---- the tree ----

    def has_head(self):
        """Whether it has been given a head."""
        return has_head(self.token_c())

    def has_dep(self):
        """Whether it has been given a dependency label."""
        return self.token_c().dep != 0

    @property
    def head(self):
        """The token above it in the tree; a root, or a token without a head, is its own.

        Setting it moves the token with all that is below it. Cost of setting: linear in the document; many
        heads at once are better set by ``Doc(heads=)`` or ``Doc.from_array``.

        Raises:
            ValueError: setting a head in another document, or one that is below the token.
        """
        cdef int head = self.token_c().head
        return Token.view(self.doc, self.i + head)

    @head.setter
    def head(self, Token head not None):
        cdef TokenC* token = self.token_c()
        cdef int at = head.i
        head.token_c()
        if head.doc is not self.doc:
            raise ValueError(f"token {self.i} and its new head {head.i} are not in one Doc")
        while at != self.i and self.doc.c[at].head:
            at += self.doc.c[at].head
        if at == self.i and head.i != self.i:
            raise ValueError(f"token {head.i} cannot be the head of token {self.i}: it is below it")
        token.head = head.i - self.i
        update_tree(self.doc.c, self.doc.length)
        set_sentences(self.doc.c, self.doc.length)      # also if all are roots now

    cdef list _children(self, bint left, bint right):
        cdef const TokenC* tokens = self.token_c() - self.i
        cdef int left_missing = tokens[self.i].l_kids if left else 0
        cdef int right_missing = tokens[self.i].r_kids if right else 0
        cdef int i
        cdef list found = []
        if left_missing:
            for i in range(self.i - 1, <int>tokens[self.i].l_edge - 1, -1):      # the nearest first
                if i + tokens[i].head == self.i:
                    found.append(Token.view(self.doc, i))
                    left_missing -= 1
                    if left_missing == 0:
                        break
            found.reverse()
        if right_missing:
            for i in range(self.i + 1, <int>tokens[self.i].r_edge + 1):
                if i + tokens[i].head == self.i:
                    found.append(Token.view(self.doc, i))
                    right_missing -= 1
                    if right_missing == 0:
                        break
        return found

    @property
    def children(self):
        """Iterate over the tokens whose head it is, in order."""
        return iter(self._children(True, True))

    @property
    def lefts(self):
        """Iterate over the children before it, in order."""
        return iter(self._children(True, False))

    @property
    def rights(self):
        """Iterate over the children after it, in order."""
        return iter(self._children(False, True))

    @property
    def n_lefts(self):
        """Number of children before it."""
        return self.token_c().l_kids

    @property
    def n_rights(self):
        """Number of children after it."""
        return self.token_c().r_kids

    @property
    def left_edge(self):
        """The first token of its subtree."""
        cdef int edge = self.token_c().l_edge
        return Token.view(self.doc, edge)

    @property
    def right_edge(self):
        """The last token of its subtree."""
        cdef int edge = self.token_c().r_edge
        return Token.view(self.doc, edge)

    @property
    def subtree(self):
        """Iterate over the token and all that are below it, in order."""
        cdef const TokenC* tokens = self.token_c() - self.i
        if tokens[self.i].l_kids == 0 and tokens[self.i].r_kids == 0:
            return iter([self])
        return iter([Token.view(self.doc, i) for i in list_subtree(tokens, self.i, self.i + 1)])

    @property
    def ancestors(self):
        """Iterate over the tokens above it, its head first."""
        cdef const TokenC* tokens = self.token_c() - self.i
        cdef int at = self.i
        cdef list found = []
        while tokens[at].head:
            at += tokens[at].head
            found.append(Token.view(self.doc, at))
        return iter(found)

    def is_ancestor(self, Token descendant not None):
        """Whether it is above another token of its document."""
        cdef const TokenC* tokens = self.token_c() - self.i
        cdef int at = descendant.i
        descendant.token_c()
        if descendant.doc is not self.doc:
            return False
        while tokens[at].head:
            at += tokens[at].head
            if at == self.i:
                return True
        return False

    @property
    def conjuncts(self):
        """The tokens that are coordinated with it, in order, without itself.

        Coordination is a chain of the dependency label "conj" (ClearNLP and Universal Dependencies).
        """
        hook = self._hook("conjuncts")
        if hook is not None:
            return hook(self)
        cdef const TokenC* tokens = self.token_c() - self.i
        cdef int start = self.i
        while tokens[start].dep == _CONJ and tokens[start].head:
            start += tokens[start].head
        found, todo = {start}, [start]
        while todo:
            for child in Token.view(self.doc, todo.pop()).children:
                if (<Token>child).token_c().dep == _CONJ:
                    found.add((<Token>child).i)
                    todo.append((<Token>child).i)
        found.discard(self.i)
        return tuple([Token.view(self.doc, i) for i in sorted(found)])

    # ---- the user's attributes ----

    @property
    def _(self):
        """The attributes that were added by ``set_extension``."""
        cdef int idx = self.token_c().idx
        return Underscore(_extensions, self, self.doc.get_user_data(), idx, None)

    set_extension = _extensions.set
    get_extension = _extensions.get
    has_extension = _extensions.has
    remove_extension = _extensions.remove

    # ---- the rest ----

    def nbor(self, Py_ssize_t i=1):
        """The token ``i`` places after this one, or before it if ``i`` is negative.

        Raises:
            IndexError: the document has no such token.
        """
        cdef Py_ssize_t other = i + self.i if -_FAR < i < _FAR else -1
        self.token_c()
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
        return PyObject_RichCompare(self.i, that.i, op)

    def __hash__(self):
        return hash((id(self.doc), self.generation, self.i))

    def __str__(self):
        return self.text

    def __repr__(self):
        if self.doc is None or self.generation != self.doc.generation:
            return "<Token, no longer valid>"
        return self.text
