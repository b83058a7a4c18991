"""A corpus that is read: :class:`Corpus`, which makes documents of the blocks of a file."""

import os
import weakref
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from operator import index
from threading import Lock
from types import TracebackType

from lexarray.corpus.blocks import BlockFile
from lexarray.corpus.layout import VERSION_KEY, schema, unpacker_of_batch
from lexarray.errors import CorpusError
from lexarray.tokens import Doc
from lexarray.tokens.packed import Unpacker
from lexarray.vocab import Vocab

_KEPT_BLOCKS = 4                # that were unpacked last


class Corpus:
    """A file of any number of documents, which :class:`CorpusWriter` has made, and may still be appending to.

    Opening it reads where its blocks are, 24 bytes for each 32,768 tokens, and nothing else; a document costs its block. So a
    file may be much larger than memory.

    Args:
        path (str | os.PathLike): the file.
        vocab (Vocab): what the documents are made for; their texts are added to it. None: a new one.

    Attributes:
        vocab (Vocab): as above.
        n_torn (int): bytes at the end of the file that are part of a block whose writer was killed, or is writing; they are
            as if they were not there.

    Raises:
        CorpusError: the file is no corpus, is damaged, or of another version; names the place.
        ImportError: pyarrow is missing; names the extra.
        OSError: the file cannot be read.

    Needs the extra ``arrow``. Any number of threads and processes may read a corpus, also while one writes to it. Its pickle is
    the path and an empty vocabulary of the same rules, which documents that are pickled with it share.
    """

    def __init__(self, path: str | os.PathLike[str], vocab: Vocab | None = None) -> None:
        if vocab is not None and not isinstance(vocab, Vocab):
            raise TypeError(f"vocab must be a Vocab, got {type(vocab).__name__}: {vocab!r:.80}")
        self.vocab = Vocab() if vocab is None else vocab
        self._file = BlockFile(path, schema(), VERSION_KEY)
        self._blocks: OrderedDict[int, Unpacker] = OrderedDict()
        self._lock = Lock()
        self._length = self._count()
        self._path = os.path.abspath(self._file.name)
        _CORPORA.add(self)

    def _count(self) -> int:
        last = len(self._file.places) - 1
        return sum(self._file.rows(last)) if last >= 0 else 0

    @property
    def n_torn(self) -> int:
        """Bytes at the end that are part of a block."""
        return self._file.n_torn

    def __len__(self) -> int:
        """How many documents it has, as far as is known: see :meth:`refresh`."""
        return self._length

    def refresh(self) -> int:
        """See what has been appended since the corpus was opened, or since the last call.

        Returns:
            int: how many documents it has now.
        """
        with self._lock:
            self._file.refresh()
            self._length = self._count()
            return self._length

    def __getitem__(self, i: int) -> Doc:
        """The i-th document; negative numbers count from the end.

        Raises:
            IndexError: there is none.
            CorpusError: its block is damaged.

        Cost: that of its block, unless it is one of the four that were used last: some milliseconds.
        """
        if isinstance(i, slice):
            raise TypeError("a Corpus has no slices: use docs(start, stop), which takes no memory for all of them")
        number = index(i)
        number += self._length if number < 0 else 0
        if not 0 <= number < self._length:
            raise IndexError(f"there is no document {i:,}: the Corpus has {self._length:,}")
        block, at = self._place(number)
        unpacker = self._block(block)
        if at >= unpacker.n_docs:
            raise CorpusError(f"{self._file.name}: block {block:,} has {unpacker.n_docs:,} documents, but the next one says that "
                              f"it has more")
        return self._filled(block, unpacker, at)

    def _place(self, number: int) -> tuple[int, int]:
        # In which block a document is, and where.
        block = bisect_right(range(len(self._file.places)), number, key=lambda i: self._file.rows(i)[0]) - 1
        if block < 0:
            raise CorpusError(f"{self._file.name}: the first block says that others come before it")
        return block, number - self._file.rows(block)[0]

    def __iter__(self) -> Iterator[Doc]:
        """All documents, one by one: ``docs()``."""
        return self.docs()

    def docs(self, start: int = 0, stop: int | None = None, *, max_types: int | None = None) -> Iterator[Doc]:
        """Documents one by one, in memory that does not depend on how many they are.

        Args:
            start, stop (int): from where to where, as in a slice.
            max_types (int): forget words that are new in the vocabulary as soon as there are more of them, so that any corpus is
                read in bounded memory. Documents that are still alive take along what they need. None: keep all words.

        Yields:
            Doc

        Raises:
            CorpusError: a block is damaged.
            ValueError: ``max_types`` is not at least 1.
        """
        if max_types is not None and index(max_types) < 1:
            raise ValueError(f"max_types must be at least 1 or None, not {max_types!r}")
        first, last, _ = slice(start, stop).indices(self._length)
        if max_types is None:
            return self._iterate(first, last)
        return self._iterate_in_zone(first, last, max_types)

    def _iterate(self, start: int, stop: int) -> Iterator[Doc]:
        if start >= stop:
            return
        block, at = self._place(start)
        while start < stop:
            if block == len(self._file.places) or self._file.rows(block)[0] != start - at:
                raise CorpusError(f"{self._file.name}: block {block:,} should begin with document {start - at:,}, and does not")
            unpacker = self._block(block)
            while at < unpacker.n_docs and start < stop:
                yield self._filled(block, unpacker, at)
                at += 1
                start += 1
            block += 1
            at = 0

    def _iterate_in_zone(self, start: int, stop: int, max_types: int) -> Iterator[Doc]:
        with self.vocab.memory_zone():
            for doc in self._iterate(start, stop):
                yield doc
                self.vocab.limit_zone(max_types)

    def _filled(self, block: int, unpacker: Unpacker, i: int) -> Doc:
        try:
            return unpacker.fill(Doc(self.vocab), i)
        except ValueError as error:
            raise CorpusError(f"{self._file.name}: block {block:,}, document {i:,}: {error}") from None

    def _block(self, number: int) -> Unpacker:
        with self._lock:
            found = self._blocks.get(number)
            if found is not None:
                self._blocks.move_to_end(number)
                return found
        batch = self._file.read(number)
        try:
            found = unpacker_of_batch(batch)
        except ValueError as error:
            raise CorpusError(f"{self._file.name}: block {number:,}: {error}") from None
        with self._lock:
            self._blocks[number] = found
            while len(self._blocks) > _KEPT_BLOCKS:
                self._blocks.popitem(last=False)
        return found

    def close(self) -> None:
        """Close the file. Documents that were made stay."""
        self._file.close()

    def __copy__(self) -> "Corpus":
        return type(self)(self._path, self.vocab)

    def __deepcopy__(self, memo: object) -> "Corpus":
        return self.__copy__()

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self._path, self.vocab.seed)

    def __enter__(self) -> "Corpus":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Corpus {self._file.name!r} of {len(self):,} documents>"


_CORPORA: "weakref.WeakSet[Corpus]" = weakref.WeakSet()


def _renew_locks() -> None:
    # In a process that was forked: another thread, which is not there, may have had them.
    for each in list(_CORPORA):
        each._lock = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_locks)
