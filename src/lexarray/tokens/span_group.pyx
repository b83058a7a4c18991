"""Groups of spans of one document, which may overlap and contradict: :class:`SpanGroup`, :class:`SpanGroups`."""
from cpython.mem cimport PyMem_Free, PyMem_Realloc
from libc.string cimport memmove

from lexarray.tokens.span cimport Span, as_index, fit_index

from collections.abc import MutableMapping
from weakref import ref


cdef class SpanGroup:
    """A sequence of spans of one document.

    Args:
        doc (Doc): the document. The group does not keep it alive.
        name (str): the group's name.
        attrs (dict): anything to keep with the group.
        spans (Iterable[Span]): the spans.

    >>> import lexarray
    >>> doc = lexarray.blank("en")("Welcome to the Bank of China.")
    >>> doc.spans["orgs"] = [doc[3:6], doc[5:6]]
    >>> group = doc.spans["orgs"]
    >>> [span.text for span in group], group.has_overlap
    (['Bank of China', 'China'], True)
    """

    def __init__(self, TokenArray doc not None, *, str name not None="", attrs=None, spans=()):
        self._doc_ref = ref(doc)
        self.generation = doc.generation
        self.words = doc.words
        self.name = name
        self.attrs = {} if attrs is None else dict(attrs)
        self.length = 0
        self.extend(spans)

    def __dealloc__(self):
        PyMem_Free(self.c)

    cdef TokenArray get_doc(self):
        cdef TokenArray doc = None if self._doc_ref is None else self._doc_ref()
        if doc is None:
            raise RuntimeError(f"the Doc of the SpanGroup {self.name!r} is gone: keep it as long as the group")
        doc.check_view(self.generation)
        return doc

    cdef int push_back(self, const SpanC* span) except -1:
        cdef int capacity
        cdef SpanC* larger
        if self.length == self._capacity:
            capacity = 2 * self._capacity + 4
            larger = <SpanC*>PyMem_Realloc(self.c, capacity * sizeof(SpanC))
            if larger is NULL:
                raise MemoryError(f"no memory for {capacity:,} spans")
            self.c = larger
            self._capacity = capacity
        self.c[self.length] = span[0]
        self.length += 1
        return 0

    cdef int own_texts(self, TokenArray doc) except -1:
        cdef int i
        if self.words is not doc.words and self.words is not None:
            for i in range(self.length):
                doc.words.take_span_texts(&self.c[i], self.words)
            self.words = doc.words
        return 0

    cdef const SpanC* _checked(self, object span) except NULL:
        if not isinstance(span, Span):
            raise TypeError(f"expected a Span, got {type(span).__name__}: {span!r:.80}")
        cdef TokenArray doc = self.get_doc()
        (<Span>span).span_c()
        if (<Span>span).doc is not doc:
            raise ValueError(f"the span {span.text!r:.80} is of another Doc than the SpanGroup {self.name!r}")
        (<Span>span).own_texts()
        self.own_texts(doc)
        return &(<Span>span).c

    cdef object _span(self, int i):
        cdef TokenArray doc = self.get_doc()
        cdef Span span = Span.view(doc, self.c[i].start, self.c[i].end)
        self.own_texts(doc)
        span.c = self.c[i]
        span.words = self.words
        return span

    @property
    def doc(self):
        """The document.

        Raises:
            RuntimeError: it is gone.
        """
        return self.get_doc()

    @property
    def has_overlap(self):
        """Whether two spans have a token in common. Cost: n log n."""
        self.get_doc()
        cdef int end = 0
        for first, last in sorted([(self.c[i].start, self.c[i].end) for i in range(self.length)
                                   if self.c[i].end > self.c[i].start]):
            if first < end:
                return True
            end = last
        return False

    def append(self, span):
        """Add a span at the end.

        Raises:
            ValueError: it is of another document.
        """
        self.push_back(self._checked(span))

    def extend(self, spans):
        """Add spans at the end, all or none: an iterable or another group of the same document, whose attrs are
        taken over too, unless the group has its own."""
        cdef list checked = list(spans)
        for span in checked:
            self._checked(span)
        for span in checked:
            self.push_back(&(<Span>span).c)
        if isinstance(spans, SpanGroup):
            self.attrs = {**(<SpanGroup>spans).attrs, **self.attrs}

    def copy(self, doc=None):
        """A copy of the group, for its document or for another one with the same tokens.

        Raises:
            ValueError: a span does not fit into the other document, or has other text there.
        """
        cdef TokenArray source = self.get_doc()
        cdef TokenArray target = source if doc is None else doc
        cdef SpanGroup group = SpanGroup(target, name=self.name, attrs=self.attrs)
        cdef Span span
        cdef int i
        for i, span in enumerate(self):
            if target is not source:
                if span.c.end > target.length or Span.view(target, span.c.start, span.c.end).text != span.text:
                    raise ValueError(f"span {i} of the SpanGroup {self.name!r}, {span.text!r:.80} (tokens {span.c.start} to "
                                     f"{span.c.end}), does not fit the other Doc")
                span = Span(target, span.c.start, span.c.end, span.label_, span.kb_id_, span.id_)
            group.push_back(&span.c)
        return group

    def __len__(self):
        return self.length

    def __sizeof__(self):
        return object.__sizeof__(self) + self._capacity * sizeof(SpanC)

    def __getitem__(self, key):
        """The i-th span, or a list of spans for a slice."""
        cdef Py_ssize_t i
        if isinstance(key, slice):
            return list(self)[key]
        i = as_index(key)
        return self._span(fit_index(i, self.length, "SpanGroup", "span"))

    def __setitem__(self, key, span):
        cdef Py_ssize_t i = as_index(key)
        cdef const SpanC* new = self._checked(span)
        self.c[fit_index(i, self.length, "SpanGroup", "span")] = new[0]

    def __delitem__(self, key):
        cdef Py_ssize_t i = as_index(key)
        i = fit_index(i, self.length, "SpanGroup", "span")
        self.get_doc()
        memmove(&self.c[i], &self.c[i + 1], (self.length - i - 1) * sizeof(SpanC))
        self.length -= 1

    def __iter__(self):
        cdef int i = 0
        while i < self.length:
            yield self._span(i)
            i += 1

    def __contains__(self, span):
        return any([each == span for each in self])

    def __iadd__(self, other):
        self.extend(other)
        return self

    def __add__(self, other):
        """A new group with the spans of both; of attrs, those of the first win."""
        if not isinstance(other, (SpanGroup, list, tuple)):
            return NotImplemented
        cdef SpanGroup group = self.copy()
        group.extend(other)
        return group

    def __repr__(self):
        return repr(list(self))


