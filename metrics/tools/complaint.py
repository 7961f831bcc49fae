"""One finding of a tool, and how a tool is started."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from metrics.scorer import ScorerError

_SECONDS = 300


@dataclass(frozen=True, order=True)
class Complaint:
    """`path` is relative to the folder that the tool was started in, `/`-separated."""

    path: str
    line: int
    code: str
    message: str


Execute = Callable[[Sequence[str], Path], tuple[int, str]]
"""Runs a command in a folder: its exit code, and what it wrote to both of its streams."""


def execute(argv: Sequence[str], folder: Path) -> tuple[int, str]:
    """Run a tool as the user would; raises `ScorerError` when it cannot be started or does not end."""
    try:
        run = subprocess.run(
            list(argv),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ScorerError(f"{argv[0]}: did not run: {error}") from error
    return run.returncode, run.stdout.decode("utf-8", "replace")


def first_line(output: str) -> str:
    """The first line that says something, shortened."""
    lines = (line.strip() for line in output.splitlines())
    return next((line[:300] for line in lines if line), "no output")
