"""Documents as JSON in spaCy's layout, both ways. What the layout has no place for is in keys that spaCy's reader ignores:
of a token only where it does not follow from the rest."""
from libc.stdint cimport INT32_MAX, uint32_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy

from lexarray.attrs cimport DEP, ENT_IOB, LEMMA, MORPH, POS, SENT_START, TAG, attr_id_t
from lexarray.strings cimport StringStore
from lexarray.structs cimport SpanC, TokenC
from lexarray.tokens.arrays cimport has_annotation
from lexarray.tokens.entities cimport BEGIN, INSIDE, OUTSIDE, find_entity
from lexarray.tokens.span_group cimport SpanGroup
from lexarray.tokens.token cimport pos_id
from lexarray.tokens.token_array cimport hand_over
from lexarray.tokens.tree cimport build_tree, has_head, set_sentences
from lexarray.typedefs cimport attr_t, hash_t
from lexarray.words cimport Words

from lexarray.symbols import NAMES
from lexarray.tokens.extensions import is_extension
from lexarray.tokens.span import Span
from lexarray.tokens.span_group import SpanGroups
from lexarray.tokens.token import Token

cdef enum:
    N_KEPT = 256                    # a power of 2

cdef list _NAMES = list(NAMES)
# In the order in which spaCy writes them.
cdef tuple _LAYERS = ("tag", "pos", "morph", "lemma", "dep", "head")


cdef extern from "Python.h":
    long PyLong_AsLongAndOverflow(object, int*) except? -1


# ---- writing ----

cdef class _Texts:
    # key -> text. The last ones are kept, so that a tag is one object however often it occurs.
    cdef StringStore strings
    cdef list texts
    cdef hash_t keys[N_KEPT]

    def __cinit__(self, StringStore strings):
        self.strings = strings
        self.texts = [""] * N_KEPT

    cdef str of(self, hash_t key):
        cdef Py_ssize_t place = key & (N_KEPT - 1)
        if self.keys[place] != key:
            self.texts[place] = self.strings.text(key)
            self.keys[place] = key
        return <str>self.texts[place]


cdef dict document_as_json(TokenArray doc, object cats, bint has_unknown_spaces, float sentiment, object underscore):
    doc.check_initialised()
    # All Python code of the user's runs first.
    cdef dict found, groups, group_attrs
    found = {} if underscore is None else _extensions_of(doc, underscore)
    cdef dict all_cats = dict(cats) if cats else None
    groups, group_attrs = _groups_of(doc)
    # Then the tokens are copied: to make an object may run the garbage collector, and that anything.
    cdef int n = doc.length, i
    cdef attr_id_t attr
    cdef Words words = doc.words
    cdef str text = doc.text_of(0, n, True)
    cdef dict written = {"text": text}
    cdef bint[6] has
    cdef bint has_ents, has_sents
    cdef _Texts texts
    cdef TokenC* tokens = <TokenC*>malloc(2 * (<size_t>n + 1) * sizeof(TokenC))
    cdef TokenC* read                   # what a reader makes of it without our own keys
    if tokens is NULL:
        raise MemoryError(f"no memory for {n:,} tokens")
    try:
        if n != doc.length:             # to make the text has run other code
            raise RuntimeError("the Doc was changed while it was written as JSON")
        if n:
            memcpy(tokens, doc.c, n * sizeof(TokenC))
        has_ents, has_sents = has_annotation(doc, ENT_IOB, False), has_annotation(doc, SENT_START, False)
        for i, attr in enumerate((TAG, POS, MORPH, LEMMA, DEP)):
            has[i] = n and has_annotation(doc, attr, False)
        has[4] = has[5] = has[4] or _any_head(tokens, n)
        read = tokens + n
        memcpy(read, tokens, n * sizeof(TokenC))
        for i in range(n):
            read[i].sent_start = read[i].ent_iob = 0
            read[i].ent_type = read[i].ent_kb_id = read[i].ent_id = read[i].norm = 0
        if has[5]:
            set_sentences(read, n)
        texts = _Texts(words.strings)
        if has_ents:
            written["ents"] = _ents_of(tokens, read, n, texts)
        if has_sents:
            written["sents"] = _sents_of(tokens, read, n)
        if all_cats is not None:
            written["cats"] = all_cats
        written["tokens"] = _tokens_of(tokens, read, n, has, texts)
    finally:
        free(tokens)
    if groups:
        written["spans"] = groups
    if group_attrs:
        written["span_groups"] = group_attrs
    written.update(found)
    if has_unknown_spaces:
        written["has_unknown_spaces"] = True
    if sentiment:
        written["sentiment"] = sentiment
    return written


