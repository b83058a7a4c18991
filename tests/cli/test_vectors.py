"""`lexarray vectors` and `lexarray demo`, run as processes: what they print, and what they say when they cannot."""

import gzip
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from lexarray.vectors import FastTextKeyedVectors, KeyedVectors, load_default
from lexarray.vectors.data import DEFAULT_PATH

WORDS = ["tea", "coffee", "naïve", "\u2028", "zero"]
ROWS = [[1, 0, 0.5], [1, 0.25, 0.5], [-1, 2, 0], [0, 0, 1], [0, 0, 0]]


def run(*arguments, **options):
    return subprocess.run([sys.executable, "-m", "lexarray", *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, **options)


def vectors(*arguments, **options):
    return run("vectors", *arguments, **options)


def output(*arguments, **options):
    done = vectors(*arguments, **options)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def failure(*arguments, **options):
    # The one line on standard error, without "lexarray: ".
    done = vectors(*arguments, **options)
    text = done.stderr.decode()
    assert done.returncode == 1 and len(text.splitlines()) == 1 and text.startswith("lexarray: "), text
    return text.removeprefix("lexarray: ").rstrip("\n")


@pytest.fixture
def table():
    kv = KeyedVectors(3)
    kv.add_vectors(WORDS, ROWS)
    return kv


@pytest.fixture
def own(tmp_path, table):
    path = tmp_path / "own.safetensors"
    table.save(path)
    return path


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "in.txt"
    path.write_text("2 3\ntea 1 0 0.5\niced tea 1 0 0.25\n")
    return path


# ---- convert ----

@pytest.mark.parametrize("name, option, format", [
    ("out.txt", None, "word2vec-text"), ("out.VEC", None, "word2vec-text"), ("out.bin", None, "word2vec-binary"),
    ("out", None, "lexarray"), ("out.safetensors", None, "lexarray"), ("out.txt", "glove", "glove"),
    ("out", "word2vec-binary", "word2vec-binary"), ("out.txt", "lexarray", "lexarray")])
def test_the_format_is_that_of_the_name_or_of_the_option(own, tmp_path, table, name, option, format):
    out = tmp_path / name
    done = vectors("convert", own, out, *(["--to", option] if option else []))
    assert done.returncode == 0 and done.stdout == b""
    assert re.fullmatch(rf"5 rows of 3 numbers, lexarray to {format}, {out.stat().st_size} bytes, \d+\.\d s\n",
                        done.stderr.decode())
    found = KeyedVectors.load(out, format=format)
    assert list(found) == WORDS and np.array_equal(found.vectors, table.vectors)
    assert (out.read_bytes()[:4] == b"5 3\n") == (format in ("word2vec-text", "word2vec-binary"))


def test_there_and_back_gives_the_same_bytes(tmp_path):
    text, binary, own = tmp_path / "a.txt", tmp_path / "a.bin", tmp_path / "a.safetensors"
    output("convert", DEFAULT_PATH, text)
    output("convert", text, binary)
    output("convert", binary, own, "--dtype", "float16")
    assert own.read_bytes() == DEFAULT_PATH.read_bytes()
    assert len(KeyedVectors.load(binary)) == 10_000


def test_what_is_read_can_be_chosen(tmp_path):
    source, out = tmp_path / "in.gz", tmp_path / "out"
    source.write_bytes(gzip.compress("n\xe9 1 2\ntea 3 4\nn\xe9 5 6\nlast 7 8\n".encode("latin-1")))
    options = ("--from", "glove", "--encoding", "latin-1", "--dtype", "float64", "--threads", "2")
    output("convert", source, out, *options, "--on-duplicate", "last", "--limit", "3")
    found = KeyedVectors.load(out)
    assert list(found) == ["né", "tea"] and found.vectors.tolist() == [[5, 6], [3, 4]] and found.dtype == np.float64
    output("convert", source, out, *options, "--on-duplicate", "first")
    assert KeyedVectors.load(out).vectors.tolist() == [[1, 2], [3, 4], [7, 8]]
    assert "line 3: the word 'né' has come already, as word 1; --on-duplicate first or last keeps" in \
        failure("convert", source, out, *options)
    assert "line 1: the word b'n\\xe9' is not UTF-8; try another --encoding, or --errors replace" in \
        failure("convert", source, out)
    output("convert", source, out, "--errors", "replace", "--limit", "2")
    assert list(KeyedVectors.load(out)) == ["n\ufffd", "tea"]


def test_what_the_format_cannot_hold_is_told(tmp_path, table):
    table.set_vecattr("tea", "count", 3)
    table.save(tmp_path / "narrow")
    KeyedVectors.load(tmp_path / "narrow", datatype=np.float64).save(tmp_path / "in")
    done = vectors("convert", tmp_path / "in", tmp_path / "out.bin")
    assert done.returncode == 0
    assert done.stderr.decode().splitlines()[1] == ("word2vec-binary cannot hold, so left out: the attribute 'count'; what "
                                                    "float64 has more than float32")
    assert len(vectors("convert", tmp_path / "in", tmp_path / "out").stderr.splitlines()) == 1


def test_n_grams_are_kept_or_named(tmp_path):
    kv = FastTextKeyedVectors(2, min_n=3, max_n=3, bucket=8)
    kv.vectors_ngrams = np.ones((8, 2))
    kv["tea"] = [1, 0]
    kv.save(tmp_path / "in")
    done = vectors("convert", tmp_path / "in", tmp_path / "out.txt")
    assert done.stderr.decode().endswith("\nword2vec-text cannot hold, so left out: n-grams\n")
    assert len(vectors("convert", tmp_path / "in", tmp_path / "out").stderr.splitlines()) == 1
    assert "class       FastTextKeyedVectors\n" in output("info", tmp_path / "out")
    assert output("similar", "teas", "--vectors", tmp_path / "out") == "tea   0.7071\n"       # a word it has not seen
    assert "no word 'Tea'" in failure("similar", "Tea", "--vectors", tmp_path / "out.txt")


def test_a_word_with_a_space_is_refused(text, tmp_path):
    out = tmp_path / "out.bin"
    assert failure("convert", text, out) == (f"{out}: the key 'iced tea' has a space, which the format cannot hold: replace "
                                             f"it, by \"_\" for example, or use --to lexarray")
    assert sorted(os.listdir(tmp_path)) == ["in.txt"]


@pytest.mark.parametrize("out, message", [
    ("no-such-folder/out", "there is no folder"), ("in.txt", "is the input as well as the output"),
    ("same.txt", "is the input as well as the output"), ("folder", "is not a plain file"),
    ("out.txt.gz", "does not write them: leave the ending out")])
def test_outputs_that_are_refused(text, tmp_path, out, message):
    (tmp_path / "folder").mkdir()
    os.link(text, tmp_path / "same.txt")
    before = text.read_bytes()
    found = failure("convert", text, tmp_path / out)
    assert found.startswith(f"{tmp_path / out}: ") and message in found
    assert text.read_bytes() == before and sorted(os.listdir(tmp_path)) == ["folder", "in.txt", "same.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="devices of Unix")
def test_a_device_is_not_replaced_by_a_file(own, tmp_path, table):
    os.mkfifo(tmp_path / "pipe")
    assert failure("convert", own, tmp_path / "pipe").endswith("is not a plain file")
    with pytest.raises(OSError, match="not a plain file"):
        table.save(tmp_path / "pipe")
    assert not (tmp_path / "pipe").is_file()


# ---- files that are not what they should be ----

@pytest.mark.parametrize("command", [("info",), ("similar", "tea", "--vectors"), ("convert",), ("evaluate",)])
def test_damaged_files(command, tmp_path, own):
    analogies = tmp_path / "analogies"
    analogies.write_text(": one\ntea coffee tea coffee\n")
    more = {"convert": (tmp_path / "out",), "evaluate": ("--analogies", analogies)}.get(command[0], ())
    bad = {
        "missing": None, "empty": b"", "cut.txt": b"3 3\ntea 1 2 3\ncoffee 1 2",
        "short.txt": b"2 3\ntea 1 2 3\ncoffee 1 2\n", "nan.txt": b"tea 1 2\ncoffee nan 2\n",
        "bad.txt": b"t\xffa 1 2\n", "cut.bin": b"2 2\ntea " + bytes(8) + b"coffee " + bytes(7),
        "cut.safetensors": own.read_bytes()[:-1], "other.npy": b"\x93NUMPY" + bytes(100), "words.txt": b"just words\n",
        "pickle": b"\x80\x04\x95" + bytes(20), "model.gz": gzip.compress(b"tea 1 2\n" * 1000)[:-9]}
    for name, data in bad.items():
        path = tmp_path / name
        if data is not None:
            path.write_bytes(data)
        message = failure(*command, path, *more)
        assert message.startswith(str(path)) and len(message) > len(str(path)) + 10
    assert not (tmp_path / "out").exists()
    assert "Is a directory" in failure(*command, tmp_path, *more) or sys.platform == "win32"


@pytest.mark.parametrize("arguments, message", [
    (["info", "cut.txt"], "cut.txt, line 3: "), (["info", "cut.txt", "--from", "lexarray"], "no safetensors file"),
    (["info", "cut.txt", "--from", "word2vec-binary"], "cut.txt, byte "),
    (["info", "cut.bin"], "cut.bin, byte 0: the header says 9 rows of 2 numbers"), (["info", "cut.bin"], ": --limit reads what is"),
    (["info", "big.txt", "--dtype", "float16"], "is 1000000.0, which is too large for float16: try --dtype"),
    (["info", "count.txt"], "mend the header, or read with --limit 1"), (["info", "rows.txt", "--from", "word2vec-text"],
                                                                          "--from glove reads a file without one")])
def test_advice_is_in_the_options_of_the_command(tmp_path, arguments, message):
    for name, data in {"cut.txt": b"2 2\ntea 1 2\ncoffee 1", "cut.bin": b"9 2\ntea " + bytes(8), "big.txt": b"tea 1 1e6\n",
                       "count.txt": b"1 2\ntea 1 2\ncoffee 1 2\n", "rows.txt": b"tea 1 2\n"}.items():
        (tmp_path / name).write_bytes(data)
    assert message in failure(*arguments, cwd=tmp_path)


@pytest.mark.parametrize("arguments, message", [
    ([], "COMMAND"), (["nothing"], "nothing"), (["convert", "a"], "OUT"), (["similar"], "WORD"),
    (["similar", "tea", "-n", "0"], "a whole number of at least 1 is needed, not '0'"),
    (["similar", "tea", "-n", "x"], "a whole number of at least 1 is needed, not 'x'"),
    (["info", "--limit", "-1"], "a number of rows is needed"), (["info", "--dtype", "int8"], "int8"),
    (["info", "--from", "xml"], "there is no format 'xml': the formats are lexarray, word2vec-text"),
    (["convert", "a", "b", "--to", "fasttext-bin"], "fasttext-bin"), (["info", "--encoding", "klingon"], "klingon"),
    (["info", "--on-duplicate", "both"], "both"), (["info", "--threads", "0"], "at least 1"),
    (["evaluate"], "nothing to evaluate by: name a file with --analogies or --pairs")])
def test_wrong_arguments(arguments, message):
    done = vectors(*arguments)
    assert done.returncode == 2 and message in done.stderr.decode() and b"Traceback" not in done.stderr


def test_help_names_every_format():
    from lexarray.vectors.io.recognise import FORMATS

    for command in ("convert", "info", "similar", "evaluate"):
        said = output(command, "--help")
        assert all(format in said for format in FORMATS)


# ---- info ----

def test_info_of_the_default():
    lines = dict(line.split(maxsplit=1) for line in output("info").splitlines())
    assert lines["format"] == "lexarray, mapped" and lines["rows"] == "10,000" and lines["numbers"] == "50 a row, float16"
    assert lines["bytes"] == "1,333,089" and lines["file"] == str(DEFAULT_PATH)
    assert "keys  the  ,  .  of  to  and" in output("info") and "2.3594 to 14.1219, on average 4.9683" in output("info")


def test_info_of_a_small_file(own, table, tmp_path):
    table.set_vecattr("tea", "count", 3)
    table.save(own)
    assert output("info", own).splitlines()[1:] == [
        "format      lexarray, mapped", "class       KeyedVectors", "rows        5", "numbers     3 a row, float32",
        f"bytes       {own.stat().st_size:,}", "first keys  tea  coffee  naïve  \\u2028  zero", "zero rows   1",
        "norms       0.0000 to 2.2361, on average 1.0999", "attributes  count (int64)"]
    (tmp_path / "a.txt").write_text("tea 1 2\n")
    assert "\nformat      glove\n" in output("info", tmp_path / "a.txt")
    assert "\nformat      lexarray\n" in output("info", own, "--limit", "2")


def test_info_without_rows(tmp_path):
    KeyedVectors(3).save(tmp_path / "none")
    assert "rows        0\n" in output("info", tmp_path / "none")


# ---- similar ----

def test_similar_words_of_the_default():
    lines = output("similar", "coffee", "-n", "3").splitlines()
    assert lines == ["drink    0.8188", "drinks   0.8176", "wine     0.8141"]
    found = [json.loads(line) for line in output("similar", "king", "woman", "--minus", "man", "--format", "jsonl").splitlines()]
    expected = load_default().most_similar(["king", "woman"], ["man"])
    assert [(row["word"], row["similarity"]) for row in found] == expected and len(found) == 10


def test_similar_words_of_a_file(own, table):
    lines = output("similar", "tea", "--vectors", own, "--format", "tsv").splitlines()
    assert lines[0] == "word\tsimilarity"
    assert [line.split("\t") for line in lines[1:]] == [[word.replace("\u2028", "\\u2028"), repr(score)]
                                                        for word, score in table.most_similar("tea")]
    assert output("similar", "naïve", "--minus", "tea", "--minus", "zero", "--vectors", own, "-n", "1").startswith("\\u2028")
    assert output("similar", "--vectors", own, "-n", "1", "--", "tea").startswith("coffee   0.97")


@pytest.mark.parametrize("arguments, message", [
    (["Paris"], "there is no word 'Paris' among the 10,000 of the table that comes with lexarray; is it 'paris'?"),
    (["cofee"], "; is it 'coffee'?"), (["king", "--minus", "WOMAN"], "no word 'WOMAN'"), (["qqqzx"], "comes with lexarray"),
    (["23 year"], "; is it '23-year'?"), ([""], "no word ''"), (["tea", "\udcff"], r"no word '\udcff'")])
@pytest.mark.skipif(sys.platform == "win32", reason="bytes as arguments")
def test_words_that_are_not_there(arguments, message):
    assert message in failure("similar", *arguments)


def test_words_that_are_not_in_a_file(own):
    assert failure("similar", "Tea", "--vectors", own) == f"there is no word 'Tea' among the 5 of {own}; is it 'tea'?"


# ---- evaluate ----

def test_analogies(tmp_path):
    path = tmp_path / "analogies"
    path.write_text(": royals\nMan Woman King Queen\nking queen man woman\ntea xyzzy tea xyzzy\n: none\nxyzzy a b c\n")
    assert output("evaluate", "--analogies", path).splitlines() == [
        f"# analogies: {path}", "section           right       of      %", "royals                2        2  100.0",
        "none                  0        0      -", "Total accuracy        2        2  100.0"]


def test_pairs(tmp_path):
    path = tmp_path / "pairs"
    path.write_text("tea\tcoffee\t9\ntea\tking\t1\nking\tqueen\t8\ntea\txyzzy\t5\n")
    if has_scipy():
        lines = output("evaluate", "--pairs", path).splitlines()
        assert lines[0] == f"# pairs: {path}" and lines[3] == "left out    25.0%  of the pairs: a word is unknown"
        assert re.fullmatch(r"Pearson    0\.9\d\d\d  p = 0\.\d+", lines[1]) and lines[2].startswith("Spearman   1.0000  p = ")
    # As if it were not there.
    (tmp_path / "scipy.py").write_text("raise ImportError('no scipy here')\n")
    places = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    message = failure("evaluate", "--pairs", path, env={**os.environ, "PYTHONPATH": places})
    assert message == f"{path}: this needs scipy.stats, which cannot be imported (no scipy here): pip install 'lexarray[scipy]'"


def has_scipy():
    from importlib.util import find_spec

    return find_spec("scipy") is not None


@pytest.mark.parametrize("data, message", [
    (b"", "no questions in it"), (b": a\ntea coffee\n", "line 2: not four words"), (b"\xff\n", "line 1: not utf8"), (None, "No such file")])
def test_bad_analogies(tmp_path, data, message):
    path = tmp_path / "analogies"
    if data is not None:
        path.write_bytes(data)
    found = failure("evaluate", "--analogies", path)
    assert found.startswith(str(path)) and message in found


# ---- standard output ----

@pytest.mark.skipif(sys.platform == "win32", reason="closed streams of Unix")
@pytest.mark.parametrize("command", ["vectors info", "vectors similar tea", "demo", "info"])
def test_a_closed_standard_output(command):
    done = subprocess.run(["sh", "-c", f'"{sys.executable}" -m lexarray {command} >&-'], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "lexarray: standard output is closed\n")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of Unix")
@pytest.mark.parametrize("command", [["vectors", "info"], ["vectors", "similar", "tea", "-n", "10000"], ["demo"]])
def test_a_reader_that_goes_away(command):
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, "-m", "lexarray", *command], stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "lexarray: the output was closed before all was written\n")


