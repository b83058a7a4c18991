"""The vocabulary that documents share: :class:`Vocab`, text or key -> :class:`~lexarray.lexeme.Lexeme`."""
cimport cython
from cpython.weakref cimport PyWeakref_NewRef
from cymem.cymem cimport Pool

from lexarray.attrs cimport CLUSTER, FLAG19, FLAG63, LANG, LENGTH, ORTH, PROB, attr_id_t
from lexarray.lex_attrs cimport LexicalRules
from lexarray.lexeme cimport Lexeme, checked_flag
from lexarray.lexeme_table cimport set_lex_attr
from lexarray.morphology cimport Morphology
from lexarray.row_source cimport RowSource
from lexarray.strings cimport as_key
from lexarray.structs cimport LexemeC, TRANSIENT
from lexarray.typedefs cimport hash_t
from lexarray.word_columns cimport ReadWords, pack_words
from lexarray.word_vectors cimport WordVectors, checked_vector
from lexarray.words cimport Words

import os
from contextlib import contextmanager
from operator import index
from os import PathLike

from lexarray.attrs import NAMES
from lexarray.errors import SavedObjectError
from lexarray.saved import check_parts, checked_names, unwrap, wrap
from lexarray.strings import get_string_id


# What can be left out of what is saved; "lookups" is a part of spaCy's, of which there is none here.
PARTS = frozenset({"lookups", "rules", "strings", "vectors"})
# The files of a vocabulary's folder.
FILES = frozenset({"vocab.bin", "vectors.safetensors"})
cdef float OOV_PROB = -20.0             # unless a vocabulary says otherwise


