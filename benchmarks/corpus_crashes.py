"""Writers of a corpus that are killed at random moments: what was flushed must be there, and every file must open.

    python benchmarks/corpus_crashes.py [--kills 200] [--seed 1]

Three kinds of writers, in turn, each in a process of its own, which SIGKILL ends: one that flushes every few documents; one that
never does, so that its blocks are written as they fill up; and one that opens and closes the file for each document, so that
it dies while it cuts off the file's end, writes a block, or writes a new end. Each goes on with what the last one has
left, and says, on its standard output, how many documents are safe. Needs Linux or macOS.
"""

import argparse
import collections
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import warnings

import pyarrow
from lexarray.corpus import Corpus, CorpusWriter, writer
from lexarray.tokens import Doc
from lexarray.vocab import Vocab

KINDS = ("flushes", "fills", "reopens")


def document(vocab, number):
    """One that says its number, and has as many tokens as follow from it."""
    chance = random.Random(number)
    doc = Doc(vocab, words=["number", str(number), *(f"w{chance.randrange(10**6)}" for _ in range(chance.randrange(400)))])
    doc.user_data["number"] = number
    return doc


def write(path, kind):
    """Append until killed."""
    warnings.simplefilter("ignore")
    vocab = Vocab()
    writer.BLOCK_TOKENS = 2000
    out = CorpusWriter(path)
    safe = number = len(out)
    print(safe, flush=True)
    while True:
        for _ in range(1 if kind == "reopens" else 3):
            out.add(document(vocab, number))
            number += 1
        if kind == "reopens":
            out.close()
        elif kind == "flushes":
            out.flush()
        print(safe if kind == "fills" else number, flush=True)
        if kind == "reopens":
            out = CorpusWriter(path)


def kill_one(path, kind, chance):
    """Start a writer, kill it. Returns how many documents it has said to be safe."""
    with subprocess.Popen([sys.executable, __file__, "--write", path, kind], stdout=subprocess.PIPE, text=True) as process:
        safe = process.stdout.readline()
        if chance.randrange(4):                 # else it has only begun
            safe += process.stdout.readline()
        time.sleep(chance.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    if not safe:
        raise SystemExit(f"a writer that {kind} has failed")
    lines = [line for line in (safe + rest).split("\n")[:-1] if line]
    return int(lines[-1])


def main():
    """Read the arguments, kill, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write:
        write(*arguments.write)
    chance = random.Random(arguments.seed)
    counts = collections.Counter()
    vocab = Vocab()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.corpus")
        before = 0
        for kill in range(arguments.kills):
            kind = KINDS[kill % len(KINDS)]
            safe = kill_one(path, kind, chance)
            with Corpus(path, vocab) as corpus:
                n = len(corpus)
                for i, doc in enumerate(corpus.docs(max(0, before - 50)), max(0, before - 50)):
                    if doc.user_data["number"] != i or doc.text != document(vocab, i).text:
                        raise SystemExit(f"kill {kill}: document {i:,} is another")
                counts["lost after a flush"] += max(0, safe - n)
                counts["lost of an earlier writer's"] += max(0, before - n)
                counts["files with part of a block"] += corpus.n_torn > 0
                counts["closed files"] += corpus._file.is_closed
                counts[f"killed writers, of the kind that {kind}"] += 1
            before = n
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            CorpusWriter(path).close()
        with Corpus(path, vocab) as corpus:
            if [doc.user_data["number"] for doc in corpus] != list(range(before)):
                raise SystemExit("the whole corpus is not what was written")
        with pyarrow.ipc.open_file(path) as file:
            n_blocks = file.num_record_batches
        print(f"{arguments.kills} kills; {before:,} documents in {n_blocks:,} blocks, {os.path.getsize(path):,} bytes: all there")
        for name, count in counts.items():
            print(f"{name}: {count:,}")
    if counts["lost after a flush"] or counts["lost of an earlier writer's"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
