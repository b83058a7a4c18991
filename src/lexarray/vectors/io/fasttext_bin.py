"""fastText's binary models (``.bin``), of words or of a classifier: their reader. All is little-endian.

    int32 magic, version            793712314 and 11 or 12; models from before 2017 have neither
    int32 dim ws epoch minCount neg wordNgrams loss model bucket minn maxn lrUpdateRate, float64 t
                                    model: 1 cbow, 2 skipgram, 3 supervised
    int32 size nwords nlabels, int64 ntokens
    int64 pruneidx_size             -1 unless the model is quantised; not in models from before 2017
    size entries                    word, NUL, int64 count, int8 type: 0 for words, which come first, 1 for labels
    int8 quantised                  not in models from before 2017
    int64 m n, m x n float32        one row a word, then one a bucket of n-grams
    int8 quantised, int64 m n, m x n float32    the output layer, which says nothing of words

What decides a word's vector, as fastText itself shows: it is the mean of the word's own row and those of its n-grams
(see :mod:`lexarray.vectors.subwords`). The end of a sentence, ``</s>``, has no n-grams, but had in models from before
2017. Classifiers of version 11 and before have none at all. A bucket also holds n-grams of words if wordNgrams is
above 1; without n-grams of characters (maxn 0) no vector of a word needs the buckets, so they are left out.
"""

import re
import struct
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from lexarray.errors import VectorFileError
from lexarray.vectors.io.parts import ON_DUPLICATE, Parts, decoded, is_plain
from lexarray.vectors.keys import KeyTable
from lexarray.vectors.subwords import LONGEST, Subwords
from lexarray.threads import usable_cores

MAGIC = 793712314
END_OF_SENTENCE = "</s>"
CBOW, SKIPGRAM, SUPERVISED = 1, 2, 3
BLOCK = 1 << 20             # bytes of the dictionary, and of a matrix, at a time
WIDEST = 1 << 24            # numbers a row; more are taken for damage
LONGEST_WORD = 1 << 26      # bytes; more are taken for damage
UNSURE = 1 << 26            # bytes that are allocated on the word of a file whose size is not known
_ENTRY = re.compile(rb"([^\0]*)\0(.{8})(.)|(.+)", re.DOTALL)      # the last: an entry that is not whole
_ARGUMENTS = ("dim", "ws", "epoch", "minCount", "neg", "wordNgrams", "loss", "model", "bucket", "minn", "maxn",
              "lrUpdateRate")


def read(stream, *, limit=None, dtype=np.float32, encoding="utf-8", errors="strict", on_duplicate="raise"):
    """Read the words' vectors and the rows of n-grams.

    Args:
        stream (Stream): the file.
        limit (int): keep only so many words; the rows of n-grams are kept all.
        dtype: of the matrices.
        encoding, errors (str): of the words, as in ``bytes.decode``.
        on_duplicate (str): what to do with a word that comes again, as it may when ``errors`` mends broken words:
            "raise", keep the "first" or the "last" row. Either needs the words' rows twice, if there is such a word.

    Returns:
        Parts: with the attribute "count", with ``others["vectors_ngrams"]`` (bucket x d), and with metadata "min_n",
        "max_n", and "bare", the word that has no n-grams, if there is one.

    Raises:
        VectorFileError: what is wrong, with file and byte offset.

    Cost: no memory but for what is returned; one pass through the file, and one more through the n-grams' rows.
    """
    if sys.byteorder != "little":
        raise NotImplementedError("fastText's binary files are little-endian, and this machine is not")
    version, arguments = _read_arguments(stream)
    n_entries, n_words = _read_sizes(stream, version)
    wanted = n_words if limit is None else min(n_words, limit)
    dictionary = _Dictionary(stream, wanted, encoding, errors, on_duplicate)
    _read_dictionary(stream, n_entries, n_words, dictionary)
    keys, counts = dictionary.keys, np.concatenate([np.empty(0, np.int64), *dictionary.counts])
    if version:
        _check_plain_matrix(stream)
    size, bucket = arguments["dim"], arguments["bucket"]
    at = stream.offset
    n_rows, n_columns = _read_numbers(stream, "<qq", "the shape of the matrix")
    if n_rows != n_words + bucket or n_columns != size:
        raise _error(stream, at, f"a matrix of {n_rows:,} x {n_columns:,} numbers, where {n_words:,} words and {bucket:,} "
                                 f"buckets of {size:,} numbers should be")
    min_n, max_n = arguments["minn"], arguments["maxn"]
    if arguments["model"] == SUPERVISED and version < 12:
        max_n = 0
    has_ngrams = bucket > 0 and max(1, min_n) <= max_n
    vectors = _read_matrix(stream, wanted, size, dtype, dictionary.name)
    _skip(stream, (n_words - wanted) * size * 4, "the rows of words")
    if len(keys) < wanted:
        rows = dictionary.rows()
        vectors, counts = vectors[rows], counts[rows]
    if has_ngrams:
        ngrams = _read_matrix(stream, bucket, size, dtype, lambda row: f"the n-grams' bucket {row:,}")
    else:
        _skip(stream, bucket * size * 4, "the rows of n-grams")
        ngrams = np.empty((0, size), dtype)
    _skip_output(stream, version)
    metadata = {"min_n": str(min_n), "max_n": str(max_n)}
    if version:
        metadata["bare"] = END_OF_SENTENCE
    if has_ngrams:
        bare = keys.index(END_OF_SENTENCE) if version else -1
        _compose(Subwords(ngrams, min_n, max_n), keys, vectors, bare)
    return Parts(keys, vectors, expandos={"count": counts}, metadata=metadata, others={"vectors_ngrams": ngrams})


