"""What says which extra is missing."""

import sys

import lexarray
import pytest
from lexarray.interop import spacy as bridge


def test_without_spacy_the_error_names_the_extra(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "spacy"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "spacy", None)
    bridge._spacy.cache_clear()
    nlp = lexarray.blank("en")
    for call in (lambda: bridge.from_spacy(nlp("Hi"), nlp.vocab), lambda: bridge.to_spacy(nlp("Hi"), nlp.vocab)):
        with pytest.raises(ImportError, match=r"pip install 'lexarray\[spacy\]'") as info:
            call()
        assert info.value.name.startswith("spacy")
