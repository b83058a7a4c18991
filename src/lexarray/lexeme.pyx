"""Views of word types: :class:`Lexeme`, and :class:`WordView`, which Token shares with it."""
cimport cython
from cpython.number cimport PyNumber_AsSsize_t, PyNumber_Index
from cpython.object cimport PyObject_RichCompare

from lexarray.attrs cimport (
    CLUSTER, FLAG63, ID, IS_ALPHA, IS_ASCII, IS_BRACKET, IS_CURRENCY, IS_DIGIT, IS_LEFT_PUNCT,
    IS_LOWER, IS_PUNCT, IS_QUOTE, IS_RIGHT_PUNCT, IS_SPACE, IS_STOP, IS_TITLE, IS_UPPER, LANG,
    LIKE_EMAIL, LIKE_NUM, LIKE_URL, LOWER, NORM, ORTH, PREFIX, SHAPE, SUFFIX,
)
from lexarray.lexeme_table cimport get_lex_attr, set_lex_attr
from lexarray.strings cimport StringStore, as_key
from lexarray.structs cimport TRANSIENT
from lexarray.typedefs cimport attr_t, flags_t
from lexarray.word_vectors cimport WordSequence, WordVectors
from lexarray.words cimport Words


# ---- descriptors: one a kind of attribute, so that no attribute is written out twice ----

@cython.final
cdef class _Flag:
    # A boolean of the word type.
    cdef attr_id_t attr
    cdef readonly str __doc__

    def __cinit__(self, attr_id_t attr, str doc):
        self.attr = attr
        self.__doc__ = doc

    def __get__(self, instance, owner):
        if instance is None:
            return self
        return (<WordView?>instance).lexeme_c().flags >> self.attr & 1 != 0

    def __set__(self, instance, value):
        cdef bint on = bool(value)
        set_lex_attr((<WordView?>instance).settable_lexeme_c(), self.attr, on)


@cython.final
cdef class KeyAttribute:
    """An attribute whose value is the key of a text, as that key."""

    def __cinit__(self, attr_id_t attr, str doc):
        self.attr = attr
        self.__doc__ = doc

    def __get__(self, instance, owner):
        if instance is None:
            return self
        return (<WordView?>instance).attr_value(self.attr)

    def __set__(self, instance, value):
        cdef WordView view = <WordView?>instance
        view.check_settable(self.attr)
        view.set_key(self.attr, view.text_key(value))


@cython.final
cdef class TextAttribute:
    """The same attribute as the text."""

    def __cinit__(self, attr_id_t attr, str doc):
        self.attr = attr
        self.__doc__ = doc

    def __get__(self, instance, owner):
        if instance is None:
            return self
        cdef hash_t key = (<WordView?>instance).attr_value(self.attr)
        return (<WordView>instance).texts().text(key)

    def __set__(self, instance, value):
        cdef WordView view = <WordView?>instance
        view.check_settable(self.attr)
        if not isinstance(value, str):
            raise TypeError(f"expected a str, got {type(value).__name__}: {value!r:.80}")
        view.set_key(self.attr, view.text_key(value))


