"""All that is alike in a tree, and as much of it as decides what is found in some of its functions."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Sequence
from itertools import chain

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

    def deciding(self, units: Collection[Unit]) -> list[Clone]:
        """The clones that have a part in which are chosen in these units: those there, those that overlap with them,
        and so on."""
        reached = {*units}
        while True:
            found = [*self.clones(reached)]
            more = {place.unit for clone in found for place in clone.places} - reached
            if not more:
                return found
            reached |= more


def matches(files: Sequence[File], near: Container[str] | None) -> tuple[Choice, list[Repeat]]:
    """The clones that are chosen and what repeats: all, or all that has a part in what is found in the files `near`."""
    candidates = Candidates(files)
    if near is None:
        return Choice(files, candidates.clones()), [*repeats(files)]
    units = {file.unit(n) for file in files if file.path in near for n in range(len(file.functions))}
    chosen = (clone.places for clone in Choice(files, candidates.deciding(units)).clones)
    inside = {place.unit for some in chosen if any(place.file.path in near for place in some) for place in some}
    # A clone is charged what repeats inside it, wherever that is.
    found = [*repeats(files, units | inside)]
    around = {unit_at(*place) for repeat in found for place in repeat.places}
    return Choice(files, candidates.deciding(units | around)), found
