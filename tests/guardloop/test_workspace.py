from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from guardloop.audit import Audit
from guardloop.errors import TreeChangedError, WorkspaceError
from guardloop.target import Target
from guardloop.workspace import Workspace, opened

FILES = {"pkg/a.py": "x = 1\n", "pkg/b.py": "y = 2\n"}
Git = Callable[..., str]


def target(root: Path, **options: object) -> Target:
    found = Target.locate([root])
    return replace(found, settings=found.settings.overridden(**options))


def edited(workspace: Workspace, path: str = "pkg/a.py", text: str = "x = 3\n") -> None:
    workspace.apply(workspace.tree.replacing({path: text}))


def test_a_patch_is_written_and_git_status_shows_only_it(repository: Callable[..., Path], git: Git) -> None:
    root = repository(FILES)
    with opened(target(root)) as workspace:
        edited(workspace)
    assert (root / "pkg/a.py").read_text() == "x = 3\n"
    assert git(root, "status", "--porcelain") == " M pkg/a.py\n"


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        (b"x = 1\r\ny = 2\r\n", "x = 3\r\ny = 2\r\n", b"x = 3\r\ny = 2\r\n"),
        (b"\xef\xbb\xbfx = 1", "x = 3", b"\xef\xbb\xbfx = 3"),
        (b"# coding: latin-1\nx = '\xe9'\n", "# coding: latin-1\nz = 'é'\n", b"# coding: latin-1\nz = '\xe9'\n"),
    ],
)
def test_bytes_are_kept_as_they_are(
    repository: Callable[..., Path], git: Git, tmp_path: Path, before: bytes, text: str, after: bytes
) -> None:
    root = repository({"a.py": before})
    with opened(target(root)) as workspace:
        patch = workspace.diff(workspace.tree, workspace.tree.replacing({"a.py": text}))
        edited(workspace, "a.py", text)
    assert (root / "a.py").read_bytes() == after
    git(root, "checkout", "-q", ".")
    (tmp_path / "patch").write_bytes(patch.encode("utf-8", "surrogateescape"))
    git(root, "apply", str(tmp_path / "patch"))
    assert (root / "a.py").read_bytes() == after


def test_a_folder_outside_git_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    with pytest.raises(WorkspaceError, match="expected a git repository, found none"), opened(target(tmp_path)):
        pass
    assert os.listdir(tmp_path) == ["a.py"]


def test_a_repository_without_a_commit_is_refused(tmp_path: Path, git: Git) -> None:
    git(tmp_path, "init", "-q")
    with pytest.raises(WorkspaceError, match="expected a commit to go back to"), opened(target(tmp_path)):
        pass


def test_a_dirty_tree_is_refused_unless_allowed(repository: Callable[..., Path]) -> None:
    root = repository(FILES)
    (root / "pkg/a.py").write_text("x = 5\n")
    with (
        pytest.raises(WorkspaceError, match=r"found changes in pkg/a\.py; commit or stash them, or pass --allow-dirty"),
        opened(target(root)),
    ):
        pass
    with opened(target(root, allow_dirty=True)) as workspace:
        assert workspace.tree.texts["pkg/a.py"] == "x = 5\n"


def test_what_guardloop_wrote_itself_is_no_dirt(repository: Callable[..., Path]) -> None:
    root = repository(FILES)
    with opened(target(root)) as workspace:
        audit = Audit.in_folder(root / ".guardloop/runs")
        audit.begin({})
        audit.accepting("digest", {"pkg/a.py": b"x = 3\n"})
        edited(workspace)
    with opened(target(root)) as workspace:
        assert workspace.tree.texts["pkg/a.py"] == "x = 3\n"
    (root / "pkg/a.py").write_text("x = 4\n")
    with pytest.raises(WorkspaceError, match="found changes"), opened(target(root)):
        pass


