r"""CoNLL-U files: :func:`read_conllu` beside :func:`write_conllu` and :func:`to_conllu`.

A word line becomes a token: FORM its text, LEMMA ``lemma``, UPOS ``pos``, XPOS ``tag``, FEATS ``morph``, HEAD
``head``, DEPREL ``dep``, and the spaces that MISC tells (``SpaceAfter=No``, and UDPipe's ``SpacesAfter=\s\n``) the
spaces after it. What a Doc cannot hold is kept in ``doc.user_data["conllu"]``, a dict of plain values. It is sparse:
what is not in it is as the writer would make it. Its keys, where ``i`` is the index of a token:

- ``"length"``: number of tokens of the Doc when it was read. If that has changed, the indices are wrong, and the
  writer says so.
- ``"comments"``: ``{i: [line, ...]}``, the comments before the sentence that starts at ``i``, each with its ``#``;
  None stands for the ``# text = `` line that the writer makes from the words.
- ``"starts"``: ``[i, ...]``, where sentences start, if the tree tells otherwise: a sentence with two roots.
- ``"feats"``: ``{i: FEATS}``, if it is not in UD's order. It is ignored once ``token.morph`` has other features.
- ``"misc"``: ``{i: MISC}``, if it says more than the spaces.
- ``"enhanced"``: True if DEPS of a word that is not in ``"deps"`` is ``HEAD:DEPREL``; else it is ``_``.
- ``"deps"``: ``{i: DEPS}``.
- ``"multiword"``: ``{i: (end, FORM, FEATS, MISC)}``, a multiword token of the words ``i`` to ``end - 1``.
- ``"empty"``: ``{i: [line, ...]}``, the lines of the empty nodes after the word ``i``, or before it (ID ``0.1``).
"""

import contextlib
import functools
import gzip
import io
import os
import re
import secrets
import zlib
from collections.abc import Iterable, Iterator
from itertools import compress
from typing import IO, Any

from lexarray import symbols
from lexarray.errors import ConlluError
from lexarray.morphology import Morphology
from lexarray.tokens import Doc
from lexarray.vocab import Vocab

BLOCK = 1 << 16             # bytes or characters read at once

COLUMNS = ("ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC")
_UPOS = {"_": 0, **{name: symbols.IDS[name] for name in symbols.NAMES[symbols.ADJ:symbols.SPACE + 1]}}

_NEWDOC = re.compile(r"#\s*newdoc(?:\s|$)")
_DEPS = re.compile(r"[0-9]+(?:\.[0-9]+)?:[^|]+(?:\|[0-9]+(?:\.[0-9]+)?:[^|]+)*")
_RANGE_ID = re.compile(r"([1-9][0-9]*)-([1-9][0-9]*)")
_EMPTY_ID = re.compile(r"(0|[1-9][0-9]*)\.([1-9][0-9]*)")

_UNFIT = re.compile("[\t\n\r\ud800-\udfff]")            # what no field of a UTF-8 file can hold
_TO_ESCAPE = re.compile("[ \t\n\r|\\\\\ud800-\udfff]")
_ESCAPES = {" ": "\\s", "\t": "\\t", "\n": "\\n", "\r": "\\r", "|": "\\p", "\\": "\\\\"}
_ESCAPED = re.compile(r"\\(?:u(d[89a-f][0-9a-f]{2})|([strnp\\]))")
_UNESCAPES = {escaped[1]: char for char, escaped in _ESCAPES.items()}


def _numbers(n):
    # "1", "2" ... at least n of them. Made once, so that a sentence's IDs are one comparison.
    if n > len(_ids):
        _ids.extend(map(str, range(len(_ids) + 1, 2 * n + 1)))
        _index_of.update([(number, i) for i, number in enumerate(_ids)])
    return _ids


_ids: list[str] = []
_index_of = {"0": -1, "_": -1}          # "1": 0
_numbers(500)


# ---- what stands in the columns ----

def _escape(text):
    # UDPipe's escapes, and \udXXX for lone surrogates.
    return _TO_ESCAPE.sub(lambda match: _ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04x}", text)


def _unescape(text):
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)) if match[1] else _UNESCAPES[match[2]], text)


def _form(word):
    # A word as FORM. If it is not the word itself, MISC has the word.
    return _UNFIT.sub(lambda match: " " if match[0].isspace() else "\ufffd", word) if _UNFIT.search(word) else word


def _read_misc(misc, form, is_first):
    # (whitespace before, whitespace after, the word). Values that make no sense say nothing, nor does SpacesBefore
    # of a word that is not the sentence's first: the whitespace is after the word before it.
    before, after, word = "", " ", form
    if "Space" in misc:
        fields = misc.split("|")
        if "SpaceAfter=No" in fields:
            after = ""
        for field in fields:
            name, equals, value = field.partition("=")
            if name in ("SpacesAfter", "SpacesBefore", "SpacesInToken") and equals:
                value = _unescape(value)
                if name == "SpacesInToken":
                    word = value if value and _form(value) == form else word
                elif not value or value.isspace():
                    before, after = (value, after) if name == "SpacesBefore" else (before, value)
    return before if is_first else "", after, word


