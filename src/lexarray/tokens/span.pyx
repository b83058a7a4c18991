"""A view of a stretch of a document: :class:`Span`."""
from cpython.number cimport PyNumber_AsSsize_t
from cpython.object cimport Py_EQ, Py_GT, Py_LE, Py_LT, Py_NE

from lexarray.strings cimport as_key
from lexarray.tokens.token cimport Token
from lexarray.typedefs cimport attr_t


cdef int resolve_index(object key, int length, str what) except -1:
    cdef Py_ssize_t i = PyNumber_AsSsize_t(key, IndexError)
    if not -length <= i < length:
        raise IndexError(f"token {i} is out of range: the {what} has {length} tokens")
    return <int>(i if i >= 0 else i + length)


cdef int resolve_slice(object key, int length, int* start, int* end) except -1:
    if key.step is not None and key.step != 1:
        raise ValueError(f"a Span has no step, so [::{key.step}] cannot be one: use "
                         f"list(tokens)[start:stop:step]")
    first, last, _ = key.indices(length)
    start[0] = first
    end[0] = max(first, last)
    return 0


cdef class Span:
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

    >>> import lexarray
    >>> from lexarray.tokens import Span
    >>> doc = lexarray.blank("en")("I like New York in Autumn.")
    >>> span = Span(doc, 2, 4, label="GPE")
    >>> span.text, span.label_, span.start_char, span.end_char, len(span)
    ('New York', 'GPE', 7, 15, 2)
    """

    def __init__(self, TokenArray doc not None, int start, int end, label=0, *, kb_id=0, span_id=0):
        if not 0 <= start <= end <= doc.length:
            raise IndexError(f"a span from {start} to {end} is out of range: the Doc has {doc.length} "
                             f"tokens, and start must not be after end")
        _bind(self, doc, start, end)
        self.c.label = _text_key(doc, label, "label")
        self.c.kb_id = _text_key(doc, kb_id, "kb_id")
        self.c.id = _text_key(doc, span_id, "span_id")

    @staticmethod
    cdef Span view(TokenArray doc, int start, int end):
        cdef Span span = Span.__new__(Span)
        _bind(span, doc, start, end)
        return span

    cdef SpanC* span_c(self) except NULL:
        if self.doc is None:
            raise ValueError("this Span was never initialised: get one from doc[start:end]")
        if self.generation != self.doc.generation:
            self.doc.check_view(self.generation)
        return &self.c

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
        self.span_c().label = _text_key(self.doc, value, "label")

    @property
    def label_(self):
        """The label; "" if there is none."""
        return self.doc.vocab.strings.text(self.span_c().label)

    @label_.setter
    def label_(self, str value not None):
        self.span_c().label = _text_key(self.doc, value, "label_")

    @property
    def kb_id(self):
        """Key of the entry in a knowledge base; 0 if there is none."""
        return self.span_c().kb_id

    @kb_id.setter
    def kb_id(self, value):
        self.span_c().kb_id = _text_key(self.doc, value, "kb_id")

    @property
    def kb_id_(self):
        """The entry in a knowledge base; "" if there is none."""
        return self.doc.vocab.strings.text(self.span_c().kb_id)

    @kb_id_.setter
    def kb_id_(self, str value not None):
        self.span_c().kb_id = _text_key(self.doc, value, "kb_id_")

    @property
    def id(self):
        """Key of the span's own id; 0 if there is none."""
        return self.span_c().id

    @id.setter
    def id(self, value):
        self.span_c().id = _text_key(self.doc, value, "id")

    @property
    def id_(self):
        """The span's own id; "" if there is none."""
        return self.doc.vocab.strings.text(self.span_c().id)

    @id_.setter
    def id_(self, str value not None):
        self.span_c().id = _text_key(self.doc, value, "id_")

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
        cdef SpanC* span = self.span_c()
        cdef int length = span.end - span.start
        cdef int start, end
        if isinstance(key, slice):
            resolve_slice(key, length, &start, &end)
            return Span.view(self.doc, span.start + start, span.start + end)
        return Token.view(self.doc, span.start + resolve_index(key, length, "Span"))

    def __iter__(self):
        """The tokens of the span."""
        cdef int i
        for i in range(self.span_c().start, self.span_c().end):
            self.span_c()
            yield Token.view(self.doc, i)

    def __richcmp__(self, other, int op):
        if not isinstance(other, Span):
            return NotImplemented
        cdef Span that = other
        if self.doc is not that.doc:
            return False if op == Py_EQ else True if op == Py_NE else NotImplemented
        a, b = _sort_key(self.span_c()), _sort_key(that.span_c())
        if op == Py_LT:
            return a < b
        if op == Py_LE:
            return a <= b
        if op == Py_EQ:
            return a == b
        if op == Py_NE:
            return a != b
        if op == Py_GT:
            return a > b
        return a >= b

    def __hash__(self):
        return hash((id(self.doc), _sort_key(self.span_c())))

    def __str__(self):
        return self.text

    def __repr__(self):
        return self.text


cdef int _bind(Span span, TokenArray doc, int start, int end) except -1:
    if doc.vocab is None:
        raise ValueError("this Doc was never initialised: it has no vocab")
    span.doc = doc
    span.generation = doc.generation
    span.c.start = start
    span.c.end = end
    span.c.start_char = doc.start_char(start)
    span.c.end_char = doc.end_char(end - 1) if end > start else span.c.start_char
    return 0


cdef tuple _sort_key(const SpanC* span):
    return span.start_char, span.end_char, span.start, span.end, span.label, span.kb_id, span.id


cdef attr_t _text_key(TokenArray doc, object value, str name) except? 0:
    # A label or id, given as a text or as the key of a stored text.
    cdef attr_t key
    try:
        key = as_key(doc.vocab.strings, value)
        doc.vocab.strings.text(key)
    except (TypeError, KeyError) as error:
        raise type(error)(f"{name}: {error.args[0]}") from None
    return key
