"""Slow, readable twins of the readers of word2vec's formats. They take good files only."""

import struct


def read_text(data, header):
    """Keys and rows of a text file (bytes)."""
    lines = [line.rstrip(b" \t\r") for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n")]
    lines = [line for line in lines if line]
    if header:
        n_rows, size = map(int, lines.pop(0).split())
        assert n_rows == len(lines)
    else:
        size = len(lines[0].split()) - 1
    keys, rows = [], []
    for line in lines:
        fields = line.replace(b"\t", b" ").split(b" ")
        numbers = []
        while len(numbers) < size:
            field = fields.pop()
            if field:
                numbers.insert(0, float(field))
        key = line[:len(b" ".join(fields))]
        stripped = key.rstrip(b" \t")
        keys.append((stripped or key).decode())
        rows.append(numbers)
    return keys, rows


def read_binary(data):
    """Keys and rows of a binary file (bytes)."""
    header, _, rest = data.partition(b"\n")
    n_rows, size = map(int, header.split())
    keys, rows = [], []
    for _ in range(n_rows):
        key, _, rest = rest.lstrip(b"\n").partition(b" ")
        keys.append(key.decode())
        rows.append(list(struct.unpack(f"<{size}f", rest[:4 * size])))
        rest = rest[4 * size:]
    return keys, rows
