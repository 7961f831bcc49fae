from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

# No test is timed. Where CI is set, hypothesis itself tries the same examples each time: a run tells of the change.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

Repository = Callable[[Mapping[str, str | bytes]], Path]

_WHO = ("-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false")


def pytest_configure() -> None:
    # A shell starts background jobs with SIGINT ignored, and children inherit it: interrupts under test would be lost.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", *_WHO, "-c", "core.autocrlf=false", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def git() -> Callable[..., str]:
    return _git


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Makes a git repository of these files, all of them committed."""

    def make(files: Mapping[str, str | bytes]) -> Path:
        root = tmp_path / "project"
        root.mkdir()
        for path, content in files.items():
            full = root / path
            full.parent.mkdir(parents=True, exist_ok=True)
            full.write_bytes(content.encode() if isinstance(content, str) else content)
        _git(root, "init", "-q", "-b", "main")
        _git(root, "add", "-A")
        _git(root, "commit", "-q", "--allow-empty", "-m", "start")
        return root

    return make