def _make_misc(before, after, word, form):
    fields = []
    if after != " ":
        fields.append(f"SpacesAfter={_escape(after)}" if after else "SpaceAfter=No")
    if before:
        fields.append(f"SpacesBefore={_escape(before)}")
    if word != form:
        fields.append(f"SpacesInToken={_escape(word)}")
    return "|".join(fields) or "_"


def _mend_misc(misc, before, after, word, form, is_first):
    # The MISC that was read, if it still tells the truth about the spaces; else with the truth in it.
    if _read_misc(misc, form, is_first) == (before, after, word):
        return misc
    fields = [field for field in misc.split("|") if field != "SpaceAfter=No"
              and field.partition("=")[0] not in ("SpacesAfter", "SpacesBefore", "SpacesInToken")]
    made = _make_misc(before, after, word, form)
    return "|".join(fields + [made] * (made != "_" or not fields))


@functools.lru_cache(maxsize=1 << 14)
def _ud_feats(feats):
    # Normalised FEATS in UD's order, which takes no notice of case.
    if feats in ("", "_"):
        return "_"
    fields = []
    for field in feats.split("|"):
        name, _, values = field.partition("=")
        fields.append((name.lower(), name, ",".join(sorted(values.split(","), key=_caseless))))
    return "|".join([f"{name}={values}" for _, name, values in sorted(fields)])


def _caseless(text):
    return text.lower(), text


@functools.lru_cache(maxsize=1 << 14)
def _read_feats(feats):
    # (normalised, whether the writer would write other FEATS)
    normalised = Morphology.dict_to_feats(feats)
    return normalised, _ud_feats(normalised) != feats


def _text(forms, spaces):
    # What `# text = ` says: words, and one space where there is whitespace.
    text = "".join([form + " " if space else form for form, space in zip(forms, spaces)])
    return text[:-1] if spaces[-1] else text


# ---- reading ----

def read_conllu(source: str | os.PathLike | IO, vocab: Vocab, *, by: str = "sentence") -> Iterator[Doc]:
    """Read a CoNLL-U file as a stream of documents.

    :func:`write_conllu` gives back the file byte for byte, but for what the format does not allow and is accepted
    all the same: CRLF line ends are read as LF, more than one blank line as one, a byte order mark at the start is
    dropped, and a blank line is missing at the end.

    Args:
        source (str | os.PathLike | IO): a path, of a gzip file if it ends in ".gz"; or a file that is open for
            reading bytes or text.
        vocab (Vocab): the vocabulary of the documents.
        by (str): what becomes a Doc: "sentence", or "document", the sentences up to the next ``# newdoc``.

    Yields:
        Doc: with sentence boundaries. A word's space is kept even at the end of a sentence, so the texts of all,
        joined, are the text of the file. What a Doc cannot hold is in ``doc.user_data["conllu"]``.

    Raises:
        ConlluError: the file is malformed; names file, line and column. Everything before was yielded.
        OSError: it cannot be read.

    Cost: linear. One Doc is held at a time.

    >>> import io, lexarray
    >>> file = io.StringIO("1\\tGood\\tgood\\tADJ\\tJJ\\tDegree=Pos\\t2\\tamod\\t_\\t_\\n"
    ...                    "2\\tday\\tday\\tNOUN\\tNN\\tNumber=Sing\\t0\\troot\\t_\\tSpaceAfter=No\\n\\n")
    >>> (doc,) = read_conllu(file, lexarray.blank("en").vocab)
    >>> doc.text, doc[0].head, doc[1].morph
    ('Good day', day, Number=Sing)
    """
    if by not in ("sentence", "document"):
        raise ValueError(f"by must be 'sentence' or 'document', got {by!r}")
    if not isinstance(vocab, Vocab):
        raise TypeError(f"expected a Vocab, got {type(vocab).__name__}: {vocab!r:.80}")
    if not isinstance(source, (str, os.PathLike)) and not hasattr(source, "read"):
        raise TypeError(f"expected a path or an open file, got {type(source).__name__}: {source!r:.80}")
    return _read(source, vocab, by == "document")


def _read(source, vocab, by_document):
    with contextlib.ExitStack() as stack:
        if hasattr(source, "read"):
            file, name = source, str(getattr(source, "name", "") or "<file>")
        else:
            name = os.fspath(source)
            file = stack.enter_context(gzip.open(name, "rb") if name.endswith(".gz") else open(name, "rb"))
        document = _Document(vocab, name)
        try:
            for block, line in _blocks(file, name):
                lines = block.split("\n")
                if not by_document:
                    document.add(block, lines, line)
                    yield document.build(lines, line)
                    document = _Document(vocab, name)
                    continue
                if document.words and _starts_document(lines):
                    yield document.build()
                    document = _Document(vocab, name)
                document.add(block, lines, line, check_cycles=True)
        except ConlluError:
            if by_document and document.words:
                yield document.build()
            raise
        if document.words:
            yield document.build()


def _starts_document(lines):
    for line in lines:
        if line[:1] != "#":
            return False
        if _NEWDOC.match(line):
            return True
    return False


