"""How much code there is: nodes of the syntax tree that a person reads, and the decisions among them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from metrics.facts import parse

_COUNTED = (ast.expr, ast.stmt, ast.arg, ast.keyword, ast.ExceptHandler, ast.match_case, ast.comprehension)
_DECISIONS = (ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case, ast.Assert)
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Mass(NamedTuple):
    """`nodes` leaves annotations, docstrings and imports out: they carry no state and no decision."""

    nodes: int
    decisions: int


@lru_cache(maxsize=64)
def mass(text: str) -> Mass:
    """Weigh a file; raises `UnparsableError`."""
    nodes = list(_nodes(parse(text).tree))
    decisions = sum(isinstance(node, _DECISIONS) for node in nodes)
    decisions += sum(len(node.values) - 1 for node in nodes if isinstance(node, ast.BoolOp))
    decisions += sum(len(node.ifs) for node in nodes if isinstance(node, ast.comprehension))
    return Mass(sum(isinstance(node, _COUNTED) for node in nodes), decisions)


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    left_out = {id(getattr(node, "annotation", None)), id(getattr(node, "returns", None))}
    if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
        left_out.add(id(node.body[0]))
    for child in ast.iter_child_nodes(node):
        if id(child) not in left_out and not isinstance(child, ast.Import | ast.ImportFrom):
            yield from _nodes(child)
