"""The attributes that a word has wherever it stands: rules over its characters.

Each rule is a C function over code points, without Python. :class:`LexicalRules` holds what one language
adds: stop words, number words, endings of ordinals and norms.
"""
from libc.stdint cimport uint16_t
from libc.stdlib cimport calloc, free
from preshed.maps cimport map_get

from lexarray._utf8 cimport encode_utf8
from lexarray.attrs cimport (
    IS_ALPHA, IS_ASCII, IS_BRACKET, IS_CURRENCY, IS_DIGIT, IS_LEFT_PUNCT, IS_LOWER, IS_PUNCT,
    IS_QUOTE, IS_RIGHT_PUNCT, IS_SPACE, IS_STOP, IS_TITLE, IS_UPPER, LIKE_EMAIL, LIKE_NUM, LIKE_URL,
)
from lexarray.strings cimport StringC, StringStore, hash_string, hash_utf8
from lexarray.typedefs cimport char32_t

from types import MappingProxyType
from unicodedata import category

from lexarray.strings import get_string_id

cdef extern from "_atomic.h" nogil:
    void* load_pointer "lexarray_load_pointer"(const void*)
    void store_pointer "lexarray_store_pointer"(void*, void*)

# ---- what is known of a character ----
# It comes from the running Python's str methods and unicodedata, so that it is always the same Unicode: by pages of 256
# characters, each made at its first use and then never changed.

cdef enum:
    ALPHA = 1
    DIGIT = 2
    LOWER_CASE = 4
    UPPER_CASE = 8
    TITLE_CASE = 16
    SPACE = 32
    CASED = 64                  # of these two, a capital sigma's lower case depends
    CASE_IGNORABLE = 128
    PUNCTUATION = 256           # categories Pc, Pd, Ps, Pe, Pi, Pf, Po
    CURRENCY = 512              # category Sc
    BRACKET = 1024
    QUOTE = 2048
    LEFT_PUNCT = 4096
    RIGHT_PUNCT = 8192

cdef enum:
    CAPITAL_SIGMA = 0x3A3
    FINAL_SIGMA = 0x3C2

cdef struct CharC:
    char32_t lower              # what becomes of it in lower case; of a capital sigma, inside a word
    uint16_t lower_more         # and what stands behind that; 0: nothing
    uint16_t properties

cdef CharC* _pages[0x1100]

cdef dict _MARKS = {
    BRACKET: frozenset("()[]{}<>"),
    QUOTE: frozenset("\"'`«»‘’‚‛“”„‟‹›❮❯"),
    LEFT_PUNCT: frozenset("([{<\"'«‘‚‛“„‟‹❮"),
    RIGHT_PUNCT: frozenset(")]}>\"'»’”›❯"),
}


cdef CharC* _make_page(char32_t number) except NULL with gil:
    # Another thread may make the same page meanwhile: the first one stays.
    cdef CharC* page = <CharC*>calloc(256, sizeof(CharC))
    cdef char32_t i
    cdef int properties
    if page is NULL:
        raise MemoryError("no memory for a table of characters")
    try:
        for i in range(256):
            char = chr(number << 8 | i)
            kind = category(char)
            lower = char.lower()
            if len(lower) > 2 or len(lower) == 2 and ord(lower[1]) > 0xFFFF:
                raise SystemError(f"the lower case of {char!r} is {lower!r}: expected one character, and one of the first plane")
            page[i].lower = ord(lower[0])
            page[i].lower_more = ord(lower[1]) if len(lower) == 2 else 0
            properties = 0
            if char.isalpha():
                properties |= ALPHA
            if char.isdigit():
                properties |= DIGIT
            if char.islower():
                properties |= LOWER_CASE
            if char.isupper():
                properties |= UPPER_CASE
            if kind == "Lt":
                properties |= TITLE_CASE
            if char.isspace():
                properties |= SPACE
            # A sigma is final if no cased character follows, whatever ignorable ones are between.
            if ("A\u03a3" + char + "A").lower()[1] == "\u03c3" and ("A\u03a3" + char).lower()[1] != "\u03c3":
                properties |= CASE_IGNORABLE
            elif ("A\u03a3" + char).lower()[1] == "\u03c3":
                properties |= CASED
            if kind[0] == "P":
                properties |= PUNCTUATION
            if kind == "Sc":
                properties |= CURRENCY
            for mark, chars in _MARKS.items():
                if char in chars:
                    properties |= mark
            page[i].properties = properties
        if _pages[number] is NULL:
            store_pointer(&_pages[number], page)
            page = NULL
    finally:
        free(page)
    return _pages[number]


