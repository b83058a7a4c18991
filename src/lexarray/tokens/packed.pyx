"""Documents <-> columns of small numbers: :class:`Packer` and :class:`Unpacker`. The ``.pxd`` says what the columns are.

Whatever keeps documents elsewhere is made of them: ``Doc.to_bytes``, pickles, :class:`lexarray.Corpus`, Arrow tables.
"""
cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Malloc
from libc.stdint cimport INT32_MAX, UINT32_MAX, int8_t, uint8_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset

from lexarray._key_index cimport key_index_find, key_index_free, key_index_init, key_index_place, key_index_publish
from lexarray._message_pack cimport MessageReader, put, put_map_head
from lexarray.strings cimport StringC, key_of_utf8
from lexarray.structs cimport SpanC
from lexarray.symbols cimport ADJ
from lexarray.symbols cimport SPACE as LAST_POS
from lexarray.tokens.token_array cimport hand_over
from lexarray.tokens.tree cimport link_tree

from array import array
from functools import lru_cache

from lexarray.errors import KeyCollisionError
from lexarray.morphology import Morphology
from lexarray.saved import checked_names
from lexarray.tokens.span_group import SpanGroups

# The names of the columns of types, roles and tokens.
TYPE_FIELDS = ("orth", "norm", "lemma", "tag", "morph", "sense", "pos")
ROLE_FIELDS = ("dep", "ent_type", "ent_kb_id", "ent_id", "ent_iob", "sent_start")
TOKEN_FIELDS = ("type", "role", "head", "space")
# The layers of a document beside its tokens.
LAYERS = ("cats", "sentiment", "spans", "user_data", "vector")

# A FEATS string, normalised; the same few hundred come with each document.
_normalised = lru_cache(1 << 12)(Morphology.dict_to_feats)

cdef enum:
    SPAN_FIELDS = 5             # start, end, label, kb_id, id


cdef struct TextItemC:
    hash_t key
    uint32_t number


# ---- columns that grow ----

cdef int _reserve(TableC* table, Py_ssize_t n) except -1:
    # Room for so many rows in all.
    cdef Py_ssize_t room
    cdef void* larger
    cdef int i
    if n <= table.room:
        return 0
    room = max(n, table.room + (table.room >> 1), <Py_ssize_t>16)
    for i in range(table.n_columns):
        larger = realloc(table.columns[i], room * sizeof(uint32_t))
        if larger is NULL:
            raise MemoryError(f"no memory for {room:,} rows of {table.n_columns} columns")
        table.columns[i] = <uint32_t*>larger
    table.room = room
    return 0


cdef void _free_table(TableC* table) noexcept:
    cdef int i
    for i in range(MOST_FIELDS):
        free(table.columns[i])
        table.columns[i] = NULL
    table.length = table.room = 0


cdef bytes _narrow(const uint32_t* values, Py_ssize_t n, bint is_signed):
    # 4, 2 or 1 bytes a value, little-endian; none if all are 0.
    cdef Py_ssize_t i
    cdef uint32_t most = 0
    cdef int width
    cdef bytes out
    cdef char* to
    for i in range(n):
        # Of a signed number: whether it fits follows from the larger of itself and its complement, doubled.
        most |= values[i] if not is_signed else (values[i] << 1) ^ <uint32_t>(<int32_t>values[i] >> 31)
    width = 0 if most == 0 else 1 if most <= 0xFF else 2 if most <= 0xFFFF else 4
    out = PyBytes_FromStringAndSize(NULL, n * width)
    to = PyBytes_AS_STRING(out)
    for i in range(n):
        memcpy(to + i * width, &values[i], width)
    return out


# ---- packing ----

