"""`lexarray vectors plot`: words in two dimensions."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lexarray.cli.vectors.plot import plane
from lexarray.vectors import KeyedVectors


def run(*arguments, **options):
    return subprocess.run([sys.executable, "-m", "lexarray", "vectors", "plot", *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, encoding="utf-8", **options)


def failure(*arguments, **options):
    done = run(*arguments, **options)
    assert done.returncode == 1 and done.stdout == "" and len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr.removeprefix("lexarray: ").rstrip("\n")


def test_without_matplotlib_it_names_the_extra(tmp_path):
    (tmp_path / "matplotlib.py").write_text("raise ImportError('not here')")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from lexarray.cli import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", code, "vectors", "plot", "king", "queen", "-o", str(tmp_path / "x.png")],
                          capture_output=True, text=True)
    assert done.returncode == 1 and "pip install 'lexarray[plot]'" in done.stderr and len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "x.png").exists()


def test_pictures(tmp_path):
    pytest.importorskip("matplotlib")
    for name, start in (("words.png", b"\x89PNG"), ("words.SVG", b"<?xml"), ("words.pdf", b"%PDF")):
        done = run("king", "queen", "man", "woman", "king", "-o", tmp_path / name)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert (tmp_path / name).read_bytes().startswith(start)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["words.SVG", "words.pdf", "words.png"]


def test_any_word_can_be_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    kv = KeyedVectors(3)
    words = ["$x^", "$a$ b", "<b>&", "日本", "a\nb", "", "zero"]
    kv.add_vectors(words, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [-1, 0, 0], [0, -1, 2], [0, 0, 0]])
    kv.save(tmp_path / "table.safetensors")
    done = run(*words, "--vectors", tmp_path / "table.safetensors", "-o", tmp_path / "x.svg")
    assert done.returncode == 0 and done.stdout == ""
    assert done.stderr in ("", "the font lacks some characters of the words, which are drawn as boxes\n")


def test_what_goes_wrong_is_said_in_a_line(tmp_path):
    pytest.importorskip("matplotlib")
    assert failure("king", "king", "-o", tmp_path / "x.png") == "two different words at least are needed for a picture"
    assert "ends with one of ." in failure("king", "queen", "-o", tmp_path / "x.doc")
    assert "ends with one of ." in failure("king", "queen", "-o", "-")
    assert "is it 'king'?" in failure("King", "queen", "-o", tmp_path / "x.png")
    assert "there is no folder" in failure("king", "queen", "-o", tmp_path / "none" / "x.png")
    assert "No such file" in failure("king", "queen", "--vectors", tmp_path / "none", "-o", tmp_path / "x.png")
    (tmp_path / "folder.png").mkdir()
    assert "is not a plain file" in failure("king", "queen", "-o", tmp_path / "folder.png")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.png"]


def slow_plane(vectors):
    """By the eigenvectors of the covariance."""
    units = np.array([row / np.linalg.norm(row) if row.any() else row for row in vectors])
    centred = units - units.mean(axis=0)
    values, axes = np.linalg.eigh(centred.T @ centred)
    return centred @ axes[:, ::-1][:, :2], values[::-1][:2] / max(values.sum(), 1e-300)


@given(st.integers(2, 8), st.integers(2, 6), st.integers(0, 10_000))
def test_the_plane_is_that_of_the_principal_components(n, d, seed):
    vectors = np.random.default_rng(seed).normal(size=(n, d)) * [2.0 ** -i for i in range(d)]
    points, shares = plane(vectors)
    expected, expected_shares = slow_plane(vectors)
    assert points.shape == (n, 2)
    assert np.allclose(shares, expected_shares, atol=1e-9) and shares[0] >= shares[1] >= 0 and shares.sum() <= 1 + 1e-9
    assert np.allclose(np.abs(points), np.abs(expected), atol=1e-5) or shares[0] - shares[1] < 1e-3
    assert np.allclose(points.sum(axis=0), 0, atol=1e-9)
    for column in points.T:
        assert column[np.abs(column).argmax()] >= 0


def test_planes_of_little():
    for vectors in (np.zeros((3, 4)), np.ones((2, 4))):
        points, shares = plane(vectors)
        assert not points.round(12).any() and np.isfinite(shares).all()
    points, shares = plane(np.array([[1.0], [-1.0]]))
    assert np.allclose(np.abs(points), [[1, 0], [1, 0]]) and np.allclose(points[0], -points[1])
    assert np.allclose(shares, [1, 0])
    points, _ = plane(np.array([[1.0, 0], [0, 1]]))
    assert np.allclose(np.linalg.norm(points[0] - points[1]), 2 ** 0.5)
