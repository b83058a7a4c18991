"""Heavy work that threads share: how many of them, and a range that is divided among them. Owns none."""

import os
from collections.abc import Callable
from numbers import Integral
from typing import TypeVar

T = TypeVar("T")


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


def in_ranges(function: Callable[[int, int], T], first: int, last: int, threads: int, least: int) -> list[T]:
    """A range in parts of about the same length, a thread each.

    Args:
        function: called with the start and the stop of each part; it should release the GIL for most of the time.
        first, last (int): the range.
        threads (int): how many parts at most.
        least (int): how long a part is at least, if there is more than one: what is worth a thread, which takes about 0.1 ms.

    Returns:
        list: what the function returned, in the order of the parts. If there is only one part, the calling thread does it.
    """
    n = max(1, min(threads, (last - first) // least))
    if n == 1:
        return [function(first, last)]
    from concurrent.futures import ThreadPoolExecutor

    bounds = [first + (last - first) * i // n for i in range(n + 1)]
    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(function, bounds[:-1], bounds[1:]))