cdef class Vocab(LexemeTable):
    """Word types, each stored once, and the strings that keys stand for.

    Args:
        lex_attr_getters (Mapping[int, Callable[[str], object]]): attribute id -> function of the text,
            called once for each new word, instead of the built-in rule. Kept as ``lex_attr_getters``;
            a change takes effect for words that are new afterwards.
        strings (Iterable[str]): texts to store in advance.
        oov_prob (float): ``prob`` of new words.
        get_noun_chunks (Callable): the language's rules for base noun phrases: a function from a Doc or Span to
            (start, end, label key) of each; see ``Doc.noun_chunks``.
        lexical_rules (LexicalRules): what the language adds to the built-in rules.

    Unlike spaCy's, a vocabulary without getters knows the attributes that every language has.

    Attributes:
        strings (StringStore): the texts of keys. Read-only, but may be added to.
        morphology (Morphology): morphological features over these strings. Read-only.
        lexical_rules (LexicalRules): what the language adds. Read-only.

    >>> vocab = Vocab(strings=["coffee"])
    >>> vocab["Coffee"].is_title, vocab["Coffee"].lower == vocab.strings["coffee"]
    (True, True)
    """

    def __cinit__(self, *args, **kwargs):
        self.morphology = Morphology(self.strings)
        self.strings.owner = PyWeakref_NewRef(self, None)

    def __init__(self, lex_attr_getters=None, strings=(), float oov_prob=OOV_PROB, *, get_noun_chunks=None,
                 LexicalRules lexical_rules=None):
        for attr, getter in (lex_attr_getters or {}).items():
            if attr not in NAMES or attr in (ORTH, LENGTH) or not (attr <= CLUSTER or attr in (PROB, LANG)):
                raise ValueError(f"lex_attr_getters: {attr!r:.80} is no id of an attribute that words get")
            if not callable(getter):
                raise TypeError(f"lex_attr_getters: the getter of {NAMES[attr]} is not callable: {getter!r:.80}")
        self.lex_attr_getters.update(lex_attr_getters or {})
        if lexical_rules is not None:
            self.lexical_rules = lexical_rules
        self.oov_prob = oov_prob
        self.get_noun_chunks = get_noun_chunks
        self.strings.__init__(strings)

    @property
    def seed(self):
        """What stands for the vocabulary in a pickle that needs its rules but not its words: a :class:`VocabSeed`. As long
        as anything holds it, it is the same one, so that all objects that are pickled together share one vocabulary when
        they are loaded."""
        cdef VocabSeed fresh
        seed = None if self._seed is None else self._seed()
        if seed is None:
            fresh = VocabSeed.__new__(VocabSeed, self)
            reference = PyWeakref_NewRef(fresh, None)
            seed = None if self._seed is None else self._seed()     # another thread may have made one meanwhile
            if seed is None:
                self._seed, seed = reference, fresh
        return seed

    @property
    def lang(self):
        """Code of the language, "" if there is none."""
        return self.lexical_rules.lang

    def __getitem__(self, id_or_string):
        """The word type of a text, or of the key of a stored text. It is made if there is none.

        Raises:
            KeyError: no text is stored for the key.
            TypeError: neither a text nor a key.
        """
        cdef Words words = self.open_words()
        cdef LexemeC* lex = self.get_by_orth_in(words, as_key(words.strings, id_or_string))
        return Lexeme.view(self, words if lex.flags & TRANSIENT else self.words, lex)

    def __contains__(self, id_or_string):
        """Whether the word type of a text or key has been made."""
        return id_or_string in self.strings and self.find(get_string_id(id_or_string)) is not NULL

    def __len__(self):
        return self.length

    def __iter__(self):
        """The word types, in the order of their making; those made meanwhile come too."""
        cdef Py_ssize_t i
        cdef Words words
        for words in (self.words, self.zone):
            i = 0
            while words is not None and i < words.length():
                if words.parent is None or words.parent.find(words.at(i).orth) is NULL:
                    yield Lexeme.view(self, words, words.at(i))
                i += 1

    def memory(self):
        """How many bytes the vocabulary takes.

        Returns:
            dict[str, int]: "words" and "strings", those that stay, with their indexes; "zone", both for an open memory
            zone, else 0; "total". Vectors and Python objects are not counted.

        >>> vocab = Vocab()
        >>> before = vocab.memory()["total"]
        >>> word = vocab["coffee"]
        >>> sorted(vocab.memory()), vocab.memory()["total"] > before
        (['strings', 'total', 'words', 'zone'], True)
        """
        cdef size_t strings = self.strings.n_bytes()
        cdef size_t total = self.words.n_bytes()
        cdef size_t zone = self.zone.n_bytes() if self.zone is not None else 0
        return {"words": total - strings, "strings": strings, "zone": zone, "total": total + zone}

    @contextmanager
    def memory_zone(self, mem=None):
        """A ``with`` block at the end of which the words and strings that are new in it are forgotten.

        Args:
            mem (cymem.cymem.Pool): what the block yields; None: a new Pool.

        Yields:
            cymem.cymem.Pool: for memory of your own that is needed no longer than the block.

        What is stored without ``allow_transient=False`` in the block, in any thread, goes when the block ends. A document
        may outlive it: it takes along copies of the words and strings that it uses, and stays right; their keys are
        unknown to ``vocab.strings`` then, but not to ``doc.strings``. A :class:`~lexarray.lexeme.Lexeme` that is kept stays
        right too, but keeps all words of the zone alive. Blocks may be nested, and run in several threads at once: what
        is new in them goes when any of them ends.

        Cost of the end: linear in the tokens of the documents that were made in the zone and are still alive.

        >>> import lexarray
        >>> nlp = lexarray.blank("en")
        >>> with nlp.vocab.memory_zone():
        ...     doc = nlp("xyzzy plugh")
        >>> "xyzzy" in nlp.vocab, doc.text, doc[0].shape_
        (False, 'xyzzy plugh', 'xxxx')
        """
        pool = Pool() if mem is None else mem
        self._n_zones += 1
        try:
            if self.zone is None:
                self.renew_zone()
            yield pool
        finally:
            self._n_zones -= 1
            self.renew_zone()

    def limit_zone(self, max_types):
        """Forget what is new in the open memory zones, as if they ended here and new ones began, if they have added more
        words than a number.

        Args:
            max_types (int): how many.

        Returns:
            bool: whether that was done. False also if no memory zone is open.
        """
        if self.zone is None or self.zone.length() <= max_types:
            return False
        self.renew_zone()
        return True

    def add_flag(self, flag_getter, int flag_id=-1):
        """Give a boolean attribute to every word type, those that exist and those to come.

        Args:
            flag_getter (Callable[[str], bool]): the attribute of a text.
            flag_id (int): the attribute's id, 1 to 63; -1: the first of 19 to 63 without a getter.

        Returns:
            int: the id, for ``check_flag``.

        Raises:
            ValueError: no such id, or none is free.

        Cost: one call for each existing word type, and for each new one.

        >>> vocab = Vocab()
        >>> is_fruit = vocab.add_flag(lambda text: text in {"apple", "pear"})
        >>> vocab["apple"].check_flag(is_fruit), vocab["stone"].check_flag(is_fruit)
        (True, False)
        """
        cdef Py_ssize_t i
        cdef Lexeme lexeme
        cdef list values = []
        if not callable(flag_getter):
            raise TypeError(f"flag_getter must be callable, got {flag_getter!r:.80}")
        if flag_id == -1:
            flag_id = FLAG19
            while flag_id in self.lex_attr_getters:
                flag_id += 1
            if flag_id > FLAG63:
                raise ValueError("no flag is free: 19 to 63 all have getters; give flag_id to replace one")
        checked_flag(flag_id)
        for lexeme in self:                 # also those that the getter makes
            values.append((lexeme, bool(flag_getter(lexeme.text))))
        for lexeme, value in values:
            set_lex_attr(lexeme.c, <attr_id_t>flag_id, value)
        self.lex_attr_getters[flag_id] = flag_getter
        return flag_id

    # ---- vectors of words ----

    @property
    def vectors(self):
        """The table of word vectors, a :class:`~lexarray.vectors.KeyedVectors`; None if there is none.

        It can be set to a table, which is used as it is and not copied; to the path of a file, which
        ``KeyedVectors.load`` loads, and maps if it is of lexarray's own format; and to None. A word's vector is the row
        of its text. Setting it undoes what :meth:`prune_vectors` has remapped.

        Raises:
            TypeError: set to something else.
            ValueError: the table's rows have no numbers.

        >>> import lexarray
        >>> nlp = lexarray.blank("en")
        >>> nlp.vocab.vectors = kv = lexarray.KeyedVectors(2)
        >>> kv["tea"] = [0.5, 1]
        >>> nlp("tea, please")[0].vector.tolist(), nlp("please")[0].is_oov
        ([0.5, 1.0], True)
        """
        cdef RowSource rows = self.word_vectors.rows
        return None if type(rows) is RowSource else rows

    @vectors.setter
    def vectors(self, value):
        if isinstance(value, (str, PathLike)):
            value = _load_vectors(value)
        if value is not None:
            from lexarray.vectors.vector_table import VectorTable
            if not isinstance(value, VectorTable):
                raise TypeError(f"vectors: a KeyedVectors, a path or None is needed, not {type(value).__name__}: "
                                f"{value!r:.80}")
            if value.vector_size == 0:
                raise ValueError(f"vectors: the rows of this {type(value).__name__} have no numbers")
        self.word_vectors = WordVectors(value)

    @property
    def vectors_length(self):
        """How many numbers a vector has; 0 if there is no table."""
        return self.word_vectors.size

    def has_vector(self, orth):
        """Whether a word has a vector.

        Args:
            orth (str | int): a text, or its key.
        """
        cdef hash_t key = get_string_id(orth)
        cdef WordVectors vectors = self.word_vectors
        vectors.rows.check_mapping()
        return vectors.has(key)

    def get_vector(self, orth):
        """The vector of a word.

        Args:
            orth (str | int): a text, or its key.

        Returns:
            numpy.ndarray: float32, of ``vectors_length`` numbers, a copy; zeros if the word has no vector.

        Raises:
            KeyError: a key that has no vector, and of which no text is stored.

        Cost: two look-ups by key at most; the text is neither made nor stored.
        """
        cdef hash_t key = get_string_id(orth)
        cdef WordVectors vectors = self.word_vectors
        vectors.rows.check_mapping()
        if not isinstance(orth, str) and not vectors.has(key):
            self.strings.text(key)
        return vectors.vector(key)

    def set_vector(self, orth, vector):
        """Set the vector of a word: add a row to ``vectors``, or replace it. The table itself is changed, also for
        whoever else holds it; if there is none, it is made.

        Args:
            orth (str | int): a text, which is stored, or the key of a stored one.
            vector (array): ``vectors_length`` finite numbers; of the first one of all, any number of them.

        Raises:
            KeyError: no text is stored for the key.
            ValueError: a vector of another length, or a number that is not finite; names the word. Nothing has changed
                then.

        Cost: as ``KeyedVectors.add_vector``; a word whose row was another's (:meth:`prune_vectors`) gets its own, and
        has no vector if that is removed.

        >>> vocab = Vocab()
        >>> vocab.set_vector("tea", [1, 2, 3])
        >>> vocab.vectors_length, vocab["tea"].vector.tolist()
        (3, [1.0, 2.0, 3.0])
        """
        cdef WordVectors vectors, made
        cdef hash_t key = get_string_id(orth)
        text = orth if isinstance(orth, str) else self.strings.text(key)
        numbers = checked_vector(vector, f"{text!r:.80}")
        while True:                             # once, unless another thread puts another table in the place of this one
            vectors = self.word_vectors
            if not numbers.size or vectors.size not in (0, numbers.size):
                raise ValueError(f"the vector of {text!r:.80} has the shape {numbers.shape}, and "
                                 f"({vectors.size or 'n'},) is needed; vocab.vectors = None drops the table")
            made = vectors
            if vectors.size == 0:
                from lexarray.vectors import KeyedVectors
                made = WordVectors(KeyedVectors(numbers.size))
            made.rows.add_vector(text, numbers)
            as_key(self.strings, orth)
            made.drop_alias(key)
            if self.word_vectors is vectors:
                self.word_vectors = made
                return

    def reset_vectors(self, *, width=None, shape=None):
        """Put an empty table of vectors in the place of the present one. What holds that elsewhere keeps it.

        Args:
            width (int): of so many numbers a row; None: of as many as now, and of the same dtype; if there is no table,
                there is none afterwards.
            shape (tuple[int, int]): the same, with room for so many rows: (rows, width).

        Raises:
            ValueError: both were given, or what is no width or shape.
        """
        if width is not None and shape is not None:
            raise ValueError(f"width={width!r} or shape={shape!r}: only one of them")
        if shape is not None and not (isinstance(shape, (tuple, list)) and len(shape) == 2):
            raise ValueError(f"shape: (rows, width) is needed, not {shape!r:.80}")
        table = self.vectors
        if table is None and width is None and shape is None:
            return
        from lexarray.vectors import KeyedVectors
        if shape is not None:
            self.vectors = KeyedVectors(shape[1], shape[0])
        elif width is not None:
            self.vectors = KeyedVectors(width)
        else:
            self.vectors = KeyedVectors(table.vector_size, dtype=table.dtype)

    def prune_vectors(self, nr_row, batch_size=1024):
        """Keep the vectors of the most frequent words, and give every other word of the table the nearest of those.

        The ``nr_row`` words of the highest ``prob`` are kept; of equals, those whose rows come first, so that in a
        table sorted by frequency the first rows are kept. ``vectors`` becomes a new table of the same class; the old one is not changed.

        From then on, a word that has lost its row has that of its word, whatever it is, as long as ``vectors`` has one for
        that and none for itself. :meth:`set_vector` of the word ends that.

        Args:
            nr_row (int): how many rows to keep, at least 1.
            batch_size (int): for how many words the nearest row is sought at a time.

        Returns:
            dict[str, tuple[str, float]]: each word that has lost its row -> the word whose row it has now, and their
            cosine. Empty if the table has no more rows.

        Raises:
            ValueError: there is no table, or a number less than 1.
            RuntimeError: another thread has changed the table, or set another, meanwhile. Nothing has changed then.

        Cost: the product of removed and kept rows. 16 bytes stay for each word removed.

        >>> vocab = Vocab()
        >>> for word, vector in ("sat", [0, 1]), ("cat", [1, 0]), ("feline", [2, 0]):
        ...     vocab.set_vector(word, vector)
        >>> vocab.prune_vectors(2)
        {'feline': ('cat', 1.0)}
        >>> vocab.get_vector("feline").tolist(), len(vocab.vectors)
        ([1.0, 0.0], 2)
        """
        cdef WordVectors before = self.word_vectors
        cdef size_t version = before.rows.version
        cdef WordVectors after
        cdef dict removed = {}
        if index(nr_row) < 1 or index(batch_size) < 1:
            raise ValueError(f"nr_row and batch_size must be at least 1, not {nr_row!r} and {batch_size!r}")
        table = self.vectors
        if table is None:
            raise ValueError("there are no vectors to prune: set vocab.vectors")
        import numpy
        from lexarray.vectors import KeyedVectors
        with table.snapshot(norms=True) as now:
            if len(now) <= nr_row:
                return {}
            hashes = now.keys.arrays(len(now))[2]
            order = numpy.argsort([-self._prob_of(key) for key in hashes.tolist()], kind="stable")
            kept, rest = numpy.sort(order[:nr_row]), numpy.sort(order[nr_row:])
            cls = type(table) if isinstance(table, KeyedVectors) else KeyedVectors
            pruned = cls.__new__(cls).adopt(now.keys.subset(kept), now.vectors[kept], now.norms[kept],
                                            {name: array[kept] for name, array in now.expandos.items()})
            if cls is type(table):
                pruned._set_extra(*table._extra())
            targets = numpy.empty(len(rest), numpy.int64)
            for start in range(0, len(rest), batch_size):
                batch = rest[start:start + batch_size]
                rows, scores = pruned.search(now.vectors[batch], 1)
                targets[start:start + len(batch)] = kept[rows[:, 0]]
                for i, target, score in zip(batch.tolist(), kept[rows[:, 0]].tolist(), scores[:, 0].tolist()):
                    removed[now.keys[i]] = now.keys[target], score
        words, targets = hashes[rest], hashes[targets]
        old_words, old_targets = _live_aliases(before, hashes)
        if len(old_words):                      # of an earlier pruning: their word may have lost its row now
            by_word = numpy.argsort(words)
            at = by_word[numpy.minimum(numpy.searchsorted(words, old_targets, sorter=by_word), len(words) - 1)]
            old_targets = numpy.where(words[at] == old_targets, targets[at], old_targets)
        after = WordVectors(pruned, numpy.concatenate((words, old_words)), numpy.concatenate((targets, old_targets)))
        if self.word_vectors is not before or before.rows.version != version:
            raise RuntimeError("the vectors have changed while they were pruned, so nothing was done: prune them again")
        self.word_vectors = after
        return removed

    def _prob_of(self, hash_t key):
        cdef const LexemeC* lex = self.find(key)
        return self.oov_prob if lex is NULL else lex.prob

    # ---- bytes and files ----

    def to_bytes(self, *, exclude=()):
        """The vocabulary as bytes: words with all their attributes, strings, vectors, and the language's rules for words.

        Args:
            exclude (Iterable[str]): what to leave out: "strings", and with them the words; "vectors"; "rules", which are
                ``lexical_rules`` and ``oov_prob``; "lookups", of which there are none.

        Raises:
            ValueError: a name of no part; more than 4 GiB.

        What an open memory zone has added is left out. ``lex_attr_getters`` and ``get_noun_chunks`` are functions, and so
        are not saved; they come with the language. What the getters made of the words is.

        Cost: linear, without a Python object a word; for an English word about 25 bytes and its strings.

        >>> vocab = Vocab()
        >>> vocab["tea"].norm_ = "drink"
        >>> Vocab().from_bytes(vocab.to_bytes())["tea"].norm_
        'drink'
        """
        exclude = checked_names(exclude, PARTS)
        parts = self._parts(exclude)
        if self.vectors is not None and "vectors" not in exclude:
            parts["vectors"] = self.vectors.to_bytes()
        return wrap("lexarray.vocab", 1, parts)

    def from_bytes(self, bytes_data, *, exclude=()):
        """Take over what ``to_bytes`` gave. A vocabulary in use stays right for all documents that it has:

        - strings and words are added; words that are here get the attributes that were saved, and stay where they are;
        - the rules replace these, unless they are equal, for words that are new afterwards;
        - vectors, if some were saved, replace these.

        Args:
            bytes_data (bytes): what it gave.
            exclude (Iterable[str]): what not to take: see :meth:`to_bytes`.

        Returns:
            Vocab: itself.

        Raises:
            SavedObjectError, VectorFileError: the bytes are damaged, or something else. Nothing has changed then.
            KeyCollisionError: a text has the key of another one that is here. Nothing has changed then.
        """
        cdef SavedVocab saved = SavedVocab(bytes_data, exclude)
        saved.check_for(self)
        saved.put_into(self)
        return self

    def to_disk(self, path, *, exclude=()):
        """Write a folder: ``vocab.bin``, and the vectors as ``vectors.safetensors``, a file of their own format.

        Args:
            path (str | PathLike): the folder. It is made aside and renamed when all is written. One that is there goes;
                it must not hold anything else.
            exclude (Iterable[str]): what to leave out: see :meth:`to_bytes`.

        Raises:
            ValueError: a name of no part; more than 4 GiB without the vectors.
            OSError: the folder cannot be written, or there is something else.
        """
        from lexarray.replacing import replacing_folder

        exclude = checked_names(exclude, PARTS)
        with replacing_folder(path, FILES) as folder:
            self.write_folder(folder, exclude)

    def from_disk(self, path, *, exclude=()):
        """The same as ``from_bytes``, of a folder, but that vectors are mapped and not read: all processes that load them
        share their memory.

        Raises:
            OSError: it cannot be read.
        """
        cdef SavedVocab saved = SavedVocab.of_folder(path, exclude)
        saved.check_for(self)
        saved.put_into(self)
        return self

    def write_folder(self, folder, exclude):
        """Write the files of :meth:`to_disk` to a folder that is empty. For :class:`~lexarray.language.Language`, which has one of its
        own around it."""
        parts = self._parts(exclude)
        if self.vectors is not None and "vectors" not in exclude:
            self.vectors.save(os.path.join(folder, "vectors.safetensors"))
            parts["vectors"] = True
        with open(os.path.join(folder, "vocab.bin"), "wb") as file:
            file.write(wrap("lexarray.vocab", 1, parts))

    def _parts(self, exclude):
        # All but the vectors.
        cdef WordVectors vectors = self.word_vectors
        parts = {}
        if "rules" not in exclude:
            lang, stop_words, number_words, ordinal_suffixes, norms = self.lexical_rules.data()
            parts["rules"] = {"lang": lang, "stop_words": stop_words, "number_words": number_words,
                              "ordinal_suffixes": ordinal_suffixes, "norms": norms, "oov_prob": self.oov_prob}
        if "strings" not in exclude:
            parts["strings"] = pack_words(self.words)
        if "vectors" not in exclude and vectors.n_aliases:
            parts["aliases"] = _packed_aliases(vectors)
        return parts

    # ---- pickle and copies ----

    def __reduce_ex__(self, protocol):
        state = {"saved": wrap("lexarray.vocab", 1, self._parts(frozenset({"rules", "vectors"})))}
        table = self.vectors
        if table is not None and table.keys.mapping is None:
            state["vectors"] = table
        if self.word_vectors.n_aliases:
            state["aliases"] = _packed_aliases(self.word_vectors)
        if getattr(self, "__dict__", None):
            state["__dict__"] = self.__dict__
        return _itself, (self.seed,), state

    def __setstate__(self, state):
        cdef SavedVocab saved
        if "saved" in state:
            saved = SavedVocab(state["saved"], ())
            saved.check_for(self)
            saved.put_into(self)
        self.lex_attr_getters.update(state.get("lex_attr_getters", ()))
        if "get_noun_chunks" in state:
            self.get_noun_chunks = state["get_noun_chunks"]
        if "oov_prob" in state:
            self.oov_prob = state["oov_prob"]
        if "vectors" in state:
            self.vectors = state["vectors"]
        if "aliases" in state:
            self.word_vectors = _with_aliases(self.vectors, state["aliases"])
        if "__dict__" in state:
            self.__dict__.update(state["__dict__"])

    def __copy__(self):
        """A vocabulary of its own, with its own strings and words, and the same table of vectors. What an open memory zone
        has added is left out."""
        cdef SavedVocab saved = SavedVocab(wrap("lexarray.vocab", 1, self._parts(frozenset({"rules", "vectors"}))), ())
        cdef WordVectors vectors = self.word_vectors
        cdef Vocab vocab = _sprout(type(self), self.lexical_rules)
        vocab.lex_attr_getters.update(self.lex_attr_getters)
        vocab.get_noun_chunks = self.get_noun_chunks
        vocab.oov_prob = self.oov_prob
        saved.put_into(vocab)
        if self.vectors is not None:
            vocab.word_vectors = _with_aliases(self.vectors, _packed_aliases(vectors))
        if getattr(self, "__dict__", None):
            vocab.__dict__.update(self.__dict__)
        return vocab

    def __repr__(self):
        return f"<Vocab {self.lang!r} of {self.length:,} words, {len(self.strings):,} strings>"


