"""The texts that a program gives as values: returned, assigned, passed by name, given as defaults."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any

from metrics.outline import Scope

ProducedFacts = tuple[str, str, int]
"""Function, text as a literal, line."""

_SINGLE = frozenset({ast.Constant, ast.IfExp, ast.Tuple, ast.List, ast.BoolOp})


def produced_facts(scope: Scope) -> Iterator[ProducedFacts]:
    """Each text once for each function that gives it."""
    seen: set[str] = set()
    for node in _given(scope):
        for constant in _constants(node):
            text = repr(constant.value)
            if text not in seen:
                seen.add(text)
                yield scope.qualname, text, constant.lineno


def _given(scope: Scope) -> Iterator[ast.expr | None]:
    nodes = scope.nodes
    for kind in (ast.Return, ast.Assign, ast.AnnAssign, ast.keyword, ast.Yield):
        for node in nodes.get(kind, ()):
            yield node.value
    given: Any = getattr(scope.node, "args", None)
    if given is not None:
        yield from given.defaults
        yield from given.kw_defaults


def _constants(node: ast.expr | None) -> Iterable[ast.Constant]:
    kind = node.__class__
    if kind is ast.Constant:
        value = node.value  # type: ignore[union-attr]
        if value.__class__ is str and 2 < len(value) < 40 and value.replace("-", "_").isidentifier():
            yield node  # type: ignore[misc]
    elif kind is ast.IfExp:
        yield from _constants(node.body)  # type: ignore[union-attr]
        yield from _constants(node.orelse)  # type: ignore[union-attr]
    elif kind is ast.Tuple or kind is ast.List:
        for item in node.elts:  # type: ignore[union-attr]
            yield from _constants(item)
    elif kind is ast.BoolOp:
        yield from _constants(node.values[-1])  # type: ignore[union-attr]
