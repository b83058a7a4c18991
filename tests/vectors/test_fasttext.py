"""fastText's binary models, read, and the table that is made of them; the reader against damaged files."""

import bz2
import copy
import gzip
import itertools
import lzma
import os
import pickle
import random
import threading

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from lexarray.errors import VectorFileError
from lexarray.vectors import FastTextKeyedVectors, KeyedVectors, load_facebook_vectors
from lexarray.vectors.io import fasttext_bin, own
from lexarray.vectors.io.streams import open_stream
from reference import subwords as slow
from vectors.fasttext_files import MAGIC, model

WORDS = ["the", "</s>", "tea", "Straße", "чай", "茶", "\U0001f375", "a b"]
RANDOM = np.random.default_rng(7)
ROWS = RANDOM.normal(size=(len(WORDS), 5)).astype("f4")
NGRAMS = RANDOM.normal(size=(20, 5)).astype("f4")
UNSEEN = ["teas", "", "x", "чаю", "\U0001f375\U0001f375", "\ud800", "е́", "tea" * 50, "</S>"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.bin"


def load(path, data, **options):
    path.write_bytes(data)
    return load_facebook_vectors(path, **options)


def expected(word, own=None, min_n=3, max_n=6, ngrams=NGRAMS):
    return slow.vector(word, ngrams, min_n, max_n, own)


def close(found, wanted):
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6)


# ---- right files ----

@pytest.mark.parametrize("version", [0, 11, 12])
@pytest.mark.parametrize("kind", [1, 2])
@pytest.mark.parametrize(("min_n", "max_n"), [(3, 6), (0, 2), (1, 1), (5, 2), (0, 0)])
def test_models_of_words(path, version, kind, min_n, max_n):
    kv = load(path, model(WORDS, ROWS, NGRAMS, version=version, kind=kind, min_n=min_n, max_n=max_n))
    assert list(kv.index_to_key) == WORDS
    assert isinstance(kv, KeyedVectors)
    assert kv.vectors.dtype == np.float32
    assert [kv.get_vecattr(word, "count") for word in WORDS] == list(range(len(WORDS), 0, -1))
    assert (kv.min_n, kv.max_n) == (min_n, max_n)
    has_ngrams = max(1, min_n) <= max_n
    assert kv.bucket == (len(NGRAMS) if has_ngrams else 0)
    assert kv.vectors_ngrams.tolist() == (NGRAMS.tolist() if has_ngrams else [])
    for word, own in zip(WORDS, ROWS):
        if word == "</s>" and version:
            assert kv[word].tolist() == own.tolist()            # as fastText itself shows
        else:
            close(kv[word], expected(word, own, min_n, max_n))
    close(kv.vectors_vocab, ROWS)
    for word in UNSEEN:
        assert not kv.has_index_for(word)
        assert (word in kv) == bool(has_ngrams and slow.ngrams(word, min_n, max_n))
        if has_ngrams:
            close(kv[word], expected(word, None, min_n, max_n))
        else:
            with pytest.raises(KeyError, match="not present"):
                kv[word]


@pytest.mark.parametrize("version", [0, 11, 12])
@pytest.mark.parametrize(("word_ngrams", "min_n", "max_n"), [(1, 0, 0), (2, 0, 0), (1, 2, 4), (2, 2, 4)])
def test_classifiers(path, version, word_ngrams, min_n, max_n):
    ngrams = NGRAMS if max_n or word_ngrams > 1 else NGRAMS[:0]
    kv = load(path, model(WORDS, ROWS, ngrams, labels=["__label__a", "__label__b"], kind=3, version=version, min_n=min_n,
                          max_n=max_n, word_ngrams=word_ngrams))
    assert list(kv.index_to_key) == WORDS
    old = version < 12
    for word, own in zip(WORDS, ROWS):
        if old or not max_n or word == "</s>":
            assert kv[word].tolist() == own.tolist()
        else:
            close(kv[word], expected(word, own, min_n, max_n))
    assert ("unseen" in kv) == bool(max_n and not old)
    assert "__label__a" not in kv.key_to_index


