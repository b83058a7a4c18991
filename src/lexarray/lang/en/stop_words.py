"""tmp"""
STOP_WORDS = frozenset({"the", "n't"})
