"""Documents that lose nothing, words stored once: a data layer for natural language processing.

>>> import lexarray
>>> nlp = lexarray.blank("en")
>>> [token.text for token in nlp("Don't panic!")]
['Do', "n't", 'panic', '!']

The front door: names are loaded from their rooms when they are first used, and nothing lives here.
"""

__version__ = "0.1.0"

# The number of the layout of structs and classes that can be cimported, for extensions that were compiled against it.
ABI_VERSION = 3

_HOMES = {
    "blank": "language",
    "load": "language",
    "Language": "language",
    "Corpus": "corpus",
    "CorpusWriter": "corpus",
    "Doc": "tokens",
    "DocBin": "tokens",
    "Span": "tokens",
    "Token": "tokens",
    "KeyedVectors": "vectors",
    "Lexeme": "lexeme",
    "StringStore": "strings",
    "Tokenizer": "tokenizer",
    "Vocab": "vocab",
}

__all__ = ["ABI_VERSION", "__version__", *_HOMES]


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module 'lexarray' has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"lexarray.{_HOMES[name]}"), name)
    return value


def __dir__():
    return sorted({*globals(), *_HOMES})
