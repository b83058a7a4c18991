"""word2vec's text format: its reader and its writer. GloVe's and fastText's ``.vec`` files are of this kind.

    400000 100\\n                   header: number of rows, numbers a row; GloVe has none
    the 0.418 0.24968 -0.41242 ... \\n
    New York 0.1 -2.5e-05 ...\\n

A row is a word, a space or tab, and its numbers, apart by spaces or tabs; the line may end in spaces and in ``\\r\\n``.
The last d fields are the numbers, so a word may contain spaces. Blank lines are skipped, and so is a byte order mark.
"""

import re
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from lexarray.errors import VectorFileError
from lexarray.vectors.io._text_rows import PADDING, count_lines, read_rows, write_rows
from lexarray.vectors.io.parts import PartsBuilder, decoded, is_plain
from lexarray.threads import checked_threads, usable_cores

BLOCK = 1 << 19             # bytes of text that a thread parses at a time
MOST_BLOCKS = 12            # in memory at once, however many threads there are
LONGEST_LINE = 1 << 28      # bytes; a longer one is taken for another format
BOM = b"\xef\xbb\xbf"
_NUMBER = re.compile(rb"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|infinity|nan(?:\(\w*\))?)", re.IGNORECASE)
_BLANK_LINES = re.compile(rb"(?:[ \t\r]*\n)*")


