"""`lexarray convert`, run as a process: every format to every other, streams, what is left out, and what is wrong with files."""

import bz2
import contextlib
import gzip
import json
import lzma
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from importlib.util import find_spec

import lexarray
import pytest
from hypothesis import given, settings, strategies as st
from lexarray.cli import convert, main
from lexarray.interop.conllu import read_conllu
from lexarray.tokens import Doc, DocBin, Span
from reference.documents import contents, documents

needs_arrow = pytest.mark.skipif(find_spec("pyarrow") is None, reason="needs pyarrow")
FORMATS = ["conllu", "jsonl", "spacy", pytest.param("corpus", marks=needs_arrow), pytest.param("parquet", marks=needs_arrow)]
TREEBANK = """# newdoc id = a
# sent_id = 1
# text = Don't go!
1-2 Don't _ _ _ _ _ _ _ _
1 Do do AUX VB Mood=Imp 3 aux 3:aux _
2 n't not PART RB _ 3 advmod 3:advmod _
3 go go VERB VB Mood=Imp 0 root 0:root SpaceAfter=No
4 ! ! PUNCT . _ 3 punct 3:punct _

# sent_id = 2
# text = Oui
1 Oui oui INTJ UH _ 0 root 0:root SpacesAfter=\\n\\n

# newdoc id = b
# text = Why
1 Why why ADV WRB _ 0 root 0:root _

"""
TREEBANK = "".join(line if line[0] == "#" else line.replace(" ", "\t") for line in TREEBANK.splitlines(True))


def run(*arguments, stdin=b"", **options):
    return subprocess.run([sys.executable, "-m", "lexarray", "convert", *map(str, arguments)], input=stdin, capture_output=True,
                          **options)


def done(*arguments, **options):
    # What was said on standard error.
    found = run(*arguments, **options)
    assert found.returncode == 0, found.stderr.decode()
    return found.stderr.decode()


def failure(*arguments, **options):
    # The one line on standard error, without "lexarray: ".
    found = run(*arguments, **options)
    text = found.stderr.decode()
    assert found.returncode == 1 and len(text.splitlines()) == 1 and text.startswith("lexarray: "), text
    return text.removeprefix("lexarray: ").rstrip("\n")


def here(*arguments, code=0):
    # The same in this process, which is faster.
    assert main(["convert", *map(str, arguments)]) == code


def save(path, docs):
    DocBin(docs=docs, store_user_data=True).to_disk(path)


def load(path):
    return list(DocBin().from_disk(path).get_docs(lexarray.blank("xx").vocab))


def all_layers(vocab):
    doc = Doc(vocab, ["New", "York", "is", "\n", "naïve", "日"], [True, True, False, False, True, False], tags=["NNP"] * 3 + ["", "JJ", "X"],
              pos=["PROPN", "PROPN", "AUX", "SPACE", "ADJ", "X"], heads=[1, 2, 2, 2, 2, 2],
              deps=["compound", "nsubj", "ROOT", "dep", "attr", "dep"], lemmas=["New", "York", "be", "", "naive", "日"],
              morphs=["Number=Sing", "Number=Sing", "_", None, "_", "_"], ents=["B-GPE", "I-GPE", "O", "O", "", "B-X"])
    doc[0].norm_ = "big"
    doc[5].ent_kb_id_, doc[5].ent_id_ = "Q17", "jp"
    doc.cats = {"travel": 0.25, "ü": 1.0}
    doc.spans["parts"] = [Span(doc, 0, 2, "A", kb_id="Q60"), Span(doc, 1, 3, "B", span_id="two")]
    doc.user_data["._.", "source", None, None] = {"url": "x", "n": [1, None]}
    doc.user_data["._.", "rank", 4, None] = 3
    doc.user_data["._.", "kind", 0, 8] = "city"
    return doc


# ---- every format to every other ----

