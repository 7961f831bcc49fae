"""Decisions between three and more labels of one subject: the arms of `if`, `elif` and `match` in one function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from metrics.outline import Scope
from metrics.tested.labels import Label, Test, classes, compared, is_instance_test, patterns

LadderFacts = tuple[str, str, int, list[Label], int, int]
"""Function, last name of the subject, number of arms, the labels in the order of the text, first line, last line."""

LEAST_ARMS = 3


def ladder_facts(scope: Scope) -> Iterator[LadderFacts]:
    """One for each subject that a function decides over in three arms or more, wherever in the function they stand."""
    if len(scope.nodes.get(ast.If, ())) < LEAST_ARMS and ast.Match not in scope.nodes:
        return
    arms: dict[str, list[tuple[Any, list[Label]]]] = {}
    for node, tests in _arms(scope):
        for subject, labels in tests:
            if name := _last_name(subject):
                arms.setdefault(name, []).append((node, labels))
    for name, found in arms.items():
        labels = list(dict.fromkeys(label for _, labels in found for label in labels))
        count = len({id(node) for node, _ in found})
        if count >= LEAST_ARMS and len(labels) >= LEAST_ARMS:
            first, last = found[0][0], found[-1][0]
            yield scope.qualname, name, count, labels, first.lineno, last.end_lineno or last.lineno


def _arms(scope: Scope) -> Iterator[tuple[Any, list[Test]]]:
    """What each arm tests, with the node at whose lines it is tested."""
    for node in scope.nodes.get(ast.If, ()):
        test = node.test
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            test = test.values[0]
        alternatives = test.values if isinstance(test, ast.BoolOp) else [test]
        if tests := [found for part in alternatives for found in _tests(part)]:
            yield node.test, tests
    for node in scope.nodes.get(ast.Match, ()):
        for case in node.cases:
            if tests := list(patterns(node.subject, case.pattern)):
                yield case.pattern, tests


def _tests(part: ast.expr) -> Iterator[Test]:
    if isinstance(part, ast.Compare):
        if part.ops[0].__class__ in (ast.Eq, ast.Is, ast.In):
            yield from compared(part)
    elif isinstance(part, ast.Call) and is_instance_test(part):
        yield part.args[0], classes(part)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        return _last_name(node.value)
    if isinstance(node, ast.Call):
        return _last_name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
