"""Merging and splitting tokens: :class:`Retokenizer`, which ``doc.retokenize()`` gives.

The edits of one block are made together, in one pass over the tokens, on a copy that then takes the place of
the old array. So an edit that cannot be made changes nothing, and the cost is linear in the document.
"""
from cpython.mem cimport PyMem_Free, PyMem_Malloc

from lexarray.attrs cimport ENT_TYPE, FLAG63, MORPH, NORM, ORTH, POS, SENT_START, attr_id_t
from lexarray.lexeme_table cimport is_text_attr, set_lex_attr
from lexarray.strings cimport StringStore
from lexarray.structs cimport LexemeC, TRANSIENT
from lexarray.tokens.arrays cimport attr_id
from lexarray.tokens.entities cimport BEGIN, INSIDE, OUTSIDE, mend_iob
from lexarray.tokens.span cimport Span, text_key
from lexarray.tokens.span_group cimport SpanGroup, refresh_groups
from lexarray.tokens.token cimport Token, pos_id
from lexarray.tokens.token_array cimport is_token_text_attr, set_token_attr
from lexarray.tokens.tree cimport build_tree, has_head, is_complete, set_sentences, span_root
from lexarray.typedefs cimport attr_t, hash_t
from lexarray.words cimport Words

from collections.abc import Mapping
from operator import index

from lexarray.attrs import NAMES
from lexarray.tokens.token import _extensions


cdef class _Edit:
    # Tokens start <= i < end become `n_new` tokens: 1 for a merge, len(orths) for a split.
    cdef int start, end, n_new
    cdef int root                       # merge: token whose annotation is kept; split: subtoken that heads the others
    cdef list orths                     # None: a merge
    cdef list words                     # for each new token: key of its word, which has been made
    cdef list heads                     # split: (token, subtoken or 0)
    cdef list values                    # for each new token: _Values
    cdef Words source                   # where the words are, and the texts of the values


    cdef int make_words(self, TokenArray doc, list texts) except -1:
        # To make a word may run Python code, during which a memory zone may end: what was made before goes along.
        cdef Words words = None
        while words is not doc.words:
            words = doc.words
            self.words = [doc.vocab.get_in(words, text).orth for text in texts]
        return self.own(words)

    cdef int own(self, Words words) except -1:
        # The same words and texts in those that the document has now.
        cdef hash_t key
        cdef const LexemeC* lex
        cdef _Values values
        if self.source is words:
            return 0
        for key in self.words:
            lex = self.source.find(key)
            if lex is not NULL:
                words.take(lex, self.source)
        for values in self.values:
            values.own(words, self.source)
        self.source = words
        return 0


cdef class _Values:
    # What one new token is given: all values are converted, so that making the edits runs no Python code.
    cdef list token                     # [(attribute, value)]
    cdef list word                      # the same, of its word type
    cdef dict extensions                # name -> value

    cdef int own(self, Words words, Words source) except -1:
        for attr, value in self.token + self.word:
            if is_token_text_attr(attr):
                words.take_text(value, source)
        return 0


