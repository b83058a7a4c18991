"""Tokenizing beside spaCy: ratios of medians, both measured in turn in one run; and memory, each in a new process.

    python benchmarks/versus/tokenization.py TEXT [...] [--rounds 7] [--tokens 200000] [--threads 2] [--only PART ...]

TEXT is a text file, which is cut into texts at blank lines, or a CoNLL-U file, whose `# text = ` lines are the texts.
Words drawn from `wordfreq`'s lists for five languages (en, ru, ar, ja, hi), as often as each language uses them, are a
further corpus. A text file whose lines end within sentences is also read with its lines joined: spaCy is several times
slower where newlines are. Prints Markdown tables; `--only` names those wanted: warm, new, threads, import, hostile, memory, limits.
Installs nothing: run it where lexarray, spacy and wordfreq are installed (the `bench` extra).

- warm: English, over the texts that together have so many tokens, which have been read once before.
- new: a stream in which no word comes twice, by a tokenizer that has read nothing yet; word types a second.
- threads: lexarray's `pipe` on one thread and on several over whole files, and whether the tokens are the same. Before
  and after each round SHA-256, which shares nothing, shows whether the machine has that many cores to give: the second
  ratio is of the rounds in which it has, that is where SHA-256 gains at least 85 % of what it could.
- import: from starting a new interpreter to its end, `python -c pass` taken off; beside `import numpy`.
- hostile: a chunk of 32 kB without a space; spaCy is stopped after ten seconds.
- memory: growth of the resident size of a new process (from /proc, so on Linux only): of a two-token document and of one
  more token over 100,000 documents; of a new word type over some hundred thousand.
- limits: how fast the machine copies memory, and what that says of the bytes that are read and written for a token.
"""

import argparse
import gc
import multiprocessing
import os
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from time import perf_counter

import numpy as np

from corpora import frequent_words, new_words, read_texts, with_lines_joined
from documents import LIBRARIES, document_bytes, in_new_process, resident, seconds

LOOKED_UP = 64          # bytes that finding a chunk reads: a slot, and an entry of 24 bytes and its text, about a cache line
PARTS = ("warm", "new", "threads", "import", "hostile", "memory", "limits")
PATIENCE = 10           # seconds, which spaCy has for a hostile chunk
HOSTILE = {"dots": ".", "brackets": "([{", "apostrophes": "'", "clitics": "'s", "a.b.": "a.b.", "http://": "http://"}


def median_row(work, count, unit, times, scale=1e6):
    """Print a row of a table: how much of a unit a second for both, the ratio, and its spread over the rounds."""
    ours, theirs = (statistics.median(column) for column in zip(*times))
    ratios = sorted(their / our for our, their in times)
    print(f"| {work} | {count / ours / scale:.2f} {unit} | {count / theirs / scale:.3f} {unit} | {theirs / ours:.1f} | "
          f"{ratios[0]:.1f} to {ratios[-1]:.1f} |", flush=True)


def in_turn(rounds, *functions):
    """Times of each function, in turn; nothing is collected meanwhile."""
    gc.collect()
    gc.disable()
    times = [[seconds(function) for function in functions] for _ in range(rounds)]
    gc.enable()
    return times


def one_by_one(nlp, texts):
    """Tokenize texts by calls; each document goes before the next is made."""
    for text in texts:
        nlp(text)


def by_pipe(nlp, texts, **options):
    """The same by `pipe`. A token of each document is read, because an array may be made when it is asked for."""
    for doc in nlp.pipe(texts, **options):
        doc[0]


def counted(nlp, texts, **options):
    """By `pipe`, too, but only the number of tokens is read."""
    for doc in nlp.pipe(texts, **options):
        len(doc)


def heading(title):
    """The head of a table with a column for each library."""
    print(f"\n{title}\n\n| work | lexarray | spaCy | ratio | spread of the ratio |\n| --- | --- | --- | --- | --- |")


def up_to(texts, n_tokens):
    """The first texts that together have so many tokens; and how many they have."""
    tokenizer = import_module("lexarray").blank("en").tokenizer
    chosen, count = [], 0
    for text in texts:
        chosen.append(text)
        count += len(tokenizer(text))
        if count >= n_tokens:
            break
    return chosen, count


