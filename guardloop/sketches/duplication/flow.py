"""Where control goes: whether statements fall through, which jumps leave them, and which managers swallow."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from guardloop.sketches.duplication.program import FUNCTIONS, Parsed
from guardloop.sketches.importing import last_name

LOOPS = (ast.For, ast.AsyncFor, ast.While)
WITHS = (ast.With, ast.AsyncWith)
TRIES = (ast.Try, ast.TryStar)
_STEADY_MANAGERS = {
    "builtins": ("open",),
    "contextlib": ("closing", "aclosing", "nullcontext", "redirect_stdout", "redirect_stderr", "chdir"),
    "decimal": ("localcontext",),
    "os": ("scandir",),
    "tempfile": ("TemporaryDirectory", "NamedTemporaryFile", "TemporaryFile"),
    "threading": ("Lock", "RLock", "Condition", "Semaphore"),
    "warnings": ("catch_warnings",),
    "zipfile": ("ZipFile",),
}
_LOCK_WORDS = ("lock", "mutex", "cond", "condition", "semaphore")


def never_swallows(item: ast.withitem) -> bool:
    """Whether the manager is known to pass every exception on."""
    manager = item.context_expr
    if isinstance(manager, ast.Await):
        manager = manager.value
    name = last_name(manager.func if isinstance(manager, ast.Call) else manager)
    return (
        any(name in names for names in _STEADY_MANAGERS.values())
        or name.lower().strip("_").split("_")[-1] in _LOCK_WORDS
    )


def falls_through(block: Sequence[ast.stmt]) -> bool:
    """Whether control can reach the end of the block."""
    return all(_falls(statement) for statement in block)


def _falls(node: ast.stmt) -> bool:
    if isinstance(node, (ast.Return, ast.Raise, ast.Break, ast.Continue)):
        return False
    if isinstance(node, ast.If):
        return falls_through(node.body) or falls_through(node.orelse)
    if isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and node.test.value:
        return any(isinstance(jump, ast.Break) for jump in leaving_jumps(node.body))
    if isinstance(node, WITHS):
        return falls_through(node.body) or not all(map(never_swallows, node.items))
    if isinstance(node, TRIES):
        normal = falls_through(node.body) and falls_through(node.orelse)
        handled = any(falls_through(handler.body) for handler in node.handlers)
        return falls_through(node.finalbody) and (normal or handled)
    if isinstance(node, ast.Match):
        return not _is_exhaustive(node) or any(falls_through(case.body) for case in node.cases)
    return True


def _is_exhaustive(node: ast.Match) -> bool:
    last = node.cases[-1]
    return last.guard is None and isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None


def leaving_jumps(block: Sequence[ast.AST]) -> Iterator[ast.Break | ast.Continue]:
    """The `break` and `continue` statements whose loop is not in the block."""
    for node in block:
        if isinstance(node, (ast.Break, ast.Continue)):
            yield node
        elif isinstance(node, LOOPS):
            yield from leaving_jumps(node.orelse)
        elif not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            yield from leaving_jumps(list(ast.iter_child_nodes(node)))


def own_nodes(nodes: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """The nodes and what is in them, nested functions, lambdas and classes left out."""
    stack = list(reversed(nodes))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            stack.extend(reversed(list(ast.iter_child_nodes(node))))


def is_tail(file: Parsed, statement: ast.stmt) -> bool:
    """Whether the function ends right after the statement, returning None, if the statement falls through."""
    node: ast.AST = statement
    for above in file.enclosing(statement):
        if isinstance(above, (ast.ExceptHandler, ast.match_case)):
            if node is not above.body[-1]:
                return False
        elif isinstance(above, FUNCTIONS):
            return node is above.body[-1]
        elif not _ends_with(above, node):
            return False
        node = above
    return False


def _ends_with(above: ast.AST, node: ast.AST) -> bool:
    if isinstance(above, ast.If):
        return any(block and node is block[-1] for block in (above.body, above.orelse))
    if isinstance(above, WITHS):
        return node is above.body[-1]
    if isinstance(above, TRIES):
        # A return in a `finally` would drop the exception that is on its way.
        if isinstance(node, ast.ExceptHandler):
            return True
        return node is (above.orelse or above.body)[-1]
    return isinstance(above, ast.Match)
