"""All that is alike in a tree, and as much of it as decides what is found in some of its functions."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from itertools import chain

from metrics.index import Index
from metrics.scorers.duplication.choice import Choice
from metrics.scorers.duplication.clones import (
    Clone,
    fragments,
    functions_by_shape,
    runs_by_seed,
    unit_of,
    whole_functions,
)
from metrics.scorers.duplication.file import File, Unit
from metrics.scorers.duplication.near_miss import Neighbours
from metrics.scorers.duplication.pairs import Repeat, repeats, unit_at


class Candidates:
    """The clones of a tree before one is chosen of those that overlap."""

    def __init__(self, files: Sequence[File]) -> None:
        self.count = len(files)
        self._runs = runs_by_seed(files)
        self._functions = functions_by_shape(files)
        self._neighbours = Neighbours(files)

    def clones(self, units: Container[Unit] | None = None) -> Iterator[Clone]:
        """All clones; or at least all that have a place in one of these units."""
        runs, functions = self._runs, self._functions
        if units is not None:
            runs = [some for some in runs if any(unit_of(run) in units for run in some)]
            functions = [some for some in functions if any(place.unit in units for place in some)]
        return chain(fragments(runs), whole_functions(functions), self._neighbours.near_misses(units))


class Reach:
    """The files of a tree that have something in common with some of its functions, read as far as those lead."""

    def __init__(self, index: Index, rule: str) -> None:
        self._index = index
        self._rule = rule
        self._keys: set[int] = set()
        self._known: dict[str, File] = {}
        self._candidates: Candidates | None = None
        self._read(index.near_lines)
        self.near = {
            file.unit(number)
            for file in self._known.values()
            for number, function in enumerate(file.functions)
            if index.is_near(file.path, function.line, function.end_line)
        }

    @property
    def files(self) -> list[File]:
        """All that was read."""
        return [self._known[path] for path in sorted(self._known)]

    def files_like(self, units: Iterable[Unit]) -> list[File]:
        """At least all that have something in common with these units."""
        keys = {key for path, number in units for key in self._known[path].keys(number)} - self._keys
        self._keys |= keys
        self._read(self._index.tied(self._rule, keys))
        return self.files

    def deciding(self, units: Collection[Unit]) -> list[Clone]:
        """The clones that have a part in which are chosen in these units: those there, those that overlap with them,
        and so on."""
        reached, new = {*units}, {*units}
        while True:
            files = self.files_like(new)
            if self._candidates is None or len(files) > self._candidates.count:
                self._candidates = Candidates(files)
            found = [*self._candidates.clones(reached)]
            new = {place.unit for clone in found for place in clone.places} - reached
            if not new:
                return found
            reached |= new

    def _read(self, paths: Collection[str]) -> None:
        missing = [path for path in paths if path not in self._known]
        self._known |= {path: File(path, facts) for path, facts in self._index.facts(self._rule, missing)}


def matches(files: Sequence[File]) -> tuple[Choice, list[Repeat]]:
    """The clones that are chosen, and what repeats."""
    return Choice(files, Candidates(files).clones()), [*repeats(files)]


def matches_near(reach: Reach) -> tuple[Choice, list[Repeat]]:
    """All clones and repeats that have a part in what is found in the functions that are near."""
    units = reach.near
    deciding = reach.deciding(units)
    chosen = (clone.places for clone in Choice(reach.files, deciding).clones)
    inside = {place.unit for some in chosen if any(place.unit in units for place in some) for place in some}
    # A clone is charged what repeats inside it, wherever that is.
    found = [*repeats(reach.files_like(units | inside), units | inside)]
    around = {unit_at(*place) for repeat in found for place in repeat.places}
    deciding = reach.deciding(units | around)
    return Choice(reach.files, deciding), found
