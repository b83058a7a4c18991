# Counts words over documents without the GIL. Owned by a WordCounter: a table of keys and counts, and nothing of the
# documents, so that they can go when they are counted.
from libc.stdlib cimport calloc, free

import lexarray
from lexarray.attrs cimport IS_ALPHA
from lexarray.structs cimport ABI_VERSION, TokenC
from lexarray.tokens.doc cimport Doc
from lexarray.typedefs cimport hash_t

if ABI_VERSION != lexarray.ABI_VERSION:
    raise ImportError(f"counter was compiled against layout {ABI_VERSION} of lexarray, and {lexarray.ABI_VERSION} is "
                      f"installed: build it again")


cdef struct EntryC:
    hash_t key                  # of the lower-cased word; 0: free, for an alphabetic word is not empty
    Py_ssize_t count


cdef class WordCounter:
    """How often each alphabetic word occurs, by the key of its lower-cased text. One thread's at a time."""
    cdef EntryC* entries
    cdef size_t n_slots         # a power of two
    cdef readonly Py_ssize_t length
    cdef readonly Py_ssize_t total

    def __cinit__(self):
        self.n_slots = 8
        self.entries = <EntryC*>calloc(self.n_slots, sizeof(EntryC))
        if self.entries is NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.entries)

    def add(self, Doc doc not None):
        """Count the words of a document, which nobody may change meanwhile."""
        cdef int failed
        with nogil:
            failed = self.count(doc.c, doc.length)
        if failed:
            raise MemoryError

    def merge(self, WordCounter other not None):
        """Add the counts of another counter."""
        cdef size_t i
        cdef EntryC entry
        for i in range(other.n_slots):
            entry = other.entries[i]
            if entry.key and self.put(entry.key, entry.count):
                raise MemoryError

    def items(self):
        """(key, count) of every word, in no order."""
        cdef size_t i
        return [(self.entries[i].key, self.entries[i].count) for i in range(self.n_slots) if self.entries[i].key]

    cdef int count(self, const TokenC* tokens, int length) noexcept nogil:
        cdef int i
        for i in range(length):
            if tokens[i].lex.flags >> IS_ALPHA & 1 and self.put(tokens[i].lex.lower, 1):
                return -1
        return 0

    cdef int put(self, hash_t key, Py_ssize_t n) noexcept nogil:
        # -1: no memory. The last quarter of the slots stays free, so that a search ends soon.
        if 4 * <size_t>self.length >= 3 * self.n_slots and self.grow():
            return -1
        cdef EntryC* entry = self.slot(self.entries, self.n_slots, key)
        if entry.key == 0:
            entry.key = key
            self.length += 1
        entry.count += n
        self.total += n
        return 0

    cdef EntryC* slot(self, EntryC* entries, size_t n_slots, hash_t key) noexcept nogil:
        cdef size_t i = key & (n_slots - 1)
        while entries[i].key != 0 and entries[i].key != key:
            i = (i + 1) & (n_slots - 1)
        return &entries[i]

    cdef int grow(self) noexcept nogil:
        cdef EntryC* larger = <EntryC*>calloc(2 * self.n_slots, sizeof(EntryC))
        cdef size_t i
        if larger is NULL:
            return -1
        for i in range(self.n_slots):
            if self.entries[i].key:
                self.slot(larger, 2 * self.n_slots, self.entries[i].key)[0] = self.entries[i]
        free(self.entries)
        self.entries = larger
        self.n_slots *= 2
        return 0
