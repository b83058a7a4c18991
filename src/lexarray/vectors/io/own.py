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
import mmap as memory_map
import os

import numpy as np

from lexarray.errors import VectorFileError
from lexarray.vectors.io.parts import Parts
from lexarray.vectors.io.streams import replacing
from lexarray.vectors.keys import KeyTable

FORMAT = "lexarray.vectors 1"
ALIGNMENT = 64
LONGEST_HEADER = 100_000_000        # bytes; what the safetensors library takes, too
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
          "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?"}
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}


class Mapping:
    """What keeps a mapped file open.

    Reading a mapped file behind its end kills a process, so before each use of the table :meth:`check` looks
    whether somebody has cut it. It cannot help if that happens while a query runs.
    """

    def __init__(self, path, file):
        self.path = os.path.abspath(path)
        self.size = os.fstat(file.fileno()).st_size
        self.map = memory_map.mmap(file.fileno(), self.size, access=memory_map.ACCESS_READ)

    def check(self):
        """Raise VectorFileError if the file has become shorter."""
        size = self.map.size()
        if size < self.size:
            raise VectorFileError(f"{self.path}: the file has shrunk from {self.size:,} to {size:,} bytes since it was "
                                  f"mapped; write it anew and load it again")


def write(path, keys, vectors, norms, expandos, metadata, others):
    """Write a table. The file appears when it is whole; until then, what was at ``path`` stays.

    Args:
        path: where.
        keys (KeyTable), vectors (array), norms (array), expandos (dict[str, array]): the table.
        metadata (dict[str, str]): more of what the header says.
        others (dict[str, array]): more tensors.

    Raises:
        TypeError: an attribute holds objects, not numbers.
    """
    text, offsets, hashes, slots = keys.arrays()
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
    with replacing(path) as file:
        file.write(len(encoded).to_bytes(8, "little") + encoded)
        for name, array in tensors.items():
            step = max(1, (1 << 24) // max(1, array[:1].nbytes))
            for first in range(0, len(array), step):
                block = np.ascontiguousarray(array[first:first + step], DTYPES[NAMES[array.dtype]])
                file.write(block.reshape(-1).view(np.uint8).data)


def read(path, mapped=False):
    """Read a table, or map it.

    Args:
        path: the file.
        mapped (bool): leave the file where it is. Cost: independent of its size; otherwise all is read and checked.

    Returns:
        Parts

    Raises:
        VectorFileError: what is wrong, with the file and the tensor.
    """
    name = os.fspath(path)
    with open(path, "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        header, start = _read_header(file, name, size)
        metadata = header.pop("__metadata__")
        places = _checked_places(header, name, size - start)
        if mapped:
            mapping = Mapping(path, file)
            data = np.frombuffer(mapping.map, np.uint8)
        else:
            mapping = None
        tensors = {}
        for tensor, (dtype, shape, first, stop) in places.items():
            if mapped:
                raw = data[start + first:start + stop]
                if (start + first) % dtype.itemsize:
                    raise VectorFileError(f"{name}: {tensor!r:.80} is not aligned to its numbers, so it cannot be mapped: "
                                          f"load it without mmap")
            else:
                raw = np.empty(stop - first, np.uint8)
                file.seek(start + first)
                done = 0
                while done < len(raw):
                    n = file.readinto(memoryview(raw)[done:])
                    if not n:
                        raise VectorFileError(f"{name}: the file ended in {tensor!r} while it was read")
                    done += n
            tensors[tensor] = raw.view(dtype).reshape(shape)
    return _as_parts(tensors, metadata, name, mapping)


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
            n_bytes = dtype.itemsize
            for length in shape:
                n_bytes *= length
            if not whole or len(shape) > 4 or start > end or end - start != n_bytes:
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
    for tensor, (kind, n_dimensions) in _NEEDED.items():
        array = tensors.get(tensor)
        if array is None:
            raise VectorFileError(f"{name}: there is no tensor {tensor!r}")
        fits = array.dtype.kind == "f" if kind[0] == "f" else array.dtype.str[1:] == kind
        if not fits or array.ndim != n_dimensions:
            raise VectorFileError(f"{name}: {tensor!r} is {array.dtype} with shape {array.shape}")
    vectors, norms = tensors.pop("vectors"), tensors.pop("norms")
    if vectors.shape[1] < 1 and len(vectors):
        raise VectorFileError(f"{name}: 'vectors' has shape {vectors.shape}")
    text, offsets, hashes, slots = (tensors.pop(f"keys.{part}") for part in ("text", "offsets", "hashes", "slots"))
    try:
        keys = KeyTable.from_arrays(text, offsets, hashes, slots, mapping)
        if mapping is None:
            keys.check()
    except ValueError as error:
        raise VectorFileError(f"{name}: keys: {error}") from None
    expandos = {tensor.removeprefix("attributes."): tensors.pop(tensor) for tensor in list(tensors)
                if tensor.startswith("attributes.")}
    for what, array in (("vectors", vectors), ("norms", norms), *expandos.items()):
        if len(array) != len(keys):
            raise VectorFileError(f"{name}: {what!r} has {len(array):,} values for {len(keys):,} keys")
    if mapping is None and not all(np.isfinite(vectors[i:i + 65536]).all() for i in range(0, len(vectors), 65536)):
        row = next(i for i in range(len(vectors)) if not np.isfinite(vectors[i]).all())
        raise VectorFileError(f"{name}: the row of {keys[row]!r:.80} has a number that is not finite")
    return Parts(keys, vectors, norms, expandos, metadata, tensors)