def _blocks(file, name):
    # (text of a sentence, number of its first line)
    line = 1
    for piece in _pieces(file, name):
        if "\r" in piece:
            piece = piece.replace("\r\n", "\n")
        for block in piece.split("\n\n"):
            sentence = block.lstrip("\n")       # after more than one blank line
            if sentence:
                yield sentence, line + len(block) - len(sentence)
            line += block.count("\n") + 2
        line -= 2                               # nothing is after the last blank line


def _pieces(file, name):
    # The text of a file, cut after blank lines; one is added at the end.
    rest = file.read(0)
    offset = seen = 0
    is_text = isinstance(rest, str)
    blank, blank_crlf, mark = ("\n\n", "\n\r\n", "\ufeff") if is_text else (b"\n\n", b"\n\r\n", b"\xef\xbb\xbf")
    at_start, at_end = True, False
    while not at_end:
        cut = max(rest.rfind(blank, seen) + 2, rest.rfind(blank_crlf, seen) + 3)
        if cut > 2:
            yield from _decoded(rest[:cut], name, offset, blank, blank_crlf)
            rest = rest[cut:]
            offset += cut
        seen = max(len(rest) - 2, 0)
        # More and more of a sentence that does not end, so that the cost stays linear.
        try:
            data = file.read(max(BLOCK, len(rest)))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ConlluError(f"{name}: after byte {offset + len(rest)}: the gzip file is damaged ({error})") from None
        rest += data
        at_end = not data
        if at_start and (len(rest) >= len(mark) or at_end):
            at_start = False
            if rest.startswith(mark):
                rest = rest[len(mark):]
                offset = len(mark)
    if rest:
        yield from _decoded(rest + blank, name, offset, blank, blank_crlf)


def _decoded(piece, name, offset, blank, blank_crlf):
    if isinstance(piece, str):
        yield piece
        return
    try:
        text = piece.decode()
    except UnicodeDecodeError as error:
        good = max(piece.rfind(blank, 0, error.start) + 2, piece.rfind(blank_crlf, 0, error.start) + 3)
        if good > 2:
            yield piece[:good].decode()
        raise ConlluError(f"{name}: byte {offset + error.start}: not UTF-8 ({error.reason})") from None
    yield text


