"""What keeps a mapped file open, and sees that it is cut."""

import gc
import os

import pytest
from lexarray.errors import VectorFileError
from lexarray.vectors.io.mapping import Mapping


def map_of(path, content):
    path.write_bytes(content)
    with open(path, "rb") as file:
        return Mapping(path, file)


def test_a_file_that_shrinks_and_grows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    with open("file", "rb") as file:
        mapping = Mapping("file", file)
    assert mapping.path == str(path) and mapping.size == 10 and mapping.map[:] == b"0123456789"
    assert mapping.check() == 0
    with open(path, "ab") as file:
        file.write(b"more")
    assert mapping.check() == 0
    os.truncate(path, 9)
    for _ in range(2):
        with pytest.raises(VectorFileError, match=r"file: the file has shrunk from 10 to 9 bytes since it was mapped"):
            mapping.check()
    os.truncate(path, 10)
    assert mapping.check() == 0


def test_a_file_that_is_replaced_or_removed_stays_as_it_was(tmp_path):
    mapping = map_of(tmp_path / "file", b"abc")
    (tmp_path / "new").write_bytes(b"")
    os.replace(tmp_path / "new", tmp_path / "file")
    assert mapping.check() == 0 and mapping.map[:] == b"abc"
    os.remove(tmp_path / "file")
    assert mapping.check() == 0 and mapping.map[:] == b"abc"


def test_what_cannot_be_mapped_leaves_nothing_open(tmp_path):
    folder = "/proc/self/fd"
    if not os.path.isdir(folder):
        pytest.skip("the system does not list what is open")
    before = len(os.listdir(folder))
    with pytest.raises(ValueError):
        map_of(tmp_path / "empty", b"")
    for _ in range(20):
        map_of(tmp_path / "file", b"abc")
    gc.collect()
    assert len(os.listdir(folder)) == before
    with pytest.raises(TypeError):
        Mapping()
