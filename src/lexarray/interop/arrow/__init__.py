"""Documents, tokens and spans as Arrow tables, and back: :func:`to_tables` beside :func:`from_tables`, in batches for any
number of documents, and as Parquet. Needs the extra ``arrow``, which is imported when a function is called.

Rows are in the order of the documents, whose number is in the column ``doc`` of each table. Texts of which few are different
are dictionary-encoded; what is unset is null. ``docs/arrow.md`` has all columns. Those marked with * are there for readers and
follow from others: they are not read back.
"""

from lexarray.interop.arrow.layout import Tables
from lexarray.interop.arrow.parquet import read_parquet, write_parquet
from lexarray.interop.arrow.reading import from_tables
from lexarray.interop.arrow.writing import to_batches, to_tables

__all__ = ["Tables", "from_tables", "read_parquet", "to_batches", "to_tables", "write_parquet"]