# ---- what is saved ----

cdef list _packed_aliases(WordVectors vectors):
    # Keys of words, and of those whose rows are theirs, as bytes.
    cdef dict aliases = vectors.aliases
    return [b"".join([key.to_bytes(8, "little") for key in keys]) for keys in (aliases.keys(), aliases.values())]


cdef WordVectors _with_aliases(table, aliases):
    import numpy
    if table is None:
        raise SavedObjectError("aliases: there are words with the vectors of others, and no vectors")
    if not (isinstance(aliases, list) and len(aliases) == 2 and all([isinstance(keys, bytes) for keys in aliases])
            and len(aliases[0]) == len(aliases[1]) and len(aliases[0]) % 8 == 0):
        raise SavedObjectError("aliases: expected two columns of keys, of the same length")
    words, targets = [numpy.frombuffer(keys, "<u8") for keys in aliases]
    if len(numpy.unique(words)) != len(words):
        raise SavedObjectError("aliases: a word is there twice")
    return WordVectors(table, words, targets)


@cython.final
cdef class SavedVocab:
    """What was saved of a vocabulary, read and checked, and in no vocabulary yet.

    Args:
        data (bytes): what ``Vocab.to_bytes`` gave, or what ``vocab.bin`` holds.
        exclude (Iterable[str]): what not to read.
        folder (str): where the file of the vectors is.
        source (str): where the bytes are from, as messages begin.

    Raises:
        SavedObjectError, VectorFileError, KeyCollisionError
    """

    def __cinit__(self, data, exclude, folder=None, str source=""):
        exclude = checked_names(exclude, PARTS)
        parts = unwrap(data, "lexarray.vocab", 1, source)
        where = f"{source}vocab"
        check_parts(parts, {}, {"rules": dict, "strings": dict, "vectors": bytes if folder is None else bool,
                                "aliases": list}, where)
        table = None
        try:
            if "rules" in parts and "rules" not in exclude:
                self._read_rules(parts["rules"])
            if "strings" in parts and "strings" not in exclude:
                self._words = ReadWords(parts["strings"])
            if "vectors" not in exclude:
                if parts.get("vectors"):
                    from lexarray.vectors import KeyedVectors
                    if folder is None:
                        table = KeyedVectors.from_bytes(parts["vectors"])
                    else:
                        table = KeyedVectors.load(os.path.join(folder, "vectors.safetensors"), mmap="r")
                    if table.vector_size == 0:
                        raise SavedObjectError("vectors: the rows have no numbers")
                if table is not None or "aliases" in parts:
                    self._vectors = _with_aliases(table, parts.get("aliases", [b"", b""]))
        except ValueError as error:
            raise type(error)(f"{where}: {error}") from None

    @staticmethod
    def of_folder(path, exclude):
        """What ``Vocab.to_disk`` wrote."""
        folder = os.fsdecode(path)
        name = os.path.join(folder, "vocab.bin")
        with open(name, "rb") as file:
            data = file.read()
        return SavedVocab(data, exclude, folder, f"{name}: ")

    def _read_rules(self, rules):
        check_parts(rules, {"lang": str, "stop_words": list, "number_words": list, "ordinal_suffixes": list, "norms": dict,
                            "oov_prob": float}, {}, "rules")
        try:
            self._rules = LexicalRules(rules["lang"], rules["stop_words"], rules["number_words"], rules["ordinal_suffixes"],
                                       rules["norms"])
            self._oov_prob = rules["oov_prob"]
        except (OverflowError, TypeError, ValueError) as error:
            raise SavedObjectError(f"rules: {error}") from None

    def check_for(self, Vocab vocab not None):
        """Whether it can be put into a vocabulary.

        Raises:
            KeyCollisionError: that has other texts with the same keys.
        """
        if self._words is not None:
            self._words.check(vocab.words)

    def put_into(self, Vocab vocab not None):
        """Put it into a vocabulary, for which it was checked."""
        if self._words is not None:
            self._words.put_into(vocab.words)
            if vocab.zone is not None:
                self._words.update(vocab.zone)
        if self._rules is not None:
            if self._rules != vocab.lexical_rules:
                if vocab._former_rules is None:
                    vocab._former_rules = []
                vocab._former_rules.append(vocab.lexical_rules)
                vocab.lexical_rules = self._rules
            vocab.oov_prob = self._oov_prob
        if self._vectors is not None:
            vocab.word_vectors = self._vectors


