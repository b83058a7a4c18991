"""The vocabulary that documents share: :class:`Vocab`, text or key -> :class:`~lexarray.lexeme.Lexeme`."""
from lexarray.attrs cimport CLUSTER, FLAG19, FLAG63, LANG, LENGTH, ORTH, PROB, attr_id_t
from lexarray.lex_attrs cimport LexicalRules
from lexarray.lexeme cimport Lexeme, checked_flag
from lexarray.lexeme_table cimport set_lex_attr
from lexarray.morphology cimport Morphology
from lexarray.strings cimport as_key

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

    def __repr__(self):
        return f"<Vocab {self.lang!r} of {self.length:,} words, {len(self.strings):,} strings>"