def test_changes_beside_the_project_are_no_dirt_of_it(repository: Callable[..., Path]) -> None:
    root = repository({"sub/pyproject.toml": "", "sub/a.py": "x = 1\n", "b.py": "y = 1\n"})
    (root / "b.py").write_text("y = 2\n")
    with opened(target(root / "sub")) as workspace:
        assert set(workspace.tree.texts) == {"a.py"}
    (root / "sub/a.py").write_text("x = 2\n")
    with pytest.raises(WorkspaceError, match=r"found changes in sub/a\.py"), opened(target(root / "sub")):
        pass


def test_a_second_run_waits_for_no_one(repository: Callable[..., Path]) -> None:
    root = repository(FILES)
    with opened(target(root)), pytest.raises(WorkspaceError, match=f"process {os.getpid()}"), opened(target(root)):
        pass


def test_a_file_changed_by_someone_else_is_noticed(repository: Callable[..., Path]) -> None:
    root = repository(FILES)
    with opened(target(root)) as workspace:
        (root / "pkg/b.py").write_text("mine\n")
        with pytest.raises(TreeChangedError, match=r"pkg/b\.py: changed by someone else"):
            edited(workspace)
    assert (root / "pkg/a.py").read_text() == "x = 1\n"


def test_a_removed_file_is_noticed(repository: Callable[..., Path]) -> None:
    root = repository(FILES)
    with opened(target(root)) as workspace:
        (root / "pkg/a.py").unlink()
        with pytest.raises(TreeChangedError):
            edited(workspace)
    assert not (root / "pkg/a.py").exists()


def test_a_read_only_file_is_an_obstacle(repository: Callable[..., Path]) -> None:
    root = repository(FILES)
    (root / "pkg/a.py").chmod(0o444)
    with opened(target(root)) as workspace:
        assert workspace.obstacle(["pkg/b.py", "pkg/a.py"]) == "pkg/a.py: read-only"
        with pytest.raises(WorkspaceError, match="read-only; nothing was changed"):
            edited(workspace)


def test_ignored_files_links_and_submodules_are_no_part_of_the_tree(
    repository: Callable[..., Path], git: Git, tmp_path: Path
) -> None:
    root = repository({**FILES, ".gitignore": "ignored.py\n"})
    (root / "ignored.py").write_text("z = 1\n")
    other = tmp_path / "other"
    other.mkdir()
    (other / "inner.py").write_text("z = 1\n")
    git(other, "init", "-q")
    git(other, "add", "-A")
    git(other, "commit", "-q", "-m", "start")
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "sub")
    (root / "pkg/link.py").symlink_to("a.py")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "more")
    with opened(target(root)) as workspace:
        assert set(workspace.tree.texts) == {"pkg/a.py", "pkg/b.py"}
        assert "symbolic link" in workspace.obstacle(["pkg/link.py"])


def test_nothing_is_created_when_nothing_may_be_written(repository: Callable[..., Path]) -> None:
    root = repository(FILES)
    with opened(target(root), write=False) as workspace:
        workspace.take(workspace.tree.replacing({"pkg/a.py": "x = 3\n"}))
        assert workspace.tree.texts["pkg/a.py"] == "x = 3\n"
    assert (root / "pkg/a.py").read_text() == "x = 1\n"
    assert not (root / ".guardloop").exists()


def test_a_project_below_the_top_of_the_repository_names_its_files_from_the_top(
    repository: Callable[..., Path], git: Git, tmp_path: Path
) -> None:
    root = repository({"sub/pyproject.toml": "", "sub/a.py": "x = 1\n", "b.py": "y = 1\n"})
    with opened(target(root / "sub")) as workspace:
        assert set(workspace.tree.texts) == {"a.py"}
        patch = workspace.diff(workspace.tree, workspace.tree.replacing({"a.py": "x = 2\n"}))
    (tmp_path / "patch").write_text(patch)
    git(root, "apply", str(tmp_path / "patch"))
    assert (root / "sub/a.py").read_text() == "x = 2\n"
