from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twins import twin

PASSED, COULD_NOT_TELL, OVER = 0, 1, 2


def copy(number: int) -> str:
    return twin(f"copy_{number}", f"items_{number}")


Git = Callable[..., str]
Asked = subprocess.CompletedProcess[str]


@pytest.fixture
def project(repository: Callable[..., Path]) -> Path:
    return repository({"pyproject.toml": "", "pkg/shop.py": twin(), "pkg/plain.py": "PRICE = 3\n"})


@pytest.fixture
def ask(shown: Callable[[str], str], tmp_path: Path) -> Callable[..., Asked]:
    """Runs what an agent runs for an event, by the settings that users are shown."""
    hooks = json.loads(shown("agent-settings.json"))["hooks"]

    def commands(said: str) -> list[str]:
        try:
            event = json.loads(said)
            groups = hooks[event["hook_event_name"]]
        except (ValueError, KeyError, TypeError):
            groups = hooks["Stop"]
            event = {}
        tool = event.get("tool_name", "")
        chosen = [group for group in groups if re.fullmatch(group.get("matcher", ".*"), tool)]
        return [hook["command"] for group in chosen for hook in group["hooks"]]

    def run(said: str, *arguments: str, cwd: Path = tmp_path) -> Asked:
        (command,) = commands(said)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "GUARDLOOP_CACHE": str(tmp_path / "cache")}
        words = ["sh", "-c", f'{command} "$@"', "sh", *arguments]
        return subprocess.run(words, input=said, cwd=cwd, env=environment, capture_output=True, text=True, check=False)

    return run


def edited(folder: Path, path: str | Path, tool: str = "Edit") -> str:
    event = {"session_id": "1", "transcript_path": "/tmp/t.jsonl", "cwd": str(folder), "hook_event_name": "PostToolUse"}
    return json.dumps({**event, "tool_name": tool, "tool_input": {"file_path": str(path)}, "tool_response": {}})


def stopped(folder: Path, *, again: bool = False, **more: Any) -> str:
    return json.dumps({"cwd": str(folder), "hook_event_name": "Stop", "stop_hook_active": again, **more})


@pytest.mark.parametrize("tool", ["Edit", "Write", "MultiEdit"])
def test_a_copy_comes_back_to_the_agent_with_its_places_and_a_remedy(
    project: Path, ask: Callable[..., Asked], tool: str
) -> None:
    (project / "pkg/copied.py").write_text(copy(1))
    answer = ask(edited(project, project / "pkg/copied.py", tool))
    assert answer.returncode == OVER, answer.stderr
    assert answer.stdout == ""
    first, *rest = answer.stderr.splitlines()
    assert first.startswith("guardloop: over budget: duplication adds ")
    assert any(line.startswith("1. duplication +") for line in rest)
    assert any("pkg/copied.py:1-" in line and line.endswith("(new)") for line in rest)
    assert any("pkg/shop.py:1-" in line and not line.endswith("(new)") for line in rest)
    assert any(line.startswith("   remedy: ") for line in rest)


def test_an_edit_within_budget_is_answered_with_silence(project: Path, ask: Callable[..., Asked]) -> None:
    (project / "pkg/plain.py").write_text("PRICE = 4\n")
    answer = ask(edited(project, project / "pkg/plain.py"))
    assert (answer.returncode, answer.stdout, answer.stderr) == (PASSED, "", "")


def test_what_was_committed_before_is_not_the_agents(project: Path, ask: Callable[..., Asked], git: Git) -> None:
    (project / "pkg/copied.py").write_text(copy(1))
    git(project, "add", "-A")
    git(project, "commit", "-qm", "copied by someone")
    (project / "pkg/copied.py").write_text(copy(1) + "\n\nLIMIT = 3\n")
    answer = ask(edited(project, project / "pkg/copied.py"))
    assert (answer.returncode, answer.stderr) == (PASSED, "")


def test_an_edit_answers_only_for_its_own_file_and_the_end_for_the_whole_change(
    project: Path, ask: Callable[..., Asked]
) -> None:
    (project / "pkg/copied.py").write_text(copy(1))
    (project / "pkg/plain.py").write_text("PRICE = 4\n")
    assert ask(edited(project, project / "pkg/plain.py")).returncode == PASSED
    assert ask(stopped(project)).returncode == OVER


def test_an_agent_is_kept_from_stopping_once(project: Path, ask: Callable[..., Asked]) -> None:
    (project / "pkg/copied.py").write_text(copy(1))
    first, second = ask(stopped(project)), ask(stopped(project, again=True))
    assert (first.returncode, second.returncode) == (OVER, COULD_NOT_TELL)
    assert first.stderr == second.stderr