cdef _Values _checked_attrs(TokenArray doc, object attrs, str where):
    cdef _Values values = _Values()
    cdef attr_id_t attr
    values.token, values.word, values.extensions = [], [], {}
    if not isinstance(attrs, Mapping):
        raise TypeError(f"{where}: attrs must be a dict, got {attrs!r:.80}")
    for name, value in list(attrs.items()):
        if name == "_":
            if not isinstance(value, Mapping):
                raise TypeError(f"{where}: '_' must be a dict of extensions, got {value!r:.80}")
            for extension in value:
                if not Token.has_extension(extension):
                    raise ValueError(f"{where}: Token._.{extension} does not exist: add it with Token.set_extension")
                if not _extensions.is_writable(extension):
                    raise ValueError(f"{where}: Token._.{extension} has no setter, so it cannot be given")
            values.extensions.update(value)
            continue
        attr = attr_id(name)
        if attr == POS:
            values.token.append((attr, pos_id(value)))
        elif attr == MORPH:
            values.token.append((attr, doc.vocab.morphology.intern(value)))
        elif attr == SENT_START:
            if not isinstance(value, int) or value not in (-1, 0, 1):
                raise ValueError(f"{where}: SENT_START must be 1, 0 or -1, got {value!r:.80}")
            values.token.append((attr, value % (1 << 64)))
        elif attr == NORM or attr == ORTH or is_token_text_attr(attr) and not is_text_attr(attr):
            values.token.append((attr, text_key(doc, value, f"{where}: {NAMES[attr]}")))
        elif is_text_attr(attr):
            values.word.append((attr, text_key(doc, value, f"{where}: {NAMES[attr]}")))
        elif attr <= FLAG63:
            values.word.append((attr, 1 if value else 0))
        else:
            raise ValueError(f"{where}: {NAMES[attr]} cannot be given: it follows from the edit, or is a number of the "
                             f"word type")
    return values


