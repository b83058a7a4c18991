"""tmp"""
NUMBER_WORDS = frozenset({"ten"})
ORDINAL_WORDS = frozenset({"tenth"})
ORDINAL_SUFFIXES = ("st", "nd", "rd", "th")
