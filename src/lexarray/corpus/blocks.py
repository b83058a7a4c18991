"""A file of blocks that is appended to: an Arrow IPC file, its reader beside its writer. Knows nothing of documents.

Layout::

    "ARROW1" and two zeros
    the schema, a message of Arrow's
    blocks: messages of Arrow's, a record batch each, with metadata "first" (how many rows come before it), "body_crc32" (of
        its body) and "crc32" (of what is before the body, as if this value were eight zeros); both eight hexadecimal digits
    while a writer has the file open, or if it was killed, nothing more; else what makes it a file that every reader of
        Arrow IPC opens: ff ff ff ff 00 00 00 00, a footer that lists the blocks, its length, "ARROW1"

A block is written by one call, after the last one, and never changed, so that readers need no lock: what they know stays where
it is. A footer is cut off before something is appended. A file without a footer is read by going from block to block, which
tells where it ends; what is behind the last whole block is what a writer had not written when it was killed.

Files are read and not mapped: whoever cuts a mapped file kills its readers. Reads say where, for a file's position is shared
with all processes that are forked.
"""

import os
import struct
import warnings
from threading import Lock
from typing import IO, Any, NamedTuple
from zlib import crc32

from lexarray.corpus.flat_buffers import CONTINUATION, MessageInfo, make_footer, read_footer, read_message
from lexarray.errors import CorpusError
from lexarray.extras import load_extra
from lexarray.replacing import write_names

_MAGIC = b"ARROW1"
_HEAD = _MAGIC + b"\0\0"
_END = CONTINUATION + bytes(4)
_NO_CRC = "0" * 8
_MOST_METADATA = 1 << 16        # bytes: some 2,000 are usual
_MOST_ROWS = 1 << 60
_MOST_READ = 1 << 30            # bytes that one call reads: some systems refuse more than 2 GiB
#: A block that becomes smaller than that when it is compressed is not compressed, and one that claims to is not read: so
#: that few bytes never become many.
_MOST_RATIO = 500
_FREE = 1 << 24                 # bytes that a block may have whatever it was compressed to


class BlockPlace(NamedTuple):
    """Where a block is."""

    offset: int
    n_metadata: int
    n_body: int

    @property
    def end(self) -> int:
        """The offset of what comes after it."""
        return self.offset + self.n_metadata + self.n_body


