"""A stream of texts through a tokenizer, on one thread or several: :func:`documents`."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from functools import partial
from typing import Any

from lexarray.threads import checked_threads
from lexarray.tokenizer.crew import read_batch
from lexarray.tokens import Doc

BATCH_CHARACTERS = 1 << 15      # of texts that one thread gets at a time; enough to make the handing over cheap
BATCH_TEXTS = 1000


def documents(
    tokenizer: Callable[[str], Doc],
    texts: Iterable[Any],
    threads: int | None = 1,
    batch_size: int | None = None,
    max_types: int | None = None,
    error_handler: Callable[[str, Any, list[Any], Exception], object] | None = None,
) -> Iterator[Doc]:
    """Tokenize texts, in order. What ``Tokenizer.pipe`` and ``Language.pipe`` are made of.

    Args:
        tokenizer (Callable[[str], Doc]): a tokenizer; with more than one thread or ``max_types``, a
            :class:`~lexarray.tokenizer.Tokenizer`.
        texts (Iterable[object]): strings; documents are handed through.
        threads (int): how many threads tokenize; None: one. With more, texts are read ahead: at most two batches a thread.
        batch_size (int): the most texts in a batch; None: 1,000. A batch ends with the text that makes it longer than
            32,768 characters.
        max_types (int): see ``Tokenizer.pipe``.
        error_handler (Callable): called as ``error_handler("tokenizer", tokenizer, [text], error)`` for a text that failed,
            which is left out; None: the error is raised, with a note that says which text it was.

    Returns:
        Iterator[Doc]: a document for each text.

    Raises:
        ValueError: a bad argument, or a tokenizer that cannot do this.
    """
    threads = checked_threads(threads) or 1
    for name, value in (("batch_size", batch_size), ("max_types", max_types)):
        if value is not None and (not hasattr(value, "__index__") or isinstance(value, bool) or value < 1):
            raise ValueError(f"{name}: None or a whole number of at least 1 is needed, not {value!r:.80}")
    if (threads > 1 or max_types is not None) and not hasattr(tokenizer, "crew"):
        raise ValueError(f"threads={threads}, max_types={max_types}: neither is known to work with the tokenizer "
                         f"{tokenizer!r:.80}, which is no lexarray.tokenizer.Tokenizer")
    if threads > 1 and getattr(tokenizer, "has_own_call", False):
        raise ValueError(f"threads={threads}: the tokenizer {tokenizer!r:.80} is of a class with a __call__ of its own, which "
                         f"threads do not know")
    if threads == 1:
        return _one_by_one(tokenizer, texts, max_types, error_handler)
    return _by_crew(tokenizer, texts, threads, BATCH_TEXTS if batch_size is None else batch_size, max_types, error_handler)


def _one_by_one(tokenizer, texts, max_types, error_handler):
    with _zone(tokenizer, max_types):
        for i, text in enumerate(texts):
            if max_types is not None:
                tokenizer.vocab.limit_zone(max_types)
            if isinstance(text, str):
                try:
                    doc = _checked_doc(tokenizer, i, tokenizer(text))
                except Exception as error:
                    doc = _without_tokenizer(tokenizer, error_handler, i, text, error)
            else:
                doc = _without_tokenizer(tokenizer, error_handler, i, text, None)
            if doc is not None:
                yield doc


def _by_crew(tokenizer, texts, threads, batch_size, max_types, error_handler):
    batches = _Batches(texts, batch_size)
    crew = tokenizer.crew(threads)
    number = 0
    fail = partial(_without_tokenizer, tokenizer, error_handler)
    try:
        with _zone(tokenizer, max_types):
            while True:
                if not (crew.has_batches() or tokenizer.is_current(crew)):      # the rules have changed
                    tokenizer.dismiss(crew)
                    crew = tokenizer.crew(threads)
                while crew.has_room() and tokenizer.is_current(crew) and (batch := batches.read()):
                    if max_types is not None:
                        tokenizer.vocab.limit_zone(max_types)
                    tokenizer.give_batch(crew, batch)
                if crew.has_batches():
                    results = crew.results(number, fail)
                    yield from results
                    number = results.number
                elif batches.ended:
                    break
    finally:
        tokenizer.dismiss(crew)
    batches.raise_error()


def _zone(tokenizer, max_types):
    return nullcontext() if max_types is None else tokenizer.vocab.memory_zone()


def _without_tokenizer(tokenizer, error_handler, i, text, error):
    # The document for what the tokenizer made none of: a document is handed through, all else is an error.
    if isinstance(text, Doc):
        return text
    if error is None:
        error = TypeError(f"text {i}: expected a str or Doc, got {type(text).__name__}: {text!r:.80}")
    elif error_handler is None:
        error.add_note(f"in text {i} of the stream: {text!r:.80}")
    try:
        if error_handler is None or not isinstance(error, Exception):       # SystemExit is nobody's to handle
            raise error
        error_handler("tokenizer", tokenizer, [text], error)
    finally:
        del error               # its traceback refers to this frame
    return None


def _checked_doc(tokenizer, i, doc):
    if not isinstance(doc, Doc):
        raise TypeError(f"text {i}: the tokenizer {tokenizer!r:.80} gave no Doc but {type(doc).__name__}: {doc!r:.80}")
    return doc


class _Batches:
    # Lists of texts, the empty one at the end. If reading them fails, what was read comes first, and `error` says why.

    def __init__(self, texts, most):
        self.texts = iter(texts)
        self.most = most
        self.error = None
        self.ended = False

    def read(self):
        """The next list."""
        batch = []
        if not self.ended:
            try:
                self.ended = not read_batch(batch, self.texts, self.most, BATCH_CHARACTERS)
            except Exception as error:
                self.ended, self.error = True, error
        return batch

    def raise_error(self):
        """Raise what reading failed with, if it did."""
        error, self.error = self.error, None
        try:
            if error is not None:
                raise error
        finally:
            del error           # its traceback refers to this frame
