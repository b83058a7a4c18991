"""Many documents as one file: :class:`DocBin`, which reads and writes the ``.spacy`` files of spaCy 3.8."""
from cpython.bytearray cimport PyByteArray_AS_STRING
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport INT32_MAX, uint32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

from lexarray._message_pack cimport MessageReader, put, put_array_head, put_bytes_head, put_map_head, unpack_map
from lexarray.attrs cimport (
    ENT_IOB, ENT_TYPE, HEAD, IDX, MORPH, NORM, ORTH, SENT_START, SPACY, attr_id_t,
)
from lexarray.structs cimport LexemeC, TokenC
from lexarray.symbols cimport UNDERSCORE
from lexarray.tokens.arrays cimport attr_ids, check_value
from lexarray.tokens.doc cimport Doc
from lexarray.tokens.span_group cimport SpanGroup, pack_groups, unpack_groups
from lexarray.tokens.token_array cimport fill_column, hand_over, is_token_attr, is_token_text_attr, set_token_attr
from lexarray.tokens.tree cimport set_sentences, update_tree
from lexarray.typedefs cimport attr_t, hash_t
from lexarray.vocab cimport Vocab
from lexarray.words cimport Words

from os import fspath

from lexarray._zlib_stream import packed, unpacked
from lexarray.attrs import NAMES
from lexarray.errors import DocBinError, KeyCollisionError
from lexarray.replacing import replacing
from lexarray.strings import get_string_id

cdef enum:
    PIECE = 1 << 16                 # compressed bytes that are given to zlib at once

_VERSION = "0.1"
# What most documents have, so that it is there once. It is never changed.
cdef bytes _NO_GROUPS = b"\x90", _EMPTY_MAP = b"\x80"
_DEFAULT_ATTRS = ("ORTH", "NORM", "TAG", "HEAD", "DEP", "ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "ENT_ID", "LEMMA", "MORPH", "POS",
                  "SENT_START")


