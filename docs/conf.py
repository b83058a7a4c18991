"""How Sphinx makes pages of docs/: `sphinx-build -W --keep-going docs docs/_build/html`, with the extra `docs` installed.

Owned here: the theme, and where signatures come from. Compiled classes cannot tell theirs, and types that are written
out in full are hard to read, so both are taken from the stubs, or from the source where there is no stub.
"""
import ast
import re
import sys
from functools import cache
from pathlib import Path

import lexarray
from sphinx.util.nodes import make_refnode

project = "lexarray"
author = "the lexarray authors"
copyright = author
release = version = lexarray.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3                    # so that [text](page.md#a-heading) works here as on GitHub
maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"
smartquotes_action = "D"                    # dashes, but a quotation mark stays what one can type
pygments_style, pygments_dark_style = "friendly", "github-dark"

# Sphinx 9.0's new implementation fails where a signature is given to what has none of its own.
autodoc_use_legacy_class_based = True
autodoc_member_order = "bysource"
nitpicky = True                             # a name in a docstring that is nowhere is an error, if it is one of ours
nitpick_ignore_regex = [("py:mod", r"lexarray\..*"), ("py:(class|exc|obj)", r"(?!lexarray).*"),
                        ("py:class", r"lexarray\.tokenizer\.crew\.Crew|lexarray\..*\._\w+")]

autodoc_default_options = {"members": True}
autodoc_typehints = "signature"
autoclass_content = "class"
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"lexarray {release}"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_sphinx = False
html_copy_source = False


def _source(module):
    # The stub of a module, or its source, as a tree.
    path = Path(sys.modules[module].__file__)
    folder, name = path.parent, path.name.split(".")[0]
    source = next((file for file in (folder / f"{name}.pyi", folder / f"{name}.py") if file.exists()), None)
    return ast.parse(source.read_text(encoding="utf-8") if source else "").body


@cache
def _types(module):
    # Qualified name of an attribute -> its type.
    found = {}
    for owner in _source(module):
        for node in getattr(owner, "body", ()) if isinstance(owner, ast.ClassDef) else ():
            if isinstance(node, ast.AnnAssign):
                found[f"{owner.name}.{node.target.id}"] = ast.unparse(node.annotation)
            elif isinstance(node, ast.FunctionDef) and node.returns:
                found.setdefault(f"{owner.name}.{node.name}", ast.unparse(node.returns))      # a setter comes second
    return found


@cache
def _signatures(module):
    # What the stub of a module, or its source, says: qualified name -> (arguments, what comes back).
    found = {}

    def _read(body, prefix):
        for node in body:
            if isinstance(node, ast.ClassDef):
                _read(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef):
                if prefix and not any(getattr(mark, "id", None) == "staticmethod" for mark in node.decorator_list):
                    (node.args.posonlyargs or node.args.args)[:1] = []      # self, cls
                found.setdefault(prefix + node.name, []).append(node)

    _read(_source(module), "")
    return {name: _joined(nodes) for name, nodes in found.items()}


def _joined(nodes):
    # One signature of the overloads of a function: what one or another of them takes and gives.
    def _union(types):
        # In sources, a name that is not known yet is a text.
        names = [each.value if isinstance(each, ast.Constant) and each.value else ast.unparse(each)
                 for each in types if each]
        return ast.parse(" | ".join(dict.fromkeys(names)) or "None", mode="eval").body

    first = nodes[0]
    for argument in (*first.args.posonlyargs, *first.args.args, *first.args.kwonlyargs):
        if argument.annotation:
            argument.annotation = _union(other.annotation for node in nodes
                                         for other in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
                                         if other.arg == argument.arg)
    returns = ast.unparse(_union(node.returns for node in nodes)) if first.returns else None
    return f"({ast.unparse(first.args)})", returns


def _signature(app, what, name, obj, options, arguments, returns):
    # Answers Sphinx's question for the signature of a class, a method or a function.
    if what not in ("class", "method", "function"):
        return None
    qualified = getattr(obj, "__qualname__", None)
    module = getattr(obj, "__module__", None) or getattr(getattr(obj, "__objclass__", None), "__module__", None)
    if not str(module).startswith("lexarray") or not qualified:
        return None
    if what != "class":
        return _signatures(module).get(qualified, (arguments, returns))
    for base in obj.__mro__:                    # the class that says what is taken, be it this one or not
        if base.__module__.startswith("lexarray"):
            known = _signatures(base.__module__).get(f"{base.__qualname__}.__init__")
            if known:
                return known[0], None
    return arguments, None


def _add_type(app, what, name, obj, options, lines):
    # The type of an attribute of a compiled class, as the stub has it, in front of what the attribute is. Comes before
    # Napoleon, which takes what stands before a colon for a type.
    if what not in ("attribute", "property") or not lines or isinstance(obj, property):
        return
    path, attribute = name.rsplit(".", 1)
    module, _, owner = path.rpartition(".")
    bases = getattr(getattr(sys.modules.get(module), owner, None), "__mro__", ())
    kinds = [_types(base.__module__).get(f"{base.__qualname__}.{attribute}", "")
             for base in bases if base.__module__.startswith("lexarray")
             and not sys.modules[base.__module__].__file__.endswith(".py")]            # Sphinx knows those itself
    lines[0] = f"{next(filter(None, kinds), '')}: {lines[0]}"


def _mend(app, what, name, obj, options, lines):
    # reStructuredText has no literals that begin or end with a space. The type of an attribute takes no line of its own.
    lines[:] = [re.sub(r"``(.+?)``", lambda found: f"``{found[1].strip()}``", line) for line in lines]
    if what in ("attribute", "property") and lines and lines[-1].startswith(":type:"):
        kind = lines.pop().removeprefix(":type:").strip()
        lines[0] = f"*{kind}* – {lines[0]}" if kind else lines[0]


def _trim(app, page, source):
    # doctest wants a blank line after the last output; a reader does not.
    source[0] = re.sub(r"\n\n```$", "\n```", source[0], flags=re.MULTILINE)


def _find(app, env, node, content):
    # A name without its module, as stubs and docstrings have it, is found if there is only one.
    if node.get("refdomain") != "py" or node["reftarget"].startswith("lexarray"):
        return None
    found = env.domains["py"].find_obj(env, None, None, node["reftarget"], node["reftype"], 1)
    if len({entry.node_id for _, entry in found}) != 1:
        return None
    name, entry = found[0]
    if node["reftype"] == "class" and entry.objtype not in ("class", "exception"):
        return None
    return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, content, name)


def setup(app):
    """Called by Sphinx."""
    app.connect("source-read", _trim)
    app.connect("autodoc-process-signature", _signature)
    app.connect("autodoc-process-docstring", _add_type, priority=400)
    app.connect("autodoc-process-docstring", _mend)
    app.connect("missing-reference", _find)
