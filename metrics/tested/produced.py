"""The texts that a program gives as values: returned, assigned, passed by name, given as defaults."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from metrics.outline import Scope

ProducedFacts = tuple[str, str, int]
"""Function, text as a literal, line."""

_GIVING = (ast.Return, ast.Assign, ast.AnnAssign, ast.keyword, ast.Yield)
_PARTS: Mapping[type[ast.AST], Callable[[Any], list[Any]]] = {
    ast.IfExp: lambda node: [node.body, node.orelse],
    ast.Tuple: lambda node: node.elts,
    ast.List: lambda node: node.elts,
    ast.BoolOp: lambda node: node.values[-1:],
}
"""What a value that is put together may be."""
_LONGEST = 40


def produced_facts(scope: Scope) -> Iterator[ProducedFacts]:
    """Each text once for each function that gives it."""
    lines: dict[str, int] = {}
    values = [node.value for kind in _GIVING for node in scope.nodes.get(kind, ())]
    given: Any = scope.node
    values += given.args.defaults + given.args.kw_defaults
    for value in values:
        kind = value.__class__
        if kind is ast.Constant:
            if value.value.__class__ is str and 2 < len(value.value) < _LONGEST:
                lines.setdefault(value.value, value.lineno)
        elif kind in _PARTS:
            values += _PARTS[kind](value)
    for text, line in lines.items():
        if text.replace("-", "_").isidentifier():
            yield scope.qualname, repr(text), line
