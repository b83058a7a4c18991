"""Files of documents: one class a format, with its reader beside its writer, found in :data:`FORMATS`.

Readers and writers are those of the library; owned here: how they meet files and standard input and output, the lines of
JSON, and what each format has no place for.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import NamedTuple

from lexarray import symbols
from lexarray.cli.failure import say
from lexarray.cli.formats import number_of, visible_path
from lexarray.cli.input import open_input
from lexarray.cli.output import standard_output
from lexarray.replacing import replacing, replacing_folder
from lexarray.tokens import Doc

DOCBIN_BYTES = (1 << 32) - 1        # that a DocBin has room for, for the attributes of tokens
TABLES = ("tokens.parquet", "spans.parquet", "docs.parquet")

_SURROGATE = re.compile("[\ud800-\udfff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class Reading(NamedTuple):
    """Documents that are being read.

    ``docs`` are the documents. There are ``total`` of what ``unit`` says, or None if that is not known, of which ``position``
    tells how many were read; None: the documents themselves are counted.
    """

    docs: Iterator[Doc]
    total: int | None = None
    unit: str = " documents"
    position: Callable[[], int] | None = None


# ---- what a format may have no place for ----

def _has_entities(doc):
    return len(doc) and any(map(doc.has_annotation, ("ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "ENT_ID")))


def _has_norms(doc):
    # Norms that do not follow from the words.
    if not len(doc):
        return False
    orths, lowers, norms = doc.to_array(["ORTH", "LOWER", "NORM"]).T
    some = norms != lowers
    return any(doc.vocab[orth].norm != norm for orth, norm in zip(orths[some].tolist(), norms[some].tolist()))


def _has_senses(doc):
    return any([token.sense for token in doc])


def _has_details_of_whitespace(doc):
    # Annotation of tokens of whitespace that is not what a reader of CoNLL-U gives them, or two of them in a row.
    if not len(doc) or not doc.has_annotation("IS_SPACE"):
        return False
    array = doc.to_array(["IS_SPACE", "TAG", "LEMMA", "MORPH", "POS", "DEP"])
    are_space = array[:, 0] != 0
    tags_lemmas_morphs, pos, dep = array[are_space, 1:4], array[are_space, 4], array[are_space, 5]
    return (tags_lemmas_morphs.any() or (pos[pos != 0] != symbols.IDS["SPACE"]).any()
            or (dep[dep != 0] != symbols.IDS["dep"]).any() or (are_space[1:] & are_space[:-1]).any())


def _has_no_words(doc):
    return not len(doc) or not (doc.to_array("IS_SPACE") == 0).any()


def _has_user_data_beside_conllu(doc):
    return any(key != "conllu" for key in doc.user_data)


def _has_user_data_beside_extensions(doc):
    return any(not _is_extension(key, doc) for key in doc.user_data)


def _is_extension(key, doc):
    # Whether it is where the value of an extension is kept: ("._.", name, first character or None, end or None).
    if not isinstance(key, tuple) or len(key) != 4 or key[0] != "._." or not isinstance(key[1], str):
        return False
    offsets = [offset for offset in key[2:] if offset is not None]
    return (all(type(offset) is int and 0 <= offset <= _n_characters(doc) for offset in offsets)
            and (key[2] is not None or key[3] is None))


def _n_characters(doc):
    return doc[-1].idx + len(doc[-1].text_with_ws) if len(doc) else 0


# ---- files of text: streams ----

class _Text:
    # Documents as text, one after the other, so that they may come from standard input and go to standard output. A format
    # adds _docs(stream, vocab), which yields them, and _text(doc, number), the bytes of one.
    is_stream = True
    is_folder = False

    @contextmanager
    def read(self, path, vocab):
        """Documents of a file, which may be compressed; "-": of standard input. Yields a :class:`Reading`."""
        from lexarray.vectors.io.streams import Stream

        at = 0

        def _note(offset):
            nonlocal at
            at = offset

        with open_input(path) as (file, name):
            total = os.path.getsize(path) if os.path.isfile(path) else None
            stream = Stream(name if path == "-" else path, file, _note)
            with closing(self._docs(stream, vocab)) as docs:
                yield Reading(docs, total, "B", lambda: at)

    def write(self, docs, path):
        """Write documents to a file, which appears when it is whole; "-": to standard output. Returns its size."""
        with standard_output() if path == "-" else replacing(path) as file:
            size = 0
            output = file.buffer if path == "-" else file
            for number, doc in enumerate(docs):
                with _named(number):
                    data = self._text(doc, number)
                output.write(data)
                size += len(data)
        return size


class Conllu(_Text):
    """CoNLL-U. Documents are those of ``# newdoc`` if the file begins with one, otherwise sentences."""

    endings = (".conllu",)
    lacks = {"entities": _has_entities, "span groups": lambda doc: bool(doc.spans), "cats": lambda doc: bool(doc.cats),
             "user_data but conllu": _has_user_data_beside_conllu, "norms": _has_norms, "senses": _has_senses,
             "sentiment": lambda doc: bool(doc.sentiment), "vectors": lambda doc: doc.has_vector,
             "unknown spaces": lambda doc: doc.has_unknown_spaces, "details of whitespace": _has_details_of_whitespace,
             "documents without words": _has_no_words}

    def _docs(self, stream, vocab):
        from lexarray.interop.conllu import read_conllu

        return read_conllu(stream, vocab, by="document" if self._begins_with_newdoc(stream) else "sentence")

    @staticmethod
    def _begins_with_newdoc(stream):
        size = 1 << 12
        while True:
            head = stream.peek(size)
            lines = head.removeprefix(b"\xef\xbb\xbf").split(b"\n")
            for line in lines[:-1]:
                if re.match(rb"#\s*newdoc(\s|$)", line):
                    return True
                if line.strip() and not line.startswith(b"#"):
                    return False
            if len(head) < size:
                return False
            size *= 4

    def _text(self, doc, number):
        from lexarray.interop.conllu import to_conllu

        return to_conllu(doc, doc_id=str(number)).encode()


