from __future__ import annotations

import json

import pytest

from guardloop.checking.baseline import FILE, Baseline
from guardloop.errors import BaselineError

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