cdef class DocBin:
    """Documents packed into columns of numbers, and one list of all their texts. Holds no Doc and no vocabulary.

    Args:
        attrs (Iterable[str | int]): attributes of tokens to keep, by name or id. ORTH and the spaces are always kept;
            categories, groups of spans and ``has_unknown_spaces`` too.
        store_user_data (bool): keep ``doc.user_data``, with which the values of extensions come: what
            MessagePack can hold, which are numbers, texts, bytes, lists, dicts, and NumPy's arrays.
        docs (Iterable[Doc]): documents to add.

    Raises:
        KeyError: no such attribute.

    >>> import lexarray
    >>> nlp = lexarray.blank("en")
    >>> data = lexarray.DocBin(docs=nlp.pipe(["Hello, world!", "How are you?"])).to_bytes()
    >>> [doc.text for doc in lexarray.DocBin().from_bytes(data).get_docs(nlp.vocab)]
    ['Hello, world!', 'How are you?']
    """

    def __cinit__(self):
        self._replace(([<int>ORTH], False, [], [], [], [], [], [], {}))

    cdef int _replace(self, tuple new) except -1:
        # All that is in it, at once: what it was is kept until then, since a finalizer could look at a half of each.
        cdef tuple old = (self.attrs, self._rows, self._spaces, self._cats, self._has_unknown_spaces, self._span_groups,
                          self._user_data, self._texts, self._known_of)
        (self.attrs, self.store_user_data, self._rows, self._spaces, self._cats, self._has_unknown_spaces, self._span_groups,
         self._user_data, self._texts) = new
        self._known_of = None
        return 0

    def __init__(self, attrs=_DEFAULT_ATTRS, store_user_data=False, docs=()):
        if isinstance(attrs, (str, bytes)):
            raise TypeError(f"attrs must be a sequence of attributes, got one {type(attrs).__name__}: {attrs!r:.80}")
        ids = [<int>ORTH] + sorted(set(attr_ids(list(attrs))) - {<int>ORTH, <int>SPACY})
        self._replace((ids, bool(store_user_data), [], [], [], [], [], [], {}))
        for doc in docs:
            self.add(doc)

    def __len__(self):
        """Number of documents."""
        return len(self._rows)

    def __repr__(self):
        return f"<DocBin of {len(self):,} documents>"

    def __reduce__(self):
        return _from_bytes, (type(self), self.to_bytes())

    def __copy__(self):
        copied = type(self)(self.attrs, self.store_user_data)
        copied.merge(self)
        return copied

    def __deepcopy__(self, memo):
        return self.__copy__()                      # nothing in it is ever changed

    # ---- what is in it ----

    @property
    def tokens(self):
        """An array for each document: uint64, a row for each token, a column for each of ``attrs``. Read-only."""
        import numpy
        return [numpy.frombuffer(rows, "<u8").reshape(-1, len(self.attrs)) for rows in self._rows]

    @property
    def spaces(self):
        """An array for each document: bool, shape (tokens, 1): whether a space follows. Read-only."""
        import numpy
        return [numpy.frombuffer(spaces, "?").reshape(-1, 1) for spaces in self._spaces]

    @property
    def cats(self):
        """The categories of each document."""
        return [unpack_map(cats) for cats in self._cats]

    @property
    def flags(self):
        """A dict for each document, with "has_unknown_spaces"."""
        return [{"has_unknown_spaces": flag} for flag in self._has_unknown_spaces]

    @property
    def span_groups(self):
        """The groups of spans of each document, as the bytes that are stored."""
        return list(self._span_groups)

    @property
    def user_data(self):
        """The user data of each document, as the bytes that are stored; empty if there are none."""
        return list(self._user_data)

    @property
    def strings(self):
        """All texts that the values in ``tokens`` and the groups of spans are keys of."""
        return set(self._texts.values())

    # ---- documents in and out ----

    def add(self, Doc doc not None):
        """Add a document: a copy of its values, as they are now.

        Raises:
            TypeError, ValueError: its categories, user data or a group's attrs have something that MessagePack cannot
                hold; names the part. Nothing was added then.

        Cost: linear in its tokens; 8 bytes a token and attribute.
        """
        doc.check_initialised()
        # All Python code of the user's runs first.
        cdef bytearray user_data = bytearray(), cats = bytearray()
        try:
            where = "cats"
            put(cats, {} if doc._cats is None else doc._cats)
            where = "user_data"
            if self.store_user_data:
                put(user_data, {} if doc._user_data is None else doc._user_data)
            where = "spans"
            groups = _NO_GROUPS if doc._spans is None else pack_groups(doc._spans, False)
        except (TypeError, ValueError, OverflowError) as error:
            raise type(error)(f"document {len(self)}: {where}: {error}") from None
        if doc._spans is not None:
            for group in doc._spans.values():
                self._know_group(group)
        # Then all of the tokens is copied, without Python code.
        cdef Py_ssize_t n_columns = len(self.attrs), column
        cdef int i, n = doc.length
        cdef bytes rows = PyBytes_FromStringAndSize(NULL, n * n_columns * sizeof(attr_t))
        cdef bytes spaces = PyBytes_FromStringAndSize(NULL, n)
        cdef attr_t* values = <attr_t*>PyBytes_AS_STRING(rows)
        cdef char* space = PyBytes_AS_STRING(spaces)
        cdef attr_t key
        cdef Words words = doc.words
        for column in range(n_columns):
            fill_column(doc.c, n, self.attrs[column], values + column, n_columns)
        for i in range(n):
            space[i] = doc.c[i].spacy
        # The texts come from where the keys were known then.
        if self._known_of is not words:             # of another vocabulary, perhaps: they are compared
            memset(self._known, 0, sizeof(self._known))
            self._known_of = words
        for column in range(n_columns):
            if is_token_text_attr(self.attrs[column]):
                for i in range(n):
                    key = values[i * n_columns + column]
                    if self._known[key & (N_KNOWN - 1)] != key:
                        if key != UNDERSCORE or self.attrs[column] != MORPH:    # of no features spaCy writes no text
                            self._know(key, words)
                            self._known[key & (N_KNOWN - 1)] = key
        self._rows.append(rows)
        self._spaces.append(spaces)
        self._cats.append(_EMPTY_MAP if cats == _EMPTY_MAP else bytes(cats))
        self._has_unknown_spaces.append(doc.has_unknown_spaces)
        self._span_groups.append(groups)
        if self.store_user_data:
            self._user_data.append(_EMPTY_MAP if user_data == _EMPTY_MAP else bytes(user_data))

    cdef int _know_group(self, SpanGroup group) except -1:
        cdef int i = 0
        while i < group.length:
            self._know(group.c[i].label, group.words)
            self._know(group.c[i].kb_id, group.words)
            self._know(group.c[i].id, group.words)
            i += 1
        return 0

    cdef int _know(self, hash_t key, Words words) except -1:
        # Keep the text of a key. Copied at once: the words may be those of a memory zone.
        text = words.strings.text(key)
        known = self._texts.setdefault(key, text)
        if known != text:
            raise KeyCollisionError(f"document {len(self)}: {text!r:.80} has the key {key}, which {known!r:.80} has already; "
                                    f"it was not added")
        return 0

    def get_docs(self, Vocab vocab not None):
        """The documents, one by one, made for a vocabulary.

        Args:
            vocab (Vocab): what they are made for; their texts are added to it.

        Yields:
            Doc

        Raises:
            DocBinError: a value cannot be: a head outside, a cycle, a key without a text, a word that is empty; names the
                document and the token.

        Attributes of word types (LOWER, IS_ALPHA ...) are not set: they follow from the vocabulary's rules. Arrays in
        ``user_data`` become lists, those in its keys tuples. Sentences are those that were stored, or follow from the heads.
        """
        cdef _Maker maker = _Maker(self, vocab)
        cdef Py_ssize_t number = 0
        while number < len(self._rows):
            yield maker.make(number)
            number += 1

    def merge(self, DocBin other not None):
        """Add all documents of another one.

        Raises:
            ValueError: it has other attrs, or only one of them has user data.
        """
        if self.attrs != other.attrs:
            raise ValueError(f"a DocBin with the attrs {_names(other.attrs)} cannot be merged into one with "
                             f"{_names(self.attrs)}")
        if self.store_user_data != other.store_user_data:
            raise ValueError(f"a DocBin with store_user_data={other.store_user_data} cannot be merged into one with "
                             f"store_user_data={self.store_user_data}")
        for key, text in other._texts.items():
            if self._texts.get(key, text) != text:
                raise KeyCollisionError(f"{text!r:.80} has the key {key}, which {self._texts[key]!r:.80} has already")
        self._texts |= other._texts
        # Either may get documents from another thread: first a copy, then all at once.
        cdef Py_ssize_t n = len(other._rows)
        cdef list rows = other._rows[:n], spaces = other._spaces[:n], cats = other._cats[:n], groups = other._span_groups[:n]
        cdef list unknown = other._has_unknown_spaces[:n], user_data = other._user_data[:n]
        self._rows += rows
        self._spaces += spaces
        self._cats += cats
        self._has_unknown_spaces += unknown
        self._span_groups += groups
        self._user_data += user_data

    # ---- bytes ----

    def to_bytes(self):
        """All of it as bytes, which spaCy 3.8 reads too. Large ones are packed by all cores; the bytes do not depend on that.

        Raises:
            ValueError: more than the format can hold: 4 GiB of values, which are 41 million tokens with the default attrs.

        >>> import lexarray
        >>> DocBin(docs=[lexarray.blank("en")("Hi!")]).to_bytes()[:2].hex()
        '789c'
        """
        return b"".join(self._pieces())

    def to_disk(self, path):
        """Write a file, by convention ``*.spacy``. What was there is replaced once all is written.

        Raises:
            ValueError, OSError: as ``to_bytes``; the file cannot be written.
        """
        with replacing(path) as file:
            for piece in self._pieces():
                file.write(piece)

    def _pieces(self):
        # What to_bytes joins. The lists only grow, so that this many documents stay as they are, whatever another thread does.
        cdef Py_ssize_t n = len(self._rows)
        cdef list attrs = self.attrs, rows = self._rows, spaces = self._spaces, cats = self._cats, groups = self._span_groups
        cdef list unknown = self._has_unknown_spaces, user_data = self._user_data
        cdef dict texts = self._texts
        cdef bint store_user_data = self.store_user_data
        if store_user_data and len(user_data) < n:
            raise ValueError(f"store_user_data was changed when there were documents already: of {n:,}, {len(user_data):,} have "
                             f"user data")
        return packed(_message(attrs, texts, rows[:n], spaces[:n], cats[:n], unknown[:n], groups[:n],
                               user_data[:n] if store_user_data else None))

    def from_bytes(self, bytes_data):
        """Replace all that is in it, ``attrs`` and ``store_user_data`` too, by what ``to_bytes``, here or of spaCy, has made.

        Args:
            bytes_data (bytes): what it has made.

        Returns:
            DocBin: itself.

        Raises:
            DocBinError: the bytes are truncated, damaged or no DocBin; names the place. Nothing has changed then.

        Nothing is allocated by a length that the bytes claim: memory grows with what has been unpacked, a megabyte at a
        time, and checked.
        """
        if not isinstance(bytes_data, (bytes, bytearray, memoryview)):
            raise TypeError(f"expected bytes, got {type(bytes_data).__name__}: {bytes_data!r:.80}")
        cdef bytes data = bytes(bytes_data)
        self._read("", [data[start:start + PIECE] for start in range(0, len(data), PIECE)])
        return self

    def from_disk(self, path):
        """The same from a file.

        Raises:
            DocBinError: as ``from_bytes``; names the file.
            OSError: the file cannot be read.
        """
        with open(fspath(path), "rb") as file:
            self._read(f"{path}: ", iter(lambda: file.read(PIECE), b""))
        return self

    def _read(self, str source, pieces):
        cdef _Parts parts = _Parts()
        try:
            parts.read(MessageReader(unpacked(pieces)))
            found = parts.checked()
        except ValueError as error:
            raise DocBinError(f"{source}no DocBin, or damaged: {error}") from None
        self._replace(found)


