from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from twins import twin

ROOT = Path(__file__).resolve().parents[3]
PLACES = ROOT / "examples" / "places"
HEADING = "\n## Where it runs\n"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks_of(page: str) -> list[str]:
    return re.findall(r"```(?:yaml|json|python)\n(.*?)```", page, re.S)


def test_the_page_shows_what_the_tests_run() -> None:
    files = {path.read_text(encoding="utf-8"): path.name for path in PLACES.iterdir() if path.is_file()}
    blocks = blocks_of((PLACES / "README.md").read_text(encoding="utf-8"))
    assert [files.get(block, block) for block in blocks] == [
        "pre-commit-config.yaml",
        "workflow.yml",
        "agent-settings.json",
        "mcp.json",
        "judge_change.py",
    ]


@pytest.mark.skipif(HEADING not in README, reason="README shows no places of its own")
def test_readme_shows_nothing_else() -> None:
    files = {path.read_text(encoding="utf-8") for path in PLACES.iterdir() if path.is_file()}
    assert set(blocks_of(README.partition(HEADING)[2].partition("\n## ")[0])) <= files


def test_the_script_judges_a_change(repository: Callable[..., Path], tmp_path: Path) -> None:
    root = repository({"pyproject.toml": "", "shop.py": twin("first")})
    (root / "copied.py").write_text(twin("second"))
    command = [sys.executable, "-P", str(PLACES / "judge_change.py"), "main"]
    environment = {**os.environ, "GUARDLOOP_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    verdict, finding, total = done.stdout.splitlines()
    assert verdict.startswith("over {'duplication': ")
    assert re.fullmatch(r"\+\d+ duplication: .* \((?=.*copied\.py:1)(?=.*shop\.py:1).*\)", finding)
    assert re.fullmatch(r"duplication in the whole tree: [1-9]\d*", total)


def test_the_script_is_strictly_typed() -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", str(PLACES / "judge_change.py")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
