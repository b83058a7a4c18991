"""Work that several threads do at once: :func:`in_threads`."""

import threading

THREADS = 6


def in_threads(work, n=THREADS):
    """work(i) in n threads, begun together; their results, or the first failure."""
    results, failures, start = [None] * n, [], threading.Barrier(n)

    def run(i):
        try:
            start.wait()
            results[i] = work(i)
        except BaseException as error:
            failures.append(error)
    workers = [threading.Thread(target=run, args=[i]) for i in range(n)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failures:
        raise failures[0]
    return results
