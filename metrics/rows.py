"""A text as rows, one for each statement or header of a block, with keys that no formatting changes.

Docstrings and other texts that stand alone, comments, and lines that hold but `else:` or `try:` are in no row.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from metrics.facts import UnparsableError, deep_recursion, parse

_LINE = re.compile(r"\r\n|\r|\n")
_BLOCKS = frozenset({"body", "orelse", "finalbody", "handlers", "cases"})
_HEADS = (ast.stmt, ast.ExceptHandler, ast.match_case)
_LEFT_OUT = frozenset({"ctx", "type_comment", "kind"})


class Row(NamedTuple):
    """First and last line (1-based, inclusive), what is written there, and how many syntax nodes that has."""

    line: int
    end_line: int
    key: str
    mass: int


@lru_cache(maxsize=4096)
def rows_of(text: str) -> tuple[Row, ...]:
    """The rows in the order of the text; those of a text that is not Python are its lines."""
    try:
        with deep_recursion():
            return tuple(_rows(parse(text).tree.body))
    except (UnparsableError, RecursionError):
        lines = enumerate(lines_of(text), 1)
        return tuple(Row(number, number, line.strip(), 1) for number, line in lines if line.strip())


def lines_of(text: str) -> list[str]:
    """The lines as Python counts them, without line ends."""
    return _LINE.split(text)


def _rows(block: list[ast.AST] | list[ast.stmt]) -> Iterator[Row]:
    for node in block:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            continue
        spelling = _Spelling()
        spelling.head(node)
        if spelling.line and not isinstance(node, (ast.Try, ast.TryStar)):
            yield Row(spelling.line, spelling.end_line, " ".join(spelling.words), spelling.mass)
        for name in node._fields:
            if name in _BLOCKS and isinstance(inner := getattr(node, name), list):
                yield from _rows(inner)


class _Spelling:
    """The words of one statement without its blocks, and where they stand."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.line = 0
        self.end_line = 0
        self.mass = 0

    def head(self, node: ast.AST) -> None:
        """Spell a statement, a handler or a case."""
        line = getattr(node, "lineno", 0)
        is_block = any(isinstance(getattr(node, name, None), list) for name in _BLOCKS)
        self._stretch(line, line if is_block else getattr(node, "end_lineno", line))
        self._node(node)

    def _stretch(self, line: int, end_line: int) -> None:
        if line:
            self.line = min(self.line or line, line)
            self.end_line = max(self.end_line, end_line)

    def _node(self, node: ast.AST) -> None:
        self.words.append(node.__class__.__name__)
        self.mass += 1
        for name in node._fields:
            if name in _LEFT_OUT:
                continue
            value = getattr(node, name, None)
            if isinstance(value, list):
                self._list(value)
            elif isinstance(value, ast.AST):
                self._child(value)
            else:
                self.words.append(repr(value))

    def _list(self, values: list[ast.AST | str | None]) -> None:
        if values and isinstance(values[0], _HEADS):
            return
        self.words.append("[")
        for value in values:
            if isinstance(value, ast.AST):
                self._child(value)
            else:
                self.words.append(repr(value))
        self.words.append("]")

    def _child(self, node: ast.AST) -> None:
        line = getattr(node, "lineno", 0)
        self._stretch(line, getattr(node, "end_lineno", line))
        self._node(node)