class _Document:
    # The columns of a Doc, while its sentences are read.

    def __init__(self, vocab, name):
        self.vocab, self.name = vocab, name
        self.words, self.spaces, self.lemmas, self.pos, self.tags, self.morphs = [], [], [], [], [], []
        self.heads, self.deps = [], []
        self.starts = []
        self.has_tree = True            # every word has a head
        self.has_one_root = True        # in each sentence
        self.comments = {}
        self.beside = {"feats": {}, "misc": {}, "deps": {}, "multiword": {}, "empty": {}}
        self.enhanced = False

    def add(self, block, lines, line, check_cycles=False):
        """Add a sentence; all or nothing."""
        try:
            self._add(block, lines, line, check_cycles)
        except (KeyError, ValueError):
            _check(self.name, lines, line)
            raise

    def _add(self, block, lines, line, check_cycles):
        n_comments = 0
        while lines[n_comments][:1] == "#":
            n_comments += 1
            if n_comments == len(lines):
                raise ValueError("no words")
        comments = lines[:n_comments]
        rows = [each.split("\t") for each in (lines[n_comments:] if n_comments else lines)]
        columns = zip(*rows, strict=True)
        ids = next(columns)
        numbers = _numbers(len(ids))
        multiword, empty = {}, {}
        if list(ids) != numbers[:len(ids)]:
            rows, multiword, empty = _split_rows(rows)
            columns = zip(*rows)
            next(columns)
        if "\t\t" in block or "\t\n" in block or block[-1] == "\t" or "\r" in block:
            _check(self.name, lines, line)
        forms, lemmas, upos, xpos, feats, heads, deprels, deps, misc = columns
        n = len(forms)
        base = len(self.words)
        if any(map(str.isspace, forms)):
            raise ValueError("FORM is whitespace")

        # The tree
        targets = [_index_of[head] for head in heads]
        if max(targets) >= n:
            raise ValueError("HEAD is outside")
        if any([i == target for i, target in enumerate(targets)]):
            raise ValueError("HEAD is the word itself")
        n_roots = heads.count("0")
        n_unset = heads.count("_")
        labels = list(deprels)
        if "_" in deprels:
            # A root is told from a word without a head by its label.
            labels = ["" if label == "_" and head != "0" else label for label, head in zip(deprels, heads)]
            if n_unset and any([label and head == "_" for label, head in zip(labels, heads)]):
                raise ValueError("DEPREL without HEAD")
        elif n_unset:
            raise ValueError("DEPREL without HEAD")
        targets = [target + base if target >= 0 else i for i, target in enumerate(targets, base)]
        if check_cycles and _find_cycle([target - base for target in targets]) is not None:
            raise ValueError("HEADs form a cycle")
        if n_roots < 1 and not n_unset:
            raise ValueError("HEADs form a cycle")

        # Word by word
        pos = [_UPOS[each] for each in upos]
        tags = ["" if each == "_" else each for each in xpos]
        if "_" in lemmas:
            lemmas = ["" if lemma == "_" and form != "_" else lemma for lemma, form in zip(lemmas, forms)]
        read_feats = [_read_feats(each) for each in feats]
        morphs = [each[0] for each in read_feats]
        if "_" in upos:                         # not analysed: `_` does not tell that there are no features
            morphs = [None if each == "_" and not number else each for each, number in zip(morphs, pos)]
        feats_beside = {i: feats[i] for i, each in enumerate(read_feats) if each[1]}
        deps_beside = {}
        has_deps = deps.count("_") < n
        if has_deps:
            for i, (dep, head, label) in enumerate(zip(deps, heads, deprels)):
                if dep != f"{head}:{label}" and (dep != "_" or head != "_"):
                    if dep != "_" and not _DEPS.fullmatch(dep):
                        raise ValueError("DEPS is malformed")
                    deps_beside[i] = dep
        elif self.enhanced:
            deps_beside = dict.fromkeys(range(n), "_")

        # Spaces
        words = list(forms)
        spaces = [each == "_" for each in misc]
        misc_beside, whitespace = {}, {}        # whitespace: {word: (before, after)}, where it is a token
        for i, each in enumerate(misc):
            if each != "_" and each != "SpaceAfter=No":
                before, after, words[i] = _read_misc(each, forms[i], i == 0)
                spaces[i] = after[:1] == " "
                if before or len(after) > spaces[i]:
                    whitespace[i] = before, after[spaces[i]:]
                if each != _make_misc(before, after, words[i], forms[i]):
                    misc_beside[i] = each
        surface, has_space = forms, [space or i in whitespace and whitespace[i][1] != ""
                                     for i, space in enumerate(spaces)] if whitespace else spaces
        if multiword:
            surface, has_space = list(forms), list(has_space)
            for start in reversed(multiword):
                end, form, _, range_misc = multiword[start]
                for i in range(start, end):         # the spaces are those of the multiword token
                    spaces[i] = False
                    whitespace.pop(i, None)
                    misc_beside.pop(i, None)
                    if misc[i] != _make_misc("", " ", words[i], forms[i]):
                        misc_beside[i] = misc[i]
                before, after, _ = _read_misc(range_misc, "", start == 0)
                spaces[end - 1] = after[:1] == " "
                if before:
                    whitespace[start] = before, ""
                if len(after) > spaces[end - 1]:
                    whitespace[end - 1] = whitespace.get(end - 1, ("", ""))[0], after[spaces[end - 1]:]
                surface[start:end] = [form]
                has_space[start:end] = [after != ""]

        # Where what is counted in words is, counted in tokens
        layers = [words, spaces, lemmas, pos, tags, morphs, targets, labels]
        at = range(base, base + n)
        if whitespace:
            at = _insert_whitespace(layers, whitespace, base)
        made = "# text = " + _text(surface, has_space) if comments else None
        self.comments[base] = [None if comment == made else comment for comment in comments]
        for name, found in (("feats", feats_beside), ("misc", misc_beside), ("empty", empty)):
            if found:
                self.beside[name].update([(at[i], value) for i, value in found.items()])
        for start, (end, *fields) in multiword.items():
            self.beside["multiword"][at[start]] = (at[end - 1] + 1, *fields)
        if has_deps and not self.enhanced:
            self.enhanced = True
            self.beside["deps"] = dict.fromkeys(range(base), "_")
        if deps_beside:
            self.beside["deps"].update([(at[i], value) for i, value in deps_beside.items()])
        self.has_tree = self.has_tree and not n_unset
        self.has_one_root = self.has_one_root and n_roots == 1
        self.starts.append(base)
        self.words += layers[0]
        self.spaces += layers[1]
        self.lemmas += layers[2]
        self.pos += layers[3]
        self.tags += layers[4]
        self.morphs += layers[5]
        self.heads += layers[6]
        self.deps += layers[7]

    def build(self, lines=None, line=0):
        """The Doc."""
        n = len(self.words)
        beside = {"length": n, "comments": self.comments}
        if self.enhanced:
            beside["enhanced"] = True
        for name, found in self.beside.items():
            if found:
                beside[name] = found
        sent_starts = None
        if not self.has_tree:
            sent_starts = [-1] * n
            for start in self.starts:
                sent_starts[start] = 1
        elif not self.has_one_root:
            beside["starts"] = self.starts
        try:
            return Doc(self.vocab, self.words, self.spaces, {"conllu": beside}, tags=self.tags, pos=self.pos,
                       morphs=self.morphs, lemmas=self.lemmas, heads=self.heads, deps=self.deps,
                       sent_starts=sent_starts)
        except ValueError:
            if lines is not None:
                _check(self.name, lines, line)
            raise


