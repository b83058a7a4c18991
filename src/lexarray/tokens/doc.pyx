"""A document: :class:`Doc`, a sequence of tokens from which the text is rebuilt, and layers of annotation."""
from libc.stdint cimport uint32_t

from lexarray.attrs cimport (
    DEP, ENT_ID, ENT_IOB, ENT_KB_ID, ENT_TYPE, HEAD, LEMMA, MORPH, NORM, POS, SENT_START, TAG, attr_id_t,
)
from lexarray.structs cimport LexemeC, TokenC
from lexarray.tokens.arrays cimport as_array, attr_id, attr_ids, from_array, has_annotation, lca_matrix, to_array
from lexarray.tokens.doc_json cimport document_as_json, fill_from_json
from lexarray.tokens.entities cimport list_entities, mend_iob, set_entities
from lexarray.tokens.from_words cimport fill_from_words
from lexarray.tokens.packed cimport Packer, check_empty
from lexarray.tokens.retokenizer cimport Retokenizer
from lexarray.tokens.span cimport (
    Span, as_index, check_has_sentences, fit_index, fit_slice, list_noun_chunks, unpack_slice,
)
from lexarray.tokens.span_group cimport SpanGroup, refresh_groups
from lexarray.tokens.token cimport Token, TokenIterator
from lexarray.tokens.token_array cimport get_token_attr, set_token_attr
from lexarray.tokens.tree cimport span_root, update_tree
from lexarray.typedefs cimport attr_t
from lexarray.vocab cimport Vocab
from lexarray.word_vectors cimport WordSum, WordVectors, checked_vector
from lexarray.words cimport Words

from collections.abc import MutableMapping
from copy import deepcopy
from os import fspath
from sys import getsizeof

from lexarray._message_pack import pack, unpack
from lexarray.errors import SavedObjectError
from lexarray.replacing import replacing
from lexarray.saved import check_parts, checked_names, unwrap, wrap
from lexarray.symbols import IDS
from lexarray.tokens.extensions import Extensions, Underscore, follow_text, is_of_part, moved_user_data
from lexarray.tokens.packed import LAYERS, unpacker_of
from lexarray.tokens.span_group import SpanGroups

cdef extern from "Python.h":
    long PyLong_AsLongAndOverflow(object, int*) except? -1

_FORMAT, _VERSION = "lexarray.doc", 1
_extensions = Extensions("Doc")
cdef attr_t _DEP = IDS["dep"]
# The layers of tokens, as from_docs(attrs=) selects them.
cdef tuple _LAYERS = (LEMMA, POS, TAG, DEP, HEAD, MORPH, NORM, ENT_IOB, ENT_TYPE, ENT_KB_ID, ENT_ID, SENT_START)


