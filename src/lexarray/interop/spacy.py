"""Documents to and from spaCy 3.8: :func:`from_spacy` beside :func:`to_spacy`. spaCy is imported when one is called.

Keys are the same in both libraries. So the layers of tokens go from one to the other as one array, and of the texts only
those that the document uses. Every layer that both have is taken over: see ``docs/spacy.md`` for what only one of them has.
"""

import functools
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from lexarray.attrs import IDS
from lexarray.errors import KeyCollisionError
from lexarray.extras import load_extra
from lexarray.tokens import Doc, Span
from lexarray.tokens.span_group import SpanGroup
from lexarray.vocab import Vocab

if TYPE_CHECKING:
    import spacy.tokens
    import spacy.vocab

# The columns of the array. Those of keys first, what is not set with all others last.
_NAMES = ("ORTH", "NORM", "LEMMA", "TAG", "DEP", "ENT_TYPE", "ENT_KB_ID", "ENT_ID", "MORPH", "ENT_IOB", "POS", "HEAD",
          "SENT_START", "SPACY")
_ATTRS = [IDS[name] for name in _NAMES]
_ORTH, _NORM, _ENT_TYPE, _MORPH, _ENT_IOB, _SENT_START, _SPACY = map(
    _NAMES.index, ("ORTH", "NORM", "ENT_TYPE", "MORPH", "ENT_IOB", "SENT_START", "SPACY"))
_N_KEYS = _MORPH + 1
_INSIDE, _OUTSIDE, _BEGIN = 1, 2, 3


class _Table:
    # Some keys that were met, each in the place that its lowest bits say. 0 is always there.
    __slots__ = ("keys", "mask")

    def __init__(self, size):
        self.keys = np.zeros(size, np.uint64)
        self.mask = np.uint64(size - 1)

    def unknown(self, keys):
        """Those of the keys that are not in it."""
        return keys[self.keys[(keys & self.mask).view(np.int64)] != keys]

    def put(self, keys):
        """Remember keys, in the place of others."""
        self.keys[(keys & self.mask).view(np.int64)] = keys


class _Known:
    # What is known of a vocabulary and a StringStore of spaCy, so that the texts of most keys need not be looked at.
    __slots__ = ("strings", "texts", "features")

    def __init__(self, strings):
        self.strings = strings          # spaCy's; held, so that no other one is taken for it
        self.texts = _Table(1 << 16)    # keys of which both have the same text, for good
        self.features = _Table(1 << 12) # those of them that are features which both write so


_known: "WeakKeyDictionary[Vocab, _Known]" = WeakKeyDictionary()


def _known_of(vocab, strings):
    known = _known.get(vocab)
    if known is None or known.strings is not strings:
        known = _known[vocab] = _Known(strings)
    return known


@functools.cache
def _spacy():
    # The two classes of spaCy that are needed: Doc and Vocab; and those of what is in a Doc.
    tokens = load_extra("spacy.tokens", "spacy")
    return tokens.Doc, tokens.Span, tokens.SpanGroup, load_extra("spacy.vocab", "spacy").Vocab