cdef int refresh_groups(TokenArray doc) except -1:
    cdef SpanGroup group
    cdef int i
    for group in (doc._spans.values() if doc._spans is not None else ()):
        group.generation = doc.generation
        for i in range(group.length):
            group.c[i].start_char = doc.start_char(group.c[i].start)
            group.c[i].end_char = (doc.end_char(group.c[i].end - 1) if group.c[i].end > group.c[i].start
                                   else group.c[i].start_char)
    return 0


class SpanGroups(MutableMapping):
    """The groups of a document, by name. Assigning a list of spans makes a group of it."""

    def __init__(self, doc):
        self._doc_ref = ref(doc)
        self._groups = {}

    def __setitem__(self, name, spans):
        if not isinstance(name, str):
            raise TypeError(f"the name of a SpanGroup must be a str, got {name!r:.80}")
        name = str(name)
        doc = self._doc_ref()
        if doc is None:
            raise RuntimeError("the Doc of these groups is gone: keep it as long as the groups")
        if isinstance(spans, SpanGroup):
            if spans.doc is not doc:
                raise ValueError(f"the SpanGroup {name!r} is of another Doc: use group.copy(doc=...)")
        else:
            spans = SpanGroup(doc, name=name, spans=spans)
        self._groups[name] = spans

    def __getitem__(self, name):
        return self._groups[name]

    def setdefault(self, name, default=()):
        """The group of this name; a new one of the default's spans if there is none."""
        if name not in self:
            self[name] = () if default is None else default
        return self[name]

    def __delitem__(self, name):
        del self._groups[name]

    def __iter__(self):
        return iter(self._groups)

    def __len__(self):
        return len(self._groups)

    def __repr__(self):
        return repr(self._groups)

    def copy(self, doc=None):
        """A copy of all groups, for their document or another with the same tokens."""
        copied = SpanGroups(self._doc_ref() if doc is None else doc)
        for name, group in self.items():
            copied[name] = group.copy(doc)
        return copied
