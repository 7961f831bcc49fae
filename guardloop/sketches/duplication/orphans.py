"""Imports inside functions that nothing there needs any more once the run has gone."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from engine.protocol import Edit
from guardloop.sketches.duplication.names import uses
from guardloop.sketches.duplication.program import Parsed
from guardloop.sketches.duplication.region import Copy


def removal(copies: Sequence[Copy], imports: Mapping[str, ast.Import | ast.ImportFrom]) -> list[Edit]:
    """Edits that delete the copies' own imports of these names where only the runs used them."""
    gone = {id(n) for copy in copies for s in copy.statements for n in ast.walk(s)}
    edits: dict[tuple[str, int], Edit] = {}
    for copy in copies:
        for name in imports:
            mentions = [use for use in uses(copy.function.body) if use.name == name]
            binding = next(use.node for use in mentions if use.kind == "store")
            if all(id(use.node) in gone or use.node is binding for use in mentions) and isinstance(binding, ast.stmt):
                edit = _without(copy.file, binding)
                if edit:
                    edits[copy.file.path, edit.start] = edit
    return list(edits.values())


def _without(file: Parsed, statement: ast.stmt) -> Edit | None:
    """Delete a statement's lines and the blank line after them, unless its block would be empty."""
    block, line, last = file.block_of(statement), statement.lineno, statement.end_lineno or statement.lineno
    alone = file.line(line).strip() + file.line(last).strip()
    if len(block) < 2 or ";" in alone:
        return None
    if last < file.line_count and not file.line(last + 1).strip():
        last += 1
    return Edit(file.path, file.line_starts[line - 1], file.line_starts[last], ())