cdef class Retokenizer:
    """Gathers edits inside a ``with`` block and makes them at its end, all or none.

    Trees, sentences, entities, groups and offsets follow. Tokens and spans made before raise
    :class:`~lexarray.errors.StaleViewError` afterwards.

    >>> import lexarray
    >>> doc = lexarray.blank("en")("I live in NewYork since May 1st")
    >>> with doc.retokenize() as retokenizer:
    ...     retokenizer.merge(doc[5:7], attrs={"LEMMA": "may 1st"})
    ...     retokenizer.split(doc[3], ["New", "York"], heads=[(doc[3], 1), doc[2]])
    >>> [token.text for token in doc], doc[6].lemma_
    (['I', 'live', 'in', 'New', 'York', 'since', 'May 1st'], 'may 1st')
    """

    def __cinit__(self, TokenArray doc not None):
        self.doc = doc
        self.generation = doc.generation
        self._edits = {}
        self._taken = bytearray(doc.length)

    def __reduce__(self):
        raise TypeError("a Retokenizer can be neither pickled nor copied: it is of the with block that it was made for")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        try:
            if kind is None:
                self._apply()
        finally:                        # a block that failed leaves nothing for the next
            self._edits = {}
            self._taken = bytearray(self.doc.length)
            self.generation = self.doc.generation

    cdef int _add(self, object edit_) except -1:
        cdef _Edit edit = edit_
        cdef int i
        self.doc.check_view(self.generation)
        for i in range(edit.start, edit.end):
            if self._taken[i]:
                raise ValueError(f"token {i}, {self.doc[i].text!r:.80}, is in two edits: the tokens of all merges "
                                 f"and splits must be different")
        for i in range(edit.start, edit.end):
            self._taken[i] = 1
        self._edits[edit.start] = edit
        return 0

    def merge(self, Span span not None, attrs=None):
        """Make one token of a span.

        The new token has the annotation of the span's root; its lemma is the lemmas joined, its norm the new
        word's. Children of any of the tokens become its children.

        Args:
            span (Span): the tokens, at least one.
            attrs (dict): attributes of the new token, by name or id, texts or keys; under ``"_"``, a dict of
                extensions.

        Raises:
            ValueError: the span is empty, of another document, or overlaps another edit; an attribute cannot be
                set.
        """
        cdef _Edit edit = _Edit()
        span.span_c()
        if span.doc is not self.doc:
            raise ValueError(f"the span {span.text!r:.80} is of another Doc")
        if span.c.start == span.c.end:
            raise ValueError(f"the span from {span.c.start} to {span.c.end} is empty: there is nothing to merge")
        edit.start, edit.end, edit.n_new = span.c.start, span.c.end, 1
        edit.root = span_root(self.doc.c, span.c.start, span.c.end)
        edit.source = self.doc.words
        edit.values = [_checked_attrs(self.doc, {} if attrs is None else attrs, f"merging {span.text!r:.80}")]
        edit.make_words(self.doc, [span.text])
        self._add(edit)

    def split(self, Token token not None, orths, heads, attrs=None):
        """Make several tokens of one.

        Each new token has the annotation of the old one, but no lemma or norm. Children of the old token become
        children of the new one that heads the others.

        Args:
            token (Token): the token.
            orths (Sequence[str]): the texts of the new tokens, which together are the old one's.
            heads (Sequence[Token | tuple[Token, int]]): for each, its head: a token of the document, or
                (token, i) for the i-th new token of a token that is split.
            attrs (dict): attribute -> a list of values, one for each new token; under ``"_"``, a list of dicts.

        Raises:
            ValueError: the texts do not fit, the lists differ in length, the heads make a cycle, or the token is
                in another edit.
        """
        cdef _Edit edit = _Edit()
        cdef int n, i
        token.token_c()
        if token.doc is not self.doc:
            raise ValueError(f"the token {token.text!r:.80} is of another Doc")
        edit.orths = list(orths)
        n = len(edit.orths)
        where = f"splitting token {token.i}, {token.text!r:.80}"
        if not all([isinstance(orth, str) and orth for orth in edit.orths]) or "".join(edit.orths) != token.text:
            raise ValueError(f"{where}: the new texts {edit.orths!r:.200} do not spell the old one")
        edit.start, edit.end, edit.n_new = token.i, token.i + 1, n
        edit.heads = [_checked_head(self.doc, head, where) for head in heads]
        if len(edit.heads) != n:
            raise ValueError(f"{where}: {n} new tokens but {len(edit.heads)} heads")
        edit.source = self.doc.words
        by_token = [{} for _ in range(n)]
        for name, values in (attrs.items() if attrs is not None else ()):
            if not isinstance(values, (list, tuple)):
                raise TypeError(f"{where}: {name} must have a list of {n} values, got {values!r:.80}")
            if len(values) != n:
                raise ValueError(f"{where}: {n} new tokens but {len(values)} values of {name}")
            for i in range(n):
                by_token[i][name] = values[i]
        edit.values = [_checked_attrs(self.doc, each, where) for each in by_token]
        edit.make_words(self.doc, edit.orths)
        # The new token that heads the others: its head is outside, or itself.
        edit.root = 0
        for i in range(n):
            head, subtoken = edit.heads[i]
            if head != token.i or subtoken == i:
                edit.root = i
                break
        self._add(edit)

    cdef int _apply(self) except -1:
        cdef TokenArray doc = self.doc
        doc.check_view(self.generation)
        if not self._edits:
            return 0
        cdef int n_old = doc.length
        cdef Py_ssize_t n_new = n_old
        cdef _Edit edit
        cdef int cycle
        cdef Words words = None
        for edit in self._edits.values():
            n_new += edit.n_new - (edit.end - edit.start)
        # Old token -> the first new one, the one past the last, and the one that stands for it in the tree.
        cdef int* first = <int*>PyMem_Malloc((3 * <size_t>n_old + 1) * sizeof(int))
        cdef TokenC* tokens = <TokenC*>PyMem_Malloc((n_new + 1) * sizeof(TokenC))
        cdef int* past = first + n_old
        cdef int* stand_in = past + n_old
        try:
            if first is NULL or tokens is NULL:
                raise MemoryError(f"no memory for {n_new:,} tokens")
            _map_tokens(self._edits, n_old, first, past, stand_in)
            while words is not doc.words:   # again, if a memory zone has ended meanwhile
                words = doc.words
                for edit in self._edits.values():
                    edit.own(words)
            _fill(doc, words, self._edits, tokens, first, stand_in)
            cycle = build_tree(tokens, <int>n_new)
            if cycle != -1:
                raise ValueError(f"the heads form a cycle at {words.strings.text(tokens[cycle].lex.orth)!r:.80}, which "
                                 f"would be token {cycle} after the edits")
            if _sentences_follow(doc):          # also if all are roots now
                set_sentences(tokens, <int>n_new)
            moved = _moved_groups(doc, <int>n_new, first, past)
            doc.own_tokens(tokens, n_new, words)
            doc.replace(tokens, n_new)
            for group, bounds in moved:
                _put_back(group, bounds)
            refresh_groups(doc)
            changed = [(Token.view(doc, first[edit.start] + i), values) for edit in self._edits.values()
                       for i, values in enumerate(edit.values)]
        finally:
            PyMem_Free(first)
            PyMem_Free(tokens)
        for token, values in changed:
            for attr, value in (<_Values>values).word:
                _set_of_word(doc, <LexemeC*>(<Token>token).token_c().lex, attr, value, words)
        for token, values in changed:
            for name, value in (<_Values>values).extensions.items():
                setattr(token._, name, value)
        return 0


