"""lexarray's own file, a safetensors file: its reader, which can map it, and its writer.

    8 bytes                 little-endian: how long the header is
    header                  JSON: name -> {"dtype", "shape", "data_offsets"}, and "__metadata__": text -> text;
                            padded with spaces so that the data begin at a multiple of 64
    data                    the tensors, one after the other, those with the widest numbers first

    vectors                 F16, F32 or F64, n x d      the rows
    norms                   F32 or F64, n               their lengths
    keys.text               U8                          all keys, one after the other, as UTF-8
    keys.offsets            U64, n + 1                  where each starts
    keys.hashes             U64, n                      the 64-bit key of each: MurmurHash64A, seed 1; names of
                                                        symbols have their small numbers
    keys.slots              U32, a power of two         row + 1 at its place by hash; 0: free
    attributes.<name>       any, n                      what set_vecattr set

Nothing else is in it, and nothing in it is code. The metadata say ``"format": "lexarray.vectors 1"`` and which class
the table is of. A mapped file is read by the operating system as it is needed, and shared by all who map it.
"""

import json
import math
import os

import numpy as np

from lexarray.errors import VectorFileError
from lexarray.replacing import replacing
from lexarray.vectors.io.mapping import Mapping
from lexarray.vectors.io.parts import Parts
from lexarray.vectors.kernels import norms as row_norms
from lexarray.vectors.keys import KeyTable

FORMAT = "lexarray.vectors 1"
ALIGNMENT = 64
LONGEST_HEADER = 100_000_000        # bytes; what the safetensors library takes, too
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
          "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?"}
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}


def write(path, keys, vectors, norms, expandos, metadata, others):
    """Write a table. The file appears when it is whole; until then, what was at ``path`` stays.

    Args:
        path: where.
        keys (KeyTable), vectors (array), norms (array), expandos (dict[str, array]): the table; keys that are more than
            there are rows have come meanwhile, and are left out.
        metadata (dict[str, str]): more of what the header says.
        others (dict[str, array]): more tensors.

    Raises:
        TypeError: an attribute holds objects, not numbers.
    """
    with replacing(path) as file:
        write_to(file, keys, vectors, norms, expandos, metadata, others)


