"""Files of vectors: what is written comes back; what is damaged raises, with the place."""

import bz2
import copy
import gzip
import json
import lzma
import os
import pickle
import random
import struct
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lexarray.errors import VectorFileError
from lexarray.vectors import KeyedVectors
from lexarray.vectors.io import own
from reference.word2vec import read_binary, read_text

CORRUPTIONS = int(os.environ.get("LEXARRAY_CORRUPTIONS", "400"))

# Any text but what separates in the formats.
WORDS = st.text(st.characters(exclude_characters=" \t\n\r", exclude_categories=["Cs"]), min_size=1, max_size=12)
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def tables(draw, words=WORDS):
    size = draw(st.integers(1, 5))
    keys = draw(st.lists(words, unique=True, max_size=12))
    rows = draw(st.lists(st.lists(FLOATS, min_size=size, max_size=size), min_size=len(keys), max_size=len(keys)))
    kv = KeyedVectors(size, dtype=draw(st.sampled_from([np.float32, np.float64])))
    kv.add_vectors(keys, np.array(rows, np.float32).reshape(-1, size))
    return kv


def small():
    kv = KeyedVectors(3)
    kv.add_vectors(["the", "New", "naïve", "日本"], [[1, -2.5, 3e-5], [0.1, 0, 0], [0, 0, 0], [7, 8, 1e20]])
    return kv


def same(a, b):
    assert list(a) == list(b)
    assert a.dtype == b.dtype and np.array_equal(a.vectors, b.vectors)
    assert np.array_equal(np.signbit(a.vectors), np.signbit(b.vectors))
    assert np.array_equal(a.norms, b.norms)
    b.keys.check()


# ---- what is written comes back ----

@given(tables())
def test_word2vec_formats_come_back(tmp_path_factory, kv):
    path = tmp_path_factory.mktemp("w2v") / "v"
    for binary in (False, True):
        kv.save_word2vec_format(path, binary=binary)
        for forced in (binary, None):
            if len(kv):
                same(kv, KeyedVectors.load_word2vec_format(path, binary=forced, datatype=kv.dtype))
            else:
                assert len(KeyedVectors.load_word2vec_format(path, binary=binary)) == 0
        data = path.read_bytes()
        keys, rows = read_binary(data) if binary else read_text(data, True)
        assert keys == list(kv) and np.array_equal(np.array(rows, kv.dtype).reshape(kv.vectors.shape), kv.vectors)


@given(tables(st.text(max_size=8)))
def test_our_own_format_comes_back(tmp_path_factory, kv):
    path = tmp_path_factory.mktemp("own") / "v"
    for i, key in enumerate(kv):
        kv.set_vecattr(key, "count", i)
        kv.set_vecattr(key, "good", i % 2 == 0)
    kv.save(path)
    for table in (KeyedVectors.load(path), KeyedVectors.load(path, mmap="r")):
        same(kv, table)
        assert {name: array.tolist() for name, array in kv.expandos.items()} == {
            name: array.tolist() for name, array in table.expandos.items()}
        assert [table.get_index(key) for key in kv] == list(range(len(kv)))
    assert table.mapped_file == str(path)


@given(st.lists(st.tuples(st.text(st.sampled_from("ab1. é\t"), max_size=6), FLOATS, st.integers(-9, 9)), max_size=6),
       st.sampled_from([" ", "\t", "  "]), st.sampled_from(["", " ", " \r", "\r"]), st.booleans())
@example([("a", 0.5, 1), ("b c", -0.0, 2)], " ", "", True)
def test_text_with_spaces_in_words_and_around_numbers(tmp_path_factory, rows, separator, ending, final_newline):
    rows = [row for row in rows if row[0].strip(" \t") and not row[0].startswith((" ", "\t"))
            and not any("." in field and field.strip(".1") == "" for field in row[0].split()[1:])]
    rows = list({row[0].rstrip(" \t"): row for row in rows}.values())
    if len(rows) > 1 and all(field.isdecimal() for row in rows for field in row[0].split()[1:] or ["a"]):
        rows = rows[:1]             # all rows have a number more than the header says, which raises
    text = "\n".join([f"{len(rows)} 2"] + [f"{key}{separator}{x!r}{separator}{y}{ending}" for key, x, y in rows])
    data = (text + "\n" * final_newline).encode()
    path = tmp_path_factory.mktemp("text") / "v.txt"
    path.write_bytes(data)
    kv = KeyedVectors.load(path, format="word2vec-text", datatype=np.float64)
    keys, numbers = read_text(data, True)
    assert list(kv) == keys
    assert kv.vectors.tolist() == numbers


@pytest.mark.parametrize("number", ["1", "-1", "+1", "1.", ".5", "-.5e3", "1e-05", "1E+2", "0.1", "1e-400", "12345678901234567890",
                                    "0.30000000000000004", "9007199254740993", "2.2250738585072011e-308", "1e22", "123456789012345.5",
                                    "0.000000000000000000000000000000000000000000000123", "179769313486231570000e280"])
def test_numbers_are_read_exactly(tmp_path, number):
    (tmp_path / "v").write_text(f"1 1\nword {number}\n")
    kv = KeyedVectors.load(tmp_path / "v", datatype=np.float64)
    assert kv["word"][0] == float(number)


@given(st.floats(allow_nan=False, allow_infinity=False), FLOATS)
def test_numbers_are_written_so_that_they_come_back(tmp_path_factory, wide, narrow):
    path = tmp_path_factory.mktemp("numbers") / "v"
    for dtype, value in ((np.float64, wide), (np.float32, narrow)):
        kv = KeyedVectors(1, dtype=dtype)
        kv["x"] = [value]
        kv.save_word2vec_format(path)
        assert KeyedVectors.load(path, datatype=dtype)["x"][0] == value


def test_a_float16_table_is_written_in_few_digits(tmp_path):
    kv = KeyedVectors(2, dtype=np.float16)
    kv["x"] = [0.1, 65504]
    kv.save_word2vec_format(tmp_path / "v")
    assert (tmp_path / "v").read_text().startswith("1 2\nx 0.1 6")
    assert len((tmp_path / "v").read_text()) < 25
    same(kv, KeyedVectors.load(tmp_path / "v", datatype=np.float16))


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("binary", [False, True])
def test_compressed_files(tmp_path, compress, binary):
    kv = small()
    kv.save_word2vec_format(tmp_path / "v", binary=binary)
    (tmp_path / "compressed").write_bytes(compress((tmp_path / "v").read_bytes()))
    same(kv, KeyedVectors.load(tmp_path / "compressed"))
    for length in range(7, os.path.getsize(tmp_path / "compressed") - 8, 3):
        (tmp_path / "cut").write_bytes((tmp_path / "compressed").read_bytes()[:length])
        with pytest.raises(VectorFileError, match="cut"):
            KeyedVectors.load(tmp_path / "cut")
    kv.save(tmp_path / "own")
    (tmp_path / "own.gz").write_bytes(compress((tmp_path / "own").read_bytes()))
    with pytest.raises(VectorFileError, match="decompress"):
        KeyedVectors.load(tmp_path / "own.gz")


