from typing_extensions import disjoint_base

from lexarray.tokenizer.rules import Rules
from lexarray.vocab import Vocab

@disjoint_base
class Worker:
    @property
    def rules(self) -> Rules: ...
    @property
    def vocab(self) -> Vocab: ...
    def __new__(cls, rules: Rules, vocab: Vocab) -> Worker: ...
