"""What the names of a file stand for: constants that are literals, and the lines that give attributes their values."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from metrics.outline import Scope
from metrics.tested.labels import VALUE, among, class_name, label

DefinitionFacts = dict[str, int]
"""Class and attribute, as `Class.attribute`, and the first line that gives the attribute a value."""
ConstantFacts = dict[str, list[str]]
"""Constant, with its class if it has one, and the literals that it stands for."""

_ENUMERATIONS = ("Enum", "Flag", "Choices")
_COMPUTED = frozenset({ast.Call, ast.Dict, ast.List, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.Lambda})
"""What is made anew is no value out of a few."""


def definitions(found: list[Scope]) -> DefinitionFacts:
    """Where the attributes get their values that might be compared with literals."""
    lines: DefinitionFacts = {}
    for scope in found:
        is_class = isinstance(scope.node, ast.ClassDef)
        if not is_class and not scope.owner:
            continue
        for node in scope.nodes.get(ast.Assign, ()):
            target = node.targets[0]
            if node.value.__class__ in _COMPUTED:
                continue
            if target.__class__ is ast.Attribute:
                if not is_class and _is_own(target, scope):
                    lines.setdefault(f"{scope.owner}.{target.attr}", node.lineno)
            elif is_class and target.__class__ is ast.Name:
                lines.setdefault(f"{scope.qualname}.{target.id}", node.lineno)
        for node in scope.nodes.get(ast.AnnAssign, ()) if is_class else ():
            if isinstance(node.target, ast.Name):
                lines.setdefault(f"{scope.qualname}.{node.target.id}", node.lineno)
    return lines


def _is_own(target: ast.Attribute, scope: Scope) -> bool:
    return isinstance(target.value, ast.Name) and target.value.id == scope.instance


def constants(found: list[Scope]) -> ConstantFacts:
    """The names of the module, and of its classes that hold nothing but values, that stand for literals."""
    known: ConstantFacts = {}
    active = {id(scope.around) for scope in found}
    for scope in found:
        is_class = isinstance(scope.node, ast.ClassDef)
        if scope.is_function or (is_class and (id(scope) in active or is_enumeration(scope.node))):  # type: ignore[arg-type]
            continue
        owner = f"{scope.qualname.rpartition('.')[2]}." if is_class else ""
        for target, value in _bound(scope):
            if isinstance(target, ast.Name) and target.id[:2] != "__" and (labels := _stands_for(value)):
                known[owner + target.id] = labels
    return known


def _bound(scope: Scope) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Names and values of the plain assignments of a scope, those of `A, B = 1, 2` one by one."""
    for node in scope.nodes.get(ast.Assign, ()):
        target, value = node.targets[0], node.value
        if target.__class__ is ast.Tuple and value.__class__ is ast.Tuple:
            yield from zip(target.elts, value.elts, strict=False)
        else:
            yield target, value
    for node in scope.nodes.get(ast.AnnAssign, ()):
        if node.value is not None:
            yield node.target, node.value


def _stands_for(node: ast.expr) -> list[str]:
    one = label(node)
    labels = [one] if one else among(node)
    return [text for sort, text in labels if sort == VALUE]


def is_enumeration(node: ast.ClassDef) -> bool:
    """Whether a class names its members: their comparison is what one hopes for."""
    return any(class_name(base).endswith(_ENUMERATIONS) for base in node.bases)