@cython.final
cdef class Packer:
    """Takes documents apart into columns. The documents may have different vocabularies.

    >>> import lexarray
    >>> packer = Packer()
    >>> packer.add(lexarray.blank("en")("so it goes, and so it went"))
    >>> packer.n_tokens, packer.n_types, packer.parts()["utf8"]
    (8, 6, b'soitgoes,andwent')
    """

    def __cinit__(self):
        self.types.table.n_columns = N_TYPE_FIELDS
        self.types.n_texts = N_TYPE_TEXTS
        self.roles.table.n_columns = N_ROLE_FIELDS
        self.roles.n_texts = N_ROLE_TEXTS
        self.tokens.n_columns = N_TOKEN_FIELDS
        self._init_indexes()
        self._docs, self._layers, self._unknown_spaces = [], [], []

    def _init_indexes(self):
        if (key_index_init(&self._texts, sizeof(TextItemC), 0) | key_index_init(&self.types.index, sizeof(RowItemC), 0)
                | key_index_init(&self.roles.index, sizeof(RowItemC), 0)):
            raise MemoryError("no memory for a Packer")

    def _free_indexes(self):
        key_index_free(&self._texts)
        key_index_free(&self.types.index)
        key_index_free(&self.roles.index)

    def __dealloc__(self):
        key_index_free(&self._texts)
        key_index_free(&self.types.index)
        key_index_free(&self.roles.index)
        _free_table(&self.types.table)
        _free_table(&self.roles.table)
        _free_table(&self.tokens)
        free(self.utf8)
        free(self.text_ends)

    @property
    def n_docs(self):
        """How many documents it has."""
        return len(self._docs)

    @property
    def n_tokens(self):
        """How many tokens they have."""
        return self.tokens.length

    @property
    def n_types(self):
        """How many different types of tokens."""
        return self.types.table.length

    @property
    def n_bytes(self):
        """Bytes of all texts and layers."""
        return (self.text_ends[self.n_texts - 1] if self.n_texts else 0) + self._layer_bytes

    def clear(self):
        """Forget all documents."""
        if self._is_adding:
            raise RuntimeError("a Packer was cleared while it takes a document apart")
        self._free_indexes()
        self._init_indexes()
        self.types.last = self.roles.last = NULL
        self.types.table.length = self.roles.table.length = self.tokens.length = self.n_texts = self._layer_bytes = 0
        self._docs, self._layers, self._unknown_spaces = [], [], []

    def add(self, TokenArray doc not None, exclude=()):
        """Add a document: a copy of its values, as they are now.

        Args:
            doc (Doc): the document.
            exclude (Iterable[str]): layers to leave out: "cats", "sentiment", "spans", "user_data", "vector".

        Raises:
            TypeError, ValueError: its categories, user data or a group's attrs have something that MessagePack cannot
                hold; names the layer. Nothing was added then.

        Cost: linear in its tokens, some 0.1 to 0.2 us each.
        """
        cdef uint32_t generation
        cdef object excluded = checked_names(exclude, LAYERS) if exclude else ()
        cdef bytearray packed
        cdef dict layers
        if self._is_adding:
            raise RuntimeError("a Packer takes one document apart at a time: another thread, or what the document holds, has "
                               "given it a second one")
        self._is_adding = True
        try:
            while True:
                layers = self.layers_of(doc, excluded)
                generation = doc.generation
                packed = _encoded(layers)                   # may run code of the user's, which may edit the document
                if generation == doc.generation:
                    break
            self.add_tokens(doc, bytes(packed))
        finally:
            self._is_adding = False

    cdef dict layers_of(self, TokenArray doc, object exclude):
        cdef dict layers = {}
        cdef SpanGroup group
        doc.check_initialised()
        # What may run code of the user's first; then all groups at one moment.
        if "cats" not in exclude and doc._cats:
            layers["cats"] = dict(doc._cats)
        if "user_data" not in exclude and doc._user_data:
            layers["user_data"] = dict(doc._user_data)
        if "sentiment" not in exclude and doc._sentiment:
            layers["sentiment"] = doc._sentiment
        if "vector" not in exclude:
            vector = doc.given_vector()
            if vector is not None:
                layers["vector"] = vector.astype("<f4").tobytes()
        if "spans" not in exclude and doc._spans is not None and len(doc._spans):
            layers["spans"] = [[name, group.name, group.attrs, self._spans_of(group)]
                               for name, group in list(doc._spans._groups.items())]
        return layers

    cdef list _spans_of(self, SpanGroup group):
        # Five numbers each.
        cdef list numbers = []
        cdef int i
        group.get_doc()
        for i in range(group.length):
            numbers += (group.c[i].start, group.c[i].end, self._text(group.c[i].label, group.words),
                        self._text(group.c[i].kb_id, group.words), self._text(group.c[i].id, group.words))
        return numbers

    cdef int add_tokens(self, TokenArray doc, bytes layers) except -1:
        cdef Py_ssize_t before = self.tokens.length, at
        cdef Words words = doc.words
        cdef const TokenC* token
        cdef attr_t keys[MOST_FIELDS]
        cdef int i
        if before + doc.length > INT32_MAX:
            raise OverflowError(f"{before:,} tokens and {doc.length:,} more: a block of documents is limited to {INT32_MAX:,}")
        _reserve(&self.tokens, before + doc.length)
        for i in range(doc.length):
            token = &doc.c[i]
            at = before + i
            keys[0] = token.lex.orth
            keys[1] = token.norm if token.norm else token.lex.norm
            keys[2] = token.lemma
            keys[3] = token.tag
            keys[4] = token.morph
            keys[5] = token.sense
            keys[6] = token.pos
            self.tokens.columns[0][at] = <uint32_t>self._row(&self.types, keys, words)
            keys[0] = token.dep
            keys[1] = token.ent_type
            keys[2] = token.ent_kb_id
            keys[3] = token.ent_id
            keys[4] = token.ent_iob
            keys[5] = token.sent_start if token.sent_start >= 0 else 2
            self.tokens.columns[1][at] = <uint32_t>self._row(&self.roles, keys, words)
            self.tokens.columns[2][at] = <uint32_t>token.head
            self.tokens.columns[3][at] = token.spacy
        record = (self.n_texts, self.types.table.length, self.roles.table.length, before + doc.length)
        self._layers.append(layers)
        self._layer_bytes += len(layers)
        self._unknown_spaces.append(doc.has_unknown_spaces)
        self._docs.append(record)
        self.tokens.length = before + doc.length
        return 0

    cdef Py_ssize_t _row(self, RowsC* rows, const attr_t* keys, Words words) except -1:
        # The number of a row, which is added if it is new.
        cdef int n = rows.table.n_columns, i
        cdef hash_t hash = 0
        cdef RowItemC* item = rows.last
        cdef Py_ssize_t number = rows.table.length
        cdef uint32_t values[MOST_FIELDS]
        if item is NULL or item.serial != words.serial or memcmp(item.keys, keys, n * sizeof(attr_t)) != 0:
            for i in range(n):                      # the keys are hashes, so little is enough
                hash = (hash ^ keys[i]) * <hash_t>0x9E3779B97F4A7C15
                hash ^= hash >> 32
            item = <RowItemC*>key_index_find(&rows.index, hash)
        rows.last = item
        if item is not NULL and memcmp(item.keys, keys, n * sizeof(attr_t)) == 0:
            if item.serial != words.serial:         # other words may have other texts with these keys
                for i in range(rows.n_texts):
                    self._check_same(rows.table.columns[i][item.number], keys[i], words)
                item.serial = words.serial
            return item.number
        rows.last = NULL
        if number == UINT32_MAX:
            raise OverflowError(f"more than {number:,} types of tokens in one block of documents")
        _reserve(&rows.table, number + 1)
        for i in range(n):
            values[i] = self._text(keys[i], words) if i < rows.n_texts else <uint32_t>keys[i]
        if item is NULL:                            # else it is there twice: two rows have one hash
            item = <RowItemC*>key_index_place(&rows.index)
            if item is NULL:
                raise MemoryError(f"no memory for another type of tokens, after {number:,}")
            item.hash = hash
            item.serial = words.serial
            item.number = <uint32_t>number
            memcpy(item.keys, keys, n * sizeof(attr_t))
            key_index_publish(&rows.index, hash)
        for i in range(n):
            rows.table.columns[i][number] = values[i]
        rows.table.length = number + 1
        return number

    cdef int _check_same(self, uint32_t number, hash_t key, Words words) except -1:
        # Whether the text of a key is the one that has this number.
        cdef const StringC* text
        cdef int64_t start
        if number:
            text = words.strings.find(key)
            if text is NULL:
                words.strings.raise_unknown(key)
            start = self.text_ends[number - 2] if number > 1 else 0
            if self.text_ends[number - 1] - start != text.length or memcmp(self.utf8 + start, text.utf8, text.length):
                raise KeyCollisionError(f"{words.strings.text(key)!r:.80} has the key {key}, which "
                                        f"{_decoded(self.utf8 + start, self.text_ends[number - 1] - start)!r:.80} has already")
        return 0

    cdef uint32_t _text(self, hash_t key, Words words) except? 0:
        # The number of a key's text, which is added if it is new.
        cdef TextItemC* item
        cdef const StringC* text
        cdef int64_t start
        if key == 0:
            return 0
        item = <TextItemC*>key_index_find(&self._texts, key)
        if item is not NULL:
            self._check_same(item.number, key, words)
            return item.number
        text = words.strings.find(key)
        if text is NULL:
            words.strings.raise_unknown(key)
        self._reserve_text(text.length)
        item = <TextItemC*>key_index_place(&self._texts)
        if item is NULL:
            raise MemoryError(f"no memory for another text, after {self.n_texts:,}")
        start = self.text_ends[self.n_texts - 1] if self.n_texts else 0
        memcpy(self.utf8 + start, text.utf8, text.length)
        self.text_ends[self.n_texts] = start + text.length
        self.n_texts += 1
        item.key = key
        item.number = <uint32_t>self.n_texts
        key_index_publish(&self._texts, key)
        return item.number

    cdef int _reserve_text(self, Py_ssize_t n_bytes) except -1:
        # Room for one more.
        cdef Py_ssize_t needed = (self.text_ends[self.n_texts - 1] if self.n_texts else 0) + n_bytes
        cdef Py_ssize_t room
        cdef void* larger
        if needed > self._utf8_room:
            room = max(needed, self._utf8_room + (self._utf8_room >> 1), <Py_ssize_t>64)
            larger = realloc(self.utf8, room)
            if larger is NULL:
                raise MemoryError(f"no memory for {room:,} bytes of text")
            self.utf8 = <char*>larger
            self._utf8_room = room
        if self.n_texts == self._ends_room:
            room = self._ends_room + (self._ends_room >> 1) + 16
            larger = realloc(self.text_ends, room * sizeof(int64_t))
            if larger is NULL:
                raise MemoryError(f"no memory for {room:,} texts")
            self.text_ends = <int64_t*>larger
            self._ends_room = room
        return 0

    def parts(self):
        """The columns, copies: a dict.

        Returns:
            dict: "text_ends": bytes, int64, where each text ends in "utf8"; 0 before them. "utf8": bytes. "types", "roles",
            "tokens": lists of bytes, uint32 (the third of tokens: int32), a column each, named in ``TYPE_FIELDS``,
            ``ROLE_FIELDS`` and ``TOKEN_FIELDS``. "doc_ends": four lists of int: how many texts, types, roles, tokens
            there were after each document; 0 before them. "unknown_spaces": list of bool. "layers": list of bytes, MessagePack.
        """
        cdef int64_t zero = 0
        docs = [(0, 0, 0, 0), *self._docs]
        return {
            "text_ends": (<char*>&zero)[:sizeof(zero)] + (<char*>self.text_ends)[:self.n_texts * sizeof(int64_t)],
            "utf8": self.utf8[:self.text_ends[self.n_texts - 1]] if self.n_texts else b"",
            "types": _columns(&self.types.table), "roles": _columns(&self.roles.table), "tokens": _columns(&self.tokens),
            "doc_ends": [list(ends) for ends in zip(*docs)],
            "unknown_spaces": list(self._unknown_spaces), "layers": list(self._layers),
        }

    def message(self):
        """The same as a list of bytes, ints and lists, as small as can be, for MessagePack or a pickle: see
        :func:`unpacker_of`."""
        cdef Py_ssize_t i
        lengths = PyBytes_FromStringAndSize(NULL, self.n_texts * sizeof(uint32_t))
        for i in range(self.n_texts):
            (<uint32_t*>PyBytes_AS_STRING(lengths))[i] = <uint32_t>(
                self.text_ends[i] - (self.text_ends[i - 1] if i else 0))
        ends = [each[3] for each in self._docs]
        # The column of types is there even if all are 0, so that a few bytes never claim many tokens.
        types = _narrow(self.tokens.columns[0], self.tokens.length, False) or bytes(self.tokens.length)
        return [
            self.n_texts, _narrow(<const uint32_t*>PyBytes_AS_STRING(lengths), self.n_texts, False),
            self.utf8[:self.text_ends[self.n_texts - 1]] if self.n_texts else b"",
            self.types.table.length, [_narrow(self.types.table.columns[i], self.types.table.length, False)
                                      for i in range(N_TYPE_FIELDS)],
            self.roles.table.length, [_narrow(self.roles.table.columns[i], self.roles.table.length, False)
                                      for i in range(N_ROLE_FIELDS)],
            ends, [types] + [_narrow(self.tokens.columns[i], self.tokens.length, i == 2) for i in range(1, N_TOKEN_FIELDS)],
            self._unknown_spaces, self._layers,
        ]


