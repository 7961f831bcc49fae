"""From a parsed file to the facts of `metrics.scorers.duplication.file`.

Keys are computed here, once for each text, so that judging a tree is little more than counting them.
"""

from __future__ import annotations

import ast
import marshal
from collections.abc import Iterator, Sequence
from typing import Any

from metrics.scorers.duplication.digests import DIGESTS
from metrics.scorers.duplication.file import Path
from metrics.scorers.duplication.pairs import Line, pairs_of, wholes_of
from metrics.scorers.duplication.shape import COMPOUND, STORED, Header, Row

_SEED_MASS = 30
LEAST_NEAR_MISS = 45
"""The least mass of a function that is compared row by row."""
_SHINGLE = 3
_SHINGLE_MASS = 14
_IGNORED = frozenset({ast.Import, ast.ImportFrom, ast.Pass, ast.Global, ast.Nonlocal})
_MAYBE_IDLE = frozenset({ast.Expr, ast.Assert, ast.Assign})
_NOBODY = "_"
_JUMPS = frozenset({ast.Break, ast.Continue})
_DEFINITIONS = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_SELF = {"self", "cls"}


def facts_of(tree: ast.Module) -> tuple[Any, ...]:
    """The facts of one file, as plain values."""
    reader = _Reader()
    reader.outside(tree.body, "")
    return reader.facts()


_Inner = tuple[int, int, int, int]
"""What a block or statement adds up to: shape, mass, returns, breaks."""


