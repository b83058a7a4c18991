"""Regular expressions as tables that run in C, without the GIL and without going back: linear time.

A rule of the tokenizer is a method of a compiled pattern. :func:`compile_rule` makes an automaton of it that gives the
same answers, in four steps:

1. `pattern_syntax` makes a tree of the source.
2. The code points are put into classes that no part of the pattern tells apart (`_Alphabet`).
3. The tree becomes positions, each of which takes a character of some classes and says which positions follow, the
   preferred first (`_Net`). An end of a match stands among them like a position. Look-ahead is positions too, behind
   the end: where it has been read, the match is known to have ended some classes ago. ``EDGE`` is a class that is read
   once behind the last character, so that "no digit follows" is true there.
4. A state is a list of positions that may be next, the preferred first; where an end stands, what is less preferred is
   cut off (`_subsets`). So the last end that is seen is the one that `re` finds. Where all matches end at one place
   the preference does not matter, and a state is a set.

Look-behind is a second automaton, which reads the text before a match could start (`_contexts`); a suffix is a
prefix of the reversed pattern on the reversed string.
"""
from cpython.mem cimport PyMem_Free
from cymem.cymem cimport Pool
from libc.stdint cimport int32_t, uint8_t, uint16_t
from libc.stdlib cimport qsort
from libc.string cimport memcpy, memset

from lexarray.typedefs cimport char32_t

import re
from functools import lru_cache
from types import BuiltinMethodType

from lexarray.tokenizer.pattern_syntax import (
    EDGE, END, Chars, Choice, Look, Sequence, Unsupported, classes, merged, parse, reverse,
)

cdef extern from "Python.h":
    bint Py_UNICODE_ISALNUM(char32_t) nogil
    bint Py_UNICODE_ISDECIMAL(char32_t) nogil
    bint Py_UNICODE_ISSPACE(char32_t) nogil
    char32_t* PyUnicode_AsUCS4Copy(object) except NULL

cdef enum:
    N_POINTS = 0x110000
    # A pattern that needs more is run by `re`. The first four bound the time it takes to see that, too.
    MAX_POSITIONS = 2_000
    MAX_LINKS = 200_000
    MAX_CELLS = 2_000_000       # states x classes, before classes are put together
    MAX_STEPS = 100_000_000     # of a position to what follows it
    MAX_STATES = 20_000
    MAX_CLASSES = 250
    MAX_DELAY = 250

# ---- classes of characters ----

_category_ranges = {}       # letter of "dsw" -> ranges, of the running Python's Unicode


cdef tuple _gaps(ranges):
    # The ranges between ranges.
    cdef list gaps = []
    start = 0
    for first, last in ranges:
        if first > start:
            gaps.append((start, first - 1))
        start = last + 1
    if start < N_POINTS:
        gaps.append((start, N_POINTS - 1))
    return tuple(gaps)


cdef tuple _ranges_of_category(str letter):
    cdef char32_t c, first = 0
    cdef int kind
    cdef bint member, inside = False
    cdef list ranges
    if letter.isupper():
        return _gaps(_ranges_of_category(letter.lower()))
    if letter not in _category_ranges:
        kind = "dsw".index(letter)
        ranges = []
        for c in range(<char32_t>N_POINTS):
            if kind == 0:
                member = Py_UNICODE_ISDECIMAL(c)
            elif kind == 1:
                member = Py_UNICODE_ISSPACE(c)
            else:
                member = c == c'_' or Py_UNICODE_ISALNUM(c)
            if member and not inside:
                first = c
            elif inside and not member:
                ranges.append((first, c - 1))
            inside = member
        if inside:
            ranges.append((first, N_POINTS - 1))
        _category_ranges[letter] = tuple(ranges)
    return _category_ranges[letter]


cdef tuple _ranges_of(object chars):
    ranges = chars.ranges
    if chars.categories:
        ranges = list(ranges)
        for letter in chars.categories:
            ranges += _ranges_of_category(letter)
        ranges = merged(ranges)
    return _gaps(ranges) if chars.negated else ranges


