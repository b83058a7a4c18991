"""A view of a stretch of a document: :class:`Span`."""
from cpython.number cimport PyNumber_AsSsize_t
from cpython.object cimport Py_EQ, Py_NE, PyObject, PyObject_RichCompare
from libc.string cimport memset

from lexarray.attrs cimport DEP
from lexarray.tokens.arrays cimport attr_ids, has_annotation, lca_matrix, to_array
from lexarray.tokens.spare_views cimport SpareViews, keep_spare_views, put_by, take_view
from lexarray.tokens.token cimport Token, TokenIterator
from lexarray.tokens.tree cimport list_subtree, span_root
from lexarray.typedefs cimport attr_t, hash_t
from lexarray.word_vectors cimport WordSequence, WordVectors
from lexarray.words cimport Words

from lexarray.tokens.extensions import Extensions, Underscore

_extensions = Extensions("Span")


cdef extern from "Python.h":
    int PySlice_Unpack(object, Py_ssize_t*, Py_ssize_t*, Py_ssize_t*) except -1
    Py_ssize_t PySlice_AdjustIndices(Py_ssize_t, Py_ssize_t*, Py_ssize_t*, Py_ssize_t)


cdef Py_ssize_t as_index(object key) except? -1:
    return PyNumber_AsSsize_t(key, IndexError)


cdef int unpack_slice(object key, Py_ssize_t* start, Py_ssize_t* end) except -1:
    cdef Py_ssize_t step
    PySlice_Unpack(key, start, end, &step)
    if step != 1:
        raise ValueError(f"a Span has no step, so [::{step}] cannot be one: use list(tokens)[start:stop:step]")
    return 0


cdef int fit_index(Py_ssize_t i, int length, str what, str item="token") except -1:
    if not -length <= i < length:
        raise IndexError(f"{item} {i} is out of range: the {what} has {length} {item}s")
    return <int>(i if i >= 0 else i + length)


cdef void fit_slice(int length, Py_ssize_t* start, Py_ssize_t* end) noexcept:
    PySlice_AdjustIndices(length, start, end, 1)
    end[0] = max(start[0], end[0])