def test_variants_of_the_formats(tmp_path):
    path = tmp_path / "v"
    kv = KeyedVectors(2)
    kv.add_vectors(["the", "of"], [[1, 2], [3, 4]])
    rows = b"the 1 2\nof 3 4\n"
    for data in (rows, rows[:-1], b"\xef\xbb\xbf" + rows, b"2 2\n" + rows, b"\xef\xbb\xbf2 2\r\n" + rows.replace(b"\n", b"\r\n"),
                 b"2 2 \n\n" + rows.replace(b"\n", b" \n\n"), b"\n\n2\t2\n" + rows.replace(b" ", b"\t")):
        path.write_bytes(data)
        same(kv, KeyedVectors.load(path))
        same(kv, KeyedVectors.load_word2vec_format(path))
        same(kv, KeyedVectors.load_word2vec_format(path, binary=False))
    path.write_bytes(rows)
    same(kv, KeyedVectors.load(path, format="glove"))
    same(kv, KeyedVectors.load_word2vec_format(path, no_header=True))
    with pytest.raises(VectorFileError, match="line 1: no header"):
        KeyedVectors.load_word2vec_format(path, no_header=False)
    for newline in (b"", b"\n"):
        path.write_bytes(b"2 2\n" + newline.join([b"the " + struct.pack("<2f", 1, 2), b"of " + struct.pack("<2f", 3, 4)]) + newline)
        same(kv, KeyedVectors.load(path))
    assert len(KeyedVectors.load(path, limit=1)) == 1
    # Words that are numbers, and rows that look like a header.
    path.write_text("1 2\n10 20\n")
    assert KeyedVectors.load(path, format="glove").vectors.tolist() == [[2], [20]]
    path.write_text("new 1 0.5 0.5\n2 0.25 0.5\nthe 0 1\n")
    assert KeyedVectors.load(path).vectors.shape == (3, 2)
    assert list(KeyedVectors.load(path)) == ["new 1", "2", "the"]


def test_encodings(tmp_path):
    path = tmp_path / "v"
    path.write_bytes("2 1\nna\u00efve 1\nb 2\n".encode("latin-1"))
    with pytest.raises(VectorFileError, match=r"v, line 2: the word b'na\\xefve' is not UTF-8; try another encoding"):
        KeyedVectors.load(path)
    assert list(KeyedVectors.load(path, encoding="latin-1")) == ["naïve", "b"]
    assert list(KeyedVectors.load(path, unicode_errors="ignore")) == ["nave", "b"]
    assert list(KeyedVectors.load(path, unicode_errors="surrogateescape")) == ["na\udcefve", "b"]
    with pytest.raises(VectorFileError, match="line 2: the word .* is not ascii"):
        KeyedVectors.load(path, encoding="ascii")
    path.write_bytes(b"1 1\nna\xefve " + struct.pack("<f", 1))
    with pytest.raises(VectorFileError, match="byte 4: the word .* is not UTF-8"):
        KeyedVectors.load(path)
    assert list(KeyedVectors.load(path, encoding="latin-1")) == ["naïve"]
    with pytest.raises(VectorFileError, match="byte 4"):
        KeyedVectors.load(path, encoding="ascii")
    with pytest.raises(LookupError):
        KeyedVectors.load(path, encoding="klingon")


def test_duplicates(tmp_path):
    path = tmp_path / "v"
    for binary, place in ((False, "line 4"), (True, "byte ")):
        rows = [(b"a", 1), (b"b", 2), (b"a", 3), (b"c", 4), (b"a", 5)]
        if binary:
            path.write_bytes(b"5 1\n" + b"".join(key + b" " + struct.pack("<f", x) for key, x in rows))
        else:
            path.write_bytes(b"5 1\n" + b"".join(b"%s %d\n" % row for row in rows))
        with pytest.raises(VectorFileError, match=place + ".*'a' has come already, as word 1"):
            KeyedVectors.load(path)
        for how, x in (("first", 1), ("last", 5)):
            kv = KeyedVectors.load(path, on_duplicate=how)
            assert list(kv) == ["a", "b", "c"] and kv.vectors.tolist() == [[x], [2], [4]]
        assert len(KeyedVectors.load(path, limit=3, on_duplicate="first")) == 2
        with pytest.raises(ValueError, match="on_duplicate"):
            KeyedVectors.load(path, on_duplicate="warn")


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_datatypes(tmp_path, dtype):
    kv = small()
    kv["日本"] = [7, 8, 9]
    kv.save_word2vec_format(tmp_path / "t")
    kv.save_word2vec_format(tmp_path / "b", binary=True)
    kv.save(tmp_path / "o")
    for name in "tbo":
        table = KeyedVectors.load(tmp_path / name, datatype=dtype)
        assert table.dtype == dtype
        expected = kv.vectors.astype(dtype) if name != "t" else np.array(
            [[float(str(x)) for x in row] for row in kv.vectors], dtype)
        assert np.array_equal(table.vectors, expected)
        table.save(tmp_path / "again")
        same(table, KeyedVectors.load(tmp_path / "again", mmap="r"))
    with pytest.raises(TypeError, match="float16, float32 or float64, not int64"):
        KeyedVectors.load(tmp_path / "t", datatype=np.int64)


def test_limit(tmp_path):
    kv = small()
    kv.save_word2vec_format(tmp_path / "t")
    kv.save_word2vec_format(tmp_path / "b", binary=True)
    kv.save_word2vec_format(tmp_path / "g", write_header=False)
    kv.save(tmp_path / "o")
    for name in "tbgo":
        for limit in (0, 1, 3, 4, 100, np.int64(2)):
            assert list(KeyedVectors.load(tmp_path / name, limit=limit)) == list(kv)[:limit]
        for limit in (-1, 1.5, "2"):
            with pytest.raises(ValueError, match="limit"):
                KeyedVectors.load(tmp_path / name, limit=limit)