cdef bint _any_head(const TokenC* tokens, int n) noexcept nogil:
    cdef int i
    for i in range(n):
        if has_head(&tokens[i]):
            return True
    return False


cdef bint _all_heads(const TokenC* tokens, int n) noexcept nogil:
    cdef int i
    for i in range(n):
        if not has_head(&tokens[i]):
            return False
    return True


cdef list _ents_of(const TokenC* tokens, TokenC* read, int n, _Texts texts):
    cdef list written = []
    cdef int start = 0, end, i
    cdef dict ent
    for i in range(n):
        read[i].ent_iob = OUTSIDE
    while True:
        end = find_entity(tokens, n, n, &start)
        if start == n:
            return written
        ent = {"start": tokens[start].idx, "end": _end_char(&tokens[end - 1]), "label": texts.of(tokens[start].ent_type)}
        if tokens[start].ent_kb_id:
            ent["kb_id"] = texts.of(tokens[start].ent_kb_id)
        if tokens[start].ent_id:
            ent["id"] = texts.of(tokens[start].ent_id)
        written.append(ent)
        _set_entity(read, start, end, tokens[start].ent_type, tokens[start].ent_kb_id, tokens[start].ent_id)
        start = end


cdef list _sents_of(const TokenC* tokens, TokenC* read, int n):
    cdef list written = []
    cdef int start = 0, i
    cdef bint follow = _all_heads(tokens, n)
    if n == 0:
        return written
    for i in range(1, n + 1):
        if i == n or tokens[i].sent_start == 1:
            written.append({"start": tokens[start].idx, "end": _end_char(&tokens[i - 1])})
            if not follow:
                _set_sentence(read, start, i)
            start = i
    return written


cdef list _tokens_of(const TokenC* tokens, const TokenC* read, int n, const bint* has, _Texts texts):
    cdef list written = []
    cdef dict token, form = dict.fromkeys(("id", "start", "end"))
    cdef const TokenC* t
    cdef const TokenC* r
    cdef int i
    for i, name in enumerate(_LAYERS):
        if has[i]:
            form[name] = None
    for i in range(n):
        t, r = &tokens[i], &read[i]
        token = form.copy()             # it does not have to grow
        token["id"] = i
        token["start"] = t.idx
        token["end"] = _end_char(t)
        if has[0]:
            token["tag"] = texts.of(t.tag)
        if has[1]:
            token["pos"] = _NAMES[t.pos]
        if has[2]:
            token["morph"] = texts.of(t.morph)          # "" is unset, "_" no features
        if has[3]:
            token["lemma"] = texts.of(t.lemma)
        if has[4]:
            token["dep"] = texts.of(t.dep)
            token["head"] = i + t.head
        if t.norm:
            token["norm"] = texts.of(t.norm)
        if t.sent_start != r.sent_start:
            token["sent_start"] = t.sent_start
        if t.ent_iob != r.ent_iob:
            token["ent_iob"] = t.ent_iob
        if t.ent_type != r.ent_type:
            token["ent_type"] = texts.of(t.ent_type)
        if t.ent_kb_id != r.ent_kb_id:
            token["ent_kb_id"] = texts.of(t.ent_kb_id)
        if t.ent_id != r.ent_id:
            token["ent_id"] = texts.of(t.ent_id)
        written.append(token)
    return written


