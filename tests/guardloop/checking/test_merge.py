"""A merge in progress brings what others did; whoever commits it answers for the rest."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def merging(repository, loops, git) -> Path:
    """A work tree where `main`, which has a copy of its own, is merged into `work` and conflicts in one line."""
    root = repository({"a.py": f"LIMIT = 1\n\n\n{loops('one')}", "gone.py": loops("gone")})
    git(root, "checkout", "-q", "-b", "work")
    (root / "a.py").write_text(f"LIMIT = 2\n\n\n{loops('one')}")
    git(root, "commit", "-qam", "change the limit")
    git(root, "checkout", "-q", "main")
    (root / "a.py").write_text(f"LIMIT = 3\n\n\n{loops('one')}")
    (root / "theirs.py").write_text(loops("two", "three"))
    (root / "gone.py").unlink()
    git(root, "add", "-A")
    git(root, "commit", "-qm", "copy on main")
    git(root, "checkout", "-q", "work")
    with pytest.raises(Exception, match="merge"):
        git(root, "merge", "-q", "main")
    (root / "a.py").write_text(f"LIMIT = 4\n\n\n{loops('one')}")
    git(root, "add", "-A")
    return root


@pytest.mark.parametrize("staged", [True, False])
def test_what_the_other_branch_brings_is_not_charged(merging, judged, staged) -> None:
    found = judged(merging, staged=staged)
    assert found.verdict == "within"
    assert found.added_lines == 1
    assert set(found.charges.values()) == {0}


@pytest.mark.parametrize("path", ["a.py", "theirs.py", "new.py"])
@pytest.mark.parametrize("staged", [True, False])
def test_what_is_added_while_merging_is_charged(merging, judged, loops, git, staged, path) -> None:
    file = merging / path
    file.write_text((file.read_text() if file.exists() else "") + "\n\n" + loops("mine"))
    git(merging, "add", "-A")
    found = judged(merging, staged=staged)
    assert found.verdict == "over"
    (charged,) = found.findings
    assert [charged.finding.sites[n].path for n in charged.new_sites] == [path]


def test_a_branch_answers_for_what_it_merges_from_others(merging, judged, git) -> None:
    start = git(merging, "merge-base", "work", "main").strip()
    assert judged(merging, against=start).verdict == "over"


def test_a_merge_that_is_committed_is_charged_for_nothing_more(merging, judged, git) -> None:
    git(merging, "commit", "-qm", "merge")
    assert judged(merging).verdict == "within"
    assert judged(merging, against="main").verdict == "within"
