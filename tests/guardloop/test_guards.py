from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from guardloop.errors import GuardloopError
from guardloop.guards import ProjectGuards
from guardloop.judgement import Candidate, Verdict, decide
from guardloop.judging import every, until_refused
from guardloop.project import Project
from metrics.discovery import discover

CODE = """\
def first(rows, limit):
    found = []
    for name, amount in rows:
        if amount > limit:
            found.append(f"{name}: {amount} over {limit}")
        else:
            found.append(f"{name}: {amount}")
    return sorted(found)


def second(rows, limit):
    found = []
    for name, amount in rows:
        if amount > limit:
            found.append(f"{name}: {amount} over {limit}")
        else:
            found.append(f"{name}: {amount}")
    return sorted(found)
"""
MERGED = CODE[: CODE.index("def second")] + "def second(rows, limit):\n    return first(rows, limit)\n"
TESTS = """\
import calls, pathlib


def test_first():
    assert calls.first([("a", 1)], 5) == ["a: 1"]
    pathlib.Path("written-by-a-test").write_text("x")


def test_second():
    assert calls.second([("a", 9)], 5) == ["a: 9 over 5"]
"""
COMMAND = "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 pytest -q -p no:cacheprovider tests"


@pytest.fixture
def project(repository) -> Project:
    root = repository({"lib/src/calls.py": CODE, "lib/tests/test_calls.py": TESTS, "lib/pyproject.toml": ""})
    return Project.discover(root / "lib", tests=f"PYTHONPATH=src {COMMAND}", python=sys.executable)


def test_judging_accepting_and_judging_again_leaves_the_users_tree_alone(project, git):
    tree = discover(project.root).tree
    merged = tree.replacing({"src/calls.py": MERGED})
    broken = [merged.replacing({"src/calls.py": MERGED.replace("(rows, limit)\n", f"(rows, {n})\n")}) for n in (7, 8)]
    told: list[str] = []
    with ProjectGuards(project, tree, progress=told.append) as guards:
        candidates = [Candidate(tree, after) for after in (*broken, merged)]
        with ThreadPoolExecutor(3) as pool:
            answers = list(pool.map(lambda candidate: list(until_refused(candidate, guards.gates)), candidates))
        assert [decide(results) for results in answers] == [Verdict.REJECTED, Verdict.REJECTED, Verdict.ACCEPTED]
        assert {results[-1].gate for results in answers[:2]} == {"tests"}
        guards.accept(merged)
        again = Candidate(merged, merged.replacing({"src/calls.py": MERGED + "\n\n_LEFT = 1\n"}))
        results = {result.gate: result.outcome.value for result in every(again, guards.gates)}
        assert results == {**dict.fromkeys(results, "pass"), "ratchet": "fail"}
        folder = guards.copies.folder
    assert not folder.exists()
    assert git(project.top, "status", "--porcelain") == ""
    assert told


def test_tests_can_be_withheld(project):
    tree = discover(project.root).tree
    with ProjectGuards(project, tree, tests=False, stray=["lib/pyproject.toml"]) as guards:
        assert [gate.name for gate in guards.gates] == ["parses", "scope", "interface", "ratchet", "lint", "types"]
        results = list(every(Candidate(tree, tree), guards.gates))
    assert {result.gate for result in results if result.outcome.value == "fail"} == {"scope", "ratchet"}


def test_a_preflight_that_fails_leaves_no_copies_behind(project, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    (project.root / "tests" / "test_calls.py").write_text("def test_no():\n    assert False\n")
    with pytest.raises(GuardloopError, match="fail on the untouched tree"):
        ProjectGuards(project, discover(project.root).tree)
    assert list(scratch.iterdir()) == []
