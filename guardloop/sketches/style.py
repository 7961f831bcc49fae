"""How the target writes its code, read from its configuration and its files, so that sketches look like the rest."""

from __future__ import annotations

import ast
import configparser
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from metrics.source import SourceTree

DEFAULT_LINE_LENGTH = 88
CONFIGURATION = (
    "pyproject.toml",
    "ruff.toml",
    ".ruff.toml",
    "setup.cfg",
    "tox.ini",
    "mypy.ini",
    ".mypy.ini",
    ".flake8",
)
"""The files at a target's root that say how it writes its code."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Style:
    """What new code must look like: the width of a line, and what its functions carry."""

    line_length: int = DEFAULT_LINE_LENGTH
    docstrings: bool = False
    """Most private functions of more than one statement carry a docstring, so a new one gets one too."""
    annotated: bool = False
    """Most functions are fully annotated, or mypy is set to be strict: a helper without annotations would not pass."""
    quote: str = '"'
    """The quote that string literals of the project use."""

    @classmethod
    def of(cls, tree: SourceTree, configuration: Mapping[str, str] | None = None) -> Style:
        """Read the style of a tree.

        `configuration` holds the texts of those of the files `CONFIGURATION` that there are, by name. A file that
        does not parse says nothing.
        """
        files = dict(configuration or {})
        functions = list(_functions(tree))
        return cls(
            line_length=_line_length(files) or DEFAULT_LINE_LENGTH,
            docstrings=_mostly(ast.get_docstring(f, clean=False) is not None for f in functions if _is_private(f)),
            annotated=_is_strict(files) or _mostly(_is_annotated(f) for f in functions),
            quote=_quote(tree),
        )


def _functions(tree: SourceTree) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for path in sorted(tree.texts):
        if path.endswith(".py"):
            try:
                module = ast.parse(tree.texts[path])
            except (SyntaxError, ValueError, RecursionError):
                continue
            yield from (node for node in ast.walk(module) if isinstance(node, FUNCTIONS))


def _is_private(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return function.name.startswith("_") and not function.name.endswith("__") and len(function.body) > 1


def _is_annotated(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return function.returns is not None and all(a.annotation is not None for a in named if a.arg not in ("self", "cls"))


def _mostly(answers: Iterator[bool]) -> bool:
    told = list(answers)
    return 2 * sum(told) > len(told)


def _quote(tree: SourceTree) -> str:
    text = "".join(tree.texts.values())
    return "'" if text.count("'") > text.count('"') else '"'


def _table(files: Mapping[str, str], name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(files.get(name, ""))
    except tomllib.TOMLDecodeError:
        return {}


def _sections(files: Mapping[str, str], name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(files.get(name, ""))
    except configparser.Error:
        return configparser.ConfigParser()
    return parser


def _line_length(files: Mapping[str, str]) -> int | None:
    """The first width that is set, in the order in which the tools that rewrite code are trusted."""
    tools = _table(files, "pyproject.toml").get("tool", {})
    told = [
        _table(files, "ruff.toml").get("line-length"),
        _table(files, ".ruff.toml").get("line-length"),
        *(tools.get(tool, {}).get(key) for tool, key in (("ruff", "line-length"), ("black", "line-length"))),
        tools.get("isort", {}).get("line_length"),
    ]
    for name in (".flake8", "setup.cfg", "tox.ini"):
        told.append(_sections(files, name).get("flake8", "max-line-length", fallback=""))
    widths = [int(width) for width in told if str(width).isdigit()]
    return next((width for width in widths if 40 <= width <= 400), None)


def _is_strict(files: Mapping[str, str]) -> bool:
    table = _table(files, "pyproject.toml").get("tool", {}).get("mypy", {})
    keys = ("strict", "disallow_untyped_defs", "disallow_incomplete_defs")
    if any(table.get(key) is True for key in keys):
        return True
    sections = [_sections(files, name) for name in ("mypy.ini", ".mypy.ini", "setup.cfg")]
    return any(s.get("mypy", key, fallback="").lower() == "true" for s in sections for key in keys)
