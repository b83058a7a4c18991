"""The layout that `cimport` promises: abi.txt records what the present ABI number stands for.

After a change of the layout, raise ABI_VERSION in structs.pxd and in __init__.py, unless no release has had the number,
and run this file as a program: it writes abi.txt.
"""

import hashlib
import re
from pathlib import Path

import lexarray
import pytest

SOURCE = Path(__file__).parents[2] / "src" / "lexarray"
RECORD = Path(__file__).with_name("abi.txt")

# What extensions compile against: the structs that they read, and of the classes that they cimport, and of those that
# these extend, all fields and all methods, for their order is the layout of the object and of its table of methods.
# Functions are not here: Cython compares their signatures when an extension is imported.
DECLARATIONS = {
    "typedefs": ["hash_t", "attr_t", "flags_t", "char32_t"],
    "structs": ["", "LexemeC", "TokenC", "SpanC"],              # "": constants, which become part of an extension
    "tokens.entities": [""],
    "_arena": ["Arena"],
    "_key_index": ["KeyIndexC"],
    "strings": ["StringC", "StringStore"],
    "words": ["HolderC", "Words"],
    "row_source": ["RowSource"],
    "vectors.kernels": ["Format"],
    "vectors.keys": ["KeyTable"],
    "vectors.vector_table": ["VectorTable"],
    "word_vectors": ["WordSequence"],
    "lexeme_table": ["LexemeTable"],
    "vocab": ["Vocab"],
    "lexeme": ["WordView", "Lexeme"],
    "tokens.token_array": ["TokenArray"],
    "tokens.doc": ["Doc"],
    "tokens.token": ["Token"],
    "tokens.span": ["Span"],
}


def declaration(text, name):
    """The declaration of a struct, class, enum or type in a .pxd, without comments and in single spaces."""
    text = re.sub(r"\s*#.*|\n +ABI_VERSION = .*", "", text)
    kind = rf"(?:cdef|ctypedef)(?: packed)? (?:struct|class|enum) {name}\b.*" if name else "cdef enum"
    found = re.search(rf"^(?:ctypedef \w+ {name}$|{kind}:\n(?:(?: +.*)?\n)*)", text, re.MULTILINE)
    if found is None:
        raise LookupError(name)
    lines = "\n".join(" ".join(line.split()) for line in found.group().splitlines() if line.strip())
    # The length of an array is what it counts, not what it is called.
    return re.sub(r"\[([A-Z_]+)\]", lambda length: f"[{re.search(rf'^ +{length[1]} = (.+)$', text, re.MULTILINE)[1].strip()}]", lines)


def layouts():
    """Lines: the name of each declaration and a digest of it."""
    lines = []
    for module, names in DECLARATIONS.items():
        text = SOURCE.joinpath(*module.split(".")).with_suffix(".pxd").read_text(encoding="utf-8")
        lines += [f"{module}.{name or 'constants'} {hashlib.sha256(declaration(text, name).encode()).hexdigest()[:16]}" for name in names]
    return lines


def record():
    """The text of abi.txt."""
    number = re.search(r"ABI_VERSION = (\d+)", (SOURCE / "structs.pxd").read_text(encoding="utf-8")).group(1)
    return "\n".join(["# Written by test_abi.py, which says when.", f"ABI_VERSION {number}", *layouts()]) + "\n"


def test_the_layout_is_that_of_the_abi_number():
    assert layouts() == RECORD.read_text().splitlines()[2:], \
        "what cimport promises has another layout: raise ABI_VERSION, as tests/house/test_abi.py says"
    assert record() == RECORD.read_text()


def test_the_number_is_the_same_in_c_and_python():
    assert f"ABI_VERSION {lexarray.ABI_VERSION}" == RECORD.read_text().splitlines()[1]


PXD = """
ctypedef uint64_t hash_t    # a key

cdef struct PointC:         # where
    int x                   # to the right

    int y
cdef enum Color:
    RED
cdef class Shape(Base):
    cdef PointC at

    # Moves it.
    cdef int move(self, int x,
                  int y) except -1


cdef int area(Shape shape) except -1
"""


@pytest.mark.parametrize("old, new, changed", [
    ("# to the right", "# right", ""), ("int y\n", "int y    # up\n", ""), ("    # Moves it.\n", "", ""),
    ("area(", "surface(", ""),
    ("int y\ncdef", "long y\ncdef", "PointC"), ("    int x ", "    int z ", "PointC"), ("int y\ncdef", "int y\n    int z\ncdef", "PointC"),
    ("uint64_t", "uint32_t", "hash_t"), ("    RED", "    BLUE\n    RED", "Color"), ("(Base)", "", "Shape"),
    ("cdef PointC at", "cdef PointC* at", "Shape"), ("except -1\n\n", "except -2\n\n", "Shape"),
    ("                  int y)", "                  long y)", "Shape"), ("    # Moves it.", "    cdef int turn(self) except -1", "Shape"),
])
def test_which_changes_are_changes_of_the_layout(old, new, changed):
    assert PXD.count(old) >= 1
    other = PXD.replace(old, new, 1)
    names = ["hash_t", "PointC", "Color", "Shape"]
    assert [name for name in names if declaration(PXD, name) != declaration(other, name)] == ([changed] if changed else [])


def test_every_class_that_one_extends_is_recorded():
    recorded = {name for names in DECLARATIONS.values() for name in names}
    for module, names in DECLARATIONS.items():
        text = SOURCE.joinpath(*module.split(".")).with_suffix(".pxd").read_text(encoding="utf-8")
        for name in names:
            base = re.match(rf"cdef class {name}\((\w+)\)", declaration(text, name))
            assert base is None or base.group(1) in recorded


if __name__ == "__main__":
    RECORD.write_text(record())
