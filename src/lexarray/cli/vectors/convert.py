"""``lexarray vectors convert``: a file of vectors in, one of another format out."""

import os
from time import perf_counter

from lexarray.cli.failure import Failure, say
from lexarray.cli.formats import number_of, visible_path
from lexarray.cli.vectors.outputs import check_output
from lexarray.cli.vectors.tables import add_reading_arguments, check_input, failures, read_table

FORMATS = ("lexarray", "word2vec-text", "word2vec-binary", "glove")
_BY_NAME = {".txt": "word2vec-text", ".vec": "word2vec-text", ".bin": "word2vec-binary"}
_COMPRESSED = (".gz", ".bz2", ".xz")


def add_parser(commands):
    """Add the command to the parser of the command line."""
    parser = commands.add_parser(
        "convert", help="write vectors in another format",
        description="Read vectors of any format, check them, and write them in another. OUT appears when it is whole.")
    parser.add_argument("input", metavar="IN", help="a file of vectors")
    parser.add_argument("output", metavar="OUT", help="where to write")
    parser.add_argument("--to", choices=FORMATS, metavar="FORMAT",
                        help="lexarray (a safetensors file, which can be mapped), word2vec-text, word2vec-binary or glove "
                             "(text without a header); default: word2vec-text if OUT ends in .txt or .vec, word2vec-binary "
                             "if in .bin, otherwise lexarray")
    add_reading_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Convert a file and write a summary."""
    out = arguments.output
    to = arguments.to or _BY_NAME.get(os.path.splitext(out)[1].lower(), "lexarray")
    check_input(arguments.input)
    check_output(out, arguments.input)              # before a large file is read in vain
    if os.path.splitext(out)[1].lower() in _COMPRESSED:
        raise Failure(f"{visible_path(out)}: lexarray reads compressed files, but does not write them: leave the ending out, "
                      f"and compress the file afterwards")
    started = perf_counter()
    _, table, found = read_table(arguments.input, arguments, mapped=False)
    with failures(out):
        if to == "lexarray":
            table.save(out)
        else:
            table.save_word2vec_format(out, binary=to == "word2vec-binary", write_header=to != "glove")
        size = os.path.getsize(out)
    say(f"{number_of(len(table), 'row')} of {number_of(table.vector_size, 'number')}, {found} to {to}, "
        f"{number_of(size, 'byte')}, {perf_counter() - started:.1f} s")
    if to != "lexarray" and (lost := _lost(table, to)):
        say(f"{to} cannot hold, so left out: {'; '.join(lost)}")


def _lost(table, to):
    # What of a table the format has no place for.
    from lexarray.vectors import FastTextKeyedVectors

    lost = [f"the attribute {name!r}" for name in table.expandos]
    if isinstance(table, FastTextKeyedVectors):
        lost.append("n-grams")
    if to == "word2vec-binary" and table.dtype == "float64":
        lost.append("what float64 has more than float32")
    return lost