cdef class Doc(TokenArray):
    """A sequence of tokens with layers of annotation. The text is not stored: it is rebuilt, exactly.

    Args:
        vocab (Vocab): the vocabulary. Documents share one.
        words (Iterable[str | int]): the tokens, texts or keys of stored texts; none may be empty.
        spaces (Iterable[bool]): whether one space follows each token; all True if left out.
        user_data (dict): anything to keep with the document; the object itself, not a copy.
        tags, lemmas, deps (Iterable[str | int]): fine-grained parts of speech, base forms, dependency labels:
            texts or keys, "" for unset.
        pos (Iterable[str | int]): universal parts of speech.
        morphs (Iterable[str | dict | None]): morphological features.
        heads (Iterable[int]): index of each token's head, its own for a root. Needs ``deps``.
        sent_starts (Iterable[bool | int | None]): whether each token starts a sentence; None and 0 leave it open.
            If there are heads, sentences follow from them instead.
        ents (Iterable[str | None]): IOB tags: "B-GPE", "I-GPE", "O"; "" or None for unset.

    Raises:
        TypeError: a value of the wrong type; says which.
        ValueError: lengths differ, a word is empty, a head is outside, heads make a cycle, an IOB tag is wrong;
            names the token.

    Attributes:
        vocab (Vocab): the vocabulary. Read-only.
        has_unknown_spaces (bool): whether it was made from words without ``spaces``.

    >>> from lexarray.vocab import Vocab
    >>> doc = Doc(Vocab(), words=["She", "sings", "!"], spaces=[True, False, False], heads=[1, 1, 1],
    ...           deps=["nsubj", "ROOT", "punct"])
    >>> doc.text, [token.text for token in doc[1].children], [sent.text for sent in doc.sents]
    ('She sings!', ['She', '!'], ['She sings!'])
    """

    def __init__(self, Vocab vocab not None, words=None, spaces=None, user_data=None, *, tags=None, pos=None,
                 morphs=None, lemmas=None, heads=None, deps=None, sent_starts=None, ents=None):
        if self.vocab is not None:
            raise RuntimeError("a Doc is initialised once")
        self.set_vocab(vocab, vocab.open_words())
        self._user_data = _mapping(user_data, "user_data")
        self.has_unknown_spaces = words is not None and spaces is None
        cdef dict layers = None
        if not (tags is None and pos is None and morphs is None and lemmas is None and heads is None and deps is None
                and sent_starts is None and ents is None):
            layers = {"tags": tags, "pos": pos, "morphs": morphs, "lemmas": lemmas, "heads": heads, "deps": deps,
                      "sent_starts": sent_starts, "ents": ents}
        fill_from_words(self, words, spaces, layers)

    cdef int own_more(self, Words words) except -1:
        cdef SpanGroup group
        cdef int i
        if self._spans is not None:
            for group in (<dict>self._spans._groups).values():
                for i in range(group.length):
                    words.take_span_texts(&group.c[i], group.words)
                group.words = words
        return 0

    # ---- the text and the tokens ----

    @property
    def text(self):
        """The text of the document, exactly. Cost: linear in the number of tokens."""
        return self.text_of(0, self.length, True)

    @property
    def text_with_ws(self):
        """The same as ``text``."""
        return self.text_of(0, self.length, True)

    @property
    def lang(self):
        """Key of the language's code."""
        self.check_initialised()
        return self.vocab.strings[self.vocab.lang]

    @property
    def lang_(self):
        """The language's code."""
        self.check_initialised()
        return self.vocab.lang

    def __getitem__(self, key):
        """The i-th token, or a :class:`Span` for a slice; negative indices count from the end.

        Raises:
            IndexError: no such token.
            ValueError: a slice with a step.
        """
        cdef Py_ssize_t start, end
        cdef int overflow
        if type(key) is int:                        # by far the most: without what other indices take
            start = PyLong_AsLongAndOverflow(key, &overflow)
            if 0 <= start < self.length and not overflow:
                return Token.view(self, <int>start)
        elif isinstance(key, slice):
            unpack_slice(key, &start, &end)
            fit_slice(self.length, &start, &end)
            return Span.view(self, <int>start, <int>end)
        start = as_index(key)
        return Token.view(self, fit_index(start, self.length, "Doc"))

    def __iter__(self):
        """The tokens."""
        return TokenIterator.over(self, 0, self.length)

    def __str__(self):
        return self.text

    def __repr__(self):
        return self.text

    def _repr_html_(self):
        # What a notebook shows. HTML's names of characters are loaded only then.
        from lexarray.tokens.html import as_html

        self.check_initialised()
        return as_html(self)

    # ---- its vector ----

    cdef WordSum word_sum(self, bint keep):
        # Kept for a document that is compared with many others.
        cdef WordVectors vectors = self.word_vectors()
        cdef WordSum sum
        if isinstance(self._vector, WordSum):
            sum = self._vector
            if (sum.serial == vectors.serial and sum.version == vectors.rows.version and sum.n_words == self.length
                    and sum.generation == self.generation):
                return sum
        cdef uint32_t generation = self.generation
        sum = TokenArray.word_sum(self, keep)
        while self.generation != generation:            # another thread has replaced tokens meanwhile
            generation = self.generation
            sum = TokenArray.word_sum(self, keep)
        sum.generation = generation
        if keep and self.given_vector() is None:
            self._vector = sum
        return sum

    cdef object given_vector(self):
        return None if isinstance(self._vector, WordSum) else self._vector

    cdef int set_given_vector(self, object vector) except -1:
        if vector is not None:
            import numpy
            with numpy.errstate(over="ignore"):
                vector = checked_vector(checked_vector(vector, "a Doc").astype(numpy.float32), "a Doc, in float32,")
        self._vector = vector
        return 0

    # ---- what users keep with it ----

    @property
    def user_data(self):
        """A dict for anything; extensions keep their values in it."""
        return self.get_user_data()

    @user_data.setter
    def user_data(self, value not None):
        self._user_data = _mapping(value, "user_data")

    @property
    def user_hooks(self):
        """Functions of the document that take the place of its "sents", "sentiment", "vector", "has_vector" or
        "vector_norm"; "similarity" is one of the document and what it is compared with."""
        if self._user_hooks is None:
            self._user_hooks = {}
        return self._user_hooks

    @property
    def user_token_hooks(self):
        """Functions of a token that take the place of its "conjuncts", "sentiment", "vector", "has_vector" or
        "vector_norm"; "similarity" is one of the token and what it is compared with. A "vector" counts in the means
        of spans and documents too."""
        if self._user_token_hooks is None:
            self._user_token_hooks = {}
        return self._user_token_hooks

    @property
    def user_span_hooks(self):
        """Functions of a span that take the place of its "root", "sent", "sents", "sentiment", "vector", "has_vector"
        or "vector_norm"; "similarity" is one of the span and what it is compared with."""
        if self._user_span_hooks is None:
            self._user_span_hooks = {}
        return self._user_span_hooks

    @property
    def cats(self):
        """A dict from categories to scores, for text classification."""
        if self._cats is None:
            self._cats = {}
        return self._cats

    @cats.setter
    def cats(self, value not None):
        self._cats = _mapping(value, "cats")

    @property
    def sentiment(self):
        """A scalar: the hook's, if there is one, else what was set; 0.0 at first."""
        if self._user_hooks is not None and "sentiment" in self._user_hooks:
            return self._user_hooks["sentiment"](self)
        return self._sentiment

    @sentiment.setter
    def sentiment(self, float value):
        self._sentiment = value

    @property
    def _(self):
        """The attributes that were added by ``set_extension``."""
        return Underscore(_extensions, self, self.get_user_data())

    set_extension = _extensions.set
    get_extension = _extensions.get
    has_extension = _extensions.has
    remove_extension = _extensions.remove

    # ---- layers ----

    @property
    def sents(self):
        """Iterate over the sentences, spans.

        Raises:
            ValueError: the document has no sentence boundaries.
        """
        if self._user_hooks is not None and "sents" in self._user_hooks:
            return iter(self._user_hooks["sents"](self))
        check_has_sentences(self)
        return self._iter_sents()

    def _iter_sents(self):
        cdef int start = 0, i
        cdef uint32_t generation = self.generation
        for i in range(1, self.length):
            self.check_view(generation)
            if self.c[i].sent_start == 1:
                yield Span.view(self, start, i)
                start = i
        if start < self.length:
            self.check_view(generation)
            yield Span.view(self, start, self.length)

    @property
    def ents(self):
        """The named entities, a tuple of spans. Setting it replaces them all, as ``set_ents`` does.

        >>> import lexarray
        >>> doc = lexarray.blank("en")("I like New York")
        >>> doc.ents = [("GPE", 2, 4)]
        >>> [(ent.text, ent.label_) for ent in doc.ents], [token.ent_iob_ for token in doc]
        ([('New York', 'GPE')], ['O', 'O', 'B', 'I'])
        """
        return tuple(list_entities(self, 0, self.length))

    def _ents_between(self, int start, int end):
        # Those that lie in the tokens start <= i < end; for Span.ents.
        return list_entities(self, start, end)

    @ents.setter
    def ents(self, entities):
        self.set_ents(entities)

    def set_ents(self, entities, *, blocked=None, missing=None, outside=None, str default="outside"):
        """Set the named entities, all or nothing.

        Args:
            entities (Iterable[Span | tuple]): spans with a label, or tuples (label, start, end) or
                (label, kb_id, start, end).
            blocked (Iterable[Span]): tokens that no later step may put into an entity.
            missing (Iterable[Span]): tokens of which nothing is known.
            outside (Iterable[Span]): tokens that are in no entity.
            default (str): what all other tokens become: "outside", "blocked", "missing" or "unmodified".

        Raises:
            ValueError: spans overlap, are empty, without label or of another document; names the token.
        """
        set_entities(self, entities, blocked, missing, outside, default)

    @property
    def spans(self):
        """Groups of spans by name, which may overlap: :class:`~lexarray.tokens.span_group.SpanGroups`."""
        if self._spans is None:
            self._spans = SpanGroups(self)
        return self._spans

    @property
    def noun_chunks(self):
        """Iterate over the base noun phrases, spans with the label "NP", by the language's rules.

        Raises:
            NotImplementedError: the language has no such rules.
            ValueError: the document has no dependency tree.
        """
        return iter(list_noun_chunks(self, self))

    def get_lca_matrix(self):
        """The lowest common ancestors of every two tokens.

        Returns:
            numpy.ndarray: shape (len(doc), len(doc)), int32: index of the lowest token that is above, or is,
            both; -1 if there is none.

        Cost: quadratic.
        """
        return lca_matrix(self, 0, self.length)

    def has_annotation(self, attr, *, bint require_complete=False):
        """Whether a layer has been set.

        Args:
            attr (str | int): an attribute, by name or id: "TAG", "DEP", "SENT_START", "ENT_IOB" ...
            require_complete (bool): for every token, not only for one.

        Returns:
            bool: True for a document without tokens.
        """
        return has_annotation(self, attr_id(attr), require_complete)

    # ---- characters and arrays ----

    def char_span(self, Py_ssize_t start_idx, Py_ssize_t end_idx, label=0, kb_id=0, *, str alignment_mode="strict", span_id=0):
        """A span from characters.

        Args:
            start_idx (int): offset of the first character.
            end_idx (int): offset of the first character after it.
            label, kb_id, span_id (str | int): as in :class:`Span`.
            alignment_mode (str): "strict": the offsets must be boundaries of tokens; "contract": the tokens that
                lie inside; "expand": those that are touched.

        Returns:
            Span | None: None if there is no such span, or the offsets are outside the text.

        Cost: logarithmic.

        >>> import lexarray
        >>> doc = lexarray.blank("en")("I like New York")
        >>> doc.char_span(7, 15), doc.char_span(8, 15), doc.char_span(8, 15, alignment_mode="expand")
        (New York, None, New York)
        """
        cdef int start, end
        if alignment_mode not in ("strict", "contract", "expand"):
            raise ValueError(f"alignment_mode must be 'strict', 'contract' or 'expand', got {alignment_mode!r}")
        if self.length == 0 or not 0 <= start_idx <= end_idx <= self.start_char(self.length):
            return None
        start = _first_token_ending_after(self, <int>start_idx)
        end = _first_token_starting_from(self, <int>end_idx)
        if alignment_mode != "expand":
            if start < self.length and self.c[start].idx < start_idx:
                start += 1
            if end and self.end_char(end - 1) > end_idx:
                end -= 1
        if start >= end:
            return None
        if alignment_mode == "strict" and (self.c[start].idx != start_idx or self.end_char(end - 1) != end_idx):
            return None
        return Span(self, start, end, label=label, kb_id=kb_id, span_id=span_id)

    def to_array(self, attrs):
        """Attributes of the tokens as an array.

        Args:
            attrs (str | int | Sequence[str | int]): attributes, by name or id.

        Returns:
            numpy.ndarray: uint64; shape (len(doc),) for one attribute, else (len(doc), len(attrs)). HEAD (relative)
            and SENT_START are negative as two's complement: ``.astype("int64")``.

        Raises:
            KeyError: no such attribute.

        >>> import lexarray
        >>> lexarray.blank("en")("Hi you!").to_array(["LENGTH", "IS_PUNCT"]).tolist()
        [[2, 0], [3, 0], [1, 1]]
        """
        cdef list ids = attr_ids(attrs)
        return to_array(self, 0, self.length, ids)

    def from_array(self, attrs, array):
        """Set attributes of the tokens from an array, all or nothing. The opposite of ``to_array``.

        Args:
            attrs (str | int | Sequence[str | int]): attributes, by name or id.
            array (numpy.ndarray): integers; shape as ``to_array`` gives it.

        Returns:
            Doc: itself.

        Raises:
            ValueError: the shape is wrong, a head is outside, heads make a cycle, a key is not stored, or an
                attribute of the word differs; names the token.

        Attributes of the word (LOWER, IS_ALPHA ...) are not set: they must be what they are. If SPACY changes the
        text, tokens and spans made before are no longer valid; groups and extensions follow.
        """
        cdef list ids = attr_ids(attrs)
        array = as_array(array)
        cdef list before = None
        if self._user_data is not None and any(map(is_of_part, self._user_data)):
            before = self._bounds()
        if from_array(self, ids, array):
            self.generation += 1                # offsets that spans know have moved
            refresh_groups(self)
            if before is not None:
                follow_text(self._user_data, before, self._bounds())
        return self

    def _bounds(self):
        # Where each token begins and ends in the text.
        cdef int i
        return [(self.c[i].idx, self.end_char(i)) for i in range(self.length)]

    def count_by(self, attr_id_, exclude=None):
        """How often each value of an attribute occurs.

        Args:
            attr_id_ (str | int): the attribute, by name or id.
            exclude (Callable[[Token], bool]): tokens not to count.

        Returns:
            dict[int, int]: value -> number of tokens.
        """
        cdef attr_id_t attr = attr_id(attr_id_)
        cdef int i
        cdef uint32_t generation = self.generation
        cdef dict counts = {}
        for i in range(self.length):
            if exclude is None or not exclude(Token.view(self, i)):
                self.check_view(generation)
                value = get_token_attr(&self.c[i], attr)
                counts[value] = counts.get(value, 0) + 1
        return counts

    # ---- JSON ----

    def to_json(self, underscore=None):
        """The document as JSON, in spaCy's layout: a dict that ``json.dumps`` takes and that shares nothing with the document.

        Args:
            underscore (Iterable[str]): names of the extensions of the document, its tokens and its spans to take along.

        Returns:
            dict: ``text`` and ``tokens``; ``ents``, ``sents``, ``cats``, ``spans`` and the keys of a token only if
            the layer is set. docs/files.md has them all.

        Raises:
            ValueError: no extension of this name, or its value cannot be JSON, or the attrs of a group of spans cannot.

        Other ``user_data``, vectors and hooks are not in it.

        >>> import lexarray
        >>> lexarray.blank("en")("Hi!").to_json()
        {'text': 'Hi!', 'tokens': [{'id': 0, 'start': 0, 'end': 2}, {'id': 1, 'start': 2, 'end': 3}]}
        """
        return document_as_json(self, self._cats, self.has_unknown_spaces, self._sentiment, underscore)

    def from_json(self, doc_json, *, bint validate=False):
        """Fill a document that has no tokens from what ``to_json``, here or of spaCy, has made; all or nothing.

        Args:
            doc_json (dict): the document.
            validate (bool): check what is not needed too: that ``id`` is the number of the token, and that ``cats`` are
                numbers. All that is needed is always checked.

        Returns:
            Doc: itself.

        Raises:
            TypeError: it is no dict.
            ValueError: the document has tokens, or something is missing, of the wrong type or does not fit; names the
                place, such as "tokens[3].head".

        Values of extensions go to ``user_data``, whether there is such an extension or not; setters are not called. Keys that
        it does not know are ignored.

        >>> from lexarray.vocab import Vocab
        >>> doc = Doc(Vocab()).from_json({"text": "Hi!", "tokens": [{"id": 0, "start": 0, "end": 2},
        ...                                                         {"id": 1, "start": 2, "end": 3}]})
        >>> [token.text for token in doc]
        ['Hi', '!']
        """
        self.check_initialised()
        cdef dict rest = fill_from_json(self, doc_json, validate)
        try:
            if rest["user_data"]:
                self.get_user_data().update(rest["user_data"])
        except:
            self.clear()
            raise
        if rest["cats"] is not None:
            self._cats = rest["cats"]
        self.has_unknown_spaces = rest["has_unknown_spaces"]
        self._sentiment = rest["sentiment"]
        return self

    # ---- memory ----

    def memory(self):
        """The bytes that belong to the document, by part.

        Returns:
            dict[str, int]: "object", the Doc itself; "tokens", the array, room for more included; "spans", the groups in
            ``spans``; "vector", the vector that was set or the sum that is kept; "user_data", the dicts of
            ``user_data``, ``cats`` and hooks, but not what is in them; "mem", what C code has taken from ``mem``; "words", the
            copies of words and their texts that it took along from a memory zone, which its copies share; and "total".
            What all documents share, words and their texts, is the vocabulary's.

        What allocators add is not counted: 8 to 16 bytes for each piece.

        >>> import lexarray
        >>> doc = lexarray.blank("en")("Hello world")
        >>> memory = doc.memory()
        >>> memory["total"] == sum(size for part, size in memory.items() if part != "total")
        True
        >>> memory["spans"], memory["vector"], memory["user_data"], memory["mem"], memory["words"]
        (0, 0, 0, 0, 0)
        """
        cdef dict sizes = {"object": getsizeof(self) - self.max_length * sizeof(TokenC),
                           "tokens": self.max_length * sizeof(TokenC), "spans": 0, "vector": 0, "user_data": 0, "mem": 0,
                           "words": 0}
        if self._spans is not None:
            sizes["spans"] = (getsizeof(self._spans) + getsizeof(self._spans.__dict__) + getsizeof(self._spans._groups)
                              + sum([getsizeof(group) + getsizeof(group.attrs) for group in self._spans.values()]))
        if self._vector is not None:
            sizes["vector"] = getsizeof(self._vector)
        if isinstance(self._vector, WordSum):
            sizes["vector"] += (<WordSum>self._vector).size * <Py_ssize_t>sizeof(double)
        sizes["user_data"] = sum([getsizeof(each) for each in (self._user_data, self._cats, self._user_hooks,
                                                               self._user_token_hooks, self._user_span_hooks)
                                  if each is not None])
        if self._mem is not None:
            sizes["mem"] = getsizeof(self._mem) + self._mem.size
        if self.words is not None and self.words is not self.vocab.words and self.words is not self.vocab.zone:
            sizes["words"] = self.words.n_bytes()
        sizes["total"] = sum(sizes.values())
        return sizes

    # ---- bytes ----

    def to_bytes(self, *, exclude=()):
        """The document as bytes: its tokens and layers, and the texts that they use.

        Args:
            exclude (Iterable[str]): layers to leave out: "cats", "sentiment", "spans", "user_data", "vector".

        Returns:
            bytes: for :meth:`from_bytes`, on any machine. About 20 bytes a token, less if words come again.

        Raises:
            TypeError, ValueError: the layer that has something that MessagePack cannot hold: numbers, texts, bytes, lists, dicts
                and NumPy's arrays are what it can. A tuple comes back as a list, unless it is a key. Pickle takes anything.

        Attributes of word types, hooks and the vocabulary's vectors are not part of it.

        >>> import lexarray
        >>> nlp = lexarray.blank("en")
        >>> data = nlp("Never lose a character!").to_bytes()
        >>> Doc(nlp.vocab).from_bytes(data).text
        'Never lose a character!'
        """
        cdef Packer packer = Packer()
        packer.add(self, exclude)
        return wrap(_FORMAT, _VERSION, {"packed": packer.message()})

    def from_bytes(self, bytes_data, *, exclude=()):
        """Make this document, which must be empty, the one that ``to_bytes`` was called of. Its texts are added to the
        vocabulary.

        Args:
            bytes_data (bytes): what ``to_bytes`` has returned.
            exclude (Iterable[str]): layers to leave out, as in :meth:`to_bytes`.

        Returns:
            Doc: itself.

        Raises:
            SavedObjectError: the bytes are truncated, damaged, of something else or of a newer version; names the place. The
                document is empty then.
            ValueError: the document is not empty.
        """
        return _read(self, bytes_data, "", exclude)

    def to_disk(self, path, *, exclude=()):
        """Write ``to_bytes`` into a file. What was there is replaced once all is written."""
        data = self.to_bytes(exclude=exclude)
        with replacing(path) as file:
            file.write(data)

    def from_disk(self, path, *, exclude=()):
        """The same as ``from_bytes``, from a file, which errors name."""
        with open(fspath(path), "rb") as file:
            return _read(self, file.read(), f"{path}: ", exclude)

    def __reduce__(self):
        # The tokens first, then what may refer to the document.
        cdef Packer packer = Packer()
        cdef dict layers = packer.layers_of(self, {"cats", "user_data"})
        cdef dict state = {}
        for record in layers.get("spans", ()):
            if record[2]:
                state.setdefault("attrs", {})[record[0]] = record[2]
                record[2] = {}
        packer.add_tokens(self, pack(layers) if layers else b"")
        for name, value in (("cats", self._cats), ("user_data", self._user_data), ("user_hooks", self._user_hooks),
                            ("user_token_hooks", self._user_token_hooks), ("user_span_hooks", self._user_span_hooks),
                            ("dict", getattr(self, "__dict__", None))):
            if value:
                state[name] = value
        return _unpickled, (type(self), self.vocab.seed, pack(packer.message())), state or None

    def __setstate__(self, state):
        for name, attrs in state.get("attrs", {}).items():
            self._spans[name].attrs = attrs
        self._cats, self._user_data = state.get("cats"), state.get("user_data")
        self._user_hooks, self._user_token_hooks = state.get("user_hooks"), state.get("user_token_hooks")
        self._user_span_hooks = state.get("user_span_hooks")
        if "dict" in state:
            self.__dict__.update(state["dict"])

    # ---- edits and copies ----

    def retokenize(self):
        """Merge and split tokens inside a ``with`` block: :class:`~lexarray.tokens.retokenizer.Retokenizer`."""
        return Retokenizer(self)

    def copy(self):
        """A copy that shares nothing but the vocabulary and what ``user_data`` refers to."""
        cdef Doc doc = self._slice(0, self.length, True)
        doc._user_data = None if self._user_data is None else dict(self._user_data)
        doc._user_hooks = None if self._user_hooks is None else dict(self._user_hooks)
        doc._user_token_hooks = None if self._user_token_hooks is None else dict(self._user_token_hooks)
        doc._user_span_hooks = None if self._user_span_hooks is None else dict(self._user_span_hooks)
        doc._cats = None if self._cats is None else dict(self._cats)
        doc._vector = self.given_vector()           # nobody else gets hold of the array itself
        return doc

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        # Like copy(), but what belongs to the user is copied deeply. The vocabulary is shared, whoever else refers to it.
        cdef Doc doc = self.copy()
        seed = self.vocab.seed                      # as which words and analyses refer to it
        memo[id(self)] = doc
        memo[id(self.vocab)] = memo[id(seed)] = self.vocab
        memo.setdefault(id(memo), []).append(seed)  # where copy keeps what must live as long as the memo
        doc._user_data = deepcopy(self._user_data, memo)
        doc._cats = deepcopy(self._cats, memo)
        if self._spans is not None:
            for name, group in list(self._spans.items()):
                (<SpanGroup?>doc._spans[name]).attrs = deepcopy((<SpanGroup?>group).attrs, memo)
        return doc

    def _slice(self, int start, int end, bint copy_user_data):
        # Tokens start <= i < end as a document of their own. See Span.as_doc.
        self.check_initialised()
        cdef Doc doc = Doc.__new__(Doc)
        cdef int i, n = end - start, offset = self.start_char(start), root = 0, sentence_end = 0
        doc.set_vocab(self.vocab, self.words)
        doc.has_unknown_spaces = self.has_unknown_spaces
        doc._sentiment = self._sentiment
        if n:
            doc.replace(self.c + start, n)
            doc.own_tokens(doc.c, n, self.words)
            for i in range(n):
                if i == sentence_end:           # a root of its own for each sentence
                    sentence_end = i + 1
                    while sentence_end < n and self.c[start + sentence_end].sent_start != 1:
                        sentence_end += 1
                    root = span_root(self.c, start + i, start + sentence_end) - start
                doc.c[i].idx -= offset
                if not 0 <= i + doc.c[i].head < n:
                    doc.c[i].head = root - i
                    doc.c[i].dep = _DEP
            mend_iob(doc.c, 0)
            if start or end < self.length:
                update_tree(doc.c, n)
        if copy_user_data and self._user_data is not None:
            doc._user_data = moved_user_data(self._user_data, offset, offset + doc.start_char(n), 0)
        if self._spans is not None:
            for name, group in self._spans.items():
                _add_to_group(doc, name, group, -start)
        return doc

    @staticmethod
    def from_docs(docs, bint ensure_whitespace=True, attrs=None, *, exclude=()):
        """One document of many, with all their annotation.

        Args:
            docs (Iterable[Doc]): documents of one vocabulary.
            ensure_whitespace (bool): put a space after a document, unless it ends in whitespace or is the last.
            attrs (Iterable[str | int]): the only annotation of tokens to take over; all if left out.
            exclude (Iterable[str]): of "spans", "user_data", "cats", what not to take over.

        Returns:
            Doc | None: None if there are no documents.

        Raises:
            ValueError: two documents have different vocabularies.

        >>> import lexarray
        >>> nlp = lexarray.blank("en")
        >>> Doc.from_docs([nlp("One."), nlp("Two.")]).text
        'One. Two.'
        """
        cdef list all_docs = list(docs)
        cdef Doc joined, doc
        cdef Py_ssize_t n = 0
        cdef int i, at, offset
        cdef attr_id_t attr
        cdef TokenC* last
        for number, each in enumerate(all_docs):
            if not isinstance(each, Doc):
                raise TypeError(f"document {number}: expected a Doc, got {type(each).__name__}: {each!r:.80}")
            (<Doc>each).check_initialised()
            if (<Doc>each).vocab is not (<Doc>all_docs[0]).vocab:
                raise ValueError(f"document {number} has another vocabulary than the first: documents can only be "
                                 f"joined if they share one")
            n += len(each)
        unknown = set(exclude) - {"spans", "user_data", "cats"}
        if unknown:
            raise ValueError(f"exclude: there is no {min(unknown)!r}: it may have 'spans', 'user_data' and 'cats'")
        if not all_docs:
            return None
        joined = Doc((<Doc>all_docs[0]).vocab)
        joined.reserve(n)
        kept = _LAYERS if attrs is None else attr_ids(list(attrs))
        cleared = [each for each in _LAYERS if each not in kept]
        has_sentences = SENT_START in kept and any([len(each) > 1 and each.has_annotation("SENT_START")
                                                    for each in all_docs])
        for doc in all_docs:
            if ensure_whitespace and joined.length and doc.length:
                last = &joined.c[joined.length - 1]
                if not last.spacy and not Token.view(joined, joined.length - 1).is_space:
                    last.spacy = True
            at, offset = joined.length, joined.start_char(joined.length)
            for i in range(doc.length):
                joined.push_back(joined.words.take(doc.c[i].lex, doc.words), doc.c[i].spacy)
                _copy_annotation(&joined.c[at + i], &doc.c[i], at)
                for attr in cleared:
                    set_token_attr(&joined.c[at + i], attr, 0)
            if doc.length:
                joined.own_tokens(&joined.c[at], joined.length - at, doc.words)
                mend_iob(joined.c, at)
                if has_sentences:
                    joined.c[at].sent_start = 1
            if doc._user_data is not None and "user_data" not in exclude:
                joined.get_user_data().update(moved_user_data(doc._user_data, 0, None, offset))
            if doc._cats is not None and "cats" not in exclude:
                joined.cats.update(doc._cats)
            if doc._spans is not None and "spans" not in exclude:
                for name, group in doc._spans.items():
                    _add_to_group(joined, name, group, at)
            joined.has_unknown_spaces = joined.has_unknown_spaces or doc.has_unknown_spaces
        if cleared:                             # heads or sentences may be among it
            update_tree(joined.c, joined.length)
        return joined


