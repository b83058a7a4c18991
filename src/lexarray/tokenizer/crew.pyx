"""Threads that tokenize batches of texts, without the GIL: :class:`Crew`."""
from libc.stdlib cimport calloc, free, realloc

from lexarray.tokenizer.engine cimport make_doc, text_c

import atexit
import os
from threading import Thread, current_thread

from lexarray.tokens import Doc

cdef extern from "Python.h" nogil:
    void* PyThread_allocate_lock()
    int PyThread_acquire_lock(void* lock, int wait)
    void PyThread_release_lock(void* lock)
    void PyThread_free_lock(void* lock)

cdef extern from *:
    """
    static int lexarray_has_failed(void) { return -1; }
    """
    int raise_present_error "lexarray_has_failed"() except -1

# As its functions raise: -1, and the thread has an error.
ctypedef int (*run_t)(Worker worker, SlotC* slot) noexcept nogil

cdef set _crews = set()         # those whose threads run


@atexit.register
def _close_all():
    # Threads that are still at work must not meet an interpreter that is being taken down.
    for crew in list(_crews):
        crew.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_crews.clear)        # which has none of their threads


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
            PyThread_acquire_lock(self._slots[i].done, 1)

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
        if not self.has_room() or self not in _crews:
            raise RuntimeError("there is no room for another batch")
        cdef Py_ssize_t number = self._n_given % self.n_slots
        cdef SlotC* slot = &self._slots[number]
        self._fill(slot, texts)
        self._texts[number] = texts
        self._words[number] = words
        self._errors[number] = {}
        slot.words = <void*>words
        slot.serial = words.serial
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
                slot.strings[i] = text_c(texts[i])
            else:
                slot.strings[i].length = -1
        slot.n = n
        slot.at = 0
        slot.waited = False
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
        self._wait()
        return Results(self, number, fail)

    cdef SlotC* _wait(self) except NULL:
        cdef SlotC* slot = &self._slots[self._n_taken % self.n_slots]
        if not slot.waited:
            with nogil:
                PyThread_acquire_lock(slot.done, 1)
            slot.waited = True
        return slot

    def close(self):
        """End the threads, after the batches that they have. May be called again.

        Returns:
            bool: whether that was done, and the workers are nobody's now.
        """
        cdef Py_ssize_t i
        if self not in _crews:
            return False
        if current_thread() in self._threads:
            # The garbage collector has found an abandoned stream in one of its own threads, which cannot wait for itself.
            Thread(target=self.close, name="lexarray-tokenizer-end", daemon=True).start()
            return False
        _crews.discard(self)
        threads, self._threads = self._threads, []
        while self.has_batches():
            self._wait()
            self._texts[self._n_taken % self.n_slots] = None
            self._n_taken += 1
        for i in range(self.n_slots):
            self._slots[i].stop = True
            PyThread_release_lock(self._slots[i].given)
        for thread in threads:
            thread.join()
        return True

    cdef int _loop(self, Worker worker, Py_ssize_t number) except -1 nogil:
        # One thread's life: every so manieth slot.
        cdef SlotC* slot
        while True:
            slot = &self._slots[number]
            PyThread_acquire_lock(slot.given, 1)
            if slot.stop:
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
            raise RuntimeError("the crew was closed before all of its documents were taken")
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
            doc = self._fail(self._number + i, texts[i], error)
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
