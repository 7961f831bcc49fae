"""Code that leaves what is judged and stays in the project is not gone: it pays for nothing, and is told of."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

NOTE = "the change moves code out of what is judged, from pkg/b.py to {}: no credit for it"


@pytest.fixture
def root(repository: Callable[..., Path], loops: Callable[..., str]) -> Path:
    return repository({"pkg/a.py": loops("one"), "pkg/b.py": loops("two")})


@pytest.mark.parametrize("staged", [False, True])
@pytest.mark.parametrize("to", ["pkg/tests/b.py", "pkg/b_generated.py", "venv/b.py"])
def test_a_file_that_is_named_out_of_what_is_judged_earns_nothing(root, judged, loops, git, to, staged) -> None:
    (root / to).parent.mkdir(exist_ok=True)
    (root / "pkg/b.py").rename(root / to)
    git(root, "add", "-A")
    found = judged(root, staged=staged)
    assert (found.verdict, set(found.charges.values()), found.notes) == ("within", {0}, (NOTE.format(to),))
    (root / "pkg/c.py").write_text(loops("three").replace("row", "item"))
    git(root, "add", "-A")
    assert judged(root, staged=staged).verdict == "over"


def test_a_file_that_is_marked_while_it_moves_earns_nothing(root, judged, loops) -> None:
    (root / "pkg/b.py").unlink()
    (root / "pkg/d.py").write_text("# do not edit\n" + loops("two"))
    found = judged(root)
    assert set(found.charges.values()) == {0}
    assert NOTE.format("pkg/d.py") in found.notes


@pytest.mark.parametrize("to", ["outside.py", "project/pkg/tests/b.py"])
@pytest.mark.parametrize("staged", [False, True])
def test_a_link_to_what_is_not_judged_earns_nothing(root, judged, git, tmp_path, to, staged) -> None:
    (tmp_path / to).parent.mkdir(exist_ok=True)
    (root / "pkg/b.py").rename(tmp_path / to)
    (root / "pkg/b.py").symlink_to(os.path.relpath(tmp_path / to, root / "pkg"))
    git(root, "add", "-A")
    found = judged(root, staged=staged)
    assert set(found.charges.values()) == {0}
    assert len(found.notes) == 1


def test_a_link_to_what_is_judged_is_credit(root, judged) -> None:
    (root / "pkg/b.py").unlink()
    (root / "pkg/b.py").symlink_to("a.py")
    assert judged(root).charges["duplication"] < 0


def test_a_part_that_moves_out_earns_nothing_and_what_is_deleted_does(root, judged, loops, git) -> None:
    (root / "pkg/b.py").write_text(loops("two") + "\n\n" + loops("three"))
    git(root, "commit", "-qam", "more")
    (root / "pkg/tests").mkdir()
    (root / "pkg/b.py").unlink()
    (root / "pkg/tests/b.py").write_text(loops("two"))
    part = judged(root)
    (root / "pkg/tests/b.py").unlink()
    assert judged(root).charges["duplication"] < part.charges["duplication"] < 0
    assert part.notes == (NOTE.format("pkg/tests/b.py"),)


def test_a_copy_that_tests_already_had_keeps_no_credit_back(root, judged, loops, git) -> None:
    (root / "pkg/tests").mkdir()
    (root / "pkg/tests/b.py").write_text(loops("two"))
    git(root, "add", "-A")
    git(root, "commit", "-qm", "a copy for tests")
    (root / "pkg/b.py").unlink()
    (root / "pkg/tests/b.py").write_text(loops("two") + "\n\nx = 1\n")
    found = judged(root)
    assert found.charges["duplication"] < 0
    assert found.notes == ()


def test_code_that_comes_back_from_what_is_not_judged_is_new(repository, judged, loops) -> None:
    root = repository({"pkg/a.py": loops("one"), "pkg/tests/b.py": loops("two")})
    (root / "pkg/tests/b.py").rename(root / "pkg/b.py")
    assert judged(root).verdict == "over"
