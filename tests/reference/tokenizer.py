"""The slow, readable twin of the compiled tokenizer: rules first, speed never.

`ReferenceTokenizer` follows the published algorithm of rule-based tokenization step by step
and depends on nothing.  `tokenize` gives (text, followed_by_space) pairs that join
back to exactly the input; `explain` gives the same tokens with the rule that made each.

rules            dict: special string -> list of {"ORTH": ..., "NORM": ...}
prefix_search    callable(str) -> match or None, e.g. re.compile(...).search
suffix_search    likewise
infix_finditer   callable(str) -> iterable of matches
token_match      callable(str) -> match or None: such strings are kept whole, first of all
url_match        callable(str) -> match or None: kept whole, after affixes were removed
"""


def split_whitespace(text):
    """Runs of whitespace and of other characters (by str.isspace), in order."""
    runs = []
    for char in text:
        if runs and runs[-1][0].isspace() == char.isspace():
            runs[-1] += char
        else:
            runs.append(char)
    return runs


class Piece:
    """A token in the making: text, label of the rule, is it followed by a space."""

    __slots__ = ("text", "label", "space")

    def __init__(self, text, label, space=False):
        self.text = text
        self.label = label
        self.space = space


def spelling(pieces):
    """What pieces consist of: text and following space of each, but for what follows the last one."""
    return tuple((piece.text, piece.space and piece is not pieces[-1]) for piece in pieces)


def joined(key):
    return "".join(text + " " * space for text, space in key)


class ReferenceTokenizer:
    def __init__(
        self,
        rules=None,
        prefix_search=None,
        suffix_search=None,
        infix_finditer=None,
        token_match=None,
        url_match=None,
    ):
        self.rules = {}
        for string, pieces in (rules or {}).items():
            orths = [piece["ORTH"] for piece in pieces]
            if "".join(orths) != string:
                raise ValueError(f"special case {string!r} does not match its tokens {orths!r}")
            self.rules[string] = orths
        self.prefix_search = prefix_search
        self.suffix_search = suffix_search
        self.infix_finditer = infix_finditer
        self.token_match = token_match
        self.url_match = url_match
        self._find_split_specials()

    # --- results --------------------------------------------------------------------------

    def tokenize(self, text):
        """List of (token text, followed by a single space)."""
        return [(piece.text, piece.space) for piece in self._pieces(text)]

    def explain(self, text):
        """List of (label of the rule, token text)."""
        return [(piece.label, piece.text) for piece in self._pieces(text)]

    # --- step 1: whitespace ---------------------------------------------------------------

    def _pieces(self, text):
        return self._merge_split_specials(self._scan(text))

    def _scan(self, text, specials=True):
        """All but the final pass; `specials=False` ignores the special cases."""
        pieces = []
        for run in split_whitespace(text):
            if run.isspace():
                if run[0] == " " and pieces:
                    pieces[-1].space = True
                    run = run[1:]
                if run:
                    pieces.append(Piece(run, "SPACE"))
            else:
                pieces.extend(self._chunk(run, specials))
        return pieces

    # --- steps 2 to 4: one chunk without whitespace ---------------------------------------

    def _special(self, string):
        return [
            Piece(orth, f"SPECIAL-{number}")
            for number, orth in enumerate(self.rules[string], start=1)
        ]

    def _chunk(self, string, specials=True):
        """Tokens of a whitespace-free string; `specials=False` ignores the special cases."""
        rules = self.rules if specials else {}
        prefixes, middle, suffixes = [], [], []
        while string:
            if string in rules or self._matches(self.token_match, string):
                break
            # One prefix and one suffix of what the prefix leaves.  If either cut alone leaves
            # a special case, only that one is made.
            n_prefix = self._prefix_length(string)
            n_suffix = self._suffix_length(string[n_prefix:])
            if n_prefix and string[n_prefix:] in rules:
                n_suffix = 0
            elif n_suffix and string[:-n_suffix] in rules:
                n_prefix = 0
            if not n_prefix and not n_suffix:
                break
            if n_prefix:
                prefixes.append(Piece(string[:n_prefix], "PREFIX"))
            if n_suffix:
                suffixes.append(Piece(string[-n_suffix:], "SUFFIX"))
            string = string[n_prefix : len(string) - n_suffix]
        if string:
            if self._matches(self.token_match, string):
                middle = [Piece(string, "TOKEN_MATCH")]
            elif string in rules:
                middle = self._special(string)
            elif self._matches(self.url_match, string):
                middle = [Piece(string, "URL_MATCH")]
            else:
                middle = self._split_infixes(string)
        return prefixes + middle + suffixes[::-1]

    @staticmethod
    def _matches(matcher, string):
        return matcher is not None and bool(matcher(string))

    def _prefix_length(self, string):
        match = self.prefix_search(string) if self.prefix_search else None
        return match.end() - match.start() if match else 0

    def _suffix_length(self, string):
        match = self.suffix_search(string) if self.suffix_search else None
        return match.end() - match.start() if match else 0

    def _split_infixes(self, string):
        pieces = []
        start = 0
        if self.infix_finditer:
            for match in self.infix_finditer(string):
                if match.start() == 0 or match.start() == match.end():
                    continue
                if match.start() > start:
                    pieces.append(Piece(string[start : match.start()], "TOKEN"))
                pieces.append(Piece(match.group(), "INFIX"))
                start = match.end()
        if start < len(string):
            pieces.append(Piece(string[start:], "TOKEN"))
        return pieces

    # --- step 5: special cases that the affix rules have torn apart -----------------------

    def _find_split_specials(self):
        """Special cases that contain an affix or whitespace, by the tokens they fall into without them."""
        self._split_specials = {}
        for string in self.rules:
            has_affix = (
                self._prefix_length(string)
                or self._suffix_length(string)
                or (self.infix_finditer and any(True for _ in self.infix_finditer(string)))
            )
            if has_affix or any(char.isspace() for char in string):
                key = spelling(self._scan(string, specials=False))
                if joined(key) == string:           # else it ends in a space, which belongs to a token
                    self._split_specials[key] = string
        self._longest = max(map(len, self._split_specials), default=0)

    def _merge_split_specials(self, pieces):
        """Replace token sequences that spell a special case; the longest first."""
        found = []
        for start in range(len(pieces)):
            for end in range(start + 1, min(start + self._longest, len(pieces)) + 1):
                key = spelling(pieces[start:end])
                if key in self._split_specials:
                    found.append((start, end, self._split_specials[key]))
        # Longest first, then leftmost; what overlaps an earlier one of this order is dropped.
        found.sort(key=lambda item: (item[0] - item[1], item[0]))
        taken = set()
        chosen = {}
        for start, end, string in found:
            if taken.isdisjoint(range(start, end)):
                chosen[start] = (end, string)
                taken.update(range(start, end))
        result = []
        position = 0
        while position < len(pieces):
            if position in chosen:
                end, string = chosen[position]
                merged = self._special(string)
                merged[-1].space = pieces[end - 1].space
                result.extend(merged)
                position = end
            else:
                result.append(pieces[position])
                position += 1
        return result
