"""Which attributes a file reads, and which of its own only one function has any use for."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeGuard

from metrics.outline import Scope
from metrics.scorers.state_drift.writes import OWN, FunctionFacts

_BY_NAME = re.compile("getattr|hasattr|delattr|attrgetter")


def read_names(scopes: Iterable[Scope], text: str) -> Counter[str]:
    """In how many scopes each attribute is read, of whatever object; what is asked for by name may be set anywhere."""
    found: Counter[str] = Counter()
    load = ast.Load
    for scope in scopes:
        attributes = scope.nodes.get(ast.Attribute)
        if attributes:
            found.update({node.attr for node in attributes if node.ctx.__class__ is load})
    if _BY_NAME.search(text):
        for call in (call for scope in scopes for call in scope.nodes.get(ast.Call, ())):
            called = call.func
            name = called.id if called.__class__ is ast.Name else getattr(called, "attr", "")
            if _BY_NAME.fullmatch(name):
                found.update(2 * [str(text.value) for text in call.args if _is_text(text)])
    return found


def property_names(scopes: Iterable[Scope]) -> list[str]:
    """Names of decorated methods: what is assigned to a property is not stored under its name."""
    functions = (s.node for s in scopes if s.owner and isinstance(s.node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return sorted({function.name for function in functions if function.decorator_list})


def disguised_locals(
    functions: Iterable[FunctionFacts], scopes: Sequence[Scope], read: Counter[str]
) -> list[tuple[str, str]]:
    """Own attributes, each with its function, that are written and then read by this function and by no other."""
    writers: dict[str, set[str]] = defaultdict(set)
    first: dict[str, int] = {}
    for qualname, _, _, runs in functions:
        for kind, _, name, _, _, _, end_line in (write for run in runs for write in run):
            if kind == OWN and read[name] == 1:
                writers[name].add(qualname)
                first[name] = min(end_line, first.get(name, end_line))
    wanted = {name: next(iter(where)) for name, where in writers.items() if len(where) == 1}
    declared = {name for scope in scopes if isinstance(scope.node, ast.ClassDef) for name in scope.bound}
    return sorted(
        (name, scope.qualname)
        for scope in scopes
        if scope.qualname in wanted.values()
        for name, line in _first_reads(scope, wanted).items()
        if wanted[name] == scope.qualname and name not in declared and line > first[name]
    )


def _first_reads(scope: Scope, wanted: Collection[str]) -> dict[str, int]:
    """The first line on which each of these attributes is read."""
    found: dict[str, int] = {}
    for node in scope.nodes.get(ast.Attribute, ()):
        if node.attr in wanted and isinstance(node.ctx, ast.Load):
            found[node.attr] = min(node.lineno, found.get(node.attr, node.lineno))
    return found


def _is_text(node: Any) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
