from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Files = dict[str, str | bytes]
Verify = Callable[..., Any]

MERGED = """\
def _statement(rows: list[tuple[int, int]], limit: int, divisor: int) -> list[str]:
    lines = []
    total = 0
    for price, count in rows:
        amount = price * count
        if amount > limit:
            amount -= amount // divisor
        total += amount
        lines.append(f"{count} x {price} = {amount}")
    lines.append("-" * 20)
    lines.append(f"sum {total}")
    return lines


def monthly(rows: list[tuple[int, int]], limit: int) -> list[str]:
    return _statement(rows, limit, 10)


def yearly(entries: list[tuple[int, int]], bound: int) -> list[str]:
    return _statement(entries, bound, 20)
"""


@pytest.fixture
def verify(tmp_path: Path, project: Files, guardloop: Callable[..., Any]) -> Verify:
    """Judges a change of files of the project; neither folder is a repository."""

    def run(files: Files, *arguments: str, before: Files | None = None) -> Any:
        for name, content in (("before", {**project, **(before or {})}), ("after", {**project, **files})):
            shutil.rmtree(tmp_path / name, ignore_errors=True)
            for path, text in content.items():
                (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name / path).write_text(str(text))
        given = ["--before", str(tmp_path / "before"), "--after", str(tmp_path / "after"), *arguments]
        return guardloop("verify", *given, "--target-python", sys.executable, "--format", "json", cwd=tmp_path)

    return run


def answers(done: Any) -> dict[str, str]:
    return {row["gate"]: row["verdict"] for row in done.answer["gates"]}


def test_a_right_change_is_accepted(verify: Verify) -> None:
    done = verify({"shop/ledger.py": MERGED})
    assert (done.code, done.answer["verdict"]) == (0, "accepted"), done.out
    assert set(answers(done).values()) == {"pass"}
    assert done.answer["costs_after"]["duplication"] < done.answer["costs_before"]["duplication"]


def test_a_wrong_change_is_rejected_and_every_gate_still_answers(verify: Verify) -> None:
    done = verify({"shop/ledger.py": MERGED.replace("bound, 20", "bound, 10"), "tests/test_more.py": "x = 1\n"})
    assert (done.code, done.answer["verdict"]) == (1, "rejected")
    found = answers(done)
    assert found["ratchet"] == "pass"
    assert found["scope"] == found["tests"] == "fail"


def test_a_change_that_breaks_a_file_is_rejected(verify: Verify) -> None:
    done = verify({"shop/ledger.py": "def (:\n"})
    assert done.code == 1
    assert answers(done)["parses"] == "fail"
    assert answers(done)["tests"] == "unknown"


def test_withheld_tests_are_no_gate(verify: Verify) -> None:
    done = verify({"shop/ledger.py": MERGED.replace("bound, 20", "bound, 10")}, "--no-tests")
    assert (done.code, done.answer["verdict"]) == (0, "accepted")
    assert "tests" not in answers(done)
    assert done.answer["note"] == "not in force: tests, equivalence"


def test_tests_that_cannot_be_trusted_leave_it_open(verify: Verify) -> None:
    bad: Files = {"tests/test_bad.py": "def test_bad():\n    assert 1 == 2\n"}
    done = verify({"shop/ledger.py": MERGED, **bad}, before=bad)
    assert (done.code, done.answer["verdict"]) == (2, "inconclusive"), done.err
    found = answers(done)
    assert found["tests"] == "unknown"
    assert set(found.values()) == {"pass", "unknown"}
    why = next(row["why"] for row in done.answer["gates"] if row["gate"] == "tests")
    assert "fail on the untouched tree, first tests/test_bad.py::test_bad" in why


def test_no_change_is_no_improvement(verify: Verify) -> None:
    done = verify({}, "--no-tests")
    assert done.code == 1
    assert answers(done)["ratchet"] == "fail"