cdef Doc _read(Doc doc, object data, str source, object exclude):
    excluded = checked_names(exclude, LAYERS)
    check_empty(doc)
    parts = unwrap(data, _FORMAT, _VERSION, source)
    check_parts(parts, {"packed": list}, {}, f"{source}{_FORMAT}")
    try:
        unpacker = unpacker_of(parts["packed"])
        if unpacker.n_docs != 1:
            raise ValueError(f"there are {unpacker.n_docs:,} documents in them, not one")
        return unpacker.fill(doc, 0, excluded)
    except ValueError as error:
        raise SavedObjectError(f"{source}{_FORMAT}: {error}") from None


def _unpickled(cls, vocab, packed):
    cdef Doc doc = cls.__new__(cls)
    doc.set_vocab(vocab, (<Vocab>vocab).open_words())
    return unpacker_of(unpack(packed)).fill(doc, 0)


cdef int _first_token_ending_after(Doc doc, int idx) noexcept:
    # length if there is none
    cdef int low = 0, high = doc.length, middle
    while low < high:
        middle = (low + high) // 2
        if doc.end_char(middle) > idx:
            high = middle
        else:
            low = middle + 1
    return low


cdef int _first_token_starting_from(Doc doc, int idx) noexcept:
    # length if there is none
    cdef int low = 0, high = doc.length, middle
    while low < high:
        middle = (low + high) // 2
        if doc.c[middle].idx >= idx:
            high = middle
        else:
            low = middle + 1
    return low


