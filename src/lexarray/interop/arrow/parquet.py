"""Documents as a folder of Parquet files: :func:`write_parquet` beside :func:`read_parquet`. A batch is in memory."""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack

from lexarray.errors import ArrowTableError
from lexarray.interop.arrow.blocks import Rows
from lexarray.interop.arrow.layout import BATCH, COLUMNS, NOT_READ, Tables, pyarrow, schema_of
from lexarray.interop.arrow.reading import check_vocab, documents_of
from lexarray.interop.arrow.writing import to_batches
from lexarray.replacing import replacing
from lexarray.tokens import Doc
from lexarray.vocab import Vocab


def write_parquet(docs: Iterable[Doc], path: str | os.PathLike) -> None:
    """Write documents as a folder of three Parquet files: ``tokens.parquet``, ``spans.parquet`` and ``docs.parquet``.

    Args:
        docs (Iterable[Doc]): the documents; a generator is read as far as needed for a batch.
        path (str | os.PathLike): the folder, which is made if it is not there. The three files in it are replaced once all is
            written, and kept if that fails.

    Raises:
        OSError: a file cannot be written. Otherwise as :func:`to_tables`.

    Cost: linear, about 1.2 us a token; a batch is in memory.

    >>> import lexarray, tempfile
    >>> nlp = lexarray.blank("en")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_parquet(nlp.pipe(["One.", "And two."]), folder)
    ...     [doc.text for doc in read_parquet(folder, nlp.vocab)]
    ['One.', 'And two.']
    """
    parquet = pyarrow("parquet")
    path = os.fspath(path)
    batches = to_batches(docs)
    os.makedirs(path, exist_ok=True)
    with ExitStack() as files:
        files_of = {name: files.enter_context(replacing(os.path.join(path, f"{name}.parquet"))) for name in Tables._fields}
        with ExitStack() as all_written:            # before the first file takes its place
            writers = {name: all_written.enter_context(parquet.ParquetWriter(file, schema_of(name), compression="zstd"))
                       for name, file in files_of.items()}
            for tables in batches:
                for name, table in tables._asdict().items():
                    if len(table):
                        writers[name].write_table(table)


def read_parquet(path: str | os.PathLike, vocab: Vocab) -> Iterator[Doc]:
    """The documents of Parquet files, one by one.

    Args:
        path (str | os.PathLike): a folder as :func:`write_parquet` makes it, of which ``spans.parquet`` and ``docs.parquet`` may be
            missing; or one file, of tokens.
        vocab (Vocab): of the new documents; the texts are added to it.

    Raises:
        ArrowTableError: a file is damaged, or as :func:`from_tables`; names the file.
        OSError: a file cannot be read.

    Cost: linear, about 0.7 us a token; a batch is in memory.

    >>> import pyarrow.parquet, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "tokens.parquet")
    ...     pyarrow.parquet.write_table(pyarrow.table({"doc": [0, 0], "text": ["Hello", "you"]}), path)
    ...     [doc.text for doc in read_parquet(path, Vocab())]
    ['Hello you ']
    """
    pyarrow("parquet")
    check_vocab(vocab)
    path = os.fspath(path)
    files = {"tokens": path}
    if os.path.isdir(path):
        files = {name: os.path.join(path, f"{name}.parquet") for name in Tables._fields}
        files = {name: file for name, file in files.items() if name == "tokens" or os.path.exists(file)}
    return _read_files(files, vocab)


def _read_files(files, vocab):
    pa, parquet = pyarrow(), pyarrow("parquet")
    with ExitStack() as stack:
        try:
            rows: dict[str, Rows | None] = dict.fromkeys(Tables._fields)
            for name, path in files.items():
                file = stack.enter_context(parquet.ParquetFile(stack.enter_context(open(path, "rb"))))
                rows[name] = Rows(name, file.schema_arrow, _batches(file, name, path))
        except (ArrowTableError, pa.ArrowException, OSError) as error:
            _fail_file(path, error)
        yield from documents_of(Tables(**rows), vocab)


def _batches(file, name, path):
    # Only the columns that are read.
    pa = pyarrow()
    columns = [column for column in file.schema_arrow.names if column in COLUMNS[name] and (name, column) not in NOT_READ]
    try:
        yield from file.iter_batches(batch_size=BATCH, columns=columns)
    except (pa.ArrowException, OSError) as error:
        _fail_file(path, error)


def _fail_file(path, error):
    # What the operating system says has a number; what PyArrow says of a damaged file may be an OSError, too.
    if isinstance(error, OSError) and error.errno is not None:
        raise error
    raise ArrowTableError(f"{path}: {error}") from error
