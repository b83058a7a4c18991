"""Where commands write their results: :func:`standard_output`; :func:`check_output`, for files that are going to be replaced."""

import os
import sys
from contextlib import contextmanager

from lexarray.cli.failure import Failure
from lexarray.cli.formats import visible_path

#: What names of compressed files end in. Those are read, and not written.
COMPRESSED = (".gz", ".bz2", ".xz")


@contextmanager
def standard_output():
    """Standard output as a text file of UTF-8, whatever the terminal's settings.

    Raises:
        Failure: it is closed.
    """
    if sys.stdout is None:
        raise Failure("standard output is closed")
    # Not sys.stdout itself: unbuffered (python -u), it drops the rest of a write that the system cut short.
    with open(sys.stdout.fileno(), "w", encoding="utf-8", newline="\n", closefd=False) as file:
        yield file


def check_output(path, inputs, is_folder=False):
    """See that a file may be made or replaced, before anything is read in vain.

    Args:
        path (str): the file.
        inputs (Iterable[str]): files that it must not be.
        is_folder (bool): it is going to be a folder.

    Raises:
        Failure: it may not.
    """
    shown = visible_path(path)
    if _leads_through_the_system(path):
        raise Failure(f"{shown}: leads to a file that another program has open: name the file itself")
    folder = os.path.dirname(path.rstrip(os.sep) if is_folder else path) or "."
    if not os.path.isdir(folder):
        raise Failure(f"{shown}: there is no folder {visible_path(folder)}")
    if os.path.splitext(path)[1].lower() in COMPRESSED:
        raise Failure(f"{shown}: lexarray reads compressed files, but does not write them: leave the ending out, and "
                      f"compress the file afterwards")
    if os.path.exists(path):
        if any(os.path.exists(each) and os.path.samefile(path, each) for each in inputs):
            raise Failure(f"{shown}: is the input as well as the output")
        if is_folder and not os.path.isdir(path):
            raise Failure(f"{shown}: is not a folder, and this format is a folder of files")
        if not is_folder and not os.path.isfile(path):
            raise Failure(f"{shown}: is not a plain file")


def _leads_through_the_system(path):
    # Whether it is a link in /dev or /proc, or leads to one: /dev/stdout is such a link to the file that a shell has
    # opened, and which must not be replaced by another below it.
    for _ in range(40):                 # links, after which the system, too, gives up
        folder = os.path.realpath(os.path.dirname(os.path.abspath(path)))
        path = os.path.join(folder, os.path.basename(path))
        if not os.path.islink(path):
            return False
        if folder == "/dev" or f"{folder}/".startswith(("/dev/fd/", "/proc/")):
            return True
        path = os.path.join(folder, os.readlink(path))
    return False
