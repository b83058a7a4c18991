"""The rules of the house that a program can check. docs/house.md says why they are there."""

import ast
import contextlib
import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import lexarray
import pytest
from lexarray import attrs, symbols

SOURCE = Path(lexarray.__file__).parent
CHECKOUT = Path(__file__).parents[2] / "src" / "lexarray"
# The installed package has no .pyx: read the checkout's sources.
FILES = sorted(path for path in CHECKOUT.rglob("*.p*") if path.suffix in (".py", ".pyx", ".pxd"))

# Lowest first. A module imports only from lines above its own.
LINES = """
errors
typedefs
symbols
attrs
structs threads extras
_arena _utf8 _key_index _message_pack _deflate replacing
_zlib_stream saved
strings
row_source
vectors._arrays vectors.io.mapping
vectors.kernels
vectors.keys vectors.neighbours
vectors.subwords
vectors.io
vectors.io.streams vectors.io._text_rows vectors.io._binary_rows
vectors.io.parts
vectors.io.word2vec_text vectors.io.own
vectors.io.word2vec_binary vectors.io.fasttext_bin
vectors.io.recognise
vectors.vector_table
vectors.stored_table vectors.search
vectors.evaluation
vectors.keyed_vectors
vectors.fasttext
vectors.data vectors.data.make
vectors
lex_attrs word_vectors
words
lexeme_table
lexeme morphology word_columns
vocab
tokens.token_array tokens.spare_views
tokens.tree tokens.extensions tokens.html
tokens.arrays
tokens.token
tokens.span
tokens.entities tokens.span_group
tokens.retokenizer tokens.from_words tokens.packed tokens.doc_json
tokens.doc
tokens.doc_bin
tokens
corpus.flat_buffers
corpus.blocks
corpus.layout
corpus.writer corpus.corpus
corpus
tokenizer.pattern_syntax tokenizer.special_cases tokenizer._chunk_cache
tokenizer.affixes tokenizer.pattern_states
tokenizer.automaton
tokenizer.rules
tokenizer.engine
tokenizer.crew
tokenizer.stream
tokenizer.tokenizer
tokenizer
lang lang.xx.char_classes
lang.xx.affixes lang.xx.exceptions lang.xx.norms lang.xx.urls
lang.en.exceptions lang.en.lex_attrs lang.en.noun_chunks lang.en.stop_words
language
lang.xx
lang.en
interop
interop.arrow.layout interop.conllu.fields interop.spacy
interop.arrow.writing interop.arrow.blocks interop.arrow.spans interop.arrow.layers
interop.arrow.reading
interop.arrow.parquet interop.conllu.reading interop.conllu.writing
interop.arrow interop.conllu
cli.failure cli.arguments cli.lines cli.type_count
cli.formats
cli.paragraphs cli.input cli.output cli.progress cli.workers
cli.documents
cli.vectors.tables cli.vectors.words
cli.vectors.convert cli.vectors.evaluate cli.vectors.info cli.vectors.plot cli.vectors.similar
cli.annotate cli.convert cli.demo cli.info cli.vectors
cli
__main__
""".split("\n")[1:-1]
LINE_OF = {module: number for number, line in enumerate(LINES) for module in line.split()}
IMPORT = re.compile(r"^\s*(?:from\s+lexarray([.\w]*)\s+c?import\s+(\([^)]*\)|[^\n]+)|c?import\s+lexarray([.\w]*))", re.MULTILINE)


def imported(text):
    """What a file imports from lexarray: (package, name) of each name, with "" for the name where a module is imported."""
    found = []
    for package, names, plain in IMPORT.findall(text):
        names = [part.split()[0] for part in re.sub(r"#.*", "", names).strip("()").replace("\n", " ").split(",") if part.strip()]
        found += [((package or plain).lstrip("."), name) for name in names or [""]]
    return found


