from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from edits import KINDS, edited

import metrics
from guardloop.checking.charging import charged_where_touched
from guardloop.checking.sides import Sides
from metrics.charge import Charged, charge
from metrics.difference import Difference, difference
from metrics.discovery import discover
from metrics.measure import default_rules, measure
from metrics.scorers import SCORERS
from metrics.source import SourceTree

RULES = default_rules()
GATED = [rule for rule in RULES if SCORERS[rule].gated]


@pytest.fixture(scope="module")
def product() -> SourceTree:
    """A third of this package: as many findings as a test can wait for."""
    texts = dict(discover(Path(metrics.__file__).parent).tree.texts)
    return SourceTree({path: texts[path] for path in sorted(texts)[1::3]})


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GUARDLOOP_CACHE", str(tmp_path / "cache"))


def charged(before: SourceTree, after: SourceTree, lines: Difference) -> Charged:
    return charge(measure(before), measure(after), lines, GATED)


@pytest.mark.parametrize("seed", range(4 * KINDS))
def test_what_a_change_is_charged_near_it_is_what_the_whole_trees_say(product: SourceTree, seed: int) -> None:
    before, after = product, edited(product, seed)
    if seed // KINDS % 2:
        before, after = after, before
    change = Sides(before, after, frozenset(before.unlike(after)), "HEAD")
    lines = difference(before, after)
    _, found = charged_where_touched(change, lines, GATED, RULES, is_staged=True)
    assert found == charged(before, after, lines)
    assert charged_where_touched(change, lines, GATED, RULES)[1] == found


def steps_for(functions: int) -> int:
    """How many calls it takes to charge a change that adds so many small functions that are alike."""
    one = "def f{0}(a, b):\n    c = a.load(b)\n    d = c.check({0})\n    log(c, d)\n    return d.value + {0}\n\n\n"
    before = SourceTree({"a.py": one.format("")})
    after = before.replacing({"b.py": "".join(one.format(n) for n in range(functions))})
    steps = 0

    def step(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal steps
        steps += event == "call"

    sys.setprofile(step)
    try:
        _, found = charged_where_touched(
            Sides(before, after, frozenset({"b.py"}), "HEAD"), difference(before, after), GATED, RULES
        )
    finally:
        sys.setprofile(None)
    assert found.charges["duplication"] > functions
    return steps


def test_a_change_of_four_times_as_many_functions_takes_about_four_times_as_long() -> None:
    assert steps_for(320) < 5 * steps_for(80)
