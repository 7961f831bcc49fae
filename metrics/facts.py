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
_PARSED, _UNPARSED = 1, 0
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


@dataclass(frozen=True)
class Facts:
    """The code lines of one file, and the readings of it by name (plain values: the cache writes them as such)."""

    lines: int
    readings: Mapping[str, Any]


class PackedReadings(Mapping[str, Any]):
    """Readings of a file by name, each unpacked when first asked for."""

    def __init__(self, packed: dict[str, bytes]) -> None:
        self._packed = packed
        self._values: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            self._values[name] = marshal.loads(self._packed[name])
            self._packed[name] = b""
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


def packed(found: Facts | tuple[int, str]) -> tuple[Any, ...]:
    """Facts as the cache keeps them, each reading for itself; or the line and message of what cannot be parsed.

    Raises `ValueError` for readings that are no plain values.
    """
    if not isinstance(found, Facts):
        return _UNPARSED, *found
    return _PARSED, found.lines, {name: marshal.dumps(reading) for name, reading in found.readings.items()}


def unpacked(plain: tuple[Any, ...]) -> Facts | tuple[int, str]:
    """What was packed; what no rule asks for stays so."""
    kind, line, content = plain
    return (line, content) if kind == _UNPARSED else Facts(line, PackedReadings(content))


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
            return Facts(code_lines(module), readings)
    except RecursionError as error:
        raise UnparsableError("nested too deeply") from error
    except ValueError as error:
        # Python refuses to write out numbers of thousands of digits, which only hexadecimals can have here.
        if "digits" not in str(error):
            raise
        raise UnparsableError("a number too long to write out") from error


def code_lines(module: Module) -> int:
    """Lines that are not blank, comments or docstrings."""
    lines = module.lines
    documented = [line for first, last in _docstrings(module.scopes) for line in lines[first - 1 : last]]
    text = "\n".join(lines) if "\r" in module.text else module.text
    return _code_count(text) - _code_count("\n".join(documented))


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
