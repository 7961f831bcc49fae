"""Where one scope asks what a value is: None, true, of which type, equal to which literal; and where it converts it.

Kinds: `nil` (`is None`), `truth` (a bare value as condition), `or` (`x or d`), `type` (isinstance, type(), hasattr,
callable, `except AttributeError` around one statement), `conv` (str(), int(), .encode() …), `cmp` (equal to literals).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from metrics.outline import Scope
from metrics.slots.attempts import Attempt, Capture, attempts
from metrics.slots.defaults import own_defaults
from metrics.slots.kinds import is_none, last_name
from metrics.slots.places import Places, Ref
from metrics.slots.refusals import refusals

Position = tuple[int, int, int, int]
CheckFacts = tuple[str, Ref, int, Position, Any]
"""Kind, what is checked, scope number, position, detail: see the kinds' readers."""
NIL, TRUTH, OR, TYPE, CONVERSION, COMPARISON = "nil", "truth", "or", "type", "conv", "cmp"
OWN_DEFAULT, REFUSED, ENDED, BY_EXCEPT = "own", "refused", "ended", "except"
"""Details of a check for None or truth: it only gives the slot its default, makes None an error, goes no further with
it; or is done by trying."""

NONE_TYPE = "NoneType"
"""Detail of a check for None by type."""
_TYPE_TESTS = frozenset({"isinstance", "issubclass", "hasattr", "callable"})
_NOT_TRUTH = _TYPE_TESTS | {"all", "any", "bool", "len"}
_CONVERTERS = frozenset(
    {"str", "int", "float", "bytes", "list", "tuple", "set", "frozenset", "dict", "bool"}
    | {"Path", "PurePath", "Decimal", "fspath", "fsdecode", "fsencode"}
)
_IDENTITY = frozenset({"is_", "is_not"})
"""Functions of `operator`; methods of that name are given one argument."""
_CONVERTING = frozenset({"encode", "decode", "as_posix"})
_LARGEST = 2**64
"""Python refuses to write out numbers of thousands of digits."""
_EQUALITY = frozenset({ast.Eq, ast.NotEq, ast.Is, ast.IsNot})
_MEMBERSHIP = frozenset({ast.In, ast.NotIn})
_CHECKED = frozenset({ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Await, ast.NamedExpr})


def read_checks(places: Places, caught: Sequence[Capture]) -> Iterator[CheckFacts]:
    """The checks of a scope."""
    nodes, scope = places.scope.nodes, places.scope
    details = _details(places)
    number, ref = places.number, places.ref
    for kind, node in _truths(scope):
        if _is_bool_call(node):
            node = node.args[0]  # type: ignore[attr-defined]
        if node.__class__ in _CHECKED and not _is_truth_call(node) and (found := ref(node)):
            yield kind, found, number, position(node), details.get(node, "")
    for node in nodes.get(ast.Compare, ()):
        if len(node.ops) == 1:
            yield from _compared(node, places, details)
    for node in nodes.get(ast.Call, ()):
        func = node.func
        name = func.id if func.__class__ is ast.Name else func.attr if func.__class__ is ast.Attribute else ""
        if name in _TYPE_TESTS or name in _CONVERTERS or name in _CONVERTING:
            yield from _call_check(node, name, places)
        elif name in _IDENTITY and len(node.args) == 2 and any(map(places.is_none, node.args)):
            asked = next((argument for argument in node.args if not places.is_none(argument)), None)
            if found := ref(asked):
                yield NIL, found, number, position(node), ""
    for node in nodes.get(ast.Match, ()):
        yield from _matched(node, places)
    for attempt in attempts(caught):
        yield from _attempted(attempt, places)


def _details(places: Places) -> dict[ast.AST, str]:
    """What becomes of None, by tests and by what they are about."""
    if not places.scope.tests:
        return {}
    refused, ended = refusals(places)
    details = dict.fromkeys(ended, ENDED) | dict.fromkeys(refused, REFUSED)
    return details | dict.fromkeys(own_defaults(places), OWN_DEFAULT)


