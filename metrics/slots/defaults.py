"""Tests that only give a value its default: the first of a slot is free, as every optional value needs one."""

from __future__ import annotations

import ast

from metrics.slots.places import Places


def own_defaults(places: Places) -> set[ast.AST]:
    """Tests of a slot, or first operands of `or`, that serve to give its value a default, and nothing else."""
    found: set[ast.AST] = set()
    nodes = places.scope.nodes
    for node in nodes.get(ast.If, ()):
        subject = _tested(node.test, places)
        if subject is not None and (_assigns(node.body, subject) or _picks(node, subject)):
            found.update((node.test, subject))
    for node in nodes.get(ast.IfExp, ()):
        subject = _tested(node.test, places)
        if subject is not None and (is_same(subject, node.body) or is_same(subject, node.orelse)):
            found.update((node.test, subject))
    for node in nodes.get(ast.Assign, ()):
        subject = _first_operand(node.value)
        if subject is not None and any(is_same(subject, target) for target in node.targets):
            found.add(subject)
    return found


def _tested(test: ast.expr, places: Places) -> ast.expr | None:
    """What a test for None or for truth is about."""
    if test.__class__ is ast.Compare and len(test.ops) == 1 and places.is_none(test.comparators[0]):
        return test.left
    if test.__class__ is ast.UnaryOp and isinstance(test.op, ast.Not):
        return test.operand
    return test if test.__class__ in (ast.Name, ast.Attribute) else None


def _first_operand(value: ast.expr) -> ast.expr | None:
    return value.values[0] if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or) else None


def _assigns(body: list[ast.stmt], subject: ast.expr) -> bool:
    for statement in body:
        if isinstance(statement, ast.Assign):
            if any(is_same(subject, target) for target in statement.targets):
                return True
        elif isinstance(statement, ast.AnnAssign) and is_same(subject, statement.target):
            return True
    return False


def _picks(node: ast.If, subject: ast.expr) -> bool:
    """Whether the two branches each assign once, and one of them the subject."""
    branches = node.body + node.orelse
    if not len(node.body) == len(node.orelse) == 1 or not all(isinstance(one, ast.Assign) for one in branches):
        return False
    return any(isinstance(one, ast.Assign) and is_same(subject, one.value) for one in branches)


def is_same(first: ast.AST, second: ast.AST) -> bool:
    """Whether two chains of names and attributes name the same place."""
    while first.__class__ is second.__class__ is ast.Attribute:
        if first.attr != second.attr:
            return False
        first, second = first.value, second.value
    return first.__class__ is second.__class__ is ast.Name and first.id == second.id
