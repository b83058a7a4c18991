"""A document as text that people and programs read: one function a format, found in :data:`FORMATS`."""

import json
import re

FLAGS = ("is_alpha", "is_punct", "is_space", "is_stop", "like_num")
COLUMNS = ("doc", "i", "idx", "text", "ws", "norm", "shape", *FLAGS)

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


def _rows(doc, number):
    for token in doc:
        yield (str(number), str(token.i), str(token.idx), escape(token.text), "1" if token.whitespace_ else "0",
               escape(token.norm_), escape(token.shape_), *("1" if getattr(token, flag) else "0" for flag in FLAGS))


def to_tsv(doc, number):
    """One line a token: :data:`COLUMNS`, separated by tabs; booleans as 1 and 0; texts escaped."""
    return "".join("\t".join(row) + "\n" for row in _rows(doc, number))


def to_table(doc, number):
    """The same in columns for the eye, with the names of the boolean attributes that are true."""
    rows = [("i", "idx", "text", "ws", "norm", "shape", "flags")]
    for row in _rows(doc, number):
        flags = " ".join(name for name, value in zip(FLAGS, row[7:]) if value == "1")
        rows.append((*row[1:4], "_" if row[4] == "1" else "", *row[5:7], flags))
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)
    return f"# document {number}\n" + "\n".join(lines) + "\n\n"


def to_jsonl(doc, number):
    """One JSON object a document, on one line: its text, and the tokens' character offsets."""
    tokens = [{"id": token.i, "start": token.idx, "end": token.idx + len(token)} for token in doc]
    return json.dumps({"text": doc.text, "tokens": tokens}) + "\n"


def to_conllu(doc, number):
    """CoNLL-U: the document's number is its ``newdoc id``, and "-1", "-2" ... after it the ``sent_id``."""
    from lexarray.interop.conllu import to_conllu

    return to_conllu(doc, doc_id=str(number))


#: name -> (what goes before the first document, function of a document and its number)
FORMATS = {
    "table": ("", to_table),
    "conllu": ("", to_conllu),
    "jsonl": ("", to_jsonl),
    "tsv": ("\t".join(COLUMNS) + "\n", to_tsv),
}