def test_blocks(tmp_path, monkeypatch):
    # Rows that straddle blocks, and lines longer than a block.
    from lexarray.vectors.io import word2vec_binary, word2vec_text
    monkeypatch.setattr(word2vec_text, "BLOCK", 64)
    monkeypatch.setattr(word2vec_binary, "BLOCK", 1)
    rng = np.random.default_rng(0)
    kv = KeyedVectors(3)
    keys = ["w" * int(n) + str(i) for i, n in enumerate(rng.integers(1, 90, 3000))]
    kv.add_vectors(keys, rng.standard_normal((3000, 3)))
    for binary in (False, True):
        kv.save_word2vec_format(tmp_path / "v", binary=binary)
        (tmp_path / "v.gz").write_bytes(gzip.compress((tmp_path / "v").read_bytes(), 1))
        for name in ("v", "v.gz"):
            for threads in (1, 2, 5):
                same(kv, KeyedVectors.load(tmp_path / name, threads=threads))
    kv.save_word2vec_format(tmp_path / "v", write_header=False)
    same(kv, KeyedVectors.load(tmp_path / "v"))
    text = (tmp_path / "v").read_text().replace(keys[2000] + " ", keys[2000] + " x")
    (tmp_path / "v").write_text(text)
    with pytest.raises(VectorFileError, match="v, line 2,001: the row of .* ends in 2 numbers"):
        KeyedVectors.load(tmp_path / "v")
    (tmp_path / "v").write_text("2 3\n" + text)
    with pytest.raises(VectorFileError, match="v, line 4: a row more than the 2 that the header says"):
        KeyedVectors.load(tmp_path / "v")


# ---- what is wrong raises ----

BAD_TEXT = [
    ("", "the file is empty"),
    ("3 2\na 1 2\nb 3 4\n", "header says 3 rows, but the file ends after 2"),
    ("1 2\na 1 2\nb 3 4\n", "line 3: a row more than the 1 that the header says"),
    ("1000000000000 100\na 1\n", "header says 1,000,000,000,000 rows of 100 numbers, which take at least"),
    ("1 0\na\n", "rows of 0 numbers"),
    ("2 2\na 1 2\nb 3\n", "line 3: the row of 'b' ends in 1 numbers, not 2"),
    ("2 2\na 1 2\nb 3.5 4 5\n", "line 3: the row of 'b' has 3 numbers, not 2"),
    ("2 2\na 1 2\nb 1,5 2\n", r"line 3: the row of 'b' ends in 1 numbers \('1,5' is not one\), not 2"),
    ("2 2\na 1 2\n3 4\n", "line 3: the row has 2 numbers but no word before them"),
    ("2 2\na 1 2\nb nan 4\n", "line 3: the row of 'b' has 'nan' as number 0, which is not finite"),
    ("2 2\na 1 2\nb 4 -inf\n", "line 3: the row of 'b' has '-inf' as number 1"),
    ("2 2\na 1 2\nb 4 1e39\n", "line 3: the row of 'b' has '1e39' as number 1, which is not finite in float32"),
    ("2 2\na 1 2\nb 4 1e999\n", "line 3: .*'1e999'"),
    ("2 2\na 1 2\nNew York 4 inf\n", "line 3: the row of 'New York' has 'inf'"),
    ("2 2\na 1 2\nb 0x1p3 4\n", "line 3: the row of 'b' ends in 1 numbers"),
    ("2 2\na 1 2\nb 1_0 4\n", "line 3: the row of 'b' ends in 1 numbers"),
    ("2 2\na 1 2\nb\0 +-1 4\n", "line 3"),
]


@pytest.mark.parametrize(("text", "message"), BAD_TEXT)
def test_bad_text(tmp_path, text, message):
    path = tmp_path / "bad.txt"
    path.write_text(text)
    with pytest.raises(VectorFileError, match="bad.txt.*" + message):
        KeyedVectors.load(path, format="word2vec-text")


def test_bad_binary(tmp_path):
    path = tmp_path / "bad.bin"
    row = struct.pack("<2f", 1, 2)
    for data, message in (
            (b"", "the file is empty|no header"),
            (b"2 2", "byte 0: no header"),
            (b"2 x\n", "byte 0: no header"),
            (b"-1 2\n", "byte 0: no header"),
            (b"1 0\na ", "rows of 0 numbers"),
            (b"99999999999 300\na " + row, "header says 99,999,999,999 rows of 300 numbers; .* take at least"),
            (b"2 2\na " + row + b"b " + row[:4], "header says 2 rows"),
            (b"1 2\na " + row + b"b " + row, "more follows the 1 rows"),
            (b"2 2\na " + row + b"c" * 100_000, "byte 14: no space in 65,536 bytes"),
            (b"2 2\na " + row + b"\xff " + row, "byte 14: the word .* is not UTF-8"),
            (b"1 2\na " + struct.pack("<2f", 1, float("nan")), "byte 4: the row of 'a' has nan as number 1"),
            (b"1 2\na " + struct.pack("<2f", float("-inf"), 1), "byte 4: the row of 'a' has -inf as number 0")):
        path.write_bytes(data)
        with pytest.raises(VectorFileError, match="bad.bin.*(" + message + ")"):
            KeyedVectors.load(path, format="word2vec-binary")
    with pytest.raises(VectorFileError, match="too large for float16: try a larger datatype"):
        path.write_bytes(b"1 2\na " + struct.pack("<2f", 1, 70000))
        KeyedVectors.load(path, datatype=np.float16)
    path.write_text("1 1\na 70000\n")
    with pytest.raises(VectorFileError, match="bad.bin, line 2: number 0 of 'a' is 70000.0, which is too large for float16"):
        KeyedVectors.load(path, datatype=np.float16)


def test_other_formats_are_named(tmp_path):
    path = tmp_path / "other"
    for data, message in ((b"PK\x03\x04....", "zip archive: unzip"), (pickle.dumps({"a": 1}, 2), "pickle"),
                          (pickle.dumps(list(range(3)), 4), "pickle, which may run code"), (b"\x93NUMPY\x01", "NumPy array"),
                          (b"(\xb5/\xfd....", "Zstandard"), (b"hello world\n", "no format that lexarray knows"),
                          (b"\0" * 100, "no format"), (b"", "empty")):
        path.write_bytes(data)
        with pytest.raises(VectorFileError, match=message):
            KeyedVectors.load(path)
    with pytest.raises(FileNotFoundError):
        KeyedVectors.load(tmp_path / "nothing")
    with pytest.raises(IsADirectoryError):
        KeyedVectors.load(tmp_path)
    small().save(path)
    with pytest.raises(VectorFileError, match="this is a file of format lexarray: use load"):
        KeyedVectors.load_word2vec_format(path)
    small().save_word2vec_format(path)
    with pytest.raises(ValueError, match="only lexarray's own files, not compressed, can be mapped, and this is word2vec-text"):
        KeyedVectors.load(path, mmap="r")
    with pytest.raises(ValueError, match="mmap"):
        KeyedVectors.load(path, mmap="r+")
    with pytest.raises(ValueError, match="format"):
        KeyedVectors.load(path, format="hdf5")


