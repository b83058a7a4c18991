"""Where commands read from: :func:`open_input`, a file or standard input."""

import sys
from contextlib import contextmanager

from lexarray.cli.failure import Failure
from lexarray.cli.formats import visible_path


@contextmanager
def open_input(path):
    """Open a file of bytes; "-" is standard input.

    Yields:
        tuple: the file, and what messages call it.

    Raises:
        Failure: it cannot be opened.
    """
    if path == "-":
        if sys.stdin is None:
            raise Failure("standard input is closed")
        yield sys.stdin.buffer, "standard input"
        return
    try:
        file = open(path, "rb")
    except OSError as error:
        raise Failure(f"{visible_path(path)}: {error.strerror}") from None
    with file:
        yield file, visible_path(path)
