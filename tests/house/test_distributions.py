"""What is given away: the sdist has what git tracks, and the installed package what a user or a C client needs."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

import lexarray
import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = Path(lexarray.__file__).parent
CHECKOUT = ROOT / "src" / "lexarray"
BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_sdist(sys.argv[1]))"
# What setuptools writes beside them.
ADDED = ("PKG-INFO", "setup.cfg", "src/lexarray.egg-info/")


def tracked():
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("needs git, and a clone")
    return sorted(subprocess.run(["git", "-C", ROOT, "-c", "safe.directory=*", "ls-files", "-z"], capture_output=True, text=True,
                                 check=True).stdout.strip("\0").split("\0"))


def test_the_sdist_has_what_git_tracks(tmp_path):
    files = [name for name in tracked() if (ROOT / name).exists()]
    for name in files:
        (tmp_path / "copy" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / "copy" / name)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    run = subprocess.run([sys.executable, "-c", BUILD, str(tmp_path)], cwd=tmp_path / "copy", env=environment,
                         capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    with tarfile.open(tmp_path / run.stdout.split()[-1]) as archive:
        found = [member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()]
    assert sorted(name for name in found if not name.startswith(ADDED)) == files
    assert not (tmp_path / "copy" / "build").exists()           # nothing was compiled for it


def test_nothing_is_tracked_that_is_made():
    for name in tracked():
        assert not name.endswith((".so", ".pyd", ".c", ".cpp", ".o", ".pyc", ".whl", ".tar.gz")), name
        top = name.partition("/")[0]
        assert top in {"src", "tests", "benchmarks", "docs", ".ci", ".github"} or "/" not in name, name


@pytest.mark.skipif(PACKAGE == CHECKOUT, reason="lexarray is not installed here")
def test_what_is_installed():
    def files(folder):
        return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}

    def names(folder, *suffixes):
        return {name for name in files(folder) if name.endswith(suffixes)}

    kinds = (".py", ".pyi", ".pxd", "py.typed", ".safetensors", ".md", ".txt")
    assert names(PACKAGE, *kinds) == names(CHECKOUT, *kinds)
    extensions = names(PACKAGE, ".so", ".pyd")
    assert {name.partition(".")[0] for name in extensions} == {name[:-4] for name in names(CHECKOUT, ".pyx")}
    assert files(PACKAGE) == extensions | names(PACKAGE, *kinds)


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python always has the GIL")
def test_the_gil_is_switched_on():
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON_GIL"}
    run = subprocess.run([sys.executable, "-c", "import sys, lexarray.strings; print(sys._is_gil_enabled())"], env=environment,
                         capture_output=True, text=True)
    assert run.stdout == "True\n" and "RuntimeWarning" in run.stderr, run.stderr
