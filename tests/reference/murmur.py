"""MurmurHash64A, after Austin Appleby's published description, on Python integers."""

MASK = (1 << 64) - 1
M = 0xC6A4A7935BD1E995


def hash64(data, seed):
    """The 64-bit hash of some bytes."""
    h = (seed ^ (len(data) * M)) & MASK
    whole = len(data) // 8 * 8
    for i in range(0, whole, 8):
        h = (h ^ mix(int.from_bytes(data[i : i + 8], "little"))) * M & MASK
    tail = data[whole:]
    if tail:
        h = (h ^ int.from_bytes(tail, "little")) * M & MASK
    h ^= h >> 47
    h = h * M & MASK
    return h ^ (h >> 47)


def mix(k):
    """What one block of eight bytes contributes."""
    k = k * M & MASK
    k ^= k >> 47
    return k * M & MASK


def unmix(k):
    """The block that contributes `k`: every step of `mix` can be undone."""
    inverse = pow(M, -1, 1 << 64)
    k = k * inverse & MASK
    k ^= k >> 47
    return k * inverse & MASK


def colliding_texts(seed=1, target=None):
    """ASCII texts of 16 characters, all with one hash (`target`, or that of the first)."""
    inverse = pow(M, -1, 1 << 64)
    if target is None:
        target = hash64(b"0" * 16, seed)
    h = target ^ (target >> 47)                 # undo the end
    h = h * inverse & MASK
    h ^= h >> 47
    before_second = h * inverse & MASK          # state ^ mix(second block)
    i = 0
    while True:
        first = f"{i:08x}".encode()
        state = (((seed ^ (16 * M)) & MASK) ^ mix(int.from_bytes(first, "little"))) * M & MASK
        second = unmix(before_second ^ state).to_bytes(8, "little")
        if all(0 < byte < 128 for byte in second):
            yield (first + second).decode()
        i += 1
