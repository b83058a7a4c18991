"""What a user's typed program looks like. mypy --strict and pyright have nothing to say about it, and it runs."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import lexarray
from lexarray import (
    Corpus, CorpusWriter, Doc, DocBin, KeyedVectors, Language, Lexeme, Span, StringStore, Token, Tokenizer, Vocab,
)
from lexarray.errors import CorpusError, StaleViewError
from lexarray.interop.arrow import Tables, from_tables, read_parquet, to_tables, write_parquet
from lexarray.interop.conllu import read_conllu, to_conllu, write_conllu
from lexarray.morphology import MorphAnalysis
from lexarray.tokens.span_group import SpanGroup
from lexarray.vectors import FastTextKeyedVectors, load_default
from lexarray.vectors.neighbours import Neighbours


class Tea:
    """A component: a callable that takes a document and gives it back."""

    def __init__(self, vocab: Vocab) -> None:
        self.label: int = vocab.strings.add("TEA")

    def __call__(self, doc: Doc) -> Doc:
        doc.ents = [Span(doc, token.i, token.i + 1, label=self.label) for token in doc if token.lower_ == "tea"]
        return doc


def documents(nlp: Language) -> list[str]:
    """Texts to documents, their layers, and views."""
    assert_type(nlp.vocab, Vocab)
    doc = Tea(nlp.vocab)(nlp("Some tea, please. More tea!"))
    assert_type(doc, Doc)
    assert_type(doc[0], Token)
    assert_type(doc[1:3], Span)
    assert_type(doc[1:3][0], Token)
    assert_type(doc.ents, tuple[Span, ...])
    assert_type(doc[0].lex, Lexeme)
    assert_type(doc[0].lower_, str)
    assert_type(doc[0].is_alpha, bool)
    assert_type([token.i for token in doc], list[int])
    assert_type(doc.to_array(["ORTH", "LENGTH"]), NDArray[np.uint64])
    assert_type(doc.char_span(5, 8), Span | None)
    doc[0].tag_, doc[0].lemma_ = "DT", "some"
    doc.set_ents([("DRINK", 1, 2)], default="unmodified")
    group = SpanGroup(doc, name="all", spans=[doc[0:2], doc[1:4]])
    doc.spans["all"] = group
    assert_type(doc.spans["all"], SpanGroup)
    assert_type([span.text for span in group], list[str])
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:2], attrs={"LEMMA": "tea"})
    Doc.set_extension("topic", default="drinks", force=True)
    topic: str = doc._.topic
    copy = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    return [topic, copy.text, doc[0].lemma_, *(ent.label_ for ent in doc.ents)]


def texts() -> Iterator[str]:
    """A stream."""
    for i in range(5):
        yield f"Cup {i}"


def streams(nlp: Language) -> int:
    """Streams, files of documents, and views that have gone stale."""
    box = DocBin(attrs=["LEMMA"], store_user_data=True)
    for doc in nlp.pipe(texts(), threads=2):
        assert_type(doc, Doc)
        box.add(doc)
    numbered: list[tuple[str, int]] = [("tea", 1), ("please", 2)]
    for doc, number in nlp.pipe(numbered, as_tuples=True):
        assert_type(doc, Doc)
        assert_type(number, int)
    docs = list(DocBin().from_bytes(box.to_bytes()).get_docs(nlp.vocab))
    assert_type(docs, list[Doc])
    with nlp.memory_zone():
        assert_type(nlp("Earl Grey"), Doc)
    token = docs[0][0]
    with docs[0].retokenize() as retokenizer:
        retokenizer.merge(docs[0][0:2])
    try:
        token.text
    except StaleViewError:
        return sum(len(doc) for doc in docs)
    return -1


def files(nlp: Language, folder: Path) -> list[int]:
    """Pipelines, documents and corpora as files, and in other systems' formats."""
    nlp.to_disk(folder / "nlp")
    same = lexarray.load(folder / "nlp")
    assert_type(same, Language)
    docs = [nlp("Green tea."), nlp("Black tea, please.")]
    for doc in docs:
        doc[0].is_sent_start = True
    with CorpusWriter(folder / "tea.corpus") as writer:
        for doc in docs:
            writer.add(doc)
    with Corpus(folder / "tea.corpus", nlp.vocab) as corpus:
        assert_type(corpus[1], Doc)
        lengths = [len(doc) for doc in corpus.docs(max_types=1000)]
    try:
        Corpus(folder / "nlp")
    except (CorpusError, OSError):
        lengths.append(0)
    tables = to_tables(docs)
    assert_type(tables, Tables)
    lengths += [len(doc) for doc in from_tables(tables, nlp.vocab)]
    write_parquet(docs, folder / "tea")
    for doc in read_parquet(folder / "tea", nlp.vocab):
        assert_type(doc, Doc)
    assert_type(to_conllu(docs[0]), str)
    write_conllu(docs, folder / "tea.conllu")
    for doc in read_conllu(folder / "tea.conllu", nlp.vocab, by="document"):
        lengths.append(len(doc))
    return lengths