@pytest.mark.parametrize("middle", FORMATS)
def test_all_layers_come_back_but_those_that_are_named(tmp_path, middle):
    vocab = lexarray.blank("xx").vocab
    docs = [all_layers(vocab), Doc(vocab), Doc(vocab, ["Oui", "!"], [False, False])]
    save(tmp_path / "in.spacy", docs)
    expected = list(map(contents, docs))
    there = done(tmp_path / "in.spacy", tmp_path / f"middle.{middle}").splitlines()
    assert re.fullmatch(rf"3 documents, 8 tokens, spacy to {middle}, [\d,]+ bytes, \d+\.\d s, [\d,]+ tokens/s", there[0])
    back = done(tmp_path / f"middle.{middle}", tmp_path / "out.spacy").splitlines()
    found = list(map(contents, load(tmp_path / "out.spacy")))
    if middle != "conllu":
        assert len(there) == len(back) == 1 and found == expected
        return
    assert len(back) == 1 and there[1:] == [
        "conllu has no place for, so left out (of so many documents): entities (1); span groups (1); cats (1); "
        "user_data but conllu (1); norms (1); documents without words (1)"]
    assert len(found) == 2
    for one, other in zip(found, (expected[0], expected[2])):
        assert one["text"] == other["text"] and one["user_data"]["conllu"]["length"] == len(one["tokens"])
        for a, b in zip(one["tokens"], other["tokens"]):
            kept = (0, 1, 2, 4, 5, 6, 7, 12, 13, 14, 15, 16, 17, 18)
            assert [a[i] for i in kept] == [b[i] for i in kept]


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
def test_every_pair(tmp_path, source, target, capsys):
    (tmp_path / "a.conllu").write_text(TREEBANK)
    here(tmp_path / "a.conllu", tmp_path / f"b.{source}")
    here(tmp_path / f"b.{source}", tmp_path / f"c.{target}")
    here(tmp_path / f"c.{target}", tmp_path / "d.conllu")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[:2] for line in lines if "tokens/s" in line] == [["2 documents", " 7 tokens"]] * 3
    if "jsonl" not in (source, target):
        assert len(lines) == 3
        assert (tmp_path / "d.conllu").read_text() == TREEBANK
        return
    assert lines.count("jsonl has no place for, so left out (of so many documents): user_data but extensions (2)") == 1
    found, expected = ([[contents(doc) | {"user_data": None} for doc in read_conllu(path, lexarray.blank("xx").vocab, by="document")]
                        for path in (tmp_path / "d.conllu", tmp_path / "a.conllu")])
    assert found == expected and "# newdoc id = 1\n" in (tmp_path / "d.conllu").read_text()


VOCAB = lexarray.blank("xx").vocab


@settings(max_examples=30)
@given(docs=st.lists(documents(VOCAB), max_size=4), formats=st.permutations(["jsonl", "corpus", "parquet", "spacy"]))
def test_a_ring(tmp_path_factory, docs, formats):
    pytest.importorskip("pyarrow")
    folder = tmp_path_factory.mktemp("ring")
    for doc in docs:        # what is no extension, and what is no number, has no place in JSON
        doc.cats = {name: value for name, value in doc.cats.items() if math.isfinite(value)}
        doc.user_data = {("._.", "name", None, None): list(map(str, range(len(doc))))} if len(doc) % 2 else {}
    save(folder / "0.spacy", docs)
    at = folder / "0.spacy"
    for number, name in enumerate([*formats, "spacy"], 1):
        here(at, folder / f"{number}.{name}")
        at = folder / f"{number}.{name}"
    assert list(map(contents, load(at))) == list(map(contents, docs))


@pytest.mark.parametrize("target", FORMATS)
def test_nothing_in_nothing_out(tmp_path, target):
    (tmp_path / "in.jsonl").write_text("\n")
    said = done(tmp_path / "in.jsonl", tmp_path / f"out.{target}")
    assert said.startswith("0 documents, 0 tokens, jsonl to ") and len(said.splitlines()) == 1
    assert done(tmp_path / f"out.{target}", tmp_path / "back.jsonl").startswith("0 documents, 0 tokens")
    assert (tmp_path / "back.jsonl").read_bytes() == b""