cdef tuple _groups_of(TokenArray doc):
    # The groups of spans; and name and attrs of those that have others than a new one would.
    cdef dict written = {}, others = {}, other, span
    cdef SpanGroup group
    cdef list spans
    cdef _Texts texts
    cdef SpanC c
    cdef int i
    if doc._spans is None:
        return written, others
    for key, group in list(doc._spans.items()):
        group.get_doc()
        other = {}
        if group.name != key:
            other["name"] = group.name
        if group.attrs:
            other["attrs"] = _plain(group.attrs, f"spans[{key!r:.80}]: its attrs are", _from_numpy)
        if other:
            others[key] = other
        spans = written[key] = []
        texts = _Texts(group.words.strings)
        i = 0
        while i < group.length:
            c = group.c[i]
            span = {"start": c.start_char, "end": c.end_char, "label": texts.of(c.label), "kb_id": texts.of(c.kb_id)}
            if c.id:
                span["id"] = texts.of(c.id)
            spans.append(span)
            i += 1
    return written, others


cdef object _plain(object value, str what, object default=None):
    # What JSON makes of a value. The result shares nothing with it.
    import json                     # which takes a while, and which few values need
    try:
        return json.loads(json.dumps(value, default=default))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{what} not JSON-serializable: {error}: {value!r:.80}") from None


def _from_numpy(value):
    # The scores of a group of spans are often an array.
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"Object of type {type(value).__name__}")


cdef dict _extensions_of(TokenArray doc, object underscore):
    cdef dict of_doc = {}, of_tokens = {}, of_spans = {}
    if isinstance(underscore, (str, bytes)):
        raise TypeError(f"underscore must be a list of names of extensions, got one {type(underscore).__name__}: "
                        f"{underscore!r:.80}")
    names = list(dict.fromkeys(underscore))
    for name in names:
        if doc.has_extension(name):
            of_doc[name] = _plain(doc._.get(name), f"the value of doc._.{name} is")
    for key, value in [] if doc._user_data is None else list(doc._user_data.items()):
        if not is_extension(key) or key[1] not in names:
            continue
        _, name, start, end = key
        if start is None:
            if name not in of_doc:          # of an extension that is not known here
                of_doc[name] = _plain(value, f"the value of doc._.{name} is")
        elif end is None:
            value = _plain(value, f"the value of token._.{name} at character {start} is")
            of_tokens.setdefault(name, []).append({"start": start, "value": value})
        else:
            value = _plain(value, f"the value of span._.{name} at characters {start} to {end} is")
            of_spans.setdefault(name, []).append({"start": start, "end": end, "value": value})
    for name in names:
        if not (name in of_doc or name in of_tokens or name in of_spans or Token.has_extension(name)
                or Span.has_extension(name)):
            raise ValueError(f"underscore: {name!r} is no extension of Doc, Token or Span")
    return {key: values for key, values in (("_", of_doc), ("underscore_token", of_tokens), ("underscore_span", of_spans))
            if values}


# ---- what writing and reading have in common ----

cdef int _end_char(const TokenC* token) noexcept nogil:
    return token.idx + <int>token.lex.length


cdef void _set_entity(TokenC* tokens, int start, int end, attr_t label, attr_t kb_id, attr_t id) noexcept nogil:
    cdef int i
    for i in range(start, end):
        tokens[i].ent_iob = BEGIN if i == start else INSIDE
        tokens[i].ent_type = label
        tokens[i].ent_kb_id = kb_id
        tokens[i].ent_id = id


cdef void _set_sentence(TokenC* tokens, int start, int end) noexcept nogil:
    cdef int i
    for i in range(start, end):
        tokens[i].sent_start = 1 if i == start else -1


# ---- reading ----

cdef dict fill_from_json(TokenArray doc, object doc_json, bint validate):
    cdef _Reader reader = _Reader(doc)
    try:
        reader.read(doc_json, validate)
        reader.give_tokens()
    finally:
        free(reader.tokens)
    return reader.rest


