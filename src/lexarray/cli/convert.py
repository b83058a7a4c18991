"""``lexarray convert``: a file of documents in, one of another format out."""

import errno
import os
from contextlib import closing, contextmanager
from time import perf_counter

from lexarray.cli.failure import Failure, say
from lexarray.cli.formats import number_of, visible_path
from lexarray.cli.output import COMPRESSED, check_output
from lexarray.cli.progress import progress

MOST_WORDS = 1 << 17            # that are known at a time
# Those of cli.documents, which loads much that other commands do not need.
_NAMES = ("conllu", "spacy", "corpus", "jsonl", "parquet")


def add_parser(commands):
    """Add the command to the parser of the command line."""
    parser = commands.add_parser(
        "convert", help="write documents in another format",
        description="Read documents of one format, and write them in another: CoNLL-U (.conllu), DocBin (.spacy), the corpus file "
                    "(.corpus), JSON lines (.jsonl) or a folder of Parquet files (.parquet). OUT appears when it is whole.",
        epilog="Documents are read and written one by one, so that files may be larger than memory; but a .spacy file is in "
               "memory whole, 105 bytes a token, and has room for 41 million tokens. What OUT has no place for is named, and "
               "counted, on standard error. .corpus and .parquet need: pip install 'lexarray[arrow]'.")
    parser.add_argument("input", metavar="IN", help="a file of documents; -: standard input, for conllu and jsonl, which may also "
                                                    "be compressed by gzip, bzip2 or xz")
    parser.add_argument("output", metavar="OUT", help="where to write; -: standard output, for conllu and jsonl")
    parser.add_argument("--from", dest="from_format", choices=_NAMES, help="format of IN; default: what its name ends in")
    parser.add_argument("--to", dest="to_format", choices=_NAMES, help="format of OUT; default: what its name ends in")
    parser.add_argument("--lang", default="xx", metavar="CODE",
                        help="the language whose rules give words the norms that IN does not have; default: %(default)s")
    parser.set_defaults(run=run, wrong=parser.error)


def run(arguments):
    """Convert a file and write a summary."""
    source, target = arguments.input, arguments.output
    source_name = arguments.from_format or _format_of(source, "--from", arguments.wrong)
    target_name = arguments.to_format or _format_of(target, "--to", arguments.wrong)
    from lexarray.cli.documents import FORMATS
    from lexarray.language import blank

    reader, writer = FORMATS[source_name], FORMATS[target_name]
    _check_places(source, source_name, reader, target, target_name, writer)
    try:
        vocab = blank(arguments.lang).vocab
    except ImportError as error:
        raise Failure(f"--lang: {error}") from None
    tally = _Tally({name: has for name, has in writer.lacks.items() if name not in reader.lacks})
    started = perf_counter()
    with _failures(target, "standard output"), closing(_documents(reader, source, vocab, tally)) as docs:
        n_bytes = writer.write(docs, target)
    seconds = perf_counter() - started
    say(f"{number_of(tally.n_documents, 'document')}, {number_of(tally.n_tokens, 'token')}, {source_name} to {target_name}, "
        f"{number_of(n_bytes, 'byte')}, {seconds:.1f} s, {tally.n_tokens / seconds:,.0f} tokens/s")
    if lost := [f"{name} ({n:,})" for name, n in tally.lost.items() if n]:
        say(f"{target_name} has no place for, so left out (of so many documents): {'; '.join(lost)}")


def _format_of(path, option, wrong):
    from lexarray.cli.documents import FORMATS

    name = path.rstrip(os.sep).lower()
    for ending in COMPRESSED:
        name = name.removesuffix(ending)
    for format_name, format in FORMATS.items():
        if name.endswith(format.endings):
            return format_name
    wrong(f"{visible_path(path)}: its name does not tell the format: give {option} {{{','.join(_NAMES)}}}")


def _check_places(source, source_name, reader, target, target_name, writer):
    if source == "-" and not reader.is_stream:
        raise Failure(f"-: {source_name} is read from files: name one")
    if not reader.is_stream and source.lower().endswith(COMPRESSED):
        raise Failure(f"{visible_path(source)}: {source_name} is compressed in itself, and not read from compressed files: "
                      f"unpack it first")
    if source != "-" and not os.path.exists(source):
        raise Failure(f"{visible_path(source)}: {os.strerror(errno.ENOENT)}")
    if target != "-":
        if os.path.exists(target) and source != "-" and not _files_of(source).isdisjoint(_files_of(target)):
            raise Failure(f"{visible_path(target)}: is the input as well as the output")
        check_output(target, (), writer.is_folder)
    elif not writer.is_stream:
        raise Failure(f"-: {target_name} is written to files: name one")


def _files_of(path):
    # A file, or a folder and the tables in it, as the system knows them.
    from lexarray.cli.documents import TABLES

    paths = filter(os.path.exists, [path, *(os.path.join(path, name) for name in TABLES)])
    return {(status.st_dev, status.st_ino) for status in map(os.stat, paths)}


class _Tally:
    # What went through.

    def __init__(self, checks):
        self.n_documents = self.n_tokens = 0
        self._checks = checks
        self.lost = dict.fromkeys(checks, 0)

    def add(self, doc):
        """Count a document, and the layers that it loses."""
        self.n_documents += 1
        self.n_tokens += len(doc)
        for name, has in self._checks.items():
            if has(doc):
                self.lost[name] += 1


def _documents(reader, path, vocab, tally):
    # The documents of a file, in bounded memory: what was new in the vocabulary is forgotten when it is too much.
    with _failures(path, "standard input"), reader.read(path, vocab) as found, \
            progress(found.total, found.unit) as on_read, vocab.memory_zone():
        before = 0
        for doc in found.docs:
            tally.add(doc)
            yield doc
            vocab.limit_zone(MOST_WORDS)
            if on_read is not None:
                now = tally.n_documents if found.position is None else found.position()
                on_read(now - before)
                before = now


@contextmanager
def _failures(path, stream):
    # Turns the exceptions of work on a file into a Failure of one line, which names it.
    shown = stream if path == "-" else visible_path(path)
    try:
        yield
    except OSError as error:
        if path == "-":
            raise               # told by all commands in the same words
        # A file in a folder is named, one that stands for ours until it is whole is not.
        place = os.fsdecode(error.filename or path)
        inside = os.path.realpath(place).startswith(os.path.join(os.path.realpath(path), ""))
        raise Failure(f"{visible_path(place) if inside else shown}: {error.strerror or error}") from None
    except MemoryError as error:
        raise Failure(f"{shown}: not enough memory{f': {error}' if str(error) else ''}") from None
    except (TypeError, ValueError, OverflowError, RecursionError, ImportError) as error:
        message = " ".join(str(error).split())
        # The name as the library writes it, before all else: it may hold anything.
        name = " ".join(path.split())
        raise Failure(shown + message.removeprefix(name) if message.startswith((f"{name}: ", f"{name}{os.sep}"))
                      else message if message.startswith(f"{shown}: ") else f"{shown}: {message}") from None
