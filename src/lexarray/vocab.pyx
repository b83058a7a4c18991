"""The vocabulary that documents share: :class:`Vocab`, text or key -> :class:`~lexarray.lexeme.Lexeme`."""
from lexarray.attrs cimport FLAG19, FLAG63, attr_id_t
from lexarray.lex_attrs cimport LexicalRules
from lexarray.lexeme cimport Lexeme
from lexarray.strings cimport as_key

from lexarray.attrs import NAMES


cdef class Vocab(LexemeTable):
    """Word types, each stored once, and the strings that keys stand for.

    Args:
        lex_attr_getters (Mapping[int, Callable[[str], object]]): attribute id -> function of the text,
            called once for each new word, instead of the built-in rule. Kept as ``lex_attr_getters``;
            a change takes effect for words that are new afterwards.
        strings (Iterable[str]): texts to store in advance.
        oov_prob (float): ``prob`` of new words.
        lexical_rules (LexicalRules): what the language adds to the built-in rules.

    Unlike spaCy's, a vocabulary without getters knows the attributes that every language has.

    >>> vocab = Vocab(strings=["coffee"])
    >>> vocab["Coffee"].is_title, vocab["Coffee"].lower == vocab.strings["coffee"]
    (True, True)
    """

    def __init__(self, lex_attr_getters=None, strings=(), float oov_prob=-20.0, *,
                 LexicalRules lexical_rules=None):
        cdef attr_id_t attr
        for attr in lex_attr_getters or {}:
            if attr not in NAMES:
                raise ValueError(f"lex_attr_getters: {<int>attr} is no attribute's id")
        self.lex_attr_getters.update(lex_attr_getters or {})
        if lexical_rules is not None:
            self.lexical_rules = lexical_rules
        self.oov_prob = oov_prob
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
        cdef object key
        if isinstance(id_or_string, str):
            return id_or_string in self.strings and self.find(self.strings[id_or_string]) is not NULL
        return id_or_string in self.strings and self.find(as_key(self.strings, id_or_string)) is not NULL

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
        cdef Py_ssize_t i
        if not callable(flag_getter):
            raise TypeError(f"flag_getter must be callable, got {flag_getter!r}")
        if flag_id == -1:
            flag_id = next((i for i in range(FLAG19, FLAG63 + 1) if i not in self.lex_attr_getters), 64)
            if flag_id > FLAG63:
                raise ValueError("no flag is free: 19 to 63 all have getters; give flag_id to replace one")
        elif not 1 <= flag_id <= FLAG63:
            raise ValueError(f"flag_id {flag_id} is out of range: flags are attribute ids from 1 to 63")
        for i in range(self.length):
            self._apply_getter(self.at(i), <attr_id_t>flag_id, flag_getter,
                               self.strings.text(self.at(i).orth))
        self.lex_attr_getters[flag_id] = flag_getter
        return flag_id

    def __repr__(self):
        return f"<Vocab {self.lang!r} of {self.length:,} words, {len(self.strings):,} strings>"