def load_and_use(path, **how):
    """Load a table and touch all of it."""
    try:
        kv = KeyedVectors.load(path, **how)
    except (VectorFileError, UnicodeError):
        return None
    try:
        for key in kv:
            assert kv.get_index(key, -1) >= -1
            kv.has_index_for(key)
        kv.norms.sum(), kv.vectors.sum(), str(kv.index_to_key), str(kv.key_to_index)
        if len(kv):
            kv.most_similar(0, topn=3), kv.search([0, len(kv) - 1], 2)
    except (VectorFileError, ValueError, UnicodeError, KeyError):
        pass
    return kv


def files():
    """name -> (bytes, arguments)"""
    from tempfile import TemporaryDirectory
    kv = small()
    kv["日本"] = [7, 8, 9]
    kv.set_vecattr("the", "count", 5)
    with TemporaryDirectory() as folder:
        path = os.path.join(folder, "v")
        out = {}
        for name, write in (("text", lambda: kv.save_word2vec_format(path)),
                            ("glove", lambda: kv.save_word2vec_format(path, write_header=False)),
                            ("binary", lambda: kv.save_word2vec_format(path, binary=True)),
                            ("own", lambda: kv.save(path))):
            write()
            with open(path, "rb") as file:
                out[name] = file.read()
    out["gzip"] = gzip.compress(out["text"])
    out["bzip2"] = bz2.compress(out["binary"])
    out["xz"] = lzma.compress(out["binary"])
    return kv, out


@pytest.mark.parametrize("name", ["text", "glove", "binary", "own", "gzip", "bzip2", "xz"])
def test_every_prefix(tmp_path, name):
    kv, data = files()
    path = tmp_path / "cut"
    for length in range(len(data[name])):
        path.write_bytes(data[name][:length])
        found = load_and_use(path)
        if found is None:
            continue
        # A text that ends in the middle of its last number, or GloVe's at the end of a line, cannot be told from a whole one.
        assert name in ("text", "glove"), length
        if name == "text":
            assert list(found) == list(kv) and np.array_equal(found.vectors.ravel()[:-1], kv.vectors.ravel()[:-1])
        else:
            assert list(found) == list(kv)[:len(found)]


@pytest.mark.parametrize("name", ["text", "glove", "binary", "own", "gzip", "bzip2", "xz"])
def test_random_corruptions(tmp_path, name):
    _, data = files()
    rng = random.Random(name)
    path = tmp_path / "damaged"
    for _ in range(CORRUPTIONS):
        damaged = bytearray(data[name])
        for _ in range(rng.choice([1, 1, 2, 5])):
            at = rng.randrange(len(damaged))
            how = rng.randrange(4)
            if how == 0:
                damaged[at] ^= 1 << rng.randrange(8)
            elif how == 1:
                damaged[at] = rng.choice(b"\0\n 09.-\xff{}[],:\"")
            elif how == 2:
                del damaged[at:at + rng.choice([1, 1, 8, 50])]
            else:
                damaged[at:at] = bytes(rng.choices(range(256), k=rng.choice([1, 4, 30])))
            if not damaged:
                break
        path.write_bytes(damaged)
        load_and_use(path)
        for form in ("word2vec-text", "word2vec-binary", "lexarray"):
            if name not in ("gzip", "bzip2", "xz"):
                load_and_use(path, format=form)
        if name == "own" and damaged[8:9] == b"{":
            load_and_use(path, format="lexarray", mmap="r")


def change_header(data, change):
    n = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + n])
    header = change(header) or header
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    return len(encoded).to_bytes(8, "little") + encoded + data[8 + n:]


def test_headers_of_our_own_format_that_lie(tmp_path):
    _, data = files()
    path = tmp_path / "lies"
    size = len(data["own"])

    def set_in(tensor, field, value):
        def change(header):
            header[tensor][field] = value
        return change

    def drop(header):
        del header["norms"]

    def extra(header):
        header["hole"] = {"dtype": "F32", "shape": [1], "data_offsets": [size, size + 4]}

    for change, message in (
            (set_in("vectors", "shape", [1 << 50, 3]), "'vectors' makes no sense"),
            (set_in("vectors", "shape", [-1, 3]), "makes no sense"),
            (set_in("vectors", "dtype", "F8"), "makes no sense"),
            (set_in("vectors", "data_offsets", [0, 48]), "begins at byte"),
            (set_in("vectors", "data_offsets", "ab"), "makes no sense"),
            (set_in("keys.hashes", "shape", [2, 2]), "'keys.hashes' is uint64 with shape"),
            (set_in("keys.slots", "shape", [4, 2]), "'keys.slots' is uint32 with shape"),
            (set_in("vectors", "shape", [3, 4]), "has 3 values for 4 keys"),
            (set_in("vectors", "shape", [12]), "'vectors' is float32 with shape"),
            (set_in("__metadata__", "format", "lexarray.vectors 9"), "the file says it is 'lexarray.vectors 9'"),
            (set_in("__metadata__", "format", 1), "the file says it is"),
            (set_in("__metadata__", "class", "os.system"), "'os.system', which this version of lexarray does not know"),
            (drop, "bytes follow|begins at byte|there is no tensor"), (extra, "cut off"),
            (lambda header: [header], "header is not that of a table"), (lambda header: {"a": 1}, "header is not that of a table")):
        path.write_bytes(change_header(data["own"], change))
        for mmap in (None, "r"):
            with pytest.raises(VectorFileError, match="lies.*(" + message + ")"):
                KeyedVectors.load(path, mmap, format="lexarray")
    for start, message in ((1 << 62, "a header of"), (size, "a header of"), (0, "a header of")):
        path.write_bytes(start.to_bytes(8, "little") + data["own"][8:])
        with pytest.raises(VectorFileError, match=message):
            KeyedVectors.load(path, format="lexarray")