def from_spacy(doc: "spacy.tokens.Doc", vocab: Vocab) -> Doc:
    """A document of spaCy as one of lexarray, with all its layers.

    Args:
        doc (spacy.tokens.Doc): the document. It is not changed, and not needed afterwards.
        vocab (Vocab): what the new one is made for; the texts that it uses are added to it.

    Returns:
        Doc: words, spaces and ``has_unknown_spaces``; of each token norm, lemma, tag, pos, morph, dep, head, sentence
        start, and the four entity fields; groups of spans with their attrs; ``cats``, ``user_data`` and ``sentiment``.
        The dicts are new, what is in them is the same objects.

    Raises:
        TypeError: not a Doc of spaCy; not a Vocab of lexarray.
        ValueError: what lexarray does not hold: a key without a text, a number that is no part of speech, features that
            are malformed; names the token.
        KeyCollisionError: a text has the key that another one has in ``vocab``.
        ImportError: spaCy is not there.

    Cost: linear in tokens; a text that is new to one of the vocabularies costs more than one that both have.

    ::

        nlp = spacy.load("en_core_web_sm")
        vocab = lexarray.blank("en").vocab
        docs = [from_spacy(doc, vocab) for doc in nlp.pipe(texts)]
    """
    if not isinstance(doc, _spacy()[0]):
        raise TypeError(f"doc must be a spacy.tokens.Doc, got {_described(doc)}")
    if not isinstance(vocab, Vocab):
        raise TypeError(f"vocab must be a lexarray Vocab, got {_described(vocab)}")
    columns = doc.to_array(_ATTRS)
    known = _known_of(vocab, doc.vocab.strings)
    new, new_features = known.texts.unknown(columns[:, :_MORPH].ravel()), known.features.unknown(columns[:, _MORPH].copy())
    texts = _texts_of(columns, {*new.tolist(), *new_features.tolist()}, doc.vocab.strings)
    words = columns[:, _ORTH].tolist()
    if texts:
        words = [texts.get(key, key) for key in words]          # texts: their own may be gone with a memory zone
    made = Doc(vocab, words, columns[:, _SPACY].tolist())
    add = made.strings.add
    for key, text in texts.items():
        if add(text) != key:
            raise KeyCollisionError(f"{_place(columns, key)} is {text!r:.80} and has the key {key} in the StringStore of "
                                    f"spaCy, but the key of that text is {add(text)}")
    if len(new_features):
        new_features = _normalised(columns, texts, made.vocab, doc.vocab, new_features)
    norms = columns[:, _NORM]
    norms[norms == made.to_array(_ATTRS[_NORM])] = 0            # the word's
    _set_layers(made, columns)
    if made.strings is vocab.strings and not doc.vocab.in_memory_zone:      # else they go when the zone ends
        known.texts.put(new)
        known.features.put(new_features)
    made.has_unknown_spaces = doc.has_unknown_spaces
    _take_over(doc, made, Span, SpanGroup)
    return made


def to_spacy(doc: Doc, vocab: "spacy.vocab.Vocab") -> "spacy.tokens.Doc":
    """A document as one of spaCy, with all its layers. A pipeline can annotate it: ``nlp(to_spacy(doc, nlp.vocab))``.

    Args:
        doc (Doc): the document. It is not changed.
        vocab (spacy.vocab.Vocab): what the new one is made for; the texts that it uses are added to it.

    Returns:
        spacy.tokens.Doc: with the layers that :func:`from_spacy` takes over.

    Raises:
        TypeError: not a Doc of lexarray; not a Vocab of spaCy.
        ValueError: a text holds a lone surrogate, which spaCy cannot hold; names the token.
        KeyCollisionError: a text has the key that another one has in ``vocab``.
        ImportError: spaCy is not there.

    Cost: as :func:`from_spacy`.

    ::

        doc = lexarray.blank("en")("Ada Lovelace wrote to Charles Babbage.")
        entities = from_spacy(nlp(to_spacy(doc, nlp.vocab)), doc.vocab).ents
    """
    doc_class, span_class, group_class, vocab_class = _spacy()
    if not isinstance(doc, Doc):
        raise TypeError(f"doc must be a lexarray Doc, got {_described(doc)}")
    if not isinstance(vocab, vocab_class):
        raise TypeError(f"vocab must be a spacy.vocab.Vocab, got {_described(vocab)}")
    columns = doc.to_array(_ATTRS)
    _store_texts(doc, columns, vocab)
    made = doc_class(vocab, words=columns[:, _ORTH].tolist(), spaces=columns[:, _SPACY].astype(bool).tolist())
    _mend_entities(columns)
    norms = columns[:, _NORM]
    own_norms = made.to_array(_ATTRS[_NORM])
    for token in np.flatnonzero(norms != own_norms).tolist():
        if doc[token].lex.norm == norms[token]:                 # the word's, and not set: a pipeline has learnt those of spaCy
            norms[token] = 0
    norms[norms == own_norms] = 0
    columns[:1, _SENT_START] = 1                                # as Token.is_sent_start says, whatever was set
    _set_layers(made, columns)
    made.has_unknown_spaces = doc.has_unknown_spaces
    _take_over(doc, made, span_class, group_class)
    return made


def _described(value: object) -> str:
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    return kind + (", whose .vocab it may be" if hasattr(value, "vocab") and hasattr(value, "pipe") else f": {value!r:.80}")


def _place(columns, key):
    # Where a key is, for a message.
    token, column = np.argwhere(columns[:, :_N_KEYS] == np.uint64(key))[0].tolist()
    return f"token {token}: its {_NAMES[column]}"


