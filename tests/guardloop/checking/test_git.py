"""Which files of a repository a check compares, in every state that a repository can be in."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from guardloop.errors import RevisionError, TargetError


def test_a_work_tree_without_changes_is_within(repository, judged, loops, git) -> None:
    root = repository({"a.py": loops("one", "two")})
    found = judged(root)
    assert (found.verdict, found.added_lines, found.findings) == ("within", 0, ())
    assert found.against == git(root, "rev-parse", "HEAD").strip()
    assert set(found.charges.values()) == {0}


def test_a_second_copy_in_the_work_tree_is_over(repository, judged, loops) -> None:
    root = repository({"a.py": loops("one")})
    (root / "b.py").write_text(loops("two"))
    found = judged(root)
    assert found.verdict == "over"
    assert found.added_lines == 8
    assert found.charges["duplication"] > found.budgets["duplication"] == 20
    (charged,) = found.findings
    assert [charged.finding.sites[n].path for n in charged.new_sites] == ["b.py"]


def test_a_branch_is_compared_with_where_it_began(repository, judged, loops, git) -> None:
    root = repository({"a.py": loops("one")})
    start = git(root, "rev-parse", "HEAD").strip()
    git(root, "checkout", "-q", "-b", "work")
    (root / "b.py").write_text(loops("two"))
    git(root, "add", ".")
    git(root, "commit", "-qm", "copy")
    git(root, "checkout", "-q", "main")
    (root / "c.py").write_text(loops("three"))
    git(root, "add", ".")
    git(root, "commit", "-qm", "another")
    git(root, "checkout", "-q", "work")
    assert judged(root).verdict == "within"
    found = judged(root, against="main")
    assert (found.verdict, found.against) == ("over", start)
    assert {site.path for one in found.findings for site in one.finding.sites} == {"a.py", "b.py"}


def test_what_is_staged_is_judged_and_not_what_lies_on_disk(repository, judged, loops, git) -> None:
    root = repository({"a.py": loops("one")})
    (root / "b.py").write_text(loops("two"))
    assert judged(root, staged=True).verdict == "within"
    git(root, "add", "b.py")
    (root / "b.py").write_text("x = 1\n")
    assert judged(root, staged=True).verdict == "over"
    assert judged(root).verdict == "within"


@pytest.mark.parametrize("arguments", [("-a",), ("-o", "a.py"), ()])
def test_a_hook_judges_the_index_that_the_commit_will_take(repository, loops, git, arguments) -> None:
    root = repository({"a.py": loops("one")})
    (root / "a.py").write_text(loops("one", "two"))
    if not arguments:
        git(root, "add", "a.py")
    hook = root / ".git/hooks/pre-commit"
    hook.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m guardloop check --staged\n')
    hook.chmod(0o755)
    who = ("-c", "user.name=a", "-c", "user.email=a@example.invalid")
    command = ["git", *who, "commit", "-m", "copy", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "over budget: duplication" in done.stdout + done.stderr


def test_an_index_of_another_repository_is_never_read(repository, judged, loops, monkeypatch) -> None:
    root = repository({"a.py": loops("one")})
    monkeypatch.setenv("GIT_INDEX_FILE", str(root.parent / "elsewhere/index"))
    monkeypatch.setenv("GIT_DIR", str(root.parent / "elsewhere"))
    assert judged(root, staged=True).verdict == "within"


@pytest.mark.parametrize("staged", [False, True])
def test_a_renamed_file_is_charged_nothing(repository, judged, loops, git, staged) -> None:
    root = repository({"a.py": loops("one", "two")})
    git(root, "mv", "a.py", "b.py")
    found = judged(root, staged=staged)
    assert (found.verdict, found.added_lines, found.findings) == ("within", 0, ())


def test_a_split_file_is_charged_nothing(repository, judged, loops) -> None:
    root = repository({"a.py": loops("one", "two", "three")})
    (root / "a.py").write_text(loops("two"))
    (root / "b.py").write_text('"""Two of three."""\n\n\n' + loops("three", "one"))
    found = judged(root)
    assert (found.verdict, found.added_lines, found.findings) == ("within", 0, ())


def test_a_deleted_copy_is_credit(repository, judged, loops, git) -> None:
    root = repository({"a.py": loops("one"), "b.py": loops("two")})
    (root / "b.py").unlink()
    assert judged(root).charges["duplication"] < 0
    git(root, "add", "-A")
    assert judged(root, staged=True).charges["duplication"] < 0


def test_ignored_files_tests_links_and_submodules_are_no_part_of_a_change(repository, judged, loops, git) -> None:
    root = repository({"a.py": loops("one"), ".gitignore": "build.py\n"})
    (root / "build.py").write_text(loops("two"))
    (root / "tests").mkdir()
    (root / "tests/test_a.py").write_text(loops("three"))
    (root / "link.py").symlink_to("a.py")
    (root / "linked").symlink_to(root.parent)
    inner = root.parent / "inner"
    shutil.copytree(root, inner, symlinks=True)
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "sub")
    git(root, "add", "-A")
    for staged in (False, True):
        found = judged(root, staged=staged)
        assert (found.verdict, found.added_lines) == ("within", 0)


def test_a_file_that_becomes_a_link_is_gone(repository, judged, loops) -> None:
    root = repository({"a.py": loops("one"), "b.py": loops("two")})
    (root / "b.py").unlink()
    (root / "b.py").symlink_to("a.py")
    assert judged(root).charges["duplication"] < 0


def test_line_ends_are_no_change(repository, judged, loops, git) -> None:
    root = repository({"a.py": loops("one", "two")})
    (root / "a.py").write_bytes((loops("one", "two") + "\n\nx = 1\n").replace("\n", "\r\n").encode())
    found = judged(root)
    assert (found.verdict, found.added_lines) == ("within", 1)
    git(root, "config", "core.autocrlf", "true")
    assert judged(root).added_lines == 1


def test_a_path_that_is_not_utf8_is_judged_and_spelled_out(repository, judged, loops, git) -> None:
    root = repository({"a.py": loops("one")})
    with open(os.fsencode(root) + b"/caf\xe9.py", "w") as stream:
        stream.write(loops("two"))
    git(root, "add", "-A")
    for staged in (False, True):
        found = judged(root, staged=staged)
        assert found.verdict == "over"
        assert "caf\\xe9.py" in {site.path for one in found.findings for site in one.finding.sites}


def test_the_first_commit_is_compared_with_nothing(tmp_path, judged, loops, git) -> None:
    root = tmp_path / "empty"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    assert judged(root).verdict == judged(root, staged=True).verdict == "within"
    (root / "a.py").write_text(loops("one", "two"))
    assert judged(root).verdict == "over"
    assert judged(root, staged=True).verdict == "within"
    git(root, "add", ".")
    assert judged(root, staged=True).verdict == "over"


def test_a_detached_head_is_a_head_like_any_other(repository, judged, loops, git) -> None:
    root = repository({"a.py": loops("one")})
    git(root, "checkout", "-q", "--detach")
    (root / "b.py").write_text(loops("two"))
    assert judged(root, against="main").verdict == judged(root).verdict == "over"


def test_a_linked_work_tree_is_judged_by_its_own_index(repository, judged, loops, git) -> None:
    root = repository({"a.py": loops("one")})
    beside = root.parent / "beside"
    git(root, "worktree", "add", "-q", "-b", "side", str(beside))
    (beside / "b.py").write_text(loops("two"))
    git(beside, "add", ".")
    assert judged(beside, staged=True).verdict == judged(beside, against="main").verdict == "over"
    assert judged(root, staged=True).verdict == "within"


def test_a_project_below_the_top_sees_only_its_own_files(repository, judged, loops) -> None:
    one, two = {"one/pyproject.toml": "", "one/a.py": loops("one")}, {"two/pyproject.toml": "", "two/a.py": "x = 1\n"}
    root = repository(one | two)
    (root / "two/b.py").write_text(loops("two"))
    assert judged(root / "one").verdict == judged(root / "two").verdict == "within"
    (root / "one/b.py").write_text(loops("two"))
    found = judged(root / "one")
    assert found.verdict == "over"
    assert {site.path for one in found.findings for site in one.finding.sites} == {"a.py", "b.py"}


def test_files_left_out_of_a_sparse_checkout_are_not_deleted(repository, judged, loops, git) -> None:
    root = repository({"a/a.py": loops("one"), "b/b.py": "x = 1\n"})
    git(root, "sparse-checkout", "set", "--cone", "b")
    assert not (root / "a").exists()
    (root / "b/c.py").write_text(loops("two"))
    assert judged(root).verdict == "over"


def test_only_what_a_change_adds_in_the_named_paths_is_charged(repository, judged, loops) -> None:
    root = repository({"a/a.py": loops("one"), "b/b.py": "x = 1\n"})
    (root / "a/c.py").write_text(loops("two"))
    assert judged(root, "b").verdict == "within"
    assert judged(root, "a/c.py").verdict == "over"
    (root / "a/c.py").rename(root / "b/c.py")
    assert judged(root, "b").verdict == "over"


def test_a_file_that_the_change_breaks_is_no_pass(repository, judged, loops, git) -> None:
    root = repository({"a.py": loops("one"), "old.py": "def (:\n"})
    assert judged(root).verdict == "within"
    (root / "a.py").write_text("def (:\n")
    found = judged(root)
    assert found.verdict == "unknown"
    assert [(file.path, file.line) for file in found.unparsed] == [("a.py", 1)]
    (root / "a.py").write_bytes(b"x = '\xe9'\n")
    git(root, "add", ".")
    assert judged(root, staged=True).verdict == "unknown"


def test_a_change_of_comments_only_is_answered_without_measuring(repository, judged, loops, tmp_path) -> None:
    root = repository({"a.py": loops("one", "two"), "old.py": "def (:\n"})
    (root / "a.py").write_text("# two of a kind\n" + loops("one", "two"))
    assert (judged(root).verdict, set(judged(root).charges.values())) == ("within", {0})
    assert not (tmp_path / "cache").exists()
    (root / "old.py").write_text("\ndef (:\n")
    assert [(file.path, file.line) for file in judged(root).unparsed] == [("old.py", 2)]
    assert not (tmp_path / "cache").exists()


def test_a_conflict_is_no_state_to_be_judged_from_the_index(repository, judged, loops, git) -> None:
    root = repository({"a.py": "x = 1\n"})
    git(root, "checkout", "-q", "-b", "work")
    (root / "a.py").write_text("x = 2\n")
    git(root, "commit", "-qam", "two")
    git(root, "checkout", "-q", "main")
    (root / "a.py").write_text("x = 3\n")
    git(root, "commit", "-qam", "three")
    with pytest.raises(subprocess.CalledProcessError):
        git(root, "merge", "-q", "work")
    with pytest.raises(RevisionError, match=r"a\.py: expected a resolved merge, found conflicts"):
        judged(root, staged=True)
    assert judged(root).verdict == "unknown"


def test_a_folder_that_git_ignores_is_not_passed_unread(repository, judged, loops) -> None:
    root = repository({"a.py": "x = 1\n", ".gitignore": "out\n"})
    (root / "out").mkdir()
    (root / "out/pyproject.toml").write_text("")
    (root / "out/a.py").write_text(loops("one", "two"))
    with pytest.raises(RevisionError, match="expected a folder that git does not ignore"):
        judged(root / "out")


def test_a_repository_of_longer_ids_is_read_alike(tmp_path, judged, loops, git) -> None:
    root = tmp_path / "long"
    root.mkdir()
    git(root, "init", "-q", "--object-format=sha256")
    (root / "a.py").write_text(loops("one", "two"))
    assert judged(root).verdict == "over"
    git(root, "add", ".")
    assert judged(root, staged=True).verdict == "over"
    git(root, "commit", "-qm", "start")
    assert judged(root, staged=True).verdict == judged(root).verdict == "within"


def test_a_path_that_is_new_to_the_index_but_empty_there_is_judged_from_disk(repository, judged, loops, git) -> None:
    root = repository({"a.py": loops("one")})
    (root / "b.py").write_text(loops("two"))
    git(root, "add", "-N", "b.py")
    assert judged(root).verdict == "over"
    assert judged(root, staged=True).verdict == "within"


@pytest.mark.parametrize("revision", ["nowhere", "--help", "main:a.py", "a\0", "\ud800"])
def test_a_revision_that_does_not_exist_is_named(repository, judged, revision) -> None:
    root = repository({"a.py": "x = 1\n"})
    with pytest.raises(RevisionError, match=re.escape(f"--against: expected a commit, got {revision!r}")):
        judged(root, against=revision)


def test_without_a_common_ancestor_there_is_nothing_to_compare_with(repository, judged, git) -> None:
    root = repository({"a.py": "x = 1\n"})
    git(root, "checkout", "-q", "--orphan", "other")
    with pytest.raises(RevisionError, match="expected a commit to compare with 'main', found none"):
        judged(root, against="main")
    git(root, "commit", "-qm", "start again")
    with pytest.raises(RevisionError, match="'main' and HEAD have no common ancestor here"):
        judged(root, against="main")


def test_a_shallow_clone_says_that_it_is_one(repository, judged, git) -> None:
    root = repository({"a.py": "x = 1\n"})
    start = git(root, "rev-parse", "HEAD").strip()
    (root / "a.py").write_text("x = 2\n")
    git(root, "commit", "-qam", "two")
    shallow = root.parent / "shallow"
    git(root.parent, "clone", "-q", "--depth", "1", f"file://{root}", str(shallow))
    assert judged(shallow).verdict == "within"
    with pytest.raises(RevisionError, match="the clone is shallow: fetch more of its history"):
        judged(shallow, against=start)


def test_a_folder_without_a_repository_says_so(tmp_path, judged) -> None:
    with pytest.raises(RevisionError, match="expected a folder of a git repository: not a git repository"):
        judged(tmp_path)
    with pytest.raises(TargetError, match="no such file or folder"):
        judged(Path(tmp_path / "nowhere"))
