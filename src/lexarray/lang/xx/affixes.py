"""Prefix, suffix and infix rules, shared by all languages.

Each set has two parts: *_LITERALS are plain strings, *_PATTERNS are regex sources; the tuples
PREFIXES, SUFFIXES and INFIXES hold the regex sources of both.  A prefix is matched at the start of the string (first alternative
wins), a suffix is anchored at the end (leftmost start, so the longest, wins), infixes are
searched with `finditer`.
"""

import re

from lexarray.lang.xx.char_classes import (
    ALPHA,
    ALPHA_LOWER,
    ALPHA_UPPER,
    CONCAT_QUOTES,
    CURRENCY,
    CURRENCY_NAMES,
    ELLIPSIS,
    EM_DASH,
    EN_DASH,
    HYPHENS,
    ICONS,
    PUNCT,
    PUNCT_CHARS,
    QUOTES,
    QUOTE_CHARS,
    UNITS,
)


def alternatives(strings):
    """Regex source matching any of the strings, longer ones first."""
    return "|".join(re.escape(s) for s in sorted(strings, key=lambda s: (-len(s), s)))


# --- prefixes -----------------------------------------------------------------------------

PREFIX_LITERALS = (
    CURRENCY_NAMES + ("§", "%", "=", EM_DASH, EN_DASH, ELLIPSIS) + PUNCT_CHARS + QUOTE_CHARS
)
PREFIX_PATTERNS = (
    r"\+(?![0-9])",  # +foo, but +5
    r"\.\.+",  # two or more full stops
    f"[{CURRENCY}]",
    f"[{ICONS}]",
)
PREFIXES = tuple(re.escape(s) for s in PREFIX_LITERALS) + PREFIX_PATTERNS

# --- suffixes -----------------------------------------------------------------------------

SUFFIX_LITERALS = (
    ("'s", "'S", "’s", "’S", EM_DASH, EN_DASH, ELLIPSIS * 2, ELLIPSIS) + PUNCT_CHARS + QUOTE_CHARS
)
SUFFIX_PATTERNS = (
    r"\.\.+",
    f"[{ICONS}]",
    r"(?<=[0-9])\+",
    f"(?<=[0-9])(?:{alternatives(CURRENCY_NAMES)}|[{CURRENCY}])",
    f"(?<=[0-9])(?:{alternatives(UNITS)})",
    r"(?<=°[FfCcKk])\.",
    # a full stop after a lower-case letter, a digit or punctuation ends the sentence
    rf"(?<=[0-9{ALPHA_LOWER}%²\-+|{PUNCT}{QUOTES}{ELLIPSIS}])\.",
    # ... and after two capitals; after a single one it is an initial
    f"(?<=[{ALPHA_UPPER}][{ALPHA_UPPER}])\\.",
)
SUFFIXES = tuple(re.escape(s) for s in SUFFIX_LITERALS) + SUFFIX_PATTERNS

# --- infixes ------------------------------------------------------------------------------

INFIX_LITERALS = (ELLIPSIS,)
INFIX_PATTERNS = (
    r"\.\.+",
    f"[{ICONS}]",
    r"(?<=[0-9])[+\-*^](?=[0-9-])",  # sums and ranges: 1+1, 10-12
    f"(?<=[{ALPHA_LOWER}{CONCAT_QUOTES}])\\.(?=[{ALPHA_UPPER}{CONCAT_QUOTES}])",  # end.Start
    f"(?<=[{ALPHA}]),(?=[{ALPHA}])",  # one,two
    f"(?<=[{ALPHA}0-9])(?:{alternatives(HYPHENS)})(?=[{ALPHA}])",  # self-made
    f"(?<=[{ALPHA}0-9])[:<>=/](?=[{ALPHA}])",  # and/or, x=y
)
INFIXES = tuple(re.escape(s) for s in INFIX_LITERALS) + INFIX_PATTERNS
