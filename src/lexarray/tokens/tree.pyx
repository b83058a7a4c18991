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


cdef int build_tree(TokenC* tokens, int length) except -2:
    cdef int* scratch = <int*>_malloc(2 * <size_t>length, sizeof(int))
    cdef int cycle = link_tree(tokens, length, scratch)
    PyMem_Free(scratch)
    if cycle == -1 and is_complete(tokens, length, 0):
        set_sentences(tokens, length)
    return cycle


cdef int update_tree(TokenC* tokens, int length) except -1:
    cdef int cycle = build_tree(tokens, length)
    if cycle != -1:
        raise ValueError(f"token {cycle}: its heads form a cycle")
    return 0


cdef bint is_complete(const TokenC* tokens, int length, int i) noexcept nogil:
    cdef int k
    cdef bint any_head = False
    for k in range(length):
        if not has_head(&tokens[i]):
            return False
        any_head = any_head or tokens[i].head != 0
        i = i + 1 if i + 1 < length else 0
    return any_head


cdef int depth_of(const TokenC* tokens, int i) noexcept nogil:
    cdef int depth = 0
    while tokens[i].head:
        i += tokens[i].head
        depth += 1
    return depth


cdef int span_root(const TokenC* tokens, int start, int end) noexcept nogil:
    cdef int i, head, depth, root = -1, least = -1
    for i in range(start, end):
        head = i + tokens[i].head
        if head == i or not start <= head < end:        # nothing in the span is above it at once
            if root == -1:
                root = i                                # often the only one: then its depth does not matter
                continue
            if least == -1:
                least = depth_of(tokens, root)
            depth = depth_of(tokens, i)
            if depth < least:
                root, least = i, depth
    return root


cdef list list_subtree(const TokenC* tokens, int start, int end):
    # Within the edges, a token belongs if the way up from it meets the span before it leaves them. Every
    # token on the way learns the answer, so that no arc is followed twice.
    cdef int first = start, last = end - 1, i, at
    cdef char answer
    cdef char* known                                    # 0: not yet, 1: in the subtree, 2: not
    cdef list found = []
    for i in range(start, end):
        first = min(first, <int>tokens[i].l_edge)
        last = max(last, <int>tokens[i].r_edge)
    known = <char*>_malloc(last - first + 1, 1)
    memset(known, 0, last - first + 1)
    memset(known + start - first, 1, end - start)
    for i in range(first, last + 1):
        at = i
        while first <= at <= last and not known[at - first] and tokens[at].head:
            at += tokens[at].head
        answer = known[at - first] if first <= at <= last and known[at - first] else 2
        at = i
        while first <= at <= last and not known[at - first]:
            known[at - first] = answer
            at += tokens[at].head
        if known[i - first] == 1:
            found.append(i)
    PyMem_Free(known)
    return found


cdef int fill_lca_matrix(const TokenC* tokens, int length, int start, int end, int32_t* matrix) except -1:
    # For the span's tokens and all above them, heads before children. What a token has in common with i is
    # itself if it is i or above i, else what its head has in common with i.
    cdef int n = end - start
    cdef int i, j, k, at, size = 0
    cdef int* memory = <int*>_malloc(3 * <size_t>length, sizeof(int))
    cdef int* place = memory                            # token -> its place in the order, -1: not needed
    cdef int* order = memory + length                   # place -> token
    cdef int* common = memory + 2 * <size_t>length      # place -> what it has in common with i, -1: nothing
    for i in range(length):
        place[i] = -1
    for i in range(start, end):
        k = size                        # the way up from i that is new, then turned round
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
    for i in range(start, end):
        for k in range(size):
            common[k] = -1
        at = i
        common[place[at]] = at
        while tokens[at].head:
            at += tokens[at].head
            common[place[at]] = at
        for k in range(size):
            at = order[k]
            if common[k] == -1 and tokens[at].head:
                common[k] = common[place[at + tokens[at].head]]
        for j in range(start, end):
            k = common[place[j]]
            matrix[<size_t>(i - start) * n + j - start] = k - start if start <= k < end else -1
    PyMem_Free(memory)
    return 0