@cython.final
cdef class VocabSeed:
    """A vocabulary without its words, as which it travels with what belongs to it: :attr:`Vocab.seed`.

    It is pickled as the rules of the vocabulary, and loaded as a :class:`Vocab` that has them and no words: LexicalRules,
    ``lex_attr_getters`` and ``get_noun_chunks`` (functions, which pickle by their names), ``oov_prob``. A table of vectors
    that is mapped goes along as its path, one in memory does not.

    >>> import lexarray, pickle
    >>> vocab = lexarray.blank("en").vocab
    >>> word = vocab["coffee"]
    >>> loaded = pickle.loads(pickle.dumps([vocab.seed, vocab.seed]))
    >>> loaded[0], loaded[0] is loaded[1]
    (<Vocab 'en' of 0 words, 0 strings>, True)
    """

    def __cinit__(self, Vocab vocab not None):
        self.vocab = vocab

    def __reduce__(self):
        cdef Vocab vocab = self.vocab
        state = {}
        if vocab.lex_attr_getters:
            state["lex_attr_getters"] = dict(vocab.lex_attr_getters)
        if vocab.get_noun_chunks is not None:
            state["get_noun_chunks"] = vocab.get_noun_chunks
        if vocab.oov_prob != OOV_PROB:
            state["oov_prob"] = vocab.oov_prob
        table = vocab.vectors
        if table is not None and table.keys.mapping is not None:
            state["vectors"] = table
        return _sprout, (type(vocab), vocab.lexical_rules), state or None

    def __copy__(self):
        return self

    def __repr__(self):
        return f"<VocabSeed of {self.vocab!r}>"


