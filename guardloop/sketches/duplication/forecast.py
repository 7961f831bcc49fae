"""What a sketch would do to the costs: names change nothing, so that placeholders stand in for them."""

from __future__ import annotations

from engine.protocol import Fill, Sketch
from metrics.measure import measure
from metrics.scorers import SCORERS
from metrics.source import SourceTree

RULE = "duplication"


def fall(sketch: Sketch, tree: SourceTree) -> int:
    """How far the sketch's rule would fall; 0 if another gated rule would rise."""
    names = {hole.name: f"{hole.prefix}placeholder_{hole.name}" for hole in sketch.holes}
    before = measure(tree).costs
    after = measure(tree.replacing(sketch.after(Fill(names, 0.0, "none", 0)))).costs
    if any(SCORERS[rule].gated and after[rule] > cost for rule, cost in before.items()):
        return 0
    return before[RULE] - after[RULE]
