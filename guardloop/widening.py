"""A hole opened wider: where no text for one line passes, the lines beside it may be what is wrong."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import replace

from engine.protocol import Edit, Hole, HoleKind, Sketch

_LINES = frozenset({HoleKind.LINE, HoleKind.LINES, HoleKind.REVISION})


def widened(sketch: Sketch) -> Sketch:
    """The sketch with the lines above and below its only hole opened too, as far as they are statements of its block.

    A sketch that has more holes, or one that is not whole lines, stays as it is.
    """
    if len(sketch.edits) != 1 or not _is_whole(sketch.edits[0]):
        return sketch
    (edit,) = sketch.edits
    start, end = _span(sketch.sources[edit.path], edit.start, edit.end)
    if (start, end) == (edit.start, edit.end):
        return sketch
    (hole,) = sketch.holes
    wider = replace(hole, kind=HoleKind.LINES, before=sketch.sources[edit.path][start:end])
    # What was refused for one line says nothing of several.
    return replace(sketch, edits=(Edit(edit.path, start, end, (wider,)),), rejected=())


def _is_whole(edit: Edit) -> bool:
    return len(edit.parts) == 1 and isinstance(edit.parts[0], Hole) and edit.parts[0].kind in _LINES


def _span(text: str, start: int, end: int) -> tuple[int, int]:
    """The characters from the statement above to the one below, where these stand in the same block."""
    line = text.rfind("\n", 0, start) + 1
    indent = text[line:start]
    if indent.strip():
        return start, end
    above = text.rfind("\n", 0, max(0, line - 1)) + 1
    if line and _is_statement(text[above : line - 1], indent):
        start = above + len(indent)
    below = text.find("\n", end) + 1
    if below and not text[end : below - 1].strip():
        finish = text.find("\n", below)
        finish = len(text) if finish < 0 else finish
        if _is_statement(text[below:finish], indent):
            end = finish
    return start, end


def _is_statement(line: str, indent: str) -> bool:
    """Whether a line is one whole statement, indented so, and no docstring."""
    if not line.startswith(indent) or line[len(indent) : len(indent) + 1].isspace():
        return False
    try:
        # In a function, as `return` is no statement elsewhere.
        found = ast.parse("async def f():\n" + textwrap.indent(line.strip(), " ")).body[0]
    except (SyntaxError, ValueError):
        return False
    return isinstance(found, ast.AsyncFunctionDef) and len(found.body) == 1 and ast.get_docstring(found) is None
