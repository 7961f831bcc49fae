"""Pairs of neighbouring rows that occur again: the measure of duplication.

*Strict*: equal shapes, with all names under one consistent renaming. *Loose*: equal but for the arguments of calls and
the names of locals. Light rows need a longer run of either kind, and a run of plain assignments needs equal attributes.
A short function that is another one with a row more is compared loosely, as a whole.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from metrics.scorers.duplication.digests import DIGESTS
from metrics.scorers.duplication.file import File, Pair, Unit
from metrics.scorers.duplication.shape import Row

_WHOLE, _WEAK = 16, 4
UNIT = 64
"""A node in the unit of charges: a row lies in two pairs of two kinds, weak pairs and twins count a quarter."""
_STRICT_MASS = 9
_LOOSE_MASS = 10
_RUN_MASS = 16
_LONGEST_RUN = 6
_FEW = 32
"""Names that are numbered faster by searching them than by remembering them."""
_STRICT, _ASSIGNMENTS, _LOOSE, _WHOLE_LINE = 1, 2, 3, 4


Keyed = tuple[int, tuple[int, int, int, bool]]
"""A key, and the fields of its `Pair`."""
Place = tuple[File, Pair]


class Line:
    """An unbroken line of rows, each with its number in the file; `loose` are the digests of their loose forms."""

    def __init__(self, rows: Sequence[tuple[int, Row]], local: set[str]) -> None:
        self.numbers = [number for number, _ in rows]
        self.strict, _, spelled, self.names, self.masses, self.bare, self.plain, _, _ = zip(
            *[row for _, row in rows], strict=True
        )
        self.loose = [DIGESTS[" ".join(["$" if token in local else token for token in tokens])] for tokens in spelled]


def pairs_of(line: Line) -> Iterator[Keyed]:
    """The pairs that begin at each row, and their keys."""
    loose, strict, masses, bare, plain = line.loose, line.strict, line.masses, line.bare, line.plain
    for start, number in enumerate(line.numbers[:-1]):
        end = start + 2 if masses[start] + masses[start + 1] >= _STRICT_MASS else _end_of_run(masses, start)
        if end:
            shapes = strict[start:end]
            weak = False not in plain[start:end] or shapes.count(shapes[0]) == end - start
            yield _strict_key(line, start, end), (number, end - start, sum(masses[start:end]), weak)
        end = start + 2 if bare[start] + bare[start + 1] >= _LOOSE_MASS else _end_of_run(bare, start)
        if end:
            keys = loose[start:end]
            yield hash((_LOOSE, *keys)), (number, end - start, sum(bare[start:end]), _is_weak(plain[start:end], keys))


def wholes_of(line: Line) -> tuple[list[Keyed], list[Keyed]]:
    """The whole of a short line, and the line without each one of its rows: what one statement more leaves alike."""
    count, mass = len(line.numbers), sum(line.bare)
    if mass < _RUN_MASS or not 2 <= count <= _LONGEST_RUN + 1:
        return [], []
    whole = [_whole(line, mass, None)] if count <= _LONGEST_RUN else []
    lacking = range(count) if count > 2 else ()
    less = [(gone, mass - line.bare[gone]) for gone in lacking]
    return whole, [_whole(line, left, gone) for gone, left in less if left >= _RUN_MASS]


def _whole(line: Line, mass: int, gone: int | None) -> Keyed:
    """All rows but one, as a pair that reaches over the whole line."""
    loose = [key for number, key in enumerate(line.loose) if number != gone]
    plain = [is_plain for number, is_plain in enumerate(line.plain) if number != gone]
    return hash((_WHOLE_LINE, *loose)), (line.numbers[0], len(line.numbers), mass, _is_weak(plain, loose))


def _is_weak(plain: Sequence[bool], loose: Sequence[int]) -> bool:
    """Whether rows are repetitive by nature: assignments that compute nothing, or one row again and again."""
    return plain.count(False) < min(2, len(plain) - 1) or len(set(loose)) == 1


def _end_of_run(masses: Sequence[int], start: int) -> int:
    """Where the shortest run of light rows from here ends that is heavy enough; 0 if there is none."""
    mass, end = masses[start] + masses[start + 1], start + 2
    while mass < _RUN_MASS and end < min(len(masses), start + _LONGEST_RUN):
        mass += masses[end]
        end += 1
    return end if mass >= _RUN_MASS else 0


def _strict_key(line: Line, start: int, end: int) -> int:
    if end - start > 2 and line.plain[start:end].count(False) < 2:
        return hash((_ASSIGNMENTS, *line.loose[start:end]))
    names = list(chain.from_iterable(line.names[start:end]))
    order: dict[str, int] = {}
    renamed = map(names.index, names) if len(names) < _FEW else [order.setdefault(name, len(order)) for name in names]
    return hash((_STRICT, *line.strict[start:end], *renamed))


@dataclass(frozen=True)
class Repeat:
    """One pair and all its places; `charge` is what one more copy costs, in `UNIT`s of a node."""

    charge: int
    places: tuple[Place, ...]


def repeats(files: Sequence[File], units: Container[Unit] | None = None) -> Iterator[Repeat]:
    """The pairs that occur twice or more, and the short functions that others are with one row more.

    If units are given, those that have a place in one.
    """
    known = repeated(file.pair_keys for file in files)
    if units is not None:
        known &= {key for file in files for key in _keys_in(file, units)}
    places: dict[int, list[Place]] = defaultdict(list)
    for file in files:
        if not known.isdisjoint(file.pair_keys):
            for number, key in enumerate(file.pair_keys):
                if key in known:
                    places[key].append((file, file.pair(number)))
    for some in (*places.values(), *_one_row_more(files)):
        if units is None or any(unit_at(*place) in units for place in some):
            # Texts of one shape can differ in mass; the least is what all copies have.
            yield Repeat(min(pair.mass * (_WEAK if pair.weak else _WHOLE) for _, pair in some), tuple(some))


def _keys_in(file: File, units: Container[Unit]) -> Iterator[int]:
    numbers = {number for number in range(len(file.plain_functions)) if file.unit(number) in units}
    for number, key in enumerate(file.pair_keys):
        if numbers and file.row_functions[file.pair(number).row] in numbers:
            yield key


def unit_at(file: File, pair: Pair) -> Unit:
    """The outermost function around a pair."""
    return file.unit(file.row_functions[pair.row])


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
