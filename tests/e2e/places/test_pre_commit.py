"""Installs the hook from this checkout with the real pre-commit, as any repository would that names it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from twins import twin

WHO = {"GIT_AUTHOR_NAME": "test", "GIT_AUTHOR_EMAIL": "test@example.invalid"}
WHO |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in WHO.items()}
COPY = twin("second", "items")

pytest.importorskip("pre_commit", reason="pre-commit is not installed; it is part of the extra dev")


@dataclass(frozen=True)
class Installed:
    """A hook environment that pre-commit has made, for repositories that name this revision of this clone."""

    clone: Path
    revision: str
    environment: Mapping[str, str]

    def git(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["git", "-c", "commit.gpgsign=false", *arguments]
        return subprocess.run(
            command, cwd=folder, env=self.environment, capture_output=True, text=True, check=False, timeout=300
        )

    def pre_commit(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pre_commit", *arguments]
        return subprocess.run(
            command, cwd=folder, env=self.environment, capture_output=True, text=True, check=False, timeout=300
        )


@pytest.fixture(scope="module")
def installed(sources: Path, pip_cache: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Installed:
    clone, home = tmp_path_factory.mktemp("clone"), tmp_path_factory.mktemp("home")
    shutil.copytree(sources, clone, dirs_exist_ok=True)
    places = {"HOME": home, "PRE_COMMIT_HOME": home / "pre-commit", "GUARDLOOP_CACHE": home / "cache"}
    environment = {**os.environ, **WHO, **pip_cache, **{name: str(path) for name, path in places.items()}}
    made = Installed(clone, "", environment)
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "hook"]):
        assert made.git(clone, *arguments).returncode == 0
    return Installed(clone, made.git(clone, "rev-parse", "HEAD").stdout.strip(), environment)


@pytest.fixture
def project(installed: Installed, shown: Callable[[str], str], tmp_path: Path) -> Path:
    """A repository whose commits the hook judges."""
    root = tmp_path / "project"
    root.mkdir()
    text = shown("pre-commit-config.yaml").replace("https://github.com/OWNER/guardloop", str(installed.clone))
    (root / ".pre-commit-config.yaml").write_text(text.replace("COMMIT", installed.revision))
    (root / "shop.py").write_text(twin())
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "start"]):
        assert installed.git(root, *arguments).returncode == 0
    made = installed.pre_commit(root, "install", "--install-hooks")
    if made.returncode and (
        "No matching distribution found" in made.stdout or "Could not find a version" in made.stdout
    ):
        pytest.skip("the packages that the hook needs cannot be had here")
    assert made.returncode == 0, made.stdout + made.stderr
    return root


def commit(installed: Installed, project: Path, path: str, text: str) -> subprocess.CompletedProcess[str]:
    (project / path).write_text(text)
    assert installed.git(project, "add", path).returncode == 0
    return installed.git(project, "commit", "-m", f"change {path}")


def commits(installed: Installed, project: Path) -> int:
    return int(installed.git(project, "rev-list", "--count", "HEAD").stdout)


def test_the_commit_of_a_copy_is_stopped_with_what_to_do(installed: Installed, project: Path) -> None:
    done = commit(installed, project, "copied.py", COPY)
    assert done.returncode == 1
    told = done.stdout + done.stderr
    assert "guardloop check" in told
    assert "over budget: duplication adds" in told
    assert "copied.py:1-" in told
    assert "remedy:" in told
    assert commits(installed, project) == 1


def test_a_clean_commit_passes_without_a_word(installed: Installed, project: Path) -> None:
    done = commit(installed, project, "plain.py", "PRICE = 3\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "over budget" not in done.stdout + done.stderr
    assert commits(installed, project) == 2


def test_only_what_is_staged_is_judged(installed: Installed, project: Path) -> None:
    (project / "copied.py").write_text(COPY)
    assert commit(installed, project, "plain.py", "PRICE = 3\n").returncode == 0


@pytest.mark.parametrize("arguments", [["-am", "all"], ["-m", "one", "shop.py"], ["-m", "one", "-i", "shop.py"]])
def test_what_git_stages_for_this_commit_alone_is_judged(
    installed: Installed, project: Path, arguments: list[str]
) -> None:
    (project / "shop.py").write_text(f"{twin()}\n\n{COPY}")
    done = installed.git(project, "commit", *arguments)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "over budget: duplication adds" in done.stdout + done.stderr


def test_what_is_staged_for_another_commit_is_not_judged(installed: Installed, project: Path) -> None:
    (project / "copied.py").write_text(COPY)
    (project / "shop.py").write_text(f"{twin()}\n\nPRICE = 3\n")
    assert installed.git(project, "add", "copied.py").returncode == 0
    done = installed.git(project, "commit", "-m", "only this", "shop.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_commit_without_python_is_not_judged(installed: Installed, project: Path) -> None:
    done = commit(installed, project, "notes.txt", "note\n")
    assert done.returncode == 0
    assert "no files to check" in done.stdout + done.stderr


def test_a_commit_that_cannot_be_judged_is_stopped(installed: Installed, project: Path) -> None:
    done = commit(installed, project, "torn.py", "def torn(:\n")
    assert done.returncode == 1
    assert "could not tell: torn.py:1" in done.stdout + done.stderr
    assert commits(installed, project) == 1


def test_the_environment_is_light(installed: Installed, project: Path) -> None:
    assert project.is_dir()
    packages = {path.name for path in Path(installed.environment["PRE_COMMIT_HOME"]).glob("repo*/py_env*/lib/*/*/*")}
    assert {"guardloop", "metrics"} <= packages
    assert not packages & {"torch", "transformers", "tokenizers", "mcp", "openai", "hypothesis", "pytest"}
