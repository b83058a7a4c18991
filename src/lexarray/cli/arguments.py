"""Types of arguments that several commands take: functions of what was typed, for ``add_argument(type=)``."""

import argparse
import codecs


def encoding(name):
    """The name of a text encoding that Python can read."""
    try:
        "".encode(name)             # LookupError for what is no text encoding, too
        codecs.getincrementaldecoder(name)
    except (LookupError, UnicodeError):
        raise argparse.ArgumentTypeError(f"there is no encoding {name!r}") from None
    return name


def error_handler(name):
    """The name of a way to treat bytes that are not in the encoding."""
    try:
        handler = codecs.lookup_error(name)
        if name != "strict":
            handler(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "probe"))
    except LookupError:
        raise argparse.ArgumentTypeError(f"there is no error handler {name!r}") from None
    except TypeError:
        raise argparse.ArgumentTypeError(f"the error handler {name!r} is for writing, not for reading") from None
    except UnicodeDecodeError:
        pass                        # surrogatepass, of a byte that is no surrogate
    return name


def at_least_one(text):
    """A whole number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number of at least 1 is needed, not {text!r}")
    return int(text)