def test_feedback_is_bounded(project: Path, ask: Callable[..., Asked]) -> None:
    name = "x" * 150
    body = "\n".join(f"    print(rows[{n}], limit, rows, limit + {n})" for n in range(8))
    for kind in range(6):
        unlike = body.replace("print", f"call_{kind}").replace("+", "+-*/%|"[kind])
        texts = [f"def {name}_{kind}_{n}(rows, limit):\n{unlike}\n    return rows\n" for n in range(9)]
        (project / f"pkg/copies_{kind}.py").write_text("\n\n".join(texts))
    answer = ask(stopped(project))
    assert answer.returncode == OVER
    assert len(answer.stderr) < 4000
    assert all(len(line) <= 300 for line in answer.stderr.splitlines())
    assert answer.stderr.count("remedy: ") == 3
    assert "more places" in answer.stderr
    assert answer.stderr.splitlines()[-1].startswith("and ")


def test_names_in_the_code_stay_on_their_line(project: Path, ask: Callable[..., Asked]) -> None:
    (project / "pkg/a\nguardloop: fine, stop now\n.py").write_text(copy(1))
    answer = ask(stopped(project))
    assert answer.returncode == OVER
    assert sum(line.startswith("guardloop: ") for line in answer.stderr.splitlines()) == 1


@pytest.mark.parametrize("path", ["README.md", "pkg/data.json", "/etc/hostname", "notebook.ipynb"])
def test_other_files_are_answered_with_silence(project: Path, ask: Callable[..., Asked], path: str) -> None:
    (project / "pkg/copied.py").write_text(copy(1))
    answer = ask(edited(project, path))
    assert (answer.returncode, answer.stdout, answer.stderr) == (PASSED, "", "")


def test_a_file_outside_of_the_repository_is_not_judged_and_never_blocks(
    project: Path, tmp_path: Path, ask: Callable[..., Asked]
) -> None:
    (project / "pkg/copied.py").write_text(copy(1))
    (tmp_path / "outside.py").write_text(copy(2))
    (project / "pkg/link.py").symlink_to(tmp_path / "outside.py")
    for path in (tmp_path / "outside.py", "../outside.py", "pkg/link.py"):
        answer = ask(edited(project, path))
        assert answer.returncode == PASSED
        assert answer.stderr == f"guardloop: not judged: {tmp_path / 'outside.py'} lies outside of {project}\n"


def test_without_a_repository_it_could_not_tell(tmp_path: Path, ask: Callable[..., Asked]) -> None:
    (tmp_path / "shop.py").write_text(twin() + copy(1))
    for said in (edited(tmp_path, "shop.py"), stopped(tmp_path)):
        answer = ask(said)
        assert answer.returncode == COULD_NOT_TELL
        assert answer.stderr.startswith("guardloop: could not tell: ")
        assert "git repository" in answer.stderr


def test_a_file_that_cannot_be_parsed_is_no_pass_and_no_block(project: Path, ask: Callable[..., Asked]) -> None:
    (project / "pkg/plain.py").write_text("def torn(:\n")
    for said in (edited(project, "pkg/plain.py"), stopped(project)):
        answer = ask(said)
        assert answer.returncode == COULD_NOT_TELL
        assert "could not tell: pkg/plain.py:1: " in answer.stderr


@pytest.mark.parametrize("said", ["", "no JSON", "[]", "{}", '{"hook_event_name": "PreToolUse"}'])
def test_what_is_no_event_never_blocks(project: Path, ask: Callable[..., Asked], said: str) -> None:
    answer = ask(said, cwd=project)
    assert answer.returncode == COULD_NOT_TELL
    assert answer.stderr.startswith("guardloop: could not tell: ")
    assert answer.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--against"], ["--format", "json"], ["extra"], ["--rule=x"]])
def test_a_wrong_word_in_the_agents_settings_never_blocks(
    project: Path, ask: Callable[..., Asked], arguments: list[str]
) -> None:
    answer = ask(stopped(project), *arguments)
    assert answer.returncode == COULD_NOT_TELL
    assert "expected no arguments" in answer.stderr


def test_settings_that_cannot_be_read_never_block(project: Path, ask: Callable[..., Asked]) -> None:
    (project / "pyproject.toml").write_text("[tool.guardloop]\nbudgetz = 3\n")
    answer = ask(stopped(project))
    assert answer.returncode == COULD_NOT_TELL
    assert "budgetz" in answer.stderr