def module_of(path):
    parts = path.relative_to(CHECKOUT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def ids(path):
    return str(path.relative_to(CHECKOUT))


def test_all_imports_are_seen():
    text = """from lexarray.a cimport x, y as z
    from lexarray import (  # why
        b,
        c,
    )
import lexarray.d.e
cimport lexarray.f
from other import g
"""
    assert imported(text) == [("a", "x"), ("a", "y"), ("", "b"), ("", "c"), ("d.e", ""), ("f", "")]


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_imports_go_down(path):
    module = module_of(path)
    if module == "":                        # the front door
        assert not IMPORT.search(path.read_text(encoding="utf-8"))
        return
    for target, name in imported(path.read_text(encoding="utf-8")):
        if f"{target}.{name}".lstrip(".") in LINE_OF:
            target = f"{target}.{name}".lstrip(".")
        if target == "":                    # `from lexarray import __version__`
            continue
        assert LINE_OF[target] < LINE_OF[module], f"{module} imports {target}"


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix != ".pxd" and path.stem != "__init__"], ids=ids)
def test_what_is_imported_is_used(path):
    text = path.read_text(encoding="utf-8")
    for one_line, lines in re.findall(r"^(?:from [\w.]+ )?c?import (?:([^(\n]+)|\(\n([^)]*)\))$", text, re.MULTILINE):
        for item in re.sub(r"#.*", "", one_line or lines).split(","):
            name = item.split(" as ")[-1].split(".")[0].strip()
            assert len(re.findall(rf"\b{name}\b", text)) > 1, f"{module_of(path)} imports {name}"


def test_every_module_has_a_line():
    assert {module_of(path) for path in FILES} - {""} == set(LINE_OF)


def test_every_module_is_on_the_page_of_the_house():
    tree = (CHECKOUT.parents[1] / "docs" / "house.md").read_text(encoding="utf-8").split("```")[1]
    entries = set()
    for line in tree.splitlines():
        folder = ""
        for entry in re.split(r", |  (?=\S)", re.split(r"(?<=\S)   ", line.removeprefix("  "))[0]):
            if "/" in entry:                # what follows on the line is in the same folder
                folder = entry.rpartition("/")[0] + "/"
            entries.add((entry if "/" in entry else folder + entry).removesuffix(".pxd").removesuffix(".py"))
    for module in LINE_OF:
        path = module.replace(".", "/")
        folders = [f"{path}/", *(path[:i + 1] for i, letter in enumerate(path) if letter == "/")]
        is_package = (CHECKOUT / path).is_dir()
        assert is_package or path in entries or f"{path.rpartition('/')[0]}/*" in entries or set(folders) & entries, path


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_a_file_opens_with_what_lives_in_it(path):
    text = path.read_text(encoding="utf-8")
    if text:
        assert text.startswith(('"""', 'r"""', "#"))


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_no_assert_and_no_directive_outside_setup(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"^\s*assert\b", text, re.MULTILINE)
    assert not re.search(r"#\s*(cython|distutils):|cython\.(boundscheck|wraparound)", text)


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".pxd"], ids=ids)
def test_pxd_files_are_plain_c_and_say_how_they_fail(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\bextern\b|libcpp|numpy|import \*", text)
    for line in text.splitlines():
        code = line.split("#")[0].rstrip()
        returns_object = re.match(r"\s*(cdef|cpdef)( inline)? (str|list|tuple|object|dict|frozenset|\w*Table|[A-Z]\w+) \w+\(", code)
        if re.match(r"\s*(cdef|cpdef) .*\)\s*$|\s*(cdef|cpdef) .*\) nogil:?$", code) and not returns_object:
            pytest.fail(f"{path.name}: say `noexcept` or the exception value: {code.strip()}")


def test_every_compiled_module_has_a_face_and_stubs():
    for path in FILES:
        if path.suffix == ".pyx":
            assert path.with_suffix(".pxd").exists(), path
            assert path.with_suffix(".pyi").exists(), path


def test_symbols_are_the_same_in_c_and_python():
    text = re.sub(r"#.*", "", (CHECKOUT / "symbols.pxd").read_text(encoding="utf-8"))
    body = text.split("cdef enum symbol_t:")[1].split("cdef enum:")[0]
    number, found = -1, []
    for item in body.replace("\n", " ").split(","):
        name, _, value = item.strip().partition(" = ")
        if name:
            number = int(value) if value else number + 1
            found.append((number, {"NIL": "", "UNDERSCORE": "_"}.get(name, name)))
    assert found == list(enumerate(symbols.NAMES))
    assert f"N_SYMBOLS = {len(symbols.NAMES)} " in text
    assert all(getattr(symbols, name) == number for name, number in symbols.IDS.items() if name not in ("", "_"))


def test_attributes_are_symbols():
    assert all(symbols.IDS[name] == number == getattr(attrs, name) for name, number in attrs.IDS.items())
    assert set(attrs.NAMES) == {*range(1, 72), *range(72, 84), 452, 453, 454, 455}


def test_the_abi_number_is_one():
    text = (CHECKOUT / "structs.pxd").read_text(encoding="utf-8")
    assert int(re.search(r"ABI_VERSION = (\d+)", text).group(1)) == lexarray.ABI_VERSION


def all_modules():
    return sorted(["lexarray", *(module.name for module in pkgutil.walk_packages([str(SOURCE)], "lexarray.")
                                 if not module.name.endswith("__main__"))])


@pytest.mark.parametrize("name", all_modules())
def test_examples_in_docstrings(name):
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module)
    assert failed == 0