class _Scope:
    """A function being read: its lines of rows, each unbroken, and the names that it binds."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.bound: set[str] = set()
        self.inner: set[str] = set()
        self.lines: list[list[tuple[int, Row]]] = [[]]

    def breaks(self) -> None:
        if self.lines[-1]:
            self.lines.append([])


class _Reader:
    def __init__(self) -> None:
        self.header = Header()
        self.row_lines: list[int] = []
        self.row_ends: list[int] = []
        self.row_masses: list[int] = []
        self.row_shapes: list[int] = []
        self.row_functions: list[int] = []
        self.row_leaves: list[tuple[int, int]] = []
        self.functions: list[tuple[Any, ...]] = []
        self.bound: list[frozenset[str]] = []
        self.pairs: list[tuple[int, tuple[int, int, int, bool]]] = []
        self.seeds: list[tuple[int, int, int]] = []
        self.blocks: list[tuple[Any, ...]] = []
        self.whole_lines: list[tuple[int, tuple[Any, ...]]] = []
        self.lacking_lines: list[tuple[int, tuple[Any, ...]]] = []
        self.names: dict[str, int] = {}

    def facts(self) -> tuple[Any, ...]:
        columns = tuple(
            map(tuple, (self.row_lines, self.row_ends, self.row_masses, self.row_shapes, self.row_functions))
        )
        shingles = tuple(
            tuple(self._shingles(*function[8:10])) if function[5] >= LEAST_NEAR_MISS else ()
            for function in self.functions
        )
        return (
            columns,
            tuple(self.functions),
            tuple([key for key, _ in self.pairs]),
            tuple([pair for _, pair in self.pairs]),
            tuple(key for key, _, _ in self.seeds),
            tuple(place for _, *place in self.seeds),
            tuple(self.blocks),
            shingles,
            marshal.dumps((tuple(self.header.leaves), tuple(self.bound), tuple(self.row_leaves))),
            tuple(self.whole_lines),
            tuple(self.lacking_lines),
        )

    def outside(self, body: Sequence[ast.stmt], prefix: str) -> None:
        """Find the functions among statements that belong to none."""
        for statement in body:
            if isinstance(statement, _FUNCTIONS):
                self.function(statement, prefix)
            elif isinstance(statement, ast.ClassDef):
                self.outside(statement.body, f"{prefix}{statement.name}.")
            else:
                for _, inner in _blocks(statement):
                    self.outside(inner, prefix)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, prefix: str) -> tuple[_Inner, _Scope]:
        scope = _Scope(len(self.functions))
        self.functions.append(())
        self.bound.append(frozenset())
        before, self.header.bound = self.header.bound, scope.bound
        first_leaf, first_row = len(self.header.leaves), len(self.row_lines)
        signature, mass = self.header.part(node.args)
        qualname = self._qualname(prefix + node.name)
        inner, inner_mass, _, _ = self.block(node.body, ("body",), scope, f"{qualname}.<locals>.")
        self.header.bound = before
        self._match(scope)
        shape, mass = hash((signature, inner)), mass + inner_mass + 1
        self.bound[scope.number] = frozenset(scope.bound | scope.inner)
        self.functions[scope.number] = (
            qualname,
            isinstance(node, ast.AsyncFunctionDef),
            any(_last_name(decorator) == "overload" for decorator in node.decorator_list),
            _count(node.args),
            shape,
            mass,
            first_leaf,
            len(self.header.leaves),
            first_row,
            len(self.row_lines),
            min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]),
            node.end_lineno or node.lineno,
        )
        return (shape, mass, 0, 0), scope

    def _match(self, scope: _Scope) -> None:
        local = {"$" + name for name in scope.bound - _SELF}
        lines = [Line(rows, local) for rows in scope.lines if rows]
        for line in lines:
            self.pairs.extend(pairs_of(line))
        if len(lines) == 1:
            whole, lacking = wholes_of(lines[0])
            self.whole_lines += whole
            self.lacking_lines += lacking

    def block(self, body: Sequence[ast.stmt], path: Path, scope: _Scope, prefix: str) -> _Inner:
        records: list[tuple[Any, ...] | None] = []
        shapes, mass, returns, breaks = [], 0, 0, 0
        leaves, rows = self.header.leaves, self.row_lines
        for position, node in enumerate(body):
            cls = node.__class__
            if cls in _IGNORED:
                records.append(None)
                continue
            if cls in _MAYBE_IDLE and _is_idle(node):
                continue
            first_leaf, first_row = len(leaves), len(rows)
            if cls in COMPOUND or cls in _DEFINITIONS:
                shape, own, ends, left = self.compound(node, (*path, position), scope, prefix)
            else:
                shape, own = self._row(node, scope)
                ends, left = int(cls is ast.Return), int(cls in _JUMPS)
            shapes.append(shape)
            mass, returns, breaks = mass + own, returns + ends, breaks + left
            where = first_leaf, len(leaves), first_row, len(rows), node.lineno, node.end_lineno or node.lineno
            records.append((shape, own, *where, position, cls not in COMPOUND, ends + left, cls is ast.Return))
        if mass >= _SEED_MASS:
            self._seed(scope.number, path, records)
        return hash(tuple(shapes)), mass, returns, breaks

    def compound(self, node: ast.stmt, path: Path, scope: _Scope, prefix: str) -> _Inner:
        if isinstance(node, _FUNCTIONS):
            self.header.leaves.append(STORED + node.name)
            scope.bound.add(node.name)
            inner, nested = self.function(node, prefix)
            scope.inner |= nested.bound | nested.inner
            scope.breaks()
            return inner
        if isinstance(node, ast.ClassDef):
            inner = self._class(node, prefix)
            scope.breaks()
            return inner
        shape, mass = self._row(node, scope)
        shapes, returns, breaks = [shape], 0, 0
        for field, parts in _parts(node):
            for index, (owner, body) in enumerate(parts):
                inside = (*path, field) if owner is node else (*path, field, index, "body")
                if owner is not node:
                    shape, own = self._row(owner, scope)
                    shapes.append(shape)
                    mass += own
                shape, inner_mass, ends, left = self.block(body, inside, scope, prefix)
                shapes += (DIGESTS[field], shape)
                mass, returns, breaks = mass + inner_mass, returns + ends, breaks + left
        return hash(tuple(shapes)), mass, returns, 0 if isinstance(node, _LOOPS) else breaks

    def _class(self, node: ast.ClassDef, prefix: str) -> _Inner:
        """A class inside a function, whose own statements are no rows."""
        shapes, mass = [DIGESTS["ClassDef"]], 1
        for statement in node.body:
            if isinstance(statement, _FUNCTIONS):
                (shape, own, _, _), _ = self.function(statement, f"{prefix}{node.name}.")
                shapes.append(shape)
                mass += own
            elif not _is_idle(statement):
                shape, own = self.header.part(statement)
                shapes.append(shape)
                mass += own
        return hash(tuple(shapes)), mass, 0, 0

    def _row(self, node: ast.stmt | ast.ExceptHandler | ast.match_case, scope: _Scope) -> tuple[int, int]:
        """Note one row; its shape and mass."""
        first_leaf = len(self.header.leaves)
        row = self.header.read(node)
        _, shape, _, _, mass, _, _, line, end_line = row
        self.row_leaves.append((first_leaf, len(self.header.leaves)))
        scope.lines[-1].append((len(self.row_lines), row))
        self.row_lines.append(line)
        self.row_ends.append(end_line)
        self.row_masses.append(mass)
        self.row_shapes.append(shape)
        self.row_functions.append(scope.number)
        return shape, mass

    def _seed(self, function: int, path: Path, records: list[tuple[Any, ...] | None]) -> None:
        """Note the shortest run from each statement that is heavy enough."""
        number = len(self.blocks)
        self.blocks.append((function, path, tuple(records)))
        for start in range(len(records)):
            mass, end = 0, start
            while mass < _SEED_MASS and end < len(records) and (record := records[end]) is not None:
                mass += record[1]
                end += 1
            if mass >= _SEED_MASS:
                shapes = tuple(record[0] for record in records[start:end] if record)
                self.seeds.append((hash(shapes), number, start))

    def _shingles(self, first: int, last: int) -> Iterator[int]:
        shapes, masses = self.row_shapes[first:last], self.row_masses[first:last]
        for start in range(len(shapes) - _SHINGLE + 1):
            if sum(masses[start : start + _SHINGLE]) >= _SHINGLE_MASS:
                yield hash(tuple(shapes[start : start + _SHINGLE]))

    def _qualname(self, name: str) -> str:
        """The name, numbered if it was defined before."""
        count = self.names[name] = self.names.get(name, 0) + 1
        return name if count == 1 else f"{name}#{count}"


def _parts(node: ast.stmt) -> Iterator[tuple[str, list[tuple[Any, list[ast.stmt]]]]]:
    """The blocks of a compound statement, each with the node whose header it follows."""
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        inner = getattr(node, field, None)
        if inner:
            if field in ("handlers", "cases"):
                yield field, [(part, part.body) for part in inner]
            else:
                yield field, [(node, inner)]


def _blocks(node: ast.stmt) -> Iterator[tuple[str, list[ast.stmt]]]:
    for field, parts in _parts(node):
        for _, body in parts:
            yield field, body


def _is_idle(node: ast.stmt) -> bool:
    """Whether a statement does nothing: a constant alone, given to nobody, or asserted and true."""
    if isinstance(node, ast.Assign):
        is_kept = not all(isinstance(target, ast.Name) and target.id == _NOBODY for target in node.targets)
        return isinstance(node.value, ast.Constant) and not is_kept
    if isinstance(node, ast.Assert):
        return isinstance(node.test, ast.Constant) and bool(node.test.value)
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _count(arguments: ast.arguments) -> int:
    names = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return sum(name is not None and name.arg not in _SELF for name in names)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _last_name(node.func)
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
