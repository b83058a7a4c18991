# Text -> Doc. Owned by a Tokenizer: its rules, and the workers that run them.
from lexarray.structs cimport TokenC
from lexarray.tokenizer.engine cimport TextC, Worker
from lexarray.tokenizer.rules cimport Rules
from lexarray.tokens.doc cimport Doc
from lexarray.vocab cimport Vocab
from lexarray.words cimport Words


cdef class Tokenizer:
    cdef readonly Vocab vocab
    cdef object _cases                  # SpecialCases
    cdef object _prefix_search
    cdef object _suffix_search
    cdef object _infix_finditer
    cdef object _token_match
    cdef object _url_match
    cdef Rules _compiled                # all of these, as they were at `_seen_version`; None: to be made
    cdef object _seen_version           # of the special cases
    cdef list _idle                     # workers that nobody uses

    cdef Doc tokenize(self, str text)
    # The rules as they are now.
    cdef Rules compiled(self)
    # A worker for rules that compiled() gave, which nobody else has until it is given back.
    cdef Worker take_worker(self, Rules rules)
    cdef int give_back(self, Worker worker) except -1


# Texts that one thread tokenizes. Owned by it: their tokens, until documents take them over.
cdef class Batch:
    cdef Tokenizer _tokenizer
    cdef Rules _rules                   # those of the moment when the batch was made
    cdef Words _words
    cdef tuple _texts
    cdef list _errors                   # of each text: None, or what went wrong
    cdef TextC* _strings                # of each text; length < 0: no string
    cdef TokenC** _tokens
    cdef Py_ssize_t* _lengths           # of _tokens; < 0: not there
    cdef Py_ssize_t _n
    cdef int _stage                     # of a batch's life, which has each of them once
