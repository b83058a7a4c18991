"""The rules of a tokenizer, compiled, and the algorithm that runs them over a text: :class:`Rules`.

The algorithm is the one that spaCy documents (Usage, Linguistic Features, Tokenization): chunks between
whitespace; special cases; prefixes and suffixes taken off while there are any; URLs; infixes; and a final
pass for special cases that the affix rules have torn apart.

Rules that are methods of compiled regular expressions become automata (:mod:`lexarray.tokenizer.automaton`) and run without
Python, if their patterns allow that; any other callable is called with the string that the rule is about.
"""
from cpython.bytearray cimport PyByteArray_AS_STRING
from cpython.bytes cimport PyBytes_AS_STRING
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdlib cimport free, realloc
from libc.string cimport memcmp, memcpy
from preshed.maps cimport map_get

from lexarray._arena cimport arena_alloc, arena_free
from lexarray._utf8 cimport decode_utf8
from lexarray.strings cimport hash_utf8
from lexarray.tokenizer.automaton cimport compile_rule

import re

from lexarray.attrs import IDS

cdef extern from "Python.h" nogil:
    bint Py_UNICODE_ISSPACE(char32_t)

cdef int ORTH = IDS["ORTH"]
cdef int NORM = IDS["NORM"]


cdef void read_run(RunC* run, const char* utf8, Py_ssize_t n_bytes, char32_t* chars, uint32_t* offsets) noexcept nogil:
    cdef Py_ssize_t i
    cdef uint32_t at = 0
    run.utf8 = utf8
    run.chars = chars
    run.offsets = offsets
    run.n = decode_utf8(utf8, n_bytes, chars)
    for i in range(run.n):
        offsets[i] = at
        at += 1 if chars[i] < 0x80 else 2 if chars[i] < 0x800 else 3 if chars[i] < 0x10000 else 4
    offsets[run.n] = at


# ---- lists of pieces ----

cdef void free_pieces(PieceListC* pieces) noexcept nogil:
    free(pieces.items)
    pieces.items = NULL
    pieces.n = pieces.room = 0


cdef int _make_room(PieceListC* pieces, Py_ssize_t n) except -1 nogil:
    # For n pieces in all.
    cdef Py_ssize_t room = max(n, pieces.room + (pieces.room >> 1), 16)
    cdef PieceC* items
    if n > pieces.room:
        items = <PieceC*>realloc(pieces.items, room * sizeof(PieceC))
        if items is NULL:
            with gil:
                raise MemoryError(f"no memory for a text of more than {pieces.n:,} tokens")
        pieces.items = items
        pieces.room = room
    return 0


cdef inline PieceC* _add_piece(PieceListC* pieces, Py_ssize_t start, Py_ssize_t end, piece_label_t label) except NULL nogil:
    cdef PieceC* piece
    if pieces.n == pieces.room:
        _make_room(pieces, pieces.n + 1)
    piece = &pieces.items[pieces.n]
    pieces.n += 1
    piece.start = <uint32_t>start
    piece.end = <uint32_t>end
    piece.label = label
    piece.token = NULL
    piece.space = False
    return piece


cdef int _add_pieces(PieceListC* pieces, const PieceC* others, Py_ssize_t n) except -1 nogil:
    # Copies of others, which are of another list.
    _make_room(pieces, pieces.n + n)
    memcpy(pieces.items + pieces.n, others, n * sizeof(PieceC))
    pieces.n += n
    return 0


cdef int _add_special_pieces(PieceListC* pieces, Py_ssize_t start, const SpecialC* special) except -1 nogil:
    cdef uint32_t k
    for k in range(special.n_tokens):
        _add_piece(pieces, start, start + special.tokens[k].n_chars, SPECIAL).token = &special.tokens[k]
        start += special.tokens[k].n_chars
    return 0


# ---- rules in Python ----

cdef str _string(const RunC* run, Py_ssize_t start, Py_ssize_t end):
    return PyUnicode_DecodeUTF8(run.utf8 + run.offsets[start], run.offsets[end] - run.offsets[start], "surrogatepass")


cdef Py_ssize_t _match_length(str name, object search, str string) except -1:
    # Length of what a prefix or suffix rule finds; 0: nothing.
    cdef Py_ssize_t start, end
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