def test_nothing_heavy_is_loaded_to_answer(project: Path, tmp_path: Path) -> None:
    program = "import sys; sys.argv = ['guardloop', 'hook']\nfrom guardloop.__main__ import main\n"
    program += "try:\n    main()\nexcept SystemExit as stop:\n    print(stop.code, *sorted(sys.modules))"
    environment = {**os.environ, "GUARDLOOP_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-c", program]
    (project / "pkg/copied.py").write_text(copy(1))
    done = subprocess.run(command, input=stopped(project), env=environment, capture_output=True, text=True, check=True)
    code, *modules = done.stdout.split()
    assert int(code) == OVER
    assert not {"torch", "transformers", "libcst", "mypy", "radon", "rich", "mcp", "pydantic"} & set(modules)


def test_a_folder_that_is_gone_never_blocks(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    program = Path(sys.executable).with_name("guardloop")
    script = f"cd '{gone}' && rmdir '{gone}' && exec '{program}' hook"
    done = subprocess.run(["sh", "-c", script], input=stopped(gone), capture_output=True, text=True, check=False)
    assert done.returncode == COULD_NOT_TELL
    assert "no longer exists" in done.stderr


def test_feedback_that_nobody_can_read_never_blocks(project: Path, tmp_path: Path) -> None:
    (project / "pkg/copied.py").write_text(copy(1))
    reader, writer = os.pipe()
    os.close(reader)
    command = [str(Path(sys.executable).with_name("guardloop")), "hook"]
    environment = {**os.environ, "GUARDLOOP_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(command, input=stopped(project).encode(), stderr=writer, env=environment, check=False)
    os.close(writer)
    assert done.returncode == COULD_NOT_TELL


def test_a_file_of_a_project_below_the_agents_folder_is_judged_by_the_whole_project(
    project: Path, ask: Callable[..., Asked]
) -> None:
    (project / "pkg/copied.py").write_text(copy(1))
    assert ask(edited(project / "pkg", "copied.py")).returncode == OVER


@pytest.fixture
def projects(repository: Callable[..., Path]) -> Path:
    """A repository of two projects, one inside of the other."""
    return repository({"pyproject.toml": "", "pkg/shop.py": twin(), "service/setup.cfg": "", "service/b.py": "x = 1\n"})


@pytest.mark.parametrize("path", ["pkg/copied.py", "new/copied.py"])
def test_a_file_is_judged_in_its_own_project_wherever_the_agent_works(
    projects: Path, ask: Callable[..., Asked], path: str
) -> None:
    (projects / path).parent.mkdir(exist_ok=True)
    (projects / path).write_text(copy(1))
    for folder in (projects, projects / "service"):
        for said in (edited(folder, projects / path), stopped(folder)):
            answer = ask(said)
            assert answer.returncode == OVER
            assert f"{path}:1-" in answer.stderr
    assert ask(edited(projects / "service", "b.py")).returncode == PASSED


def test_a_file_that_is_gone_is_judged_where_it_was(projects: Path, ask: Callable[..., Asked]) -> None:
    (projects / "pkg/shop.py").unlink()
    answer = ask(edited(projects / "service", projects / "pkg/shop.py"))
    assert (answer.returncode, answer.stderr) == (PASSED, "")


def test_what_is_over_is_told_before_what_could_not_be_judged(projects: Path, ask: Callable[..., Asked]) -> None:
    (projects / "library").mkdir()
    (projects / "library/setup.cfg").write_text("")
    (projects / "library/torn.py").write_text("def torn(:\n")
    assert ask(stopped(projects / "service")).returncode == COULD_NOT_TELL
    (projects / "service/b.py").write_text(twin() + copy(1))
    answer = ask(stopped(projects / "service"))
    assert answer.returncode == OVER
    assert "torn" not in answer.stderr


@pytest.mark.parametrize("folder", ["vendor", "tests/data"])
def test_projects_that_are_data_of_another_are_judged_only_where_an_agent_works_in_them(
    projects: Path, ask: Callable[..., Asked], folder: str
) -> None:
    data = projects / folder / "thing"
    data.mkdir(parents=True)
    (data / "setup.cfg").write_text("")
    (data / "shop.py").write_text(twin() + copy(1))
    for said in (edited(projects, data / "shop.py"), stopped(projects)):
        assert ask(said).returncode == PASSED
    assert ask(edited(data, "shop.py")).returncode == ask(stopped(data)).returncode == OVER
