from collections.abc import Mapping
from typing import Any, final

from typing_extensions import disjoint_base

from lexarray.strings import ReadTexts

@final
@disjoint_base
class ReadWords:
    @property
    def texts(self) -> ReadTexts: ...
    def __new__(cls, parts: Mapping[str, Any]) -> ReadWords: ...
