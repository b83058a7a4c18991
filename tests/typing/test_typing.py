"""The types that stubs and sources promise: by a program that uses them, and by stubtest, which looks at the modules."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import lexarray
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SAMPLE = HERE / "sample.py"


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    return done.returncode, done.stdout + done.stderr


def test_the_sample_runs():
    pytest.importorskip("pyarrow")
    spec = importlib.util.spec_from_file_location("sample", SAMPLE)
    sample = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sample)
    assert sample.main() == {"documents": ["drinks", "Some tea, please. More tea!", "tea", "TEA"], "streams": 9,
                             "files": [3, 5, 0, 3, 5, 8], "words": {"length": 1, "same": 1}, "vectors": ["queen"]}


def test_mypy_has_nothing_to_say(tmp_path):
    pytest.importorskip("mypy")
    code, output = run(sys.executable, "-m", "mypy", "--strict", "--config-file", ROOT / "pyproject.toml", "--cache-dir", tmp_path,
                       SAMPLE, cwd=tmp_path)
    assert code == 0, output


def test_mypy_sees_mistakes(tmp_path):
    pytest.importorskip("mypy")
    (tmp_path / "wrong.py").write_text(
        "import lexarray\n"
        "doc = lexarray.blank('en')('tea')\n"
        "a: int = doc[0].text\n"
        "b = doc.sentences\n"
        "lexarray.Vocab().strings.add(3)\n"
        "lexarray.KeyedVectors.load(3)\n")
    code, output = run(sys.executable, "-m", "mypy", "--strict", "--config-file", ROOT / "pyproject.toml", "--cache-dir",
                       tmp_path / "cache", "wrong.py", cwd=tmp_path)
    assert code == 1
    assert [line for line in (3, 4, 5, 6) if f"wrong.py:{line}: error" not in output] == [], output


def test_pyright_has_nothing_to_say(tmp_path):
    pyright = shutil.which("pyright", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if pyright is None:
        pytest.skip("pyright is not installed")
    (tmp_path / "pyrightconfig.json").write_text(
        f'{{"extraPaths": ["{Path(lexarray.__file__).parents[1].as_posix()}"], "typeCheckingMode": "standard"}}')
    shutil.copy(SAMPLE, tmp_path / "sample.py")
    code, output = run(pyright, "--pythonpath", sys.executable, "sample.py", cwd=tmp_path)
    assert code == 0, output


def test_stubs_are_like_the_modules(tmp_path):
    pytest.importorskip("mypy")
    code, output = run(sys.executable, "-m", "mypy.stubtest", "lexarray", "--mypy-config-file", ROOT / "pyproject.toml",
                       "--allowlist", HERE / "stubtest_allowed.txt", "--concise", cwd=tmp_path,
                       env={**os.environ, "PYTHONPATH": str(Path(lexarray.__file__).parents[1])})
    assert code == 0, output
