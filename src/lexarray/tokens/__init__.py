"""Documents: :class:`Doc`, and its views :class:`Token` and :class:`Span`; :class:`SpanGroup`, spans that may overlap;
:class:`DocBin`, a file of many documents."""

from lexarray.tokens.doc import Doc
from lexarray.tokens.doc_bin import DocBin
from lexarray.tokens.span import Span
from lexarray.tokens.span_group import SpanGroup
from lexarray.tokens.token import Token

__all__ = ["Doc", "DocBin", "Span", "SpanGroup", "Token"]
