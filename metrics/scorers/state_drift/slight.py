"""Smaller signs of state that is kept twice, measured only: each costs little, and none fails a check."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from metrics.scorers.state_drift.mining import MOST_SETS, Drift, Written
from metrics.scorers.state_drift.transactions import Block, Group

_CONSTRUCTORS = frozenset({"__init__", "__new__", "__post_init__", "__attrs_post_init__"})
_LEAST_COPIED = 3
_PRIVATE_COST, _PUBLIC_COST = 2, 1
_MISS_COST = 2


@dataclass(frozen=True)
class Slight:
    """A small cost: what it is about, where, and why it counts."""

    kind: str
    group: Group
    fields: tuple[str, ...]
    cost: int
    blocks: tuple[Block, ...]
    missing: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Uses:
    """What all files say of attribute names, whatever the object."""

    readers: Mapping[str, int]
    """In how many files each is read."""
    properties: Collection[str]
    single: Collection[tuple[str, str, str]]
    """Path, name and function, where only this function of the file has any use for the attribute."""


def unread(group: Group, blocks: Sequence[Block], uses: Uses, is_open: bool) -> Iterator[Slight]:
    """Attributes that are set up and never read, or that only the one function that writes them reads.

    Code outside the tree may read the public ones where a base is foreign (`is_open`), and those that no constructor
    sets up: they are mostly signals to a framework.
    """
    for name in sorted({name for block in blocks for name in block.fields}):
        is_private = name.startswith("_") and not name.endswith("__")
        if name in uses.properties or name.endswith("__") or (is_open and not is_private):
            continue
        places = tuple(block for block in blocks if name in block.fields)
        cost = _PRIVATE_COST if is_private else _PUBLIC_COST
        readers = uses.readers.get(name, 0)
        if not readers and any(block.function.name in _CONSTRUCTORS for block in places):
            yield Slight("unread", group, (name,), cost, places)
        elif readers == 1 and all((b.function.path, name, b.function.qualname) in uses.single for b in places):
            yield Slight("temporary", group, (name,), cost, places)


def pairs(group: Group, blocks: Sequence[Block], known: Sequence[Drift]) -> Iterator[Slight]:
    """Fields that two functions or more write together, too seldom to be sure."""
    taken = {pair for drift in known for pair in combinations(sorted(drift.fields), 2)}
    found: dict[tuple[Block, ...], set[str]] = defaultdict(set)
    for pair, having in Written(blocks, 2).pairs.items():
        apart = [b for b in having if not b.function.is_initial and b.writes_apart(frozenset(pair))]
        if len({block.function for block in apart}) > 1 and pair not in taken:
            found[tuple(apart)].update(pair)
    several = [
        Slight("pair", group, tuple(sorted(fields)), len(together) - 1, together)
        for together, fields in found.items()
        if len({b.function.name for b in together}) > 1 or len({b.function.owner for b in together}) == 1
    ]
    yield from sorted(several, key=lambda slight: (-slight.cost, slight.fields))[:MOST_SETS]


def mirrored(group: Group, blocks: Sequence[Block]) -> Iterator[Slight]:
    """Containers whose contents change together in two functions or more, and the functions that change only one."""
    written = Written(blocks, 2)
    for pair, having in sorted(written.pairs.items()):
        together = tuple(block for block in having if not block.function.is_initial)
        functions = {block.function for block in together}
        partial = written.partial(pair) if len(functions) > 1 else set()
        if len(functions) > 1 and len(partial) <= len(functions):
            missing = written.first(partial, pair)
            yield Slight("mirrored", group, pair, len(together) - 1 + _MISS_COST * len(missing), together, missing)


def copied(group: Group, blocks: Sequence[Block]) -> Iterator[Slight]:
    """Blocks that copy fields under the name that they have elsewhere: three or more, or what is at hand anyway."""
    for block in blocks:
        fields = tuple(sorted(block.fields))
        if block.receiver:
            yield Slight("reachable", group, fields, len(fields), (block,))
        elif len(fields) >= _LEAST_COPIED:
            yield Slight("copied", group, fields, len(fields) // 2, (block,))
