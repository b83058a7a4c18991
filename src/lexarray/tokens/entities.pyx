"""Named entities, as fields of the tokens that they cover."""
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.string cimport memcpy

from lexarray.tokens.span cimport Span
from lexarray.typedefs cimport attr_t
from lexarray.words cimport Words

_DEFAULTS = {"outside": OUTSIDE, "missing": 0, "blocked": BEGIN, "unmodified": -1}


cdef int find_entity(const TokenC* tokens, int length, int last, int* start) noexcept nogil:
    cdef int i = start[0], end
    while i < last and (tokens[i].ent_type == 0 or tokens[i].ent_iob == OUTSIDE or tokens[i].ent_iob == 0):
        i += 1
    start[0] = i
    end = i + 1
    while end < length and tokens[end].ent_iob == INSIDE and tokens[end].ent_type == tokens[i].ent_type:
        end += 1
    return end


cdef list list_entities(TokenArray doc, int first, int last):
    cdef list found = []
    cdef int i = first, start
    cdef Span span
    cdef const TokenC* tokens = doc.c
    while 0 < i < last and tokens[i].ent_iob == INSIDE and tokens[i].ent_type == tokens[i - 1].ent_type:
        i += 1                                          # of an entity that began before
    while i < last:
        start = i
        i = find_entity(tokens, doc.length, last, &start)
        if start == last or i > last:
            break
        span = Span.view(doc, start, i)
        span.c.label = tokens[start].ent_type
        span.c.kb_id = tokens[start].ent_kb_id
        span.c.id = tokens[start].ent_id
        span.words = doc.words
        found.append(span)
    return found


cdef void mend_iob(TokenC* tokens, int i) noexcept nogil:
    if tokens[i].ent_iob == INSIDE and tokens[i].ent_type and (i == 0 or tokens[i - 1].ent_type != tokens[i].ent_type or
                                        tokens[i - 1].ent_iob not in (INSIDE, BEGIN)):
        tokens[i].ent_iob = BEGIN


cdef Span _as_entity(TokenArray doc, object entity, Py_ssize_t number):
    # A span, or (label, start, end), or (label, kb_id, start, end).
    cdef Span span
    if isinstance(entity, Span):
        span = entity
        span.span_c()
    elif isinstance(entity, tuple) and len(entity) in (3, 4):
        span = Span(doc, entity[len(entity) - 2], entity[len(entity) - 1], label=entity[0],
                    kb_id=entity[1] if len(entity) == 4 else 0)
    else:
        raise TypeError(f"entity {number}: expected a Span, or a tuple (label, start, end) or (label, kb_id, start, "
                        f"end), got {entity!r:.80}")
    if span.c.label == 0:
        raise ValueError(f"entity {number}, {span.text!r:.80} (tokens {span.c.start} to {span.c.end}), has no label")
    return span


cdef Span _as_span(object span, str kind, Py_ssize_t number):
    if not isinstance(span, Span):
        raise TypeError(f"{kind} {number}: expected a Span, got {span!r:.80}")
    return span


cdef int _mark(TokenArray doc, char* taken, Span span, str kind, Py_ssize_t number) except -1:
    # Note that a span covers its tokens.
    cdef int i
    span.span_c()                                       # StaleViewError
    if span.doc is not doc:
        raise ValueError(f"{kind} {number}, {span.text!r:.80}, is a span of another Doc")
    if span.c.start == span.c.end:
        raise ValueError(f"{kind} {number} is empty: it is from token {span.c.start} to {span.c.end}")
    for i in range(span.c.start, span.c.end):
        if taken[i]:
            raise ValueError(f"{kind} {number}, {span.text!r:.80} (tokens {span.c.start} to {span.c.end}), overlaps "
                             f"with another span at token {i}: a token is in one entity, or in none")
        taken[i] = 1
    return 0


cdef int set_entities(TokenArray doc, object entities, object blocked, object missing, object outside,
                      str default) except -1:
    if default not in _DEFAULTS:
        raise ValueError(f"default must be one of {', '.join(map(repr, _DEFAULTS))}, got {default!r}")
    cdef int default_iob = _DEFAULTS[default]
    cdef int i, iob
    cdef Span span
    # All Python code of the caller's runs here, before the document is looked at.
    cdef list spans = [_as_entity(doc, entity, number) for number, entity in enumerate(list(entities))]
    cdef list others = [(name, code, [_as_span(each, name, k) for k, each in
                                      enumerate(list(given) if given is not None else ())])
                        for name, code, given in (("blocked span", BEGIN, blocked), ("missing span", 0, missing),
                                                     ("outside span", OUTSIDE, outside))]
    cdef Words words = doc.words
    cdef size_t size = doc.length * sizeof(TokenC)
    cdef TokenC* tokens = <TokenC*>PyMem_Malloc(size + doc.length + 1)
    if tokens is NULL:
        raise MemoryError(f"no memory for {doc.length:,} tokens")
    cdef char* taken = <char*>tokens + size
    try:
        for i in range(doc.length):
            tokens[i] = doc.c[i]
            taken[i] = 0
        for number, span in enumerate(spans):
            _mark(doc, taken, span, "entity", number)
            span.own_texts()
            for i in range(span.c.start, span.c.end):
                _set(&tokens[i], BEGIN if i == span.c.start else INSIDE, span.c.label, span.c.kb_id, span.c.id)
        for kind, iob, spans in others:
            for number, span in enumerate(spans):
                _mark(doc, taken, span, kind, number)
                for i in range(span.c.start, span.c.end):
                    _set(&tokens[i], iob, 0, 0, 0)
        for i in range(doc.length):
            if not taken[i]:
                if default_iob != -1:
                    _set(&tokens[i], default_iob, 0, 0, 0)
                elif i and taken[i - 1] and tokens[i].ent_iob == INSIDE:
                    tokens[i].ent_iob = BEGIN           # the rest of an entity that was cut
        doc.own_tokens(tokens, doc.length, words)
        if size:
            memcpy(doc.c, tokens, size)
    finally:
        PyMem_Free(tokens)
    return 0


cdef void _set(TokenC* token, int iob, attr_t label, attr_t kb_id, attr_t id) noexcept nogil:
    token.ent_iob = iob
    token.ent_type = label
    token.ent_kb_id = kb_id
    token.ent_id = id


cdef int set_iob(TokenArray doc, list iob) except -1:
    cdef int i
    cdef str value
    cdef attr_t label, last = 0                         # label of the entity that may go on
    for i in range(len(iob)):
        if iob[i] is not None and not isinstance(iob[i], str):
            raise TypeError(f"ents: token {i}: expected a str, got {type(iob[i]).__name__}: {iob[i]!r:.80}")
        value = None if iob[i] is None else str.__str__(iob[i])
        if not value:
            _set(&doc.c[i], 0, 0, 0, 0)
            last = 0
            continue
        tag, hyphen, name = value.partition("-")
        if value == "O" or value == "B-":               # B- without a label: no entity can be here
            _set(&doc.c[i], OUTSIDE if value == "O" else BEGIN, 0, 0, 0)
            last = 0
            continue
        if tag not in ("B", "I") or not name:
            raise ValueError(f"ents: token {i}: {value!r} is no IOB tag: expected 'O', 'B-LABEL', 'I-LABEL', or '' "
                             f"for unset")
        label = doc.text_key(name)
        if tag == "I" and label != last:
            raise ValueError(f"ents: token {i}: {value!r} continues no entity of that label: start one with "
                             f"'B-{name}'")
        _set(&doc.c[i], BEGIN if tag == "B" else INSIDE, label, 0, 0)
        last = label
    return 0
