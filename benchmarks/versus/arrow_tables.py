"""Arrow tables of documents beside spaCy's DocBin, and its `doc.to_array` with pandas: speeds, memory, bytes a token, addresses.

    python benchmarks/versus/arrow_tables.py TREEBANK.conllu [--rounds 7] [--tokens 200]

Installs nothing: run it where lexarray, pyarrow and spacy are installed (the `bench` and `arrow` extras); pandas if there is one.
The documents are those of doc_bin.py: the treebank's sentences, joined, with entities, categories and groups of spans added.
"""

import os
import statistics
import tempfile
import tracemalloc
from time import process_time

import lexarray
import numpy as np
import pyarrow as pa
import spacy
from doc_bin import annotated
from layers import read_documents, treebank_arguments
from lexarray.interop.arrow import from_tables, read_parquet, to_tables, write_parquet
from lexarray.tokens import Doc as OurDoc, Span as OurSpan
from spacy.attrs import IDS
from spacy.tokens import Doc as TheirDoc, DocBin as TheirDocBin, Span as TheirSpan

# What a table of tokens has, for spaCy's to_array; those after the first three are keys of texts or small numbers.
ATTRS = ["IDX", "HEAD", "SPACY", "ORTH", "NORM", "LEMMA", "TAG", "POS", "MORPH", "DEP", "SENT_START", "ENT_IOB", "ENT_TYPE",
         "ENT_KB_ID", "ENT_ID"]
TEXTS = {"ORTH", "NORM", "LEMMA", "TAG", "POS", "MORPH", "DEP", "ENT_TYPE", "ENT_KB_ID", "ENT_ID"}


def seconds(work):
    """How long a piece of work takes, of this process's time, and its result."""
    started = process_time()
    result = work()
    return process_time() - started, result


def to_frame(docs, pandas):
    """spaCy's documents as columns, the way that is written everywhere: arrays, then texts for keys."""
    ids = [IDS[name] for name in ATTRS]
    rows = np.concatenate([doc.to_array(ids) for doc in docs])
    columns = {"doc": np.repeat(np.arange(len(docs)), [len(doc) for doc in docs])}
    strings = docs[0].vocab.strings
    for name, values in zip(ATTRS, rows.T):
        if name in TEXTS:
            keys, codes = np.unique(values, return_inverse=True)
            texts = [strings[key] if key else "" for key in keys.tolist()]
            columns[name] = pandas.Categorical.from_codes(codes, texts) if pandas else (codes, texts)
        else:
            columns[name] = values
    return pandas.DataFrame(columns) if pandas else columns


def main():
    """Read the arguments, compare, print a table."""
    arguments = treebank_arguments(__doc__)
    try:
        import pandas
    except ImportError:
        pandas = None
    documents = read_documents(arguments.file, 10**9, arguments.tokens)
    ours = annotated(OurDoc, OurSpan, lexarray.blank("en").vocab, documents)
    theirs = annotated(TheirDoc, TheirSpan, spacy.blank("en").vocab, documents)
    n = sum(map(len, ours))
    print(f"{len(ours):,} documents, {n:,} tokens; spaCy's columns as {'pandas' if pandas else 'NumPy'}")
    tables = to_tables(ours)
    their_data = TheirDocBin(docs=theirs, store_user_data=True).to_bytes()
    folder = tempfile.TemporaryDirectory()
    works = {
        "spaCy: to_array, categories": lambda: to_frame(theirs, pandas),
        "to_tables": lambda: to_tables(ours),
        "spaCy: DocBin write": lambda: TheirDocBin(docs=theirs, store_user_data=True).to_bytes(),
        "write_parquet": lambda: write_parquet(ours, folder.name),
        "spaCy: DocBin read": lambda: sum(map(len, TheirDocBin().from_bytes(their_data).get_docs(spacy_vocab))),
        "from_tables": lambda: sum(map(len, from_tables(tables, our_vocab))),
        "read_parquet": lambda: sum(map(len, read_parquet(folder.name, our_vocab))),
    }
    spacy_vocab, our_vocab = spacy.blank("en").vocab, lexarray.blank("en").vocab
    times = {name: [] for name in works}
    for _ in range(arguments.rounds):
        for name, work in works.items():
            times[name].append(seconds(work)[0])
    for name, each in times.items():
        print(f"{name:30} {n / statistics.median(each) / 1e6:8.2f} M tokens/s   {statistics.median(each) / n * 1e9:7.0f} ns a token")
    sizes = {name: os.path.getsize(os.path.join(folder.name, name)) / n for name in sorted(os.listdir(folder.name))}
    print("bytes a token: " + ", ".join(f"{name} {size:.2f}" for name, size in sizes.items()),
          f"spaCy's DocBin {len(their_data) / n:.2f}",
          "; in memory: " + ", ".join(f"{name} {table.nbytes / n:.1f}" for name, table in tables._asdict().items()))
    pa.default_memory_pool().release_unused()
    for name, work in (("to_tables", works["to_tables"]), ("from_tables", works["from_tables"])):
        tracemalloc.start()
        work()
        print(f"{name}: at most {tracemalloc.get_traced_memory()[1] / n:.0f} bytes a token of NumPy's and Python's at once")
        tracemalloc.stop()
    print("columns of tokens that NumPy reads where they are: ", end="")
    for name in tables.tokens.column_names:
        array = tables.tokens[name].chunk(0)
        array = array.indices if pa.types.is_dictionary(array.type) else array
        buffer = array.buffers()[1]
        if not pa.types.is_boolean(array.type) and np.frombuffer(buffer, np.uint8).ctypes.data == buffer.address:
            print(name, end=" ")
    print()
    if pandas:
        frame = tables.tokens.to_pandas(split_blocks=True)
        shared = []
        for name in tables.tokens.column_names:
            array = tables.tokens[name].chunk(0)
            array = array.indices if pa.types.is_dictionary(array.type) else array
            values = frame[name].cat.codes.array if isinstance(frame[name].dtype, pandas.CategoricalDtype) else frame[name].array
            if np.asarray(values).ctypes.data == array.buffers()[1].address:
                shared.append(name)
        print("pandas shares the memory of:", *shared)


if __name__ == "__main__":
    main()
