"""CoNLL-U -> documents: :func:`read_conllu`.

A file is cut into sentences, and a sentence into columns, each of which is taken whole; that is fast, and knows only whether
something is wrong. What it is, and where, `_check` finds out line by line, when it is known that there is something.
"""

import contextlib
import gzip
import os
import re
import zlib
from collections.abc import Iterator
from typing import IO

from lexarray import symbols
from lexarray.errors import ConlluError
from lexarray.interop.conllu.fields import (
    COLUMNS, INDEX_OF, UPOS, make_misc, read_feats, read_misc, text_of, word_ids,
)
from lexarray.morphology import Morphology
from lexarray.tokens import Doc
from lexarray.vocab import Vocab

BLOCK = 1 << 16             # bytes or characters read at once

_NEWDOC = re.compile(r"#\s*newdoc(?:\s|$)")
_DEPS = re.compile(r"[0-9]+(?:\.[0-9]+)?:[^|]+(?:\|[0-9]+(?:\.[0-9]+)?:[^|]+)*")
_RANGE_ID = re.compile(r"([1-9][0-9]*)-([1-9][0-9]*)")
_EMPTY_ID = re.compile(r"(0|[1-9][0-9]*)\.([1-9][0-9]*)")


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
        numbers = word_ids(len(ids))
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
        targets = [INDEX_OF[head] for head in heads]
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
        pos = [UPOS[each] for each in upos]
        tags = ["" if each == "_" else each for each in xpos]
        if "_" in lemmas:
            lemmas = ["" if lemma == "_" and form != "_" else lemma for lemma, form in zip(lemmas, forms)]
        normalised = [read_feats(each) for each in feats]
        morphs = [each[0] for each in normalised]
        if "_" in upos:                         # not analysed: `_` does not tell that there are no features
            morphs = [None if each == "_" and not number else each for each, number in zip(morphs, pos)]
        feats_beside = {i: feats[i] for i, each in enumerate(normalised) if each[1]}
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
                before, after, words[i] = read_misc(each, forms[i], i == 0)
                spaces[i] = after[:1] == " "
                if before or len(after) > spaces[i]:
                    whitespace[i] = before, after[spaces[i]:]
                if each != make_misc(before, after, words[i], forms[i]):
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
                    if misc[i] != make_misc("", " ", words[i], forms[i]):
                        misc_beside[i] = misc[i]
                before, after, _ = read_misc(range_misc, "", start == 0)
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
        made = "# text = " + text_of(surface, has_space) if comments else None
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
        if upos not in UPOS:
            _fail(number, "UPOS", f"{upos!r:.80} is no universal part of speech: it is one of {', '.join(UPOS)}")
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