@pytest.mark.parametrize("opener", [gzip.open, bz2.open, lzma.open])
def test_compressed(tmp_path, opener, monkeypatch):
    monkeypatch.setattr(fasttext_bin, "UNSURE", 64)             # so that the matrices grow
    monkeypatch.setattr(fasttext_bin, "BLOCK", 64)
    path = tmp_path / "model.bin.packed"
    data = model(WORDS, ROWS, NGRAMS)
    with opener(path, "wb") as file:
        file.write(data)
    kv = load_facebook_vectors(path)
    plain = load(tmp_path / "model.bin", data)
    assert list(kv.index_to_key) == WORDS
    assert kv.vectors.tolist() == plain.vectors.tolist() and kv.vectors_ngrams.tolist() == NGRAMS.tolist()
    for cut in (20, 70, 130, 300, len(data) - 200, len(data) - 1):
        with opener(path, "wb") as file:
            file.write(data[:cut])
        with pytest.raises(VectorFileError, match="byte .*(ends|end)"):
            load_facebook_vectors(path)
    damaged = bytearray(data)
    damaged[8 + 32:8 + 36] = (2**31 - 1).to_bytes(4, "little")      # a bucket for each of 2 thousand million
    with opener(path, "wb") as file:
        file.write(damaged)
    with pytest.raises(VectorFileError, match="where 8 words and 2,147,483,647 buckets"):
        load_facebook_vectors(path)


def test_limit(path):
    data = model(WORDS, ROWS, NGRAMS, labels=["__label__x"], kind=3)
    whole = load(path, data)
    for limit in (0, 1, 3, len(WORDS), 100):
        kv = load(path, data, limit=limit)
        assert list(kv.index_to_key) == WORDS[:limit]
        assert kv.vectors.tolist() == whole.vectors[:limit].tolist()
        assert kv["teas"].tolist() == whole["teas"].tolist()
    for limit in (-1, 1.5, "2"):
        with pytest.raises(ValueError, match="limit"):
            load(path, data, limit=limit)


def test_many_words_and_small_blocks(path, monkeypatch):
    monkeypatch.setattr(fasttext_bin, "BLOCK", 100)
    words = [f"w{i}" * (1 + i % 40) for i in range(500)]
    rows = RANDOM.normal(size=(500, 3)).astype("f4")
    kv = load(path, model(words, rows, NGRAMS[:, :3].copy()))
    assert list(kv.index_to_key) == words
    for i in range(0, 500, 50):
        close(kv[words[i]], expected(words[i], rows[i], ngrams=NGRAMS[:, :3]))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_numbers_of_another_dtype(path, dtype):
    path.write_bytes(model(WORDS, ROWS, NGRAMS))
    with open_stream(path) as stream:
        parts = fasttext_bin.read(stream, dtype=dtype)
    assert parts.vectors.dtype == parts.others["vectors_ngrams"].dtype == dtype
    np.testing.assert_allclose(parts.vectors[2], expected("tea", ROWS[2]), atol=1e-2)
    path.write_bytes(model(WORDS, ROWS * 1e6, NGRAMS))
    with open_stream(path) as stream:
        if dtype == np.float16:
            with pytest.raises(VectorFileError, match="'the' is .* too large for float16"):
                fasttext_bin.read(stream, dtype=dtype)
        else:
            fasttext_bin.read(stream, dtype=dtype)


