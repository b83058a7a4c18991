"""What is in saved strings and vocabularies, read slowly; and damage to them."""

import random
import struct
import zlib

from lexarray._message_pack import pack, unpack
from lexarray.symbols import NAMES


def parts_of(data):
    """The parts of saved bytes, whatever is saved."""
    outer = unpack(data)
    if outer["crc32"] != zlib.crc32(outer["data"]):
        raise ValueError("the checksum is wrong")
    return unpack(outer["data"])


def with_parts(data, parts):
    """The same bytes with other parts, and with the right checksum."""
    inner = parts if isinstance(parts, bytes) else pack(parts)
    return pack(unpack(data) | {"crc32": zlib.crc32(inner), "data": inner})


def texts(part):
    """The texts of a part, in order."""
    found, at, lengths = [], 0, iter(part["lengths"])
    for _ in range(part["n"]):
        length = shift = 0
        while True:
            byte = next(lengths)
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        found.append(part["utf8"][at:at + length].decode("utf-8", "surrogatepass"))
        at += length
    return found


def words(part):
    """The words of a vocabulary's part "strings": a dict of attributes for each."""
    stored, found = texts(part["texts"]), []
    columns = part["words"]["columns"]
    for i in range(part["words"]["n"]):
        word = {}
        for name, (base, width, column) in columns.items():
            number = base + int.from_bytes(column[i * width:(i + 1) * width], "little")
            if name in ("orth", "lower", "norm", "shape", "prefix", "suffix", "lang"):
                n_symbols = part["words"]["n_symbols"]
                number = NAMES[number] if number < n_symbols else stored[number - n_symbols]
            elif name in ("prob", "sentiment"):
                number = struct.unpack("f", number.to_bytes(4, "little"))[0]
            word[name] = number
        found.append(word)
    return found


def damaged(data, n, seed=1, every=1):
    """Every prefix of some bytes (or one in `every`), and `n` times the bytes with one to three of their bits turned."""
    for end in range(0, len(data), every):
        yield data[:end]
    source = random.Random(seed)
    for _ in range(n):
        copy = bytearray(data)
        for _ in range(source.choice((1, 1, 2, 3))):
            copy[source.randrange(len(copy))] ^= 1 << source.randrange(8)
        if copy != data:
            yield bytes(copy)
