"""Which of its object's attributes a method decides on."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from metrics.outline import Scope

DecisionFacts = tuple[str, str, str, int, int]
"""Class, attribute, function, first and last line of a test that reads it."""
Position = tuple[int, int]


def read_decisions(scopes: Iterable[Scope]) -> list[DecisionFacts]:
    """Every test in the methods of the file with each own attribute that it reads."""
    found: list[DecisionFacts] = []
    for scope in scopes:
        if scope.owner and scope.instance and scope.is_function:
            # Inside a test is what lies between its ends: no walk of it is needed.
            tests = list(_tests(scope))
            reads = sorted(_own_reads(scope)) if tests else []
            for first, last in tests if reads else ():
                inside = reads[bisect_left(reads, (*first, "")) : bisect_left(reads, (*last, ""))]
                names = dict.fromkeys(name for _, _, name in inside)
                found += [(scope.owner, name, scope.qualname, first[0], last[0]) for name in names]
    return found


def _own_reads(scope: Scope) -> Iterator[tuple[int, int, str]]:
    for node in scope.nodes.get(ast.Attribute, ()):
        holder = node.value
        if holder.__class__ is ast.Name and holder.id == scope.instance and node.ctx.__class__ is ast.Load:
            yield node.lineno, node.col_offset, node.attr


def _tests(scope: Scope) -> Iterator[tuple[Position, Position]]:
    for node in (test for holder in (*scope.tests, *scope.nodes.get(ast.Match, ())) for test in _tested(holder)):
        yield (node.lineno, node.col_offset), (node.end_lineno or node.lineno, node.end_col_offset or 0)


def _tested(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, (ast.If, ast.While, ast.IfExp, ast.Assert)):
        return [node.test]
    if isinstance(node, ast.comprehension):
        return node.ifs
    if isinstance(node, ast.match_case):
        return [node.guard] if node.guard else []
    return [node.subject] if isinstance(node, ast.Match) else []
