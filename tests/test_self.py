import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUDGET = {"duplication": 0.004, "reification-miss": 0.004}
"""Gated cost allowed per code line of our own: a repeat that is worth extracting is to be extracted."""


def test_guardloop_stays_within_its_own_budget():
    command = [str(Path(sys.executable).with_name("guardloop")), "score", ".", "--format", "json"]
    answer = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    assert answer["unparsed"] == []
    for rule, share in BUDGET.items():
        found = [f for f in answer["findings"] if f["rule"] == rule and f["gated"]]
        cost = sum(finding["cost"] for finding in found)
        assert cost <= share * answer["lines"], [(f["cost"], f["message"], f["path"], f["line"]) for f in found]


def test_the_packages_are_strictly_typed_and_clean():
    for command in (["mypy"], ["ruff", "check", "."], ["ruff", "format", "--check", "--line-length", "120", "."]):
        done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
