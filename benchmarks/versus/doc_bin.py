"""DocBin beside spaCy's: files in both directions, equality of all layers, speeds, bytes a token.

    python benchmarks/versus/doc_bin.py TREEBANK.conllu [--rounds 7] [--tokens 200]

Installs nothing: run it where lexarray and spacy are installed (the `bench` extra). The documents are the treebank's
sentences, joined into documents of about so many tokens, with entities, norms, categories and groups of spans added.
"""

import statistics
import zlib
from time import perf_counter

import lexarray
import spacy
from layers import read_documents, treebank_arguments
from lexarray.tokens import Doc as OurDoc, DocBin as OurDocBin, Span as OurSpan
from spacy.tokens import Doc as TheirDoc, DocBin as TheirDocBin, Span as TheirSpan

ATTRS = ["ORTH", "NORM", "TAG", "HEAD", "DEP", "ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "ENT_ID", "LEMMA", "MORPH", "POS", "SENT_START",
         "SPACY", "IDX"]


def annotated(doc_class, span_class, vocab, documents):
    """The documents of one library, with every layer."""
    docs = []
    for number, columns in enumerate(documents):
        doc = doc_class(vocab, **columns)
        doc.cats = {"even": float(number % 2 == 0), "n": len(doc) / 7}
        doc.set_ents([span_class(doc, at, at + 2, label=f"L{at % 5}", kb_id=f"Q{at}", span_id=f"id{at}")
                      for at in range(number % 5, len(doc) - 2, 11)])
        doc.spans["all"] = [span_class(doc, at, min(at + 4, len(doc)), label=f"S{at % 3}") for at in range(0, len(doc), 9)]
        doc.user_data["number"] = [number, {"x": None}]
        docs.append(doc)
    return docs


def contents(doc):
    """What both libraries have of a document; their keys are the same."""
    return (doc.text, doc.to_array(ATTRS).tolist(), dict(doc.cats), doc.has_unknown_spaces,
            [(t.head.i, t.is_sent_start, str(t.morph)) for t in doc],
            [(e.start, e.end, e.label_, e.kb_id_, e.id_) for e in doc.ents],
            {name: [(s.start, s.end, s.start_char, s.end_char, s.label_, s.kb_id_, s.id_) for s in group]
             for name, group in doc.spans.items()},
            doc.user_data["number"][0], doc.user_data["number"][1])


def seconds(work):
    """How long a piece of work takes, and its result."""
    started = perf_counter()
    result = work()
    return perf_counter() - started, result


def file_times(ours, theirs, rounds):
    """Seconds of each round, ours and theirs, for writing and for reading these documents; and the sizes of the files."""
    times, sizes = {"write": [], "read": []}, []
    for _ in range(rounds):
        written = [seconds(lambda: OurDocBin(docs=ours).to_bytes()), seconds(lambda: TheirDocBin(docs=theirs).to_bytes())]
        times["write"].append([taken for taken, _ in written])
        our_data, their_data = (data for _, data in written)
        times["read"].append([seconds(lambda: list(OurDocBin().from_bytes(our_data).get_docs(ours[0].vocab)))[0],
                              seconds(lambda: list(TheirDocBin().from_bytes(their_data).get_docs(theirs[0].vocab)))[0]])
        sizes = [len(our_data), len(their_data)]
    return times, sizes


def main():
    """Read the arguments, compare, print a table."""
    arguments = treebank_arguments(__doc__)
    documents = read_documents(arguments.file, 10**9, arguments.tokens)
    our_vocab, their_vocab = lexarray.blank("en").vocab, spacy.blank("en").vocab
    ours = annotated(OurDoc, OurSpan, our_vocab, documents)
    theirs = annotated(TheirDoc, TheirSpan, their_vocab, documents)
    n = sum(map(len, ours))
    print(f"{len(ours):,} documents, {n:,} tokens")

    our_data = OurDocBin(docs=ours, store_user_data=True).to_bytes()
    their_data = TheirDocBin(docs=theirs, store_user_data=True).to_bytes()
    ways = {
        "ours read by spaCy": (ours, TheirDocBin().from_bytes(our_data).get_docs(spacy.blank("en").vocab)),
        "ours read by us": (ours, OurDocBin().from_bytes(our_data).get_docs(lexarray.blank("en").vocab)),
        "spaCy's read by us": (theirs, OurDocBin().from_bytes(their_data).get_docs(lexarray.blank("en").vocab)),
    }
    for way, (written, read) in ways.items():
        same = [contents(one) == contents(other) for one, other in zip(written, read, strict=True)]
        print(f"{way}: {sum(same):,} of {len(same):,} documents are equal in every layer")
    through = OurDocBin(docs=OurDocBin().from_bytes(their_data).get_docs(lexarray.blank("en").vocab), store_user_data=True)
    print(f"spaCy's, read and written by us, has the same bytes before compression: "
          f"{zlib.decompress(through.to_bytes()) == zlib.decompress(their_data)}")

    times, (our_size, their_size) = file_times(ours, theirs, arguments.rounds)
    for kind, pairs in times.items():
        ours_s, theirs_s = (statistics.median(column) for column in zip(*pairs))
        ratio = statistics.median(their / our for our, their in pairs)
        print(f"{kind}: spaCy {n / theirs_s / 1e6:.2f}, lexarray {n / ours_s / 1e6:.2f} million tokens/s; {ratio:.1f}x")
    print(f"bytes a token: spaCy {their_size / n:.2f}, lexarray {our_size / n:.2f}")


if __name__ == "__main__":
    main()