cdef class _Reader:
    # Makes the tokens aside: nothing of the document changes before all has been read.
    cdef TokenArray doc
    cdef Words words                # those at the beginning, which have all texts
    cdef TokenC* tokens
    cdef int n
    cdef bint has_tree              # all tokens have heads
    cdef str text
    cdef list groups                # [(key, name, attrs, [(start, end, label, kb_id, id)])]
    cdef dict rest

    def __cinit__(self, TokenArray doc):
        self.doc = doc
        self.words = doc.words

    cdef int read(self, object doc_json, bint validate) except -1:
        if not isinstance(doc_json, dict):
            raise TypeError(f"doc_json must be a dict, as to_json() gives it, got {type(doc_json).__name__}: {doc_json!r:.80}")
        if self.doc.length:
            raise ValueError(f"from_json() fills a Doc that has no tokens, and this one has {self.doc.length}: use "
                             f"Doc(vocab).from_json(...)")
        cdef dict all = dict(doc_json)
        cdef list tokens
        self.text = _text_at(all, "text", "")
        if len(self.text) >= INT32_MAX:
            raise ValueError(f"text: {len(self.text):,} characters: a Doc is limited to {INT32_MAX:,}")
        tokens = list(_checked(all, "tokens", list, "", None))
        if len(tokens) > len(self.text):
            raise ValueError(f"tokens: {len(tokens):,} tokens for {len(self.text):,} characters of text: none may be empty")
        self.n = len(tokens)
        self.tokens = <TokenC*>calloc(self.n + 1, sizeof(TokenC))
        if self.tokens is NULL:
            raise MemoryError(f"no memory for a Doc of {self.n:,} tokens")
        own = self.read_tokens(tokens, validate)
        if "ents" in all:
            self.read_ents(list(_checked(all, "ents", list, "", None)))
        if "sents" in all:
            self.read_sents(list(_checked(all, "sents", list, "", None)))
        for i in own:
            self.read_own(tokens[i], i)
        self.groups = self.read_groups(_checked(all, "spans", dict, "", {}), _checked(all, "span_groups", dict, "", {}))
        cats = _checked(all, "cats", dict, "", None) if "cats" in all else None
        if validate and cats:
            for name, value in cats.items():
                if not isinstance(name, str) or isinstance(value, bool) or not isinstance(value, (int, float)):
                    raise ValueError(f"cats[{name!r:.80}]: expected a number, got {value!r:.80}")
        sentiment = all.get("sentiment", 0.0)
        if isinstance(sentiment, bool) or not isinstance(sentiment, (int, float)):
            raise ValueError(f"sentiment: expected a number, got {sentiment!r:.80}")
        try:
            sentiment = float(sentiment)
        except OverflowError:
            raise ValueError(f"sentiment: {sentiment!r:.80} is too large") from None
        self.rest = {"cats": None if cats is None else dict(cats), "sentiment": sentiment,
                     "has_unknown_spaces": _checked(all, "has_unknown_spaces", bool, "", False),
                     "user_data": self.read_extensions(all)}
        return 0

    cdef list read_tokens(self, list tokens, bint validate):
        # Returns the numbers of those that have keys of our own.
        cdef list own = []
        cdef dict token
        cdef Py_ssize_t n_keys, start, end, before = 0
        cdef int i, number
        cdef bint[6] has
        cdef bint has_id
        cdef str name, word
        cdef TokenC* t
        cdef object value
        if not self.n:
            if self.text:
                raise ValueError(f"tokens: there are none, but the text is {self.text!r:.80}")
            return own
        if not isinstance(tokens[0], dict):
            raise ValueError(f"tokens[0]: expected a dict, got {tokens[0]!r:.80}")
        n_keys = 2
        for number, name in enumerate(_LAYERS):
            has[number] = name in <dict>tokens[0]
            n_keys += has[number]
        if has[5] and not has[4]:
            raise ValueError("tokens[0].dep is missing: heads need labels, since a root is told from a token without a head "
                             "by its label")
        for i, value in enumerate(tokens):
            if not isinstance(value, dict):
                raise ValueError(f"tokens[{i}]: expected a dict, got {value!r:.80}")
            token = <dict>value
            t = &self.tokens[i]
            start = self.offset(token, "start", "tokens", i)
            end = self.offset(token, "end", "tokens", i)
            if start != before:
                if start < before:
                    raise ValueError(f"tokens[{i}].start: {start}, but token {i - 1} ends at {before}: tokens are in order and "
                                     f"do not overlap")
                if i == 0 or start > before + 1 or self.text[before] != " ":
                    raise ValueError(f"tokens[{i}].start: {start}, but the text before it, {self.text[before:start]!r:.80}, is "
                                     f"in no token: there may only be one space between two tokens")
                self.tokens[i - 1].spacy = True
            if end <= start:
                raise ValueError(f"tokens[{i}].end: {end}, but the token starts at {start}: it has at least one character")
            word = self.text[start:end]
            t.lex = self.doc.vocab.get_in(self.words, word)
            t.idx = <int>start
            t.l_edge = t.r_edge = <uint32_t>i
            before = end
            if has[0]:
                t.tag = self.key(token, "tag", "tokens", i)
            if has[1]:
                t.pos = self.pos(token, i)
            if has[2]:
                t.morph = self.morph(token, i)
            if has[3]:
                t.lemma = self.key(token, "lemma", "tokens", i)
            if has[4]:
                t.dep = self.key(token, "dep", "tokens", i)
            if has[5]:
                number = _int_at(token, "head", "tokens", i)
                if not 0 <= number < self.n:
                    raise ValueError(f"tokens[{i}].head: {number} is outside the Doc of {self.n} tokens")
                t.head = number - i
            has_id = "id" in token
            if validate and (not has_id or token["id"] != i):
                raise ValueError(f"tokens[{i}].id: " + (f"{token['id']!r:.80}, but it must be {i}" if has_id else
                                                        "it is missing"))
            if len(token) != n_keys + has_id:           # more: our own, or what is ignored
                for number, name in enumerate(_LAYERS):
                    if not has[number] and name in token:
                        raise ValueError(f"tokens[0].{name} is missing, which tokens[{i}] has: a layer is given for all "
                                         f"tokens or for none")
                own.append(i)
        if before != len(self.text):
            if before + 1 != len(self.text) or self.text[before] != " ":
                raise ValueError(f"text: what follows the last token, {self.text[before:]!r:.80}, is in no token")
            self.tokens[self.n - 1].spacy = True
        if has[5]:
            number = build_tree(self.tokens, self.n)
            if number != -1:
                raise ValueError(f"tokens[{number}].head: the heads form a cycle")
            self.has_tree = _all_heads(self.tokens, self.n)
            set_sentences(self.tokens, self.n)          # also if all are roots: that is what the heads say
        return own

    cdef int read_own(self, object token_, int i) except -1:
        cdef dict token = token_
        cdef TokenC* t = &self.tokens[i]
        if "norm" in token:
            t.norm = self.key(token, "norm", "tokens", i)
        if "sent_start" in token:
            t.sent_start = _int_between(token, "sent_start", i, -1, 1)
        if "ent_iob" in token:
            t.ent_iob = _int_between(token, "ent_iob", i, 0, 3)
        if "ent_type" in token:
            t.ent_type = self.key(token, "ent_type", "tokens", i)
        if "ent_kb_id" in token:
            t.ent_kb_id = self.key(token, "ent_kb_id", "tokens", i)
        if "ent_id" in token:
            t.ent_id = self.key(token, "ent_id", "tokens", i)
        return 0

    cdef int read_ents(self, list ents) except -1:
        cdef int start, end, k
        cdef attr_t label, kb_id, id
        for k in range(self.n):
            self.tokens[k].ent_iob = OUTSIDE
        for i, ent in enumerate(ents):
            self.span(ent, "ents", i, &start, &end)
            label = self.key(ent, "label", "ents", i)
            if label == 0:
                raise ValueError(f"ents[{i}].label is empty")
            if start == end:
                raise ValueError(f"ents[{i}].end: {ent['end']}, which is where it starts: an entity has at least one token")
            for k in range(start, end):
                if self.tokens[k].ent_iob != OUTSIDE:
                    raise ValueError(f"ents[{i}] overlaps with another entity at token {k}")
            kb_id = self.key(ent, "kb_id", "ents", i) if "kb_id" in ent else 0
            id = self.key(ent, "id", "ents", i) if "id" in ent else 0
            _set_entity(self.tokens, start, end, label, kb_id, id)
        return 0

    cdef int read_sents(self, list sents) except -1:
        # Heads say more: where all tokens have one, sentences follow from them.
        cdef int start, end, before = 0
        for i, sent in enumerate(sents):
            self.span(sent, "sents", i, &start, &end)
            if start < before:
                raise ValueError(f"sents[{i}].start: {sent['start']}, which is in a sentence before it")
            if start == end:
                raise ValueError(f"sents[{i}].end: {sent['end']}, which is where it starts: a sentence has at least one token")
            before = end
            if not self.has_tree:
                _set_sentence(self.tokens, start, end)
        return 0

    cdef list read_groups(self, dict spans, dict others):
        cdef list groups = [], found
        cdef int start, end
        cdef str where
        for key in others:
            if key not in spans:
                raise ValueError(f"span_groups[{key!r:.80}]: there is no spans[{key!r:.80}]")
        for key, group in list(spans.items()):
            if not isinstance(key, str):
                raise ValueError(f"spans: the name of a group must be a str, got {key!r:.80}")
            where = f"spans[{key!r:.80}]"
            if not isinstance(group, list):
                raise ValueError(f"{where}: expected a list, got {group!r:.80}")
            found = []
            for i, span in enumerate(list(group)):
                self.span(span, where, i, &start, &end)
                found.append((start, end, *[self.key(span, name, where, i) if name in span else 0
                                            for name in ("label", "kb_id", "id")]))
            other = _checked(others, key, dict, "span_groups", {})
            where = f"span_groups[{key!r:.80}]"
            groups.append((key, _text_at(other, "name", where) if "name" in other else str.__str__(key),
                           dict(_checked(other, "attrs", dict, where, {})), found))
        return groups

    cdef dict read_extensions(self, dict all):
        cdef dict found = {}
        cdef str where
        for name, value in _checked(all, "_", dict, "", {}).items():
            if not isinstance(name, str):
                raise ValueError(f"_: the name of an extension must be a str, got {name!r:.80}")
            found["._.", name, None, None] = value
        for part in ("underscore_token", "underscore_span"):
            for name, values in _checked(all, part, dict, "", {}).items():
                where = f"{part}[{name!r:.80}]"
                if not isinstance(name, str):
                    raise ValueError(f"{part}: the name of an extension must be a str, got {name!r:.80}")
                if not isinstance(values, list):
                    raise ValueError(f"{where}: expected a list, got {values!r:.80}")
                for i, value in enumerate(values):
                    if not isinstance(value, dict) or "value" not in value:
                        raise ValueError(f"{where}[{i}]: expected a dict with a value, got {value!r:.80}")
                    # Not necessarily of a token: edits of the tokens leave values where they are.
                    start = self.offset(value, "start", where, i)
                    end = self.offset(value, "end", where, i) if part == "underscore_span" else None
                    found["._.", name, start, end] = value["value"]
        return found

    cdef hash_t key(self, object parts, str name, str where, int i) except? 0:
        return self.words.strings.intern(_text_at(parts, name, where, i))

    cdef int pos(self, dict token, int i) except -1:
        cdef str text = _text_at(token, "pos", "tokens", i)
        try:
            return pos_id(text)
        except ValueError as error:
            raise ValueError(f"tokens[{i}].pos: {error}") from None

    cdef hash_t morph(self, dict token, int i) except? 0:
        cdef str text = _text_at(token, "morph", "tokens", i)
        if not text:
            return 0
        try:
            return self.doc.vocab.morphology.intern(text)
        except ValueError as error:
            raise ValueError(f"tokens[{i}].morph: {error}") from None

    cdef Py_ssize_t offset(self, dict parts, str name, str where, int i) except -1:
        cdef Py_ssize_t value = _int_at(parts, name, where, i)
        if not 0 <= value <= len(self.text):
            raise ValueError(f"{where}[{i}].{name}: {value} is outside the text of {len(self.text)} characters")
        return value

    cdef int span(self, object span, str where, int i, int* start, int* end) except -1:
        # The tokens of a span that is given by its characters.
        cdef Py_ssize_t first, last
        if not isinstance(span, dict):
            raise ValueError(f"{where}[{i}]: expected a dict, got {span!r:.80}")
        first, last = self.offset(span, "start", where, i), self.offset(span, "end", where, i)
        start[0] = self.token_from(first)
        if start[0] < 0:
            raise ValueError(f"{where}[{i}].start: no token starts at {first}")
        if first == last:
            end[0] = start[0]
            return 0
        end[0] = self.token_from(last)                  # the end of a token that no space follows, or:
        if last < first or not _ends_at(self.tokens, self.n, end, last):
            raise ValueError(f"{where}[{i}].end: " + (f"{last} is before its start {first}" if last < first else
                                                     f"no token ends at {last}"))
        return 0

    cdef int token_from(self, Py_ssize_t idx) noexcept:
        # The token that starts there, n at the end of the text; below 0: none, and then -1 - the one that follows.
        cdef int low = 0, high = self.n, middle
        while low < high:
            middle = (low + high) // 2
            if self.tokens[middle].idx < idx:
                low = middle + 1
            else:
                high = middle
        if low < self.n:
            return low if self.tokens[low].idx == idx else -1 - low
        return low if idx == len(self.text) else -1 - low

    cdef int give_tokens(self) except -1:
        # No Python code runs between the tokens and the groups' first; what fails after them, takes them away again.
        cdef TokenArray doc = self.doc
        cdef SpanGroup group
        cdef SpanC span
        cdef TokenC* tokens = self.tokens
        if doc.length:
            raise ValueError(f"the Doc was given {doc.length} tokens while JSON was read into it")
        self.tokens = NULL
        hand_over(doc, tokens, self.n, self.words)
        if not self.groups:
            return 0
        try:
            groups = SpanGroups(doc)
            for key, name, attrs, spans in self.groups:
                group = SpanGroup(doc, name=name, attrs=attrs)
                group.words = self.words
                for span.start, span.end, span.label, span.kb_id, span.id in spans:
                    span.start_char = doc.start_char(span.start)
                    span.end_char = doc.end_char(span.end - 1) if span.end > span.start else span.start_char
                    group.push_back(&span)
                group.own_texts(doc)
                groups[key] = group
            doc._spans = groups
        except:
            doc.clear()
            raise
        return 0


