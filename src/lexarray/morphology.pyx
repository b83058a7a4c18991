"""Morphological features: :class:`Morphology` turns them into keys, :class:`MorphAnalysis` shows them.

Features are written as in Universal Dependencies, ``Case=Nom|Number=Sing``. Normalised, they are sorted by
name and values by text; no features are ``_``, whose key is a symbol, and an unset analysis has the key 0.
The normalised string is a text of the string store, so features need no table of their own, and their keys
are those of spaCy.
"""
from lexarray.symbols cimport UNDERSCORE


cdef enum:
    MOST_KNOWN = 100_000        # FEATS strings to remember; no treebank comes near


cdef list _fields(object features):
    # [(name, [value, ...])], sorted, from a FEATS string, a mapping, or None.
    cdef list fields = []
    if isinstance(features, str):
        if features in ("", "_"):
            return fields
        for field in (<str>features).split("|"):
            name, equals, values = field.partition("=")
            if not equals or "=" in values:
                raise ValueError(f"morphological features {features!r}: {field!r} is not of the form Name=Value")
            fields.append((name, values))
    elif hasattr(features, "items"):
        for name, values in features.items():
            if not isinstance(name, str):
                raise TypeError(f"morphological features {features!r}: the name {name!r} is not a str")
            if not isinstance(values, str):
                try:
                    values = ",".join(values)
                except TypeError:
                    raise TypeError(f"morphological features {features!r}: the value {values!r} of {name} is "
                                    f"neither a str nor a sequence of str") from None
            if any([separator in name + values for separator in "|="]):
                raise ValueError(f"morphological features {features!r}: {name!r} and its value must not contain "
                                 f"'|' or '='")
            fields.append((name, values))
    else:
        raise TypeError(f"morphological features must be a FEATS str or a dict, got {type(features).__name__}: "
                        f"{features!r:.80}")
    checked = {}
    for name, values in fields:
        parts = sorted(set(values.split(",")))
        if not name or not all(parts):
            raise ValueError(f"morphological features {features!r}: an empty name or value in {name + '=' + values!r}")
        if name in checked:
            raise ValueError(f"morphological features {features!r}: {name!r} is given twice")
        checked[name] = parts
    return sorted(checked.items())


cdef class Morphology:
    """Features <-> keys, for a string store.

    Args:
        strings (StringStore): where the features are stored.

    >>> from lexarray.strings import StringStore
    >>> morphology = Morphology(StringStore())
    >>> key = morphology.add("Number=Sing|Case=Nom")
    >>> morphology.get(key), morphology.add({"Case": "Nom", "Number": "Sing"}) == key
    ('Case=Nom|Number=Sing', True)
    """

    FEATURE_SEP = "|"
    FIELD_SEP = "="
    VALUE_SEP = ","
    EMPTY_MORPH = "_"

    def __cinit__(self, StringStore strings not None):
        self.strings = strings
        self._known = {}

    cdef hash_t intern(self, object features) except? 0:
        known = self._known.get(features) if isinstance(features, str) else None
        if known is None:
            if isinstance(features, int):
                features = self.strings.text(features)
            known = self.strings.intern(Morphology.dict_to_feats(features))
            if isinstance(features, str) and len(self._known) < MOST_KNOWN:
                self._known[features] = known
        return known

    def __reduce__(self):
        return Morphology, (self.strings,)

    def __copy__(self):
        """Another one over the same strings."""
        return Morphology(self.strings)

    def add(self, features):
        """Store features.

        Args:
            features (str | Mapping[str, str | Iterable[str]] | int): a FEATS string, a dict from names to
                values, or a key that is stored already.

        Returns:
            int: their key.

        Raises:
            ValueError: malformed; names the part.
            KeyError: an unknown key.
        """
        return self.intern(features)

    def get(self, key):
        """The normalised FEATS string of a key; "_" for no features, "" for the key 0."""
        return self.strings[key]

    @staticmethod
    def feats_to_dict(feats):
        """A FEATS string as a dict from names to values.

        >>> Morphology.feats_to_dict("Number=Sing|Case=Nom,Acc")
        {'Case': 'Acc,Nom', 'Number': 'Sing'}
        """
        return {name: ",".join(values) for name, values in _fields(feats)}

    @staticmethod
    def dict_to_feats(feats_dict):
        """A dict from names to values as a normalised FEATS string. A FEATS string is normalised.

        >>> Morphology.dict_to_feats({"Number": "Sing", "Case": ["Nom", "Acc"]})
        'Case=Acc,Nom|Number=Sing'
        """
        return "|".join([f"{name}={','.join(values)}" for name, values in _fields(feats_dict)]) or "_"


