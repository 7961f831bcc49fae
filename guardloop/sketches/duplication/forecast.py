"""What a sketch would do to the costs: names change nothing, so that placeholders stand in for them."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from engine.protocol import Fill, Sketch
from guardloop.gates.rises import rises
from metrics.measure import measure
from metrics.source import SourceTree

RULE = "duplication"


def fall(sketch: Sketch, tree: SourceTree) -> int:
    """How far the sketch's rule would fall; 0 if another gated rule would rise."""
    future = tree.replacing(_filled(sketch))
    before, after = measure(tree), measure(future)
    if any(rule != RULE for rule, _ in rises(tree, future, before.costs, (before, after))):
        return 0
    return before.costs[RULE] - after.costs[RULE]


def nodes_removed(sketch: Sketch) -> int:
    """How many AST nodes the touched files would lose: the rule prices repeats, this also what a shape needs itself."""
    return _nodes(sketch.sources.values()) - _nodes(_filled(sketch).values())


def _filled(sketch: Sketch) -> dict[str, str]:
    names = {hole.name: f"{hole.prefix}placeholder_{hole.name}" for hole in sketch.holes}
    return sketch.after(Fill(names, 0.0, "none", 0))


def _nodes(texts: Iterable[str]) -> int:
    return sum(1 for text in texts for _ in ast.walk(ast.parse(text)))
