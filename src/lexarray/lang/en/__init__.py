"""English: :class:`English`."""

from lexarray.lang.en import exceptions, lex_attrs, noun_chunks, stop_words
from lexarray.lang.xx import MultiLanguageDefaults
from lexarray.language import Language

__all__ = ["English", "EnglishDefaults"]


class EnglishDefaults(MultiLanguageDefaults):
    """The data of English."""

    tokenizer_exceptions = exceptions.TOKENIZER_EXCEPTIONS
    stop_words = stop_words.STOP_WORDS
    number_words = lex_attrs.NUMBER_WORDS | lex_attrs.ORDINAL_WORDS
    ordinal_suffixes = lex_attrs.ORDINAL_SUFFIXES
    noun_chunks = staticmethod(noun_chunks.noun_chunks)


class English(Language):
    """English texts.

    >>> nlp = English()
    >>> [token.text for token in nlp("We'll pay $5.50/kg.")]
    ['We', "'ll", 'pay', '$', '5.50', '/', 'kg', '.']
    """

    lang = "en"
    Defaults = EnglishDefaults
