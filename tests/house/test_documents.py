"""The examples in README and docs: all run, as they stand there. What wants an extra is skipped where that is missing."""

import doctest
import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import lexarray
import pytest

ROOT = Path(__file__).parents[2]
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
         for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if "_build" not in path.parts}
EXTRAS = {"docs/arrow.md": "pyarrow", "docs/corpora.md": "pyarrow", "docs/spacy.md": "spacy"}
BUILT = {"docs/cimport.md"}          # parts of the projects in tests/cimport: tests/house/test_house.py


def blocks(language):
    # (page, text) of each fenced block of a language.
    return [(name, body) for name, text in PAGES.items()
            for body in re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


@pytest.mark.parametrize("name", [name for name, text in PAGES.items() if ">>> " in text])
def test_examples_in_python(name):
    if name in EXTRAS:
        pytest.importorskip(EXTRAS[name])
    failed, count = doctest.testfile(str(ROOT / name), module_relative=False, encoding="utf-8")
    assert failed == 0 and count > 0


def test_python_is_written_so_that_it_runs():
    for name, body in blocks("python"):
        if name not in BUILT:
            # An example that ends at its fence would take that for output.
            assert body.startswith(">>> ") and body.endswith("\n\n"), (name, body)


def test_few_examples_are_skipped():
    assert sum(text.count("doctest: +SKIP") for text in PAGES.values()) <= 1


@pytest.mark.parametrize("name", ["README.md", "docs/command.md", "docs/install.md", "docs/tour.md"])
def test_examples_in_a_terminal(name, tmp_path):
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "sample.txt", tmp_path / "docs")
    count = 0
    for page, body in blocks("console"):
        commands = re.findall(r"^\$ lexarray (.*)\n((?:[^$].*\n)*)", body, re.MULTILINE) if page == name else ()
        for command, expected in commands:
            if re.search(r"glove\.|wordsim|train\.", command):             # files of the reader's
                continue
            done = subprocess.run([sys.executable, "-m", "lexarray", *shlex.split(command, comments=True)],
                                  cwd=tmp_path, capture_output=True, encoding="utf-8")
            assert done.returncode == int(expected.startswith("lexarray: ")), done.stderr
            assert expected in ("", done.stderr if done.returncode else done.stdout)
            count += 1
    assert count > 0


def test_examples_in_cython(tmp_path):
    (readme,) = [body for name, body in blocks("cython") if name == "README.md"]
    assert {body for name, body in blocks("cython") if name not in BUILT} == {readme}
    (tmp_path / "counting.pyx").write_text(readme, encoding="utf-8")
    (tmp_path / "setup.py").write_text("from Cython.Build import cythonize\nfrom setuptools import setup\n"
                                       "setup(name='counting', ext_modules=cythonize('counting.pyx', language_level=3))\n")
    build = subprocess.run([sys.executable, "setup.py", "build_ext", "--inplace"],
                           cwd=tmp_path, capture_output=True, text=True)
    assert build.returncode == 0, build.stdout + build.stderr
    (path,) = [path for path in tmp_path.iterdir() if path.suffix in (".so", ".pyd")]
    spec = importlib.util.spec_from_file_location("counting", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.count_alpha(lexarray.blank("en")("Ten green bottles, 10 walls.")) == 4


def test_links_lead_somewhere():
    anchors = {name: {re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower()).replace(" ", "-")
                      for line in text.splitlines() if line.startswith("#")} for name, text in PAGES.items()}
    for name, text in PAGES.items():
        prose = re.sub(r"^```.*?^```$|``.*?``|`[^`]*`", "", text, flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", prose):
            path, _, anchor = target.partition("#")
            if "://" not in target:
                full = (ROOT / name).parent / path if path else ROOT / name
                assert full.exists(), f"{name}: {target}"
                if anchor:
                    assert anchor in anchors[full.resolve().relative_to(ROOT.resolve()).as_posix()], f"{name}: {target}"


def test_every_page_is_in_the_tree():
    entries = {entry for _, body in blocks("{toctree}") for entry in body.split()}
    for name in PAGES:
        page = name.removeprefix("docs/").removesuffix(".md")
        if name.startswith("docs/") and page != "index":
            assert page in entries or page.removeprefix("api/") in entries, name
