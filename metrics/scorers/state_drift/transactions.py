"""What is written together: the writes of one block that belong to one object, class, dictionary or function."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from metrics.scorers.state_drift.writes import CONSTANT, UNPACKED, WriteFacts

Group = tuple[str, str]
"""Kind of state, and what it belongs to: a class, a receiver, a function."""
_NESTED = ".<locals>."
_INITIAL = re.compile(
    r"__(init|new|post_init|init_subclass|setstate|getstate|copy|deepcopy|reduce|reduce_ex|enter|exit|aenter|aexit)__"
    r"|_*(init|clone|copy|reset|clear|setup|set_up|setUp|teardown|tearDown)(_\w+|[A-Z]\w*)?|_*(from|load)_\w+"
    r"|_*(de)?serialize\w*|initialize_options|finalize_options|configure"
)


@dataclass(frozen=True, eq=False)
class Function:
    """A function that writes; `is_initial` ones set up or restore an object, and may leave what they like unset."""

    path: str
    qualname: str
    owner: str
    line: int
    is_initial: bool

    @property
    def name(self) -> str:
        """The last part of the qualified name."""
        return self.qualname.rpartition(".")[2]

    @cached_property
    def around(self) -> list[str]:
        """The qualified names of the functions that this one is nested in."""
        parts = self.qualname.split(_NESTED)
        return [_NESTED.join(parts[:count]) for count in range(1, len(parts))]

    @property
    def order(self) -> tuple[str, int, str]:
        """The place in the tree."""
        return self.path, self.line, self.qualname


@dataclass(frozen=True, eq=False)
class Block:
    """What one straight run of statements writes of one group: the first write of each field."""

    function: Function
    receiver: str
    fields: dict[str, WriteFacts] = field(default_factory=dict)

    @property
    def order(self) -> tuple[str, int, str, int]:
        """The place in the tree."""
        return *self.function.order, next(iter(self.fields.values()))[3]

    def lines(self, names: Iterable[str]) -> tuple[int, int]:
        """First and last line of the writes of these fields."""
        writes = [self.fields[name] for name in names]
        return min(write[5] for write in writes), max(write[6] for write in writes)

    def writes_apart(self, names: frozenset[str]) -> bool:
        """Whether these are several writes, not the parts of one value that is unpacked."""
        writes = [self.fields[name] for name in names]
        return len({write[3] for write in writes}) > 1 or any(write[4] != UNPACKED for write in writes)

    def is_constant(self, names: frozenset[str]) -> bool:
        """Whether all of them become literals."""
        return all(self.fields[name][4] == CONSTANT for name in names)


def is_initial(qualname: str) -> bool:
    """Whether a function's name says that it makes, copies, restores or clears whole objects."""
    return _INITIAL.fullmatch(qualname.rpartition(".")[2]) is not None


def grouped(
    functions: Iterable[tuple[Function, list[list[WriteFacts]]]], group_of: Callable[[Function, WriteFacts], Group]
) -> dict[Group, list[Block]]:
    """The blocks of all functions by what they write, one for each receiver, in the order of the tree."""
    found: dict[Group, list[Block]] = defaultdict(list)
    for function, runs in functions:
        for run in runs:
            mine: dict[tuple[Group, str], Block] = {}
            for write in run:
                group = group_of(function, write)
                block = mine.get((group, write[1]))
                if block is None:
                    block = mine[group, write[1]] = Block(function, write[1])
                    found[group].append(block)
                block.fields.setdefault(write[2], write)
    return found