cdef int know_characters(const char32_t* chars, Py_ssize_t n) except -1 nogil:
    cdef Py_ssize_t i
    for i in range(n):
        if load_pointer(&_pages[chars[i] >> 8]) is NULL:
            _make_page(chars[i] >> 8)
    return 0


cdef inline const CharC* _char(char32_t char) noexcept nogil:
    # know_characters() has seen to it that the page is there.
    return &(<const CharC*>load_pointer(&_pages[char >> 8]))[char & 0xFF]


cdef inline uint16_t _properties(char32_t char) noexcept nogil:
    return _char(char).properties


cdef Py_ssize_t write_lower(const char32_t* chars, Py_ssize_t n, char32_t* lower) noexcept nogil:
    cdef Py_ssize_t i, length = 0
    cdef const CharC* char
    for i in range(n):
        if chars[i] == CAPITAL_SIGMA and _is_final(chars, n, i):
            lower[length] = FINAL_SIGMA
            length += 1
            continue
        char = _char(chars[i])
        lower[length] = char.lower
        length += 1
        if char.lower_more:
            lower[length] = char.lower_more
            length += 1
    return length


cdef bint _is_final(const char32_t* chars, Py_ssize_t n, Py_ssize_t i) noexcept nogil:
    # Unicode's Final_Sigma: a cased character before it and none behind it, ignorable ones left out.
    cdef Py_ssize_t j = i - 1
    while j >= 0 and _properties(chars[j]) & CASE_IGNORABLE:
        j -= 1
    if j < 0 or not _properties(chars[j]) & CASED:
        return False
    j = i + 1
    while j < n and _properties(chars[j]) & CASE_IGNORABLE:
        j += 1
    return j == n or not _properties(chars[j]) & CASED


# ---- the rules ----

cdef flags_t character_flags(const char32_t* chars, Py_ssize_t n) noexcept nogil:
    cdef uint16_t every = 0xFFFF, some = 0, properties
    cdef bint ascii = True, title = True, after_cased = False, upper
    cdef Py_ssize_t i
    for i in range(n):
        ascii = ascii and chars[i] < 128
        properties = _properties(chars[i])
        every &= properties
        some |= properties
        # A title starts each run of cased characters with one that is upper or title case.
        upper = properties & (UPPER_CASE | TITLE_CASE) != 0
        if upper and after_cased or properties & LOWER_CASE and not after_cased:
            title = False
        after_cased = upper or properties & LOWER_CASE
    cdef flags_t flags = 0
    flags |= <flags_t>(every & ALPHA != 0) << IS_ALPHA
    flags |= <flags_t>ascii << IS_ASCII
    flags |= <flags_t>(every & DIGIT != 0) << IS_DIGIT
    flags |= <flags_t>(every & SPACE != 0) << IS_SPACE
    flags |= <flags_t>(some & (LOWER_CASE | UPPER_CASE | TITLE_CASE) == LOWER_CASE) << IS_LOWER
    flags |= <flags_t>(some & (LOWER_CASE | UPPER_CASE | TITLE_CASE) == UPPER_CASE) << IS_UPPER
    flags |= <flags_t>(title and some & (LOWER_CASE | UPPER_CASE | TITLE_CASE) != 0) << IS_TITLE
    flags |= <flags_t>(every & PUNCTUATION != 0) << IS_PUNCT
    flags |= <flags_t>(every & CURRENCY != 0) << IS_CURRENCY
    flags |= <flags_t>(n == 1 and every & BRACKET != 0) << IS_BRACKET
    flags |= <flags_t>(n == 1 and every & QUOTE != 0 or _is_doubled(chars, n, c'`')
                       or _is_doubled(chars, n, c"'")) << IS_QUOTE
    flags |= <flags_t>(n == 1 and every & LEFT_PUNCT != 0 or _is_doubled(chars, n, c'`')) << IS_LEFT_PUNCT
    flags |= <flags_t>(n == 1 and every & RIGHT_PUNCT != 0 or _is_doubled(chars, n, c"'")) << IS_RIGHT_PUNCT
    flags |= <flags_t>chars_like_num(chars, n) << LIKE_NUM
    flags |= <flags_t>chars_like_url(chars, n) << LIKE_URL
    flags |= <flags_t>chars_like_email(chars, n) << LIKE_EMAIL
    return flags


