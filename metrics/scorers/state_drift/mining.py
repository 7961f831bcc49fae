"""Sets of fields that are written together again and again, and the functions that write only some of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from metrics.scorers.state_drift.transactions import Block, Function, Group
from metrics.scorers.state_drift.writes import LEAST_LOCAL_BLOCKS, LOCAL

LEAST_BLOCKS = 3
LEAST_LOCAL_CONSTANT = 3
MOST_SETS = 20
"""Dearest sets of one class, receiver or dictionary: what has more is a bag of fields, and mining it has no end."""
_MOST_FIELDS = 25
"""A block that writes more recurrent fields than this builds an object; it supports sets but proposes none."""


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


class Written:
    """Where the fields of one group are written: blocks by field, and by pairs of fields."""

    def __init__(self, blocks: Sequence[Block], least: int) -> None:
        self.blocks = blocks
        self.by_field: dict[str, list[Block]] = defaultdict(list)
        for block in blocks:
            for name in block.fields:
                self.by_field[name].append(block)
        self.frequent = {name for name, where in self.by_field.items() if len(where) >= least}
        self.large: list[Block] = []
        self.pairs: dict[tuple[str, str], list[Block]] = defaultdict(list)
        for block in blocks:
            names = sorted(self.frequent.intersection(block.fields))
            if len(names) > _MOST_FIELDS:
                self.large.append(block)
            else:
                for pair in combinations(names, 2):
                    self.pairs[pair].append(block)

    def closed(self) -> Iterator[tuple[frozenset[str], list[Block]]]:
        """For each pair with enough support, all that every block with this pair writes, and these blocks."""
        seen = set()
        for pair in sorted(self.pairs):
            having = self.pairs[pair]
            if len(having) >= LEAST_BLOCKS:
                fields = frozenset(self.frequent.intersection(*(block.fields for block in having)))
                if fields not in seen:
                    seen.add(fields)
                    yield fields, [*having, *(block for block in self.large if fields <= block.fields.keys())]

    def partial(self, fields: Collection[str]) -> set[Function]:
        """The functions that write a part of the fields, over all their blocks together, and are free to write more."""
        writers = [{block.function for block in self.by_field[name]} for name in fields]
        return {f for f in set().union(*writers) - writers[0].intersection(*writers) if not f.is_initial}

    def first(self, functions: Collection[Function], fields: Collection[str]) -> tuple[Block, ...]:
        """The first block of each of these functions that writes one of the fields."""
        found: dict[Function, Block] = {}
        for block in sorted((b for name in fields for b in self.by_field[name]), key=lambda block: block.order):
            if block.function in functions:
                found.setdefault(block.function, block)
        return tuple(found.values())

    def lacking_one(self, fields: Collection[str]) -> list[Block]:
        """The blocks that write all of the fields but one."""
        counts = Counter(block for name in fields for block in self.by_field[name])
        return [block for block, count in counts.items() if count == len(fields) - 1]


def drifts(group: Group, blocks: Sequence[Block]) -> list[Drift]:
    """The sets of one group that drift or may, dearest first; no two share two fields."""
    if len(blocks) < LEAST_BLOCKS:
        return []
    written = Written(blocks, LEAST_BLOCKS)
    judge = _local if group[0] == LOCAL else _shared
    judged = (judge(group, fields, having, written) for fields, having in written.closed())
    found = [drift for drift in judged if drift is not None]
    chosen: list[Drift] = []
    taken: set[tuple[str, str]] = set()
    for drift in sorted(found, key=lambda drift: (-drift.cost, sorted(drift.fields))):
        pairs = set(combinations(sorted(drift.fields), 2))
        if not pairs & taken and len(chosen) < MOST_SETS:
            taken |= pairs
            chosen.append(drift)
    return chosen


def _shared(group: Group, fields: frozenset[str], having: Sequence[Block], written: Written) -> Drift | None:
    together = [block for block in having if block.writes_apart(fields)]
    functions = {block.function for block in together}
    if len(together) < LEAST_BLOCKS or _are_overrides(functions):
        return None
    if sum(not function.is_initial for function in functions) < 2:
        return None
    places = {(function.path, function.qualname) for function in functions}
    # What a function writes, one that is nested in it need not write again.
    partial = {f for f in written.partial(fields) if not any((f.path, name) in places for name in f.around)}
    if not _is_rule(len(functions), len(partial)):
        return None
    return Drift(group, fields, tuple(together), written.first(partial, fields))


def _local(group: Group, fields: frozenset[str], having: Sequence[Block], written: Written) -> Drift | None:
    together = [block for block in having if block.writes_apart(fields)]
    constant = sum(block.is_constant(fields) for block in together)
    if len(together) < LEAST_LOCAL_BLOCKS or constant < LEAST_LOCAL_CONSTANT:
        return None
    missing = written.lacking_one(fields)
    return Drift(group, fields, tuple(together), tuple(missing)) if _is_rule(len(together), len(missing)) else None


def _is_rule(whole: int, partial: int) -> bool:
    """Whether three in five or more write all of the fields, so that a part is an exception."""
    return whole * 5 >= (whole + partial) * 3


def _are_overrides(functions: Iterable[Function]) -> bool:
    """Whether the support is one method, declared by several classes side by side."""
    known = list(functions)
    return len({function.name for function in known}) == 1 and len({function.owner for function in known}) > 1
