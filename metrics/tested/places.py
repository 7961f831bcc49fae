"""The place that a tested value was read from: an attribute, a name, a key.

A place is known by what a reader would call it. Attributes of a method's own object belong to its class; whatever else
has a name is known by that name alone; a local is what it was assigned from, because its own name says nothing. What
is imported is no place of this program.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from metrics.outline import Scope

OWN, PART, NAME, KEY, GLOBAL = "own", "part", "name", "key", "global"
"""An attribute of the method's object; of another object; a parameter; a text key; a variable of the module."""
Place = tuple[str, str, str]
"""Kind, the class of an own attribute (or nothing), name."""

_RESPELLED = frozenset(
    {"lower", "upper", "casefold", "title", "capitalize", "strip", "lstrip", "rstrip", "encode", "decode"}
)
"""Methods whose result is still the same value to whoever compares it."""
_READ = frozenset({"get", "pop"})
_ASKED_BY_NAME = frozenset({"__getattr__", "__getattribute__", "__setattr__", "__delattr__"})


class Places:
    """The places of one file."""

    def __init__(self, found: list[Scope]) -> None:
        self._module = found[0]
        self._imported = {id(scope): frozenset(_imported(scope)) for scope in found if ast.alias in scope.nodes}
        self.imported = self._imported.get(id(self._module), frozenset())
        """The names that the module imports."""
        self._assigned: dict[int, dict[str, ast.expr | None]] = {}

    def of(self, node: ast.expr, scope: Scope) -> Place | None:
        """The place that a value comes from; None if it is computed, imported or unknown."""
        return self._of(node, scope, 0)

    def _of(self, node: ast.expr, scope: Scope, depth: int) -> Place | None:
        if isinstance(node, ast.Name):
            return self._named(node.id, scope, depth)
        if isinstance(node, ast.Attribute):
            return self._attribute(node.value, node.attr, scope)
        if isinstance(node, ast.Subscript):
            return self._key(node.slice, node.value, scope)
        if isinstance(node, ast.Call):
            return self._called(node, scope, depth)
        if isinstance(node, (ast.NamedExpr, ast.Await)):
            return self._of(node.value, scope, depth)
        return None

    def _named(self, name: str, scope: Scope, depth: int) -> Place | None:
        if name not in scope.names:
            is_variable = name in self._module.bound and not self.is_imported(name, scope)
            return (GLOBAL, "", name) if is_variable else None
        if name == scope.instance:
            return None
        value = self._assignments(scope).get(name) if depth < 2 and name not in scope.given else None
        if value is not None and (source := self._of(value, scope, depth + 1)):
            return source
        return (NAME, "", name) if name in scope.parameters and not _is_spelling(name, scope) else None

    def _attribute(self, root: ast.expr, name: str, scope: Scope) -> Place | None:
        if isinstance(root, ast.Name):
            if scope.owner and root.id == scope.instance:
                return OWN, scope.owner, name
            if self.is_imported(root.id, scope) or root.id not in scope.names | self._module.bound:
                return None
        return PART, "", name

    def _key(self, index: ast.expr, root: ast.expr, scope: Scope) -> Place | None:
        if not isinstance(index, ast.Constant) or not isinstance(index.value, str):
            return None
        return None if self._is_foreign(root, scope) else (KEY, "", index.value)

    def _called(self, node: ast.Call, scope: Scope, depth: int) -> Place | None:
        function, given = node.func, node.args
        if isinstance(function, ast.Attribute):
            if function.attr in _RESPELLED:
                return self._of(function.value, scope, depth)
            if function.attr in _READ and given:
                return self._key(given[0], function.value, scope)
            return self._attribute(function.value, function.attr, scope) if not given else None
        if isinstance(function, ast.Name) and given:
            if function.id == "str" and len(given) == 1:
                return self._of(given[0], scope, depth)
            if function.id == "getattr" and len(given) > 1 and isinstance(given[1], ast.Constant):
                return self._attribute(given[0], str(given[1].value), scope)
        return None

    def _is_foreign(self, node: ast.expr, scope: Scope) -> bool:
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            node = node.value
        return isinstance(node, ast.Name) and self.is_imported(node.id, scope)

    def is_imported(self, name: str, scope: Scope | None) -> bool:
        """Whether an import binds the name where this scope reads it."""
        while scope is not None:
            if name in scope.bound and (scope.is_function or scope is self._module):
                return name in self._imported.get(id(scope), ())
            scope = scope.around
        return False

    def _assignments(self, scope: Scope) -> dict[str, ast.expr | None]:
        """The value of each local name of a function that one plain assignment binds."""
        known = self._assigned.get(id(scope))
        if known is None:
            known = self._assigned[id(scope)] = {}
            for node in scope.nodes.get(ast.Assign, ()):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        known[target.id] = None if target.id in known else node.value
        return known


def _is_spelling(name: str, scope: Scope) -> bool:
    """Whether a parameter is the name of an attribute, as Python asks for it: a word of the program, no value in it."""
    node: Any = scope.node
    if getattr(node, "name", "") not in _ASKED_BY_NAME:
        return False
    given = [parameter.arg for parameter in (*node.args.posonlyargs, *node.args.args)]
    return name in given[: 1 + (given[:1] == [scope.instance])]


def _imported(scope: Scope) -> Iterable[str]:
    for alias in scope.nodes[ast.alias]:
        yield (alias.asname or alias.name).partition(".")[0]
