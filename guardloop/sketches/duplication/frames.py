"""Functions of the tree that look further up than to who calls them: they see it if a function comes between."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache

from guardloop.sketches.duplication.hazards import called_name, warning_level
from guardloop.sketches.duplication.program import Parsed, Program
from guardloop.sketches.duplication.region import Copy, Refused

_CREATORS = frozenset(["__init__", "__new__", "__post_init__"])
_LOOKS = frozenset(["_getframe", "_getframemodulename", "currentframe", "extract_stack", "walk_stack", "findCaller"])
_CALLER = 2
"""The `stacklevel` of who calls the function that warns."""


class Frames:
    """By name alone: what is called `x` anywhere may be any function called `x`."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def check(self, copies: Iterable[Copy]) -> None:
        """Raise `Refused` if the statements call such a function."""
        for copy in copies:
            for name in sorted(set(_called(copy.statements)) & self._lookers):
                raise Refused(f"{copy}: `{name}()` looks at who calls the function that it is called in")

    @cached_property
    def _lookers(self) -> frozenset[str]:
        return frozenset().union(*map(_lookers, self._program.files()))


def _called(nodes: Sequence[ast.AST]) -> Iterator[str]:
    inner = (node for root in nodes for node in ast.walk(root))
    yield from (called_name(node) for node in inner if isinstance(node, ast.Call))


@lru_cache(maxsize=4096)
def _lookers(file: Parsed) -> frozenset[str]:
    calls = [node for node in file.nodes if isinstance(node, ast.Call) and _looks_up(node, file)]
    return frozenset(name for call in calls if (name := _name_around(file, call)))


def _looks_up(call: ast.Call, file: Parsed) -> bool:
    if called_name(call) in _LOOKS:
        # With 0, or nothing, a function asks for its own frame.
        return called_name(call) != "_getframe" or any(ast.unparse(depth) != "0" for depth in call.args)
    level = warning_level(call, file)
    is_known = isinstance(level, ast.Constant) and isinstance(level.value, int)
    return level is not None and not (is_known and ast.literal_eval(level) <= _CALLER)


def _name_around(file: Parsed, call: ast.Call) -> str:
    """What the function is called by: that of the class if it makes the instances."""
    functions = file.functions_around(call)
    if not functions:
        return ""
    owner = file.class_around(functions[0])
    return owner.name if owner and functions[0].name in _CREATORS else functions[0].name
