"""``lexarray vectors evaluate``: how well vectors agree with what people say of words."""

import math
import sys
import warnings

from lexarray.cli.failure import Failure, say
from lexarray.cli.formats import columns_of, visible, visible_path
from lexarray.cli.output import standard_output
from lexarray.cli.vectors.tables import add_reading_arguments, check_input, failures, read_table

LARGE = 100_000         # rows of a table whose analogies take more than some seconds


def add_parser(commands):
    """Add the command to the parser of the command line."""
    parser = commands.add_parser(
        "evaluate", help="analogies, and similarities as people judge them",
        description="Evaluate vectors by files of analogies, of word pairs, or both. Words are compared without regard to "
                    "case; what has a word outside the first 300,000 rows is left out.")
    parser.add_argument("file", metavar="FILE", nargs="?", help="vectors; default: the table that comes with lexarray")
    parser.add_argument("--analogies", metavar="F", action="append", default=[],
                        help='lines of four words, as "man woman king queen", in sections that begin with ": name"')
    parser.add_argument("--pairs", metavar="F", action="append", default=[],
                        help="lines of two words and a number, separated by tabs; needs the extra scipy")
    add_reading_arguments(parser)
    parser.set_defaults(run=run, fail=parser.error)


def run(arguments):
    """Evaluate a table and print the figures."""
    if not (arguments.analogies or arguments.pairs):
        arguments.fail("nothing to evaluate by: name a file with --analogies or --pairs")
    for path in (*arguments.analogies, *arguments.pairs):
        check_input(path)               # before a large table is read in vain
    _, table, _ = read_table(arguments.file, arguments, mapped=True)
    with standard_output() as output:
        for path in arguments.analogies:
            if len(table) >= LARGE and sys.stderr is not None and sys.stderr.isatty():
                say(f"{visible_path(path)}: {len(table):,} rows are searched for each analogy, which may take a minute ...")
            with failures(path):
                _, sections = table.evaluate_word_analogies(path, threads=arguments.threads)
            output.write(_of_analogies(path, sections))
        for path in arguments.pairs:
            with failures(path):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", RuntimeWarning)     # SciPy's of what is nan: _of_pairs says it
                    figures = table.evaluate_word_pairs(path)
            output.write(_of_pairs(path, *figures))


def _of_analogies(path, sections):
    rows = [("section", "right", "of", "%")]
    for section in sections:
        right = len(section["correct"])
        asked = right + len(section["incorrect"])
        rows.append((visible(section["section"]), f"{right:,}", f"{asked:,}", f"{100 * right / asked:.1f}" if asked else "-"))
    if rows[-1][2] == "0":
        raise Failure(f"{visible_path(path)}: there is no analogy whose four words the table has")
    width = max(columns_of(row[0]) for row in rows)
    lines = (f"{name}{' ' * (width - columns_of(name))}  {right:>7}  {asked:>7}  {rate:>5}\n" for name, right, asked, rate in rows)
    return f"# analogies: {visible_path(path)}\n" + "".join(lines)


def _of_pairs(path, pearson, spearman, unknown):
    if math.isnan(pearson[0]) or math.isnan(spearman[0]):
        raise Failure(f"{visible_path(path)}: nothing to correlate: all pairs whose words the table has are judged the same, "
                      f"or all have the same cosine")
    return (f"# pairs: {visible_path(path)}\n"
            f"Pearson   {pearson[0]:7.4f}  p = {_p(pearson[1])}\n"
            f"Spearman  {spearman[0]:7.4f}  p = {_p(spearman[1])}\n"
            f"left out  {unknown:6.1f}%  of the pairs: a word is unknown\n")


def _p(value):
    # Two pairs have none.
    return "-" if math.isnan(value) else f"{value:.2g}"
