"""Text in, documents out: :class:`Language` puts a language's data together, :func:`blank` finds it."""

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set as AbstractSet
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any

from cymem.cymem import Pool

from lexarray.lex_attrs import LexicalRules
from lexarray.tokenizer import Tokenizer, compile_infix_regex, compile_prefix_regex, compile_suffix_regex
from lexarray.tokenizer.special_cases import TokenAttributes
from lexarray.tokenizer.stream import documents
from lexarray.tokens import Doc
from lexarray.vocab import Vocab


class Defaults:
    """The data of a language. Each language overrides what differs; all of it may be left empty."""

    #: Special cases of the tokenizer: string -> tokens.
    tokenizer_exceptions: Mapping[str, Iterable[TokenAttributes]] = {}
    #: Sources of regular expressions; see :mod:`lexarray.tokenizer.affixes`.
    prefixes: Sequence[str] = ()
    suffixes: Sequence[str] = ()
    infixes: Sequence[str] = ()
    #: A function of a string, true if it is one token before, or after, prefixes and suffixes are off.
    token_match: Callable[[str], object] | None = None
    url_match: Callable[[str], object] | None = None
    #: See :class:`lexarray.lex_attrs.LexicalRules`.
    stop_words: AbstractSet[str] = frozenset()
    number_words: AbstractSet[str] = frozenset()
    ordinal_suffixes: Sequence[str] = ()
    norms: Mapping[str, str] = {}
    #: Attribute id -> function of a text, instead of the built-in rule.
    lex_attr_getters: Mapping[int, Callable[[str], object]] = {}
    #: A function of a Doc or Span, the language's rules for base noun phrases: yields (start, end, label key). None:
    #: no rules. A class must wrap it in ``staticmethod``. See :attr:`lexarray.tokens.Doc.noun_chunks`.
    noun_chunks: Callable[[Any], Iterable[tuple[int, int, int]]] | None = None


_languages: dict[str, type["Language"]] = {}     # code -> class, of the languages that have been imported
# Class -> the data that LexicalRules are made of: as they were when the class was made, and those of its latest rules.
_declared: dict[type["Language"], tuple[Any, ...] | None] = {}
_latest_rules: dict[type["Language"], tuple[tuple[Any, ...], LexicalRules]] = {}


