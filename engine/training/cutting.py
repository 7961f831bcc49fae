"""Takes whole functions out of a file, so that what is left still parses."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from engine.training.bodies import FUNCTION

Function = ast.FunctionDef | ast.AsyncFunctionDef


def without(text: str, tree: ast.Module, is_unwanted: Callable[[Function], bool]) -> str:
    """The text less the functions that are unwanted; a block that they leave empty gets a `pass`.

    An outer function is asked about before those inside it, and a function that goes takes them along unasked.
    """
    lines = text.splitlines(keepends=True)
    for start, end, stand_in in sorted(_cuts(tree, is_unwanted), reverse=True):
        lines[start - 1 : end] = [stand_in] if stand_in else []
    return "".join(lines)


def _cuts(node: ast.AST, is_unwanted: Callable[[Function], bool]) -> Iterator[tuple[int, int, str]]:
    """First and last line of each function to cut, and the line that takes its place."""
    for block in _blocks(node):
        cut = [child for child in block if isinstance(child, FUNCTION) and is_unwanted(child)]
        for function in cut:
            is_last_left = len(cut) == len(block) and function is block[0] and not isinstance(node, ast.Module)
            start = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
            yield start, function.end_lineno or start, " " * function.col_offset + "pass\n" if is_last_left else ""
        for child in block:
            if child not in cut:
                yield from _cuts(child, is_unwanted)


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield part.body
