"""How often lexarray's English and spaCy's give the same tokens.

    python benchmarks/versus/agreement.py BOOK.txt TREEBANK.conllu [...]
    python benchmarks/versus/agreement.py --probes

A text file is cut into paragraphs at blank lines; of a CoNLL-U file the `# text = ` lines are taken.
`--probes` compares words made by rule instead: contractions, quotes, units, times, abbreviations, URLs ...
Installs nothing: run it where lexarray and spacy are installed (the `bench` extra).

The figure is F1 over the character spans of tokens, whitespace tokens included.
"""

import argparse
import itertools
import re
from collections import Counter

import lexarray
import spacy


def read_texts(path):
    """The texts of a file."""
    with open(path, encoding="utf-8", newline="") as file:
        if path.endswith(".conllu"):
            return [line[len("# text = "):].rstrip("\n") for line in file if line.startswith("# text = ")]
        return [part for part in re.split(r"(?<=\n)(?=\n+)", file.read()) if part]


def probes():
    """Strings made by rule."""
    words = "a I Mr. U.S. don't won't it's IT'S cannot dogs' James's rock'n'roll well-known e.g. Ph.D. 10 5km $5 50% 3pm end".split()
    words += "www.x.com http://x.org/a_(b)?c=d#e a@b.com x.y and/or 1,000.5 10-12 2nd 3/4 #tag @user C++ :) :-( <3 ... — 😀 é".split()
    marks = ["", '"', "'", "(", ")", ".", ",", "!", "?", ":", ";", "...", "--", "’", "“", "”", "[", "]", "/", "*", "$", "%"]
    for before, word, after in itertools.product(marks, words, marks):
        yield before + word + after
    for left, between, right in itertools.product(words, ["-", "/", "--", "...", ",", ":", "=", "—", "."], words):
        yield left + between + right
    pronouns = "I you he she it we they who that there let how".split()
    for host, clitic, mark, case in itertools.product(pronouns, "ll ve re d m s nt".split(), "'’", (str.lower, str.upper, str.title)):
        yield case(host + mark + clitic)
    for number, unit in itertools.product(["5", "5.5", "1,000", "12:30"], "km kg m cm mm % $ € £ am pm a.m. p.m. °C GB s k % th x".split()):
        yield number + unit
        yield unit + number


def spans(doc):
    """(start, end) of every token."""
    return [(token.idx, token.idx + len(token)) for token in doc]


def compare(name, texts, ours, theirs, most):
    """Print the figure for some texts, and the most frequent differences."""
    same = n_ours = n_theirs = n_texts = n_equal = 0
    differences = Counter()
    for text in texts:
        a, b = spans(ours(text)), spans(theirs(text))
        only_a, only_b = set(a) - set(b), set(b) - set(a)
        same += len(a) - len(only_a)
        n_ours += len(a)
        n_theirs += len(b)
        n_texts += 1
        n_equal += a == b
        for first, last in stretches(only_a | only_b):
            differences[
                tuple(text[i:j] for i, j in a if first <= i < last),
                tuple(text[i:j] for i, j in b if first <= i < last),
            ] += 1
    print(f"{name}: {200 * same / (n_ours + n_theirs):.4f} % of {n_theirs:,} tokens; "
          f"{n_equal:,} of {n_texts:,} texts equal ({100 * n_equal / n_texts:.2f} %)")
    for (a, b), count in differences.most_common(most):
        print(f"    {count:5}  ours {' '.join(a)!r}  spaCy {' '.join(b)!r}")


def stretches(differing):
    """The stretches of text that spans cover, overlapping ones joined."""
    joined = []
    for start, end in sorted(differing):
        if joined and start < joined[-1][1]:
            joined[-1][1] = max(end, joined[-1][1])
        else:
            joined.append([start, end])
    return joined


def main():
    """Read the arguments and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--probes", action="store_true", help="compare words made by rule")
    parser.add_argument("--most", type=int, default=10, help="how many differences to show; default: %(default)s")
    arguments = parser.parse_args()
    print(f"lexarray {lexarray.__version__}, spaCy {spacy.__version__}")
    ours, theirs = lexarray.blank("en"), spacy.blank("en")
    theirs.max_length = 1 << 40
    for path in arguments.files:
        compare(path, read_texts(path), ours, theirs, arguments.most)
    if arguments.probes:
        compare("probes", probes(), ours, theirs, arguments.most)


if __name__ == "__main__":
    main()
