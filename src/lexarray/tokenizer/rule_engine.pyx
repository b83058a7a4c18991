"""The rules of a tokenizer, and the algorithm that runs them over a text: :class:`RuleEngine`.

The algorithm is the one that spaCy documents (Usage, Linguistic Features, Tokenization): chunks between
whitespace; special cases; prefixes and suffixes taken off while there are any; URLs; infixes; and a final
pass for special cases that the affix rules have torn apart. Rules are Python callables over strings.
"""
import re

from lexarray.attrs import IDS
from lexarray.tokenizer.special_cases import SpecialCases

cdef int ORTH = IDS["ORTH"]
cdef int NORM = IDS["NORM"]


cdef Piece _piece(str label, str text, str norm=None):
    cdef Piece piece = Piece.__new__(Piece)
    piece.label = label
    piece.text = text
    piece.norm = norm
    return piece


cdef Py_ssize_t _match_length(str name, object search, str string) except -1:
    # Length of what a prefix or suffix rule finds; 0: nothing.
    cdef Py_ssize_t start, end
    if search is None:
        return 0
    match = search(string)
    if match is None:
        return 0
    start, end = _match_span(name, match, string)
    return end - start


cdef tuple _match_span(str name, object match, str string):
    try:
        start, end = match.span()
    except (AttributeError, TypeError, ValueError):
        raise TypeError(f"{name} gave {match!r:.80} for {string!r:.80}: expected a match, as of re.search") from None
    if not 0 <= start <= end <= len(string):
        raise ValueError(f"{name} gave a match from {start} to {end} in {string!r:.80}, which has {len(string)} "
                         f"characters")
    return start, end


cdef object _rule(object function, str name):
    if function is not None and not callable(function):
        raise TypeError(f"{name} must be callable or None, got {function!r}")
    return function


cdef class Piece:
    """A token in the making: its text, the rule that made it, and what follows it."""


