"""A file of blocks that is appended to: an Arrow IPC file, its reader beside its writer. Knows nothing of documents.

Layout::

    "ARROW1" and two zeros
    the schema, a message of Arrow's
    blocks: messages of Arrow's, a record batch each, with metadata "first" (how many rows come before it) and "crc32" (of the
        whole message, as if this value were eight zeros; eight hexadecimal digits)
    while a writer has the file open, or if it was killed, nothing more; else what makes it a file that every reader of
        Arrow IPC opens: ff ff ff ff 00 00 00 00, a footer that lists the blocks, its length, "ARROW1"

A block is written by one call, after the last one, and never changed, so that readers need no lock: what they know stays where
it is. A footer is cut off before something is appended. A file without a footer is read by going from block to block, which
tells where it ends; what is behind the last whole block is what a writer had not written when it was killed.
"""

import os
import struct
import warnings
from threading import Lock
from typing import IO, Any, NamedTuple
from zlib import crc32

from lexarray.corpus.flat_buffers import CONTINUATION, MessageInfo, make_footer, read_footer, read_message
from lexarray.errors import CorpusError

_MAGIC = b"ARROW1"
_HEAD = _MAGIC + b"\0\0"
_END = CONTINUATION + bytes(4)
_NO_CRC = "0" * 8
_MOST_METADATA = 1 << 24        # bytes: some hundreds are usual
#: A block that becomes smaller than that when it is compressed is not compressed, and one that claims to is not read: so
#: that few bytes never become many.
_MOST_RATIO = 500
_FREE = 1 << 26                 # bytes that a block may have whatever it was compressed to


class BlockPlace(NamedTuple):
    """Where a block is."""

    offset: int
    n_metadata: int
    n_body: int

    @property
    def end(self) -> int:
        """The offset of what comes after it."""
        return self.offset + self.n_metadata + self.n_body


def load_arrow() -> Any:
    """The module pyarrow.

    Raises:
        ImportError: it is not there; names the extra.
    """
    try:
        import pyarrow
    except ImportError:
        raise ImportError("a Corpus is an Arrow file, which needs pyarrow: pip install 'lexarray[arrow]'") from None
    return pyarrow


