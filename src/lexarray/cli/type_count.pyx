"""How many different words a stream of documents has: :class:`TypeCount`."""
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memcpy

from lexarray._key_index cimport (
    key_index_at, key_index_find, key_index_free, key_index_init, key_index_length, key_index_lock, key_index_place,
    key_index_publish, key_index_unlock,
)
from lexarray.tokens.token_array cimport TokenArray


cdef class TypeCount:
    """A number of word types, in bounded memory: exact up to a limit, and beyond it an estimate.

    Args:
        limit (int): how many keys are kept, from 1 to 2**30. It takes some 40 bytes for each.

    Beyond the limit, only keys whose lowest bit is 0 are kept, then only those whose two lowest are, and so on. Keys are
    hashes, so the others are as many again: with a limit of 2**20 the estimate is off by 0.1 %, as a rule. It depends on
    nothing but the words: not on their order, nor on how they were shared out to several counts whose keys were put
    together.

    >>> import lexarray
    >>> nlp = lexarray.blank("en")
    >>> one, other = TypeCount(), TypeCount()
    >>> one.add(nlp("to be or not to be"))
    >>> other.add(nlp("that is to say"))
    >>> other.add_keys(one.take_keys())
    >>> len(one), len(other), other.is_exact
    (4, 7, True)
    """

    def __cinit__(self, *args, **kwargs):
        if key_index_init(&self._keys, sizeof(hash_t), 0) != 0:
            raise MemoryError("no memory for the lock of an index")
        self._limit = 1

    def __init__(self, limit=1 << 20):
        if not 1 <= limit <= 1 << 30:
            raise ValueError(f"limit: a number from 1 to 2**30 is needed, not {limit!r:.80}")
        self._limit = limit

    def __dealloc__(self):
        key_index_free(&self._keys)

    @property
    def is_exact(self):
        """Whether there were no more words than the limit."""
        return self._others == 0

    def __len__(self):
        return key_index_length(&self._keys) * (<Py_ssize_t>self._others + 1)

    def add(self, TokenArray doc not None):
        """Add the words of a document."""
        cdef Py_ssize_t i
        cdef hash_t key
        for i in range(doc.length):
            key = doc.c[i].lex.orth
            if not key & self._others and key_index_find(&self._keys, key) is NULL:
                self._add(key)

    def add_keys(self, bytes keys not None):
        """Add what :meth:`take_keys` gave.

        Raises:
            ValueError: that is not what these bytes are.
        """
        cdef Py_ssize_t i, n = PyBytes_GET_SIZE(keys) // sizeof(hash_t)
        cdef hash_t key
        if n == 0 or PyBytes_GET_SIZE(keys) % sizeof(hash_t):
            raise ValueError(f"not what take_keys gives: {len(keys):,} bytes")
        memcpy(&key, PyBytes_AS_STRING(keys), sizeof(hash_t))
        while key & ~self._others:          # the other count has dropped keys: they are missing here
            self._thin_out()
        for i in range(1, n):
            memcpy(&key, PyBytes_AS_STRING(keys) + i * sizeof(hash_t), sizeof(hash_t))
            if not key & self._others and key_index_find(&self._keys, key) is NULL:
                self._add(key)

    def take_keys(self):
        """Keys that were added since they were last taken, and are kept.

        Returns:
            bytes: this machine's 8-byte integers, for :meth:`add_keys` of another count with the same limit, here or in
            another process. The first one says which keys are not kept.
        """
        cdef uint32_t i, start = self._n_taken, end = key_index_length(&self._keys)
        cdef bytes keys = PyBytes_FromStringAndSize(NULL, (<Py_ssize_t>(end - start) + 1) * sizeof(hash_t))
        cdef hash_t* out = <hash_t*>PyBytes_AS_STRING(keys)
        out[0] = self._others
        for i in range(start, end):
            out[1 + i - start] = (<hash_t*>key_index_at(&self._keys, i))[0]
        self._n_taken = end
        return keys

    cdef int _add(self, hash_t key) except -1:
        self._put(key)
        while key_index_length(&self._keys) > self._limit:
            self._thin_out()
        return 0

    cdef int _put(self, hash_t key) except -1:
        cdef hash_t* place
        key_index_lock(&self._keys)
        place = <hash_t*>key_index_place(&self._keys)
        if place is not NULL:
            place[0] = key
            key_index_publish(&self._keys, key)
        key_index_unlock(&self._keys)
        if place is NULL:
            raise MemoryError(f"no memory for one more key than {key_index_length(&self._keys):,}")
        return 0

    cdef int _thin_out(self) except -1:
        # Keep half of the keys. If there is no memory for that, all stay.
        cdef KeyIndexC half
        cdef hash_t others = self._others << 1 | 1
        cdef uint32_t i, n_taken = 0
        cdef hash_t key
        cdef hash_t* place
        if key_index_init(&half, sizeof(hash_t), 0) != 0:
            raise MemoryError("no memory for the lock of an index")
        for i in range(key_index_length(&self._keys)):
            key = (<hash_t*>key_index_at(&self._keys, i))[0]
            if key & others:
                continue
            place = <hash_t*>key_index_place(&half)
            if place is NULL:
                key_index_free(&half)
                raise MemoryError(f"no memory for a second index of {key_index_length(&self._keys):,} keys")
            place[0] = key
            key_index_publish(&half, key)
            n_taken += i < self._n_taken
        key_index_free(&self._keys)
        self._keys = half
        self._others, self._n_taken = others, n_taken
        return 0