def _sprout(cls, LexicalRules rules not None):
    # The vocabulary of a seed. What else the seed has comes with Vocab.__setstate__.
    cdef Vocab vocab = cls.__new__(cls)
    vocab.lexical_rules = rules
    return vocab


def _itself(Vocab vocab not None):
    # A pickled vocabulary is its seed, and then what __setstate__ adds.
    return vocab


def _load_vectors(path):
    # A file of lexarray's own format is mapped, unless it is compressed; any other is read.
    from lexarray.vectors import KeyedVectors
    from lexarray.vectors.io.recognise import recognise
    from lexarray.vectors.io.streams import open_stream
    with open_stream(path) as stream:
        can_map = stream.size is not None and recognise(stream) == "lexarray"
    return KeyedVectors.load(path, mmap="r") if can_map else KeyedVectors.load(path)


cdef object _live_aliases(WordVectors vectors, hashes):
    # Keys of words and of those whose rows are theirs: of the words without a row in a table of these keys.
    import numpy
    if not vectors.n_aliases:
        return numpy.empty((2, 0), numpy.uint64)
    words, targets = vectors._words_array, vectors._targets_array.copy()
    live = (words != targets) & numpy.isin(targets, hashes) & ~numpy.isin(words, hashes)
    return words[live], targets[live]
