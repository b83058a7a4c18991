"""Text in, documents out: :class:`Language` puts a language's data together, :func:`blank` finds it."""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set as AbstractSet
from contextlib import AbstractContextManager
from importlib import import_module
from os import PathLike
from typing import Any, Literal, Self, TypeVar, overload

from cymem.cymem import Pool

import lexarray
from lexarray.errors import SavedObjectError
from lexarray.lex_attrs import LexicalRules
from lexarray.saved import check_parts, checked_names, unwrap, wrap
from lexarray.tokenizer import Tokenizer, compile_infix_regex, compile_prefix_regex, compile_suffix_regex
from lexarray.tokenizer.special_cases import TokenAttributes
from lexarray.tokenizer.stream import documents
from lexarray.tokens import Doc
from lexarray.vocab import FILES as VOCAB_FILES, PARTS as VOCAB_PARTS, SavedVocab, Vocab

_Context = TypeVar("_Context")

FORMAT = "lexarray.pipeline"
# What can be left out of what is saved, and the files of a pipeline's folder.
PARTS = VOCAB_PARTS | {"tokenizer", "vocab"}
FILES = frozenset({"meta.json", "tokenizer.bin", *(f"vocab/{name}" for name in VOCAB_FILES)})
LONGEST_META = 1 << 20      # bytes