def test_contents_of_our_own_format_that_lie(tmp_path):
    kv, data = files()
    path = tmp_path / "lies"
    n = int.from_bytes(data["own"][:8], "little")
    header = json.loads(data["own"][8:8 + n])

    def put(tensor, array):
        start = 8 + n + header[tensor]["data_offsets"][0]
        raw = array.tobytes()
        return data["own"][:start] + raw + data["own"][start + len(raw):]

    for damaged, message in (
            (put("keys.offsets", np.array([0, 1 << 63], np.uint64)), "offsets"),
            (put("keys.offsets", np.array([5], np.uint64)), "offsets"),
            (put("keys.hashes", np.array([1], np.uint64)), "64-bit key is not that of its text|does not find"),
            (put("keys.slots", np.full(8, 0xFFFFFFFF, np.uint32)), "index"),
            (put("keys.slots", np.zeros(8, np.uint32)), "index"),
            (put("keys.text", b"\xff" and np.array([255], np.uint8)), "64-bit key"),
            (put("vectors", np.array([np.nan], np.float32)), "not finite")):
        path.write_bytes(damaged)
        with pytest.raises(VectorFileError, match=message):
            KeyedVectors.load(path)
        load_and_use(path, mmap="r")            # a wrong answer at worst, or an exception
    path.write_bytes(put("keys.slots", np.full(8, 1, np.uint32)))
    mapped = KeyedVectors.load(path, mmap="r")
    assert "not there" not in mapped            # an index without a free slot does not loop
    path.write_bytes(put("keys.offsets", np.array([0, 1 << 63], np.uint64)))
    with pytest.raises(ValueError, match="row 0: its key is said to be bytes"):
        KeyedVectors.load(path, mmap="r").index_to_key[0]


# ---- saving ----

