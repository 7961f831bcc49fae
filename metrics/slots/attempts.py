"""Statements that are tried: what is caught by `try` or by `contextlib.suppress`, and what then happens."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from metrics.outline import Scope
from metrics.slots.kinds import last_name

BROAD = frozenset({"Exception", "BaseException"})
_MISSING = frozenset({"AttributeError", "TypeError"})
"""Errors by which the use of None shows."""
_TOLD = re.compile(r"(?i)log|warn|error|exception|critical|info|debug|print|exit|abort|fail|skip|report|traceback")


@dataclass(frozen=True)
class Attempt:
    """One statement that is tried alone, and the names of the errors that are caught."""

    statement: ast.stmt
    names: frozenset[str]


@dataclass(frozen=True)
class Capture:
    """One handler or `suppress`: where it starts, what it catches, whether anybody hears of it, what is tried."""

    node: ast.ExceptHandler | ast.expr
    names: frozenset[str]
    is_told: bool
    body: list[ast.stmt]


def attempts(found: Iterable[Capture]) -> Iterator[Attempt]:
    """The statements tried alone, for errors by which the use of None shows, or silently for all."""
    for capture in found:
        is_silent = not capture.is_told and capture.names & BROAD
        if len(capture.body) == 1 and (is_silent or capture.names & _MISSING):
            yield Attempt(capture.body[0], capture.names)


def captures(scope: Scope) -> Iterator[Capture]:
    """Every handler and every `suppress` of a scope."""
    nodes = scope.nodes
    for node in nodes.get(ast.Try, ()):
        for handler in node.handlers:
            listed = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
            names = frozenset(last_name(one) or "" if one is not None else "BaseException" for one in listed)
            yield Capture(handler, names, _is_told(handler), node.body)
    for kind in (ast.With, ast.AsyncWith):
        for node in nodes.get(kind, ()):
            for item in node.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and last_name(call.func) == "suppress":
                    names = frozenset(last_name(one) or "" for one in call.args)
                    yield Capture(call, names, False, node.body)


def _is_told(handler: ast.ExceptHandler) -> bool:
    """Whether a handler raises, logs, prints, exits, or uses the exception."""
    for statement in handler.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Raise) or (isinstance(node, ast.Name) and node.id == handler.name):
                return True
            if isinstance(node, ast.Call) and _TOLD.search(last_name(node.func) or ""):
                return True
    return False
