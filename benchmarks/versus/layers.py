"""Layers of annotation beside spaCy: ratios of medians, both measured in turn in one run.

    python benchmarks/versus/layers.py TREEBANK.conllu [--rounds 7]

Installs nothing: run it where lexarray and spacy are installed (the `bench` extra). The documents are the
treebank's first sentences, joined into documents of about 200 tokens; the merges are on one of 20,000.
"""

import argparse
import statistics
from time import perf_counter

import lexarray
import spacy
from lexarray.tokens import Doc as OurDoc, Span as OurSpan
from spacy.tokens import Doc as TheirDoc, Span as TheirSpan

ATTRS = ["LEMMA", "POS", "DEP", "HEAD"]


def treebank_arguments(description):
    """The arguments of a script that compares files of a treebank's documents."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", metavar="TREEBANK.conllu")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--tokens", type=int, default=200, help="tokens a document, about")
    return parser.parse_args()


def read_documents(path, n_documents, n_tokens=200):
    """Documents as dicts of columns, of about n_tokens each."""
    documents, columns = [], {name: [] for name in ("words", "spaces", "lemmas", "pos", "tags", "morphs", "heads", "deps")}
    sentence = []
    for line in open(path, encoding="utf-8"):
        if line.strip():
            fields = line.rstrip("\n").split("\t")
            if not line.startswith("#") and fields[0].isdigit():
                sentence.append(fields)
            continue
        at = len(columns["words"])
        for i, (_, form, lemma, pos, tag, feats, head, dep, _, misc) in enumerate(sentence):
            columns["words"].append(form)
            columns["spaces"].append("SpaceAfter=No" not in misc)
            columns["lemmas"].append(lemma)
            columns["pos"].append(pos if pos != "_" else "X")
            columns["tags"].append(tag)
            columns["morphs"].append("" if feats == "_" else feats)
            columns["heads"].append(at + int(head) - 1 if head != "0" else at + i)
            columns["deps"].append(dep)
        sentence = []
        if len(columns["words"]) >= n_tokens:
            documents.append(columns)
            columns = {name: [] for name in columns}
            if len(documents) == n_documents:
                break
    return documents


class Workloads:
    """The same work for one library."""

    def __init__(self, name, vocab, doc_class, span_class, documents):
        self.name, self.vocab, self.Doc, self.Span = name, vocab, doc_class, span_class
        self.documents = documents
        self.docs = self.build()
        for label in "ABC":
            vocab.strings.add(label)
        self.long_words = [word for columns in documents for word in columns["words"]] * 10
        self.long_words = self.long_words[:20_000]

    def build(self):
        """Doc(words, spaces, and seven layers)."""
        return [self.Doc(self.vocab, **columns) for columns in self.documents]

    def subtrees(self):
        """Every token's subtree."""
        return sum(1 for doc in self.docs for token in doc for _ in token.subtree)

    def children(self):
        """Every token's children."""
        return sum(1 for doc in self.docs for token in doc for _ in token.children)

    def set_ents(self):
        """Set 20 entities, read them."""
        for doc in self.docs:
            doc.ents = [self.Span(doc, i, i + 2, label="A") for i in range(0, 160, 8)]
            if len(doc.ents) != 20:
                raise RuntimeError("entities were lost")

    def sents(self):
        """Every sentence."""
        return sum(1 for doc in self.docs for _ in doc.sents)

    def to_array(self):
        """Four columns."""
        return [doc.to_array(ATTRS) for doc in self.docs for _ in range(20)]

    def from_array(self):
        """Four columns."""
        for doc in self.docs:
            doc.from_array(ATTRS, doc.to_array(ATTRS))

    def char_span(self):
        """One for each token of a document."""
        return [doc.char_span(token.idx, token.idx + len(token)) for doc in self.docs[:20] for token in doc]

    def as_doc(self):
        """Each sentence."""
        return [sent.as_doc() for doc in self.docs for sent in doc.sents]

    def from_docs(self):
        """All of them."""
        return self.Doc.from_docs(self.docs)

    def merge(self):
        """1,000 spans of a document of 20,000 tokens, at once."""
        doc = self.Doc(self.vocab, words=self.long_words)
        start = perf_counter()
        with doc.retokenize() as retokenizer:
            for i in range(0, 20_000, 20):
                retokenizer.merge(doc[i : i + 3])
        return perf_counter() - start

    def lca_matrix(self):
        """Of documents of 200 tokens."""
        return [doc.get_lca_matrix() for doc in self.docs[:20]]


def seconds(workload):
    """Time of one call; of a part of it, if it says so."""
    start = perf_counter()
    result = workload()
    return result if isinstance(result, float) else perf_counter() - start


def main():
    """Read the arguments, run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("treebank")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    documents = read_documents(arguments.treebank, 100)
    n_tokens = sum(len(columns["words"]) for columns in documents)
    libraries = [Workloads("lexarray", lexarray.blank("en").vocab, OurDoc, OurSpan, documents),
                 Workloads("spaCy", spacy.blank("en").vocab, TheirDoc, TheirSpan, documents)]
    print(f"lexarray {lexarray.__version__}, spaCy {spacy.__version__}; {len(documents)} documents, {n_tokens:,} tokens; "
          f"medians of {arguments.rounds} rounds")
    print(f"{'work':12}{'lexarray ms':>13}{'spaCy ms':>11}{'ratio':>8}   spread of the ratio")
    for name in ("build", "subtrees", "children", "sents", "set_ents", "to_array", "from_array", "char_span", "as_doc",
                 "from_docs", "merge", "lca_matrix"):
        times = [[seconds(getattr(library, name)) for library in libraries] for _ in range(arguments.rounds)]
        ours, theirs = (statistics.median(column) for column in zip(*times))
        ratios = sorted(theirs_ / ours_ for ours_, theirs_ in times)
        print(f"{name:12}{1000 * ours:13.2f}{1000 * theirs:11.2f}{theirs / ours:8.2f}   {ratios[0]:.2f} to {ratios[-1]:.2f}")


if __name__ == "__main__":
    main()
