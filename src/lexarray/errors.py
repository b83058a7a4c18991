"""Exceptions that callers may want to catch by name. Messages stand where they are raised."""


class KeyCollisionError(ValueError):
    """Two different texts have one 64-bit key, so the second cannot be stored."""


class StaleViewError(RuntimeError):
    """A Token or Span was used after its document's tokens were replaced."""


class ConlluError(ValueError):
    """A CoNLL-U file is malformed, or a Doc holds what CoNLL-U cannot."""


class VectorFileError(ValueError):
    """A file of vectors is truncated, damaged, of another format, or holds what its table cannot."""


class SavedObjectError(ValueError):
    """What was saved of a document, a vocabulary, a tokenizer or a pipeline is truncated, damaged, something else, or of a newer version."""


class DocBinError(ValueError):
    """A DocBin's file is truncated, damaged, of another format or version, or holds what a Doc cannot."""


class CorpusError(ValueError):
    """A corpus's file is damaged, of another format or version, or somebody else is appending to it."""


class ArrowTableError(ValueError):
    """Arrow tables or Parquet files of documents are damaged or of a newer version, or hold what a Doc cannot, or the reverse."""
