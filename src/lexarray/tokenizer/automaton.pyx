"""Regular expressions as tables that run in C, without the GIL and without going back: linear time.

A rule of the tokenizer is a method of a compiled pattern. :func:`compile_rule` makes an automaton of it that gives the
same answers, in five steps:

1. `pattern_syntax` makes a tree of the source.
2. The code points are put into classes that no part of the pattern tells apart (`Alphabet`).
3. The tree becomes positions, each of which takes a character of some classes and says which positions follow, the
   preferred first (`Net`). An end of a match stands among them like a position. Look-ahead is positions too, behind
   the end: where it has been read, the match is known to have ended some classes ago. ``EDGE`` is a class that is read
   once behind the last character, so that "no digit follows" is true there.
4. A state is a list of positions that may be next, the preferred first; where an end stands, what is less preferred is
   cut off (`Subsets`). So the last end that is seen is the one that `re` finds. Where all matches end at one place
   the preference does not matter, and a state is a set.
5. States become tables: classes that no state tells apart are put together.

`pattern_states` has the steps 2 to 4; here are the tables, and what runs on them.

Look-behind is a second automaton, which reads the text before a match could start (`contexts_of`); a suffix is a
prefix of the reversed pattern on the reversed string.
"""
from cpython.mem cimport PyMem_Free
from cymem.cymem cimport Pool
from libc.stdint cimport uint8_t, uint16_t
from libc.string cimport memcpy, memset

from lexarray.tokenizer.pattern_states cimport (
    N_POINTS, Alphabet, Net, Subsets, allowed_in, context_after, contexts_of, looks_behind,
)
from lexarray.typedefs cimport char32_t

import re
from functools import lru_cache
from types import BuiltinMethodType

from lexarray.tokenizer.pattern_syntax import END, Sequence, Unsupported, parse, reverse

cdef extern from "Python.h":
    char32_t* PyUnicode_AsUCS4Copy(object) except NULL

cdef enum:
    MAX_CLASSES = 250           # a pattern that needs more is run by `re`


# ---- tables ----

cdef class Automaton:
    """The tables of a regular expression. Made by :func:`compile_rule`.

    Attributes:
        n_states (int): rows of the table.
        n_classes (int): classes of characters that the pattern tells apart.
    """

    def __cinit__(self, *args, **kwargs):
        self._mem = Pool()

    cdef list _fill(self, Alphabet alphabet, Subsets subsets, list contexts):
        # contexts: the row of each, [] if there are none. Returns the class in the tables of each of the alphabet.
        cdef const uint16_t* row
        cdef bytes numbers
        cdef uint8_t* class_of
        cdef Py_ssize_t i, k, first, last
        cdef uint16_t page
        cdef bytes text
        # Classes with the same columns are put together.
        cells = memoryview(b"".join(subsets.rows)).cast("H")
        columns = [cells[k :: subsets.n_classes].tobytes() for k in range(subsets.n_classes)]
        if contexts:
            columns = list(zip(columns, zip(*contexts)))
        new = {column: number for number, column in enumerate(dict.fromkeys(columns))}
        self.n_classes = len(new)
        self.n_states = len(subsets.rows)
        if self.n_classes > MAX_CLASSES:
            raise Unsupported(f"{self.n_classes} classes of characters")
        number_of = [new[column] for column in columns]
        self._edge = number_of[0]
        while 1 << self._shift < self.n_classes:
            self._shift += 1
        self._next = <uint16_t*>self._mem.alloc(self.n_states << self._shift, sizeof(uint16_t))
        self._accepts = <uint8_t*>self._mem.alloc(self.n_states, 1)
        for i in range(self.n_states):
            numbers = subsets.rows[i]
            row = <const uint16_t*><const char*>numbers
            self._accepts[i] = subsets.accepts[i]
            for k in range(subsets.n_classes):
                self._next[i << self._shift | <Py_ssize_t>number_of[k]] = row[k]
        # Code points, by pages of 256 of which equal ones are kept once.
        text = bytes(N_POINTS)
        class_of = <uint8_t*><char*>text
        for i in range(len(alphabet.intervals)):
            first, k = alphabet.intervals[i]
            last = alphabet.intervals[i + 1][0] if i + 1 < len(alphabet.intervals) else N_POINTS
            memset(class_of + first, number_of[k], last - first)
        pages = {}
        self._page_of = <uint16_t*>self._mem.alloc(N_POINTS >> 8, sizeof(uint16_t))
        for i in range(N_POINTS >> 8):
            self._page_of[i] = pages.setdefault(text[i << 8 : (i + 1) << 8], len(pages))
        self._class_of = <uint8_t*>self._mem.alloc(len(pages) << 8, 1)
        for part, page in pages.items():
            memcpy(self._class_of + (<Py_ssize_t>page << 8), <const char*>part, 256)
        return number_of


cdef inline uint8_t _class_at(Automaton self, const char32_t* at) noexcept nogil:
    return self._class_of[<Py_ssize_t>self._page_of[at[0] >> 8] << 8 | at[0] & 0xFF]


