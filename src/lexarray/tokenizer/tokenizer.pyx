"""Text -> Doc: :class:`Tokenizer`."""
from lexarray.tokenizer.crew cimport Crew
from lexarray.tokenizer.engine cimport make_doc, text_c
from lexarray.tokens.doc cimport Doc

import re
from copy import copy
from os import fspath

from lexarray.errors import SavedObjectError
from lexarray.saved import check_parts, checked_names, unwrap, wrap
from lexarray.tokenizer.special_cases import SpecialCases
from lexarray.tokenizer.stream import documents

# The rules that are functions. They, and the special cases, are what can be left out of what is saved; the vocabulary is not
# saved with a tokenizer.
_FUNCTIONS = ("prefix_search", "suffix_search", "infix_finditer", "token_match", "url_match")
PARTS = frozenset({"exceptions", "vocab", *_FUNCTIONS})
_METHODS = frozenset({"search", "match", "fullmatch", "finditer"})
_FLAGS = re.ASCII | re.IGNORECASE | re.MULTILINE | re.DOTALL | re.UNICODE | re.VERBOSE

cdef enum:
    LONG = 2000         # characters from which on tokenizing a text is worth letting other Python threads run


cdef object _rule(object function, str name):
    if function is not None and not callable(function):
        raise TypeError(f"{name} must be callable or None, got {function!r}")
    return function


