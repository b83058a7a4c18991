"""How commands speak to the user: :class:`Failure`, for what went wrong, and :func:`say`, on standard error."""

import sys


class Failure(Exception):
    """What a command raises when an input or an output fails. Its message is the one line that the user sees."""


def say(message):
    """Write a line to standard error, if it is open: ``print`` would write to standard output instead."""
    if sys.stderr is not None:
        print(message, file=sys.stderr)
