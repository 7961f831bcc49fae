"""Tests of a value without which a function does not go on: asserted, or it raises, or leaves with nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from metrics.slots.places import Places


def refusals(places: Places) -> tuple[set[ast.AST], set[ast.AST]]:
    """Tests for None or for truth, and what they are about: those that make None an error, those that end on it."""
    refused: set[ast.AST] = set()
    ended: set[ast.AST] = set()
    nodes = places.scope.nodes
    for node in nodes.get(ast.Assert, ()):
        refused.update(_subjects(node.test, places, missing=False))
    for node in nodes.get(ast.If, ()):
        for branch, missing in ((node.body, True), (node.orelse, False)):
            if branch and branch[-1].__class__ is ast.Raise:
                refused.update(_subjects(node.test, places, missing=missing))
            elif branch and _tells_nothing(branch[-1]):
                ended.update(_subjects(node.test, places, missing=missing))
    return refused, ended


def _tells_nothing(last: ast.stmt) -> bool:
    """Whether a branch ends in the next round, or in a result that is empty, false or None."""
    if not isinstance(last, ast.Return):
        return isinstance(last, (ast.Continue, ast.Break))
    value = last.value
    if isinstance(value, (ast.List, ast.Tuple)):
        return not value.elts
    if isinstance(value, ast.Dict):
        return not value.keys
    return value is None or (isinstance(value, ast.Constant) and not value.value)


def _subjects(test: ast.expr, places: Places, *, missing: bool) -> Iterator[ast.AST]:
    """The tests of which each alone decides: operands of `or` that say a value is missing, of `and` that it is not."""
    if test.__class__ is ast.BoolOp and isinstance(test.op, ast.Or if missing else ast.And):
        for value in test.values:
            yield from _subjects(value, places, missing=missing)
    elif test.__class__ is ast.UnaryOp and isinstance(test.op, ast.Not):
        yield from _subjects(test.operand, places, missing=not missing)
    elif test.__class__ is ast.Compare:
        wanted = (ast.Is, ast.Eq) if missing else (ast.IsNot, ast.NotEq)
        if len(test.ops) == 1 and isinstance(test.ops[0], wanted) and places.is_none(test.comparators[0]):
            yield test
    elif not missing:
        yield test