def test_words_in_another_encoding(path):
    words = ["který", "čaj"]
    data = model([word.encode("cp852") for word in words], ROWS[:2], NGRAMS)
    with pytest.raises(VectorFileError, match=r"byte \d+: the word b'kter.*not utf-8.*encoding="):
        load(path, data)
    kv = load(path, data, encoding="cp852")
    assert list(kv.index_to_key) == words
    close(kv["čaj"], expected("čaj", ROWS[1]))
    assert list(load(path, data, unicode_errors="backslashreplace").index_to_key) == [r"kter\xec", r"\x9faj"]
    assert list(load(path, data, unicode_errors="surrogateescape").index_to_key) == ["kter\udcec", "\udc9faj"]
    data = model([b"\xff", b"\xfe"], ROWS[:2], NGRAMS)
    with pytest.raises(VectorFileError, match="has come already, as word 1; .*unicode_errors='surrogateescape'"):
        load(path, data, unicode_errors="replace")
    assert len(load(path, data, unicode_errors="surrogateescape")) == 2


def test_no_words_and_an_empty_word(path):
    kv = load(path, model([], ROWS[:0], NGRAMS))
    assert len(kv) == 0 and kv.vectors.shape == (0, 5)
    close(kv["tea"], expected("tea"))
    assert kv.most_similar("tea") == []
    kv = load(path, model(["", "x"], ROWS[:2], NGRAMS))
    assert kv[""].tolist() == ROWS[0].tolist()


# ---- wrong files ----

@pytest.mark.parametrize(("change", "message"), [
    ({"magic": MAGIC + 1}, "byte 0: no binary model of fastText.*KeyedVectors.load"),
    ({"version": 13}, "byte 4: the file is of version 13"),
    ({"dim": 0}, "byte 8: dim is 0"),
    ({"dim": -5}, "byte 8: dim is -5"),
    ({"dim": 4}, "a matrix of 28 x 5 numbers, where 8 words and 20 buckets of 4"),
    ({"dim": 2**31 - 1}, "dim is 2,147,483,647"),
    ({"kind": 0}, "byte 36: model is 0"),
    ({"kind": 4}, "model is 4"),
    ({"bucket": -1}, "byte 40: bucket is -1"),
    ({"bucket": 19}, "where 8 words and 19 buckets"),
    ({"min_n": -1}, "minn is -1"),
    ({"max_n": 101}, "byte 48: maxn is 101"),
    ({"t": float("nan")}, "byte 56: t is nan"),
    ({"tokens": -1}, "made of -1 tokens"),
    ({"size": 7}, "a dictionary of 7 entries for 8 words and 0 labels"),
    ({"size": -1, "n_words": -1}, "a dictionary of -1 entries"),
    ({"size": 9, "n_words": 9}, "entry 9|type|times|numbers"),
    ({"size": 2**31 - 1, "n_words": 2**31 - 1}, "takes at least 21,474,836,470 bytes"),
    ({"n_words": 7, "n_labels": 1}, "entry 8 of the dictionary, b'a b', is of type 0"),
    ({"types": [0] * 7 + [1]}, "entry 8 of the dictionary, b'a b', is of type 1"),
    ({"types": [2] + [0] * 7}, "byte 92: entry 1 of the dictionary, b'the', is of type 2"),
    ({"counts": [3, 2, -1, 1, 1, 1, 1, 1]}, "the word b'tea' is said to have come -1 times"),
    ({"pruned": 3}, "byte 84: the n-grams are pruned to 3, as in quantised models.*print-word-vectors"),
    ({"quantised": 1}, r"the model is quantised \(.ftz\).*load the .bin"),
    ({"quantised": 7}, "0 or 1"),
    ({"shape": (28, 4)}, "28 x 4 numbers"),
    ({"shape": (-28, -5)}, "-28 x -5 numbers"),
    ({"shape": (2**62, 5)}, "numbers, where"),
    ({"words": ["the", "</s>", "tea", "the", "b", "c", "d", "e"]}, r"byte \d+: the word 'the' has come already, as word 1;"),
    ({"words": [b"the", b"\xc3", *WORDS[2:]]}, r"byte 105: the word b'\\xc3' is not utf-8"),
    ({"words": [b"\xc3", b"\xa4", *WORDS[2:]]}, r"byte 92: the word b'\\xc3' is not utf-8"),
    ({"words": [b"\xed\xa0\x80", *WORDS[1:]]}, "not utf-8"),
])
def test_wrong_files(path, change, message):
    arguments = {"words": WORDS, "rows": ROWS, "ngrams": NGRAMS} | change
    with pytest.raises(VectorFileError, match=message) as error:
        load(path, model(**arguments))
    assert str(error.value).startswith(str(path))


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite(path, number):
    rows, ngrams = ROWS.copy(), NGRAMS.copy()
    rows[2, 3] = number
    data = model(WORDS, rows, ngrams)
    at = data.index(rows.tobytes()) + (2 * 5 + 3) * 4
    with pytest.raises(VectorFileError, match=f"byte {at}: number 3 in the row of the word 'tea' is {number}"):
        load(path, data)
    assert len(load(path, data, limit=2)) == 2
    ngrams[7, 0] = number
    with pytest.raises(VectorFileError, match=f"number 0 in the row of the n-grams' bucket 7 is {number}"):
        load(path, model(WORDS, ROWS, ngrams))


