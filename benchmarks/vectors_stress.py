"""Threads that ask a table while one adds, replaces and removes: are all answers right?

    python benchmarks/vectors_stress.py [--seconds 60] [--threads 8] [--rows 20000]

Each answer can be checked from the key alone: key i has the i-th random vector, or twice that.
"""

import argparse
import random
import threading
from time import monotonic

import numpy as np
from lexarray.vectors import KeyedVectors

SIZE = 32


def vector(i, variant=0):
    """The vector of key number i; variant 1 is twice as long."""
    rng = np.random.default_rng(i)
    return (rng.standard_normal(SIZE) * (1 + variant)).astype(np.float32)


def main():
    """Run, and print how many answers were right."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--rows", type=int, default=20_000)
    arguments = parser.parse_args()
    kv = KeyedVectors(SIZE)
    kv.add_vectors([str(i) for i in range(arguments.rows)], np.array([vector(i) for i in range(arguments.rows)]))
    stop = monotonic() + arguments.seconds
    added, wrong, counts = [arguments.rows], [], [0] * arguments.threads

    def ask(number):
        rng = random.Random(number)
        while monotonic() < stop and not wrong:
            i = rng.randrange(added[0])
            key, how = str(i), rng.randrange(6)
            direction = vector(i).astype(np.float64)
            try:
                if how == 0:
                    good = kv.most_similar(positive=[direction], topn=1)[0][0] == key
                elif how == 1:
                    rows, scores = kv.search(np.array([direction, -direction]), 3)
                    good = abs(scores[0, 0] - 1) < 1e-6 and scores[1, 0] < 1
                elif how == 2:
                    row = kv[[key]][0]
                    good = any(np.array_equal(row, vector(i, variant)) for variant in (0, 1))
                elif how == 3:
                    other = str(rng.randrange(added[0]))
                    cosine = direction @ vector(int(other)) / np.linalg.norm(direction) / np.linalg.norm(vector(int(other)))
                    good = abs(kv.similarity(key, other) - cosine) < 1e-5
                elif how == 4:
                    good = kv.get_index(key) >= 0 and key in kv and kv.rank(key, key) == 1
                else:
                    norms, n = kv.norms, len(kv)
                    good = len(norms) <= len(kv) and n >= arguments.rows and bool((norms > 0).all())
            except Exception as error:
                wrong.append(f"{key}: {error!r}")
                raise
            if not good:
                wrong.append(f"{key}: answer {how}")
            counts[number] += 1

    def change():
        rng = random.Random("change")
        while monotonic() < stop and not wrong:
            how = rng.randrange(20)
            if how == 0:
                i = rng.randrange(added[0])
                kv[str(i)] = vector(i, rng.randrange(2))
            elif how == 1:
                kv["passing"] = vector(0)[::-1]
                kv.remove("passing")
            elif how == 2:
                kv.set_vecattr(str(rng.randrange(added[0])), "count", rng.randrange(100))
                if rng.randrange(10) == 0:
                    kv.sort_by_descending_frequency()
            else:
                kv.add_vector(str(added[0]), vector(added[0]))
                added[0] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(arguments.threads)]
    threads.append(threading.Thread(target=change))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for line in wrong[:5]:
        print("wrong:", line)
    print(f"{arguments.threads} threads, {sum(counts):,} answers, {len(wrong)} wrong, while the table grew from {arguments.rows:,} to "
          f"{len(kv):,} rows")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