def warm_times(texts, rounds, function=one_by_one):
    """Seconds of each round, ours and theirs: one thread, texts and words known."""
    ours, theirs = (import_module(library).blank("en") for library in LIBRARIES)
    one_by_one(ours, texts)
    one_by_one(theirs, texts)
    return in_turn(rounds, lambda: function(ours, texts), lambda: function(theirs, texts))


def print_warm(corpora, n_tokens, rounds):
    """One thread, texts and words known."""
    for name, texts in corpora:
        texts, count = up_to(texts, n_tokens)
        n_bytes = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
        heading(f"warm, {name}: {len(texts):,} texts, {count:,} tokens, {n_bytes / count:.1f} bytes a token")
        for work, function in (("`nlp(text)`", one_by_one), ("`nlp.pipe(texts)`", by_pipe)):
            median_row(work, count, "M tokens/s", warm_times(texts, rounds, function))


def first_reading(library, texts):
    """Time of a new pipeline for texts that it has not seen, and how many types its vocabulary has learnt."""
    nlp = import_module(library).blank("en")
    nlp("The first text, which compiles the rules.")
    known = len(nlp.vocab)
    taken = seconds(lambda: one_by_one(nlp, texts))
    return taken, len(nlp.vocab) - known


def new_times(texts, rounds):
    """Seconds of each round, ours and theirs, for texts that are new; and the types that each vocabulary learns."""
    times = []
    for _ in range(rounds):
        (ours, learnt), (theirs, also_learnt) = (first_reading(library, texts) for library in LIBRARIES)
        times.append((ours, theirs))
    return times, learnt, also_learnt


def print_new(n_types, rounds):
    """Every word new."""
    heading("every word new")
    streams = {"words of five languages": new_words(n_types), "made-up words of Latin letters": invented(n_types)}
    for name, texts in streams.items():
        times, learnt, also_learnt = new_times(texts, rounds)
        if learnt != also_learnt:
            name += f" ({also_learnt:,} for spaCy)"
        median_row(f"{name}: {learnt:,} types", learnt, "M types/s", times)


def invented(n_words):
    """Words that no rule takes apart, each another, in texts of 200."""
    syllables = [consonant + vowel for consonant in "bcdfghjklmnprstv" for vowel in "aeio"]
    words = ["".join(syllables[number * 0x9E3779B1 >> 6 * i & 63] for i in range(5)) for number in range(n_words)]
    return [" ".join(words[start:start + 200]) for start in range(0, n_words, 200)]


def fields(doc):
    """All that tokenizing puts into a document, as an array."""
    return doc.to_array(["ORTH", "NORM", "LOWER", "SHAPE", "SPACY", "IDX", "LENGTH", "IS_ALPHA", "LIKE_NUM"])


def digests(n_digests, threads):
    """Work that releases the GIL and shares nothing, so many times on so many threads."""
    data = bytes(1 << 25)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: sha256(data).digest(), range(n_digests)))


def same_by_threads(nlp, texts, threads):
    """Whether the documents of several threads are those of a call a text; and how many tokens they have."""
    single = [fields(nlp(text)) for text in texts]
    same = all(np.array_equal(fields(doc), one) and doc.text == text
               for doc, one, text in zip(nlp.pipe(texts, threads=threads), single, texts, strict=True))
    return same, sum(map(len, single))


def thread_times(nlp, texts, threads, rounds, function=by_pipe):
    """Seconds of each round, one thread and several: of all rounds, and of those in which the cores were free."""
    times = in_turn(rounds, lambda: digests(threads, 1), lambda: digests(threads, threads),
                    lambda: function(nlp, texts), lambda: function(nlp, texts, threads=threads),
                    lambda: digests(threads, threads), lambda: digests(threads, 1))
    quiet = [each[2:4] for each in times if min(each[0] / each[1], each[5] / each[4]) > 0.85 * threads]
    return [each[2:4] for each in times], quiet


