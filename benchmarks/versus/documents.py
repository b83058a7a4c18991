"""Making and reading documents beside spaCy: ratios of medians, both measured in turn in one run; and their memory.

    python benchmarks/versus/documents.py TEXT [...] [--rounds 9] [--tokens 200000] [--no-memory]

TEXT is a text file, which is cut into documents at blank lines, or a CoNLL-U file, whose `# text = ` lines are the
documents. Both libraries get the same words and spaces: lexarray's tokens of the first `--tokens` of each file.
Prints a Markdown table. Installs nothing: run it where lexarray and spacy are installed (the `bench` extra).

Memory is the growth of the resident size of a new process while it makes many equal documents, so it counts what
allocators and the garbage collector add, and the place in a list; it is read from /proc, that is on Linux only.
"""

import argparse
import gc
import multiprocessing
import pickle
import statistics
import sys
from importlib import import_module
from pathlib import Path
from time import perf_counter

from corpora import read_texts

COLUMNS = ["ORTH", "LOWER", "POS", "DEP"]
LIBRARIES = ("lexarray", "spacy")
PAGE = 4096             # bytes; /proc counts in pages
N_DOCUMENTS = 100_000   # of two tokens; of longer ones fewer, so that spaCy's fit
LONG = 1_002            # tokens of the longer documents: long enough for spaCy's growth by doubling to matter little


def read_documents(path, n_tokens):
    """(words, spaces) of the first texts of a file that have so many tokens together."""
    tokenizer = import_module("lexarray").blank("en").tokenizer
    documents = []
    for text in read_texts(path):
        doc = tokenizer(text)
        documents.append(([token.text for token in doc], [bool(token.whitespace_) for token in doc]))
        n_tokens -= len(doc)
        if n_tokens <= 0:
            break
    return documents


class Work:
    """The same work for one library; every method handles each token once."""

    def __init__(self, library, documents):
        self.vocab = import_module(library).blank("en").vocab
        self.Doc = import_module(f"{library}.tokens").Doc
        self.documents = documents
        self.docs = self.build()

    def build(self):
        """`Doc(vocab, words=, spaces=)`"""
        vocab, Doc = self.vocab, self.Doc
        return [Doc(vocab, words=words, spaces=spaces) for words, spaces in self.documents]

    def text(self):
        """`doc.text`"""
        for doc in self.docs:
            doc.text

    def to_array(self):
        """`doc.to_array` of four columns"""
        for doc in self.docs:
            doc.to_array(COLUMNS)

    def lower(self):
        """`[t.lower_ for t in doc if t.is_alpha]`"""
        for doc in self.docs:
            [t.lower_ for t in doc if t.is_alpha]

    def iterate(self):
        """`for token in doc`"""
        for doc in self.docs:
            for token in doc:
                pass

    def index(self):
        """`doc[i]`"""
        for doc in self.docs:
            for i in range(len(doc)):
                doc[i]

    def slices(self):
        """`doc[i:i+5]`"""
        for doc in self.docs:
            for i in range(len(doc)):
                doc[i:i+5]


ROWS = ("build", "text", "to_array", "lower", "iterate", "index", "slices")


def seconds(function):
    """Time of one call; what it made is gone before the next."""
    start = perf_counter()
    result = function()
    taken = perf_counter() - start
    del result
    return taken


def resident():
    """Resident size of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def bytes_of_a_document(library, n_tokens, from_text):
    """Growth of this process for one document of so many tokens, made from words or by the tokenizer."""
    nlp = import_module(library).blank("en")
    Doc = import_module(f"{library}.tokens").Doc
    words = ["Good", "day"] * (n_tokens // 2)
    text = " ".join(words)
    spaces = [True] * (n_tokens - 1) + [False]
    n_documents = N_DOCUMENTS * 4 // (n_tokens + 2)
    docs = [nlp.make_doc(text) if from_text else Doc(nlp.vocab, words=words, spaces=spaces) for _ in range(100)]
    gc.collect()
    before = resident()
    for _ in range(n_documents):
        docs.append(nlp.make_doc(text) if from_text else Doc(nlp.vocab, words=words, spaces=spaces))
    return (resident() - before) / n_documents


def in_new_process(function, *arguments):
    """What a function gives in a process that has done nothing else."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def document_bytes(from_text):
    """Bytes of a two-token document and of one more token: two pairs, ours and theirs; a new process for each figure."""
    two, long = ([in_new_process(bytes_of_a_document, library, n, from_text) for library in LIBRARIES] for n in (2, LONG))
    return two, [(many - few) / (LONG - 2) for many, few in zip(long, two)]


def pickled_bytes():
    """Bytes of the pickle of a document of eight tokens, ours and theirs, from a pipeline that has read nothing else."""
    return [len(pickle.dumps(import_module(library).blank("en")("The quick brown fox jumps over it ."))) for library in LIBRARIES]


def print_memory():
    """Bytes of a two-token document and of one more token, a new process for each."""
    for from_text, how in ((False, "from words"), (True, "by the tokenizer")):
        (ours, theirs), more = document_bytes(from_text)
        print(f"| a two-token Doc {how} | {ours:,.0f} B | {theirs:,.0f} B | {theirs / ours:.2f} | |")
        ours, theirs = more
        print(f"| one more token | {ours:,.0f} B | {theirs:,.0f} B | {theirs / ours:.2f} | |")


def work_times(documents, rounds):
    """Seconds of each round, ours and theirs: name of a row -> pairs."""
    works = [Work(library, documents) for library in LIBRARIES]
    times = {name: [] for name in ROWS}
    gc.disable()
    for _ in range(rounds):
        for name in ROWS:
            times[name].append([seconds(getattr(work, name)) for work in works])
    gc.enable()
    return times


def print_speed(path, n_tokens, rounds):
    """Millions of tokens a second for every row of work."""
    documents = read_documents(path, n_tokens)
    n_tokens = sum(len(words) for words, _ in documents)
    print(f"\n{Path(path).name}: {len(documents):,} documents, {n_tokens:,} tokens\n")
    print("| work | lexarray | spaCy | ratio | spread of the ratio |")
    print("| --- | --- | --- | --- | --- |")
    times = work_times(documents, rounds)
    for name in ROWS:
        ours, theirs = (statistics.median(column) for column in zip(*times[name]))
        ratios = sorted(their / our for our, their in times[name])
        print(f"| {getattr(Work, name).__doc__} | {n_tokens / ours / 1e6:.2f} M/s | {n_tokens / theirs / 1e6:.2f} M/s | "
              f"{theirs / ours:.2f} | {ratios[0]:.2f} to {ratios[-1]:.2f} |")


def main():
    """Read the arguments, run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="+", metavar="TEXT")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--tokens", type=int, default=200_000, help="tokens of each file; default: %(default)s")
    parser.add_argument("--no-memory", action="store_true", help="leave out the rows about memory")
    arguments = parser.parse_args()
    ours, theirs = (import_module(library).__version__ for library in LIBRARIES)
    print(f"lexarray {ours}, spaCy {theirs}, Python {sys.version.split()[0]}; medians of {arguments.rounds} rounds")
    for path in arguments.texts:
        print_speed(path, arguments.tokens, arguments.rounds)
    if not arguments.no_memory:
        print_memory()


if __name__ == "__main__":
    main()
