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
import struct
import sys
import time
import traceback
import zlib

import lexarray
from lexarray._message_pack import pack, unpack
from lexarray.errors import CorpusError, DocBinError, SavedObjectError
from lexarray.strings import StringStore
from lexarray.tokens import Doc, DocBin, Span
from lexarray.tokens.packed import Packer, unpacker_of
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


def read_doc(data):
    """Doc.from_bytes."""
    doc = Doc(Vocab())
    try:
        doc.from_bytes(data)
    except SavedObjectError:
        if len(doc) or doc.cats or doc.user_data or len(doc.spans) or doc.sentiment:
            raise SystemError("a Doc has changed after an error") from None
        raise
    look_at(doc)
    doc.to_bytes()


def behind_checksum(read, format):
    """A reader of what is behind the checksum of saved bytes."""
    def read_parts(data):
        read(pack({"format": format, "version": 1, "crc32": zlib.crc32(data), "data": data}))

    return read_parts


def read_packed(data):
    """Documents of Unpacker's columns."""
    unpacker = unpacker_of(unpack(data))
    vocab = Vocab()
    packer = Packer()
    for i in range(unpacker.n_docs):
        doc = unpacker.fill(Doc(vocab), i)
        look_at(doc)
        packer.add(doc)
    again = unpacker_of(packer.message())
    for i in range(again.n_docs):
        if again.fill(Doc(vocab), i).text != unpacker.fill(Doc(vocab), i).text:
            raise SystemError("a Doc has changed on its way there and back")


def packed_seeds():
    """Columns of all documents at once, and of two that have little in them."""
    seeds = []
    for docs in (documents(), documents()[1:]):
        packer = Packer()
        for doc in docs:
            packer.add(doc)
        seeds.append(pack(packer.message()))
    return seeds


def read_vocab(data):
    """Vocab.from_bytes."""
    vocab = Vocab().from_bytes(data)
    [(lexeme.text, lexeme.lower_, lexeme.norm_, lexeme.shape_, lexeme.is_alpha) for lexeme in vocab]
    look_at(Doc(vocab, words=["She", "sings", "anew"]))
    vocab.to_bytes()


def read_strings(data):
    """StringStore.from_bytes."""
    strings = StringStore().from_bytes(data)
    if [strings[strings[text]] for text in strings] != list(strings):
        raise SystemError("texts and keys do not agree")
    strings.to_bytes()


def read_tokenizer(data):
    """Tokenizer.from_bytes."""
    tokenizer = lexarray.blank("en").tokenizer
    tokenizer.from_bytes(data)
    look_at(tokenizer("Don't (she said) go to U.K.-wide https://a.b/c?d=e ..."))
    tokenizer.to_bytes()


def read_groups(data):
    """SpanGroups.from_bytes."""
    doc = documents()[0]
    doc.spans.from_bytes(data)
    look_at(doc)
    doc.spans.to_bytes()


def read_json(data):
    """Doc.from_json."""
    import json

    try:
        value = json.loads(data)
    except RecursionError:
        raise ValueError("deep") from None
    doc = Doc(Vocab())
    try:
        doc.from_json(value)
    except (TypeError, ValueError):
        if len(doc):
            raise SystemError("a Doc has changed after an error") from None
        raise
    look_at(doc)
    json.dumps(doc.to_json())


def json_seeds():
    """Documents of all kinds."""
    import json

    found = []
    for doc in documents():
        doc.user_data = {}
        found.append(json.dumps(doc.to_json()).encode())
    return found


def read_corpus(data):
    """A corpus file."""
    import tempfile

    from lexarray.corpus import Corpus

    with tempfile.NamedTemporaryFile(suffix=".corpus") as file:
        file.write(data)
        file.flush()
        with Corpus(file.name) as corpus:
            failed = None
            for i in (0, -1):
                try:
                    corpus[i]
                except (IndexError, CorpusError):
                    pass
            try:
                for doc in corpus:
                    look_at(doc)
            except CorpusError as error:
                failed = error
            if failed is not None:
                raise failed


def corpus_seeds():
    """Three blocks, one for each document."""
    import os
    import tempfile

    from lexarray.corpus import CorpusWriter

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.corpus")
        with CorpusWriter(path) as out:
            for doc in documents():
                out.add(doc)
                out.flush()
        with open(path, "rb") as file:
            return [file.read()]


def read_block(data):
    """One block of a corpus, whose checksums are made right again, so that what is behind them is reached."""
    from lexarray.corpus import blocks
    from lexarray.corpus.flat_buffers import read_message

    head_length = 8 + int.from_bytes(data[4:8], "little")
    if 8 < head_length <= len(data):
        try:
            head = data[:head_length]
            info = read_message(head[8:])
            if len(blocks._value(head, info, b"body_crc32")) == len(blocks._value(head, info, b"crc32")) == 8:
                head = blocks._put(head, info, b"body_crc32", b"%08x" % zlib.crc32(data[head_length:]))
                head = blocks._put(head, info, b"crc32", blocks._crc(head, info))
            data = head + data[head_length:]
        except (ValueError, struct.error):
            pass
    read_corpus(schema_of_corpus() + data)


