"""Work on several processes, with results in the order of the tasks: :func:`in_order`. Owns the processes."""

import signal
import sys
from collections import deque
from contextlib import contextmanager
from queue import SimpleQueue

from lexarray.cli.failure import Failure


def in_order(work, tasks, jobs, before_start=None):
    """The results of a function for a stream of tasks.

    Args:
        work (Callable[[object], tuple[bytes, object]]): the function. It, the tasks and the second part of a result can be
            pickled. Each process has its own copy of it, for all of its tasks.
        tasks (Iterable[object]): read in this process, at most two tasks a process ahead of the results that were taken.
        jobs (int): how many processes, or fewer if there are not as many tasks. With 1, or if there is no second task, this
            one does the work and none is started.
        before_start (Callable[[], object]): called before processes are started; here files that they share are flushed.

    Yields:
        tuple[bytes, object]: ``work(task)`` for each task, in order. If reading the tasks raises, the results of those
        that were read come first.

    Raises:
        Failure: a process was killed.
        Exception: what ``work`` raised.

    However this ends, no process is left; if this process is killed, the others see that and end, too.

    >>> list(in_order(lambda number: (b"%d" % number, number ** 2), [1, 2, 3], 1))
    [(b'1', 1), (b'2', 4), (b'3', 9)]
    """
    tasks = _Tasks(tasks)
    first = deque()
    while len(first) < jobs and (task := tasks.read()):
        first.append(task)
    if len(first) > 1:
        if before_start is not None:
            before_start()
        with _started(work, len(first)) as ask:
            waiting = deque(ask(*task) for task in first)
            first.clear()
            while waiting:
                while len(waiting) < 2 * jobs and (task := tasks.read()):
                    waiting.append(ask(*task))
                yield waiting.popleft().result()
    else:
        while first:
            yield work(*first.popleft())
            if task := tasks.read():
                first.append(task)
    if tasks.error is not None:
        raise tasks.error


class _Tasks:
    # Tasks one by one, in a tuple; then empty tuples. If reading them fails, `error` says why.

    def __init__(self, tasks):
        self._tasks = iter(tasks)
        self._ended = False
        self.error = None

    def read(self):
        """The next task, in a tuple."""
        if not self._ended:
            try:
                return (next(self._tasks),)
            except StopIteration:
                self._ended = True
            except Failure as error:
                self._ended, self.error = True, error
        return ()


@contextmanager
def _started(work, jobs):
    # A function that gives a task to the next process that has none, and returns its future result. A thread for each
    # process waits for it, without the GIL.
    import multiprocessing          # slow, and of no use to other commands
    from concurrent.futures import ThreadPoolExecutor

    forks = sys.platform.startswith("linux")        # elsewhere libraries of the system may not survive it
    context = multiprocessing.get_context("fork" if forks else "spawn")
    idle, started, threads = SimpleQueue(), [], ThreadPoolExecutor(jobs, thread_name_prefix="lexarray-job")

    def _ask(task):
        connection, process = worker = idle.get()
        try:
            connection.send(task)
            error, rest = connection.recv()
            if error is not None:
                raise error
            return connection.recv_bytes(), rest
        except (EOFError, ConnectionError):
            process.join()
            raise Failure(f"a process of --jobs was ended from outside (exit code {process.exitcode}); if memory is short, "
                          f"use fewer") from None
        finally:
            idle.put(worker)

    try:
        with _signals_held_back():
            for _ in range(jobs):
                ours, theirs = context.Pipe()
                # A forked process has our ends of all pipes, and would not see that we are gone.
                not_theirs = [ours, *(connection for connection, _ in started)] if forks else []
                process = context.Process(target=_serve, args=(theirs, work, not_theirs), daemon=True)
                process.start()
                theirs.close()
                started.append((ours, process))
                idle.put((ours, process))
        yield lambda task: threads.submit(_ask, task)
    finally:
        for _, process in started:
            process.kill()              # it holds nothing but what we gave it
        threads.shutdown(cancel_futures=True)
        for connection, process in started:
            process.join()
            connection.close()


@contextmanager
def _signals_held_back():
    # They come to us when this ends: what a signal raises while Python forks is lost. What is started meanwhile never sees
    # Ctrl-C, which a terminal sends to all.
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(connection, work, not_ours):
    # What a process does: tasks in, results out, until nobody asks any more.
    signal.signal(signal.SIGINT, signal.SIG_IGN)        # where it cannot be held back
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    for each in not_ours:
        each.close()
    while True:
        try:
            task = connection.recv()
        except (EOFError, ConnectionError):
            return
        try:
            data, rest = work(task)
        except Exception as error:
            answer = error, None
        else:
            answer = None, rest
        try:
            connection.send(answer)
            if answer[0] is None:
                connection.send_bytes(data)
        except ConnectionError:
            return
