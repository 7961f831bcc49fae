"""The functions of a file as a model reads them: without docstrings, at the left margin, line numbers remembered."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from engine.protocol import HoleKind

Definition = ast.FunctionDef | ast.AsyncFunctionDef
_SILENT = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom),
    *(ast.Pass, ast.Try, ast.TryStar, ast.Global, ast.Nonlocal),
)


@dataclass(frozen=True)
class Row:
    """One line of a function: its number in the file, its bytes there, and how many characters were cut before it."""

    line: int
    source: bytes
    cut: int


@dataclass(frozen=True)
class Statement:
    """A statement, or the head of a compound one: where it lies in the function's text and in the file."""

    start: int
    end: int
    line: int
    end_line: int


@dataclass(frozen=True)
class Passage:
    """An expression that a canvas has room for, and as what it is asked for."""

    kind: HoleKind
    start: int
    end: int


@dataclass(frozen=True)
class Function:
    """A function or method that stands in no other function. Offsets count characters of `text`."""

    symbol: str
    node: Definition
    rows: tuple[Row, ...]

    @cached_property
    def text(self) -> str:
        """What a model reads."""
        return "".join(row.source.decode()[row.cut :] for row in self.rows)

    @cached_property
    def _starts(self) -> dict[int, tuple[int, Row]]:
        lengths = [len(row.source.decode()) - row.cut for row in self.rows]
        return {row.line: (start, row) for start, row in zip(accumulate([0, *lengths[:-1]]), self.rows, strict=True)}

    def offset(self, line: int, column: int) -> int:
        """Where a line and a column, as `ast` counts them, lie in the text."""
        start, row = self._starts[line]
        return start + len(row.source[:column].decode()) - row.cut

    def line(self, offset: int) -> int:
        """The line of the file in which an offset lies."""
        return max(line for line, (start, _) in self._starts.items() if start <= offset)

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Where a node begins and ends in the text."""
        return self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno or 0, node.end_col_offset or 0)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """Those that say something, heads of compound ones without their bodies, in order."""
        found = []
        for node in self._spoken():
            start, end = self.span(node)
            inner = [*getattr(node, "body", ()), *(case.pattern for case in getattr(node, "cases", ()))]
            end = self.offset(inner[0].lineno, inner[0].col_offset) if inner else end
            last = self.line(start + len(self.text[start:end].rstrip()) - 1)
            found.append(Statement(start, end, node.lineno, last))
        return tuple(sorted(found, key=lambda statement: statement.start))

    def passages(self, fits: Callable[[str], bool]) -> Iterator[Passage]:
        """The largest expressions of each statement that fit, as the tasks ask for them."""
        for node in self._spoken():
            for child in _expressions(node):
                is_condition = isinstance(node, ast.If | ast.While | ast.Assert)
                yield from self._fitting(child, HoleKind.CONDITION if is_condition else HoleKind.EXPRESSION, fits)

    def _spoken(self) -> Iterator[ast.stmt]:
        """The statements that say something of their own."""
        for node in ast.walk(self.node):
            if isinstance(node, ast.stmt) and not isinstance(node, _SILENT) and not _is_text(node):
                yield node

    def _fitting(self, node: ast.expr, kind: HoleKind, fits: Callable[[str], bool]) -> Iterator[Passage]:
        start, end = self.span(node)
        if "\n" not in self.text[start:end] and fits(self.text[start:end]):
            yield Passage(kind, start, end)
            return
        # What stands within an f-string has no place of its own before Python 3.12.
        if not isinstance(node, ast.JoinedStr):
            inner = HoleKind.ARGUMENT if isinstance(node, ast.Call) else HoleKind.EXPRESSION
            for child in _expressions(node):
                yield from self._fitting(child, inner, fits)


def functions_of(text: str) -> list[Function]:
    """Every outermost function and method of a file, in order. Raises `SyntaxError` for what is no Python."""
    tree = ast.parse(text)
    # As `ast` counts lines: a form feed ends none.
    source = [line.encode() for line in _lines(text)]
    return [_function(symbol, node, source) for symbol, node in _definitions(tree.body, "")]


def _lines(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [f"{line}\n" for line in lines]


def _definitions(body: Sequence[ast.stmt], prefix: str) -> Iterator[tuple[str, Definition]]:
    for node in body:
        if isinstance(node, Definition):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _definitions(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from _definitions(
                [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)], prefix
            )


def _function(symbol: str, node: Definition, source: Sequence[bytes]) -> Function:
    left_out = {line for child in ast.walk(node) for line in _docstring(child)}
    rows = []
    for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
        if line not in left_out:
            text = source[line - 1]
            # The text of a long string can stand further left than the function.
            blank = len(text) - len(text.lstrip(b" \t"))
            rows.append(Row(line, text, min(node.col_offset, blank)))
    return Function(symbol, node, tuple(rows))


def _docstring(node: ast.AST) -> range:
    """The lines of a node's docstring if they hold nothing else."""
    if not isinstance(node, Definition | ast.ClassDef) or len(node.body) < 2 or not _is_text(node.body[0]):
        return range(0)
    first, second = node.body[0], node.body[1]
    top = min([second.lineno, *(item.lineno for item in getattr(second, "decorator_list", []))])
    last = first.end_lineno or first.lineno
    return range(first.lineno, last + 1) if first.lineno > node.lineno and top > last else range(0)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _expressions(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions directly below a node that are read, not bound."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            if not isinstance(getattr(child, "ctx", None), ast.Store | ast.Del):
                yield child
        elif isinstance(child, ast.comprehension | ast.keyword | ast.withitem):
            yield from _expressions(child)