cdef list _columns(const TableC* table):
    return [(<char*>table.columns[i])[:table.length * sizeof(uint32_t)] for i in range(table.n_columns)]


cdef str _decoded(const char* utf8, Py_ssize_t n):
    return utf8[:n].decode("utf-8", "surrogatepass")


cdef bytearray _encoded(dict layers):
    cdef bytearray out = bytearray()
    if layers:
        put_map_head(out, len(layers))
    for name, value in layers.items():
        put(out, name)
        try:
            put(out, value, 1)                      # inside of the map
        except (TypeError, ValueError, OverflowError) as error:
            raise type(error)(f"{name}: {error}") from None
    return out


# ---- unpacking ----

@cython.final
cdef class Unpacker:
    """Makes documents of columns, for any vocabulary. Everything is checked first.

    Args:
        texts (tuple): where each text ends, int64, after a 0, and all of them, UTF-8.
        types, roles (tuple): how many there are, and a column for each of ``TYPE_FIELDS`` or ``ROLE_FIELDS``.
        tokens (Sequence): a column for each of ``TOKEN_FIELDS``.
        token_ends (buffer): int32, where the tokens of each document end, after a 0.
        unknown_spaces (buffer): a byte for each document, 0 or 1.
        layers (Sequence[bytes]): of each document.

    Columns are buffers of little-endian integers with 4, 2 or 1 bytes, as their lengths say, or empty, if all values are 0; but
    the types of tokens must be there. Those with 4 bytes are not copied.

    Raises:
        ValueError: a number is outside of what it may be; names the place.
    """

    def __cinit__(self, texts, types, roles, tokens, token_ends, unknown_spaces, layers):
        cdef Py_ssize_t n_types = types[0], n_roles = roles[0], n_tokens, i
        self._held = []
        self._layers = layers
        self.types.n_columns, self.roles.n_columns, self.tokens.n_columns = N_TYPE_FIELDS, N_ROLE_FIELDS, N_TOKEN_FIELDS
        self.n_texts = self._borrow(texts[0], sizeof(int64_t), "text_ends", <const void**>&self.text_ends) - 1
        self._check_ends(self.n_texts, self._borrow(texts[1], 1, "utf8", <const void**>&self.utf8))
        self.n_docs = self._borrow(token_ends, sizeof(int32_t), "token_ends", <const void**>&self.token_ends) - 1
        if self._borrow(unknown_spaces, 1, "unknown_spaces", <const void**>&self.unknown_spaces) != self.n_docs:
            raise ValueError(f"unknown_spaces: {len(unknown_spaces):,} values for {self.n_docs:,} documents")
        if len(layers) != self.n_docs:
            raise ValueError(f"layers: {len(layers):,} values for {self.n_docs:,} documents")
        if self.n_docs < 0 or self.token_ends[0] != 0:
            raise ValueError("token_ends: they do not begin with 0")
        for i in range(self.n_docs):
            if self.token_ends[i + 1] < self.token_ends[i]:
                raise ValueError(f"token_ends: document {i} ends before it begins")
        n_tokens = self.token_ends[self.n_docs]
        if not (0 <= n_types <= UINT32_MAX and 0 <= n_roles <= UINT32_MAX):
            raise ValueError(f"there cannot be {n_types:,} types and {n_roles:,} roles")
        self._set_table(&self.types, n_types, types[1], "types", TYPE_FIELDS)
        self._set_table(&self.roles, n_roles, roles[1], "roles", ROLE_FIELDS)
        self._set_table(&self.tokens, n_tokens, tokens, "tokens", TOKEN_FIELDS)
        if n_tokens and self.tokens.columns[0] is NULL:
            raise ValueError("tokens: type is missing")
        if n_types and self.types.columns[0] is NULL:
            raise ValueError("types: orth is missing")
        if n_roles > 1 and not any(map(len, roles[1])):
            raise ValueError(f"roles: {n_roles:,} of them are the same")
        self._check_rows(&self.types, N_TYPE_TEXTS, "types", TYPE_FIELDS)
        self._check_rows(&self.roles, N_ROLE_TEXTS, "roles", ROLE_FIELDS)
        for i in range(n_types):
            if self.types.columns[0][i] == 0:
                raise ValueError(f"types: row {i:,} has no text")
            if _at(&self.types, 6, i) and not ADJ <= _at(&self.types, 6, i) <= LAST_POS:
                raise ValueError(f"types: row {i:,}: {_at(&self.types, 6, i)} is no universal part of speech")
        for i in range(n_roles):
            if _at(&self.roles, 4, i) > 3 or _at(&self.roles, 5, i) > 2:
                raise ValueError(f"roles: row {i:,}: ent_iob is {_at(&self.roles, 4, i)} (0 to 3), sent_start "
                                 f"{_at(&self.roles, 5, i)} (0 to 2)")
        for i in range(self.n_docs):
            self._check_tokens(i)

    def __dealloc__(self):
        PyMem_Free(self.keys)
        PyMem_Free(self.prototypes)
        PyMem_Free(self.role_keys)

    cdef Py_ssize_t _borrow(self, object buffer, Py_ssize_t size, str name, const void** to) except -1:
        # How many values of so many bytes it has.
        cdef const unsigned char[::1] view
        cdef Py_ssize_t n_bytes
        held = buffer if type(buffer) is bytes else memoryview(buffer).cast("B")
        n_bytes = len(held)
        if n_bytes % size:
            raise ValueError(f"{name}: {n_bytes:,} bytes are not a whole number of values")
        to[0] = NULL
        if n_bytes:
            if type(held) is bytes:
                to[0] = PyBytes_AS_STRING(held)
            else:
                view = held
                to[0] = &view[0]
                if <size_t>to[0] % size:
                    held = bytes(held)
                    to[0] = PyBytes_AS_STRING(held)
            self._held.append(held)
        return n_bytes // size

    cdef int _check_ends(self, Py_ssize_t n, Py_ssize_t size) except -1:
        cdef Py_ssize_t i
        if n < 0 or self.text_ends[0] != 0:
            raise ValueError("text_ends: they do not begin with 0")
        if n > UINT32_MAX:
            raise ValueError(f"text_ends: there cannot be {n:,} texts")
        for i in range(n):
            if not 0 < self.text_ends[i + 1] - self.text_ends[i] < INT32_MAX:
                raise ValueError(f"text_ends: text {i + 1:,} would have {self.text_ends[i + 1] - self.text_ends[i]:,} bytes")
        if self.text_ends[n] != size:
            raise ValueError(f"text_ends: the last text ends at {self.text_ends[n]:,}, but utf8 has {size:,} bytes")
        return 0

    cdef int _set_table(self, TableC* table, Py_ssize_t n, object columns, str name, tuple fields) except -1:
        cdef Py_ssize_t k, i, width
        cdef const unsigned char* narrow
        cdef uint32_t* wide
        cdef bint is_signed
        table.length = n
        columns = list(columns)
        if len(columns) != table.n_columns:
            raise ValueError(f"{name}: {len(columns)} columns, where {table.n_columns} are expected")
        for k in range(table.n_columns):
            size = self._borrow(columns[k], 1, name, <const void**>&narrow)
            table.columns[k] = NULL
            if size == 0:
                continue
            width = size // n if n and size % n == 0 else 0
            if width == 4 and <size_t>narrow % 4 == 0:
                table.columns[k] = <uint32_t*>narrow
            elif width == 1 or width == 2 or width == 4:
                is_signed = fields is TOKEN_FIELDS and k == 2
                held = PyBytes_FromStringAndSize(NULL, n * sizeof(uint32_t))
                wide = <uint32_t*>PyBytes_AS_STRING(held)
                for i in range(n):
                    wide[i] = 0
                    memcpy(&wide[i], narrow + i * width, width)
                    if is_signed and wide[i] >> (8 * width - 1) and width < 4:
                        wide[i] |= <uint32_t>0xFFFFFFFF << 8 * width
                self._held.append(held)
                table.columns[k] = wide
            else:
                raise ValueError(f"{name}: {fields[k]} has {size:,} bytes for {n:,} rows")
        return 0

    cdef int _check_rows(self, const TableC* table, int n_texts, str name, tuple fields) except -1:
        cdef Py_ssize_t i
        cdef int k
        for k in range(n_texts):
            if table.columns[k] is not NULL:
                for i in range(table.length):
                    if table.columns[k][i] > self.n_texts:
                        raise ValueError(f"{name}: row {i:,}: {fields[k]} is text {table.columns[k][i]:,}, but there are "
                                         f"{self.n_texts:,}")
        return 0

    cdef int _check_tokens(self, Py_ssize_t doc) except -1:
        cdef Py_ssize_t start = self.token_ends[doc], end = self.token_ends[doc + 1], i
        cdef int32_t head
        for i in range(start, end):
            if self.tokens.columns[0][i] >= self.types.length or _at(&self.tokens, 1, i) >= self.roles.length:
                raise ValueError(f"document {doc:,}, token {i - start:,}: it has type {self.tokens.columns[0][i]:,} and role "
                                 f"{_at(&self.tokens, 1, i):,}, but there are {self.types.length:,} and {self.roles.length:,}")
            head = <int32_t>_at(&self.tokens, 2, i)
            if not start <= i + head < end:
                raise ValueError(f"document {doc:,}, token {i - start:,}: its head {head:+} is outside the Doc of "
                                 f"{end - start:,} tokens (heads are relative)")
            if _at(&self.tokens, 3, i) > 1:
                raise ValueError(f"document {doc:,}, token {i - start:,}: space is {_at(&self.tokens, 3, i)}, neither 0 nor 1")
        return 0

    def n_tokens(self, Py_ssize_t i):
        """How many tokens document i has."""
        self._check_number(i)
        return self.token_ends[i + 1] - self.token_ends[i]

    cdef int _check_number(self, Py_ssize_t i) except -1:
        if not 0 <= i < self.n_docs:
            raise IndexError(f"there is no document {i:,}: there are {self.n_docs:,}")
        return 0

    def fill(self, TokenArray doc not None, Py_ssize_t i, exclude=()):
        """Make an empty document the i-th one.

        Args:
            doc (Doc): a document without tokens, of any vocabulary; the texts are added to that.
            i (int): which.
            exclude (Iterable[str]): layers to leave out, as in :meth:`Packer.add`.

        Raises:
            ValueError: the document is not empty, heads make a cycle, text is no UTF-8, a layer is damaged; the document is
                empty then.

        Cost: linear in its tokens, about 30 ns each, and 0.1 to 0.2 us while most types come the first time.
        """
        cdef object excluded = checked_names(exclude, LAYERS) if exclude else ()
        cdef bytes packed
        self._check_number(i)
        doc.check_initialised()
        check_empty(doc)
        packed = bytes(self._layers[i])
        layers = _decoded_layers(packed) if packed else None
        self.fill_tokens(doc, i)
        if layers is not None:
            try:
                self.set_layers(doc, layers, excluded)
            except:
                doc.clear()
                raise
        return doc

    cdef int fill_tokens(self, TokenArray doc, Py_ssize_t i) except -1:
        cdef Py_ssize_t start = self.token_ends[i], n = self.token_ends[i + 1] - start, k, idx = 0
        cdef const uint32_t* types = self.tokens.columns[0] + start
        cdef const uint32_t* role_numbers = self.tokens.columns[1] + start if self.tokens.columns[1] is not NULL else NULL
        cdef const uint32_t* heads = self.tokens.columns[2] + start if self.tokens.columns[2] is not NULL else NULL
        cdef const uint32_t* spaces = self.tokens.columns[3] + start if self.tokens.columns[3] is not NULL else NULL
        cdef uint32_t role
        cdef bint has_heads = False
        cdef TokenC* tokens
        cdef TokenC* token
        cdef const RoleC* labels
        cdef Words used = doc.words
        if n:
            self._use(doc.vocab, used)
            tokens = <TokenC*>malloc(n * sizeof(TokenC))
            if tokens is NULL:
                raise MemoryError(f"no memory for a Doc of {n:,} tokens")
            try:
                for k in range(n):
                    token = &tokens[k]
                    role = role_numbers[k] if role_numbers is not NULL else 0
                    # What makes a word may run Python code, and another thread may use other words meanwhile.
                    while self.prototypes[types[k]].lex is NULL or not self.role_keys[role].is_made or self.words is not used:
                        self._use(doc.vocab, used)
                        self._make_type(types[k])
                        self._make_role(role)
                    token[0] = self.prototypes[types[k]]
                    labels = &self.role_keys[role]
                    token.dep, token.ent_type, token.ent_kb_id = labels.dep, labels.ent_type, labels.ent_kb_id
                    token.ent_id, token.ent_iob, token.sent_start = labels.ent_id, labels.ent_iob, labels.sent_start
                    token.head = <int32_t>heads[k] if heads is not NULL else 0
                    has_heads = has_heads or token.head != 0
                    token.spacy = spaces is not NULL and spaces[k]
                    token.idx = <int>idx
                    token.l_edge = token.r_edge = <uint32_t>k
                    idx += token.lex.length
                    if idx >= INT32_MAX:
                        raise ValueError(f"the text of a Doc is limited to {INT32_MAX:,} characters: token {k:,} would end "
                                         f"at {idx:,}")
                    idx += token.spacy
                if has_heads:
                    _link(tokens, <int>n)
            except:
                free(tokens)
                raise
            hand_over(doc, tokens, n, used)
        doc.has_unknown_spaces = self.unknown_spaces[i]
        return 0

    cdef int _use(self, Vocab vocab, Words words) except -1:
        # Have room for what these words make of the columns; what others made is forgotten.
        if self.words is words:
            return 0
        if self.keys is NULL:
            self.keys = <hash_t*>PyMem_Calloc(self.n_texts + 1, sizeof(hash_t))
            self.prototypes = <TokenC*>PyMem_Calloc(self.types.length + 1, sizeof(TokenC))
            self.role_keys = <RoleC*>PyMem_Calloc(self.roles.length + 1, sizeof(RoleC))
            if self.keys is NULL or self.prototypes is NULL or self.role_keys is NULL:
                PyMem_Free(self.keys)
                PyMem_Free(self.prototypes)
                PyMem_Free(self.role_keys)
                self.keys, self.prototypes, self.role_keys = NULL, NULL, NULL
                raise MemoryError(f"no memory for {self.types.length:,} types of tokens")
        else:
            memset(self.keys, 0, (self.n_texts + 1) * sizeof(hash_t))
            memset(self.prototypes, 0, (self.types.length + 1) * sizeof(TokenC))
            memset(self.role_keys, 0, (self.roles.length + 1) * sizeof(RoleC))
        self._morphs = {0: 0}
        self.vocab = vocab
        self.words = words
        return 0

    cdef hash_t _key(self, uint32_t number) except? 0:
        # The key of a text, which is stored in the words.
        cdef hash_t key
        cdef const char* utf8
        cdef Py_ssize_t n
        cdef const StringC* found
        cdef Words words = self.words
        if number == 0:
            return 0
        key = self.keys[number]
        if key == 0:
            utf8, n = self.utf8 + self.text_ends[number - 1], self.text_ends[number] - self.text_ends[number - 1]
            key = key_of_utf8(utf8, n)
            found = words.strings.find(key)
            if found is NULL or found.length != n or memcmp(found.utf8, utf8, n):
                try:
                    text = _decoded(utf8, n)
                except UnicodeDecodeError as error:
                    raise ValueError(f"text {number:,} is not UTF-8: {error}") from None
                key = words.strings.intern(text)
            if self.words is words:
                self.keys[number] = key
        return key

    cdef int _make_type(self, uint32_t number) except -1:
        cdef TokenC token
        cdef hash_t orth, norm
        cdef attr_t morph
        cdef Words words = self.words
        cdef Py_ssize_t i = number
        if self.prototypes[i].lex is not NULL:
            return 0
        memset(&token, 0, sizeof(token))
        morph = self._morph(_at(&self.types, 4, i))     # may run Python code
        if self.words is not words:                     # another thread uses others; the caller tries again
            return 0
        orth = self._key(_at(&self.types, 0, i))
        norm = self._key(_at(&self.types, 1, i))
        token.lemma = self._key(_at(&self.types, 2, i))
        token.tag = self._key(_at(&self.types, 3, i))
        token.morph = morph
        token.sense = self._key(_at(&self.types, 5, i))
        token.pos = <uint8_t>_at(&self.types, 6, i)
        token.lex = self.vocab.get_by_orth_in(words, orth)
        token.norm = norm if norm != token.lex.norm else 0      # it follows from the word
        if self.words is words:
            self.prototypes[i] = token
        return 0

    cdef attr_t _morph(self, uint32_t number) except? 0:
        # As this vocabulary writes features.
        known = self._morphs.get(number)
        if known is None:
            morphs, words = self._morphs, self.words
            text = (<Words>words).strings.text(self._key(number))
            try:
                known = (<Words>words).strings.intern(_normalised(text))
            except ValueError as error:
                raise ValueError(f"text {number:,}: {error}") from None
            morphs[number] = known
        return known

    cdef int _make_role(self, uint32_t number) except -1:
        cdef RoleC role
        cdef Words words = self.words
        cdef Py_ssize_t i = number
        if self.role_keys[i].is_made:
            return 0
        role.dep = self._key(_at(&self.roles, 0, i))
        role.ent_type = self._key(_at(&self.roles, 1, i))
        role.ent_kb_id = self._key(_at(&self.roles, 2, i))
        role.ent_id = self._key(_at(&self.roles, 3, i))
        role.ent_iob = <int8_t>_at(&self.roles, 4, i)
        role.sent_start = -1 if _at(&self.roles, 5, i) == 2 else <int8_t>_at(&self.roles, 5, i)
        role.is_made = True
        if self.words is words:
            self.role_keys[i] = role
        return 0

    cdef int set_layers(self, TokenArray doc, dict layers, object exclude) except -1:
        cdef SpanGroup group
        cdef SpanC span
        cdef list numbers
        cdef Py_ssize_t i, start, end, label, kb_id, span_id
        cats = layers.get("cats") if "cats" not in exclude else None
        user_data = layers.get("user_data") if "user_data" not in exclude else None
        sentiment = layers.get("sentiment", 0.0) if "sentiment" not in exclude else 0.0
        vector = layers.get("vector") if "vector" not in exclude else None
        for name, value, kind in (("cats", cats, dict), ("user_data", user_data, dict), ("sentiment", sentiment, float),
                                  ("vector", vector, bytes), ("spans", layers.get("spans", []), list)):
            if value is not None and not isinstance(value, kind):
                raise ValueError(f"{name}: expected a {kind.__name__}, got {value!r:.80}")
        groups = SpanGroups(doc)
        for record in layers.get("spans", ()) if "spans" not in exclude else ():
            if not isinstance(record, list) or len(record) != 4 or not isinstance(record[0], str) or not isinstance(
                    record[1], str) or not isinstance(record[2], dict) or not isinstance(record[3], list):
                raise ValueError(f"spans: expected two names, a dict and a list, got {record!r:.120}")
            if record[0] in groups:
                raise ValueError(f"spans: there are two groups of the name {record[0]!r:.80}")
            numbers = record[3]
            if len(numbers) % SPAN_FIELDS:
                raise ValueError(f"spans: group {record[0]!r:.80}: {len(numbers):,} numbers are not five for each span")
            group = SpanGroup(doc, name=record[1], attrs=record[2])
            for i in range(0, len(numbers), SPAN_FIELDS):
                for value in numbers[i:i + SPAN_FIELDS]:
                    if not isinstance(value, int) or not 0 <= value <= UINT32_MAX:
                        raise ValueError(f"spans: group {record[0]!r:.80}: {value!r:.80} is no number of 32 bits")
                start, end = <Py_ssize_t>numbers[i], <Py_ssize_t>numbers[i + 1]
                label, kb_id, span_id = <Py_ssize_t>numbers[i + 2], <Py_ssize_t>numbers[i + 3], <Py_ssize_t>numbers[i + 4]
                if not start <= end <= doc.length or max(label, kb_id, span_id) > self.n_texts:
                    raise ValueError(f"spans: group {record[0]!r:.80}, span {i // SPAN_FIELDS:,}: tokens {start:,} to {end:,} and "
                                     f"texts {label:,}, {kb_id:,}, {span_id:,} of a Doc of {doc.length:,} tokens and "
                                     f"{self.n_texts:,} texts")
                self._use(doc.vocab, doc.words)
                span.start, span.end = <int32_t>start, <int32_t>end
                span.label = self._key(<uint32_t>label)
                span.kb_id = self._key(<uint32_t>kb_id)
                span.id = self._key(<uint32_t>span_id)
                doc.know_key(span.label)
                doc.know_key(span.kb_id)
                doc.know_key(span.id)
                span.start_char = doc.start_char(span.start)
                span.end_char = doc.end_char(span.end - 1) if span.end > span.start else span.start_char
                group.own_texts(doc)
                group.push_back(&span)
            groups[record[0]] = group
        if vector is not None:
            import numpy
            if len(vector) % 4:
                raise ValueError(f"vector: {len(vector):,} bytes are not a whole number of float32")
            try:
                doc.set_given_vector(numpy.frombuffer(vector, "<f4").copy())
            except (TypeError, ValueError) as error:
                raise ValueError(f"vector: {error}") from None
        doc._cats = cats or None
        doc._user_data = user_data or None
        doc._sentiment = sentiment
        doc._spans = groups if len(groups) else None
        return 0


