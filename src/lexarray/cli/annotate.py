"""``lexarray annotate``: files in, tokens out, paragraph by paragraph."""

import os
import sys
from contextlib import contextmanager
from time import perf_counter

from lexarray.cli.arguments import encoding, error_handler
from lexarray.cli.failure import Failure, say
from lexarray.cli.formats import FORMATS, number_of, visible_path
from lexarray.cli.output import standard_output
from lexarray.cli.paragraphs import read_paragraphs


def add_parser(commands):
    """Add the command to the parser of the command line."""
    parser = commands.add_parser(
        "annotate", help="tokenize files", description="Tokenize files, each paragraph a document.",
        epilog="Files of any size are read as a stream. Progress and a summary go to standard error.")
    parser.add_argument("files", metavar="FILE", nargs="*", help="text files; standard input without one, or for -")
    parser.add_argument("--format", choices=FORMATS, default="table", help="default: %(default)s")
    parser.add_argument("--output", "-o", metavar="FILE", help="where to write; default: standard output")
    parser.add_argument("--lang", default="en", metavar="CODE", help="the language's code; default: %(default)s")
    parser.add_argument("--encoding", type=encoding, default="utf-8", help="of the files; default: %(default)s")
    parser.add_argument("--errors", type=error_handler, default="strict", metavar="HOW",
                        help="what to do with bytes that are not in the encoding: strict, replace, ignore, "
                             "surrogateescape ...; default: %(default)s")
    parser.set_defaults(run=run)


def run(arguments):
    """Annotate the files and write a summary."""
    from lexarray.language import blank

    try:
        nlp = blank(arguments.lang)
    except ImportError as error:
        raise Failure(f"--lang: {error}") from None
    files = arguments.files or ["-"]
    header, make_format = FORMATS[arguments.format]
    to_text = make_format()
    n_documents = n_tokens = 0
    started = perf_counter()
    for path in files:
        with _open_input(path):     # before an output is made or emptied
            pass
    with _open_output(arguments.output, files) as output, _progress(files) as on_read:
        output.write(header)
        for path in files:
            with _open_input(path) as (file, name):
                for paragraph in read_paragraphs(file, name, arguments.encoding, arguments.errors, on_read):
                    doc = nlp(paragraph)
                    output.write(to_text(doc, n_documents))
                    n_documents += 1
                    n_tokens += len(doc)
    seconds = perf_counter() - started
    say(f"{number_of(n_documents, 'document')}, {number_of(n_tokens, 'token')}, {number_of(len(nlp.vocab), 'word type')}, "
        f"{n_tokens / seconds:,.0f} tokens/s")


@contextmanager
def _open_input(path):
    if path == "-":
        if sys.stdin is None:
            raise Failure("standard input is closed")
        yield sys.stdin.buffer, "standard input"
        return
    try:
        file = open(path, "rb")
    except OSError as error:
        raise Failure(f"{visible_path(path)}: {error.strerror}") from None
    with file:
        yield file, visible_path(path)


@contextmanager
def _open_output(path, inputs):
    # A text file that takes all our output; what was written before a failure is kept.
    if path is None:
        with standard_output() as file:
            yield file
        return
    if any(each != "-" and os.path.exists(path) and os.path.exists(each) and os.path.samefile(each, path)
           for each in inputs):
        raise Failure(f"{visible_path(path)}: is an input as well as the output")
    try:
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            yield file
    except OSError as error:
        raise Failure(f"{visible_path(path)}: {error.strerror}") from None


@contextmanager
def _progress(files):
    # A function that is told how many bytes were read; it draws a bar if a person is watching.
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    known = all(os.path.isfile(path) for path in files)
    total = sum(map(os.path.getsize, files)) if known else None
    with tqdm(total=total, unit="B", unit_scale=True, file=sys.stderr, leave=False) as bar:
        yield bar.update
