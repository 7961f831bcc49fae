"""What a change is compared with is no choice of the change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from guardloop.errors import ConfigError, RevisionError

TABLE = "[tool.guardloop]\n"
AGAINST_MAIN = TABLE + 'against = "main"\n'
SETTINGS = "pyproject.toml"
EDITED = "the change edits the settings that judge it ({}); those before the change hold"


@pytest.fixture
def branch(repository, loops, git) -> Callable[..., Path]:
    """A branch of a project that is compared with `main`: its commits each write the settings, the last one a copy."""

    def make(*steps: str, name: str = "work") -> Path:
        root: Path = repository({"a.py": loops("one"), SETTINGS: AGAINST_MAIN})
        git(root, "checkout", "-q", "-b", name)
        for number, text in enumerate(steps):
            (root / SETTINGS).write_text(text)
            git(root, "commit", "-q", "--allow-empty", "-am", f"step {number}")
        (root / "b.py").write_text(loops("two"))
        git(root, "add", "-A")
        git(root, "commit", "-qm", "copy")
        return root

    return make


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("staged", "staged = true"),
        ("against", 'against = "HEAD~0"'),
        ("baseline", 'baseline = "guardloop-baseline.json"'),
    ],
)
def test_settings_of_the_work_tree_do_not_choose(repository, judged, loops, baseline, key, text) -> None:
    root = repository({"a.py": loops("one"), "c.py": "x = 1\n"})
    (root / "b.py").write_text(loops("two"))
    baseline(root)
    (root / SETTINGS).write_text(f"{TABLE}{text}\n")
    found = judged(root)
    assert (found.verdict, found.notes) == ("over", (EDITED.format(key),))


def test_settings_before_the_change_choose(branch, judged, git) -> None:
    root = branch()
    found = judged(root)
    assert (found.verdict, found.against, found.notes) == ("over", git(root, "rev-parse", "main").strip(), ())
    assert judged(root, against="HEAD").verdict == "within"


@pytest.mark.parametrize(
    "steps",
    [
        [TABLE + 'against = "HEAD"\n'],
        [TABLE],
        [TABLE + 'against = "work"\n', TABLE + "staged = true\n"],
        [TABLE + 'baseline = "any.json"\n'],
        ["no TOML", TABLE],
    ],
)
def test_what_a_branch_commits_does_not_choose_what_it_is_compared_with(branch, judged, git, steps) -> None:
    root = branch(*steps)
    found = judged(root)
    assert (found.verdict, found.against) == ("over", git(root, "rev-parse", "main").strip())
    assert any("takes against = 'main' out of the settings; that is a part of the change" in one for one in found.notes)


def test_a_merge_of_another_history_does_not_choose_either(branch, judged, git) -> None:
    root = branch()
    git(root, "checkout", "-q", "--orphan", "other")
    git(root, "rm", "-rqf", ".")
    (root / SETTINGS).write_text(TABLE)
    git(root, "add", SETTINGS)
    git(root, "commit", "-qm", "another beginning")
    git(root, "merge", "-q", "--no-commit", "-s", "ours", "--allow-unrelated-histories", "work")
    git(root, "checkout", "work", "--", "a.py", "b.py")
    git(root, "commit", "-qm", "merge")
    assert judged(root).verdict == "over"


def test_an_edit_that_the_other_side_has_taken_over_holds(branch, judged, git) -> None:
    root = branch(TABLE)
    git(root, "branch", "-f", "main", "work")
    found = judged(root)
    assert (found.verdict, found.notes) == ("within", ())


def test_a_revision_that_is_gone_is_named(branch, judged, git) -> None:
    root = branch(TABLE)
    git(root, "branch", "-D", "main")
    found = judged(root)
    assert found.verdict == "within"
    (note,) = found.notes
    assert note.endswith("which git does not know here: name what to compare with by --against")


def test_a_named_file_of_settings_chooses(branch, judged, tmp_path) -> None:
    root = branch(TABLE)
    (tmp_path / "other.toml").write_text(AGAINST_MAIN)
    assert judged(root, config=tmp_path / "other.toml").verdict == "over"


def test_a_change_does_not_write_the_baseline_that_the_settings_name(repository, judged, loops, baseline, git) -> None:
    root = repository({"a.py": loops("one"), SETTINGS: f'{TABLE}baseline = "guardloop-baseline.json"\n'})
    baseline(root)
    # One that git does not have yet is all that there is.
    assert judged(root).verdict == "within"
    git(root, "add", "-A")
    git(root, "commit", "-qm", "baseline")
    (root / "b.py").write_text(loops("two"))
    baseline(root)
    found = judged(root)
    note = "the change edits guardloop-baseline.json, which it is judged by; that of HEAD holds"
    assert (found.verdict, found.notes) == ("over", (note,))
    assert judged(root, baseline=root / "guardloop-baseline.json").verdict == "within"
    git(root, "add", "-A")
    git(root, "commit", "-qm", "accept it")
    assert judged(root).verdict == "within"


def test_outside_of_git_the_folder_names_the_baseline(tmp_path, judged, loops, baseline) -> None:
    (tmp_path / "a.py").write_text(loops("one"))
    baseline(tmp_path)
    (tmp_path / SETTINGS).write_text(f'{TABLE}baseline = "guardloop-baseline.json"\n')
    assert judged(tmp_path).verdict == "within"
    (tmp_path / SETTINGS).write_text(AGAINST_MAIN)
    with pytest.raises(RevisionError, match="expected a folder of a git repository"):
        judged(tmp_path)


@pytest.mark.parametrize("against", ["", " ", "\n"])
def test_a_revision_that_was_not_filled_in_is_no_question_after_head(repository, judged, against) -> None:
    root = repository({"a.py": "x = 1\n"})
    with pytest.raises(ConfigError, match="--against: expected a text, got"):
        judged(root, against=against)
