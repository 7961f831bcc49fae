"""A text as rows, one for each statement or header of a block, with keys that no formatting changes.

Docstrings and other texts that stand alone, comments, and lines that hold but `else:` or `try:` are in no row.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache

from metrics.facts import UnparsableError, deep_recursion, parse
from metrics.literals import written

_LINE = re.compile(r"\r\n|\r|\n")
_BLOCKS = frozenset({"body", "orelse", "finalbody", "handlers", "cases"})
_HEADS = (ast.stmt, ast.ExceptHandler, ast.match_case)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_NODE = "<"
"""Begins the word for a node, as opposed to a name or a constant."""
_LEFT_OUT = frozenset({"ctx", "type_comment", "kind"})


class Row:
    """A statement without its blocks, and where it stands: first and last line, 1-based and inclusive."""

    def __init__(self, line: int, end_line: int, text: str, node: ast.AST | None) -> None:
        self.line = line
        self.end_line = end_line
        self.text = text
        """As it is written, without the indentation of its first line."""
        self._node = node

    @property
    def definition(self) -> str:
        """The name of the function or class whose head it is."""
        return self._node.name if isinstance(self._node, _DEFINITIONS) else ""

    @property
    def is_class(self) -> bool:
        """Whether it is the head of a class."""
        return isinstance(self._node, ast.ClassDef)

    @property
    def last_line(self) -> int:
        """Where the statement ends, with its blocks."""
        return self.end_line if self._node is None else _end(self._node)

    @cached_property
    def key(self) -> str:
        """What is written, whatever its format."""
        return " ".join(self._words)

    @cached_property
    def mass(self) -> int:
        """How many syntax nodes it has."""
        return sum(word.startswith(_NODE) for word in self._words) or 1

    @cached_property
    def _words(self) -> list[str]:
        if self._node is None:
            return [self.text]
        return [*_words(self._node)]


@lru_cache(maxsize=32)
def rows_of(text: str) -> tuple[Row, ...]:
    """The rows in the order of the text; those of a text that is not Python are its lines."""
    lines = lines_of(text)
    try:
        with deep_recursion():
            return tuple(_rows(parse(text).tree.body, lines))
    except (UnparsableError, RecursionError):
        return tuple(Row(n, n, line.strip(), None) for n, line in enumerate(lines, 1) if line.strip())


def functions_of(text: str) -> Iterator[tuple[str, int, int]]:
    """Functions that are in no other: qualified name, first line, with what decorates them, and last."""
    last, classes = 0, list[tuple[str, int]]()
    for row in rows_of(text):
        if row.line > last:
            classes = [(name, end) for name, end in classes if row.line <= end]
            if row.definition and row.is_class:
                classes.append((row.definition, row.last_line))
            elif row.definition:
                last = row.last_line
                yield ".".join([*(name for name, _ in classes), row.definition]), row.line, last


def lines_of(text: str) -> list[str]:
    """The lines as Python counts them, without line ends."""
    return _LINE.split(text) if "\r" in text else text.split("\n")


def _rows(block: Iterable[ast.AST], lines: list[str]) -> Iterator[Row]:
    for node in block:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            continue
        blocks = [block for name in node._fields if name in _BLOCKS and isinstance(block := getattr(node, name), list)]
        if not isinstance(node, (ast.Try, ast.TryStar)):
            line, end_line = _extent_of_head(node, lines) if blocks else (_line(node), _end(node))
            yield Row(line, end_line, "\n".join(lines[line - 1 : end_line]).strip(), node)
        for inner in blocks:
            yield from _rows(inner, lines)


def _extent_of_head(node: ast.AST, lines: list[str]) -> tuple[int, int]:
    """The line where a head begins, with what decorates it, and the line of the colon at its end."""
    parts = [*_parts(node)]
    first = min(filter(None, map(_line, (node, *parts))))
    last, column = max([(_line(node), getattr(node, "col_offset", 0)), *map(_end_position, parts)])
    # What is written behind the last node of a head holds no other colon, but for comments.
    rest = lines[last - 1].encode()[column:].decode()
    while ":" not in rest.partition("#")[0]:
        last += 1
        rest = lines[last - 1]
    return first, last


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """The outermost nodes of a head that have a place; lists of arguments and contexts have none."""
    for child in ast.iter_child_nodes(node):
        if hasattr(child, "lineno"):
            if not isinstance(child, _HEADS):
                yield child
        elif not isinstance(child, _HEADS):
            yield from _parts(child)


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)


def _end(node: ast.AST) -> int:
    return getattr(node, "end_lineno", None) or _line(node)


def _end_position(node: ast.AST) -> tuple[int, int]:
    return _end(node), getattr(node, "end_col_offset", 0)


def _words(node: ast.AST) -> Iterator[str]:
    # A sum of ten thousand terms nests as deep: no recursion follows that.
    left: list[ast.AST | str] = [node]
    while left:
        part = left.pop()
        if isinstance(part, str):
            yield part
        else:
            yield _NODE + part.__class__.__name__
            left += reversed([*_below(part)])


def _below(node: ast.AST) -> Iterator[ast.AST | str]:
    """The nodes right below a node, and words for all else that it holds, but not its blocks."""
    for name in node._fields:
        if name not in _LEFT_OUT:
            value = getattr(node, name, None)
            if not isinstance(value, list):
                yield _spelled(value)
            elif not (value and isinstance(value[0], _HEADS)):
                yield from ("[", *map(_spelled, value), "]")


def _spelled(value: object) -> ast.AST | str:
    return value if isinstance(value, ast.AST) else written(value)