cdef class AffixAutomaton(Automaton):
    """Finds a match at one end of a string."""

    cdef Py_ssize_t length_of(self, const char32_t* chars, Py_ssize_t n) noexcept nogil:
        return -1

    def __call__(self, str string not None):
        """Length of the match at its end of a string, -1: none."""
        cdef char32_t* chars
        if not self.n_states:
            return -1
        chars = PyUnicode_AsUCS4Copy(string)
        try:
            return self.length_of(chars, len(string))
        finally:
            PyMem_Free(chars)


cdef class PrefixAutomaton(AffixAutomaton):
    """``search`` of a pattern that is anchored at the start, or ``match``.

    >>> import re
    >>> rule = compile_rule(re.compile("^a|^ab+").search, "prefix")
    >>> rule("abb"), rule("b")
    (1, -1)
    """

    cdef Py_ssize_t length_of(self, const char32_t* chars, Py_ssize_t n) noexcept nogil:
        cdef Py_ssize_t i, length = 0 if self._accepts[self._start] == 1 else -1
        cdef Py_ssize_t state = self._start
        for i in range(n):
            state = self._next[state << self._shift | _class_at(self, chars + i)]
            if state == 0:
                return length
            if self._accepts[state]:
                length = i + 2 - self._accepts[state]
        state = self._next[state << self._shift | self._edge]
        if self._accepts[state]:
            length = n + 2 - self._accepts[state]
        return length


cdef class SuffixAutomaton(AffixAutomaton):
    """``search`` of a pattern that is anchored at the end.

    >>> import re
    >>> rule = compile_rule(re.compile(r"(?:a|ba)\\Z").search, "suffix")
    >>> rule("bba"), rule("b")
    (2, -1)
    """

    cdef Py_ssize_t length_of(self, const char32_t* chars, Py_ssize_t n) noexcept nogil:
        # The longest match, so the leftmost.
        cdef Py_ssize_t i, end, length = 0 if self._accepts[self._start] == 1 else -1
        cdef Py_ssize_t state = self._start
        for i in range(n):
            state = self._next[state << self._shift | _class_at(self, chars + (n - 1 - i))]
            if state == 0:
                return length
            if self._accepts[state]:
                end = i + 2 - self._accepts[state]
                if end > length:
                    length = end
        state = self._next[state << self._shift | self._edge]
        if self._accepts[state]:
            end = n + 2 - self._accepts[state]
            if end > length:
                length = end
        return length


cdef class InfixAutomaton(Automaton):
    """``finditer`` of a pattern that cannot match nothing.

    >>> import re
    >>> rule = compile_rule(re.compile(r"(?<=\\w)-(?=\\w)|\\.\\.+").finditer, "infix")
    >>> rule("a-b-...c")
    [(1, 2), (4, 7)]
    """

    cdef Py_ssize_t find(self, const char32_t* chars, Py_ssize_t n, Py_ssize_t start, Py_ssize_t* end) noexcept nogil:
        cdef Py_ssize_t context = 0, state, length, i, j
        cdef uint8_t k
        for i in range(start - self._reach if start > self._reach else 0, start):
            context = self._next_context[context << self._shift | _class_at(self, chars + i)]
        for i in range(start, n):
            k = _class_at(self, chars + i)
            state = self._next[<Py_ssize_t>self._start_in[context] << self._shift | k]
            if state != 0:
                length = -1
                j = i + 1
                while True:
                    if self._accepts[state]:
                        length = j - i + 1 - self._accepts[state]
                    if j == n:
                        state = self._next[state << self._shift | self._edge]
                        if self._accepts[state]:
                            length = n - i + 2 - self._accepts[state]
                        break
                    state = self._next[state << self._shift | _class_at(self, chars + j)]
                    if state == 0:
                        break
                    j += 1
                if length > 0:
                    end[0] = i + length
                    return i
            context = self._next_context[context << self._shift | k]
        return -1

    def __call__(self, str string not None):
        """The (start, end) of every match, from left to right."""
        cdef char32_t* chars
        cdef Py_ssize_t start, end = 0
        cdef list found = []
        if not self.n_states:
            return found
        chars = PyUnicode_AsUCS4Copy(string)
        try:
            start = self.find(chars, len(string), 0, &end)
            while start >= 0:
                found.append((start, end))
                start = self.find(chars, len(string), end, &end)
        finally:
            PyMem_Free(chars)
        return found


cdef class MatchAutomaton(Automaton):
    """``match``, ``fullmatch``, or ``search`` of a pattern that is anchored at the start.

    >>> import re
    >>> rule = compile_rule(re.compile("a+b").fullmatch, "test")
    >>> rule("aab"), rule("aabc")
    (True, False)
    """

    cdef bint matches(self, const char32_t* chars, Py_ssize_t n) noexcept nogil:
        cdef Py_ssize_t i, state = self._start
        for i in range(n):
            if self._accepts[state] or state == 0:
                return state != 0
            state = self._next[state << self._shift | _class_at(self, chars + i)]
        return self._accepts[state] != 0 or self._accepts[self._next[state << self._shift | self._edge]] != 0

    def __call__(self, str string not None):
        """Whether a string matches."""
        cdef char32_t* chars
        if not self.n_states:
            return False
        chars = PyUnicode_AsUCS4Copy(string)
        try:
            return self.matches(chars, len(string)) != 0
        finally:
            PyMem_Free(chars)


