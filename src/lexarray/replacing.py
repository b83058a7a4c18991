"""Files and folders that appear whole or not at all: :func:`replacing`, :func:`replacing_folder`."""

import errno
import os
import stat
from contextlib import contextmanager


@contextmanager
def replacing(path):
    """Open a file for writing bytes; it takes its place when all is written, and not at all if that fails.

    Yields:
        a binary file, in the folder of ``path``. Its ``name`` is where it is until then.
    """
    path = os.path.realpath(os.fsdecode(path))
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(errno.EINVAL, "not a plain file, so it is not replaced by one", path)
    folder = os.path.dirname(path)
    # The name is short, whatever that of the file; the system gives a new file the rights that it should have.
    while True:
        temporary = os.path.join(folder, f".lexarray-{os.urandom(6).hex()}")
        try:
            descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o666)
            break
        except FileExistsError:
            continue
        except OSError as error:                # of the folder, and nobody knows the file's present name
            raise type(error)(error.errno, error.strerror, path) from None
    try:
        with open(temporary, "wb", buffering=1 << 20, opener=lambda *_: descriptor) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(path):
            os.chmod(temporary, stat.S_IMODE(os.stat(path).st_mode))
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    write_names(folder)


@contextmanager
def replacing_folder(path, known):
    """Make a folder; it takes its place when all is written, and not at all if that fails.

    Args:
        path (str | PathLike): where. What is there already must be a folder with nothing in it but what is known, and
            goes when the new one is there. It is aside for a moment: between two renamings, there is no folder.
        known (Collection[str]): paths in the folder, with "/", of the files that may be replaced.

    Yields:
        str: path of an empty folder beside that one.

    Raises:
        OSError: there is something else, a folder that holds something else, or the current folder; names it.
    """
    from shutil import rmtree               # which takes long to import

    path = os.path.realpath(os.fsdecode(path))
    if os.path.lexists(path):
        _check_known(path, known)
    parent = os.path.dirname(path)
    if not os.path.isdir(parent):
        raise FileNotFoundError(errno.ENOENT, "there is no such folder to make one in", parent)
    temporary = _new_name(parent)
    os.mkdir(temporary)
    try:
        yield temporary
        for folder, _, files in os.walk(temporary):
            for name in files:
                with open(os.path.join(folder, name), "rb+") as file:
                    os.fsync(file.fileno())
            write_names(folder)
        former = None
        if os.path.lexists(path):
            _check_known(path, known)
            os.chmod(temporary, stat.S_IMODE(os.stat(path).st_mode))
            former = _new_name(parent)
            os.rename(path, former)
        try:
            os.rename(temporary, path)
        except BaseException:
            if former is not None:
                os.rename(former, path)
            raise
    except BaseException:
        rmtree(temporary, ignore_errors=True)
        raise
    if former is not None:
        rmtree(former, ignore_errors=True)
    write_names(parent)


def _check_known(path, known):
    # Whether a folder may be replaced.
    if not os.path.isdir(path):
        raise NotADirectoryError(errno.ENOTDIR, "not a folder, so it is not replaced by one", path)
    try:
        current = os.path.realpath(os.curdir)
    except FileNotFoundError:                   # it is gone already
        current = ""
    if os.path.join(current, "").startswith(os.path.join(path, "")):
        raise OSError(errno.EBUSY, "the current folder is this one or in it, and would be gone: choose another folder, or go to "
                      "another one", path)
    folders = {name[:i] for name in known for i in range(len(name)) if name[i] == "/"}
    for folder, below, files in os.walk(path):
        for name in (*below, *files):
            place = os.path.join(folder, name)
            if os.path.relpath(place, path).replace(os.sep, "/") not in (known if name in files else folders):
                raise FileExistsError(errno.EEXIST, "the folder holds what does not belong to what is to be saved, so it is not "
                                      "replaced: choose another folder, or remove this", place)


def _new_name(parent):
    while True:
        name = os.path.join(parent, f".lexarray-{os.urandom(6).hex()}")
        if not os.path.lexists(name):
            return name


def write_names(folder):
    """Wait until the names in a folder are on the disk: they, too, should be there after a power failure."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EROFS):      # file systems that know no such thing
            raise
    finally:
        os.close(descriptor)
