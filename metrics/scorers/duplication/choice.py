"""From overlapping clones to a few that can all be extracted, and the rows that each of them takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from metrics.scorers.duplication.clones import LEAST_SAVING, Clone, Place
from metrics.scorers.duplication.file import File, Pair

_MOST_OVERLAP = 0.3


class Choice:
    """The clones that save most, none lying for a third in another; the order of files is no matter."""

    def __init__(self, files: Sequence[File], clones: Iterable[Clone]) -> None:
        self.clones: list[Clone] = []
        self._taken: dict[str, list[int]] = {file.path: [-1] * len(file.row_masses) for file in files}
        for clone in sorted(clones, key=_rank):
            self._take(clone)

    def clone_at(self, file: File, pair: Pair) -> int:
        """The number of the clone that holds all rows of a pair, or -1."""
        numbers = set(self._taken[file.path][pair.row : pair.row + pair.length])
        return numbers.pop() if len(numbers) == 1 else -1

    def _take(self, clone: Clone) -> None:
        free = [place for place in clone.places if self._overlap(place) <= _MOST_OVERLAP]
        if len(free) < 2:
            return
        saving = clone.saving * (len(free) - 1) // (len(clone.places) - 1)
        if saving < LEAST_SAVING:
            return
        number = len(self.clones)
        self.clones.append(replace(clone, saving=saving, places=tuple(free)))
        for place in free:
            taken = self._taken[place.file.path]
            for row in range(place.first_row, place.last_row):
                if taken[row] < 0:
                    taken[row] = number

    def _overlap(self, place: Place) -> float:
        masses = place.file.row_masses[place.first_row : place.last_row]
        taken = self._taken[place.file.path][place.first_row : place.last_row]
        return sum(mass for mass, by in zip(masses, taken, strict=True) if by >= 0) / max(1, sum(masses))


def _rank(clone: Clone) -> tuple[object, ...]:
    first = clone.places[0]
    names = sorted((place.owner.qualname, place.shapes) for place in clone.places)
    paths = sorted((place.file.path, place.line) for place in clone.places)
    at = first.file.path, first.line
    return -clone.saving, -clone.mass, clone.kind, first.shapes, names, paths, at
