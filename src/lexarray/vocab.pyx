"""The vocabulary that documents share: :class:`Vocab`, text or key -> :class:`~lexarray.lexeme.Lexeme`."""
from lexarray.attrs cimport CLUSTER, FLAG19, FLAG63, LANG, LENGTH, ORTH, PROB, attr_id_t
from lexarray.lex_attrs cimport LexicalRules
from lexarray.lexeme cimport Lexeme, checked_flag
from lexarray.lexeme_table cimport set_lex_attr
from lexarray.morphology cimport Morphology
from lexarray.row_source cimport RowSource
from lexarray.strings cimport as_key
from lexarray.structs cimport LexemeC
from lexarray.typedefs cimport hash_t
from lexarray.word_vectors cimport WordVectors

from operator import index
from os import PathLike

from lexarray.attrs import NAMES
from lexarray.strings import get_string_id


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

    >>> vocab = Vocab(strings=["coffee"])
    >>> vocab["Coffee"].is_title, vocab["Coffee"].lower == vocab.strings["coffee"]
    (True, True)
    """

    def __cinit__(self, *args, **kwargs):
        self.morphology = Morphology(self.strings)

    def __init__(self, lex_attr_getters=None, strings=(), float oov_prob=-20.0, *, get_noun_chunks=None,
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
    def lang(self):
        """Code of the language, "" if there is none."""
        return self.lexical_rules.lang

    def __getitem__(self, id_or_string):
        """The word type of a text, or of the key of a stored text. It is made if there is none.

        Raises:
            KeyError: no text is stored for the key.
            TypeError: neither a text nor a key.
        """
        return Lexeme.view(self, self.get_by_orth(as_key(self.strings, id_or_string)))

    def __contains__(self, id_or_string):
        """Whether the word type of a text or key has been made."""
        return id_or_string in self.strings and self.find(get_string_id(id_or_string)) is not NULL

    def __len__(self):
        return self.length

    def __iter__(self):
        """The word types, in the order of their making; those made meanwhile come too."""
        cdef Py_ssize_t i = 0
        while i < self.length:
            yield Lexeme.view(self, self.at(i))
            i += 1

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
        cdef Py_ssize_t i = 0
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
        while i < self.length:              # the getter may make words
            values.append(bool(flag_getter(self.strings.text(self.at(i).orth))))
            i += 1
        for i in range(len(values)):
            set_lex_attr(self.at(i), <attr_id_t>flag_id, values[i])
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
        if value is not None and (not isinstance(value, RowSource) or type(value) is RowSource):
            raise TypeError(f"vectors: a KeyedVectors, a path or None is needed, not {type(value).__name__}: "
                            f"{value!r:.80}")
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
            ValueError: a vector of another length, or a number that is not finite; names the word.

        Cost: as ``KeyedVectors.add_vector``; a word whose row was another's (:meth:`prune_vectors`) gets its own.

        >>> vocab = Vocab()
        >>> vocab.set_vector("tea", [1, 2, 3])
        >>> vocab.vectors_length, vocab["tea"].vector.tolist()
        (3, [1.0, 2.0, 3.0])
        """
        cdef WordVectors made
        import numpy
        text = self.strings.text(as_key(self.strings, orth))
        try:
            numbers = numpy.asarray(vector, numpy.float64)
        except (TypeError, ValueError):
            raise ValueError(f"the vector of {text!r:.80} must be numbers: {vector!r:.80}") from None
        if numbers.ndim != 1 or numbers.size == 0 or self.word_vectors.size not in (0, numbers.size):
            raise ValueError(f"the vector of {text!r:.80} has the shape {numbers.shape}, and "
                             f"({self.word_vectors.size or 'n'},) is needed; reset_vectors() drops the table")
        if self.vectors is None:
            from lexarray.vectors import KeyedVectors
            made = WordVectors(KeyedVectors(numbers.size))
            if self.vectors is None:            # else another thread was first
                self.word_vectors = made
        self.vectors.add_vector(text, numbers)

    def reset_vectors(self, *, width=None, shape=None):
        """Drop the table of vectors. What holds it elsewhere keeps it.

        Args:
            width (int): put an empty table of so many numbers a row in its place.
            shape (tuple[int, int]): the same, with room for so many rows: (rows, width).

        Raises:
            ValueError: both were given.
        """
        if width is None and shape is None:
            self.vectors = None
            return
        if width is not None and shape is not None:
            raise ValueError(f"width={width!r} or shape={shape!r}: only one of them")
        from lexarray.vectors import KeyedVectors
        count, width = (0, width) if shape is None else shape
        self.vectors = KeyedVectors(width, count)

    def prune_vectors(self, nr_row, batch_size=1024):
        """Keep the vectors of the most frequent words, and give every other word of the table the nearest of those.

        The ``nr_row`` words of the highest ``prob`` are kept; of equals, those whose rows come first, so that in a
        table sorted by frequency the first rows are kept. ``vectors`` becomes a new table; the old one is not changed.

        Args:
            nr_row (int): how many rows to keep, at least 1.
            batch_size (int): for how many words the nearest row is sought at a time.

        Returns:
            dict[str, tuple[str, float]]: each word that has lost its row -> the word whose row it has now, and their
            cosine. Empty if the table has no more rows.

        Raises:
            ValueError: there is no table, or a number less than 1.

        Cost: the product of removed and kept rows. A few bytes for each word removed.

        >>> vocab = Vocab()
        >>> for word, vector in ("sat", [0, 1]), ("cat", [1, 0]), ("feline", [2, 0]):
        ...     vocab.set_vector(word, vector)
        >>> vocab.prune_vectors(2)
        {'feline': ('cat', 1.0)}
        >>> vocab.get_vector("feline").tolist(), len(vocab.vectors)
        ([1.0, 0.0], 2)
        """
        cdef dict aliases = {}
        cdef dict removed = {}
        if index(nr_row) < 1 or index(batch_size) < 1:
            raise ValueError(f"nr_row and batch_size must be at least 1, not {nr_row!r} and {batch_size!r}")
        table = self.vectors
        if table is None:
            raise ValueError("there are no vectors to prune: set vocab.vectors")
        if len(table) <= nr_row:
            return {}
        import numpy
        from lexarray.vectors import KeyedVectors
        words, vectors = list(table.index_to_key), table.vectors
        order = numpy.argsort([-self._prob_of(get_string_id(word)) for word in words], kind="stable")
        kept, rest = numpy.sort(order[:nr_row]), numpy.sort(order[nr_row:])
        pruned = KeyedVectors(self.vectors_length, dtype=table.dtype).adopt(*table.parts_of(kept))
        kept = [words[i] for i in kept]
        for start in range(0, len(rest), batch_size):
            batch = rest[start:start + batch_size]
            rows, scores = pruned.search(vectors[batch], 1)
            for i, row, score in zip(batch.tolist(), rows[:, 0].tolist(), scores[:, 0].tolist()):
                removed[words[i]] = kept[row], score
                aliases[get_string_id(words[i])] = get_string_id(kept[row])
        for word, target in self.word_vectors.aliases.items():      # of an earlier pruning
            aliases.setdefault(word, aliases.get(target, target))
        self.word_vectors = WordVectors(pruned, aliases)
        return removed

    def _prob_of(self, hash_t key):
        cdef const LexemeC* lex = self.find(key)
        return self.oov_prob if lex is NULL else lex.prob

    def __repr__(self):
        return f"<Vocab {self.lang!r} of {self.length:,} words, {len(self.strings):,} strings>"


def _load_vectors(path):
    # A file of lexarray's own format is mapped, unless it is compressed; any other is read.
    from lexarray.vectors import KeyedVectors
    from lexarray.vectors.io.recognise import recognise
    from lexarray.vectors.io.streams import open_stream
    with open_stream(path) as stream:
        can_map = stream.size is not None and recognise(stream) == "lexarray"
    return KeyedVectors.load(path, mmap="r") if can_map else KeyedVectors.load(path)
