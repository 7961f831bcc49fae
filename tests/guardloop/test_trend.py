from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardloop.errors import RevisionError
from guardloop.scored import Scored
from guardloop.target import Target
from guardloop.trend import spaced, trend

LEDGER = """
def {}(rows, limit):
    total = 0
    for row in rows:
        if row.price > limit:
            total += row.price * row.count
        else:
            total += row.price
    print("total", total, limit)
    return total
"""

COMMITS = st.integers(1, 200).map(lambda count: [(str(n), "2026-01-01") for n in range(count)])


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARDLOOP_CACHE", str(tmp_path / "cache"))


@given(COMMITS, st.integers(1, 30))
def test_points_are_spaced_from_the_first_commit_to_the_last(commits: list[tuple[str, str]], count: int) -> None:
    chosen = spaced(commits, count)
    assert len(chosen) == min(count, len(commits))
    assert chosen[-1] == commits[-1]
    assert chosen == sorted(chosen, key=commits.index)
    if count > 1:
        assert chosen[0] == commits[0]
        gaps = [commits.index(b) - commits.index(a) for a, b in pairwise(chosen)]
        assert max(gaps, default=0) - min(gaps, default=0) <= 1


def test_each_point_is_what_the_tree_of_that_commit_costs(
    repository: Callable[..., Path], git: Callable[..., str]
) -> None:
    root = repository({"pyproject.toml": "", "a.py": LEDGER.format("first")})
    (root / "b.py").write_text(LEDGER.format("second"))
    (root / "tests").mkdir()
    (root / "tests/test_b.py").write_text(LEDGER.format("third"))
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "copy")
    target = Target.locate([root])
    first, second = trend(target, 9)
    assert first.costs["duplication"] == first.gated == 0
    scored = Scored.of(target)
    assert second.costs == scored.costs
    assert second.gated == sum(finding.cost for finding in scored.findings if finding.gated) > 0
    assert second.lines == scored.lines == 2 * first.lines
    assert second.revision == git(root, "rev-parse", "HEAD").strip()
    assert len(second.date) == len("2026-01-01")


def test_only_first_parents_are_measured(repository: Callable[..., Path], git: Callable[..., str]) -> None:
    root = repository({"pyproject.toml": "", "a.py": "x = 1\n"})
    git(root, "checkout", "-q", "-b", "side")
    for n in range(3):
        (root / "b.py").write_text(f"y = {n}\n")
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", f"side {n}")
    git(root, "checkout", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "-m", "merge", "side")
    assert [point.lines for point in trend(Target.locate([root]), 9)] == [1, 2]


def test_only_the_named_paths_are_measured(repository: Callable[..., Path]) -> None:
    root = repository({"pyproject.toml": "", "pkg/a.py": "x = 1\n", "other/b.py": "y = 1\nz = 1\n"})
    (point,) = trend(Target.locate([root / "pkg"]), 9)
    assert point.lines == 1


def test_what_is_in_the_work_tree_only_is_no_part_of_the_history(repository: Callable[..., Path]) -> None:
    root = repository({"pyproject.toml": "", "a.py": "x = 1\n"})
    (root / "a.py").write_text("x = 1\ny = 2\n")
    assert [point.lines for point in trend(Target.locate([root]), 2)] == [1]


def test_a_folder_without_history_has_no_trend(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    with pytest.raises(RevisionError):
        trend(Target.locate([tmp_path]), 3)