@needs_arrow
def test_what_only_some_formats_hold(tmp_path, capsys):
    from lexarray.corpus import Corpus, CorpusWriter

    doc = Doc(VOCAB, ["a", "b"])
    doc[0].sense_, doc.sentiment, doc.vector = "s", 0.5, [1.0, 2.0]
    doc.user_data["plain"] = (1, b"x")
    with CorpusWriter(tmp_path / "in.corpus") as out:
        out.extend([doc, Doc(VOCAB, ["c"])])
    lost = {"spacy": "senses (1); sentiment (1); vectors (1)", "jsonl": "user_data but extensions (1); senses (1); vectors (1)",
            "conllu": "user_data but conllu (1); senses (1); sentiment (1); vectors (1); unknown spaces (2)", "parquet": None}
    for name, text in lost.items():
        here(tmp_path / "in.corpus", tmp_path / f"out.{name}")
        _, *said = capsys.readouterr().err.splitlines()
        assert said == ([f"{name} has no place for, so left out (of so many documents): {text}"] if text else []), name
    here(tmp_path / "out.parquet", tmp_path / "back.corpus")
    (found, _) = Corpus(tmp_path / "back.corpus")
    assert found[0].sense_ == "s" and found.sentiment == 0.5 and found.vector.tolist() == [1, 2]
    assert found.user_data == {"plain": [1, b"x"]}


@pytest.mark.parametrize("words, layers, is_lost", [
    (["a", "\n"], {}, False), (["a", "\n", "\n"], {}, True), (["a", "\n"], {"tags": ["", "_SP"]}, True),
    (["a", "\n"], {"pos": ["X", "SPACE"]}, False), (["a", "\n"], {"pos": ["X", "X"]}, True),
    (["a", "\n"], {"lemmas": ["a", "\n"]}, True), (["a", "\n"], {"heads": [0, 0], "deps": ["ROOT", "dep"]}, False),
    (["a", "\n"], {"heads": [0, 0], "deps": ["ROOT", "obj"]}, True)])
def test_what_conllu_loses_of_whitespace(tmp_path, capsys, words, layers, is_lost):
    save(tmp_path / "in.spacy", [Doc(VOCAB, words, [False] * len(words), **layers)])
    here(tmp_path / "in.spacy", tmp_path / "out.conllu")
    assert ("details of whitespace (1)" in capsys.readouterr().err) == is_lost


# ---- documents of CoNLL-U, lines of JSON ----

@pytest.mark.parametrize("text, n", [
    (TREEBANK, 2), ("\n\n\ufeff".removesuffix("\ufeff") + TREEBANK, 2), ("\ufeff" + TREEBANK, 2),
    (TREEBANK.replace("# newdoc id = a\n", ""), 3), (f"#{' ' * 20_000}\n" + TREEBANK, 2), (TREEBANK.replace("newdoc", "newdocs"), 3),
    (TREEBANK.replace("\n", "\r\n"), 2)])
def test_documents_are_those_of_newdoc_if_the_file_begins_with_it(tmp_path, text, n):
    path = tmp_path / "in.conllu"
    path.write_bytes(text.encode())
    here(path, tmp_path / "out.spacy")
    assert len(load(tmp_path / "out.spacy")) == n
    here(tmp_path / "out.spacy", tmp_path / "out.conllu")
    assert (tmp_path / "out.conllu").read_text() == text.lstrip("\n\ufeff").replace("\r\n", "\n")


