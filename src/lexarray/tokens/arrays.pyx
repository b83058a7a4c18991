"""Tokens <-> NumPy arrays of attributes, one 64-bit column each. NumPy is loaded at the first use."""
from cpython.buffer cimport (
    PyBUF_SIMPLE, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer,
)
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcpy

from lexarray.attrs cimport (
    DEP, ENT_IOB, ENT_TYPE, HEAD, IDX, MORPH, ORTH, POS, SENT_START, SPACY,
)
from lexarray.strings cimport StringStore
from lexarray.structs cimport TokenC
from lexarray.symbols cimport ADJ
from lexarray.symbols cimport SPACE as LAST_POS
from lexarray.tokens.token_array cimport fill_column, get_token_attr, is_token_text_attr, set_token_attr
from lexarray.tokens.tree cimport fill_lca_matrix, set_sentences, update_tree
from lexarray.typedefs cimport attr_t
from lexarray.words cimport Words

from lexarray.attrs import IDS, NAMES

cdef dict _ids = IDS


cdef attr_id_t attr_id(object attr) except? <attr_id_t>0:
    if isinstance(attr, str):
        number = _ids.get(attr)
        if number is None:
            raise KeyError(f"{attr!r} is no attribute: the attributes are {', '.join(_ids)}")
        return number
    if attr not in NAMES:
        raise KeyError(f"{attr!r} is no attribute's id") if isinstance(attr, int) else TypeError(
            f"expected an attribute's name (str) or id (int), got {type(attr).__name__}: {attr!r:.80}")
    return attr


cdef object _numpy = None


cdef object _load_numpy():
    global _numpy
    if _numpy is None:
        import numpy
        _numpy = numpy
    return _numpy


cdef void* _data_of(object array, int flags) except NULL:
    # Where a C-contiguous array begins. The caller holds the array.
    cdef Py_buffer buffer
    PyObject_GetBuffer(array, &buffer, flags)
    cdef void* data = buffer.buf
    PyBuffer_Release(&buffer)
    return data


cdef list attr_ids(object attrs):
    return [attr_id(each) for each in ([attrs] if isinstance(attrs, (str, int)) else attrs)]


cdef object to_array(TokenArray doc, int start, int end, list ids):
    cdef Py_ssize_t n_columns = len(ids), column
    shape = [end - start, n_columns] if n_columns != 1 else [end - start]
    array = _load_numpy().empty(shape, dtype="u8")
    cdef attr_t* out = <attr_t*>_data_of(array, PyBUF_WRITABLE)
    for column in range(n_columns):
        fill_column(doc.c + start, end - start, ids[column], out + column, n_columns)
    return array


cdef object lca_matrix(TokenArray doc, int start, int end):
    matrix = _load_numpy().empty((end - start, end - start), dtype="i4")
    if end > start:
        fill_lca_matrix(doc.c, doc.length, start, end, <int32_t*>_data_of(matrix, PyBUF_WRITABLE))
    return matrix


cdef bint has_annotation(TokenArray doc, attr_id_t attr, bint require_complete) except -1:
    cdef int i, first = 0
    cdef bint found
    if attr == HEAD:                    # a root's head is 0: its label says that it has one
        attr = DEP
    elif attr == SENT_START:            # the first token always starts a sentence
        first = 1
    if doc.length <= first:
        return True
    for i in range(first, doc.length):
        found = get_token_attr(&doc.c[i], attr) != 0
        if found and not require_complete:
            return True
        if not found and require_complete:
            return False
    return require_complete


cdef object as_array(object array):
    return _load_numpy().asarray(array)