class BlockFile:
    """The blocks of a file, for any number of threads. Nothing is kept of them but where they are.

    Args:
        path: the file.
        schema: of the blocks, with the version in its metadata.
        version_key: the key of the version, which tells files of this kind.

    Attributes:
        name (str): the path.
        places (list[BlockPlace]): of each block.
        n_torn (int): bytes behind the last block that a killed writer has left.
        is_closed (bool): the file had a footer when it was opened: no writer has it open.

    Raises:
        CorpusError: the file is none of this kind, is damaged, or is of another version.
        OSError: it cannot be read.
    """

    def __init__(self, path: str | os.PathLike[str], schema: Any, version_key: bytes) -> None:
        self.name = os.fspath(path)
        self.schema = schema
        self._lock = Lock()
        self._file = open(path, "rb", buffering=0)
        try:
            self._read_schema(version_key)
            self.places: list[BlockPlace] = []
            self._rows: dict[int, tuple[int, int]] = {}
            self.refresh()
        except BaseException:
            self._file.close()
            raise

    def _error(self, message: object) -> CorpusError:
        return CorpusError(f"{self.name}: {message}")

    def _read_at(self, offset: int, n: int) -> bytes:
        # So many bytes, or fewer where the file ends. A mapping would save a copy, and kill the process if the file is cut.
        with self._lock:
            self._file.seek(offset)
            parts = []
            while n:
                part = self._file.read(n)
                if not part:
                    break
                parts.append(part)
                n -= len(part)
        return b"".join(parts)

    def _size(self) -> int:
        return os.fstat(self._file.fileno()).st_size

    def _read_schema(self, key: bytes) -> None:
        pyarrow = load_arrow()
        head = self._read_at(0, 16)
        if not head.startswith(_HEAD) or head[8:12] != CONTINUATION:
            raise self._error("this is no corpus: it does not begin as an Arrow file")
        length = int.from_bytes(head[12:], "little")
        data = self._read_at(8, 8 + length) if length <= _MOST_METADATA else b""
        try:
            if len(data) < 8 + length or length == 0:
                raise ValueError("it ends within the schema")
            schema = pyarrow.ipc.read_schema(pyarrow.py_buffer(data))
        except (ValueError, OSError, pyarrow.ArrowException) as error:
            raise self._error(f"its schema, at byte 8, is damaged: {error}") from None
        found, version = (schema.metadata or {}).get(key), self.schema.metadata[key]
        if found != version:
            raise self._error("this is an Arrow file, but no corpus" if found is None else
                              f"the corpus is of version {found.decode(errors='replace')!r:.80}; this reads {version.decode()!r}")
        if not schema.equals(self.schema):
            raise self._error(f"its columns are not those of a corpus, or its schema, at byte 8, is damaged: {schema}")
        self._start = 16 + length

    # ---- where the blocks are ----

    def refresh(self) -> None:
        """Find what was appended since."""
        size = self._size()
        known = self.places[-1].end if self.places else self._start
        self.is_closed = self._read_footer(size)
        if not self.is_closed:
            self._scan(known, self._size())

    def _read_footer(self, size: int) -> bool:
        tail = self._read_at(max(size - 10, 0), 10)
        if len(tail) < 10 or tail[4:] != _MAGIC:
            return False
        length = int.from_bytes(tail[:4], "little")
        start = size - 10 - length
        if start < self._start + len(_END):
            return False
        data = self._read_at(start, length)
        try:
            places = [BlockPlace(*block) for block in read_footer(data)]
        except (ValueError, struct.error):
            return False
        end = self._start
        for place in places:
            if place.offset != end or place.n_metadata <= 8 or place.n_body < 0:
                return False
            end = place.end
        if end + len(_END) != start or self._read_at(end, len(_END)) != _END or self._size() != size:
            return False
        self.places = places
        self.n_torn = 0
        return True

    def _scan(self, at: int, size: int) -> None:
        # From block to block. Blocks come in one by one, so that what is behind the last whole one is part of one.
        self.n_torn = 0
        while at < size:
            head = self._read_at(at, 8)
            if head == _END:                    # of a footer that is being written, cut off, or damaged
                return
            length = int.from_bytes(head[4:], "little")
            if len(head) < 8 or not any(head) or head[:4] == CONTINUATION and at + 8 + length > size:
                self.n_torn = size - at
                return
            try:
                if head[:4] != CONTINUATION or not 0 < length <= _MOST_METADATA:
                    raise ValueError("no message begins there")
                info = read_message(self._read_at(at + 8, length))
            except (ValueError, struct.error) as error:
                raise self._error(f"block {len(self.places):,}, at byte {at:,}, is damaged: {error}") from None
            place = BlockPlace(at, 8 + length, info.body_length)
            if place.end > size:
                self.n_torn = size - at
                return
            self.places.append(place)
            at = place.end

    # ---- what is in them ----

    def _message(self, number: int, data: bytes) -> MessageInfo:
        # Of a block, of which there are at least the metadata.
        place = self.places[number]
        if data[:8] != CONTINUATION + (place.n_metadata - 8).to_bytes(4, "little"):
            raise ValueError("no message begins there")
        info = read_message(data[8:place.n_metadata])
        if info.body_length != place.n_body:
            raise ValueError(f"a body of {info.body_length:,} bytes, not {place.n_body:,}")
        return info

    def rows(self, number: int) -> tuple[int, int]:
        """How many rows come before a block, and how many it has.

        Raises:
            CorpusError: the block is damaged.
        """
        found = self._rows.get(number)
        if found is None:
            place = self.places[number]
            data = self._read_at(place.offset, min(place.n_metadata, _MOST_METADATA))
            try:
                info = self._message(number, data)
                start, length = info.metadata.get(b"first", (0, 0))
                digits = data[8 + start:8 + start + length]
                if not digits.isdigit() or length > 19 or info.n_rows < 1:
                    raise ValueError("it does not say how many documents come before it, or are in it")
            except (ValueError, struct.error) as error:
                raise self._damaged(number, error) from None
            found = self._rows[number] = int(digits), info.n_rows
        return found

    def _damaged(self, number: int, error: Exception) -> CorpusError:
        return self._error(f"block {number:,}, at byte {self.places[number].offset:,}, is damaged: {error}")

    def read(self, number: int) -> Any:
        """The record batch of a block.

        Raises:
            CorpusError: it is damaged.
        """
        pyarrow = load_arrow()
        place = self.places[number]
        data = self._read_at(place.offset, place.n_metadata + place.n_body)
        try:
            if len(data) < place.n_metadata + place.n_body:
                raise ValueError(f"the file ends within it, after {len(data):,} of {place.n_metadata + place.n_body:,} bytes")
            info = self._message(number, data)
            start, length = info.metadata.get(b"crc32", (0, 0))
            if length != 8 or data[8 + start:16 + start] != _crc(data, 8 + start, place.n_metadata):
                raise ValueError("its checksum is wrong")
            _check_sizes(memoryview(data)[place.n_metadata:], info)
            batch = pyarrow.ipc.read_record_batch(pyarrow.py_buffer(data), self.schema)
            batch.validate(full=True)
        except (ValueError, struct.error, OSError, pyarrow.ArrowException) as error:
            raise self._damaged(number, error) from None
        return batch

    def close(self) -> None:
        """Close the file. What was read stays."""
        self._file.close()


def _crc(data: bytes, start: int, n_metadata: int) -> bytes:
    # Of a message in whose metadata eight digits begin at `start`.
    head = data[:start] + _NO_CRC.encode() + data[start + 8:n_metadata]
    return b"%08x" % crc32(memoryview(data)[n_metadata:], crc32(head))


