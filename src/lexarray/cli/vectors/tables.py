"""How the commands about vectors read a table, and say what is wrong with a file: :func:`read_table`."""

import argparse
import errno
import math
import os
import re
from contextlib import contextmanager
from pathlib import Path

from lexarray.cli.arguments import at_least_one, encoding, error_handler
from lexarray.cli.failure import Failure
from lexarray.cli.formats import visible_path

# What the library's messages advise, in the command's words.
_OPTIONS = (
    (r"\blimit=(\d*)", r"--limit \1"), (r"\bdatatype=", "--dtype"), (r"\bencoding=", "--encoding"),
    (r"\bunicode_errors='(\w+)'", r"--errors \1"), (r"\bon_duplicate='first' or 'last'", "--on-duplicate first or last"),
    (r"\bformat=", "--from"), (r"\bno_header=True", "--from glove"), (r"\bsave\(\)", "--to lexarray"))
_TOO_LARGE = re.compile(r"(?:has '(?P<text>[^']*)' as number \d+|is (?P<number>\S+)), which is "
                        r"(?:not finite in|too large for) (?P<dtype>float\d\d)")
_LARGER = re.compile(r"(?:, or|:) try a larger datatype$")


def add_reading_arguments(parser):
    """Add the options that say how a file of vectors is read."""
    options = parser.add_argument_group("reading")
    options.add_argument("--from", dest="from_format", type=_format, metavar="FORMAT",
                         help="lexarray, word2vec-text, word2vec-binary, glove or fasttext-bin; default: what the file's "
                              "first bytes say. gzip, bzip2 and xz are unpacked, except around lexarray's own")
    options.add_argument("--limit", type=_number_of_rows, metavar="N", help="read only the first N rows")
    options.add_argument("--dtype", choices=("float16", "float32", "float64"),
                         help="of the numbers; default: the file's own, float32 for text")
    options.add_argument("--encoding", type=encoding, help="of the words; default: utf-8. lexarray's own files have none")
    options.add_argument("--errors", type=error_handler, metavar="HOW",
                         help="what to do with bytes that are not in the encoding: strict, replace, ignore ...; "
                              "default: strict")
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
    check_input(path)
    with failures(path):
        found = arguments.from_format
        if os.path.isfile(path):
            with open_stream(path) as stream:
                found = found or recognise(stream)
                mapped = (mapped and found == "lexarray" and stream.size is not None
                          and arguments.limit is None and arguments.dtype is None)
        else:
            mapped = False              # what is read of a pipe is gone, so that it is read once, by load
        for option in ("encoding", "errors"):
            if found == "lexarray" and getattr(arguments, option) is not None:
                raise Failure(f"{visible_path(path)}: --{option} is for other formats: lexarray's own files are always UTF-8")
        table = KeyedVectors.load(
            path, "r" if mapped else None, format=found, limit=arguments.limit, datatype=arguments.dtype,
            encoding=arguments.encoding or "utf-8", unicode_errors=arguments.errors or "strict", on_duplicate=arguments.on_duplicate,
            threads=arguments.threads)
    return path, table, found or "a stream"


def check_input(path):
    """See that a file is there and can be read, before other work is done in vain.

    Raises:
        Failure: it is not, or is "-".
    """
    if path == "-":
        raise Failure("-: vectors, and what they are evaluated by, are read from files: name one")
    with failures(path):
        if os.path.isfile(path) or not os.path.exists(path) or os.path.isdir(path):
            with open(path, "rb"):          # not a pipe: who writes to it would see it closed
                pass


@contextmanager
def failures(path):
    """Turn the exceptions of work on a file into a Failure of one line, which names the file."""
    shown = visible_path(path)
    try:
        yield
    except OSError as error:
        if error.errno == errno.ESPIPE:
            raise Failure(f"{shown}: this is a pipe, and vectors are read from files: write it to one first") from None
        raise Failure(f"{shown}: {error.strerror or error}") from None
    except (ValueError, MemoryError, ImportError) as error:
        message = str(error)
        # Before anything else is done to the message: a path may hold spaces, newlines and colons.
        for name in (path, str(Path(path))):
            if message.startswith(name):
                message = message[len(name):]
                break
        else:
            message = f": {message}"
        message = _advice_on_types(" ".join(message.split()))
        # Advice is what stands behind the last colon or semicolon; what stands before may quote the file.
        what, advice = re.fullmatch(r"(.*[;:] |)(.*)", message, re.DOTALL).groups()
        for pattern, option in _OPTIONS:
            advice = re.sub(pattern, option, advice)
        raise Failure(shown + what + " ".join(advice.split())) from None


def _advice_on_types(message):
    # A number that is too large has a type that is large enough, or not: then no type is advised.
    found = _TOO_LARGE.search(message)
    if found is None:
        return message
    try:
        number = abs(float(found["text"] or found["number"]))
    except ValueError:
        number = math.inf               # "1e999" is, too: no type holds it
    types = [name for name, most in (("float32", 3.4028235e38), ("float64", math.inf)) if number <= most]
    if not math.isfinite(number) or found["dtype"] == "float64" or not types:
        return _LARGER.sub("", message)
    return message.replace("a larger datatype", f"--dtype {types[0]}")
