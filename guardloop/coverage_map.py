"""Which tests reach which lines of the judged code, from one recorded run of the untouched suite."""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property
from typing import Any

from metrics.source import SourceTree, Span


@dataclass(frozen=True)
class CoverageMap:
    """`tests` by number, and for each file the numbers of the tests that reach each line.

    Lines are those of `recorded`. Files that an accepted patch changed are in `unsure`: their lines have moved, so that
    all tests that ever reached the file count for each of its lines.
    """

    recorded: SourceTree
    tests: tuple[str, ...]
    files: Mapping[str, Mapping[int, tuple[int, ...]]]
    unsure: frozenset[str] = frozenset()

    @classmethod
    def read(cls, tree: SourceTree, reached: Mapping[str, Any], prefix: str) -> CoverageMap | None:
        """What the recorder wrote; None where it wrote nothing. `prefix` leads from the repository to the tree."""
        if not reached:
            return None
        files = {
            path.removeprefix(prefix): {line: tuple(numbers) for line, numbers in lines.items()}
            for path, lines in reached["files"].items()
            if path.startswith(prefix)
        }
        return cls(tree, tuple(reached["tests"]), files)

    def after(self, changed: tuple[str, ...]) -> CoverageMap:
        """The map once a change of these files was accepted."""
        return replace(self, unsure=self.unsure | set(changed))

    def affected(self, before: SourceTree, after: SourceTree) -> frozenset[str]:
        """The tests that reach a function, or a line outside of functions, that differs between two trees."""
        numbers: set[int] = set()
        for path in self.files:
            a, b = before.texts.get(path, ""), after.texts.get(path, "")
            if a == b:
                continue
            if path in self.unsure:
                numbers.update(number for reached in self.files[path].values() for number in reached)
            else:
                numbers.update(self._reaching(path, a, changed_lines(a, b)))
        return frozenset(self.tests[number] for number in numbers)

    @cached_property
    def functions(self) -> tuple[tuple[Span, frozenset[str]], ...]:
        """Every function that a test calls, with the tests that do; by path and line.

        A line that holds a part of the header is reached by defining the function, too. Where that is all that is known
        of every function, it has to do.
        """
        return tuple(self._called(past_header=True)) or tuple(self._called(past_header=False))

    def _called(self, past_header: bool) -> Iterator[tuple[Span, frozenset[str]]]:
        for path, lines in sorted(self.files.items()):
            for first, last, header, body in _functions(self.recorded.texts.get(path, "")):
                start = max(body, header + 1) if past_header else body
                reached = {number for line in range(start, last + 1) for number in lines.get(line, ())}
                if reached:
                    yield Span(path, first, last), frozenset(self.tests[number] for number in reached)

    def _reaching(self, path: str, text: str, lines: set[int]) -> Iterator[int]:
        reached = self.files[path]
        spans = sorted(_functions(text), key=lambda span: span[1] - span[0])
        for line in lines:
            first, last = next((span[:2] for span in spans if span[0] <= line <= span[1]), (line, line))
            for inside in range(first, last + 1):
                yield from reached.get(inside, ())


def changed_lines(before: str, after: str) -> set[int]:
    """The lines of `before`, 1-based, that are replaced, removed, or directly above something inserted."""
    a, b = lines_of(before), lines_of(after)
    found: set[int] = set()
    for kind, start, end, _, _ in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind in ("replace", "delete"):
            found.update(range(start + 1, end + 1))
        elif kind == "insert" and start:
            found.add(start)
    return found


def lines_of(text: str) -> list[str]:
    """Lines with their ends, as Python's parser counts them: form feeds and the like end none."""
    return list(io.StringIO(text, newline=""))


def _functions(text: str) -> list[tuple[int, int, int, int]]:
    """Of every function: first line with decorators, last line, last line of the header, first line of the body.

    None in unparsable text.
    """
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError):
        return []
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [
        (first_line(node), node.end_lineno or node.lineno, _header_end(node), first_line(node.body[0]))
        for node in functions
    ]


def _header_end(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    parts = [inner for part in (node.args, node.returns) if part for inner in ast.walk(part)]
    return max([node.lineno, *(getattr(part, "end_lineno", None) or 0 for part in parts)])


def first_line(node: ast.stmt) -> int:
    """The line of a statement's first decorator, or its own."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])
