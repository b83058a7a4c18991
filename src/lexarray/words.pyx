"""Word types and their texts that live and die together: :class:`Words`."""
from libc.string cimport memcmp

from lexarray._key_index cimport (
    key_index_at, key_index_bytes, key_index_find, key_index_free, key_index_init, key_index_length, key_index_lock,
    key_index_place, key_index_publish, key_index_unlock,
)
from lexarray.strings cimport StringC, StringStore
from lexarray.structs cimport TRANSIENT
from lexarray.typedefs cimport flags_t

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT(void*)


cdef uint64_t _last_serial = 0


cdef void leave_zone(HolderC* holder) noexcept:
    if holder.owner is not NULL:
        holder.before.after = holder.after
        holder.after.before = holder.before
        holder.owner = NULL


cdef class Words:
    """Word types and their texts. Python code meets it in a vocabulary, as :class:`lexarray.vocab.Vocab`."""

    def __cinit__(self):
        cdef LexemeC* none = NULL
        if key_index_init(&self._index, sizeof(LexemeC), <unsigned int>(<char*>&none.orth - <char*>none)) != 0:
            raise MemoryError("no memory for the words of a vocabulary")
        self._holders.before = self._holders.after = &self._holders

    def __dealloc__(self):
        # Nobody holds it any more. Who is in the ring still is garbage that the collector has made let go of it.
        while self._holders.after is not NULL and self._holders.after != &self._holders:
            leave_zone(self._holders.after)
        key_index_free(&self._index)

    @staticmethod
    cdef Words over(Words parent):
        cdef Words words = Words.__new__(Words)
        global _last_serial
        _last_serial += 1
        words.serial = _last_serial
        words.parent = parent
        words.strings = StringStore() if parent is None else StringStore.child(parent.strings)
        words._n_before = 0 if parent is None else parent.length()
        return words

    cdef LexemeC* find(self, hash_t orth) noexcept nogil:
        cdef LexemeC* found = <LexemeC*>key_index_find(&self._index, orth)
        if found is NULL and self.parent is not None:
            return <LexemeC*>key_index_find(&self.parent._index, orth)
        return found

    cdef LexemeC* add(self, const LexemeC* lex) except NULL nogil:
        cdef LexemeC* place
        key_index_lock(&self._index)
        place = <LexemeC*>key_index_find(&self._index, lex.orth)        # another thread may have been faster
        if place is NULL:
            place = <LexemeC*>key_index_place(&self._index)
            if place is not NULL:
                place[0] = lex[0]
                place.flags = lex.flags & ~<flags_t>TRANSIENT | (TRANSIENT if self.parent is not None else 0)
                key_index_publish(&self._index, lex.orth)
        key_index_unlock(&self._index)
        if place is NULL:
            with gil:
                raise MemoryError(f"no memory for another word, after {self.length():,}")
        return place

    cdef LexemeC* at(self, Py_ssize_t i) noexcept nogil:
        return <LexemeC*>key_index_at(&self._index, <unsigned int>i)

    cdef Py_ssize_t length(self) noexcept nogil:
        return key_index_length(&self._index)

    cdef Py_ssize_t n_in_both(self) noexcept nogil:
        cdef Py_ssize_t i, n = 0
        for i in range(self._n_before, self.parent.length()):
            n += key_index_find(&self._index, self.parent.at(i).orth) is not NULL
        return n

    cdef size_t n_bytes(self) noexcept nogil:
        key_index_lock(&self._index)
        cdef size_t bytes = key_index_bytes(&self._index)
        key_index_unlock(&self._index)
        return bytes + self.strings.n_bytes()

    cdef const LexemeC* take(self, const LexemeC* lex, Words source) except NULL:
        cdef const LexemeC* found
        if not lex.flags & TRANSIENT or source is self:
            return lex
        self.take_text(lex.orth, source)
        if self.parent is not None and self.strings.has_own(lex.orth):      # the parent's word may have another text
            return self.take_as_it_is(lex, source)
        found = self.find(lex.orth)
        if found is not NULL:
            return found
        return self.take_as_it_is(lex, source)

    cdef const LexemeC* take_as_it_is(self, const LexemeC* lex, Words source) except NULL:
        cdef const LexemeC* found
        if not lex.flags & TRANSIENT or source is self:
            return lex
        self.take_text(lex.orth, source)
        found = <const LexemeC*>key_index_find(&self._index, lex.orth)
        if found is not NULL:
            return found
        self.take_text(lex.lower, source)
        self.take_text(lex.norm, source)
        self.take_text(lex.shape, source)
        self.take_text(lex.prefix, source)
        self.take_text(lex.suffix, source)
        self.take_text(lex.lang, source)
        return self.add(lex)

    cdef bint take_text(self, hash_t key, Words source) except -1:
        cdef const StringC* here = self.strings.find(key)
        cdef const StringC* text
        if source is self or source is self.parent:
            return here is not NULL
        text = source.strings.find(key)
        if text is NULL:
            return here is not NULL
        if here is NULL or here is not text and (here.length != text.length or memcmp(here.utf8, text.utf8, text.length) != 0):
            self.strings.put_own(key, text.utf8, text.length)
        return True

    cdef int take_texts(self, const TokenC* token, Words source) except -1:
        self.take_text(token.morph, source)
        self.take_text(token.tag, source)
        self.take_text(token.lemma, source)
        self.take_text(token.norm, source)
        self.take_text(token.sense, source)
        self.take_text(token.dep, source)
        self.take_text(token.ent_type, source)
        self.take_text(token.ent_kb_id, source)
        self.take_text(token.ent_id, source)
        return 0

    cdef int take_span_texts(self, const SpanC* span, Words source) except -1:
        self.take_text(span.label, source)
        self.take_text(span.kb_id, source)
        self.take_text(span.id, source)
        return 0

    cdef void hold(self, HolderC* holder, WordSequence owner) noexcept:
        holder.owner = <void*>owner
        holder.before = &self._holders
        holder.after = self._holders.after
        holder.after.before = holder
        self._holders.after = holder

    cdef int end(self) except -1:
        cdef HolderC* holder
        cdef WordSequence owner
        self.has_ended = True
        while self._holders.after != &self._holders:
            holder = self._holders.after
            if Py_REFCNT(holder.owner) == 0:        # it is being freed
                leave_zone(holder)
                continue
            owner = <WordSequence>holder.owner
            leave_zone(holder)
            try:
                owner.outlive_zone()
            except Exception:                       # no memory
                pass                                # then it holds these words, all of them, and stays right
        return 0