def _error(stream, offset, what, advice="the file is damaged or cut off: fetch or write it anew"):
    return VectorFileError(f"{stream.name}, byte {offset:,}: {what}; {advice}")


def _read_numbers(stream, form, what):
    at, size = stream.offset, struct.calcsize(form)
    data = stream.read(size)
    if len(data) < size:
        raise _error(stream, at, f"the file ends in {what}")
    return struct.unpack(form, data)


def _read_arguments(stream):
    # The version (0: from before there were any), and name -> number.
    head = stream.peek(4)
    version = 0
    if head == MAGIC.to_bytes(4, "little"):
        _, version = _read_numbers(stream, "<ii", "the version")
        if version not in (11, 12):
            raise _error(stream, 4, f"the file is of version {version}; 11 and 12 are known",
                         "write the words' vectors as text with the fastText that made it")
    at = stream.offset
    arguments = dict(zip(_ARGUMENTS, _read_numbers(stream, "<12i", "the arguments"), strict=True))
    t, = _read_numbers(stream, "<d", "the arguments")
    limits = {name: 0x7FFFFFFF for name in _ARGUMENTS} | {"dim": WIDEST, "model": SUPERVISED, "minn": LONGEST,
                                                         "maxn": LONGEST}
    for i, (name, number) in enumerate(arguments.items()):
        if not (name in ("dim", "model")) <= number <= limits[name]:
            if not version:
                raise VectorFileError(f"{stream.name}, byte 0: no binary model of fastText, which would begin with "
                                      f"{MAGIC.to_bytes(4, 'little')!r}: it begins with {head!r}; "
                                      f"KeyedVectors.load recognises other formats")
            raise _error(stream, at + 4 * i, f"{name} is {number:,}")
    if not 0 <= t <= 1e9:
        raise _error(stream, at + 48, f"t is {t}")
    return version, arguments


def _read_sizes(stream, version):
    # How many entries the dictionary has, and how many of them are words.
    at = stream.offset
    n_entries, n_words, n_labels, n_tokens = _read_numbers(stream, "<iiiq", "the sizes of the dictionary")
    if min(n_entries, n_words, n_labels, n_tokens) < 0 or n_words + n_labels != n_entries:
        raise _error(stream, at, f"a dictionary of {n_entries:,} entries for {n_words:,} words and {n_labels:,} labels, "
                                 f"made of {n_tokens:,} tokens")
    if version:
        pruned, = _read_numbers(stream, "<q", "the number of n-grams")
        if pruned != -1:
            raise _error(stream, at + 20, f"the n-grams are pruned to {pruned:,}, as in quantised models (.ftz)", _QUANTISED)
    if stream.size is not None and n_entries * 10 > stream.size - stream.offset:
        raise _error(stream, at, f"a dictionary of {n_entries:,} entries takes at least {n_entries * 10:,} bytes, but "
                                 f"{stream.size - stream.offset:,} follow")
    return n_entries, n_words


_QUANTISED = ("lexarray reads plain models only: load the .bin that it was made of, or have fastText write the vectors of "
              "the words you need as text (fasttext print-word-vectors)")


def _check_plain_matrix(stream):
    at = stream.offset
    flag, = _read_numbers(stream, "<b", "the dictionary")
    if flag == 1:
        raise _error(stream, at, "the model is quantised (.ftz)", _QUANTISED)
    if flag:
        raise _error(stream, at, f"0 or 1 should say whether the matrix is quantised, not {flag}")


