"""The functions and classes of one file: what they are called, what is local to them, what a class defines."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = (*FUNCTIONS, ast.ClassDef)
NAMED = (*SCOPES, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)

ClassFacts = tuple[str, list[str], list[str]]
"""Qualified name, bases as written, attributes that it defines."""


@dataclass
class Scope:
    """A function with the names that are local to it or to the functions around it."""

    node: ast.AST
    qualname: str
    owner: str = ""
    """Qualified name of the class whose method this is, or in whose method it is nested."""
    instance: str = ""
    """The name by which a method knows its object."""
    is_classmethod: bool = False
    names: frozenset[str] = field(default_factory=frozenset)


def read_classes(tree: ast.Module) -> list[ClassFacts]:
    """Every class with its bases and what it defines: class variables, methods, and attributes set on its instances."""
    found = []
    for qualname, node in _classes(tree, ""):
        bases = [ast.unparse(base) for base in node.bases]
        found.append((qualname, bases, sorted(_attributes(node))))
    return found


def _classes(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.ClassDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield prefix + child.name, child
            yield from _classes(child, f"{prefix}{child.name}.")
        elif isinstance(child, FUNCTIONS):
            yield from _classes(child, f"{prefix}{child.name}.<locals>.")
        elif isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield from _classes(child, prefix)


def _attributes(node: ast.ClassDef) -> Iterator[str]:
    for statement in node.body:
        if isinstance(statement, SCOPES):
            yield statement.name
        if isinstance(statement, FUNCTIONS) and statement.args.args:
            instance = statement.args.args[0].arg
            for part in ast.walk(statement):
                if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store) and _is(part.value, instance):
                    yield part.attr
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            yield from (part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name))


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def scopes(tree: ast.Module) -> Iterator[Scope]:
    """Every function, outer ones before those nested in them."""
    yield from _scopes(tree, "", "", Scope(tree, ""))


def _scopes(node: ast.AST, prefix: str, owner: str, around: Scope) -> Iterator[Scope]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _scopes(
                child, f"{prefix}{child.name}.", prefix + child.name, Scope(child, "", names=around.names)
            )
        elif isinstance(child, FUNCTIONS):
            scope = _scope(child, prefix, owner, around)
            yield scope
            yield from _scopes(child, f"{scope.qualname}.<locals>.", "", scope)
        elif not isinstance(child, ast.expr):
            yield from _scopes(child, prefix, owner, around)


def _scope(node: ast.FunctionDef | ast.AsyncFunctionDef, prefix: str, owner: str, around: Scope) -> Scope:
    names = around.names | bound_names(node)
    qualname = prefix + node.name
    marks = {decorator.id for decorator in node.decorator_list if isinstance(decorator, ast.Name)}
    parameters = [*node.args.posonlyargs, *node.args.args]
    if owner and parameters and "staticmethod" not in marks:
        return Scope(node, qualname, owner, parameters[0].arg, "classmethod" in marks, names)
    if owner or around.instance in {parameter.arg for parameter in parameters}:
        return Scope(node, qualname, owner, "", False, names)
    return Scope(node, qualname, around.owner, around.instance, around.is_classmethod, names)


def bound_names(node: ast.AST) -> set[str]:
    """Names that are bound anywhere in a function: parameters, targets, imports, nested definitions; not globals."""
    names: set[str] = set()
    foreign: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.arg):
            names.add(part.arg)
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            names.add(part.id)
        elif isinstance(part, NAMED) and part is not node and part.name:
            names.add(part.name)
        elif isinstance(part, ast.alias):
            names.add((part.asname or part.name).partition(".")[0])
        elif isinstance(part, ast.Global):
            foreign.update(part.names)
    return names - foreign


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Every node of a function, outer before inner, without those of the functions and classes in it."""
    stack = [*reversed(list(ast.iter_child_nodes(function)))]
    while stack:
        node = stack.pop()
        if not isinstance(node, SCOPES):
            yield node
            stack += reversed(list(ast.iter_child_nodes(node)))