cdef class _Alphabet:
    # Classes of code points that no class of a pattern tells apart, from 1; 0 is EDGE.
    cdef dict masks             # Chars -> int, bit k: class k belongs to it
    cdef list intervals         # (first code point, class), until the next one
    cdef int n_classes

    def __init__(self, tree):
        cdef list edges = []    # code point << 32 | number of what begins or ends there
        cdef dict numbers = {0: 1}                  # set of what a code point belongs to -> class
        cdef dict sets = {}                         # ranges -> number
        cdef long long first, last, place, point
        cdef int number
        found = classes(tree) - {EDGE}
        numbers_of = {}
        for chars in found:
            ranges = _ranges_of(chars)
            if ranges in sets:
                numbers_of[chars] = sets[ranges]
                continue
            number = numbers_of[chars] = sets[ranges] = len(sets)
            for first, last in ranges:
                edges.append(first << 32 | number)
                edges.append((last + 1) << 32 | number)
        edges.sort()
        self.intervals = []
        members = 0
        point = 0
        for place in edges:
            if place >> 32 > point:
                self.intervals.append((point, numbers.setdefault(members, len(numbers) + 1)))
                point = place >> 32
            members ^= 1 << <object>(place & 0xFFFFFFFF)       # a set of any size: Python arithmetic
        if point < N_POINTS:
            self.intervals.append((point, numbers.setdefault(members, len(numbers) + 1)))
        self.n_classes = len(numbers) + 1
        masks = [0] * len(sets)
        for members, k in numbers.items():
            while members:
                number = (members & -members).bit_length() - 1
                masks[number] |= 1 << k
                members &= members - 1
        self.masks = {chars: masks[numbers_of[chars]] for chars in found}
        self.masks[EDGE] = 1

    cdef frozenset sequences(self, look):
        return frozenset([tuple([self.masks[chars] for chars in sequence]) for sequence in look.sequences])


# ---- positions ----
# What may be next is a list of (conditions, item), the preferred first. The conditions are on what precedes,
# each (wanted, sequences of masks); an item is one of the classes below.

cdef class _Position:           # takes one character
    cdef object mask            # of the classes it may have
    cdef list follow            # what may be next
    cdef int number

    def __cinit__(self, mask, list follow):
        self.mask = mask
        self.follow = follow


cdef class _Loop:               # whatever may be at the start of a repeated part, and behind it
    cdef list follow


cdef class _End:                # of a match, if what follows meets the conditions, as above
    cdef frozenset conditions

    def __cinit__(self, frozenset conditions):
        self.conditions = conditions


cdef class _Ended:              # a match has ended so many classes ago
    cdef int delay

    def __cinit__(self, int delay):
        self.delay = delay