cdef int check_empty(TokenArray doc) except -1:
    doc.check_initialised()
    if doc.length or doc._user_data or doc._cats or doc._spans is not None and len(doc._spans):
        raise ValueError(f"the Doc has {doc.length:,} tokens already, or other layers: only an empty one can be read into")
    return 0


cdef inline uint32_t _at(const TableC* table, int k, Py_ssize_t i) noexcept nogil:
    return table.columns[k][i] if table.columns[k] is not NULL else 0


cdef int _link(TokenC* tokens, int n) except -1:
    # What follows from the heads.
    cdef int cycle
    cdef int* scratch = <int*>PyMem_Malloc(2 * n * sizeof(int))
    if scratch is NULL:
        raise MemoryError(f"no memory for a tree of {n:,} tokens")
    cycle = link_tree(tokens, n, scratch)
    PyMem_Free(scratch)
    if cycle != -1:
        raise ValueError(f"token {cycle:,}: its heads form a cycle")
    return 0


cdef dict _decoded_layers(bytes packed):
    cdef MessageReader reader = MessageReader((packed,))
    try:
        layers = reader.read()
        if not isinstance(layers, dict) or not reader.at_end():
            raise ValueError(f"expected one map, got {layers!r:.80}" + ("" if reader.at_end() else " and more"))
    except ValueError as error:
        raise ValueError(f"layers: {error}") from None
    unknown = set(layers).difference(LAYERS)
    if unknown:
        raise ValueError(f"layers: this version knows no {min(map(repr, unknown))}")
    return layers


