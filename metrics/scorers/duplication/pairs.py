"""Pairs of neighbouring rows that occur again: the measure of duplication.

*Strict*: equal shapes, with all names under one consistent renaming. Light rows need a longer run, and a run of plain
assignments needs equal attributes. *Loose*: equal but for the arguments of calls and the names of locals.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from metrics.scorers.duplication.file import File, Pair
from metrics.scorers.duplication.shape import Row

_WHOLE, _WEAK = 16, 4
UNIT = 64
"""A node in the unit of charges: a row lies in two pairs of two kinds, weak pairs and twins count a quarter."""
_STRICT_MASS = 9
_LOOSE_MASS = 10
_RUN_MASS = 16
_LONGEST_RUN = 6
_STRICT, _ASSIGNMENTS, _LOOSE = 1, 2, 3


def pairs_of(
    rows: Sequence[tuple[int, Row]], hidden: set[str], digest: Callable[[str], int]
) -> Iterator[tuple[int, Pair]]:
    """Keys and pairs of one unbroken line of rows, each given with its number; `hidden` are the tokens of locals."""
    loose = [digest(" ".join(["$" if token in hidden else token for token in row.loose])) for _, row in rows]
    for start in range(len(rows) - 1):
        number, first = rows[start]
        end = _end_of_run(rows, start)
        if end:
            some = [row for _, row in rows[start:end]]
            weak = all(row.plain for row in some) or all(row.strict == first.strict for row in some)
            yield _strict_key(some, loose[start:end]), Pair(number, end - start, sum(row.mass for row in some), weak)
        second = rows[start + 1][1]
        bare = first.bare + second.bare
        if bare >= _LOOSE_MASS:
            weak = loose[start] == loose[start + 1] or (first.plain and second.plain)
            yield hash((_LOOSE, loose[start], loose[start + 1])), Pair(number, 2, bare, weak)


def _end_of_run(rows: Sequence[tuple[int, Row]], start: int) -> int:
    """Where the shortest run from here ends that is heavy enough; 0 if there is none."""
    mass = rows[start][1].mass + rows[start + 1][1].mass
    end = start + 2
    if mass >= _STRICT_MASS:
        return end
    while mass < _RUN_MASS and end < min(len(rows), start + _LONGEST_RUN):
        mass += rows[end][1].mass
        end += 1
    return end if mass >= _RUN_MASS else 0


def _strict_key(rows: Sequence[Row], loose: Sequence[int]) -> int:
    if len(rows) > 2 and sum(not row.plain for row in rows) < 2:
        return hash((_ASSIGNMENTS, *loose))
    order: dict[str, int] = {}
    renamed = [order.setdefault(name, len(order)) for row in rows for name in row.names]
    return hash((_STRICT, *[row.strict for row in rows], *renamed))


@dataclass(frozen=True)
class Repeat:
    """One pair and all its places; `charge` is what one more copy costs, in `UNIT`s of a node."""

    charge: int
    places: tuple[tuple[File, Pair], ...]


def repeats(files: Sequence[File]) -> Iterator[Repeat]:
    """The pairs that occur twice or more."""
    counts: Counter[int] = Counter()
    for file in files:
        counts.update(file.pair_keys)
    known = {key for key, count in counts.items() if count > 1}
    places: dict[int, list[tuple[File, Pair]]] = defaultdict(list)
    for file in files:
        for number, key in enumerate(file.pair_keys):
            if key in known:
                places[key].append((file, file.pair(number)))
    for some in places.values():
        # Texts of one shape can differ in mass; the least is what all copies have.
        yield Repeat(min(pair.mass * (_WEAK if pair.weak else _WHOLE) for _, pair in some), tuple(some))