def position(node: ast.AST) -> Position:
    """Line, column, last line, column behind the end, in UTF-8 bytes."""
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]


def _truths(scope: Scope) -> Iterator[tuple[str, ast.AST]]:
    """Operands that count by their truth alone, each once; `or` marks those whose value is used."""
    seen: set[ast.AST] = set()
    for node in scope.tests:
        stack = _conditions(node)
        while stack:
            test = stack.pop()
            if test.__class__ is ast.BoolOp:
                if test not in seen:
                    seen.add(test)
                    stack += reversed(test.values)
            elif test.__class__ is ast.UnaryOp and isinstance(test.op, ast.Not):
                seen.add(test)
                stack.append(test.operand)
            else:
                yield TRUTH, test
        if node.__class__ is ast.BoolOp and node not in seen:
            kind = OR if isinstance(node.op, ast.Or) else TRUTH
            for value in node.values[:-1]:
                yield kind, value
    for node in scope.nodes.get(ast.UnaryOp, ()):
        if isinstance(node.op, ast.Not) and node not in seen:
            yield TRUTH, node.operand


def _conditions(node: ast.AST) -> list[ast.expr]:
    cls = node.__class__
    if cls is ast.comprehension:
        return node.ifs[::-1]  # type: ignore[attr-defined,no-any-return]
    if cls is ast.match_case:
        return [node.guard] if node.guard else []  # type: ignore[attr-defined]
    if cls is ast.BoolOp:
        return []
    return [node.operand if cls is ast.UnaryOp else node.test]  # type: ignore[attr-defined]


def _is_truth_call(node: ast.AST) -> bool:
    return node.__class__ is ast.Call and last_name(node.func) in _NOT_TRUTH


def _is_bool_call(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    return node.func.id == "bool" and len(node.args) == 1 and not node.keywords


def _compared(node: ast.Compare, places: Places, details: Mapping[ast.AST, str]) -> Iterator[CheckFacts]:
    """`nil`, detail: what becomes of None; `type`, detail: names of types; `cmp`, detail: the literals as written."""
    left, right, operator = node.left, node.comparators[0], node.ops[0].__class__
    if left.__class__ is ast.Constant or places.is_none(left):
        left, right = right, left
    if operator in _EQUALITY:
        if places.is_none(right):
            if found := places.ref(left):
                yield NIL, found, places.number, position(node), details.get(node, "")
        elif typed := _whose_type(left):
            if found := places.ref(typed):
                yield from _typed(found, places.number, position(node), (_type_name(right),))
        elif is_literal(right) and (found := places.ref(left)):
            yield COMPARISON, found, places.number, position(node), (ast.unparse(right),)
    elif operator in _MEMBERSHIP and isinstance(right, (ast.Tuple, ast.List, ast.Set)) and right.elts:
        if typed := _whose_type(left):
            if found := places.ref(typed):
                yield from _typed(found, places.number, position(node), tuple(map(_type_name, right.elts)))
        elif any(map(places.is_none, right.elts)):
            if found := places.ref(left):
                yield NIL, found, places.number, position(node), ""
        elif all(map(is_literal, right.elts)) and (found := places.ref(left)):
            yield COMPARISON, found, places.number, position(node), tuple(map(ast.unparse, right.elts))


def _typed(found: Ref, number: int, at: Position, names: tuple[str, ...]) -> Iterator[CheckFacts]:
    """A check of types; one for the type of None is a check for None."""
    if names == (NONE_TYPE,):
        yield NIL, found, number, at, NONE_TYPE
    else:
        yield TYPE, found, number, at, names


def _type_name(node: ast.expr) -> str:
    if _is_type_call(node) and is_none(node.args[0]):  # type: ignore[attr-defined]
        return NONE_TYPE
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return last_name(node) or "?"


def is_literal(node: ast.AST) -> bool:
    """Whether a value is worth a name: a text of two characters, a number over two, a member of an enumeration."""
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, (str, bytes)):
            return len(value) > 1
        return isinstance(value, int) and not isinstance(value, bool) and 2 < abs(value) < _LARGEST
    if not isinstance(node, ast.Attribute):
        return False
    is_of_class = isinstance(node.value, ast.Name) and node.value.id[:1].isupper() and node.attr[:1].isupper()
    return node.attr.isupper() or is_of_class


