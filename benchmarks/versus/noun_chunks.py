"""How often lexarray's noun chunks and spaCy's are the same on the gold trees of CoNLL-U files.

    python benchmarks/versus/noun_chunks.py TREEBANK.conllu [...] [--most N]

Installs nothing: run it where lexarray and spacy are installed (the `bench` extra).

spaCy's English rules know ClearNLP's labels only, and its trees: there a preposition is above its noun, a copula
above its predicate, and the conjunction hangs on the first conjunct. So UD trees are compared in four ways:

    UD, as is               both see the UD tree; spaCy misses every label that ClearNLP does not have
    UD, renamed             both see the UD tree with ClearNLP's names; to spaCy "of the dog" is a chunk, with "of"
    ClearNLP                both see the tree turned into one of ClearNLP's shape (`clearnlp` below)
    ours UD, theirs ClearNLP    each sees the scheme that it knows

The figure is F1 over chunks, (first token, last token), spaCy's as gold.
"""

import argparse
import time
from collections import Counter

import lexarray
import spacy
from lexarray.tokens import Doc
from spacy.tokens import Doc as SpacyDoc

NOMINALS = {"NOUN", "PROPN", "PRON"}
NAMES = {
    "obj": "dobj", "iobj": "dative", "nsubj:pass": "nsubjpass", "nsubj:outer": "nsubj", "csubj:pass": "csubjpass",
    "csubj:outer": "csubj", "aux:pass": "auxpass", "nmod:poss": "poss", "nmod:desc": "compound", "flat": "compound",
    "compound:prt": "prt", "det:predet": "predet", "cc:preconj": "preconj", "discourse": "intj", "root": "ROOT",
    "acl:relcl": "relcl", "advcl:relcl": "relcl", "obl:agent": "pobj", "obl": "pobj", "nmod": "pobj",
    "obl:unmarked": "npadvmod", "nmod:unmarked": "npadvmod", "obl:tmod": "npadvmod", "obl:npmod": "npadvmod",
    "nmod:tmod": "npadvmod", "nmod:npmod": "npadvmod", "vocative": "npadvmod", "expl": "expl",
}
OF_CLAUSE = {"nsubj", "nsubj:pass", "nsubj:outer", "csubj", "csubj:outer", "expl", "aux", "aux:pass", "mark", "advcl",
             "advmod", "discourse", "parataxis", "vocative", "obl", "obl:unmarked", "dislocated", "cop"}


def read(path):
    """(words, pos, heads, deps) of each sentence; a root's head is itself."""
    rows = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            cells = line.rstrip("\n").split("\t")
            if cells[0].isdigit():
                i = int(cells[0]) - 1
                rows.append((cells[1], cells[3], int(cells[6]) - 1 if cells[6] != "0" else i, cells[7]))
            elif cells == [""] and rows:
                yield tuple(map(list, zip(*rows)))
                rows = []
    if rows:
        yield tuple(map(list, zip(*rows)))


def renamed(words, pos, heads, deps):
    """The same tree with ClearNLP's names."""
    return words, pos, heads, [NAMES.get(dep, dep) for dep in deps]


def goes_up(dep, part, j, i, copula):
    """Whether a child j of a predicate i belongs to the clause, so that the copula is its head."""
    if j < copula:
        return True
    if dep == "conj":
        return part in ("VERB", "AUX")
    return dep in OF_CLAUSE and (j < i or dep != "obl") or dep == "punct" and j < i


def clearnlp(words, pos, heads, deps):
    """A tree of ClearNLP's shape, as far as simple rules go."""
    heads, deps = list(heads), list(deps)
    tokens = range(len(words))
    for i in tokens:        # conjunctions and commas hang on the first conjunct
        head = heads[i]
        if i < head and deps[head] in ("conj", "appos") and (deps[i] == "cc" or words[i] in (",", ";", "--")):
            heads[i] = heads[head]
    for i in tokens:        # a name's last word is its head
        flat = [j for j in tokens if j > i and heads[j] == i and deps[j].startswith("flat")]
        if flat and pos[flat[-1]] in NOMINALS:
            for j in tokens:
                if heads[j] == i:
                    heads[j] = flat[-1]
            heads[flat[-1]], deps[flat[-1]] = (flat[-1] if heads[i] == flat[-1] else heads[i]), deps[i]
            heads[i], deps[i] = flat[-1], "compound"
        elif flat:
            for j in flat:
                deps[j] = "nummod"
    for i in tokens:        # the copula is above its predicate
        copulas = [j for j in tokens if j != i and heads[j] == i and deps[j] == "cop"]
        if copulas:
            top = copulas[0]
            heads[top], deps[top] = top if heads[i] == i else heads[i], deps[i]
            heads[i], deps[i] = top, "attr" if pos[i] in NOMINALS else "acomp"
            for j in tokens:
                if heads[j] == i and j != top and goes_up(deps[j], pos[j], j, i, top):
                    heads[j] = top
    for i in tokens:        # a preposition is above its noun
        cases = [j for j in tokens if heads[j] == i and j < i and deps[j] == "case"]
        if cases:
            top = cases[0]
            heads[top] = top if heads[i] == i else heads[i]
            deps[top] = deps[i] if deps[i] in ("root", "conj") else "agent" if deps[i] == "obl:agent" else "prep"
            for above, below in zip(cases, cases[1:]):
                heads[below], deps[below] = above, "prep"
            heads[i], deps[i] = cases[-1], "pobj" if pos[i] != "VERB" else "pcomp"
            for j in tokens:
                if heads[j] == i and j < cases[-1] and j not in cases:
                    heads[j] = top
        elif deps[i] == "obl":
            deps[i] = "npadvmod"
        elif deps[i] == "nmod":
            deps[i] = "nmod "       # not a preposition's object: keep renamed() from making it one
        elif deps[i] == "xcomp" and pos[i] in NOMINALS:
            deps[i] = "oprd"
    deps = renamed(words, pos, heads, deps)[3]
    return words, pos, heads, [dep.strip() for dep in deps]


