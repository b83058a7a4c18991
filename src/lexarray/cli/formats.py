"""Documents as text that people and programs read: one class a format, found in :data:`FORMATS`. And what tables in a
terminal are made of: :func:`visible`, :func:`columns`.

What a format says of a word is made here, once; :mod:`lexarray.cli.lines` remembers it, and writes the lines.
"""

import json
import re
from unicodedata import category, east_asian_width

FLAGS = ("is_alpha", "is_punct", "is_space", "is_stop", "like_num")
COLUMNS = ("doc", "i", "idx", "text", "ws", "norm", "shape", *FLAGS)

WIDEST = 40         # columns of a word in a table

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


def _word_lines(cells_of):
    from lexarray.cli.lines import WordLines        # loads documents, of which other commands have none

    return WordLines(cells_of)


def _true_flags(lexeme):
    return " ".join(name for name in FLAGS if getattr(lexeme, name))


class Tsv:
    """One line a token: :data:`COLUMNS`, separated by tabs; booleans as 1 and 0; texts escaped."""

    def __init__(self):
        self._lines = _word_lines(self._cells_of)

    @staticmethod
    def _cells_of(lexeme, norm):
        flags = ["1" if getattr(lexeme, flag) else "0" for flag in FLAGS]
        return (escape(lexeme.text).encode(), 0), ("\t".join([escape(norm), escape(lexeme.shape_), *flags]).encode(), 0)

    def __call__(self, doc, number):
        """The lines of a document.

        Args:
            doc (Doc): any document.
            number (int): what to call it.

        Returns:
            bytes: whole lines of UTF-8.
        """
        return self._lines.tsv(doc, number)


class Table:
    """Columns for the eye, with the names of the boolean attributes that are true; texts as :func:`visible` shows them."""

    HEAD = (b"i", b"idx", b"text", b"ws", b"norm", b"shape", b"flags")

    def __init__(self):
        self._lines = _word_lines(self._cells_of)

    @staticmethod
    def _cells_of(lexeme, norm):
        cells = (visible(lexeme.text), visible(norm), visible(lexeme.shape_), _true_flags(lexeme))
        return [(cell.encode(), columns_of(cell)) for cell in cells]

    def __call__(self, doc, number):
        """The table of a document, and a blank line. Arguments and result are as in :class:`Tsv`."""
        return b"# document %d\n%b\n" % (number, self._lines.table(doc, self.HEAD))


class Jsonl:
    """One JSON object a document, on one line: its text, and the tokens' character offsets."""

    def __init__(self):
        self._lines = _word_lines(self._cells_of)

    @staticmethod
    def _cells_of(lexeme, norm):
        return [(json.dumps(lexeme.text)[1:-1].encode(), 0)]        # in JSON, characters are escaped one by one

    def __call__(self, doc, number):
        """The line of a document. Arguments and result are as in :class:`Tsv`; the number is not said."""
        return self._lines.jsonl(doc)


class Conllu:
    """CoNLL-U: the document's number is its ``newdoc id``, and "-1", "-2" ... after it the ``sent_id``."""

    def __init__(self):
        from lexarray.interop.conllu import to_conllu

        self._to_conllu = to_conllu

    def __call__(self, doc, number):
        """The sentences of a document. Arguments and result are as in :class:`Tsv`."""
        return self._to_conllu(doc, doc_id=str(number)).encode()


#: name -> (what goes before the first document, class; an object of it is a function of a document and its number, to bytes)
FORMATS = {
    "table": ("", Table),
    "conllu": ("", Conllu),
    "jsonl": ("", Jsonl),
    "tsv": ("\t".join(COLUMNS) + "\n", Tsv),
}