class Language:
    """A text-processing pipeline: call it with a text, get a :class:`~lexarray.tokens.Doc`.

    Args:
        vocab (Vocab | bool): the vocabulary to use; True: a new one.

    Attributes:
        lang (str): the language's code.
        Defaults (type): the language's data.
        vocab (Vocab): the vocabulary that all its documents share.
        tokenizer (Callable[[str], Doc]): makes documents of texts; may be replaced.

    >>> from lexarray.lang.en import English
    >>> nlp = English()
    >>> doc = nlp("It's 3pm.")
    >>> [token.text for token in doc], doc.text
    (['It', "'s", '3', 'pm', '.'], "It's 3pm.")
    """

    lang: str = ""
    Defaults: type[Defaults] = Defaults

    vocab: Vocab
    tokenizer: Callable[[str], Doc]
    error_handler: Callable[[str, Any, list[Any], Exception], object] | None

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "lang" in cls.__dict__ and cls.lang:         # not for a subclass that only adds to a language
            _languages[cls.lang] = cls
        try:
            _declared[cls] = cls._lexical_data()
        except (TypeError, ValueError):                 # lexical_rules() says what is wrong with them
            _declared[cls] = None

    @classmethod
    def _lexical_data(cls) -> tuple[Any, ...]:
        # Copies: what Defaults has can be changed.
        data = cls.Defaults
        return (cls.lang, frozenset(data.stop_words), frozenset(data.number_words), tuple(data.ordinal_suffixes),
                dict(data.norms))

    @classmethod
    def lexical_rules(cls) -> LexicalRules:
        """What the language adds to the rules for words, made of its ``Defaults`` as they are now.

        Returns:
            LexicalRules: the same ones as long as ``Defaults`` are the same. They are pickled as the name of this method,
            unless ``Defaults`` have been changed since the class was made, or the class is not found by its name.

        >>> from lexarray.lang.en import English
        >>> English.lexical_rules() is English().vocab.lexical_rules
        True
        """
        data = cls._lexical_data()
        latest = _latest_rules.get(cls)
        if latest is not None and latest[0] == data:
            return latest[1]
        origin = cls.lexical_rules if data == _declared.get(cls) and _is_found_by_name(cls) else None
        rules = LexicalRules(*data, origin=origin)
        _latest_rules[cls] = data, rules
        return rules

    def __init__(self, vocab: Vocab | bool = True) -> None:
        data = self.Defaults
        if vocab is True:
            vocab = Vocab(data.lex_attr_getters, get_noun_chunks=data.noun_chunks, lexical_rules=self.lexical_rules())
        elif not isinstance(vocab, Vocab):
            raise TypeError(f"vocab must be a Vocab, got {type(vocab).__name__}: {vocab!r:.80}")
        self.vocab = vocab
        self.error_handler = None
        self.tokenizer = Tokenizer(
            vocab,
            rules=data.tokenizer_exceptions,
            prefix_search=compile_prefix_regex(data.prefixes).search,
            suffix_search=compile_suffix_regex(data.suffixes).search,
            infix_finditer=compile_infix_regex(data.infixes).finditer,
            token_match=data.token_match,
            url_match=data.url_match,
        )

    def make_doc(self, text: str) -> Doc:
        """Tokenize a text.

        Args:
            text (str): any string.

        Returns:
            Doc: a document with ``doc.text == text``.

        Raises:
            TypeError: not a ``str``.
        """
        return self.tokenizer(text)

    def __call__(self, text: str | Doc) -> Doc:
        """Process a text.

        Args:
            text (str | Doc): any string, or a document, which is taken as it is tokenized.

        Returns:
            Doc: the document.

        Raises:
            TypeError: neither a ``str`` nor a ``Doc``.
        """
        return text if isinstance(text, Doc) else self.make_doc(text)

    def pipe(self, texts: Iterable[Any], *, as_tuples: bool = False, batch_size: int | None = None,
             threads: int | None = 1, max_types: int | None = None) -> Iterator[Any]:
        """Process a stream of texts, in order.

        Args:
            texts (Iterable[str | Doc]): the texts; or ``(text, context)`` pairs, if ``as_tuples``.
            as_tuples (bool): yield ``(doc, context)`` pairs.
            batch_size (int): the most texts that a thread gets at a time; None: 1,000, or fewer if they are long. Without
                effect on one thread.
            threads (int): how many threads tokenize, without the GIL; the documents are the same with any number. See
                :meth:`lexarray.tokenizer.Tokenizer.pipe`.
            max_types (int): forget new words as soon as there are more of them, so that any stream runs in bounded memory.
                Documents that are still alive take along what they need. None: keep all words.

        Yields:
            Doc | tuple[Doc, object]: a document for each text. A text that fails raises, or goes to the error handler
            (:meth:`set_error_handler`) and is left out.

        Raises:
            TypeError: a text is neither a ``str`` nor a ``Doc``; says which.
            ValueError: ``threads``, ``batch_size`` or ``max_types`` is not at least 1; or one of the others is used with a
                tokenizer of another class than :class:`~lexarray.tokenizer.Tokenizer`.

        >>> import lexarray
        >>> nlp = lexarray.blank("en")
        >>> [(len(doc), source) for doc, source in nlp.pipe([("One two.", "a"), ("3!", "b")], as_tuples=True)]
        [(3, 'a'), (2, 'b')]
        """
        if not as_tuples:
            return documents(self.tokenizer, texts, threads, batch_size, max_types, self.error_handler)
        contexts: deque[object] = deque()               # of the texts that have been read and not yet yielded
        handler = self.error_handler

        def _skip(name: str, component: Any, texts: list[Any], error: Exception) -> None:
            contexts.popleft()
            if handler is None:
                raise error
            handler(name, component, texts, error)

        docs = documents(self.tokenizer, _texts_of(texts, contexts), threads, batch_size, max_types,
                         None if handler is None else _skip)
        return ((doc, contexts.popleft()) for doc in docs)

    def set_error_handler(self, error_handler: Callable[[str, Any, list[Any], Exception], object] | None) -> None:
        """What :meth:`pipe` does with a text that fails.

        Args:
            error_handler (Callable): called as ``error_handler("tokenizer", tokenizer, [text], error)``. If it returns, the
                text is left out. None: the error is raised, as at first.

        >>> import lexarray
        >>> nlp = lexarray.blank("en")
        >>> nlp.set_error_handler(lambda name, component, texts, error: print(type(error).__name__, texts))
        >>> [doc.text for doc in nlp.pipe(["One", None, "two"])]
        TypeError [None]
        ['One', 'two']
        """
        if error_handler is not None and not callable(error_handler):
            raise TypeError(f"error_handler must be callable or None, got {error_handler!r:.80}")
        self.error_handler = error_handler

    def memory_zone(self, mem: Pool | None = None) -> AbstractContextManager[Pool]:
        """A ``with`` block at the end of which the words and strings that are new in it are forgotten:
        :meth:`lexarray.vocab.Vocab.memory_zone`.

        >>> import lexarray
        >>> nlp = lexarray.blank("en")
        >>> with nlp.memory_zone():
        ...     docs = list(nlp.pipe(["Twas brillig", "and the slithy toves"]))
        >>> "slithy" in nlp.vocab, docs[1].text
        (False, 'and the slithy toves')
        """
        return self.vocab.memory_zone(mem)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.lang!r}>"


def _is_found_by_name(cls: type) -> bool:
    # Whether pickle can write a class as its name.
    found: Any = sys.modules.get(cls.__module__)
    for name in cls.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is cls


def _texts_of(pairs: Iterable[Any], contexts: deque[object]) -> Iterator[Any]:
    # The texts of (text, context) pairs, whose contexts go into the queue.
    for i, pair in enumerate(pairs):
        try:
            text, context = pair
        except (TypeError, ValueError):
            raise TypeError(f"text {i}: as_tuples expects (text, context) pairs, got {pair!r:.80}") from None
        contexts.append(context)
        yield text


def blank(name: str, *, vocab: Vocab | bool = True) -> "Language":
    """A pipeline for a language that only tokenizes.

    Args:
        name (str): the language's code: "en" for English, "xx" for any.
        vocab (Vocab | bool): the vocabulary to use; True: a new one.

    Returns:
        Language: the pipeline.

    Raises:
        ImportError: there is no such language; says which there are.

    >>> blank("en")
    <English 'en'>
    """
    if not isinstance(name, str):
        raise TypeError(f"expected a language's code (str), got {type(name).__name__}: {name!r}")
    if name not in _languages and name in languages():
        import_module(f"lexarray.lang.{name}")
    if name not in _languages:
        raise ImportError(f"there is no language {name!r}: the languages are {', '.join(languages())}")
    return _languages[name](vocab)


def languages() -> list[str]:
    """The codes of the languages that :func:`blank` knows, sorted: those of the library, and every imported
    subclass of :class:`Language` that has a ``lang``."""
    from pkgutil import iter_modules

    import lexarray.lang

    return sorted({*_languages, *(module.name for module in iter_modules(lexarray.lang.__path__) if module.ispkg)})
