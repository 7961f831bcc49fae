"""Code that means something else when it runs in another function: refused, each by its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from guardloop.sketches.duplication.flow import leaving_jumps, own_nodes
from guardloop.sketches.duplication.names import uses
from guardloop.sketches.duplication.program import FUNCTIONS, Parsed
from guardloop.sketches.duplication.region import Copy, Refused
from guardloop.sketches.importing import last_name

_NAMESPACE_CALLS = frozenset(["locals", "globals", "eval", "exec"])
_FRAME_CALLS = frozenset([
    "_getframe", "_getframemodulename", "_current_frames", "currentframe", "stack", "getouterframes",
    "extract_stack", "format_stack", "print_stack", "walk_stack", "findCaller",
])  # fmt: skip
_FRAME_KEYWORDS = frozenset(["stacklevel", "skip_file_prefixes"])
_PLAIN_WARNING = 2
"""How many arguments of `warnings.warn` come before the one that counts frames."""
_FRAME_CALLS_WITHOUT_ARGUMENTS = frozenset(["vars", "dir"])


def check(copy: Copy) -> None:
    """Raise `Refused` if the statements depend on which function they are in."""
    for reason in _reasons(copy):
        raise Refused(f"{copy}: {reason}")


def _reasons(copy: Copy) -> Iterator[str]:
    for jump in leaving_jumps(copy.statements):
        yield f"`{type(jump).__name__.lower()}` leaves the run"
    for use in uses(copy.statements):
        if use.kind == "declare":
            yield "it declares a global or nonlocal name"
        if use.kind == "del":
            yield f"it deletes the name {use.name}"
        if use.name.startswith("__") and not use.name.endswith("__"):
            yield f"the name {use.name} is mangled"
        if use.name == "__class__":
            yield "it reads `__class__`"
    for node in (inner for statement in copy.statements for inner in ast.walk(statement)):
        yield from _node_reasons(node, copy.file)
    if isinstance(copy.function, ast.AsyncFunctionDef) and is_generator(copy):
        yield "it yields in an async generator"


def _node_reasons(node: ast.AST, file: Parsed) -> Iterator[str]:
    if isinstance(node, ast.ClassDef):
        yield "it defines a class"
    elif isinstance(node, ast.keyword) and node.arg in _FRAME_KEYWORDS:
        yield f"`{node.arg}=` counts the frames"
    elif isinstance(node, ast.Call):
        name = called_name(node)
        bare = isinstance(node.func, ast.Name)
        if name in _FRAME_CALLS or (bare and name in _NAMESPACE_CALLS):
            yield f"`{name}()` sees the frame that it runs in"
        if bare and name in _FRAME_CALLS_WITHOUT_ARGUMENTS and not node.args:
            yield f"`{name}()` sees the frame that it runs in"
        if name == "warn" and _is_of_warnings(node.func, file) and _may_have_level(node):
            yield "`warn()` counts the frames"


def called_name(call: ast.Call) -> str:
    """The name of the function or method; empty for what has none."""
    return last_name(call.func)


def warning_level(call: ast.Call, file: Parsed) -> ast.expr | None:
    """The argument that counts frames, given by its name or, to `warnings.warn`, by its position."""
    named = next((one.value for one in call.keywords if one.arg == "stacklevel"), None)
    is_warn = called_name(call) == "warn" and _is_of_warnings(call.func, file)
    return named or (call.args[_PLAIN_WARNING] if is_warn and len(call.args) > _PLAIN_WARNING else None)


def _is_of_warnings(function: ast.expr, file: Parsed) -> bool:
    """Whether a function is called that the file has from `warnings`, the module or its names."""
    root = function.value if isinstance(function, ast.Attribute) else function
    return isinstance(root, ast.Name) and root.id in _names_of_warnings(file)


@lru_cache(maxsize=4096)
def _names_of_warnings(file: Parsed) -> frozenset[str]:
    aliases = [alias for node in file.nodes if isinstance(node, ast.Import) for alias in node.names]
    taken = (node for node in file.nodes if isinstance(node, ast.ImportFrom) and node.module == "warnings")
    names = {alias.asname or alias.name for alias in aliases if alias.name == "warnings"}
    return frozenset(names | {alias.asname or alias.name for node in taken for alias in node.names})


def _may_have_level(call: ast.Call) -> bool:
    """Whether `stacklevel` is given by its position, or may be in what is spread out."""
    is_spread = any(isinstance(value, ast.Starred) for value in call.args) or any(k.arg is None for k in call.keywords)
    return is_spread or len(call.args) > _PLAIN_WARNING


def needs_own_class(copy: Copy) -> bool:
    """Whether the statements hold a `super()` without arguments, which only works in a method of the same class."""
    nodes = (node for statement in copy.statements for node in ast.walk(statement))
    return any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "super" and not n.args for n in nodes
    )


def is_generator(copy: Copy) -> bool:
    """Whether the statements themselves yield."""
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in own_nodes(copy.statements))


def is_async(copy: Copy) -> bool:
    """Whether the statements themselves await."""
    kinds = (ast.Await, ast.AsyncFor, ast.AsyncWith)
    return any(
        isinstance(node, kinds) or (isinstance(node, ast.comprehension) and node.is_async)
        for node in own_nodes(copy.statements)
    )


def returns(copy: Copy) -> list[ast.Return]:
    """The `return` statements of the function that are in the run."""
    return [node for node in own_nodes(copy.statements) if isinstance(node, ast.Return)]


def nested_functions(copy: Copy) -> bool:
    """Whether the statements define functions."""
    return any(isinstance(n, (*FUNCTIONS, ast.Lambda)) for s in copy.statements for n in ast.walk(s))
