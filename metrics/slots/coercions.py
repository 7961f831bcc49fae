"""Where a function makes its own parameter the one type that it works with, and the functions that exist to do so."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from metrics.outline import Scope
from metrics.slots.kinds import last_name

CoercionFacts = list[tuple[int, int]]
"""Line and column of each test or conversion whose result replaces the parameter that it is about."""

_TYPE_TESTS = frozenset({"isinstance", "issubclass", "hasattr", "callable", "type"})
_PASSING = (ast.Name, ast.IfExp)
_LARGEST = 60
"""Nodes, without names, constants and operators, from which on a function does more than convert; 120 with them."""


def coercions(scope: Scope) -> CoercionFacts:
    """`if isinstance(x, str): x = …`, `… x if isinstance(x, T) else T(x)` and `x = str(x)` of parameters."""
    given = scope.given - {scope.instance}
    return sorted({(call.lineno, call.col_offset) for call in _coercing(scope, given)}) if given else []


def _coercing(scope: Scope, given: set[str]) -> Iterator[ast.Call]:
    nodes = scope.nodes
    for node in nodes.get(ast.If, ()):
        if node.test.__class__ is not ast.Name and (tests := [c for c in _tests(node.test) if _subject(c) in given]):
            assigned = {name for branch in (node.body, node.orelse) for name in _assigned(branch)}
            yield from (call for call in tests if _subject(call) in assigned)
    for node in nodes.get(ast.IfExp, ()):
        if kept := {arm.id for arm in (node.body, node.orelse) if isinstance(arm, ast.Name)} & given:
            calls = (call for part in (node.test, node.body, node.orelse) for call in _calls(part))
            yield from (call for call in calls if _subject(call) in kept)
    for node in nodes.get(ast.Assign, ()):
        target = node.targets[0]
        if target.__class__ is ast.Name and target.id in given:
            yield from (call for call in _calls(node.value) if _subject(call) == target.id)


def _assigned(body: list[ast.stmt]) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, ast.Assign):
            yield from (target.id for target in statement.targets if isinstance(target, ast.Name))


def _tests(node: ast.expr) -> Iterator[ast.Call]:
    return (call for call in _calls(node) if last_name(call.func) in _TYPE_TESTS)


def _calls(node: ast.expr) -> Iterator[ast.Call]:
    """The calls that a condition or value consists of."""
    if isinstance(node, ast.Call):
        yield node
    elif isinstance(node, ast.UnaryOp):
        yield from _calls(node.operand)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _calls(value)
    elif isinstance(node, ast.Compare):
        yield from _calls(node.left)


def _subject(call: ast.Call) -> str:
    """The name that a call converts or tests."""
    value = call.args[0] if call.args else call.func.value if isinstance(call.func, ast.Attribute) else None
    return value.id if isinstance(value, ast.Name) else ""


def coercer_types(scope: Scope) -> list[str]:
    """The types that a function tests its first parameter for, if it may return that as it is; else nothing."""
    node: Any = scope.node
    given = [*node.args.posonlyargs, *node.args.args]
    is_bound = bool(scope.instance) and bool(given) and given[0].arg == scope.instance
    if len(given) <= is_bound:
        return []
    first = given[is_bound].arg
    values = [node.value for node in scope.nodes.get(ast.Return, ()) if node.value.__class__ in _PASSING]
    if not any(first == returned for value in values for returned in _returned(value)) or _size(scope) >= _LARGEST:
        return []
    tests = [call for call in scope.nodes.get(ast.Call, ()) if last_name(call.func) in _TYPE_TESTS]
    return sorted({name for call in tests if _subject(call) == first for name in _type_names(call)})


def _type_names(call: ast.Call) -> list[str]:
    if len(call.args) < 2 or last_name(call.func) == "hasattr":
        return [last_name(call.func) or ""]
    tested = call.args[1]
    listed = tested.elts if isinstance(tested, ast.Tuple) else [tested]
    return [last_name(one) or "" for one in listed]


def _size(scope: Scope) -> int:
    # Plain expressions are left out, so that a docstring changes nothing.
    return sum(len(found) for kind, found in scope.nodes.items() if kind is not ast.Expr)


def _returned(value: ast.expr | None) -> Iterator[str]:
    if isinstance(value, ast.Name):
        yield value.id
    elif isinstance(value, ast.IfExp):
        yield from _returned(value.body)
        yield from _returned(value.orelse)
