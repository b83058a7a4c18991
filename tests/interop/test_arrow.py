"""Arrow tables of documents: every layer there and back through memory, IPC, Parquet, pandas, Polars and DuckDB; tables that
others made; tables that are wrong."""

import random
import subprocess
import sys
from unittest.mock import patch

import lexarray
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from lexarray.errors import ArrowTableError
from lexarray.interop.arrow import (
    Tables, blocks, from_tables, parquet, read_parquet, to_batches, to_tables, write_parquet, writing,
)
from lexarray.tokens import Doc, Span
from lexarray.tokens.span_group import SpanGroup
from lexarray.vocab import Vocab
from reference.documents import contents, documents, sample

pa = pytest.importorskip("pyarrow")
pc = pytest.importorskip("pyarrow.compute")
pq = pytest.importorskip("pyarrow.parquet")

VOCAB = Vocab()


def full_docs(vocab):
    doc = sample(vocab, ["She", "sings", "Neü", "York", "!"])
    doc.spans["g"].append(Span(doc, 5, 5))
    del doc.spans["same"]
    doc.sentiment = 0.5
    doc.vector = [1, 2, 3]
    words = Doc(vocab, words=["a", " ", "b"])
    words.has_unknown_spaces = True
    return [doc, Doc(vocab), words, lexarray.blank("en")("It's  here.")]


def same(found, docs):
    found = list(found)
    assert [contents(doc) for doc in found] == [contents(doc) for doc in docs]
    assert [doc.sentiment for doc in found] == [doc.sentiment for doc in docs]
    assert [doc.to_array(["SENT_START", "ENT_IOB"]).tolist() for doc in found] == [
        doc.to_array(["SENT_START", "ENT_IOB"]).tolist() for doc in docs]
    return True


def replaced(table, column, values):
    return table.set_column(table.column_names.index(column), column, [values])


def is_arrow_text(docs):
    # Whether Arrow can hold all texts.
    def valid(value):
        try:
            repr_of(value).encode()
        except UnicodeEncodeError:
            return False
        return True

    def repr_of(value):
        return value if isinstance(value, str) else "".join(map(repr_of, value))

    return all(valid(doc.text) and valid(doc.cats) and valid(doc.spans) and all(
        valid([t.norm_, t.lemma_, t.tag_, t.dep_, str(t.morph)]) for t in doc) for doc in docs)


# ---- there and back ----

@given(docs=st.lists(documents(VOCAB), max_size=4))
def test_every_layer_comes_back(docs):
    if not is_arrow_text(docs):
        with pytest.raises(ArrowTableError, match="surrogates"):
            to_tables(docs)
        return
    tables = to_tables(docs)
    for table in tables:
        table.validate(full=True)
        assert all(column.num_chunks <= 1 for column in table.columns)
        assert all(field.nullable or not table[field.name].null_count for field in table.schema)
    for vocab in (Vocab(), VOCAB):
        assert same(from_tables(tables, vocab), docs)
    batches = list(to_batches(docs, n_tokens=5))
    whole = Tables(*map(pa.concat_tables, zip(*batches))) if batches else tables
    assert same(from_tables(whole, Vocab()), docs)
    assert [row for each in batches for row in each.tokens.to_pylist()] == tables.tokens.to_pylist()
    assert [row for each in batches for row in each.spans.to_pylist()] == tables.spans.to_pylist()
    assert [row for each in batches for row in each.docs.to_pylist()] == tables.docs.to_pylist()
    check_columns(docs, tables)


def check_columns(docs, tables):
    # What the rows say, against the documents.
    unset = {"": None}
    rows = [(number, t.i, t.text, bool(t.whitespace_), t.idx, t.norm_, *(unset.get(text, text) for text in (
        t.lemma_, t.tag_, t.pos_)), str(t.morph) or ("_" if t.has_morph() else None), unset.get(t.dep_, t.dep_), t.head.i,
        {1: True, 0: None, -1: False}[int(np.int64(t.sent_start))], *(unset.get(text, text) for text in (
            t.ent_iob_, t.ent_type_, t.ent_kb_id_, t.ent_id_)), None) for number, doc in enumerate(docs) for t in doc]
    assert [tuple(row.values()) for row in tables.tokens.to_pylist()] == rows
    found = [tuple(row.values()) for row in tables.spans.to_pylist()]
    expected = []
    for number, doc in enumerate(docs):
        for key, spans in [(None, doc.ents), *doc.spans.items()]:
            for span in spans:
                labels = [doc.strings[each] or None for each in (span.label, span.kb_id, span.id)]
                expected.append((number, key, span.start, span.end, span.start_char, span.end_char, *labels,
                                 doc.text[span.start_char:span.end_char]))
    assert found == expected
    assert tables.docs["text"].to_pylist() == [doc.text for doc in docs]
    assert tables.docs["n_tokens"].to_pylist() == list(map(len, docs))


