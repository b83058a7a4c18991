"""Our deflate encoder of rows of integers: zlib is its slow twin, which must give back every byte."""

import random
import zlib

import pytest
from hypothesis import given, strategies as st
from lexarray._deflate import deflate

WINDOW = 1 << 15


def inflated(packed, window=b""):
    unpack = zlib.decompressobj(-15, zdict=window[-WINDOW:])
    found = unpack.decompress(packed)
    assert not unpack.unused_data and not unpack.unconsumed_tail and not unpack.eof
    return found


def rows_of(numbers):
    return b"".join([(number % (1 << 64)).to_bytes(8, "little") for number in numbers])


# Few different numbers, as in annotation: what repeats, small ones, negative ones, ones that differ in one byte only.
SMALL = st.integers(-3, 3) | st.sampled_from([0, 255, 256, 257, 1 << 63, (1 << 64) - 1, 0x0101010101010101]) | st.integers(
    0, 5).map(lambda n: n * 0x9E3779B97F4A7C15 + 1)


@given(st.lists(SMALL | st.integers(0, (1 << 64) - 1), max_size=300), st.integers(1, 20), st.data())
def test_zlib_gives_back_every_row(numbers, n_columns, data):
    rows = rows_of(numbers)
    assert inflated(deflate(rows, n_columns)) == rows
    start = 8 * data.draw(st.integers(0, len(numbers)))
    assert inflated(deflate(rows, n_columns, start), rows[:start]) == rows[start:]


@given(st.integers(0, 1 << 30), st.integers(1, 120), st.integers(1, 4000), st.sampled_from([1, 2, 10, 10000]))
def test_large_tables(seed, n_columns, n_rows, n_words):
    chance = random.Random(seed)
    n_rows = max(1, min(n_rows, 120_000 // n_columns))
    words = [rows_of([chance.getrandbits(chance.choice((1, 8, 64))) for _ in range(n_columns)]) for _ in range(min(n_words, n_rows))]
    rows = b"".join(chance.choices(words, k=n_rows))
    packed = deflate(rows, n_columns)
    assert inflated(packed) == rows
    assert len(packed) < len(rows) * 1.1 + 700
    start = 8 * chance.randrange(len(rows) // 8 + 1)
    assert inflated(deflate(rows, n_columns, start), rows[:start]) == rows[start:]


@pytest.mark.parametrize("n_columns", [1, 2, 13, 4095, 4096, 4097, 100_000])
def test_wide_rows_and_far_repetitions(n_columns):
    chance = random.Random(n_columns)
    for period in (1, 13, 4095, 4096, 4097, 8192, 65535, 65536, 65537):
        once = chance.randbytes(8 * period)
        rows = (once * (200_000 // period + 2))[:8 * 140_000]
        packed = deflate(rows, n_columns)
        assert inflated(packed) == rows
        if period <= 4096:
            assert len(packed) < 8.3 * period + len(rows) / 50 + 1000


def test_skewed_counts_need_short_codes():
    # Counts like Fibonacci's numbers would give codes of more than 15 bits.
    numbers, a, b = [], 1, 1
    for byte in range(24):
        numbers += [byte * 0x0101010101010101 ^ n << 8 * (n % 8) for n in range(min(a, 20_000))]
        a, b = b, a + b
    random.Random(1).shuffle(numbers)
    for some in (numbers, sorted(numbers)):
        rows = rows_of(some)
        assert inflated(deflate(rows, 7)) == rows


def test_runs_and_nothing():
    assert inflated(deflate(b"", 3)) == b""
    for byte in (b"\0", b"\xff", b"\1"):
        rows = byte * 800_000
        assert inflated(deflate(rows, 13)) == rows and len(deflate(rows, 13)) < 6000
    assert inflated(deflate(bytes(8), 1)) == bytes(8)


def test_what_is_no_table():
    with pytest.raises(ValueError, match="7 bytes from byte 0 on are not whole 64-bit integers"):
        deflate(bytes(7), 1)
    for start in (-8, 4, 24):
        with pytest.raises(ValueError, match=f"byte {start} on are not whole"):
            deflate(bytes(16), 1, start)
    with pytest.raises(ValueError, match="at least one column, not 0"):
        deflate(bytes(8), 0)
    with pytest.raises(TypeError, match="expected bytes, got str"):
        deflate("x", 1)
    with pytest.raises(OverflowError):
        deflate(bytes(8), 1 << 80)