cdef inline bint _is_doubled(const char32_t* chars, Py_ssize_t n, char mark) noexcept nogil:
    # `` and '' are the quotation marks of typewritten text.
    return n == 2 and chars[0] == chars[1] == <char32_t>mark


cdef enum:
    LONGEST_RUN = 4             # of one shape character


cdef Py_ssize_t write_shape(const char32_t* chars, Py_ssize_t n, char32_t* shape) noexcept nogil:
    cdef Py_ssize_t i, length = 0, run = 0
    cdef char32_t char, last = 0
    cdef uint16_t properties
    if n > LONGEST_SHAPED:
        shape[0] = c'L'; shape[1] = c'O'; shape[2] = c'N'; shape[3] = c'G'
        return 4
    for i in range(n):
        char = chars[i]
        properties = _properties(char)
        if properties & ALPHA:
            char = c'X' if properties & UPPER_CASE else c'x'
        elif properties & DIGIT:
            char = c'd'
        run = run + 1 if i and char == last else 1
        last = char
        if run <= LONGEST_RUN:
            shape[length] = char
            length += 1
    return length


cdef bint chars_like_num(const char32_t* chars, Py_ssize_t n) noexcept nogil:
    # One sign, then digits with , and . anywhere, or two such runs of digits around one '/'.
    cdef Py_ssize_t i = 0, digits = 0
    cdef bint fraction = False
    if n and (chars[0] == c'+' or chars[0] == c'-' or chars[0] == 0xB1 or chars[0] == c'~'):
        i = 1
    while i < n:
        if _properties(chars[i]) & DIGIT:
            digits += 1
        elif chars[i] == c'/' and digits and not fraction:
            fraction = True
            digits = 0
        elif chars[i] != c',' and chars[i] != c'.':
            return False
        i += 1
    return digits > 0


cdef inline bint _is_ascii_alnum(char32_t c) noexcept nogil:
    return c'a' <= c <= c'z' or c'A' <= c <= c'Z' or c'0' <= c <= c'9'


cdef bint chars_like_email(const char32_t* chars, Py_ssize_t n) noexcept nogil:
    # local@domain: ASCII letters, digits and _.+- before the @; after it a label, a dot, and more.
    cdef Py_ssize_t i = 0, at, dot = -1
    while i < n and (_is_ascii_alnum(chars[i]) or chars[i] == c'_' or chars[i] == c'.' or
                     chars[i] == c'+' or chars[i] == c'-'):
        i += 1
    if i == 0 or i == n or chars[i] != c'@':
        return False
    at = i
    for i in range(at + 1, n):
        if chars[i] == c'.' and dot < 0:
            dot = i
        elif not (_is_ascii_alnum(chars[i]) or chars[i] == c'-' or (chars[i] == c'.' and dot >= 0)):
            return False
    return at + 1 < dot < n - 1


