"""Documents as JSON beside spaCy's: both directions, equality of all layers, speeds.

    python benchmarks/versus/doc_json.py TREEBANK.conllu [--rounds 7] [--tokens 200]

Installs nothing: run it where lexarray and spacy are installed (the `bench` extra). The documents are the treebank's
sentences as ``lexarray.interop.conllu`` reads them, and the same joined into documents of about so many tokens, with
entities, categories, groups of spans and extensions added. What is exchanged is the text of the JSON.
"""

import json
import statistics

import lexarray
import spacy
from doc_bin import seconds
from layers import read_documents, treebank_arguments
from lexarray.interop.conllu import read_conllu
from lexarray.tokens import Doc as OurDoc, Span as OurSpan, Token as OurToken
from spacy.tokens import Doc as TheirDoc, Span as TheirSpan, Token as TheirToken

COLUMNS = ["ORTH", "TAG", "HEAD", "DEP", "ENT_IOB", "ENT_TYPE", "LEMMA", "POS", "SPACY", "IDX"]
OWN_COLUMNS = [*COLUMNS, "NORM", "ENT_KB_ID", "ENT_ID", "MORPH", "SENT_START"]
EXTENSIONS = ["json_doc", "json_token", "json_span"]
# What spaCy's layout has no place for.
OWN = {"has_unknown_spaces", "sentiment", "span_groups"}
OWN_OF_TOKEN = {"norm", "sent_start", "ent_iob", "ent_type", "ent_kb_id", "ent_id"}


def annotated(doc_class, span_class, vocab, documents):
    """The documents of one library, with every layer."""
    for each, name in zip((doc_class, OurToken if doc_class is OurDoc else TheirToken, span_class), EXTENSIONS):
        each.set_extension(name, default=None, force=True)
    docs = []
    for number, columns in enumerate(documents):
        doc = doc_class(vocab, **columns)
        doc.cats = {"even": float(number % 2 == 0), "n": len(doc) / 7}
        doc.set_ents([span_class(doc, at, at + 2, label=f"L{at % 5}", kb_id=f"Q{at}", span_id=f"id{at}")
                      for at in range(number % 5, len(doc) - 2, 11)])
        doc.spans["all"] = [span_class(doc, at, min(at + 4, len(doc)), label=f"S{at % 3}", kb_id=f"K{at}")
                            for at in range(0, len(doc), 9)]
        doc._.json_doc = {"number": number}
        for at in range(0, len(doc), 20):
            doc[at]._.json_token = [at, None]
            doc[at:at + 2]._.json_span = "two"
        docs.append(doc)
    return docs


def contents(doc, columns=COLUMNS, own=False):
    """What is compared of a document; the keys of both libraries are the same."""
    return (doc.text, doc.to_array(columns).tolist(), dict(doc.cats), [str(t.morph) for t in doc],
            [(s.start, s.end) for s in doc.sents],
            [(e.start, e.end, e.label_, *([e.kb_id_, e.id_] if own else [])) for e in doc.ents],
            {name: [(s.start, s.end, s.label_, s.kb_id_, *([s.id_] if own else [])) for s in group]
             for name, group in doc.spans.items()},
            {key: value for key, value in doc.user_data.items() if isinstance(key, tuple) and key[0] == "._."})


def without_own(doc_json):
    """What spaCy writes of it."""
    return {key: ([{k: "" if (k, v) == ("morph", "_") else v for k, v in item.items() if k not in OWN_OF_TOKEN}
                   for item in value] if key == "tokens" else
                  [{k: v for k, v in item.items() if k not in ("kb_id", "id")} for item in value] if key == "ents" else
                  {name: [{k: v for k, v in item.items() if k != "id"} for item in group] for name, group in value.items()}
                  if key == "spans" else value)
            for key, value in doc_json.items() if key not in OWN}


def exchange(name, ours, theirs, our_vocab, their_vocab, extensions=()):
    """Both directions, and each library's own round trip, as texts."""
    our_texts = [json.dumps(doc.to_json(extensions)) for doc in ours]
    their_texts = [json.dumps(doc.to_json(extensions)) for doc in theirs]
    same = [without_own(json.loads(one)) == json.loads(other) for one, other in zip(our_texts, their_texts, strict=True)]
    print(f"{name}: {len(ours):,} documents, {sum(map(len, ours)):,} tokens")
    print(f"  the same JSON, without keys of our own: {sum(same):,}")
    for way, docs, read in (
            ("ours read by spaCy", ours, (TheirDoc(their_vocab).from_json(json.loads(text)) for text in our_texts)),
            ("ours read by spaCy, validated", ours,
             (TheirDoc(their_vocab).from_json(json.loads(text), validate=True) for text in our_texts)),
            ("spaCy's read by us", theirs,
             (OurDoc(our_vocab).from_json(json.loads(text), validate=True) for text in their_texts))):
        same = [contents(one) == contents(other) for one, other in zip(docs, read, strict=True)]
        print(f"  {way}: {sum(same):,} equal in every layer that spaCy's layout has")
    read = [OurDoc(our_vocab).from_json(json.loads(text), validate=True) for text in our_texts]
    same = [contents(one, OWN_COLUMNS, True) == contents(other, OWN_COLUMNS, True) and
            one.has_unknown_spaces == other.has_unknown_spaces for one, other in zip(ours, read, strict=True)]
    print(f"  ours read by us: {sum(same):,} equal in every layer")


def main():
    """Read the arguments, compare, print a table."""
    arguments = treebank_arguments(__doc__)
    our_vocab, their_vocab = lexarray.blank("en").vocab, spacy.blank("en").vocab
    sentences = list(read_conllu(arguments.file, our_vocab))
    theirs = [TheirDoc(their_vocab, words=[t.text for t in doc], spaces=[bool(t.whitespace_) for t in doc],
                       tags=[t.tag_ for t in doc], pos=[t.pos_ for t in doc], morphs=[str(t.morph) for t in doc],
                       lemmas=[t.lemma_ for t in doc], heads=[t.head.i for t in doc], deps=[t.dep_ for t in doc])
              for doc in sentences]
    exchange("the treebank, as CoNLL-U is read", sentences, theirs, our_vocab, their_vocab)
    documents = read_documents(arguments.file, 10**9, arguments.tokens)
    ours = annotated(OurDoc, OurSpan, our_vocab, documents)
    theirs = annotated(TheirDoc, TheirSpan, their_vocab, documents)
    exchange("the same, joined and with more layers", ours, theirs, our_vocab, their_vocab, EXTENSIONS)

    our_json, their_json = [doc.to_json() for doc in ours], [doc.to_json() for doc in theirs]
    works = {"to_json": (lambda: [doc.to_json() for doc in ours], lambda: [doc.to_json() for doc in theirs]),
             "from_json": (lambda: [OurDoc(our_vocab).from_json(each) for each in our_json],
                           lambda: [TheirDoc(their_vocab).from_json(each) for each in their_json])}
    n = sum(map(len, ours))
    for name, sides in works.items():
        times = [[], []]
        for _ in range(arguments.rounds):
            for side, work in enumerate(sides):
                times[side].append(seconds(work)[0])
        one, other = map(statistics.median, times)
        print(f"{name}: {n / one / 1e6:.2f} M tokens/s, spaCy {n / other / 1e6:.2f}: {other / one:.1f}x")


if __name__ == "__main__":
    main()