def _whose_type(node: ast.expr) -> ast.expr | None:
    """`x` of `type(x)`, of `x.__class__`, and of the name of either."""
    if isinstance(node, ast.Attribute) and node.attr in ("__name__", "__qualname__"):
        node = node.value
    if isinstance(node, ast.Attribute):
        return node.value if node.attr == "__class__" else None
    return node.args[0] if isinstance(node, ast.Call) and _is_type_call(node) else None


def _is_type_call(node: ast.AST) -> bool:
    is_named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "type"
    return is_named and len(node.args) == 1  # type: ignore[attr-defined]


def _call_check(node: ast.Call, name: str, places: Places) -> Iterator[CheckFacts]:
    """`type`, detail: names of types, `hasattr:name`, `callable`; `conv`, detail: the converter's name."""
    func, arguments = node.func, node.args
    if name in _CONVERTING:
        converted = func.value if isinstance(func, ast.Attribute) and len(arguments) <= 2 else None
        if converted.__class__ in _CHECKED and (found := places.ref(converted)):
            yield CONVERSION, found, places.number, position(node), name
    elif name in _TYPE_TESTS:
        if isinstance(func, ast.Name) and arguments and (found := places.ref(arguments[0])):
            yield from _typed(found, places.number, position(node), _type_names(name, arguments))
    elif _is_conversion(node, name) and (found := places.ref(arguments[0])):
        yield CONVERSION, found, places.number, position(node), name


def _is_conversion(node: ast.Call, name: str) -> bool:
    is_function = isinstance(node.func, ast.Name) or name.startswith(("fs", "P", "D"))
    if not is_function or len(node.args) != 1 or node.keywords:
        return False
    return node.args[0].__class__ in (ast.Name, ast.Attribute)


def _type_names(name: str, arguments: list[ast.expr]) -> tuple[str, ...]:
    if name == "callable" or len(arguments) < 2:
        return (name,)
    tested = arguments[1]
    if name == "hasattr":
        is_text = isinstance(tested, ast.Constant) and isinstance(tested.value, str)
        return (f"hasattr:{tested.value if is_text else '?'}",)  # type: ignore[attr-defined]
    listed = tested.elts if isinstance(tested, ast.Tuple) else [tested]
    return tuple(map(_type_name, listed))


def _matched(node: ast.Match, places: Places) -> Iterator[CheckFacts]:
    found = places.ref(node.subject)
    if found is None:
        return
    for case in node.cases:
        patterns = case.pattern.patterns if isinstance(case.pattern, ast.MatchOr) else [case.pattern]
        values = [pattern.value for pattern in patterns if isinstance(pattern, ast.MatchValue)]
        if values and all(map(is_literal, values)):
            yield COMPARISON, found, places.number, position(case.pattern), tuple(map(ast.unparse, values))
        if any(isinstance(pattern, ast.MatchSingleton) and pattern.value is None for pattern in patterns):
            yield NIL, found, places.number, position(case.pattern), ""
        types = tuple(last_name(pattern.cls) or "?" for pattern in patterns if isinstance(pattern, ast.MatchClass))
        if types:
            yield TYPE, found, places.number, position(case.pattern), types


def _attempted(attempt: Attempt, places: Places) -> Iterator[CheckFacts]:
    """About the first object whose attribute the one statement takes, where it may fail for want of it.

    `nil` with the detail `except`; and `type`, detail: the error, if it is AttributeError or TypeError by name.
    """
    for inner in ast.walk(attempt.statement):
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Load):
            if found := places.ref(inner.value):
                yield NIL, found, places.number, position(inner), BY_EXCEPT
                for name in sorted(attempt.names & {"AttributeError", "TypeError"})[:1]:
                    yield TYPE, found, places.number, position(inner), (f"except {name}",)
            return
