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


def made_table(n_rows, size):
    """A table of made-up words and random numbers, the same at each call."""
    rng = np.random.default_rng(0)
    words = make_words(n_rows, rng)
    kv = KeyedVectors(size)
    kv.add_vectors(words, rng.standard_normal((n_rows, size)).astype(np.float32))
    return kv


def given_table(matrix, words):
    """A table of the rows of a .npy file; its words are the column `index` of a Parquet file."""
    import pyarrow.parquet

    vectors = np.load(matrix)
    kv = KeyedVectors(vectors.shape[1])
    kv.add_vectors(pyarrow.parquet.read_table(words)["index"].to_pylist(), vectors)
    return kv


def write_files(kv, folder):
    """The same table as word2vec text and binary, in our own format and in gensim's: the four paths."""
    text, binary, own, theirs = (str(Path(folder) / name) for name in ("t.txt", "b.bin", "o.safetensors", "g.kv"))
    kv.save_word2vec_format(text)
    kv.save_word2vec_format(binary, binary=True)
    kv.save(own)
    subprocess.run([sys.executable, "-c", f"{THEIRS}\nKeyedVectors.load_word2vec_format({binary!r}, binary=True)"
                                          f".save({theirs!r})"], check=True)
    return text, binary, own, theirs


def load_codes(text, binary, own, theirs):
    """Name of a load -> the expression for ours, and for gensim's."""
    w2v = "KeyedVectors.load_word2vec_format({!r}, binary={})"
    return {
        "word2vec text": (f"KeyedVectors.load({text!r})", w2v.format(text, False)),
        "word2vec binary": (f"KeyedVectors.load({binary!r})", w2v.format(binary, True)),
        "own file, read": (f"KeyedVectors.load({own!r})", f"KeyedVectors.load({theirs!r})"),
        "own file, mapped": (f"KeyedVectors.load({own!r}, mmap='r')", f"KeyedVectors.load({theirs!r}, mmap='r')"),
    }


def load_times(ours, theirs, rounds):
    """(seconds, peak bytes, rows) of each round, ours and theirs, each load in a process of its own."""
    return [(run(OURS, ours), run(THEIRS, theirs)) for _ in range(rounds)]


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
        kv = given_table(arguments.matrix, arguments.words)
    else:
        kv = made_table(arguments.rows, arguments.size)
    n_bytes = kv.vectors.nbytes + kv.keys.nbytes
    print(f"{len(kv):,} x {kv.vector_size}, float32; the finished table takes {n_bytes / 1e6:.0f} MB")
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        text, binary, own, theirs = write_files(kv, folder)
        del kv
        print(f"text {os.path.getsize(text) / 1e6:.0f} MB, binary {os.path.getsize(binary) / 1e6:.0f} MB, own "
              f"{os.path.getsize(own) / 1e6:.0f} MB")
        print(f"{'':28}{'gensim':>10}{'ours':>10}{'ratio':>9}{'our peak / table':>19}")
        for name, (ours, other) in load_codes(text, binary, own, theirs).items():
            rounds = min(3, arguments.rounds) if name == "word2vec text" else arguments.rounds
            times = load_times(ours, other, rounds)
            our_time, their_time = (statistics.median(each[0] for each in side) for side in zip(*times))
            peak = statistics.median(mine[1] for mine, _ in times) / n_bytes
            print(f"{name:28}{their_time:9.3f}s{our_time:9.4f}s{their_time / our_time:8.1f}x{peak:18.2f}x")
            if name == "word2vec text":
                alone = [run(OURS, f"KeyedVectors.load({text!r}, threads=1)") for _ in range(rounds)]
                our_time, peak = (statistics.median(column) for column in list(zip(*alone))[:2])
                print(f"{'  on one thread':28}{'':10}{our_time:9.4f}s{'':9}{peak / n_bytes:18.2f}x")
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
