"""``lexarray demo``: a paragraph, its tokens, and what the table that comes with lexarray knows of its words."""

import os
import sys
from textwrap import wrap

from lexarray.cli.output import standard_output

PARAGRAPH = "Dr. Lee doesn't drink coffee, but green tea, twice a day. It costs $2.50 (see example.com)."
SHOWN = ("is_stop", "is_punct", "is_currency", "like_num", "like_url")
WORDS = ("coffee", "tea", "green", "day", "costs")
PHRASES = ("a pot of green tea", "a cup of coffee", "two days a week", "the court rejected his appeal")
WIDTH = 76


def add_parser(commands):
    """Add the command to the parser of the command line."""
    parser = commands.add_parser(
        "demo", help="a first look: tokens and word vectors of a paragraph",
        description="Annotate a paragraph, and show its tokens, the nearest words of some, and how alike some phrases "
                    "are, by the table of vectors that comes with lexarray.")
    parser.set_defaults(run=run)


def run(arguments):
    """Print the demonstration."""
    from lexarray.language import blank
    from lexarray.vectors import load_default

    nlp = blank("en")
    vectors = nlp.vocab.vectors = load_default()
    doc = nlp(PARAGRAPH)
    parts = [
        ("A paragraph", wrap(doc.text, WIDTH)),
        (f"Its {len(doc)} tokens (doc.text == text is {doc.text == PARAGRAPH})", _tokens(doc)),
        (f"Nearest words, among {len(vectors):,} of GloVe", _neighbours(vectors)),
        ("How alike phrases are, from -1 to 1: the cosine of their mean vectors", _phrases(nlp)),
        ("Now yours", ["lexarray annotate FILE", "lexarray vectors similar king woman --minus man", "lexarray --help"]),
    ]
    with standard_output() as output:
        bold, plain = ("\x1b[1m", "\x1b[m") if _is_for_eyes() else ("", "")
        for i, (title, lines) in enumerate(parts):
            output.write(f"{'' if i == 0 else chr(10)}{bold}{title}{plain}\n")
            output.writelines(f"  {line.rstrip()}\n" for line in lines)


def _is_for_eyes():
    return sys.stdout.isatty() and os.environ.get("TERM") not in (None, "dumb") and not os.environ.get("NO_COLOR")


def _tokens(doc):
    rows = [("i", "idx", "text", "lower", "norm", "shape", "flags")]
    for token in doc:
        true = " ".join(name for name in SHOWN if getattr(token, name))
        rows.append((str(token.i), str(token.idx), token.text, token.lower_, token.norm_, token.shape_, true))
    return _columns(rows)


def _neighbours(vectors):
    rows = []
    for word in WORDS:
        rows.append((word, *(f"{other} {score:.2f}" for other, score in vectors.most_similar(word, topn=4))))
    ((queen, score),) = vectors.most_similar(["king", "woman"], ["man"], topn=1)
    return [*_columns(rows), f"king - man + woman = {queen} {score:.2f}"]


def _phrases(nlp):
    docs = [nlp(phrase) for phrase in PHRASES]
    return _columns([(doc.text, *(f"{doc.similarity(other):5.2f}" for other in docs)) for doc in docs])


def _columns(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows]
