"""The attributes of a word type, slowly: Python's own string methods and regular expressions."""

import re
import unicodedata

BRACKETS = set("()[]{}<>")
QUOTES = set("\"'`«»‘’‚‛“”„‟‹›❮❯") | {"''", "``"}
LEFT = set("([{<\"'«‘‚‛“„‟‹❮") | {"``"}
RIGHT = set(")]}>\"'»’”›❯") | {"''"}


def flags(text):
    """name -> bool, for a text that is not empty."""
    return {
        "is_alpha": text.isalpha(),
        "is_ascii": text.isascii(),
        "is_digit": text.isdigit(),
        "is_lower": text.islower(),
        "is_upper": text.isupper(),
        "is_title": text.istitle(),
        "is_space": text.isspace(),
        "is_punct": all(unicodedata.category(char).startswith("P") for char in text),
        "is_currency": all(unicodedata.category(char) == "Sc" for char in text),
        "is_bracket": text in BRACKETS,
        "is_quote": text in QUOTES,
        "is_left_punct": text in LEFT,
        "is_right_punct": text in RIGHT,
        "like_num": like_num(text),
        "like_email": re.fullmatch(r"[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+", text) is not None,
    }


def like_num(text):
    """A sign, then digits with commas and points, or two of these around one slash."""
    if text[0] in "+-±~":
        text = text[1:]
    parts = [part.replace(",", "").replace(".", "") for part in text.split("/")]
    return len(parts) <= 2 and all(part.isdigit() for part in parts)


def shape(text):
    """Letters as x or X, digits as d, runs of one of these cut at four."""
    if len(text) > 99:
        return "LONG"
    kinds = "".join(("X" if c.isupper() else "x") if c.isalpha() else "d" if c.isdigit() else c for c in text)
    return re.sub(r"(.)\1{4,}", lambda match: match.group(1) * 4, kinds, flags=re.DOTALL)
