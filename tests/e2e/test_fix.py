from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Files = dict[str, str | bytes]
GATES = ["parses", "scope", "interface", "ratchet", "lint", "types", "tests", "equivalence"]


@pytest.fixture
def root(repository: Callable[[Files], Path], project: Files) -> Path:
    return repository(project)


def passes_its_tests(root: Path) -> bool:
    return subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=root, capture_output=True).returncode == 0


def test_duplication_becomes_a_patch_that_git_can_apply_and_the_log_can_replay(
    root: Path, fix: Callable[..., Any], guardloop: Callable[..., Any], git: Callable[..., str], tmp_path: Path
) -> None:
    done = fix(root)
    assert done.code == 0, done.err
    answer = done.answer
    assert answer["verdict"] == "done"
    assert answer["engine"] == "enumerate"
    assert list(answer["rejected_by"]) == GATES
    assert answer["costs_after"]["duplication"] < answer["costs_before"]["duplication"]
    assert answer["cpu_seconds"] > 0
    (patch,) = answer["accepted"]
    assert patch["files"] == ["shop/ledger.py"]
    assert patch["cost_after"] < patch["cost_before"]
    assert "not in force: equivalence" in done.err
    assert "protection: files: " in done.err
    assert git(root, "status", "--porcelain") == " M shop/ledger.py\n"
    assert passes_its_tests(root)

    written = (root / "shop/ledger.py").read_text()
    git(root, "checkout", "-q", ".")
    (tmp_path / "patch").write_text(patch["diff"])
    git(root, "apply", str(tmp_path / "patch"))
    assert (root / "shop/ledger.py").read_text() == written

    log = guardloop("log", answer["audit"], cwd=root)
    assert log.code == 0
    assert "accepted" in log.out
    assert log.out.splitlines()[-1] == "end: done"
    again = guardloop("log", answer["audit"], "--rejudge", "--format", "json", cwd=root)
    assert again.code == 0, again.err
    attempts = json.loads(again.out)["attempts"]
    assert len(attempts) == answer["candidates"]
    assert [row["then"] for row in attempts] == [row["now"] for row in attempts]

    tampered = tmp_path / "tampered.jsonl"
    text = (root / answer["audit"]).read_text()
    tampered.write_text(text.replace('"verdict": "accepted"', '"verdict": "rejected"'))
    differs = guardloop("log", str(tampered), "--rejudge", cwd=root)
    assert differs.code == 1
    assert "attempt 1: then rejected, now accepted" in differs.out
    assert "0 of 1 judgements agree" in differs.out
    tampered.write_text(text.replace('"head": "', '"head": "0'))
    lost = guardloop("log", str(tampered), "--rejudge", cwd=root)
    assert lost.code == 2
    assert "expected the repository with commit 0" in lost.err

    before = tmp_path / "before"
    git(tmp_path, "clone", "-q", str(root), str(before))
    given = ["--before", str(before), "--after", str(root), "--target-python", sys.executable, "--format", "json"]
    verified = guardloop("verify", *given, cwd=tmp_path)
    assert verified.code == 0, verified.out
    assert verified.answer["verdict"] == "accepted"
    assert [row["gate"] for row in verified.answer["gates"]] == GATES[:-1]
    assert verified.answer["counterexample"] is None
    assert verified.answer["note"] == "not in force: equivalence"
    assert git(before, "status", "--porcelain", "--ignored") == ""


def test_nothing_to_do_is_said_at_once(root: Path, fix: Callable[..., Any], git: Callable[..., str]) -> None:
    (root / "shop/ledger.py").write_text("def one() -> int:\n    return 1\n")
    git(root, "commit", "-qam", "clean")
    done = fix(root, "--engine", "nano", "--tests", "no-such-program")
    assert done.code == 0, done.err
    assert done.answer["verdict"] == "done"
    assert done.answer["audit"] is None
    assert git(root, "status", "--porcelain") == ""


def test_a_rejected_candidate_leaves_the_tree_alone_and_is_told(
    root: Path, fix: Callable[..., Any], git: Callable[..., str], tmp_path: Path
) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"*": ["class"]}))
    done = fix(root, "--engine", f"scripted:{script}")
    assert done.code == 1, done.err
    answer = done.answer
    assert answer["verdict"] == "partial"
    assert not answer["accepted"]
    assert answer["candidates"] == sum(answer["rejected_by"].values()) > 0
    assert "no candidate passed" in answer["remaining"][0]["why"]
    assert git(root, "status", "--porcelain") == ""
    again = fix(root, "--engine", f"scripted:{script}")
    assert (again.answer["candidates"], again.answer["reused"]) == (0, answer["candidates"])


def test_only_the_patch_is_printed_where_nothing_may_be_written(
    root: Path, guardloop: Callable[..., Any], git: Callable[..., str], tmp_path: Path
) -> None:
    given = ["--engine", "enumerate", "--target-python", sys.executable, "--diff"]
    done = guardloop("fix", *given, cwd=root)
    assert done.code == 0, done.err
    assert not (root / ".guardloop").exists()
    assert git(root, "status", "--porcelain", "--ignored") == ""
    (tmp_path / "patch").write_text(done.out)
    git(root, "apply", str(tmp_path / "patch"))
    assert passes_its_tests(root)


def test_line_ends_and_byte_order_marks_survive(
    repository: Callable[[Files], Path], project: Files, fix: Callable[..., Any]
) -> None:
    text = str(project["shop/ledger.py"]).replace("\n", "\r\n").encode()
    root = repository({**project, "shop/ledger.py": b"\xef\xbb\xbf" + text})
    done = fix(root)
    assert done.code == 0, (done.out, done.err)
    after = (root / "shop/ledger.py").read_bytes()
    assert after.startswith(b"\xef\xbb\xbf")
    assert after.count(b"\r\n") == after.count(b"\n")
    assert passes_its_tests(root)
