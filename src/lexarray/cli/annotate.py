"""``lexarray annotate``: files in, tokens out, paragraph by paragraph."""

import os
from contextlib import closing, contextmanager
from time import perf_counter

from lexarray.cli.arguments import at_least_one, encoding, error_handler
from lexarray.cli.failure import Failure, say
from lexarray.cli.formats import FORMATS, number_of, visible_path
from lexarray.cli.input import open_input
from lexarray.cli.output import standard_output
from lexarray.cli.paragraphs import read_paragraphs
from lexarray.cli.progress import progress
from lexarray.cli.workers import in_order
from lexarray.threads import usable_cores

BLOCK_CHARACTERS = 1 << 17      # that a process gets at a time
MOST_WORDS = 1 << 17            # that a process knows at a time


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
    parser.add_argument("--jobs", "-j", type=at_least_one, default=usable_cores(), metavar="N",
                        help="processes that share the work; the output is the same with any number; default: the "
                             "usable cores, here %(default)s")
    parser.set_defaults(run=run)


def run(arguments):
    """Annotate the files and write a summary."""
    from lexarray.cli.type_count import TypeCount       # loads documents, of which other commands have none

    try:
        annotator = _Annotator(arguments.lang, arguments.format)
    except ImportError as error:
        raise Failure(f"--lang: {error}") from None
    files = arguments.files or ["-"]
    n_documents = n_tokens = 0
    types = TypeCount()
    started = perf_counter()
    for path in files:
        with open_input(path):     # before an output is made or emptied
            pass
    with _open_output(arguments.output, files) as output, progress(_size_of(files), "B") as on_read:
        output.write(FORMATS[arguments.format][0].encode())
        blocks = _blocks(files, arguments.encoding, arguments.errors, on_read)
        with closing(in_order(annotator, blocks, arguments.jobs, output.flush)) as results:
            for text, (documents, tokens, keys) in results:
                output.write(text)
                n_documents += documents
                n_tokens += tokens
                types.add_keys(keys)
    seconds = perf_counter() - started
    say(f"{number_of(n_documents, 'document')}, {number_of(n_tokens, 'token')}, "
        f"{'' if types.is_exact else 'about '}{number_of(len(types), 'word type')}, {n_tokens / seconds:,.0f} tokens/s")


class _Annotator:
    # A block of paragraphs -> its text in a format, and (documents, tokens, keys of words that may be new). Each process
    # has its own, with its own vocabulary, which forgets words when there are too many.

    def __init__(self, lang, format):
        from lexarray.cli.type_count import TypeCount
        from lexarray.language import blank

        self._arguments = lang, format
        self._nlp = blank(lang)
        self._to_text = FORMATS[format][1]()
        self._types = TypeCount()
        self._zone = None

    def __reduce__(self):
        return _Annotator, self._arguments

    def __call__(self, block):
        if self._zone is None:
            self._zone = self._nlp.memory_zone()
            self._zone.__enter__()
        self._nlp.vocab.limit_zone(MOST_WORDS)      # no document is alive
        number, paragraphs = block
        texts, n_tokens = [], 0
        for i, doc in enumerate(map(self._nlp, paragraphs), number):
            texts.append(self._to_text(doc, i))
            self._types.add(doc)
            n_tokens += len(doc)
        return b"".join(texts), (len(paragraphs), n_tokens, self._types.take_keys())


def _blocks(files, encoding, errors, on_read):
    # (number of its first document, paragraphs) of one stretch of the files after the other. What was read before a
    # failure comes before it.
    number, block, length = 0, [], 0
    try:
        for path in files:
            with open_input(path) as (file, name):
                for paragraph in read_paragraphs(file, name, encoding, errors, on_read):
                    block.append(paragraph)
                    length += len(paragraph)
                    if length >= BLOCK_CHARACTERS:
                        yield number, block
                        number, block, length = number + len(block), [], 0
    except Failure:
        if block:
            yield number, block
        raise
    if block:
        yield number, block


@contextmanager
def _open_output(path, inputs):
    # A file of bytes that takes all our output; what was written before a failure is kept.
    if path is None:
        with standard_output() as file:
            yield file.buffer
        return
    if any(each != "-" and os.path.exists(path) and os.path.exists(each) and os.path.samefile(each, path)
           for each in inputs):
        raise Failure(f"{visible_path(path)}: is an input as well as the output")
    try:
        with open(path, "wb") as file:
            yield file
    except OSError as error:
        raise Failure(f"{visible_path(path)}: {error.strerror}") from None


def _size_of(files):
    # In bytes; None: there is no telling.
    return sum(map(os.path.getsize, files)) if all(map(os.path.isfile, files)) else None
