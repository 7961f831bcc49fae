"""The outline of one file: its functions and classes, what is local to each, and each one's nodes by their class.

One walk of the syntax tree serves every scorer: a walk costs about as much as parsing the file.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = frozenset({*FUNCTIONS, ast.ClassDef})
_NAMED = (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)
_TESTS = frozenset(
    {ast.If, ast.While, ast.IfExp, ast.Assert, ast.comprehension, ast.match_case, ast.BoolOp},
)
_LEAVES = frozenset({ast.Constant, ast.Pass, ast.Break, ast.Continue, type(None), str, bool})
_PLAIN = frozenset(
    {"ctx", "op", "ops", "id", "attr", "arg", "kind", "type_comment", "asname", "module", "level", "rest", "kwd_attrs"}
    | {"simple", "is_async", "conversion", "type_ignores", "str"}
)
"""Fields that never hold nodes to be read."""


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """The fields of a class that may hold nodes, last first."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        self[kind] = tuple(name for name in reversed(kind._fields) if name not in _PLAIN)
        return self[kind]


CHILDREN = _Fields()
"""The fields to follow from a node of each class to all nodes below, last first."""
_LEAF, _SCOPE, _NOTED, _TEST, _UNARY = range(1, 6)
_ROLES: dict[type, int] = {
    **dict.fromkeys(_LEAVES, _LEAF),
    **dict.fromkeys(_SCOPES, _SCOPE),
    **dict.fromkeys((ast.Attribute, ast.arg, ast.alias, ast.Global, ast.MatchMapping, *_NAMED), _NOTED),
    **dict.fromkeys(_TESTS, _TEST),
    ast.UnaryOp: _UNARY,
}
"""What the walk has to do with a node of a class beside sorting it: one look-up, as each costs as much as the rest."""

ClassFacts = tuple[str, list[str], list[str]]
"""Qualified name, bases as written, attributes that it defines."""


@dataclass(eq=False)
class Scope:
    """A module, class or function: the names bound in it, and the nodes that are its own, outer before inner.

    What a nested scope holds belongs to that scope alone; but decorators, defaults and annotations of a function count
    as the function's own.
    """

    node: ast.AST
    qualname: str = ""
    around: Scope | None = None
    bound: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)
    """The parameters among them."""
    foreign: set[str] = field(default_factory=set)
    """Names that a `global` statement gives to the module."""
    stored: list[tuple[str, str]] = field(default_factory=list)
    """Name and attribute of what is assigned as `name.attribute = …`."""
    nodes: defaultdict[type[ast.AST], list[Any]] = field(default_factory=lambda: defaultdict(list))
    """Statements, expressions, handlers, arguments and so on by exact class, in the order of the text. Names, constants
    and operators are left out: what holds them is here."""
    tests: list[ast.AST] = field(default_factory=list)
    """Those nodes that hold or are tests, of all classes together."""
    owner: str = ""
    """Qualified name of the class whose method this is, or in whose method it is nested."""
    instance: str = ""
    """The name by which a method, and what is nested in it, knows its object."""
    is_classmethod: bool = False
    classes: list[ClassFacts] | None = None
    """Of a module: what its classes define, once somebody has asked."""
    _names: frozenset[str] | None = None
    _parameters: frozenset[str] | None = None

    is_function: bool = field(init=False)
    """Whether names bound here are local and visible to the functions inside."""

    def __post_init__(self) -> None:
        self.is_function = self.node.__class__ in FUNCTIONS

    @property
    def names(self) -> frozenset[str]:
        """The names local to this function or to a function around it."""
        if self._names is None:
            outer = self.around.names if self.around else frozenset()
            self._names = outer | (self.bound - self.foreign) if self.is_function else outer
        return self._names

    @property
    def parameters(self) -> frozenset[str]:
        """The names among them that a signature gives."""
        if self._parameters is None:
            outer = self.around.parameters if self.around else frozenset()
            self._parameters = (outer - self.bound) | self.given if self.is_function else outer
        return self._parameters


