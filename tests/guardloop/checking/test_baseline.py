from __future__ import annotations

import json

import pytest

from guardloop.checking.baseline import FILE, Baseline
from guardloop.errors import BaselineError, ConfigError

ENDLESS = '{"schema": 1, "findings": {}, "costs": {}, "lines": 1e999}'


def test_a_tree_is_within_its_own_baseline(tmp_path, judged, loops, baseline) -> None:
    (tmp_path / "a.py").write_text(loops("one", "two"))
    answer = baseline(tmp_path)
    assert answer.startswith(f"{tmp_path / FILE}: findings accepted 1, their cost ")
    found = judged(tmp_path, baseline=tmp_path / FILE)
    assert (found.verdict, found.findings, found.notes) == ("within", (), ())
    assert found.against == str(tmp_path / FILE)


def test_what_the_baseline_does_not_hold_is_charged(tmp_path, judged, loops, baseline) -> None:
    (tmp_path / "a.py").write_text(loops("one"))
    baseline(tmp_path)
    (tmp_path / "b.py").write_text(loops("two"))
    found = judged(tmp_path, baseline=tmp_path / FILE)
    assert found.verdict == "over"
    (charged,) = found.findings
    assert charged.charge == charged.finding.cost == found.charges["duplication"]
    assert charged.new_sites == (0, 1)
    assert judged(tmp_path, "a.py", baseline=tmp_path / FILE).findings == found.findings


def test_an_accepted_finding_that_grows_is_charged_for_what_it_grew_by(tmp_path, judged, loops, baseline) -> None:
    (tmp_path / "a.py").write_text(loops("one", "two", "three"))
    baseline(tmp_path)
    (tmp_path / "a.py").write_text(loops("one", "two"))
    found = judged(tmp_path, baseline=tmp_path / FILE)
    assert found.charges["duplication"] < 0
    # What is left of an accepted finding is no new one, and the entry not stale.
    assert (found.findings, found.notes) == ((), ())


def test_entries_that_no_longer_occur_are_reported(tmp_path, judged, loops, baseline) -> None:
    (tmp_path / "a.py").write_text(loops("one", "two"))
    baseline(tmp_path)
    (tmp_path / "a.py").write_text(loops("one"))
    (note,) = judged(tmp_path, baseline=tmp_path / FILE).notes
    assert note.startswith("duplication:")
    assert note.endswith(" of the baseline no longer occurs (a.py); `guardloop baseline` drops it")


def test_a_check_never_writes_a_baseline(tmp_path, judged, loops, baseline) -> None:
    (tmp_path / "a.py").write_text(loops("one", "two"))
    baseline(tmp_path)
    written = (tmp_path / FILE).read_bytes()
    (tmp_path / "a.py").write_text("x = 1\n")
    judged(tmp_path, baseline=tmp_path / FILE)
    assert (tmp_path / FILE).read_bytes() == written
    baseline(tmp_path)
    assert json.loads((tmp_path / FILE).read_text())["findings"] == {}


def test_a_baseline_is_the_same_bytes_for_the_same_tree(tmp_path, loops, baseline) -> None:
    (tmp_path / "a.py").write_text(loops("one", "two"))
    baseline(tmp_path)
    first = (tmp_path / FILE).read_bytes()
    (tmp_path / "a.py").write_text("\n\n# moved down\n" + loops("one", "two"))
    baseline(tmp_path)
    assert (tmp_path / FILE).read_bytes() == first


def test_a_broken_file_is_no_pass_and_never_accepted(tmp_path, judged, baseline) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    baseline(tmp_path)
    (tmp_path / "b.py").write_text("def (:\n")
    assert judged(tmp_path, baseline=tmp_path / FILE).verdict == "unknown"
    with pytest.raises(BaselineError, match=r"b\.py:1: expected Python"):
        baseline(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": 2}', '{"schema": 1, "findings": {"a": 1}}', "\x00", "[" * 9999, ENDLESS]
)
def test_what_is_no_baseline_is_named(text) -> None:
    with pytest.raises(BaselineError, match="here: expected"):
        Baseline.parse(text.encode(), "here")


def test_a_missing_baseline_says_what_writes_one(tmp_path, judged) -> None:
    with pytest.raises(BaselineError, match="`guardloop baseline` writes one"):
        judged(tmp_path, baseline=tmp_path / FILE)


COMMENT = "  # guardloop: allow[duplication] two taxes by law"
TABLE = "[tool.guardloop]\n"


def with_comment(text: str) -> str:
    return text.replace("limit):", f"limit):{COMMENT}", 1)


def test_a_comment_that_came_after_the_baseline_does_not_hold(tmp_path, judged, loops, baseline) -> None:
    (tmp_path / "a.py").write_text(loops("one"))
    baseline(tmp_path)
    (tmp_path / "b.py").write_text(with_comment(loops("two")))
    found = judged(tmp_path, baseline=tmp_path / FILE)
    assert found.verdict == "over"
    assert found.notes[0].startswith("the change adds b.py:1: allow[duplication] (two taxes by law); what it allows is")


def test_a_comment_that_the_baseline_had_holds(tmp_path, judged, loops, baseline) -> None:
    (tmp_path / "a.py").write_text(loops("one"))
    (tmp_path / "b.py").write_text(with_comment(loops("two")))
    baseline(tmp_path)
    (tmp_path / "b.py").write_text("# moved down\n\n" + with_comment(loops("two")).replace("total = 0", "total = 1"))
    found = judged(tmp_path, baseline=tmp_path / FILE)
    assert (found.verdict, found.notes) == ("within", ())


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("exclude", "exclude = ['b.py']\n"),
        ("rule", "rule = ['reification-miss']\n"),
        ("budgets", "budgets = {duplication = 999}\n"),
        ("allow-suppressions", "allow-suppressions = true\n"),
    ],
)
def test_the_settings_that_a_baseline_was_made_by_hold(tmp_path, judged, loops, baseline, key, text) -> None:
    (tmp_path / "a.py").write_text(loops("one"))
    baseline(tmp_path)
    (tmp_path / "b.py").write_text(with_comment(loops("two")))
    (tmp_path / "pyproject.toml").write_text(TABLE + text)
    found = judged(tmp_path, baseline=tmp_path / FILE)
    assert found.verdict == "over"
    assert found.notes[0] == (
        f"the settings that judge are no longer those of the baseline ({key}), which hold; "
        "`guardloop baseline` takes the new ones over"
    )
    baseline(tmp_path)
    assert judged(tmp_path, baseline=tmp_path / FILE).notes == ()