def _split_rows(rows):
    # (rows of words, {word: (end, FORM, FEATS, MISC)}, {word: [line of an empty node]})
    words, multiword, empty = [], {}, {}
    range_start = range_end = minor = 0         # of the last multiword token; of the last empty node
    for row in rows:
        n = len(words)
        if len(row) != len(COLUMNS):
            raise ValueError("number of columns")
        if row[0] == str(n + 1):
            words.append(row)
            minor = 0
        elif match := _RANGE_ID.fullmatch(row[0]):
            start, end = int(match[1]) - 1, int(match[2])
            if start != n or n < range_end or end <= n or row[2:5] + row[6:9] != ["_"] * 6:
                raise ValueError("multiword token")
            multiword[n] = end, row[1], row[5], row[9]
            range_start, range_end = start, end
        elif row[0] == f"{n}.{minor + 1}" and not (n == range_start and n < range_end):
            empty.setdefault(max(n - 1, 0), []).append("\t".join(row))
            minor += 1
        else:
            raise ValueError("ID")
    if range_end > len(words) or not words:
        raise ValueError("ID")
    return words, multiword, empty


def _insert_whitespace(layers, whitespace, base):
    # Whitespace becomes tokens, which hang on their word. Returns the tokens of the words.
    words, spaces, lemmas, pos, tags, morphs, targets, labels = layers
    at, order, token = [], [], base             # order: (word, None or the text of whitespace at it)
    for i in range(len(words)):
        before, after = whitespace.get(i, ("", ""))
        order += [(i, before)] * (before != "")
        at.append(base + len(order))
        order.append((i, None))
        order += [(i, after)] * (after != "")
    layers[0] = [words[i] if text is None else text for i, text in order]
    layers[1] = [text is None and spaces[i] for i, text in order]
    layers[2] = [lemmas[i] if text is None else "" for i, text in order]
    layers[3] = [pos[i] if text is None else pos[i] and symbols.SPACE for i, text in order]
    layers[4] = [tags[i] if text is None else "" for i, text in order]
    layers[5] = [morphs[i] if text is None else None for i, text in order]
    # A word without head and label has none; its whitespace has none either, and is its own head.
    layers[6] = [at[targets[i] - base] if text is None else at[i] if _has_head(targets, labels, i, base) else token
                 for token, (i, text) in enumerate(order, base)]
    layers[7] = [labels[i] if text is None else "dep" if _has_head(targets, labels, i, base) else ""
                 for i, text in order]
    return at


def _has_head(targets, labels, i, base):
    return labels[i] != "" or targets[i] != base + i


def _find_cycle(targets):
    # A word in a cycle of heads, or None. A root is its own head.
    state = [0] * len(targets)                  # number of the walk that came by
    for start in range(len(targets)):
        i = start
        while not state[i]:
            state[i] = start + 1
            i = targets[i]
        if state[i] == start + 1 and targets[i] != i:
            return i
    return None


def _check(name, lines, first_line):
    # Raise the error that names the first thing that is wrong with a sentence; the slow way to read it.
    def _fail(number, column, message):
        column = f", column {column}" if column else ""
        raise ConlluError(f"{name}: line {first_line + number}{column}: {message}")

    words = []                                  # (number of the line, row)
    range_end, range_line, minor = 0, 0, 0      # of the last multiword token; of the last empty node
    after_range = False
    for number, line in enumerate(lines):
        if line[:1] == "#":
            if words or range_end or minor:
                _fail(number, None, f"a comment after the words of a sentence: {line!r:.80}")
            continue
        row = line.split("\t")
        if len(row) != len(COLUMNS):
            _fail(number, None, f"{len(row)} columns separated by tabs, expected {len(COLUMNS)}: {line!r:.80}")
        for column, value in zip(COLUMNS, row):
            if not value:
                _fail(number, column, "it is empty; write _ for no value")
            if "\r" in value:
                _fail(number, column, f"{value!r:.80} has a carriage return that does not end a line")
        number_id = row[0]
        expected = len(words) + 1
        if match := _RANGE_ID.fullmatch(number_id):
            start, end = int(match[1]), int(match[2])
            if start != expected or end < start:
                _fail(number, "ID", f"the multiword token {number_id} does not start at the next word, {expected}")
            if start <= range_end:
                _fail(number, "ID", f"the multiword token {number_id} overlaps the one before, which ends at "
                                    f"{range_end}")
            for column in (2, 3, 4, 6, 7, 8):
                if row[column] != "_":
                    _fail(number, COLUMNS[column], f"{row[column]!r:.80} in a multiword token: it has only FORM, "
                                                   f"FEATS and MISC")
            range_end, range_line, after_range = end, number, True
        elif match := _EMPTY_ID.fullmatch(number_id):
            if after_range or int(match[1]) != len(words) or int(match[2]) != minor + 1:
                _fail(number, "ID", f"the empty node {number_id} is out of order: {len(words)}.{minor + 1} or "
                                    f"{expected} can be here")
            minor += 1
        elif number_id != str(expected):
            _fail(number, "ID", f"{number_id!r:.80} is out of order: expected {expected}")
        else:
            words.append((number, row))
            minor, after_range = 0, False
    if not words:
        _fail(len(lines) - 1, None, f"no words before the end of the sentence: {lines[-1]!r:.80}")
    if range_end > len(words):
        _fail(range_line, "ID", f"the multiword token ends at {range_end}, but the sentence has {len(words)} words")
    for i, (number, row) in enumerate(words):
        _, form, _, upos, _, feats, head, deprel, deps, _ = row
        if form.isspace():
            _fail(number, "FORM", f"{form!r:.80} is whitespace")
        if upos not in _UPOS:
            _fail(number, "UPOS", f"{upos!r:.80} is no universal part of speech: it is one of {', '.join(_UPOS)}")
        try:
            Morphology.dict_to_feats(feats)
        except ValueError as error:
            _fail(number, "FEATS", str(error))
        if head == "_":
            if deprel != "_":
                _fail(number, "HEAD", f"it is _, but DEPREL is {deprel!r:.80}")
        elif head != "0" and not re.fullmatch("[1-9][0-9]*", head):
            _fail(number, "HEAD", f"{head!r:.80} is no number of a word, 0 or _")
        elif int(head) > len(words):
            _fail(number, "HEAD", f"{head} is outside the sentence of {len(words)} words")
        elif int(head) == i + 1:
            _fail(number, "HEAD", f"{head} is the word itself")
        if deps != "_" and deps != f"{head}:{deprel}" and not _DEPS.fullmatch(deps):
            _fail(number, "DEPS", f"{deps!r:.80} is not of the form HEAD:DEPREL|HEAD:DEPREL")
    cycle = _find_cycle([i if row[6] in ("0", "_") else int(row[6]) - 1 for i, (_, row) in enumerate(words)])
    if cycle is not None:
        number, row = words[cycle]
        _fail(number, "HEAD", f"the way from the word {row[0]} up to its head {row[6]} and on comes back: a cycle")