def test_output_is_utf_8_whatever_the_locale(own):
    done = vectors("info", own, env={**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
    assert "naïve" in done.stdout.decode()


# ---- demo ----

def test_demo():
    done = run("demo")
    assert done.returncode == 0 and done.stderr == b""
    said = done.stdout.decode()
    assert "\x1b" not in said and max(map(len, said.splitlines())) <= 80
    assert "(doc.text == text is True)" in said
    assert re.search(r"^  3 +12 +n't +n't +not +x'x +is_stop$", said, re.MULTILINE)
    assert re.search(r"^  \d+ +\d+ +2\.50 +2\.50 +2\.50 +d\.dd +like_num$", said, re.MULTILINE)
    assert re.search(r"^  \d+ +\d+ +example\.com .* like_url$", said, re.MULTILINE)
    assert re.search(r"^  coffee +drink 0\.82 +drinks 0\.82 +wine 0\.81 +tea 0\.81$", said, re.MULTILINE)
    assert "king - man + woman = queen 0.85" in said
    rows = re.findall(r"^  [a-z ]+?((?: +-?\d\.\d\d){4})$", said, re.MULTILINE)
    matrix = np.array([row.split() for row in rows], float)
    assert matrix.shape == (4, 4) and np.array_equal(matrix, matrix.T) and (matrix.diagonal() == 1).all()
    assert matrix[0, 1] == matrix[0, 1:].max()


def test_what_demo_shows_of_words_is_true():
    said = run("demo").stdout.decode()
    kv = load_default()
    for word, line in re.findall(r"^  (\w+) ((?: +\w+ 0\.\d\d){4})$", said, re.MULTILINE):
        assert line.split() == [part for other, score in kv.most_similar(word, topn=4) for part in (other, f"{score:.2f}")]


@pytest.mark.parametrize("environment, bold", [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False),
                                               ({"TERM": "xterm", "NO_COLOR": "1"}, False)])
def test_demo_in_a_terminal(environment, bold):
    pty = pytest.importorskip("pty")
    parent, child = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("TERM", "NO_COLOR")}
    process = subprocess.Popen([sys.executable, "-m", "lexarray", "demo"], stdout=child, stdin=subprocess.DEVNULL,
                               env={**kept, **environment})
    os.close(child)
    seen = b""
    while True:
        try:
            block = os.read(parent, 100_000)
        except OSError:             # how Linux says that the other end is closed
            break
        if not block:
            break
        seen += block
    os.close(parent)
    assert process.wait() == 0
    assert (b"\x1b[1mA paragraph\x1b[m" in seen) == bold == (b"\x1b" in seen)