cdef class MorphAnalysis:
    """The features of one token. A view: it holds the string store and a key.

    Args:
        vocab (Vocab): the vocabulary.
        features (str | Mapping): a FEATS string or a dict from names to values.

    >>> import lexarray
    >>> morph = MorphAnalysis(lexarray.blank("en").vocab, "Number=Sing|Case=Nom,Acc")
    >>> str(morph), morph.get("Case"), morph.to_dict(), len(morph)
    ('Case=Acc,Nom|Number=Sing', ['Acc', 'Nom'], {'Case': 'Acc,Nom', 'Number': 'Sing'}, 2)
    """

    def __init__(self, vocab, features=""):
        self.strings = vocab.strings
        self.key = Morphology(self.strings).intern(features)

    @staticmethod
    cdef MorphAnalysis view(StringStore strings, hash_t key):
        cdef MorphAnalysis analysis = MorphAnalysis.__new__(MorphAnalysis)
        analysis.strings = strings
        analysis.key = key
        return analysis

    def __reduce__(self):
        # Where its strings are a vocabulary's, that goes along as its seed. Alone it is a store with its own features.
        vocab = None if self.strings is None or self.strings.owner is None else self.strings.owner()
        return _restored, (None if vocab is None else vocab.seed, str(self), self.key)

    def __copy__(self):
        return MorphAnalysis.view(self.strings, self.key)

    @classmethod
    def from_id(cls, vocab, hash_t key):
        """The analysis with this key.

        Raises:
            KeyError: no features are stored for the key.
        """
        vocab.strings[key]
        return MorphAnalysis.view(vocab.strings, key)

    def get(self, field, default=None):
        """The values of a feature, a list of str; ``default`` (or an empty list) if there is none."""
        for name, values in _fields(str(self)):
            if name == field:
                return values
        return [] if default is None else default

    def to_dict(self):
        """The features as a dict from names to values."""
        return Morphology.feats_to_dict(str(self))

    def to_json(self):
        """The same as ``str``."""
        return str(self)

    def __str__(self):
        if self.key == 0 or self.key == UNDERSCORE:
            return ""
        return self.strings.text(self.key)

    def __repr__(self):
        return str(self)

    def __len__(self):
        """Number of features."""
        return len(_fields(str(self)))

    def __iter__(self):
        """The features, each as "Name=Value"."""
        return iter([f"{name}={','.join(values)}" for name, values in _fields(str(self))])

    def __contains__(self, feature):
        """Whether it has a feature, given as "Name=Value"; of a feature with many values, any one will do."""
        name, _, value = feature.partition("=")
        return value in self.get(name) or feature in list(self)

    def __eq__(self, other):
        if not isinstance(other, MorphAnalysis):
            return NotImplemented
        return str(self) == str(other)

    def __hash__(self):
        return hash(str(self))


def _restored(vocab, str features, hash_t key):
    # The analysis of a pickle, in the vocabulary that was loaded with it.
    cdef StringStore strings = StringStore() if vocab is None else vocab.strings
    if features:
        strings.intern(features)
    return MorphAnalysis.view(strings, key)
