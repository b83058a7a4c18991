"""Which format a file is of, by its first bytes."""

from lexarray.errors import VectorFileError
from lexarray.vectors.io.word2vec_text import BOM, fields_of, n_numbers, parse_header, without_blank_lines

FORMATS = ("lexarray", "word2vec-text", "word2vec-binary", "glove", "fasttext-bin")
_HEAD = 1 << 16
_LONGEST_HEAD = 1 << 24         # for the first line of a text
LONGEST_KEY = 1 << 16           # of a binary file
_PRINTABLE = bytes(range(32, 127)) + b"\t\r"
_TEXT = bytes(range(32, 256)) + b"\t\r\n"       # what a text may have, in any encoding

_OTHERS = (
    (b"PK\x03\x04", "a zip archive: unzip it, and load what is in it"),
    (b"\x80\x02}", "a pickle"), (b"\x80\x02c", "a pickle"), (b"\x80\x03", "a pickle"), (b"\x80\x04\x95", "a pickle"),
    (b"\x80\x05\x95", "a pickle"),
    (b"\x93NUMPY", "a NumPy array, without keys: KeyedVectors(d).add_vectors(keys, numpy.load(...)) makes a table of it"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x28\xb5\x2f\xfd", "compressed by Zstandard: decompress it first; gzip, bzip2 and xz are read as they are"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it, and load what is in it"),
)


def recognise(stream):
    """The format of a stream's content, one of :data:`FORMATS`; the stream stays where it is.

    Raises:
        VectorFileError: the file is empty, or of none of them.
    """
    head = stream.peek(_HEAD)
    if not head:
        raise VectorFileError(f"{stream.name}: the file is empty")
    if head[:4] == b"\xba\x16\x4f\x2f":
        return "fasttext-bin"
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 1 << 40:
        return "lexarray"
    for magic, what in _OTHERS:
        if head.startswith(magic):
            if what == "a pickle":
                what += (", which may run code when it is loaded, so lexarray does not: load it with the library that "
                         "wrote it, and save it there as word2vec binary")
            raise VectorFileError(f"{stream.name}: this is {what}")
    if head.startswith(b"PAR1") and b"\0" in head:           # without, it is a word of a text
        raise VectorFileError(f"{stream.name}: this is a Parquet file")
    size = _HEAD
    while len(head) == size < _LONGEST_HEAD and b"\n" not in head and b"\0" not in head:
        size *= 4
        head = stream.peek(size)
    is_all = len(head) < size
    lines = without_blank_lines(head.removeprefix(BOM)).split(b"\n")
    found = parse_header(lines[0])
    if found is None:
        if b"\0" in head or not _numbers_in(lines[0], is_all or len(lines) > 1):
            raise VectorFileError(f"{stream.name}: no format that lexarray knows: the file begins with {head[:40]!r}; "
                                  f"format= forces one")
        return "glove"
    # In a text, the row after the header ends in numbers.
    line = next((line for line in lines[1:] if line.strip(b" \t\r")), b"")
    is_whole = is_all or line is not lines[-1]
    n = _numbers_in(line, is_whole)
    if n >= (found[1] if is_whole else max(1, len(fields_of(line)) - 2)) > 0:
        return "word2vec-text"
    # Either binary, or a text that is wrong.
    if _is_binary(head, *found, n == 0) or n < len(fields_of(line)) - 1 and line.strip(_PRINTABLE):
        return "word2vec-binary"
    return "word2vec-text"


def _numbers_in(line, is_whole):
    # How many numbers a line ends in; the last field of one that is cut off may be part of one.
    return n_numbers(line if is_whole else line[:max(line.rfind(b" "), line.rfind(b"\t"), 0)])


def _is_binary(head, n_rows, size, may_be_text):
    # Whether rows of a word and float32 numbers follow the header, with bytes that a text does not have.
    at = head.find(b"\n") + 1
    for _ in range(n_rows):
        while head[at:at + 1] == b"\n":
            at += 1
        space = head.find(b" ", at, at + LONGEST_KEY)
        if space < 0:
            return False
        numbers = head[space + 1:space + 1 + 4 * size]
        if numbers.translate(None, _TEXT):
            return True
        at = space + 1 + 4 * size
    # Nothing but text, yet the rows are just as many and as long as the header says.
    return may_be_text and at <= len(head) and not head[at:].strip(b"\r\n")
