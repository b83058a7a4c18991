"""`lexarray annotate` on several processes, and what it is made of: lines in C, the count of word types, workers."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import lexarray
import pytest
from hypothesis import given, settings, strategies as st
from lexarray.cli import annotate, lines, workers
from lexarray.cli.failure import Failure
from lexarray.cli.formats import FORMATS
from lexarray.cli.type_count import TypeCount
from lexarray.tokens import Doc
from reference import formats as reference

FORK = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what is not forked cannot import this file")
WORDS = ["naïve", "can't", "日本", "😀", "$5", "(a)", "x\\y", "e.g.", "http://a.b/c?d=e", "\u200b", "I'll", "\x1f", "\"", "/"]


def run(*arguments, stdin=b"", **options):
    return subprocess.run([sys.executable, "-m", "lexarray", "annotate", *map(str, arguments)], input=stdin,
                          capture_output=True, **options)


def novel(n):
    """A text of n paragraphs, most of them with words that are new."""
    return "".join(f"Word{i} {WORDS[i % len(WORDS)]} {i * i} don't {chr(97 + i % 26) * (i % 50)}  end.\n\n" for i in range(n))


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A file of several blocks."""
    path = tmp_path_factory.mktemp("annotate") / "book.txt"
    path.write_text(novel(12_000), encoding="utf-8")
    assert path.stat().st_size > 4 * annotate.BLOCK_CHARACTERS
    return path


# ---- formats ----

@pytest.mark.parametrize("name", ["tsv", "table", "jsonl"])
def test_lines_are_those_of_the_slow_twin(name):
    nlp = lexarray.blank("en")
    written = FORMATS[name][1]()
    twin = getattr(reference, name)

    @settings(max_examples=200)
    @given(st.text(st.characters(exclude_categories=())), st.lists(st.sampled_from([*WORDS, " ", "\n"])), st.integers(0, 10**12))
    def compare(text, words, number):
        for each in (text, "".join(words), " ".join(words)):
            assert written(nlp(each), number) == twin(nlp(each), number).encode()

    compare()
    assert written(Doc(nlp.vocab), 3) == twin(Doc(nlp.vocab), 3).encode()
    long = nlp(novel(3000))
    assert written(long, 0) == twin(long, 0).encode()


@pytest.mark.parametrize("name", ["tsv", "table", "jsonl"])
def test_a_token_has_its_own_norm(name):
    nlp = lexarray.blank("xx")
    doc = Doc(nlp.vocab, ["one", "one", "one"])
    doc[1].norm_ = "1"
    assert FORMATS[name][1]()(doc, 0) == getattr(reference, name)(doc, 0).encode()


def test_what_is_remembered_of_words_is_bounded_when_it_is_much():
    nlp = lexarray.blank("xx")
    asked = []

    def cells_of(lexeme, norm):
        asked.append(lexeme.text)
        return [(lexeme.text.encode(), 0), (norm.encode(), 0)]

    written = lines.WordLines(cells_of)
    first = nlp("again and again")
    expected = written.tsv(first, 0)
    assert asked == ["again", "and"]
    written.tsv(nlp(" ".join(map(str, range(70_000)))), 0)
    assert len(asked) == 70_002
    assert written.tsv(first, 0) == expected and asked[70_002:] == ["again", "and"]


def test_lines_say_what_is_wrong():
    doc = lexarray.blank("xx")("one two")
    with pytest.raises(TypeError, match="callable, got 3"):
        lines.WordLines(3)
    with pytest.raises(ValueError, match="made by __new__ alone"):
        lines.WordLines.__new__(lines.WordLines).tsv(doc, 0)
    with pytest.raises(ValueError, match="at most 4 cells"):
        lines.WordLines(lambda lexeme, norm: [(b"", 0)] * 5).jsonl(doc)
    with pytest.raises(ZeroDivisionError):
        lines.WordLines(lambda lexeme, norm: 1 / 0).jsonl(doc)
    with pytest.raises(TypeError):
        lines.WordLines(lambda lexeme, norm: [("text", 0)]).jsonl(doc)
    with pytest.raises(ValueError, match="seven columns"):
        lines.WordLines(lambda lexeme, norm: []).table(doc, [b"i"])
    with pytest.raises(TypeError):
        lines.WordLines(lambda lexeme, norm: []).tsv(None, 0)


# ---- the count of types ----