cdef int _add_infixes(PieceListC* pieces, const RunC* run, Py_ssize_t first, Py_ssize_t* done, object infix_finditer,
                      str string) except -1:
    # Pieces of a string, at `first` in the run, up to `done`, which is where the last infix ends.
    cdef Py_ssize_t start, end
    for match in infix_finditer(string):
        start, end = _match_span("infix_finditer", match, string)
        if start == 0 or start == end:
            continue
        if start < done[0]:
            raise ValueError(f"infix_finditer gave a match from {start} to {end} in {string!r:.80} after one that "
                             f"ended at {done[0]}: matches must go from left to right and not overlap")
        if start > done[0]:
            _add_piece(pieces, first + done[0], first + start, TOKEN)
        _add_piece(pieces, first + start, first + end, INFIX)
        done[0] = end
    return 0


cdef class Rules:
    """Rules that cut a text into pieces, as they were when this was made. Used by :class:`lexarray.tokenizer.Tokenizer`."""

    def __cinit__(self, dict cases not None, prefix_search, suffix_search, infix_finditer, token_match, url_match):
        cdef str string
        self._texts = StringStore()
        self._specials = PreshMap()
        self._prefix = compile_rule(prefix_search, "prefix")
        self._suffix = compile_rule(suffix_search, "suffix")
        self._infix = compile_rule(infix_finditer, "infix")
        self._token = compile_rule(token_match, "test")
        self._url = compile_rule(url_match, "test")
        self._prefix_search = prefix_search
        self._suffix_search = suffix_search
        self._infix_finditer = infix_finditer
        self._token_match = token_match
        self._url_match = url_match
        strings = list(cases)
        spaced = [string for string in strings if any([char.isspace() for char in string])]
        self.find_spaced = re.compile("|".join(map(re.escape, spaced))).search if spaced else None
        self._longest = max(map(len, strings), default=0)
        self._lengths = <uint8_t*>arena_alloc(&self._arena, self._longest + 1, 8)
        if self._lengths is NULL:
            raise MemoryError("no memory for the rules of a tokenizer")
        for string in strings:
            self._add_special(string, cases[string])
        self._index_torn([string for string in strings if self._tear(string)])

    def __dealloc__(self):
        arena_free(&self._arena)

    cdef int _add_special(self, str string, list tokens) except -1:
        cdef SpecialC* special = <SpecialC*>arena_alloc(&self._arena, sizeof(SpecialC), 8)
        cdef uint32_t k
        if special is NULL:
            raise MemoryError("no memory for the rules of a tokenizer")
        special.tokens = <SpecialTokenC*>arena_alloc(&self._arena, len(tokens) * sizeof(SpecialTokenC), 8)
        if special.tokens is NULL:
            raise MemoryError("no memory for the rules of a tokenizer")
        special.string = self._texts.find(self._texts.intern(string))
        special.n_tokens = <uint32_t>len(tokens)
        for k, token in enumerate(tokens):
            special.tokens[k].n_chars = len(token[ORTH])
            special.tokens[k].number = k + 1
            if NORM in token:
                special.tokens[k].norm = self._texts.find(self._texts.intern(token[NORM]))
        self._specials.set(hash_utf8(special.string.utf8, special.string.length), special)
        self._lengths[len(string)] = 1
        return 0

    cdef bint _tear(self, str string) except -1:
        # What becomes of a special case without special cases, if the affix rules can tear it apart; whether they can.
        cdef PieceListC pieces = [NULL, 0, 0], work = [NULL, 0, 0]
        cdef SpecialC* special
        cdef RunC run
        cdef Py_ssize_t i
        cdef bint torn
        cdef bytes utf8 = string.encode("utf-8", "surrogatepass")
        cdef bytearray chars = bytearray(len(utf8) * sizeof(char32_t)), offsets = bytearray((len(utf8) + 1) * sizeof(uint32_t))
        read_run(&run, PyBytes_AS_STRING(utf8), len(utf8), <char32_t*>PyByteArray_AS_STRING(chars),
                 <uint32_t*>PyByteArray_AS_STRING(offsets))
        special = <SpecialC*>self._special(&run, 0, run.n)
        try:
            torn = self._prefix_length(&run, 0, run.n) > 0 or self._suffix_length(&run, 0, run.n) > 0
            if not torn and self._infix_finditer is not None:
                torn = any(True for _ in self._infix_finditer(string))
            if not torn and self.find_spaced is not None:
                torn = any([char.isspace() for char in string])
            if torn:
                self._scan(&run, False, &pieces, &work)
                special.parts = <uint32_t*>arena_alloc(&self._arena, pieces.n * sizeof(uint32_t), 8)
                if special.parts is NULL:
                    raise MemoryError("no memory for the rules of a tokenizer")
                special.n_parts = <uint32_t>pieces.n
                for i in range(pieces.n):
                    special.parts[i] = (pieces.items[i].end - pieces.items[i].start) * 2 + pieces.items[i].space
                special.parts[pieces.n - 1] &= ~<uint32_t>1
        finally:
            free_pieces(&pieces)
            free_pieces(&work)
        return torn

    cdef int _index_torn(self, list strings) except -1:
        # The table of steps through these special cases. It is at most half full.
        cdef const SpecialC* special
        cdef TornStepC* step
        cdef bytes utf8
        cdef str string
        cdef char32_t c
        cdef uint32_t number
        cdef uint64_t place, mask
        self._torn_bits = max(3, (2 * len({string[:i] for string in strings for i in range(1, len(string) + 1)})).bit_length())
        if self._torn_bits > 31:
            raise MemoryError("no memory for the rules of a tokenizer")
        mask = (<uint64_t>1 << self._torn_bits) - 1
        self._torn = <TornStepC*>arena_alloc(&self._arena, (mask + 1) * sizeof(TornStepC), 8)
        if self._torn is NULL:
            raise MemoryError("no memory for the rules of a tokenizer")
        for string in strings:
            number = 0
            for c in string:
                place = self._torn_step(number, c)
                if place == 0:
                    place = _torn_place(number, c, self._torn_bits)
                    while self._torn[place].letter:
                        place = place + 1 & mask
                    step = &self._torn[place]
                    step.before, step.letter = number, c + 1
                    place += 1
                number = <uint32_t>place
            utf8 = string.encode("utf-8", "surrogatepass")
            special = <const SpecialC*>map_get(self._specials.c_map, hash_utf8(PyBytes_AS_STRING(utf8), len(utf8)))
            self._torn[number - 1].special = special
            place = _start(string[0], special.parts[0] >> 1)
            self._torn_starts[place >> 6] |= <uint64_t>1 << (place & 63)
        return 0

    cdef uint32_t _torn_step(self, uint32_t before, char32_t c) noexcept nogil:
        # The number of the slot + 1 that another letter leads to; 0: nothing goes on like this.
        cdef uint32_t mask = (<uint32_t>1 << self._torn_bits) - 1
        cdef uint32_t place = _torn_place(before, c, self._torn_bits)
        cdef const TornStepC* step = &self._torn[place]
        while step.letter:
            if step.letter == <uint32_t>c + 1 and step.before == before:
                return place + 1
            place = place + 1 & mask
            step = &self._torn[place]
        return 0

    cdef const SpecialC* _special(self, const RunC* run, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
        # The special case that these characters are, or NULL. A rest that becomes shorter and shorter has each length
        # once, so that all look-ups together read no more than a constant number of characters.
        cdef const SpecialC* special
        cdef const char* utf8
        cdef Py_ssize_t n_bytes
        if end - start > self._longest or not self._lengths[end - start]:
            return NULL
        utf8 = run.utf8 + run.offsets[start]
        n_bytes = run.offsets[end] - run.offsets[start]
        special = <const SpecialC*>map_get(self._specials.c_map, hash_utf8(utf8, n_bytes))
        if special is NULL or special.string.length != <uint32_t>n_bytes or memcmp(special.string.utf8, utf8, n_bytes) != 0:
            return NULL
        return special

    cdef Py_ssize_t _prefix_length(self, const RunC* run, Py_ssize_t start, Py_ssize_t end) except -1 nogil:
        if self._prefix is not None:
            return max(<Py_ssize_t>0, self._prefix.length_of(run.chars + start, end - start))
        if self._prefix_search is None:
            return 0
        with gil:
            return _match_length("prefix_search", self._prefix_search, _string(run, start, end))

    cdef Py_ssize_t _suffix_length(self, const RunC* run, Py_ssize_t start, Py_ssize_t end) except -1 nogil:
        if self._suffix is not None:
            return max(<Py_ssize_t>0, self._suffix.length_of(run.chars + start, end - start))
        if self._suffix_search is None:
            return 0
        with gil:
            return _match_length("suffix_search", self._suffix_search, _string(run, start, end))

    cdef bint _is_token(self, const RunC* run, Py_ssize_t start, Py_ssize_t end) except -1 nogil:
        if self._token is not None:
            return self._token.matches(run.chars + start, end - start)
        if self._token_match is None:
            return False
        with gil:
            return bool(self._token_match(_string(run, start, end)))

    cdef bint _is_url(self, const RunC* run, Py_ssize_t start, Py_ssize_t end) except -1 nogil:
        if self._url is not None:
            return self._url.matches(run.chars + start, end - start)
        if self._url_match is None:
            return False
        with gil:
            return bool(self._url_match(_string(run, start, end)))

    cdef int split_chunk(self, const RunC* run, PieceListC* pieces, PieceListC* work) except -1 nogil:
        pieces.n = 0
        self._split(run, 0, run.n, True, pieces, work)
        return self._merge_specials(run, pieces, work)

    cdef int split_text(self, const RunC* run, PieceListC* pieces, PieceListC* work) except -1 nogil:
        self._scan(run, True, pieces, work)
        return self._merge_specials(run, pieces, work)

    cdef int _scan(self, const RunC* run, bint specials, PieceListC* pieces, PieceListC* work) except -1 nogil:
        # All but the final pass.
        cdef Py_ssize_t start = 0, end
        cdef bint space
        pieces.n = 0
        while start < run.n:
            space = Py_UNICODE_ISSPACE(run.chars[start])
            end = start + 1
            while end < run.n and Py_UNICODE_ISSPACE(run.chars[end]) == space:
                end += 1
            if not space:
                self._split(run, start, end, specials, pieces, work)
            else:
                if run.chars[start] == c' ' and pieces.n:
                    pieces.items[pieces.n - 1].space = True
                    start += 1
                if start < end:
                    _add_piece(pieces, start, end, SPACE)
            start = end
        return 0

    cdef int _split(self, const RunC* run, Py_ssize_t start, Py_ssize_t end, bint specials, PieceListC* pieces,
                    PieceListC* work) except -1 nogil:
        # The pieces of a chunk without whitespace, without the final pass.
        cdef Py_ssize_t n_prefix, n_suffix, i
        cdef const SpecialC* special
        cdef PieceC* suffix
        work.n = 0                              # suffixes, the last one first
        while start < end:
            if specials and self._special(run, start, end) is not NULL or self._is_token(run, start, end):
                break
            # One prefix, and one suffix of what it leaves. If either cut alone leaves a special case, only
            # that one is made.
            n_prefix = self._prefix_length(run, start, end)
            n_suffix = self._suffix_length(run, start + n_prefix, end)
            if specials and n_prefix and self._special(run, start + n_prefix, end) is not NULL:
                n_suffix = 0
            elif specials and n_suffix and self._special(run, start, end - n_suffix) is not NULL:
                n_prefix = 0
            if n_prefix == n_suffix == 0:
                break
            if n_prefix:
                _add_piece(pieces, start, start + n_prefix, PREFIX)
            if n_suffix:
                _add_piece(work, end - n_suffix, end, SUFFIX)
            start += n_prefix
            end -= n_suffix
        if start < end:
            special = self._special(run, start, end) if specials else NULL
            if self._is_token(run, start, end):
                _add_piece(pieces, start, end, TOKEN_MATCH)
            elif special is not NULL:
                _add_special_pieces(pieces, start, special)
            elif self._is_url(run, start, end):
                _add_piece(pieces, start, end, URL_MATCH)
            else:
                self._split_infixes(run, start, end, pieces)
        for i in range(work.n):
            suffix = &work.items[work.n - 1 - i]
            _add_piece(pieces, suffix.start, suffix.end, SUFFIX)
        return 0

    cdef int _split_infixes(self, const RunC* run, Py_ssize_t start, Py_ssize_t end, PieceListC* pieces) except -1 nogil:
        cdef Py_ssize_t done = 0, infix = 0, infix_end = 0
        if self._infix is not None:
            while True:
                infix = self._infix.find(run.chars + start, end - start, infix_end, &infix_end)
                if infix < 0:
                    break
                if infix == 0:
                    continue
                if infix > done:
                    _add_piece(pieces, start + done, start + infix, TOKEN)
                _add_piece(pieces, start + infix, start + infix_end, INFIX)
                done = infix_end
        elif self._infix_finditer is not None:
            with gil:
                _add_infixes(pieces, run, start, &done, self._infix_finditer, _string(run, start, end))
        if start + done < end:
            _add_piece(pieces, start + done, end, TOKEN)
        return 0

    cdef int _merge_specials(self, const RunC* run, PieceListC* pieces, PieceListC* work) except -1 nogil:
        # The final pass: where pieces spell a special case, as they would without special cases, it takes
        # their place. Longer ones (in pieces) first, then earlier ones.
        cdef Py_ssize_t first, last, most = 0, n, i, at
        cdef uint32_t number
        cdef const SpecialC* special
        cdef PieceC* found
        work.n = 0                              # what was found: start and end are numbers of pieces
        for first in range(pieces.n):
            at = pieces.items[first].start
            n = _start(run.chars[at], pieces.items[first].end - at)
            if not self._torn_starts[n >> 6] >> (n & 63) & 1:
                continue                        # as it is nearly always
            number = self._torn_step(0, run.chars[at])
            last = first
            while number:
                at += 1
                if at == <Py_ssize_t>pieces.items[last].end:
                    special = self._torn[number - 1].special
                    if special is not NULL and _are_parts(special, pieces.items + first, last + 1 - first):
                        # The token stands for the whole case.
                        _add_piece(work, first, last + 1, SPECIAL).token = special.tokens
                        most = max(most, last + 1 - first)
                    last += 1
                    if last == pieces.n:
                        break
                number = self._torn_step(number, run.chars[at])
        if work.n == 0:
            return 0
        # Choose: taken pieces get the end of the case, 0 is not an end.
        for n in range(most, 0, -1):
            for i in range(work.n):
                found = &work.items[i]
                if <Py_ssize_t>(found.end - found.start) == n and not found.space:
                    first = found.start
                    while first < <Py_ssize_t>found.end and pieces.items[first].label != TAKEN:
                        first += 1
                    if first == <Py_ssize_t>found.end:
                        found.space = True      # chosen
                        for first in range(<Py_ssize_t>found.start, <Py_ssize_t>found.end):
                            pieces.items[first].label = TAKEN
        return _replace_chosen(run, pieces, work)


cdef inline Py_ssize_t _start(char32_t letter, Py_ssize_t length) noexcept nogil:
    # One of 1,024 bits.
    return (letter * 31 + length * 7) & 1023


cdef inline uint32_t _torn_place(uint32_t before, char32_t c, int bits) noexcept nogil:
    # The slot at which the search for a step begins.
    return <uint32_t>((<uint64_t>before << 21 ^ c) * <uint64_t>0x9E3779B97F4A7C15 >> (64 - bits))


cdef enum:
    TAKEN = 255                     # label of a piece whose place a special case takes


cdef bint _are_parts(const SpecialC* special, const PieceC* pieces, Py_ssize_t n) noexcept nogil:
    # Whether they are what the case falls into; what follows the last one does not matter.
    cdef Py_ssize_t i
    if special.n_parts != n:
        return False
    for i in range(n):
        if special.parts[i] != (pieces[i].end - pieces[i].start) * 2 + (pieces[i].space if i < n - 1 else 0):
            return False
    return True


cdef int _replace_chosen(const RunC* run, PieceListC* pieces, PieceListC* work) except -1 nogil:
    # Write the new list behind what was found, and move it to its place.
    cdef Py_ssize_t n_found = work.n, i, at = 0, k
    cdef PieceC found
    for i in range(n_found):
        found = work.items[i]
        if not found.space:
            continue
        _add_pieces(work, pieces.items + at, found.start - at)
        k = pieces.items[found.start].start
        at = found.end
        while k < <Py_ssize_t>pieces.items[at - 1].end:
            _add_piece(work, k, k + found.token.n_chars, SPECIAL).token = found.token
            k += found.token.n_chars
            found.token += 1
        work.items[work.n - 1].space = pieces.items[at - 1].space
    _add_pieces(work, pieces.items + at, pieces.n - at)
    pieces.n = 0
    return _add_pieces(pieces, work.items + n_found, work.n - n_found)
