from collections.abc import Mapping
from typing import Any, final

from lexarray.strings import ReadTexts

@final
class ReadWords:
    @property
    def texts(self) -> ReadTexts: ...
    def __new__(cls, parts: Mapping[str, Any]) -> ReadWords: ...
