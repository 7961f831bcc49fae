"""Statements that vanish in one place and turn up in another, as when a file is split, renamed or put in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_LEAST = 12
"""Nodes that a run of moved statements has; smaller ones are alike by chance."""
_MOST_TRIED = 64
"""Places at which a moved run is looked for, so that a thousand equal lines take no longer than a few."""


class Place(NamedTuple):
    """A row of one side: its file, its number in it, its key and its mass."""

    path: str
    number: int
    key: str
    mass: int


def moves(gone: Sequence[Place], come: Sequence[Place]) -> list[tuple[Place, Place]]:
    """Rows that moved, each with its new place: no row moves to two places, so that a second copy stays an addition.

    Runs of equal rows count from twelve nodes on. Between two files that share such a run, and inside of one file,
    every other equal row counts as well.
    """
    found = list(_runs(gone, come))
    linked = {(before.path, after.path) for before, after in found}
    left = defaultdict(list)
    taken_from, taken_to = {before for before, _ in found}, {after for _, after in found}
    for before in gone:
        if before not in taken_from:
            left[before.key].append(before)
    for after in come:
        if after not in taken_to:
            same = [n for n, one in enumerate(left[after.key][:_MOST_TRIED]) if _are_linked(one, after, linked)]
            if same:
                found.append((left[after.key].pop(same[0]), after))
    return found


def _are_linked(before: Place, after: Place, linked: set[tuple[str, str]]) -> bool:
    return before.path == after.path or (before.path, after.path) in linked


def _runs(gone: Sequence[Place], come: Sequence[Place]) -> Iterator[tuple[Place, Place]]:
    """The rows of runs of at least `_LEAST` nodes, longest first at each place."""
    at: dict[str, list[int]] = defaultdict(list)
    for n, place in enumerate(gone):
        at[place.key].append(n)
    taken: set[int] = set()
    start = 0
    while start < len(come):
        runs = [_run(gone, come, n, start, taken) for n in at[come[start].key][:_MOST_TRIED] if n not in taken]
        best = max(runs, key=len, default=[])
        if sum(gone[n].mass for n in best) < _LEAST:
            start += 1
            continue
        taken.update(best)
        yield from zip((gone[n] for n in best), come[start : start + len(best)], strict=True)
        start += len(best)


def _run(gone: Sequence[Place], come: Sequence[Place], first: int, start: int, taken: set[int]) -> list[int]:
    """Numbers of the rows of `gone`, from `first` on, that stand in `come` from `start` on in the same order."""
    run: list[int] = []
    while first + len(run) < len(gone) and start + len(run) < len(come):
        n, m = first + len(run), start + len(run)
        follows = not run or (_follows(gone[n - 1], gone[n]) and _follows(come[m - 1], come[m]))
        if not follows or gone[n].key != come[m].key or n in taken:
            break
        run.append(n)
    return run


def _follows(place: Place, after: Place) -> bool:
    return place.path == after.path and place.number + 1 == after.number