cdef class Span(WordSequence):
    """Tokens ``start`` to ``end`` of a document, and a label. A view that holds the document.

    If the document's tokens are replaced it raises :class:`~lexarray.errors.StaleViewError`. Spans of
    one document are equal when boundaries, label, kb_id and id are; they are ordered by boundaries first.

    Args:
        doc (Doc): the document.
        start (int): index of the first token.
        end (int): index of the first token after it.
        label (str | int): text or key.
        kb_id (str | int): text or key of an entry in a knowledge base.
        span_id (str | int): text or key of the span's own id.

    Attributes:
        doc (Doc): the document. Read-only.

    >>> import lexarray
    >>> from lexarray.tokens import Span
    >>> doc = lexarray.blank("en")("I like New York in Autumn.")
    >>> span = Span(doc, 2, 4, label="GPE")
    >>> span.text, span.label_, span.start_char, span.end_char, len(span)
    ('New York', 'GPE', 7, 15, 2)
    """

    def __init__(self, TokenArray doc not None, Py_ssize_t start, Py_ssize_t end, label=0, kb_id=0, span_id=0):
        doc.check_initialised()
        cdef Words words = doc.words            # those before: a memory zone may end while the keys are asked for
        cdef attr_t label_key = text_key(doc, label, "label")
        cdef attr_t kb_id_key = text_key(doc, kb_id, "kb_id")
        cdef attr_t id_key = text_key(doc, span_id, "span_id")
        if not 0 <= start <= end <= doc.length:
            raise IndexError(f"a span from {start} to {end} is out of range: the Doc has {doc.length} "
                             f"tokens, and start must not be after end")
        _bind(self, doc, <int>start, <int>end)
        self.c.label, self.c.kb_id, self.c.id = label_key, kb_id_key, id_key
        self.words = words if label_key or kb_id_key or id_key else None

    def __reduce__(self):
        self.own_texts()
        return type(self), (self.doc, self.c.start, self.c.end, self.label_, self.kb_id_, self.id_)

    @staticmethod
    cdef Span view(TokenArray doc, int start, int end):
        cdef Span span = <Span>take_view(&_spare) if _spare.n else Span.__new__(Span)
        memset(&span.c, 0, sizeof(SpanC))
        span.words = None
        _bind(span, doc, start, end)
        return span

    cdef SpanC* span_c(self) except NULL:
        if self.doc is None:
            raise ValueError("this Span was never initialised: get one from doc[start:end]")
        if self.generation != self.doc.generation:
            self.doc.check_view(self.generation)
        return &self.c

    cdef int own_texts(self) except -1:
        self.span_c()
        if self.words is not None and self.words is not self.doc.words:
            self.doc.words.take_span_texts(&self.c, self.words)
            self.words = self.doc.words
        return 0

    cdef int _set_key(self, attr_t* field, object value, str name) except -1:
        # `field` is one of self.c's, which does not move.
        cdef attr_t key
        self.span_c()
        key = text_key(self.doc, value, name)
        self.own_texts()
        self.words = self.doc.words
        field[0] = key
        return 0

    @property
    def vocab(self):
        """The document's vocabulary."""
        self.span_c()
        return self.doc.vocab

    @property
    def start(self):
        """Index of the first token."""
        return self.span_c().start

    @property
    def end(self):
        """Index of the first token after the span."""
        return self.span_c().end

    @property
    def start_char(self):
        """Offset of the first character in the document's text."""
        return self.span_c().start_char

    @property
    def end_char(self):
        """Offset of the first character after the span's text (which has no trailing space)."""
        return self.span_c().end_char

    @property
    def text(self):
        """The text, without the space that follows the last token."""
        cdef SpanC* span = self.span_c()
        return self.doc.text_of(span.start, span.end, False)

    @property
    def text_with_ws(self):
        """The text, with the space that follows the last token if one does."""
        cdef SpanC* span = self.span_c()
        return self.doc.text_of(span.start, span.end, True)

    @property
    def orth_(self):
        """The same as ``text``."""
        return self.text

    @property
    def label(self):
        """Key of the label; 0 if there is none."""
        return self.span_c().label

    @label.setter
    def label(self, value):
        self._set_key(&self.c.label, value, "label")

    @property
    def label_(self):
        """The label; "" if there is none."""
        self.own_texts()
        return self.doc.words.strings.text(self.c.label)

    @label_.setter
    def label_(self, str value not None):
        self._set_key(&self.c.label, value, "label_")

    @property
    def kb_id(self):
        """Key of the entry in a knowledge base; 0 if there is none."""
        return self.span_c().kb_id

    @kb_id.setter
    def kb_id(self, value):
        self._set_key(&self.c.kb_id, value, "kb_id")

    @property
    def kb_id_(self):
        """The entry in a knowledge base; "" if there is none."""
        self.own_texts()
        return self.doc.words.strings.text(self.c.kb_id)

    @kb_id_.setter
    def kb_id_(self, str value not None):
        self._set_key(&self.c.kb_id, value, "kb_id_")

    @property
    def id(self):
        """Key of the span's own id; 0 if there is none."""
        return self.span_c().id

    @id.setter
    def id(self, value):
        self._set_key(&self.c.id, value, "id")

    @property
    def id_(self):
        """The span's own id; "" if there is none."""
        self.own_texts()
        return self.doc.words.strings.text(self.c.id)

    @id_.setter
    def id_(self, str value not None):
        self._set_key(&self.c.id, value, "id_")

    @property
    def ent_id(self):
        """The same as ``id``."""
        return self.id

    @property
    def ent_id_(self):
        """The same as ``id_``."""
        return self.id_

    @property
    def lemma_(self):
        """The tokens' lemmas, with the spaces between them."""
        return "".join([token.lemma_ + token.whitespace_ for token in self]).strip()

    @property
    def sentiment(self):
        """A scalar: the hook's, if there is one, else the mean of the tokens'; 0.0 for an empty span."""
        hook = self._hook("sentiment")
        if hook is not None:
            return hook(self)
        return sum([token.sentiment for token in self]) / len(self) if len(self) else 0.0

    cdef object _hook(self, str name):
        self.span_c()
        return None if self.doc._user_span_hooks is None else self.doc._user_span_hooks.get(name)

    cdef WordVectors word_vectors(self):
        self.span_c()
        return self.doc.word_vectors()

    cdef Py_ssize_t n_words(self) except -1:
        cdef SpanC* span = self.span_c()
        return span.end - span.start

    cdef hash_t word(self, Py_ssize_t i) noexcept nogil:
        return self.doc.c[self.c.start + i].lex.orth

    cdef object vector_hook(self, str name):
        return self._hook(name)

    cdef bint words_have_vector_hook(self) except -1:
        return self.doc.words_have_vector_hook()

    # ---- the tree ----

    @property
    def root(self):
        """The token that is nearest to the root of the tree, the first of several.

        Raises:
            ValueError: the span is empty.
        """
        hook = self._hook("root")
        if hook is not None:
            return hook(self)
        self.span_c()                       # to look for a hook may have run code of others
        if self.c.start == self.c.end:
            raise ValueError(f"the span from {self.c.start} to {self.c.end} is empty, so it has no root")
        return Token.view(self.doc, span_root(self.doc.c, self.c.start, self.c.end))

    @property
    def lefts(self):
        """Iterate over the tokens before the span whose heads are in it, in order of the heads."""
        return iter([left for token in self for left in token.lefts if left.i < self.c.start])

    @property
    def rights(self):
        """Iterate over the tokens after the span whose heads are in it, in order of the heads."""
        return iter([right for token in self for right in token.rights if right.i >= self.c.end])

    @property
    def n_lefts(self):
        """Number of ``lefts``."""
        return len(list(self.lefts))

    @property
    def n_rights(self):
        """Number of ``rights``."""
        return len(list(self.rights))

    @property
    def subtree(self):
        """Iterate over the span's tokens and all below them, in order, each once."""
        cdef SpanC* span = self.span_c()
        if span.start == span.end:
            return iter([])
        return iter([Token.view(self.doc, i) for i in list_subtree(self.doc.c, span.start, span.end)])

    @property
    def conjuncts(self):
        """The tokens that are coordinated with the span's root, in order, without it."""
        return self.root.conjuncts

    def get_lca_matrix(self):
        """The lowest common ancestors of every two tokens.

        Returns:
            numpy.ndarray: shape (len(span), len(span)), int32: index in the span of the lowest token that
            is above, or is, both; -1 if it is outside the span or there is none.

        Cost: quadratic in the span and what is above it.
        """
        cdef SpanC* span = self.span_c()
        return lca_matrix(self.doc, span.start, span.end)

    # ---- sentences, entities, noun chunks ----

    @property
    def sents(self):
        """Iterate over the sentences that the span touches.

        Raises:
            ValueError: the document has no sentence boundaries.
        """
        hook = self._hook("sents")
        if hook is not None:
            return iter(hook(self))
        return iter(_sentences(self, False))

    @property
    def sent(self):
        """The sentence in which the span begins.

        Raises:
            ValueError: the document has no sentence boundaries.
        """
        hook = self._hook("sent")
        if hook is not None:
            return hook(self)
        return _sentences(self, True)[0]

    @property
    def ents(self):
        """The named entities that lie in the span, a tuple of spans."""
        cdef SpanC* span = self.span_c()
        return tuple(self.doc._ents_between(span.start, span.end))

    @property
    def noun_chunks(self):
        """Iterate over the base noun phrases that lie in the span. See :attr:`lexarray.tokens.Doc.noun_chunks`."""
        self.span_c()
        return iter(list_noun_chunks(self.doc, self))

    # ---- to and from characters, arrays and documents ----

    def char_span(self, Py_ssize_t start_idx, Py_ssize_t end_idx, label=0, kb_id=0, *, alignment_mode="strict", span_id=0):
        """A span from characters of this span's text. See :meth:`lexarray.tokens.Doc.char_span`.

        Args:
            start_idx (int): offset of its first character in this span's text.
            end_idx (int): offset of the first character after it.
        """
        cdef SpanC* span = self.span_c()
        if start_idx < 0:
            return None
        found = self.doc.char_span(span.start_char + start_idx, span.start_char + end_idx, label, kb_id,
                                   alignment_mode=alignment_mode, span_id=span_id)
        return found if found is not None and span.start <= found.start and found.end <= span.end else None

    def to_array(self, attrs):
        """Attributes of the tokens as an array. See :meth:`lexarray.tokens.Doc.to_array`."""
        cdef list ids = attr_ids(attrs)
        cdef SpanC* span = self.span_c()
        return to_array(self.doc, span.start, span.end, ids)

    def as_doc(self, *, copy_user_data=False):
        """The span as a document of its own, with all annotation.

        A token whose head is outside hangs, with the label "dep", from the span's root, which then has no
        other head. Entities and groups that reach beyond the span are cut.

        Args:
            copy_user_data (bool): take over ``user_data``, and extensions of tokens and spans in the span.

        Returns:
            Doc: a new document that shares the vocabulary.
        """
        cdef SpanC* span = self.span_c()
        return self.doc._slice(span.start, span.end, copy_user_data)

    # ---- the user's attributes ----

    @property
    def _(self):
        """The attributes that were added by ``set_extension``."""
        cdef SpanC* span = self.span_c()
        return Underscore(_extensions, self, self.doc.get_user_data(), span.start_char, span.end_char)

    set_extension = _extensions.set
    get_extension = _extensions.get
    has_extension = _extensions.has
    remove_extension = _extensions.remove

    def __len__(self):
        """Number of tokens."""
        cdef SpanC* span = self.span_c()
        return span.end - span.start

    def __getitem__(self, key):
        """The i-th token of the span, or a span of some of its tokens; negative counts from the end.

        Raises:
            IndexError: no such token.
            ValueError: a slice with a step.
        """
        cdef Py_ssize_t start, end
        cdef SpanC* span
        if isinstance(key, slice):
            unpack_slice(key, &start, &end)
            span = self.span_c()
            fit_slice(span.end - span.start, &start, &end)
            return Span.view(self.doc, span.start + <int>start, span.start + <int>end)
        start = as_index(key)
        span = self.span_c()
        return Token.view(self.doc, span.start + fit_index(start, span.end - span.start, "Span"))

    def __iter__(self):
        """The tokens of the span."""
        cdef SpanC* span = self.span_c()
        return TokenIterator.over(self.doc, span.start, span.end)

    def __richcmp__(self, other, int op):
        if not isinstance(other, Span):
            return NotImplemented
        cdef Span that = other
        if self.doc is not that.doc:
            return False if op == Py_EQ else True if op == Py_NE else NotImplemented
        return PyObject_RichCompare(_sort_key(self.span_c()), _sort_key(that.span_c()), op)

    def __hash__(self):
        return hash((id(self.doc), _sort_key(self.span_c())))

    def __str__(self):
        return self.text

    def __repr__(self):
        if self.doc is None or self.generation != self.doc.generation:
            return "<Span, no longer valid>"
        return self.text


