"""Words that are numbers: NUMBER_WORDS (cardinals), ORDINAL_WORDS, ORDINAL_SUFFIXES; in lower case."""

UNITS = "zero one two three four five six seven eight nine".split()
TEENS = (
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
# names of powers of a thousand: prefix + "illion"
POWERS = ["hundred", "thousand"] + [
    prefix + "illion"
    for prefix in (
        "m b tr quadr quint sext sept oct non dec"
    ).split()
]

_IRREGULAR_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def ordinal(cardinal):
    """The ordinal of a cardinal of one word."""
    if cardinal in _IRREGULAR_ORDINALS:
        return _IRREGULAR_ORDINALS[cardinal]
    if cardinal.endswith("y"):
        return cardinal[:-1] + "ieth"
    return cardinal + "th"


NUMBER_WORDS = frozenset(UNITS + TEENS + TENS + POWERS)
ORDINAL_WORDS = frozenset(ordinal(word) for word in NUMBER_WORDS)

# What turns digits into an ordinal: 1st, 22nd, 3rd, 10th.
ORDINAL_SUFFIXES = ("st", "nd", "rd", "th")