def test_saving_is_atomic(tmp_path, monkeypatch):
    path = tmp_path / "v"
    kv = small()
    kv.save(path)
    before = path.read_bytes()
    os.chmod(path, 0o640)
    mapped = KeyedVectors.load(path, mmap="r")

    def fail(*arguments):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        for save in (kv.save, kv.save_word2vec_format):
            with pytest.raises(OSError, match="disk full"):
                save(path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["v"]
    kv["more"] = [1, 2, 3]
    kv.save(path)                               # while it is mapped
    assert len(mapped) == 4 and mapped["the"].tolist() == kv["the"].tolist()
    assert len(KeyedVectors.load(path)) == 5
    assert path.stat().st_mode & 0o777 == 0o640
    mapped.save(path)
    assert path.read_bytes() == before
    os.symlink(path, tmp_path / "link")
    kv.save(tmp_path / "link")
    assert os.path.islink(tmp_path / "link") and len(KeyedVectors.load(path)) == 5


def test_what_word2vec_cannot_hold_is_refused(tmp_path):
    path = tmp_path / "v"
    for key, what in (("New York", "space"), ("a\nb", "newline"), ("a\tb", "tab"), ("\ud800", "lone surrogate")):
        kv = small()
        kv[key] = [1, 2, 3]
        for binary in (False, True):
            with pytest.raises(ValueError, match=f"the key .*{what}"):
                kv.save_word2vec_format(path, binary=binary)
        kv.save(path)
        assert KeyedVectors.load(path)[key].tolist() == [1, 2, 3]
        os.remove(path)
    with pytest.raises(ValueError, match="space"):
        small().save_word2vec_format(path, prefix="my ")
    wide = KeyedVectors(1, dtype=np.float64)
    wide["x"] = [1e300]
    with pytest.raises(ValueError, match="'x' has a number that is too large for float32"):
        wide.save_word2vec_format(path, binary=True)
    wide["\ufeff"] = [1]
    wide.remove("x")
    with pytest.raises(ValueError, match="byte order mark"):
        wide.save_word2vec_format(path, write_header=False)
    kv = small()
    kv.set_vecattr("the", "notes", ["an", "object"])
    with pytest.raises(TypeError, match="'notes' is object"):
        kv.save(path)
    assert not path.exists()


def test_options_of_save_word2vec_format(tmp_path):
    path, counts = tmp_path / "v", tmp_path / "counts"
    kv = KeyedVectors(1)
    kv.add_vectors(["a", "b", "c"], [[1], [2], [3]])
    for key, count in (("a", 5), ("b", 9), ("c", 5)):
        kv.set_vecattr(key, "count", count)
        kv.set_vecattr(key, "age", -count)
    kv.save_word2vec_format(path, fvocab=counts, prefix="*", total_vec=7)
    assert path.read_text() == "7 1\n*b 2\n*a 1\n*c 3\n"
    assert counts.read_text() == "*b 9\n*a 5\n*c 5\n"
    for key, size in (("a", 2**53), ("b", 2**53 + 1), ("c", 2**53 + 1)):
        kv.set_vecattr(key, "size", size)
    kv.save_word2vec_format(path, sort_attr="size")
    assert path.read_text() == "3 1\nb 2\nc 3\na 1\n"
    kv.save_word2vec_format(path, sort_attr="age", write_header=False)
    assert path.read_text() == "a 1\nc 3\nb 2\n"
    kv.save_word2vec_format(path, sort_attr="nothing", write_header=False, append=True)
    assert path.read_text() == "a 1\nc 3\nb 2\na 1\nb 2\nc 3\n"
    kv.save_word2vec_format(path, fvocab=counts)
    again = KeyedVectors.load_word2vec_format(path, counts)
    assert list(again) == ["b", "a", "c"] and again.expandos["count"].tolist() == [9, 5, 5]
    counts.write_text("a 5\nb\n")
    with pytest.raises(VectorFileError, match="counts, line 2: no word and count, .*: b'b'"):
        KeyedVectors.load_word2vec_format(path, counts)


def test_intersect(tmp_path):
    kv, other = KeyedVectors(2), KeyedVectors(2)
    kv.add_vectors(["a", "b", "c"], [[1, 1], [2, 2], [3, 3]])
    other.add_vectors(["x", "c", "y", "a"], [[9, 9], [8, 8], [7, 7], [6, 6]])
    kv.norms
    for binary in (False, True):
        other.save_word2vec_format(tmp_path / "v", binary=binary)
        kv["a"], kv["c"] = [1, 1], [3, 3]
        kv.intersect_word2vec_format(tmp_path / "v", lockf=0.5)
        assert list(kv) == ["a", "b", "c"] and kv.vectors.tolist() == [[6, 6], [2, 2], [8, 8]]
        assert kv.expandos["lockf"].tolist() == [0.5, 0, 0.5]
        assert np.allclose(kv.norms, np.linalg.norm(kv.vectors, axis=1))
    KeyedVectors(3).save_word2vec_format(tmp_path / "v")
    with pytest.raises(ValueError, match="rows have 3 numbers, those of the table 2"):
        kv.intersect_word2vec_format(tmp_path / "v", binary=False)


# ---- mapping, copying, pickling ----

def test_a_mapped_file_that_shrinks(tmp_path):
    path = tmp_path / "v"
    small().save(path)
    kv = KeyedVectors.load(path, mmap="r")
    os.truncate(path, 100)
    for use in (lambda: kv["the"], lambda: kv[["the"]], lambda: kv[0], lambda: "the" in kv, lambda: list(kv), lambda: kv.vectors,
                lambda: kv.norms, lambda: kv.most_similar("the"), lambda: kv.search(["the"]), lambda: kv.similarity("the", "New"),
                lambda: kv.index_to_key[0], lambda: kv.key_to_index["the"], lambda: repr(kv.key_to_index), lambda: kv.expandos,
                lambda: kv.save(tmp_path / "w"), lambda: kv.__setitem__("x", [1, 2, 3]), lambda: copy.copy(kv)):
        with pytest.raises(VectorFileError, match="has shrunk from .* to 100 bytes"):
            use()
    path.unlink()                               # the mapping holds the file: still its 100 bytes
    with pytest.raises(VectorFileError, match="shrunk"):
        kv["the"]


def test_a_mapped_table_is_copied_when_it_is_changed(tmp_path):
    path = tmp_path / "v"
    small().save(path)
    before = path.read_bytes()
    for change in (lambda kv: kv.add_vector("x", [1, 2, 3]), lambda kv: kv.add_vector("the", [1, 2, 3]), lambda kv: kv.remove("the"),
                   lambda kv: kv.set_vecattr("the", "count", 1), lambda kv: kv.unit_normalize_all(),
                   lambda kv: setattr(kv, "vectors", np.ones((4, 3)))):
        kv, plain = KeyedVectors.load(path, mmap="r"), small()
        assert kv.mapped_file == str(path)
        with pytest.raises(ValueError, match="read-only"):
            kv.vectors[0] = 1
        plain.fill_norms()
        change(kv), change(plain)
        same(plain, kv)
        assert kv.mapped_file is None and path.read_bytes() == before


@pytest.mark.parametrize("mmap", [None, "r"])
def test_copies_and_pickles(tmp_path, mmap):
    path = tmp_path / "v"
    kv = small()
    kv.set_vecattr("the", "count", 5)
    kv.save(path)
    kv = KeyedVectors.load(path, mmap)
    kv.note = ["mine"]
    for other in (copy.copy(kv), copy.deepcopy(kv), *(pickle.loads(pickle.dumps(kv, protocol)) for protocol in (2, 5))):
        same(kv, other)
        assert other.expandos["count"].tolist() == [5, 0, 0, 0] and other.note == ["mine"]
        other["new"] = [1, 2, 3]
        other["the"] = [9, 9, 9]
        assert "new" not in kv and kv["the"].tolist() == small()["the"].tolist()
    assert copy.deepcopy(kv).note is not kv.note
    if mmap:
        assert len(pickle.dumps(kv)) < 400 and pickle.loads(pickle.dumps(kv)).mapped_file == str(path)


def test_another_process_maps_the_same_file(tmp_path):
    path = tmp_path / "v"
    small().save(path)
    pickled = tmp_path / "pickled"
    pickled.write_bytes(pickle.dumps(KeyedVectors.load(path, mmap="r")))
    code = f"import pickle; kv = pickle.load(open({str(pickled)!r}, 'rb')); print(kv.mapped_file, kv['the'].tolist())"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split()[0] == str(path)


def test_our_own_file_is_a_safetensors_file(tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    kv = small()
    kv.save(tmp_path / "v")
    tensors = safetensors.load_file(tmp_path / "v")
    assert np.array_equal(tensors["vectors"], kv.vectors) and np.array_equal(tensors["norms"], kv.norms)
    text, offsets = tensors["keys.text"].tobytes(), tensors["keys.offsets"]
    assert [text[a:b].decode() for a, b in zip(offsets, offsets[1:])] == list(kv)
    assert own.read(tmp_path / "v").metadata["format"] == own.FORMAT


# ---- while others change the table ----

def test_saves_and_copies_while_others_change_the_table(tmp_path):
    # The row of key "12" is [12, 1], and so is its count.
    kv = KeyedVectors(2)
    kv.add_vectors([str(i) for i in range(300)], [[i, 1] for i in range(300)], extras={"count": np.arange(300)})
    stop = threading.Event()

    def change():
        i = 300
        while not stop.is_set():
            kv.add_vectors([str(i), str(i + 1)], [[i, 1], [i + 1, 1]], extras={"count": [i, i + 1]})
            if i % 6 == 0:
                kv.remove([key for key in list(kv)[::7] if int(key) >= 150])
            if i % 10 == 0:
                kv.sort_by_descending_frequency()
            i += 2

    def check(other, counts=True):
        other.keys.check()
        keys = [int(key) for key in other]
        assert len(keys) >= 150 and other.vectors.tolist() == [[key, 1] for key in keys]
        assert not counts or other.expandos["count"].tolist() == keys
        assert np.allclose(other.norms, np.linalg.norm(other.vectors, axis=1))

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for i in range(25):
            kv.save(tmp_path / "own")
            check(KeyedVectors.load(tmp_path / "own"))
            kv.save_word2vec_format(tmp_path / "v", binary=i % 2 == 0, fvocab=tmp_path / "counts")
            check(KeyedVectors.load_word2vec_format(tmp_path / "v", fvocab=tmp_path / "counts"))
            check(copy.copy(kv)), check(copy.deepcopy(kv)), check(pickle.loads(pickle.dumps(kv)))
    finally:
        stop.set()
        thread.join()


# ---- hostile and odd files ----

def write(path, data):
    path.write_bytes(data)
    return path


def test_many_newlines_before_a_word_of_a_binary_file(tmp_path):
    row = struct.pack("<f", 1)
    path = write(tmp_path / "v", b"2 1\na " + row + b"\n" * (9 << 20) + b"b " + row)
    assert list(KeyedVectors.load(path, format="word2vec-binary")) == ["a", "b"]
    write(path, b"1 1\n" + b"\n" * (9 << 20))
    with pytest.raises(VectorFileError, match="ends in row 0"):
        KeyedVectors.load(path, format="word2vec-binary")


def test_binary_files_with_newlines_among_the_numbers_are_recognised(tmp_path):
    numbers = np.array([0x3dcccc0a, 0x3dcccc01, 0x3dcccc02], "u4")
    path = write(tmp_path / "v", b"1 3\nthe " + numbers.tobytes())
    assert KeyedVectors.load(path)["the"].tolist() == numbers.view("f4").tolist()
    rng = np.random.default_rng(0)
    for size in (1, 2, 3, 50):
        rows = rng.standard_normal((40, size)).astype(np.float32)
        rows.view(np.uint8)[rng.random((40, 4 * size)) < 0.2] = 10
        rows[~np.isfinite(rows)] = 1
        rows[-1] = 0
        kv = KeyedVectors(size)
        kv.add_vectors([f"w{i}" for i in range(40)], rows)
        kv.save_word2vec_format(path, binary=True)
        same(kv, KeyedVectors.load(path))


def test_wide_rows_and_words_like_magic_numbers_are_recognised(tmp_path):
    wide = KeyedVectors(20_000)
    rng = np.random.default_rng(1)
    wide.add_vectors(["a", "b"], rng.standard_normal((2, 20_000)) * 1e-5)
    long = KeyedVectors(2)
    long.add_vectors(["x" * 100_000, "b"], [[1, 2], [3, 4]])
    for kv in (wide, long):
        for header in (True, False):
            kv.save_word2vec_format(tmp_path / "v", write_header=header)
            same(kv, KeyedVectors.load(tmp_path / "v"))
    for word in ("BZh", "BZh9", "PAR1", "7z"):
        path = write(tmp_path / "v", f"{word} 1 2\nthe 3 4\n".encode())
        assert list(KeyedVectors.load(path)) == [word, "the"]
    write(path, b"PAR1\x15\0\x15" + b"\0" * 30)
    with pytest.raises(VectorFileError, match="Parquet"):
        KeyedVectors.load(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no such files")
@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress])
def test_pipes(tmp_path, compress):
    os.mkfifo(tmp_path / "pipe")
    for binary in (False, True):
        small().save_word2vec_format(tmp_path / "v", binary=binary)
        data = compress((tmp_path / "v").read_bytes())
        thread = threading.Thread(target=lambda data=data: (tmp_path / "pipe").write_bytes(data))
        thread.start()
        same(small(), KeyedVectors.load(tmp_path / "pipe"))
        thread.join()


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="the system has no such file")
def test_an_endless_file():
    with pytest.raises(VectorFileError, match="no format that lexarray knows"):
        KeyedVectors.load("/dev/zero")