def test_more_after_the_end_and_a_wrong_output_layer(path):
    data = model(WORDS, ROWS, NGRAMS)
    with pytest.raises(VectorFileError, match="more follows the output layer: b'more'"):
        load(path, data + b"more")
    end = len(data) - 20 - 16
    for shape in (-1, 2**62):
        with pytest.raises(VectorFileError, match="output layer"):
            load(path, data[:end] + shape.to_bytes(8, "little", signed=True) + data[end + 8:])


def test_an_empty_file_none_and_a_folder(path):
    with pytest.raises(VectorFileError, match="byte 0"):
        load(path, b"")
    with pytest.raises(FileNotFoundError):
        load_facebook_vectors(path.with_name("nothing.bin"))
    with pytest.raises(OSError):
        load_facebook_vectors(path.parent)


def small_models():
    yield model(["tea", "</s>", "чай"], ROWS[:3], NGRAMS[:4])
    yield model(["tea", "</s>", "чай"], ROWS[:3], NGRAMS[:4], version=0)
    yield model(["tea", "b"], ROWS[:2], NGRAMS[:2], labels=["__label__a"], kind=3, word_ngrams=2, min_n=0, max_n=0)


@pytest.mark.parametrize("data", list(small_models()), ids=["plain", "old", "classifier"])
def test_every_prefix(path, data):
    for length in range(len(data)):
        with pytest.raises(VectorFileError, match=r"byte \d"):
            load(path, data[:length])
    assert len(load(path, data)) in (2, 3)


@pytest.mark.parametrize("data", list(small_models()), ids=["plain", "old", "classifier"])
def test_random_damage(path, data):
    draw = random.Random(len(data))
    loaded = 0
    for _ in range(int(os.environ.get("LEXARRAY_CORRUPTIONS", 1000))):
        damaged = bytearray(data)
        for _ in range(draw.choice((1, 1, 1, 2, 5))):
            how, at = draw.randrange(4), draw.randrange(max(1, len(damaged) - 8))
            if draw.random() < 0.5:
                at = min(at, draw.randrange(92))            # the sizes are where it matters
            if how == 0:
                damaged[at] ^= 1 << draw.randrange(8)
            elif how == 1:
                damaged[at] = draw.choice((0, 1, 0x7F, 0x80, 0xFF))
            elif how == 2:
                damaged[at:at + 4] = draw.choice((0, 1, -1, 2**31 - 1, -2**31, 1 << 20)).to_bytes(4, "little", signed=True)
            else:
                damaged[at:at + draw.randrange(9)] = draw.randbytes(draw.randrange(9))
        try:
            kv = load(path, bytes(damaged))
        except (ValueError, OSError):
            continue
        loaded += 1
        assert np.isfinite(kv.vectors).all() and np.isfinite(kv["unseen"] if "unseen" in kv else 0).all()
        assert len(list(kv.index_to_key)) == len(kv) == len(kv.vectors)
    assert loaded                                           # some damage is to a number, which nobody can see


# ---- the table ----

