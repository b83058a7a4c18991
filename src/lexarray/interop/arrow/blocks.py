"""Rows of a table, checked: :class:`Rows`, a table that comes in batches, and :class:`Block`, some of its rows as NumPy's arrays.

Owned by a Rows: the rows that were read and not yet taken. What is wrong is told with table, row and column.
"""

import numpy as np

from lexarray.interop.arrow.layout import BATCH, COLUMNS, NEEDED, NOT_READ, VERSION, fail, pyarrow, schema_of


class Rows:
    """A table that comes in batches, ordered by document, of which as many rows are held as are needed."""

    def __init__(self, name, schema, batches):
        self.name = name
        self.columns = [column for column in schema.names if column in COLUMNS[name] and (name, column) not in NOT_READ]
        for column in self.columns:
            if self.columns.count(column) > 1:
                fail(f"{name}: there are two columns {column!r}")
        for column in NEEDED[name]:
            if column not in self.columns:
                fail(f"{name}: there is no column {column!r}")
        about = (schema.metadata or {}).get(b"lexarray", b"").decode("utf-8", "replace").split()
        if about and (about[0] != name or not about[1:] or not about[1].isdecimal() or len(about[1]) > 9
                      or int(about[1]) > VERSION):
            fail(f"{name}: the table says that it is {' '.join(about)!r:.80}; this version reads '{name} {VERSION}'")
        self._batches = iter(batches)
        self._table = None              # rows that are held; those before _at are taken
        self._doc = np.empty(0, np.int64)
        self._at = 0
        self._row = 0                   # number of the first row that is held
        self._has_more = True

    def _more(self):
        pa = pyarrow()
        batch = next(self._batches, None)
        if batch is None:
            self._has_more = False
            return
        table = batch.select(self.columns) if isinstance(batch, pa.Table) else pa.Table.from_batches([batch]).select(self.columns)
        row = self._row + len(self._doc)
        doc = Block(self.name, table.select(["doc"]), row).integers("doc")
        before = np.concatenate([self._doc[-1:] if len(self._doc) else doc[:1], doc[:-1]])
        falls = np.flatnonzero(doc < before)
        if len(falls):
            fail(f"{self.name}: row {row + falls[0]:,}: doc {doc[falls[0]]} comes after {before[falls[0]]}: rows must be in the "
                  "order of documents")
        rest, self._row = len(self._doc) - self._at, self._row + self._at
        self._table = pa.concat_tables([self._table.slice(self._at), table]) if rest else table
        self._doc = np.concatenate([self._doc[self._at:], doc]) if rest else doc
        self._at = 0

    def next_documents(self):
        """The number of the last document of which all rows are there, after about BATCH rows; None: of all."""
        while True:
            if self._at + BATCH < len(self._doc):
                doc = self._doc[self._at + BATCH]
                first = np.searchsorted(self._doc, doc, "left")
                if first > self._at:                    # the documents before the one that would be torn
                    return self._doc[first - 1]
                if self._doc[-1] > doc:
                    return doc
            if not self._has_more:
                return None
            self._more()

    def take(self, last):
        """Rows of documents up to this number; None: all."""
        while self._has_more and (last is None or not len(self._doc) or self._doc[-1] <= last):
            self._more()
        end = len(self._doc) if last is None else int(np.searchsorted(self._doc, last, "right"))
        if self._table is None:
            self._table = schema_of(self.name).empty_table().select(self.columns)
        block = Block(self.name, self._table.slice(self._at, end - self._at), self._row + self._at, self._doc[self._at:end])
        self._at = end
        return block


class Block:
    """Some rows of a table, as arrays of NumPy."""

    def __init__(self, name, table, row, doc=None):
        self.name = name
        self.table = table
        self.row = row                      # number of the first
        self.doc = doc
        self.n = len(table)

    def has(self, column):
        """Whether there is such a column."""
        return column in self.table.column_names

    def fail(self, at, column, what):
        """Raise an error that names the row."""
        fail(f"{self.name}: row {self.row + at:,}: {column} {what}")

    def places(self, numbers):
        """Which of the documents with these numbers each row belongs to."""
        places = np.searchsorted(numbers, self.doc)
        wrong = np.flatnonzero(places == len(numbers)) if len(numbers) == 0 else np.flatnonzero(
            numbers[np.minimum(places, len(numbers) - 1)] != self.doc)
        if len(wrong):
            self.fail(int(wrong[0]), "doc", f"is {self.doc[wrong[0]]}, but there is no such document")
        return places

    def column(self, column):
        """A column in one piece, valid; one chunk is not copied."""
        pa = pyarrow()
        chunked = self.table.column(column)
        try:
            chunked.validate(full=True)
            if pa.types.is_dictionary(chunked.type) and chunked.num_chunks > 1:
                chunked = chunked.unify_dictionaries()
            if chunked.num_chunks == 1:
                return chunked.chunk(0)
            array = chunked.combine_chunks()
            return array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            fail(f"{self.name}: rows from {self.row:,}: {column}: {error}")

    def wrong_type(self, column, found, expected):
        """Raise an error that names the column."""
        fail(f"{self.name}: column {column!r} is of {found}, expected {expected}")

    def no_nulls(self, array, column):
        """Fail if there is a null."""
        if array.null_count:
            self.fail(int(np.flatnonzero(array.is_null())[0]), column, "is null")

    def integers(self, column, null=None):
        """A column as int64, not copied if it is. Nulls are as in the other array."""
        pa, types = pyarrow(), pyarrow("types")
        array = self.column(column)
        if not types.is_integer(array.type):
            if not (types.is_floating(array.type) or types.is_null(array.type)):
                self.wrong_type(column, array.type, "integers")
        try:                                            # whole floats are what pandas makes of integers with nulls
            array = array.cast(pa.int64())
        except pa.ArrowInvalid as error:
            fail(f"{self.name}: rows from {self.row:,}: {column}: {error}")
        if null is None:
            self.no_nulls(array, column)
        elif array.null_count:
            return np.where(array.is_null(), null, array.fill_null(0))
        return array.to_numpy()

    def booleans(self, column, null=None):
        """A column as int8: 0, 1, or `null`."""
        pa, types = pyarrow(), pyarrow("types")
        array = self.column(column)
        if not types.is_boolean(array.type) and not types.is_null(array.type):
            self.wrong_type(column, array.type, "booleans")
        if null is None:
            self.no_nulls(array, column)
        return array.cast(pa.int8()).fill_null(null or 0).to_numpy(zero_copy_only=False)

    def categories(self, column):
        """A column as (indices, their texts); an index that is the number of texts is a null."""
        pa, types = pyarrow(), pyarrow("types")
        array = self.column(column)
        if not types.is_dictionary(array.type):
            self.check_text(array.type, column)
            array = array.cast(pa.large_string()).dictionary_encode()
        self.check_text(array.dictionary.type, column)
        texts, indices = array.dictionary.cast(pa.large_string()), array.indices
        if indices.type == pa.uint64():                 # NumPy adds them to others as floats
            indices = indices.cast(pa.int64())
        if indices.null_count:
            return np.where(indices.is_null(), len(texts), indices.fill_null(0)), texts
        return indices.to_numpy(), texts

    def check_text(self, arrow_type, column):
        """Fail if these are no texts."""
        types = pyarrow("types")
        are_text = (types.is_string, types.is_large_string, types.is_string_view, types.is_null)
        if not any(is_text(arrow_type) for is_text in are_text):
            self.wrong_type(column, arrow_type, "texts")
