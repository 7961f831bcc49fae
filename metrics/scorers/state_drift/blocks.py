"""The straight runs of a function: statements that are executed together, whatever happens between them.

A `with` body, the body, `else` and `finally` of a `try`, and what stands under a condition that is always true belong
to the run around them: wrapping a statement in one of these separates it from nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

_PASSED = frozenset({ast.With, ast.AsyncWith, ast.Try, ast.TryStar})
_BRANCHING = frozenset({ast.If, ast.For, ast.AsyncFor, ast.While, ast.Match})
_WRITING = frozenset({ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete, ast.Expr})


def blocks(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[list[ast.stmt]]:
    """Every run's statements that may write; loops and `with` stand in the run that their targets are written in."""
    waiting: list[list[ast.stmt]] = [function.body]
    while waiting:
        run: list[ast.stmt] = []
        _fill(waiting.pop(), run, waiting)
        if run:
            yield run


def _fill(body: list[ast.stmt], run: list[ast.stmt], waiting: list[list[ast.stmt]]) -> None:
    for statement in body:
        kind = statement.__class__
        if kind in _WRITING:
            run.append(statement)
        elif kind in _PASSED:
            _pass(statement, run, waiting)
        elif kind in _BRANCHING:
            _branch(statement, run, waiting)


def _pass(statement: ast.stmt, run: list[ast.stmt], waiting: list[list[ast.stmt]]) -> None:
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        run.append(statement)
        _fill(statement.body, run, waiting)
    elif isinstance(statement, (ast.Try, ast.TryStar)):
        for part in (statement.body, statement.orelse, statement.finalbody):
            _fill(part, run, waiting)
        waiting += [handler.body for handler in statement.handlers]


def _branch(statement: ast.stmt, run: list[ast.stmt], waiting: list[list[ast.stmt]]) -> None:
    if isinstance(statement, ast.If) and isinstance(statement.test, ast.Constant) and statement.test.value:
        _fill(statement.body, run, waiting)
        return
    if isinstance(statement, ast.Match):
        waiting += [case.body for case in statement.cases]
        return
    if isinstance(statement, (ast.For, ast.AsyncFor)):
        run.append(statement)
    if isinstance(statement, (ast.If, ast.For, ast.AsyncFor, ast.While)):
        waiting += [part for part in (statement.body, statement.orelse) if part]
