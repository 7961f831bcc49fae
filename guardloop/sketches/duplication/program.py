"""The parsed files of a tree: exact character offsets, parents, enclosing functions and classes."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from metrics.source import SourceTree

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BLOCKS = ("body", "orelse", "finalbody")
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, eq=False)
class Parsed:
    """One file. Offsets count characters, as edits do; the `col_offset` of `ast` counts UTF-8 bytes."""

    path: str
    text: str
    tree: ast.Module

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset of each line's first character, and of the end of the text."""
        return [0, *(match.end() for match in _LINE_END.finditer(self.text)), len(self.text)]

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """Each node's parent; contexts and operators, which nodes share, are not in it."""
        return {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the file."""
        return list(ast.walk(self.tree))

    @cached_property
    def newline(self) -> str:
        """How lines end in this file."""
        match = _LINE_END.search(self.text)
        return str(match.group()) if match else "\n"

    def line(self, number: int) -> str:
        """The text of a 1-based line, its end left out."""
        return self.text[self.line_starts[number - 1] : self.line_starts[number]].rstrip("\r\n")

    @cached_property
    def string_lines(self) -> frozenset[int]:
        """Lines whose beginning lies inside a string literal: their white space is not indentation."""
        found: set[int] = set()
        opened: list[int] = []
        for token in tokenize.generate_tokens(io.StringIO(self.text, newline="").readline):
            name = tokenize.tok_name[token.type]
            if name.endswith("STRING_START"):
                opened.append(token.start[0])
            first = opened.pop() if name.endswith("STRING_END") else token.start[0]
            if token.type == tokenize.STRING or name.endswith("STRING_END"):
                found.update(range(first + 1, token.end[0] + 1))
        return frozenset(found)

    @cached_property
    def comments(self) -> list[tuple[int, str]]:
        """The comments with their lines."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text, newline="").readline)
        return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return len(self.line_starts) - 1

    def offset(self, line: int, column: int) -> int:
        """The character offset of a position of `ast`."""
        start: int = self.line_starts[line - 1]
        text = self.text[start : self.line_starts[line]]
        return start + (column if text.isascii() else len(text.encode()[:column].decode("utf-8", "replace")))

    def start(self, node: ast.stmt | ast.expr) -> int:
        """Where the node's text begins, its decorators included."""
        if not getattr(node, "decorator_list", ()):
            return self.offset(node.lineno, node.col_offset)
        assert isinstance(node, ast.stmt)
        line = self.first_line(node)
        return self.line_starts[line - 1] + len(indentation(self.line(line)))

    def end(self, node: ast.stmt | ast.expr) -> int:
        """Where the node's text ends."""
        return self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def segment(self, node: ast.stmt | ast.expr) -> str:
        """The node's text."""
        return self.text[self.offset(node.lineno, node.col_offset) : self.end(node)]

    def first_line(self, node: ast.stmt) -> int:
        """The node's first line, its decorators included."""
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        return min([node.lineno, *(decorator.lineno for decorator in decorators)])

    def enclosing(self, node: ast.AST) -> Iterator[ast.AST]:
        """The node's ancestors, innermost first."""
        while (above := self.parents.get(node)) is not None:
            yield above
            node = above

    def functions_around(self, node: ast.AST) -> tuple[Function, ...]:
        """The functions that enclose a node, innermost first, up to the first class."""
        found: list[Function] = []
        for above in self.enclosing(node):
            if isinstance(above, ast.ClassDef):
                break
            if isinstance(above, FUNCTIONS):
                found.append(above)
        return tuple(found)

    def class_around(self, node: ast.AST) -> ast.ClassDef | None:
        """The innermost class that encloses a node: the one after which private names are mangled."""
        return next((above for above in self.enclosing(node) if isinstance(above, ast.ClassDef)), None)

    def top_level(self, node: ast.AST) -> ast.stmt:
        """The statement of the module's body that holds the node."""
        chain = [node, *self.enclosing(node)]
        found = chain[-2]
        assert isinstance(found, ast.stmt)
        return found

    def block_of(self, statement: ast.stmt) -> Sequence[ast.stmt]:
        """The list of statements that the statement is one of."""
        for _, block in blocks(self.parents[statement]):
            if any(other is statement for other in block):
                return block
        raise ValueError(statement)

    def symbol(self, node: ast.AST) -> str:
        """The qualified name of the innermost function or class that is or encloses the node."""
        named = [n.name for n in (node, *self.enclosing(node)) if isinstance(n, (*FUNCTIONS, ast.ClassDef))]
        return ".".join(reversed(named))


def blocks(node: ast.AST) -> Iterator[tuple[str, list[ast.stmt]]]:
    """The lists of statements directly in a node, by field name, in the order of the text.

    Handlers and cases are nodes of their own: ask them for their blocks.
    """
    for field in BLOCKS:
        block = getattr(node, field, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            yield field, block


def holders(node: ast.AST) -> Iterator[ast.AST]:
    """The node itself and its handlers or cases: everything that has blocks of this statement."""
    yield node
    yield from getattr(node, "handlers", ())
    yield from getattr(node, "cases", ())


def indentation(line: str) -> str:
    """The white space at the start of a line."""
    return line[: len(line) - len(line.lstrip(" \t\f"))]


class Program:
    """The files of one tree, parsed when first asked for."""

    def __init__(self, tree: SourceTree) -> None:
        self.tree = tree
        self._files: dict[str, Parsed | None] = {}

    def file(self, path: str) -> Parsed | None:
        """The parsed file, or nothing if there is none or it doesn't parse; always the same object."""
        if path not in self._files:
            text = self.tree.texts.get(path)
            self._files[path] = None if text is None else _parsed(path, text)
        return self._files[path]

    def files(self) -> Iterator[Parsed]:
        """Every file that parses, by path."""
        for path in sorted(self.tree.texts):
            if path.endswith(".py") and (parsed := self.file(path)):
                yield parsed


@lru_cache(maxsize=2048)
def _parsed(path: str, text: str) -> Parsed | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Parsed(path, text, ast.parse(text))
    except (SyntaxError, ValueError, RecursionError):
        return None