def test_first_rows_that_look_like_a_header(tmp_path):
    path = tmp_path / "v"
    kv = KeyedVectors(2)
    kv.add_vectors(["", "b"], [[1, 2], [3, 4]])
    kv.save_word2vec_format(path, write_header=False)
    same(kv, KeyedVectors.load(path))
    write(path, b"1 2\n10 20\n30 40\n")
    assert list(KeyedVectors.load(path)) == ["1", "10", "30"]
    kv = KeyedVectors(1)
    kv.add_vectors(["1", "b"], [[1], [3]])
    with pytest.raises(ValueError, match="the first row, of '1', looks like a header"):
        kv.save_word2vec_format(path, write_header=False)
    kv["1"] = [1.5]
    kv.save_word2vec_format(path, write_header=False)
    same(kv, KeyedVectors.load(path))


@pytest.mark.parametrize("compress", [lambda data: gzip.compress(data, 1), lambda data: bz2.compress(data, 1),
                                      lambda data: lzma.compress(data, preset=0)])
@pytest.mark.parametrize("binary", [False, True])
def test_damaged_compressed_files(tmp_path, compress, binary):
    rng = np.random.default_rng(2)
    kv = KeyedVectors(4)
    kv.add_vectors([f"w{i}" for i in range(20_000)], rng.standard_normal((20_000, 4)))
    kv.save_word2vec_format(tmp_path / "v", binary=binary)
    data = (tmp_path / "v").read_bytes()
    half = len(data) // 2
    path = tmp_path / "compressed"
    for good in (compress(data), compress(data[:half]) + compress(data[half:]), compress(data) + b"\0" * 8):
        same(kv, KeyedVectors.load(write(path, good)))
    for bad in (compress(data) + b"garbage", compress(data[:half]) + b"BZh" + compress(data[half:])):
        with pytest.raises(VectorFileError, match="damaged after .* bytes of its content: what follows its end"):
            KeyedVectors.load(write(path, bad))
    cut = compress(data)
    write(path, cut[:len(cut) * 9 // 10])
    assert list(KeyedVectors.load(path, limit=3000)) == list(kv)[:3000]
    with pytest.raises(VectorFileError, match=r"damaged after [\d,]{6,} bytes of its content"):
        KeyedVectors.load(path)


@pytest.mark.parametrize(("text", "number"), [
    ("0." + "0" * 400 + "1", 0.0), ("-1e-400", -0.0), ("0." + "0" * 400 + "1e401", 1.0), ("1" + "0" * 400 + "e-400", 1.0),
    ("1" + "0" * 20 + "e-400", 0.0)])
def test_numbers_beyond_float64(tmp_path, text, number):
    kv = KeyedVectors.load(write(tmp_path / "v", f"1 1\nword {text}\n".encode()), datatype=np.float64)
    assert kv["word"][0] == number and np.signbit(kv["word"][0]) == np.signbit(number)


@pytest.mark.parametrize(("text", "message"), [
    ("1" + "0" * 400 + "e-10", "as number 0, which is not finite"), ("nan(abc)", r"'nan\(abc\)' as number 0"),
    ("-infinity", "'-infinity' as number 0"), ("\u0661", "ends in 0 numbers"), ("1_0", "ends in 0 numbers")])
def test_numbers_that_are_refused(tmp_path, text, message):
    with pytest.raises(VectorFileError, match="line 2: .*" + message):
        KeyedVectors.load(write(tmp_path / "v", f"1 1\nword {text}\n".encode()), format="word2vec-text")


def test_float32_is_not_rounded_twice(tmp_path):
    values = np.array([0x15ae43fd, 0x00000001, 0x00000003, 0x007fffff, 0x7f7fffff], np.uint32).view(np.float32)
    texts = ["7.038531e-26", "1e-45", "4e-45", "1.1754942e-38", "3.4028235677973366163753939545814e38"]
    write(tmp_path / "v", "".join([f"1 {len(values)}\nx", *(f" {text}" for text in texts), "\n"]).encode())
    assert KeyedVectors.load(tmp_path / "v")["x"].tolist() == values.tolist()
    exact = 1 + 2.0 ** -24              # half way between two; a little more is rounded up
    write(tmp_path / "v", b"1 2\nx 1.000000059604644775390625 1.00000005960464477539062500000000000001\n")
    assert float(exact) and KeyedVectors.load(tmp_path / "v")["x"].tolist() == [1, 1 + 2.0 ** -23]


def test_rows_with_too_many_numbers(tmp_path):
    for extra in ("inf", "nan", "1E5", "1.", "-.5"):
        path = write(tmp_path / "v", f"1 2\nword {extra} 1 2\n".encode())
        with pytest.raises(VectorFileError, match="line 2: the row of 'word' has 3 numbers, not 2"):
            KeyedVectors.load(path)
    write(path, b"2 2\na 1 2 3\nb 4 5 6\n")
    with pytest.raises(VectorFileError, match="line 1: the header says rows of 2 numbers, but the rows have 3"):
        KeyedVectors.load(path)
    write(path, b"2 2\nwindows 95 1 2\nb 4 5\n")
    assert list(KeyedVectors.load(path)) == ["windows 95", "b"]


def test_appending(tmp_path):
    kv, path = small(), tmp_path / "v"
    write(path, b"5 3\nx 1 2 3")
    with pytest.raises(ValueError, match="append with write_header=False"):
        kv.save_word2vec_format(path, append=True)
    assert path.read_bytes() == b"5 3\nx 1 2 3"
    kv.save_word2vec_format(path, append=True, write_header=False)
    assert list(KeyedVectors.load(path)) == ["x", *kv]
    before = path.read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        from lexarray.vectors.io import word2vec_text

        def fail(file, *arguments, **options):
            file.write(b"half")
            raise OSError("disk full")

        patch.setattr(word2vec_text, "write", fail)
        with pytest.raises(OSError, match="disk full"):
            kv.save_word2vec_format(path, append=True, write_header=False)
    assert path.read_bytes() == before
    kv.save_word2vec_format(tmp_path / "new", append=True)
    same(kv, KeyedVectors.load(tmp_path / "new"))


def test_sizes_that_are_not_there(tmp_path):
    path = tmp_path / "v"
    for data, message in ((b"1 1000000\n" + b"\n" * 600_000, "take at least|ends after 0"),
                          (b"1 99999999999999\na 1\n", "more than a line has")):
        for limit in (None, 1):
            with pytest.raises(VectorFileError, match=message):
                KeyedVectors.load(write(path, data), format="word2vec-text", limit=limit)
    # Blank lines take no rows.
    write(path, b"1 200000\n" + b"\n" * 600_000 + b"a" + b" 1" * 200_000 + b"\n")
    assert KeyedVectors.load(path, format="word2vec-text")["a"].sum() == 200_000
    _, data = files()
    write(path, change_header(data["own"], lambda header: header["vectors"].update(shape=[10 ** 30, "x"])))
    with pytest.raises(VectorFileError, match="makes no sense"):
        KeyedVectors.load(path)


def test_norms_that_lie(tmp_path):
    _, data = files()
    n = int.from_bytes(data["own"][:8], "little")
    at = 8 + n + json.loads(data["own"][8:8 + n])["norms"]["data_offsets"][0]
    path = write(tmp_path / "v", data["own"][:at] + struct.pack("<f", 77) + data["own"][at + 4:])
    with pytest.raises(VectorFileError, match="the row of 'the' is said to have the length 77.0"):
        KeyedVectors.load(path)


class MyVectors(KeyedVectors):
    """A class of somebody else's."""


def test_classes_that_extend_ours(tmp_path):
    small().save(tmp_path / "plain")
    mine = MyVectors.load(tmp_path / "plain")
    assert type(mine) is MyVectors
    mine.save(tmp_path / "mine")
    assert own.read(tmp_path / "mine").metadata["class"] == "KeyedVectors"
    assert type(KeyedVectors.load(tmp_path / "mine")) is KeyedVectors
    assert type(pickle.loads(pickle.dumps(mine))) is type(copy.copy(mine)) is MyVectors
    type("KeyedVectors", (MyVectors,), {})          # replaces nothing
    assert type(KeyedVectors.load(tmp_path / "mine")) is KeyedVectors


def test_paths(tmp_path):
    kv = small()
    path = os.fsencode(tmp_path / ("n" * 250))
    kv.save(path)
    same(kv, KeyedVectors.load(path))
    same(kv, KeyedVectors.load(path, mmap="r"))
    kv.save_word2vec_format(path)
    same(kv, KeyedVectors.load(path))
    mask = os.umask(0o027)
    try:
        kv.save(tmp_path / "new")
    finally:
        os.umask(mask)
    assert os.name != "posix" or (tmp_path / "new").stat().st_mode & 0o777 == 0o640


def test_counts_that_are_none(tmp_path):
    kv, path, counts = small(), tmp_path / "v", tmp_path / "counts"
    kv.save_word2vec_format(path)
    for data in (b"the 1.5\n", b"the 9223372036854775808\n", b"th\xffe 1\n", "the \u0661\n".encode()):
        with pytest.raises(VectorFileError, match="counts, line 2"):
            KeyedVectors.load_word2vec_format(path, fvocab=write(counts, b"New 1\n" + data))
    write(counts, gzip.compress(b"the 5\n"))
    assert KeyedVectors.load_word2vec_format(path, fvocab=counts).get_vecattr("the", "count") == 5
    kv["x" * 65_536] = [1, 2, 3]
    with pytest.raises(ValueError, match="must be shorter than 65,536"):
        kv.save_word2vec_format(path, binary=True)


@pytest.mark.parametrize("threads", ["2", 1.5, -1, 0])
def test_arguments_that_make_no_sense(tmp_path, threads):
    path = write(tmp_path / "v", b"a 1\nb 2\n")
    with pytest.raises(ValueError, match="threads: None or a whole number"):
        KeyedVectors.load(path, threads=threads)
    with pytest.raises(TypeError, match="encoding and unicode_errors are str"):
        KeyedVectors.load(path, encoding=None)


def test_a_pickle_of_a_mapped_table_notices_another_file(tmp_path):
    small().save(tmp_path / "v")
    data = pickle.dumps(KeyedVectors.load(tmp_path / "v", mmap="r"))
    same(small(), pickle.loads(data))
    other = small()
    other["the"] = [5, 5, 5]
    other.save(tmp_path / "v")
    os.utime(tmp_path / "v", ns=(0, 12345))
    with pytest.raises(VectorFileError, match="not the one that was mapped"):
        pickle.loads(data)


def test_our_own_file_in_parts(tmp_path):
    kv = KeyedVectors(3, dtype=np.float64)
    kv.add_vectors([f"w{i}" for i in range(1000)], np.arange(3000).reshape(1000, 3), extras={"count": np.arange(1000)})
    kv.save(tmp_path / "v")
    for limit in (0, 1, 999, 1000, 2000):
        for dtype in (None, np.float32):
            part = KeyedVectors.load(tmp_path / "v", limit=limit, datatype=dtype)
            part.keys.check()
            assert list(part) == list(kv)[:limit] and np.array_equal(part.vectors, kv.vectors[:limit])
            assert part.dtype == (dtype or np.float64) and np.array_equal(part.expandos["count"], np.arange(1000)[:limit])
    kv["w7"] = [1, 1e300, 1]
    kv.save(tmp_path / "v")
    with pytest.raises(VectorFileError, match="'vectors', row 7: number 1 is 1e.300, which is too large for float32"):
        KeyedVectors.load(tmp_path / "v", datatype=np.float32)
