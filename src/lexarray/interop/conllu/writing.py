"""Documents -> CoNLL-U: :func:`to_conllu`, one as text; :func:`write_conllu`, any number as a file."""

import gzip
import io
import os
import re
from collections.abc import Iterable
from itertools import compress
from typing import IO

from lexarray.errors import ConlluError
from lexarray.interop.conllu.fields import UNFIT, UPOS, form_of, make_misc, mend_misc, text_of, ud_feats, word_ids
from lexarray.morphology import Morphology
from lexarray.replacing import replacing
from lexarray.tokens import Doc

_WRITTEN = ("ORTH", "LEMMA", "TAG", "MORPH", "DEP", "POS", "SPACY", "IS_SPACE", "HEAD", "SENT_START")
_POS_NAMES = {number: name for name, number in UPOS.items()}
_NOTHING: dict = {}
_SURROGATE = re.compile("[\ud800-\udfff]")


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
    feats = [ud_feats(morph) if morph else "_" for morph in morphs]
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
    forms = [form_of(word) for word in words] if UNFIT.search("".join(words)) else words
    multiword = {place[i]: (place[end - 1] + 1, *fields)
                 for i, (end, *fields) in beside.get("multiword", _NOTHING).items()}
    misc = _misc_column(words, forms, befores, afters, starts, multiword, beside, place)
    deps = {place[i]: each for i, each in beside.get("deps", _NOTHING).items()}
    empty = {place[i]: each for i, each in beside.get("empty", _NOTHING).items()}

    sentences = []
    for number, (first_token, start, end) in enumerate(zip(first_tokens, starts, [*starts[1:], len(words)]), 1):
        ids = word_ids(end - start)
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
    column = ["_" if after == " " else "SpaceAfter=No" if not after else make_misc("", after, "", "")
              for after in afters]
    for i in befores:
        column[i] = make_misc(befores[i], afters[i], "", "")
    if forms is not words:
        for i, (word, form) in enumerate(zip(words, forms)):
            if word != form:
                column[i] = make_misc(befores.get(i, ""), afters[i], word, form)
    inside = set()                              # a multiword token, which has the spaces
    for start, (end, *_) in multiword.items():
        inside.update(range(start, end))
        for i in range(start, end):
            column[i] = make_misc("", " ", words[i], forms[i])
    for token, misc in beside.get("misc", _NOTHING).items():
        i = place[token]
        if i in inside:
            column[i] = misc
        else:
            column[i] = mend_misc(misc, befores.get(i, ""), afters[i], words[i], forms[i], i in starts)
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
            misc = mend_misc(misc, befores.get(i, ""), afters[end - 1], form, form, i == start)
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
    return "# text = " + text_of(forms, afters)


def _fail_unfit(lines, number):
    for i, line in enumerate(lines, 1):
        match = UNFIT.search(line.replace("\t", "", 9))
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
    path = os.fsdecode(target)
    if os.path.exists(path) and not os.path.isfile(path):       # a device or pipe cannot be replaced
        with open(path, "wb") as file:
            _write(docs, file)
        return
    with replacing(path) as file:
        if not path.endswith(".gz"):
            _write(docs, file)
            return
        # Without name and time, so that equal documents make equal files.
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
            _write(docs, packed)


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
