"""Tests of a value whose None is an error where it is asked for: asserted away, or answered by raising."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from metrics.slots.places import Places


def refusals(places: Places) -> set[ast.AST]:
    """Tests for None or for truth, and what they are about, after which only a value that is there goes on."""
    found: set[ast.AST] = set()
    nodes = places.scope.nodes
    for node in nodes.get(ast.Assert, ()):
        found.update(_subjects(node.test, places, missing=False))
    for node in nodes.get(ast.If, ()):
        if node.body[-1].__class__ is ast.Raise:
            found.update(_subjects(node.test, places, missing=True))
        elif node.orelse and node.orelse[-1].__class__ is ast.Raise:
            found.update(_subjects(node.test, places, missing=False))
    return found


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
