"""The functions and classes of one file: what they are called, what is local to them, what they test and define."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = (*FUNCTIONS, ast.ClassDef)
_NAMED = (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)
_TESTS = frozenset(
    {ast.If, ast.While, ast.IfExp, ast.Assert, ast.comprehension, ast.match_case, ast.BoolOp},
)
_ABSTRACT = (ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop, ast.type_ignore)
_LEAVES = frozenset(
    {ast.Constant, ast.Pass, ast.Break, ast.Continue, type(None), str, int, bool}
    | {leaf for abstract in _ABSTRACT for leaf in abstract.__subclasses__()}
)
"""What holds nothing that is read; told by exact class, as this is asked of every node."""
_NOTED = frozenset({ast.Name, ast.Attribute, ast.arg, ast.alias, ast.Global, *_NAMED})

ClassFacts = tuple[str, list[str], list[str]]
"""Qualified name, bases as written, attributes that it defines."""


@dataclass(eq=False)
class Scope:
    """A module, class or function: the names bound in it, and its nodes that hold tests, outer before inner."""

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
    tests: list[ast.AST] = field(default_factory=list)
    owner: str = ""
    """Qualified name of the class whose method this is, or in whose method it is nested."""
    instance: str = ""
    """The name by which a method, and what is nested in it, knows its object."""
    is_classmethod: bool = False
    _names: frozenset[str] | None = None
    _parameters: frozenset[str] | None = None

    @property
    def is_function(self) -> bool:
        """Whether names bound here are local and visible to the functions inside."""
        return isinstance(self.node, FUNCTIONS)

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
    stack: list[tuple[ast.AST, Scope]] = [(tree, found[0])]
    while stack:
        node, scope = stack.pop()
        kind = node.__class__
        if kind in _NOTED:
            _note(node, scope)
        elif isinstance(node, SCOPES):
            scope.bound.add(node.name)
            scope = _entered(node, scope)
            found.append(scope)
        elif kind in _TESTS or (kind is ast.UnaryOp and _is_negation(node)):
            scope.tests.append(node)
        if kind is ast.Name:
            continue
        for name in reversed(node._fields):
            value: Any = getattr(node, name, None)
            if value.__class__ is list:
                stack += [(item, scope) for item in reversed(value) if item.__class__ not in _LEAVES]
            elif value.__class__ not in _LEAVES:
                stack.append((value, scope))
    return found


def _is_negation(node: ast.AST) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) and isinstance(node.operand, ast.BoolOp)


def _note(node: ast.AST, scope: Scope) -> None:
    if isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Store):
            scope.bound.add(node.id)
    elif isinstance(node, ast.Attribute):
        if isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
            scope.stored.append((node.value.id, node.attr))
    elif isinstance(node, ast.arg):
        scope.bound.add(node.arg)
        scope.given.add(node.arg)
    elif isinstance(node, ast.alias):
        scope.bound.add((node.asname or node.name).partition(".")[0])
    elif isinstance(node, ast.Global):
        scope.foreign.update(node.names)
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
    """Every class with its bases and what it defines: class variables, methods, attributes set on its instances."""
    attributes: dict[str, set[str]] = {}
    for scope in found:
        if isinstance(scope.node, ast.ClassDef):
            attributes.setdefault(scope.qualname, set()).update(scope.bound)
        elif scope.owner and scope.instance:
            own = {attribute for name, attribute in scope.stored if name == scope.instance}
            attributes.setdefault(scope.owner, set()).update(own)
    classes = [(scope.qualname, scope.node) for scope in found if isinstance(scope.node, ast.ClassDef)]
    return [(name, [ast.unparse(base) for base in node.bases], sorted(attributes[name])) for name, node in classes]
