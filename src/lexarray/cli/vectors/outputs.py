"""Where the commands about vectors write to: :func:`check_output`, before anything is done in vain."""

import os

from lexarray.cli.failure import Failure
from lexarray.cli.formats import visible_path


def check_output(path, source):
    """See that a file can be made, or replaced, without harm to another.

    Args:
        path (str): the file.
        source (str): what is read.

    Raises:
        Failure: it cannot; says why.
    """
    shown = visible_path(path)
    if path == "-":
        raise Failure("-: vectors are written to files: name one")
    if _leads_through_the_system(path):
        raise Failure(f"{shown}: leads to a file that another program has open: name the file itself")
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise Failure(f"{shown}: there is no folder {visible_path(folder)}")
    if os.path.exists(path):
        if os.path.samefile(path, source):
            raise Failure(f"{shown}: is the input as well as the output")
        if not os.path.isfile(path):
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
