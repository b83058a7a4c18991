"""``lexarray vectors similar``: the words nearest to some others."""

import json
import math
import os
from difflib import get_close_matches
from itertools import islice

from lexarray.cli.arguments import at_least_one
from lexarray.cli.failure import Failure
from lexarray.cli.formats import columns, escape, visible, visible_path
from lexarray.cli.output import standard_output
from lexarray.cli.vectors.tables import add_reading_arguments, failures, read_table

NOTHING = 1e-7          # length of a mean of vectors of length 1, of which only rounding is left
SEARCHED = 200_000      # first keys of a table among which a mistyped word is looked for


def add_parser(commands):
    """Add the command to the parser of the command line."""
    parser = commands.add_parser(
        "similar", help="the words nearest to some others",
        description="Find the words whose vectors point most nearly where the mean of the given ones does, exactly.",
        epilog="Example: lexarray vectors similar king woman --minus man")
    parser.add_argument("words", metavar="WORD", nargs="+", type=_word, help="as it is spelled in the table")
    parser.add_argument("--minus", metavar="WORD", action="append", type=_word, default=[], help="subtract this one; may be repeated")
    parser.add_argument("--vectors", metavar="FILE", help="a file of vectors; default: the table that comes with lexarray")
    parser.add_argument("-n", type=at_least_one, default=10, metavar="N", help="how many; default: %(default)s")
    parser.add_argument("--format", choices=("table", "tsv", "jsonl"), default="table", help="default: %(default)s")
    add_reading_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Find the nearest words and print them."""
    path, table, _ = read_table(arguments.vectors, arguments, mapped=True)
    with failures(path):
        for word in (*arguments.words, *arguments.minus):
            try:
                table[word]             # a table of subwords makes a vector for a word that has no row
            except KeyError:
                raise Failure(_no_such_word(word, table, arguments.vectors)) from None
        _check_direction(arguments, table, visible_path(path))
        found = table.most_similar(arguments.words, arguments.minus, topn=arguments.n, threads=arguments.threads)
    with standard_output() as output:
        if arguments.format == "jsonl":
            for word, score in found:
                output.write(json.dumps({"word": word, "similarity": score}) + "\n")
        elif arguments.format == "tsv":
            output.write("word\tsimilarity\n")
            for word, score in found:
                output.write(f"{escape(word)}\t{score!r}\n")
        else:
            output.writelines(f"{line}\n" for line in columns([(visible(word), f"{score:7.4f}") for word, score in found]))


def _word(text):
    # An argument as UTF-8, which words are, whatever the locale takes its bytes for.
    try:
        return os.fsencode(text).decode("utf-8")
    except UnicodeError:
        return text


def _check_direction(arguments, table, path):
    # Every row is as near to a vector of zeros as any other.
    words = [*arguments.words, *arguments.minus]
    signs = [1] * len(arguments.words) + [-1] * len(arguments.minus)
    if math.hypot(*table.get_mean_vector(words, signs).tolist()) > NOTHING:
        return
    if len(words) == 1:
        raise Failure(f"{path}: the vector of {words[0]!r:.80} is zero: no word is nearer to it than another")
    raise Failure(f"{path}: the vectors of the words add up to zero: no word is nearer to that than another")


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
