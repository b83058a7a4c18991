# Morphological features: FEATS strings <-> keys <-> dicts. Owned here: nothing. A normalised FEATS
# string is stored in the StringStore like any other text, and its key is TokenC.morph.
from lexarray.strings cimport StringStore
from lexarray.typedefs cimport hash_t


cdef class Morphology:
    cdef readonly StringStore strings
    cdef dict _known                    # FEATS string as given -> key

    # The key of the normalised features, or of a key that is stored. ValueError if they are malformed.
    cdef hash_t intern(self, object features) except? 0


cdef class MorphAnalysis:
    cdef readonly StringStore strings
    cdef readonly hash_t key            # 0: unset

    @staticmethod
    cdef MorphAnalysis view(StringStore strings, hash_t key)
