"""The attributes that a word has wherever it stands: rules over its characters.

Each rule is a C function over code points, without Python. :class:`LexicalRules` holds what one language
adds: stop words, number words, endings of ordinals and norms.
"""
from preshed.maps cimport map_get

from lexarray._utf8 cimport encode_utf8
from lexarray.attrs cimport (
    IS_ALPHA, IS_ASCII, IS_BRACKET, IS_CURRENCY, IS_DIGIT, IS_LEFT_PUNCT, IS_LOWER, IS_PUNCT,
    IS_QUOTE, IS_RIGHT_PUNCT, IS_SPACE, IS_STOP, IS_TITLE, IS_UPPER, LIKE_EMAIL, LIKE_NUM, LIKE_URL,
)
from lexarray.strings cimport hash_string, hash_utf8
from lexarray.typedefs cimport char32_t

from types import MappingProxyType
from unicodedata import category

from lexarray.strings import get_string_id

cdef extern from "Python.h" nogil:
    bint Py_UNICODE_ISALPHA(char32_t)
    bint Py_UNICODE_ISDIGIT(char32_t)
    bint Py_UNICODE_ISLOWER(char32_t)
    bint Py_UNICODE_ISUPPER(char32_t)
    bint Py_UNICODE_ISTITLE(char32_t)
    bint Py_UNICODE_ISSPACE(char32_t)

# ---- classes of characters that CPython has no C function for ----
# One byte a code point, filled by pages of 256 at first use from the running Python's unicodedata,
# so that it is always the same Unicode. Only the pages that are touched take memory.

cdef enum:
    PUNCTUATION = 1             # categories Pc, Pd, Ps, Pe, Pi, Pf, Po
    CURRENCY = 2                # category Sc
    BRACKET = 4
    QUOTE = 8
    LEFT_PUNCT = 16
    RIGHT_PUNCT = 32

cdef unsigned char _classes[0x110000]
cdef unsigned char _page_filled[0x1100]

# What each page gets beside its categories.
_MARKS = {
    BRACKET: "()[]{}<>",
    QUOTE: "\"'`«»‘’‚‛“”„‟‹›❮❯",
    LEFT_PUNCT: "([{<\"'«‘‚‛“„‟‹❮",
    RIGHT_PUNCT: ")]}>\"'»’”›❯",
}


cdef void _fill_page(char32_t page) noexcept with gil:
    cdef char32_t first = page << 8
    cdef char32_t char
    for char in range(first, first + 256):
        kind = category(chr(char))
        _classes[char] = (PUNCTUATION if kind[0] == "P" else 0) | (CURRENCY if kind == "Sc" else 0)
    for mark, chars in _MARKS.items():
        for each in chars:
            if ord(each) >> 8 == page:
                _classes[ord(each)] |= mark
    _page_filled[page] = 1


cdef inline unsigned char _class_of(char32_t char) noexcept nogil:
    if not _page_filled[char >> 8]:
        _fill_page(char >> 8)
    return _classes[char]


# ---- the rules ----

cdef flags_t character_flags(const char32_t* chars, Py_ssize_t n) noexcept nogil:
    cdef bint alpha = True, ascii = True, digit = True, space = True
    cdef bint any_lower = False, any_upper = False, any_title = False
    cdef bint title = True, after_cased = False
    cdef unsigned char classes = 0xFF
    cdef Py_ssize_t i
    cdef char32_t char
    cdef bint upper, lower, titlecase
    for i in range(n):
        char = chars[i]
        alpha = alpha and Py_UNICODE_ISALPHA(char)
        ascii = ascii and char < 128
        digit = digit and Py_UNICODE_ISDIGIT(char)
        space = space and Py_UNICODE_ISSPACE(char)
        lower = Py_UNICODE_ISLOWER(char)
        upper = Py_UNICODE_ISUPPER(char)
        titlecase = Py_UNICODE_ISTITLE(char)
        # A title starts each run of cased characters with one that is upper or title case.
        if (upper or titlecase) and after_cased or lower and not after_cased:
            title = False
        after_cased = upper or titlecase or lower
        any_lower |= lower
        any_upper |= upper
        any_title |= titlecase
        if classes:
            classes &= _class_of(char)
    cdef flags_t flags = 0
    flags |= <flags_t>alpha << IS_ALPHA
    flags |= <flags_t>ascii << IS_ASCII
    flags |= <flags_t>digit << IS_DIGIT
    flags |= <flags_t>space << IS_SPACE
    flags |= <flags_t>(any_lower and not any_upper and not any_title) << IS_LOWER
    flags |= <flags_t>(any_upper and not any_lower and not any_title) << IS_UPPER
    flags |= <flags_t>(title and (any_lower or any_upper or any_title)) << IS_TITLE
    flags |= <flags_t>((classes & PUNCTUATION) != 0) << IS_PUNCT
    flags |= <flags_t>((classes & CURRENCY) != 0) << IS_CURRENCY
    flags |= <flags_t>(n == 1 and (classes & BRACKET) != 0) << IS_BRACKET
    flags |= <flags_t>(n == 1 and (classes & QUOTE) != 0 or _is_doubled(chars, n, c'`')
                       or _is_doubled(chars, n, c"'")) << IS_QUOTE
    flags |= <flags_t>(n == 1 and (classes & LEFT_PUNCT) != 0 or _is_doubled(chars, n, c'`')) << IS_LEFT_PUNCT
    flags |= <flags_t>(n == 1 and (classes & RIGHT_PUNCT) != 0 or _is_doubled(chars, n, c"'")) << IS_RIGHT_PUNCT
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
    if n > LONGEST_SHAPED:
        shape[0] = c'L'; shape[1] = c'O'; shape[2] = c'N'; shape[3] = c'G'
        return 4
    for i in range(n):
        char = chars[i]
        if Py_UNICODE_ISALPHA(char):
            char = c'X' if Py_UNICODE_ISUPPER(char) else c'x'
        elif Py_UNICODE_ISDIGIT(char):
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
        if Py_UNICODE_ISDIGIT(chars[i]):
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

    >>> rules = LexicalRules("en", stop_words=["the"], norms={"“": '"'})
    >>> from lexarray.vocab import Vocab
    >>> Vocab(lexical_rules=rules)["The"].is_stop
    True
    """

    def __cinit__(self, str lang not None="", stop_words=(), number_words=(), ordinal_suffixes=(), norms=None):
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
        cdef hash_t orth, norm
        for word, form in self.norms.items():
            orth, norm = get_string_id(word), get_string_id(form)
            self._norms.set(orth, <void*><size_t>norm)

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
        while digits < n and Py_UNICODE_ISDIGIT(chars[digits]):
            digits += 1
        if digits == 0 or digits == n:
            return False
        if n - digits > LONGEST_SUFFIX:
            return False
        for i in range(digits, n):
            lower[i - digits] = _ascii_lower(chars[i])
        return map_get(self._ordinal_suffixes.c_map,
                       hash_utf8(utf8, encode_utf8[char32_t](lower, n - digits, utf8))) is not NULL

    cdef hash_t norm(self, hash_t orth) noexcept nogil:
        return <hash_t><size_t>map_get(self._norms.c_map, orth)
