"""The runs of statements that a finding is about, and the smaller runs inside them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from guardloop.sketches.duplication.program import (
    FUNCTIONS,
    Function,
    Parsed,
    Program,
    blocks,
    holders,
)
from metrics.scorer import Finding

_NO_MASS = (
    ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.mod, ast.alias, ast.arguments,
    ast.comprehension, ast.withitem, ast.match_case, ast.pattern,
)  # fmt: skip


class Refused(Exception):  # noqa: N818 - not an error: the answer is no
    """A shape that could change what the code does; the message says why."""


@dataclass(frozen=True, eq=False)
class Copy:
    """The statements `first` to `last` (inclusive) of one block of a function."""

    file: Parsed
    block: Sequence[ast.stmt]
    first: int
    last: int

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """The statements that count: bare constants (docstrings) are left out."""
        return [node for node in self.block[self.first : self.last + 1] if not is_bare_constant(node)]

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """The functions around it, innermost first."""
        return self.file.functions_around(self.statements[0])

    @property
    def function(self) -> Function:
        """The function that it is a part of."""
        return self.functions[0]

    @cached_property
    def owner(self) -> ast.ClassDef | None:
        """The class of which the outermost of its functions is a method."""
        above = self.file.parents.get(self.functions[-1])
        return above if isinstance(above, ast.ClassDef) else None

    @property
    def start(self) -> int:
        """The offset of its first character."""
        return self.file.start(self.statements[0])

    @property
    def end(self) -> int:
        """The offset after its last character."""
        return self.file.end(self.statements[-1])

    @cached_property
    def mass(self) -> int:
        """Its size in removable nodes."""
        return sum(map(mass, self.statements))

    def __str__(self) -> str:
        return f"{self.file.path}:{self.file.first_line(self.statements[0])}"


def mass(root: ast.AST) -> int:
    """Removable nodes: statements, expressions, arguments, keywords, handlers; neither annotations nor docstrings."""
    total, stack = 0, [root]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.stmt) and is_bare_constant(node):
            continue
        total += not isinstance(node, _NO_MASS)
        for field, value in ast.iter_fields(node):
            if field not in ("annotation", "returns", "type_params"):
                stack.extend(v for v in (value if isinstance(value, list) else [value]) if isinstance(v, ast.AST))
    return total


def is_bare_constant(node: ast.stmt) -> bool:
    """Whether the statement is only a literal: a docstring, `...`."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def body_of(file: Parsed, function: Function) -> Copy:
    """The whole body of a function."""
    return Copy(file, function.body, 0, len(function.body) - 1)


def copies_of(finding: Finding, program: Program) -> list[list[Copy]]:
    """The runs that the finding's sites are: one list of aligned copies, or one for each function of a run of them.

    A place is found by path and lines alone: the smallest block whose statements cover the lines.
    """
    rows = [found for site in _places(finding) if (found := _covering(program, *site))]
    if not rows:
        return []
    if all(all(isinstance(node, FUNCTIONS) for node in copy.statements) for copy in rows):
        if len({len(copy.statements) for copy in rows}) != 1:
            return []
        columns = zip(*(copy.statements for copy in rows), strict=True)
        return [[body_of(copy.file, f) for copy, f in zip(rows, column, strict=True)] for column in columns]
    return [[copy for copy in rows if copy.functions]]


def _places(finding: Finding) -> list[tuple[str, int, int]]:
    listed: Any = finding.evidence.get("sites") if isinstance(finding.evidence, Mapping) else None
    places = [(site.path, site.line, site.end_line) for site in finding.sites if site.role == "copy"]
    if not places and isinstance(listed, Sequence):
        places = [(row["path"], row["line"], row["end_line"]) for row in listed]
    return sorted(dict.fromkeys(places))


def _covering(program: Program, path: str, line: int, end_line: int) -> Copy | None:
    file = program.file(path)
    if file is None:
        return None
    best: Copy | None = None
    node: ast.AST | None = file.tree
    while node is not None:
        below: ast.AST | None = None
        for holder in holders(node):
            for _, block in blocks(holder):
                inside = [i for i, s in enumerate(block) if _overlaps(file, s, line, end_line)]
                if not inside:
                    continue
                run = Copy(file, block, inside[0], inside[-1])
                if not run.statements:
                    continue
                covers = file.first_line(block[inside[0]]) >= line or len(inside) > 1
                best = run
                below = None if covers else block[inside[0]]
        node = below
    return best


def _overlaps(file: Parsed, node: ast.stmt, line: int, end_line: int) -> bool:
    return file.first_line(node) <= end_line and (node.end_lineno or node.lineno) >= line


def trimmed(copies: Sequence[Copy], share: float) -> Iterator[list[Copy]]:
    """The same run in all copies with statements left out at either end, largest first, and what is nested in it.

    Only runs with at least this share of the first copy's mass.
    """
    floor = copies[0].mass * share
    found = [run for run in _subruns(copies) if run[0].mass >= floor]
    yield from sorted(found, key=lambda run: -run[0].mass)


def _subruns(copies: Sequence[Copy]) -> Iterator[list[Copy]]:
    length = len(copies[0].statements)
    if any(len(copy.statements) != length for copy in copies):
        return
    for first in range(length):
        for last in range(length - 1, first - 1, -1):
            yield [part(copy, first, last) for copy in copies]
    for index in range(length):
        yield from _nested([copy.statements[index] for copy in copies], copies)


def _nested(nodes: Sequence[ast.AST], copies: Sequence[Copy]) -> Iterator[list[Copy]]:
    """Runs in the blocks of one statement of each copy, where all have the same blocks."""
    if len({type(node) for node in nodes}) != 1 or isinstance(nodes[0], (*FUNCTIONS, ast.ClassDef)):
        return
    for parts in zip(*map(_all_blocks, nodes), strict=False):
        yield from _subruns([Copy(c.file, block, 0, len(block) - 1) for c, block in zip(copies, parts, strict=True)])


def _all_blocks(node: ast.AST) -> list[list[ast.stmt]]:
    return [block for holder in holders(node) for _, block in blocks(holder) if not all(map(is_bare_constant, block))]


def part(copy: Copy, first: int, last: int) -> Copy:
    """The counted statements `first` to `last` of a copy."""
    indexes = [i for i in range(copy.first, copy.last + 1) if not is_bare_constant(copy.block[i])]
    return Copy(copy.file, copy.block, indexes[first], indexes[last])