def _message(list attrs, dict texts, list rows, list spaces, list cats, list unknown, list groups, list user_data):
    # The message that is compressed, in parts for `packed`. spaCy's order.
    cdef bytearray out = bytearray()
    put_map_head(out, 9 if user_data is None else 10)
    for name, value in (("version", _VERSION), ("attrs", attrs)):
        put(out, name)
        put(out, value)
    for name, parts in (("tokens", rows), ("spaces", spaces)):
        put(out, name)
        size = sum(map(len, parts))
        if size > 0xFFFFFFFF:
            raise ValueError(f"{name}: {size:,} bytes; the format has room for {0xFFFFFFFF:,}: make several DocBins")
        put_bytes_head(out, size)
        yield 0, (out,)
        yield len(attrs) if name == "tokens" else 0, parts
        out = bytearray()
    put(out, "lengths")
    put(out, b"".join([len(each).to_bytes(4, "little") for each in spaces]))
    put(out, "strings")
    put(out, sorted(set(texts.values())))
    put(out, "cats")
    put_array_head(out, len(cats))
    for each in cats:
        out += each
    put(out, "flags")
    put(out, [{"has_unknown_spaces": flag} for flag in unknown])
    put(out, "span_groups")
    put(out, groups)
    if user_data is not None:
        put(out, "user_data")
        put(out, user_data)
    yield 0, (out,)


