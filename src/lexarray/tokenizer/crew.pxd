# Threads that tokenize batches of texts, without the GIL from one batch to the next. Owned by a Crew: its threads, and the
# slots through which batches go. A slot is the consumer's, who fills it and gives it; then a thread's, who does it; then
# the consumer's again. Two locks, used as signals, say whose turn it is.
from libc.stdint cimport uint32_t, uint64_t

from lexarray.tokenizer._chunk_cache cimport DraftC
from lexarray.tokenizer.engine cimport TextC, Worker
from lexarray.words cimport Words


cdef struct SlotC:
    void* given                     # released by the consumer when the batch is there
    void* done                      # taken when the batch is given, released by the thread when it is done
    TextC* strings                  # of each text; length < 0: it is no string
    Py_ssize_t* lengths             # of each text, the number of its tokens
    DraftC* drafts                  # the tokens of all texts
    Py_ssize_t drafts_room
    Py_ssize_t n                    # texts
    Py_ssize_t room
    Py_ssize_t at                   # texts that are done
    void* words                     # where new words go; borrowed from Crew._words
    uint64_t serial                 # of the words
    uint32_t stop                   # 1: the thread ends when it takes the slot next; set while it works on it, so atomically


cdef class Crew:
    cdef readonly list workers      # one for each thread
    cdef list _threads
    cdef list _texts                # of each slot, the batch
    cdef list _words                # of each slot
    cdef list _errors               # of each slot: a dict, number of the text -> exception
    cdef SlotC* _slots
    cdef readonly Py_ssize_t n_slots
    cdef Py_ssize_t _n_given        # batches in all
    cdef Py_ssize_t _n_taken

    # Wait until a batch is done.
    cdef int _wait(self, Py_ssize_t batch) except -1
    cdef int _leave(self) except -1
    cdef int _stop(self) except -1
    cdef int _fill(self, SlotC* slot, list texts) except -1
    cdef int _loop(self, Worker worker, Py_ssize_t number) except -1 nogil
    cdef int _note_error(self, Py_ssize_t number, Py_ssize_t at) except -1


# The documents of a batch, made one by one as they are asked for.
cdef class Results:
    cdef Crew _crew
    cdef object _fail               # what is called for a text that has no document: (number, text, error) -> Doc or None
    cdef Py_ssize_t _number         # of the first text, in the stream
    cdef Py_ssize_t _i              # the next one, in the batch
    cdef Py_ssize_t _at             # its first token
