"""Threads that tokenize batches of texts, without the GIL: :class:`Crew`."""
from libc.stdint cimport uint32_t
from libc.stdlib cimport calloc, free, realloc

from lexarray.tokenizer.engine cimport make_doc, text_c

import atexit
import os
from threading import Thread, current_thread
from time import monotonic

cdef extern from "Python.h" nogil:
    void* PyThread_allocate_lock()
    int PyThread_acquire_lock(void* lock, int wait)
    void PyThread_release_lock(void* lock)
    int PyThread_acquire_lock_timed(void* lock, long long microseconds, int interruptible)
    void PyThread_free_lock(void* lock)

cdef extern from "Python.h":
    Py_ssize_t PyUnicode_GET_LENGTH(object)

cdef extern from "_atomic.h" nogil:
    uint32_t load32 "lexarray_load32"(const uint32_t*)
    void store32 "lexarray_store32"(uint32_t*, uint32_t)

cdef extern from *:
    """
    static int lexarray_has_failed(void) { return -1; }
    """
    int raise_present_error "lexarray_has_failed"() except -1

cdef str _CLOSED = ("the threads of this stream have ended: the interpreter ends, or this is a process that was forked from the "
                    "one that began the stream")

# As its functions raise: -1, and the thread has an error.
ctypedef int (*run_t)(Worker worker, SlotC* slot) noexcept nogil

cdef set _crews = set()         # those whose threads run
cdef double FORK_WAIT = 1       # seconds; a batch takes some milliseconds, unless a rule in Python takes long


@atexit.register
def _close_all():
    # Threads that are still at work must not meet an interpreter that is being taken down.
    for crew in list(_crews):
        (<Crew>crew)._stop()


def _before_fork():
    # A forked process has no threads but the one that forked, and all locks as they are. So ours should hold none.
    until = monotonic() + FORK_WAIT
    for crew in list(_crews):
        crew.rest(until)


def _after_fork_in_child():
    for crew in list(_crews):
        (<Crew>crew)._leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)


cdef int _run(Worker worker, SlotC* slot) except -1 nogil:
    # Up to the end, or to the text at which an error is raised.
    while slot.at < slot.n:
        if slot.strings[slot.at].length >= 0:
            slot.lengths[slot.at] = worker.tokenize(&slot.strings[slot.at])
        slot.at += 1
    return 0


cdef inline void _swap_drafts(Worker worker, SlotC* slot) noexcept nogil:
    # What was drafted goes to the slot, and what was taken from it is the next one's.
    cdef DraftC* drafts = slot.drafts
    cdef Py_ssize_t room = slot.drafts_room
    slot.drafts, slot.drafts_room = worker.drafts, worker.drafts_room
    worker.drafts, worker.drafts_room = drafts, room
    worker.n_drafts = 0


def read_batch(list batch not None, texts, Py_ssize_t most, Py_ssize_t characters):
    """Move texts from an iterator to a list, until it has enough; what was read stays there if reading fails.

    Args:
        batch (list[object]): where to add them.
        texts (Iterator[object]): where they come from.
        most (int): the most texts.
        characters (int): enough is also the text with which the strings have so many characters.

    Returns:
        bool: whether there may be more texts.
    """
    cdef Py_ssize_t length = 0
    for text in texts:
        batch.append(text)
        if isinstance(text, str):
            length += PyUnicode_GET_LENGTH(text)
        if len(batch) >= most or length >= characters:
            return True
    return False


