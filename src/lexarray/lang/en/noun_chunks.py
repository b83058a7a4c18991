"""The base noun phrases of English, found in a dependency tree: :func:`noun_chunks`.

Two schemes of labels are known, ClearNLP's and that of Universal Dependencies (UD, versions 1 and 2). Few names
mean different things in the two, so the sets below hold both: a document may use either.
"""

from collections.abc import Iterator
from typing import Any

from lexarray.strings import get_string_id
from lexarray.symbols import IDS


def _keys(names: str) -> frozenset[int]:
    # A label's key depends on its text alone, so it is the same in every vocabulary.
    return frozenset(get_string_id(name) for name in names.split())


NOMINAL_POS = frozenset({IDS["NOUN"], IDS["PROPN"], IDS["PRON"]})

#: A nominal with one of these labels is the head of a noun phrase.
HEAD_LABELS = _keys("""
    ROOT root nsubj nsubj:outer appos conj parataxis
    nsubjpass dobj pobj pcomp attr dative oprd
    nsubj:pass obj iobj obl obl:agent obl:arg nmod xcomp vocative dislocated list orphan
""")
#: With one of these, only if it is a predicate with a copula. ClearNLP gives its copula the label of the clause.
CLAUSE_LABELS = _keys("""
    ccomp advcl advcl:relcl acl acl:relcl relcl csubj csubj:outer csubj:pass csubjpass
""")
#: What stands before a noun and hangs on it, but is no part of its phrase: the phrase starts after it.
OUTSIDE_LABELS = _keys("""
    case prep mark cc cc:preconj preconj conj cop aux aux:pass auxpass
    nsubj nsubj:pass nsubj:outer nsubjpass csubj csubj:pass csubj:outer csubjpass expl expl:pass obj dobj iobj dative
    obl obl:agent obl:arg obl:tmod obl:npmod obl:unmarked advcl advcl:relcl ccomp xcomp
    discourse intj meta vocative parataxis dislocated reparandum orphan list appos acl:relcl relcl ROOT root
""")
#: Outside too if nothing else of the phrase is before it: quotation marks, brackets, dashes.
PUNCT_LABELS = _keys("punct")
#: Outside too if nothing else of the phrase is before it and the noun has a copula: "is [not] a dog".
ADVERB_LABELS = _keys("advmod neg")
#: Inside only if something else of the phrase is before it: "an [out of state] plate", but "[of the dogs], some".
NMOD_LABELS = _keys("nmod")
#: The further words of a name, to the right of the first; marks may stand between.
FLAT_LABELS = _keys("flat flat:name flat:foreign name")
NAME_LABELS = FLAT_LABELS | PUNCT_LABELS
#: What its first conjunct is.
CONJ_LABELS = _keys("conj")
COPULA_LABELS = _keys("cop")


def noun_chunks(doclike: Any) -> Iterator[tuple[int, int, int]]:
    """The base noun phrases of a document: a noun or pronoun and what stands before it in its phrase, no phrase
    inside another, and nothing that follows the noun.

    Conjuncts are phrases of their own, unless they are inside one: "[cats] and [old dogs]", "[cat and dog food]".

    Args:
        doclike (Doc | Span): annotated with parts of speech, heads and labels.

    Yields:
        tuple[int, int, int]: first token, one past the last, both in the Doc, and the key of "NP"; in order.

    Cost: linear in the number of tokens; for a Span, in the length of the sentences it touches.

    >>> from lexarray.lang.en import English
    >>> from lexarray.tokens import Doc
    >>> doc = Doc(English().vocab, words="The old cat sleeps on my sofa".split(), heads=[2, 2, 3, 3, 6, 6, 3],
    ...           pos="DET ADJ NOUN VERB ADP PRON NOUN".split(),
    ...           deps="det amod nsubj root case nmod:poss obl".split())
    >>> list(doc.noun_chunks)
    [The old cat, my sofa]
    """
    doc = doclike.doc if hasattr(doclike, "doc") else doclike
    first, last = (0, len(doc)) if doc is doclike else (doclike.start, doclike.end)
    label = doc.vocab.strings.add("NP")
    if first >= last:
        return
    low, high = _whole_trees(doc, first, last)
    for start, end in reversed(_from_the_right(doc, low, high)):
        if first <= start and end <= last:
            yield start, end, label


def _whole_trees(doc: Any, low: int, high: int) -> tuple[int, int]:
    # A phrase may depend on the rest of its tree: the sentences, and more where trees cross from one to another.
    while True:
        while low > 0 and not doc[low].is_sent_start:
            low -= 1
        while high < len(doc) and not doc[high].is_sent_start:
            high += 1
        if low == 0 and high == len(doc):
            return low, high
        reach = [i for token in doc[low:high] for i in (token.head.i, token.left_edge.i, token.right_edge.i)]
        if low <= min(reach) and max(reach) < high:
            return low, high
        low, high = min(low, *reach), max(high - 1, *reach) + 1


