"""Documents as text that people and programs read: one class a format, found in :data:`FORMATS`. And what tables in a
terminal are made of: :func:`visible`, :func:`columns`.

Formats work on columns, not on token views: what is said of a word is made once and then looked up, and so are numbers.
What is kept for that is bounded.
"""

import json
import re
import struct
from itertools import chain, repeat
from unicodedata import category, east_asian_width

FLAGS = ("is_alpha", "is_punct", "is_space", "is_stop", "like_num")
COLUMNS = ("doc", "i", "idx", "text", "ws", "norm", "shape", *FLAGS)

WIDEST = 40         # columns of a word in a table

MOST_WORDS = 1 << 16        # of which a format remembers what to say
MOST_NUMBERS = 1 << 16      # that a format remembers as text

_ESCAPED = re.compile("[\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SHORT = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def escape(text):
    r"""Text that fits in a field: backslashes, control characters, line separators and lone surrogates
    become ``\\``, ``\t``, ``\n``, ``\r``, ``\xNN`` or ``\uNNNN``, so that nothing is lost.

    >>> print(escape("a\tb\\"))
    a\tb\\
    """
    return _ESCAPED.sub(_escape_one, text)


def _escape_one(match):
    char = match.group()
    code = ord(char)
    return _SHORT.get(char) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def visible(text, width=WIDEST):
    r"""Text for the eye: as :func:`escape` does it, and so are characters that only direct how others are shown
    (Unicode's category Cf); cut, with "…", to a number of columns of a terminal. Empty text is ``""``.

    >>> print(visible("a\u200bb"), visible("東京都", 5), visible(""))
    a\u200bb 東京… ""
    """
    text = escape(text) or '""'
    if not text.isprintable():
        text = "".join(map(_directing_escaped, text))
    if columns_of(text) <= width:
        return text
    kept, taken = [], 0
    for char in text:
        taken += columns_of(char)
        if taken >= width:
            break
        kept.append(char)
    return "".join(kept) + "…"


def visible_path(path):
    """A path as messages show it: in one line, and without what a terminal would obey. Backslashes stay single."""
    return visible(path, len(path) * 10).replace("\\\\", "\\")


def _directing_escaped(char):
    if category(char) != "Cf":
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 1 << 16 else f"\\U{ord(char):08x}"


def columns_of(text):
    """How many columns of a terminal some text takes: two for wide characters, none for marks on the one before."""
    if text.isascii():
        return len(text)
    return sum(0 if category(char) in ("Mn", "Me") else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def columns(rows):
    """Lines in which the cells of some rows (tuples of equal length) stand below each other, two spaces apart."""
    widths = [max(map(columns_of, column)) for column in zip(*rows)]
    return ["  ".join(cell + " " * (width - columns_of(cell)) for cell, width in zip(row, widths)).rstrip(" ") for row in rows]


def number_of(n, name):
    """A number with what it counts, as "1 row" or "2,000 rows"."""
    return f"{n:,} {name}" if n == 1 else f"{n:,} {name}s"


class _Words(dict):
    # What a format says of words, by their bytes in an array of ATTRIBUTES. Starts again from nothing when it is full.

    ATTRIBUTES = ("ORTH", "NORM", "SPACY")
    KEY = struct.Struct("=3Q")

    def __init__(self, render):
        super().__init__()
        self._render = render           # function of (Lexeme, norm, whether a space follows)
        self._doc = None

    def keys_of(self, doc):
        # A key for each token. One object a token, where three columns of integers would be three and a tuple.
        return doc.to_array(self.ATTRIBUTES).view(f"V{self.KEY.size}").ravel().tolist()

    def of(self, doc, keys):
        # What to say of each of these keys of a document, as an iterator to be used up before the next document.
        self._doc = doc
        return map(self.__getitem__, keys)

    def __missing__(self, key):
        orth, norm, has_space = self.KEY.unpack(key)
        if len(self) >= MOST_WORDS:
            self.clear()
        self[key] = said = self._render(self._doc.vocab[orth], self._doc.strings[norm], bool(has_space))
        return said


class _Numbers:
    # Whole numbers as text, with what stands before and after them.

    def __init__(self, before, after):
        self._pattern = f"{before}%d{after}"
        self._known = []

    def of(self, numbers, largest):
        # An iterator over the texts of numbers from 0 to the largest.
        if largest >= MOST_NUMBERS:
            return map(self._pattern.__mod__, numbers)
        if largest >= len(self._known):
            end = min(max(2 * largest, 1024), MOST_NUMBERS)
            self._known += map(self._pattern.__mod__, range(len(self._known), end))
        return map(self._known.__getitem__, numbers)


def _true_flags(lexeme):
    return " ".join(name for name in FLAGS if getattr(lexeme, name))


class Tsv:
    """One line a token: :data:`COLUMNS`, separated by tabs; booleans as 1 and 0; texts escaped."""

    def __init__(self):
        self._words = _Words(self._of_word)
        self._indices = self._offsets = _Numbers("", "\t")

    @staticmethod
    def _of_word(lexeme, norm, has_space):
        return "\t".join([escape(lexeme.text), "1" if has_space else "0", escape(norm), escape(lexeme.shape_),
                          *("1" if getattr(lexeme, flag) else "0" for flag in FLAGS)]) + "\n"

    def __call__(self, doc, number):
        """The lines of a document.

        Args:
            doc (Doc): any document.
            number (int): what to call it.

        Returns:
            str: whole lines.
        """
        offsets = doc.to_array("IDX").tolist()
        n = len(offsets)
        return "".join(chain.from_iterable(zip(
            repeat(f"{number}\t", n), self._indices.of(range(n), n), self._offsets.of(offsets, offsets[-1] if n else 0),
            self._words.of(doc, self._words.keys_of(doc)))))


class Table:
    """Columns for the eye, with the names of the boolean attributes that are true; texts as :func:`visible` shows them."""

    HEAD = ("i", "idx", "text", "ws", "norm", "shape", "flags")

    def __init__(self):
        self._words = _Words(self._of_word)

    @staticmethod
    def _of_word(lexeme, norm, has_space):
        # Each cell but the last, and how wide it is, so that a document's columns are as wide as its widest cells.
        cells = (visible(lexeme.text), "_" if has_space else "", visible(norm), visible(lexeme.shape_))
        return cells, tuple(map(columns_of, cells)), _true_flags(lexeme)

    def __call__(self, doc, number):
        """The table of a document, and a blank line. The arguments are those of :class:`Tsv`."""
        keys = self._words.keys_of(doc)
        offsets = doc.to_array("IDX").tolist()
        distinct = dict.fromkeys(keys)
        words = list(self._words.of(doc, distinct))
        head, head_widths = self.HEAD[2:-1], tuple(map(len, self.HEAD[2:-1]))
        widths = list(map(max, zip(head_widths, *(each for _, each, _ in words))))
        lines = [_row(cells, each, widths) + flags for cells, each, flags in [(head, head_widths, self.HEAD[-1]), *words]]
        distinct.update(zip(distinct, lines[1:]))
        n = len(keys)
        i_width, idx_width = max(1, len(str(n - 1))), max(3, len(str(offsets[-1])) if n else 0)
        pattern = f"%-{i_width}s  %-{idx_width}s  %s"
        rows = zip(range(n), offsets, map(distinct.__getitem__, keys))
        return "".join([f"# document {number}\n", *[
            (pattern % row).rstrip(" ") + "\n" for row in chain([(*self.HEAD[:2], lines[0])], rows)], "\n"])


def _row(cells, taken, widths):
    return "".join([cell + " " * (width + 2 - each) for cell, each, width in zip(cells, taken, widths)])


class Jsonl:
    """One JSON object a document, on one line: its text, and the tokens' character offsets."""

    def __init__(self):
        self._ids = _Numbers(', {"id": ', ', "start": ')
        self._starts = _Numbers("", "")
        self._ends = _Numbers(', "end": ', "}")

    def __call__(self, doc, number):
        """The line of a document. The arguments are those of :class:`Tsv`; its number is not said."""
        array = doc.to_array(("IDX", "LENGTH"))
        array[:, 1] += array[:, 0]
        starts, ends = array.T.tolist()
        n = len(starts)
        largest = ends[-1] if n else 0
        tokens = "".join(chain.from_iterable(zip(
            self._ids.of(range(n), n), self._starts.of(starts, largest), self._ends.of(ends, largest))))
        return f'{{"text": {json.dumps(doc.text)}, "tokens": [{tokens[2:]}]}}\n'


class Conllu:
    """CoNLL-U: the document's number is its ``newdoc id``, and "-1", "-2" ... after it the ``sent_id``."""

    def __init__(self):
        from lexarray.interop.conllu import to_conllu

        self._to_conllu = to_conllu

    def __call__(self, doc, number):
        """The sentences of a document. The arguments are those of :class:`Tsv`."""
        return self._to_conllu(doc, doc_id=str(number))


#: name -> (what goes before the first document, class; an object of it is a function of a document and its number)
FORMATS = {
    "table": ("", Table),
    "conllu": ("", Conllu),
    "jsonl": ("", Jsonl),
    "tsv": ("\t".join(COLUMNS) + "\n", Tsv),
}
