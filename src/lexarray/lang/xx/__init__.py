"""No language in particular: whitespace, punctuation, URLs and emoticons. Other languages build on it."""

from lexarray.lang.xx import affixes, exceptions, norms, urls
from lexarray.language import Defaults, Language

__all__ = ["MultiLanguage", "MultiLanguageDefaults"]


class MultiLanguageDefaults(Defaults):
    """The data that suits any language written with spaces."""

    tokenizer_exceptions = exceptions.TOKENIZER_EXCEPTIONS
    prefixes = affixes.PREFIXES
    suffixes = affixes.SUFFIXES
    infixes = affixes.INFIXES
    url_match = urls.url_match
    norms = norms.NORMS


class MultiLanguage(Language):
    """Texts in any language written with spaces."""

    lang = "xx"
    Defaults = MultiLanguageDefaults
