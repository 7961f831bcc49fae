"""Runs of statements and whole functions of equal shape, and what extracting them would save.

Saving is counted in nodes: the copies that go, less the definition, its parameters, the calls, and the checks that
early exits need. What does not pay is no clone, however alike it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from metrics.scorers.duplication.antiunification import generalise, instance
from metrics.scorers.duplication.file import File, Function, Statement, Unit
from metrics.scorers.duplication.pairs import repeated
from metrics.scorers.duplication.twins import is_twin

LEAST_SAVING = 12
TWIN_SHARE = 4
"""What removing a twin saves is divided by this."""
_MOST_HOLES = 6
_MOST_OUTPUTS = 3
_MOST_SPLITS = 200


@dataclass(frozen=True)
class Place:
    """One copy: a run of statements of a block, or a whole function (then `count` is 0)."""

    file: File
    function: int
    first_row: int
    last_row: int
    line: int
    end_line: int
    path: tuple[str | int, ...] = ()
    first: int = 0
    count: int = 0

    @property
    def unit(self) -> Unit:
        """The outermost function around it."""
        return self.file.unit(self.function)

    @property
    def owner(self) -> Function:
        """The function that holds it, or is it."""
        return self.file.functions[self.function]

    @property
    def shapes(self) -> tuple[int, ...]:
        """The shapes of its rows, the same in every process."""
        return self.file.row_shapes[self.first_row : self.last_row]


@dataclass(frozen=True)
class Clone:
    """Copies of one piece of code; `mass` is that of one copy."""

    kind: str
    saving: int
    mass: int
    places: tuple[Place, ...]
    holes: int
    inputs: int
    outputs: int
    gaps: int = 0


_T = TypeVar("_T")
Run = tuple[File, int, int]
"""A block of a file and the index of a record in it."""


def runs_by_seed(files: Sequence[File]) -> list[list[Run]]:
    """Runs that begin with one seed, which occurs again."""
    known = repeated(file.seed_keys for file in files)
    groups: dict[int, list[Run]] = defaultdict(list)
    for file in files:
        if not known.isdisjoint(file.seed_keys):
            for key, (block, start) in zip(file.seed_keys, file.seeds, strict=True):
                if key in known:
                    groups[key].append((file, block, start))
    return sorted(groups.values(), key=lambda runs: [_place_key(run) for run in runs])


def fragments(groups: Iterable[list[Run]]) -> Iterator[Clone]:
    """Runs of statements inside of larger functions, each as long as all its copies agree; the groups are in order."""
    reported: set[tuple[tuple[str, int, int], ...]] = set()
    for runs in groups:
        if tuple((path, block, start - 1) for path, block, start in map(_place_key, runs)) in reported:
            # What begins one statement earlier in all copies was reported, and holds this.
            reported.add(tuple(map(_place_key, runs)))
            continue
        for clone in _extended(runs):
            reported.add(tuple(map(_place_key, runs)))
            yield clone


def functions_by_shape(files: Sequence[File]) -> list[list[Place]]:
    """Functions of one shape and colour, parameters included, where there are several."""
    groups: dict[tuple[int, bool], list[tuple[File, int]]] = defaultdict(list)
    for file in files:
        for number, (_, is_async, is_overload, _, shape, _, _, _, first, last, _, _) in enumerate(file.plain_functions):
            if last - first > 1 and not is_overload:
                groups[shape, is_async].append((file, number))
    return [[whole(*one) for one in some] for some in groups.values() if len(some) > 1]


def whole_functions(groups: Iterable[list[Place]]) -> Iterator[Clone]:
    """Functions of equal shape."""
    for places in groups:
        for some in _alike(places, [_function_leaves(place) for place in places]):
            yield from _function_clone(some)


def whole(file: File, number: int) -> Place:
    """A function as a place."""
    function = file.functions[number]
    return Place(file, number, function.first_row, function.last_row, function.line, function.end_line)


def unit_of(run: Run) -> Unit:
    """The outermost function around a run."""
    file, block, _ = run
    return file.unit(file.block(block).function)


def _place_key(run: Run) -> tuple[str, int, int]:
    return run[0].path, run[1], run[2]


def _extended(runs: list[Run]) -> Iterator[Clone]:
    """Grow runs to the right; where they part, report what they shared and follow those that stay together."""
    waiting, length = [(runs, 1)], 1
    for _ in range(_MOST_SPLITS):
        if not waiting:
            return
        some, length = waiting.pop()
        some = _apart(some, length)
        if len(some) < 2:
            continue
        following: dict[int, list[Run]] = defaultdict(list)
        for run in some:
            statement = _statement(run, length)
            if statement is not None:
                following[statement.shape].append(run)
        if any(len(same) == len(some) for same in following.values()):
            waiting.append((some, length + 1))
            continue
        yield from _fragment_clones(some, length)
        waiting.extend((same, length + 1) for same in following.values() if len(same) > 1)


def _apart(runs: list[Run], length: int) -> list[Run]:
    """Leave out what overlaps with its own copy."""
    kept: list[Run] = []
    for run in runs:
        if not kept or kept[-1][:2] != run[:2] or kept[-1][2] + length <= run[2]:
            kept.append(run)
    return kept


def _statement(run: Run, offset: int) -> Statement | None:
    file, block, start = run
    statements = file.block(block).statements
    return statements[start + offset] if start + offset < len(statements) else None


def _fragment_clones(runs: list[Run], length: int) -> Iterator[Clone]:
    for some in _alike(runs, [_run_leaves(run, length) for run in runs]):
        clone = _fragment_clone(some, length)
        if clone is not None:
            yield clone


def _alike(items: Sequence[_T], leaves: Sequence[Sequence[str]]) -> Iterator[list[_T]]:
    """All items, and those among more than two that agree in attributes, and in everything."""
    yield list(items)
    if len(items) > 2:
        for only in (".", ""):
            groups: dict[tuple[str, ...], list[_T]] = defaultdict(list)
            for item, some in zip(items, leaves, strict=True):
                groups[tuple(leaf for leaf in some if leaf.startswith(only))].append(item)
            yield from (same for same in groups.values() if 1 < len(same) < len(items))


def _run_leaves(run: Run, length: int) -> Sequence[str]:
    first, last = _ends(run, length)
    return run[0].leaves[first.first_leaf : last.last_leaf]


def _ends(run: Run, length: int) -> tuple[Statement, Statement]:
    first, last = _statement(run, 0), _statement(run, length - 1)
    if first is None or last is None:
        raise ValueError("a run of statements crosses a break")
    return first, last


def _fragment_place(run: Run, length: int) -> Place:
    file, number, _ = run
    block = file.block(number)
    first, last = _ends(run, length)
    return Place(
        file,
        block.function,
        first.first_row,
        last.last_row,
        first.line,
        last.end_line,
        block.path,
        first.position,
        last.position - first.position + 1,
    )


def _fragment_clone(runs: Sequence[Run], length: int) -> Clone | None:
    first, last = _ends(runs[0], length)
    if length == 1 and first.simple:
        return None
    places = tuple(_fragment_place(run, length) for run in runs)
    found = generalise(
        [instance(p.file, p.function, *_leaf_range(run, length)) for p, run in zip(places, runs, strict=True)]
    )
    statements = [statement for n in range(length) if (statement := _statement(runs[0], n))]
    mass, copies = sum(statement.mass for statement in statements), len(runs)
    parameters = found.inputs + found.cost
    exits = max(0, sum(statement.exits for statement in statements) - last.returns)
    saving = (copies - 1) * mass - 4 - parameters - copies * (2 + parameters + found.outputs) - 3 * copies * exits
    if found.outputs > _MOST_OUTPUTS or found.holes > _MOST_HOLES or found.cost > mass / 5:
        return None
    return _worthwhile(Clone("fragment", saving, mass, places, found.holes, found.inputs, found.outputs))


def _leaf_range(run: Run, length: int) -> tuple[int, int]:
    first, last = _ends(run, length)
    return first.first_leaf, last.last_leaf


def _function_leaves(place: Place) -> Sequence[str]:
    return place.file.leaves[place.owner.first_leaf : place.owner.last_leaf]


def _function_clone(places: Sequence[Place]) -> Iterator[Clone]:
    found = generalise([instance(p.file, p.function, p.owner.first_leaf, p.owner.last_leaf) for p in places])
    mass, copies, parameters = places[0].owner.mass, len(places), places[0].owner.parameters
    saving = (copies - 1) * mass - 3
    if found.cost:
        saving = (copies - 1) * mass - found.cost - copies * (3 + found.cost + parameters) - 4
    if not found.cost or (found.holes <= _MOST_HOLES and found.cost + parameters <= mass / 5):
        clone = _worthwhile(Clone("functions", saving, mass, tuple(places), found.holes, parameters, 0))
        if clone:
            yield clone


def _worthwhile(clone: Clone) -> Clone | None:
    places = clone.places
    if len(places) == 2 and is_twin(places[0].owner, places[1].owner):
        clone = replace(clone, saving=clone.saving // TWIN_SHARE)
    return clone if clone.saving >= LEAST_SAVING else None
