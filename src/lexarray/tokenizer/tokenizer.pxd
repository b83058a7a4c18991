# Text -> Doc. Owned by a Tokenizer: its rules, and the workers that run them.
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
    # All rules at once: what `_checked_parts` gave.
    cdef int adopt(self, object cases, dict functions) except -1
    # The rules as they are now.
    cdef Rules compiled(self)
    # A worker for rules that compiled() gave, which nobody else has until it is given back.
    cdef Worker take_worker(self, Rules rules)
    cdef int give_back(self, Worker worker) except -1