def test_demo_takes_no_arguments():
    assert run("demo", "more").returncode == 2


# ---- what goes with the table ----

def test_the_licence_of_the_table_goes_with_it():
    text = DEFAULT_PATH.with_name("LICENSE-PDDL.txt").read_text(encoding="utf-8")
    assert text.startswith("Public Domain Dedication and License (PDDL)\n") and "\n6.4 This Document takes effect" in text
    project = Path(__file__).parents[2] / "pyproject.toml"
    if project.exists():
        settings = tomllib.loads(project.read_text(encoding="utf-8"))
        assert "src/lexarray/vectors/data/LICENSE-PDDL.txt" in settings["project"]["license-files"]
        assert "LICENSE-PDDL.txt" in settings["tool"]["setuptools"]["package-data"]["lexarray.vectors.data"]


# ---- paths ----

@pytest.mark.skipif(sys.platform == "win32", reason="names that Windows refuses")
@pytest.mark.parametrize("name, shown", [("two  spaces: a;b", "two  spaces: a;b"), ("new\nline", r"new\nline"),
                                         ("esc\x1b[31m", r"esc\x1b[31m"), ("right\u202eleft", r"right\u202eleft")])
def test_paths_are_shown_in_one_line_and_whole(tmp_path, name, shown):
    path = tmp_path / name
    place = f"{tmp_path}/{shown}"
    path.write_bytes(b"2 2\ntea 1 2\ncoffee 1")
    assert failure("info", path).startswith(f"{place}, line 3: ")
    path.write_bytes(b"")
    assert failure("info", path) == f"{place}: the file is empty"
    assert failure("convert", tmp_path / "missing", path).startswith(f"{tmp_path}/missing: ")
    assert failure("convert", path, path) == f"{place}: is the input as well as the output"
    assert failure("convert", path, path / "no" / "out").startswith(f"{place}/no/out: there is no folder {place}/no")
    assert failure("evaluate", "--analogies", path) == f"{place}: no questions in it"
    path.write_bytes(b"tea 1 2\n")
    assert output("info", path).splitlines()[0] == f"file        {place}"
    assert failure("similar", "xyzzy", "--vectors", path) == f"there is no word 'xyzzy' among the 1 of {place}"
    done = run("annotate", path / "missing")
    assert done.stderr.decode() == f"lexarray: {place}/missing: Not a directory\n"


