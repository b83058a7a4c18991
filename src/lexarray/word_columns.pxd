# Word types <-> columns of numbers, as files have them. Owned by a ReadWords: word types of a file that are in no vocabulary
# yet. The layout is in the .pyx.
from lexarray.strings cimport ReadTexts
from lexarray.words cimport Words

# The words and texts that are in `words` at one moment: {"texts": ..., "words": ...}. ValueError if a word has a key without
# a text.
cdef dict pack_words(Words words)


cdef class ReadWords:
    cdef readonly ReadTexts texts
    cdef Words _words                   # them alone, without their texts

    # KeyCollisionError if the texts cannot be added to those of `target`, which has no parent, or of a memory zone over it.
    cdef int check(self, Words target) except -1
    # Add texts and words; words that are there get the attributes of those that are read.
    cdef int put_into(self, Words target) except -1
    # Only set attributes, of those of its own words that are among them. `target` is a memory zone's.
    cdef int update(self, Words target) except -1
