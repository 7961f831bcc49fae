from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

LEDGER = """\
def monthly(rows: list[tuple[int, int]], limit: int) -> list[str]:
    lines = []
    total = 0
    for price, count in rows:
        amount = price * count
        if amount > limit:
            amount -= amount // 10
        total += amount
        lines.append(f"{count} x {price} = {amount}")
    lines.append("-" * 20)
    lines.append(f"sum {total}")
    return lines


def yearly(entries: list[tuple[int, int]], bound: int) -> list[str]:
    lines = []
    total = 0
    for price, count in entries:
        amount = price * count
        if amount > bound:
            amount -= amount // 20
        total += amount
        lines.append(f"{count} x {price} = {amount}")
    lines.append("-" * 20)
    lines.append(f"sum {total}")
    return lines
"""
TESTS = """\
from shop.ledger import monthly, yearly


def test_monthly():
    assert monthly([(10, 2), (100, 3)], 100) == ["2 x 10 = 20", "3 x 100 = 270", "-" * 20, "sum 290"]


def test_yearly():
    assert yearly([(10, 2), (100, 3)], 100) == ["2 x 10 = 20", "3 x 100 = 285", "-" * 20, "sum 305"]
"""
# Importing the plugins that are installed for our own tests would take most of each run's time.
PYTEST = """\
[tool.pytest.ini_options]
pythonpath = ["."]
testpaths = ["tests"]
addopts = "-p no:hypothesispytest -p no:anyio"
"""
PROJECT: dict[str, str | bytes] = {
    "pyproject.toml": PYTEST,
    "shop/__init__.py": "",
    "shop/ledger.py": LEDGER,
    "tests/test_ledger.py": TESTS,
}


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


Run = Callable[..., Done]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "guardloop", *arguments]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "GUARDLOOP_CACHE": str(tmp_path / "cache")}


@pytest.fixture
def guardloop(environment: dict[str, str]) -> Run:
    def run(*arguments: str, cwd: Path) -> Done:
        done = subprocess.run(
            command(*arguments), cwd=cwd, capture_output=True, text=True, env=environment, check=False, timeout=120
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def project() -> dict[str, str | bytes]:
    return dict(PROJECT)


@pytest.fixture
def fix(guardloop: Run) -> Run:
    """Runs `fix` with this interpreter, the engine without a model, and JSON."""

    def run(root: Path, *arguments: str) -> Done:
        given = ["--engine", "enumerate", "--target-python", sys.executable, "--format", "json", *arguments]
        return guardloop("fix", ".", *given, cwd=root)

    return run
