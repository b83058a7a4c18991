"""A dependency tree as a plain list of heads (absolute; a root is its own), slowly."""


def children(heads, i):
    """The tokens whose head is i."""
    return [j for j, head in enumerate(heads) if head == i and j != i]


def ancestors(heads, i):
    """The tokens above i, the nearest first."""
    found = []
    while heads[i] != i:
        i = heads[i]
        found.append(i)
    return found


def subtree(heads, i):
    """i and all below it, in order."""
    return [j for j in range(len(heads)) if j == i or i in ancestors(heads, j)]


def lca(heads, i, j):
    """The lowest token that is above, or is, both; None if there is none."""
    above = [j, *ancestors(heads, j)]
    return next((k for k in [i, *ancestors(heads, i)] if k in above), None)


def lca_matrix(heads, start, end):
    """For the tokens start <= i < end, relative to start; -1: none, or outside."""
    matrix = []
    for i in range(start, end):
        common = [lca(heads, i, j) for j in range(start, end)]
        matrix.append([k - start if k is not None and start <= k < end else -1 for k in common])
    return matrix


def span_root(heads, start, end):
    """The token nearest to a root, the first of several."""
    return min(range(start, end), key=lambda i: (len(ancestors(heads, i)), i))


def sentence_starts(heads):
    """The left edges of the roots' subtrees."""
    return sorted({min(subtree(heads, i)) for i in range(len(heads)) if heads[i] == i})


def has_cycle(heads):
    """Whether some token is above itself."""
    for i in range(len(heads)):
        at, steps = i, 0
        while heads[at] != at:
            at, steps = heads[at], steps + 1
            if steps > len(heads):
                return True
    return False


def conjuncts(heads, deps, i):
    """The tokens coordinated with i by "conj", without it."""
    start = i
    while deps[start] == "conj" and heads[start] != start:
        start = heads[start]
    found, todo = {start}, [start]
    while todo:
        more = [j for j in children(heads, todo.pop()) if deps[j] == "conj"]
        found.update(more)
        todo += more
    return sorted(found - {i})
