"""Groups of spans of one document, which may overlap and contradict: :class:`SpanGroup`, :class:`SpanGroups`."""
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Free, PyMem_Realloc
from libc.string cimport memmove

from lexarray._message_pack cimport put, put_array_head, put_bytes_head, put_map_head, unpack_map
from lexarray.tokens.span cimport Span, as_index, fit_index

from collections.abc import MutableMapping
from weakref import ref

cdef enum:
    SPAN_BYTES = 40
    MOST_COPIED = 1 << 24       # bytes of groups that are stored once and read again, for further names of theirs

cdef bytes _NO_GROUPS = b"\x90"


cdef class SpanGroup:
    """A sequence of spans of one document.

    Args:
        doc (Doc): the document. The group does not keep it alive.
        name (str): the group's name.
        attrs (dict): anything to keep with the group.
        spans (Iterable[Span]): the spans.

    Attributes:
        name (str): as given; may be set.
        attrs (dict): a copy of what was given; may be set.

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

    # ---- bytes and pickles ----

    cdef object pack(self, bint with_texts):
        cdef bytearray out = bytearray()
        cdef int i, n
        cdef bytes copied
        cdef const SpanC* spans
        put_map_head(out, 3 + with_texts)
        put(out, "name")
        put(out, self.name)
        put(out, "attrs")
        put(out, self.attrs)
        put(out, "spans")
        # A copy: to make an object may run the garbage collector, and that anything.
        n = self.length
        copied = PyBytes_FromStringAndSize(<const char*>self.c, n * sizeof(SpanC)) if n else b""
        spans = <const SpanC*>PyBytes_AS_STRING(copied)
        strings = self.words.strings
        put_array_head(out, n)
        for i in range(n):
            put_bytes_head(out, SPAN_BYTES)
            _put_span(out, &spans[i])
        if with_texts:
            put(out, "strings")
            put(out, sorted({strings.text(key) for i in range(n)
                             for key in (spans[i].label, spans[i].kb_id, spans[i].id) if key}))
        return bytes(out)

    def to_bytes(self):
        """The group as bytes, which spaCy 3.8 reads too: name, attrs, spans, and the texts of labels, kb_ids and ids.

        Raises:
            TypeError, ValueError: attrs have something that MessagePack cannot hold.

        >>> import lexarray
        >>> doc = lexarray.blank("en")("Bank of China")
        >>> data = SpanGroup(doc, name="orgs", spans=[doc[0:3], doc[2:3]]).to_bytes()
        >>> SpanGroup(doc).from_bytes(data)
        [Bank of China, China]
        """
        self.get_doc()
        return self.pack(True)

    def from_bytes(self, bytes_data):
        """Replace name, attrs and spans by what ``to_bytes``, here or of spaCy, has made of a group of a document with the
        same tokens.

        Returns:
            SpanGroup: itself.

        Raises:
            ValueError: the bytes are truncated, damaged or no group, a span is outside the document, or the text of a
                label is not known (spaCy's bytes have no texts). Nothing has changed then.
        """
        cdef SpanGroup group = _unpack_group(self.get_doc(), _as_bytes(bytes_data))
        self.c, group.c = group.c, self.c
        self.length, group.length = group.length, self.length
        self._capacity, group._capacity = group._capacity, self._capacity
        self.words, group.words = group.words, self.words
        self.generation = group.generation
        self.name, self.attrs = group.name, group.attrs
        return self

    def __reduce__(self):
        cdef TokenArray doc = self.get_doc()
        self.own_texts(doc)
        for key, group in [] if doc._spans is None else list(doc._spans.items()):
            if group is self:
                return _group_of, (doc, key)
        return _loose_group, (doc, self.name, self.attrs, [(span.start, span.end, span.label_, span.kb_id_, span.id_)
                                                           for span in self])

    def __copy__(self):
        return self.copy()

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

    def _doc(self):
        doc = self._doc_ref()
        if doc is None:
            raise RuntimeError("the Doc of these groups is gone: keep it as long as the groups")
        return doc

    def __setitem__(self, name, spans):
        if not isinstance(name, str):
            raise TypeError(f"the name of a SpanGroup must be a str, got {name!r:.80}")
        name = str(name)
        doc = self._doc()
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

    def to_bytes(self):
        """All groups as bytes, which spaCy 3.8 reads too, and the texts of their labels, kb_ids and ids.

        Raises:
            TypeError, ValueError: attrs have something that MessagePack cannot hold, or groups that are the same in all
                but their key come to more than 16 MB; names the group.

        >>> import lexarray
        >>> nlp = lexarray.blank("en")
        >>> doc, other = nlp("Bank of China"), nlp("Bank of China")
        >>> doc.spans["orgs"] = [doc[0:3], doc[2:3]]
        >>> other.spans.from_bytes(doc.spans.to_bytes())
        {'orgs': [Bank of China, China]}
        """
        return pack_groups(self, True)

    def from_bytes(self, bytes_data):
        """Replace all groups by those of which ``to_bytes``, here or of spaCy, has made the bytes, for a document with the same
        tokens.

        Returns:
            SpanGroups: itself.

        Raises:
            ValueError: the bytes are truncated, damaged or no groups, a span is outside the document, or the text of a
                label is not known (spaCy's bytes have no texts); names the group and the span. Nothing has changed then.
        """
        self._groups = unpack_groups(self._doc(), _as_bytes(bytes_data))._groups
        return self

    def __reduce__(self):
        doc = self._doc()
        return _groups_of, ((doc,) if doc.spans is self else (doc, self._groups))

    def __copy__(self):
        return self.copy()

    def copy(self, doc=None):
        """A copy of all groups, for their document or another with the same tokens."""
        copied = SpanGroups(self._doc() if doc is None else doc)
        for name, group in self.items():
            copied[name] = group.copy(doc)
        return copied


# ---- pickles: what they call. A group that nothing else holds keeps its document. ----

def _group_of(TokenArray doc, key):
    """A pickled group that is in ``doc.spans``."""
    cdef SpanGroup group = doc.spans[key]
    group._kept_doc = doc
    return group


def _loose_group(TokenArray doc, name, attrs, spans):
    """A pickled group that is not."""
    cdef SpanGroup group = SpanGroup(doc, name=name, attrs=attrs, spans=[Span(doc, *span) for span in spans])
    group._kept_doc = doc
    return group


def _groups_of(TokenArray doc, groups=None):
    """The pickled ``doc.spans``, or others."""
    found = doc.spans
    if groups is not None:
        found = SpanGroups(doc)
        found._groups = groups
    found._kept_doc = doc
    return found


# ---- bytes: a map from each group's bytes to the names that it has, so that groups without difference are stored once ----

cdef object pack_groups(object groups, bint with_texts):
    cdef dict names_of = {}
    cdef bytearray out = bytearray()
    cdef SpanGroup group
    cdef Py_ssize_t n_copied = 0
    if not len(groups):
        return _NO_GROUPS
    for name, group in list(groups.items()):
        group.get_doc()
        try:
            packed = group.pack(with_texts)
        except (TypeError, ValueError, OverflowError) as error:
            raise type(error)(f"group {name!r:.80}: {error}") from None
        if packed in names_of:
            n_copied = _copied(n_copied, len(packed), 1, name)
        names_of.setdefault(packed, []).append(name)
    put(out, names_of)
    return bytes(out)


cdef Py_ssize_t _copied(Py_ssize_t n_copied, Py_ssize_t n_bytes, Py_ssize_t n_copies, object name) except -1:
    # n_copied and so many more. Without a limit, few bytes could claim any memory: a large group with many names.
    if n_copies > (MOST_COPIED - n_copied) // n_bytes:
        raise ValueError(f"group {name!r:.80}: it and other groups that are the same come to more than {MOST_COPIED:,} bytes, "
                         f"beside the first of each")
    return n_copied + n_copies * n_bytes


cdef int _put_span(bytearray out, const SpanC* span) except -1:
    # id, kb_id, label: 64 bits; the rest: 32. Big-endian.
    for value in (span.id, span.kb_id, span.label):
        out += value.to_bytes(8, "big")
    for value in (span.start, span.end, span.start_char, span.end_char):
        out += value.to_bytes(4, "big", signed=True)
    return 0


cdef bytes _as_bytes(object data):
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"expected bytes, got {type(data).__name__}: {data!r:.80}")
    return bytes(data)


cdef object unpack_groups(TokenArray doc, bytes data):
    cdef Py_ssize_t n_copied = 0
    groups = SpanGroups(doc)
    if data == _NO_GROUPS or not data:
        return groups
    for packed, names in unpack_map(data).items():
        if not isinstance(packed, bytes) or not isinstance(names, list) or not names:
            raise ValueError(f"expected the bytes of a group and its names, got {packed!r:.80}: {names!r:.80}")
        if packed:
            n_copied = _copied(n_copied, len(packed), len(names) - 1, names[0])
        for name in names:
            if not isinstance(name, str):
                raise ValueError(f"a group's name is no str: {name!r:.80}")
            if name in groups:
                raise ValueError(f"there are two groups of the name {name!r:.80}")
            try:
                groups[name] = _unpack_group(doc, packed)
            except (KeyError, ValueError) as error:
                raise ValueError(f"group {name!r:.80}: {error.args[0]}") from None
    return groups


cdef SpanGroup _unpack_group(TokenArray doc, bytes data):
    cdef SpanC span
    cdef SpanGroup group
    cdef dict parts = unpack_map(data)
    texts = parts.get("strings", [])
    if (set(parts) - {"strings"} != {"name", "attrs", "spans"} or not isinstance(parts["name"], str)
            or not isinstance(parts["attrs"], dict) or not isinstance(parts["spans"], list) or not isinstance(texts, list)):
        raise ValueError(f"expected a name, attrs and spans, got {parts!r:.120}")
    for text in texts:
        if not isinstance(text, str):
            raise ValueError(f"strings: expected a str, got {text!r:.80}")
        doc.text_key(text)
    group = SpanGroup(doc, name=parts["name"], attrs=parts["attrs"])
    for i, record in enumerate(parts["spans"]):
        if not isinstance(record, bytes) or len(record) != SPAN_BYTES:
            raise ValueError(f"span {i}: expected {SPAN_BYTES} bytes, got {record!r:.80}")
        span.id, span.kb_id, span.label = [int.from_bytes(record[at:at + 8], "big") for at in (0, 8, 16)]
        span.start, span.end = [int.from_bytes(record[at:at + 4], "big", signed=True) for at in (24, 28)]
        if not 0 <= span.start <= span.end <= doc.length:
            raise ValueError(f"span {i}: tokens {span.start} to {span.end} are outside the document of {doc.length} tokens")
        try:
            for key in (span.label, span.kb_id, span.id):
                doc.know_key(key)
        except KeyError:
            raise ValueError(f"span {i}: no text is stored for the key {key}") from None
        # Where its characters are follows from its tokens.
        span.start_char = doc.start_char(span.start)
        span.end_char = doc.end_char(span.end - 1) if span.end > span.start else span.start_char
        group.own_texts(doc)
        group.push_back(&span)
    return group