cdef bint _ends_at(const TokenC* tokens, int n, int* end, Py_ssize_t char) noexcept:
    # Whether token end[0] - 1 ends there; end[0] as token_from() gives it, made non-negative.
    if end[0] < 0:
        end[0] = -1 - end[0]
    return end[0] > 0 and _end_char(&tokens[end[0] - 1]) == char


cdef str _place(str where, int i, str name):
    if where == "":
        return name
    return f"{where}.{name}" if i < 0 else f"{where}[{i}].{name}"


cdef str _text_at(dict parts, str name, str where, int i=-1):
    # An exact str, also of a subclass. i < 0: parts are not of a list.
    value = parts.get(name)
    if type(value) is str:
        return <str>value
    if isinstance(value, str):
        return str.__str__(value)
    raise ValueError(f"{_place(where, i, name)}" + (f": expected a str, got {value!r:.80}" if name in parts else " is missing"))


cdef int _int_at(dict parts, str name, str where, int i) except? -1:
    cdef int overflow = 0
    cdef long number
    value = parts.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        number = PyLong_AsLongAndOverflow(value, &overflow)
        if overflow or not -INT32_MAX <= number <= INT32_MAX:
            raise ValueError(f"{_place(where, i, name)}: {value!r:.80} is no index or offset in a Doc")
        return <int>number
    raise ValueError(f"{_place(where, i, name)}" + (f": expected an int, got {value!r:.80}" if name in parts else " is missing"))


cdef int _int_between(dict token, str name, int i, int least, int most) except? -1:
    cdef int number = _int_at(token, name, "tokens", i)
    if not least <= number <= most:
        raise ValueError(f"tokens[{i}].{name}: it must be from {least} to {most}, got {number}")
    return number


cdef object _checked(dict parts, object name, type kind, str where, object default):
    # parts[name]; default None: it must be there.
    if name not in parts:
        if default is None:
            raise ValueError(f"{_place(where, -1, name)} is missing")
        return default
    value = parts[name]
    if not isinstance(value, kind):
        raise ValueError(f"{_place(where, -1, str(name))}: expected a {kind.__name__}, got {value!r:.80}")
    return value