cdef str _names(list attrs):
    return ", ".join([NAMES[attr] for attr in attrs])


# ---- reading ----

cdef class _Parts:
    # What is read of a file, until all of it has been checked.
    cdef list attrs, lengths, cats, flags, span_groups, user_data
    cdef bytearray tokens, spaces
    cdef dict texts                 # key -> text

    cdef int read(self, MessageReader reader) except -1:
        cdef Py_ssize_t i
        cdef set seen = set()
        for i in range(reader.read_map_head()):
            name = reader.read()
            if not isinstance(name, str) or name in seen:
                raise ValueError(f"the name of part {i} is {name!r:.80}" + (" again" if isinstance(name, str) else ""))
            seen.add(name)
            try:
                self._read_part(name, reader)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        if not reader.at_end():
            raise ValueError(f"byte {reader.offset():,}: more follows than the parts")
        for name in ("attrs", "tokens", "spaces", "lengths", "strings"):
            if name not in seen:
                raise ValueError(f"it has no {name!r}")
        return 0

    cdef int _read_part(self, str name, MessageReader reader) except -1:
        cdef Py_ssize_t i, n
        if name == "version":
            version = reader.read()
            if version != _VERSION:
                raise ValueError(f"it is {version!r:.80}; this reads {_VERSION!r}")
        elif name == "attrs":
            self.attrs = []
            for i in range(reader.read_array_head()):
                attr = reader.read()
                if not isinstance(attr, int) or isinstance(attr, bool) or attr not in NAMES:
                    raise ValueError(f"{attr!r:.80} is no attribute's id")
                if attr in self.attrs:
                    raise ValueError("an attribute is there twice")
                self.attrs.append(attr)
            if <int>ORTH not in self.attrs:
                raise ValueError("ORTH is missing")
        elif name == "tokens":
            self.tokens = self._read_tokens(reader)
        elif name == "spaces":
            n = reader.read_bytes_head()
            if self.attrs is not None and self.tokens is not None:
                self._check_n_tokens(n)
            self.spaces = bytearray()
            while len(self.spaces) < n:
                some = reader.read_some(n - len(self.spaces))
                if some.translate(None, b"\0\1"):
                    raise ValueError("a value is neither 0 nor 1")
                self.spaces += some
        elif name == "lengths":
            n = reader.read_bytes_head()
            if n % 4:
                raise ValueError(f"{n:,} bytes are not a whole number of 32-bit integers")
            self.lengths = []
            for i in range(n // 4):
                length = int.from_bytes(reader.read_n(4), "little", signed=True)
                if length < 0:
                    raise ValueError(f"document {i} would have {length:,} tokens")
                self.lengths.append(length)
        elif name == "strings":
            self.texts = {}
            for i in range(reader.read_array_head()):
                text = reader.read()
                if not isinstance(text, str):
                    raise ValueError(f"item {i} is no str: {text!r:.80}")
                key = get_string_id(text)
                if key in self.texts:
                    raise ValueError(f"item {i}, {text!r:.80}, " + ("is there twice" if self.texts[key] == text else
                                                                    f"has the key of {self.texts[key]!r:.80}"))
                self.texts[key] = text
        elif name == "cats":
            self.cats = []
            for i in range(self._n_docs_in(reader)):
                cats = reader.read_packed()
                if not (0x80 <= cats[0] < 0x90 or 0xDE <= cats[0] <= 0xDF):
                    raise ValueError(f"item {i} begins with 0x{cats[0]:02x}, which is no map")
                self.cats.append(_EMPTY_MAP if cats == _EMPTY_MAP else cats)
        elif name == "flags":
            self.flags = []
            for i in range(self._n_docs_in(reader)):
                flags = self._checked(i, reader.read(), dict)
                for flag, value in flags.items():
                    if flag != "has_unknown_spaces" or not isinstance(value, bool):
                        raise ValueError(f"document {i} has {flag!r:.80}: {value!r:.80}")
                self.flags.append(flags.get("has_unknown_spaces", False))
        elif name == "span_groups":
            self.span_groups = []
            for i in range(self._n_docs_in(reader)):
                groups = self._checked(i, reader.read(), bytes)
                self.span_groups.append(_NO_GROUPS if groups == _NO_GROUPS else groups)
        elif name == "user_data":
            self.user_data = []
            for i in range(self._n_docs_in(reader)):
                data = self._checked(i, reader.read(), bytes)
                self.user_data.append(_EMPTY_MAP if data == _EMPTY_MAP else data)
        else:
            raise ValueError("this version knows no such part")
        return 0

    cdef Py_ssize_t _n_docs_in(self, MessageReader reader) except -1:
        cdef Py_ssize_t n = reader.read_array_head()
        if self.lengths is not None and n != len(self.lengths):
            raise ValueError(f"{n:,} items, but lengths are of {len(self.lengths):,} documents")
        return n

    cdef object _checked(self, Py_ssize_t i, object value, type kind):
        if not isinstance(value, kind):
            raise ValueError(f"item {i} is no {kind.__name__}: {value!r:.80}")
        return value

    cdef int _check_n_tokens(self, Py_ssize_t n) except -1:
        if len(self.tokens) != 8 * len(self.attrs) * n:
            raise ValueError(f"{n:,} tokens with {len(self.attrs)} attrs have {8 * len(self.attrs) * n:,} bytes, but tokens "
                             f"have {len(self.tokens):,}")
        return 0

    cdef bytearray _read_tokens(self, MessageReader reader):
        # As they come: a bomb of zeros goes off here, early, since no word has the key 0.
        if self.attrs is None:
            raise ValueError("attrs have to come before")
        cdef Py_ssize_t n = reader.read_bytes_head(), width = 8 * len(self.attrs), at = 0
        cdef Py_ssize_t column = 8 * <Py_ssize_t>self.attrs.index(<int>ORTH)
        cdef bytearray found = bytearray()
        cdef attr_t orth
        if n % width:
            raise ValueError(f"{n:,} bytes are not a whole number of rows of {width // 8} 64-bit integers")
        while len(found) < n:
            found += reader.read_some(n - len(found))
            while at + width <= len(found):
                memcpy(&orth, PyByteArray_AS_STRING(found) + at + column, sizeof(orth))
                if orth == 0:
                    raise ValueError(f"token {at // width:,} is empty: its ORTH is 0")
                at += width
        return found

    cdef tuple checked(self):
        # The values of a DocBin.
        cdef Py_ssize_t n_docs = len(self.lengths), width = 8 * len(self.attrs), start = 0
        cdef list rows = [], spaces = []
        self._check_n_tokens(len(self.spaces))
        if sum(self.lengths) != len(self.spaces):
            raise ValueError(f"the lengths of {n_docs:,} documents make {sum(self.lengths):,} tokens, but there are "
                             f"{len(self.spaces):,}")
        for name, values in (("cats", self.cats), ("flags", self.flags), ("span_groups", self.span_groups),
                             ("user_data", self.user_data)):
            if values is not None and len(values) != n_docs:
                raise ValueError(f"{name}: {len(values):,} items, but lengths are of {n_docs:,} documents")
        tokens, all_spaces = memoryview(self.tokens), memoryview(self.spaces)
        for length in self.lengths:
            rows.append(bytes(tokens[start * width:(start + length) * width]))
            spaces.append(bytes(all_spaces[start:start + length]))
            start += length
        return (self.attrs, self.user_data is not None, rows, spaces, [_EMPTY_MAP] * n_docs if self.cats is None else self.cats,
                [False] * n_docs if self.flags is None else self.flags,
                [_NO_GROUPS] * n_docs if self.span_groups is None else self.span_groups,
                [] if self.user_data is None else self.user_data, self.texts)


cdef class _Maker:
    # Makes the documents of a DocBin for a vocabulary.
    cdef DocBin bin
    cdef Vocab vocab
    cdef Words words                # that have the bin's texts, and in which `known` are known
    cdef dict texts                 # those that they have: the bin's
    cdef Py_ssize_t n_texts         # as many of them
    cdef attr_t known[N_KNOWN]      # keys, by their lowest bits, of which there is a text
    cdef dict morphs                # key -> key of the features as this vocabulary writes them

    def __init__(self, DocBin bin, Vocab vocab):
        self.bin = bin
        self.vocab = vocab
        self.morphs = {0: 0}

    cdef Doc make(self, Py_ssize_t number):
        # All that it needs of the bin first: what makes a document may run Python code, which may read another file into it.
        cdef DocBin bin = self.bin
        cdef list attrs = bin.attrs
        cdef bytes rows = bin._rows[number], spaces = bin._spaces[number], groups = bin._span_groups[number]
        cdef bytes user_data = bin._user_data[number] if number < len(bin._user_data) else _EMPTY_MAP
        cdef bytes cats = bin._cats[number]
        cdef dict texts = bin._texts
        cdef bint has_unknown_spaces = bin._has_unknown_spaces[number]
        cdef Py_ssize_t n = len(spaces)
        cdef Doc doc = Doc.__new__(Doc)
        cdef Words used
        cdef TokenC* tokens
        doc.set_vocab(self.vocab, self.vocab.open_words())
        used = doc.words
        try:
            self._learn_texts(used, texts)
            if n:
                tokens = <TokenC*>calloc(n, sizeof(TokenC))
                if tokens is NULL:
                    raise MemoryError(f"no memory for a Doc of {n:,} tokens")
                try:
                    self._fill(doc, used, tokens, <int>n, attrs, rows, spaces)
                except:
                    free(tokens)
                    raise
                hand_over(doc, tokens, n, used)
            doc.has_unknown_spaces = has_unknown_spaces
            if cats != _EMPTY_MAP:
                try:
                    doc._cats = unpack_map(cats)
                except ValueError as error:
                    raise ValueError(f"cats: {error}") from None
            if groups != _NO_GROUPS and groups:
                try:
                    doc._spans = unpack_groups(doc, groups)
                except (KeyError, ValueError) as error:
                    raise ValueError(f"span_groups: {error.args[0]}") from None
            if user_data != _EMPTY_MAP:
                try:
                    doc._user_data = unpack_map(user_data)
                except ValueError as error:
                    raise ValueError(f"user_data: {error}") from None
        except ValueError as error:
            doc.clear()
            raise DocBinError(f"document {number}: {error}") from None
        return doc

    cdef int _learn_texts(self, Words words, dict texts) except -1:
        # Once, unless there are more since the last document, or a memory zone has begun or ended.
        cdef list new
        if self.words is words and self.texts is texts and self.n_texts == len(texts):
            return 0
        new = list(texts.values())
        for text in new:
            words.strings.intern(text)
        memset(self.known, 0, sizeof(self.known))
        self.morphs = {0: 0}
        self.words = words
        self.texts = texts
        self.n_texts = len(new)
        return 0

    cdef int _fill(self, Doc doc, Words words, TokenC* tokens, int n, list attrs, bytes rows, bytes spaces) except -1:
        cdef const attr_t* values = <const attr_t*>PyBytes_AS_STRING(rows)
        cdef const char* spacy = PyBytes_AS_STRING(spaces)
        cdef Py_ssize_t n_columns = len(attrs), column = attrs.index(<int>ORTH), idx = 0
        cdef int i
        cdef attr_t key
        cdef attr_id_t attr
        cdef const LexemeC* lex
        if len(rows) != n * n_columns * <Py_ssize_t>sizeof(attr_t):
            raise ValueError(f"{len(rows):,} bytes for {n:,} tokens with {n_columns} attributes")
        for i in range(n):
            key = values[i * n_columns + column]
            lex = words.find(key)
            if lex is NULL:
                if words.strings.find(key) is NULL:
                    raise ValueError(f"token {i}: no text is stored for its ORTH {key}")
                lex = self.vocab.get_by_orth_in(words, key)
            if lex.length == 0:
                raise ValueError(f"token {i} is empty: its ORTH is {key}")
            tokens[i].lex = lex
            tokens[i].spacy = spacy[i] != 0
            tokens[i].idx = <int>idx
            tokens[i].l_edge = tokens[i].r_edge = <uint32_t>i
            idx += lex.length
            if idx >= INT32_MAX:
                raise ValueError(f"the text of a Doc is limited to {INT32_MAX:,} characters: token {i} would end at {idx:,}")
            idx += tokens[i].spacy
        for column in range(n_columns):
            attr = attrs[column]
            if is_token_attr(attr) and attr != SPACY and attr != IDX:
                self._set_column(words, tokens, n, attr, values + column, n_columns)
        if ENT_TYPE in attrs and ENT_IOB not in attrs:
            for i in range(n):                      # entities are runs of one type
                tokens[i].ent_iob = (2 if tokens[i].ent_type == 0 else
                                     1 if i and tokens[i - 1].ent_type == tokens[i].ent_type else 3)
        if HEAD in attrs:
            update_tree(tokens, n)
            if SENT_START not in attrs:
                set_sentences(tokens, n)
        return 0

    cdef int _set_column(self, Words words, TokenC* tokens, int n, attr_id_t attr, const attr_t* values,
                         Py_ssize_t step) except -1:
        cdef int i
        cdef attr_t value
        cdef attr_t* known
        cdef bint is_text = is_token_text_attr(attr)
        cdef attr_t last = 0, last_morph = 0
        for i in range(n):
            value = values[i * step]
            if is_text:
                known = &self.known[value & (N_KNOWN - 1)]
                if known[0] != value:
                    if words.strings.find(value) is NULL:
                        raise ValueError(f"token {i}: no text is stored for its {NAMES[attr]} {value}")
                    known[0] = value
                if attr == MORPH:
                    if value != last:
                        last_morph = self._morph(words, value, i)
                        last = value
                    value = last_morph
                elif attr == NORM and value == tokens[i].lex.norm:
                    value = 0                       # it follows from the word
            else:
                check_value(attr, value, i, n)
            set_token_attr(&tokens[i], attr, value)
        return 0

    cdef attr_t _morph(self, Words words, attr_t key, int i) except? 0:
        known = self.morphs.get(key)
        if known is None:
            text = words.strings.text(key)
            try:
                known = words.strings.intern(self.vocab.morphology.dict_to_feats(text))
            except ValueError as error:
                raise ValueError(f"token {i}: its MORPH: {error}") from None
            self.morphs[key] = known
        return known


def _from_bytes(kind, data):
    """A pickled DocBin."""
    return kind.__new__(kind).from_bytes(data)
