"""A stream of texts through a tokenizer, on one thread or several: :func:`stream`, :func:`documents`, :func:`report`."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext

from lexarray.threads import checked_threads
from lexarray.tokens import Doc

BATCH_CHARACTERS = 1 << 18      # of texts that one thread gets at a time; enough to make the handing over cheap
BATCH_TEXTS = 1000


def documents(items, tokenizer, error_handler=None):
    """The documents of a :func:`stream`.

    Args:
        items (Generator[tuple[int, object, Doc | Exception]]): the stream, which is closed at the end.
        tokenizer (Callable): whose stream it is, for the handler.
        error_handler (Callable): called as ``error_handler("tokenizer", tokenizer, [text], error)`` for a text that failed;
            None: the error is raised, with a note that says which text it was.

    Yields:
        Doc: a document for each text that did not fail.
    """
    # What fails ends the stream here and now, and not when its traceback is forgotten, which refers to it.
    with closing(items):
        for i, text, result in items:
            if isinstance(result, Doc):
                yield result
                continue
            try:
                report(i, text, result, tokenizer, error_handler)
            finally:
                del result          # its traceback refers to this frame


def report(i, text, error, tokenizer, error_handler):
    """What becomes of a text that failed, the ``i``-th: see :func:`documents`."""
    try:
        if error_handler is None:
            if isinstance(text, str):
                error.add_note(f"in text {i} of the stream: {text!r:.80}")
            raise error
        error_handler("tokenizer", tokenizer, [text], error)
    finally:
        del error               # its traceback refers to this frame


def stream(tokenizer, texts, threads=1, batch_size=None, max_types=None):
    """Tokenize texts, in order.

    Args:
        tokenizer (Callable[[str], Doc]): a tokenizer; with more than one thread or ``max_types``, a
            :class:`~lexarray.tokenizer.Tokenizer`.
        texts (Iterable[object]): strings; documents are handed through.
        threads (int): how many threads tokenize; None: one. With more, texts are read ahead: at most two batches a thread.
        batch_size (int): the most texts in a batch; None: 1,000. A batch ends with the text that makes it longer than
            262,144 characters.
        max_types (int): see ``Tokenizer.pipe``.

    Yields:
        tuple[int, object, Doc | Exception]: the number of a text, the text, and its document, or what went wrong.

    Raises:
        ValueError: a bad argument, or a tokenizer that cannot do this.
    """
    threads = checked_threads(threads) or 1
    for name, value in (("batch_size", batch_size), ("max_types", max_types)):
        if value is not None and (not hasattr(value, "__index__") or isinstance(value, bool) or value < 1):
            raise ValueError(f"{name}: None or a whole number of at least 1 is needed, not {value!r:.80}")
    if (threads > 1 or max_types is not None) and not hasattr(tokenizer, "batch"):
        raise ValueError(f"threads={threads}, max_types={max_types}: neither is known to work with the tokenizer "
                         f"{tokenizer!r:.80}, which is no lexarray.tokenizer.Tokenizer")
    return _stream(tokenizer, texts, threads, BATCH_TEXTS if batch_size is None else batch_size, max_types)


def _stream(tokenizer, texts, threads, batch_size, max_types):
    with nullcontext() if max_types is None else tokenizer.vocab.memory_zone():
        if threads > 1:
            yield from _threaded(tokenizer, texts, threads, batch_size, max_types)
            return
        for i, text in enumerate(texts):
            if max_types is not None:
                tokenizer.vocab.limit_zone(max_types)
            yield i, text, _tokenized(tokenizer, i, text)


def _threaded(tokenizer, texts, threads, batch_size, max_types):
    batches = _Batches(texts, batch_size)
    pool = ThreadPoolExecutor(threads, thread_name_prefix="lexarray-tokenizer")
    waiting = deque()
    i = 0
    try:
        while True:
            while len(waiting) < 2 * threads and (batch := batches.read()):
                if max_types is not None:
                    tokenizer.vocab.limit_zone(max_types)
                waiting.append((batch, pool.submit(tokenizer.batch(batch).run)))
            if not waiting:
                break
            batch, task = waiting.popleft()
            for text, result in zip(batch, task.result().results(), strict=True):
                yield i, text, _result(i, text, result)
                i += 1
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    batches.raise_error()


def _tokenized(tokenizer, i, text):
    if not isinstance(text, str):
        return _result(i, text, None)
    try:
        doc = tokenizer(text)
    except Exception as error:
        return error
    if isinstance(doc, Doc):
        return doc
    return TypeError(f"text {i}: the tokenizer {tokenizer!r:.80} gave no Doc but {type(doc).__name__}: {doc!r:.80}")


def _result(i, text, result):
    # What is no text is handed through if it is a document, and else an error.
    if isinstance(text, str):
        return result
    if isinstance(text, Doc):
        return text
    return TypeError(f"text {i}: expected a str or Doc, got {type(text).__name__}: {text!r:.80}")


class _Batches:
    # Lists of texts, the empty one at the end. If reading them fails, what was read comes first, and `error` says why.

    def __init__(self, texts, most):
        self.texts = iter(texts)
        self.most = most
        self.error = None
        self.ended = False

    def read(self):
        """The next list."""
        batch, length = [], 0
        while not self.ended and len(batch) < self.most and length < BATCH_CHARACTERS:
            try:
                text = next(self.texts)
            except StopIteration:
                self.ended = True
            except Exception as error:
                self.ended, self.error = True, error
            else:
                batch.append(text)
                length += len(text) if isinstance(text, str) else 0
        return batch

    def raise_error(self):
        """Raise what reading failed with, if it did."""
        error, self.error = self.error, None
        try:
            if error is not None:
                raise error
        finally:
            del error           # its traceback refers to this frame
