"""What one parse of one file yields for every scorer."""

from __future__ import annotations

import ast
import marshal
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from metrics.outline import Scope, scopes
from metrics.scorer import Scorer

_LINE = re.compile(r"\r\n|\r|\n")
_CODE = re.compile(r"\n[^\S\n]*[^\s#]")
_DEPTH = 20_000
_MOST = 1_000_000
"""Characters of a text that are judged: a list of ten million takes its parser ten seconds."""
_JUDGED = "<code judged by guardloop>"
_UNHEARD = ("ignore", None, Warning, re.compile(re.escape(_JUDGED)), 0)


class UnparsableError(Exception):
    """A text that is not Python; `line` is 1-based."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Module:
    """One parsed file, as scorers see it."""

    text: str
    tree: ast.Module

    @cached_property
    def lines(self) -> list[str]:
        """The lines as Python counts them (form feeds and Unicode separators do not end one), without line ends."""
        return _LINE.split(self.text) if "\r" in self.text else self.text.split("\n")

    @cached_property
    def scopes(self) -> list[Scope]:
        """The module itself, and every class and function, outer ones first: one walk for all scorers."""
        return scopes(self.tree)

    @cached_property
    def code_lines(self) -> int:
        """How many lines are not blank, comments or docstrings."""
        lines = self.lines
        documented = [line for first, last in _docstrings(self.scopes) for line in lines[first - 1 : last]]
        text = "\n".join(lines) if "\r" in self.text else self.text
        return _code_count(text) - _code_count("\n".join(documented))


@dataclass(frozen=True)
class Facts:
    """The code lines of one file, and the readings of it by name (plain values: the cache writes them as such)."""

    lines: int
    readings: Mapping[str, Any]


class Reading:
    """What one reading kept of one text, beside its code lines; or where and why it cannot be read."""

    __slots__ = ("_packed", "_value", "lines", "problem")

    def __init__(self, lines: int, value: Any = None, *, packed: bytes = b"", problem: str = "") -> None:
        self.lines = lines
        """Code lines; for what cannot be read, the line of the problem."""
        self.problem = problem
        self._value = value
        self._packed = packed

    @property
    def value(self) -> Any:
        """The reading, unpacked when first asked for."""
        if self._packed:
            self._value, self._packed = marshal.loads(self._packed), b""
        return self._value

    def plain(self) -> tuple[int, str, bytes]:
        """What the cache keeps of a reading that was made, not unpacked. Raises `ValueError` for no plain value."""
        return self.lines, self.problem, b"" if self.problem else marshal.dumps(self._value)

    @classmethod
    def unpacked(cls, plain: tuple[int, str, bytes]) -> Reading:
        """The reading that was made `plain`."""
        lines, problem, packed = plain
        return cls(lines, packed=packed, problem=problem)


class Readings(Mapping[str, Any]):
    """The values of readings by name."""

    def __init__(self, readings: Mapping[str, Reading]) -> None:
        self._readings = readings

    def __getitem__(self, name: str) -> Any:
        return self._readings[name].value

    def __iter__(self) -> Iterator[str]:
        return iter(self._readings)

    def __len__(self) -> int:
        return len(self._readings)


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Let walks follow deeply nested expressions; a Python-level recursion takes no C stack."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def parse(text: str) -> Module:
    """Parse a text; raises `UnparsableError` for what Python cannot compile to a tree, and for what is too large."""
    if len(text) > _MOST:
        raise UnparsableError(f"too large to be judged: {len(text):,} characters, at most {_MOST:,}")
    if _UNHEARD not in warnings.filters:
        # Invalid escapes of the judged code are not ours to report. `catch_warnings` would do, but not in threads.
        warnings.filters = [_UNHEARD, *warnings.filters]
    try:
        return Module(text, ast.parse(text, _JUDGED))
    except SyntaxError as error:
        raise UnparsableError(error.msg, error.lineno or 1) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise UnparsableError(str(error) or type(error).__name__) from error


def gather(module: Module, scorers: Mapping[str, Scorer]) -> Facts:
    """Read one file for all scorers, each reading once; raises `UnparsableError` if the code nests too deeply."""
    try:
        with deep_recursion():
            readers = {scorer.reading: scorer for scorer in scorers.values()}
            readings = {name: reader.facts(module) for name, reader in readers.items()}
            return Facts(module.code_lines, readings)
    except RecursionError as error:
        raise UnparsableError("nested too deeply") from error
    except ValueError as error:
        # Python refuses to write out numbers of thousands of digits, which only hexadecimals can have here.
        if "digits" not in str(error):
            raise
        raise UnparsableError("a number too long to write out") from error


def _code_count(text: str) -> int:
    # A pattern that begins with a literal is searched for several times as fast as one that begins with an anchor.
    return len(_CODE.findall("\n" + text))


def _docstrings(found: list[Scope]) -> Iterator[tuple[int, int]]:
    """First and last lines of the docstrings of modules, classes and functions."""
    for scope in found:
        body = scope.node.body  # type: ignore[attr-defined]
        if body and isinstance(body[0], ast.Expr):
            text = body[0].value
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text.lineno, text.end_lineno or text.lineno
