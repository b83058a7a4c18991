"""What a regular expression says: from its source to a tree, for the part of the syntax of :mod:`re` that is regular.

The part: literals and escapes; ``.``; classes with ranges, negation and ``\\d \\w \\s`` (the opposites too);
groups, named or not, captured or not (captures are lost); ``|``; greedy ``* + ? {m} {m,n}``; ``^ \\A $ \\Z``;
look-ahead and look-behind of fixed lengths. Anything else is :class:`Unsupported`. The source is taken to be one that
``re.compile`` accepts: it is not checked again.

A tree is made of the classes below. A place of its own, ``EDGE``, stands before the first and behind the last
character of a string; so ``^`` is a look-behind at it, and ``\\Z`` a look-ahead.
"""

import re
from functools import lru_cache
from typing import NamedTuple

#: More groups in one another, or more alternatives in one look-around, than any rule needs.
MAX_DEPTH = 50
MAX_SEQUENCES = 1000


class Unsupported(ValueError):
    """A regular expression that cannot be compiled to tables. Nothing is wrong with it: run it with ``re``."""


Ranges = tuple[tuple[int, int], ...]        # (first, last) code points, sorted, not touching


class Chars(NamedTuple):
    """One character of a class: in a range or in a category, or in none of them."""

    ranges: Ranges
    categories: str = ""        # letters of "dDwWsS"
    negated: bool = False


class Look(NamedTuple):
    """Takes no character: what follows (or precedes, if not ``ahead``) spells one of the sequences, or must not."""

    ahead: bool
    wanted: bool
    sequences: tuple[tuple[Chars, ...], ...]


class Sequence(NamedTuple):
    """One after the other."""

    parts: "tuple[Tree, ...]"


class Choice(NamedTuple):
    """One of these, the first that leads to a match."""

    options: "tuple[Tree, ...]"


class Repeat(NamedTuple):
    """As many of these as lead to a match, at least ``least``, at most ``most`` (None: any number)."""

    part: "Tree"
    least: int
    most: int | None


Tree = Chars | Look | Sequence | Choice | Repeat

EDGE = Chars(((-1, -1),))
NEWLINE = Chars(((10, 10),))
START = Look(False, True, ((EDGE,),))                               # ^ and \A
END = Look(True, True, ((EDGE,),))                                  # \Z
END_OR_NEWLINE = Look(True, True, ((EDGE,), (NEWLINE, EDGE)))       # $

_CLASS = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_MEMBER = re.compile(f"{_ESCAPE.pattern}|.", re.DOTALL)
_COUNT = re.compile(r"\{(?!\})([0-9]*)(,?)([0-9]*)\}")
_NAME = re.compile(r"\(\?P<\w+>")
_CONTROL = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}


def parse(source: str) -> Tree:
    """The tree of a regular expression without flags.

    Args:
        source (str): as given to ``re.compile``, which accepts it.

    Returns:
        Tree: the tree.

    Raises:
        Unsupported: it says something that a table cannot; names it and the place.

    >>> parse("a|bc") == Choice((_one(97), Sequence((_one(98), _one(99)))))
    True
    >>> parse("(a)\\\\1")
    Traceback (most recent call last):
        ...
    lexarray.tokenizer.pattern_syntax.Unsupported: \\1 at 3
    """
    return _Parser(source).whole()


def reverse(tree: Tree) -> Tree:
    """The tree of the same strings, read backwards."""
    if isinstance(tree, Look):
        return Look(not tree.ahead, tree.wanted, tuple(sequence[::-1] for sequence in tree.sequences))
    if isinstance(tree, Sequence):
        return Sequence(tuple(map(reverse, tree.parts[::-1])))
    if isinstance(tree, Choice):
        return Choice(tuple(map(reverse, tree.options)))
    if isinstance(tree, Repeat):
        return Repeat(reverse(tree.part), tree.least, tree.most)
    return tree


def can_be_empty(tree: Tree) -> bool:
    """Whether the tree can match without taking a character."""
    if isinstance(tree, Sequence):
        return all(map(can_be_empty, tree.parts))
    if isinstance(tree, Choice):
        return any(map(can_be_empty, tree.options))
    if isinstance(tree, Repeat):
        return tree.least == 0 or can_be_empty(tree.part)
    return isinstance(tree, Look)


def classes(tree: Tree) -> set[Chars]:
    """All classes of characters in the tree, ``EDGE`` too if it occurs."""
    if isinstance(tree, Chars):
        return {tree}
    if isinstance(tree, Look):
        return {chars for sequence in tree.sequences for chars in sequence}
    if isinstance(tree, Repeat):
        return classes(tree.part)
    return set().union(*map(classes, tree.parts if isinstance(tree, Sequence) else tree.options))


def merged(ranges: list[tuple[int, int]]) -> Ranges:
    """The ranges sorted, those that touch made one."""
    out: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if out and first <= out[-1][1] + 1:
            out[-1] = out[-1][0], max(out[-1][1], last)
        else:
            out.append((first, last))
    return tuple(out)


def _one(point: int) -> Chars:
    return Chars(((point, point),))


