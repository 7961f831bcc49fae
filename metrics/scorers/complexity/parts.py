"""What a statement consists of: its header, its bodies, and what of a nested function is evaluated around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from metrics.outline import CHILDREN, Scope

LOOPS = (ast.For, ast.AsyncFor, ast.While)
WITHS = (ast.With, ast.AsyncWith)
TRIES = (ast.Try, ast.TryStar)
COMPOUND = frozenset({*LOOPS, *WITHS, *TRIES, ast.If, ast.Match})
_ANNOTATIONS = ("annotation", "returns")


class _Fields(dict[type, tuple[str, ...]]):
    """The fields of a class that may hold nodes, without annotations."""

    def __missing__(self, kind: type) -> tuple[str, ...]:
        self[kind] = tuple(name for name in CHILDREN[kind] if name not in _ANNOTATIONS)
        return self[kind]


FIELDS = _Fields()


def own_names(scope: Scope) -> set[str]:
    """The names that mean something else inside a scope than around it."""
    shared = {name for node in scope.nodes.get(ast.Nonlocal, ()) for name in node.names}
    return scope.bound - scope.foreign - shared


def evaluated_outside(node: Any) -> list[Any]:
    """The expressions at the head of a function or class that are evaluated around it."""
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]
    return [*node.decorator_list, *node.args.defaults, *(value for value in node.args.kw_defaults if value)]


def below(node: ast.AST) -> list[Any]:
    """The nodes directly below, without annotations."""
    values = (getattr(node, name) for name in FIELDS[node.__class__])
    return [item for value in values for item in (value if isinstance(value, list) else [value]) if item is not None]


def header(node: Any) -> list[Any]:
    """The expressions of a compound statement that are not inside its bodies."""
    if isinstance(node, ast.Match):
        return [node.subject, *(part for case in node.cases for part in (case.pattern, case.guard) if part)]
    if isinstance(node, TRIES):
        return [handler.type for handler in node.handlers if handler.type]
    if isinstance(node, WITHS):
        return list(node.items)
    return [node.test] if isinstance(node, (ast.If, ast.While)) else [node.target, node.iter]


def parts(node: Any) -> Iterator[list[ast.stmt]]:
    """The bodies of a compound statement, in the order of the text."""
    if isinstance(node, ast.Match):
        yield from (case.body for case in node.cases)
        return
    yield node.body
    if isinstance(node, TRIES):
        yield from (handler.body for handler in node.handlers)
    if not isinstance(node, WITHS):
        yield node.orelse
    if isinstance(node, TRIES):
        yield node.finalbody


def code(body: list[ast.stmt]) -> list[ast.stmt]:
    """A body without its docstring."""
    return body[1:] if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) else body
