"""Documents: :class:`Doc`, and its views :class:`Token` and :class:`Span`."""

from lexarray.tokens.doc import Doc
from lexarray.tokens.span import Span
from lexarray.tokens.token import Token

__all__ = ["Doc", "Span", "Token"]