def test_a_full_document():
    docs = full_docs(VOCAB)
    tables = to_tables(iter(docs))
    assert same(from_tables(tables, Vocab()), docs)
    check_columns(docs, tables)
    (vector, *rest) = [doc.vector.tolist() for doc in from_tables(tables, Vocab())]
    assert vector == [1, 2, 3]
    assert tables.tokens["ent_iob"].to_pylist()[:5] == ["O", "O", "B", "I", None]
    assert set(tables.tokens["pos"].chunk(0).dictionary.to_pylist()) == {"PRON", "PUNCT", "VERB", "PROPN"}
    assert tables.spans["key"].to_pylist() == [None, "g", "g", "g"]
    assert tables.docs["cats"].to_pylist() == [[("A", 1.0), ("B", 0.5)], [], [], []]


def test_documents_of_several_vocabularies_and_none():
    docs = [*full_docs(Vocab()), *full_docs(lexarray.blank("en").vocab)]
    assert same(from_tables(to_tables(docs), VOCAB), docs)
    empty = to_tables([])
    assert [len(table) for table in empty] == [0, 0, 0]
    assert list(from_tables(empty, VOCAB)) == [] == list(to_batches([]))
    assert empty.tokens.schema == to_tables(docs).tokens.schema
    with pytest.raises(TypeError, match=r"give \[doc\]"):
        to_tables(docs[0])
    with pytest.raises(TypeError, match="document 4: "):
        to_tables([*docs[:4], "text"])
    docs[5].user_data = {"x": {1, 2}}
    with pytest.raises(TypeError, match="document 5: user_data: .*set"):
        list(to_batches(docs, 1))


def test_senses():
    # Python has no name for them, but a client in C may use them.
    tables = to_tables(full_docs(VOCAB))
    senses = pa.array(["s1", None, "s2", *[None] * (len(tables.tokens) - 3)])
    again = to_tables(from_tables(tables._replace(tokens=replaced(tables.tokens, "sense", senses)), Vocab()))
    assert again.tokens["sense"].to_pylist() == senses.to_pylist()
    assert again.tokens.drop_columns(["sense"]).to_pylist() == tables.tokens.drop_columns(["sense"]).to_pylist()


def test_batches_are_bounded_and_whole():
    docs = [Doc(VOCAB, words=["w"] * n) for n in (3, 3, 0, 9, 0, 0, 1)]
    made = []
    batches = to_batches((made.append(doc) or doc for doc in docs), n_tokens=4)
    first = next(batches)
    assert len(made) == 2 and first.docs["doc"].to_pylist() == [0, 1]
    assert [each.docs["doc"].to_pylist() for each in batches] == [[2, 3], [4, 5, 6]]
    with pytest.raises(ValueError, match="positive"):
        to_batches(docs, n_tokens=0)


def test_ipc(tmp_path):
    docs = full_docs(VOCAB)
    tables = to_tables(docs)
    found = []
    for name, table in tables._asdict().items():
        with pa.ipc.new_file(str(tmp_path / name), table.schema) as writer:
            writer.write_table(table, max_chunksize=3)
        with pa.memory_map(str(tmp_path / name)) as source:
            found.append(pa.ipc.open_file(source).read_all())
    assert same(from_tables(Tables(*found), Vocab()), docs)


@settings(max_examples=30)
@given(docs=st.lists(documents(VOCAB), max_size=6), batch=st.integers(1, 12))
def test_parquet(tmp_path_factory, docs, batch):
    docs = [doc for doc in docs if is_arrow_text([doc])]
    folder = tmp_path_factory.mktemp("parquet")
    with patch.object(blocks, "BATCH", batch), patch.object(parquet, "BATCH", batch):
        write_parquet(iter(docs), folder)
        assert sorted(path.name for path in folder.iterdir()) == ["docs.parquet", "spans.parquet", "tokens.parquet"]
        assert same(read_parquet(folder, Vocab()), docs)
    assert same(read_parquet(str(folder), VOCAB), docs)
    assert pq.read_table(folder / "tokens.parquet").to_pylist() == to_tables(docs).tokens.to_pylist()


def test_parquet_files_are_replaced_whole(tmp_path):
    docs = full_docs(VOCAB)
    folder = tmp_path / "a" / "b"
    write_parquet(docs, folder)

    def broken():
        yield docs[3]
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        write_parquet(broken(), folder)
    assert len(list(folder.iterdir())) == 3
    assert same(read_parquet(folder, Vocab()), docs)
    write_parquet(docs[3:], folder)
    assert same(read_parquet(folder, Vocab()), docs[3:])
    pq.write_table(pa.table({"doc": [1, 1, 7], "text": ["a", "b", "c"]}), tmp_path / "tokens.parquet")
    assert [doc.text for doc in read_parquet(tmp_path / "tokens.parquet", Vocab())] == ["a b ", "c "]
    with pytest.raises(FileNotFoundError):
        list(read_parquet(tmp_path / "none", Vocab()))


