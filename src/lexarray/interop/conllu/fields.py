"""What stands in the columns, there and back: IDs, FORM, UPOS, FEATS, and the spaces that MISC tells. Lines are made and taken
apart in :mod:`.writing` and :mod:`.reading`.
"""

import functools
import re

from lexarray import symbols
from lexarray.morphology import Morphology

COLUMNS = ("ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC")
UPOS = {"_": 0, **{name: symbols.IDS[name] for name in symbols.NAMES[symbols.ADJ:symbols.SPACE + 1]}}

UNFIT = re.compile("[\t\n\r\ud800-\udfff]")            # what no field of a UTF-8 file can hold
_TO_ESCAPE = re.compile("[ \t\n\r|\\\\\ud800-\udfff]")
_ESCAPES = {" ": "\\s", "\t": "\\t", "\n": "\\n", "\r": "\\r", "|": "\\p", "\\": "\\\\"}
_ESCAPED = re.compile(r"\\(?:u(d[89a-f][0-9a-f]{2})|([strnp\\]))")
_UNESCAPES = {escaped[1]: char for char, escaped in _ESCAPES.items()}

_ids: list[str] = []                    # "1", "2" ...; never changed, but replaced
INDEX_OF = {"0": -1, "_": -1}           # ID or HEAD -> index of the word, as far as word_ids() has gone


def word_ids(n):
    """``"1"``, ``"2"`` ..., at least ``n`` of them. Made once, so that a sentence's IDs are one comparison."""
    global _ids
    ids = _ids
    if n > len(ids):
        ids = [str(i) for i in range(1, max(2 * n, 1000) + 1)]
        INDEX_OF.update([(number, i) for i, number in enumerate(ids)])
        _ids = ids                      # another thread may have made others; each is right
    return ids


def _escape(text):
    # UDPipe's escapes, and \udXXX for lone surrogates.
    return _TO_ESCAPE.sub(lambda match: _ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04x}", text)


def _unescape(text):
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)) if match[1] else _UNESCAPES[match[2]], text)


def form_of(word):
    """A word as FORM. If it is not the word itself, MISC has the word."""
    return UNFIT.sub(lambda match: " " if match[0].isspace() else "\ufffd", word) if UNFIT.search(word) else word


def read_misc(misc, form, is_first):
    """What MISC says: (whitespace before, whitespace after, the word).

    Values that make no sense say nothing, nor does SpacesBefore of a word that is not the sentence's first: the whitespace
    is after the word before it.
    """
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
                    word = value if value and form_of(value) == form else word
                elif not value or value.isspace():
                    before, after = (value, after) if name == "SpacesBefore" else (before, value)
    return before if is_first else "", after, word


def make_misc(before, after, word, form):
    """MISC that says no more than the spaces, and the word if FORM is not it."""
    fields = []
    if after != " ":
        fields.append(f"SpacesAfter={_escape(after)}" if after else "SpaceAfter=No")
    if before:
        fields.append(f"SpacesBefore={_escape(before)}")
    if word != form:
        fields.append(f"SpacesInToken={_escape(word)}")
    return "|".join(fields) or "_"


def mend_misc(misc, before, after, word, form, is_first):
    """The MISC that was read, if it still tells the truth about the spaces; else with the truth in it."""
    if read_misc(misc, form, is_first) == (before, after, word):
        return misc
    fields = [field for field in misc.split("|") if field != "SpaceAfter=No"
              and field.partition("=")[0] not in ("SpacesAfter", "SpacesBefore", "SpacesInToken")]
    made = make_misc(before, after, word, form)
    return "|".join(fields + [made] * (made != "_" or not fields))


@functools.lru_cache(maxsize=1 << 14)
def ud_feats(feats):
    """Normalised FEATS in UD's order, which takes no notice of case."""
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
def read_feats(feats):
    """(normalised, whether the writer would write other FEATS)"""
    normalised = Morphology.dict_to_feats(feats)
    return normalised, ud_feats(normalised) != feats


def text_of(forms, spaces):
    """What ``# text = `` says: words, and one space where there is whitespace."""
    text = "".join([form + " " if space else form for form, space in zip(forms, spaces)])
    return text[:-1] if spaces[-1] else text