cdef class _Net:
    cdef _Alphabet alphabet
    cdef list positions         # of _Position
    cdef list first             # what may be next at the start of a match
    cdef bint can_be_empty      # a match
    cdef dict _looks            # conditions and delay -> what reads them
    cdef Py_ssize_t _n_links    # how much there was to go through in the lists of what may be next

    def __init__(self, tree):
        cdef _Position position
        cdef Py_ssize_t i = 0
        self.alphabet = _Alphabet(tree)
        self.positions = []
        self._looks = {}
        self.first = self._build(tree, [(frozenset(), _End(frozenset()))])
        self.can_be_empty = any([isinstance(item, _End) for _, item in self.first])
        self.first = self._resolved(self.first)
        # Positions that read look-ahead are added on the way.
        while i < len(self.positions):
            position = self.positions[i]
            position.follow = self._resolved(position.follow)
            for conditions, _ in position.follow:
                if conditions:
                    raise Unsupported("a look-behind, or ^, that does not stand at the start")
            i += 1

    cdef list _distinct(self, list elements):
        # Without those that a preferred one is equal to.
        cdef list kept = []
        self._n_links += len(elements)
        if self._n_links > MAX_LINKS:
            raise Unsupported(f"more than {MAX_LINKS:,} pairs of places that may follow each other")
        seen = set()
        for conditions, item in elements:
            if (conditions, id(item)) not in seen:
                seen.add((conditions, id(item)))
                kept.append((conditions, item))
        return kept

    cdef _Position _position(self, mask, list follow):
        cdef _Position position = _Position(mask, follow)
        position.number = len(self.positions)
        if position.number == MAX_POSITIONS:
            raise Unsupported(f"more than {MAX_POSITIONS} places for a character")
        self.positions.append(position)
        return position

    cdef list _build(self, tree, list then):
        # What may be next at the start of the tree, if `then` may be next behind it.
        cdef list found, part
        cdef _Loop loop
        cdef int i
        if isinstance(tree, Chars):
            return [(frozenset(), self._position(self.alphabet.masks[tree], then))]
        if isinstance(tree, Sequence):
            for each in reversed(tree.parts):
                then = self._build(each, then)
            return then
        if isinstance(tree, Choice):
            found = []
            for option in tree.options:
                found += self._build(option, then)
            return self._distinct(found)
        if isinstance(tree, Look):
            return self._look(tree, then)
        # Repeat
        found = then
        if tree.most is None:
            loop = _Loop()
            part = self._build(tree.part, [(frozenset(), loop)])
            loop.follow = part + then
            found = part if tree.least else loop.follow
            for i in range(tree.least - 1):
                found = self._build(tree.part, found)
            return found
        for i in range(tree.most - tree.least):
            found = self._distinct(self._build(tree.part, found) + then)
        for i in range(tree.least):
            found = self._build(tree.part, found)
        return found

    cdef list _look(self, look, list then):
        cdef list found = []
        if () in look.sequences:
            return then if look.wanted else []
        condition = look.wanted, self.alphabet.sequences(look)
        for conditions, item in then:
            if not look.ahead:
                found.append((conditions | {condition}, item))
            elif isinstance(item, _End):
                found.append((conditions, _End((<_End>item).conditions | {condition})))
            else:
                raise Unsupported("a look-ahead, or an anchor, that does not stand at the end")
        return found

    cdef list _resolved(self, list elements):
        # Loops and ends replaced by what they consist of.
        cdef list found = []
        for conditions, item in elements:
            if isinstance(item, _Loop):
                found += [(conditions | inner, each) for inner, each in self._resolved((<_Loop>item).follow)]
            elif isinstance(item, _End):
                found += [(conditions, each) for each in self._ahead((<_End>item).conditions, 0)]
            else:
                found.append((conditions, item))
        return self._distinct(found)

    cdef list _ahead(self, frozenset conditions, int delay):
        # The items that read what the conditions are on.
        cdef dict masks
        cdef list items
        cdef int k
        if (conditions, delay) in self._looks:
            return self._looks[conditions, delay]
        if delay > MAX_DELAY:
            raise Unsupported(f"a look-ahead of more than {MAX_DELAY} characters")
        if not conditions:
            items = [_Ended(delay)]
        else:
            masks = {}
            for k in range(self.alphabet.n_classes):
                after = _after(conditions, k)
                if after is not None:
                    masks[after] = masks.get(after, 0) | 1 << <object>k
            items = [self._position(mask, [(frozenset(), each) for each in self._ahead(after, delay + 1)])
                     for after, mask in masks.items()]
        self._looks[conditions, delay] = items
        return items


cdef object _after(frozenset conditions, int k):
    # What is left of the conditions behind class k; None: they are not met.
    left = set()
    for wanted, sequences in conditions:
        rests = frozenset([sequence[1:] for sequence in sequences if sequence[0] >> k & 1])
        if () in rests:
            if not wanted:
                return None
        elif not rests:
            if wanted:
                return None
        else:
            left.add((wanted, rests))
    return frozenset(left)


# ---- what precedes ----

# A context is what is known of the text before a place: a set of (sequences, what is left of one of them). It depends
# on no more characters than the longest sequence has.

cdef list _behind(list first):
    # What a context can begin with: (sequences, one of them) of all conditions.
    looks = {sequences for conditions, _ in first for _, sequences in conditions}
    return [(sequences, sequence) for sequences in looks for sequence in sequences]


cdef frozenset _context_after(context, list behind, int k):
    return frozenset([(sequences, rest[1:]) for sequences, rest in [*context, *behind] if rest and rest[0] >> k & 1])


