"""How many threads share heavy work. Owns none."""

import os
from numbers import Integral


def checked_threads(threads: int | None) -> int | None:
    """An argument ``threads=``: None, or a whole number of at least 1 as an int.

    Raises:
        ValueError: it is neither.
    """
    if threads is None:
        return None
    if not isinstance(threads, Integral) or isinstance(threads, bool) or threads < 1:
        raise ValueError(f"threads: None or a whole number of at least 1 is needed, not {threads!r:.80}")
    return int(threads)


def usable_cores() -> int:
    """How many cores the process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