def unpacker_of(message):
    """An :class:`Unpacker` of what :meth:`Packer.message` gave.

    Raises:
        ValueError: it is damaged; names the place.
    """
    cdef Py_ssize_t i, n, width
    cdef uint32_t length
    cdef int64_t[::1] filled
    cdef const char* at
    kinds = (int, bytes, bytes, int, list, int, list, list, list, list, list)
    if not isinstance(message, list) or len(message) != len(kinds):
        raise ValueError(f"expected a list of {len(kinds)} parts, got {message!r:.80}")
    for number, (part, kind) in enumerate(zip(message, kinds)):
        if type(part) is not kind:
            raise ValueError(f"part {number}: expected {kind.__name__}, got {part!r:.80}")
    n_texts, lengths, utf8, n_types, types, n_roles, roles, ends, tokens, unknown_spaces, layers = message
    for name, values, kind in (("types", types, bytes), ("roles", roles, bytes), ("ends", ends, int), ("tokens", tokens, bytes),
                               ("unknown_spaces", unknown_spaces, bool), ("layers", layers, bytes)):
        for value in values:
            if type(value) is not kind:
                raise ValueError(f"{name}: expected {kind.__name__}, got {value!r:.80}")
    if not 0 <= n_texts <= len(utf8) or n_texts and len(lengths) not in (n_texts, 2 * n_texts, 4 * n_texts):
        raise ValueError(f"{n_texts:,} texts cannot be {len(utf8):,} bytes with {len(lengths):,} bytes of lengths")
    if max(n_types, n_roles) > UINT32_MAX:          # a larger one is no number of C's
        raise ValueError(f"there cannot be {n_types:,} types and {n_roles:,} roles")
    n = n_texts
    width = len(lengths) // n_texts if n_texts else 1
    text_ends, token_ends = array("q", bytes(8 * (n + 1))), array("i", [0])
    filled, at = text_ends, PyBytes_AS_STRING(lengths)
    for i in range(n):
        length = 0
        memcpy(&length, at + i * width, width)
        filled[i + 1] = filled[i] + length
    for end in ends:
        if not 0 <= end <= INT32_MAX:
            raise ValueError(f"ends: {end:,} tokens")
        token_ends.append(end)
    return Unpacker((text_ends, utf8), (n_types, types), (n_roles, roles), tokens, token_ends, bytes(unknown_spaces), layers)
