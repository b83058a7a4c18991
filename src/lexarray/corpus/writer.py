"""Appends documents to a corpus: :class:`CorpusWriter`, which owns the documents that are not yet a block."""

import os
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import RLock
from types import TracebackType
from typing import NoReturn

from lexarray.corpus.blocks import BlockAppender
from lexarray.corpus.layout import VERSION_KEY, batch_of, schema
from lexarray.saved import checked_names
from lexarray.tokens import Doc
from lexarray.tokens.packed import LAYERS, Packer

#: Tokens of a block, at least; then it is written. Larger ones take less room, smaller ones give a document sooner.
BLOCK_TOKENS = 1 << 15
_BLOCK_DOCS = 1 << 15
_BLOCK_BYTES = 1 << 23          # of layers and texts


class CorpusWriter:
    """Appends documents to a corpus, which is made if there is none. One writer at a time for each file; any number of
    :class:`Corpus` may read it meanwhile.

    Documents are gathered, and written as a block as soon as they have 32,768 tokens; ``flush`` writes what there is. Use it in
    a ``with`` block, or call ``close``. A process that is killed loses what was not yet written, and no more; whoever
    opens the file next is told how many bytes of an unfinished block it leaves behind.

    Args:
        path (str | os.PathLike): the file, by convention ``*.corpus``.
        exclude (Iterable[str]): layers to leave out: "cats", "sentiment", "spans", "user_data", "vector".

    Raises:
        CorpusError: the file is no corpus, is damaged, of another version, or somebody is appending to it.
        ImportError: pyarrow is missing; names the extra.
        OSError: the file cannot be written.

    Warns:
        RuntimeWarning: part of a block, which a killed writer has left, was cut off.

    Needs the extra ``arrow``. The documents may have different vocabularies. Any number of threads may add documents. A process
    that is forked cannot use its parent's writer; it may close it, which does nothing.
    """

    def __init__(self, path: str | os.PathLike[str], *, exclude: Iterable[str] = ()) -> None:
        self._exclude = checked_names(exclude, LAYERS)
        self._schema = schema()
        self._file = BlockAppender(path, self._schema, VERSION_KEY)
        self._packer = Packer()
        self._n_before = self._file.n_rows      # rows of the file when the packer was empty
        self._lock = RLock()
        self._is_used = self._is_closed = self._is_left = False
        _WRITERS.add(self)

    def __len__(self) -> int:
        """How many documents the corpus has, those that are not written yet included."""
        with self._lock:
            n_rows = self._file.n_rows
            return n_rows + self._packer.n_docs if n_rows == self._n_before else n_rows

    def add(self, doc: Doc) -> None:
        """Add a document: a copy of its values, as they are now.

        Raises:
            TypeError, ValueError: its categories, user data or a group's attrs have something that MessagePack cannot hold;
                names the layer. Nothing was added then.
            OSError: a block could not be written. Its documents are kept, and written with the next one.
        """
        with self._alone():
            self._check_open()
            self._packer.add(doc, self._exclude)
            if (self._packer.n_tokens >= BLOCK_TOKENS or self._packer.n_docs >= _BLOCK_DOCS
                    or self._packer.n_bytes >= _BLOCK_BYTES):
                self._write()

    def extend(self, docs: Iterable[Doc]) -> None:
        """Add documents, one by one."""
        for doc in docs:
            self.add(doc)

    def flush(self) -> None:
        """Write what was added, and wait until it is on the disk. Readers see it after that, and it survives a crash.

        Each call makes a block; blocks of a few documents take more room than large ones.
        """
        with self._alone():
            self._check_open()
            self._write()
            self._file.sync()

    def close(self) -> None:
        """Flush, and end the file, so that every reader of Arrow files opens it. More can be appended later."""
        with self._alone():
            if not self._is_closed:
                self._write()
                self._is_closed = True
                self._file.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # One thread; and not what runs inside of a call already: a signal's handler, or code of what a document holds.
        with self._lock:
            if self._is_used:
                raise RuntimeError(f"{self._file.name}: the CorpusWriter is called while it adds or writes")
            self._is_used = True
            try:
                if not self._is_closed:
                    self._file.settle()
                    self._forget_written()
                yield
            finally:
                self._is_used = False

    def _forget_written(self) -> None:
        # An interrupt may come between writing and forgetting, and nothing may be written twice.
        if self._file.n_rows != self._n_before:
            self._packer.clear()
            self._n_before = self._file.n_rows

    def _check_open(self) -> None:
        if self._is_left:
            raise ValueError(f"{self._file.name}: the CorpusWriter is of the process that this one was forked from")
        if self._is_closed:
            raise ValueError(f"{self._file.name}: the CorpusWriter is closed")

    def _write(self) -> None:
        if self._packer.n_docs:
            self._file.append(batch_of(self._packer, self._schema))
            self._forget_written()

    def _leave(self) -> None:
        # In a process that was forked, where no other thread is.
        self._lock = RLock()
        self._is_used, self._is_closed, self._is_left = False, True, True
        self._file.leave()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a CorpusWriter cannot be pickled or copied: one writer has the file. Close it, and open it elsewhere")

    def __enter__(self) -> "CorpusWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<CorpusWriter {self._file.name!r} of {len(self):,} documents>"


_WRITERS: "weakref.WeakSet[CorpusWriter]" = weakref.WeakSet()


def _leave_all() -> None:
    for each in list(_WRITERS):
        each._leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_all)