def _texts_of(columns, keys, strings):
    # key -> text
    try:
        return dict(zip(keys, map(strings.__getitem__, keys)))
    except KeyError:
        for key in keys:
            if key not in strings:
                raise ValueError(f"{_place(columns, key)} is {key}, of which the document's vocabulary has no text") from None
        raise


def _store_texts(doc, columns, vocab):
    # Add the texts to spaCy's vocabulary, and see whether they are what it finds by their keys.
    strings = vocab.strings
    known = _known_of(doc.vocab, strings)
    new, new_features = known.texts.unknown(columns[:, :_MORPH].ravel()), known.features.unknown(columns[:, _MORPH].copy())
    if not len(new) and not len(new_features):
        return
    texts = _texts_of(columns, {*new.tolist(), *new_features.tolist()}, doc.strings)
    for key, text in texts.items():
        if key not in strings:
            try:
                strings.add(text)
            except UnicodeEncodeError:
                raise ValueError(f"{_place(columns, key)} is {text!r:.80}: spaCy cannot hold a lone surrogate") from None
        if strings[key] != text:
            raise KeyCollisionError(f"{_place(columns, key)} is {text!r:.80}; its key {key} is that of {strings[key]!r:.80} "
                                    f"in the StringStore of spaCy")
    new_features = _normalised(columns, texts, vocab, doc.vocab, new_features)
    if doc.strings is doc.vocab.strings and not vocab.in_memory_zone:       # else they go when the zone ends
        known.texts.put(new)
        known.features.put(new_features)


def _normalised(columns, texts, target, source, new):
    # Put the keys of features as the target writes them in the place of others. spaCy leaves a value that is there twice,
    # and has the name A1 before A. Returns the keys that both write so.
    column = columns[:, _MORPH]
    same = []
    for key in set(new.tolist()):
        try:
            other = target.morphology.add(texts[key]) if key else 0
        except ValueError as error:
            token = np.flatnonzero(column == np.uint64(key))[0]
            raise ValueError(f"token {token}: its MORPH: {error}") from None
        if other != key:
            column[column == np.uint64(key)] = other
        elif key and source.morphology.add(texts[key]) == key:
            same.append(key)
    return np.array(same, np.uint64)


def _mend_entities(columns):
    # spaCy wants a B before every I, and reads an I of another type as the entity's next token. An entity is the same with a B
    # there. An I without a type is outside of all entities.
    iob, kinds = columns[:, _ENT_IOB], columns[:, _ENT_TYPE]
    if (iob == _INSIDE).any():
        iob[(iob == _INSIDE) & (kinds == 0)] = _OUTSIDE
        goes_on = np.zeros(len(iob), bool)
        goes_on[1:] = (kinds[1:] == kinds[:-1]) & ((iob[:-1] == _BEGIN) | (iob[:-1] == _INSIDE))
        iob[(iob == _INSIDE) & ~goes_on] = _BEGIN


def _set_layers(doc, columns):
    # The layers of tokens of a new document of either library.
    if not len(columns):
        return
    used = columns.any(axis=0).tolist()
    used[_ENT_IOB] = used[_ENT_IOB] or used[_ENT_TYPE]          # which would be taken for runs of a type
    layers = [column for column in range(_NORM, _SENT_START) if used[column]]
    if layers:
        doc.from_array([_ATTRS[column] for column in layers], np.ascontiguousarray(columns[:, layers]))
    # By itself: with heads, sentences would follow from them.
    doc.from_array([_ATTRS[_SENT_START]], np.ascontiguousarray(columns[:, _SENT_START]))


def _take_over(source, made, span_class: Any, group_class: Any):
    # What is not of tokens.
    if source.spans:
        for name, group in source.spans.items():
            spans = []
            for span in group:
                try:
                    spans.append(span_class(made, span.start, span.end, label=span.label_, kb_id=span.kb_id_,
                                            span_id=span.id_))
                except UnicodeEncodeError:
                    raise ValueError(f"span {len(spans)} of the group {name!r:.80}: label {span.label_!r:.80}, kb_id "
                                     f"{span.kb_id_!r:.80} or id {span.id_!r:.80}: spaCy cannot hold a lone "
                                     f"surrogate") from None
            made.spans[name] = group_class(made, name=group.name, attrs=dict(group.attrs), spans=spans)
    if source.cats:
        made.cats = dict(source.cats)
    if source.user_data:
        made.user_data = dict(source.user_data)
    if source.sentiment:
        made.sentiment = source.sentiment