def test_standard_streams_are_no_files(own, tmp_path):
    (tmp_path / "a").write_text(": one\ntea coffee tea coffee\n")
    for arguments in (["convert", "-", "out"], ["info", "-"], ["similar", "tea", "--vectors", "-"],
                      ["evaluate", "-", "--analogies", "a"], ["evaluate", "--analogies", "-"], ["evaluate", "--pairs", "-"]):
        assert failure(*arguments, cwd=tmp_path) == \
            "-: vectors, and what they are evaluated by, are read from files: name one"
    assert failure("convert", own, "-", cwd=tmp_path) == "-: vectors are written to files: name one"
    assert sorted(os.listdir(tmp_path)) == ["a", own.name]


@pytest.mark.skipif(not os.path.exists("/dev/stdin"), reason="streams of Unix")
def test_a_pipe_is_read_right_or_refused_in_a_line():
    command = [sys.executable, "-m", "lexarray", "vectors", "info", "/dev/stdin"]
    done = subprocess.run(command, input=b"tea 1 2\ncoffee 3 4\n", capture_output=True)
    if done.returncode == 0:
        assert b"\nrows        2\n" in done.stdout
    else:
        assert done.stderr == b"lexarray: /dev/stdin: this is a pipe, and vectors are read from files: write it to one first\n"


