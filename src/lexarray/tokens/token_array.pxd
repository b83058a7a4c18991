# The tokens of one document. Owned by a TokenArray: the C array, which may move when it grows, so a
# TokenC* is good inside one function only. Doc extends it; Token and Span view it.
from cymem.cymem cimport Pool
from libc.stdint cimport uint32_t

from lexarray.attrs cimport attr_id_t
from lexarray.strings cimport StringStore
from lexarray.structs cimport LexemeC, TokenC
from lexarray.typedefs cimport attr_t, hash_t
from lexarray.vocab cimport Vocab
from lexarray.word_vectors cimport WordSequence
from lexarray.words cimport HolderC, Words

# The one place that knows which field of a token an attribute is in; attributes of word types are
# handed on to get_lex_attr. HEAD and SENT_START are signed: they come as two's complement.
cdef attr_t get_token_attr(const TokenC* token, attr_id_t attr) noexcept nogil
# The same for `length` tokens, into out[0], out[step], out[2 * step] ...
cdef void fill_column(const TokenC* tokens, int length, attr_id_t attr, attr_t* out, Py_ssize_t step) noexcept nogil
# False if the attribute is none that a token has of its own.
cdef bint set_token_attr(TokenC* token, attr_id_t attr, attr_t value) noexcept nogil
# Whether a token has the attribute itself; else it is its word type's, or none.
cdef bint is_token_attr(attr_id_t attr) noexcept nogil
# Whether the attribute's value is the key of a text.
cdef bint is_token_text_attr(attr_id_t attr) noexcept nogil


cdef class TokenArray(WordSequence):
    cdef readonly Vocab vocab
    cdef Words words                # where the words of its tokens are, and the texts of all its keys
    cdef HolderC holder             # for the memory zone that the words are of
    cdef TokenC* c                  # `length` tokens, in memory of malloc; NULL while there are none
    cdef readonly int length
    cdef readonly int max_length    # tokens for which there is room
    cdef uint32_t generation        # changes when tokens that may have views are replaced
    cdef Pool _mem                  # None until somebody asks for `mem`
    cdef object _user_data          # a mapping; None until it is asked for, like the hooks
    cdef dict _user_hooks
    cdef dict _user_token_hooks
    cdef dict _user_span_hooks
    cdef object _spans              # SpanGroups; None until they are asked for, like cats
    cdef object _cats               # a mapping
    cdef float _sentiment
    cdef object _vector             # the array that the user set; else the WordSum that is kept, or None
    cdef public bint has_unknown_spaces     # made from words without spaces
    cdef object __weakref__

    # What must be done first: the vocabulary, and the words to use, which are the vocabulary's or of a document in it.
    cdef int set_vocab(self, Vocab vocab, Words words) except -1
    # Make the words and the texts of `n` tokens, which came from a document with other words or were copied from its own,
    # its own. Whoever changes a copy of tokens holds the `words` of the moment when it was made, and calls this before the
    # copy becomes the document's: a memory zone may have ended in between. No Python code runs.
    cdef int own_tokens(self, TokenC* tokens, Py_ssize_t n, Words source) except -1
    # The key of a text, which is stored, or of a key; KeyError if no text is known for it. For annotation. What is done
    # with the key is done before any Python code runs, or it has to be asked for again.
    cdef hash_t text_key(self, object text_or_key) except? 0
    # KeyError unless the text of a key is known to the document, or to the vocabulary, from which it gets it then.
    cdef int know_key(self, hash_t key) except -1
    # Copy into `words` what else has keys, at the end of a memory zone.
    cdef int own_more(self, Words words) except -1
    # Take an array of malloc's in the place of all tokens; views of the old ones raise. Its tokens have idx, spacy,
    # l_edge, r_edge, and a lex of this document's words, else own_tokens() has to follow. 0 <= length <= capacity <=
    # INT_MAX; NULL: capacity 0. Without the GIL while nobody else knows the document.
    cdef void adopt(self, TokenC* tokens, Py_ssize_t length, Py_ssize_t capacity) noexcept nogil
    # Make room for n tokens in all, and for no more; what is not used yet is zero.
    cdef int reserve(self, Py_ssize_t n) except -1
    # Add a token at the end; returns the new length.
    cdef int push_back(self, const LexemeC* lex, bint has_space) except -1
    # Replace all tokens by copies of these, which were made for this vocabulary; views of the old ones raise.
    cdef int replace(self, const TokenC* tokens, Py_ssize_t length) except -1
    # Remove all tokens; views of them raise from then on.
    cdef int clear(self) except -1
    # The text of tokens start <= i < end, with or without the last one's trailing space.
    cdef str text_of(self, int start, int end, bint trailing_space)
    cdef str _decoded_text(self, int start, int end, bint trailing_space)
    # Where token i begins and ends in the text; i = length is the end of the text.
    cdef int start_char(self, int i) noexcept nogil
    cdef int end_char(self, int i) noexcept nogil
    # The user's data of the document, made at the first call.
    cdef object get_user_data(self)
    # ValueError for an object that was made by __new__ alone.
    cdef int check_initialised(self) except -1
    # Raises StaleViewError unless `generation` is the present one.
    cdef int check_view(self, uint32_t generation) except -1


# The last step of whatever makes tokens aside: `n` of them, an array of malloc's made with the words `used`, become the
# document's, in the place of those that it has. The array is no longer the caller's, whether that succeeds or not. The memory
# zone of the words may have ended meanwhile. No Python code runs.
cdef int hand_over(TokenArray doc, TokenC* tokens, Py_ssize_t n, Words used) except -1