class Defaults:
    """The data of a language. Each language overrides what differs; all of it may be left empty.

    >>> class Whitespace(Language):
    ...     class Defaults(Defaults):
    ...         stop_words = {"the"}
    >>> [(token.text, token.is_stop) for token in Whitespace()("The end.")]
    [('The', True), ('end.', False)]
    """

    #: Special cases of the tokenizer, string -> tokens.
    tokenizer_exceptions: Mapping[str, Iterable[TokenAttributes]] = {}
    #: Sources of regular expressions of what is taken off the start of a chunk; see :mod:`lexarray.tokenizer.affixes`.
    prefixes: Sequence[str] = ()
    #: The same of its end.
    suffixes: Sequence[str] = ()
    #: The same of where the rest is cut.
    infixes: Sequence[str] = ()
    #: A function of a string, true if it is one token before, or after, prefixes and suffixes are off.
    token_match: Callable[[str], object] | None = None
    #: A function of a string, true if it is one token once prefixes and suffixes are off.
    url_match: Callable[[str], object] | None = None
    #: Words that are ``is_stop``; this and the next three go into :class:`lexarray.lex_attrs.LexicalRules`.
    stop_words: AbstractSet[str] = frozenset()
    #: Words that are ``like_num``.
    number_words: AbstractSet[str] = frozenset()
    #: What may follow the digits of a number that is ``like_num``.
    ordinal_suffixes: Sequence[str] = ()
    #: Word -> its norm.
    norms: Mapping[str, str] = {}
    #: Attribute id -> function of a text, instead of the built-in rule.
    lex_attr_getters: Mapping[int, Callable[[str], object]] = {}
    #: A function of a Doc or Span, the language's rules for base noun phrases, which yields (start, end, label
    #: key). None stands for no rules. A class must wrap it in ``staticmethod``. See :attr:`lexarray.tokens.Doc.noun_chunks`.
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
        except (AttributeError, TypeError, ValueError):     # lexical_rules() says what is wrong with them
            _declared[cls] = None

    @classmethod
    def _lexical_data(cls) -> tuple[Any, ...]:
        # Copies: what Defaults has can be changed. One text instead of many is left for LexicalRules to refuse.
        data = cls.Defaults
        texts: list[Any] = [data.stop_words, data.number_words, data.ordinal_suffixes]
        return (cls.lang, *(each if isinstance(each, (str, bytes)) else frozenset(each) for each in texts[:2]),
                texts[2] if isinstance(texts[2], (str, bytes)) else tuple(texts[2]), dict(data.norms or {}))

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

    @overload
    def pipe(self, texts: Iterable[str | Doc], *, as_tuples: Literal[False] = False, batch_size: int | None = None,
             threads: int | None = 1, max_types: int | None = None) -> Iterator[Doc]: ...

    @overload
    def pipe(self, texts: Iterable[tuple[str | Doc, _Context]], *, as_tuples: Literal[True], batch_size: int | None = None,
             threads: int | None = 1, max_types: int | None = None) -> Iterator[tuple[Doc, _Context]]: ...

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

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The pipeline as bytes: the language's code, the rules of the tokenizer, and the vocabulary.

        Args:
            exclude (Iterable[str]): what to leave out: "tokenizer"; "vocab", or of it "strings", "vectors", "rules" (see
                :meth:`lexarray.vocab.Vocab.to_bytes`).

        Raises:
            ValueError: the tokenizer has a rule that cannot be saved, or is none of lexarray's; a name of no part.

        >>> import lexarray
        >>> nlp = lexarray.blank("en")
        >>> nlp.tokenizer.add_special_case("gimme", [{"ORTH": "gim"}, {"ORTH": "me"}])
        >>> [token.text for token in lexarray.blank("en").from_bytes(nlp.to_bytes())("Well, gimme")]
        ['Well', ',', 'gim', 'me']
        """
        names = checked_names(exclude, PARTS)
        parts: dict[str, Any] = {"meta": self._meta()}
        if "tokenizer" not in names:
            parts["tokenizer"] = self._saved_tokenizer()
        if "vocab" not in names:
            parts["vocab"] = self.vocab.to_bytes(exclude=names & VOCAB_PARTS)
        return wrap(FORMAT, 1, parts)

    def from_bytes(self, bytes_data: bytes | bytearray | memoryview, *, exclude: Iterable[str] = ()) -> Self:
        """Take over what ``to_bytes`` gave: the rules of the tokenizer, and the vocabulary as
        :meth:`lexarray.vocab.Vocab.from_bytes` does. Documents that exist stay right.

        Args:
            bytes_data (bytes): what it gave.
            exclude (Iterable[str]): what not to take: see :meth:`to_bytes`.

        Returns:
            Language: itself.

        Raises:
            SavedObjectError, VectorFileError: the bytes are damaged, something else, or of another language. Nothing has
                changed then.
            KeyCollisionError: a text has the key of another one of this vocabulary. Nothing has changed then.
        """
        names = checked_names(exclude, PARTS)
        parts = unwrap(bytes_data, FORMAT, 1)
        check_parts(parts, {"meta": dict}, {"tokenizer": bytes, "vocab": bytes}, "pipeline")
        self._check_lang(_checked_meta(parts["meta"], "pipeline: meta"), "pipeline")
        rules = vocab = None
        if "tokenizer" in parts and "tokenizer" not in names:
            rules = self._own_tokenizer().read_parts(parts["tokenizer"], (), "pipeline: ")
        if "vocab" in parts and "vocab" not in names:
            vocab = SavedVocab(parts["vocab"], names & VOCAB_PARTS, None, "pipeline: ")
        self._take(rules, vocab)
        return self

    def to_disk(self, path: str | PathLike[str], *, exclude: Iterable[str] = ()) -> None:
        """Write a folder, from which :func:`load` makes the pipeline again: ``meta.json``, ``tokenizer.bin``, and ``vocab``,
        a folder with ``vocab.bin`` and, if there are vectors, ``vectors.safetensors``.

        Args:
            path (str | PathLike): the folder. It is made aside and renamed when all is written. One that is there goes;
                it must not hold anything else.
            exclude (Iterable[str]): what to leave out: see :meth:`to_bytes`.

        Raises:
            ValueError: as ``to_bytes``.
            OSError: the folder cannot be written, or there is something else.

        >>> import lexarray, os, tempfile
        >>> nlp = lexarray.blank("en")
        >>> nlp.vocab["tea"].norm_ = "drink"
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     nlp.to_disk(os.path.join(folder, "drinks"))
        ...     lexarray.load(os.path.join(folder, "drinks"))("tea!")[0].norm_
        'drink'
        """
        import json

        from lexarray.replacing import replacing_folder

        names = checked_names(exclude, PARTS)
        with replacing_folder(path, FILES) as folder:
            if "tokenizer" not in names:
                with open(os.path.join(folder, "tokenizer.bin"), "wb") as file:
                    file.write(self._saved_tokenizer())
            if "vocab" not in names:
                os.mkdir(os.path.join(folder, "vocab"))
                self.vocab.write_folder(os.path.join(folder, "vocab"), names & VOCAB_PARTS)
            with open(os.path.join(folder, "meta.json"), "w", encoding="utf-8") as text:
                json.dump(self._meta(), text, indent=1)
                text.write("\n")

    def from_disk(self, path: str | PathLike[str], *, exclude: Iterable[str] = ()) -> Self:
        """The same as ``from_bytes``, of a folder, but that vectors are mapped and not read: all processes that load them
        share their memory.

        Raises:
            OSError: it cannot be read.
        """
        names = checked_names(exclude, PARTS)
        folder = os.fsdecode(path)
        self._check_lang(_read_meta(folder), folder)
        rules = vocab = None
        tokenizer = os.path.join(folder, "tokenizer.bin")
        if "tokenizer" not in names and os.path.exists(tokenizer):
            with open(tokenizer, "rb") as file:
                rules = self._own_tokenizer().read_parts(file.read(), (), f"{tokenizer}: ")
        if "vocab" not in names and os.path.exists(os.path.join(folder, "vocab")):
            vocab = SavedVocab.of_folder(os.path.join(folder, "vocab"), names & VOCAB_PARTS)
        self._take(rules, vocab)
        return self

    def _take(self, rules: dict[str, Any] | None, vocab: SavedVocab | None) -> None:
        # What has been read and checked.
        if vocab is not None:
            vocab.check_for(self.vocab)
            vocab.put_into(self.vocab)
        if rules is not None:
            self._own_tokenizer().take_parts(rules)

    def _meta(self) -> dict[str, Any]:
        return {"format": FORMAT, "version": 1, "lexarray": lexarray.__version__, "lang": self.lang}

    def _check_lang(self, meta: Mapping[str, Any], source: str) -> None:
        if meta["lang"] != self.lang:
            raise SavedObjectError(f"{source}: the pipeline is of the language {meta['lang']!r:.40}, and this one of "
                                   f"{self.lang!r}: use lexarray.load, or a pipeline of that language")

    def _own_tokenizer(self) -> Tokenizer:
        if not isinstance(self.tokenizer, Tokenizer):
            raise ValueError(f"the tokenizer is {self.tokenizer!r:.80}, and only one of lexarray's can be saved or loaded: "
                             f"exclude=['tokenizer']")
        return self.tokenizer

    def _saved_tokenizer(self) -> bytes:
        try:
            return self._own_tokenizer().to_bytes()
        except ValueError as error:
            raise ValueError(f"tokenizer: {error}; or leave the tokenizer out of the pipeline, exclude=['tokenizer']") from None

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


def load(path: str | PathLike[str], *, vocab: Vocab | bool = True, exclude: Iterable[str] = ()) -> "Language":
    """A pipeline that :meth:`Language.to_disk` wrote. Vectors are mapped: loading does not depend on their number, and all
    processes share their memory.

    Args:
        path (str | PathLike): the folder.
        vocab (Vocab | bool): the vocabulary to use, which takes over what was saved; True: a new one.
        exclude (Iterable[str]): what not to load: see :meth:`Language.to_bytes`.

    Returns:
        Language: of the class of its language's code, as :func:`blank` makes it.

    Raises:
        SavedObjectError, VectorFileError: a file is damaged, something else, or of a newer version, or the language is
            unknown; names the file.
        OSError: a file cannot be read.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nlp = blank("en")
    ...     nlp.tokenizer.add_special_case("gimme", [{"ORTH": "gim"}, {"ORTH": "me"}])
    ...     nlp.to_disk(os.path.join(folder, "mine"))
    ...     again = load(os.path.join(folder, "mine"))
    >>> [token.text for token in again("gimme that")]
    ['gim', 'me', 'that']
    """
    folder = os.fsdecode(path)
    lang = _read_meta(folder)["lang"]
    if lang not in languages():
        how = ("its class has no code: make a pipeline of that class, and use its from_disk" if not lang
               else "import the module that defines its class first")
        raise SavedObjectError(f"{folder}: the pipeline is of the language {lang!r:.40}, and the languages are "
                               f"{', '.join(languages())}: {how}")
    return blank(lang, vocab=vocab).from_disk(folder, exclude=exclude)


def _read_meta(folder: str) -> dict[str, Any]:
    import json                     # which takes a while, and which only files need

    name = os.path.join(folder, "meta.json")
    with open(name, "rb") as file:
        data = file.read(LONGEST_META + 1)
    try:
        meta = json.loads(data.decode()) if len(data) <= LONGEST_META else None
    except (ValueError, RecursionError) as error:
        raise SavedObjectError(f"{name}: no JSON: {error}") from None
    return _checked_meta(meta, name)


def _checked_meta(meta: Any, where: str) -> dict[str, Any]:
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        raise SavedObjectError(f"{where}: this is no pipeline of lexarray: it does not say that its format is {FORMAT!r}")
    if type(meta.get("version")) is not int or meta["version"] < 1:
        raise SavedObjectError(f"{where}: the version {meta.get('version')!r:.80} is none, so it is damaged")
    if meta["version"] > 1:
        raise SavedObjectError(f"{where}: the pipeline is of version {meta['version']}, written by lexarray "
                               f"{meta.get('lexarray')!r:.40}; this version of lexarray reads 1: update lexarray")
    if not isinstance(meta.get("lang"), str):
        raise SavedObjectError(f"{where}: the code of the language is {meta.get('lang')!r:.80}")
    return meta


def languages() -> list[str]:
    """The codes of the languages that :func:`blank` knows, sorted: those of the library, and every imported
    subclass of :class:`Language` that has a ``lang``."""
    from pkgutil import iter_modules

    import lexarray.lang

    return sorted({*_languages, *(module.name for module in iter_modules(lexarray.lang.__path__) if module.ispkg)})