@pytest.mark.skipif(not os.path.exists("/dev/stdin"), reason="streams of Unix")
def test_a_file_on_standard_input_is_read(tmp_path):
    (tmp_path / "a").write_text("tea 1 2\ncoffee 3 4\n")
    with open(tmp_path / "a", "rb") as file:
        done = subprocess.run([sys.executable, "-m", "lexarray", "vectors", "info", "/dev/stdin"], stdin=file, capture_output=True)
    assert done.returncode == 0 and b"\nrows        2\n" in done.stdout


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="streams of Unix")
def test_what_a_shell_has_opened_is_not_replaced(own, tmp_path):
    (tmp_path / "link").symlink_to("/dev/stdout")
    (tmp_path / "good").symlink_to(tmp_path / "target")
    for out in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", tmp_path / "link"):
        if not os.path.exists(out):
            continue
        with open(tmp_path / "opened", "wb") as file:
            done = subprocess.run([sys.executable, "-m", "lexarray", "vectors", "convert", own, out], stdout=file, stderr=subprocess.PIPE)
        assert done.returncode == 1 and done.stderr.decode() == \
            f"lexarray: {out}: leads to a file that another program has open: name the file itself\n"
        assert (tmp_path / "opened").read_bytes() == b""
    output("convert", own, tmp_path / "good")
    assert (tmp_path / "target").read_bytes() == own.read_bytes() and (tmp_path / "good").is_symlink()


