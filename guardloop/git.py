"""Asking git about the user's repository, without running any program that the repository's settings name."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from guardloop.errors import GuardloopError

_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false")
_SECONDS = 60


def git(folder: Path, *arguments: str) -> str | None:
    """What git says, or None when it refuses or is not installed; bytes that are not UTF-8 become surrogates."""
    said = git_bytes(folder, *arguments)
    return None if said is None else said.decode("utf-8", "surrogateescape")


def git_bytes(folder: Path, *arguments: str, input: bytes | None = None, index: str | None = None) -> bytes | None:
    """What git says, as it says it; None when it refuses or is not installed. `index` names another index file."""
    run = _run(folder, arguments, input, index)
    return run.stdout if run is not None and run.returncode == 0 else None


def refusal(folder: Path, *arguments: str) -> str:
    """Why git refuses to answer, in its own words."""
    run = _run(folder, arguments, b"", None)
    said = run.stderr.decode("utf-8", "replace").strip().splitlines() if run is not None else ["git is not installed"]
    return said[0].removeprefix("fatal: ") if said else "git says nothing"


def _run(
    folder: Path, arguments: Sequence[str], input: bytes | None, index: str | None
) -> subprocess.CompletedProcess[bytes] | None:
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8"}
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        # Set inside hooks; they would name the repository of the hook instead of the one around the folder.
        environment.pop(name, None)
    if index is not None:
        environment["GIT_INDEX_FILE"] = index
    command = [*_GIT, *arguments]
    try:
        return subprocess.run(
            command, cwd=folder, env=environment, input=input, capture_output=True, timeout=_SECONDS, check=False
        )
    except (FileNotFoundError, ValueError):
        # No program can be given a NUL or half of a surrogate pair, which names no revision either.
        return None
    except subprocess.TimeoutExpired as error:
        raise GuardloopError(f"{folder}: git {arguments[0]} did not answer in {_SECONDS} s") from error


def place_in_repository(folder: Path) -> str:
    """Where a folder lies below the top of its repository, `/`-separated; empty at the top and outside of any."""
    said = git(folder, "rev-parse", "--show-prefix")
    return "" if said is None else said.rstrip("\n").rstrip("/")


def shown(path: bytes) -> str:
    """A path of git as text; bytes that are not UTF-8 are spelled out."""
    return path.decode("utf-8", "backslashreplace")