cdef int _set_of_word(TokenArray doc, LexemeC* lex, attr_id_t attr, attr_t value, Words source) except -1:
    # A text has to live as long as the word.
    if is_text_attr(attr):
        (doc.words if lex.flags & TRANSIENT else doc.vocab.words).take_text(value, source)
    return set_lex_attr(lex, attr, value)


cdef bint _sentences_follow(TokenArray doc) noexcept:
    # Whether the sentences follow from the tree: it is complete, or a forest of roots, a sentence each.
    cdef int i
    if is_complete(doc.c, doc.length, 0):
        return True
    for i in range(doc.length):
        if not has_head(&doc.c[i]) or doc.c[i].sent_start != 1:
            return False
    return True


cdef tuple _checked_head(TokenArray doc, object head, str where):
    token, subtoken = head if isinstance(head, tuple) and len(head) == 2 else (head, 0)
    if not isinstance(token, Token) or not hasattr(subtoken, "__index__") or index(subtoken) < 0:
        raise TypeError(f"{where}: a head must be a Token or a tuple (Token, i), got {head!r:.80}")
    (<Token>token).token_c()
    if (<Token>token).doc is not doc:
        raise ValueError(f"{where}: the head {token.text!r:.80} is of another Doc")
    return token.i, index(subtoken)


cdef int _map_tokens(dict edits, int n_old, int* first, int* past, int* stand_in) except -1:
    cdef int i = 0, j, new = 0
    cdef _Edit edit
    while i < n_old:
        edit = edits.get(i)
        if edit is None:
            first[i] = stand_in[i] = new
            new += 1
            past[i] = new
            i += 1
            continue
        for j in range(edit.start, edit.end):
            first[j] = new
            past[j] = new + edit.n_new
            stand_in[j] = new if edit.orths is None else new + edit.root
        new += edit.n_new
        i = edit.end
    return 0


cdef int _fill(TokenArray doc, Words words, dict edits, TokenC* tokens, const int* first, const int* stand_in) except -1:
    # The new tokens, made with these words, but for what follows from the tree.
    cdef int i = 0, k, new = 0, idx = 0, head
    cdef _Edit edit
    cdef TokenC* token
    while i < doc.length:
        edit = edits.get(i)
        if edit is None:
            tokens[new] = doc.c[i]
            tokens[new].head = stand_in[i + doc.c[i].head] - new
            new += 1
            i += 1
            continue
        if edit.orths is None:
            _fill_merged(doc, words, edit, &tokens[new])
            head = edit.root + doc.c[edit.root].head
            tokens[new].head = 0 if edit.start <= head < edit.end else stand_in[head] - new
            _set_attrs(words, &tokens[new], (<_Values>edit.values[0]).token)
        else:
            for k in range(edit.n_new):
                _fill_split(doc, words, edit, k, &tokens[new + k])
                head, subtoken = edit.heads[k]
                if subtoken and (edits.get(head) is None or (<_Edit>edits[head]).orths is None
                                 or subtoken >= (<_Edit>edits[head]).n_new):
                    raise ValueError(f"splitting token {i}: its head is new token {subtoken} of token {head}, which "
                                     f"there is not")
                tokens[new + k].head = (first[head] + <int>subtoken) - (new + k)
                _set_attrs(words, &tokens[new + k], (<_Values>edit.values[k]).token)
        new += edit.n_new
        i = edit.end
    for i in range(new):
        token = &tokens[i]
        token.idx = idx
        idx += <int>token.lex.length + token.spacy
        mend_iob(tokens, i)
    return 0