# ---- writing ----

def to_conllu(doc: Doc, *, doc_id: str | None = None) -> str:
    """A document as CoNLL-U.

    Its sentences are those of ``doc.sents``; without boundaries it is one sentence, and two that an arc joins are one.
    A sentence that did not come from CoNLL-U gets a ``# text = `` line. Whitespace cannot be a word: tokens of
    whitespace go to MISC of the word before them, or of the first after them, as ``SpacesAfter`` and
    ``SpacesBefore``; their annotation is not written. A word with a tab or line end, or a lone surrogate, has it
    replaced in FORM, and stands in MISC as ``SpacesInToken``. :func:`read_conllu` undoes both, so that the text of the
    document comes back, unless it has no words at all: then nothing is written.

    Args:
        doc (Doc): the document. Written are texts, spaces, ``lemma``, ``pos``, ``tag``, ``morph``, ``head``, ``dep``,
            sentences, and ``doc.user_data["conllu"]``.
        doc_id (str): for a document that did not come from CoNLL-U: starts it with ``# newdoc id = ``, and gives
            its sentences ``# sent_id = ``, this with "-1", "-2" ... after it.

    Returns:
        str: lines, with a blank one after each sentence.

    Raises:
        ConlluError: a lemma, tag or label has a tab, line end or lone surrogate; or tokens were merged, split or cut
            since the document was read.

    Cost: linear.

    >>> import lexarray
    >>> print(to_conllu(lexarray.blank("en")("Hi\\n\\nyou!"), doc_id="a").replace("\\t", " "), end="")
    # newdoc id = a
    # sent_id = a-1
    # text = Hi you!
    1 Hi _ _ _ _ _ _ _ SpacesAfter=\\n\\n
    2 you _ _ _ _ _ _ _ SpaceAfter=No
    3 ! _ _ _ _ _ _ _ SpaceAfter=No
    <BLANKLINE>
    """
    if not isinstance(doc, Doc):
        raise TypeError(f"expected a Doc, got {type(doc).__name__}: {doc!r:.80}")
    if doc_id is not None and len(f"{doc_id}".splitlines()) != 1:
        raise ValueError(f"doc_id must be one line of text, got {doc_id!r:.80}")
    n = len(doc)
    if not n:
        return ""
    beside = doc.user_data.get("conllu", {})
    if beside.get("length", n) != n:
        raise ConlluError(f"the Doc had {beside['length']} tokens when it was read from CoNLL-U and has {n} now, so "
                          f"what was kept beside it fits no more: del doc.user_data['conllu'] to write it without")
    strings = doc.strings
    array = doc.to_array(_WRITTEN)
    *keys, pos, spaces, are_space = array[:, :8].T.tolist()
    # Most documents lack most layers.
    words, lemmas, tags, morphs, labels = [
        [strings[key] for key in column] if any(column) else [""] * n for column in keys]
    offsets, sent_starts = array[:, 8:].astype("int64").T.tolist()
    feats = [_ud_feats(morph) if morph else "_" for morph in morphs]
    for i, each in beside.get("feats", _NOTHING).items():
        if Morphology.dict_to_feats(each) == (morphs[i] or "_"):
            feats[i] = each
    targets = [i + offset for i, offset in enumerate(offsets)]
    upos = [_POS_NAMES[number] for number in pos]
    befores, afters = {}, [" " if space else "" for space in spaces]
    starts = beside.get("starts") or [0, *[i for i, start in enumerate(sent_starts) if start == 1 and i]]
    if len(starts) > 1:
        starts = _join_sentences(starts, targets)
    place = range(n)                            # of a token among the words
    first_tokens = starts
    if any(are_space):
        columns = [words, lemmas, upos, tags, feats, labels]
        first_tokens, starts, place, targets, befores, afters = _take_whitespace(
            words, are_space, afters, targets, starts)
        are_words = [not is_space for is_space in are_space]
        words, lemmas, upos, tags, feats, labels = [list(compress(column, are_words)) for column in columns]
        if not words:
            return ""
    forms = [_form(word) for word in words] if _UNFIT.search("".join(words)) else words
    multiword = {place[i]: (place[end - 1] + 1, *fields)
                 for i, (end, *fields) in beside.get("multiword", _NOTHING).items()}
    misc = _misc_column(words, forms, befores, afters, starts, multiword, beside, place)
    deps = {place[i]: each for i, each in beside.get("deps", _NOTHING).items()}
    empty = {place[i]: each for i, each in beside.get("empty", _NOTHING).items()}

    sentences = []
    for number, (first_token, start, end) in enumerate(zip(first_tokens, starts, [*starts[1:], len(words)]), 1):
        ids = _numbers(end - start)
        heads = [ids[targets[i] - start] if targets[i] != i else "0" if labels[i] else "_" for i in range(start, end)]
        deprels = [label or "_" for label in labels[start:end]]
        if beside.get("enhanced"):
            enhanced = [deps.get(i) or ("_" if head == "_" else f"{head}:{label}")
                        for i, head, label in zip(range(start, end), heads, deprels)]
        elif deps:
            enhanced = [deps.get(i, "_") for i in range(start, end)]
        else:
            enhanced = ["_"] * (end - start)
        lines = list(map("\t".join, zip(
            ids, forms[start:end], [lemma or "_" for lemma in lemmas[start:end]], upos[start:end],
            [tag or "_" for tag in tags[start:end]], feats[start:end], heads, deprels, enhanced, misc[start:end])))
        body = "\n".join(lines)
        if (body.count("\t") != 9 * len(lines) or body.count("\n") != len(lines) - 1 or "\r" in body
                or not body.isascii() and _SURROGATE.search(body)):
            _fail_unfit(lines, number)
        comments = beside.get("comments", _NOTHING).get(first_token)
        if comments is None:
            comments = [] if doc_id is None else [f"# sent_id = {doc_id}-{number}"]
            if doc_id is not None and number == 1:
                comments.insert(0, f"# newdoc id = {doc_id}")
            comments.append(None)
        if multiword or empty:
            lines = _with_nodes(lines, start, multiword, empty, befores, afters)
            body = "\n".join(lines)
        if comments:
            for comment in comments:
                if comment is not None and (comment[:1] != "#" or "\n" in comment):
                    raise ConlluError(f"sentence {number}: a comment is one line that starts with #, got "
                                      f"{comment!r:.80}")
            body = "\n".join([*[_text_comment(forms, afters, multiword, start, end) if comment is None else comment
                                for comment in comments], body])
        sentences.append(body)
    sentences.append("")
    return "\n\n".join(sentences)


