from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from guardloop.errors import GuardloopError
from guardloop.project import Project, changed_beside, repository_at

FILES = {"pkg/__init__.py": "x = 1\n", "tests/test_x.py": "def test_x():\n    assert True\n"}


def test_files_are_what_git_tracks_and_what_it_would_track(repository):
    root = repository({**FILES, ".gitignore": "*.log\n"})
    (root / "new.py").write_text("y = 1\n")
    (root / "noise.log").write_text("noise")
    project = Project.discover(root, python=sys.executable)
    assert project.files == (".gitignore", "new.py", "pkg/__init__.py", "tests/test_x.py")
    assert project.repository is not None
    assert project.repository.dirty == ("new.py",)
    assert project.prefix == ""


def test_a_project_below_the_top_of_its_repository_knows_where_it_lies(repository):
    root = repository({"lib/pkg/a.py": "x = 1\n", "lib/tests/test_a.py": "def test_a(): pass\n"})
    project = Project.discover(root / "lib", python=sys.executable)
    assert (project.top, project.prefix) == (root, "lib/")
    assert "lib/pkg/a.py" in project.files


def test_without_a_repository_caches_and_environments_are_left_out(tmp_path):
    for path in ("a.py", "__pycache__/a.pyc", ".venv/lib/b.py", "node_modules/c.py", "data/d.txt", "env/pyvenv.cfg"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    assert Project.discover(tmp_path, python=sys.executable).files == ("a.py", "data/d.txt")


def test_an_empty_repository_has_no_head(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    found = repository_at(tmp_path)
    assert found is not None
    assert found.head is None


def test_submodules_are_named_and_their_files_copied(repository, git, tmp_path):
    root = repository(FILES)
    other = tmp_path / "other"
    other.mkdir()
    (other / "part.py").write_text("z = 1\n")
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "part")):
        git(other, *command)
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "part")
    project = Project.discover(root, python=sys.executable)
    assert project.repository is not None
    assert project.repository.submodules == ("part",)
    assert "part/part.py" in project.files


def test_a_repository_cannot_make_git_run_its_programs(repository, git, tmp_path):
    root = repository(FILES)
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    git(root, "config", "core.fsmonitor", str(program))
    Project.discover(root, python=sys.executable)
    assert not (tmp_path / "ran").exists()


def test_the_interpreter_of_the_projects_environment_is_found_first(repository, monkeypatch):
    root = repository(FILES)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root / ".venv")], check=True)
    monkeypatch.setenv("VIRTUAL_ENV", "/nowhere")
    found = Project.discover(root).python
    assert found.origin == ".venv"
    assert found.path == root / ".venv" / "bin" / "python"
    assert root / ".venv" in found.visible


@pytest.mark.parametrize("name", ["/nowhere/python", "no-such-program"])
def test_a_missing_interpreter_is_named_with_a_hint(repository, name):
    with pytest.raises(GuardloopError, match=r"--target-python.*no program"):
        Project.discover(repository(FILES), python=name)


def test_a_program_that_is_no_interpreter_is_an_error(repository):
    with pytest.raises(GuardloopError, match="does not run as a Python interpreter"):
        Project.discover(repository(FILES), python="/bin/true")


def test_a_launcher_is_followed_to_the_interpreter_behind_it(repository, tmp_path):
    launcher = tmp_path / "bin" / "python"
    launcher.parent.mkdir()
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    launcher.chmod(0o755)
    assert Project.discover(repository(FILES), python=str(launcher)).python.path == Path(sys.executable)


def test_what_changed_beside_the_judged_code_is_seen(repository, tmp_path):
    before = repository({**FILES, "setup.cfg": "[metadata]\n", "run.sh": "true\n"})
    after = tmp_path / "after"
    subprocess.run(["cp", "-a", str(before), str(after)], check=True)
    (after / "pkg" / "__init__.py").write_text("x = 2\n")
    (after / "setup.cfg").write_text("[metadata]\nname = x\n")
    (after / "start.pth").write_text("import os\n")
    (after / "tests" / "test_x.py").unlink()
    os.chmod(after / "run.sh", 0o755)
    projects = [Project.discover(root, python=sys.executable) for root in (before, after)]
    assert changed_beside(*projects, judged=["pkg/__init__.py"]) == (
        "run.sh",
        "setup.cfg",
        "start.pth",
        "tests/test_x.py",
    )