cdef class Crew:
    """Threads that tokenize batches of texts. Used by :mod:`lexarray.tokenizer.stream`.

    Args:
        workers (list[Worker]): one for each thread, of nobody else until the crew is closed.
    """

    def __cinit__(self, list workers not None):
        cdef Py_ssize_t i
        self.workers = workers
        self.n_slots = 2 * len(workers)
        self._threads = []
        self._texts = [None] * self.n_slots
        self._words = [None] * self.n_slots
        self._errors = [None] * self.n_slots
        self._slots = <SlotC*>calloc(self.n_slots, sizeof(SlotC))
        if self._slots is NULL:
            raise MemoryError("no memory for threads")
        for i in range(self.n_slots):
            self._slots[i].given = PyThread_allocate_lock()
            self._slots[i].done = PyThread_allocate_lock()
            if self._slots[i].given is NULL or self._slots[i].done is NULL:
                raise MemoryError("no memory for threads")
            PyThread_acquire_lock(self._slots[i].given, 1)

    def __init__(self, workers):
        _crews.add(self)
        try:
            for number in range(len(self.workers)):
                thread = Thread(target=_work, args=(self, number), name=f"lexarray-tokenizer-{number}", daemon=True)
                thread.start()
                self._threads.append(thread)
        except:
            self.close()
            raise

    def __dealloc__(self):
        cdef Py_ssize_t i
        cdef SlotC* slot
        if self._slots is NULL:
            return
        for i in range(self.n_slots):
            slot = &self._slots[i]
            free(slot.strings)
            free(slot.lengths)
            free(slot.drafts)
            if slot.given is not NULL:
                PyThread_free_lock(slot.given)
            if slot.done is not NULL:
                PyThread_free_lock(slot.done)
        free(self._slots)

    def has_room(self):
        """Whether another batch can be given."""
        return self._n_given - self._n_taken < self.n_slots

    def has_batches(self):
        """Whether there is a batch to take."""
        return self._n_taken < self._n_given

    def give(self, list texts not None, Words words not None):
        """Give a batch to the next thread. There must be room.

        Args:
            texts (list[object]): the texts; what is no ``str`` is passed over.
            words (Words): where new words go: the vocabulary's, or those of its memory zone.
        """
        if self not in _crews:
            raise RuntimeError(_CLOSED)
        if not self.has_room():
            raise RuntimeError("there is no room for another batch")
        cdef Py_ssize_t number = self._n_given % self.n_slots
        cdef SlotC* slot = &self._slots[number]
        self._fill(slot, texts)
        self._texts[number] = texts
        self._words[number] = words
        self._errors[number] = {}
        slot.words = <void*>words
        slot.serial = words.serial
        PyThread_acquire_lock(slot.done, 1)     # it is free, or somebody who waited for it is letting go of it
        self._n_given += 1
        PyThread_release_lock(slot.given)

    cdef int _fill(self, SlotC* slot, list texts) except -1:
        cdef Py_ssize_t i, n = len(texts)
        cdef void* grown
        if n > slot.room:
            grown = realloc(slot.strings, n * sizeof(TextC))
            if grown is not NULL:
                slot.strings = <TextC*>grown
                grown = realloc(slot.lengths, n * sizeof(Py_ssize_t))
            if grown is NULL:
                raise MemoryError(f"no memory for a batch of {n:,} texts")
            slot.lengths = <Py_ssize_t*>grown
            slot.room = n
        for i in range(n):
            slot.lengths[i] = 0
            if isinstance(texts[i], str):
                slot.strings[i] = text_c(texts[i])              # of a subclass, too
            else:
                slot.strings[i].length = -1
        slot.n = n
        slot.at = 0
        return 0

    def results(self, number, fail):
        """The documents of the batch that was given first, an iterator: there must be one, and all of it must be taken
        before the next.

        Args:
            number (int): of its first text, in the stream.
            fail (Callable): called with the number of a text, the text, and the exception that it made, or None for what is
                no ``str``; returns a document instead, or None to leave it out.
        """
        if not self.has_batches():
            raise RuntimeError("no batch was given")
        self._wait(self._n_taken)
        return Results(self, number, fail)

    cdef int _wait(self, Py_ssize_t batch) except -1:
        # Any number of threads may wait: who gets the lock lets go of it for the next one.
        cdef SlotC* slot = &self._slots[batch % self.n_slots]
        with nogil:
            PyThread_acquire_lock(slot.done, 1)
            PyThread_release_lock(slot.done)
        return 0

    def rest(self, until):
        """Wait until the batches that were given are done.

        Args:
            until (float): by ``time.monotonic``, when to give up.
        """
        cdef Py_ssize_t batch
        cdef SlotC* slot
        cdef long long left
        cdef bint is_done
        if current_thread() in self._threads:           # in a rule: it would wait for itself
            return
        for batch in range(self._n_taken, self._n_given):
            slot = &self._slots[batch % self.n_slots]
            left = max(0, int((until - monotonic()) * 1e6))
            with nogil:
                is_done = PyThread_acquire_lock_timed(slot.done, left, 0)
                if is_done:
                    PyThread_release_lock(slot.done)

    def close(self):
        """End the threads, after the batches that they have. May be called again, and by any thread.

        Returns:
            bool: whether they have ended by this, so that the workers are free. False if that was done before, or if it is
            one of these threads that calls this, which cannot wait for itself: another one does it then.
        """
        cdef Py_ssize_t i
        if self not in _crews:
            return False
        if current_thread() in self._threads:           # in a rule, or the garbage collector
            Thread(target=self.close, name="lexarray-tokenizer-end", daemon=True).start()
            return False
        _crews.discard(self)
        threads, self._threads = self._threads, []
        while self.has_batches():
            self._wait(self._n_taken)
            self._texts[self._n_taken % self.n_slots] = None
            self._n_taken += 1
        for i in range(self.n_slots):
            store32(&self._slots[i].stop, 1)
            PyThread_release_lock(self._slots[i].given)
        for thread in threads:
            thread.join()
        return True

    cdef int _stop(self) except -1:
        # The interpreter ends while other threads, daemons, may be taking documents: nothing of theirs may change. Each
        # thread ends after the batch that it is at. Who waits for one that nobody does any more waits until the end.
        cdef Py_ssize_t i
        _crews.discard(self)
        threads = list(self._threads)
        for i in range(self.n_slots):
            store32(&self._slots[i].stop, 1)
            PyThread_release_lock(self._slots[i].given)
        for thread in threads:
            thread.join()
        return 0

    cdef int _leave(self) except -1:
        # In a forked process, which does not have the threads: nobody must wait for them.
        _crews.discard(self)
        self._threads = []
        self._texts = [None] * self.n_slots
        self._n_taken = self._n_given
        return 0

    cdef int _loop(self, Worker worker, Py_ssize_t number) except -1 nogil:
        # One thread's life: every so manieth slot.
        cdef SlotC* slot
        while True:
            slot = &self._slots[number]
            PyThread_acquire_lock(slot.given, 1)
            if load32(&slot.stop):
                return 0
            if worker.words is None or worker.words.serial != slot.serial:
                with gil:
                    worker.words = <Words>slot.words
            while slot.at < slot.n:
                if (<run_t><void*>_run)(worker, slot) < 0:
                    with gil:
                        self._note_error(number, slot.at)
                    slot.at += 1
            _swap_drafts(worker, slot)
            worker.shrink()
            PyThread_release_lock(slot.done)
            number = (number + self.n_slots // 2) % self.n_slots

    cdef int _note_error(self, Py_ssize_t number, Py_ssize_t at) except -1:
        try:
            raise_present_error()
        except BaseException as error:
            self._errors[number][at] = error
        return 0


def _work(Crew crew, Py_ssize_t number):
    cdef Worker worker = crew.workers[number]
    with nogil:
        crew._loop(worker, number)


cdef class Results:
    """The documents of a batch; see :meth:`Crew.results`."""

    def __cinit__(self, Crew crew not None, Py_ssize_t number, fail):
        self._crew = crew
        self._number = number
        self._fail = fail

    def __iter__(self):
        return self

    def __next__(self):
        cdef Crew crew = self._crew
        if crew is None:                        # the batch is taken
            raise StopIteration
        cdef Py_ssize_t place = crew._n_taken % crew.n_slots, i, at
        cdef SlotC* slot = &crew._slots[place]
        cdef list texts = crew._texts[place]
        cdef dict errors = crew._errors[place]
        if texts is None:
            raise RuntimeError(_CLOSED)
        while self._i < slot.n:
            i, at = self._i, self._at
            self._i += 1
            self._at += slot.lengths[i]
            error = errors.pop(i, None) if errors else None
            if error is None and slot.strings[i].length >= 0:
                try:
                    return make_doc((<Worker>crew.workers[0]).vocab, <Words>slot.words, slot.drafts + at, slot.lengths[i])
                except Exception as raised:
                    error = raised
            try:
                doc = self._fail(self._number + i, texts[i], error)
            except StopIteration as stop:               # would be taken for the end of the batch
                raise RuntimeError(f"text {self._number + i} of the stream raised StopIteration") from stop
            if doc is not None:
                return doc
        crew._texts[place] = crew._words[place] = crew._errors[place] = None
        crew._n_taken += 1
        self._number += slot.n
        self._crew = None
        raise StopIteration

    @property
    def number(self):
        """Of the first text of the next batch, when this one has been taken."""
        return self._number