_WRITTEN = ("ORTH", "LEMMA", "TAG", "MORPH", "DEP", "POS", "SPACY", "IS_SPACE", "HEAD", "SENT_START")
_POS_NAMES = {number: name for name, number in _UPOS.items()}
_NOTHING: dict = {}
_SURROGATE = re.compile("[\ud800-\udfff]")


def _join_sentences(starts, targets):
    # Starts of sentences, but for those that an arc goes over.
    reach = list(range(len(targets)))           # of the arcs that start at a token, and go right
    for i, target in enumerate(targets):
        low, high = (i, target) if i < target else (target, i)
        reach[low] = max(reach[low], high)
    kept, furthest, at = [], -1, 0
    for start in starts:
        furthest = max(furthest, max(reach[at:start], default=-1))
        at = start
        if furthest < start:
            kept.append(start)
    return kept


def _take_whitespace(words, are_space, spaces, targets, starts):
    # Without the tokens of whitespace: (first tokens of sentences, first words of sentences, token -> word,
    # heads, {word: whitespace before it}, whitespace after each word).
    n = len(words)
    place, tokens, befores, afters = [-1] * n, [], {}, []
    first_tokens, first_words = [], []
    held = ""
    for start, end in zip(starts, [*starts[1:], n]):
        n_before = len(tokens)
        for i in range(start, end):
            if not are_space[i]:
                if held:
                    befores[len(tokens)] = held
                    held = ""
                place[i] = len(tokens)
                tokens.append(i)
                afters.append(spaces[i])
            elif len(tokens) > n_before:
                afters[-1] += words[i] + spaces[i]
            else:
                held += words[i] + spaces[i]
        if len(tokens) > n_before:
            first_tokens.append(start)
            first_words.append(n_before)
        elif tokens:                            # a sentence of whitespace ends the one before
            afters[-1] += held
            held = ""
    heads = []
    for i, token in enumerate(tokens):
        target = targets[token]
        while are_space[target] and targets[target] != target:
            target = targets[target]
        heads.append(i if are_space[target] else place[target])
    return first_tokens, first_words, place, heads, befores, afters


