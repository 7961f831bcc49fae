"""The tests of one file: which function tests which place against which labels, and what the labels stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from metrics.outline import Scope, class_facts
from metrics.tested.labels import CLASS, Label, Names, among, compared, label, patterns
from metrics.tested.ladders import LadderFacts, ladder_facts
from metrics.tested.naming import constants, definitions
from metrics.tested.places import OWN, Place, Places
from metrics.tested.produced import produced_facts
from metrics.tested.records import field_facts, position_facts, tuple_facts

READING = "tested"
VERSION = 2

TestFacts = tuple[str, Place, Label, int, int, int]
"""Function, place, label, lines, number of the decision: the first test of each kind in each function."""
CallFacts = tuple[str, Place, str, Label | None, int, int]
"""Function, place given first, name of the function called by a test, label given second, lines."""
PredicateFacts = tuple[str, list[Label]]
"""Name of a function that only tests its first parameter, and against what: its second parameter if nothing."""
AskedFacts = tuple[str, str, Label, int, int]
"""Function, name of the method that a condition calls with a label alone, label, first line, last line."""
AskerFacts = tuple[str, Place]
"""Name of a method that only compares an attribute of its object with its parameter, and that attribute."""

_DECIDING = frozenset({ast.If, ast.While, ast.IfExp, ast.Assert})
_NEVER_READ = frozenset({"isinstance", "issubclass", "hasattr", "callable", "len", "any", "all", "bool"})
_TEXT_METHODS = frozenset({"startswith", "endswith", "get", "count", "find", "match", "search", "exists"})


def read_tested(found: list[Scope]) -> dict[str, Any]:
    """All facts of the file by kind, as plain values."""
    places = Places(found)
    stand_for = constants(found)
    named = {*stand_for, *places.imported}
    tests: list[TestFacts] = []
    calls: list[CallFacts] = []
    asked: list[AskedFacts] = []
    ladders: list[LadderFacts] = []
    for scope in found:
        if scope.is_function:
            names = named - scope.names
            conditions = _conditions(scope)
            tests += _tests(scope, places, names, conditions)
            calls += _calls(scope, places, conditions)
            asked += _asked(scope, names, conditions)
            ladders += ladder_facts(scope)
    return {
        "tests": tests,
        "calls": calls,
        "ladders": ladders,
        "predicates": [fact for scope in found if scope.is_function for fact in _predicate(scope)],
        "asked": asked,
        "askers": [fact for scope in found if scope.is_function for fact in _asker(scope, places)],
        "constants": stand_for,
        "definitions": definitions(found),
        "tuples": [fact for scope in found if scope.is_function for fact in tuple_facts(scope)],
        "fields": [fact for scope in found if scope.is_function for fact in field_facts(scope)],
        "positions": [fact for scope in found if scope.is_function for fact in position_facts(scope)],
        "produced": [fact for scope in found if scope.is_function for fact in produced_facts(scope)],
        "classes": class_facts(found),
    }


def _tests(scope: Scope, places: Places, names: Names, conditions: Sequence[Any]) -> list[TestFacts]:
    first: dict[tuple[Place, Label], TestFacts] = {}
    decisions: dict[int, int] = {}
    for node, lines, subject, labels in _tested(scope, names, conditions):
        place = places.of(subject, scope)
        if place:
            for one in labels:
                if one[0] != CLASS:
                    decision = decisions.setdefault(id(node), len(decisions))
                    first.setdefault((place, one), (scope.qualname, place, one, *lines, decision))
    return list(first.values())


def _tested(
    scope: Scope, names: Names, conditions: Sequence[Any]
) -> Iterator[tuple[ast.AST, tuple[int, int], ast.expr, list[Label]]]:
    """Every test with the whole that `and` or `or` join it to, and its lines; those of a first case, with its match."""
    nodes = scope.nodes
    joined: dict[ast.AST, ast.AST] = {part: node for node in nodes.get(ast.BoolOp, ()) for part in node.values}
    for node in nodes.get(ast.Compare, ()):
        for test in compared(node, names):
            yield (_outermost(node, joined), _lines(node), *test)
    for node in nodes.get(ast.Match, ()):
        for case in node.cases:
            first, last = _lines(case.pattern)
            for subject, labels in patterns(node.subject, case.pattern):
                yield case, (node.lineno if case is node.cases[0] else first, last), subject, labels
    for node in conditions:
        if (looked_up := _looked_up(node)) and (labels := among(looked_up[0], names)):
            yield node, _lines(node), looked_up[1], labels


def _outermost(node: ast.AST, joined: Mapping[ast.AST, ast.AST]) -> ast.AST:
    while (whole := joined.get(node)) is not None:
        node = whole
    return node


def _lines(node: Any) -> tuple[int, int]:
    return node.lineno, node.end_lineno


def _looked_up(node: Any) -> tuple[ast.Dict, ast.expr] | None:
    """Dictionary and key of `{"fast": True}.get(mode)` as a condition, which is a comparison in disguise."""
    if node.__class__ is ast.Subscript and node.value.__class__ is ast.Dict:
        return node.value, node.slice
    if node.__class__ is ast.Call and node.func.__class__ is ast.Attribute and node.func.value.__class__ is ast.Dict:
        return (node.func.value, node.args[0]) if node.args else None
    return None


def _calls(scope: Scope, places: Places, conditions: Sequence[Any]) -> Iterator[CallFacts]:
    """Calls of plain functions that decide something: what they test may be found in another file."""
    for call in conditions:
        if call.__class__ is ast.Call and call.func.__class__ is ast.Name and 1 <= len(call.args) <= 2:
            name = call.func.id
            if name not in _NEVER_READ and (place := places.of(call.args[0], scope)):
                given = label(call.args[1]) if len(call.args) == 2 else None
                yield scope.qualname, place, name, given, *_lines(call)


def _asked(scope: Scope, names: Names, conditions: Sequence[Any]) -> Iterator[AskedFacts]:
    """`job.is_mode("fast")` as a condition."""
    for call in conditions:
        if call.__class__ is ast.Call and call.func.__class__ is ast.Attribute and len(call.args) == 1:
            name = call.func.attr
            if name not in _TEXT_METHODS and (found := label(call.args[0], names)):
                yield scope.qualname, name, found, *_lines(call)


def _conditions(scope: Scope) -> list[Any]:
    """What a function decides by, operand by operand, without negations."""
    found: list[Any] = []
    for node in scope.tests:
        kind = node.__class__
        if kind is ast.BoolOp:
            found += node.values  # type: ignore[attr-defined]
        elif kind is ast.comprehension:
            found += node.ifs  # type: ignore[attr-defined]
        elif kind in _DECIDING:
            found.append(node.test)  # type: ignore[attr-defined]
    return [_negated(node) if node.__class__ is ast.UnaryOp else node for node in found]


def _negated(node: Any) -> Any:
    while node.__class__ is ast.UnaryOp:
        node = node.operand
    return node


def _predicate(scope: Scope) -> Iterator[PredicateFacts]:
    """What a function tests whose whole body is one test of its first parameter."""
    node: Any = scope.node
    given = node.args.args
    if scope.owner or len(given) not in (1, 2) or len(node.body) > 2 or not isinstance(node.body[-1], ast.Return):
        return
    test = _negated(node.body[-1].value)
    if not isinstance(test, ast.Compare):
        return
    for subject, labels in compared(test):
        if isinstance(subject, ast.Name) and subject.id == given[0].arg:
            yield scope.qualname, labels
    sides = [test.left, *test.comparators]
    if len(given) == 2 and {side.id for side in sides if isinstance(side, ast.Name)} == {one.arg for one in given}:
        yield scope.qualname, []


def _asker(scope: Scope, places: Places) -> Iterator[AskerFacts]:
    """Whether a method only compares an attribute of its object with its one parameter."""
    node: Any = scope.node
    given = node.args.args
    if not scope.owner or len(given) != 2 or len(node.body) > 2 or not isinstance(node.body[-1], ast.Return):
        return
    test = _negated(node.body[-1].value)
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Eq, ast.NotEq, ast.Is)):
        for one, other in ((test.left, test.comparators[0]), (test.comparators[0], test.left)):
            place = places.of(one, scope)
            if isinstance(other, ast.Name) and other.id == given[1].arg and place and place[0] == OWN:
                yield node.name, place