def table():
    kv = FastTextKeyedVectors(5, 3, 6, len(NGRAMS))
    kv.add_vectors(WORDS, np.zeros((len(WORDS), 5)))
    kv.vectors_ngrams = NGRAMS
    kv.vectors_vocab = ROWS
    return kv


def test_a_table_made_by_hand():
    kv = FastTextKeyedVectors(5, 3, 6, 20)
    assert kv.vectors_ngrams.shape == (20, 5) and not kv.vectors_ngrams.any()
    assert "teas" in kv and kv["teas"].tolist() == [0] * 5 and len(kv) == 0
    for order in itertools.permutations(("vectors_ngrams", "vectors_vocab")):
        kv = FastTextKeyedVectors(5, 3, 6, 20)
        kv.add_vectors(WORDS, np.ones((len(WORDS), 5)))
        for name in order:
            setattr(kv, name, {"vectors_ngrams": NGRAMS, "vectors_vocab": ROWS}[name])
        kv.adjust_vectors()
        kv.recalc_char_ngram_buckets()
        for word, own in zip(WORDS, ROWS):
            close(kv[word], expected(word, own))
        np.testing.assert_allclose(kv.vectors_vocab, ROWS, atol=1e-5)
    for name, wrong in (("vectors_ngrams", np.ones((3, 4))), ("vectors_ngrams", np.full((3, 5), np.nan)),
                        ("vectors_ngrams", np.ones(5)), ("vectors_vocab", np.ones((2, 5)))):
        with pytest.raises(ValueError, match=name):
            setattr(kv, name, wrong)
    with pytest.raises(ValueError):
        kv.vectors_ngrams[0] = 1
    for arguments in ((0, 3, 6, 5), (5, -1, 6, 5), (5, 3, 101, 5), (5, 3, 6, -1), (5, 3, 6, 1.5)):
        with pytest.raises(ValueError):
            FastTextKeyedVectors(*arguments)
    with pytest.raises(TypeError):
        FastTextKeyedVectors(5, 3, 6, 5, dtype=np.int32)


def test_the_vector_of_a_word():
    kv = table()
    for word in UNSEEN:
        vector = kv.get_vector(word)
        close(vector, expected(word))
        assert not vector.flags.writeable and vector.dtype == np.float32
        unit = kv.get_vector(word, norm=True)
        assert not unit.flags.writeable
        close(unit, vector / (np.linalg.norm(vector) or 1))
    assert kv[["teas", "tea", 2]].tolist() == [kv["teas"].tolist(), kv["tea"].tolist(), kv["tea"].tolist()]
    assert kv[UNSEEN].tolist() == [kv[word].tolist() for word in UNSEEN]
    assert kv[[]].shape == (0, 5) and kv[("tea", "the")].shape == (2, 5)
    assert kv[iter(["tea", "teas"])].shape == (2, 5)
    assert kv.get_vector(0).tolist() == kv["the"].tolist()
    assert 7 in kv and 8 not in kv and -1 not in kv and None not in kv
    for key, error in ((8, KeyError), (None, TypeError), (b"tea", TypeError)):
        with pytest.raises(error):
            kv.get_vector(key)
        with pytest.raises(error):
            kv[["teas", key]]


