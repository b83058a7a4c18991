"""Files of vectors beside gensim: times as ratios of medians, peak memory, memory of two processes that map one file.

    python benchmarks/versus/vector_files.py [--rounds 5] [--rows 400000 --size 100]
    python benchmarks/versus/vector_files.py --matrix VECTORS.npy --words WORDS.parquet

Installs nothing: run it where lexarray and gensim are installed (the `bench` extra). The table is made, of random
numbers and made-up words, or it is that of a .npy file and the column `index` of a Parquet file. Each load runs in a
process of its own, ours and theirs in turn.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from lexarray.vectors import KeyedVectors

CHILD = """
import json, sys, time
{imports}
def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) * 1024
before = peak()
started = time.perf_counter()
kv = {load}
seconds = time.perf_counter() - started
print(json.dumps([seconds, peak() - before, len(kv)]))
"""
OURS = "from lexarray.vectors import KeyedVectors"
THEIRS = "from gensim.models import KeyedVectors"

PSS = """
import sys
from lexarray.vectors import KeyedVectors
def pss(path):
    here, total = False, 0
    for line in open("/proc/self/smaps"):
        fields = line.split()
        if "-" in fields[0] and not fields[0].endswith(":"):
            here = path in line
        elif here and fields[0] in ("Pss:", "Rss:"):
            total += int(fields[1]) if fields[0] == "Pss:" else 0
    return total
kv = KeyedVectors.load(sys.argv[1], mmap="r")
for key in kv:
    kv.get_index(key)
kv.most_similar(0), kv.norms.sum(), kv.vectors.sum()
print("ready", flush=True)
sys.stdin.readline()
print(pss(sys.argv[1]), flush=True)
sys.stdin.readline()
"""


def make_words(n, rng):
    """Different words, letters as frequent as in English, 3 to 11 long."""
    letters = np.array(list("etaoinshrdlucmfwypvbgkqjxz"))
    words = {}
    while len(words) < n:
        word = "".join(letters[np.minimum(25, rng.exponential(6, rng.integers(3, 12)).astype(int))])
        words.setdefault(word)
    return list(words)


def run(imports, load):
    """Seconds, bytes of peak memory over that before, and rows of one load in a new process."""
    code = CHILD.format(imports=imports, load=load)
    return json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def main():
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=400_000)
    parser.add_argument("--size", type=int, default=100)
    parser.add_argument("--matrix")
    parser.add_argument("--words")
    parser.add_argument("--folder", help="where to write the files; default: a temporary one")
    arguments = parser.parse_args()
    if arguments.matrix:
        import pyarrow.parquet

        vectors = np.load(arguments.matrix)
        words = pyarrow.parquet.read_table(arguments.words)["index"].to_pylist()
    else:
        rng = np.random.default_rng(0)
        words = make_words(arguments.rows, rng)
        vectors = rng.standard_normal((arguments.rows, arguments.size)).astype(np.float32)
    kv = KeyedVectors(vectors.shape[1])
    kv.add_vectors(words, vectors)
    n_bytes = vectors.nbytes + kv.keys.nbytes
    print(f"{len(kv):,} x {kv.vector_size}, float32; the finished table takes {n_bytes / 1e6:.0f} MB")
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        folder = Path(folder)
        text, binary, own, theirs = (str(folder / name) for name in ("t.txt", "b.bin", "o.safetensors", "g.kv"))
        kv.save_word2vec_format(text)
        kv.save_word2vec_format(binary, binary=True)
        kv.save(own)
        subprocess.run([sys.executable, "-c", f"{THEIRS}\nKeyedVectors.load_word2vec_format({binary!r}, binary=True)"
                                              f".save({theirs!r})"], check=True)
        del kv, words, vectors
        print(f"text {os.path.getsize(text) / 1e6:.0f} MB, binary {os.path.getsize(binary) / 1e6:.0f} MB, own "
              f"{os.path.getsize(own) / 1e6:.0f} MB")
        print(f"{'':28}{'gensim':>10}{'ours':>10}{'ratio':>9}{'our peak / table':>19}")
        w2v = "KeyedVectors.load_word2vec_format({!r}, binary={})"
        for name, ours, other, rounds in (
                ("word2vec text", f"KeyedVectors.load({text!r})", w2v.format(text, False), min(3, arguments.rounds)),
                ("  on one thread", f"KeyedVectors.load({text!r}, threads=1)", None, arguments.rounds),
                ("word2vec binary", f"KeyedVectors.load({binary!r})", w2v.format(binary, True), arguments.rounds),
                ("own file, read", f"KeyedVectors.load({own!r})", f"KeyedVectors.load({theirs!r})", arguments.rounds),
                ("own file, mapped", f"KeyedVectors.load({own!r}, mmap='r')", f"KeyedVectors.load({theirs!r}, mmap='r')",
                 arguments.rounds)):
            times = [(run(OURS, ours), run(THEIRS, other) if other else None) for _ in range(rounds)]
            our_time = statistics.median(mine[0] for mine, _ in times)
            peak = statistics.median(mine[1] for mine, _ in times) / n_bytes
            if other:
                their_time = statistics.median(his[0] for _, his in times)
                print(f"{name:28}{their_time:9.3f}s{our_time:9.4f}s{their_time / our_time:8.1f}x{peak:18.2f}x")
            else:
                print(f"{name:28}{'':10}{our_time:9.4f}s{'':9}{peak:18.2f}x")
        two = [subprocess.Popen([sys.executable, "-c", PSS, own], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
               for _ in range(2)]
        for child in two:
            child.stdout.readline()
        for child in two:
            child.stdin.write("\n")
            child.stdin.flush()
        shares = [int(child.stdout.readline()) * 1024 for child in two]
        for child in two:
            child.communicate("\n")
        print("two processes that map our file and have read all of it: proportional set sizes of the file "
              + " and ".join(f"{share / 1e6:.1f} MB" for share in shares) + f", of {os.path.getsize(own) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
