# The dependency tree over an array of tokens: kernels. Owned here: nothing.
from libc.stdint cimport int32_t

from lexarray.structs cimport TokenC

# Set l_kids, r_kids, l_edge and r_edge from the heads, which must be inside the array. Linear; any
# tree, also one with crossing arcs. `scratch` has room for 2 * length. Returns -1, or the index of a
# token that is its own ancestor, and then the fields are not to be used.
cdef int link_tree(TokenC* tokens, int length, int* scratch) noexcept nogil
# Sentences begin at the left edges of the roots. Does nothing unless every token has a head or label.
cdef void set_sentences(TokenC* tokens, int length) noexcept nogil
# Links, and sentences if the tree is complete, for tokens that may not be in a document yet. Returns what
# link_tree returns.
cdef int build_tree(TokenC* tokens, int length) except -2
# The same; ValueError names a token in a cycle.
cdef int update_tree(TokenC* tokens, int length) except -1
# Whether every token has a head or label, and one has a head. Looks at token i first, so that it costs
# little while they are given one by one.
cdef bint is_complete(const TokenC* tokens, int length, int i) noexcept nogil
# Whether a token has been given a head. (A root has head 0 and a label.)
cdef bint has_head(const TokenC* token) noexcept nogil
# Distance from token i to the root above it.
cdef int depth_of(const TokenC* tokens, int i) noexcept nogil
# The token of start <= i < end that is nearest to a root, the first of several. start < end.
cdef int span_root(const TokenC* tokens, int start, int end) noexcept nogil
# The tokens start <= i < end and all below them, in order, a list of ints. Linear in what the edges span.
cdef list list_subtree(const TokenC* tokens, int start, int end)
# The lowest common ancestor of every two tokens of start <= i < end, relative to start; -1 if there
# is none or it is outside. `matrix` has (end - start) squared entries. Cost: the span times what is above it.
cdef int fill_lca_matrix(const TokenC* tokens, int length, int start, int end, int32_t* matrix) except -1