class _Dictionary:
    # The words that are wanted: keys, counts, and which came twice.

    def __init__(self, stream, wanted, encoding, errors, on_duplicate):
        if on_duplicate not in ON_DUPLICATE:
            raise ValueError(f"on_duplicate: one of {', '.join(ON_DUPLICATE)} is needed, not {on_duplicate!r:.80}")
        self.stream, self.wanted, self.encoding, self.errors = stream, wanted, encoding, errors
        self.on_duplicate = on_duplicate
        self.n_read = 0
        self.keys = KeyTable()
        self.counts = []
        self.again = {}                     # row in the file -> the row of the same key in the table
        if stream.size is not None:
            self.keys.reserve(wanted)

    def add(self, words, counts, place):
        """Append words, and their counts as bytes."""
        n = min(len(words), self.wanted - self.n_read)
        if n < 1:
            return
        text, starts, ends = self._as_utf8(words[:n], place)
        first = 0
        while first < n:
            first = self.keys.add_bytes(text, starts, ends, first)
            if first < n:
                key = bytes(text[starts[first]:ends[first]]).decode("utf-8", "surrogatepass")
                row = self.keys.index(key)
                if self.on_duplicate == "raise":
                    raise VectorFileError(f"{self.stream.name}, {place(first)}: the word {key!r:.80} has come already, as word "
                                          f"{row + 1:,}; on_duplicate='first' or 'last' keeps one of the rows, and "
                                          f"unicode_errors='surrogateescape' keeps broken words apart")
                self.again[self.n_read + first] = row
                first += 1
        self.counts.append(np.frombuffer(b"".join(counts[:n]), "<i8"))
        self.n_read += n

    def _as_utf8(self, words, place):
        # As a block, and where each word is in it.
        ends = np.cumsum([len(word) for word in words], dtype=np.int64)
        starts = ends - [len(word) for word in words]
        text = np.frombuffer(b"".join(words) or b"\0", np.uint8)
        if is_plain(self.encoding, self.errors):
            try:
                b"\0".join(words).decode()      # NUL is part of no longer sequence, so this checks each
                return text, starts, ends
            except UnicodeDecodeError:
                pass
        try:
            return decoded(self.stream.name, text, starts, ends, place, self.encoding, self.errors)
        except VectorFileError as error:
            raise VectorFileError(f"{error}; try another encoding=, or unicode_errors='surrogateescape', which keeps all "
                                  f"words apart") from None

    def name(self, row):
        """Which word a row in the file is of, for messages."""
        row = self.again.get(row, row - sum(again < row for again in self.again))
        return f"the word {self.keys[row]!r:.80}"

    def rows(self):
        """The row in the file of each row in the table."""
        rows = np.setdiff1d(np.arange(self.wanted), list(self.again), assume_unique=True)
        if self.on_duplicate == "last":
            for again, row in self.again.items():
                rows[row] = again
        return rows


def _read_dictionary(stream, n_entries, n_words, dictionary):
    # Entries that are not wanted are checked and dropped.
    done, block_size = 0, BLOCK
    while done < n_entries:
        block = stream.peek(block_size)
        entries = _ENTRY.findall(block)
        if entries and entries[-1][3]:
            entries.pop()
        entries = entries[:n_entries - done]
        if not entries:
            if len(block) < block_size:
                stream.read(len(block) + 1)             # raises if the file is compressed and damaged here
                raise _error(stream, stream.offset, f"the file ends in entry {done + 1:,} of the {n_entries:,} of the "
                                                    f"dictionary: {block[:40]!r}")
            if block_size >= LONGEST_WORD:
                raise _error(stream, stream.offset, f"entry {done + 1:,} of the dictionary does not end: {block[:40]!r}")
            block_size *= 2
            continue
        words, counts, types, _ = zip(*entries, strict=True)
        ends = np.cumsum([len(word) + 10 for word in words], dtype=np.int64)
        starts = ends - 10 - [len(word) for word in words]

        def _place(i, base=stream.offset, starts=starts):
            return f"byte {base + int(starts[i]):,}"

        _check_entries(stream, words, counts, types, done, n_words, _place)
        dictionary.add(words, counts, _place)
        stream.read(int(ends[-1]))
        done += len(words)
        block_size = BLOCK


