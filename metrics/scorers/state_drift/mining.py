"""Sets of fields that are written together again and again, and the functions that write only some of them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from metrics.scorers.state_drift.writes import CONSTANT, LEAST_LOCAL_BLOCKS, LOCAL, UNPACKED, WriteFacts

Group = tuple[str, str]
"""Kind of state, and what it belongs to: a class, a receiver, a function."""
LEAST_BLOCKS = 3
LEAST_LOCAL_CONSTANT = 3
_MOST_FIELDS = 25
"""A block that writes more recurrent fields than this builds an object; it supports sets but proposes none."""
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


@dataclass(frozen=True)
class Drift:
    """Fields that move together, the blocks that write them all, and functions that write only some."""

    group: Group
    fields: frozenset[str]
    together: tuple[Block, ...]
    missing: tuple[Block, ...]
    """One block of each function that leaves some of the fields as they are."""

    @property
    def functions(self) -> int:
        """In how many functions the fields are written together."""
        return len({block.function for block in self.together})

    @property
    def cost(self) -> int:
        """What one operation for the whole set saves, and what each place that forgets a part may cost."""
        is_local = self.group[0] == LOCAL
        repeats, missing = len(self.together), len(self.missing)
        kept = repeats if is_local else self.functions
        risk = 8 * min(missing, 3) * kept // (kept + missing)
        total = 3 * (repeats - 1) * (len(self.fields) - 1) + risk
        return total // 4 if is_local else total


def is_initial(qualname: str) -> bool:
    """Whether a function's name says that it makes, copies, restores or clears whole objects."""
    return _INITIAL.fullmatch(qualname.rpartition(".")[2]) is not None


def drifts(group: Group, blocks: Sequence[Block]) -> list[Drift]:
    """The sets of one group that drift or may, dearest first; no two share two fields."""
    if len(blocks) < LEAST_BLOCKS:
        return []
    found = [drift for fields in _closed(blocks) if (drift := _judged(group, fields, blocks)) is not None]
    chosen: list[Drift] = []
    for drift in sorted(found, key=lambda drift: (-drift.cost, sorted(drift.fields))):
        if not any(len(drift.fields & known.fields) > 1 for known in chosen):
            chosen.append(drift)
    return chosen


def _closed(blocks: Sequence[Block]) -> set[frozenset[str]]:
    """For each pair of fields with enough support, all that every block with this pair writes."""
    counts = Counter(name for block in blocks for name in block.fields)
    frequent = {name for name, count in counts.items() if count >= LEAST_BLOCKS}
    support: dict[tuple[str, str], list[Block]] = defaultdict(list)
    for block in blocks:
        names = sorted(frequent.intersection(block.fields))
        if len(names) <= _MOST_FIELDS:
            for pair in combinations(names, 2):
                support[pair].append(block)
    return {
        frozenset(frequent.intersection(*(block.fields for block in having)))
        for having in support.values()
        if len(having) >= LEAST_BLOCKS
    }


def _judged(group: Group, fields: frozenset[str], blocks: Sequence[Block]) -> Drift | None:
    having = [block for block in blocks if fields <= block.fields.keys()]
    together = [block for block in having if block.writes_apart(fields)]
    if len(together) < LEAST_BLOCKS:
        return None
    if group[0] == LOCAL:
        missing = [b for b in blocks if len(fields & b.fields.keys()) == len(fields) - 1]
        return _local(group, fields, together, missing)
    functions = {block.function for block in together}
    if sum(not function.is_initial for function in functions) < 2 or _are_overrides(functions):
        return None
    partial = [block for block in _partial(fields, blocks) if not _is_inside(block.function, functions)]
    if len(functions) * 5 < (len(functions) + len(partial)) * 3:
        return None
    return Drift(group, fields, tuple(together), tuple(partial))


def _local(group: Group, fields: frozenset[str], together: Sequence[Block], missing: Sequence[Block]) -> Drift | None:
    constant = sum(block.is_constant(fields) for block in together)
    if len(together) < LEAST_LOCAL_BLOCKS or constant < LEAST_LOCAL_CONSTANT:
        return None
    if len(together) * 5 < (len(together) + len(missing)) * 3:
        return None
    return Drift(group, fields, tuple(together), tuple(missing))


def _are_overrides(functions: Iterable[Function]) -> bool:
    """Whether the support is one method, declared by several classes side by side."""
    known = list(functions)
    return len({function.name for function in known}) == 1 and len({function.owner for function in known}) > 1


def _is_inside(function: Function, others: Iterable[Function]) -> bool:
    """Whether a function is nested in one of the others: what that one writes, it need not write again."""
    return any(o.path == function.path and function.qualname.startswith(f"{o.qualname}.<locals>.") for o in others)


def _partial(fields: frozenset[str], blocks: Sequence[Block]) -> list[Block]:
    """The first such block of each function that writes a part of the fields over all its blocks together."""
    written: dict[tuple[Function, str], set[str]] = defaultdict(set)
    for block in blocks:
        written[block.function, block.receiver].update(fields & block.fields.keys())
    found: dict[Function, Block] = {}
    for block in blocks:
        names = written[block.function, block.receiver]
        if names and names != fields and not block.function.is_initial and fields & block.fields.keys():
            found.setdefault(block.function, block)
    return list(found.values())


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