# Top-level domains: the generic ones that are common, and the countries' of ISO 3166.
_TOP_LEVEL_DOMAINS = """
    com org net edu gov mil int arpa info biz name pro aero coop museum jobs mobi travel tel cat asia
    app blog cloud club dev eu live media news online page shop site store tech top wiki work world xyz
    ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw
    by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et
    fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie
    il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv
    ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr
    nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl
    sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz
    va vc ve vg vi vn vu wf ws ye yt za zm zw
""".split()
cdef enum:
    LONGEST_SUFFIX = 8          # characters in the ending of an ordinal
    LONGEST_DOMAIN = 8          # of the list above
cdef PreshMap _domains = PreshMap(1024)
for _domain in _TOP_LEVEL_DOMAINS:
    _domains.set(hash_string(_domain), <void*>1)


cdef inline char32_t _ascii_lower(char32_t c) noexcept nogil:
    return c + 32 if c'A' <= c <= c'Z' else c


cdef bint _starts(const char32_t* chars, Py_ssize_t n, const char* lower) noexcept nogil:
    cdef Py_ssize_t i = 0
    while lower[i]:
        if i == n or _ascii_lower(chars[i]) != <char32_t>lower[i]:
            return False
        i += 1
    return True


cdef bint chars_like_url(const char32_t* chars, Py_ssize_t n) noexcept nogil:
    # A scheme, "www.", or a host whose last label is a known top-level domain.
    cdef Py_ssize_t i, dot = -1
    cdef char label[LONGEST_DOMAIN]
    if _starts(chars, n, b"http://") or _starts(chars, n, b"https://"):
        return True
    if _starts(chars, n, b"www.") and n > 4:
        return True
    if n < 4 or chars[0] == c'.' or chars[n - 1] == c'.':
        return False
    i = 0
    while i < n and chars[i] != c'/' and chars[i] != c'?' and chars[i] != c'#':
        if chars[i] == c'@':
            return False
        if chars[i] == c'.':
            dot = i
        elif chars[i] == c':':
            break
        elif not (_is_ascii_alnum(chars[i]) or chars[i] == c'-' or chars[i] == c'_' or chars[i] >= 128):
            return False
        i += 1
    if dot <= 0 or not 2 <= i - dot - 1 <= LONGEST_DOMAIN:
        return False
    n = i - dot - 1
    for i in range(n):
        if chars[dot + 1 + i] >= 128:
            return False
        label[i] = <char>_ascii_lower(chars[dot + 1 + i])
    return map_get(_domains.c_map, hash_utf8(label, n)) is not NULL


# ---- what a language adds ----

cdef list _texts(str name, texts):
    if isinstance(texts, (str, bytes)):
        raise TypeError(f"{name}: expected an iterable of str, got {type(texts).__name__}: {texts!r:.80}")
    texts = list(texts)
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"{name}: expected a str, got {type(text).__name__}: {text!r:.80}")
    return texts


cdef PreshMap _keys_of(words):
    cdef PreshMap keys = PreshMap()
    cdef hash_t key
    for word in words:
        key = get_string_id(word.lower())
        keys.set(key, <void*>1)
    return keys


