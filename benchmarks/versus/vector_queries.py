"""How fast lexarray's KeyedVectors answers, as a ratio to gensim's in the same process.

    python benchmarks/versus/vector_queries.py [VECTORS.npy] [--rounds 9]

On a made table of 400,000 x 100, or on the rows of a .npy file. Medians of rounds in which the two take turns. Both
use the BLAS of NumPy with as many threads as it takes. Installs nothing: run it where lexarray and gensim are
installed (the `bench` extra).
"""

import argparse
import time

import gensim.models
import lexarray
import numpy as np


def seconds(function):
    """Of one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def made_rows(n_rows, size):
    """Random rows, the same at each call."""
    return np.random.default_rng(0).standard_normal((n_rows, size), np.float32)


def make_tables(rows):
    """The same table of both libraries, norms included, and 200 keys that are asked for."""
    keys = [f"word{i}" for i in range(len(rows))]
    ours, theirs = lexarray.KeyedVectors(rows.shape[1]), gensim.models.KeyedVectors(rows.shape[1])
    for table in (ours, theirs):
        table.add_vectors(keys, rows)
        table.fill_norms()
    random = np.random.default_rng(0)
    return ours, theirs, [keys[i] for i in random.integers(0, len(keys), 200)]


def query_times(ours, theirs, few, rounds):
    """For each query, as it is measured: its name, and seconds of each round, ours and theirs."""
    keys, random = ours.index_to_key, np.random.default_rng(1)
    many = [keys[i] for i in random.integers(0, len(keys), 100_000)]
    rank = keys[500]
    work = [
        ("most_similar(key), top 10", lambda kv: kv.most_similar(few[0]), None),
        ("most_similar([a, b], [c]), top 10", lambda kv: kv.most_similar(few[:2], few[2:3]), None),
        ("most_similar_cosmul([a, b], [c]), top 10", lambda kv: kv.most_similar_cosmul(few[:2], few[2:3]), None),
        ("200 keys, top 10: search against one by one", lambda kv: kv.search(few),
         lambda kv: [kv.most_similar(key) for key in few]),
        ("most_similar(key, topn=None)", lambda kv: kv.most_similar(few[0], topn=None), None),
        ("rank(a, b)", lambda kv: kv.rank(few[0], rank), None),
        ("10,000 similarity(a, b)", lambda kv: [kv.similarity(a, b) for a, b in zip(many[:10_000], many[1:])], None),
        ("doesnt_match of 4 keys, 1,000 times", lambda kv: [kv.doesnt_match(many[i:i + 4]) for i in range(1000)], None),
        ("100,000 times kv[key]", lambda kv: [kv[key] for key in many], None),
        ("kv[100,000 keys]", lambda kv: kv[many], None),
    ]
    for name, ask_ours, ask_theirs in work:
        yield name, [(seconds(lambda: ask_ours(ours)), seconds(lambda: (ask_theirs or ask_ours)(theirs))) for _ in range(rounds)]


def equal_lists(ours, theirs, few):
    """How many of the keys have the same ten neighbours, in the same order."""
    found, _ = ours.search(few)
    return sum([ours.index_to_key[row] for row in rows] == [key for key, _ in theirs.most_similar(query)]
               for rows, query in zip(found, few))


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("vectors", nargs="?")
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    rows = np.load(args.vectors).astype(np.float32) if args.vectors else made_rows(400_000, 100)
    print(f"{len(rows):,} x {rows.shape[1]}; medians of {args.rounds} rounds, in ms")
    print(f"{'':50}{'gensim':>10}{'lexarray':>10}{'ratio':>8}")
    ours, theirs, few = make_tables(rows)
    for name, times in query_times(ours, theirs, few, args.rounds):
        b, a = (1000 * np.median(side) for side in zip(*times))
        print(f"{name:50}{a:10.2f}{b:10.2f}{a / b:8.1f}", flush=True)
    print(f"{equal_lists(ours, theirs, few)} of {len(few)} lists of 10 equal")


if __name__ == "__main__":
    main()