# ---- queries and tables ----

def test_a_query_of_zeros_is_said(own):
    assert failure("similar", "king", "--minus", "king") == \
        f"{DEFAULT_PATH}: the vectors of the words add up to zero: no word is nearer to that than another"
    assert "add up to zero" in failure("similar", "king", "queen", "--minus", "queen", "--minus", "king")
    assert failure("similar", "zero", "--vectors", own) == \
        f"{own}: the vector of 'zero' is zero: no word is nearer to it than another"
    assert output("similar", "zero", "tea", "--vectors", own).startswith("coffee   0.97")
    assert len(output("similar", "\u2028", "--vectors", own).splitlines()) == 4       # some of which are at right angles


def test_tables_are_straight_whatever_the_words(tmp_path):
    kv = KeyedVectors(2)
    kv.add_vectors(["tea", "東京", "e\u0301te\u0301", "", "x" * 50, "a\u202eb", "tab\t"],
                   [[1, 0], [9, 1], [8, 1], [7, 1], [6, 1], [5, 1], [4, 1]])
    kv.save(tmp_path / "own")
    lines = output("similar", "tea", "--vectors", tmp_path / "own").splitlines()
    words = ["東京" + " " * 36, "e\u0301te\u0301" + " " * 37, '""' + " " * 38, "x" * 39 + "…", r"a\u202eb" + " " * 32,
             r"tab\t" + " " * 35]
    assert [line[:-9] for line in lines] == words
    assert all(re.fullmatch(r"   0\.9\d\d\d", line[-9:]) for line in lines)
    tsv = output("similar", "tea", "--vectors", tmp_path / "own", "--format", "tsv").split("\n")[1:-1]
    assert [line.split("\t")[0] for line in tsv] == ["東京", "e\u0301te\u0301", "", "x" * 50, "a\u202eb", r"tab\t"]
    assert "first keys  tea  東京  e\u0301te\u0301  \"\"  " + "x" * 39 + "…  ...\n" in output("info", tmp_path / "own")


