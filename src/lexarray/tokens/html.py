"""A document as a small piece of HTML, for notebooks: its text, with the entities marked, and a table of the first
tokens if they are annotated. Pictures of trees are not made here."""

from html import escape
from typing import Any

# What is shown at most: a document may be a book, and a token a megabyte.
CHARACTERS = 3000
ROWS = 30
CELL = 60           # characters

# Each line of the text has its own direction, and what has no space breaks where it must.
_TEXT = "white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.7;unicode-bidi:plaintext"
# Half transparent, so that they can be read on light and dark pages. The label stays beside its entity, whatever
# direction the text has.
_MARK = "background:rgba(255,190,60,0.35);color:inherit;padding:0.1em 0.3em;border-radius:0.3em;unicode-bidi:isolate"
_LABEL = "font-size:0.7em;font-weight:bold;margin-left:0.4em"
# Notebooks have a style of their own for tables: in the middle of the page, and to the right.
_TABLE, _CELL = "margin:0", "text-align:left"
_COLUMNS = (("lemma", "LEMMA", "lemma_"), ("pos", "POS", "pos_"), ("tag", "TAG", "tag_"), ("morph", "MORPH", "morph"),
            ("dep", "DEP", "dep_"))


def as_html(doc: Any) -> str:
    """A piece of HTML that shows a document.

    Args:
        doc (Doc): the document.

    Returns:
        str: valid in UTF-8, whatever the text. It does not grow with the document beyond a few pages.

    Cost: that of what is shown, and a look at all tokens for whether they are annotated.

    >>> import lexarray
    >>> nlp = lexarray.blank("en")
    >>> "a &lt; b" in as_html(nlp("a < b"))
    True
    """
    shown = _n_shown(doc)
    parts = [f'<div class="lexarray-doc" style="{_TEXT}">', _marked(doc, shown), "</div>"]
    columns = [column for column in _COLUMNS if doc.has_annotation(column[1])]
    if columns and len(doc):            # an empty document has every layer
        parts.append(_table(doc, columns))
    count = f"{len(doc):,} token{'' if len(doc) == 1 else 's'}"
    parts.append(f'<div style="opacity:0.6;font-size:0.85em">{count}</div>')
    return "".join(parts).encode("utf-8", "replace").decode()       # lone surrogates become "?"


def _n_shown(doc: Any) -> int:
    # How many tokens have room.
    for token in doc[:CHARACTERS + 1]:
        if token.idx + len(token) > CHARACTERS:
            return int(token.i)
    return len(doc)


def _marked(doc: Any, shown: int) -> str:
    # The text of the first tokens, whose entities are marked.
    parts, at = [], 0
    for entity in doc[:shown].ents:
        parts.append(escape(doc[at:entity.start].text_with_ws if at < entity.start else ""))
        label = f'<span style="{_LABEL}">{_cell(entity.label_)}</span>' if entity.label_ else ""
        parts.append(f'<mark style="{_MARK}">{escape(entity.text)}{label}</mark>{doc[entity.end - 1].whitespace_}')
        at = entity.end
    parts.append(escape(doc[at:shown].text_with_ws if at < shown else ""))
    if shown < len(doc):
        if shown == 0:                      # one long token
            parts.append(escape(doc[0].text[:CHARACTERS]))
        parts.append("…")
    return "".join(parts)


def _table(doc: Any, columns: list[tuple[str, str, str]]) -> str:
    has_tree = any(name == "dep" for name, _, _ in columns)
    names = ["", "token", *(name for name, _, _ in columns), *(["head"] if has_tree else [])]
    rows = ["".join(f'<th style="{_CELL}">{name}</th>' for name in names)]
    for token in doc[:ROWS]:
        values = [token.i, token.text, *(getattr(token, attribute) for _, _, attribute in columns)]
        if has_tree:
            values.append(token.head.text if token.head.i != token.i else "")
        rows.append("".join(f'<td style="{_CELL}">{_cell(value)}</td>' for value in values))
    if len(doc) > ROWS:
        rows.append(f'<td style="{_CELL}" colspan="{len(names)}">… and {len(doc) - ROWS:,} more</td>')
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f'<details style="overflow-x:auto"><summary>tokens</summary><table style="{_TABLE}">{body}</table></details>'


def _cell(value: object) -> str:
    # Short, and with what would not be seen written out.
    text = str(value)
    if not text.isprintable() or (text and text.isspace()):
        text = repr(text[:CELL + 1])[1:-1]
    return escape(text if len(text) <= CELL else text[:CELL] + "…")
