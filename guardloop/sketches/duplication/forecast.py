"""What a sketch would do to the costs: names change nothing, so that placeholders stand in for them."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from engine.protocol import Fill, Sketch
from metrics.measure import measure
from metrics.scorers import SCORERS
from metrics.source import SourceTree

RULE = "duplication"


def fall(sketch: Sketch, tree: SourceTree) -> int:
    """How far the sketch's rule would fall; 0 if another gated rule would rise."""
    before = measure(tree).costs
    after = measure(tree.replacing(_filled(sketch))).costs
    if any(SCORERS[rule].gated and after[rule] > cost for rule, cost in before.items()):
        return 0
    return before[RULE] - after[RULE]


def nodes_removed(sketch: Sketch) -> int:
    """How many AST nodes the touched files would lose: the rule prices repeats, this also what a shape needs itself."""
    return _nodes(sketch.sources.values()) - _nodes(_filled(sketch).values())


def _filled(sketch: Sketch) -> dict[str, str]:
    names = {hole.name: f"{hole.prefix}placeholder_{hole.name}" for hole in sketch.holes}
    return sketch.after(Fill(names, 0.0, "none", 0))


def _nodes(texts: Iterable[str]) -> int:
    return sum(1 for text in texts for _ in ast.walk(ast.parse(text)))
