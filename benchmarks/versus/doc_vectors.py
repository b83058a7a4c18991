"""Vectors of documents beside spaCy's: how often they agree, and how fast they are.

    python benchmarks/versus/doc_vectors.py [--rows 20000] [--size 300] [--docs 300]

Random documents over a random table with words that have no row and rows of zeros; the same in both libraries.
Vectors, norms and similarities of documents, spans, tokens and lexemes are compared; the largest differences are
printed, and the ratios of speed. Installs nothing: run it where lexarray and spacy are installed (the `bench` extra).
"""

import argparse
import random
import warnings
from time import perf_counter

import lexarray
import numpy as np
import spacy
import spacy.tokens
import spacy.vectors
import spacy.vocab


def build(rows, size, n_docs, longest):
    """(our documents, spaCy's), over one table and the same words."""
    draw, numbers = random.Random(1), np.random.default_rng(1)
    words = [f"w{i}" for i in range(rows)]
    matrix = numbers.standard_normal((rows, size)).astype(np.float32)
    matrix[::97] = 0
    ours, theirs = lexarray.Vocab(), spacy.vocab.Vocab()
    ours.vectors = lexarray.KeyedVectors(size)
    ours.vectors.add_vectors(words, matrix)
    theirs.vectors = spacy.vectors.Vectors(data=matrix.copy(), keys=words)
    pairs = []
    for _ in range(n_docs):
        text = [f"w{int(draw.random() ** 3 * rows * 1.1)}" for _ in range(draw.randint(1, longest))]
        pairs.append((lexarray.Doc(ours, words=text), spacy.tokens.Doc(theirs, words=text)))
    return [one for one, _ in pairs], [other for _, other in pairs]


def views(doc, seed):
    """Things in a document that have vectors, the same ones for both libraries."""
    draw = random.Random(seed)
    start = draw.randrange(len(doc))
    end = draw.randint(start + 1, len(doc))
    token = doc[draw.randrange(len(doc))]
    return [doc, doc[start:end], token, doc.vocab[token.text]]


def compare(ours, theirs):
    """Print the largest differences."""
    worst = dict.fromkeys(("vector", "vector_norm", "similarity"), 0.0)
    n = n_similar = n_flags = n_other = 0
    for i in range(len(ours)):
        mine, its = views(ours[i], i), views(theirs[i], i)
        others = views(ours[i - 1], i - 1), views(theirs[i - 1], i - 1)
        for a, b in zip(mine, its):
            n += 1
            n_flags += a.has_vector != b.has_vector or getattr(a, "is_oov", 0) != getattr(b, "is_oov", 0)
            worst["vector"] = max(worst["vector"], float(np.abs(a.vector - b.vector).max()))
            worst["vector_norm"] = max(worst["vector_norm"], abs(a.vector_norm - float(b.vector_norm)))
            for c, d in zip(mine + others[0], its + others[1]):
                n_similar += 1
                difference = abs(a.similarity(c) - b.similarity(d))
                # spaCy calls a token and a span of the same word alike only if the word has a vector.
                if difference > 1e-4 and a.text == c.text and not a.vector_norm:
                    n_other += 1
                else:
                    worst["similarity"] = max(worst["similarity"], difference)
    print(f"{n:,} vectors, {n_similar:,} similarities; has_vector or is_oov differ: {n_flags}; "
          f"the same word without a vector, which we call alike and spaCy does not: {n_other}")
    for name, difference in worst.items():
        print(f"    largest difference of {name}: {difference:.1e}")


def seconds(function, repeat=5):
    """The least of several times."""
    times = []
    for _ in range(repeat):
        start = perf_counter()
        function()
        times.append(perf_counter() - start)
    return min(times)


def measure(ours, theirs):
    """Print the ratios of speed."""
    def forget(docs):
        # Both keep something of a document: make them compute it again.
        if isinstance(docs[0], lexarray.Doc):
            docs[0].vocab.vectors = docs[0].vocab.vectors
        else:
            for doc in docs:
                doc.vector = doc.vector_norm = None

    def document_vectors(docs):
        return [doc.vector for doc in docs]

    def span_vectors(docs):
        return [doc[:20].vector for doc in docs]

    def token_vectors(docs):
        return [token.vector for doc in docs for token in doc]

    def token_similarities(docs):
        return [doc[0].similarity(token) for doc in docs for token in doc]

    def span_similarities(docs):
        return [a[:10].similarity(b[:10]) for a, b in zip(docs, docs[1:])]

    def document_similarities(docs):
        return [a.similarity(b) for a, b in zip(docs, docs[1:])]

    def oov(docs):
        return [token.is_oov for doc in docs for token in doc]

    def first_document_vectors(docs):
        forget(docs)
        return document_vectors(docs)

    def first_document_similarities(docs):
        forget(docs)
        return document_similarities(docs)

    for work in (first_document_vectors, document_vectors, span_vectors, token_vectors, oov, token_similarities,
                 span_similarities, first_document_similarities, document_similarities):
        count = len(work(ours))
        mine, its = seconds(lambda: work(ours)), seconds(lambda: work(theirs))
        print(f"{work.__name__.replace('_', ' '):30} {mine / count * 1e6:8.2f} us, spaCy {its / count * 1e6:8.2f} us: "
              f"{its / mine:5.1f}x")


def main():
    """Read the arguments, compare and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--size", type=int, default=300)
    parser.add_argument("--docs", type=int, default=300)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"lexarray {lexarray.__version__}, spaCy {spacy.__version__}")
    ours, theirs = build(arguments.rows, arguments.size, arguments.docs, 200)
    compare(ours, theirs)
    measure(ours, theirs)


if __name__ == "__main__":
    main()