cdef class Tokenizer:
    """Cuts text into tokens and makes a :class:`~lexarray.tokens.Doc` of them, which gives back the text.

    Args:
        vocab (Vocab): the vocabulary of the documents.
        rules (Mapping[str, list[dict]]): special cases, string -> tokens; kept as ``rules``, which can be
            edited like a dict.
        prefix_search (Callable[[str], re.Match | None]): finds a prefix at the start of a string.
        suffix_search (Callable[[str], re.Match | None]): finds a suffix at the end of a string.
        infix_finditer (Callable[[str], Iterable[re.Match]]): finds infixes.
        token_match (Callable[[str], object]): true for a string that is one token.
        url_match (Callable[[str], object]): the same, after prefixes and suffixes are off.

    Every rule can be replaced at any time and takes effect with the next text that is given to the tokenizer.

    Rules that are methods of compiled regular expressions (``re.compile(...).search``) run as tables in C, without Python and
    in linear time, if the expression keeps to the part of the syntax that :mod:`lexarray.tokenizer.automaton` knows. Other
    callables are called, with the GIL, once for each string that they are asked about; their time is their own.

    What the rules made of a chunk of up to 64 bytes is remembered, in at most 24 MB a thread and as much again for the words
    of memory zones, so that known words cost a look-up. Any number of threads may use a tokenizer at once; texts of more than
    2,000 characters are tokenized without the GIL.

    Attributes:
        vocab (Vocab): the vocabulary. Read-only.

    >>> from lexarray.vocab import Vocab
    >>> tokenizer = Tokenizer(Vocab(), rules={"gimme": [{"ORTH": "gim"}, {"ORTH": "me"}]})
    >>> [token.text for token in tokenizer("gimme that")]
    ['gim', 'me', 'that']
    """

    def __cinit__(self, *args, **kwargs):
        self._cases = SpecialCases()
        self._idle = []

    def __init__(self, Vocab vocab not None, rules=None, prefix_search=None, suffix_search=None,
                 infix_finditer=None, token_match=None, url_match=None):
        if self.vocab is not None:
            raise RuntimeError("a Tokenizer is initialised once")
        self.vocab = vocab
        self.rules = rules
        self.prefix_search = prefix_search
        self.suffix_search = suffix_search
        self.infix_finditer = infix_finditer
        self.token_match = token_match
        self.url_match = url_match

    @property
    def rules(self):
        """The special cases, a :class:`~lexarray.tokenizer.SpecialCases` mapping that can be edited."""
        return self._cases

    @rules.setter
    def rules(self, cases):
        self._cases = SpecialCases(cases if cases is not None else {})
        self._compiled = None

    @property
    def prefix_search(self):
        """``search(string)`` -> match of a prefix at the start, or None; its length is taken off."""
        return self._prefix_search

    @prefix_search.setter
    def prefix_search(self, function):
        self._prefix_search = _rule(function, "prefix_search")
        self._compiled = None

    @property
    def suffix_search(self):
        """``search(string)`` -> match of a suffix at the end, or None; its length is taken off."""
        return self._suffix_search

    @suffix_search.setter
    def suffix_search(self, function):
        self._suffix_search = _rule(function, "suffix_search")
        self._compiled = None

    @property
    def infix_finditer(self):
        """``finditer(string)`` -> matches of infixes, from left to right."""
        return self._infix_finditer

    @infix_finditer.setter
    def infix_finditer(self, function):
        self._infix_finditer = _rule(function, "infix_finditer")
        self._compiled = None

    @property
    def token_match(self):
        """``match(string)`` -> true if the string is one token, before any other rule but special cases."""
        return self._token_match

    @token_match.setter
    def token_match(self, function):
        self._token_match = _rule(function, "token_match")
        self._compiled = None

    @property
    def url_match(self):
        """``match(string)`` -> true if the string is one token once prefixes and suffixes are off."""
        return self._url_match

    @url_match.setter
    def url_match(self, function):
        self._url_match = _rule(function, "url_match")
        self._compiled = None

    def __call__(self, text):
        """Tokenize a text.

        Args:
            text (str): any string.

        Returns:
            Doc: a document with ``doc.text == text``.

        Raises:
            TypeError: not a ``str``.

        Cost: linear in the text, whatever it is, unless a rule is a Python function.
        """
        return self.tokenize(_checked_text(text))

    def pipe(self, texts, batch_size=None, *, threads=1, max_types=None, error_handler=None):
        """Tokenize a stream of texts, in order.

        Args:
            texts (Iterable[str]): the texts.
            batch_size (int): the most texts that a thread gets at a time; None: 1,000, or fewer if they are long. Without
                effect on one thread.
            threads (int): how many threads tokenize, without the GIL. The documents are the same with any number. With more
                than one, up to two batches a thread are read ahead, and rules that are changed take effect with the next
                batch.
            max_types (int): run in bounded memory: as soon as more words are new since the call, or since the last time,
                forget them, as at the end of a :meth:`~lexarray.vocab.Vocab.memory_zone`. Documents that are still alive
                take along what they need. None: keep all words.
            error_handler (Callable): called as ``error_handler("tokenizer", tokenizer, [text], error)`` for a text that fails;
                if it returns, the text is left out. None: raise the error.

        Yields:
            Doc: a document for each text.

        Raises:
            TypeError: a text is not a ``str``; says which.
            ValueError: ``threads``, ``batch_size`` or ``max_types`` is not at least 1.

        >>> import lexarray
        >>> tokenizer = lexarray.blank("en").tokenizer
        >>> [len(doc) for doc in tokenizer.pipe(["One two.", "3!"] * 2, threads=2)]
        [3, 2, 3, 2]
        """
        return documents(self, texts, threads, batch_size, max_types, error_handler)

    @property
    def has_own_call(self):
        """Whether it is of a subclass that makes documents otherwise, which threads would not know of."""
        return type(self).__call__ is not Tokenizer.__call__

    def crew(self, threads):
        """So many threads that tokenize batches by the present rules: a :class:`~lexarray.tokenizer.crew.Crew`. For
        :mod:`lexarray.tokenizer.stream`, like ``has_own_call`` and the three that follow."""
        cdef Rules rules = self.compiled()
        return Crew([self.take_worker(rules) for _ in range(threads)])

    def is_current(self, Crew crew not None):
        """Whether a crew has the present rules."""
        return (<Worker>crew.workers[0]).rules is self.compiled()

    def give_batch(self, Crew crew not None, texts):
        """Give a batch to a crew, for documents of this tokenizer's vocabulary as it is now."""
        crew.give(texts, self.vocab.open_words())

    def dismiss(self, Crew crew not None):
        """End a crew's threads, and keep what they remembered for the next ones."""
        if crew.close():
            for worker in crew.workers:
                self.give_back(worker)

    def explain(self, text):
        """The tokens of a text, each with the rule that made it.

        Args:
            text (str): any string.

        Returns:
            list[tuple[str, str]]: (rule, token text) for every token of ``tokenizer(text)``, whitespace
            included ("SPACE"). Rules: PREFIX, SUFFIX, INFIX, TOKEN, TOKEN_MATCH, URL_MATCH, SPACE, and
            SPECIAL-1, SPECIAL-2 ... for the tokens of a special case.

        >>> import lexarray
        >>> lexarray.blank("en").tokenizer.explain("(don't)")
        [('PREFIX', '('), ('SPECIAL-1', 'do'), ('SPECIAL-2', "n't"), ('SUFFIX', ')')]
        """
        cdef str string = _checked_text(text)
        cdef Worker worker = self.take_worker(self.compiled())
        try:
            return worker.explain(string)
        finally:
            self.give_back(worker)

    def add_special_case(self, string, token_attrs):
        """Lay down the tokens of a string. The same as ``tokenizer.rules[string] = token_attrs``.

        Args:
            string (str): the string.
            token_attrs (Iterable[dict]): a dict for each token, with its text as ORTH and, if wanted, its
                NORM; attributes by id or by name. The texts together must be the string.

        >>> import lexarray
        >>> nlp = lexarray.blank("en")
        >>> nlp.tokenizer.add_special_case("gimme", [{"ORTH": "gim"}, {"ORTH": "me"}])
        >>> [token.text for token in nlp("(gimme)")]
        ['(', 'gim', 'me', ')']
        """
        self.rules[string] = token_attrs

    def memory(self):
        """How many bytes the caches and buffers of idle threads take.

        Returns:
            int: bytes; at most about 55 MB for each thread that has ever run at the same time as others.
        """
        cdef Worker worker
        return sum([worker.memory() for worker in list(self._idle)])

    # ---- bytes and files ----

    def to_bytes(self, *, exclude=()):
        """The rules as bytes: special cases, and of each rule the regular expression, its flags, and the method that it is.

        Args:
            exclude (Iterable[str]): what to leave out: "exceptions", which are the special cases; "prefix_search",
                "suffix_search", "infix_finditer", "token_match", "url_match"; "vocab", which is never among it.

        Raises:
            ValueError: a rule is another function than a method of a compiled regular expression; a name of no part.

        >>> import lexarray
        >>> nlp = lexarray.blank("en")
        >>> nlp.tokenizer.add_special_case("gimme", [{"ORTH": "gim"}, {"ORTH": "me"}])
        >>> other = lexarray.blank("xx").tokenizer.from_bytes(nlp.tokenizer.to_bytes())
        >>> [token.text for token in other("gimme U.K. news")]
        ['gim', 'me', 'U.K.', 'news']
        """
        exclude = checked_names(exclude, PARTS)
        parts = {}
        if "exceptions" not in exclude:
            parts["exceptions"] = self._cases.snapshot()
        for name in _FUNCTIONS:
            if name not in exclude:
                parts[name] = _packed_rule(name, getattr(self, name))
        return wrap("lexarray.tokenizer", 1, parts)

    def from_bytes(self, bytes_data, *, exclude=()):
        """Replace the rules by those that ``to_bytes`` gave; those that were not saved stay.

        Args:
            bytes_data (bytes): what it gave.
            exclude (Iterable[str]): what not to take: see :meth:`to_bytes`.

        Returns:
            Tokenizer: itself.

        Raises:
            SavedObjectError: the bytes are damaged, or something else. Nothing has changed then.
        """
        self.take_parts(self.read_parts(bytes_data, exclude))
        return self

    def to_disk(self, path, *, exclude=()):
        """Write what ``to_bytes`` gives to a file. What was there is replaced once all is written."""
        from lexarray.replacing import replacing

        data = self.to_bytes(exclude=exclude)
        with replacing(path) as file:
            file.write(data)

    def from_disk(self, path, *, exclude=()):
        """The same as ``from_bytes``, of a file, which messages name.

        Raises:
            OSError: it cannot be read.
        """
        with open(fspath(path), "rb") as file:
            data = file.read()
        self.take_parts(self.read_parts(data, exclude, f"{path}: "))
        return self

    @staticmethod
    def read_parts(data, exclude, str source=""):
        """Read what ``to_bytes`` gave, and check it, for :meth:`take_parts`. For :class:`~lexarray.language.Language`, which reads
        all of a pipeline before it changes any of it.

        Returns:
            dict: what is there and wanted: "exceptions", a SpecialCases; rules by name.
        """
        exclude = checked_names(exclude, PARTS)
        parts = unwrap(data, "lexarray.tokenizer", 1, source)
        where = f"{source}tokenizer"
        check_parts(parts, {}, {"exceptions": dict, **dict.fromkeys(_FUNCTIONS, (list, type(None)))}, where)
        found = {}
        for name, value in parts.items():
            if name in exclude:
                continue
            try:
                found[name] = SpecialCases(value) if name == "exceptions" else _read_rule(value)
            except (AttributeError, OverflowError, RecursionError, TypeError, ValueError, re.error) as error:
                raise SavedObjectError(f"{where}: {name}: {error}") from None
        return found

    def take_parts(self, dict parts):
        """Replace rules by what :meth:`read_parts` has read."""
        cases = parts.pop("exceptions", self._cases)
        self.adopt(cases, {name: parts.get(name, getattr(self, name)) for name in _FUNCTIONS})

    cdef int adopt(self, object cases, dict functions) except -1:
        # Names hold what was there until the end: to let go of it may run code, which must not see half of the rules.
        before = (self._cases, self._prefix_search, self._suffix_search, self._infix_finditer, self._token_match,
                  self._url_match, self._compiled)
        prefix, suffix, infix, token, url = [functions[name] for name in _FUNCTIONS]
        self._cases = cases
        self._prefix_search = prefix
        self._suffix_search = suffix
        self._infix_finditer = infix
        self._token_match = token
        self._url_match = url
        self._compiled = None
        del before
        return 0

    # ---- pickle and copies ----

    def __reduce__(self):
        functions = {name: getattr(self, name) for name in _FUNCTIONS}
        return _unfilled, (type(self), ), (self.vocab, copy(self._cases), functions, getattr(self, "__dict__", None))

    def __setstate__(self, state):
        vocab, cases, functions, attributes = state
        if not isinstance(cases, SpecialCases) or not isinstance(functions, dict):
            raise TypeError(f"this is no state of a Tokenizer: {state!r:.80}")
        self.vocab = vocab
        self.adopt(cases, functions)
        if attributes:
            self.__dict__.update(attributes)

    cdef Rules compiled(self):
        cdef Rules rules
        cdef list none_idle
        while self._compiled is None or self._seen_version != self._cases.version:
            if self.vocab is None:
                raise ValueError("this Tokenizer was never initialised: it has no vocab")
            cases = self._cases
            version = cases.version
            prefix, suffix, infix = self._prefix_search, self._suffix_search, self._infix_finditer
            token, url = self._token_match, self._url_match
            rules = Rules(cases.snapshot(), prefix, suffix, infix, token, url)  # may call them, and they may change the rules
            none_idle = []
            if (cases is self._cases and version == cases.version and prefix is self._prefix_search
                    and suffix is self._suffix_search and infix is self._infix_finditer and token is self._token_match
                    and url is self._url_match):
                # Names hold what was there until the end: to let go of it, too, may run code that changes the rules.
                old_rules, old_version, old_idle = self._compiled, self._seen_version, self._idle
                self._compiled = rules
                self._seen_version = version
                self._idle = none_idle
                return rules
        return self._compiled

    cdef Worker take_worker(self, Rules rules):
        cdef Worker worker
        if rules is not self._compiled or not self._idle:
            return Worker(rules, self.vocab)
        worker = self._idle.pop()
        worker.n_drafts = 0
        return worker

    cdef int give_back(self, Worker worker) except -1:
        if worker.rules is self._compiled:
            worker.shrink()
            worker.words = None         # which may be a memory zone's that is to end
            self._idle.append(worker)
        return 0

    cdef Doc tokenize(self, str text):
        cdef Worker worker = self.take_worker(self.compiled())
        cdef Words words = self.vocab.open_words()
        worker.words = words
        cdef TextC string = text_c(text)
        try:
            if string.length < LONG:
                worker.tokenize(&string)
            else:
                with nogil:
                    worker.tokenize(&string)
            return make_doc(self.vocab, words, worker.drafts, worker.n_drafts)
        finally:
            self.give_back(worker)


