"""Words that a user types: as arguments, and in a table, or something like them."""

import os
from difflib import get_close_matches
from itertools import islice

from lexarray.cli.failure import Failure
from lexarray.cli.formats import visible_path

SEARCHED = 200_000      # first keys of a table among which a mistyped word is looked for


def word(text):
    """An argument as UTF-8, which words are, whatever the locale takes its bytes for."""
    try:
        return os.fsencode(text).decode("utf-8")
    except UnicodeError:
        return text


def vectors_of(words, table, path):
    """The vectors of words, a list of arrays. A table of subwords makes one for a word that has no row.

    Args:
        words (Iterable[str]): the words.
        table (KeyedVectors): where they are.
        path (str): its file; None: the table that comes with lexarray.

    Raises:
        Failure: a word has none; says what may be meant.
    """
    found = []
    for word in words:
        try:
            found.append(table[word])
        except KeyError:
            raise Failure(_no_such_word(word, table, path)) from None
    return found


def _no_such_word(word, table, path):
    # A line that says so, with words that may be meant.
    meant = [other for other in (word.lower(), word.upper(), word.capitalize(), word.title(), word.replace(" ", "_"),
                                 word.replace(" ", "-"), word.replace("_", " ")) if other in table]
    if not meant:
        # difflib takes a second for 100,000 words, so only those that begin alike are compared.
        start = word[:1].lower()
        alike = (key for key in islice(table, SEARCHED) if key[:1].lower() == start and abs(len(key) - len(word)) < 4)
        meant = get_close_matches(word, islice(alike, 5000), n=3, cutoff=0.7)
    of = "the table that comes with lexarray" if path is None else visible_path(path)
    message = f"there is no word {word!r:.80} among the {len(table):,} of {of}"
    meant = [repr(other) for other in dict.fromkeys(meant)][:3]
    return f"{message}; is it {' or '.join(meant)}?" if meant else message