cdef int _fill_merged(TokenArray doc, Words words, _Edit edit, TokenC* token) except -1:
    cdef int i
    cdef const TokenC* root = &doc.c[edit.root]
    cdef const TokenC* last = &doc.c[edit.end - 1]
    cdef StringStore strings = words.strings
    token[0] = root[0]
    if edit.end - edit.start == 1:
        return 0
    token.lex = words.find(edit.words[0])
    token.spacy = last.spacy
    token.norm = 0
    token.sent_start = doc.c[edit.start].sent_start
    if token.ent_iob == INSIDE:             # a begin in the span, of the root's entity, is the token's
        for i in range(edit.root, edit.start - 1, -1):
            if doc.c[i].ent_iob == BEGIN and doc.c[i].ent_type == root.ent_type:
                token.ent_iob = BEGIN
            if doc.c[i].ent_iob != INSIDE or doc.c[i].ent_type != root.ent_type:
                break
    lemmas = [strings.text(doc.c[i].lemma) + (" " if doc.c[i].spacy else "") for i in range(edit.start, edit.end)]
    token.lemma = strings.intern("".join(lemmas).strip()) if any([doc.c[i].lemma for i in range(edit.start, edit.end)]) else 0
    return 0


cdef int _fill_split(TokenArray doc, Words words, _Edit edit, int k, TokenC* token) except -1:
    token[0] = doc.c[edit.start]
    if edit.n_new == 1:
        return 0
    token.lex = words.find(edit.words[k])
    token.lemma = token.norm = 0
    token.spacy = doc.c[edit.start].spacy if k == edit.n_new - 1 else 0
    if k:
        if token.ent_iob == BEGIN and token.ent_type:
            token.ent_iob = INSIDE
        if token.sent_start == 1:
            token.sent_start = -1
    return 0


cdef int _set_attrs(Words words, TokenC* token, list pairs) except -1:
    cdef attr_id_t attr
    for attr, value in pairs:
        if attr == ORTH:
            if <attr_t>value != token.lex.orth:
                raise ValueError(f"ORTH {words.strings.text(value)!r:.80} is not the text of the new token, "
                                 f"{words.strings.text(token.lex.orth)!r:.80}")
            continue
        set_token_attr(token, attr, value)
        if attr == ENT_TYPE:
            if value == 0:
                token.ent_iob = OUTSIDE
            elif token.ent_iob != INSIDE:
                token.ent_iob = BEGIN
    return 0


cdef list _moved_groups(TokenArray doc, int n_new, const int* first, const int* past):
    # Each group of the document with its spans' new boundaries.
    cdef list moved = []
    cdef SpanGroup group
    cdef int i, start, end
    for group in (doc._spans.values() if doc._spans is not None else ()):
        group.get_doc()
        spans = []
        for i in range(group.length):
            start = first[group.c[i].start] if group.c[i].start < doc.length else n_new
            end = past[group.c[i].end - 1] if group.c[i].end > group.c[i].start else start
            spans.append((start, end))
        moved.append((group, spans))
    return moved


cdef int _put_back(SpanGroup group, list bounds) except -1:
    cdef int i
    for i in range(group.length):
        group.c[i].start, group.c[i].end = bounds[i]
    return 0