cdef class RuleEngine:
    """Rules that cut a text into tokens. Use :class:`lexarray.tokenizer.Tokenizer`, which extends it."""

    def __cinit__(self, *args, **kwargs):
        self._rules = SpecialCases()
        self._split_specials = {}

    @property
    def rules(self):
        """The special cases, a :class:`~lexarray.tokenizer.SpecialCases` mapping that can be edited."""
        return self._rules

    @rules.setter
    def rules(self, cases):
        self._rules = SpecialCases(cases if cases is not None else {})
        self._changes += 1

    @property
    def prefix_search(self):
        """``search(string)`` -> match of a prefix at the start, or None; its length is taken off."""
        return self._prefix_search

    @prefix_search.setter
    def prefix_search(self, function):
        self._prefix_search = _rule(function, "prefix_search")
        self._changes += 1

    @property
    def suffix_search(self):
        """``search(string)`` -> match of a suffix at the end, or None; its length is taken off."""
        return self._suffix_search

    @suffix_search.setter
    def suffix_search(self, function):
        self._suffix_search = _rule(function, "suffix_search")
        self._changes += 1

    @property
    def infix_finditer(self):
        """``finditer(string)`` -> matches of infixes, from left to right."""
        return self._infix_finditer

    @infix_finditer.setter
    def infix_finditer(self, function):
        self._infix_finditer = _rule(function, "infix_finditer")
        self._changes += 1

    @property
    def token_match(self):
        """``match(string)`` -> true if the string is one token, before any other rule but special cases."""
        return self._token_match

    @token_match.setter
    def token_match(self, function):
        self._token_match = _rule(function, "token_match")
        self._changes += 1

    @property
    def url_match(self):
        """``match(string)`` -> true if the string is one token once prefixes and suffixes are off."""
        return self._url_match

    @url_match.setter
    def url_match(self, function):
        self._url_match = _rule(function, "url_match")
        self._changes += 1

    cdef object version(self):
        return self._changes, self._rules.version

    cdef bint refresh(self) except -1:
        version = self.version()
        if version == self._seen_version:
            return False
        spaced = self._rules.with_space()
        self._find_spaced = re.compile("|".join(map(re.escape, spaced))).search if spaced else None
        self._split_specials = {}
        self._seen_version = version
        return True

    cdef list pieces(self, str text):
        return self._merge_specials(self._scan(text, True))

    cdef list chunk_pieces(self, str chunk):
        return self._merge_specials(self._split(chunk, True))

    cdef list _scan(self, str text, bint specials):
        # All but the final pass.
        cdef list pieces = []
        cdef Py_ssize_t start = 0, end, length = len(text)
        cdef bint space
        while start < length:
            space = text[start].isspace()
            end = start + 1
            while end < length and text[end].isspace() == space:
                end += 1
            if not space:
                pieces += self._split(text[start:end], specials)
            else:
                if text[start] == " " and pieces:
                    (<Piece>pieces[len(pieces) - 1]).space = True
                    start += 1
                if start < end:
                    pieces.append(_piece("SPACE", text[start:end]))
            start = end
        return pieces

    cdef list _split(self, str chunk, bint specials):
        # The pieces of a chunk without whitespace, without the final pass.
        cdef list pieces = []
        cdef list suffixes = []
        cdef str rest = chunk
        cdef Py_ssize_t n_prefix, n_suffix
        while rest:
            if specials and rest in self._rules or self._token_match is not None and self._token_match(rest):
                break
            # One prefix, and one suffix of what it leaves. If either cut alone leaves a special case, only
            # that one is made.
            n_prefix = _match_length("prefix_search", self._prefix_search, rest)
            n_suffix = _match_length("suffix_search", self._suffix_search, rest[n_prefix:])
            if specials and n_prefix and rest[n_prefix:] in self._rules:
                n_suffix = 0
            elif specials and n_suffix and rest[:len(rest) - n_suffix] in self._rules:
                n_prefix = 0
            if n_prefix == n_suffix == 0:
                break
            if n_prefix:
                pieces.append(_piece("PREFIX", rest[:n_prefix]))
            if n_suffix:
                suffixes.append(_piece("SUFFIX", rest[len(rest) - n_suffix:]))
            rest = rest[n_prefix:len(rest) - n_suffix]
        if rest:
            if self._token_match is not None and self._token_match(rest):
                pieces.append(_piece("TOKEN_MATCH", rest))
            elif specials and rest in self._rules:
                pieces += self._special(rest)
            elif self._url_match is not None and self._url_match(rest):
                pieces.append(_piece("URL_MATCH", rest))
            else:
                pieces += self._split_infixes(rest)
        suffixes.reverse()
        return pieces + suffixes

    cdef list _split_infixes(self, str chunk):
        cdef list pieces = []
        cdef Py_ssize_t done = 0, start, end
        if self._infix_finditer is not None:
            for match in self._infix_finditer(chunk):
                start, end = _match_span("infix_finditer", match, chunk)
                if start == 0 or start == end:
                    continue
                if start < done:
                    raise ValueError(f"infix_finditer gave a match from {start} to {end} in {chunk!r:.80} after one that "
                                     f"ended at {done}: matches must go from left to right and not overlap")
                if start > done:
                    pieces.append(_piece("TOKEN", chunk[done:start]))
                pieces.append(_piece("INFIX", chunk[start:end]))
                done = end
        if done < len(chunk):
            pieces.append(_piece("TOKEN", chunk[done:]))
        return pieces

    cdef list _special(self, str string):
        return [_piece(f"SPECIAL-{number}", token[ORTH], token.get(NORM))
                for number, token in enumerate(self._rules[string], start=1)]

    cdef tuple _split_special(self, str string):
        # The texts and spaces that a special case falls into without special cases; () if it has no
        # affix, so that the rules cannot tear it apart. Remembered until the rules change.
        cdef Piece piece
        found = self._split_specials.get(string)
        if found is None:
            found = ()
            if (_match_length("prefix_search", self._prefix_search, string) or _match_length("suffix_search", self._suffix_search, string)
                    or self._infix_finditer is not None and any(True for _ in self._infix_finditer(string))
                    or self._find_spaced is not None and any([char.isspace() for char in string])):
                found = tuple([(piece.text, piece.space) for piece in self._scan(string, False)])
            self._split_specials[string] = found
        return found

    cdef list _merge_specials(self, list pieces):
        # The final pass: where pieces spell a special case, as they would without special cases, it takes
        # their place. Longer ones (in pieces) first, then earlier ones.
        cdef Py_ssize_t longest = self._rules.longest
        cdef Py_ssize_t start, end, n = len(pieces)
        cdef Piece piece, last
        cdef str string
        cdef list spelled
        found = []
        for start in range(n):
            string = ""
            spelled = []
            for end in range(start, n):
                piece = pieces[end]
                if spelled:
                    last = pieces[end - 1]
                    if last.space and self._find_spaced is None:
                        break
                    string += " " if last.space else ""
                    spelled[len(spelled) - 1] = (last.text, last.space)
                string += piece.text
                if len(string) > longest:
                    break
                spelled.append((piece.text, False))
                if string in self._rules and self._split_special(string) == tuple(spelled):
                    found.append((start - end, start, end + 1, string))
        if not found:
            return pieces
        found.sort()
        replaced = {}
        taken = [False] * n
        for _, start, end, string in found:
            if True not in taken[start:end]:
                taken[start:end] = [True] * (end - start)
                replaced[start] = end, string
        merged = []
        start = 0
        while start < n:
            if start in replaced:
                end, string = replaced[start]
                last = pieces[end - 1]
                merged += self._special(string)
                (<Piece>merged[len(merged) - 1]).space = last.space
                start = end
            else:
                merged.append(pieces[start])
                start += 1
        return merged
