"""From a duplication finding to sketches: regions, places and subsets of the copies, best first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from engine.protocol import Sketch
from guardloop.sketches.duplication import delegation
from guardloop.sketches.duplication.delegation import delegate
from guardloop.sketches.duplication.extraction import Extraction, World, extract, sketch
from guardloop.sketches.duplication.placement import Place, places
from guardloop.sketches.duplication.program import Program
from guardloop.sketches.duplication.region import Copy, Refused, copies_of, trimmed
from guardloop.sketches.duplication.verification import verify, verify_parses
from guardloop.sketches.protocol import Refusal
from guardloop.sketches.style import Style
from metrics.scorer import Finding
from metrics.source import SourceTree

_SHARE = 0.5
_LEAST_SAVING = 4
_LEAST_FALL = 5
_MOST_SKETCHES = 8
_MOST_REGIONS = 60


class DuplicationSketcher:
    """Extracts what copies share: a method where they share a class, else a function."""

    rule = "duplication"

    def __init__(self, forecast: Callable[[Sketch, SourceTree], int] | None = None) -> None:
        self._forecast = forecast
        self._known: tuple[str, World] | None = None

    def sketches(self, finding: Finding, tree: SourceTree, style: Style) -> Iterator[Sketch | Refusal]:
        """Yield what the finding's copies could share, and then what parts of them could; refusals if that is nothing.

        With a forecast, a sketch predicts what that says, and one that gains too little is refused.
        """
        world = self._world(tree)
        columns = copies_of(finding, world.program)
        if not columns:
            yield Refusal("extraction", "the finding's statements were not found")
        found: dict[str, Sketch] = {}
        refusals: dict[str, Refusal] = {}
        for column in columns:
            for answer in (*_delegations(column, world, style, finding), *_answers(column, world, style, finding)):
                if isinstance(answer, Refusal):
                    refusals.setdefault(answer.reason, answer)
                else:
                    found.setdefault(answer.id, answer)
        best = sorted(found.values(), key=_worth, reverse=True)[:_MOST_SKETCHES]
        worthy = self._foreseen(best, tree) if self._forecast else best
        yield from worthy
        if not worthy:
            yield from refusals.values()
            yield from (Refusal(sketch.variant, "the rule's cost would hardly fall") for sketch in best)

    def _foreseen(self, sketches: Sequence[Sketch], tree: SourceTree) -> list[Sketch]:
        """The sketches that gain enough, by what they gain."""
        assert self._forecast is not None
        foreseen = [replace(sketch, predicted=self._forecast(sketch, tree)) for sketch in sketches]
        worthy = [sketch for sketch in foreseen if sketch.predicted >= _LEAST_FALL]
        return sorted(worthy, key=_worth, reverse=True)

    def _world(self, tree: SourceTree) -> World:
        """All findings of one plan are about the same tree: what was worked out for the last one is kept."""
        if self._known is None or self._known[0] != tree.digest:
            self._known = tree.digest, World(Program(tree))
        return self._known[1]


def _worth(sketch: Sketch) -> int:
    """What a shape gains, less what a reader pays for each name it needs."""
    return sketch.predicted - 2 * len(sketch.holes)


def _answers(copies: Sequence[Copy], world: World, style: Style, finding: Finding) -> Iterator[Sketch | Refusal]:
    built = 0
    for count, run in enumerate(trimmed(copies, _SHARE)):
        if built >= 3 or count >= _MOST_REGIONS:
            return
        part = "" if run[0].mass == copies[0].mass else f", {len(run[0].statements)} statements"
        shapes = list(_shapes(run, world, style))
        for place, shape in shapes:
            if isinstance(shape, Refusal):
                yield shape
                continue
            answer = _written(shape, world, finding, place.variant + part)
            built += isinstance(answer, Sketch)
            yield answer


def _delegations(copies: Sequence[Copy], world: World, style: Style, finding: Finding) -> Iterator[Sketch | Refusal]:
    """All copies but one call that one, if it is a whole function."""
    for callee in copies:
        try:
            shape = delegate([callee, *(copy for copy in copies if copy is not callee)], world, style)
            if shape.saving < _LEAST_SAVING:
                raise Refused(f"{callee}: it would save {shape.saving} nodes")
            result = delegation.sketch(shape, world, finding.id)
            verify_parses(callee, result)
        except Refused as reason:
            yield Refusal(delegation.VARIANT, str(reason))
        else:
            yield result
            return


def _written(shape: Extraction, world: World, finding: Finding, variant: str) -> Sketch | Refusal:
    try:
        if shape.saving < _LEAST_SAVING:
            raise Refused(f"{shape.found.copies[0]}: it would save {shape.saving} nodes")
        result = sketch(shape, world, finding.id, variant)
        verify(shape, result)
        return result
    except Refused as reason:
        return Refusal(variant, str(reason))


def _shapes(copies: Sequence[Copy], world: World, style: Style) -> Iterator[tuple[Place, Extraction | Refusal]]:
    for place in places(copies, world.bindings, world.classes):
        ordered = sorted(copies, key=lambda copy: copy.file is not place.file)
        try:
            yield place, extract(ordered, place, world, style)
        except Refused as reason:
            yield place, Refusal(place.variant, str(reason))
            yield from _smaller(ordered, place, world, style)


def _smaller(copies: Sequence[Copy], place: Place, world: World, style: Style) -> Iterator[tuple[Place, Extraction]]:
    """The same with fewer copies: those that each other one can be unified with."""
    if len(copies) < 3 or place.owner:
        return
    for first in copies[:-1]:
        if first.file is not place.file:
            continue
        fitting = [first]
        for other in copies:
            if other is not first:
                try:
                    extract([*fitting, other], place, world, style)
                except Refused:
                    continue
                fitting.append(other)
        if len(fitting) > 1:
            yield place, extract(fitting, place, world, style)
            return
