"""Pairs of neighbouring rows that occur again: the measure of duplication.

*Strict*: equal shapes, with all names under one consistent renaming. *Loose*: equal but for the arguments of calls and
the names of locals. Light rows need a longer run of either kind, and a run of plain assignments needs equal attributes.
A short function that is another one with a row more is compared loosely, as a whole.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
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
_STRICT, _ASSIGNMENTS, _LOOSE, _WHOLE_LINE = 1, 2, 3, 4


@dataclass(frozen=True)
class Line:
    """An unbroken line of rows, each with its number in the file, and the digests of their loose forms."""

    rows: Sequence[tuple[int, Row]]
    loose: Sequence[int]

    @classmethod
    def of(cls, rows: Sequence[tuple[int, Row]], local: set[str], digest: Callable[[str], int]) -> Line:
        """The line of a function with these `$` tokens of locals."""
        return cls(
            rows, [digest(" ".join(["$" if token in local else token for token in row.loose])) for _, row in rows]
        )


Keyed = tuple[int, Pair]
Place = tuple[File, Pair]


def pairs_of(line: Line) -> Iterator[Keyed]:
    """The pairs that begin at each row, and their keys."""
    masses, bare = [row.mass for _, row in line.rows], [row.bare for _, row in line.rows]
    for start in range(len(line.rows) - 1):
        end = _end_of_run(masses, start, _STRICT_MASS)
        if end:
            some = [row for _, row in line.rows[start:end]]
            weak = all(row.plain for row in some) or all(row.strict == some[0].strict for row in some)
            key = _strict_key(some, line.loose[start:end])
            yield key, Pair(line.rows[start][0], end - start, sum(masses[start:end]), weak)
        end = _end_of_run(bare, start, _LOOSE_MASS)
        if end:
            yield _loose_pair(line, range(start, end), _LOOSE)


def wholes_of(line: Line) -> tuple[tuple[Keyed, ...], tuple[Keyed, ...]]:
    """The whole of a short line, and the line without each one of its rows: what one statement more leaves alike."""
    count = len(line.rows)
    whole = [range(count)] if 2 <= count <= _LONGEST_RUN else []
    less = [[n for n in range(count) if n != gone] for gone in range(count)] if 3 <= count <= _LONGEST_RUN + 1 else []
    keyed = [tuple(_loose_pair(line, rows, _WHOLE_LINE) for rows in some) for some in (whole, less)]
    full, lacking = (tuple(one for one in some if one[1].mass >= _RUN_MASS) for some in keyed)
    return full, lacking


def _loose_pair(line: Line, numbers: Sequence[int], kind: int) -> Keyed:
    """Rows compared loosely; the pair reaches over the whole line where it is part of one."""
    rows, loose = [line.rows[n][1] for n in numbers], [line.loose[n] for n in numbers]
    weak = sum(not row.plain for row in rows) < min(2, len(rows) - 1) or len(set(loose)) == 1
    first, length = (0, len(line.rows)) if kind == _WHOLE_LINE else (numbers[0], len(numbers))
    return hash((kind, *loose)), Pair(line.rows[first][0], length, sum(row.bare for row in rows), weak)


def _end_of_run(masses: Sequence[int], start: int, least: int) -> int:
    """Where the pair from here ends, or the shortest run of light rows that is heavy enough; 0 if there is none."""
    mass, end = masses[start] + masses[start + 1], start + 2
    if mass >= least:
        return end
    while mass < _RUN_MASS and end < min(len(masses), start + _LONGEST_RUN):
        mass += masses[end]
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
    places: tuple[Place, ...]


def repeats(files: Sequence[File]) -> Iterator[Repeat]:
    """The pairs that occur twice or more, and the short functions that others are with one row more."""
    known = repeated(file.pair_keys for file in files)
    places: dict[int, list[Place]] = defaultdict(list)
    for file in files:
        for number, key in enumerate(file.pair_keys):
            if key in known:
                places[key].append((file, file.pair(number)))
    for some in (*places.values(), *_one_row_more(files)):
        # Texts of one shape can differ in mass; the least is what all copies have.
        yield Repeat(min(pair.mass * (_WEAK if pair.weak else _WHOLE) for _, pair in some), tuple(some))


def repeated(keys: Iterable[Iterable[int]]) -> set[int]:
    """The keys that occur more than once."""
    counts: Counter[int] = Counter()
    for some in keys:
        counts.update(some)
    return {key for key, count in counts.items() if count > 1}


def _one_row_more(files: Sequence[File]) -> Iterator[list[Place]]:
    full: dict[int, Place] = {}
    lacking: dict[int, list[Place]] = defaultdict(list)
    for file in files:
        for key, pair in file.whole_lines:
            # Whole lines that are equal are repeats already, pair by pair.
            full.setdefault(key, (file, Pair(*pair)))
    for file in files:
        for key, pair in file.lacking_lines:
            if key in full:
                lacking[key].append((file, Pair(*pair)))
    for key, some in lacking.items():
        yield [full[key], *some]