class BlockFile:
    """The blocks of a file, for any number of threads. Nothing is kept of them but where they are.

    Args:
        path: the file.
        schema: of the blocks, with the version in its metadata.
        version_key: the key of the version, which tells files of this kind.

    Attributes:
        name (str): the path.
        start (int): where the first block begins.
        places (list[BlockPlace]): of each block.
        n_torn (int): bytes behind the last block that a killed writer has left.
        is_closed (bool): the file had a footer when it was opened: no writer has it open.

    Raises:
        CorpusError: the file is none of this kind, is damaged, or is of another version.
        OSError: it cannot be read.
    """

    def __init__(self, path: str | os.PathLike[str], schema: Any, version_key: bytes) -> None:
        self.name = os.fsdecode(path)
        self.schema = schema
        _check_plain(self.name)
        self._position = Lock()
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
        # So many bytes, or fewer where the file ends.
        if self._file.closed:
            raise ValueError(f"{self.name}: the file is closed")
        parts = []
        while n:
            part = self._read_some(offset, min(n, _MOST_READ))
            if not part:
                break
            parts.append(part)
            offset += len(part)
            n -= len(part)
        return b"".join(parts)

    def _read_some(self, offset: int, n: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._file.fileno(), n, offset)
        with self._position:                    # Windows, which has no forks
            self._file.seek(offset)
            return self._file.read(n)

    def fileno(self) -> int:
        """The number of the open file."""
        return self._file.fileno()

    def _size(self) -> int:
        return os.fstat(self._file.fileno()).st_size

    def _read_schema(self, key: bytes) -> None:
        pyarrow = load_extra("pyarrow", "arrow")
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
        self.start = 16 + length

    # ---- where the blocks are ----

    def refresh(self) -> None:
        """Find what was appended since."""
        if self._file.closed:
            raise ValueError(f"{self.name}: the file is closed")
        size = self._size()
        known = self.places[-1].end if self.places else self.start
        if size < known:
            raise self._error(f"it has become shorter: it has {size:,} bytes, and had {known:,} at least")
        self.is_closed = self._read_footer(size)
        if not self.is_closed:
            self._scan(known)

    def _read_footer(self, size: int) -> bool:
        tail = self._read_at(max(size - 10, 0), 10)
        if len(tail) < 10 or tail[4:] != _MAGIC:
            return False
        length = int.from_bytes(tail[:4], "little")
        start = size - 10 - length
        if start < self.start + len(_END):
            return False
        data = self._read_at(start, length)
        try:
            places = [BlockPlace(*block) for block in read_footer(data)]
        except (ValueError, struct.error):
            return False
        end = self.start
        for place in places:
            if place.offset != end or place.n_metadata <= 8 or place.n_body < 0:
                return False
            end = place.end
        if end + len(_END) != start or self._read_at(end, len(_END)) != _END or self._size() != size:
            return False
        self.places = places
        self.n_torn = 0
        return True

    def _scan(self, at: int) -> None:
        # From block to block. Blocks come in one by one, so that what is behind the last whole one is part of one.
        self.n_torn = 0
        while True:
            head = self._read_at(at, 8)
            length = int.from_bytes(head[4:], "little")
            if head == _END or not head:        # of a footer that is being written, cut off, or damaged
                return
            if len(head) < 8 or not any(head):
                break
            try:
                if head[:4] != CONTINUATION or not 0 < length <= _MOST_METADATA:
                    raise ValueError("no message begins there")
                data = self._read_at(at, 8 + length)
                if len(data) < 8 + length:
                    break
                info, _ = _checked(data)
            except (ValueError, struct.error) as error:
                raise self._error(f"block {len(self.places):,}, at byte {at:,}, is damaged: {error}") from None
            place = BlockPlace(at, 8 + length, info.body_length)
            if place.end > self._size():        # its size after its metadata, which a footer may have been in the place of
                break
            self.places.append(place)
            at = place.end
        self.n_torn = max(0, self._size() - at)

    # ---- what is in them ----

    def _message(self, number: int, data: bytes) -> MessageInfo:
        # Of a block, of which there are at least the metadata.
        place = self.places[number]
        info, first = _checked(data[:place.n_metadata])
        if len(data) < place.n_metadata or info.body_length != place.n_body:
            raise ValueError(f"it has a body of {info.body_length:,} bytes, not {place.n_body:,}")
        self._rows[number] = first, info.n_rows
        return info

    def rows(self, number: int) -> tuple[int, int]:
        """How many rows come before a block, and how many it has.

        Raises:
            CorpusError: the block is damaged.
        """
        if number not in self._rows:
            place = self.places[number]
            data = self._read_at(place.offset, min(place.n_metadata, 8 + _MOST_METADATA))
            try:
                self._message(number, data)
            except (ValueError, struct.error) as error:
                raise self._damaged(number, error) from None
        return self._rows[number]

    def _damaged(self, number: int, error: Exception) -> CorpusError:
        return self._error(f"block {number:,}, at byte {self.places[number].offset:,}, is damaged: {error}")

    def read(self, number: int) -> Any:
        """The record batch of a block.

        Raises:
            CorpusError: it is damaged.
        """
        pyarrow = load_extra("pyarrow", "arrow")
        place = self.places[number]
        data = self._read_at(place.offset, place.n_metadata + place.n_body)
        try:
            if len(data) < place.n_metadata + place.n_body:
                raise ValueError(f"the file ends within it, after {len(data):,} of {place.n_metadata + place.n_body:,} bytes")
            info = self._message(number, data)
            body = memoryview(data)[place.n_metadata:]
            if _value(data, info, b"body_crc32") != b"%08x" % crc32(body):
                raise ValueError("the checksum of its body is wrong")
            _check_sizes(body, info)
            batch = pyarrow.ipc.read_record_batch(pyarrow.py_buffer(data), self.schema)
            batch.validate(full=True)
        except (ValueError, struct.error, OSError, pyarrow.ArrowException) as error:
            raise self._damaged(number, error) from None
        return batch

    def close(self) -> None:
        """Close the file. What was read stays."""
        self._file.close()


def _value(data: bytes, info: MessageInfo, key: bytes) -> bytes:
    # What the metadata of a message say of something; b"": nothing.
    start, length = info.metadata.get(key, (0, 0))
    return data[8 + start:8 + start + length]


def _crc(data: bytes, info: MessageInfo) -> bytes:
    # Of what is before the body of a message.
    start = 8 + info.metadata[b"crc32"][0]
    return b"%08x" % crc32(data[start + 8:], crc32(data[:start] + _NO_CRC.encode()))


def _checked(data: bytes) -> tuple[MessageInfo, int]:
    # What is before the body of a block's message says; and how many rows come before the block.
    if data[:8] != CONTINUATION + (len(data) - 8).to_bytes(4, "little"):
        raise ValueError("no message begins there")
    info = read_message(data[8:])
    if len(_value(data, info, b"crc32")) != 8 or _value(data, info, b"crc32") != _crc(data, info):
        raise ValueError("the checksum of its metadata is wrong")
    first = _value(data, info, b"first")
    if not first.isdigit() or len(first) > 18 or info.n_rows < 1 or int(first) + info.n_rows > _MOST_ROWS:
        raise ValueError("it does not say how many documents come before it, or are in it")
    return info, int(first)


def _check_plain(name: str) -> None:
    # To open a pipe would be to wait for who is at its other end.
    if os.path.exists(name) and not os.path.isfile(name) and not os.path.isdir(name):
        raise CorpusError(f"{name}: this is no corpus: it is no plain file")


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


