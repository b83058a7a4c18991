"""Modules that are not needed by most: :func:`load_extra` imports one where it is used, or says which extra has it."""

from importlib import import_module
from types import ModuleType


def load_extra(module: str, extra: str) -> ModuleType:
    """Import a module of an extra.

    Args:
        module (str): its name, such as "pyarrow.parquet".
        extra (str): the extra of lexarray that installs it.

    Raises:
        ImportError: it is not there; says what to install.

    >>> load_extra("no_such_module", "arrow")
    Traceback (most recent call last):
    ...
    ImportError: this needs no_such_module, which cannot be imported (No module named 'no_such_module'): pip install 'lexarray[arrow]'
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(f"this needs {module}, which cannot be imported ({error}): pip install 'lexarray[{extra}]'",
                          name=error.name) from None