@pytest.mark.skipif(sys.platform == "win32", reason="locales of Unix")
def test_words_are_utf_8_whatever_the_locale():
    plain = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    assert output("similar", "josé", "-n", "2", env={**plain}) == output("similar", "josé", "-n", "2")
    assert output("similar", "tea", "--minus", "josé", env=plain) == output("similar", "tea", "--minus", "josé")


# ---- what options are good for ----

@pytest.mark.parametrize("number, dtype, end", [
    ("nan", None, "; mend or remove the row"), ("inf", None, "; mend or remove the row"),
    ("1e999", "float64", "; mend or remove the row"), ("1e39", None, "; mend or remove the row, or try --dtype float64"),
    ("1e39", "float16", "--dtype float64"), ("1e6", "float16", "try --dtype float32")])
def test_a_type_is_advised_that_is_large_enough(tmp_path, number, dtype, end):
    (tmp_path / "a").write_text(f"tea 1 2\ncoffee {number} 2\n")
    message = failure("info", tmp_path / "a", *(["--dtype", dtype] if dtype else []))
    assert message.endswith(end) and message.startswith(f"{tmp_path / 'a'}, line 2: ")


def test_options_that_do_nothing_are_refused(own):
    for option, value in (("encoding", "latin-1"), ("errors", "replace")):
        assert failure("info", own, f"--{option}", value) == \
            f"{own}: --{option} is for other formats: lexarray's own files are always UTF-8"
        assert f"--{option} is for other formats" in failure("similar", "tea", f"--{option}", value)


