"""Which of its object's attributes a method decides on."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from metrics.outline import Scope

DecisionFacts = tuple[str, str, str, int, int]
"""Class, attribute, function, first and last line of a test that reads it."""


def read_decisions(scopes: Iterable[Scope]) -> list[DecisionFacts]:
    """Every test in the methods of the file with each own attribute that it reads."""
    found: list[DecisionFacts] = []
    for scope in scopes:
        if scope.instance and (scope.tests or ast.Match in scope.nodes):
            reads = _own_reads(scope)
            for test in _tests(scope) if reads else ():
                # Inside a test is what lies between its ends: no walk of it is needed.
                first, last = test.lineno, test.end_lineno or test.lineno
                start = bisect_left(reads, (first, test.col_offset, ""))
                end = bisect_left(reads, (last, test.end_col_offset or 0, ""))
                names = dict.fromkeys(name for _, _, name in reads[start:end])
                found += [(scope.owner, name, scope.qualname, first, last) for name in names]
    return found


def _own_reads(scope: Scope) -> list[tuple[int, int, str]]:
    """Line, column and name of each own attribute that a method reads, in the order of the text."""
    name, load, own = ast.Name, ast.Load, scope.instance
    found = [
        (node.lineno, node.col_offset, node.attr)
        for node in scope.nodes.get(ast.Attribute, ())
        if node.value.__class__ is name and node.value.id == own and node.ctx.__class__ is load
    ]
    found.sort()
    return found


def _tests(scope: Scope) -> Iterator[ast.expr]:
    for node in (*scope.tests, *scope.nodes.get(ast.Match, ())):
        yield from _tested(node)


def _tested(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, (ast.If, ast.While, ast.IfExp, ast.Assert)):
        return [node.test]
    if isinstance(node, ast.comprehension):
        return node.ifs
    if isinstance(node, ast.match_case):
        return [node.guard] if node.guard else []
    return [node.subject] if isinstance(node, ast.Match) else []
