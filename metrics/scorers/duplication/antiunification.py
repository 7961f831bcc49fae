"""The least general code that several runs of one shape are instances of: what would have to become its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metrics.scorers.duplication.file import File
from metrics.scorers.duplication.shape import ATTRIBUTE, INNER, STORED

_RECEIVERS = frozenset({"self", "cls"})


@dataclass(frozen=True)
class Instance:
    """One run of statements, as leaves of its file; `function` says whose locals it uses."""

    file: File
    function: int
    leaves: Sequence[str]
    end: int | None = None
    """The leaf of the file behind the run; what the function reads from there on, it may need the run for."""

    def is_needed(self, name: str) -> bool:
        """Whether the function goes on to read the name."""
        return self.end is not None and self.file.last_reads(self.function).get(name, -1) >= self.end


@dataclass(frozen=True)
class Generalisation:
    """`cost` counts a hole once, or twice where an attribute's name differs, which no plain argument can say."""

    holes: int
    cost: int
    inputs: int
    outputs: int


def instance(file: File, function: int, first: int, last: int) -> Instance:
    """The leaves of a run, followed by others."""
    return Instance(file, function, file.leaves[first:last], last)


def generalise(instances: Sequence[Instance]) -> Generalisation:
    """Compare runs of equal shape leaf by leaf: locals under one renaming, and all else that differs is a hole."""
    bound = [one.file.bound(one.function) for one in instances]
    matching = _Matching(len(instances))
    for leaves in zip(*(one.leaves for one in instances), strict=False):
        names = tuple(leaf.removeprefix(STORED) for leaf in leaves)
        if all(leaf[0] == INNER for leaf in leaves):
            matching.renamed(leaves)
        elif all(leaf[0] not in ".=" and name in known for leaf, name, known in zip(leaves, names, bound, strict=True)):
            matching.local(names, stored=leaves[0][0] == STORED)
        elif any(name != names[0] for name in names[1:]):
            matching.differing(names)
    outputs = {
        names
        for names in matching.stored
        if any(one.is_needed(name) for name, one in zip(names, instances, strict=True))
    }
    inputs = {names for names in matching.inputs if not _RECEIVERS.issuperset(names)}
    return Generalisation(len(matching.holes), sum(matching.holes.values()), len(inputs), len(outputs))


class _Matching:
    def __init__(self, count: int) -> None:
        self.holes: dict[tuple[str, ...], int] = {}
        self.inputs: set[tuple[str, ...]] = set()
        self.stored: set[tuple[str, ...]] = set()
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._renaming: list[dict[str, tuple[str, ...]]] = [{} for _ in range(count)]

    def renamed(self, names: tuple[str, ...]) -> None:
        # Of equal tuples one is kept: to compare thousands of names once for each of thousands of copies takes long.
        names = self._known.setdefault(names, names)
        known = [renaming.setdefault(name, names) for renaming, name in zip(self._renaming, names, strict=True)]
        if any(other is not names for other in known):
            self.differing(names)

    def local(self, names: tuple[str, ...], stored: bool) -> None:
        self.renamed(names)
        if stored:
            self.stored.add(names)
        elif names not in self.stored:
            self.inputs.add(names)

    def differing(self, names: tuple[str, ...]) -> None:
        self.holes[names] = 2 if any(name.startswith(ATTRIBUTE) for name in names) else 1
