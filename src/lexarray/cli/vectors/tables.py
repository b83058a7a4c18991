"""How the commands about vectors read a table, and say what is wrong with a file: :func:`read_table`."""

import argparse
import re
from contextlib import contextmanager

from lexarray.cli.arguments import at_least_one, encoding, error_handler
from lexarray.cli.failure import Failure

# What the library's messages advise, in the command's words.
_OPTIONS = (
    (r"\blimit=(\d*)", r"--limit \1"), (r"\bdatatype=|\ba larger datatype\b", "--dtype"), (r"\bencoding=", "--encoding"),
    (r"\bunicode_errors='(\w+)'", r"--errors \1"), (r"\bon_duplicate='first' or 'last'", "--on-duplicate first or last"),
    (r"\bformat=", "--from"), (r"\bno_header=True", "--from glove"), (r"\bsave\(\)", "--to lexarray"))


def add_reading_arguments(parser):
    """Add the options that say how a file of vectors is read."""
    options = parser.add_argument_group("reading")
    options.add_argument("--from", dest="from_format", type=_format, metavar="FORMAT",
                         help="lexarray, word2vec-text, word2vec-binary, glove or fasttext-bin; default: what the file's "
                              "first bytes say. gzip, bzip2 and xz are unpacked")
    options.add_argument("--limit", type=_number_of_rows, metavar="N", help="read only the first N rows")
    options.add_argument("--dtype", choices=("float16", "float32", "float64"),
                         help="of the numbers; default: the file's own, float32 for text")
    options.add_argument("--encoding", type=encoding, default="utf-8", help="of the words; default: %(default)s")
    options.add_argument("--errors", type=error_handler, default="strict", metavar="HOW",
                         help="what to do with bytes that are not in the encoding: strict, replace, ignore ...; "
                              "default: %(default)s")
    options.add_argument("--on-duplicate", choices=("raise", "first", "last"), default="raise",
                         help="for a word that comes again: fail, or keep its first or its last row; default: %(default)s")
    options.add_argument("--threads", type=at_least_one, metavar="N", help="threads that read text, and ask; default: as many as help")


def _format(name):
    from lexarray.vectors.io.recognise import FORMATS

    if name not in FORMATS:
        raise argparse.ArgumentTypeError(f"there is no format {name!r}: the formats are {', '.join(FORMATS)}")
    return name


def _number_of_rows(text):
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"a number of rows is needed, not {text!r}")
    return int(text)


def read_table(path, arguments, mapped):
    """Read a file of vectors.

    Args:
        path (str): the file; None: the table that comes with lexarray.
        arguments (Namespace): the options of :func:`add_reading_arguments`.
        mapped (bool): map the file, which checks less, if it is lexarray's own and is wanted as it is.

    Returns:
        tuple: the path, the table, and the name of its format.

    Raises:
        Failure: the file cannot be read, or is damaged; it says where.
    """
    from lexarray.vectors import KeyedVectors
    from lexarray.vectors.data import DEFAULT_PATH
    from lexarray.vectors.io.recognise import recognise
    from lexarray.vectors.io.streams import open_stream

    path = str(DEFAULT_PATH) if path is None else path
    with failures(path):
        with open_stream(path) as stream:
            found = arguments.from_format or recognise(stream)
            mapped = (mapped and found == "lexarray" and stream.size is not None
                      and arguments.limit is None and arguments.dtype is None)
        table = KeyedVectors.load(
            path, "r" if mapped else None, format=found, limit=arguments.limit, datatype=arguments.dtype,
            encoding=arguments.encoding, unicode_errors=arguments.errors, on_duplicate=arguments.on_duplicate,
            threads=arguments.threads)
    return path, table, found


@contextmanager
def failures(path):
    """Turn the exceptions of work on a file into a Failure of one line, which names the file."""
    try:
        yield
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or error}") from None
    except (ValueError, MemoryError, ImportError) as error:
        message = " ".join(str(error).split())
        if not message.startswith(path):
            message = f"{path}: {message}"
        # Advice is what stands behind the last colon or semicolon; what stands before may quote the file.
        what, advice = re.fullmatch(r"(.*[;:] |)(.*)", message).groups()
        for pattern, option in _OPTIONS:
            advice = re.sub(pattern, option, advice)
        raise Failure(what + " ".join(advice.split())) from None