def test_queries_take_unseen_words():
    kv = table()
    vector = kv["teas"]
    assert kv.most_similar("teas", topn=3) == kv.most_similar([vector], topn=3)
    found = kv.most_similar(["teas", "чаю"], ["x y"], topn=3)
    units = [kv.get_vector(word, norm=True) for word in ("teas", "чаю", "x y")]
    wanted = kv.most_similar(units[:2], units[2:], topn=3)
    assert [word for word, _ in found] == [word for word, _ in wanted]
    assert [score for _, score in found] == pytest.approx([score for _, score in wanted], abs=1e-6)
    assert len(kv.most_similar("teas", topn=100)) == len(WORDS)          # none of them is the word itself
    assert kv.similarity("teas", "teas") == pytest.approx(1)
    a, b = kv["teas"], kv["tea"]
    assert kv.similarity("teas", "tea") == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b), abs=1e-6)
    assert kv.distance("teas", "tea") == pytest.approx(1 - kv.similarity("teas", "tea"))
    assert kv.n_similarity(["teas"], ["tea"]) == pytest.approx(kv.similarity("teas", "tea"), abs=1e-6)
    assert kv.most_similar_to_given("teas", ["чаю", "teas", "x"]) == "teas"
    assert kv.distances("teas", ["teas", "tea"]) == pytest.approx([0, kv.distance("teas", "tea")], abs=1e-6)
    assert kv.doesnt_match(["teas", "teas", "чаю"]) in ("teas", "чаю")
    given = kv.vectors_for_all(["teas", "tea", "", "teas"])
    assert type(given) is KeyedVectors and list(given.index_to_key) == ["teas", "tea", ""]
    assert given["teas"].tolist() == kv["teas"].tolist()
    assert list(kv.vectors_for_all(["teas", "tea"], allow_inference=False).index_to_key) == ["tea"]
    rows, scores = kv.search(["teas", "tea"], 3)
    assert [kv.index_to_key[row] for row in rows[0]] == [word for word, _ in kv.most_similar("teas", topn=3)]


def test_a_word_too_short_for_n_grams():
    kv = FastTextKeyedVectors(5, 4, 6, 20)
    kv["tea"] = ROWS[0]
    kv.vectors_ngrams = NGRAMS
    assert "x" not in kv and kv["x"].tolist() == [0] * 5
    assert kv.most_similar("x") == [("tea", 0.0)]


def test_what_happens_to_the_own_rows():
    kv = table()
    kv["new"] = ROWS[0]
    assert kv["new"].tolist() == ROWS[0].tolist()                       # as it was given
    own = kv.vectors_vocab
    assert own.shape == (len(WORDS) + 1, 5)
    close(expected("new", own[-1]), ROWS[0])                            # what gives this vector
    kv.vectors_ngrams = NGRAMS[:10]                                     # own rows stay, vectors follow
    np.testing.assert_allclose(kv.vectors_vocab, own, atol=2e-5)
    np.testing.assert_allclose(kv["tea"], expected("tea", ROWS[2], ngrams=NGRAMS[:10]), atol=1e-5)
    assert kv.bucket == 10
    kv.remove("the")
    np.testing.assert_allclose(kv.vectors_vocab, own[1:], atol=2e-5)


def test_sentences():
    kv = table()
    units = [kv.get_vector(word, norm=True) for word in ("tea", "teas", "the")]
    close(kv.get_sentence_vector(["tea", "teas", 0]), np.mean(units, axis=0))
    kv["zero"] = [0] * 5
    close(kv.get_sentence_vector(["tea", "zero"]), units[0] / 2)
    assert kv.get_sentence_vector(["tea"]).dtype == np.float32
    with pytest.raises(ValueError, match="without words"):
        kv.get_sentence_vector([])
    with pytest.raises(TypeError, match="'the tea'"):
        kv.get_sentence_vector("the tea")


