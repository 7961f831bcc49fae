"""Functions that only pass a test on: calling one is that test, so wrapping a check in a function hides nothing."""

from __future__ import annotations

import ast

_TESTS = frozenset({"isinstance", "issubclass", "hasattr", "callable", "bool"})


def is_predicate(body: list[ast.stmt]) -> bool:
    """Whether a body, its docstring left out, only returns whether one test holds, or does not hold."""
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    if len(body) > 2 or not body:
        return False
    first = body[0]
    if isinstance(first, ast.Return):
        return len(body) == 1 and first.value is not None and _is_test(first.value)
    if not isinstance(first, ast.If) or len(first.body) != 1 or not _is_test(first.test, is_condition=True):
        return False
    rest = first.orelse if len(body) == 1 else body[1:]
    return _is_truth(first.body[0]) and len(rest) == 1 and _is_truth(rest[0])


def _is_truth(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Return) and _is_bool(statement.value)


def _is_bool(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, bool)


def _is_test(node: ast.expr, is_condition: bool = False) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _is_test(node.operand, is_condition=True)
    if isinstance(node, ast.IfExp):
        return _is_test(node.test, is_condition=True) and _is_bool(node.body) and _is_bool(node.orelse)
    if isinstance(node, ast.Compare):
        return len(node.ops) == 1
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in _TESTS
    return is_condition and isinstance(node, (ast.Name, ast.Attribute))