def _check_entries(stream, words, counts, types, done, n_words, place):
    expected = (np.arange(done, done + len(words)) >= n_words).astype(np.uint8)
    wrong = np.frombuffer(b"".join(types), np.uint8) != expected
    if wrong.any():
        i = int(wrong.argmax())
        raise VectorFileError(f"{stream.name}, {place(i)}: entry {done + i + 1:,} of the dictionary, {words[i]!r:.80}, is of "
                              f"type {types[i][0]}, where there should be {n_words:,} words (0), then labels (1); the file "
                              f"is damaged: fetch or write it anew")
    negative = np.frombuffer(b"".join(counts), "<i8") < 0
    if negative.any():
        i = int(negative.argmax())
        raise VectorFileError(f"{stream.name}, {place(i)}: the word {words[i]!r:.80} is said to have come "
                              f"{int.from_bytes(counts[i], 'little', signed=True):,} times; the file is damaged: fetch or "
                              f"write it anew")


def _read_matrix(stream, n_rows, size, dtype, what):
    # A new matrix, filled from the file block by block: straight into its place if the numbers are to stay float32.
    at, row_bytes = stream.offset, 4 * size
    total = n_rows * row_bytes
    if stream.size is None:
        room = min(n_rows, max(1, UNSURE // row_bytes))
    elif total > stream.size - at:
        raise _error(stream, at, f"{n_rows:,} rows of {size:,} numbers take {total:,} bytes, but {stream.size - at:,} follow")
    else:
        room = n_rows
    try:
        matrix = np.empty((room, size), dtype)
        step = max(1, BLOCK // row_bytes)
        scratch = None if matrix.dtype == np.float32 else np.empty((min(step, n_rows), size), np.float32)
        finite = np.empty((min(step, n_rows), size), bool)
        for first in range(0, n_rows, step):
            last = min(first + step, n_rows)
            if last > len(matrix):
                # In place: realloc moves pages, not bytes. Nobody else has seen the array.
                matrix.resize((min(n_rows, max(last, 2 * len(matrix))), size), refcheck=False)
            target = matrix[first:last]
            block = target if scratch is None else scratch[:last - first]
            n = stream.readinto(block)
            if n < block.nbytes:
                raise _error(stream, stream.offset, f"the file ends in the row of {what(first + n // row_bytes)}")
            if scratch is not None:
                with np.errstate(over="ignore"):
                    target[:] = block
            np.isfinite(target, out=finite[:last - first])
            if not finite[:last - first].all():
                i, j = (int(number) for number in np.argwhere(~finite[:last - first])[0])
                raise _error(stream, at + (first + i) * row_bytes + 4 * j,
                             f"number {j} in the row of {what(first + i)} is {block[i, j]}"
                             + (f", which is too large for {target.dtype}" if np.isfinite(block[i, j]) else ""))
    except MemoryError:
        raise MemoryError(f"{stream.name}: no memory for {n_rows:,} rows of {size:,} numbers in {np.dtype(dtype)}") from None
    return matrix


def _skip(stream, n_bytes, what):
    # Through the data, so that a file that is cut off there is found out.
    if stream.size is not None and n_bytes > stream.size - stream.offset:
        raise _error(stream, stream.offset, f"{what} take {n_bytes:,} bytes, but {stream.size - stream.offset:,} follow")
    scratch = bytearray(min(n_bytes, BLOCK))
    while n_bytes:
        n = stream.readinto(memoryview(scratch)[:n_bytes])
        n_bytes -= n
        if n_bytes and not n:
            raise _error(stream, stream.offset, f"the file ends in {what}")


def _skip_output(stream, version):
    # No vector of a word needs it, but a file in which it is not whole is not whole.
    if version:
        _check_plain_matrix(stream)
    at = stream.offset
    n_rows, n_columns = _read_numbers(stream, "<qq", "the shape of the output layer")
    if n_rows < 0 or n_columns < 0:
        raise _error(stream, at, f"an output layer of {n_rows:,} x {n_columns:,} numbers")
    _skip(stream, n_rows * n_columns * 4, "the output layer")
    rest = stream.peek(40)
    if rest:
        raise _error(stream, stream.offset, f"more follows the output layer: {rest!r}")


def _compose(subwords, keys, vectors, bare):
    # Own rows -> vectors, on all cores.
    text, offsets, _, _ = keys.arrays()
    n_threads = usable_cores()
    step = max(1, min(len(vectors) // n_threads, 1 << 14))
    with ThreadPoolExecutor(n_threads) as pool:
        for done in [pool.submit(subwords.compose, text, offsets, vectors, first, min(first + step, len(vectors)), bare)
                     for first in range(0, len(vectors), step)]:
            done.result()
