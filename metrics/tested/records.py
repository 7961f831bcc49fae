"""Records without a type of their own: tuples given and taken apart, items read by number, fields kept by hand."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from metrics.outline import Scope

TupleFacts = tuple[str, str, str, int, int, int]
"""Given or taken, name of what holds the tuple, function, number of items, first line, last line."""
PositionFacts = tuple[str, int, int, int]
"""Function, number of reads by position of one thing, first line, last line."""

FieldFacts = tuple[str, int, int]
"""Class, number of fields, line."""

LEAST_FIELDS = 3
_DEEPEST = 6
GIVEN, TAKEN = "given", "taken"


def tuple_facts(scope: Scope) -> Iterator[TupleFacts]:
    """Tuples that a function returns or stores, and those that it takes apart again."""
    nodes, function = scope.nodes, scope.qualname
    name = function.rpartition(".")[2]
    widths: dict[int, ast.Return] = {}
    for node in nodes.get(ast.Return, ()):
        if node.value.__class__ is ast.Tuple and (width := _width(node.value)):
            widths.setdefault(width, node)
    for width, node in widths.items():
        yield GIVEN, name, function, width, node.lineno, node.end_lineno or node.lineno
    for node in nodes.get(ast.Assign, ()):
        target, value = node.targets[0], node.value
        if target.__class__ is ast.Tuple:
            if (width := _width(target)) and (name := _holder(value)):
                yield TAKEN, name, function, width, node.lineno, node.end_lineno or node.lineno
        elif value.__class__ is ast.Tuple and (width := _width(value)) and (name := _stored(target)):
            yield GIVEN, name, function, width, node.lineno, node.end_lineno or node.lineno
    for kind in (ast.For, ast.comprehension):
        for node in nodes.get(kind, ()):
            if node.target.__class__ is ast.Tuple:
                yield from _iterated(node.target, node.iter, function)


def _iterated(target: ast.expr, values: ast.expr, function: str) -> Iterator[TupleFacts]:
    """`for key, (a, b) in held.items()` and `for a, b in held.values()`."""
    called = values.func if isinstance(values, ast.Call) else None
    if not isinstance(called, ast.Attribute):
        return
    if called.attr == "items" and isinstance(target, ast.Tuple) and len(target.elts) == 2:
        target = target.elts[1]
    elif called.attr != "values":
        return
    holder = _stored(called.value, True)
    if (width := _width(target)) and holder:
        yield TAKEN, holder, function, width, target.lineno, target.end_lineno or target.lineno


def _width(node: ast.AST | None) -> int:
    """The items of a tuple that is written out; 0 for anything else."""
    if node.__class__ is not ast.Tuple or any(item.__class__ is ast.Starred for item in node.elts):
        return 0
    return len(node.elts) if len(node.elts) > 1 else 0


def _holder(value: ast.expr) -> str:
    """The function or container whose tuple an assignment takes apart."""
    if isinstance(value, ast.Await):
        value = value.value
    if isinstance(value, ast.Call):
        function = value.func
        return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return _stored(value)


def _stored(target: ast.expr, is_container: bool = False) -> str:
    """The attribute, with `[]` if it is an item of it, that a tuple is put into."""
    if isinstance(target, ast.Subscript):
        return _stored(target.value, True)
    if isinstance(target, ast.Attribute):
        return f"{target.attr}[]" if is_container else f".{target.attr}"
    return ""


def position_facts(scope: Scope) -> Iterator[PositionFacts]:
    """Things of which a function reads two or more items, each by its number."""
    reads: dict[str, list[Any]] = {}
    for node in scope.nodes.get(ast.Subscript, ()):
        index = node.slice
        if index.__class__ is ast.Constant and index.value.__class__ is int and node.ctx.__class__ is ast.Load:
            reads.setdefault(_shape(node.value, _DEEPEST), []).append(node)
    for shape, found in reads.items():
        if shape and len({node.slice.value for node in found}) > 1:
            yield scope.qualname, len(found), found[0].lineno, found[0].end_lineno or found[0].lineno


def _shape(node: ast.expr, depth: int) -> str:
    """A short chain of names, attributes and items as text, whatever the items are called by; nothing for the rest."""
    if isinstance(node, ast.Name):
        return node.id
    if depth and isinstance(node, ast.Attribute):
        root = _shape(node.value, depth - 1)
        return root and f"{root}.{node.attr}"
    if depth and isinstance(node, ast.Subscript):
        root = _shape(node.value, depth - 1)
        return root and f"{root}[]"
    return ""


def field_facts(scope: Scope) -> Iterator[FieldFacts]:
    """The fields of a class whose `__init__` does nothing but keep what it is given, under the same names."""
    node: Any = scope.node
    if node.name != "__init__" or not scope.owner:
        return
    documented = isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
    kept = node.body[documented:]
    if len(kept) >= LEAST_FIELDS and all(_keeps(statement, scope) for statement in kept):
        yield scope.owner, len(kept), node.lineno


def _keeps(statement: ast.stmt, scope: Scope) -> bool:
    if isinstance(statement, ast.Assign):
        target = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign):
        target = statement.target
    else:
        return False
    value = statement.value
    is_given = isinstance(value, ast.Name) and value.id in scope.given
    return is_given and isinstance(target, ast.Attribute) and target.attr.strip("_") == value.id.strip("_")  # type: ignore[union-attr]
