"""A zlib stream (RFC 1950) from large parts, by all cores, and back, in pieces of bounded size. Owns nothing.

Nearly all of the time that writing a file of documents takes is compression's. So it is done in segments, which threads
pack at once; each knows the window before it, so that the stream is a few bytes longer, at most, than one that was packed as a
whole. It is the same with any number of threads.
"""

import zlib
from collections import deque

from lexarray._deflate import deflate
from lexarray.threads import usable_cores

SEGMENT = 1 << 20                   # bytes that one thread packs at once
WINDOW = 1 << 15                    # bytes in which DEFLATE looks for what was there before
LEVEL = 6                           # of what is no table; zlib's default
MOST_OUT = 1 << 20                  # bytes that are unpacked at once: what a bomb can do before it is looked at


def packed(parts):
    """The stream, in pieces.

    Args:
        parts (Iterable[tuple[int, Iterable[bytes]]]): what is packed: for a table of 64-bit integers, its number of columns;
            for anything else, 0; and the bytes, in pieces of any length. A table has whole rows.

    Yields:
        bytes
    """
    yield b"\x78\x9c"
    checksum = 1
    segments = _segments(parts)
    first, second = next(segments, None), next(segments, None)
    if second is None:
        if first is not None:
            checksum = zlib.adler32(first[1], checksum)
            yield _pack_segment(*first)
    else:
        from concurrent.futures import ThreadPoolExecutor

        n_threads = usable_cores()
        with ThreadPoolExecutor(n_threads) as pool:
            waiting = deque()
            for segment in _chain(first, second, segments):
                waiting.append(pool.submit(_pack_segment, *segment))
                checksum = zlib.adler32(segment[1], checksum)
                if len(waiting) > 2 * n_threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    yield b"\3\0" + checksum.to_bytes(4, "big")     # an empty block, the last


def _chain(first, second, others):
    yield first
    yield second
    yield from others


def _segments(parts):
    # (columns, bytes, the window of the same part before them): of equal length, but for the last of each part.
    for n_columns, pieces in parts:
        row = 8 * n_columns or 1
        size = SEGMENT // row * row or row
        gathered, window = bytearray(), b""
        for piece in pieces:
            gathered += piece
            start = 0
            while len(gathered) - start >= size:
                segment = bytes(memoryview(gathered)[start:start + size])
                yield n_columns, segment, window
                window = segment[-(WINDOW // row * row or row):]
                start += size
            del gathered[:start]
        if gathered:
            yield n_columns, bytes(gathered), window


def _pack_segment(n_columns, segment, window):
    if n_columns:
        return deflate(window + segment, n_columns, len(window))
    pack = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_DEFAULT_STRATEGY, window)
    return pack.compress(segment) + pack.flush(zlib.Z_SYNC_FLUSH)


def unpacked(pieces):
    """What a stream holds, in pieces of at most a megabyte.

    Args:
        pieces (Iterable[bytes]): the stream.

    Yields:
        bytes

    Raises:
        ValueError: it is truncated or damaged, or something follows its end; names the compressed byte.
    """
    unpack = zlib.decompressobj()
    n_in = 0
    for piece in pieces:
        n_in += len(piece)
        while True:
            if unpack.eof and piece:
                raise ValueError(f"compressed byte {n_in - len(piece):,}: something follows the end")
            try:
                out = unpack.decompress(piece, MOST_OUT)
            except zlib.error as error:
                raise ValueError(f"within {n_in:,} compressed bytes: {error}") from None
            if out:
                yield out
            piece = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
            if unpack.eof and not piece or not piece and len(out) < MOST_OUT:
                break
    if not unpack.eof:
        raise ValueError(f"truncated: compressed data end at byte {n_in:,}, before their end")
