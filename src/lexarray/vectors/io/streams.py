"""Bytes in and out: files that may be compressed, read in blocks; files that appear whole or not at all."""

import bz2
import errno
import gzip
import lzma
import os
import sys
import tempfile
import zlib
from contextlib import contextmanager

from lexarray.errors import VectorFileError

_COMPRESSIONS = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\x00", lzma.open))


class Stream:
    """A file's content, decompressed, from the beginning on.

    Attributes:
        name (str): the path, for messages.
        size (int): bytes of the content; None if the file is compressed.
        offset (int): bytes read so far.
    """

    def __init__(self, path, raw, progress):
        self.name = os.fspath(path)
        if isinstance(self.name, bytes):
            self.name = os.fsdecode(self.name)
        self._raw = raw
        self._progress = progress
        self.offset = 0
        head = raw.read(6)
        raw.seek(0)
        opener = next((opener for magic, opener in _COMPRESSIONS if head.startswith(magic)), None)
        self._file = raw if opener is None else opener(raw)
        self.size = os.fstat(raw.fileno()).st_size if opener is None else None
        self._pushed_back = b""

    def readinto(self, buffer):
        """Fill a writable buffer, less only at the end of the content. Returns the number of bytes.

        Raises:
            VectorFileError: the compressed file is damaged or truncated.
        """
        view = memoryview(buffer).cast("B")
        done = min(len(self._pushed_back), len(view))
        view[:done] = self._pushed_back[:done]
        self._pushed_back = self._pushed_back[done:]
        try:
            while done < len(view):
                n = self._file.readinto(view[done:])
                if not n:
                    break
                done += n
        except (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile) as error:
            raise VectorFileError(f"{self.name}: the compressed file is damaged after {self.offset + done:,} bytes of "
                                  f"its content: {error}") from None
        except OSError as error:
            if error.errno is None:             # what bz2 raises for bad data
                raise VectorFileError(f"{self.name}: the compressed file is damaged after {self.offset + done:,} bytes "
                                      f"of its content: {error}") from None
            raise
        self.offset += done
        if self._progress is not None:
            self._progress(self._raw.tell())
        return done

    def read(self, size):
        """Up to so many bytes, less only at the end of the content."""
        buffer = bytearray(size if self.size is None else max(0, min(size, self.size - self.offset)))
        return bytes(memoryview(buffer)[:self.readinto(buffer)])

    def peek(self, size):
        """What :meth:`read` would give, left to be read."""
        data = self.read(size)
        self._pushed_back = data + self._pushed_back
        self.offset -= len(data)
        return data


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
def replacing(path):
    """Open a file for writing bytes; it takes its place when all is written, and not at all if that fails.

    Yields:
        a binary file, in the folder of ``path``.
    """
    path = os.path.realpath(path)
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(errno.EINVAL, "not a plain file, so it is not replaced by one", path)
    folder, name = os.path.split(path)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{name[:100]}.", dir=folder)
    try:
        with open(descriptor, "wb", buffering=1 << 20) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        try:
            mode = os.stat(path).st_mode & 0o7777
        except OSError:
            mode = 0o666 & ~_umask()
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _umask():
    mask = os.umask(0o22)
    os.umask(mask)
    return mask
