"""Text -> Doc: :class:`Tokenizer`, the rules it runs, and helpers that compile them."""

from lexarray.tokenizer.affixes import compile_infix_regex, compile_prefix_regex, compile_suffix_regex
from lexarray.tokenizer.special_cases import SpecialCases
from lexarray.tokenizer.tokenizer import Tokenizer

__all__ = ["SpecialCases", "Tokenizer", "compile_infix_regex", "compile_prefix_regex", "compile_suffix_regex"]
