"""The ``lexarray`` command: :func:`main` reads the arguments and calls the module of each command."""

import os
import sys

from lexarray.cli.failure import Failure, say


def main(argv=None):
    """Run a command.

    Args:
        argv (Sequence[str]): the arguments; those of the process if left out.

    Returns:
        int: the exit code. 0: done. 1: an input or output failed, one line on standard error says which
        and why. 2: wrong arguments. 130: interrupted. 141: the reader of our output went away.

    Raises:
        SystemExit: 143: the process was told to end (SIGTERM). Files that are not whole yet are removed on the way.
    """
    try:
        _end_in_order()
        arguments = _parsed(argv)
        arguments.run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except Failure as failure:
        message, code = str(failure), 1
    except BrokenPipeError:
        message, code = "the output was closed before all was written", 141
    except OSError as error:
        message, code = f"standard output: {error.strerror}", 1
    except KeyboardInterrupt:
        message, code = "interrupted", 130
    else:
        return 0
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        # Python flushes once more at exit, which would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    say(f"lexarray: {message}")
    return code


def _end_in_order():
    # By default SIGTERM ends the process at once, and what a command has begun to write stays behind.
    import signal           # here, as the imports below

    def _end(number, frame):
        raise SystemExit(143)

    try:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _end)
    except ValueError:
        pass                # not the main thread, which alone may say what signals do


def _parsed(argv):
    # The imports take most of the time until a command begins: they stand where an interrupt has its one line.
    import argparse

    from lexarray import __version__
    from lexarray.cli import annotate, convert, demo, info, vectors

    parser = argparse.ArgumentParser(
        prog="lexarray", description="Documents that lose nothing, words stored once.")
    parser.add_argument("--version", action="version", version=f"lexarray {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    demo.add_parser(commands)
    annotate.add_parser(commands)
    convert.add_parser(commands)
    vectors.add_parser(commands)
    info.add_parser(commands)
    return parser.parse_args(argv)
