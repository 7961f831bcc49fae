"""Names for the objects that a function writes to, which do not depend on what the function calls its locals."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from metrics.outline import Scope


class Receivers:
    """Parameters, names from outside and attributes keep their names; a local is named for what it holds."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def name(self, node: ast.expr) -> str | None:
        """The name of an object, or nothing if it is an unnamed value."""
        if isinstance(node, ast.Attribute):
            return node.attr
        if not isinstance(node, ast.Name):
            return None
        scope = self._scope
        if node.id not in scope.bound or node.id in scope.given or node.id in scope.foreign:
            return node.id
        return self._held.get(node.id)

    @cached_property
    def _held(self) -> dict[str, str]:
        """What each local holds, as far as all its assignments agree."""
        found: dict[str, set[str | None]] = {}
        for name, value in _bindings(self._scope):
            found.setdefault(name, set()).add(_origin(value))
        agreed = ((name, origins.pop()) for name, origins in found.items() if len(origins) == 1)
        return {name: origin for name, origin in agreed if origin is not None}


def _bindings(scope: Scope) -> Iterator[tuple[str, ast.expr | None]]:
    """Each local with what it is bound to: an expression, or something that has no name."""
    nodes = scope.nodes
    for assignment in nodes.get(ast.Assign, ()):
        for target in assignment.targets:
            if isinstance(target, ast.Name):
                yield target.id, assignment.value
            elif isinstance(target, (ast.Tuple, ast.List)):
                yield from ((part.id, None) for part in target.elts if isinstance(part, ast.Name))
    for binding in (*nodes.get(ast.AnnAssign, ()), *nodes.get(ast.NamedExpr, ())):
        if isinstance(binding.target, ast.Name) and binding.value is not None:
            yield binding.target.id, binding.value
    for loop in (*nodes.get(ast.For, ()), *nodes.get(ast.AsyncFor, ())):
        if isinstance(loop.target, ast.Name):
            yield loop.target.id, ast.Subscript(loop.iter, ast.Constant(0))
    for context in nodes.get(ast.withitem, ()):
        if isinstance(context.optional_vars, ast.Name):
            yield context.optional_vars.id, context.context_expr


def _origin(value: ast.expr | None) -> str | None:
    """What an object is: made by this call, taken from that attribute or collection."""
    if isinstance(value, ast.Call):
        called = value.func
        return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else None
    if isinstance(value, ast.Attribute):
        return value.attr
    if isinstance(value, ast.Subscript):
        known = _origin(value.value)
        return f"{known}[]" if known else None
    return None