cdef tuple _contexts(list first, int n_classes):
    # All contexts, at first that of no text; and for each the number of the context after each class.
    cdef list behind = _behind(first)
    cdef list contexts = [_context_after((), behind, 0)]
    cdef list rows = []
    cdef list row
    cdef int k
    numbers = {contexts[0]: 0}
    while len(rows) < len(contexts):
        row = []
        for k in range(n_classes):
            context = _context_after(contexts[len(rows)], behind, k)
            if context not in numbers:
                numbers[context] = len(contexts)
                contexts.append(context)
            row.append(numbers[context])
        rows.append(row)
        if len(contexts) > MAX_STATES or len(contexts) * n_classes * (1 + len(behind)) > MAX_CELLS:
            raise Unsupported(f"too many cases of look-behind: {len(contexts):,}")
    return contexts, rows


cdef list _allowed(list first, state):
    # The items whose conditions are met in a context.
    return [item for conditions, item in first
            if all([((sequences, ()) in state) == wanted for wanted, sequences in conditions])]


# ---- states ----

cdef int _compare(const void* a, const void* b) noexcept nogil:
    return (<const int32_t*>a)[0] - (<const int32_t*>b)[0]


cdef class _Subsets:
    # States as lists of numbers: of positions, and behind them of ends, n_positions + delay.
    cdef Pool mem
    cdef int n_positions, n_classes, stamp, n_found, end
    cdef bint ordered
    cdef uint8_t* member        # [position * n_classes + class]
    cdef int32_t* follow        # the numbers that follow a position: from follow_at[position] to the next one's
    cdef int32_t* follow_at
    cdef int32_t* seen          # position -> the last stamp it was found with
    cdef int32_t* found
    cdef dict numbers           # list, as bytes -> state
    cdef list lists             # state -> list, as bytes
    cdef bytearray accepts      # state -> 0, or 1 + delay
    cdef list rows              # state -> row of uint16_t, as bytes

    def __init__(self, _Net net, bint ordered):
        cdef int32_t number, total = 0
        cdef _Position position
        cdef bytes row
        self.mem = Pool()
        self.n_positions = len(net.positions)
        self.n_classes = net.alphabet.n_classes
        self.ordered = ordered
        self.member = <uint8_t*>self.mem.alloc(self.n_positions * self.n_classes + 1, 1)
        self.follow_at = <int32_t*>self.mem.alloc(self.n_positions + 1, sizeof(int32_t))
        self.seen = <int32_t*>self.mem.alloc(self.n_positions + 1, sizeof(int32_t))
        self.found = <int32_t*>self.mem.alloc(self.n_positions + 2, sizeof(int32_t))
        rows = {}
        for position in net.positions:
            if position.mask not in rows:
                rows[position.mask] = bytes([position.mask >> k & 1 for k in range(self.n_classes)])
            row = rows[position.mask]
            memcpy(self.member + position.number * self.n_classes, <const char*>row, self.n_classes)
            total += len(position.follow)
        self.follow = <int32_t*>self.mem.alloc(total + 1, sizeof(int32_t))
        total = 0
        for position in net.positions:
            for _, item in position.follow:
                self.follow[total] = self.number_of(item)
                total += 1
            self.follow_at[position.number + 1] = total
        self.numbers = {}
        self.lists = []
        self.accepts = bytearray()
        self.rows = []
        self.begin()
        self.state()            # 0: nothing may be next

    cdef int32_t number_of(self, item) noexcept:
        if isinstance(item, _Position):
            return (<_Position>item).number
        return self.n_positions + (<_Ended>item).delay

    cdef void begin(self) noexcept:
        self.stamp += 1
        self.n_found = 0
        self.end = -1

    cdef bint add(self, int32_t number) noexcept:
        # False: nothing less preferred counts any more.
        if number >= self.n_positions:
            if self.end < 0 or number < self.end:
                self.end = number
            return not self.ordered
        if self.seen[number] != self.stamp:
            self.seen[number] = self.stamp
            self.found[self.n_found] = number
            self.n_found += 1
        return True

    cdef int state(self) except -1:
        # The number of the state that consists of what was added.
        if not self.ordered:
            qsort(self.found, self.n_found, sizeof(int32_t), _compare)
        if self.end >= 0:
            self.found[self.n_found] = self.end
            self.n_found += 1
        cdef bytes key = (<const char*>self.found)[:self.n_found * sizeof(int32_t)]
        number = self.numbers.setdefault(key, len(self.lists))
        if number == len(self.lists):
            if number == MAX_STATES or number * self.n_classes > MAX_CELLS:
                raise Unsupported(f"too many states: {number:,} with {self.n_classes} classes of characters each")
            self.lists.append(key)
            self.accepts.append(1 + self.end - self.n_positions if self.end >= 0 else 0)
        return number

    cdef int state_of(self, list items) except -1:
        self.begin()
        for item in items:
            if not self.add(self.number_of(item)):
                break
        return self.state()

    cdef int complete(self) except -1:
        # All states that can be reached.
        cdef const int32_t* numbers
        cdef int32_t n, i, j, number
        cdef int k
        cdef bytes key
        cdef uint16_t* row = <uint16_t*>self.mem.alloc(self.n_classes, sizeof(uint16_t))
        cdef bint going
        cdef long long steps = 0
        while len(self.rows) < len(self.lists):
            key = self.lists[len(self.rows)]
            numbers = <const int32_t*><const char*>key
            n = len(key) // sizeof(int32_t)
            for k in range(self.n_classes):
                self.begin()
                going = True
                for i in range(n):
                    number = numbers[i]
                    if number < self.n_positions and self.member[number * self.n_classes + k]:
                        steps += self.follow_at[number + 1] - self.follow_at[number]
                        for j in range(self.follow_at[number], self.follow_at[number + 1]):
                            going = self.add(self.follow[j])
                            if not going:
                                break
                        if not going:
                            break
                row[k] = self.state() if self.n_found or self.end >= 0 else 0
            steps += <long long>n * self.n_classes
            if steps > MAX_STEPS:
                raise Unsupported(f"too much to do: {len(self.lists):,} states of {n} places and more")
            self.rows.append((<const char*>row)[:self.n_classes * sizeof(uint16_t)])
        return 0


