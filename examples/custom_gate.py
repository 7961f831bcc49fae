"""A gate that refuses names that say nothing, such as `helper` or `do_stuff2`.

A gate answers passed, failed, or could not tell, and never raises for what a candidate holds. Its place in the order is
its place in the registry of `guardloop/gates/__init__.py`: cheap gates come first.
"""

from __future__ import annotations

import re

from engine.protocol import NAMES, Edit, Fill, Hole, HoleKind, Sketch
from guardloop.judgement import Candidate, Gate, GateResult, Outcome
from metrics.source import SourceTree

_EMPTY = re.compile(
    r"_*(do_|my_)?(helper|util|stuff|thing|func|function|method|process|handle|temp|tmp|foo|bar)s?_?\d*"
)


class TellingNames:
    """Passes a candidate whose every chosen name says something."""

    name = "telling-names"

    def check(self, candidate: Candidate) -> GateResult:
        """Fail the first empty name; a change that was not proposed by an engine has no chosen names to judge."""
        if candidate.sketch is None or candidate.fill is None:
            return GateResult(self.name, Outcome.ERRORED, "no sketch to read the chosen names from")
        for hole in candidate.sketch.holes:
            text = candidate.fill.texts.get(hole.name, "")
            if hole.kind in NAMES and _EMPTY.fullmatch(text):
                return GateResult(self.name, Outcome.FAILED, f"{text} says nothing about what it does")
        return GateResult(self.name, Outcome.PASSED)


def judge(name: str, gate: Gate) -> GateResult:
    """What a gate says of one name for one small helper."""
    hole = Hole("helper", HoleKind.HELPER_NAME)
    edit = Edit("pricing.py", 0, 0, ("def ", hole, "(net, rate):\n    return net + net * rate // 100\n"))
    sketch = Sketch("duplication", "duplication:example", "function", "Name the helper.", {"pricing.py": ""}, (edit,))
    fill = Fill({"helper": name}, 0.0, "example", 0)
    before = SourceTree({"pricing.py": ""})
    return gate.check(Candidate(before, before.replacing(sketch.after(fill)), sketch, fill))


if __name__ == "__main__":
    for name in ("helper", "add_tax"):
        print(f"{name}: {judge(name, TellingNames()).outcome}")