cdef class WordView(WordSequence):
    """The attributes of a word type, for whatever can find its ``LexemeC``."""

    cdef const LexemeC* lexeme_c(self) except NULL:
        raise TypeError(f"{type(self).__name__} does not say where its lexeme is")

    cdef LexemeC* settable_lexeme_c(self) except NULL:
        raise AttributeError(f"this is an attribute of the word type and cannot be set on a "
                             f"{type(self).__name__}: set it on its lexeme, vocab[text]")

    cdef LexemeTable table(self):
        raise TypeError(f"{type(self).__name__} does not say where its vocabulary is")

    cdef StringStore texts(self):
        raise TypeError(f"{type(self).__name__} does not say where its texts are")

    cdef hash_t text_key(self, object text_or_key) except? 0:
        raise TypeError(f"{type(self).__name__} does not say where its texts are")

    cdef WordVectors word_vectors(self):
        self.lexeme_c()
        cdef WordVectors vectors = self.table().word_vectors
        vectors.rows.check_mapping()
        return vectors

    cdef Py_ssize_t n_words(self) except -1:
        self.lexeme_c()
        return 1

    cdef attr_t attr_value(self, attr_id_t attr) except? 0:
        return get_lex_attr(self.lexeme_c(), attr)

    cdef int check_settable(self, attr_id_t attr) except -1:
        self.settable_lexeme_c()
        if attr == ORTH:
            raise AttributeError("the text of a word cannot be changed")
        return 0

    cdef int set_key(self, attr_id_t attr, hash_t key) except -1:
        self.check_settable(attr)
        return set_lex_attr(self.settable_lexeme_c(), attr, key)

    def check_flag(self, flag_id):
        """Whether a boolean attribute is set.

        Args:
            flag_id (int): the attribute's id, 1 to 63.

        >>> from lexarray.attrs import IS_ALPHA
        >>> import lexarray
        >>> lexarray.blank("en").vocab["coffee"].check_flag(IS_ALPHA)
        True
        """
        cdef int flag = checked_flag(flag_id)
        return self.lexeme_c().flags >> flag & 1 != 0

    orth = KeyAttribute(ORTH, "Key of the text itself.")
    orth_ = TextAttribute(ORTH, "The text itself.")
    lower = KeyAttribute(LOWER, "Key of the lower-cased text.")
    lower_ = TextAttribute(LOWER, "The lower-cased text.")
    norm = KeyAttribute(NORM, "Key of the normalised text.")
    norm_ = TextAttribute(NORM, "The normalised text: lower case, with typographic variants unified.")
    shape = KeyAttribute(SHAPE, "Key of the shape.")
    shape_ = TextAttribute(SHAPE, "The shape: letters as x or X, digits as d, runs cut at four.")
    prefix = KeyAttribute(PREFIX, "Key of the first character.")
    prefix_ = TextAttribute(PREFIX, "The first character.")
    suffix = KeyAttribute(SUFFIX, "Key of the last three characters.")
    suffix_ = TextAttribute(SUFFIX, "The last three characters.")
    lang = KeyAttribute(LANG, "Key of the language's code.")
    lang_ = TextAttribute(LANG, "The language's code.")

    is_alpha = _Flag(IS_ALPHA, "Whether all characters are letters.")
    is_ascii = _Flag(IS_ASCII, "Whether all characters are ASCII.")
    is_digit = _Flag(IS_DIGIT, "Whether all characters are digits.")
    is_lower = _Flag(IS_LOWER, "Whether the cased characters are lower case, and there is one.")
    is_upper = _Flag(IS_UPPER, "Whether the cased characters are upper case, and there is one.")
    is_title = _Flag(IS_TITLE, "Whether each run of cased characters starts with its only capital.")
    is_punct = _Flag(IS_PUNCT, "Whether all characters are punctuation (Unicode categories P*).")
    is_space = _Flag(IS_SPACE, "Whether all characters are whitespace.")
    is_bracket = _Flag(IS_BRACKET, "Whether it is one bracket.")
    is_quote = _Flag(IS_QUOTE, "Whether it is a quotation mark.")
    is_left_punct = _Flag(IS_LEFT_PUNCT, "Whether it is an opening bracket or quotation mark.")
    is_right_punct = _Flag(IS_RIGHT_PUNCT, "Whether it is a closing bracket or quotation mark.")
    is_currency = _Flag(IS_CURRENCY, "Whether all characters are currency signs.")
    is_stop = _Flag(IS_STOP, "Whether it is one of the language's stop words.")
    like_url = _Flag(LIKE_URL, "Whether it is written like a web address.")
    like_num = _Flag(LIKE_NUM, "Whether it is a number in digits or words.")
    like_email = _Flag(LIKE_EMAIL, "Whether it is written like an e-mail address.")

    @property
    def is_oov(self):
        """Whether the word has no vector in ``vocab.vectors``, as every word if there is no table."""
        cdef WordVectors vectors = self.word_vectors()
        return not vectors.has(self.lexeme_c().orth)

    @property
    def id(self):
        """The word's row in a table of yours; 2**64 - 1 unless set. ``vocab.vectors`` does without it."""
        return get_lex_attr(self.lexeme_c(), ID)

    @id.setter
    def id(self, value):
        self.settable_lexeme_c()
        set_lex_attr(self.settable_lexeme_c(), ID, _unsigned("id", value))

    @property
    def rank(self):
        """The same as ``id``."""
        return get_lex_attr(self.lexeme_c(), ID)

    @rank.setter
    def rank(self, value):
        self.settable_lexeme_c()
        set_lex_attr(self.settable_lexeme_c(), ID, _unsigned("rank", value))

    @property
    def cluster(self):
        """Number of the word's Brown cluster; 0 if it has none."""
        return self.lexeme_c().cluster

    @cluster.setter
    def cluster(self, value):
        self.settable_lexeme_c()
        set_lex_attr(self.settable_lexeme_c(), CLUSTER, _unsigned("cluster", value))

    @property
    def prob(self):
        """Log probability of the word; the vocabulary's ``oov_prob`` unless set."""
        return self.lexeme_c().prob

    @prob.setter
    def prob(self, float value):
        self.settable_lexeme_c().prob = value

    @property
    def sentiment(self):
        """A scalar for the word's sentiment; 0.0 unless set."""
        return self.lexeme_c().sentiment

    @sentiment.setter
    def sentiment(self, float value):
        self.settable_lexeme_c().sentiment = value


cdef int checked_flag(object flag_id) except -1:
    cdef Py_ssize_t number = PyNumber_AsSsize_t(flag_id, ValueError)
    if not 0 < number <= FLAG63:
        raise ValueError(f"{flag_id} is no flag: flags are attribute ids from 1 to 63")
    return <int>number


cdef attr_t _unsigned(str name, object value) except? 0:
    number = PyNumber_Index(value)
    if not 0 <= number < 1 << 64:
        raise ValueError(f"{name} must be from 0 to 2**64 - 1, got {number}")
    return number