cdef SpareViews _spare


cdef void _let_go(PyObject* span) noexcept:
    put_by(&_spare, span)


keep_spare_views(&_spare, Span, _let_go)


cdef list _sentences(Span span, bint only_first):
    # The sentences that the span touches; an empty span touches the one it stands in.
    cdef TokenArray doc = span.doc
    cdef int start, end
    cdef list found = []
    if doc._user_hooks is not None and "sents" in doc._user_hooks:
        for sentence in doc.sents:
            if sentence.end > span.c.start and (sentence.start < max(span.c.end, span.c.start + 1)):
                found.append(sentence)
        if not found:
            raise ValueError(f"no sentence that the hook of the Doc gives has the tokens {span.c.start} to {span.c.end}")
        return found
    span.span_c()                           # to look for a hook may have run code of others
    check_has_sentences(doc)
    if doc.length == 0:
        raise ValueError("the Doc is empty, so it has no sentences")
    start = min(span.c.start, doc.length - 1)
    while start > 0 and doc.c[start].sent_start != 1:
        start -= 1
    while True:
        end = start + 1
        while end < doc.length and doc.c[end].sent_start != 1:
            end += 1
        found.append(Span.view(doc, start, end))
        if only_first or end >= span.c.end:
            return found
        start = end


cdef list list_noun_chunks(TokenArray doc, object doclike):
    doc.check_initialised()
    if doc.vocab.get_noun_chunks is None:
        raise NotImplementedError(f"the language {doc.vocab.lang!r} has no rules for noun chunks")
    if not has_annotation(doc, DEP, False):
        raise ValueError("noun chunks need a dependency tree, and the Doc has none: give heads and deps")
    return [Span(doc, start, end, label=label) for start, end, label in list(doc.vocab.get_noun_chunks(doclike))]


cdef int check_has_sentences(TokenArray doc) except -1:
    cdef int i
    for i in range(1, doc.length):
        if doc.c[i].sent_start:
            return 0
    if doc.length > 1:
        raise ValueError("the Doc has no sentence boundaries: set them with token.is_sent_start, "
                         "Doc(sent_starts=) or a dependency tree")
    return 0


cdef int _bind(Span span, TokenArray doc, int start, int end) except -1:
    doc.check_initialised()
    span.doc = doc
    span.generation = doc.generation
    span.c.start = start
    span.c.end = end
    span.c.start_char = doc.start_char(start)
    span.c.end_char = doc.end_char(end - 1) if end > start else span.c.start_char
    return 0


cdef tuple _sort_key(const SpanC* span):
    return span.start_char, span.end_char, span.start, span.end, span.label, span.kb_id, span.id


cdef attr_t text_key(TokenArray doc, object value, str name) except? 0:
    # A label or id, given as a text or as the key of a stored text.
    cdef attr_t key
    try:
        key = doc.text_key(value)
    except (TypeError, KeyError) as error:
        raise type(error)(f"{name}: {error.args[0]}") from None
    return key
