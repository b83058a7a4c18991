"""How often lexarray's English and spaCy's give the same tokens, and whether ours are what `explain` says.

    python benchmarks/versus/agreement.py BOOK.txt TREEBANK.conllu [...]
    python benchmarks/versus/agreement.py --probes
    python benchmarks/versus/agreement.py --fuzz 100000 [--seed 1]

A text file is cut into paragraphs at blank lines; of a CoNLL-U file the `# text = ` lines are taken.
`--probes` compares words made by rule instead: contractions, quotes, units, times, abbreviations, URLs ...
`--fuzz` asks only lexarray: strings made at random of special cases, marks, pieces of URLs, numbers, whitespace and
characters of all of Unicode, lone surrogates too. Installs nothing: run it where lexarray and spacy are installed (the
`bench` extra).

The figure is F1 over the character spans of tokens, whitespace tokens included. Of every text it is checked, too, that
the texts that `explain` gives are those of the tokens and that they spell it; the status is 1 if not.
"""

import argparse
import itertools
import random
from collections import Counter

import lexarray
import spacy

from corpora import read_texts


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


def fuzzed(n, seed, cases):
    """Strings made at random: up to a dozen pieces, with and without whitespace between them."""
    chance = random.Random(seed)
    words = "a I don't it's IT'S we'll cannot dogs' rock'n'roll well-known e.g. Ph.D. U.S. 10 5km $5 50% 3pm 1,000.5 end don" .split()
    links = "http:// https://x.org www. .com /a_(b)?c=d#e a@b.com x.y :8080 // ? & # @ ftp:// 10.0.0.1 mailto: %20 [::1]".split()
    marks = list("\"'().,!?:;-/*$%[]{}<>|=+~^`_#&") + ["...", "--", "’", "“", "”", "—", "…", "°", "€", "n't", "'s", "’s", ":)", ":-(", "<3"]
    blanks = [" ", " ", " ", " ", "  ", "\n", "\t", "\r\n", "\u00a0", "\u2003", "\u3000", "\x1c", "\x85"]
    ranges = [(0x00, 0x7f), (0x80, 0x24f), (0x300, 0x36f), (0x400, 0x4ff), (0x600, 0x6ff), (0x900, 0x97f), (0x2000, 0x27bf),
              (0x4e00, 0x9fff), (0xac00, 0xd7a3), (0xd800, 0xdfff), (0xfe00, 0xffff), (0x1f300, 0x1faff), (0, 0x10ffff)]
    kinds = [lambda: chance.choice(words), lambda: chance.choice(links), lambda: chance.choice(marks), lambda: chance.choice(marks),
             lambda: chance.choice(cases), lambda: chance.choice(blanks), lambda: chance.choice(blanks),
             lambda: chr(chance.randint(*chance.choice(ranges))),
             lambda: chance.choice([str.upper, str.title, str.lower])(chance.choice(cases))]
    for _ in range(n):
        pieces = [chance.choice(kinds)() for _ in range(chance.randint(1, 12))]
        if chance.random() < 0.1:
            pieces *= chance.randint(2, 9)
        yield "".join(pieces)


def is_explained(text, nlp, doc):
    """Whether a document spells its text and `explain` gives its tokens; says so if not."""
    explained = [piece for _, piece in nlp.tokenizer.explain(text)]
    tokens = [token.text for token in doc]
    if explained == tokens and doc.text == text:
        return True
    print(f"    {text!r:.200}: the tokens are {tokens!r:.300}, explained as {explained!r:.300}, spelled {doc.text!r:.200}")
    return False


def spans(doc):
    """(start, end) of every token."""
    return [(token.idx, token.idx + len(token)) for token in doc]


def compare(name, texts, ours, theirs, most):
    """Print the figure for some texts, and the most frequent differences. Returns whether all tokens are explained."""
    same = n_ours = n_theirs = n_texts = n_equal = n_explained = 0
    differences = Counter()
    for text in texts:
        doc = ours(text)
        a, b = spans(doc), spans(theirs(text))
        n_explained += is_explained(text, ours, doc)
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
          f"{n_equal:,} of {n_texts:,} texts equal ({100 * n_equal / n_texts:.2f} %); "
          f"{n_explained:,} as explained")
    for (a, b), count in differences.most_common(most):
        print(f"    {count:5}  ours {' '.join(a)!r}  spaCy {' '.join(b)!r}")
    return n_explained == n_texts


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
    parser.add_argument("--fuzz", type=int, default=0, metavar="N", help="explain so many strings made at random")
    parser.add_argument("--seed", type=int, default=1, help="of --fuzz; default: %(default)s")
    parser.add_argument("--most", type=int, default=10, help="how many differences to show; default: %(default)s")
    arguments = parser.parse_args()
    print(f"lexarray {lexarray.__version__}, spaCy {spacy.__version__}")
    ours, theirs = lexarray.blank("en"), spacy.blank("en")
    theirs.max_length = 1 << 40
    good = [compare(path, read_texts(path), ours, theirs, arguments.most) for path in arguments.files]
    if arguments.probes:
        good.append(compare("probes", probes(), ours, theirs, arguments.most))
    if arguments.fuzz:
        texts = list(fuzzed(arguments.fuzz, arguments.seed, list(ours.tokenizer.rules)))
        good.extend(is_explained(text, ours, ours(text)) for text in texts)
        print(f"fuzzed: {sum(good[-len(texts):]):,} of {len(texts):,} strings as explained, {sum(map(len, texts)):,} characters")
    raise SystemExit(not all(good))


if __name__ == "__main__":
    main()