def test_own_files_are_not_said_to_be_unpacked(own, tmp_path):
    (tmp_path / "own.gz").write_bytes(gzip.compress(own.read_bytes()))
    assert "decompress or copy it first" in failure("info", tmp_path / "own.gz")
    assert "except around lexarray's own" in " ".join(output("info", "--help").split())


def test_one_row_is_one_row(tmp_path):
    (tmp_path / "a").write_text("tea 1\n")
    assert vectors("convert", tmp_path / "a", tmp_path / "b").stderr.startswith(b"1 row of 1 number, glove to lexarray, ")
    (tmp_path / "a").write_text("tea 1 2\ncoffee 3 4\n")
    assert vectors("convert", tmp_path / "a", tmp_path / "b").stderr.startswith(b"2 rows of 2 numbers, glove to lexarray, ")


# ---- evaluations that say nothing ----

def test_nothing_to_evaluate_is_a_failure(tmp_path):
    path = tmp_path / "words"
    path.write_text(": one\nxyzzy a b c\n: two\nxyzzy d e f\n")
    assert failure("evaluate", "--analogies", path) == f"{path}: there is no analogy whose four words the table has"
    if has_scipy():
        path.write_text("xyzzy\ttea\t1\n")
        assert "0 pairs whose words the table has" in failure("evaluate", "--pairs", path)
        for text in ("tea\tcoffee\t5\ntea\tking\t5\nking\tqueen\t5\n", "tea\tcoffee\t5\ntea\tcoffee\t6\ncoffee\ttea\t7\n"):
            path.write_text(text)
            assert f"{path}: nothing to correlate: " in failure("evaluate", "--pairs", path)


def test_two_pairs_have_no_p(tmp_path):
    pytest.importorskip("scipy")
    (tmp_path / "pairs").write_text("tea\tcoffee\t6\ntea\tking\t5\n")
    lines = output("evaluate", "--pairs", tmp_path / "pairs").splitlines()
    assert lines[2] == "Spearman   1.0000  p = -" and "nan" not in "".join(lines)


@pytest.mark.parametrize("watched", [True, False])
def test_much_work_is_announced_to_who_watches(tmp_path, monkeypatch, capfd, watched):
    from lexarray.cli import main
    from lexarray.cli.vectors import evaluate

    path = tmp_path / "words"
    path.write_text(": one\nman woman king queen\n")
    monkeypatch.setattr(evaluate, "LARGE", 10_000)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: watched)
    assert main(["vectors", "evaluate", "--analogies", str(path)]) == 0
    said = capfd.readouterr()
    assert "Total accuracy" in said.out
    assert said.err == (f"{path}: 10,000 rows are searched for each analogy, which may take a minute ...\n" if watched else "")


# ---- signals ----

SLOW = """
import os, signal, sys
from lexarray.vectors.io import word2vec_text
def write(file, *arguments, **options):
    file.write(b"half")
    os.kill(os.getpid(), signal.NAME)
    raise AssertionError("the signal came to nothing")
word2vec_text.write = write
from lexarray.cli import main
sys.exit(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
@pytest.mark.parametrize("signal, code, said", [("SIGTERM", 143, ""), ("SIGINT", 130, "lexarray: interrupted\n")])
def test_a_signal_leaves_no_file(own, tmp_path, signal, code, said):
    script = SLOW.replace("NAME", signal)
    done = subprocess.run([sys.executable, "-c", script, "vectors", "convert", own, tmp_path / "out.txt"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (code, said)
    assert os.listdir(tmp_path) == [own.name]


def test_an_interrupt_while_modules_are_imported_is_a_line():
    script = """
import sys
class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == "lexarray.cli.annotate":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupts())
from lexarray.cli import main
sys.exit(main())
"""
    done = subprocess.run([sys.executable, "-c", script, "info"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "lexarray: interrupted\n")
