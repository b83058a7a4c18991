"""word2vec's binary format: its reader and its writer.

    400000 100\\n               header: number of rows, numbers a row, in decimal
    the <100 float32>           the word, a space, the numbers (little-endian); some writers put a newline
    of <100 float32>            after each row, and so newlines before a word are skipped
"""

import sys

import numpy as np

from lexarray.errors import VectorFileError
from lexarray.vectors.io._binary_rows import read_rows
from lexarray.vectors.io.parts import PartsBuilder, decoded, is_plain
from lexarray.vectors.io.word2vec_text import parse_header

BLOCK = 1 << 21             # bytes read at a time
LONGEST_HEADER = 64
LONGEST_KEY = 1 << 16      # bytes, less one
WIDEST = 1 << 24            # numbers a row; more are taken for damage
UNSURE = 1 << 24            # bytes that are allocated on the word of a file whose size is not known


def read(stream, *, limit=None, dtype=np.float32, encoding="utf-8", errors="strict", on_duplicate="raise", only=None):
    """Read a table.

    Args:
        stream (Stream): the file.
        limit (int): read only so many rows.
        dtype: of the matrix.
        encoding, errors (str): of the words, as in ``bytes.decode``.
        on_duplicate (str), only (KeyTable): see :class:`PartsBuilder`.

    Returns:
        Parts

    Raises:
        VectorFileError: what is wrong, with file and byte offset.
    """
    if sys.byteorder != "little":
        raise NotImplementedError("word2vec's binary files are little-endian, and this machine is not")
    head = stream.peek(LONGEST_HEADER)
    line, newline, _ = head.partition(b"\n")
    found = parse_header(line) if newline else None
    if found is None:
        raise VectorFileError(f"{stream.name}, byte 0: no header of two whole numbers and a newline: {line[:40]!r}; is the "
                              f"file of another format, or cut off?")
    n_rows, size = found
    if not 0 < size <= WIDEST:
        raise VectorFileError(f"{stream.name}, byte 0: the header says rows of {size:,} numbers")
    stream.read(len(line) + 1)
    row_bytes = 4 * size + 1                        # of a row with an empty word
    wanted = n_rows if limit is None else min(n_rows, limit)
    if stream.size is None:
        expected = min(wanted, 1024, max(1, UNSURE // row_bytes))
    elif wanted * row_bytes > stream.size - stream.offset:
        raise VectorFileError(f"{stream.name}, byte 0: the header says {n_rows:,} rows of {size:,} numbers; {wanted:,} take "
                              f"at least {wanted * row_bytes:,} bytes, but {stream.size - stream.offset:,} follow; the file "
                              f"is cut off, or the header is wrong: limit= reads what is there")
    else:
        expected = wanted
    builder = PartsBuilder(stream.name, size, dtype, expected, on_duplicate, only)
    plain = is_plain(encoding, errors)
    block = np.empty(max(BLOCK, row_bytes + (1 << 17)), np.uint8)
    most = min(wanted, len(block) // row_bytes + 1)
    rows = np.empty((most, size), np.float32)
    starts, ends = np.empty((2, most), np.int64)
    rest = 0                                        # bytes at the start of the block that have not been used
    at_end = False
    while builder.n_read < wanted:
        n_new = stream.readinto(block[rest:], partial=True)
        at_end = n_new == 0
        length = rest + n_new
        offset = stream.offset - length             # of the block in the file
        most = min(len(rows), wanted - builder.n_read)
        n, used, problem = read_rows(block, length, rows[:most], starts, ends, plain)

        def _place(i):
            return f"byte {offset + int(starts[i]):,}"

        text, key_starts, key_ends = block, starts[:n], ends[:n]
        if not plain:
            text, key_starts, key_ends = decoded(stream.name, block, key_starts, key_ends, _place, encoding, errors)
        total = stream.expected_size()
        builder.add(text, key_starts, key_ends, rows[:n], _place,
                    wanted if total is None else min(wanted, int((builder.n_read + n) * (total / max(1, offset + used)))))
        if problem:
            where, what = problem
            raise VectorFileError(f"{stream.name}, byte {offset + where:,}: {what}; the header says {n_rows:,} rows of {size:,} "
                                  f"numbers: if that is wrong, all after it is misread"
                                  + ("; or try another encoding=, or unicode_errors='replace'" if "UTF-8" in what else ""))
        if at_end and builder.n_read < wanted:
            raise VectorFileError(f"{stream.name}, byte {offset + used:,}: the header says {n_rows:,} rows, but the file ends "
                                  f"in row {builder.n_read:,}; it is cut off, or the header is wrong: "
                                  f"limit={builder.n_read} reads what is there")
        rest = length - used
        block[:rest] = block[used:length].copy()
    if wanted == n_rows:
        left = bytes(block[:rest]) + stream.read(LONGEST_HEADER)
        if left.strip(b"\r\n"):
            raise VectorFileError(f"{stream.name}: more follows the {n_rows:,} rows that the header says: {left[:40]!r}; mend "
                                  f"the header, or read with limit={n_rows}")
    return builder.finish()


def write(file, keys, vectors, rows, *, header=None, prefix=""):
    """Write rows, as float32, without newlines between them.

    Args:
        file: a binary file.
        keys (Sequence[str]): the key of each row of the table.
        vectors (float array): the table's rows.
        rows (int array): which, in which order.
        header (int): the number that the first line gives; None: no first line.
        prefix (str): put before each key.
    """
    size = vectors.shape[1]
    if header is not None:
        file.write(f"{header} {size}\n".encode())
    step = max(1, (1 << 20) // size)
    for first in range(0, len(rows), step):
        chosen = rows[first:first + step]
        numbers = vectors[chosen].astype("<f4", copy=False).tobytes()
        width = 4 * size
        file.write(b"".join(piece for at, i in enumerate(chosen.tolist())
                            for piece in ((prefix + keys[i]).encode(), b" ", numbers[at * width:(at + 1) * width])))
