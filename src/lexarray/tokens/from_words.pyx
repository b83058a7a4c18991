"""What ``Doc(vocab, words, spaces, tags=..., heads=...)`` is given -> tokens with those layers. The names are checked by Doc."""
from libc.stdint cimport uint32_t
from libc.stdlib cimport calloc, free

from lexarray.attrs cimport DEP, LEMMA, TAG, attr_id_t
from lexarray.structs cimport LexemeC, TokenC
from lexarray.tokens.entities cimport set_iob
from lexarray.tokens.span cimport text_key
from lexarray.tokens.token cimport pos_id
from lexarray.tokens.token_array cimport hand_over, set_token_attr
from lexarray.tokens.tree cimport set_sentences, update_tree
from lexarray.typedefs cimport attr_t
from lexarray.words cimport Words

from operator import index

cdef extern from "limits.h":
    const int INT_MAX


cdef int fill_from_words(TokenArray doc, object words, object spaces, dict layers) except -1:
    if isinstance(words, (str, bytes)):
        raise TypeError(f"words must be a sequence of texts, got one {type(words).__name__}: {words!r:.80}")
    cdef list all_words = None if words is None else list(words)
    cdef list all_spaces = None if spaces is None else _one_for_each("spaces", spaces, all_words)
    if layers is not None:
        for name, values in layers.items():
            if values is not None:
                layers[name] = _one_for_each(name, values, all_words)
        if layers["heads"] is not None and layers["deps"] is None:
            raise ValueError("heads were given without deps: a root is told from a token without a head by its "
                             "label, so give labels too, such as deps=[\"dep\"] * len(heads)")
    if all_words is None:
        return 0
    try:
        _fill(doc, all_words, all_spaces)
        if layers is not None:
            _annotate(doc, layers)
    except:
        doc.clear()
        raise
    return 0


cdef list _one_for_each(str name, object values, list words):
    # A copy of values, one for each word.
    if words is None:
        raise ValueError(f"{name} were given without words")
    if isinstance(values, (str, bytes)):
        raise TypeError(f"{name} must be a sequence, got one {type(values).__name__}: {values!r:.80}")
    cdef list each = list(values)
    if len(each) != len(words):
        raise ValueError(f"words and {name} must have the same length: there are {len(words)} words and "
                         f"{len(each)} {name}")
    return each


cdef int _fill(TokenArray doc, list words, list spaces) except -1:
    # Tokens of words. They are made aside: what is no str or bool, and what makes new words, may run any code.
    cdef Py_ssize_t i, n = len(words), idx = 0
    cdef TokenC* tokens
    cdef TokenC* token
    cdef object word
    cdef Words used = doc.words
    if n > INT_MAX:
        raise OverflowError(f"a Doc cannot have {n:,} tokens: the limit is {INT_MAX:,}")
    if n == 0:
        return 0
    tokens = <TokenC*>calloc(n, sizeof(TokenC))
    if tokens is NULL:
        raise MemoryError(f"no memory for a Doc of {n:,} tokens")
    try:
        for i in range(n):
            token = &tokens[i]
            word = words[i]
            token.lex = _lexeme_of(doc, word, i)
            token.spacy = True if spaces is None else bool(spaces[i])
            token.idx = <int>idx
            token.l_edge = token.r_edge = <uint32_t>i
            idx += token.lex.length
            if idx >= INT_MAX:
                raise OverflowError(f"the text of a Doc is limited to {INT_MAX:,} characters: token {i} would end at "
                                    f"{idx:,}")
            idx += token.spacy
    except:
        free(tokens)
        raise
    hand_over(doc, tokens, n, used)
    return 0


cdef const LexemeC* _lexeme_of(TokenArray doc, object word, object i) except NULL:
    cdef const LexemeC* lex
    if isinstance(word, str):
        lex = doc.vocab.get_in(doc.words, <str>word if type(word) is str else str.__str__(word))      # of NumPy's, for one
    else:
        try:
            lex = doc.vocab.get_by_orth_in(doc.words, doc.text_key(word))
        except (TypeError, KeyError) as error:
            raise type(error)(f"word {i}: {error.args[0]}") from None
    if lex.length == 0:
        raise ValueError(f"word {i} is empty: a token has at least one character")
    return lex


cdef int _annotate(TokenArray doc, dict layers) except -1:
    # Values are converted one by one; `check` sees to it that no conversion has changed the document.
    cdef int i, number
    cdef uint32_t check = doc.generation
    cdef attr_t key
    cdef attr_id_t attr
    for name, attr in (("tags", TAG), ("lemmas", LEMMA), ("deps", DEP)):
        if layers[name] is not None:
            for i, value in enumerate(layers[name]):
                key = text_key(doc, value, f"{name}: token {i}")
                doc.check_view(check)
                set_token_attr(&doc.c[i], attr, key)
    if layers["pos"] is not None:
        for i, value in enumerate(layers["pos"]):
            try:
                number = pos_id(value)
            except (TypeError, ValueError) as error:
                raise type(error)(f"pos: token {i}: {error}") from None
            doc.check_view(check)
            doc.c[i].pos = number
    if layers["morphs"] is not None:
        for i, value in enumerate(layers["morphs"]):
            try:
                key = 0 if value is None else doc.vocab.morphology.intern(value)
            except (KeyError, TypeError, ValueError) as error:
                raise type(error)(f"morphs: token {i}: {error.args[0]}") from None
            doc.check_view(check)
            doc.c[i].morph = key
    if layers["sent_starts"] is not None:
        for i, value in enumerate(layers["sent_starts"]):
            if value is not None and (not isinstance(value, int) or value not in (-1, 0, 1)):
                raise ValueError(f"sent_starts: token {i}: {value!r} is none of True, False, None, 1, 0 and -1")
            number = 0 if value is None else (1 if value else -1) if isinstance(value, bool) else value
            doc.check_view(check)
            doc.c[i].sent_start = number
    if layers["ents"] is not None:
        set_iob(doc, layers["ents"])
    if layers["heads"] is not None:
        for i, value in enumerate(layers["heads"]):
            if isinstance(value, bool) or not hasattr(value, "__index__"):
                raise TypeError(f"heads: token {i}: expected an index (int), got {type(value).__name__}: {value!r:.80}")
            value = index(value)
            doc.check_view(check)
            if not 0 <= value < doc.length:
                raise ValueError(f"heads: token {i}: its head {value} is outside the Doc of {doc.length} tokens")
            number = value
            doc.c[i].head = number - i
        update_tree(doc.c, doc.length)
        set_sentences(doc.c, doc.length)        # also if all are roots: that is what the heads say
    return 0
