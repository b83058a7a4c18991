"""Corpora: every layer there and back, blocks, several readers and a writer, writers that are killed, files that are damaged."""

import copy
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import time
import warnings

import lexarray
import pytest
from hypothesis import given, settings, strategies as st
from lexarray.errors import CorpusError
from lexarray.tokens import Doc, Span
from lexarray.vocab import Vocab
from reference.documents import contents, documents

pyarrow = pytest.importorskip("pyarrow")

from lexarray.corpus import Corpus, CorpusWriter, blocks, writer  # noqa: E402
from lexarray.corpus.blocks import BlockFile  # noqa: E402
from lexarray.corpus.flat_buffers import make_footer, read_footer, read_message  # noqa: E402
from lexarray.corpus.layout import VERSION, VERSION_KEY, schema  # noqa: E402

VOCAB = Vocab()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.corpus"


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(writer, "BLOCK_TOKENS", 8)


def write(path, docs):
    with CorpusWriter(path) as out:
        out.extend(docs)


def numbered(start, stop):
    return [Doc(VOCAB, words=["number", str(i), "!"]) for i in range(start, stop)]


def numbers(docs):
    return [int(doc[1].text) for doc in docs]


# ---- there and back ----

@settings(deadline=None)
@given(docs=st.lists(documents(VOCAB), max_size=6), cut=st.integers(0, 6), tokens=st.sampled_from([1, 4, 1000]))
def test_every_layer_comes_back(docs, cut, tokens, tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "x.corpus"
    before, writer.BLOCK_TOKENS = writer.BLOCK_TOKENS, tokens
    try:
        write(path, docs[:cut])
        write(path, docs[cut:])
    finally:
        writer.BLOCK_TOKENS = before
    for vocab in (VOCAB, None):
        with Corpus(path, vocab) as corpus:
            assert len(corpus) == len(docs) and corpus.n_torn == 0
            assert [contents(doc) for doc in corpus] == [contents(doc) for doc in docs]
            for i in range(-len(docs), len(docs)):
                assert contents(corpus[i]) == contents(docs[i])


def test_what_every_reader_of_arrow_files_reads(path, small_blocks):
    docs = numbered(0, 10)
    write(path, docs)
    table = pyarrow.ipc.open_file(path).read_all()
    assert table.num_rows == 10 and table.schema.metadata[VERSION_KEY] == VERSION
    with pyarrow.ipc.open_file(path) as file:
        assert file.num_record_batches == 4
        for k in range(file.num_record_batches):
            batch = file.get_batch(k)
            texts = batch.column("texts").flatten()
            types = batch.column("types").flatten().field(0)
            words = [[texts[types[token["type"].as_py()].as_py() - 1].as_py().decode() for token in doc]
                     for doc in batch.column("tokens")]
            assert words == [[token.text for token in doc] for doc in docs[3 * k:3 * k + 3]]


def test_random_access_reads_one_block(path, small_blocks, monkeypatch):
    write(path, numbered(0, 300))
    corpus = Corpus(path, VOCAB)
    read = []
    whole = BlockFile.read
    monkeypatch.setattr(BlockFile, "read", lambda self, number: read.append(number) or whole(self, number))
    assert numbers([corpus[200]]) == [200] and read == [66]
    assert numbers([corpus[201], corpus[202], corpus[198]]) == [201, 202, 198] and read == [66, 67]
    for i in (0, 30, 60, 90, 200, 60):
        assert numbers([corpus[i]]) == [i]
    assert read == [66, 67, 0, 10, 20, 30, 66]          # four blocks are kept


def test_some_of_the_documents(path, small_blocks):
    write(path, numbered(0, 20))
    corpus = Corpus(path)
    for start, stop in ((0, None), (3, 7), (5, 5), (7, 3), (-4, None), (2, -2), (19, 30), (30, 40)):
        assert numbers(corpus.docs(start, stop)) == list(range(20))[start:stop]
        assert numbers(corpus.docs(start, stop, max_types=1)) == list(range(20))[start:stop]
    assert numbers(corpus) == list(range(20)) and repr(corpus).endswith("x.corpus' of 20 documents>")
    for i in (20, -21, 1 << 80):
        with pytest.raises(IndexError, match="the Corpus has 20"):
            corpus[i]
    with pytest.raises(TypeError, match="no slices: use docs"):
        corpus[1:2]
    with pytest.raises(TypeError):
        corpus["1"]
    with pytest.raises(ValueError, match="max_types must be at least 1"):
        corpus.docs(max_types=0)


def test_words_are_forgotten(path, small_blocks):
    write(path, numbered(0, 50))
    vocab = Vocab()
    kept = list(Corpus(path, vocab).docs(max_types=5))
    assert numbers(kept) == list(range(50)) and len(vocab) == 0
    assert len(list(Corpus(path, vocab))) == 50 and len(vocab) == 52


def test_an_empty_one(path):
    write(path, [])
    assert len(Corpus(path)) == 0 and list(Corpus(path)) == []
    write(path, [Doc(VOCAB)] * 3)
    assert [doc.text for doc in Corpus(path)] == ["", "", ""]
    assert pyarrow.ipc.open_file(path).read_all().num_rows == 3


def test_texts_of_all_kinds(path):
    words = ["\ud800", "a\0b", "\U0001f600", "x" * 100_000, " \n"]
    write(path, [Doc(VOCAB, words=words)])
    assert [token.text for token in Corpus(path)[0]] == words


def test_layers_that_are_left_out(path):
    doc = Doc(VOCAB, words=["a"])
    doc.cats, doc.user_data["b"] = {"x": 1.0}, object()
    with CorpusWriter(path, exclude=["user_data"]) as out:
        out.add(doc)
    assert Corpus(path)[0].cats == {"x": 1.0} and Corpus(path)[0].user_data == {}
    with CorpusWriter(path) as out:
        with pytest.raises(TypeError, match="user_data: cannot write a object"):
            out.add(doc)
        assert len(out) == 1
    assert len(Corpus(path)) == 1
    with pytest.raises(ValueError, match="exclude: there is no part 'text'"):
        CorpusWriter(path, exclude=["text"])


def test_few_bytes_are_never_many(path, monkeypatch):
    """What compresses too well is not compressed; and what claims to be large is not read."""
    same = Doc(VOCAB, words=["a"] * 8_000_000)
    write(path, [same])
    assert os.path.getsize(path) > 50_000_000 and len(Corpus(path)[0]) == 8_000_000
    other = path.parent / "y.corpus"
    with monkeypatch.context() as changed:
        changed.setattr(blocks, "_FREE", 1 << 40)
        write(other, [same])
    assert os.path.getsize(other) < 200_000
    corpus = Corpus(other)
    assert len(corpus) == 1
    with pytest.raises(CorpusError, match="block 0, at byte .*bytes claim to become"):
        corpus[0]


# ---- readers while one writes ----

def test_readers_see_what_was_flushed(path):
    out = CorpusWriter(path)
    assert len(Corpus(path)) == 0
    out.extend(numbered(0, 3))
    corpus = Corpus(path)
    assert len(corpus) == 0 and len(out) == 3
    out.flush()
    assert corpus.refresh() == 3 and numbers(corpus) == [0, 1, 2]
    out.extend(numbered(3, 5))
    out.flush()
    assert len(corpus) == 3 and numbers(Corpus(path)) == [0, 1, 2, 3, 4]
    with pytest.raises(CorpusError, match="somebody is appending"):
        CorpusWriter(path)
    out.close()
    out.close()
    assert corpus.refresh() == 5 and numbers([corpus[4]]) == [4]
    for call in (out.flush, lambda: out.add(Doc(VOCAB))):
        with pytest.raises(ValueError, match="is closed"):
            call()
    with CorpusWriter(path) as out:
        out.extend(numbered(5, 6))
        assert numbers(corpus) == [0, 1, 2, 3, 4]           # the footer that it has read is gone
        out.flush()
        assert corpus.refresh() == 6
    assert corpus.refresh() == 6 and numbers(corpus) == list(range(6))


def test_threads_read_while_one_writes(path, small_blocks):
    write(path, numbered(0, 30))
    failed = []
    done = threading.Event()

    def read():
        try:
            corpus = Corpus(path, VOCAB)
            chance = random.Random(threading.get_ident())
            while not done.is_set():
                n = corpus.refresh()
                assert numbers(corpus.docs(max(0, n - 20))) == list(range(max(0, n - 20), n))
                i = chance.randrange(n)
                assert numbers([corpus[i]]) == [i]
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for at in range(30, 330, 10):
        with CorpusWriter(path) as out:
            out.extend(numbered(at, at + 10))
    done.set()
    for thread in threads:
        thread.join()
    assert not failed and len(Corpus(path)) == 330


def test_threads_add_to_one_writer(path, small_blocks):
    with CorpusWriter(path) as out:
        threads = [threading.Thread(target=out.extend, args=(numbered(100 * k, 100 * k + 100),)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = numbers(Corpus(path))
    assert sorted(found) == list(range(400))
    for k in range(4):
        assert [i for i in found if i // 100 == k] == list(range(100 * k, 100 * k + 100))


# ---- writers that are killed ----

KILLED = """
import sys, lexarray
from lexarray.corpus import CorpusWriter, writer
from lexarray.tokens import Doc
writer.BLOCK_TOKENS = 200
vocab = lexarray.blank("xx").vocab
out = CorpusWriter(sys.argv[1])
i = len(out)
while True:
    for _ in range(7):
        out.add(Doc(vocab, words=["number", str(i), "x" * (i % 50 + 1)]))
        i += 1
    out.flush()
    print(i, flush=True)
"""


def test_a_killed_writer_loses_nothing_that_was_flushed(path):
    chance = random.Random(3)
    for _ in range(4):
        with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True) as process:
            flushed = int(process.stdout.readline())
            time.sleep(chance.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
            rest = process.stdout.read().split()
        flushed = int(rest[-1]) if rest else flushed
        corpus = Corpus(path)
        assert len(corpus) >= flushed and numbers(corpus) == list(range(len(corpus)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        CorpusWriter(path).close()
    assert numbers(Corpus(path)) == list(range(len(corpus)))


def test_every_place_where_a_writer_can_be_cut_off(path, small_blocks):
    write(path, numbered(0, 9))
    whole = path.read_bytes()
    places = [tuple(place) for place in BlockFile(path, schema(), VERSION_KEY).places]
    ends = [sum(place) for place in places]
    assert len(ends) == 3
    near = [place + k for place in (0, places[0][0], *ends, len(whole) - 10) for k in range(-10, 20)]
    for cut in sorted({*range(0, len(whole), 7), *near} & set(range(len(whole)))):
        path.write_bytes(whole[:cut])
        n = sum(end <= cut for end in ends)
        if cut >= places[0][0]:
            corpus = Corpus(path, VOCAB)
            assert len(corpus) == 3 * n
            assert corpus.n_torn == (cut - ([places[0][0]] + ends)[n] if n < 3 else 0 if cut - ends[2] in (0, *range(8, 1 << 20))
                                     else cut - ends[2])
            corpus.close()
        elif cut:
            with pytest.raises(CorpusError, match="no corpus|ends within the schema|is damaged"):
                Corpus(path)
        if cut % 35 == 0 or cut in near and cut % 3 == 0 or cut in ends:
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                write(path, numbered(3 * n, 3 * n + 1))
            assert numbers(Corpus(path)) == list(range(3 * n + 1))
            assert bool(warned) == (cut > places[0][0] and cut < ends[2] and cut not in ends or ends[2] < cut < ends[2] + 8)
            if warned:
                assert "whose writer was killed; they were cut off" in str(warned[0].message)
                assert warned[0].filename == __file__


# ---- damage ----

def test_flipped_bits_are_found(path, small_blocks):
    docs = numbered(0, 9)
    write(path, docs)
    whole = path.read_bytes()
    chance = random.Random(7)
    n_errors = 0
    for _ in range(600):
        data = bytearray(whole)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        try:
            corpus = Corpus(path, VOCAB)
            assert numbers(corpus) == list(range(9))            # of what says nothing, or of the footer, which is not needed
        except CorpusError as error:
            assert str(path) in str(error)
            n_errors += 1
    assert n_errors > 400


def test_a_damaged_block_does_not_hide_the_others(path, small_blocks):
    write(path, numbered(0, 9))
    place = BlockFile(path, schema(), VERSION_KEY).places[1]
    data = bytearray(path.read_bytes())
    data[place.end - 9] ^= 1
    path.write_bytes(data)
    corpus = Corpus(path)
    assert numbers([corpus[0], corpus[8]]) == [0, 8]
    with pytest.raises(CorpusError, match=f"x.corpus: block 1, at byte {place.offset:,}, is damaged: the checksum of its body is wrong"):
        corpus[4]


def test_a_writer_does_not_cut_off_what_is_damaged_in_the_middle(path, small_blocks):
    write(path, numbered(0, 9))
    file = BlockFile(path, schema(), VERSION_KEY)
    data = bytearray(path.read_bytes()[:file.places[-1].end])           # as if the writer had been killed
    data[file.places[1].offset] ^= 1
    path.write_bytes(data)
    with pytest.raises(CorpusError, match="block 1, at byte .* is damaged: no message begins there"):
        CorpusWriter(path)
    assert path.read_bytes() == data


@pytest.mark.parametrize("data", [b"?", b"ARROW1", b"ARROW1\0\0", b"PK\3\4" * 10, b"ARROW1\0\0\xff\xff\xff\xff\xff\xff\xff\xff"])
def test_files_that_are_no_corpus(path, data):
    path.write_bytes(data)
    with pytest.raises(CorpusError, match="x.corpus: "):
        Corpus(path)
    if data not in (b"ARROW1", b"ARROW1\0\0"):
        with pytest.raises(CorpusError, match="x.corpus: "):
            CorpusWriter(path)
        assert path.read_bytes() == data


def test_other_arrow_files_and_versions(path):
    other = pyarrow.schema([("a", pyarrow.int8())])
    newer = schema().with_metadata({VERSION_KEY: b"2"})
    changed = pyarrow.schema([("a", pyarrow.int8())], metadata={VERSION_KEY: VERSION})
    for each, message in ((other, "an Arrow file, but no corpus"), (newer, "of version '2'; this reads '1'"),
                          (changed, "columns are not those")):
        with pyarrow.ipc.new_file(str(path), each):
            pass
        with pytest.raises(CorpusError, match=message):
            CorpusWriter(path)
        with pytest.raises(CorpusError, match=message):
            Corpus(path)
    with pytest.raises(FileNotFoundError):
        Corpus(path.parent / "none")
    with pytest.raises(TypeError, match="vocab must be a Vocab"):
        Corpus(path, "en")


# ---- what else may happen while one writes ----

def test_a_number_that_is_damaged_loses_no_documents(path, small_blocks):
    """How many documents there are stands in the last block, which is not read for it."""
    write(path, numbered(0, 9))
    file = BlockFile(path, schema(), VERSION_KEY)
    data = path.read_bytes()
    for place in file.places:
        head = data[place.offset:place.offset + place.n_metadata]
        for at in range(8, place.n_metadata, 3):
            damaged = bytearray(data)
            damaged[place.offset + at] ^= 1 << at % 8
            path.write_bytes(damaged)
            try:
                corpus = Corpus(path, VOCAB)
                assert len(corpus) == 9
                with pytest.raises(CorpusError, match="is damaged"):
                    list(corpus)
            except CorpusError as error:
                assert "block 2, at byte" in str(error) and place == file.places[2]
        assert len(head) == place.n_metadata


def test_a_damaged_length_is_no_torn_end(path, small_blocks):
    """A killed writer's file: nothing says where blocks end but they themselves."""
    write(path, numbered(0, 9))
    place = BlockFile(path, schema(), VERSION_KEY).places[0]
    data = bytearray(path.read_bytes()[:BlockFile(path, schema(), VERSION_KEY).places[-1].end])
    body_length = place.n_body.to_bytes(8, "little")
    at = data.index(body_length, place.offset, place.offset + place.n_metadata)
    data[at + 3] ^= 1
    path.write_bytes(data)
    for opened in (Corpus, CorpusWriter):
        with pytest.raises(CorpusError, match="block 0, at byte .*the checksum of its metadata is wrong"):
            opened(path)
    assert path.read_bytes() == data


def test_blocks_that_do_not_follow_each_other(path, small_blocks):
    write(path, numbered(0, 3))
    first = path.read_bytes()
    place = BlockFile(path, schema(), VERSION_KEY).places[0]
    block = first[place.offset:place.end]
    path.write_bytes(first[:place.end] + block)             # twice the same, each of them whole
    corpus = Corpus(path)
    assert len(corpus) == 3
    write(path.parent / "y.corpus", numbered(0, 9))
    other = (path.parent / "y.corpus").read_bytes()
    third = BlockFile(path.parent / "y.corpus", schema(), VERSION_KEY).places[2]
    path.write_bytes(first[:place.end] + other[third.offset:third.end])
    corpus = Corpus(path)
    assert numbers([corpus[0], corpus[8]]) == [0, 8]
    with pytest.raises(CorpusError, match="block 0 has 3 documents, but the next one says that it has more"):
        corpus[4]
    with pytest.raises(CorpusError, match="block 1 should begin with document 3, and does not"):
        list(corpus)


class Interrupted(BaseException):
    pass


@pytest.mark.parametrize("when", ["before", "half", "after"])
def test_an_interrupt_while_a_block_is_written(path, monkeypatch, when):
    out = CorpusWriter(path)
    out.extend(numbered(0, 3))
    out.flush()
    reader = Corpus(path, VOCAB)
    out.extend(numbered(3, 5))
    whole = blocks.BlockAppender._write

    def interrupted(self, data):
        if when == "half":
            whole(self, bytes(data)[:len(data) // 2])
        elif when == "after":
            whole(self, data)
        raise Interrupted

    monkeypatch.setattr(blocks.BlockAppender, "_write", interrupted)
    with pytest.raises(Interrupted):
        out.flush()
    assert len(out) == 5 and reader.refresh() == (5 if when == "after" else 3) and reader.n_torn == 0
    monkeypatch.setattr(blocks.BlockAppender, "_write", whole)
    out.extend(numbered(5, 6))
    out.close()
    assert reader.refresh() == 6 and numbers(reader) == list(range(6)) == numbers(Corpus(path))
    assert len(BlockFile(path, schema(), VERSION_KEY).places) == (3 if when == "after" else 2)


def test_an_interrupt_before_what_was_written_is_forgotten(path, monkeypatch):
    out = CorpusWriter(path)
    out.extend(numbered(0, 3))
    append = blocks.BlockAppender.append

    def interrupted(self, batch):
        append(self, batch)
        raise Interrupted

    monkeypatch.setattr(blocks.BlockAppender, "append", interrupted)
    with pytest.raises(Interrupted):
        out.flush()
    monkeypatch.undo()
    assert len(out) == 3
    out.extend(numbered(3, 4))
    out.close()
    assert numbers(Corpus(path)) == [0, 1, 2, 3]


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of a process")
def test_a_full_disk(path):
    code = f"""
import random, resource, signal
from lexarray.corpus import Corpus, CorpusWriter
from lexarray.tokens import Doc
from lexarray.vocab import Vocab
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
vocab, chance = Vocab(), random.Random(1)
docs = [Doc(vocab, words=["number", str(i), *map(str, chance.choices(range(10**6), k=300))]) for i in range(9)]
out = CorpusWriter({str(path)!r})
out.extend(docs[:2])
out.flush()
size = len(open({str(path)!r}, "rb").read())
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 2000, resource.RLIM_INFINITY))
out.extend(docs[2:8])
for _ in range(2):
    try:
        out.flush()
        raise SystemExit("it was written")
    except OSError:
        pass
    assert len(out) == 8 and len(Corpus({str(path)!r})) == 2 and Corpus({str(path)!r}).n_torn == 0
try:
    out.close()
    raise SystemExit("it was closed")
except OSError:
    pass
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
out.add(docs[8])
out.flush()
size = len(open({str(path)!r}, "rb").read())
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, resource.RLIM_INFINITY))
try:
    out.close()
    raise SystemExit("the footer was written")
except OSError:
    pass
assert len(open({str(path)!r}, "rb").read()) == size
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    corpus = Corpus(path)
    assert numbers(corpus) == list(range(9)) and corpus.n_torn == 0
    write(path, numbered(9, 10))
    assert numbers(Corpus(path)) == list(range(10))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_process_writes_nothing_of_its_parents(path, small_blocks):
    out = CorpusWriter(path)
    out.extend(numbered(0, 4))
    corpus = Corpus(path, VOCAB)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")             # of threads, which other tests have made
        child = os.fork()
    if child == 0:
        code = 1
        try:
            with out:
                with pytest.raises(ValueError, match="of the process that this one was forked from"):
                    out.add(Doc(VOCAB))
                with pytest.raises(ValueError, match="of the process that this one was forked from"):
                    out.flush()
            assert numbers(corpus) == [0, 1, 2]
            code = 0
        finally:
            os._exit(code)
    for _ in range(50):
        assert numbers(Corpus(path)) == [0, 1, 2]
    assert os.waitpid(child, 0)[1] == 0
    with pytest.raises(CorpusError, match="somebody is appending"):         # the lock was not the child's to give up
        CorpusWriter(path)
    out.close()
    assert numbers(Corpus(path)) == [0, 1, 2, 3]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_process_reads_beside_its_parent(path, small_blocks):
    """They share the position of the file."""
    write(path, numbered(0, 600))
    corpus = Corpus(path, VOCAB)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if all(numbers(corpus) == list(range(600)) for _ in range(3)) else 1
        finally:
            os._exit(code)
    assert all(numbers(corpus) == list(range(600)) for _ in range(3))
    assert os.waitpid(child, 0)[1] == 0


def test_what_runs_while_a_document_is_added(path):
    out = CorpusWriter(path)
    seen = []

    class Layer(dict):
        def items(self):
            for call in (out.flush, out.close, lambda: out.add(Doc(VOCAB))):
                with pytest.raises(RuntimeError, match="is called while it adds or writes"):
                    call()
                seen.append(len(out))
            return super().items()

    doc = Doc(VOCAB, words=["number", "0"])
    doc.user_data["x"] = Layer(a=1)
    out.add(doc)
    out.close()
    assert numbers(Corpus(path)) == [0] and len(seen) >= 3 and set(seen) == {0}


def test_what_is_no_plain_file(path):
    with pytest.raises(OSError):
        Corpus(path.parent)
    with pytest.raises(OSError):
        CorpusWriter(path.parent)
    if hasattr(os, "mkfifo"):
        os.mkfifo(path)
        for opened in (Corpus, CorpusWriter):
            with pytest.raises(CorpusError, match="no plain file"):
                opened(path)


@pytest.mark.skipif(sys.platform == "win32", reason="open files are not replaced there")
def test_a_file_that_is_replaced_or_cut(path, small_blocks):
    write(path, numbered(0, 9))
    corpus = Corpus(path, VOCAB)
    other = path.parent / "y.corpus"
    write(other, numbered(50, 53))
    os.replace(other, path)
    assert corpus.refresh() == 9 and numbers(corpus) == list(range(9)) and numbers(Corpus(path)) == [50, 51, 52]
    corpus = Corpus(path)
    os.truncate(path, BlockFile(path, schema(), VERSION_KEY).places[0].end - 8)
    with pytest.raises(CorpusError, match="block 0, .*the file ends within it"):
        corpus[0]
    with pytest.raises(CorpusError, match="has become shorter"):
        corpus.refresh()


def test_pickles_and_copies(path, monkeypatch):
    write(path, numbered(0, 3))
    monkeypatch.chdir(path.parent)
    corpus = Corpus(path.name, lexarray.blank("en").vocab)
    doc = corpus[1]
    monkeypatch.chdir("/")
    copied, doc2 = pickle.loads(pickle.dumps([corpus, doc]))
    assert numbers(copied) == [0, 1, 2] and copied.vocab is doc2.vocab and copied.vocab.lang == "en"
    assert len(pickle.dumps(corpus)) < 1000
    for copied in (copy.copy(corpus), copy.deepcopy(corpus)):
        assert numbers(copied) == [0, 1, 2] and copied.vocab is corpus.vocab
    for call in (pickle.dumps, copy.copy, copy.deepcopy):
        with CorpusWriter(path) as out, pytest.raises(TypeError, match="one writer has the file"):
            call(out)


def test_a_closed_corpus(path):
    write(path, numbered(0, 3))
    corpus = Corpus(path)
    corpus.close()
    corpus.close()
    for call in (lambda: corpus[0], lambda: list(corpus), corpus.refresh):
        with pytest.raises(ValueError, match="x.corpus: the file is closed"):
            call()


def test_a_document_that_was_refused_leaves_nothing(path):
    """Its spans' texts were taken before its user data were refused."""
    out = CorpusWriter(path)
    for i in range(3):
        bad = Doc(VOCAB, words=["refused"])
        bad.spans["g"] = [Span(bad, 0, 1, label=f"L{i}")]
        bad.user_data["x"] = object()
        out.extend(numbered(i, i + 1))
        with pytest.raises(TypeError):
            out.add(bad)
    out.close()
    assert numbers(Corpus(path)) == [0, 1, 2]


# ---- the layout of Arrow's bytes ----

@pytest.mark.parametrize("n", [0, 1, 2, 1000])
def test_footers(n, tmp_path):
    with pyarrow.ipc.new_file(str(tmp_path / "f"), schema()) as out:
        for _ in range(n):
            out.write_batch(pyarrow.RecordBatch.from_pylist([], schema=schema()))
    data = (tmp_path / "f").read_bytes()
    footer = data[-10 - int.from_bytes(data[-10:-6], "little"):-10]
    found = read_footer(footer)
    assert len(found) == n
    with pyarrow.ipc.new_file(str(tmp_path / "g"), schema()):
        pass
    empty = (tmp_path / "g").read_bytes()
    made = make_footer(empty[-10 - int.from_bytes(empty[-10:-6], "little"):-10], found)
    assert read_footer(made) == found
    path = tmp_path / "h"
    path.write_bytes(data[:-10 - len(footer)] + made + len(made).to_bytes(4, "little") + b"ARROW1")
    with pyarrow.ipc.open_file(str(path)) as file:
        assert file.num_record_batches == n and file.read_all().num_rows == 0


@given(data=st.binary(max_size=200))
def test_anything_as_a_message_is_an_error_or_not(data):
    import struct

    for read in (read_message, read_footer):
        try:
            read(data)
        except (ValueError, struct.error):
            pass
