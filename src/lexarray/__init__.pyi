from typing import Final

from lexarray.corpus import Corpus as Corpus, CorpusWriter as CorpusWriter
from lexarray.language import Language as Language, blank as blank, load as load
from lexarray.lexeme import Lexeme as Lexeme
from lexarray.strings import StringStore as StringStore
from lexarray.tokenizer import Tokenizer as Tokenizer
from lexarray.tokens import Doc as Doc, DocBin as DocBin, Span as Span, Token as Token
from lexarray.vectors import KeyedVectors as KeyedVectors
from lexarray.vocab import Vocab as Vocab

__version__: Final[str]
ABI_VERSION: Final[int]
__all__ = [
    "ABI_VERSION",
    "__version__",
    "blank",
    "load",
    "Language",
    "Corpus",
    "CorpusWriter",
    "Doc",
    "DocBin",
    "Span",
    "Token",
    "KeyedVectors",
    "Lexeme",
    "StringStore",
    "Tokenizer",
    "Vocab",
]
