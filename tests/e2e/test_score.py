from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop"
SCRIPT = str(Path(sys.executable).with_name("guardloop"))


def score(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [SCRIPT, "score", *arguments], capture_output=True, env={**os.environ, **environment}, check=False
    )


@pytest.mark.parametrize("format", ["text", "json", "sarif", "html"])
def test_every_format_has_the_same_bytes_under_any_hash_seed(format: str, tmp_path: Path) -> None:
    answers = [
        score(str(SHOP), "--format", format, PYTHONHASHSEED=seed, GUARDLOOP_CACHE=str(tmp_path / seed))
        for seed in ("0", "1", "2")
    ]
    assert {answer.returncode for answer in answers} == {0}
    assert len({answer.stdout for answer in answers}) == 1
    assert b"duplication" in answers[0].stdout


def test_text_has_no_colour_in_a_pipe() -> None:
    assert b"\x1b" not in score(str(SHOP)).stdout


def test_paths_in_sarif_lead_from_the_top_of_the_repository(repository: Callable[..., Path]) -> None:
    files = {f"services/shop/{name}": (SHOP / "shop" / name).read_bytes() for name in ("orders.py", "reports.py")}
    root = repository({**files, "services/shop/pyproject.toml": ""})
    document = json.loads(score(str(root / "services/shop"), "--format", "sarif").stdout)
    sites = [site for result in document["runs"][0]["results"] for site in result["relatedLocations"]]
    uris = {site["physicalLocation"]["artifactLocation"]["uri"] for site in sites}
    assert uris == {"services/shop/orders.py", "services/shop/reports.py"}


def test_a_trend_without_history_could_not_start(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    done = score(str(tmp_path), "--trend", "3")
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"expected a folder of a git repository" in done.stderr
