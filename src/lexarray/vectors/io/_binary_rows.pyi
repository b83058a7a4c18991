import numpy as np
from numpy.typing import NDArray

def read_rows(block: NDArray[np.uint8], length: int, rows: NDArray[np.float32], starts: NDArray[np.int64],
              ends: NDArray[np.int64], check_utf8: bool) -> tuple[int, int, tuple[int, str] | None]: ...
