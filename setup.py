"""Builds every ``.pyx`` below ``src``. All else about the package is in pyproject.toml.

Environment variables, for developers:
    LEXARRAY_DEBUG=1             no optimisation, symbols, Cython's line tracing for profilers
    LEXARRAY_SANITIZE=address    (or undefined, thread, a comma list) instrumented build
    LEXARRAY_JOBS=2              how many C compilers run at once (default: one a core)
"""
import os
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

# The only place that sets compiler directives.
DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "initializedcheck": False,
    "cdivision": True,
    "embedsignature": False,
    "binding": True,
    "always_allow_keywords": True,
}

debug = os.environ.get("LEXARRAY_DEBUG") == "1"
sanitizers = os.environ.get("LEXARRAY_SANITIZE", "")
jobs = int(os.environ.get("LEXARRAY_JOBS") or os.cpu_count() or 1)

compile_args, link_args, macros = [], [], []
if sys.platform != "win32":
    compile_args = ["-O0", "-g"] if debug else ["-O3", "-g0"]
    if sanitizers:
        compile_args = ["-O1", "-g", "-fno-omit-frame-pointer", f"-fsanitize={sanitizers}"]
        link_args = [f"-fsanitize={sanitizers}"]
if sys.platform == "darwin":
    os.environ.setdefault("MACOSX_DEPLOYMENT_TARGET", "14.0")       # std::to_chars of numbers with a point is of 13.3
if debug:
    DIRECTIVES |= {"boundscheck": True, "initializedcheck": True, "profile": True, "linetrace": True}
    macros = [("CYTHON_TRACE_NOGIL", "1")]


class BuildExt(build_ext):
    def finalize_options(self):
        super().finalize_options()
        if self.parallel is None:
            self.parallel = jobs

    def build_extensions(self):
        if self.compiler.compiler_type == "msvc":
            for extension in self.extensions:               # what _atomic.h counts on; the default on x86 alone
                extension.extra_compile_args = [*extension.extra_compile_args, "/volatile:ms"]
        super().build_extensions()


# Modules whose C parts are C++.
CPLUSPLUS = {"lexarray.vectors.io._text_rows"}

src = Path(__file__).parent / "src"
sources = sorted(src.rglob("*.pyx"))
if not sources:
    raise SystemExit(f"there is no .pyx below {src}: this is not a complete copy of the sources")
extensions = []
for path in sources:
    name = ".".join(path.relative_to(src).with_suffix("").parts)
    cplusplus = name in CPLUSPLUS
    extensions.append(Extension(
        name,
        [os.path.relpath(path)],
        extra_compile_args=compile_args + (["/std:c++17" if sys.platform == "win32" else "-std=c++17"] if cplusplus else []),
        extra_link_args=link_args,
        include_dirs=["src/lexarray"],              # _atomic.h
        define_macros=macros,
        language="c++" if cplusplus else None,
    ))

# Whoever only wants to know what the package consists of, as pip and `build` do first, needs no C sources.
if {"sdist", "egg_info", "dist_info", "--version"} & set(sys.argv[1:]):
    modules = extensions
else:
    modules = cythonize(
        extensions,
        compiler_directives=DIRECTIVES,
        build_dir=f"build/cython{'-debug' if debug else ''}",           # so that a debug build never mixes with others
        force="--force" in sys.argv,
        include_path=["src"],
        nthreads=jobs if jobs > 1 and sys.platform == "linux" else 0,
    )

setup(ext_modules=modules, cmdclass={"build_ext": BuildExt})