def print_threads(corpora, threads, rounds):
    """Several threads against one; the documents of each are compared with those of a call a text."""
    print(f"\n{threads} threads against one, lexarray; warm; whole files\n\n"
          f"| corpus | read | one thread | {threads} threads | ratio, all rounds | with {threads} free cores | spread of that | same output |\n"
          "| --- | --- | --- | --- | --- | --- | --- | --- |")
    nlp = import_module("lexarray").blank("en")
    for name, texts in corpora:
        same, count = same_by_threads(nlp, texts, threads)
        for what, function in (("a token of each document", by_pipe), ("its length", counted)):
            times, quiet = thread_times(nlp, texts, threads, rounds * 5, function)
            one, several = (statistics.median(column) for column in zip(*times))
            quiet = sorted(single / many for single, many in quiet)
            found = "never | "
            if quiet:
                found = f"{statistics.median(quiet):.2f} ({len(quiet)} of {len(times)}) | {quiet[0]:.2f} to {quiet[-1]:.2f}"
            print(f"| {name} | {what} | {count / one / 1e6:.2f} M tokens/s | {count / several / 1e6:.2f} M tokens/s | "
                  f"{one / several:.2f} | {found} | {'yes' if same else 'NO'}, {len(texts):,} texts |", flush=True)


def import_times(rounds):
    """Seconds of each round for imports, each in a new process, which tells them: name -> seconds."""
    codes = {"import numpy": "import numpy", "import lexarray": "import lexarray",
             "lexarray.blank('en')": "import lexarray; lexarray.blank('en')",
             "import spacy": "import spacy", "spacy.blank('en')": "import spacy; spacy.blank('en')"}
    times = {name: [] for name in codes}
    for _ in range(rounds + 1):
        for name, code in codes.items():
            timed = f"from time import perf_counter; start = perf_counter(); {code}; print(perf_counter() - start)"
            done = subprocess.run([sys.executable, "-c", timed], check=True, capture_output=True, text=True)
            times[name].append(float(done.stdout))
    return {name: taken[1:] for name, taken in times.items()}      # the first round reads files that are in no cache


def print_import(rounds):
    """Imports in new processes."""
    print("\nimport, in a new process\n\n| | seconds | against `import numpy` | spread |\n| --- | --- | --- | --- |")
    times = import_times(rounds)
    for name, taken in times.items():
        ratios = sorted(each / numpy for each, numpy in zip(taken, times["import numpy"]))
        print(f"| `{name}` | {statistics.median(taken):.3f} | "
              f"{statistics.median(taken) / statistics.median(times['import numpy']):.2f} | {ratios[0]:.2f} to {ratios[-1]:.2f} |")


def fresh_call(library, text):
    """Time of a pipeline's call for a text of which it knows nothing."""
    nlp = import_module(library).blank("en")
    nlp("The first text, which compiles the rules.")
    return seconds(lambda: nlp(text))


