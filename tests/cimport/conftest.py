"""Outside projects, built as an outsider builds them: by their pyproject.toml, against the lexarray that is installed."""

import importlib.util
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """built(name): the extension module of the project tests/cimport/<name>, from its wheel."""
    modules = {}

    def build(name):
        if name not in modules:
            folder = tmp_path_factory.mktemp(name)
            shutil.copytree(Path(__file__).parent / name, folder / "project")
            run = subprocess.run([sys.executable, "-c", BUILD, str(folder)], cwd=folder / "project", capture_output=True,
                                 text=True)
            assert run.returncode == 0, run.stdout + run.stderr
            source = (folder / "project" / f"{name}.c").read_text()
            assert "numpy/" not in source and not (folder / "project" / f"{name}.cpp").exists()
            (wheel,) = folder.glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                (extension,) = [file for file in archive.namelist() if file.endswith((".so", ".pyd"))]
                archive.extract(extension, folder)
            spec = importlib.util.spec_from_file_location(name, folder / extension)
            modules[name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(modules[name])
        return modules[name]

    return build
