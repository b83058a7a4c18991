"""A stream of texts through a tokenizer, on one thread or several: :func:`stream`."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

from lexarray.tokens import Doc

BATCH_CHARACTERS = 1 << 18      # of texts that one thread gets at a time; enough to make the handing over cheap
BATCH_TEXTS = 1000


def stream(tokenizer, texts, threads=1, batch_size=None, max_types=None):
    """Tokenize texts, in order.

    Args:
        tokenizer (Tokenizer): the tokenizer.
        texts (Iterable[object]): strings; documents are handed through.
        threads (int): how many threads tokenize. With more than one, texts are read ahead: at most two batches a thread.
        batch_size (int): the most texts in a batch; None: 1,000. A batch has about 262,144 characters at most.
        max_types (int): see ``Tokenizer.pipe``.

    Yields:
        tuple[int, object, Doc | BaseException]: the number of a text, the text, and its document, or what went wrong.
    """
    vocab = tokenizer.vocab
    with vocab.memory_zone() if max_types is not None else nullcontext():
        if threads == 1:
            for i, text in enumerate(texts):
                if max_types is not None:
                    vocab.limit_zone(max_types)
                yield i, text, _tokenized(tokenizer, text)
            return
        read_all = _Batches(texts, BATCH_TEXTS if batch_size is None else batch_size)
        pool = ThreadPoolExecutor(threads, thread_name_prefix="lexarray-tokenizer")
        waiting = deque()
        first = 0
        try:
            while True:
                while len(waiting) < 2 * threads:
                    batch = next(read_all, None)
                    if batch is None:
                        break
                    if max_types is not None:
                        vocab.limit_zone(max_types)
                    task = tokenizer.batch(batch)
                    waiting.append((batch, pool.submit(task.run)))
                if not waiting:
                    break
                batch, future = waiting.popleft()
                for i, (text, result) in enumerate(zip(batch, future.result().results(), strict=True), start=first):
                    yield i, text, result
                first += len(batch)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        if read_all.error is not None:
            raise read_all.error


def _tokenized(tokenizer, text):
    if isinstance(text, Doc):
        return text
    try:
        return tokenizer(text)
    except Exception as error:
        return error


class _Batches:
    # Lists of texts. If reading them fails, what was read comes first, and `error` says why.

    def __init__(self, texts, most):
        self.texts = iter(texts)
        self.most = most
        self.error = None
        self.ended = False

    def __next__(self):
        batch, length = [], 0
        while not self.ended and len(batch) < self.most and length < BATCH_CHARACTERS:
            try:
                text = next(self.texts)
            except StopIteration:
                self.ended = True
            except BaseException as error:
                self.ended, self.error = True, error
            else:
                batch.append(text)
                length += len(text) if isinstance(text, str) else 0
        if not batch:
            raise StopIteration
        return batch

    def __iter__(self):
        return self
