"""Where things stand in a file's text: characters of syntax nodes, line ends, indentation."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from typing import Protocol

from engine.protocol import Hole

# The line ends that the Python tokenizer knows; `str.splitlines` knows more, and would count lines differently.
LINE_END = re.compile(r"\r\n|\r|\n")
EXPECTED_NAME = 20
"""Characters that a name not yet known is expected to take."""


class Placed(Protocol):
    """A syntax node with a position."""

    lineno: int
    col_offset: int
    end_lineno: int | None
    end_col_offset: int | None


class Layout:
    """One file's text, addressed by character; `ast` counts lines from 1 and columns in UTF-8 bytes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self._starts = [0, *(match.end() for match in LINE_END.finditer(text))]

    def offset(self, line: int, column: int) -> int:
        """The character at a line (from 1) and a column counted in UTF-8 bytes."""
        start = self._starts[line - 1]
        text = self.line(line)
        return start + (column if text.isascii() else len(text.encode()[:column].decode()))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """First character of a node and the one after its last."""
        placed: Placed = node  # type: ignore[assignment]  # every expr, stmt, arg and alias has a position
        assert placed.end_lineno is not None
        assert placed.end_col_offset is not None
        return self.offset(placed.lineno, placed.col_offset), self.offset(placed.end_lineno, placed.end_col_offset)

    def source(self, node: ast.AST) -> str:
        """A node's own text."""
        start, end = self.span(node)
        return self.text[start:end]

    def line_of(self, offset: int) -> int:
        """The line, from 1, of a character."""
        return bisect_right(self._starts, offset)

    def line_start(self, line: int) -> int:
        """The first character of a line; one line past the last is the end of the text."""
        return self._starts[line - 1] if line <= len(self._starts) else len(self.text)

    def line(self, line: int) -> str:
        """The text of a line without its line end."""
        end = self.line_start(line + 1)
        return self.text[self.line_start(line) : end].rstrip("\r\n")

    def line_end(self, line: int) -> int:
        """The character after the last of a line, before its line end."""
        return self.line_start(line) + len(self.line(line))

    def indent(self, line: int) -> str:
        """The white space that a line begins with."""
        text = self.line(line)
        return text[: len(text) - len(text.lstrip(" \t\f"))]

    @property
    def lines(self) -> int:
        """How many lines there are; a final line end begins one more, empty, line."""
        return len(self._starts)

    def unit(self, tree: ast.Module) -> str:
        """One level of indentation, as the first indented statement has it."""
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(node, (ast.stmt, ast.ExceptHandler)) and isinstance(body, list) and body:
                inner, outer = self.indent(body[0].lineno), self.indent(node.lineno)
                if body[0].lineno > node.lineno and inner.startswith(outer) and inner != outer:
                    return inner[len(outer) :]
        return "    "


def width(parts: tuple[str | Hole, ...]) -> int:
    """How many characters the parts are expected to take."""
    return sum(len(part) if isinstance(part, str) else EXPECTED_NAME for part in parts)