def test_json_is_that_of_the_library(tmp_path):
    docs = [all_layers(VOCAB), Doc(VOCAB, ["Oui"], [False])]
    save(tmp_path / "in.spacy", docs)
    here(tmp_path / "in.spacy", tmp_path / "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    assert "naïve" in lines[0] and "日" in lines[0]
    assert [json.loads(line) for line in lines] == [docs[0].to_json(underscore=["kind", "rank", "source"]), docs[1].to_json()]


def test_a_value_outside_of_the_text_is_left_out(tmp_path, capsys):
    doc = Doc(VOCAB, ["Oui"], [False])
    doc.user_data = {("._.", "a", 3, None): 1, ("._.", "a", 4, None): 2, ("._.", "b", 1, 9): 3}
    save(tmp_path / "in.spacy", [doc])
    here(tmp_path / "in.spacy", tmp_path / "out.jsonl")
    assert capsys.readouterr().err.endswith("so left out (of so many documents): user_data but extensions (1)\n")
    here(tmp_path / "out.jsonl", tmp_path / "out.spacy")
    assert load(tmp_path / "out.spacy")[0].user_data == {("._.", "a", 3, None): 1}


@given(text=st.text(st.sampled_from("a\ud800\udbffb\udc00\udfff日"), min_size=1))
def test_lone_surrogates_in_json(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("surrogates")
    save(folder / "in.spacy", [Doc(VOCAB, [text], [False])])
    is_pair = re.search("[\ud800-\udbff][\udc00-\udfff]", text) is not None
    here(folder / "in.spacy", folder / "out.jsonl", code=is_pair)
    assert (folder / "out.jsonl").exists() != is_pair
    if not is_pair:
        here(folder / "out.jsonl", folder / "back.spacy")
        assert load(folder / "back.spacy")[0].text == text


def test_a_long_line_is_one_document(tmp_path):
    doc = Doc(VOCAB, ["x" * 700_000, "y"] * 3, [True] * 6)
    (tmp_path / "in.jsonl").write_text(f"{json.dumps(doc.to_json())}\n\n {json.dumps(doc.to_json())}")
    assert done(tmp_path / "in.jsonl", tmp_path / "out.spacy").startswith("2 documents, 12 tokens, ")
    assert [found.text for found in load(tmp_path / "out.spacy")] == [doc.text] * 2


# ---- streams ----

def test_standard_input_and_output(tmp_path):
    found = run("-", "-", "--from", "conllu", "--to", "jsonl", stdin=TREEBANK.encode())
    assert found.returncode == 0 and len(found.stdout.splitlines()) == 2
    assert found.stderr.startswith(b"2 documents, 7 tokens, conllu to jsonl, %d bytes, " % len(found.stdout))
    again = run("-", "-", "--from", "jsonl", "--to", "conllu", stdin=found.stdout)
    assert again.returncode == 0 and again.stdout.count(b"\n\n") == 3
    (tmp_path / "out.jsonl").write_bytes(found.stdout)
    with open(tmp_path / "out.jsonl", "rb") as file:
        same = subprocess.run([sys.executable, "-m", "lexarray", "convert", "-", tmp_path / "a.conllu", "--from", "jsonl"], stdin=file,
                              capture_output=True)
    assert same.returncode == 0 and (tmp_path / "a.conllu").read_bytes() == again.stdout


@pytest.mark.parametrize("pack, ending", [(gzip.compress, ".gz"), (bz2.compress, ".bz2"), (lzma.compress, ".xz"), (gzip.compress, "")])
def test_compressed_text(tmp_path, pack, ending):
    path = tmp_path / f"in.conllu{ending}"
    path.write_bytes(pack(TREEBANK.encode()))
    here(path, tmp_path / "out.CONLLU")
    assert (tmp_path / "out.CONLLU").read_text() == TREEBANK
    path.write_bytes(pack(TREEBANK.encode())[:-12])
    assert f"{path}: the compressed file is damaged after" in failure(path, tmp_path / "other.conllu")
    assert not (tmp_path / "other.conllu").exists()


def test_what_comes_before_a_failure_reaches_standard_output():
    found = run("-", "-", "--from", "conllu", "--to", "conllu", stdin=TREEBANK.encode() + b"1\tx\n\n")
    assert found.returncode == 1 and found.stdout.decode() == TREEBANK
    assert found.stderr.decode().startswith("lexarray: standard input: line 18")


def test_a_closed_pipe():
    text = TREEBANK.encode() * 5000
    process = subprocess.Popen([sys.executable, "-m", "lexarray", "convert", "-", "-", "--from", "conllu", "--to", "jsonl"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    try:
        process.stdin.write(text)
        process.stdin.close()
    except BrokenPipeError:
        pass
    assert process.wait() == 141
    assert process.stderr.read() == b"lexarray: the output was closed before all was written\n"
    process.stderr.close()


def test_words_are_forgotten(tmp_path, monkeypatch):
    # Through every reader and writer, with a limit that is reached at each document.
    monkeypatch.setattr(convert, "MOST_WORDS", 2)
    vocab = lexarray.blank("xx").vocab
    formats = ["spacy", "jsonl", "conllu"] + ["corpus", "parquet"] * (find_spec("pyarrow") is not None)
    docs = [Doc(vocab, [f"{i}a", f"{i}b", "the", f"{i}a"], tags=["T", "", "T", f"{i}"], lemmas=["x", f"{i}l", "y", "z"]) for i in range(50)]
    save(tmp_path / "0.spacy", docs)
    at = tmp_path / "0.spacy"
    for number, name in enumerate([*formats, "spacy"], 1):
        here(at, tmp_path / f"{number}.{name}")
        at = tmp_path / f"{number}.{name}"
    found = load(at)
    assert [[(t.text, t.tag_, t.lemma_, t.norm_) for t in doc] for doc in found] == \
        [[(t.text, t.tag_, t.lemma_, t.norm_) for t in doc] for doc in docs]


# ---- what is wrong ----

def is_clean(folder, *names):
    return sorted(os.listdir(folder)) == sorted(names)


@pytest.mark.parametrize("name, data, message", [
    ("in.conllu", b"1\tx\n", "line 1"), ("in.conllu", b"\xff\n\n", "byte 0: not UTF-8"),
    ("in.jsonl", b'\n{"text": "a"\n', "line 2: not JSON: Expecting ',' delimiter, at character "),
    ("in.jsonl", b"[1]\n", "line 1: doc_json must be a dict"), ("in.jsonl", b'"\xff"', "line 1: byte 1: not UTF-8"),
    ("in.jsonl", b"[" * 100_000, "line 1: values in values, too deep"),
    ("in.jsonl", b'{"text": "a", "tokens": [{"start": 0, "end": 2}]}', "line 1: tokens[0].end"),
    ("in.spacy", b"no", ""), ("in.spacy", b"", ""),
    pytest.param("in.corpus", b"no", "this is no corpus", marks=needs_arrow),
    pytest.param("in.parquet", b"no", "", marks=needs_arrow)])
@pytest.mark.parametrize("target", FORMATS)
def test_damaged_files(tmp_path, name, data, message, target, capsys):
    (tmp_path / name).write_bytes(data)
    here(tmp_path / name, tmp_path / f"out.{target}", code=1)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"lexarray: {tmp_path / name}: ") and message in line
    assert is_clean(tmp_path, name)


@pytest.mark.parametrize("target", FORMATS)
def test_documents_before_the_damage_make_no_file(tmp_path, target):
    (tmp_path / "in.conllu").write_text(TREEBANK + "1\tx\n\n")
    out = tmp_path / f"out.{target}"
    assert failure(tmp_path / "in.conllu", out).startswith(f"{tmp_path / 'in.conllu'}: line 18")
    assert is_clean(tmp_path, "in.conllu")
    (tmp_path / "good.conllu").write_text(TREEBANK)
    here(tmp_path / "good.conllu", out)
    before = (out / "tokens.parquet" if out.is_dir() else out).read_bytes()
    failure(tmp_path / "in.conllu", out)
    assert (out / "tokens.parquet" if out.is_dir() else out).read_bytes() == before
    assert is_clean(tmp_path, "in.conllu", "good.conllu", out.name)


def test_a_corpus_that_a_killed_writer_left(tmp_path, capsys):
    pytest.importorskip("pyarrow")
    from lexarray.corpus import CorpusWriter
    with CorpusWriter(tmp_path / "in.corpus") as out:
        out.add(Doc(VOCAB, ["a"]))
        out.flush()
        out.add(Doc(VOCAB, ["b"] * 9))
        out.flush()
        size = os.path.getsize(tmp_path / "in.corpus")
    os.truncate(tmp_path / "in.corpus", size - 3)
    here(tmp_path / "in.corpus", tmp_path / "out.jsonl")
    torn, summary = capsys.readouterr().err.splitlines()
    assert re.search(r"in\.corpus: the last [\d,]+ bytes are part of a block that was not written to its end: left out", torn)
    assert summary.startswith("1 document, 1 token, ")


@pytest.mark.parametrize("target, change, message", [
    ("conllu", lambda doc: setattr(doc[1], "tag_", "a\tb"), "a field has '\\t'"),
    ("conllu", lambda doc: doc.user_data.update(conllu={"length": 9}), "the Doc had 9 tokens"),
    ("jsonl", lambda doc: doc.cats.update({"x": math.nan}), "Out of range float values"),
    ("jsonl", lambda doc: doc.user_data.update({("._.", "x", None, None): b"x"}), "the value of doc._.x is not JSON"),
    ("jsonl", lambda doc: doc.cats.update({2: 1.0}), "cats: 2 is no text"),
    pytest.param("parquet", lambda doc: setattr(doc[1], "tag_", "\ud800"), "has lone surrogates", marks=needs_arrow),
    pytest.param("parquet", lambda doc: doc.cats.update({"x": "y"}), "cats['x'] is 'y'", marks=needs_arrow)])
def test_what_a_format_cannot_hold_ends_the_command(tmp_path, target, change, message, capsys):
    docs = [Doc(VOCAB, ["a", "b"]), Doc(VOCAB, ["c", "d"])]
    change(docs[1])
    save(tmp_path / "in.spacy", docs)
    here(tmp_path / "in.spacy", tmp_path / f"out.{target}", code=1)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"lexarray: {tmp_path / 'out'}.{target}: document 1") and message in line
    assert is_clean(tmp_path, "in.spacy")


def test_surrogates_for_spacy_are_told(tmp_path, capsys):
    (tmp_path / "in.jsonl").write_text('{"text": "\\ud800", "tokens": [{"id": 0, "start": 0, "end": 1}]}')
    here(tmp_path / "in.jsonl", tmp_path / "out.spacy")
    assert "out.spacy: some texts have lone surrogates; spaCy will refuse the file" in capsys.readouterr().err
    assert load(tmp_path / "out.spacy")[0].text == "\ud800"


def test_the_room_of_a_docbin(tmp_path, monkeypatch, capsys):
    from lexarray.cli import documents as formats
    monkeypatch.setattr(formats, "DOCBIN_BYTES", 8 * 13 * 6)
    (tmp_path / "in.conllu").write_text(TREEBANK)
    here(tmp_path / "in.conllu", tmp_path / "out.spacy", code=1)
    assert "out.spacy: document 1: one file of this format has room for 6 tokens" in capsys.readouterr().err
    assert is_clean(tmp_path, "in.conllu")


# ---- places ----

@pytest.mark.parametrize("source, target, message", [
    ("no.jsonl", "out.jsonl", "No such file"), ("in.jsonl", "in.jsonl", "is the input as well as the output"),
    ("in.jsonl", "link.jsonl", "is the input as well as the output"), ("in.jsonl", "no/out.jsonl", "there is no folder"),
    ("in.jsonl", "out.jsonl.gz", "does not write them"), ("in.jsonl", "folder.jsonl", "is not a plain file"),
    ("in.jsonl", "file.parquet", "is not a folder"), ("in.spacy.gz", "out.jsonl", "spacy is compressed in itself"),
    ("folder.jsonl", "out.jsonl", "Is a directory"), ("in.jsonl", "/dev/stdout", "leads to a file that another program has open")])
def test_places_that_cannot_be(tmp_path, source, target, message, capsys):
    (tmp_path / "in.jsonl").write_text("")
    (tmp_path / "in.spacy.gz").write_text("")
    (tmp_path / "file.parquet").write_text("")
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "link.jsonl").symlink_to("in.jsonl")
    before = sorted(os.listdir(tmp_path))
    option = ["--to", "jsonl"] if target == "/dev/stdout" else []
    assert message in failure(tmp_path / source, tmp_path / target, *option)
    assert sorted(os.listdir(tmp_path)) == before


@needs_arrow
def test_a_table_is_not_replaced_by_what_is_made_of_it(tmp_path):
    (tmp_path / "in.conllu").write_text(TREEBANK)
    out = tmp_path / "t.parquet"
    here(tmp_path / "in.conllu", out)
    assert "is the input as well" in failure(out / "tokens.parquet", out)
    assert "is the input as well" in failure(out, out / "spans.parquet", "--to", "jsonl")
    here(out / "tokens.parquet", tmp_path / "tokens.jsonl")
    (out / "mine.txt").write_text("")
    assert f"{out / 'mine.txt'}: the folder holds what does not belong" in failure(tmp_path / "in.conllu", out)
    assert is_clean(tmp_path, "in.conllu", "t.parquet", "tokens.jsonl") and (out / "mine.txt").exists()
    shutil.rmtree(out)
    out.mkdir()
    assert f"{out / 'tokens.parquet'}: No such file" in failure(out, tmp_path / "out.jsonl")


@pytest.mark.parametrize("arguments, message", [
    (["in.txt", "out.jsonl"], "in.txt: its name does not tell the format: give --from {conllu,"),
    (["-", "out.jsonl"], "-: its name does not tell the format: give --from"), (["in.jsonl", "-"], "give --to"),
    (["in.jsonl"], "required: OUT"), (["in.jsonl", "out.jsonl", "--to", "xml"], "invalid choice: 'xml'")])
def test_wrong_arguments(arguments, message):
    found = run(*arguments)
    assert found.returncode == 2 and message in found.stderr.decode().splitlines()[-1]


@pytest.mark.parametrize("option, name", [("--from", "spacy"), ("--from", "corpus"), ("--from", "parquet"), ("--to", "spacy"),
                                          ("--to", "corpus"), ("--to", "parquet")])
def test_only_text_goes_through_standard_input_and_output(option, name):
    other = ["--to", "jsonl"] if option == "--from" else ["--from", "jsonl"]
    assert re.fullmatch(rf"-: {name} is (read from|written to) files: name one", failure("-", "-", option, name, *other))


def test_an_unknown_language(tmp_path):
    (tmp_path / "in.jsonl").write_text("")
    assert failure(tmp_path / "in.jsonl", tmp_path / "out.spacy", "--lang", "tlh").startswith("--lang: ")
    assert done(tmp_path / "in.jsonl", tmp_path / "out.spacy", "--lang", "en").startswith("0 documents")


def test_the_extra_is_named(tmp_path):
    (tmp_path / "in.jsonl").write_text("")
    (tmp_path / "in.corpus").write_text("")
    (tmp_path / "pyarrow.py").write_text("raise ImportError('not here')")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    for source, target in (("in.jsonl", "out.corpus"), ("in.jsonl", "out.parquet"), ("in.corpus", "out.jsonl")):
        text = failure(tmp_path / source, tmp_path / target, env=environment)
        assert "pip install 'lexarray[arrow]'" in text and text.startswith(str(tmp_path))
        assert not (tmp_path / target).exists()


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_conversion_that_is_ended_leaves_no_output(tmp_path, target, number, code):
    process = subprocess.Popen([sys.executable, "-m", "lexarray", "convert", "-", tmp_path / f"out.{target}", "--from", "conllu"],
                               stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write(TREEBANK.encode() * 500)
    process.stdin.flush()
    if target != "spacy":                       # of which nothing is written before all is there
        while not os.listdir(tmp_path):
            time.sleep(0.01)
    else:
        time.sleep(1)
    process.send_signal(number)
    assert process.wait() == code
    process.stdin.close()
    process.stderr.close()
    left = os.listdir(tmp_path)
    assert f"out.{target}" not in left and (not left or number == signal.SIGKILL)


@pytest.mark.parametrize("target", FORMATS)
def test_a_full_disk(tmp_path, target):
    resource = pytest.importorskip("resource")

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    (tmp_path / "in.conllu").write_text(TREEBANK)
    out = tmp_path / f"out.{target}"
    assert failure(tmp_path / "in.conllu", out, preexec_fn=limit).startswith(f"{out}: ")
    assert is_clean(tmp_path, "in.conllu")


def test_the_bar_is_for_terminals(tmp_path):
    pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
    (tmp_path / "in.conllu").write_text(TREEBANK)
    size = len(TREEBANK.encode())
    for source, target, bar in (("in.conllu", "out.spacy", f"0.00/{size}"), ("out.spacy", "out.jsonl", "0.00/2.00")):
        parent, child = pty.openpty()
        termios.tcsetwinsize(child, (24, 80))
        subprocess.run([sys.executable, "-m", "lexarray", "convert", tmp_path / source, tmp_path / target], stderr=child, check=True)
        os.close(child)
        seen = b""
        with contextlib.suppress(OSError):          # how Linux says that the other end is closed
            while block := os.read(parent, 100_000):
                seen += block
        os.close(parent)
        assert bar in seen.decode() and b"2 documents, 7 tokens" in seen
    assert "%" not in done(tmp_path / "in.conllu", tmp_path / "out.jsonl")