def test_options_hold_over_the_settings_of_a_baseline(tmp_path, judged, loops, baseline) -> None:
    (tmp_path / "pyproject.toml").write_text(f"{TABLE}exclude = ['gen.py']\n")
    (tmp_path / "a.py").write_text(loops("one"))
    (tmp_path / "gen.py").write_text(loops("three"))
    baseline(tmp_path)
    (tmp_path / "b.py").write_text(loops("two"))
    for options in ({"exclude": ("b.py",)}, {"rule": ("reification-miss",)}):
        found = judged(tmp_path, baseline=tmp_path / FILE, **options)
        assert (found.verdict, found.notes) == ("within", ())


def test_a_ratchet_that_is_taken_away_still_holds(tmp_path, judged, loops, baseline) -> None:
    (tmp_path / "pyproject.toml").write_text(f"{TABLE}ratchet = ['duplication']\nbudgets = {{duplication = 999}}\n")
    (tmp_path / "a.py").write_text(loops("one"))
    baseline(tmp_path)
    (tmp_path / "b.py").write_text(loops("two"))
    (tmp_path / "pyproject.toml").write_text(f"{TABLE}budgets = {{duplication = 999}}\n")
    assert judged(tmp_path, baseline=tmp_path / FILE).failing == {"duplication"}


def test_a_baseline_of_old_knows_of_no_comments_and_settings(tmp_path, judged, loops, baseline) -> None:
    (tmp_path / "a.py").write_text(loops("one"))
    baseline(tmp_path)
    old = {key: value for key, value in json.loads((tmp_path / FILE).read_text()).items() if key not in NEW}
    (tmp_path / FILE).write_text(json.dumps(old))
    (tmp_path / "b.py").write_text(with_comment(loops("two")))
    (tmp_path / "c.py").write_text(loops("three"))
    (tmp_path / "pyproject.toml").write_text(f"{TABLE}exclude = ['c.py']\n")
    assert judged(tmp_path, baseline=tmp_path / FILE).verdict == "within"


NEW = {"settings", "comments", "left_out"}


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"settings": []}, BaselineError),
        ({"comments": [["a.py"]]}, BaselineError),
        ({"settings": {"engine": "nano"}}, ConfigError),
        ({"settings": {"rule": ["duplicaton"]}}, ConfigError),
        ({"settings": {"budgets": {"duplication": [-1, 0]}}}, ConfigError),
    ],
)
def test_what_no_baseline_records_is_named(tmp_path, baseline, more, error) -> None:
    baseline(tmp_path)
    document = json.loads((tmp_path / FILE).read_text()) | more
    with pytest.raises(error, match="here: "):
        Baseline.parse(json.dumps(document).encode(), "here")


@pytest.mark.parametrize("reason", ["generated", "an installed environment", "a symbolic link"])
def test_what_came_to_be_left_out_since_a_baseline_is_named(tmp_path, judged, loops, baseline, reason) -> None:
    for name in ("old", "new"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "b.py").write_text("# @generated\n" if reason == "generated" else "")
        if reason == "an installed environment":
            (folder / "pyvenv.cfg").write_text("")
        if reason == "a symbolic link":
            (folder / "c.py").symlink_to("b.py")
        if name == "old":
            baseline(tmp_path)
            (tmp_path / "tests").mkdir()
            (tmp_path / "tests/test_a.py").write_text("")
            assert judged(tmp_path, baseline=tmp_path / FILE).notes == ()
    path = {"generated": "new/b.py", "a symbolic link": "new/c.py"}.get(reason, "new")
    note = f"since the baseline, {path} ({reason}) came to be left out: not judged"
    assert judged(tmp_path, baseline=tmp_path / FILE).notes == (note,)


def test_only_what_the_named_paths_add_is_charged(tmp_path, judged, loops, baseline) -> None:
    (tmp_path / "a.py").write_text(loops("one"))
    (tmp_path / "c.py").write_text("x = 1\n")
    baseline(tmp_path)
    (tmp_path / "b.py").write_text(loops("two"))
    found = judged(tmp_path, "c.py", baseline=tmp_path / FILE)
    assert (found.verdict, found.findings, found.charges["duplication"]) == ("within", (), 0)
    whole, part = judged(tmp_path, baseline=tmp_path / FILE), judged(tmp_path, "b.py", baseline=tmp_path / FILE)
    assert part.charges == whole.charges
    assert part.verdict == "over"
