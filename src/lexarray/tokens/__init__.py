"""Documents: :class:`Doc`, and its views :class:`Token` and :class:`Span`; :class:`DocBin`, a file of many."""

from lexarray.tokens.doc import Doc
from lexarray.tokens.doc_bin import DocBin
from lexarray.tokens.span import Span
from lexarray.tokens.token import Token

__all__ = ["Doc", "DocBin", "Span", "Token"]
