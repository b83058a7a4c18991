"""The `lexarray` command, run as a process: what it prints, and what it says when it cannot."""

import codecs
import contextlib
import io
import json
import os
import re
import subprocess
import sys
from importlib import metadata

import lexarray
import pytest
from hypothesis import given, strategies as st
from lexarray.cli import paragraphs
from lexarray.cli.failure import Failure
from lexarray.cli.formats import COLUMNS, escape

TEXT = "Hello  world!\nDon't.\n\n\n  Second\tone, naïve 日本.\n"


def run(*arguments, stdin=b"", **options):
    return subprocess.run([sys.executable, "-m", "lexarray", *map(str, arguments)], input=stdin, capture_output=True, **options)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "in.txt"
    path.write_bytes(TEXT.encode())
    return path


# ---- paragraphs ----

def read(data, **options):
    return list(paragraphs.read_paragraphs(io.BytesIO(data), "in", **options))


@given(st.text(st.sampled_from("ab \n\r\té\u2028😀")), st.integers(1, 9), st.integers(3, 40))
def test_paragraphs_are_the_file(text, block, longest):
    saved = paragraphs.BLOCK, paragraphs.LONGEST
    paragraphs.BLOCK, paragraphs.LONGEST = block, longest
    try:
        found = read(text.encode())
    finally:
        paragraphs.BLOCK, paragraphs.LONGEST = saved
    assert "".join(found) == text and all(found)
    assert all(len(paragraph) <= 2 * longest + 4 * block for paragraph in found)


def test_a_paragraph_ends_after_blank_lines():
    assert read(b"\n\na\nb\n\n \n  c\r\n\r\nd") == ["\n\na\nb\n\n \n", "  c\r\n\r\n", "d"]
    assert read(b"") == [] and read(b"\n") == ["\n"]


def test_a_long_paragraph_is_cut_after_a_space():
    (first, second) = read(b"ab " * 400_000)
    assert first.endswith(" ") and 1 << 20 < len(first) + 3 * 2 and first + second == "ab " * 400_000
    assert len(read(b"x" * 3_000_000)) == 3


@pytest.mark.parametrize("data, encoding, offset", [
    (b"abc\xffd", "utf-8", 3), (b"a" * 70_000 + b"\xc3", "utf-8", 70_000), (b"\xe6\x97" * 3, "utf-8", 0),
    (b"a" * 65_535 + b"\xe6\x97\xff", "utf-8", 65_535), (b"ab\x80", "ascii", 2), (b"a\0b", "utf-16-le", 2)])
def test_bytes_that_are_no_text_are_named_by_offset(data, encoding, offset):
    found = []
    with pytest.raises(Failure, match=rf"in: byte {offset}: not {encoding}.*--encoding.*--errors"):
        for paragraph in paragraphs.read_paragraphs(io.BytesIO(data), "in", encoding):
            found.append(paragraph)
    assert "".join(found) == data[:offset].decode(encoding)         # nothing before it is lost
    assert "".join(read(data, encoding=encoding, errors="surrogateescape" if encoding != "utf-16-le" else "replace"))


@pytest.mark.parametrize("byte_order", ["be", "le"])
def test_a_bad_unit_far_inside_utf_16(byte_order):
    text = "aé日\n\n" * 20_000
    data = codecs.BOM_UTF16_BE if byte_order == "be" else codecs.BOM_UTF16_LE
    data += text.encode(f"utf-16-{byte_order}") + "\udc00x".encode(f"utf-16-{byte_order}", "surrogatepass")
    found = []
    with pytest.raises(Failure, match=f"byte {2 + 2 * len(text)}: not utf-16"):
        for paragraph in paragraphs.read_paragraphs(io.BytesIO(data), "in", "utf-16"):
            found.append(paragraph)
    assert "".join(found) == text


def test_surrogateescape_loses_nothing():
    data = bytes(range(256)) * 3
    assert "".join(read(data, errors="surrogateescape")).encode("utf-8", "surrogateescape") == data


# ---- formats ----

@given(st.text(st.characters(exclude_categories=())))
def test_escaped_text_fits_in_a_field_and_comes_back(text):
    field = escape(text)
    assert len(field.splitlines()) <= 1 and "\t" not in field
    field.encode()
    short = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
    back = re.sub(r"\\(?:x(..)|u(....)|(.))", lambda m: short[m[3]] if m[3] else chr(int(m[1] or m[2], 16)), field)
    assert back == text