cdef bint from_array(TokenArray doc, list ids, object array) except -1:
    numpy = _load_numpy()
    doc.check_initialised()
    if array.dtype.kind not in "iub":
        raise ValueError(f"the array must hold integers, got dtype {array.dtype}")
    if array.ndim == 1:
        array = array.reshape((-1, 1) if len(ids) == 1 else (1, -1))
    if array.shape != (doc.length, len(ids)):
        raise ValueError(f"the array has shape {array.shape}: expected ({doc.length}, {len(ids)}), a row for each "
                         f"token of the Doc and a column for each attribute")
    array = numpy.ascontiguousarray(array, dtype=numpy.int64 if array.dtype.kind == "i" else numpy.uint64)
    cdef const uint64_t* values = <const uint64_t*>_data_of(array, PyBUF_SIMPLE)
    cdef Words words = doc.words
    cdef size_t size = doc.length * sizeof(TokenC)
    cdef TokenC* tokens = <TokenC*>PyMem_Malloc(size + 1)
    cdef Py_ssize_t n_columns = len(ids), column
    cdef bint moved = False
    cdef int i
    if tokens is NULL:
        raise MemoryError(f"no memory for {doc.length:,} tokens")
    try:
        if size:
            memcpy(tokens, doc.c, size)
        for column in range(n_columns):
            _set_column(doc, words, tokens, ids[column], values + column, n_columns)
        if ENT_TYPE in ids and ENT_IOB not in ids:
            _iob_from_types(tokens, doc.length)
        if SPACY in ids:
            _set_offsets(tokens, doc.length)
            for i in range(doc.length):
                moved = moved or tokens[i].spacy != doc.c[i].spacy
        if IDX in ids:
            _check_offsets(tokens, doc.length, values + <Py_ssize_t>ids.index(IDX), n_columns)
        if HEAD in ids:
            update_tree(tokens, doc.length)
            set_sentences(tokens, doc.length)       # also if all are roots: that is what the heads say
        doc.own_tokens(tokens, doc.length, words)
        if size:
            memcpy(doc.c, tokens, size)
    finally:
        PyMem_Free(tokens)
    return moved


cdef int _check_offsets(const TokenC* tokens, int length, const uint64_t* values, Py_ssize_t step) except -1:
    cdef int i
    for i in range(length):
        if <attr_t>tokens[i].idx != values[i * step]:
            raise ValueError(f"token {i}: it begins at {tokens[i].idx}, which follows from the words and spaces, so "
                             f"IDX cannot be {values[i * step]}")
    return 0


cdef int check_value(attr_id_t attr, attr_t value, int i, int length) except -1:
    cdef int64_t number = <int64_t>value
    if attr == HEAD:
        if not -length < number < length or not 0 <= i + number < length:
            raise ValueError(f"token {i}: its head {number:+} is outside the Doc of {length} tokens (heads are relative)")
    elif attr == POS:
        if value and not ADJ <= value <= LAST_POS:
            raise ValueError(f"token {i}: {value} is no universal part of speech")
    elif attr == SENT_START:
        if not -1 <= number <= 1:
            raise ValueError(f"token {i}: SENT_START must be 1, 0 or -1, got {number}")
    elif attr == ENT_IOB:
        if value > 3:
            raise ValueError(f"token {i}: ENT_IOB must be from 0 to 3, got {value}")
    elif attr == SPACY:
        if value > 1:
            raise ValueError(f"token {i}: SPACY must be 0 or 1, got {value}")
    return 0


cdef int _set_column(TokenArray doc, Words words, TokenC* tokens, attr_id_t attr, const uint64_t* values,
                     Py_ssize_t step) except -1:
    cdef int i, length = doc.length
    cdef StringStore strings = words.strings
    cdef attr_t value, last_known = 0
    for i in range(length):
        value = values[i * step]
        check_value(attr, value, i, length)
        if is_token_text_attr(attr) and value != last_known and attr != ORTH:
            if not words.take_text(value, doc.vocab.open_words()):
                raise ValueError(f"token {i}: no text is stored for the {NAMES[attr]} {value}: add it to "
                                 f"vocab.strings first")
            if attr == MORPH and value and doc.vocab.morphology.intern(strings.text(value)) != value:
                raise ValueError(f"token {i}: {strings.text(value)!r:.80} is not a normalised FEATS string")
            last_known = value
        if not set_token_attr(&tokens[i], attr, value) and attr != IDX and get_token_attr(&tokens[i], attr) != value:
            raise ValueError(f"token {i}: its {NAMES[attr]} is {get_token_attr(&tokens[i], attr)}, which is an "
                             f"attribute of the word, so an array cannot make it {value}")
    return 0


cdef void _iob_from_types(TokenC* tokens, int length) noexcept nogil:
    # Entities are runs of one type.
    cdef int i
    for i in range(length):
        if tokens[i].ent_type == 0:
            tokens[i].ent_iob = 2
        else:
            tokens[i].ent_iob = 1 if i and tokens[i - 1].ent_type == tokens[i].ent_type else 3


cdef void _set_offsets(TokenC* tokens, int length) noexcept nogil:
    cdef int i, idx = 0
    for i in range(length):
        tokens[i].idx = idx
        idx += <int>tokens[i].lex.length + tokens[i].spacy