class Jsonl(_Text):
    """A line for each document: what ``Doc.to_json`` gives, with all extensions that have values."""

    endings = (".jsonl",)
    lacks = {"user_data but extensions": _has_user_data_beside_extensions, "senses": _has_senses, "vectors": lambda doc: doc.has_vector}

    def _docs(self, stream, vocab):
        for number, line in enumerate(_lines_of(stream), 1):
            if not line.strip():
                continue
            try:
                doc = Doc(vocab).from_json(json.loads(line.decode()))
            except UnicodeDecodeError as error:
                raise ValueError(f"{stream.name}: line {number:,}: byte {error.start}: not UTF-8 ({error.reason})") from None
            except json.JSONDecodeError as error:
                raise ValueError(f"{stream.name}: line {number:,}: not JSON: {error.msg}, at character {error.pos:,}") from None
            except RecursionError:
                raise ValueError(f"{stream.name}: line {number:,}: values in values, too deep to be read") from None
            except (TypeError, ValueError) as error:
                raise ValueError(f"{stream.name}: line {number:,}: {error}") from None
            yield doc

    def _text(self, doc, number):
        names = {key[1] for key in doc.user_data if _is_extension(key, doc)}
        for name in doc.cats:
            if not isinstance(name, str):
                raise ValueError(f"cats: {name!r:.80} is no text, and only texts are names in JSON")
        found = doc.to_json(underscore=sorted(names) if names else None)
        n = len(found["text"])
        for part in ("underscore_token", "underscore_span"):
            for name, values in found.get(part, {}).items():
                # Edits may have left values outside of the text, which no reader takes.
                found[part][name] = [each for each in values if 0 <= each["start"] <= each.get("end", n) <= n]
        text = json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        try:
            data = text.encode()
        except UnicodeEncodeError:
            if pair := _PAIR.search(text):
                raise ValueError(f"the two surrogates {pair[0]!r} stand together, which JSON cannot tell from one character") from None
            data = json.dumps(found, separators=(",", ":")).encode()
        return data + b"\n"


def _lines_of(stream):
    # As bytes, in time that is linear whatever their length.
    parts = []
    while block := stream.read(1 << 18):
        first, *rest = block.split(b"\n")
        parts.append(first)
        if rest:
            yield b"".join(parts)
            *whole, last = rest
            yield from whole
            parts = [last]
    if any(parts):
        yield b"".join(parts)


