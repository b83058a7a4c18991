"""The table that comes with lexarray: it is what its README says, and what GloVe says of words."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
from lexarray.vectors import KeyedVectors, load_default
from lexarray.vectors.data import DEFAULT_PATH

README = DEFAULT_PATH.with_name("README.md").read_text()


@pytest.fixture(scope="module")
def kv():
    return load_default()


def test_the_file_is_the_one_that_its_readme_describes():
    data = DEFAULT_PATH.read_bytes()
    assert f"| {len(data):,} |" in README
    assert f"`{hashlib.sha256(data).hexdigest()}`" in README


def test_shape_keys_and_norms(kv):
    assert type(kv) is KeyedVectors and len(kv) == 10_000 and kv.vector_size == 50 and kv.dtype == np.float16
    assert Path(kv.mapped_file).samefile(DEFAULT_PATH) and not kv.expandos
    kv.keys.check()
    assert kv.index_to_key[:10] == ["the", ",", ".", "of", "to", "and", "in", "a", '"', "'s"]
    assert len(set(kv.index_to_key)) == 10_000 and all(kv.get_index(key) == i for i, key in enumerate(kv.index_to_key))
    exact = np.sqrt((kv.vectors.astype(np.float64) ** 2).sum(axis=1))
    assert np.allclose(kv.norms, exact, rtol=1e-6)
    low, high = re.search(r"from ([\d.]+) to ([\d.]+); no row is zero", README).groups()
    assert (f"{exact.min():.2f}", f"{exact.max():.2f}") == (low, high)


def test_a_loaded_table_is_the_mapped_one(kv):
    loaded = KeyedVectors.load(DEFAULT_PATH)        # which checks keys and numbers
    assert loaded.mapped_file is None and np.array_equal(loaded.vectors, kv.vectors)
    assert np.array_equal(loaded.norms, kv.norms) and list(loaded) == list(kv)


def test_saving_it_gives_the_same_bytes(kv, tmp_path):
    kv.save(tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == DEFAULT_PATH.read_bytes()


def test_numbers_are_those_of_glove(kv):
    # The first numbers of the first row of Stanford's glove.6B.50d.txt.
    assert kv["the"][:5].tolist() == np.array([0.418, 0.24968, -0.41242, 0.1217, 0.34527], np.float16).tolist()


@pytest.mark.parametrize("word, neighbours", [
    ("coffee", {"drink", "drinks", "wine", "tea", "beer"}), ("three", {"four", "five", "two", "six", "seven"}),
    ("paris", {"france", "french", "brussels"}), ("guitar", {"vocals", "bass", "drums", "piano"})])
def test_neighbours(kv, word, neighbours):
    found = kv.most_similar(word, topn=5)
    assert neighbours <= {key for key, _ in found}
    assert all(0.7 < score < 1 for _, score in found)
    rows = kv.vectors.astype(np.float64)
    cosines = rows @ rows[kv.get_index(word)] / np.linalg.norm(rows, axis=1) / np.linalg.norm(rows[kv.get_index(word)])
    best = np.argsort(-cosines)[1:6]
    assert [key for key, _ in found] == [kv.index_to_key[row] for row in best]
    assert np.allclose([score for _, score in found], cosines[best], atol=1e-12)


def test_an_analogy(kv):
    assert kv.most_similar(positive=["king", "woman"], negative=["man"], topn=1)[0][0] == "queen"


def test_each_call_gives_a_table_of_its_own(kv):
    changed = load_default()
    changed["lexarray"] = np.zeros(50)
    changed["the"] = np.ones(50)
    assert len(changed) == 10_001 and "lexarray" not in load_default() and len(kv) == 10_000
    assert kv["the"][0] != 1 and load_default()["the"][0] != 1


def test_made_from_its_source():
    pytest.importorskip("pyarrow")
    from lexarray.vectors.data.make import SOURCES, make_default

    assert set(SOURCES) == {"glove_6B_50d_emb.npy", "glove_6B_index.parquet"}
    with pytest.raises(FileNotFoundError, match="glove_6B_50d_emb"):
        make_default("no-such-folder", "out")


def test_making_refuses_another_source(tmp_path):
    pytest.importorskip("pyarrow")
    from lexarray.vectors.data.make import SOURCES, make_default

    for name in SOURCES:
        (tmp_path / name).write_bytes(b"something else")
    with pytest.raises(ValueError, match="another file than the table was made from"):
        make_default(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
