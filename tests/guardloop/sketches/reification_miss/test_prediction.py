from __future__ import annotations

from itertools import pairwise

import pytest

from engine.protocol import HoleKind, Sketch
from guardloop.sketches.reification_miss import ReificationSketcher
from guardloop.sketches.reification_miss.examples import EXAMPLES
from guardloop.sketches.testing import Sketches, answers, filled
from metrics.scorers.reification_miss import ReificationMiss
from metrics.testing import score, tree

SKETCHES = [
    pytest.param(tree(example.code), sketch, id=f"{number}-{sketch.variant}")
    for number, example in enumerate(EXAMPLES)
    if isinstance(example, Sketches)
    for sketch in answers(ReificationSketcher(), ReificationMiss(), tree(example.code), example.style)
    if isinstance(sketch, Sketch)
]


@pytest.mark.parametrize(("code", "sketch"), SKETCHES)
def test_the_cost_falls_as_far_as_predicted(code, sketch):
    after = code.replacing(filled(sketch, {}))
    rule = ReificationMiss()
    assert score(rule, code).cost - score(rule, after).cost == sketch.predicted > 0


@pytest.mark.parametrize(("code", "sketch"), SKETCHES)
def test_edits_are_sorted_apart_and_within_the_files_they_name(code, sketch):
    places = [(edit.path, edit.start, edit.end) for edit in sketch.edits]
    assert places == sorted(places)
    assert set(sketch.sources) == {path for path, _, _ in places}
    assert all(sketch.sources[path] == code.texts[path] for path in sketch.sources)
    assert all(a[0] != b[0] or a[2] <= b[1] for a, b in pairwise(places))


@pytest.mark.parametrize(("code", "sketch"), SKETCHES)
def test_every_hole_says_what_may_fill_it(code, sketch):
    for hole in sketch.holes:
        kind = HoleKind.HELPER_NAME if hole.name == "name" else HoleKind.PARAMETER
        assert hole.kind == kind
        assert hole.hints
        assert "print" in hole.taken
    assert sketch.instruction.startswith(("Name the", "Ask `"))