def our_chunks(vocab, words, pos, heads, deps):
    """{(first, end)} by lexarray."""
    return {(chunk.start, chunk.end) for chunk in Doc(vocab, words=words, pos=pos, heads=heads, deps=deps).noun_chunks}


def their_chunks(vocab, words, pos, heads, deps):
    """{(first, end)} by spaCy."""
    doc = SpacyDoc(vocab, words=words, pos=pos, heads=heads, deps=deps)
    return {(chunk.start, chunk.end) for chunk in doc.noun_chunks}


def show(words, chunks, first, end):
    """A stretch of a sentence, with chunks in brackets."""
    starts, ends = {start for start, _ in chunks}, {end for _, end in chunks}
    return " ".join("[" * (i in starts) + words[i] + "]" * (i + 1 in ends) for i in range(first, end))


def kind(chunk, others, tree):
    """What sort of difference a chunk is that the others do not have."""
    words, pos, heads, deps = tree
    start, end = chunk
    for other_start, other_end in others:
        if other_end == end:
            i, j = sorted((start, other_start))
            return f"starts elsewhere: {deps[i]}/{pos[i]}"
        if other_start < end and start < other_end:
            return "overlaps another"
    return f"only here: {deps[end - 1]}/{pos[end - 1]}"


def compare(name, trees, our_shape, their_shape, most):
    """Print the figure of one way of comparing, and the most frequent differences."""
    ours, theirs = lexarray.blank("en").vocab, spacy.blank("en").vocab
    same = marks = n_ours = n_theirs = 0
    differences, examples = Counter(), {}
    for tree in trees:
        our_tree, their_tree = our_shape(*tree), their_shape(*tree)
        a, b = our_chunks(ours, *our_tree), their_chunks(theirs, *their_tree)
        same += len(a & b)
        n_ours += len(a)
        n_theirs += len(b)
        for side, mine, its in ("ours", a, b), ("spaCy", b, a):
            for chunk in mine - its:
                what = side, kind(chunk, its, our_tree if side == "ours" else their_tree)
                differences[what] += 1
                if side == "ours" and what[1] == "starts elsewhere: punct/PUNCT":
                    marks += 1
                low, high = max(0, chunk[0] - 3), min(len(tree[0]), chunk[1] + 2)
                examples.setdefault(what, []).append(
                    show(tree[0], a, low, high) + "  <>  " + show(tree[0], b, low, high))
    print(f"\n{name}: F1 {200 * same / (n_ours + n_theirs):.2f} %; of spaCy's {n_theirs:,} chunks "
          f"{100 * same / n_theirs:.2f} % are ours, of our {n_ours:,} {100 * same / n_ours:.2f} % are spaCy's")
    print(f"  F1 {200 * (same + marks) / (n_ours + n_theirs):.2f} % with the {marks:,} where spaCy's begins with "
          "punctuation and ours after it")
    for (side, what), count in differences.most_common(most):
        print(f"  {count:6,}  {side:5}  {what}")
        shown = examples[side, what]
        for example in shown[::max(1, len(shown) // 3)][:3]:
            print(f"                   {example}")


def speed(trees):
    """Print tokens/s of all the trees as one document each side, chunks only."""
    words, pos, heads, deps = [], [], [], []
    for w, p, h, d in trees:
        heads += [len(words) + head for head in h]
        words += w
        pos += p
        deps += d
    for name, make, library in ("lexarray", Doc, lexarray), ("spaCy", SpacyDoc, spacy):
        doc = make(library.blank("en").vocab, words=words, pos=pos, heads=heads, deps=deps)
        best = float("inf")
        for _ in range(5):
            start = time.perf_counter()
            count = sum(1 for _ in doc.noun_chunks)
            best = min(best, time.perf_counter() - start)
        print(f"{name}: {len(doc) / best / 1e6:.2f} M tokens/s, {count:,} chunks")


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("paths", nargs="+", metavar="TREEBANK.conllu")
    parser.add_argument("--most", type=int, default=8, help="how many kinds of differences to print")
    options = parser.parse_args()

    def as_is(*tree):
        return tree

    for path in options.paths:
        trees = list(read(path))
        print(f"\n== {path}: {len(trees):,} sentences")
        compare("UD, as is", trees, as_is, as_is, 0)
        compare("UD, renamed", trees, renamed, renamed, options.most)
        compare("ClearNLP", trees, clearnlp, clearnlp, options.most)
        compare("ours UD, theirs ClearNLP", trees, as_is, clearnlp, options.most)
        speed([clearnlp(*tree) for tree in trees[:2000]])


if __name__ == "__main__":
    main()