def _unfilled(cls):
    # What __setstate__ fills.
    return cls.__new__(cls)


cdef object _packed_rule(str name, object function):
    if function is None:
        return None
    pattern = getattr(function, "__self__", None)
    method = getattr(function, "__name__", None)
    if not isinstance(pattern, re.Pattern) or not isinstance(pattern.pattern, str) or method not in _METHODS:
        raise ValueError(f"{name} is {function!r:.80}, and only a method of a compiled regular expression can be saved: leave it "
                         f"out, exclude=[{name!r}], and set it anew after loading")
    return [pattern.pattern, pattern.flags & <int>_FLAGS, method]


cdef object _read_rule(object parts):
    if parts is None:
        return None
    if len(parts) != 3 or not isinstance(parts[0], str) or type(parts[1]) is not int or parts[2] not in _METHODS:
        raise ValueError(f"expected a regular expression, flags and the name of a method, got {parts!r:.80}")
    if parts[1] & ~<int>_FLAGS:
        raise ValueError(f"the flags {parts[1]} have unknown bits")
    return getattr(re.compile(parts[0], parts[1]), parts[2])


cdef _checked_text(text):
    if not isinstance(text, str):
        hint = "; decode it first" if isinstance(text, (bytes, bytearray)) else ""
        raise TypeError(f"expected a text (str), got {type(text).__name__}: {text!r:.80}{hint}")
    return text if type(text) is str else str.__str__(text)         # of NumPy's, for one
