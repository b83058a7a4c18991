# Threads that tokenize batches of texts, without the GIL from one batch to the next. Owned by a Crew: its threads, and the
# slots through which batches go. A slot is the consumer's, who fills it and gives it; then a thread's, who does it; then
# the consumer's again. Two locks, used as signals, say whose turn it is.
from libc.stdint cimport uint64_t

from lexarray.structs cimport TokenC
from lexarray.tokenizer.engine cimport TextC, Worker
from lexarray.words cimport Words


cdef struct SlotC:
    void* given                     # released by the consumer when the batch is there
    void* done                      # released by the thread when it is done
    TextC* strings                  # of each text; length < 0: it is no string
    TokenC** tokens                 # of each text, for free(), until a document takes them over
    Py_ssize_t* lengths             # of these
    Py_ssize_t n                    # texts
    Py_ssize_t room
    Py_ssize_t at                   # texts that are done
    void* words                     # where new words go; borrowed from Crew._words
    uint64_t serial                 # of the words
    bint stop                       # instead of a batch: the thread ends


cdef class Crew:
    cdef list _workers              # one for each thread
    cdef list _threads
    cdef list _texts                # of each slot, the batch
    cdef list _words                # of each slot
    cdef list _errors               # of each slot: a dict, number of the text -> exception
    cdef SlotC* _slots
    cdef readonly Py_ssize_t n_slots
    cdef Py_ssize_t _n_given        # batches in all
    cdef Py_ssize_t _n_taken

    cdef int _fill(self, SlotC* slot, list texts) except -1
    cdef int _loop(self, Worker worker, Py_ssize_t number) except -1 nogil
    cdef int _note_error(self, Py_ssize_t number, Py_ssize_t at) except -1
