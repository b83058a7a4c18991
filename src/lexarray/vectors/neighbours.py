"""What a search for the nearest keys gives: :class:`Neighbours`, a list that shows itself as a table."""

from typing import Any

SHOWN = 50          # pairs; the rest is counted
CHARACTERS = 60     # of a key; the rest is "…"


class Neighbours(list[tuple[str, float]]):
    """(key, score) pairs, best first. It is a list; printed, and in a notebook, it is a table.

    >>> from lexarray.vectors import load_default
    >>> found = load_default().most_similar("coffee", topn=2)
    >>> found[0][0], len(found)
    ('drink', 2)
    >>> print(found)
    0.8188  drink
    0.8176  drinks
    """

    __slots__ = ()

    def __str__(self) -> str:
        lines = [f"{score:.4f}  {_visible(key)}" for key, score in self[:SHOWN]]
        return "\n".join([*lines, *self._rest()])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # What IPython shows in a terminal; within another list, as a list.
        printer.text(repr(self) if cycle or len(getattr(printer, "stack", ())) > 1 else str(self))

    def _repr_html_(self) -> str:
        # What a notebook shows. HTML's names of characters are loaded only then. The bars are as long as the scores, from 0 to 1.
        from html import escape

        rows, left = [], 'style="text-align:left"'          # notebooks put tables in the middle, and cells to the right
        for key, score in self[:SHOWN]:
            bar = f'<div style="width:{round(100 * min(max(0.0, score), 1.0))}px;height:0.7em;background:#4c8dd6"></div>'
            rows.append(f'<tr><td {left}>{escape(_visible(key))}</td><td>{score:.4f}</td><td>{bar}</td></tr>')
        rows += [f'<tr><td {left} colspan="3">{rest}</td></tr>' for rest in self._rest()]
        return f'<table style="margin:0"><tr><th {left}>key</th><th>score</th><th></th></tr>{"".join(rows)}</table>'

    def _rest(self) -> list[str]:
        return [f"… and {len(self) - SHOWN:,} more"] if len(self) > SHOWN else []


def _visible(key: str) -> str:
    # On one line, of characters that every terminal and page can show.
    shown = key if len(key) <= CHARACTERS else key[:CHARACTERS] + "…"
    return shown if key.isprintable() and key.strip() == key != "" else repr(shown)
