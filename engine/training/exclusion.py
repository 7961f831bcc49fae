"""What no corpus may contain: the packages and functions that evaluations use, and copies of them."""

from __future__ import annotations

import ast
import re
from functools import cache
from importlib.resources import files

VENDORED = frozenset({"_vendor", "vendor", "vendored", "_vendored", "third_party", "thirdparty", "extern", "externals"})
UNWANTED = frozenset({"test", "tests", "testing", "_tests", "migrations", "locale", "_pytest_data", "templates"})
IMPORT_NAMES = {
    "python-dateutil": ("dateutil",),
    "python-dotenv": ("dotenv",),
    "python-slugify": ("slugify",),
    "python-box": ("box",),
    "attrs": ("attr", "attrs"),
}
"""Where a package is imported by another name than its own."""


def normalised(name: str) -> str:
    """A distribution's name as the package index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def packages() -> frozenset[str]:
    """Normalised names of excluded distributions."""
    return frozenset(normalised(line) for line in _entries("excluded.txt"))


@cache
def modules() -> frozenset[str]:
    """Top-level module names of excluded distributions."""
    return frozenset(module for name in packages() for module in IMPORT_NAMES.get(name, (name.replace("-", "_"),)))


@cache
def functions() -> frozenset[str]:
    """Names of benchmark functions."""
    return frozenset(_entries("excluded_functions.txt"))


@cache
def bodies() -> frozenset[str]:
    """Fingerprints of the bodies of benchmark functions, as `engine.training.bodies` makes them."""
    return frozenset(_entries("excluded_bodies.txt"))


def _entries(name: str) -> list[str]:
    text = (files("engine.training") / name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def is_excluded_path(path: str) -> bool:
    """Whether a file of a distribution is vendored, a copy of an excluded package, a test or no product code."""
    *folders, name = path.split("/")
    parts = {folder.removesuffix(".dist-info") for folder in folders}
    if parts & (VENDORED | UNWANTED) or name.startswith("test_") or name in {"conftest.py", "setup.py"}:
        return True
    return any(part in modules() for part in [*folders, name.removesuffix(".py")])


def is_excluded_function(node: ast.FunctionDef | ast.AsyncFunctionDef, digest: str | None) -> bool:
    """Whether this is a benchmark's function, by its name or by the fingerprint of its body."""
    return node.name in functions() or digest in bodies()
