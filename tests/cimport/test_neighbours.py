"""An outside project that looks for nearest neighbours in a mapped table of vectors, in C."""

import threading

import numpy as np
import pytest
from lexarray.vectors import KeyedVectors, load_default


@pytest.fixture(scope="module")
def neighbours(built):
    return built("neighbours")


def table(n=500, size=20, seed=1):
    kv = KeyedVectors(size)
    kv.add_vectors([f"word{i}" for i in range(n)], np.random.default_rng(seed).normal(size=(n, size)).astype(np.float32))
    return kv


def test_a_mapped_table_gives_what_most_similar_gives(neighbours, tmp_path):
    table().save(tmp_path / "table.safetensors")
    kv = KeyedVectors.load(tmp_path / "table.safetensors", mmap="r")
    assert kv.mapped_file is not None
    for word in ("word0", "word77", "word499"):
        found, expected = neighbours.nearest(kv, word.encode(), 10), kv.most_similar(word, topn=10)
        assert [key for key, _ in found] == [key for key, _ in expected]
        assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=1e-6)


def test_the_table_that_comes_with_the_package(neighbours):
    kv = load_default()
    with pytest.raises(ValueError, match="dtype"):          # it is float16
        neighbours.nearest(kv, b"king", 5)
    copy = KeyedVectors(kv.vector_size)
    copy.add_vectors(list(kv.index_to_key), kv.vectors)
    assert [key for key, _ in neighbours.nearest(copy, b"king", 5)] == [key for key, _ in kv.most_similar("king", topn=5)]


def test_small_and_odd_tables(neighbours):
    kv = KeyedVectors(2)
    kv.add_vectors(["tea", "coffee", "zero", "stone", "again"], [[1, 0], [1, 1], [0, 0], [-1, 0], [1, 1]])
    assert [key for key, _ in neighbours.nearest(kv, b"tea", 10)] == ["coffee", "again", "zero", "stone"]
    assert neighbours.nearest(kv, b"tea", 1) == [("coffee", pytest.approx(0.5 ** 0.5))]
    assert [score for _, score in neighbours.nearest(kv, b"zero", 2)] == [0, 0]
    with pytest.raises(KeyError, match="nothing"):
        neighbours.nearest(kv, b"nothing", 3)
    with pytest.raises(ValueError, match="n is 0"):
        neighbours.nearest(kv, b"tea", 0)
    for value in (None, {}, [[1.0]]):
        with pytest.raises(TypeError):
            neighbours.nearest(value, b"tea", 1)
    wide = KeyedVectors(2, dtype=np.float64)
    wide.add_vectors(["tea"], [[1, 0]])
    with pytest.raises(ValueError):
        neighbours.nearest(wide, b"tea", 1)


def test_a_search_sees_one_state_while_another_thread_changes_the_table(neighbours):
    kv = table(n=2000)
    kv.add_vectors(["x"], np.ones((1, 20), np.float32))
    states = [np.full((2000, 20), value, np.float32) for value in (1, -1)]
    errors = []

    def change():
        try:
            for i in range(40):
                kv[[f"word{k}" for k in range(2000)]] = states[i % 2]
                kv.add_vectors([f"new{i}"], np.zeros((1, 20), np.float32))
        except Exception as error:
            errors.append(error)

    kv[[f"word{k}" for k in range(2000)]] = states[0]
    thread = threading.Thread(target=change)
    thread.start()
    while thread.is_alive():
        scores = {round(score, 6) for _, score in neighbours.nearest(kv, b"x", 2000)}
        assert scores <= {1.0, 0.0} or scores <= {-1.0, 0.0}
    thread.join()
    assert errors == []
