from __future__ import annotations

import pytest

from guardloop.sketches import SKETCHERS
from guardloop.sketches.testing import Refuses, Sketches, examples, failure
from metrics.scorers import SCORERS

CASES = [
    pytest.param(sketcher, SCORERS[rule], example, id=f"{rule}-{type(example).__name__.lower()}-{number}")
    for rule, sketcher in SKETCHERS.items()
    for number, example in enumerate(examples(sketcher))
]


@pytest.mark.parametrize(("sketcher", "scorer", "example"), CASES)
def test_every_example_of_a_sketcher_holds(sketcher, scorer, example):
    assert failure(sketcher, scorer, example) is None


def test_an_example_that_does_not_hold_says_what_was_expected():
    sketcher, scorer = SKETCHERS["reification-miss"], SCORERS["reification-miss"]
    assert failure(sketcher, scorer, Sketches("x = 1\n", "x = 1\n")) == "expected a sketch, got [] and []"
    assert failure(sketcher, scorer, Refuses("x = 1\n", "why")) == "expected 'why' in []"
