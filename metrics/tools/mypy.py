"""mypy, with the project's own configuration and the packages of the target's interpreter."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from metrics.scorer import ScorerError
from metrics.tools.complaint import Complaint, Execute, first_line

_CHOICES = ("files", "packages", "modules")
_FLAGS = (
    "--output=json",
    "--no-color-output",
    "--no-error-summary",
    "--show-error-codes",
    "--no-pretty",
    "--hide-error-context",
    "--no-warn-unused-configs",
)


@dataclass(frozen=True)
class Approach:
    """One way to call mypy on a project: not every project can be checked as it is configured."""

    label: str
    flags: tuple[str, ...] = ()
    named: bool = True
    """Whether the judged files are named, or left to the configuration."""


def approaches(folder: Path) -> tuple[Approach, ...]:
    """The ways to try, the project's own first."""
    configured, chooses = _configuration(folder)
    plain = () if configured else ("--check-untyped-defs", "--ignore-missing-imports")
    packages = ("--namespace-packages", "--explicit-package-bases")
    own = (Approach("as configured", plain, named=False),) if chooses else ()
    return (
        *own,
        Approach("as configured, all files", plain),
        Approach("as configured, modules named by their folders", (*plain, *packages)),
        Approach("without the project's configuration", ("--config-file=", "--ignore-missing-imports", *packages)),
    )


def check(
    paths: Sequence[str], folder: Path, cache: Path, python: Path, execute: Execute, approach: Approach
) -> list[Complaint]:
    """Check files of `folder`; errors in files that they import count too. Raises `ScorerError` when mypy gives up."""
    own = ["--cache-dir", str(cache), "--python-executable", str(python)]
    targets = ["--", *paths] if approach.named else []
    code, output = execute([sys.executable, "-I", "-m", "mypy", *_FLAGS, *own, *approach.flags, *targets], folder)
    if code not in (0, 1):
        raise ScorerError(f"mypy: ended with {code}: {first_line(output)}")
    return sorted(complaint for line in output.splitlines() if (complaint := _complaint(line)))


def _complaint(line: str) -> Complaint | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict) or entry.get("severity") != "error":
        return None
    path = str(entry["file"]).replace("\\", "/")
    return Complaint(path, int(entry["line"]), str(entry.get("code") or "misc"), str(entry["message"]))


def _configuration(folder: Path) -> tuple[bool, bool]:
    """Whether the folder configures mypy, and whether that says what is to be checked."""
    # Every command imports this module: those that do not run mypy need not wait for the parser.
    import configparser

    for name in ("mypy.ini", ".mypy.ini", "setup.cfg"):
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read(folder / name, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue
        if parser.has_section("mypy"):
            return True, any(parser.has_option("mypy", choice) for choice in _CHOICES)
    try:
        with open(folder / "pyproject.toml", "rb") as stream:
            table = tomllib.load(stream).get("tool", {}).get("mypy")
    except (OSError, ValueError, AttributeError):
        return False, False
    return isinstance(table, dict), isinstance(table, dict) and any(choice in table for choice in _CHOICES)