@given(st.lists(st.integers(0, 300), max_size=400), st.integers(1, 40), st.integers(0, 400), st.integers(0, 400))
def test_a_count_depends_on_nothing_but_the_words(numbers, limit, cut, other_cut):
    nlp = lexarray.blank("xx")
    words = [f"w{number}" for number in numbers]
    keys = {nlp.vocab.strings.add(word) for word in words}
    low, high = sorted([cut, other_cut])
    whole, total = TypeCount(limit), TypeCount(limit)
    parts = [TypeCount(limit) for _ in range(3)]
    whole.add(Doc(nlp.vocab, words))
    for part, some in zip(parts, [words[:low], words[low:high], words[high:]]):
        for i in range(0, len(some), 7):
            part.add(Doc(nlp.vocab, some[i:i + 7]))
            total.add_keys(part.take_keys())
            assert len(part.take_keys()) == 8
    bits = next(bits for bits in range(65) if sum(key % 2**bits == 0 for key in keys) <= limit)
    assert len(whole) == len(total) == sum(key % 2**bits == 0 for key in keys) << bits
    assert whole.is_exact == total.is_exact == (len(keys) <= limit)


def test_a_large_count_is_nearly_right():
    nlp = lexarray.blank("xx")
    count = TypeCount(1 << 12)
    count.add(nlp(" ".join(map(str, range(100_000)))))
    assert not count.is_exact and abs(len(count) - 100_000) < 6_000


def test_counts_say_what_is_wrong():
    for limit in (0, -1, 1 << 31):
        with pytest.raises(ValueError, match=f"limit.*{limit}"):
            TypeCount(limit)
    for keys in (b"", b"1234567", b"123456789"):
        with pytest.raises(ValueError, match=f"take_keys gives: {len(keys)} bytes"):
            TypeCount().add_keys(keys)
    assert len(TypeCount.__new__(TypeCount)) == 0


# ---- workers ----

def square(number):
    """What the workers of these tests do."""
    if number < 0:
        raise ValueError(f"{number} is negative")
    return b"x" * (number % 7 * 100_000), (number * number, os.getpid())


def die(number):
    """Work that ends its process."""
    os.kill(os.getpid(), signal.SIGKILL)


@FORK
@pytest.mark.parametrize("jobs", [1, 2, 3])
@pytest.mark.parametrize("n", [0, 1, 2, 40])
def test_results_come_in_order(jobs, n):
    found = list(workers.in_order(square, range(n), jobs))
    assert [(len(data), value) for data, (value, _) in found] == [(i % 7 * 100_000, i * i) for i in range(n)]
    pids = {pid for _, (_, pid) in found}
    assert (os.getpid() in pids) == (n == 1 or n > 0 and jobs == 1) and len(pids) <= jobs


@FORK
@pytest.mark.parametrize("jobs", [1, 3])
def test_reading_ahead_is_bounded_and_stops_with_the_reader(jobs):
    read = []

    def tasks():
        for i in range(1000):
            read.append(i)
            yield i

    results = workers.in_order(square, tasks(), jobs)
    for i in range(10):
        assert next(results)[1][0] == i * i
        assert len(read) <= i + 1 + 2 * jobs
    results.close()
    assert len(read) <= 10 + 2 * jobs


@FORK
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_failure_of_reading_comes_after_what_was_read(jobs):
    def tasks():
        yield from range(5)
        raise Failure("broken")

    found = []
    with pytest.raises(Failure, match="broken"):
        for _, (value, _) in workers.in_order(square, tasks(), jobs):
            found.append(value)
    assert found == [0, 1, 4, 9, 16]


@FORK
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_failure_of_work_is_raised_in_its_place(jobs):
    found = []
    with pytest.raises(ValueError, match="-1 is negative"):
        for _, (value, _) in workers.in_order(square, [3, 2, -1, 4], jobs):
            found.append(value)
    assert found == [9, 4]


@FORK
def test_a_process_that_is_killed_is_a_failure():
    with pytest.raises(Failure, match=r"ended from outside \(exit code -9\)"):
        list(workers.in_order(die, range(5), 2))