@pytest.mark.parametrize("version", [0, 12])
def test_files_and_copies(path, tmp_path, version):
    kv = load(path, model(WORDS, ROWS, NGRAMS, version=version))
    ours = tmp_path / "own.safetensors"
    kv.save(ours)
    copies = [KeyedVectors.load(ours), KeyedVectors.load(ours, mmap="r"), FastTextKeyedVectors.load(ours), copy.copy(kv),
              copy.deepcopy(kv), pickle.loads(pickle.dumps(kv)),
              pickle.loads(pickle.dumps(KeyedVectors.load(ours, mmap="r")))]
    if version:
        copies.append(KeyedVectors.load(path))              # recognised
    for same in copies:
        assert type(same) is FastTextKeyedVectors
        assert list(same.index_to_key) == WORDS and same.vectors.tolist() == kv.vectors.tolist()
        assert same.vectors_ngrams.tolist() == NGRAMS.tolist()
        assert same.vectors_vocab.tolist() == kv.vectors_vocab.tolist()
        assert (same.min_n, same.max_n, same.bucket) == (3, 6, 20)
        assert same["teas"].tolist() == kv["teas"].tolist()
        assert same.get_vecattr("tea", "count") == 6
        assert same.most_similar("teas") == kv.most_similar("teas")
        same["tea"] = ROWS[0]
        assert kv["tea"].tolist() != ROWS[0].tolist()
    assert len(pickle.dumps(kv)) < kv.vectors.nbytes + NGRAMS.nbytes + 2000
    half = KeyedVectors.load(ours, datatype=np.float16)
    assert half.dtype == half.vectors_ngrams.dtype == half["teas"].dtype == np.float16
    assert len(KeyedVectors.load(ours, limit=2)) == 2


def test_our_own_file_with_other_n_grams(tmp_path):
    def saved(metadata, others):
        kv = table()
        parts = kv._extra()
        path = tmp_path / "other.safetensors"
        own.write(path, kv.keys, kv.vectors, kv.norms, {}, {"class": "FastTextKeyedVectors", **parts[0], **metadata},
                  parts[1] | others)
        return path

    assert len(KeyedVectors.load(saved({}, {}))) == len(WORDS)
    bad = NGRAMS.copy()
    bad[3, 1] = np.nan
    for metadata, others, message in (
            ({"min_n": "x"}, {}, "x"), ({"max_n": "-1"}, {}, "max_n"), ({"max_n": "1000"}, {}, "max_n"),
            ({}, {"vectors_ngrams": NGRAMS[:, :3].copy()}, "shape"), ({}, {"vectors_ngrams": NGRAMS[0]}, "shape"),
            ({}, {"vectors_ngrams": bad}, "row 3 of vectors_ngrams")):
        with pytest.raises(ValueError, match=message):
            KeyedVectors.load(saved(metadata, others))
    plain = KeyedVectors(2)
    plain["tea"] = [1, 2]
    plain.save(tmp_path / "plain.safetensors")
    with pytest.raises(ValueError, match="KeyedVectors"):
        FastTextKeyedVectors.load(tmp_path / "plain.safetensors")
    plain.save_word2vec_format(tmp_path / "plain.txt")
    with pytest.raises(ValueError, match="no n-grams"):
        FastTextKeyedVectors.load(tmp_path / "plain.txt")


def test_words_that_come_twice(path):
    words = ["a", "b", "a", "c", "b", "a", "d"]
    data = model(words, ROWS[:7], NGRAMS, max_n=0)
    with pytest.raises(VectorFileError, match="'a' has come already, as word 1; on_duplicate="):
        KeyedVectors.load(path if path.write_bytes(data) else None)
    for keep, rows in (("first", [0, 1, 3, 6]), ("last", [5, 4, 3, 6])):
        kv = KeyedVectors.load(path, on_duplicate=keep)
        assert list(kv.index_to_key) == ["a", "b", "c", "d"]
        assert kv.vectors.tolist() == ROWS[rows].tolist()
        assert kv.expandos["count"].tolist() == [7 - row for row in rows]
    kv = KeyedVectors.load(path, on_duplicate="last", limit=3)
    assert list(kv.index_to_key) == ["a", "b"] and kv.vectors.tolist() == ROWS[[2, 1]].tolist()
    wrong = ROWS[:7].copy()
    wrong[3, 0] = np.nan
    path.write_bytes(model(words, wrong, NGRAMS, max_n=0))
    with pytest.raises(VectorFileError, match="number 0 in the row of the word 'c'"):
        KeyedVectors.load(path, on_duplicate="first")
    with pytest.raises(ValueError, match="on_duplicate"):
        KeyedVectors.load(path, on_duplicate="both")


