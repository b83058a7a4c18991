"""A corpus of many tokens, of one text again and again: how long it takes to write, open and read it, and how much memory.

Each step runs in a process of its own, so that its memory can be told. Random access is measured with blocks that are not among
those that are kept, in a file that the system has in memory; ``--cold`` asks the system to forget it first.

    python benchmarks/corpus_scale.py TEXT [--tokens 100_000_000] [--path FILE]
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def most_memory():
    """The greatest resident size of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def write(text, path, n_tokens):
    """Paragraphs of the text, again and again, until there are so many tokens."""
    import lexarray
    from lexarray import CorpusWriter

    nlp = lexarray.blank("en")
    paragraphs = [each for each in Path(text).read_text(encoding="utf-8").split("\n\n") if each.strip()]
    n = 0
    started = time.perf_counter()
    with CorpusWriter(path) as out:
        while n < n_tokens:
            for doc in nlp.pipe(paragraphs):
                out.add(doc)
                n += len(doc)
    seconds = time.perf_counter() - started
    return {"tokens": n, "documents": len(out), "tokens_per_second": n / seconds, "MB": os.path.getsize(path) / 1e6,
            "bytes_per_token": os.path.getsize(path) / n, "most_memory_MB": most_memory()}


def access(path, cold):
    """Open it, and read documents here and there."""
    import lexarray
    from lexarray import Corpus

    vocab = lexarray.blank("en").vocab
    Corpus(path, vocab)                     # imports, and pyarrow's first call
    before = most_memory()
    if cold:
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    started = time.perf_counter()
    corpus = Corpus(path, vocab)
    n = len(corpus)
    opened = time.perf_counter() - started
    chance = random.Random(1)
    times = []
    for _ in range(500):
        i = chance.randrange(n)
        started = time.perf_counter()
        corpus[i]
        times.append(time.perf_counter() - started)
    times.sort()
    return {"documents": n, "open_ms": opened * 1e3, "access_ms_median": statistics.median(times) * 1e3,
            "access_ms_first": times[0] * 1e3, "access_ms_99th": times[int(0.99 * len(times))] * 1e3,
            "memory_before_MB": before, "most_memory_MB": most_memory()}


def iterate(path):
    """Read all of it, one document after the other."""
    import lexarray
    from lexarray import Corpus

    vocab = lexarray.blank("en").vocab
    n = 0
    early = 0.0
    started = time.perf_counter()
    for i, doc in enumerate(Corpus(path, vocab)):
        n += len(doc)
        if i == 50_000:
            early = most_memory()
    seconds = time.perf_counter() - started
    return {"tokens": n, "tokens_per_second": n / seconds, "memory_MB_after_50000": early, "most_memory_MB": most_memory()}


def main():
    """Run the steps and print what they say."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("text")
    parser.add_argument("--tokens", type=int, default=100_000_000)
    parser.add_argument("--path")
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.path or os.path.join(folder, "large.corpus")
        steps = {"write": lambda: write(arguments.text, path, arguments.tokens), "access": lambda: access(path, arguments.cold),
                 "iterate": lambda: iterate(path)}
        if arguments.step:
            print(json.dumps(steps[arguments.step]()))
            return
        for step in steps:
            out = subprocess.run([sys.executable, __file__, *sys.argv[1:], "--path", path, "--step", step], check=True,
                                 stdout=subprocess.PIPE, text=True).stdout
            print(step, *(f"{name} {value:,.2f}" for name, value in json.loads(out).items()), sep="\n    ")


if __name__ == "__main__":
    main()