# ---- from patterns to tables ----

_METHODS = {
    "prefix": ("match", "search"),
    "suffix": ("search",),
    "infix": ("finditer",),
    "test": ("match", "fullmatch", "search"),
}


def compile_pattern(source, kind, method):
    """The automaton of a regular expression.

    Args:
        source (str): as given to ``re.compile``, which accepts it without flags.
        kind (str): "prefix", "suffix", "infix" or "test": what is asked of it.
        method (str): the method of the pattern that the automaton gives the answers of: "search" or "match" for a
            prefix, "search" for a suffix, "finditer" for infixes, "match", "fullmatch" or "search" for a test. Of a
            prefix or test, ``search`` must be anchored at the start; of a suffix, at the end.

    Returns:
        Automaton: immutable; any number of threads may use it.

    Raises:
        Unsupported: `re` has to run it; says why.
        ValueError: an unknown kind, or a method that does not go with it.

    Cost: about the size of the pattern plus the size of the tables; a few milliseconds for the rules of a language.
    """
    cdef Automaton automaton
    cdef InfixAutomaton infix
    cdef Net net
    cdef Subsets subsets
    if kind not in _METHODS:
        raise ValueError(f"kind must be one of {', '.join(_METHODS)}, got {kind!r}")
    if method not in _METHODS[kind]:
        raise ValueError(f"a {kind} is found by {' or '.join(_METHODS[kind])}, got {method!r}")
    tree = parse(source)
    if kind == "suffix":
        tree = reverse(tree)
    elif method == "fullmatch":
        tree = Sequence((tree, END))
    net = Net(tree)
    subsets = Subsets(net, kind in ("prefix", "infix"))
    if kind == "infix":
        return _infix(net, subsets)
    if method == "search":
        for conditions, _ in net.first:
            if not any([wanted and all([sequence[0] == 1 for sequence in sequences])
                        for wanted, sequences in conditions]):
                raise Unsupported(f"a {kind} that is not anchored at the {'end' if kind == 'suffix' else 'start'}")
    automaton = {"prefix": PrefixAutomaton, "suffix": SuffixAutomaton, "test": MatchAutomaton}[kind]()
    automaton._start = subsets.state_of(allowed_in(net.first, context_after((), looks_behind(net.first), 0)))
    subsets.complete()
    automaton._fill(net.alphabet, subsets, [])
    return automaton


cdef InfixAutomaton _infix(Net net, Subsets subsets):
    cdef InfixAutomaton rule = InfixAutomaton.__new__(InfixAutomaton)
    cdef Py_ssize_t i, k
    if net.can_be_empty:
        raise Unsupported("an infix that can be empty")
    contexts, rows = contexts_of(net.first, net.alphabet.n_classes)
    starts = [subsets.state_of(allowed_in(net.first, context)) for context in contexts]
    subsets.complete()
    number_of = rule._fill(net.alphabet, subsets, rows)
    rule.n_contexts = len(contexts)
    rule._reach = max([len(sequence) for _, sequence in looks_behind(net.first)], default=0)
    rule._start_in = <uint16_t*>rule._mem.alloc(rule.n_contexts, sizeof(uint16_t))
    rule._next_context = <uint16_t*>rule._mem.alloc(rule.n_contexts << rule._shift, sizeof(uint16_t))
    for i in range(rule.n_contexts):
        rule._start_in[i] = starts[i]
        for k in range(net.alphabet.n_classes):
            rule._next_context[i << rule._shift | <Py_ssize_t>number_of[k]] = rows[i][k]
    return rule


@lru_cache(maxsize=64)      # the rules of a dozen languages
def _compiled(source, kind, method):
    try:
        return compile_pattern(source, kind, method)
    except Unsupported:
        return None


cpdef Automaton compile_rule(object function, str kind):
    """The automaton of a rule, if there can be one.

    Args:
        function (Callable[[str], object]): the rule.
        kind (str): what it finds: "prefix", "suffix", "infix" or "test".

    Returns:
        Automaton | None: an automaton that gives the answers of ``function``, if that is a method of a compiled
        pattern without flags for which :func:`compile_pattern` can make one; else None. The last few are kept.

    >>> import re
    >>> compile_rule(re.compile("a(?=b)").finditer, "infix")("abaab")
    [(0, 1), (3, 4)]
    >>> compile_rule(re.compile(r"(a)\\1").finditer, "infix") is compile_rule(str.isalpha, "test") is None
    True
    """
    if kind not in _METHODS:
        raise ValueError(f"kind must be one of {', '.join(_METHODS)}, got {kind!r}")
    if not issubclass(type(function), BuiltinMethodType) or type(function.__self__) is not re.Pattern:
        return None
    if function.__self__.flags != re.UNICODE or function.__name__ not in _METHODS[kind]:
        return None
    return _compiled(function.__self__.pattern, kind, function.__name__)
