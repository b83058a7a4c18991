"""Which format a file is of, by its first bytes."""

from lexarray.errors import VectorFileError
from lexarray.vectors.io.word2vec_text import BOM, n_numbers, parse_header

FORMATS = ("lexarray", "word2vec-text", "word2vec-binary", "glove", "fasttext-bin")
_HEAD = 1 << 16

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
    lines = head.removeprefix(BOM).split(b"\n")
    found = parse_header(lines[0])
    if found is None:
        if b"\0" in head or not n_numbers(lines[0]):
            raise VectorFileError(f"{stream.name}: no format that lexarray knows: the file begins with {head[:40]!r}; "
                                  f"format= forces one")
        return "glove"
    # In a binary file, what follows the header is a word and, soon, bytes that no number is written with.
    if len(lines) < 2 or not lines[1].strip():
        return "word2vec-text"
    fields = lines[1].split()
    whole = len(lines) > 2
    numbers = fields[1:] if whole else fields[1:len(fields) - 1]
    digits = b"0123456789+-.eEnaifNAIF"
    if numbers and all(not field.strip(digits) for field in numbers[-found[1]:]) and b"\0" not in lines[1]:
        return "word2vec-text"
    if not numbers and whole and b"\0" not in lines[1]:
        return "word2vec-text"
    return "word2vec-binary"
