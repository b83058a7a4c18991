"""Bytes in and out: files that may be compressed, read in blocks; files that are appended to."""

import bz2
import lzma
import os
import re
import stat
import sys
import zlib
from contextlib import contextmanager

from lexarray.errors import VectorFileError

_STEP = 1 << 16             # compressed bytes read at a time, and the most that is lost where they are damaged
# What a compressed file begins with; a word of a text may begin with "BZh".
_GZIP, _XZ = re.compile(rb"\x1f\x8b"), re.compile(rb"\xfd7zXZ\x00")
_BZIP2 = re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)")
_HEAD = 10


class _Gzip:
    # zlib's decompressor, in the way that bz2's and lzma's work.

    def __init__(self):
        self._zlib = zlib.decompressobj(wbits=31)

    def decompress(self, data, max_length):
        """Up to so many bytes of output."""
        return self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)

    @property
    def needs_input(self):
        """Whether all that was given has been used."""
        return not self._zlib.unconsumed_tail

    @property
    def eof(self):
        """Whether the end of the stream has come."""
        return self._zlib.eof

    @property
    def unused_data(self):
        """What follows that end."""
        return self._zlib.unused_data


class _Decompressed:
    # The content of a file of one or more compressed streams, one after the other. What follows the last is damage,
    # but for zeros, which pad.

    def __init__(self, raw, magic, new):
        self._raw, self._magic, self._new = raw, magic, new
        self._stream = new()

    def readinto(self, view):
        """Fill the beginning of a buffer. Returns the number of bytes, 0 at the end."""
        data = self.read(min(len(view), _STEP))
        view[:len(data)] = data
        return len(data)

    def read(self, size):
        """Up to so many bytes, none at the end. Raises EOFError where a stream is cut off."""
        while True:
            if self._stream.eof and not self._next():
                return b""
            given = self._raw.read(_STEP) if self._stream.needs_input else b""
            if self._stream.needs_input and not given:
                # Output may still be held back from a full buffer.
                data = self._stream.decompress(b"", size)
                if not data and not self._stream.eof:
                    raise EOFError("it is cut off")
                return data
            data = self._stream.decompress(given, size)
            if data:
                return data

    def _next(self):
        # Begin with the next stream, if there is one.
        rest = self._stream.unused_data
        while True:
            rest = rest.lstrip(b"\0")
            if rest:
                break
            rest = self._raw.read(_STEP)
            if not rest:
                return False
        while len(rest) < _HEAD:
            more = self._raw.read(_STEP)
            if not more:
                break
            rest += more
        if not self._magic.match(rest):
            raise EOFError(f"what follows its end is not compressed: {rest[:20]!r}")
        self._raw.push_back(rest)
        self._stream = self._new()
        return True


_COMPRESSIONS = ((_GZIP, _Gzip), (_BZIP2, bz2.BZ2Decompressor),
                 (_XZ, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ)))


class _Raw:
    # A file's bytes as they are; it may be a pipe, in which there is no going back.

    def __init__(self, file, progress):
        self._file, self._progress = file, progress
        self._pushed_back = b""
        self.offset = 0                     # bytes taken from the file

    def push_back(self, data):
        """Let bytes be read again."""
        self._pushed_back = data + self._pushed_back

    def readinto(self, view):
        """Fill the beginning of a buffer. Returns the number of bytes, 0 at the end."""
        n = min(len(self._pushed_back), len(view))
        if n:
            view[:n] = self._pushed_back[:n]
            self._pushed_back = self._pushed_back[n:]
            return n
        n = self._file.readinto(view) or 0
        self.offset += n
        if self._progress is not None:
            self._progress(self.offset)
        return n

    def read(self, size):
        """Up to so many bytes, none at the end."""
        buffer = bytearray(size)
        return bytes(buffer[:self.readinto(memoryview(buffer))])