def test_workers_start_where_there_is_no_fork(monkeypatch, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import sys\nfrom lexarray.cli import main\nif __name__ == '__main__':\n"
                      "    sys.platform = 'elsewhere'\n    sys.exit(main())\n")
    text = novel(6000).encode()
    done = subprocess.run([sys.executable, script, "annotate", "--format", "tsv", "-j", "2"], input=text, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == run("--format", "tsv", "-j", "1", stdin=text).stdout


# ---- the command ----

@pytest.mark.parametrize("name", FORMATS)
def test_the_output_is_the_same_with_any_number_of_jobs(book, name):
    one, two, three = (run(book, "--format", name, "--jobs", jobs) for jobs in (1, 2, 3))
    assert one.returncode == two.returncode == three.returncode == 0
    assert one.stdout == two.stdout == three.stdout
    summaries = [done.stderr.decode().rpartition(", ")[0] for done in (one, two, three)]
    assert len(set(summaries)) == 1 and summaries[0].startswith("12,000 documents, ")
    text = book.read_text(encoding="utf-8")
    docs = list(lexarray.blank("en").pipe(annotate.read_paragraphs(io.BytesIO(text.encode()), "book")))
    types = {token.orth for doc in docs for token in doc}
    assert summaries[0] == f"12,000 documents, {sum(map(len, docs)):,} tokens, {len(types):,} word types"
    if name == "jsonl":
        assert "".join(json.loads(line)["text"] for line in one.stdout.splitlines()) == text
    if name in ("tsv", "jsonl"):
        twin = getattr(reference, name)
        assert one.stdout.decode().removeprefix(FORMATS[name][0]) == "".join(twin(doc, i) for i, doc in enumerate(docs))


def test_standard_input_and_files_are_shared_out(book, tmp_path):
    text = book.read_bytes()
    one, two = (run("-", book, "--format", "tsv", "-j", jobs, "-o", tmp_path / str(jobs), stdin=text) for jobs in (1, 2))
    assert one.returncode == two.returncode == 0 and two.stdout == b""
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    assert two.stderr.startswith(b"24,000 documents")


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_what_was_read_before_a_bad_byte_is_written_by_all(book, tmp_path, jobs):
    path = tmp_path / "bad.txt"
    text = book.read_bytes()
    path.write_bytes(text + b"last\xff" + text)
    done = run(path, "--format", "jsonl", "-j", jobs)
    assert done.returncode == 1
    assert done.stderr.decode().startswith(f"lexarray: {path}: byte {len(text) + 4}: not utf-8")
    assert len(done.stderr.splitlines()) == 1
    assert "".join(json.loads(line)["text"] for line in done.stdout.splitlines()) == text.decode() + "last"


@pytest.mark.parametrize("jobs", ["0", "-1", "two", "1.5"])
def test_jobs_are_a_number(jobs):
    done = run(f"--jobs={jobs}")
    assert done.returncode == 2 and f"not '{jobs}'" in done.stderr.decode()


def children_of(pid):
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(path.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(path.parent.name))
    return found


def wait_until(true):
    for _ in range(3000):
        if true():
            return True
        time.sleep(0.01)
    return False


def has_ended(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="reads /proc")
@pytest.mark.parametrize("number, to_all, code, said", [
    (signal.SIGINT, True, 130, b"lexarray: interrupted\n"), (signal.SIGINT, False, 130, b"lexarray: interrupted\n"),
    (signal.SIGTERM, False, 143, b""), (signal.SIGKILL, False, -signal.SIGKILL, b""), (None, False, 141, b"lexarray: the output was closed before all was written\n")])
def test_no_process_is_left(number, to_all, code, said):
    block = novel(3000).encode()

    def feed():
        with contextlib.suppress(BrokenPipeError):
            while True:
                process.stdin.write(block)

    with subprocess.Popen([sys.executable, "-m", "lexarray", "annotate", "--format", "tsv", "-j", "3"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE if number is None else subprocess.DEVNULL, stderr=subprocess.PIPE,
                          start_new_session=True) as process:
        feeder = threading.Thread(target=feed)
        feeder.start()                      # without end
        assert wait_until(lambda: len(children_of(process.pid)) == 3)
        started = children_of(process.pid)
        if number is None:
            process.stdout.read(1)
            process.stdout.close()          # a reader that goes away
        elif to_all:
            os.killpg(process.pid, number)  # as a terminal does
        else:
            process.send_signal(number)
        errors = process.stderr.read()
        assert process.wait() == code
        assert errors == said
        feeder.join()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    assert wait_until(lambda: all(map(has_ended, started)))