def write_to(file, keys, vectors, norms, expandos, metadata, others):
    """The same to an open binary file."""
    text, offsets, hashes, slots = keys.arrays(len(vectors))
    tensors = {"vectors": vectors, "norms": norms, "keys.text": text, "keys.offsets": offsets, "keys.hashes": hashes,
               "keys.slots": slots, **others}
    for name, array in expandos.items():
        if array.dtype not in NAMES:
            raise TypeError(f"the attribute {name!r} is {array.dtype}: only numbers and booleans can be saved")
        tensors[f"attributes.{name}"] = array
    tensors = dict(sorted(tensors.items(), key=lambda item: (-item[1].dtype.itemsize, item[0])))
    header, offset = {"__metadata__": {"format": FORMAT, **metadata}}, 0
    for name, array in tensors.items():
        header[name] = {"dtype": NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-(8 + len(encoded)) % ALIGNMENT)
    file.write(len(encoded).to_bytes(8, "little") + encoded)
    for name, array in tensors.items():
        step = max(1, (1 << 24) // max(1, array[:1].nbytes))
        for first in range(0, len(array), step):
            block = np.ascontiguousarray(array[first:first + step], DTYPES[NAMES[array.dtype]])
            file.write(block.reshape(-1).view(np.uint8).data)


def read(path, mapped=False, limit=None, dtype=None):
    """Read a table, or map it.

    Args:
        path: the file.
        mapped (bool): leave the file where it is. Cost: independent of its size; otherwise all is read and checked.
        limit (int): read only so many rows.
        dtype: what to make of the matrices, block by block; None: leave them as they are.

    Returns:
        Parts

    Raises:
        VectorFileError: what is wrong, with the file and the tensor.
    """
    with open(path, "rb", buffering=0) as file:
        return read_from(file, os.fsdecode(path), os.fstat(file.fileno()).st_size, path if mapped else None, limit, dtype)


def read_from(file, name, size, mapped_path=None, limit=None, dtype=None):
    """The same from an open binary file.

    Args:
        name (str): of the file, for messages.
        size (int): its bytes.
        mapped_path (str | PathLike): where it is, if it is to be mapped; None: it is read.
    """
    mapped = mapped_path is not None
    header, start = _read_header(file, name, size)
    metadata = header.pop("__metadata__")
    places = _checked_places(header, name, size - start)
    _check_kinds(places, name)
    n = places["vectors"][1][0]
    wanted = n if limit is None else min(n, limit)
    mapping = Mapping(mapped_path, file) if mapped else None
    data = np.frombuffer(mapping.map, np.uint8) if mapped else None
    tensors = {}
    for tensor, (kind, shape, first, stop) in places.items():
        if mapped:
            if (start + first) % kind.itemsize:
                raise VectorFileError(f"{name}: {tensor!r:.80} is not aligned to its numbers, so it cannot be mapped: "
                                      f"load it without mmap")
            tensors[tensor] = data[start + first:start + stop].view(kind).reshape(shape)
        elif wanted == n or tensor in ("vectors", "norms") or tensor.startswith("attributes."):
            n_rows = wanted if wanted < n else shape[0] if shape else None
            tensors[tensor] = _read_tensor(file, name, tensor, start + first, kind, shape, n_rows, dtype)
        elif not tensor.startswith("keys."):
            tensors[tensor] = _read_tensor(file, name, tensor, start + first, kind, shape, shape[0] if shape else None,
                                           dtype)
    if wanted < n:
        offsets = _read_tensor(file, name, "keys.offsets", start + places["keys.offsets"][2], np.dtype("<u8"), None,
                               wanted + 1, None)
        length = int(offsets[-1])
        if length > places["keys.text"][1][0] or offsets[0] or (offsets[1:] < offsets[:-1]).any():
            raise VectorFileError(f"{name}: keys: the offsets of the keys do not go up from 0 to the end of their text")
        text = _read_tensor(file, name, "keys.text", start + places["keys.text"][2], np.dtype("u1"), None, length, None)
        tensors["keys"] = text, offsets.astype(np.int64)
    return _as_parts(tensors, metadata, name, mapping)


def _read_tensor(file, name, tensor, at, kind, shape, n_rows, dtype):
    # The first rows of a tensor; matrices in another dtype, if one is wanted.
    shape = (n_rows, *(shape or ())[1:]) if n_rows is not None else shape
    is_matrix = dtype is not None and kind.kind == "f" and len(shape) == 2 and kind != dtype
    out = np.empty(shape, dtype if is_matrix else kind)
    step = max(1, (1 << 20) // max(1, out[:1].size)) if is_matrix else max(1, n_rows or 0)
    scratch = np.empty((min(step, len(out)), *shape[1:]), kind) if is_matrix else None
    file.seek(at)
    for first in range(0, len(out) if shape else 1, step):
        target = out[first:first + step] if shape else out
        block = scratch[:len(target)] if is_matrix else target
        view, done = memoryview(block.reshape(-1).view(np.uint8)), 0
        while done < len(view):
            got = file.readinto(view[done:])
            if not got:
                raise VectorFileError(f"{name}: the file ended in {tensor!r} while it was read")
            done += got
        if is_matrix:
            with np.errstate(over="ignore"):
                target[:] = block
            wrong = np.isfinite(block) & ~np.isfinite(target)
            if wrong.any():
                i, j = (int(number) for number in np.argwhere(wrong)[0])
                raise VectorFileError(f"{name}: {tensor!r}, row {first + i:,}: number {j} is {block[i, j]}, which is too large "
                                      f"for {np.dtype(dtype)}: try a larger datatype")
    return out


def _check_kinds(places, name):
    # Whether the tensors of a table are there, and of the kinds that they should be.
    for tensor, (kind, n_dimensions) in _NEEDED.items():
        if tensor not in places:
            raise VectorFileError(f"{name}: there is no tensor {tensor!r}")
        dtype, shape = places[tensor][:2]
        fits = dtype.kind == "f" if kind[0] == "f" else dtype.str[1:] == kind
        if not fits or len(shape) != n_dimensions:
            raise VectorFileError(f"{name}: {tensor!r} is {dtype} with shape {shape}")
    n = places["vectors"][1][0]
    if places["keys.hashes"][1][0] != n or places["keys.offsets"][1][0] != n + 1:
        raise VectorFileError(f"{name}: 'vectors' has {n:,} values for {places['keys.hashes'][1][0]:,} keys")
    for tensor, (_, shape, _, _) in places.items():
        if (tensor == "norms" or tensor.startswith("attributes.")) and shape[:1] != (n,):
            raise VectorFileError(f"{name}: {tensor!r} has {(*shape, 0)[0]:,} values for {n:,} keys")


def _read_header(file, name, size):
    head = file.read(8)
    n = int.from_bytes(head, "little")
    if len(head) < 8 or not 2 <= n <= min(size - 8, LONGEST_HEADER):
        raise VectorFileError(f"{name}, byte 0: a header of {n:,} bytes, in a file of {size:,}: the file is cut off, or no "
                              f"safetensors file")
    try:
        header = json.loads(file.read(n).decode())
        metadata = header["__metadata__"]
        if metadata["format"] != FORMAT:
            raise VectorFileError(f"{name}: the file says it is {metadata['format']!r:.80}; this version of lexarray reads "
                                  f"{FORMAT!r}")
        if not all(isinstance(value, str) for value in metadata.values()):
            raise TypeError
    except VectorFileError:
        raise
    except (ValueError, KeyError, TypeError, RecursionError):
        raise VectorFileError(f"{name}, byte 8: the header is not that of a table of vectors that lexarray wrote") from None
    return header, 8 + n


def _checked_places(header, name, size):
    # Tensor -> (dtype, shape, start, end); they must fill the data without holes, as safetensors wants.
    places = {}
    for tensor, entry in header.items():
        try:
            dtype = np.dtype(DTYPES[entry["dtype"]])
            shape, (start, end) = entry["shape"], entry["data_offsets"]
            whole = all(type(number) is int and 0 <= number < 1 << 60 for number in (*shape, start, end))
            if not whole or len(shape) > 4:
                raise ValueError
            n_bytes = dtype.itemsize * math.prod(shape)
            if start > end or end - start != n_bytes:
                raise ValueError
        except (KeyError, TypeError, ValueError):
            raise VectorFileError(f"{name}: the header's entry for {tensor!r:.80} makes no sense: {entry!r:.120}") from None
        if end > size:
            raise VectorFileError(f"{name}: {tensor!r:.80} is said to end at byte {end:,} of the data, of which there are "
                                  f"{size:,}: the file is cut off")
        places[tensor] = dtype, tuple(shape), start, end
    at = 0
    for tensor, (_, _, start, end) in sorted(places.items(), key=lambda item: item[1][2:]):
        if start != at:
            raise VectorFileError(f"{name}: {tensor!r:.80} begins at byte {start:,} of the data, not at {at:,}, where the one "
                                  f"before it ends")
        at = end
    if at != size:
        raise VectorFileError(f"{name}: {size - at:,} bytes follow the last tensor")
    return places


_NEEDED = {"vectors": ("f", 2), "norms": ("f", 1), "keys.text": ("u1", 1), "keys.offsets": ("u8", 1),
           "keys.hashes": ("u8", 1), "keys.slots": ("u4", 1)}


def _as_parts(tensors, metadata, name, mapping):
    vectors, norms = tensors.pop("vectors"), tensors.pop("norms")
    if vectors.shape[1] < 1 and len(vectors):
        raise VectorFileError(f"{name}: 'vectors' has shape {vectors.shape}")
    try:
        if "keys" in tensors:
            text, offsets = tensors.pop("keys")
            text.tobytes().decode("utf-8", "surrogatepass")
            keys = KeyTable()
            keys.reserve(len(offsets) - 1)
            if keys.add_bytes(text, offsets[:-1], offsets[1:], 0) < len(offsets) - 1:
                raise ValueError(f"{keys[len(keys) - 1]!r:.80} or one before it comes twice")
        else:
            keys = KeyTable.from_arrays(*(tensors.pop(f"keys.{part}") for part in ("text", "offsets", "hashes", "slots")),
                                        mapping)
            if mapping is None:
                keys.check()
    except ValueError as error:
        raise VectorFileError(f"{name}: keys: {error}") from None
    expandos = {tensor.removeprefix("attributes."): tensors.pop(tensor) for tensor in list(tensors)
                if tensor.startswith("attributes.")}
    if mapping is None and not all(np.isfinite(vectors[i:i + 65536]).all() for i in range(0, len(vectors), 65536)):
        row = next(i for i in range(len(vectors)) if not np.isfinite(vectors[i]).all())
        raise VectorFileError(f"{name}: the row of {keys[row]!r:.80} has a number that is not finite")
    wide = np.float64 if vectors.dtype == np.float64 else np.float32
    if mapping is not None:
        if norms.dtype != wide:
            raise VectorFileError(f"{name}: 'norms' is {norms.dtype}, where the rows are {vectors.dtype}")
        return Parts(keys, vectors, norms, expandos, metadata, tensors)
    lengths = np.empty(len(vectors), wide)
    row_norms(vectors, lengths)
    with np.errstate(over="ignore"):
        right = np.isclose(norms.astype(np.float64), lengths, rtol=1e-2, atol=1e-3)
    if not right.all():
        row = int(right.argmin())
        raise VectorFileError(f"{name}: the row of {keys[row]!r:.80} is said to have the length {norms[row]}, but has "
                              f"{lengths[row]}")
    norms = lengths
    return Parts(keys, vectors, norms, expandos, metadata, tensors)