# ---- tables ----

cdef class Automaton:
    """The tables of a regular expression. Made by :func:`compile_rule`.

    Attributes:
        n_states (int): rows of the table.
        n_classes (int): classes of characters that the pattern tells apart.
    """

    def __cinit__(self, *args, **kwargs):
        self._mem = Pool()

    cdef list _fill(self, object letters, object states, list contexts):
        # contexts: the row of each, [] if there are none. Returns the class in the tables of each of the alphabet.
        cdef _Alphabet alphabet = letters
        cdef _Subsets subsets = states
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
    cdef _Net net
    cdef _Subsets subsets
    if kind not in _METHODS:
        raise ValueError(f"kind must be one of {', '.join(_METHODS)}, got {kind!r}")
    if method not in _METHODS[kind]:
        raise ValueError(f"a {kind} is found by {' or '.join(_METHODS[kind])}, got {method!r}")
    tree = parse(source)
    if kind == "suffix":
        tree = reverse(tree)
    elif method == "fullmatch":
        tree = Sequence((tree, END))
    net = _Net(tree)
    subsets = _Subsets(net, kind in ("prefix", "infix"))
    if kind == "infix":
        return _infix(net, subsets)
    if method == "search":
        for conditions, _ in net.first:
            if not any([wanted and all([sequence[0] == 1 for sequence in sequences])
                        for wanted, sequences in conditions]):
                raise Unsupported(f"a {kind} that is not anchored at the {'end' if kind == 'suffix' else 'start'}")
    automaton = {"prefix": PrefixAutomaton, "suffix": SuffixAutomaton, "test": MatchAutomaton}[kind]()
    automaton._start = subsets.state_of(_allowed(net.first, _context_after((), _behind(net.first), 0)))
    subsets.complete()
    automaton._fill(net.alphabet, subsets, [])
    return automaton


cdef InfixAutomaton _infix(_Net net, _Subsets subsets):
    cdef InfixAutomaton rule = InfixAutomaton.__new__(InfixAutomaton)
    cdef Py_ssize_t i, k
    if net.can_be_empty:
        raise Unsupported("an infix that can be empty")
    contexts, rows = _contexts(net.first, net.alphabet.n_classes)
    starts = [subsets.state_of(_allowed(net.first, context)) for context in contexts]
    subsets.complete()
    number_of = rule._fill(net.alphabet, subsets, rows)
    rule.n_contexts = len(contexts)
    rule._reach = max([len(sequence) for _, sequence in _behind(net.first)], default=0)
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
