"""How far a command has come: :func:`progress`, a bar on standard error."""

import sys
from contextlib import contextmanager


@contextmanager
def progress(total, unit):
    """A bar, which is drawn if a person is watching, and goes at the end.

    Args:
        total (int): how much there is; None: that is not known.
        unit (str): of what: "B", bytes, or " documents".

    Yields:
        Callable[[int], object]: it is told how much more was done. None: nobody is watching.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    class _Bar(tqdm):
        monitor_interval = 0        # no thread, as processes may be forked

    with _Bar(total=total, unit=unit, unit_scale=True, file=sys.stderr, leave=False) as bar:
        yield bar.update
