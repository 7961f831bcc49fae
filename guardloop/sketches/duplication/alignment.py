"""Runs that two copies still share where one has statements that the other lacks."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from guardloop.sketches.duplication.program import FUNCTIONS, blocks, holders
from guardloop.sketches.duplication.region import Copy, is_bare_constant, part

_LEAST_MASS = 12
_BLIND = (ast.expr_context, ast.Load)


def shared_runs(one: Copy, other: Copy) -> list[list[Copy]]:
    """Pairs of runs of statements that look alike, largest first; the two may lie at different depths."""
    found = [
        pair
        for one_block in _blocks(one)
        for other_block in _blocks(other)
        for pair in _diagonals(one_block, other_block)
        if pair[0].mass >= _LEAST_MASS
    ]
    return sorted(found, key=lambda pair: -pair[0].mass)


def _blocks(copy: Copy) -> Iterator[Copy]:
    """The run itself and every block inside it, nested functions left out."""
    yield copy
    stack: list[ast.AST] = list(copy.statements)
    while stack:
        node = stack.pop()
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            continue
        for holder in holders(node):
            for _, block in blocks(holder):
                if not all(map(is_bare_constant, block)):
                    yield Copy(copy.file, block, 0, len(block) - 1)
                stack.extend(block)


def _diagonals(one: Copy, other: Copy) -> Iterator[list[Copy]]:
    """The longest runs of neighbouring statements that look alike in two blocks."""
    first, second = [list(map(_outline, copy.statements)) for copy in (one, other)]
    for at in range(len(first)):
        for beside in range(len(second)):
            if first[at] != second[beside] or (at and beside and first[at - 1] == second[beside - 1]):
                continue
            length = 1
            while first[at + length : at + length + 1] == second[beside + length : beside + length + 1] != []:
                length += 1
            yield [part(one, at, at + length - 1), part(other, beside, beside + length - 1)]


def _outline(statement: ast.stmt) -> tuple[str, ...]:
    """The kinds of the statement's nodes: two that differ in it don't unify but for whole expressions."""
    return tuple(type(node).__name__ for node in ast.walk(statement) if not isinstance(node, _BLIND))