def hostile_times(rounds, names=tuple(HOSTILE)):
    """For each family, as it is measured: its name, our seconds of each round, spaCy's of one, whether it was stopped then."""
    for name in names:
        text = HOSTILE[name] * ((32 << 10) // len(HOSTILE[name]))
        ours = [fresh_call("lexarray", text) for _ in range(rounds)]
        with multiprocessing.get_context("spawn").Pool(1) as pool:      # whose end stops what still runs
            pool.apply(fresh_call, ("spacy", "Good day"))
            try:
                theirs, stopped = pool.apply_async(fresh_call, ("spacy", text)).get(PATIENCE), False
            except multiprocessing.TimeoutError:
                theirs, stopped = PATIENCE, True
        yield name, ours, theirs, stopped


def print_hostile(rounds):
    """32 kB without a space."""
    print("\na chunk of 32 kB without a space\n\n| of | lexarray | spaCy | ratio |\n| --- | --- | --- | --- |")
    for name, ours, theirs, stopped in hostile_times(rounds):
        ours, sign = statistics.median(ours), "over " if stopped else ""
        print(f"| {name} | {ours * 1e3:.2f} ms | {sign}{theirs * 1e3:,.1f} ms | {sign}{theirs / ours:,.0f} |", flush=True)


def bytes_of_a_type(library, n_types):
    """Growth of this process for one new word type, and how much of it lexarray's vocabulary says is its own."""
    nlp = import_module(library).blank("en")
    texts = invented(n_types)
    nlp(texts[0])
    known = len(nlp.vocab)
    count = getattr(nlp.vocab, "memory", lambda: {"total": 0})
    counted = count()["total"]
    gc.collect()
    before = resident()
    one_by_one(nlp, texts)
    gc.collect()
    learnt = len(nlp.vocab) - known
    return (resident() - before) / learnt, (count()["total"] - counted) / learnt


def print_memory(n_types):
    """Growth of resident size, a new process for each figure."""
    print("\nmemory, resident size\n\n| of | lexarray | spaCy | ratio |\n| --- | --- | --- | --- |")
    two, more = document_bytes(from_text=True)
    rows = {"a two-token Doc": two, "one more token of a Doc": more}
    (ours, vocabulary), (theirs, _) = (in_new_process(bytes_of_a_type, library, n_types) for library in LIBRARIES)
    rows[f"a word type, of {n_types:,} ({vocabulary:,.0f} B by `vocab.memory()`)"] = (ours, theirs)
    for name, (ours, theirs) in rows.items():
        print(f"| {name} | {ours:,.0f} B | {theirs:,.0f} B | {theirs / ours:.2f} |", flush=True)


def print_limits(corpora, n_tokens, rounds):
    """What the memory of this machine allows."""
    source, target = np.ones(1 << 28, dtype=np.uint8), np.ones(1 << 28, dtype=np.uint8)     # not zeros, which take no pages
    copy = statistics.median(seconds(lambda: np.copyto(target, source)) for _ in range(rounds))
    fill = statistics.median(seconds(lambda: target.fill(7)) for _ in range(rounds))
    small = np.ones(1 << 20, dtype=np.uint8)
    few = statistics.median(seconds(lambda: [np.copyto(target[:1 << 20], small) for _ in range(64)]) for _ in range(rounds)) / 64
    print(f"\nlimits: {os.cpu_count()} cores; a copy of 256 MiB moves {2 * (1 << 28) / copy / 1e9:.1f} GB/s (read and written), "
          f"writing alone {(1 << 28) / fill / 1e9:.1f} GB/s; a copy of 1 MiB, in the cache, {2 * (1 << 20) / few / 1e9:.1f} GB/s\n")
    print("| corpus | read a token | written a token | at the speed of a copy | measured | part of the limit |\n"
          "| --- | --- | --- | --- | --- | --- |")
    bandwidth = 2 * (1 << 28) / copy
    for name, texts in corpora:
        texts, count = up_to(texts, n_tokens)
        nlp = import_module("lexarray").blank("en")
        one_by_one(nlp, texts)
        taken = statistics.median(each for each, in in_turn(rounds, lambda: one_by_one(nlp, texts)))
        held = statistics.median(each for each, in in_turn(rounds, lambda: [nlp(text) for text in texts]))
        read = sum(map(sys.getsizeof, texts)) / count + LOOKED_UP
        written = sum(nlp(text).memory()["total"] for text in texts) / count
        limit = bandwidth / (read + written)
        print(f"| {name} | {read:.0f} B | {written:.0f} B | {limit / 1e6:.0f} M tokens/s | {count / taken / 1e6:.1f} M tokens/s "
              f"({count / held / 1e6:.1f} if all documents are kept) | {count / taken / limit:.2f} |", flush=True)


def main():
    """Read the arguments, run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="*", metavar="TEXT")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--tokens", type=int, default=200_000, help="warm: tokens of each corpus; default: %(default)s")
    parser.add_argument("--types", type=int, default=200_000, help="new, memory: word types; default: %(default)s")
    parser.add_argument("--threads", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART")
    arguments = parser.parse_args()
    ours, theirs = (import_module(library).__version__ for library in LIBRARIES)
    print(f"lexarray {ours}, spaCy {theirs}, Python {sys.version.split()[0]}; medians of {arguments.rounds} rounds")
    corpora = []
    for path in arguments.texts:
        corpora.append((Path(path).name, read_texts(path)))
        if any("\n" in text.strip() for text in corpora[-1][1]):
            corpora.append((f"{Path(path).name}, lines joined", with_lines_joined(corpora[-1][1])))
    if {"warm", "threads", "limits"} & set(arguments.only):
        corpora.append(("words of five languages by frequency", frequent_words(1_000_000)))
    parts = {
        "import": lambda: print_import(arguments.rounds),
        "memory": lambda: print_memory(arguments.types),
        "warm": lambda: print_warm(corpora, arguments.tokens, arguments.rounds),
        "new": lambda: print_new(arguments.types, arguments.rounds),
        "threads": lambda: print_threads(corpora, arguments.threads, arguments.rounds),
        "hostile": lambda: print_hostile(arguments.rounds),
        "limits": lambda: print_limits(corpora, arguments.tokens, arguments.rounds),
    }
    for part in parts:
        if part in arguments.only:
            parts[part]()


if __name__ == "__main__":
    main()
