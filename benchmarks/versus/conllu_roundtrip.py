"""How many sentences of CoNLL-U files come back identical, and how fast.

    python benchmarks/versus/conllu_roundtrip.py FILE.conllu [...]

Each file is read and written, by sentence and by document, and compared sentence by sentence, byte by byte.
Installs nothing.
"""

import argparse
import os
import tempfile
from collections import Counter
from time import perf_counter

import lexarray
from lexarray.interop.conllu import COLUMNS, read_conllu, write_conllu


def sentences(path):
    """The sentences of a file, bytes."""
    with open(path, "rb") as file:
        return file.read().split(b"\n\n")[:-1]


def reason(before, after):
    """Why two sentences differ: the first column that does."""
    for old, new in zip(before.decode().split("\n"), after.decode().split("\n")):
        if old != new:
            if old.startswith("#"):
                return f"comment: {old!r} -> {new!r}"
            for column, a, b in zip(COLUMNS, old.split("\t"), new.split("\t")):
                if a != b:
                    return f"{column}: {a!r} -> {b!r}"
    return "number of lines"


def main():
    """Read the arguments and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE.conllu")
    arguments = parser.parse_args()
    for by in ("sentence", "document"):
        n = n_words = n_same = n_files = 0
        read_seconds = write_seconds = 0.0
        reasons = Counter()
        for path in arguments.files:
            vocab = lexarray.blank("en").vocab
            started = perf_counter()
            docs = list(read_conllu(path, vocab, by=by))
            read_seconds += perf_counter() - started
            with tempfile.TemporaryDirectory() as folder:
                target = os.path.join(folder, "out.conllu")
                started = perf_counter()
                write_conllu(docs, target)
                write_seconds += perf_counter() - started
                before, after = sentences(path), sentences(target)
                with open(path, "rb") as old, open(target, "rb") as new:
                    n_files += old.read() == new.read()
            n_words += sum(map(len, docs))
            n += len(before)
            n_same += sum(map(bytes.__eq__, before, after)) if len(before) == len(after) else 0
            reasons.update(reason(a, b) for a, b in zip(before, after) if a != b)
        print(f"by {by}: {n_same:,} of {n:,} sentences identical ({n_files} of {len(arguments.files)} files); "
              f"{n_words:,} tokens; read {n / read_seconds:,.0f} sentences/s, write {n / write_seconds:,.0f} sentences/s")
        for why, count in reasons.most_common(10):
            print(f"  {count:6,} {why}")


if __name__ == "__main__":
    main()
