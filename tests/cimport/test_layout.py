"""An extension that was compiled against another layout of lexarray refuses to be imported."""

import subprocess
import sys

import lexarray
import pytest

IMPORT = """
import importlib.util, sys, lexarray
name, path, number = sys.argv[1:]
lexarray.ABI_VERSION = int(number)
spec = importlib.util.spec_from_file_location(name, path)
spec.loader.exec_module(importlib.util.module_from_spec(spec))
"""


@pytest.mark.parametrize("name", ["counter", "component", "neighbours"])
def test_another_layout_is_refused(built, name):
    path = built(name).__file__
    for number in (lexarray.ABI_VERSION, lexarray.ABI_VERSION + 1):
        run = subprocess.run([sys.executable, "-c", IMPORT, name, path, str(number)], capture_output=True, text=True)
        assert (run.returncode == 0) == (number == lexarray.ABI_VERSION), run.stderr
    assert run.stderr.rstrip().endswith(
        f"ImportError: {name} was compiled against layout {lexarray.ABI_VERSION} of lexarray, and {number} is installed: build "
        f"it again")
