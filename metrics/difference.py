"""What a change adds and removes, in lines of code: moved code, formatting and comments are no part of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from metrics.alignment import aligned
from metrics.moves import Place, moves
from metrics.rows import Row, lines_of, rows_of
from metrics.source import SourceTree


@dataclass(frozen=True)
class Lines:
    """Lines of one file of one side: those that only this side has, out of all that hold code."""

    own: frozenset[int]
    code: frozenset[int]

    def hold_most_of(self, line: int, end_line: int) -> bool:
        """Whether at least half of the code lines of a stretch are this side's own."""
        code = self.code.intersection(range(line, end_line + 1))
        return bool(code) and 2 * len(code & self.own) >= len(code)


@dataclass(frozen=True)
class Difference:
    """The changed files of both sides by path; a file that is not here has neither added nor removed lines."""

    added: Mapping[str, Lines] = field(default_factory=dict)
    removed: Mapping[str, Lines] = field(default_factory=dict)
    outward: frozenset[tuple[str, str]] = frozenset()
    """From which of these files code moved to which one elsewhere; it is not removed."""

    @property
    def added_lines(self) -> int:
        """Lines of code that the change adds."""
        return sum(len(lines.own) for lines in self.added.values())

    @property
    def adds(self) -> bool:
        """Whether any line of code is new."""
        return any(lines.own for lines in self.added.values())

    @property
    def removes(self) -> bool:
        """Whether any line of code is gone."""
        return any(lines.own for lines in self.removed.values())

    def within(self, paths: Collection[str]) -> Difference:
        """What of it lies in these files."""
        added, removed = (
            {path: lines for path, lines in side.items() if path in paths} for side in (self.added, self.removed)
        )
        return Difference(added, removed, frozenset((path, to) for path, to in self.outward if path in paths))


def difference(
    before: SourceTree, after: SourceTree, elsewhere: Callable[[], Iterable[tuple[str, str, str]]] = tuple
) -> Difference:
    """Compare two trees, statement by statement.

    A statement that stays, or turns up elsewhere while it vanishes here, is not new, however it is formatted and
    indented. Of a statement that changes, only the lines that changed are. What vanishes here and turns up in a file
    that is in neither tree, of those that `elsewhere` gives with their texts before and after, is not removed.
    """
    changed = before.unlike(after)
    was, now = (side.read([path for path in changed if path in side.texts]) for side in (before, after))
    files = [_File(path, was.get(path, ""), now.get(path, "")) for path in changed]
    moved = moves([place for file in files for place in file.gone], [place for file in files for place in file.come])
    gone = {(place.path, place.number) for place, _ in moved}
    come = {(place.path, place.number) for _, place in moved}
    left = [place for file in files for place in file.gone if (place.path, place.number) not in gone]
    # What is judged has its pick first: of two places that code could have moved to, only the other one is new.
    outward = moves(left, [place for one in elsewhere() for place in _File(*one).come]) if left else []
    gone |= {(place.path, place.number) for place, _ in outward}
    added, removed = {}, {}
    for file in files:
        removed[file.path], added[file.path] = file.lines(gone, come)
    return Difference(added, removed, frozenset((place.path, to.path) for place, to in outward))


class _File:
    """Both states of one file, as rows, and the rows of each that the other lacks."""

    def __init__(self, path: str, before: str, after: str) -> None:
        self.path = path
        self.texts = lines_of(before), lines_of(after)
        self.rows = rows_of(before), rows_of(after)
        self.stay = _aligned(*self.rows)
        stay_before, stay_after = {i for i, _ in self.stay}, {j for _, j in self.stay}
        self.gone = [Place(path, i, row.key, row.mass) for i, row in enumerate(self.rows[0]) if i not in stay_before]
        self.come = [Place(path, j, row.key, row.mass) for j, row in enumerate(self.rows[1]) if j not in stay_after]

    def lines(self, gone: Collection[tuple[str, int]], come: Collection[tuple[str, int]]) -> tuple[Lines, Lines]:
        """What is left of the removed and of the added lines when these rows are taken out, as they moved."""
        removed: set[int] = set()
        added: set[int] = set()
        left = {p.number for p in self.gone if (p.path, p.number) not in gone}
        new = {p.number for p in self.come if (p.path, p.number) not in come}
        edges = [(-1, -1), *self.stay, (len(self.rows[0]), len(self.rows[1]))]
        for (i, j), (k, m) in pairwise(edges):
            if k - i > 1 or m - j > 1:
                before = _numbered(self.rows[0], [n for n in range(i + 1, k) if n in left], self.texts[0])
                after = _numbered(self.rows[1], [n for n in range(j + 1, m) if n in new], self.texts[1])
                same = aligned([text for _, text in before], [text for _, text in after])
                removed |= {number for number, _ in before} - {before[n][0] for n, _ in same}
                added |= {number for number, _ in after} - {after[n][0] for _, n in same}
        was, now = (_code(rows) for rows in self.rows)
        return Lines(frozenset(removed), was), Lines(frozenset(added), now)


def _aligned(before: Sequence[Row], after: Sequence[Row]) -> list[tuple[int, int]]:
    """Rows that stay in place: those written alike, and between them those that differ in their format only."""
    same = aligned([row.text for row in before], [row.text for row in after])
    pairs = list(same)
    for (i, j), (k, m) in pairwise([(-1, -1), *same, (len(before), len(after))]):
        if k - i > 1 and m - j > 1:
            between = aligned([row.key for row in before[i + 1 : k]], [row.key for row in after[j + 1 : m]])
            pairs += [(i + 1 + n, j + 1 + o) for n, o in between]
    return sorted(pairs)


def _numbered(rows: Sequence[Row], chosen: Sequence[int], lines: Sequence[str]) -> list[tuple[int, str]]:
    """The lines of these rows that are not blank, with their numbers."""
    numbers = {number for n in chosen for number in range(rows[n].line, rows[n].end_line + 1)}
    return [(number, text) for number in sorted(numbers) if (text := lines[number - 1].strip())]


def _code(rows: Sequence[Row]) -> frozenset[int]:
    return frozenset(number for row in rows for number in range(row.line, row.end_line + 1))