class Stream:
    """A file's content, decompressed, from the beginning on.

    Attributes:
        name (str): the path, for messages.
        size (int): bytes of the content; None if that is not known: the file is compressed, or none on a disk.
        offset (int): bytes read so far.
    """

    def __init__(self, path, file, progress):
        self.name = os.fsdecode(path)
        self._raw = _Raw(file, progress)
        self.offset = 0
        head = b""
        while len(head) < _HEAD:
            more = self._raw.read(_HEAD - len(head))
            if not more:
                break
            head += more
        self._raw.push_back(head)
        found = next(((magic, new) for magic, new in _COMPRESSIONS if magic.match(head)), None)
        self._file = self._raw if found is None else _Decompressed(self._raw, *found)
        status = os.fstat(file.fileno())
        # What the kernel makes up, as in /proc, says that it has no bytes.
        self._raw_size = status.st_size if stat.S_ISREG(status.st_mode) and status.st_size else None
        self.size = self._raw_size if found is None else None
        self._pushed_back = b""
        self._damage = None

    def expected_size(self):
        """How many bytes the content has, by what has been read of it; None if there is no telling."""
        if self.size is not None or self._raw_size is None:
            return self.size
        return int(self.offset * (self._raw_size / max(1, self._raw.offset)))

    def readinto(self, buffer, partial=False):
        """Fill a writable buffer, less only at the end of the content. Returns the number of bytes.

        Args:
            partial (bool): give what stands before damage; the next call raises.

        Raises:
            VectorFileError: the compressed file is damaged or truncated.
        """
        view = memoryview(buffer).cast("B")
        done = min(len(self._pushed_back), len(view))
        view[:done] = self._pushed_back[:done]
        self._pushed_back = self._pushed_back[done:]
        try:
            while done < len(view) and self._damage is None:
                n = self._file.readinto(view[done:])
                if not n:
                    break
                done += n
        except (EOFError, lzma.LZMAError, zlib.error) as error:
            self._damage = str(error)
        except OSError as error:
            if error.errno is not None:             # none is what bz2 raises for bad data
                raise
            self._damage = str(error)
        self.offset += done
        if self._damage is not None and done < len(view) and not (partial and done):
            raise VectorFileError(f"{self.name}: the compressed file is damaged after {self.offset:,} bytes of its content: "
                                  f"{self._damage}")
        return done

    def read(self, size, partial=False):
        """Up to so many bytes, less only at the end of the content, or as in :meth:`readinto`."""
        buffer = bytearray(size if self.size is None else max(0, min(size, self.size - self.offset)))
        return bytes(memoryview(buffer)[:self.readinto(buffer, partial)])

    def peek(self, size):
        """What ``read(size, partial=True)`` would give, left to be read."""
        data = self.read(size, partial=True)
        self._pushed_back = data + self._pushed_back
        self.offset -= len(data)
        return data


def lines_of(stream):
    """The lines of a stream, as bytes, without their newlines."""
    rest = b""
    while True:
        block = stream.read(1 << 20)
        if not block:
            break
        *lines, rest = (rest + block).split(b"\n")
        yield from lines
    if rest:
        yield rest


@contextmanager
def open_stream(path):
    """Open a file, plain or compressed by gzip, bzip2 or xz (its first bytes decide, not its name).

    While standard error is a terminal, a bar shows there what takes longer than two seconds.

    Yields:
        Stream
    """
    with open(path, "rb", buffering=0) as raw:
        if sys.stderr is None or not sys.stderr.isatty():
            yield Stream(path, raw, None)
            return
        from tqdm import tqdm

        with tqdm(total=os.fstat(raw.fileno()).st_size, unit="B", unit_scale=True, desc=os.path.basename(os.fspath(path)),
                  delay=2, leave=False) as bar:
            yield Stream(path, raw, lambda position: bar.update(position - bar.n))


@contextmanager
def appending(path, is_text, has_header):
    """Open a file for writing bytes behind what is there. If that fails, what was there is left.

    Args:
        is_text (bool): end the last line first, if it does not.
        has_header (bool): whether a header is going to be written; that is possible at the beginning only.

    Raises:
        ValueError: a header would come behind something else.
    """
    with open(path, "ab") as file:
        size = os.fstat(file.fileno()).st_size
        if size and has_header:
            raise ValueError(f"{os.fsdecode(path)}: the file is not empty, and a header is possible at its beginning only: "
                             f"append with write_header=False")
        if size and is_text:
            with open(path, "rb") as reader:
                reader.seek(-1, os.SEEK_END)
                if reader.read(1) != b"\n":
                    file.write(b"\n")
        try:
            yield file
            file.flush()
        except BaseException:
            try:
                file.close()
            except OSError:
                pass                        # what could not be written is cut off anyway
            if os.path.isfile(path):
                os.truncate(path, size)
            raise