def _escaped(text: str, in_class: bool) -> int | str:
    # The code point or the category that an escape stands for.
    letter = text[1]
    if letter in "dDwWsS":
        return letter
    if len(text) > 2:
        return int(text[2:], 16)
    if letter in _CONTROL:
        return _CONTROL[letter]
    if in_class and letter == "b":
        return 8
    if letter.isascii() and letter.isalnum():
        raise Unsupported(text)
    return ord(letter)


@lru_cache(maxsize=64)      # the classes of letters are long, and many rules share them
def _class(text: str) -> Chars:
    negated = text[1] == "^"
    members = _MEMBER.findall(text[2 if negated else 1 : -1])
    ranges, categories = [], ""
    i = 0
    while i < len(members):
        first = last = _escaped(members[i], True) if len(members[i]) > 1 else ord(members[i])
        if i + 2 < len(members) and members[i + 1] == "-":
            i += 2
            last = _escaped(members[i], True) if len(members[i]) > 1 else ord(members[i])
        i += 1
        if isinstance(first, str):
            categories += first
        else:
            ranges.append((first, last))
    return Chars(merged(ranges), "".join(sorted(set(categories))), negated)


def _sequences(tree: Tree) -> list[tuple[Chars, ...]]:
    # What a look-around spells.
    if isinstance(tree, Chars):
        return [(tree,)]
    if isinstance(tree, Choice):
        found = [sequence for option in tree.options for sequence in _sequences(option)]
    elif isinstance(tree, Sequence):
        found = [()]
        for part in tree.parts:
            tails = _sequences(part)
            if len(found) * len(tails) > MAX_SEQUENCES:
                raise Unsupported(f"a look-around with more than {MAX_SEQUENCES} alternatives")
            found = [head + tail for head in found for tail in tails]
    elif isinstance(tree, Repeat) and tree.least == tree.most:
        return _sequences(Sequence((tree.part,) * tree.least))
    else:
        raise Unsupported("a look-around that is not of fixed length, or has another in it")
    return found


class _Parser:
    # Reads a source from left to right: `at` is the index of what comes next.

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 4 if source.startswith("(?u)") else 0     # the flag that every str pattern has
        self.depth = 0

    def whole(self) -> Tree:
        tree = self.choice()
        if self.at < len(self.source):
            raise self.unsupported()
        return tree

    def choice(self) -> Tree:
        if self.depth > MAX_DEPTH:
            raise Unsupported(f"more than {MAX_DEPTH} groups in one another")
        options = [self.sequence()]
        while self.source.startswith("|", self.at):
            self.at += 1
            options.append(self.sequence())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def sequence(self) -> Tree:
        parts: list[Tree] = []
        while self.at < len(self.source) and self.source[self.at] not in "|)":
            start = self.at
            part = self.part()
            parts.append(self.repeated(part, start))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def part(self) -> Tree:
        char = self.source[self.at]
        if char == "(":
            return self.group()
        if char == "[":
            found = _CLASS.match(self.source, self.at)
            if found is None:
                raise self.unsupported()
            self.at = found.end()
            return _class(found[0])
        if char == "\\":
            return self.escape()
        if char in "*+?":
            raise self.unsupported()
        self.at += 1
        if char == ".":
            return Chars(NEWLINE.ranges, "", True)
        if char == "^":
            return START
        if char == "$":
            return END_OR_NEWLINE
        return _one(ord(char))

    def escape(self) -> Tree:
        found = _ESCAPE.match(self.source, self.at)
        if found is None:
            raise self.unsupported()
        if found[0] in (r"\A", r"\Z"):
            self.at = found.end()
            return START if found[0] == r"\A" else END
        try:
            value = _escaped(found[0], False)
        except Unsupported:
            raise self.unsupported(found[0]) from None
        self.at = found.end()
        return Chars((), value) if isinstance(value, str) else _one(value)

    def group(self) -> Tree:
        for opening in ("(?:", "(?=", "(?!", "(?<=", "(?<!"):
            if self.source.startswith(opening, self.at):
                break
        else:
            found = _NAME.match(self.source, self.at)
            if found is None and self.source.startswith("(?", self.at):
                raise self.unsupported(self.source[self.at : self.at + 3])
            opening = found[0] if found else "("
        self.at += len(opening)
        self.depth += 1
        tree = self.choice()
        self.depth -= 1
        if not self.source.startswith(")", self.at):
            raise self.unsupported()
        self.at += 1
        if opening[-1] not in "=!":
            return tree
        return Look("<" not in opening, opening[-1] == "=", tuple(dict.fromkeys(_sequences(tree))))

    def repeated(self, part: Tree, start: int) -> Tree:
        # The part with the quantifier that follows it, if one does.
        following = self.source[self.at : self.at + 1]
        count = _COUNT.match(self.source, self.at) if following == "{" else None
        if count:
            least = int(count[1] or 0)
            most = int(count[3]) if count[3] else None if count[2] else least
            self.at = count.end()
        elif following and following in "*+?":
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[following]
            self.at += 1
        else:
            return part
        if self.source[self.at : self.at + 1] in ("?", "+"):
            raise self.unsupported("a quantifier that is not greedy")
        if most != 1 and can_be_empty(part):
            raise Unsupported(f"a quantifier of what can be empty: {self.source[start : self.at]!r:.80}")
        return Repeat(part, least, most)

    def unsupported(self, what: str = "") -> Unsupported:
        return Unsupported(f"{what or self.source[self.at : self.at + 1]} at {self.at}")
