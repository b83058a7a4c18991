"""Which format a file is of, by its first bytes."""

from lexarray.errors import VectorFileError
from lexarray.vectors.io.word2vec_text import BOM, fields_of, n_numbers, parse_header

FORMATS = ("lexarray", "word2vec-text", "word2vec-binary", "glove", "fasttext-bin")
_HEAD = 1 << 16
_PRINTABLE = bytes(range(32, 127)) + b"\t\r"

_OTHERS = (
    (b"PK\x03\x04", "a zip archive: unzip it, and load what is in it"),
    (b"\x80\x02}", "a pickle"), (b"\x80\x02c", "a pickle"), (b"\x80\x03", "a pickle"), (b"\x80\x04\x95", "a pickle"),
    (b"\x80\x05\x95", "a pickle"),
    (b"\x93NUMPY", "a NumPy array, without keys: KeyedVectors(d).add_vectors(keys, numpy.load(...)) makes a table of it"),
    (b"\x89HDF", "an HDF5 file"),
    (b"PAR1", "a Parquet file"),
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
    lines = head.removeprefix(BOM).lstrip(b" \t\r\n").split(b"\n")
    found = parse_header(lines[0])
    if found is None:
        if b"\0" in head or not n_numbers(lines[0]):
            raise VectorFileError(f"{stream.name}: no format that lexarray knows: the file begins with {head[:40]!r}; "
                                  f"format= forces one")
        return "glove"
    # In a text, the next line ends in numbers. In a binary file, what stands there is a word and other bytes.
    line = next((line for line in lines[1:] if line.strip(b" \t\r")), b"")
    fields = fields_of(line)
    if len(fields) < 2:
        return "word2vec-binary" if line.strip(_PRINTABLE) else "word2vec-text"
    whole = line is not lines[-1] or len(head) < _HEAD
    if n_numbers(line if whole else b" ".join(fields[:-1])) >= min(found[1], len(fields) - (1 if whole else 2)):
        return "word2vec-text"
    # Either binary, or a text that is wrong.
    if line.strip(_PRINTABLE) or len(head) < _HEAD and _is_binary(head, *found):
        return "word2vec-binary"
    return "word2vec-text"


def _is_binary(content, n_rows, size):
    # Whether the rows of a small file are just as many and as long as its header says.
    at = content.find(b"\n") + 1
    for _ in range(n_rows):
        space = content.find(b" ", at)
        at = space + 1 + 4 * size
        if space < 0 or at > len(content):
            return False
    return not content[at:].strip(b"\r\n")