class _Written(NamedTuple):
    # What a file has. One tuple, so that it changes at one moment.
    n_blocks: int
    end: int
    n_rows: int


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
        pyarrow = load_extra("pyarrow", "arrow")
        self.name = os.fsdecode(path)
        self._schema = schema
        self._schema_message = schema.serialize().to_pybytes()
        self._places: list[BlockPlace] = []     # may have more than are written
        self._written = _Written(0, 8 + len(self._schema_message), 0)
        self._expected: _Written | None = None
        _check_plain(self.name)
        self._is_new = not os.path.exists(path)
        self._file: IO[bytes] = open(path, "ab", buffering=0)
        try:
            _lock(self._file, self.name)
            size = os.fstat(self._file.fileno()).st_size
            # What was made and not begun is as if it were not there.
            if size < 8 + len(self._schema_message) and (_HEAD + self._schema_message).startswith(_beginning(path, size)):
                self._file.truncate(0)
                self._write(_HEAD + self._schema_message)
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
            if not os.path.samestat(os.fstat(self._file.fileno()), os.fstat(found.fileno())):
                raise CorpusError(f"{self.name}: somebody has put another file in its place")
            self._places = found.places
            n_blocks, n_rows, end = len(found.places), 0, found.start
            if n_blocks:
                found.read(n_blocks - 1)
                n_rows, end = sum(found.rows(n_blocks - 1)), found.places[-1].end
            self._written = _Written(n_blocks, end, n_rows)
            if found.n_torn:
                warnings.warn(f"{self.name}: the last {found.n_torn:,} bytes are part of a block whose writer was killed; they "
                              f"were cut off", RuntimeWarning, stacklevel=4)
            self._file.truncate(self._written.end)
        finally:
            found.close()

    @property
    def n_rows(self) -> int:
        """How many rows the file has."""
        return self._written.n_rows

    def _write(self, data: bytes | bytearray) -> None:
        view = memoryview(data)
        while view:
            view = view[self._file.write(view):]

    def append(self, batch: Any) -> None:
        """Write a record batch. Readers see it from then on. If that fails, the file is as before, unless ``n_rows`` says that
        it was written all the same: an interrupt may come after the last byte."""
        self.settle()
        message = self._message(batch, "zstd")
        compressed, raw = len(message), sum(array.get_total_buffer_size() for array in batch.columns)
        if raw > max(_FREE, _MOST_RATIO * compressed) // 2:
            message = self._message(batch, None)
        n_metadata = 8 + int.from_bytes(message[4:8], "little")
        head = bytes(message[:n_metadata])
        info = read_message(head[8:])
        head = _put(head, info, b"body_crc32", b"%08x" % crc32(memoryview(message)[n_metadata:]))
        message[:n_metadata] = _put(head, info, b"crc32", _crc(head, info))
        n_blocks, end, n_rows = self._written
        self._places[n_blocks:] = [BlockPlace(end, n_metadata, len(message) - n_metadata)]
        self._expected = _Written(n_blocks + 1, end + len(message), n_rows + batch.num_rows)
        try:
            self._write(message)
        finally:
            self.settle()

    def settle(self) -> None:
        """Come to know what the last call of ``append`` has written, whatever ended it: the whole block, or else nothing."""
        if self._expected is not None:
            if os.fstat(self._file.fileno()).st_size == self._expected.end:
                self._written = self._expected
            else:
                self._file.truncate(self._written.end)
            self._expected = None

    def _message(self, batch: Any, codec: str | None) -> bytearray:
        pyarrow = load_extra("pyarrow", "arrow")
        sink = pyarrow.BufferOutputStream()
        options = pyarrow.ipc.IpcWriteOptions(compression=codec)
        with pyarrow.ipc.new_stream(sink, self._schema, options=options) as stream:
            stream.write_batch(batch, custom_metadata={
                "first": str(self.n_rows), "body_crc32": _NO_CRC, "crc32": _NO_CRC})
        return bytearray(sink.getvalue())[len(self._schema_message):-len(_END)]

    def sync(self) -> None:
        """Wait until all that was appended is on the disk."""
        os.fsync(self._file.fileno())
        if self._is_new:
            write_names(os.path.dirname(os.path.abspath(self.name)))
            self._is_new = False

    def close(self) -> None:
        """Write the footer, and close the file."""
        if self._file.closed:
            return
        try:
            self.settle()
            footer = make_footer(self._empty_footer, list(self._places[:self._written.n_blocks]))
            try:
                self._write(_END + footer + len(footer).to_bytes(4, "little") + _MAGIC)
            except BaseException:
                self._file.truncate(self._written.end)
                raise
            self.sync()
        finally:
            _unlock(self._file)
            self._file.close()

    def leave(self) -> None:
        """Close the file as it is, in a process that was forked: the writer, and its lock, are the other's."""
        self._file.close()


def _put(head: bytes, info: MessageInfo, key: bytes, value: bytes) -> bytes:
    start = 8 + info.metadata[key][0]
    return head[:start] + value + head[start + len(value):]


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


def _unlock(file: IO[bytes]) -> None:
    # Before the file is closed: a process that was forked may have it open still. Windows unlocks what is closed.
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(file, fcntl.LOCK_UN)