def words() -> dict[str, int]:
    """Word types and strings."""
    vocab = Vocab(strings=["tea"])
    lexeme = vocab["tea"]
    assert_type(lexeme, Lexeme)
    lexeme.is_stop = True
    strings = StringStore(["tea"])
    assert_type(strings["tea"], int)
    assert_type(strings[strings["tea"]], str)
    assert_type("tea" in vocab, bool)
    analysis = vocab.morphology.add("Number=Sing")
    assert_type(MorphAnalysis.from_id(vocab, analysis).get("Number"), list[str])
    assert_type(vocab.vectors, KeyedVectors | None)
    tokenizer = Tokenizer(vocab)
    assert_type(tokenizer("tea"), Doc)
    assert_type(tokenizer.explain("tea"), list[tuple[str, str]])
    return {"length": len(strings), "same": int(lexeme.orth == strings["tea"])}


def vectors() -> list[str]:
    """Tables of word vectors."""
    kv = load_default()
    assert_type(kv, KeyedVectors)
    assert_type(kv["tea"], NDArray[Any])
    assert_type(kv.similarity("tea", "coffee"), float)
    assert_type(kv.index_to_key[0], str)
    assert_type(len(kv), int)
    small = KeyedVectors(2, dtype=np.float32)
    small.add_vectors(["tea", "coffee"], [[1, 0], [1, 1]])
    small["water"] = np.zeros(2)
    with tempfile.TemporaryDirectory() as folder:
        small.save(Path(folder) / "drinks.safetensors")
        mapped = KeyedVectors.load(Path(folder) / "drinks.safetensors", mmap="r")
        assert_type(mapped, KeyedVectors)
        mapped.save_word2vec_format(Path(folder) / "drinks.vec")
        assert_type(KeyedVectors.load_word2vec_format(Path(folder) / "drinks.vec"), KeyedVectors)
        read = FastTextKeyedVectors(2, min_n=3, max_n=4, bucket=10)
        assert_type(read.get_vector("teas"), NDArray[Any])
    nearest: list[tuple[str, float]] = kv.most_similar(positive=["king", "woman"], negative=["man"], topn=1)
    assert_type(kv.similar_by_word("tea"), Neighbours)
    assert_type(kv.most_similar("tea", topn=None), NDArray[np.float64])
    assert_type(kv.most_similar("tea", None, None), NDArray[np.float64])
    assert_type(kv.search(["tea", "coffee"], k=2), tuple[NDArray[np.int64], NDArray[np.float64]])
    assert_type(kv.doesnt_match(["tea", "coffee", "stone"]), str | int)
    return [key for key, _ in nearest]


def main() -> dict[str, object]:
    """All of it."""
    nlp = lexarray.blank("en")
    with tempfile.TemporaryDirectory() as folder:
        lengths = files(nlp, Path(folder))
    return {"documents": documents(nlp), "streams": streams(nlp), "files": lengths, "words": words(), "vectors": vectors()}


if __name__ == "__main__":
    print(main())