cdef void _copy_annotation(TokenC* token, const TokenC* source, int shift) noexcept nogil:
    # All but where and what the token is.
    cdef const LexemeC* lex = token.lex
    cdef int idx = token.idx
    token[0] = source[0]
    token.lex, token.idx = lex, idx
    token.l_edge += shift
    token.r_edge += shift


cdef object _mapping(object value, str name):
    if value is not None and not isinstance(value, MutableMapping):
        raise TypeError(f"{name} must be a dict, got {type(value).__name__}: {value!r:.80}")
    return value


cdef int _add_to_group(Doc doc, str name, SpanGroup group, int shift) except -1:
    # The spans of a group that fit, moved by so many tokens.
    cdef SpanGroup target
    cdef Span span
    cdef int i, start, end
    if name not in doc.spans:
        doc.spans[name] = SpanGroup(doc, name=group.name, attrs=group.attrs)
    target = doc.spans[name]
    for i in range(group.length):
        start, end = group.c[i].start + shift, group.c[i].end + shift
        if 0 <= start <= end <= doc.length:
            span = Span.view(doc, start, end)
            span.c.label, span.c.kb_id, span.c.id = group.c[i].label, group.c[i].kb_id, group.c[i].id
            group.own_texts(group.get_doc())
            doc.words.take_span_texts(&span.c, group.words)
            target.own_texts(doc)
            target.push_back(&span.c)
    return 0