def read(stream, *, header=None, limit=None, dtype=np.float32, encoding="utf-8", errors="strict",
         on_duplicate="raise", only=None, threads=None):
    """Read a table.

    Args:
        stream (Stream): the file.
        header (bool): whether the first line is a header; None: it is if it is two whole numbers, and the second
            line's are as many as the second of them says.
        limit (int): read only so many rows.
        dtype: of the matrix.
        encoding, errors (str): of the words, as in ``bytes.decode``.
        on_duplicate (str), only (KeyTable): see :class:`PartsBuilder`.
        threads (int): how many parse; None: as many as the process may use.

    Returns:
        Parts

    Raises:
        VectorFileError: what is wrong, with file and line.
    """
    threads = min(checked_threads(threads) or usable_cores(), MOST_BLOCKS)
    blocks = _Blocks(stream)
    head = blocks.head()
    n_rows, size = _header(stream, head, header)
    if n_rows is not None:
        blocks.skip_line()
    expected = _expected(stream, n_rows, size, limit)
    builder = PartsBuilder(stream.name, size, dtype, expected, on_duplicate, only)
    plain = is_plain(encoding, errors)
    number_type = np.float32 if np.dtype(dtype) == np.float32 else np.float64

    def _parse(block, length):
        n_lines = count_lines(block, length)
        most = min(n_lines, length // (2 * size + 1) + 1)          # some may be blank
        rows = np.empty((most, size), number_type)
        starts, ends, lines = np.empty((3, most), np.int64)
        n, problem = read_rows(block, length, rows, starts, ends, lines, plain)
        return n_lines, rows[:n], starts[:n], ends[:n], lines[:n], problem

    wanted = n_rows if limit is None else limit if n_rows is None else min(n_rows, limit)
    first_line = blocks.line
    pending = deque()
    consumed, failure = 0, None
    with ThreadPoolExecutor(threads) as pool:
        try:
            more = True
            while more or pending:
                while more and len(pending) <= min(threads, MOST_BLOCKS - 1) and (limit is None or builder.n_read < limit):
                    try:
                        block, length = blocks.next()
                    except VectorFileError as error:        # after what stands before it
                        failure, length = error, 0
                    more = length > 0
                    if more:
                        pending.append((block, length, pool.submit(_parse, block, length)))
                if not pending:
                    break
                block, length, future = pending.popleft()
                n_lines, rows, starts, ends, lines, problem = future.result()
                n_rows_here = len(rows)
                room = len(rows) if wanted is None else min(len(rows), wanted - builder.n_read)

                def _place(i, lines=lines, at=first_line):
                    return f"line {at + int(lines[i]):,}"

                text, starts, ends = block, starts[:room], ends[:room]
                if not plain:
                    text, starts, ends = decoded(stream.name, block, starts, ends, _place, encoding, errors)
                consumed += length
                total = stream.expected_size()
                guess = None if total is None else int((builder.n_read + room) * (total / consumed)) + 1
                builder.add(text, starts, ends, rows[:room], _place,
                            wanted if guess is None else guess if wanted is None else min(guess, wanted))
                del rows
                if limit is not None and builder.n_read >= limit:
                    break
                if room < n_rows_here:
                    raise VectorFileError(f"{stream.name}, line {first_line + int(lines[room]):,}: a row more than the "
                                          f"{n_rows:,} that the header says; mend the header, or read with limit={n_rows}")
                if problem:
                    line, start, end, what = problem
                    raise VectorFileError(f"{stream.name}, line {first_line + line:,}: {what}"
                                          + _advice(what, encoding))
                first_line += n_lines
                blocks.give_back(block)
        finally:
            for _, _, future in pending:
                future.cancel()
    if failure is not None and (limit is None or builder.n_read < limit):
        raise failure
    if wanted is not None and builder.n_read < wanted and n_rows is not None and builder.n_read < n_rows:
        raise VectorFileError(f"{stream.name}: the header says {n_rows:,} rows, but the file ends after "
                              f"{builder.n_read:,}; it is cut off, or the header is wrong: limit={builder.n_read} reads "
                              f"what is there")
    return builder.finish()


def _advice(what, encoding):
    if what.endswith("is not UTF-8"):
        return "; try another encoding=, or unicode_errors='replace'"
    if "not finite" in what:
        return "; mend or remove the row, or try a larger datatype"
    return "; is the file cut off, or of another format?"


def _expected(stream, n_rows, size, limit):
    # For how many rows to make room, before anything is allocated.
    if n_rows is None:
        return 1 if limit is None else min(limit, 1)           # the first block shows more
    n_rows = n_rows if limit is None else min(n_rows, limit)
    if stream.size is None:
        return min(n_rows, 1)
    least = (n_rows if limit is None else min(1, n_rows)) * (2 * size + 1)      # " 0" for each number, and a newline
    if least > stream.size + 1:
        raise VectorFileError(f"{stream.name}, line 1: the header says {n_rows:,} rows of {size:,} numbers, which take at "
                              f"least {least:,} bytes, but the file has {stream.size:,}; it is cut off, or the header is "
                              f"wrong: limit= reads what is there")
    return min(n_rows, stream.size // (2 * size + 1) + 1)


def parse_header(line):
    """The two numbers of a header line (bytes), or None if it is none."""
    line = line.removeprefix(BOM)
    fields = fields_of(line)
    if line[:1] in (b" ", b"\t"):              # a row with an empty word
        return None
    if len(fields) != 2 or not all(field.isdigit() and len(field) < 19 for field in fields):
        return None
    return int(fields[0]), int(fields[1])


def fields_of(line):
    """The fields of a line (bytes): what stands between spaces and tabs."""
    return [field for field in line.replace(b"\t", b" ").rstrip(b" \r").split(b" ") if field]


def n_numbers(line):
    """How many fields at the end of a line (bytes) are numbers. The first field never counts."""
    fields = fields_of(line)
    if line[:1] in (b" ", b"\t"):
        fields.insert(0, b"")
    n = 0
    while n < len(fields) - 1 and _NUMBER.fullmatch(fields[len(fields) - 1 - n]):
        n += 1
    return n


def without_blank_lines(text):
    """A text (bytes) from its first line on that is not blank."""
    return text[_BLANK_LINES.match(text).end():]


def check_first(key, row):
    """Raise ValueError if a row, without a header before it, would be taken for something else.

    Args:
        key (str): its key, as it is written.
        row (float array, 1 x d): its numbers.
    """
    if key.startswith("\ufeff"):
        raise ValueError("the first key begins with a byte order mark, which is lost without a header: write one")
    if parse_header(key.encode() + _texts_of(row, {})[0].rstrip(b"\n")) is not None:
        raise ValueError(f"the first row, of {key!r:.40}, looks like a header: write one, or another row first")


def _header(stream, head, wanted):
    # The number of rows (None without a header) and of numbers a row.
    lines = head.split(b"\n")
    complete = [line for line in (lines if len(lines) < 2 else lines[:-1])
                if line.strip(b" \t\r")][:100]
    if not complete:
        raise VectorFileError(f"{stream.name}: the file is empty")
    found = parse_header(complete[0])
    counts = [n_numbers(line) for line in complete[1:]]
    if found is not None and wanted is None and counts and counts[0] < found[1] and Counter(counts).most_common(1)[0][0] == 1:
        found = None                    # a row like the others: a word that is a number, and a number
    if wanted and found is None:
        raise VectorFileError(f"{stream.name}, line 1: no header of two whole numbers: {complete[0][:60]!r}; "
                              f"no_header=True reads a file without one")
    if found is not None and wanted is not False:
        n_rows, size = found
        if size < 1:
            raise VectorFileError(f"{stream.name}, line 1: the header says rows of {size} numbers")
        if size > LONGEST_LINE // 2:
            raise VectorFileError(f"{stream.name}, line 1: the header says rows of {size:,} numbers, more than a line has")
        if len(counts) > 1 and counts[0] > size and len(set(counts)) == 1 and all(
                len(fields_of(line)) == counts[0] + 1 for line in complete[1:]):
            raise VectorFileError(f"{stream.name}, line 1: the header says rows of {size:,} numbers, but the rows have "
                                  f"{counts[0]:,}; mend the header")
        return n_rows, size
    # Rows whose words end in a number look longer by it, so go by what most rows have.
    sizes = Counter(n_numbers(line) for line in complete)
    size = max(sizes, key=lambda size: (sizes[size], -size))
    if size == 0:
        raise VectorFileError(f"{stream.name}, line 1: no row of a word and numbers: {complete[0][:60]!r}; is the file of "
                              f"another format?")
    return None, size


class _Blocks:
    # A stream as blocks of whole lines.

    def __init__(self, stream):
        self.stream = stream
        self.line = 1               # of the first line of the next block
        self._free = []
        self._rest = b""

    def head(self):
        """The first lines, which :meth:`next` gives again."""
        self._rest = self.stream.read(1 << 16, partial=True)
        while b"\n" not in self._rest:
            more = self.stream.read(len(self._rest), partial=True)
            self._rest += more
            if not more:
                break
            self._check(len(self._rest))
        self._rest = self._rest.removeprefix(BOM)
        return self._rest

    def skip_line(self):
        """Leave out the header, after :meth:`head`."""
        # The first line that is not blank.
        start = len(self._rest) - len(without_blank_lines(self._rest))
        stop = self._rest.find(b"\n", start)
        stop = len(self._rest) if stop < 0 else stop + 1
        self.line += self._rest.count(b"\n", 0, stop)
        self._rest = self._rest[stop:]

    def _check(self, length):
        if length > LONGEST_LINE:
            raise VectorFileError(f"{self.stream.name}, line {self.line:,}: more than {LONGEST_LINE:,} bytes without a "
                                  f"newline; is the file of another format?")

    def next(self):
        """A uint8 array and how many of its bytes are text; 0 at the end."""
        block = self._free.pop() if self._free else np.empty(BLOCK + PADDING, np.uint8)
        while True:
            n_rest = len(self._rest)
            room = len(block) - PADDING
            if n_rest > room:
                block, room = np.empty(2 * n_rest + PADDING, np.uint8), 2 * n_rest
            block[:n_rest] = np.frombuffer(self._rest, np.uint8)
            n = n_rest + self.stream.readinto(block[n_rest:room], partial=True)
            block[n:n + PADDING] = 10
            if n == n_rest < room:
                self._rest = b""
                return block, n
            cut = n - 1
            while cut >= 0 and block[cut] != 10:
                step = max(0, cut - 65536)
                found = np.flatnonzero(block[step:cut + 1] == 10)
                cut = step + int(found[-1]) if len(found) else step - 1
            if cut >= 0:
                self._rest = block[cut + 1:n].tobytes()
                block[cut + 1:cut + 1 + PADDING] = 10
                return block, cut + 1
            self._check(n)
            self._rest = block[:n].tobytes()
            if n == room:
                block = np.empty(2 * len(block), np.uint8)      # a longer line

    def give_back(self, block):
        """Let a block be used again."""
        if len(block) == BLOCK + PADDING:
            self._free.append(block)


def write(file, keys, vectors, rows, *, header=None, prefix=""):
    """Write rows.

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
    step = max(1, (1 << 18) // size)
    texts = {}
    for first in range(0, len(rows), step):
        chosen = rows[first:first + step]
        block = vectors[chosen]
        pieces = _texts_of(block, texts)
        file.write(b"".join(piece for i, numbers in zip(chosen.tolist(), pieces)
                            for piece in ((prefix + keys[i]).encode(), numbers)))


def _texts_of(rows, texts):
    # The text of each row, a space before it and a newline after it. `texts` keeps those of float16 numbers.
    if rows.dtype == np.float16:
        # The fewest digits of a float16 are those that tell it from its neighbours: NumPy knows them.
        bits = np.ascontiguousarray(rows).view(np.uint16).tolist()
        for row in bits:
            for number in set(row).difference(texts):
                texts[number] = b" %s" % str(np.uint16(number).view(np.float16)).encode()
        return [b"".join([texts[number] for number in row]) + b"\n" for row in bits]
    text, stops = write_rows(np.ascontiguousarray(rows))
    starts = [0, *stops[:-1].tolist()]
    return [text[start:stop] for start, stop in zip(starts, stops.tolist(), strict=True)]
