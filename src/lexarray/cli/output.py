"""Where commands write their results: :func:`standard_output`."""

import sys
from contextlib import contextmanager

from lexarray.cli.failure import Failure


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
