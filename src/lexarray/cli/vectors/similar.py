"""``lexarray vectors similar``: the words nearest to some others."""

import json
import math

from lexarray.cli.arguments import at_least_one
from lexarray.cli.failure import Failure
from lexarray.cli.formats import columns, escape, visible, visible_path
from lexarray.cli.output import standard_output
from lexarray.cli.vectors.tables import add_reading_arguments, failures, read_table
from lexarray.cli.vectors.words import vectors_of, word

NOTHING = 1e-7          # length of a mean of vectors of length 1, of which only rounding is left


def add_parser(commands):
    """Add the command to the parser of the command line."""
    parser = commands.add_parser(
        "similar", help="the words nearest to some others",
        description="Find the words whose vectors point most nearly where the mean of the given ones does, exactly.",
        epilog="Example: lexarray vectors similar king woman --minus man")
    parser.add_argument("words", metavar="WORD", nargs="+", type=word, help="as it is spelled in the table")
    parser.add_argument("--minus", metavar="WORD", action="append", type=word, default=[], help="subtract this one; may be repeated")
    parser.add_argument("--vectors", metavar="FILE", help="a file of vectors; default: the table that comes with lexarray")
    parser.add_argument("-n", type=at_least_one, default=10, metavar="N", help="how many; default: %(default)s")
    parser.add_argument("--format", choices=("table", "tsv", "jsonl"), default="table", help="default: %(default)s")
    add_reading_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Find the nearest words and print them."""
    path, table, _ = read_table(arguments.vectors, arguments, mapped=True)
    with failures(path):
        vectors_of((*arguments.words, *arguments.minus), table, arguments.vectors)
        _check_direction(arguments, table, visible_path(path))
        found = table.most_similar(arguments.words, arguments.minus, topn=arguments.n, threads=arguments.threads)
    with standard_output() as output:
        if arguments.format == "jsonl":
            for key, score in found:
                output.write(json.dumps({"word": key, "similarity": score}) + "\n")
        elif arguments.format == "tsv":
            output.write("word\tsimilarity\n")
            for key, score in found:
                output.write(f"{escape(key)}\t{score!r}\n")
        else:
            output.writelines(f"{line}\n" for line in columns([(visible(key), f"{score:7.4f}") for key, score in found]))


def _check_direction(arguments, table, path):
    # Every row is as near to a vector of zeros as any other.
    words = [*arguments.words, *arguments.minus]
    signs = [1] * len(arguments.words) + [-1] * len(arguments.minus)
    if math.hypot(*table.get_mean_vector(words, signs).tolist()) > NOTHING:
        return
    if len(words) == 1:
        raise Failure(f"{path}: the vector of {words[0]!r:.80} is zero: no word is nearer to it than another")
    raise Failure(f"{path}: the vectors of the words add up to zero: no word is nearer to that than another")
