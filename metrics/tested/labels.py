"""The values and classes that a test compares a place with, each as one text that can be matched over files."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

VALUE, MEMBER, CLASS = "=", "@", ":"
"""A literal; a constant or member of an enumeration, by name; a class, by name."""
Label = tuple[str, str]
"""Sort and text."""
Test = tuple[ast.expr, list[Label]]
"""What is tested, and what it may be."""

_LONGEST = 200
_LARGEST = 2**64
"""Longer texts and larger numbers are data, and Python refuses to write out numbers of thousands of digits."""
_EQUAL = frozenset({ast.Eq, ast.NotEq, ast.Is, ast.IsNot})
_AMONG = frozenset({ast.In, ast.NotIn})
_DISPLAYS = (ast.Tuple, ast.List, ast.Set)
_COLLECTIONS = frozenset({"frozenset", "set", "tuple", "list"})


Names = Collection[str]
"""Names of this file that stand for constants though they are not in capitals: imported ones, and its own."""


def label(node: ast.expr, names: Names = ()) -> Label | None:
    """What one value is compared with; None if it is computed, or too plain to mean anything (True, 0, one letter)."""
    if isinstance(node, ast.Constant):
        return _literal(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        number = node.operand.value
        return (VALUE, f"-{number}") if isinstance(number, int) and number < _LARGEST else None
    if isinstance(node, ast.Name):
        return (MEMBER, node.id) if (node.id.isupper() and len(node.id) > 1) or node.id in names else None
    return _member(node, names) if isinstance(node, ast.Attribute) else None


def _literal(value: object) -> Label | None:
    if isinstance(value, (str, bytes)):
        return (VALUE, repr(value)) if 1 < len(value) < _LONGEST else None
    return (VALUE, repr(value)) if isinstance(value, int) and 2 < value < _LARGEST else None


def _member(node: ast.Attribute, names: Names) -> Label | None:
    root = node.value
    # `color is Color.RED.value` compares with what stands behind the member.
    if node.attr in ("value", "name") and isinstance(root, ast.Attribute):
        return _member(root, names)
    owner = root.id if isinstance(root, ast.Name) else root.attr if isinstance(root, ast.Attribute) else ""
    is_of_class = owner[:1].isupper()
    if owner in ("self", "cls") or not (is_of_class or node.attr.isupper() or owner in names):
        return None
    return MEMBER, f"{owner}.{node.attr}" if is_of_class else node.attr


def compared(node: ast.Compare, names: Names = ()) -> Iterator[Test]:
    """What a comparison tests: `==`, `is` and `in`, and their negations, in either order; tuples item by item."""
    if len(node.ops) != 1:
        return
    operator, left, right = node.ops[0].__class__, node.left, node.comparators[0]
    if operator in _EQUAL:
        if left.__class__ is ast.Tuple and right.__class__ is ast.Tuple:
            yield from _pairwise(left.elts, right.elts, names)
            return
        if left.__class__ is ast.Constant:
            left, right = right, left
        if found := label(right, names):
            yield left, [found]
        elif found := label(left, names):
            yield right, [found]
    elif operator in _AMONG and (labels := among(right, names)):
        yield left, labels


def _pairwise(left: Sequence[ast.expr], right: Sequence[ast.expr], names: Names) -> Iterator[Test]:
    """The tests of `(a, b) == ("x", "y")`."""
    for one, other in zip(left, right, strict=False):
        if found := label(other, names):
            yield one, [found]


def among(node: ast.expr, names: Names = ()) -> list[Label]:
    """The labels of a collection that is written out or has a name; none if one of its items is computed."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _COLLECTIONS and node.args:
        node = node.args[0]
    if isinstance(node, _DISPLAYS):
        items: Sequence[ast.expr | None] = node.elts
    elif isinstance(node, ast.Dict):
        items = node.keys
    else:
        named = label(node, names)
        return [named] if named and named[0] == MEMBER else []
    labels = [label(item, names) if item else None for item in items]
    known = [found for found in labels if found]
    return known if 2 * len(known) > len(labels) else []


def patterns(subject: ast.expr, pattern: ast.pattern) -> Iterator[Test]:
    """What one pattern of a `match` tests of its subject."""
    if isinstance(pattern, ast.MatchValue):
        if found := label(pattern.value):
            yield subject, [found]
    elif isinstance(pattern, ast.MatchOr):
        for part in pattern.patterns:
            yield from patterns(subject, part)
    elif isinstance(pattern, ast.MatchAs) and pattern.pattern:
        yield from patterns(subject, pattern.pattern)
    elif isinstance(pattern, ast.MatchSequence) and isinstance(subject, ast.Tuple):
        for item, part in zip(subject.elts, pattern.patterns, strict=False):
            yield from patterns(item, part)
    elif isinstance(pattern, ast.MatchClass) and not pattern.patterns and not pattern.kwd_patterns:
        yield subject, [(CLASS, class_name(pattern.cls))]


def classes(node: ast.Call) -> list[Label]:
    """The classes of `isinstance(x, …)`."""
    listed = node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]
    return [(CLASS, name) for item in listed if (name := class_name(item))]


def class_name(node: ast.expr) -> str:
    """The last part of a class's name, as far as it has one."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def is_instance_test(node: ast.AST) -> bool:
    """Whether this calls the built-in `isinstance`."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "isinstance"
        and len(node.args) == 2
    )