def schema_of_corpus():
    """What a corpus begins with."""
    from lexarray.corpus.layout import schema

    return b"ARROW1\0\0" + schema().serialize().to_pybytes()


def block_seeds():
    """The blocks of a corpus, compressed, and the same as Arrow writes them if it is not told to compress."""
    import pyarrow

    from lexarray.corpus.blocks import _NO_CRC, _END
    from lexarray.corpus.layout import batch_of, schema

    seeds = []
    for docs in ([each] for each in documents()):
        packer = Packer()
        for doc in docs:
            packer.add(doc)
        for codec in ("zstd", None):
            sink = pyarrow.BufferOutputStream()
            with pyarrow.ipc.new_stream(sink, schema(), options=pyarrow.ipc.IpcWriteOptions(compression=codec)) as stream:
                stream.write_batch(batch_of(packer, schema()),
                                   custom_metadata={"first": "0", "body_crc32": _NO_CRC, "crc32": _NO_CRC})
            seeds.append(sink.getvalue().to_pybytes()[len(schema().serialize()):-len(_END)])
    return seeds


def read_flat_buffers(data):
    """Arrow's messages and footers."""
    from lexarray.corpus.flat_buffers import make_footer, read_footer, read_message

    for read in (read_message, read_footer):
        try:
            read(data)
        except (ValueError, struct.error):
            continue
    if read_footer(make_footer(schema_footer(), [(8, 16, 24)])) != [(8, 16, 24)]:
        raise SystemError("a footer has changed on its way there and back")


def schema_footer():
    """A footer without blocks."""
    import pyarrow

    from lexarray.corpus.layout import schema

    sink = pyarrow.BufferOutputStream()
    pyarrow.ipc.new_file(sink, schema()).close()
    empty = sink.getvalue().to_pybytes()
    return empty[-10 - int.from_bytes(empty[-10:-6], "little"):-10]


def flat_buffers_seeds():
    """The metadata of blocks, and a footer."""
    return [block[8:8 + int.from_bytes(block[4:8], "little")] for block in block_seeds()] + [schema_footer()]


def inner(saved):
    """What is behind the checksum of saved bytes."""
    return unpack(saved)["data"]


def doc_seeds():
    """Each document."""
    return [doc.to_bytes() for doc in documents()]


def some_vocab():
    """A few words."""
    vocab = Vocab()
    vocab["apple"].is_stop, vocab["pear"].prob = True, -3.5
    return vocab


def group_seeds():
    """Groups of spans."""
    doc = documents()[0]
    return [doc.spans.to_bytes()]


# Reader: what reads, valid files, what it may raise.
READERS = {
    "doc_bin": (read_doc_bin, lambda: [DocBin(docs=documents(), store_user_data=True).to_bytes()], DocBinError),
    "doc_bin_parts": (read_doc_bin_parts,
                      lambda: [zlib.decompress(DocBin(docs=documents(), store_user_data=True).to_bytes()),
                               zlib.decompress(DocBin(docs=documents(), attrs=["HEAD", "MORPH", "IDX"]).to_bytes())],
                      DocBinError),
    "message_pack": (read_message, message_seeds, ValueError),
    "doc": (read_doc, doc_seeds, SavedObjectError),
    "doc_parts": (behind_checksum(read_doc, "lexarray.doc"), lambda: [inner(each) for each in doc_seeds()], SavedObjectError),
    "packed": (read_packed, packed_seeds, ValueError),
    "vocab_parts": (behind_checksum(read_vocab, "lexarray.vocab"), lambda: [inner(some_vocab().to_bytes())], SavedObjectError),
    "strings_parts": (behind_checksum(read_strings, "lexarray.strings"),
                      lambda: [inner(StringStore(["a", "\xe9", "\ud800", "long " * 9]).to_bytes())], SavedObjectError),
    "tokenizer_parts": (behind_checksum(read_tokenizer, "lexarray.tokenizer"),
                        lambda: [inner(lexarray.blank("xx").tokenizer.to_bytes())], SavedObjectError),
    "groups": (read_groups, group_seeds, ValueError),
    "json": (read_json, json_seeds, (TypeError, ValueError)),
    "corpus": (read_corpus, corpus_seeds, CorpusError),
    "corpus_block": (read_block, block_seeds, CorpusError),
    "flat_buffers": (read_flat_buffers, flat_buffers_seeds, ()),
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