def _from_the_right(doc: Any, low: int, high: int) -> list[tuple[int, int]]:
    # From the right, an outer phrase is met before those inside, as its head ends it. Indices count from `low`.
    window = doc[low:high]
    parts = window.to_array("POS").tolist()
    deps = window.to_array("DEP").tolist()
    heads = [i + shift for i, shift in enumerate(window.to_array("HEAD").astype("int64").tolist())]
    predicates = {head for head, dep in zip(heads, deps) if dep in COPULA_LABELS}
    candidates = _heads_of_phrases(parts, deps, heads, predicates)
    # Each token's children before it, from the right: the nearest, and from each to the next; -1: no more.
    nearest = [-1] * len(heads)
    further = [-1] * len(heads)
    names: dict[int, list[int]] = {}                    # head -> the words and marks of its name after it
    for i, head in enumerate(heads):
        if i < head:
            further[i] = nearest[head]
            nearest[head] = i
        elif i > head and deps[i] in NAME_LABELS:
            names.setdefault(head, []).append(i)
    found: list[tuple[int, int]] = []
    limit = len(parts)                                  # where the last phrase that was found starts
    for i in reversed(candidates):
        if i < limit:
            start = _start(doc, low, i, nearest, further, deps, i in predicates) if nearest[i] >= 0 else i
            end = _end(doc, low, i, names[i], deps, parts, limit) if i in names else i + 1
            found.append((low + start, low + end))
            limit = start
    return found


def _heads_of_phrases(parts: list[int], deps: list[int], heads: list[int], predicates: set[int]) -> list[int]:
    # The nominals whose label, or whose first conjunct's label, is that of a phrase; in order.
    found = []
    known: dict[int, bool] = {}                         # conjuncts that are decided, each once, however long the chain
    for i, (part, dep) in enumerate(zip(parts, deps)):
        if part not in NOMINAL_POS:
            continue
        if dep in CONJ_LABELS:
            chain = []
            first = i
            while first not in known and _follows_first(first, deps, heads, predicates):
                chain.append(first)
                first = heads[first]
            if first not in known:
                known[first] = deps[first] in HEAD_LABELS or first in predicates and (
                    deps[first] in CLAUSE_LABELS or deps[first] in CONJ_LABELS)
            known.update(dict.fromkeys(chain, known[first]))
            if known[first]:
                found.append(i)
        elif dep in HEAD_LABELS or dep in CLAUSE_LABELS and i in predicates:
            found.append(i)
    return found


def _follows_first(i: int, deps: list[int], heads: list[int], predicates: set[int]) -> bool:
    # Whether what token i is, its head decides.
    return deps[i] in CONJ_LABELS and i not in predicates and heads[i] != i


def _start(doc: Any, low: int, head: int, nearest: list[int], further: list[int], deps: list[int],
           is_predicate: bool) -> int:
    # Where the phrase starts: children are taken in from the right, as long as they touch what is there already.
    start = head
    taken = []                                          # (first token, child)
    child = nearest[head]
    while child >= 0 and deps[child] not in OUTSIDE_LABELS:
        if child == start - 1 and nearest[child] < 0:
            first = child
        else:
            token = doc[low + child]
            last = token.right_edge.i - low
            if (child if last > head else last) != start - 1:   # beyond the head: "the [same] tastes [as mine]"
                break
            first = token.left_edge.i - low
        start = first
        taken.append((first, child))
        child = further[child]
    while taken:                                        # what may not come first
        first, child = taken[-1]
        dep = deps[child]
        if not (dep in PUNCT_LABELS or is_predicate and dep in ADVERB_LABELS
                or dep in NMOD_LABELS and _has_outside(nearest[child], further, deps)):
            break
        taken.pop()
        start = taken[-1][0] if taken else head
    return start


def _has_outside(child: int, further: list[int], deps: list[int]) -> bool:
    while child >= 0 and deps[child] not in OUTSIDE_LABELS:
        child = further[child]
    return child >= 0


def _end(doc: Any, low: int, head: int, words: list[int], deps: list[int], parts: list[int], limit: int) -> int:
    # One past the head, or past the last noun of a name that is laid out flat: "Mary [Ann Smith]", "al [- Sadr]".
    end = last = head + 1
    for word in words:
        if word >= limit or doc[low + word].left_edge.i - low != last:
            break
        last = word + 1
        if deps[word] in FLAT_LABELS and parts[word] in NOMINAL_POS:
            end = last
    return end
