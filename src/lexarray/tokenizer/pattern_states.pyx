"""The tree of a regular expression -> states: :class:`Alphabet`, :class:`Net`, :class:`Subsets`. The subset construction, with
preferences, look-ahead and look-behind; :mod:`.automaton` says how the steps belong together.
"""
from libc.stdint cimport uint16_t
from libc.stdlib cimport qsort
from libc.string cimport memcpy

from lexarray.typedefs cimport char32_t

from lexarray.tokenizer.pattern_syntax import EDGE, Chars, Choice, Look, Sequence, Unsupported, classes, merged

cdef extern from "Python.h":
    bint Py_UNICODE_ISALNUM(char32_t) nogil
    bint Py_UNICODE_ISDECIMAL(char32_t) nogil
    bint Py_UNICODE_ISSPACE(char32_t) nogil

cdef enum:
    # A pattern that needs more is run by `re`. The first four bound the time it takes to see that, too.
    MAX_POSITIONS = 2_000
    MAX_LINKS = 200_000
    MAX_CELLS = 2_000_000       # states x classes, before classes are put together
    MAX_STEPS = 100_000_000     # of a position to what follows it
    MAX_STATES = 20_000
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


cdef class Alphabet:
    """Classes of code points that no class of a pattern tells apart."""

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

cdef class Position:
    """Takes one character."""

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


cdef class Net:
    """A pattern as positions."""

    def __init__(self, tree):
        cdef Position position
        cdef Py_ssize_t i = 0
        self.alphabet = Alphabet(tree)
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

    cdef Position _position(self, mask, list follow):
        cdef Position position = Position(mask, follow)
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

cdef list looks_behind(list first):
    # What a context can begin with: (sequences, one of them) of all conditions.
    looks = {sequences for conditions, _ in first for _, sequences in conditions}
    return [(sequences, sequence) for sequences in looks for sequence in sequences]


cdef frozenset context_after(context, list behind, int k):
    return frozenset([(sequences, rest[1:]) for sequences, rest in [*context, *behind] if rest and rest[0] >> k & 1])


cdef tuple contexts_of(list first, int n_classes):
    # All contexts, at first that of no text; and for each the number of the context after each class.
    cdef list behind = looks_behind(first)
    cdef list contexts = [context_after((), behind, 0)]
    cdef list rows = []
    cdef list row
    cdef int k
    numbers = {contexts[0]: 0}
    while len(rows) < len(contexts):
        row = []
        for k in range(n_classes):
            context = context_after(contexts[len(rows)], behind, k)
            if context not in numbers:
                numbers[context] = len(contexts)
                contexts.append(context)
            row.append(numbers[context])
        rows.append(row)
        if len(contexts) > MAX_STATES or len(contexts) * n_classes * (1 + len(behind)) > MAX_CELLS:
            raise Unsupported(f"too many cases of look-behind: {len(contexts):,}")
    return contexts, rows


cdef list allowed_in(list first, state):
    # The items whose conditions are met in a context.
    return [item for conditions, item in first
            if all([((sequences, ()) in state) == wanted for wanted, sequences in conditions])]


# ---- states ----

cdef int _compare(const void* a, const void* b) noexcept nogil:
    return (<const int32_t*>a)[0] - (<const int32_t*>b)[0]


cdef class Subsets:
    """The states of a pattern."""

    def __init__(self, Net net, bint ordered):
        cdef int32_t number, total = 0
        cdef Position position
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
        if isinstance(item, Position):
            return (<Position>item).number
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
