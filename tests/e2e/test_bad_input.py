"""What a user may point `fix` at by mistake: exit 2, one message with place, found, wanted, hint; nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Files = dict[str, str | bytes]
Git = Callable[..., str]


@pytest.fixture
def refused(fix: Callable[..., Any], git: Git) -> Callable[..., str]:
    """Runs `fix`, which has to refuse; what it says."""

    def run(root: Path, *arguments: str) -> str:
        status = git(root, "status", "--porcelain")
        done = fix(root, *arguments)
        assert done.code == 2, (done.out, done.err)
        assert done.out == ""
        assert "Traceback" not in done.err
        assert git(root, "status", "--porcelain") == status
        messages = [line for line in done.err.splitlines() if line.startswith("guardloop: ")]
        return str(messages[-1])

    return run


@pytest.fixture
def root(repository: Callable[[Files], Path], project: Files) -> Path:
    return repository(project)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--engine", "nanoo"),
            "got 'nanoo'; did you mean nano?",
        ),
        (("--engine", "nano:/nowhere"), "/nowhere"),
        (("--engine", "scripted:/nowhere.json"), "/nowhere.json: expected a JSON file"),
        (("--target-python", "no-such-python"), "--target-python: expected an interpreter, found no program"),
        (("--target-python", "/bin/false"), "/bin/false does not run as a Python interpreter"),
        (("--tests", "no-such-program -x"), "no-such-program"),
        (("--rule", "duplicatoin"), "did you mean 'duplication'?"),
        (("--audit", "/proc/none/x.jsonl"), "/proc/none/x.jsonl: No such file or directory"),
    ],
)
def test_what_does_not_exist_is_named(
    root: Path, refused: Callable[..., str], arguments: tuple[str, ...], message: str
) -> None:
    assert message in refused(root, *arguments)


def test_a_dirty_tree_is_refused(root: Path, refused: Callable[..., str]) -> None:
    (root / "shop/ledger.py").write_text("x = 1\n")
    assert "found changes in shop/ledger.py; commit or stash them, or pass --allow-dirty" in refused(root)


def test_a_repository_without_files_has_nothing_to_do(
    repository: Callable[[Files], Path], fix: Callable[..., Any]
) -> None:
    done = fix(repository({}))
    assert done.code == 0
    assert done.answer["accepted"] == done.answer["remaining"] == []


def test_a_project_without_tests_is_refused(
    repository: Callable[[Files], Path], project: Files, refused: Callable[..., str]
) -> None:
    files = {path: text for path, text in project.items() if path.startswith("shop/")}
    message = refused(repository(files))
    assert "no tests found" in message
    assert "name the command by --tests" in message


def test_tests_that_fail_before_we_start_are_named(
    repository: Callable[[Files], Path], project: Files, refused: Callable[..., str]
) -> None:
    root = repository({**project, "tests/test_bad.py": "def test_bad():\n    assert 1 == 2\n"})
    assert "fail on the untouched tree, first tests/test_bad.py::test_bad" in refused(root)


def test_tests_that_hang_are_ended_with_the_run(
    repository: Callable[[Files], Path], project: Files, refused: Callable[..., str]
) -> None:
    hanging = "import time\n\n\ndef test_hang():\n    time.sleep(600)\n"
    root = repository({**project, "tests/test_hang.py": hanging})
    message = refused(root, "--seconds", "6")
    assert "on the untouched tree, last in tests/test_hang.py::test_hang; expected the suite to finish" in message


def test_tests_that_do_not_reach_the_code_are_refused(
    repository: Callable[[Files], Path], project: Files, refused: Callable[..., str]
) -> None:
    root = repository({**project, "tests/test_ledger.py": "def test_nothing():\n    pass\n"})
    message = refused(root)
    # The second where the recorder saw nothing at all.
    assert "no test that passes reaches any function" in message or "a break planted in every function" in message


def test_unparsable_and_undecodable_files_are_left_alone_and_named(
    repository: Callable[[Files], Path], project: Files, fix: Callable[..., Any]
) -> None:
    root = repository({**project, "shop/broken.py": "def (:\n", "shop/latin.py": b"x = '\xe9'\n"})
    done = fix(root)
    assert done.code == 0, (done.out, done.err)
    assert len(done.answer["accepted"]) == 1
    assert [line.split(":")[0] for line in done.answer["unparsed"]] == ["shop/broken.py", "shop/latin.py"]


def test_a_flaky_test_is_left_out_and_named(
    repository: Callable[[Files], Path], project: Files, fix: Callable[..., Any]
) -> None:
    # Fails under the recorder's tracer only, so that the two runs of the untouched tree differ.
    flaky = "import sys\n\n\ndef test_flaky():\n    assert 'coverage' not in sys.modules\n"
    root = repository({**project, "tests/test_flaky.py": flaky})
    done = fix(root)
    assert done.code == 0, (done.out, done.err)
    assert "1 flaky tests are left out, first tests/test_flaky.py::test_flaky" in done.err
