from typing import Any

import numpy as np
from numpy.typing import NDArray

PADDING: int

def count_lines(block: NDArray[np.uint8], length: int) -> int: ...
def read_rows(block: NDArray[np.uint8], length: int, rows: NDArray[Any], starts: NDArray[np.int64],
              ends: NDArray[np.int64], lines: NDArray[np.int64],
              check_utf8: bool) -> tuple[int, tuple[int, int, int, str] | None]: ...
def write_rows(rows: NDArray[Any]) -> tuple[bytes, NDArray[np.int64]]: ...