def scopes(tree: ast.Module) -> list[Scope]:
    """The module, and every class and function, outer ones before those nested in them."""
    found = [Scope(tree)]
    for scope in found:
        found += _filled(scope)
    return found


def _filled(scope: Scope) -> list[Scope]:
    """Sort a scope's own nodes into it; the scopes directly inside it, in the order of the text."""
    inner: list[Scope] = []
    nodes, tests, bound = scope.nodes, scope.tests, scope.bound
    stack = _below(scope.node)
    while stack:
        node = stack.pop()
        kind = node.__class__
        if kind is ast.Name:
            if node.ctx.__class__ is ast.Store:
                bound.add(node.id)
            continue
        role = _ROLES.get(kind)
        if role is _LEAF:
            continue
        if role is _SCOPE:
            bound.add(node.name)
            inner.append(_entered(node, scope))
            continue
        nodes[kind].append(node)
        if role is _NOTED:
            _note(node, scope)
        elif role is _TEST or (role is _UNARY and _is_negation(node)):
            tests.append(node)
        for name in CHILDREN[kind]:
            value = getattr(node, name)
            if value.__class__ is list:
                stack += value[::-1]
            elif value is not None:
                stack.append(value)
    return inner


def _below(node: ast.AST) -> list[Any]:
    """The nodes directly below, last first."""
    values = (getattr(node, name) for name in CHILDREN[node.__class__])
    return [item for value in values for item in (reversed(value) if isinstance(value, list) else [value])]


def _is_negation(node: ast.AST) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) and isinstance(node.operand, ast.BoolOp)


def _note(node: ast.AST, scope: Scope) -> None:
    if isinstance(node, ast.Attribute):
        if isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
            scope.stored.append((node.value.id, node.attr))
    elif isinstance(node, ast.arg):
        scope.bound.add(node.arg)
        scope.given.add(node.arg)
    elif isinstance(node, ast.alias):
        scope.bound.add((node.asname or node.name).partition(".")[0])
    elif isinstance(node, ast.Global):
        scope.foreign.update(node.names)
    elif isinstance(node, ast.MatchMapping):
        scope.bound.update([node.rest] if node.rest else [])
    elif isinstance(node, _NAMED) and node.name:
        scope.bound.add(node.name)


def _entered(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, around: Scope) -> Scope:
    prefix = f"{around.qualname}.<locals>." if around.is_function else f"{around.qualname}." if around.qualname else ""
    scope = Scope(node, prefix + node.name, around)
    if isinstance(node, ast.ClassDef):
        return scope
    marks = {decorator.id for decorator in node.decorator_list if isinstance(decorator, ast.Name)}
    parameters = [parameter.arg for parameter in (*node.args.posonlyargs, *node.args.args)]
    if isinstance(around.node, ast.ClassDef):
        scope.owner = around.qualname
        if parameters and "staticmethod" not in marks:
            scope.instance, scope.is_classmethod = parameters[0], "classmethod" in marks
    elif around.instance not in parameters:
        scope.owner, scope.instance, scope.is_classmethod = around.owner, around.instance, around.is_classmethod
    return scope


def class_facts(found: list[Scope]) -> list[ClassFacts]:
    """Every class with its bases and what it defines: class variables, methods, attributes set on its instances.

    Several scorers ask, so the module's scope keeps the answer.
    """
    module = found[0]
    if module.classes is None:
        module.classes = _class_facts(found)
    return module.classes


def _class_facts(found: list[Scope]) -> list[ClassFacts]:
    attributes: dict[str, set[str]] = {}
    for scope in found:
        if isinstance(scope.node, ast.ClassDef):
            attributes.setdefault(scope.qualname, set()).update(scope.bound)
        elif scope.owner and scope.instance:
            own = {attribute for name, attribute in scope.stored if name == scope.instance}
            attributes.setdefault(scope.owner, set()).update(own)
    classes = [(scope.qualname, scope.node) for scope in found if isinstance(scope.node, ast.ClassDef)]
    return [(name, [ast.unparse(base) for base in node.bases], sorted(attributes[name])) for name, node in classes]