def _check_sizes(body: memoryview, info: MessageInfo) -> None:
    # The buffers lie in the body, and what they claim to become is no more than what a writer would have compressed.
    claimed = 0
    for offset, length in info.buffers:
        if offset < 0 or length < 0 or offset + length > len(body):
            raise ValueError(f"a part of {length:,} bytes at byte {offset:,} of {len(body):,}")
        if info.is_compressed and length >= 8:
            claimed += max(0, int.from_bytes(body[offset:offset + 8], "little", signed=True))
    if claimed > max(_FREE, _MOST_RATIO * len(body)):
        raise ValueError(f"{len(body):,} bytes claim to become {claimed:,}")


class BlockAppender:
    """Appends blocks to a file, which is made if there is none. One at a time for each file.

    Args:
        path: the file.
        schema: of the blocks, with the version in its metadata.
        version_key: the key of the version.

    Raises:
        CorpusError: the file is none of this kind, of another schema, is damaged, or somebody is appending to it.
        OSError: it cannot be written.

    Warns:
        RuntimeWarning: a killed writer has left part of a block, which was cut off.
    """

    def __init__(self, path: str | os.PathLike[str], schema: Any, version_key: bytes) -> None:
        pyarrow = load_arrow()
        self.name = os.fspath(path)
        self._schema = schema
        self._places: list[BlockPlace] = []
        self._schema_message = schema.serialize().to_pybytes()
        self.n_rows = 0
        self._file: IO[bytes] = open(path, "ab", buffering=0)
        try:
            _lock(self._file, self.name)
            size = os.fstat(self._file.fileno()).st_size
            # What was made and not begun is as if it were not there.
            if size < 8 + len(self._schema_message) and (_HEAD + self._schema_message).startswith(_beginning(path, size)):
                self._file.truncate(0)
                self._write(_HEAD + self._schema_message)
                self._end = 8 + len(self._schema_message)
            else:
                self._continue(BlockFile(path, schema, version_key))
        except BaseException:
            self._file.close()
            raise
        sink = pyarrow.BufferOutputStream()
        pyarrow.ipc.new_file(sink, schema).close()
        empty = sink.getvalue().to_pybytes()
        self._empty_footer = empty[-10 - int.from_bytes(empty[-10:-6], "little"):-10]

    def _continue(self, found: BlockFile) -> None:
        try:
            self._places = found.places
            self._end = self._places[-1].end if self._places else found._start
            if self._places:
                last = len(self._places) - 1
                found.read(last)
                self.n_rows = sum(found.rows(last))
            if found.n_torn:
                warnings.warn(f"{self.name}: the last {found.n_torn:,} bytes are part of a block whose writer was killed; they "
                              f"were cut off", RuntimeWarning, stacklevel=4)
            self._file.truncate(self._end)
        finally:
            found.close()

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._file.write(view):]

    def append(self, batch: Any) -> None:
        """Write a record batch. Readers see it from then on. If that fails, the file is as before."""
        message = self._message(batch, "zstd")
        compressed, raw = len(message), sum(array.get_total_buffer_size() for array in batch.columns)
        if raw > max(_FREE, _MOST_RATIO * compressed) // 2:
            message = self._message(batch, None)
        n_metadata = 8 + int.from_bytes(message[4:8], "little")
        info = read_message(bytes(message[8:n_metadata]))
        start = 8 + info.metadata[b"crc32"][0]
        message[start:start + 8] = _crc(bytes(message), start, n_metadata)
        try:
            self._write(message)
        except BaseException:
            self._file.truncate(self._end)
            raise
        self._places.append(BlockPlace(self._end, n_metadata, len(message) - n_metadata))
        self._end += len(message)
        self.n_rows += batch.num_rows

    def _message(self, batch: Any, codec: str | None) -> bytearray:
        pyarrow = load_arrow()
        sink = pyarrow.BufferOutputStream()
        options = pyarrow.ipc.IpcWriteOptions(compression=codec)
        with pyarrow.ipc.new_stream(sink, self._schema, options=options) as stream:
            stream.write_batch(batch, custom_metadata={"first": str(self.n_rows), "crc32": _NO_CRC})
        return bytearray(sink.getvalue())[len(self._schema_message):-len(_END)]

    def sync(self) -> None:
        """Wait until all that was appended is on the disk."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Write the footer, and close the file."""
        if self._file.closed:
            return
        try:
            footer = make_footer(self._empty_footer, [tuple(place) for place in self._places])
            self._write(_END + footer + len(footer).to_bytes(4, "little") + _MAGIC)
            self.sync()
        finally:
            self._file.close()


def _beginning(path: str | os.PathLike[str], n: int) -> bytes:
    with open(path, "rb") as file:
        return file.read(n)


def _lock(file: IO[bytes], name: str) -> None:
    # So that there is one writer. It ends with the process that has it.
    try:
        import fcntl
    except ImportError:                         # Windows
        import msvcrt

        try:
            file.seek(1 << 62)                # a byte that nobody reads
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            raise CorpusError(f"{name}: somebody is appending to it") from None
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CorpusError(f"{name}: somebody is appending to it") from None
