"""Statements that only give a parameter another name: the parameter takes that name, and they go."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from engine.protocol import Hole
from guardloop.sketches.duplication.antiunification import Unification, visible_locals
from guardloop.sketches.duplication.contract import Contract
from guardloop.sketches.duplication.names import uses
from guardloop.sketches.duplication.program import Parsed
from guardloop.sketches.duplication.signature import Slot
from guardloop.sketches.duplication.text import Replacement

_LEAST_LETTERS = 3


def without_aliases(
    found: Unification, given: Contract, slots: Sequence[Slot]
) -> tuple[tuple[Slot, ...], tuple[ast.Assign, ...]]:
    """The slots with the names that the first copy gives them, and the statements that only did so."""
    result, gone = list(slots), list[ast.Assign]()
    for at, slot in enumerate(slots):
        statement = _alias(found, slot)
        if statement is not None and not gone:
            name = statement.targets[0]
            assert isinstance(name, ast.Name)
            known = {*given.inputs, *(str(other.name) for other in result)}
            if name.id not in known and _is_first_mention(found, statement, name.id):
                result[at] = replace(slot, name=name.id)
                gone.append(statement)
    return tuple(result), tuple(gone)


def _alias(found: Unification, slot: Slot) -> ast.Assign | None:
    """The statement `name = <parameter>`, if the parameter stands nowhere else."""
    first = found.copies[0]
    if not isinstance(slot.name, Hole) or slot.parameter is None or len(slot.parameter.occurrences) != 1:
        return None
    node = slot.parameter.occurrences[0][0]
    statement = first.file.parents.get(node)
    if not isinstance(statement, ast.Assign) or statement.value is not node or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    is_own = any(statement is other for other in first.statements[:-1])
    if not is_own or not isinstance(target, ast.Name) or len(target.id) < _LEAST_LETTERS:
        return None
    return statement if target.id in visible_locals(first) and _is_alone(first.file, statement) else None


def _is_alone(file: Parsed, statement: ast.Assign) -> bool:
    start, end = _lines(file, statement)
    return file.text[start:end].strip() == file.segment(statement)


def _is_first_mention(found: Unification, statement: ast.Assign, name: str) -> bool:
    statements = found.copies[0].statements
    before = statements[: next(at for at, other in enumerate(statements) if other is statement)]
    return all(use.name != name for use in uses(before))


def removed(file: Parsed, statement: ast.Assign) -> Replacement:
    """Leave the statement's lines out."""
    return Replacement(*_lines(file, statement), ())


def _lines(file: Parsed, statement: ast.Assign) -> tuple[int, int]:
    last = statement.end_lineno or statement.lineno
    return file.line_starts[statement.lineno - 1], file.line_starts[last]