def test_jsonl(file):
    done = run("annotate", file, "--format", "jsonl")
    documents = [json.loads(line) for line in done.stdout.splitlines()]
    assert "".join(document["text"] for document in documents) == TEXT and len(documents) == 2
    nlp = lexarray.blank("en")
    for document in documents:
        assert document["tokens"] == [{"id": t.i, "start": t.idx, "end": t.idx + len(t)} for t in nlp(document["text"])]
    assert re.fullmatch(rb"2 documents, 18 tokens, 16 word types, [\d,]+ tokens/s\n", done.stderr), done.stderr


def test_conllu(file, tmp_path):
    from lexarray.interop.conllu import read_conllu

    text = run("annotate", file, "--format", "conllu").stdout.decode()
    assert text.startswith("# newdoc id = 0\n# sent_id = 0-1\n# text = Hello world! Don't.\n1\tHello\t_\t")
    assert "# newdoc id = 1\n# sent_id = 1-1\n" in text
    docs = list(read_conllu(io.StringIO(text), lexarray.blank("en").vocab, by="document"))
    assert "".join(doc.text for doc in docs) == TEXT and len(docs) == 2
    data = bytes(range(33, 256)) + b" \xff\n"
    text = run("annotate", "--errors", "surrogateescape", "--format", "conllu", stdin=data).stdout.decode()
    (doc,) = read_conllu(io.StringIO(text), lexarray.blank("en").vocab)
    assert doc.text.encode("utf-8", "surrogateescape") == data


def test_tsv(file):
    lines = run("annotate", file, "--format", "tsv").stdout.decode().splitlines()
    assert lines[0].split("\t") == list(COLUMNS)
    rows = [line.split("\t") for line in lines[1:]]
    assert [row[3] for row in rows[:8]] == ["Hello", " ", "world", "!", "\\n", "Do", "n't", "."]
    assert rows[6] == ["0", "6", "16", "n't", "0", "not", "x'x", "0", "0", "0", "1", "0"]
    assert {len(row) for row in rows} == {len(COLUMNS)} and rows[-1][0] == "1"


def test_table_on_standard_output(file):
    out = run("annotate", file).stdout.decode()
    assert out.startswith("# document 0\ni  idx  text") and "\n# document 1\n" in out
    assert re.search(r"^2 +7 +world +world +xxxx +is_alpha$", out, re.MULTILINE)


def test_output_file_and_several_inputs(file, tmp_path):
    out = tmp_path / "out.jsonl"
    done = run("annotate", file, "-", file, "--format", "jsonl", "--output", out, stdin=b"middle")
    assert done.stdout == b"" and done.returncode == 0
    assert "".join(json.loads(line)["text"] for line in out.open()) == TEXT + "middle" + TEXT


def test_standard_input_and_language():
    out = run("annotate", "--lang", "xx", "--format", "tsv", stdin="don't é".encode()).stdout.decode().splitlines()
    assert [line.split("\t")[3] for line in out[1:]] == ["don't", "é"]


def test_empty_input():
    done = run("annotate", "--format", "jsonl")
    assert done.returncode == 0 and done.stdout == b"" and done.stderr.startswith(b"0 documents, 0 tokens")


def test_encodings(tmp_path):
    path = tmp_path / "latin.txt"
    path.write_bytes("né\n".encode("latin-1"))
    assert json.loads(run("annotate", path, "--encoding", "latin-1", "--format", "jsonl").stdout)["text"] == "né\n"
    done = run("annotate", path)
    assert done.returncode == 1
    assert done.stderr.decode() == (f"lexarray: {path}: byte 1: not utf-8 (invalid continuation byte); try another --encoding, "
                                    f"or --errors replace (or surrogateescape, which loses nothing)\n")
    assert json.loads(run("annotate", path, "--errors", "replace", "--format", "jsonl").stdout)["text"] == "n\ufffd\n"
    kept = json.loads(run("annotate", path, "--errors", "surrogateescape", "--format", "jsonl").stdout)["text"]
    assert kept.encode("utf-8", "surrogateescape") == path.read_bytes()
    assert run("annotate", path, "--errors", "surrogateescape").stdout.decode()


def test_what_was_read_before_a_bad_byte_is_written(tmp_path):
    path = tmp_path / "bad.txt"
    path.write_bytes(b"first\n\n" + b"second\n\n" * 20_000 + b"\xff")
    done = run("annotate", path, "--format", "jsonl")
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert json.loads(done.stdout.splitlines()[0])["text"] == "first\n\n" and len(done.stdout.splitlines()) > 10_000