def test_many_blocks(monkeypatch):
    rng = random.Random(7)
    docs = [Doc(VOCAB, words=[f"w{rng.randrange(50)}" for _ in range(rng.choice([0, 1, 2, 5, 40]))]) for _ in range(200)]
    for doc in docs[::3]:
        doc.spans["s"] = [doc[a:a + 2] for a in range(0, len(doc), 3)]
        doc.cats = {"a": rng.random()}
    tables = to_tables(docs)
    chunked = Tables(*[pa.concat_tables([each[name] for each in to_batches(docs, 17)]) for name in range(3)])
    for batch in (1, 3, 16, 50, 10**6):
        monkeypatch.setattr(blocks, "BATCH", batch)
        for each in (tables, chunked, tables._replace(docs=None, spans=None)):
            expected = docs if each.docs is not None else [doc for doc in docs if len(doc)]
            assert [doc.text for doc in from_tables(each, Vocab())] == [doc.text for doc in expected]
        assert same(from_tables(tables, VOCAB), docs)
        assert same(from_tables(chunked, VOCAB), docs)


# ---- buffers ----

def addresses(column):
    (array,) = column.chunks
    return [buffer and buffer.address for buffer in (array.indices if pa.types.is_dictionary(array.type) else array).buffers()]


def test_buffers_are_not_copied():
    # Out: into NumPy without a copy; no table's column is a copy of the array that it was made of.
    tables = to_tables(full_docs(VOCAB))
    column = tables.tokens["text"].chunk(0)
    assert column.indices.to_numpy().ctypes.data == addresses(tables.tokens["text"])[1]
    indices = np.arange(4, dtype=np.int32)
    made = writing._encoded(indices, pa.array(["a", "b", "c", "d"]))
    assert made.indices.buffers()[1].address == indices.ctypes.data
    numbers = np.arange(4)
    assert writing._plain(numbers, pa.int64()).buffers()[1].address == numbers.ctypes.data
    # Back: indices, numbers and the texts of a dictionary are looked at where they are.
    block = blocks.Block("tokens", tables.tokens.slice(1, 3), 0)
    codes, texts = block.categories("text")
    assert codes.ctypes.data == addresses(tables.tokens["text"])[1] + 4
    wide = blocks.Block("tokens", replaced(tables.tokens, "text", column.cast(pa.dictionary(pa.int32(), pa.large_string()))), 0)
    _, texts = wide.categories("text")
    assert texts.buffers()[2].address == wide.table["text"].chunk(0).dictionary.buffers()[2].address
    assert block.integers("doc").ctypes.data == addresses(tables.tokens["doc"])[1] + 8


def test_pandas():
    pd = pytest.importorskip("pandas")
    docs = full_docs(VOCAB)
    tables = to_tables(docs)
    frame = tables.tokens.to_pandas()
    assert isinstance(frame["text"].dtype, pd.CategoricalDtype)
    assert "".join(frame[frame.doc == 0].text.astype(str) + frame[frame.doc == 0].whitespace.map({True: " ", False: ""})) == docs[0].text
    assert (frame.groupby("pos", observed=True).size().to_dict()) == {"PRON": 1, "VERB": 1, "PROPN": 2, "PUNCT": 1}
    assert frame["head"].to_numpy().ctypes.data == addresses(tables.tokens["head"])[1] or frame["head"].tolist() == [
        t.head.i for doc in docs for t in doc]
    back = Tables(*[pa.Table.from_pandas(table.to_pandas()) for table in tables[:2]], tables.docs)
    assert same(from_tables(back, Vocab()), docs)
    assert same(from_tables(back._replace(tokens=pa.Table.from_pandas(frame.astype({"lemma": object}))), Vocab()), docs)


def test_polars():
    pl = pytest.importorskip("polars")
    docs = full_docs(VOCAB)
    tables = to_tables(docs)
    frames = [pl.from_arrow(table) for table in tables]
    assert frames[0].filter(pl.col("doc") == 0)["text"].to_list() == [t.text for t in docs[0]]
    assert frames[1]["text"].to_list()[0] == "Neü York"
    assert same(from_tables(Tables(*[frame.to_arrow() for frame in frames]), Vocab()), docs)


