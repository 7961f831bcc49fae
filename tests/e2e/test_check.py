"""`guardloop check` and `guardloop baseline` as programs use them: answers, formats and exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from twins import twin

KEYS = ["schema", "verdict", "against", "added_lines", "charges", "budgets", "findings", "unparsed"]


@pytest.fixture
def root(repository) -> Path:
    made = repository({"shop/a.py": twin("one"), "pyproject.toml": "[tool.guardloop]\n"})
    (made / "shop/b.py").write_text(twin("two"))
    return made


def test_a_change_over_its_budget_is_answered_with_the_documented_document(root, guardloop, git) -> None:
    done = guardloop("check", ".", "--against", "HEAD", "--format", "json", cwd=root)
    assert done.code == 1
    assert list(done.answer)[: len(KEYS)] == KEYS
    assert done.answer["verdict"] == "over"
    assert done.answer["against"] == git(root, "rev-parse", "HEAD").strip()
    assert done.answer["charges"].keys() == done.answer["budgets"].keys()
    (finding,) = done.answer["findings"]
    # A copy is charged what one function in its place would save, which is less than what is repeated.
    assert 20 < finding["charge"] == done.answer["charges"]["duplication"] < finding["cost"]
    assert [finding["sites"][n]["path"] for n in finding["new_sites"]] == ["shop/b.py"]
    assert done.err == ""


def test_the_text_says_what_where_how_far_over_and_what_removes_it(root, guardloop) -> None:
    done = guardloop("check", cwd=root)
    assert done.code == 1
    first, *rest = done.out.splitlines()
    assert first.startswith("over budget: duplication adds 30 where 20 is allowed (10 over)")
    assert any(line.strip().startswith("new  shop/b.py:1-9  shop.b:two") for line in rest)
    assert any("shop/a.py:1-9  shop.a:one" in line for line in rest)
    assert any("remedy: move what the copies share into one function" in line for line in rest)


def test_the_exit_codes_tell_within_over_and_could_not_tell_apart(root, guardloop) -> None:
    assert guardloop("check", cwd=root).code == 1
    assert guardloop("check", "--staged", cwd=root).code == 0
    assert guardloop("check", "shop/a.py", cwd=root).code == 0
    (root / "shop/b.py").write_text("def (:\n")
    done = guardloop("check", "--format", "json", cwd=root)
    assert (done.code, done.answer["verdict"]) == (2, "unknown")
    assert [file["path"] for file in done.answer["unparsed"]] == ["shop/b.py"]


@pytest.mark.parametrize("format", ["json", "sarif"])
def test_every_format_for_programs_is_json_on_stdout_alone(root, guardloop, format) -> None:
    done = guardloop("check", "--format", format, cwd=root)
    assert done.code == 1
    assert json.loads(done.out)
    assert done.err == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--against", "nowhere"], "--against: expected a commit, got 'nowhere'"),
        (["--against", ""], "--against: expected a text, got ''"),
        (["--against", "HEAD", "--staged"], "exclude each other"),
        (["--baseline", "none.json"], "none.json: expected a baseline, got: No such file or directory"),
        (["--rule", "duplicaton"], "did you mean 'duplication'?"),
        (["--format", "html"], "Invalid value for '--format'"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_message(root, guardloop, arguments, message) -> None:
    done = guardloop("check", *arguments, cwd=root)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err


def test_outside_of_a_repository_a_baseline_still_judges(tmp_path, guardloop) -> None:
    (tmp_path / "a.py").write_text(twin("one"))
    done = guardloop("check", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "expected a folder of a git repository: not a git repository" in done.err
    assert guardloop("baseline", cwd=tmp_path).code == 0
    assert guardloop("check", "--baseline", "guardloop-baseline.json", cwd=tmp_path).code == 0
    (tmp_path / "b.py").write_text(twin("two"))
    assert guardloop("check", "--baseline", "guardloop-baseline.json", cwd=tmp_path).code == 1
    assert guardloop("baseline", "--output", "other.json", cwd=tmp_path).code == 0
    assert guardloop("check", "--baseline", "other.json", cwd=tmp_path).code == 0
    assert guardloop("check", "--baseline", "guardloop-baseline.json", cwd=tmp_path).code == 1


def test_the_answer_is_the_same_bytes_under_any_hash_seed(root, environment) -> None:
    answers = set()
    for seed in ("0", "1", "2"):
        own = {**environment, "PYTHONHASHSEED": seed, "GUARDLOOP_CACHE": f"{environment['GUARDLOOP_CACHE']}{seed}"}
        command = [sys.executable, "-m", "guardloop", "check", "--format", "json"]
        answers.add(subprocess.run(command, cwd=root, env=own, capture_output=True, check=False).stdout)
    assert len(answers) == 1


def test_names_that_no_terminal_can_show_are_spelled_out(root, guardloop) -> None:
    with open(os.fsencode(root) + b"/shop/caf\xe9.py", "w") as stream:
        stream.write(twin("three"))
    done = guardloop("check", cwd=root)
    assert done.code == 1
    assert "caf\\xe9.py" in done.out


def test_the_help_says_whose_budgets_hold(tmp_path, guardloop) -> None:
    done = guardloop("check", "--help", cwd=tmp_path)
    assert "a change cannot move the bar that it is judged by" in " ".join(done.out.split())


ALLOWED = "    # guardloop: allow[duplication] the two taxes part ways next year\n"


def test_score_check_and_fix_all_leave_an_accepted_finding_alone(repository, project, guardloop, fix, git) -> None:
    ledger = project["shop/ledger.py"]
    project["shop/ledger.py"] = ledger.replace("    lines = []\n", f"{ALLOWED}    lines = []\n", 1)
    # The comment is above a statement of the first copy; at the head of the function it covers the copy.
    root = repository(project)
    costs = guardloop("score", "--format", "json", cwd=root).answer["costs"]
    assert costs["duplication"] > 0
    head = "def monthly(rows: list[tuple[int, int]], limit: int) -> list[str]:"
    (root / "shop/ledger.py").write_text(ledger.replace(head, f"{ALLOWED.strip()}\n{head}"))
    git(root, "commit", "-qam", "accept")
    assert guardloop("score", "--format", "json", cwd=root).answer["costs"]["duplication"] == 0
    assert "allowed by comments: 1, which cost " in guardloop("score", cwd=root).out
    done = fix(root)
    assert (done.code, done.answer["accepted"], done.answer["remaining"]) == (0, [], [])
    assert guardloop("check", cwd=root).code == 0