@pytest.mark.parametrize("arguments, code, message", [
    (["annotate", "no-such-file"], 1, "lexarray: no-such-file: No such file or directory\n"),
    (["annotate", "."], 1, "lexarray: .: Is a directory\n"),
    (["annotate", "--lang", "zz"], 1, "lexarray: --lang: there is no language 'zz': the languages are en, xx\n"),
    (["annotate", "--output", "no-such-folder/x"], 1, "lexarray: no-such-folder/x: No such file or directory\n"),
    (["annotate", "--encoding", "klingon"], 2, "there is no encoding 'klingon'"),
    (["annotate", "--encoding", "hex"], 2, "there is no encoding 'hex'"),
    (["annotate", "--encoding", "undefined"], 2, "there is no encoding 'undefined'"),
    (["annotate", "--errors", "xmlcharrefreplace"], 2, "'xmlcharrefreplace' is for writing"),
    (["annotate", "--errors", "panic"], 2, "there is no error handler 'panic'"),
    (["annotate", "--format", "xml"], 2, "xml"),
    (["nothing"], 2, "nothing"),
    ([], 2, "COMMAND"),
])
@pytest.mark.skipif(sys.platform == "win32", reason="messages of the operating system")
def test_failures_are_one_line(tmp_path, arguments, code, message):
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert message in done.stderr.decode() and b"Traceback" not in done.stderr
    assert code == 2 or done.stderr.decode() == message


def test_a_file_that_is_not_utf_16(file):
    done = run("annotate", file, "--encoding", "utf-16")
    assert done.returncode == 1 and b"Traceback" not in done.stderr and b"not utf-16" in done.stderr


def test_an_output_is_not_emptied_for_an_input_that_is_missing(file, tmp_path):
    done = run("annotate", tmp_path / "missing", "--output", file)
    assert done.returncode == 1 and file.read_bytes() == TEXT.encode()


@pytest.mark.skipif(sys.platform == "win32", reason="closed streams of Unix")
@pytest.mark.parametrize("closed, message", [(">&-", "standard output is closed"), ("<&-", "standard input is closed")])
def test_closed_streams(closed, message):
    done = subprocess.run(["sh", "-c", f'"{sys.executable}" -m lexarray annotate {closed}'], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, f"lexarray: {message}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="closed streams of Unix")
def test_a_closed_standard_error_adds_nothing_to_the_output(file):
    command = f'"{sys.executable}" -m lexarray annotate --format jsonl'
    for path, code in ((file, 0), ("no-such-file", 1)):
        done = subprocess.run(["sh", "-c", f'{command} "{path}" 2>&-'], stdout=subprocess.PIPE, text=True)
        assert done.returncode == code and all(json.loads(line)["text"] for line in done.stdout.splitlines())


def test_the_output_is_not_an_input(file):
    done = run("annotate", file, "--output", file)
    assert done.returncode == 1 and b"is an input as well as the output" in done.stderr
    assert file.read_bytes() == TEXT.encode()


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of Unix")
def test_a_closed_output_pipe(tmp_path):
    path = tmp_path / "long.txt"
    path.write_text("word " * 200_000)
    with subprocess.Popen([sys.executable, "-m", "lexarray", "annotate", path, "--format", "tsv"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.read(100).startswith(b"doc\ti\tidx")
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait() == 141
    assert errors == b"lexarray: the output was closed before all was written\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk(file):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([sys.executable, "-m", "lexarray", "annotate", file], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1 and done.stderr == b"lexarray: standard output: No space left on device\n"
    done = run("annotate", file, "--output", "/dev/full")
    assert done.returncode == 1 and done.stderr == b"lexarray: /dev/full: No space left on device\n"


# ---- the rest ----

def test_version_and_info():
    assert run("--version").stdout.decode() == f"lexarray {lexarray.__version__}\n"
    info = run("info").stdout.decode()
    for line in (f"lexarray    {lexarray.__version__}", f"ABI         {lexarray.ABI_VERSION}", "languages   en, xx", f"cymem       {metadata.version('cymem')}"):
        assert line in info


def test_the_installed_command():
    scripts = metadata.entry_points(group="console_scripts", name="lexarray")
    if not scripts:
        pytest.skip("lexarray is not installed here")
    assert [script.value for script in scripts] == ["lexarray.cli:main"]


def test_the_progress_bar_is_for_terminals(file, tmp_path):
    pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
    parent, child = pty.openpty()
    termios.tcsetwinsize(child, (24, 80))
    subprocess.run([sys.executable, "-m", "lexarray", "annotate", file, "--output", tmp_path / "out"], stderr=child, check=True)
    os.close(child)
    seen = b""
    with contextlib.suppress(OSError):              # how Linux says that the other end is closed
        while block := os.read(parent, 100_000):
            seen += block
    seen = seen.decode()
    os.close(parent)
    assert f"0.00/{len(TEXT.encode())}" in seen
    assert "2 documents, 18 tokens" in seen
    assert b"%" not in run("annotate", file).stderr