def test_duckdb(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    docs = full_docs(VOCAB)
    tables = to_tables(docs)
    connection = duckdb.connect()
    for name, table in tables._asdict().items():
        connection.register(name, table)
    query = "select text, count(*) from tokens where lemma is not null group by all order by text"
    expected = [("!", 1), ("Neü", 1), ("She", 1), ("York", 1), ("sings", 1)]
    assert connection.sql(query).fetchall() == expected
    assert connection.sql("select s.text, d.n_tokens, d.cats['A'] from spans s join docs d using (doc) where s.key is null"
                          ).fetchall() == [("Neü York", 5, 1.0)]
    found = Tables(*[connection.sql(f"select * from {name} order by doc{', i' * (name == 'tokens')}").to_arrow_table()
                     for name in ("tokens", "docs")])._replace(spans=tables.spans)
    assert same(from_tables(Tables(found.tokens, tables.spans, connection.sql("select * from docs order by doc").to_arrow_table()),
                            Vocab()), docs)
    write_parquet(docs, tmp_path)
    assert connection.sql(query.replace("tokens", f"'{tmp_path}/tokens.parquet'")).fetchall() == expected


# ---- tables that others made ----

def test_two_columns_are_enough():
    tokens = pa.table({"text": ["so", "it", "goes"], "doc": pa.array([4, 4, 9], pa.uint8()), "source": [1, 2, 3]})
    docs = list(from_tables(Tables(tokens), VOCAB))
    assert [doc.text for doc in docs] == ["so it ", "goes "]
    assert all(doc.has_unknown_spaces for doc in docs)
    assert not any(doc.has_annotation(name) for doc in docs for name in ("TAG", "DEP", "ENT_IOB"))
    assert [len(doc) for doc in from_tables(Tables(tokens, docs=pa.table({"doc": [3, 4, 9, 10]})), VOCAB)] == [0, 2, 1, 0]


@pytest.mark.parametrize("change", ["plain", "large", "view", "int8", "uint32", "int64", "uint64", "chunks", "unused", "sliced"])
def test_other_layouts_of_the_same(change):
    docs = full_docs(VOCAB)
    tables = []
    for table in to_tables(docs):
        if change == "sliced":
            table = pa.concat_tables([table, table]).combine_chunks().slice(len(table), len(table))
        if change == "chunks":
            table = pa.concat_tables([table.slice(i, 1) for i in range(len(table))])
        for at, field in enumerate(table.schema):
            if pa.types.is_dictionary(field.type):
                column = table[field.name]
                kind = {"plain": pa.string(), "large": pa.dictionary(pa.int32(), pa.large_string()),
                        "view": pa.string_view()}.get(change, field.type)
                if change in ("int8", "uint32", "int64", "uint64"):
                    kind = pa.dictionary(getattr(pa, change)(), pa.string())
                if change == "view":
                    column = pa.chunked_array([column.to_pylist()], pa.string_view())
                elif change == "unused":
                    (array,) = column.chunks
                    column = pa.chunked_array([pa.DictionaryArray.from_arrays(
                        pc.add(array.indices, pa.scalar(3, array.indices.type)),
                        pa.concat_arrays([pa.array(["", None, "unused"], pa.string()), array.dictionary]))])
                else:
                    column = column.cast(kind)
                table = table.set_column(at, field.name, column)
        tables.append(table)
    assert same(from_tables(Tables(*tables), Vocab()), docs)


def test_empty_texts_are_unset():
    tables = to_tables(full_docs(VOCAB))
    for column in ("lemma", "tag", "dep", "ent_type", "ent_kb_id", "ent_id", "pos", "ent_iob", "morph", "sense"):
        filled = tables.tokens[column].cast(pa.string()).fill_null("")
        tables = tables._replace(tokens=replaced(tables.tokens, column, filled.combine_chunks()))
    assert same(from_tables(tables, Vocab()), full_docs(VOCAB))


def test_entities_come_from_tokens_or_spans():
    docs = full_docs(VOCAB)
    tables = to_tables(docs)
    bare = tables.tokens.drop_columns(["ent_iob", "ent_type", "ent_kb_id", "ent_id"])
    found = list(from_tables(tables._replace(tokens=bare), Vocab()))
    assert [(e.start, e.end, e.label_, e.kb_id_, e.id_) for e in found[0].ents] == [(2, 4, "GPE", "Q60", "id2")]
    assert [t.ent_iob_ for t in found[0]] == ["O", "O", "B", "I", "O"] and [t.ent_iob_ for t in found[2]] == ["", "", ""]
    assert [t.ent_kb_id_ for t in found[0]] == ["", "", "Q60", "Q60", ""]
    assert found[0].spans.keys() == docs[0].spans.keys()
    spans = pa.table({"doc": [0, 0, 3], "start": [4, 0, 0], "end": [5, 1, 2], "label": ["A", "B", "C"]})
    found = list(from_tables(Tables(bare, spans, tables.docs), Vocab()))
    assert [[(e.start, e.end, e.label_) for e in doc.ents] for doc in found] == [[(0, 1, "B"), (4, 5, "A")], [], [], [(0, 2, "C")]]
    # Where both tell of them, they agree.
    for table in (tables.spans.slice(0, 1), tables.spans.slice(1), tables.spans.drop_columns(["kb_id"])):
        assert list(from_tables(tables._replace(spans=table, docs=None), Vocab()))[0].ents[0].text == "Neü York"
    for column, value in (("label", "X"), ("kb_id", "Q1"), ("id", None), ("start", 3), ("end", 3)):
        rows = tables.spans.to_pylist()
        rows[0][column] = value
        with pytest.raises(ArrowTableError, match=r"^spans: row 0: key is null, so this is an entity of document 0, but"):
            list(from_tables(tables._replace(spans=pa.Table.from_pylist(rows)), Vocab()))
    again = pa.concat_tables([tables.spans.slice(0, 1), pa.Table.from_pylist(
        [dict(tables.spans.slice(0, 1).to_pylist()[0], start=0, end=1)], schema=tables.spans.schema)])
    with pytest.raises(ArrowTableError, match="is null, so this is an entity"):
        list(from_tables(tables._replace(spans=again), Vocab()))


@pytest.mark.parametrize("rows, message", [
    ([(0, 0, 2, "A"), (0, 1, 3, "B")], "spans: row 1: start is inside the entity of row 0"),
    ([(0, 0, 0, "A")], "spans: row 0: start and end are the same"),
    ([(0, 0, 1, "A"), (0, 1, 3, None)], "spans: row 1: label is null or empty"),
    ([(0, 0, 1, "A"), (0, 1, 3, "")], "spans: row 1: label is null or empty"),
    ([(0, 0, 4, "A")], "spans: row 0: start and end are 0 and 4, outside document 0 of 3 tokens"),
    ([(0, -1, 1, "A")], "spans: row 0: start and end are -1 and 1"),
    ([(0, 2, 1, "A")], "spans: row 0: start and end are 2 and 1"),
    ([(0, 0, 1, "A"), (1, 0, 1, "A")], "spans: row 1: doc is 1, but there is no such document"),
    ([(0, None, 1, "A")], "spans: row 0: start is null"),
])
def test_entities_that_cannot_be(rows, message):
    spans = pa.Table.from_pylist([dict(zip(("doc", "start", "end", "label"), row)) for row in rows])
    with pytest.raises(ArrowTableError, match=f"^{message}"):
        list(from_tables(Tables(pa.table({"doc": [0, 0, 0], "text": ["a", "b", "c"]}), spans), Vocab()))


@given(docs=st.lists(documents(VOCAB), max_size=4))
def test_sentences_follow_from_trees(docs):
    docs = [doc for doc in docs if is_arrow_text([doc])]
    tables = to_tables(docs)
    found = list(from_tables(tables._replace(tokens=tables.tokens.drop_columns(["is_sent_start"])), Vocab()))
    for doc, each in zip(docs, found, strict=True):
        heads, deps = [t.head.i for t in doc], [t.dep_ for t in doc]
        built = Doc(Vocab(), words=[t.text for t in doc], heads=heads, deps=deps)
        assert [t.is_sent_start for t in each] == [t.is_sent_start for t in built]


def test_groups_without_span_groups():
    docs = full_docs(VOCAB)
    tables = to_tables(docs)
    found = next(from_tables(tables._replace(docs=tables.docs.drop_columns(["span_groups"])), Vocab()))
    assert list(found.spans) == ["g"] and found.spans["g"].name == "g"
    rows = pa.table({"doc": [0] * 4, "key": ["b", "a", "b", ""], "start": [0, 1, 2, 3], "end": [1, 2, 3, 4]})
    (found,) = from_tables(Tables(pa.table({"doc": [0] * 4, "text": list("abcd")}), rows), Vocab())
    assert {key: [span.text for span in group] for key, group in found.spans.items()} == {"b": ["a", "c"], "a": ["b"], "": ["d"]}


def test_many_groups():
    # Found by their keys, not one after the other.
    n = 20_000
    keys = [str(k) for k in range(n)]
    schema = to_tables([]).docs.schema
    spans = pa.table({"doc": [0] * 2 * n, "key": keys * 2, "start": [0] * n + [1] * n, "end": [1] * n + [2] * n})
    docs = pa.table({"doc": [0], "span_groups": pa.array([[{"key": key, "name": "n", "attrs": b""} for key in keys[::2]]],
                                                         schema.field("span_groups").type)})
    tokens = pa.table({"doc": [0, 0], "text": ["a", "b"]})
    (found,) = from_tables(Tables(tokens, spans, docs), Vocab())
    assert list(found.spans) == keys[::2] + keys[1::2]
    assert [found.spans[key].name for key in ("0", "1")] == ["n", "1"]
    assert all([span.text for span in group] == ["a", "b"] for group in found.spans.values())


# ---- what is wrong ----

TOKENS = {"doc": [0, 0, 1], "i": [0, 1, 0], "text": ["a", "b", "c"], "whitespace": [True, False, True], "head": [1, 1, 0],
          "pos": ["NOUN", None, ""], "ent_iob": ["O", "B", None], "is_sent_start": [True, None, False], "morph": ["A=b", "_", None]}


@pytest.mark.parametrize("column, values, message", [
    ("doc", None, "tokens: there is no column 'doc'"),
    ("text", None, "tokens: there is no column 'text'"),
    ("doc", [0, 1, 0], "tokens: row 2: doc 0 comes after 1"),
    ("doc", [0, None, 1], "tokens: row 1: doc is null"),
    ("doc", ["a", "b", "c"], "tokens: column 'doc' is of string, expected integers"),
    ("doc", [0.5, 1, 2], "tokens: rows from 0: doc: Float value 0.5"),
    ("i", [0, 2, 0], "tokens: row 1: i is 2, but this is token 1 of document 0"),
    ("i", [0, None, 0], "tokens: row 1: i is null"),
    ("text", ["a", None, "c"], "tokens: row 1: text is None: a token has at least one character"),
    ("text", ["a", "", "c"], "tokens: row 1: text is '': a token"),
    ("text", [1, 2, 3], "tokens: column 'text' is of int64, expected texts"),
    ("text", pa.array([1, 2, 3]).dictionary_encode(), "tokens: column 'text' is of int64, expected texts"),
    ("whitespace", [True, None, True], "tokens: row 1: whitespace is null"),
    ("whitespace", [" ", "", " "], "tokens: column 'whitespace' is of string, expected booleans"),
    ("head", [1, 2, 0], "tokens: row 1: head is 2, outside document 0 of 2 tokens"),
    ("head", [1, -1, 0], "tokens: row 1: head is -1, outside document 0 of 2 tokens"),
    ("head", [1, 1 << 40, 0], "tokens: row 1: head is 1099511627776, outside"),
    ("head", [1, 0, 0], "document 0: token 0: its heads form a cycle"),
    ("pos", ["NOUN", "noun", None], "tokens: row 1: pos is 'noun', no universal part of speech"),
    ("pos", [1, 2, 3], "tokens: column 'pos' is of int64, expected texts"),
    ("ent_iob", ["O", "U", None], "tokens: row 1: ent_iob is 'U', none of 'B', 'I', 'O'"),
    ("is_sent_start", [1, 2, 3], "tokens: column 'is_sent_start' is of int64, expected booleans"),
    ("morph", ["A=b", "A", None], "document 0: text .*'A'"),
    ("lemma", pa.array([[1], [2], [3]]), "tokens: column 'lemma' is of list"),
])
def test_tokens_that_cannot_be(column, values, message):
    tokens = dict(TOKENS, **{column: values})
    with pytest.raises(ArrowTableError, match=f"^{message}"):
        list(from_tables(Tables(pa.table({name: values for name, values in tokens.items() if values is not None})), Vocab()))


@pytest.mark.parametrize("column, values, message", [
    ("doc", [0, 2], "tokens: row 2: doc is 1, but there is no such document"),
    ("doc", [1, 0], "docs: row 1: doc 0 comes after 1"),
    ("doc", [1, 1], "docs: row 1: doc 1 is there twice"),
    ("n_tokens", [2, 2], "docs: row 1: n_tokens is 2, but there are 1 rows of document 1 in tokens"),
    ("has_unknown_spaces", [True, None], "docs: row 1: has_unknown_spaces is null"),
    ("cats", pa.array([[], [("a", 1.0), ("a", 2.0)]], pa.map_(pa.string(), pa.float64())), r"docs: row 1: cats is .*: a category is there twice"),
    ("cats", ["x", "y"], "docs: row 0: cats is 'x'"),
    ("cats", [[{"key": 1, "value": 2.0}], []], "docs: row 0: cats is .*: expected a map from texts to numbers"),
    ("sentiment", [0.5, "x"], ""),
    ("sentiment", ["x", "y"], "docs: row 0: sentiment is 'x': expected a number"),
    ("vector", [None, ["x"]], "docs: row 1: vector is .*: expected a list of numbers"),
    ("vector", [[1.0], []], ""),
    ("vector", pa.array([1 << 62, 0], pa.timestamp("s")), "docs: rows from 0: vector: "),
    ("span_groups", [None, [{"key": "a", "name": None, "attrs": b""}]], "docs: row 1: span_groups is .*: expected two texts"),
    ("span_groups", [None, [{"key": "a"}]], "docs: row 1: span_groups is .*: 'name'"),
    ("span_groups", [None, [{"key": "a", "name": "b", "attrs": b"\xc1"}]], "docs: row 1: span_groups is "),
    ("user_data", [b"\x80", b"\x81"], "docs: row 1: user_data is "),
    ("user_data", [b"\x80", b"\x01"], "docs: row 1: user_data is .*: expected a map"),
    ("user_data", ["a", "b"], "docs: row 0: user_data is 'a': expected bytes"),
])
def test_documents_that_cannot_be(column, values, message):
    try:
        docs = pa.table({"doc": [0, 1], column: values})
    except pa.ArrowInvalid:             # numbers and texts in one column
        return
    tables = Tables(pa.table(TOKENS), docs=docs)
    if message:
        with pytest.raises(ArrowTableError, match=f"^{message}"):
            list(from_tables(tables, Vocab()))
    else:
        assert len(list(from_tables(tables, Vocab()))) == 2


def test_versions_that_cannot_be():
    table = pa.table(TOKENS)
    for about in ("tokens 2", "tokens x", "tokens", "docs 1", f"tokens {'9' * 5000}"):
        with pytest.raises(ArrowTableError, match=f"^tokens: the table says that it is '{about[:70]}"):
            next(from_tables(Tables(table.replace_schema_metadata({"lexarray": about})), Vocab()))


def test_arguments():
    tables = to_tables(full_docs(VOCAB))
    with pytest.raises(TypeError, match="tokens: expected a pyarrow.Table, got NoneType"):
        from_tables(Tables(None), Vocab())
    with pytest.raises(TypeError, match="spans: expected a pyarrow.Table, got list"):
        from_tables(tables._replace(spans=[]), Vocab())
    with pytest.raises(TypeError, match="expected a Vocab, got Language|expected a Vocab, got English"):
        from_tables(tables, lexarray.blank("en"))
    newer = tables.tokens.replace_schema_metadata({"lexarray": "tokens 2"})
    with pytest.raises(ArrowTableError, match="tokens: the table says that it is 'tokens 2'; this version reads 'tokens 1'"):
        from_tables(tables._replace(tokens=newer), Vocab())
    with pytest.raises(ArrowTableError, match="tokens: the table says that it is 'docs 1'"):
        from_tables(tables._replace(tokens=tables.docs.append_column("i", tables.docs["doc"])), Vocab())
    twice = pa.Table.from_arrays([tables.tokens["doc"], tables.tokens["text"], tables.tokens["text"]], ["doc", "text", "text"])
    with pytest.raises(ArrowTableError, match="tokens: there are two columns 'text'"):
        from_tables(Tables(twice), Vocab())


def test_rows_are_numbered_through_all_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "BATCH", 2)
    n = 20
    texts = ["a"] * n
    texts[13] = ""
    chunks = [pa.table({"doc": [i // 3 for i in range(a, a + 5)], "text": texts[a:a + 5]}) for a in range(0, n, 5)]
    found = from_tables(Tables(pa.concat_tables(chunks)), Vocab())
    assert len([next(found) for _ in range(4)]) == 4
    with pytest.raises(ArrowTableError, match="tokens: row 13: text is ''"):
        next(found)


@pytest.mark.parametrize("change, message", [
    (lambda doc: setattr(doc[1], "lemma_", "\udfff"), r"document 1, token 1: lemma '\\udfff' has lone surrogates"),
    (lambda doc: setattr(doc[1], "dep_", "\udfff"), r"document 1, token 1: dep '\\udfff' has lone surrogates"),
    (lambda doc: setattr(doc[0], "ent_id_", "\udfff"), r"document 1, token 0: ent_id '\\udfff' has lone surrogates"),
    (lambda doc: setattr(doc, "cats", {"\udfff": 1}), r"document 1: cats\['\\udfff'\] is 1"),
    (lambda doc: setattr(doc, "cats", {"a": "b"}), "document 1: cats"),
    (lambda doc: setattr(doc, "cats", {"a": (1 << 60) + 1}), "document 1: cats"),
    (lambda doc: doc.spans.__setitem__("\udfff", [doc[0:1]]), "document 1: the key .* of spans has lone surrogates"),
    (lambda doc: doc.spans.__setitem__("a", [doc[0:1], Span(doc, 0, 1, label="\udfff")]),
     r"document 1, spans\['a'\]\[1\]: label '\\udfff' has lone surrogates"),
    (lambda doc: doc.spans.__setitem__("a", SpanGroup(doc, name="\udfff")), r"document 1, spans\['a'\]: the name"),
])
def test_what_arrow_cannot_hold(change, message):
    doc = Doc(VOCAB, words=["a", "b"])
    change(doc)
    with pytest.raises(ArrowTableError, match=message):
        to_tables([Doc(VOCAB, words=["c"]), doc])
    with pytest.raises(ArrowTableError, match=message):
        list(to_batches([Doc(VOCAB, words=["c"]), doc], n_tokens=1))
    with pytest.raises(ArrowTableError, match=r"document 0, token 1: text 'b\\ud800' has lone surrogates"):
        to_tables([Doc(VOCAB, words=["a", "b\ud800"])])


VALUES = [None, 0, 1, -1, 5, 1 << 40, 0.5, True, "", "a", "NOUN", "B", "\n", b"\x80", b"a", [], [1.0], [("a", 1.0)], [{"key": "a"}],
          {"a": 1}]


@settings(max_examples=300)
@given(data=st.data())
def test_any_change_is_read_or_refused(data):
    tables = list(to_tables(full_docs(VOCAB)))
    for _ in range(data.draw(st.integers(1, 2))):
        which = data.draw(st.integers(0, 2))
        table = tables[which]
        column = data.draw(st.sampled_from(table.column_names))
        values = table[column].to_pylist()
        change = data.draw(st.sampled_from(["cell", "column", "drop", "rows"]))
        if change == "cell":
            values[data.draw(st.integers(0, len(values) - 1))] = data.draw(st.sampled_from(VALUES))
        elif change == "column":
            values = [data.draw(st.sampled_from(VALUES))] * len(values)
        try:
            tables[which] = (table.drop_columns([column]) if change == "drop" else
                             table.take(data.draw(st.lists(st.integers(0, len(table) - 1), max_size=8)))
                             if change == "rows" else replaced(table, column, pa.array(values)))
        except (pa.ArrowException, OverflowError, TypeError, ValueError):       # no column of Arrow's
            pass
    try:
        found = list(from_tables(Tables(*tables), Vocab()))
    except ArrowTableError as error:
        assert str(error).startswith(("tokens: ", "spans: ", "docs: ", "document "))
        return
    again = to_tables(found)                    # what has been read can be written, and is read as the same
    assert same(from_tables(again, Vocab()), found)


def test_tables_with_broken_buffers():
    # What no one should have made: indices and offsets outside, bytes that are not UTF-8.
    wrong = pa.DictionaryArray.from_arrays(pa.array([0, 5, 0]), pa.array(["a"]), safe=False)
    with pytest.raises(ArrowTableError, match="tokens: rows from 0: text: "):
        list(from_tables(Tables(pa.table({"doc": [0, 0, 0], "text": wrong})), Vocab()))
    for ends, data in (([0, 1, 99, 3], b"abc"), ([0, 2, 1, 3], b"abc"), ([0, 1, 2, 3], b"a\xffc"), ([0, 3, 3, 3], b"\xed\xa0\x80")):
        text = pa.StringArray.from_buffers(3, pa.py_buffer(np.array(ends, np.int32)), pa.py_buffer(data))
        with pytest.raises(ArrowTableError, match="tokens: rows from 0: text: "):
            list(from_tables(Tables(pa.table({"doc": [0, 0, 0], "text": text})), Vocab()))


def test_damaged_parquet(tmp_path):
    docs = full_docs(VOCAB)
    write_parquet(docs, tmp_path)
    rng = random.Random(1)
    n_errors = 0
    for name in ("tokens", "spans", "docs"):
        path = tmp_path / f"{name}.parquet"
        data = path.read_bytes()
        for _ in range(60):
            damaged = bytearray(data)
            if rng.random() < 0.4:
                del damaged[rng.randrange(len(data)):]
            else:
                damaged[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            path.write_bytes(damaged)
            try:                                # a bit may well change nothing that is read, or a text into another
                assert len(list(read_parquet(tmp_path, Vocab()))) == 4
            except ArrowTableError as error:
                n_errors += 1
                assert str(error).startswith((str(path), "tokens: ", "spans: ", "docs: ", "document "))
        path.write_bytes(data)
    assert 3 * 60 * 0.5 < n_errors < 3 * 60
    assert same(read_parquet(tmp_path, Vocab()), docs)


def test_the_extra_is_named():
    code = ("import sys; sys.modules['pyarrow'] = None\nimport lexarray\nfrom lexarray.interop import arrow\n"
            "try: arrow.to_tables([])\nexcept ImportError as error: print(error)")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "pip install 'lexarray[arrow]'" in out
    code = "import sys; from lexarray.interop import arrow; print('pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"


def test_categories_may_be_numbers_of_numpy():
    import numpy

    doc = Doc(Vocab(), words=["a"])
    doc.cats = {"x": numpy.float32(0.5), "n": numpy.int64(3)}
    assert next(from_tables(to_tables([doc]), Vocab())).cats == {"x": 0.5, "n": 3.0}