@settings(max_examples=30)
@given(st.lists(st.text(st.characters(exclude_categories=(), exclude_characters="\0"), max_size=10), max_size=10, unique=True),
       st.integers(0, 4), st.integers(0, 7), st.integers(0, 50))
def test_any_words(tmp_path_factory, words, min_n, max_n, seed):
    words = [word for word in words if not any("\ud800" <= c <= "\udfff" for c in word)]
    draw = np.random.default_rng(seed)
    rows, ngrams = draw.normal(size=(len(words), 3)).astype("f4"), draw.normal(size=(11, 3)).astype("f4")
    path = tmp_path_factory.mktemp("any") / "model.bin"
    kv = load(path, model(words, rows, ngrams, min_n=min_n, max_n=max_n))
    assert list(kv.index_to_key) == words
    for word, own in zip(words, rows):
        close(kv[word], own if word == "</s>" else slow.vector(word, ngrams, min_n, max_n, own))


def test_eight_threads_ask_while_one_adds():
    kv = table()
    right, wrong, stop = {word: kv[word].tolist() for word in UNSEEN}, [], threading.Event()

    def ask():
        while not stop.is_set():
            for word, vector in right.items():
                if kv[word].tolist() != vector or kv[[word, "tea"]][0].tolist() != vector:
                    wrong.append(word)
            kv.most_similar("teas", topn=2)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for i in range(300):
        kv.add_vector(f"added {i}", ROWS[i % len(ROWS)])
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong and len(kv) == len(WORDS) + 300


def test_the_n_grams_of_a_mapped_table_that_was_changed(tmp_path):
    ours = tmp_path / "ours.safetensors"
    table().save(ours)
    kv = KeyedVectors.load(ours, mmap="r")
    changed, copied, part = KeyedVectors.load(ours, mmap="r"), copy.copy(kv), kv.subset([WORDS[0]])
    changed["new"] = kv[WORDS[0]]
    os.truncate(ours, 200)
    for one in (changed, copied, part):
        assert one.mapped_file is None
        for use in (lambda: one["unseen"], lambda: one.vectors_ngrams, lambda: one.vectors_vocab, lambda: "unseen" in one,
                    lambda: one.save(tmp_path / "other"), lambda: pickle.dumps(one), lambda: one.most_similar("unseen")):
            with pytest.raises(VectorFileError, match="shrunk"):
                use()


def test_a_dictionary_without_an_end(tmp_path):
    data = model(["a"], [[1.0, 2.0]], [[0.0, 0.0]] * 2)
    at = data.index(b"a\0")
    path = tmp_path / "endless.bin"
    path.write_bytes(data[:at] + b"x" * (3 << 20))
    with pytest.raises(VectorFileError, match="the file ends in entry 1"):
        load_facebook_vectors(path)


def test_wrong_n_grams_name_the_file(tmp_path):
    kv = table()
    metadata, others, _ = kv._extra()
    path = tmp_path / "lies.safetensors"
    for more, arrays, message in (({"min_n": "x"}, {}, "x"), ({"max_n": str(10 ** 30)}, {}, "max_n"),
                                  ({}, {"vectors_ngrams": np.zeros(NGRAMS.shape, np.int32)}, "'vectors_ngrams' is int32")):
        own.write(path, kv.keys, kv.vectors, kv.norms, {}, {"class": "FastTextKeyedVectors", **metadata, **more}, others | arrays)
        with pytest.raises(VectorFileError, match="lies.safetensors: .*" + message):
            KeyedVectors.load(path)


class MyFastText(FastTextKeyedVectors):
    """A class of somebody else's."""


def test_a_class_that_extends_ours(tmp_path, path):
    table().save(tmp_path / "v")
    assert type(MyFastText.load(tmp_path / "v")) is MyFastText
    assert type(KeyedVectors.load(tmp_path / "v")) is FastTextKeyedVectors
    path.write_bytes(model(["a"], [[1.0, 2.0]], [[0.0, 0.0]] * 2))
    assert type(MyFastText.load(path)) is MyFastText
