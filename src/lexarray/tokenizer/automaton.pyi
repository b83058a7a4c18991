from collections.abc import Callable
from typing import Literal, TypeAlias

from typing_extensions import disjoint_base

_Kind: TypeAlias = Literal["prefix", "suffix", "infix", "test"]

@disjoint_base
class Automaton:
    @property
    def n_states(self) -> int: ...
    @property
    def n_classes(self) -> int: ...

class PrefixAutomaton(Automaton):
    def __call__(self, string: str) -> int: ...

class SuffixAutomaton(Automaton):
    def __call__(self, string: str) -> int: ...

@disjoint_base
class InfixAutomaton(Automaton):
    @property
    def n_contexts(self) -> int: ...
    def __call__(self, string: str) -> list[tuple[int, int]]: ...

class MatchAutomaton(Automaton):
    def __call__(self, string: str) -> bool: ...

def compile_pattern(source: str, kind: _Kind, method: str) -> Automaton: ...
def compile_rule(function: Callable[[str], object] | None, kind: _Kind) -> Automaton | None: ...
