"""Asking git about the user's repository, without running any program that the repository's settings name."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from guardloop.errors import GuardloopError

_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false")
_SECONDS = 60


def git(folder: Path, *arguments: str) -> str | None:
    """What git says, or None when it refuses or is not installed; bytes that are not UTF-8 become surrogates."""
    said = git_bytes(folder, *arguments)
    return None if said is None else said.decode("utf-8", "surrogateescape")


def git_bytes(folder: Path, *arguments: str, input: bytes | None = None) -> bytes | None:
    """What git says, as it says it; None when it refuses or is not installed."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8"}
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        # Set inside hooks; they would name the repository of the hook instead of the one around the folder.
        environment.pop(name, None)
    command = [*_GIT, *arguments]
    try:
        run = subprocess.run(
            command, cwd=folder, env=environment, input=input, capture_output=True, timeout=_SECONDS, check=False
        )
    except FileNotFoundError:
        return None
    except subprocess.TimeoutExpired as error:
        raise GuardloopError(f"{folder}: git {arguments[0]} did not answer in {_SECONDS} s") from error
    return run.stdout if run.returncode == 0 else None


def place_in_repository(folder: Path) -> str:
    """Where a folder lies below the top of its repository, `/`-separated; empty at the top and outside of any."""
    said = git(folder, "rev-parse", "--show-prefix")
    return "" if said is None else said.rstrip("\n").rstrip("/")
