"""A corpus file beside the other ways to keep documents: bytes a token, tokens written and read a second.

    python benchmarks/versus/corpus_files.py TREEBANK.conllu [--rounds 7] [--tokens 200]

Installs nothing: run it where lexarray (with its extra `arrow`) and spacy are installed. The documents are the treebank's
sentences, joined into documents of about so many tokens. All ways have the same documents and write and read files, in turn
in each round; figures are medians, and ratios to spaCy's DocBin the medians of the rounds' ratios. Times are those of the
process, so that what other processes do counts less; what it waits for the disk does not count.
"""

import os
import pickle
import statistics
import struct
import tempfile
from time import process_time

import lexarray
import spacy
from layers import read_documents, treebank_arguments
from lexarray.corpus import Corpus, CorpusWriter
from lexarray.tokens import Doc as OurDoc, DocBin as OurDocBin
from spacy.tokens import Doc as TheirDoc, DocBin as TheirDocBin


def write_corpus(docs, path):
    """A corpus."""
    if os.path.exists(path):
        os.unlink(path)
    with CorpusWriter(path) as out:
        out.extend(docs)


def write_each(docs, path):
    """The bytes of each document, after their length."""
    with open(path, "wb") as file:
        for doc in docs:
            data = doc.to_bytes()
            file.write(struct.pack("<I", len(data)))
            file.write(data)


def read_each(vocab, path):
    """What write_each has written."""
    with open(path, "rb") as file:
        while head := file.read(4):
            yield OurDoc(vocab).from_bytes(file.read(struct.unpack("<I", head)[0]))


def write_pickle(docs, path):
    """One pickle of all."""
    with open(path, "wb") as file:
        pickle.dump(docs, file, pickle.HIGHEST_PROTOCOL)


def read_pickle(path):
    """What write_pickle has written. It makes a vocabulary of its own."""
    with open(path, "rb") as file:
        return pickle.load(file)


def main():
    """Read the arguments, write and read, print a table."""
    arguments = treebank_arguments(__doc__)
    documents = read_documents(arguments.file, 10**9, arguments.tokens)
    our_vocab, their_vocab = lexarray.blank("en").vocab, spacy.blank("en").vocab
    ours = [OurDoc(our_vocab, **columns) for columns in documents]
    theirs = [TheirDoc(their_vocab, **columns) for columns in documents]
    n = sum(map(len, ours))
    print(f"{len(ours):,} documents, {n:,} tokens")

    ways = {
        "DocBin of spaCy": (lambda path: TheirDocBin(docs=theirs).to_disk(path),
                            lambda path: TheirDocBin().from_disk(path).get_docs(their_vocab)),
        "DocBin of lexarray": (lambda path: OurDocBin(docs=ours).to_disk(path),
                               lambda path: OurDocBin().from_disk(path).get_docs(our_vocab)),
        "Corpus": (lambda path: write_corpus(ours, path), lambda path: Corpus(path, our_vocab)),
        "Doc.to_bytes": (lambda path: write_each(ours, path), lambda path: read_each(our_vocab, path)),
        "pickle": (lambda path: write_pickle(ours, path), read_pickle),
    }
    times = {name: ([], []) for name in ways}
    sizes = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(arguments.rounds):
            for name, (write, read) in ways.items():
                path = os.path.join(folder, name.replace(" ", "-"))
                started = process_time()
                write(path)
                written = process_time()
                n_read = sum(len(doc) for doc in read(path))
                times[name][0].append(written - started)
                times[name][1].append(process_time() - written)
                sizes[name] = os.path.getsize(path)
                if n_read != n:
                    raise SystemExit(f"{name}: {n_read:,} tokens came back")
        path = os.path.join(folder, "Corpus")
        same = [one.text == other.text and (one.to_array(["LEMMA", "TAG", "MORPH", "HEAD", "DEP"])
                                            == other.to_array(["LEMMA", "TAG", "MORPH", "HEAD", "DEP"])).all()
                for one, other in zip(ours, Corpus(path), strict=True)]
        print(f"Corpus: {sum(same):,} of {len(same):,} documents came back the same, with a vocabulary of its own")
    print(f"{'':20}{'bytes a token':>14}{'M tokens/s written':>20}{'beside spaCy':>14}{'read':>8}{'beside spaCy':>14}")
    base = times["DocBin of spaCy"]
    for name, both in times.items():
        rates = [n / statistics.median(each) / 1e6 for each in both]
        ratios = [statistics.median([a / b for a, b in zip(base[k], both[k])]) for k in range(2)]
        print(f"{name:20}{sizes[name] / n:14.2f}{rates[0]:20.2f}{ratios[0]:13.1f}x{rates[1]:8.2f}{ratios[1]:13.1f}x")


if __name__ == "__main__":
    main()
