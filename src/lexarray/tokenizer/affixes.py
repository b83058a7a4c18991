"""Affix rules as regular expressions: sources in, compiled patterns out.

A language gives its rules as sources (``nlp.Defaults.prefixes`` ...); to change them, edit the list,
compile it and give the pattern's method to the tokenizer:

>>> import lexarray
>>> nlp = lexarray.blank("en")
>>> prefixes = ["§§", *nlp.Defaults.prefixes]
>>> nlp.tokenizer.prefix_search = compile_prefix_regex(prefixes).search
>>> [token.text for token in nlp("§§12")]
['§§', '12']
"""

import re
from collections.abc import Iterable


def compile_prefix_regex(entries: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds any of the entries at the start of a string.

    Args:
        entries (Iterable[str]): sources of regular expressions; the first that matches wins.

    Returns:
        re.Pattern: give its ``search`` to the tokenizer.

    >>> compile_prefix_regex([r"\\(", "§+"]).search("§§12").group()
    '§§'
    """
    return re.compile("|".join(f"^(?:{entry})" for entry in entries) or NEVER)


def compile_suffix_regex(entries: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds any of the entries at the end of a string.

    Args:
        entries (Iterable[str]): sources of regular expressions; the leftmost match wins.

    Returns:
        re.Pattern: give its ``search`` to the tokenizer.

    >>> compile_suffix_regex([r"\\)", r"(?<=[0-9])km"]).search("12km").group()
    'km'
    """
    return re.compile("|".join(rf"(?:{entry})\Z" for entry in entries) or NEVER)


def compile_infix_regex(entries: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds any of the entries inside a string.

    Args:
        entries (Iterable[str]): sources of regular expressions; the first that matches wins.

    Returns:
        re.Pattern: give its ``finditer`` to the tokenizer.

    >>> [match.group() for match in compile_infix_regex(["-", r"\\.\\.+"]).finditer("well-known...")]
    ['-', '...']
    """
    return re.compile("|".join(f"(?:{entry})" for entry in entries) or NEVER)


NEVER = r"(?!)"     # matches nothing: an empty list of rules