cdef class Lexeme(WordView):
    """A word type: what is true of a word wherever it stands. A view into a vocabulary.

    Setting an attribute sets it for every token of that word, past and future. Two lexemes are equal,
    and hash alike, when their texts are.

    Args:
        vocab (Vocab): the vocabulary.
        orth (str | int): a text, or the key of a stored one; its entry is made if there is none.

    Attributes:
        vocab (Vocab): the vocabulary. Read-only.

    >>> import lexarray
    >>> apple = lexarray.blank("en").vocab["Apple"]
    >>> apple.text, apple.lower_, apple.shape_, apple.is_title
    ('Apple', 'apple', 'Xxxxx', True)
    """

    def __init__(self, LexemeTable vocab not None, orth):
        cdef Words words = vocab.open_words()
        cdef LexemeC* c = vocab.get_by_orth_in(words, as_key(words.strings, orth))
        if self.c is not NULL:
            raise RuntimeError("a Lexeme is initialised once")
        self.c = c
        self.vocab = vocab
        self.words = words if c.flags & TRANSIENT else vocab.words

    @staticmethod
    cdef Lexeme view(LexemeTable vocab, Words words, LexemeC* c):
        cdef Lexeme lexeme = Lexeme.__new__(Lexeme)
        lexeme.vocab = vocab
        lexeme.words = words
        lexeme.c = c
        return lexeme

    cdef const LexemeC* lexeme_c(self) except NULL:
        if self.c is NULL:
            raise ValueError("this Lexeme was never initialised: get one from vocab[text]")
        return self.c

    cdef LexemeC* settable_lexeme_c(self) except NULL:
        self.lexeme_c()
        return self.c

    cdef LexemeTable table(self):
        return self.vocab

    cdef StringStore texts(self):
        self.lexeme_c()
        return self.words.strings

    cdef hash_t text_key(self, object text_or_key) except? 0:
        cdef hash_t key
        self.lexeme_c()
        key = as_key(self.words.strings, text_or_key)
        if self.words.strings.find(key) is NULL and not self.words.take_text(key, self.vocab.open_words()):
            self.words.strings.raise_unknown(key)
        return key

    cdef hash_t word(self, Py_ssize_t i) noexcept nogil:
        return self.c.orth

    cdef int set_given_vector(self, object vector) except -1:
        self.vocab.set_vector(self.lexeme_c().orth, vector)
        return 0

    @property
    def text(self):
        """The word itself."""
        return self.texts().text(self.lexeme_c().orth)

    @property
    def length(self):
        """Number of characters."""
        return self.lexeme_c().length

    @property
    def flags(self):
        """All boolean attributes; bit ``i`` is the attribute with id ``i``."""
        return self.lexeme_c().flags & ~<flags_t>TRANSIENT

    @flags.setter
    def flags(self, value):
        self.settable_lexeme_c()
        cdef attr_t flags = _unsigned("flags", value)
        cdef LexemeC* lex = self.settable_lexeme_c()
        lex.flags = flags & ~<flags_t>TRANSIENT | lex.flags & TRANSIENT

    def set_flag(self, flag_id, value):
        """Set or clear a boolean attribute.

        Args:
            flag_id (int): the attribute's id, 1 to 63.
            value (bool): what it becomes.
        """
        cdef int flag = checked_flag(flag_id)
        cdef bint on = bool(value)
        set_lex_attr(self.settable_lexeme_c(), <attr_id_t>flag, on)

    def __reduce__(self):
        # Its vocabulary goes along as its seed: the other words do not.
        self.lexeme_c()
        texts = [self.lower_, self.norm_, self.shape_, self.prefix_, self.suffix_, self.lang_]
        numbers = [self.flags, self.cluster, self.id, self.prob, self.sentiment]
        return _restored, (self.vocab.seed, self.text, texts, numbers)

    def __copy__(self):
        """Another view of the same word."""
        self.lexeme_c()
        return Lexeme.view(self.vocab, self.words, self.c)

    def __richcmp__(self, other, int op):
        if not isinstance(other, Lexeme):
            return NotImplemented
        cdef hash_t key = self.lexeme_c().orth
        return PyObject_RichCompare(key, (<Lexeme>other).lexeme_c().orth, op)

    def __hash__(self):
        return hash(self.lexeme_c().orth)

    def __repr__(self):
        return f"<Lexeme {self.text!r}>" if self.c is not NULL else "<Lexeme, not initialised>"


def _restored(vocab, text, texts, numbers):
    # The word of a pickle, with its attributes, in the vocabulary that was loaded with it.
    lexeme = vocab[text]
    for name, value in zip(("lower_", "norm_", "shape_", "prefix_", "suffix_", "lang_"), texts):
        setattr(lexeme, name, value)
    for name, value in zip(("flags", "cluster", "id", "prob", "sentiment"), numbers):
        setattr(lexeme, name, value)
    return lexeme