@contextmanager
def _named(number):
    # Says of which document an exception is.
    try:
        yield
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"document {number:,}: {error}") from None


# ---- other files ----

class Corpus:
    """The corpus file, which has a place for everything."""

    endings = (".corpus",)
    is_stream = False
    is_folder = False
    lacks: dict = {}

    @contextmanager
    def read(self, path, vocab):
        """Documents of a file. Yields a :class:`Reading`."""
        from lexarray.corpus import Corpus

        with Corpus(path, vocab) as corpus:
            if corpus.n_torn:
                say(f"{visible_path(path)}: the last {number_of(corpus.n_torn, 'byte')} are part of a block that was not "
                    f"written to its end: left out")
            yield Reading(corpus.docs(), len(corpus))

    def write(self, docs, path):
        """Write documents to a file, which appears when it is whole. Returns its size."""
        from lexarray.corpus import CorpusWriter

        with replacing(path) as file:
            with CorpusWriter(file.name) as writer:
                for number, doc in enumerate(docs):
                    with _named(number):
                        writer.add(doc)
            return os.path.getsize(file.name)


class Spacy:
    """A DocBin, spaCy's file: all of it is in memory."""

    endings = (".spacy",)
    is_stream = False
    is_folder = False
    lacks = {"senses": _has_senses, "sentiment": lambda doc: bool(doc.sentiment), "vectors": lambda doc: doc.has_vector}

    @contextmanager
    def read(self, path, vocab):
        """Documents of a file. Yields a :class:`Reading`."""
        from lexarray.tokens import DocBin

        found = DocBin().from_disk(path)
        yield Reading(found.get_docs(vocab), len(found))

    def write(self, docs, path):
        """Write documents to a file, which appears when it is whole. Returns its size."""
        from lexarray.tokens import DocBin

        found = DocBin(store_user_data=True)
        room = DOCBIN_BYTES // (8 * len(found.attrs))
        for number, doc in enumerate(docs):
            room -= len(doc)
            if room < 0:
                raise ValueError(f"document {number:,}: one file of this format has room for "
                                 f"{DOCBIN_BYTES // (8 * len(found.attrs)):,} tokens, which are more with it: write a .corpus")
            with _named(number):
                found.add(doc)
        found.to_disk(path)
        if any(map(_SURROGATE.search, found.strings)):
            say(f"{visible_path(path)}: some texts have lone surrogates; spaCy will refuse the file, lexarray reads it")
        return os.path.getsize(path)


class Parquet:
    """A folder of three Parquet files; one file of tokens is read, too."""

    endings = (".parquet",)
    is_stream = False
    is_folder = True
    lacks: dict = {}

    @contextmanager
    def read(self, path, vocab):
        """Documents of a folder or file. Yields a :class:`Reading`."""
        from lexarray.interop.arrow import read_parquet

        with closing(read_parquet(path, vocab)) as docs:
            yield Reading(docs, self._length(path))

    @staticmethod
    def _length(path):
        # How many documents there are, if a file says it; what is wrong with it is told when it is read.
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile

        try:
            with ExitStack() as stack:
                file = stack.enter_context(open(os.path.join(path, "docs.parquet"), "rb"))
                return stack.enter_context(ParquetFile(file)).metadata.num_rows
        except (OSError, ArrowException):
            return None

    def write(self, docs, path):
        """Write documents to a folder, which appears when it is whole. Returns the size of its files."""
        from lexarray.interop.arrow import write_parquet

        number = -1

        def _counted():
            nonlocal number
            for number, doc in enumerate(docs):
                yield doc

        with replacing_folder(path, TABLES) as folder:
            try:
                write_parquet(_counted(), folder)
            except (TypeError, ValueError, OverflowError) as error:
                # Of one document, the last; what Arrow says has types of its own, and says of which document it is.
                if type(error) in (TypeError, ValueError, OverflowError):
                    raise ValueError(f"document {number:,}: {error}") from None
                raise
            return sum(os.path.getsize(os.path.join(folder, name)) for name in TABLES)


#: name -> the format
FORMATS = {"conllu": Conllu(), "spacy": Spacy(), "corpus": Corpus(), "jsonl": Jsonl(), "parquet": Parquet()}
