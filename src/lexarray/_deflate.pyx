"""Rows of 64-bit integers -> DEFLATE: :func:`deflate`, three times as fast as zlib at the same size.

DEFLATE (https://www.rfc-editor.org/rfc/rfc1951) writes bytes, or "n bytes as they were d bytes ago", in two alphabets of
Huffman codes, anew for each block. zlib looks for repetitions at every byte. In a table of integers they begin where an integer
begins, or after its lowest byte, if it is a small number; and most go on from column to column, as in an earlier row that had the
same word. So one looks there only. For each integer the candidates are the last places that had the same 1, 2, 3 ... integers
from here on, by tables of hashes. Which of them are taken is what costs the least bits, found from the end of a chunk to
its beginning; the price of a symbol is what it had in the block before.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset

cdef enum:
    CHUNK = 1 << 11                 # integers that are looked at at once: what is known of them stays in the cache
    BLOCK = 1 << 15                 # integers in a block, which has codes of its own
    WINDOW = 1 << 12                # integers that a distance can reach back
    MOST = 32                       # integers in a repetition: 256 bytes; DEFLATE has 258
    ENOUGH = 3                      # integers of a repetition that goes on here: only longer ones are looked for
    HASH_BITS = 14
    N_TABLES = 6
    N_CANDIDATES = N_TABLES + 2     # at most; of one integer
    N_SUMS_BEHIND = 10              # the longest of _LENGTHS
    N_LITERALS = 286                # bytes, the end of a block, lengths
    N_DISTANCES = 30
    END_OF_BLOCK = 256
    MOST_BITS = 15                  # of a code
    UNSEEN = 13                     # bits that a symbol is taken to cost that the block before did not have
    MOST_HEAD = 600                 # bytes of a block before its symbols
    AFTER_LOW = 1 << 15             # in a choice's length: the lowest byte goes before as it is
    ONE_BYTE = 0                    # as a distance: not so many integers, but one byte

# How many integers have to be the same for the tables, and by what a sum is multiplied over so many.
cdef int[N_TABLES] _LENGTHS = [1, 2, 3, 5, 7, 10]
cdef uint64_t[N_TABLES] _POWERS
cdef uint64_t _FACTOR = 0x9E3779B97F4A7C15
for _i in range(N_TABLES):
    _POWERS[_i] = pow(_FACTOR, <int>_LENGTHS[_i], 1 << 64)

cdef struct Candidate:
    uint16_t distance               # integers, or ONE_BYTE
    uint16_t length                 # integers, at most MOST

cdef struct Choice:
    uint16_t distance
    uint16_t length                 # integers, or 0: as they are; with AFTER_LOW, 7 bytes and so many integers less one

cdef struct Code:
    uint16_t bits[N_LITERALS]       # reversed, as DEFLATE wants them
    uint8_t size[N_LITERALS]        # 0: unused
    uint32_t count[N_LITERALS]

cdef struct Work:
    uint16_t tables[N_TABLES][1 << HASH_BITS]       # by hash: the lowest 16 bits of where it was last
    # Of a chunk:
    uint64_t sums[CHUNK + N_SUMS_BEHIND + 1]        # polynomial, of all integers before
    uint16_t before[N_TABLES][CHUNK]                # what the tables had
    Candidate candidates[CHUNK][N_CANDIDATES]       # each longer than those before; then length 0
    Candidate low[CHUNK]            # the repetition after the lowest byte, which is counted as a whole integer; or length 0
    uint32_t costs[CHUNK + 1]       # bits from here to the end of the chunk
    # Of a block:
    Choice choices[BLOCK]
    Code literals
    Code distances
    Code lengths                    # of the two other codes' sizes
    uint8_t length_cost[MOST * 8 + 1]
    uint8_t distance_cost[WINDOW + 1]
    # The output.
    uint8_t* out
    size_t n_out
    size_t room
    uint64_t held                   # bits that are not in `out` yet
    int n_held

# What a length's or distance's code is, and how many bits follow it with what.
cdef uint16_t _length_code[259]
cdef uint8_t _length_extra[259]
cdef uint16_t _length_base[259]
cdef uint8_t _distance_code[WINDOW + 1]
cdef uint8_t _distance_extra[WINDOW + 1]
cdef uint16_t _distance_rest[WINDOW + 1]
cdef uint8_t[19] _ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]


cdef int _make_tables() except -1:
    cdef int code = 257, base = 3, extra, length, bytes_back, log, k
    # Two codes for each number of extra bits of a distance, four of a length; the first 4 and 8 have none.
    while base < 258:
        extra = 0 if code < 265 else (code - 261) >> 2
        for length in range(base, min(base + (1 << extra), 258)):
            _length_code[length] = <uint16_t>code
            _length_extra[length] = <uint8_t>extra
            _length_base[length] = <uint16_t>base
        base += 1 << extra
        code += 1
    _length_code[258], _length_extra[258], _length_base[258] = 285, 0, 258
    for k in range(WINDOW + 1):
        bytes_back = 1 if k == ONE_BYTE else 8 * k
        log = 0
        while (bytes_back - 1) >> (log + 1):
            log += 1
        if log < 1:
            _distance_code[k], _distance_extra[k] = <uint8_t>(bytes_back - 1), 0
        else:
            _distance_extra[k] = <uint8_t>(log - 1)
            _distance_code[k] = <uint8_t>(2 * log + ((bytes_back - 1) >> (log - 1) & 1))
        _distance_rest[k] = <uint16_t>((bytes_back - 1) & ((1 << _distance_extra[k]) - 1))
    return 0


_make_tables()


# ---- what repeats ----

cdef inline size_t _length_of(const uint64_t* values, size_t at, size_t distance, size_t most) noexcept nogil:
    cdef size_t n = 0
    while n < most and values[at + n] == values[at + n - distance]:
        n += 1
    return n


cdef void _learn(Work* work, const uint64_t* values, size_t start, size_t n, size_t end) noexcept nogil:
    # Where each of n integers, with those behind it, was last. In a loop of its own, without branches.
    cdef size_t i, slot
    cdef uint64_t total = 0, power
    cdef int table, length
    for i in range(n + N_SUMS_BEHIND):
        work.sums[i] = total
        total = total * _FACTOR + (values[start + i] * <uint64_t>0xD6E8FEB86659FD93 if start + i < end else 1)
    work.sums[n + N_SUMS_BEHIND] = total
    for table in range(N_TABLES):
        length = _LENGTHS[table]
        power = _POWERS[table]
        for i in range(n):
            slot = (work.sums[i + length] - work.sums[i] * power) * <uint64_t>0xA0761D6478BD642F >> (64 - HASH_BITS)
            work.before[table][i] = work.tables[table][slot]
            work.tables[table][slot] = <uint16_t>(start + i)


cdef inline size_t _distance(const Work* work, int table, size_t i, size_t at) noexcept nogil:
    # To where the table had it, or 0. What is there is compared: it may be another hash's, or by 65,536 integers older.
    cdef size_t distance = (at - work.before[table][i]) & 0xFFFF
    return distance if distance <= WINDOW and distance <= at else 0


cdef inline void _keep(Work* work, size_t i, int* n, size_t distance, size_t length) noexcept nogil:
    work.candidates[i][n[0]].distance = <uint16_t>distance
    work.candidates[i][n[0]].length = <uint16_t>length
    n[0] += 1


cdef void _find(Work* work, const uint64_t* values, size_t start, size_t n, size_t width) noexcept nogil:
    # The candidates of the chunk's n integers. None goes on behind it.
    cdef size_t i, at, most, length, distance
    cdef size_t covered = 0, last = 0           # the longest candidate of the integer before: its length and distance
    cdef int table, k
    cdef uint64_t value
    for i in range(n):
        at = start + i
        value = values[at]
        most = min(<size_t>MOST, n - i)
        k = 0
        work.low[i].length = 0
        if covered > ENOUGH:
            covered -= 1
            _keep(work, i, &k, last, covered)
            for table in range(N_TABLES):
                if <size_t>_LENGTHS[table] > covered and covered < most:
                    distance = _distance(work, table, i, at)
                    if distance and values[at + covered] == values[at + covered - distance]:
                        length = _length_of(values, at, distance, most)
                        if length > covered:
                            _keep(work, i, &k, distance, length)
                            covered, last = length, distance
                            break
        else:
            covered = 0
            # Nearest first, since near ones cost less: the value before, the row above, the tables.
            if at and value == values[at - 1]:
                covered = _length_of(values, at, 1, most)
                last = ONE_BYTE if value == 0 or value == ~<uint64_t>0 else 1
                _keep(work, i, &k, last, covered)
            if width <= min(at, <size_t>WINDOW):
                if value == values[at - width] and covered < most:
                    length = _length_of(values, at, width, most)
                    if length > covered:
                        _keep(work, i, &k, width, length)
                        covered, last = length, width
                if (value ^ values[at - width]) >> 8 == 0:
                    work.low[i].distance = <uint16_t>width
                    work.low[i].length = <uint16_t>(1 + _length_of(values, at + 1, width, most - 1))
            if at and work.low[i].length <= 1 and (value ^ values[at - 1]) >> 8 == 0:
                work.low[i].distance = 1
                work.low[i].length = <uint16_t>(1 + _length_of(values, at + 1, 1, most - 1))
            for table in range(N_TABLES):
                if covered == most:
                    break
                distance = _distance(work, table, i, at)
                if distance and values[at] == values[at - distance]:
                    if values[at + covered] == values[at + covered - distance]:
                        length = _length_of(values, at, distance, most)
                        if length > covered:
                            _keep(work, i, &k, distance, length)
                            covered, last = length, distance
                elif covered <= <size_t>_LENGTHS[table]:
                    break                       # more of the same were not there, either
        if k < N_CANDIDATES:
            work.candidates[i][k].length = 0


cdef void _choose(Work* work, const uint64_t* values, size_t n, Choice* choices) noexcept nogil:
    # From the end of the block to its beginning: what costs the least bits.
    cdef size_t i = n, m
    cdef uint32_t cost, best, head
    cdef uint64_t value
    cdef const uint8_t* size = work.literals.size
    cdef const Candidate* found
    cdef int k, shift
    cdef Choice choice
    work.costs[n] = 0
    while i:
        i -= 1
        value = values[i]
        best = work.costs[i + 1]
        for shift in range(0, 64, 8):
            best += size[value >> shift & 0xFF]
        choice.length = 0
        choice.distance = 0
        found = work.candidates[i]
        m = 1
        for k in range(N_CANDIDATES):
            if found[k].length == 0:
                break
            head = work.distance_cost[found[k].distance]
            while m <= found[k].length:
                cost = head + work.length_cost[8 * m] + work.costs[i + m]
                if cost < best:
                    best = cost
                    choice.length = <uint16_t>m
                    choice.distance = found[k].distance
                m += 1
        if work.low[i].length:
            head = work.distance_cost[work.low[i].distance] + size[value & 0xFF]
            for m in range(1, <size_t>work.low[i].length + 1):
                cost = head + work.length_cost[8 * m - 1] + work.costs[i + m]
                if cost < best:
                    best = cost
                    choice.length = <uint16_t>(m | AFTER_LOW)
                    choice.distance = work.low[i].distance
        work.costs[i] = best
        choices[i] = choice


# ---- Huffman codes ----

cdef void _make_code(Code* code, int n, int most_bits) noexcept nogil:
    # Sizes and bits from the counts. At least two symbols get a code, since zlib wants complete ones.
    cdef uint32_t[2 * N_LITERALS] weight
    cdef uint16_t[2 * N_LITERALS] parent
    cdef uint16_t[N_LITERALS] order
    cdef uint32_t[N_LITERALS] count
    cdef uint8_t[2 * N_LITERALS] depth
    cdef uint32_t[17] n_of_size
    cdef uint32_t[17] following
    cdef int n_used = 0, i, j, leaf, node, inner, deepest, symbol, side
    cdef uint32_t bits, reversed_bits
    for i in range(n):
        count[i] = code.count[i]
        n_used += count[i] != 0
    i = 0
    while n_used < 2:
        if count[i] == 0:
            count[i] = 1
            n_used += 1
        i += 1
    while True:
        n_used = 0
        for i in range(n):
            if count[i]:
                j = n_used
                while j and count[order[j - 1]] > count[i]:
                    order[j] = order[j - 1]
                    j -= 1
                order[j] = <uint16_t>i
                n_used += 1
        for i in range(n_used):
            weight[i] = count[order[i]]
        leaf = 0
        inner = n_used
        for node in range(n_used, 2 * n_used - 1):
            weight[node] = 0
            for side in range(2):
                if leaf < n_used and (inner == node or weight[leaf] <= weight[inner]):
                    i = leaf
                    leaf += 1
                else:
                    i = inner
                    inner += 1
                weight[node] += weight[i]
                parent[i] = <uint16_t>node
        deepest = 0
        depth[2 * n_used - 2] = 0
        i = 2 * n_used - 2
        while i:
            i -= 1
            depth[i] = depth[parent[i]] + 1
            deepest = max(deepest, <int>depth[i])
        if deepest <= most_bits:
            break
        for i in range(n):                      # flatter: the rarest cost less, at little loss
            count[i] = (count[i] + 1) >> 1 if count[i] else 0
    memset(code.size, 0, sizeof(code.size))
    memset(n_of_size, 0, sizeof(n_of_size))
    for i in range(n_used):
        code.size[order[i]] = depth[i]
        n_of_size[depth[i]] += 1
    bits = 0
    for i in range(1, 17):
        following[i] = bits
        bits = (bits + n_of_size[i]) << 1
    for symbol in range(n):
        if code.size[symbol]:
            bits = following[code.size[symbol]]
            following[code.size[symbol]] += 1
            reversed_bits = 0
            for i in range(code.size[symbol]):
                reversed_bits = reversed_bits << 1 | (bits >> i & 1)
            code.bits[symbol] = <uint16_t>reversed_bits


cdef void _price(Work* work, bint known) noexcept nogil:
    # What lengths and distances cost by the codes of the block before.
    cdef int i, size
    for i in range(N_LITERALS):
        if work.literals.size[i] == 0:
            work.literals.size[i] = UNSEEN if known else 8 if i < END_OF_BLOCK else 6
    for i in range(3, MOST * 8 + 1):
        work.length_cost[i] = work.literals.size[_length_code[i]] + _length_extra[i]
    for i in range(WINDOW + 1):
        size = work.distances.size[_distance_code[i]]
        work.distance_cost[i] = <uint8_t>((size if size else UNSEEN if known else 5) + _distance_extra[i])


# ---- writing ----

cdef inline void _put(Work* work, uint64_t bits, int n) noexcept nogil:
    # n <= 32. There is room.
    cdef uint64_t held
    work.held |= bits << work.n_held
    work.n_held += n
    if work.n_held >= 32:
        work.out[work.n_out] = work.held & 0xFF
        work.out[work.n_out + 1] = work.held >> 8 & 0xFF
        work.out[work.n_out + 2] = work.held >> 16 & 0xFF
        work.out[work.n_out + 3] = work.held >> 24 & 0xFF
        work.n_out += 4
        work.held >>= 32
        work.n_held -= 32


cdef inline void _put_literal(Work* work, int symbol) noexcept nogil:
    _put(work, work.literals.bits[symbol], work.literals.size[symbol])


cdef void _count(Work* work, const uint64_t* values, size_t n) noexcept nogil:
    cdef size_t i = 0
    cdef int shift, length
    memset(work.literals.count, 0, sizeof(work.literals.count))
    memset(work.distances.count, 0, sizeof(work.distances.count))
    work.literals.count[END_OF_BLOCK] = 1
    while i < n:
        length = work.choices[i].length & ~AFTER_LOW
        if length == 0:
            for shift in range(0, 64, 8):
                work.literals.count[values[i] >> shift & 0xFF] += 1
            i += 1
            continue
        work.distances.count[_distance_code[work.choices[i].distance]] += 1
        if work.choices[i].length & AFTER_LOW:
            work.literals.count[values[i] & 0xFF] += 1
            work.literals.count[_length_code[8 * length - 1]] += 1
        else:
            work.literals.count[_length_code[8 * length]] += 1
        i += length


cdef void _write(Work* work, const uint64_t* values, size_t n) noexcept nogil:
    cdef size_t i = 0
    cdef int shift, length, n_bytes, distance
    while i < n:
        length = work.choices[i].length & ~AFTER_LOW
        if length == 0:
            for shift in range(0, 64, 8):
                _put_literal(work, values[i] >> shift & 0xFF)
            i += 1
            continue
        n_bytes = 8 * length
        if work.choices[i].length & AFTER_LOW:
            _put_literal(work, values[i] & 0xFF)
            n_bytes -= 1
        _put_literal(work, _length_code[n_bytes])
        _put(work, n_bytes - _length_base[n_bytes], _length_extra[n_bytes])
        distance = work.choices[i].distance
        _put(work, work.distances.bits[_distance_code[distance]], work.distances.size[_distance_code[distance]])
        _put(work, _distance_rest[distance], _distance_extra[distance])
        i += length
    _put_literal(work, END_OF_BLOCK)


cdef void _write_codes(Work* work) noexcept nogil:
    # The head of a block: the sizes of both codes, runs of equal ones shortened, in a third code.
    cdef uint8_t[N_LITERALS + N_DISTANCES] sizes
    cdef uint8_t[N_LITERALS + N_DISTANCES] symbols
    cdef uint8_t[N_LITERALS + N_DISTANCES] extra
    cdef int n = 0, n_literals = N_LITERALS, n_distances = N_DISTANCES, i = 0, run, symbol, n_orders = 19
    while work.literals.size[n_literals - 1] == 0:
        n_literals -= 1
    while n_distances > 1 and work.distances.size[n_distances - 1] == 0:
        n_distances -= 1
    memcpy(sizes, work.literals.size, n_literals)
    memcpy(&sizes[n_literals], work.distances.size, n_distances)
    memset(work.lengths.count, 0, sizeof(work.lengths.count))
    while i < n_literals + n_distances:
        run = 1
        while i + run < n_literals + n_distances and sizes[i + run] == sizes[i] and run < 138:
            run += 1
        if sizes[i] == 0 and run >= 11:
            symbols[n], extra[n] = 18, <uint8_t>(run - 11)
        elif sizes[i] == 0 and run >= 3:
            symbols[n], extra[n] = 17, <uint8_t>(run - 3)
        elif i and sizes[i] == sizes[i - 1] and run >= 3:
            run = min(run, 6)
            symbols[n], extra[n] = 16, <uint8_t>(run - 3)
        else:
            run = 1
            symbols[n], extra[n] = sizes[i], 0
        work.lengths.count[symbols[n]] += 1
        n += 1
        i += run
    _make_code(&work.lengths, 19, 7)
    while work.lengths.size[_ORDER[n_orders - 1]] == 0:
        n_orders -= 1
    _put(work, 0, 1)                            # not the last block
    _put(work, 2, 2)                            # with codes of its own
    _put(work, n_literals - 257, 5)
    _put(work, n_distances - 1, 5)
    _put(work, n_orders - 4, 4)
    for i in range(n_orders):
        _put(work, work.lengths.size[_ORDER[i]], 3)
    for i in range(n):
        symbol = symbols[i]
        _put(work, work.lengths.bits[symbol], work.lengths.size[symbol])
        if symbol >= 16:
            _put(work, extra[i], 2 if symbol == 16 else 3 if symbol == 17 else 7)


cdef void _end(Work* work) noexcept nogil:
    # An empty block of bytes as they are, after which there is a whole byte: 3 bits, then 0 and its complement.
    _put(work, 0, 3)
    if work.n_held & 7:
        _put(work, 0, 8 - (work.n_held & 7))
    _put(work, 0xFFFF0000, 32)
    while work.n_held:
        work.out[work.n_out] = work.held & 0xFF
        work.n_out += 1
        work.held >>= 8
        work.n_held -= 8


cdef void _code(Work* work, const uint64_t* values, size_t n) noexcept nogil:
    # The codes that are the best for what has been chosen.
    _count(work, values, n)
    _make_code(&work.literals, N_LITERALS, MOST_BITS)
    _make_code(&work.distances, N_DISTANCES, MOST_BITS)


cdef void _deflate(Work* work, const uint64_t* values, size_t start, size_t end, size_t width) noexcept nogil:
    cdef size_t at = start - min(start, <size_t>WINDOW), n, n_chunk
    while at < start:
        n = min(<size_t>CHUNK, start - at)
        _learn(work, values, at, n, end)
        at += n
    _price(work, False)
    while at < end:
        n = 0
        while n < BLOCK and at + n < end:
            n_chunk = min(<size_t>CHUNK, end - at - n)
            _learn(work, values, at + n, n_chunk, end)
            _find(work, values, at + n, n_chunk, width)
            _choose(work, values + at + n, n_chunk, &work.choices[n])
            if at + n == start:                 # the prices were guesses: again
                _code(work, values + at, n_chunk)
                _price(work, True)
                _choose(work, values + at, n_chunk, work.choices)
            n += n_chunk
        _code(work, values + at, n)
        _write_codes(work)
        _write(work, values + at, n)
        _price(work, True)
        at += n
    _end(work)


cdef object deflate_rows(bytes data, Py_ssize_t start, Py_ssize_t n_columns):
    cdef const uint64_t* values = <const uint64_t*><const char*>data
    cdef size_t n = len(data) // 8
    # At worst each byte is a symbol of 15 bits.
    cdef size_t room = (n - start // 8) * MOST_BITS + (n // BLOCK + 1) * MOST_HEAD + 64
    cdef Work* work = <Work*>calloc(1, sizeof(Work))
    cdef uint8_t* out = <uint8_t*>malloc(room)
    try:
        if work is NULL or out is NULL:
            raise MemoryError(f"no memory to pack {len(data):,} bytes")
        work.out = out
        with nogil:
            _deflate(work, values, start // 8, n, n_columns)
        return out[:work.n_out]
    finally:
        free(work)
        free(out)


def deflate(data, n_columns, start=0):
    """Rows of 64-bit integers as blocks of DEFLATE, none of which is the last. They end with a whole byte.

    Args:
        data (bytes): the rows, little-endian; up to ``start``, what came before, of which 32 kB matter.
        n_columns (int): integers in a row.
        start (int): the byte at which begins what is to be packed.

    Returns:
        bytes

    Raises:
        ValueError: these are not whole integers; ``start`` is outside; no columns.

    The cost is linear in ``data``; 2 bytes are taken for each byte of it, and 1 MB. The GIL is released.

    >>> import zlib
    >>> rows = b"".join([number.to_bytes(8, "little") for number in (5, 1, 7, 5, 1, 8)])
    >>> zlib.decompressobj(-15).decompress(deflate(rows, 3)) == rows
    True
    """
    if not isinstance(data, bytes):
        raise TypeError(f"expected bytes, got {type(data).__name__}: {data!r:.80}")
    if len(data) % 8 or start % 8 or not 0 <= start <= len(data):
        raise ValueError(f"{len(data):,} bytes from byte {start:,} on are not whole 64-bit integers")
    if n_columns < 1:
        raise ValueError(f"a row has at least one column, not {n_columns}")
    return deflate_rows(data, start, n_columns)
