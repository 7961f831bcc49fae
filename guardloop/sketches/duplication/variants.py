"""The shapes that one set of copies allows: every place, the whole run and parts of it, all copies and some."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.protocol import Sketch
from guardloop.sketches.duplication import delegation
from guardloop.sketches.duplication.alignment import shared_runs
from guardloop.sketches.duplication.annotating import annotated
from guardloop.sketches.duplication.extraction import Extraction, World, extract, sketch
from guardloop.sketches.duplication.placement import Place, places
from guardloop.sketches.duplication.region import Copy, Refused, trimmed
from guardloop.sketches.duplication.verification import verify, verify_parses
from guardloop.sketches.protocol import Refusal
from guardloop.sketches.style import Style

_LEAST_SAVING = 4
_SHARE = 0.5
_MOST_REGIONS = 60
_MOST_RUNS = 6
_ENOUGH = 3


@dataclass(frozen=True, eq=False)
class Proposal:
    """A sketch, and the extraction that it writes down if it is one."""

    sketch: Sketch
    shape: Extraction | None = None

    def finished(self, world: World, style: Style) -> Sketch:
        """The sketch with the annotations that the copies don't spell out, where the project annotates."""
        if self.shape is None or not style.annotated:
            return self.sketch
        shape = annotated(self.shape, world)
        try:
            return replace(
                _checked(shape, world, self.sketch.finding, self.sketch.variant), predicted=self.sketch.predicted
            )
        except Refused:
            return self.sketch


def proposals(copies: Sequence[Copy], world: World, style: Style, finding: str) -> Iterator[Proposal | Refusal]:
    """Every shape that can be built, and why others can't; parts of the copies only where the whole is not enough."""
    yield from _delegations(copies, world, style, finding)
    built = 0
    for run in _regions(copies, _SHARE):
        for answer in _extractions(run, copies, world, style, finding):
            built += isinstance(answer, Proposal)
            yield answer
        if built >= _ENOUGH:
            return
    if not built:
        yield from _partial(copies, world, style, finding)


def _regions(copies: Sequence[Copy], share: float) -> Iterator[list[Copy]]:
    for count, run in enumerate(trimmed(copies, share)):
        if count >= _MOST_REGIONS:
            return
        yield run


def _partial(copies: Sequence[Copy], world: World, style: Style, finding: str) -> Iterator[Proposal | Refusal]:
    """What two of the copies share where they don't match as a whole."""
    for other in copies[1:]:
        built = 0
        for run in shared_runs(copies[0], other)[:_MOST_RUNS]:
            for region in _regions(run, 2 * _SHARE if len(run[0].statements) > 8 else _SHARE):
                answers = list(_extractions(region, copies, world, style, finding))
                yield from answers
                if any(isinstance(answer, Proposal) for answer in answers):
                    built += 1
                    break
            if built >= _ENOUGH:
                break


def _extractions(
    run: Sequence[Copy], copies: Sequence[Copy], world: World, style: Style, finding: str
) -> Iterator[Proposal | Refusal]:
    part = "" if run[0].mass == copies[0].mass else f", {len(run[0].statements)} statements"
    for place in places(run, world.bindings, world.classes):
        for answer in _shapes(run, place, world, style):
            variant = place.variant + part
            if isinstance(answer, Refusal):
                yield answer
                continue
            try:
                yield Proposal(_checked(answer, world, finding, variant), answer)
            except Refused as reason:
                yield Refusal(variant, str(reason))


def _checked(shape: Extraction, world: World, finding: str, variant: str) -> Sketch:
    if shape.saving < _LEAST_SAVING:
        raise Refused(f"{shape.found.copies[0]}: it would save {shape.saving} nodes")
    result = sketch(shape, world, finding, variant)
    verify(shape, result)
    return result


def _shapes(copies: Sequence[Copy], place: Place, world: World, style: Style) -> Iterator[Extraction | Refusal]:
    """The extraction, or the one of fewer copies if all of them don't fit."""
    ordered = sorted(copies, key=lambda copy: copy.file is not place.file)
    try:
        yield extract(ordered, place, world, style)
    except Refused as reason:
        yield Refusal(place.variant, str(reason))
        fewer = _fitting(ordered, place, world, style) if len(ordered) > 2 and not place.owner else None
        if fewer:
            yield fewer


def _fitting(copies: Sequence[Copy], place: Place, world: World, style: Style) -> Extraction | None:
    """The extraction of the first copy that others go with, and of those."""
    for first in copies[:-1]:
        if first.file is not place.file:
            continue
        best: Extraction | None = None
        fitting = [first]
        for other in copies:
            if other is not first:
                try:
                    best = extract([*fitting, other], place, world, style)
                except Refused:
                    continue
                fitting.append(other)
        if best:
            return best
    return None


def _delegations(copies: Sequence[Copy], world: World, style: Style, finding: str) -> Iterator[Proposal | Refusal]:
    """All copies but one call that one, if it is a whole function."""
    for callee in copies:
        try:
            shape = delegation.delegate([callee, *(copy for copy in copies if copy is not callee)], world, style)
            if shape.saving < _LEAST_SAVING:
                raise Refused(f"{callee}: it would save {shape.saving} nodes")
            result = delegation.sketch(shape, world, finding)
            verify_parses(callee, result)
        except Refused as reason:
            yield Refusal(delegation.VARIANT, str(reason))
        else:
            yield Proposal(result)
            return