def _misc_column(words, forms, befores, afters, starts, multiword, beside, place):
    starts = set(starts)
    column = ["_" if after == " " else "SpaceAfter=No" if not after else _make_misc("", after, "", "")
              for after in afters]
    for i in befores:
        column[i] = _make_misc(befores[i], afters[i], "", "")
    if forms is not words:
        for i, (word, form) in enumerate(zip(words, forms)):
            if word != form:
                column[i] = _make_misc(befores.get(i, ""), afters[i], word, form)
    inside = set()                              # a multiword token, which has the spaces
    for start, (end, *_) in multiword.items():
        inside.update(range(start, end))
        for i in range(start, end):
            column[i] = _make_misc("", " ", words[i], forms[i])
    for token, misc in beside.get("misc", _NOTHING).items():
        i = place[token]
        if i in inside:
            column[i] = misc
        else:
            column[i] = _mend_misc(misc, befores.get(i, ""), afters[i], words[i], forms[i], i in starts)
    return column


def _with_nodes(lines, start, multiword, empty, befores, afters):
    # The lines of a sentence with those of multiword tokens and empty nodes.
    found = []
    for i, line in enumerate(lines, start):
        nodes = empty.get(i, ())
        if i == start:
            found += [node for node in nodes if node.startswith("0.")]
        if i in multiword:
            end, form, feats, misc = multiword[i]
            misc = _mend_misc(misc, befores.get(i, ""), afters[end - 1], form, form, i == start)
            found.append(f"{i - start + 1}-{end - start}\t{form}\t_\t_\t_\t{feats}\t_\t_\t_\t{misc}")
        found.append(line)
        found += [node for node in nodes if not node.startswith("0.")]
    return found


def _text_comment(forms, afters, multiword, start, end):
    forms, afters = forms[start:end], afters[start:end]
    for first in sorted(multiword, reverse=True):
        if start <= first < end:
            last, form = multiword[first][:2]
            forms[first - start:last - start] = [form]
            afters[first - start:last - start] = [afters[last - 1 - start]]
    return "# text = " + _text(forms, afters)


def _fail_unfit(lines, number):
    for i, line in enumerate(lines, 1):
        match = _UNFIT.search(line.replace("\t", "", 9))
        if match:
            raise ConlluError(f"sentence {number}, word {i}: a field has {match[0]!r}, which CoNLL-U cannot hold: "
                              f"{line!r:.200}")


def write_conllu(docs: Iterable[Doc], target: str | os.PathLike | IO) -> None:
    """Write documents as a CoNLL-U file, as :func:`to_conllu` does.

    Args:
        docs (Iterable[Doc]): the documents; a generator is read one by one.
        target (str | os.PathLike | IO): a path, of a gzip file if it ends in ".gz"; or a file that is open for
            writing bytes or text. What is at a path is replaced once all is written, and kept if that fails.

    Raises:
        ConlluError: a document cannot be written; names its number, from 0.
        OSError: the file cannot be written.

    Cost: linear. One document is held at a time.

    >>> import io, lexarray
    >>> file = io.StringIO()
    >>> write_conllu([lexarray.blank("en")("Hi!")], file)
    >>> file.getvalue().splitlines()[0]
    '# text = Hi!'
    """
    if isinstance(docs, Doc):
        raise TypeError("expected documents, got one Doc: write_conllu([doc], ...)")
    if hasattr(target, "write"):
        _write(docs, target)
        return
    path = os.path.realpath(os.fspath(target))
    is_gzip = path.endswith(".gz")
    if os.path.exists(path) and not os.path.isfile(path):       # a device or pipe cannot be replaced
        with open(path, "wb") as file:
            _write(docs, file)
        return
    temporary = f"{path}.{secrets.token_hex(4)}.tmp"
    try:
        with contextlib.ExitStack() as stack:
            out: Any = stack.enter_context(open(temporary, "xb"))
            if is_gzip:                         # without name and time, so that equal documents make equal files
                out = gzip.GzipFile("", "wb", compresslevel=6, fileobj=out, mtime=0)
                stack.callback(out.close)
            _write(docs, out)
        if os.path.exists(path):
            os.chmod(temporary, os.stat(path).st_mode & 0o7777)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _write(docs, file):
    try:
        file.write("")
        is_text = True
    except TypeError:
        is_text = False
    raw = isinstance(file, io.RawIOBase)        # may write less than it is given
    buffered = io.BufferedWriter(file) if raw else file
    try:
        for number, doc in enumerate(docs):
            if not isinstance(doc, Doc):
                raise TypeError(f"document {number}: expected a Doc, got {type(doc).__name__}: {doc!r:.80}")
            try:
                text = to_conllu(doc)
                buffered.write(text if is_text else text.encode())
            except ConlluError as error:
                raise ConlluError(f"document {number}: {error}") from None
            except UnicodeEncodeError as error:
                raise ConlluError(f"document {number}: {error.object[error.start]!r} cannot be written as "
                                  f"{error.encoding}") from None
    finally:
        if raw:
            buffered.detach()
