"""The dependency tree over an array of tokens. A head is an offset to another token; 0 is a root."""
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.string cimport memset


cdef void* _malloc(size_t n, size_t size) except NULL:
    cdef void* memory = PyMem_Malloc(n * size + 1)
    if memory is NULL:
        raise MemoryError(f"no memory for {n * size:,} bytes")
    return memory


cdef bint has_head(const TokenC* token) noexcept nogil:
    return token.head != 0 or token.dep != 0


cdef int link_tree(TokenC* tokens, int length, int* scratch) noexcept nogil:
    # From the leaves up: a token is ready when all its children are done.
    cdef int* waiting = scratch             # children that are not done
    cdef int* ready = scratch + length
    cdef int i, head, n_ready = 0, n_done = 0
    for i in range(length):
        tokens[i].l_kids = tokens[i].r_kids = 0
        tokens[i].l_edge = tokens[i].r_edge = i
        waiting[i] = 0
    for i in range(length):
        head = i + tokens[i].head
        if head > i:
            tokens[head].l_kids += 1
        elif head < i:
            tokens[head].r_kids += 1
        waiting[head] += head != i
    for i in range(length):
        if waiting[i] == 0:
            ready[n_ready] = i
            n_ready += 1
    while n_done < n_ready:
        i = ready[n_done]
        n_done += 1
        head = i + tokens[i].head
        if head != i:
            tokens[head].l_edge = min(tokens[head].l_edge, tokens[i].l_edge)
            tokens[head].r_edge = max(tokens[head].r_edge, tokens[i].r_edge)
            waiting[head] -= 1
            if waiting[head] == 0:
                ready[n_ready] = head
                n_ready += 1
    if n_done == length:
        return -1
    for i in range(length):
        if waiting[i]:
            return i
    return 0


cdef void set_sentences(TokenC* tokens, int length) noexcept nogil:
    cdef int i
    for i in range(length):
        if not has_head(&tokens[i]):
            return
    for i in range(length):
        tokens[i].sent_start = -1
    for i in range(length):
        if tokens[i].head == 0:
            tokens[tokens[i].l_edge].sent_start = 1


cdef int update_tree(TokenC* tokens, int length) except -1:
    cdef int cycle
    cdef int* scratch = <int*>_malloc(2 * <size_t>length, sizeof(int))
    with nogil:
        cycle = link_tree(tokens, length, scratch)
        if cycle == -1:
            set_sentences(tokens, length)
    PyMem_Free(scratch)
    if cycle != -1:
        raise ValueError(f"token {cycle}: its heads form a cycle")
    return 0


cdef int depth_of(const TokenC* tokens, int i) noexcept nogil:
    cdef int depth = 0
    while tokens[i].head:
        i += tokens[i].head
        depth += 1
    return depth


cdef int span_root(const TokenC* tokens, int start, int end) noexcept nogil:
    cdef int i, head, depth, root = start, least = -1
    for i in range(start, end):
        head = i + tokens[i].head
        if head == i or not start <= head < end:        # nothing in the span is above it at once
            depth = depth_of(tokens, i)
            if least == -1 or depth < least:
                root, least = i, depth
    return root


cdef int list_subtree(const TokenC* tokens, int i, int* found, char* scratch) noexcept nogil:
    # Within the edges, a token belongs if the way up from it meets i before it leaves them. Every token
    # on the way learns the answer, so that no arc is followed twice.
    cdef int first = tokens[i].l_edge, last = tokens[i].r_edge
    cdef int at, next_, j, n = 0
    cdef char answer
    memset(scratch, 0, last - first + 1)                # 0: not known, 1: below i, 2: not
    scratch[i - first] = 1
    for j in range(first, last + 1):
        at = j
        while first <= at <= last and not scratch[at - first] and tokens[at].head:
            at += tokens[at].head
        answer = scratch[at - first] if first <= at <= last and scratch[at - first] else 2
        at = j
        while first <= at <= last and not scratch[at - first]:
            scratch[at - first] = answer
            next_ = at + tokens[at].head
            at = next_
        if scratch[j - first] == 1:
            found[n] = j
            n += 1
    return n


cdef int fill_lca_matrix(const TokenC* tokens, int length, int start, int end, int32_t* matrix) except -1:
    # For the span's tokens and all above them, from the roots down: what a token has in common with
    # one that came before it is what its head has in common with that.
    cdef int n = end - start
    cdef int i, j, k, at, size = 0
    cdef int* place = <int*>_malloc(length, sizeof(int))        # token -> its row, -1: not needed
    cdef int* order = NULL                                      # row -> token, heads before children
    cdef int32_t* lca = NULL
    try:
        order = <int*>_malloc(length, sizeof(int))
        for i in range(length):
            place[i] = -1
        for i in range(start, end):
            # The way up from i that is new, then turned round so that heads come first.
            k = size
            at = i
            while place[at] == -1:
                place[at] = -2
                order[size] = at
                size += 1
                at += tokens[at].head
            for j in range((size - k) // 2):
                order[k + j], order[size - 1 - j] = order[size - 1 - j], order[k + j]
            for j in range(k, size):
                place[order[j]] = j
        lca = <int32_t*>_malloc(<size_t>size * size, sizeof(int32_t))
        with nogil:
            for i in range(size):
                at = order[i]
                for j in range(i):
                    k = lca[<size_t>place[at + tokens[at].head] * size + j] if tokens[at].head else -1
                    lca[<size_t>i * size + j] = k
                    lca[<size_t>j * size + i] = k
                lca[<size_t>i * size + i] = at
            for i in range(n):
                for j in range(n):
                    k = lca[<size_t>place[start + i] * size + place[start + j]]
                    matrix[<size_t>i * n + j] = k - start if start <= k < end else -1
    finally:
        PyMem_Free(place)
        PyMem_Free(order)
        PyMem_Free(lca)
    return 0