def test_examples_of_the_c_face_are_built():
    projects = Path(__file__).parents[1] / "cimport"
    sources = [path.read_text(encoding="utf-8") for path in projects.glob("*/*") if path.suffix in (".pyx", ".py", ".toml")]
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", (CHECKOUT.parents[1] / "docs" / "cimport.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert {language for language, _ in blocks} == {"toml", "python", "cython"} and len(blocks) >= 8
    for _, block in blocks:
        assert any(block in source for source in sources), block


def documented():
    # (name, object) of what the reference has.
    for page in sorted((CHECKOUT.parents[1] / "docs" / "api").glob("*.md")):
        for name in re.findall(r"^\.\. auto(?:class|function):: (lexarray\.\S+)$", page.read_text(encoding="utf-8"), re.MULTILINE):
            found, rest = lexarray, name.split(".")[1:]
            for i, part in enumerate(rest, 1):
                with contextlib.suppress(ImportError):
                    importlib.import_module(".".join(["lexarray", *rest[:i]]))
                found = getattr(found, part)
            yield name, found


def test_what_the_reference_has_is_shown_by_an_example():
    without = {"lexarray.corpus.Corpus", "lexarray.corpus.CorpusWriter",        # docs/corpora.md has examples of both
               "lexarray.lang.xx.MultiLanguage", "lexarray.lang.xx.MultiLanguageDefaults"}      # as lexarray.blank("xx")
    names = dict(documented())
    missing = []
    for name, found in names.items():
        docs = [found.__doc__, *[each.__doc__ for key, each in vars(found).items() if not key.startswith("__")]]
        # "::" stands before what needs a file or another library.
        if not any(re.search("^ *>>> |::$", doc or "", re.MULTILINE) for doc in docs):
            missing.append(name)
    assert set(missing) == without and len(names) > 40


def test_public_names_have_docstrings():
    missing = []
    for path in FILES:
        if path.suffix == ".py":
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                    is_overload = any(ast.unparse(decorator) == "overload" for decorator in node.decorator_list)
                    if not is_overload and not ast.get_docstring(node):
                        missing.append(f"{ids(path)}:{node.name}")
    assert missing == []


def test_import_loads_only_what_it_needs():
    import subprocess
    import sys
    code = "import sys, lexarray; print(*(m for m in sys.modules if m.startswith(('lexarray', 'numpy', 'tqdm', 'preshed'))))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert out == ["lexarray"]


def test_the_front_door():
    assert all(getattr(lexarray, name) is not None for name in lexarray.__all__)
    assert set(lexarray.__all__) <= set(dir(lexarray))
    with pytest.raises(AttributeError, match="nothing"):
        lexarray.nothing
