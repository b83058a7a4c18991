"""Random bytes for every reader of bytes: what is read is a value or the exception that the reader promises, and nothing else.

    python benchmarks/fuzz.py [READER ...] [--seconds 60] [--seed 1] [--atheris]

Each round takes a valid file of the reader's, changes some bytes of it, before or after compression, and reads it; what has come is
looked at and written again. A reader that promises it has not changed after an error. Run it in a build with sanitizers
(CONTRIBUTING.md). With --atheris (an extra of its own, `pip install atheris`) coverage of the Python code guides the changes.
A failure prints the bytes, in base64.
"""

import argparse
import base64
import random
import resource
import sys
import time
import traceback
import zlib

from lexarray._message_pack import pack, unpack
from lexarray.errors import DocBinError
from lexarray.tokens import Doc, DocBin, Span
from lexarray.vocab import Vocab

VOCAB = Vocab()
INTERESTING = [b"\0", b"\1", b"\x7f", b"\x80", b"\xff", b"\x90", b"\xc4", b"\xc6\xff\xff\xff\xff", b"\xdd\xff\xff\xff\xff",
               b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xff" * 8, b"\0" * 8, b"\0\0\0\0\0\0\0\x80", b"\xc2nd"]


def documents():
    """Two documents with every layer, and one without tokens."""
    doc = Doc(VOCAB, words=["She", "sings", "New", "York", "!"], spaces=[1, 1, 1, 0, 0], heads=[1, 1, 3, 1, 1],
              deps=["nsubj", "ROOT", "compound", "dobj", "punct"], pos=["PRON", "VERB", "PROPN", "PROPN", "PUNCT"],
              tags=["PRP", "VBZ", "NNP", "NNP", "."], lemmas=["she", "sing", "New", "York", "!"],
              morphs=["Case=Nom|Number=Sing", "", "_", "", ""], ents=["O", "O", "B-GPE", "I-GPE", ""])
    doc[2].ent_id_, doc[2].ent_kb_id_, doc[0].norm_ = "id2", "Q60", "they"
    doc.cats = {"A": 1.0, "B": 0.5}
    doc.spans["g"] = [Span(doc, 0, 2, label="X", kb_id="Q1", span_id="id1"), Span(doc, 1, 3, label="Y")]
    doc.user_data = {"k": [1, 2.5, None, {"x": b"y"}], ("._.", "x", 4, None): "v"}
    return [doc, Doc(VOCAB, words=["Hi", " ", "you"], sent_starts=[True, None, False]), Doc(VOCAB)]


def look_at(doc):
    """Follow all that points somewhere."""
    for token in doc:
        token.text, token.norm_, token.lemma_, token.tag_, token.dep_, str(token.morph), token.ent_type_, token.ent_id_
        token.head.text, list(token.subtree), list(token.ancestors), token.left_edge.i, token.right_edge.i
    if doc.has_annotation("SENT_START"):
        [(sent.text, sent.root.i) for sent in doc.sents]
    doc.text, [(ent.text, ent.label_, ent.root.i) for ent in doc.ents], doc.cats, doc.user_data
    for group in doc.spans.values():
        [(span.text, span.label_, span.kb_id_, span.id_) for span in group]
    doc.copy()


def read_doc_bin(data):
    """DocBin.from_bytes and get_docs."""
    before = DocBin(attrs=["TAG"])
    try:
        before.from_bytes(data)
    except DocBinError:
        if before.attrs != [65, 75] or len(before) or before.strings:
            raise SystemError("a DocBin has changed after an error") from None
        raise
    docs = []
    try:
        for doc in before.get_docs(Vocab()):
            look_at(doc)
            docs.append(doc)
    finally:
        DocBin(docs=docs, attrs=before.attrs, store_user_data=before.store_user_data).to_bytes()
        before.to_bytes()


def read_doc_bin_parts(data):
    """The same, but the bytes are what is compressed."""
    read_doc_bin(zlib.compress(data, 1))


def read_message(data):
    """MessagePack."""
    pack(unpack(data))
    unpack([data[:len(data) // 2], data[len(data) // 2:]])


def message_seeds():
    """MessagePack of everything that it has."""
    import numpy
    return [pack([None, True, -5, 1 << 40, -(1 << 40), 2.5, "text" * 10, b"bytes" * 80, {"a": [{}]}, {("t", 1): 1}]),
            pack({"x": numpy.arange(6, dtype="f4").reshape(2, 3), "y": numpy.float64(2), "z": numpy.array(["ab", "c"])})]


# Reader: what reads, valid files, what it may raise.
READERS = {
    "doc_bin": (read_doc_bin, lambda: [DocBin(docs=documents(), store_user_data=True).to_bytes()], DocBinError),
    "doc_bin_parts": (read_doc_bin_parts,
                      lambda: [zlib.decompress(DocBin(docs=documents(), store_user_data=True).to_bytes()),
                               zlib.decompress(DocBin(docs=documents(), attrs=["HEAD", "MORPH", "IDX"]).to_bytes())],
                      DocBinError),
    "message_pack": (read_message, message_seeds, ValueError),
}


def changed(chance, seeds):
    """A valid file, damaged."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        at = chance.randrange(len(data) + 1)
        way = chance.randrange(7)
        if way == 0 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif way == 1 and at < len(data):
            data[at] = chance.randrange(256)
        elif way == 2:
            some = chance.choice(INTERESTING)
            data[at:at + len(some)] = some
        elif way == 3:
            data[at:at] = chance.choice(INTERESTING)
        elif way == 4:
            del data[at:at + chance.randrange(1, 20)]
        elif way == 5:
            start, n = chance.randrange(len(data) + 1), chance.randrange(1, 40)
            data[at:at + n * chance.randrange(2)] = data[start:start + n]
        elif chance.randrange(10) == 0:
            del data[at:]
    return bytes(data)


def fuzz(name, seconds, seed):
    """Change and read until the time is over. Returns whether all was well."""
    read, make_seeds, promised = READERS[name]
    seeds = make_seeds()
    for valid in seeds:
        read(valid)
    chance = random.Random(seed)
    n = n_errors = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = changed(chance, seeds)
        n += 1
        try:
            read(data)
        except promised:
            n_errors += 1
        except BaseException:
            traceback.print_exc()
            print(f"{name}: round {n:,}: {base64.b64encode(data).decode()}")
            return False
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{name}: {n:,} files, {n_errors:,} were refused; at most {most:,} MB", flush=True)
    return True


def fuzz_with_atheris(name, seconds, seed):
    """The same, with atheris. Does not return."""
    import atheris

    read, make_seeds, promised = READERS[name]
    seeds = make_seeds()

    def one(data):
        try:
            read(data)
        except promised:
            pass

    def custom(data, most, number):
        if len(data) < 2:
            return random.Random(number).choice(seeds)[:most]
        mutated = atheris.Mutate(data, most) if number % 2 else changed(random.Random(number), [data])
        return mutated[:most]

    atheris.instrument_all()
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", f"-seed={seed}", "-max_len=8192", "-rss_limit_mb=2048"], one,
                  custom_mutator=custom)
    atheris.Fuzz()


def main():
    """Read the arguments, run the readers one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("readers", metavar="READER", nargs="*", help=f"of {', '.join(READERS)} (default: all)")
    parser.add_argument("--seconds", type=float, default=60, help="for each reader")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--atheris", action="store_true", help="one reader only")
    arguments = parser.parse_args()
    for name in arguments.readers:
        if name not in READERS:
            parser.error(f"there is no reader {name!r}: {', '.join(READERS)}")
    if arguments.atheris:
        if len(arguments.readers) != 1:
            parser.error("--atheris takes one reader")
        fuzz_with_atheris(arguments.readers[0], int(arguments.seconds), arguments.seed)
    if not all([fuzz(name, arguments.seconds, arguments.seed) for name in arguments.readers or READERS]):
        sys.exit(1)


if __name__ == "__main__":
    main()