cdef class LexicalRules:
    """What one language adds to the rules for every language.

    Args:
        lang (str): the language's code, ``Lexeme.lang_``.
        stop_words (Iterable[str]): words that are ``is_stop``, in any case.
        number_words (Iterable[str]): words that are ``like_num``, in any case.
        ordinal_suffixes (Iterable[str]): endings that make digits ordinal ("th"), in any case
            of ASCII letters; at most 8 characters.
        norms (Mapping[str, str]): words whose ``norm_`` is not simply their lower-cased form.
        origin (Callable): a function without arguments that gives these rules, wherever it is called. They are pickled
            as its name then, not as their data.

    They never change, so a copy of them is they themselves. Two are equal if their data are.

    >>> rules = LexicalRules("en", stop_words=["the"], norms={"“": '"'})
    >>> from lexarray.vocab import Vocab
    >>> Vocab(lexical_rules=rules)["The"].is_stop
    True
    """

    def __cinit__(self, str lang not None="", stop_words=(), number_words=(), ordinal_suffixes=(), norms=None,
                  *, origin=None):
        if origin is not None and not callable(origin):
            raise TypeError(f"origin must be callable or None, got {origin!r:.80}")
        self.origin = origin
        self.lang = lang
        self.stop_words = frozenset(_texts("stop_words", stop_words))
        self.number_words = frozenset(_texts("number_words", number_words))
        self.ordinal_suffixes = tuple([suffix.lower() for suffix in _texts("ordinal_suffixes", ordinal_suffixes)])
        self.norms = MappingProxyType(dict(norms or {}))
        _texts("norms", self.norms)
        for form in _texts("norms", self.norms.values()):
            if not form:
                raise ValueError("norms: a norm must not be empty")
        self._stop_words = _keys_of(self.stop_words)
        self._number_words = _keys_of(self.number_words)
        self._ordinal_suffixes = PreshMap()
        for suffix in self.ordinal_suffixes:
            if not 0 < len(suffix) <= LONGEST_SUFFIX:
                raise ValueError(f"ordinal suffix {suffix!r}: expected 1 to {LONGEST_SUFFIX} characters")
            self._ordinal_suffixes.set(hash_string(suffix), <void*>1)
        self._norms = PreshMap()
        self._texts = StringStore([lang, *self.norms.values()])
        self.lang_key = get_string_id(lang)
        cdef hash_t orth
        for word, form in self.norms.items():
            orth = get_string_id(word)
            self._norms.set(orth, <void*>self._texts.find(get_string_id(form)))

    def data(self):
        """The arguments of which it is made, but for ``origin``, in an order that depends on nothing but them."""
        return (self.lang, sorted(self.stop_words), sorted(self.number_words), list(self.ordinal_suffixes),
                dict(sorted(self.norms.items())))

    def __reduce__(self):
        return (LexicalRules, self.data()) if self.origin is None else (self.origin, ())

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __eq__(self, other):
        if not isinstance(other, LexicalRules):
            return NotImplemented
        return self is other or self.data() == (<LexicalRules>other).data()

    def __hash__(self):
        return hash((self.lang, self.stop_words, self.number_words, self.ordinal_suffixes))

    cdef flags_t flags(self, const char32_t* chars, Py_ssize_t n, hash_t lower) noexcept nogil:
        cdef flags_t flags = 0
        flags |= <flags_t>(map_get(self._stop_words.c_map, lower) is not NULL) << IS_STOP
        flags |= <flags_t>(map_get(self._number_words.c_map, lower) is not NULL
                           or self._is_ordinal(chars, n)) << LIKE_NUM
        return flags

    cdef bint _is_ordinal(self, const char32_t* chars, Py_ssize_t n) noexcept nogil:
        # Digits, then one of the endings.
        cdef Py_ssize_t i, digits = 0
        cdef char32_t lower[LONGEST_SUFFIX]
        cdef char utf8[4 * LONGEST_SUFFIX]
        while digits < n and _properties(chars[digits]) & DIGIT:
            digits += 1
        if digits == 0 or digits == n:
            return False
        if n - digits > LONGEST_SUFFIX:
            return False
        for i in range(digits, n):
            lower[i - digits] = _ascii_lower(chars[i])
        return map_get(self._ordinal_suffixes.c_map,
                       hash_utf8(utf8, encode_utf8[char32_t](lower, n - digits, utf8))) is not NULL

    cdef const StringC* norm(self, hash_t orth) noexcept nogil:
        return <const StringC*>map_get(self._norms.c_map, orth)

    cdef const StringC* lang_text(self) noexcept nogil:
        return self._texts.find(self.lang_key)
