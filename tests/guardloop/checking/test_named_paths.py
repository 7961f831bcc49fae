"""What is named is judged, or said not to be: a path that matches nothing is no pass."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from guardloop.checked import Checked
from guardloop.errors import TargetError

NOTHING = "expected something to judge, found none"
Judged = Callable[..., Checked]


@pytest.fixture
def root(repository: Callable[..., Path], loops: Callable[..., str]) -> Path:
    return repository({"pkg/a.py": loops("one"), "other/c.py": "x = 1\n", ".gitignore": "ignored.py\n"})


@pytest.fixture(params=["work tree", "staged", "baseline"])
def asked(request: pytest.FixtureRequest, root: Path, judged: Judged, baseline: Callable[..., str], git) -> Judged:
    """Judges what was written since, in each of the ways to compare."""
    baseline(root)

    def judge(*paths: str, **options: object) -> Checked:
        if request.param == "baseline":
            return judged(root, *paths, baseline=root / "guardloop-baseline.json", **options)
        if request.param == "staged":
            git(root, "add", "-A")
            return judged(root, *paths, staged=True, **options)
        return judged(root, *paths, **options)

    return judge


@pytest.mark.parametrize("name", [b"b\xff.py", b"\xff/b.py"])
def test_a_path_that_is_not_utf8_is_found_by_its_name(root, asked, loops, name) -> None:
    path = Path(os.fsdecode(os.fsencode(root) + b"/pkg/" + name))
    path.parent.mkdir(exist_ok=True)
    path.write_text(loops("two"))
    assert asked(str(path)).verdict == asked(str(path.parent)).verdict == "over"


@pytest.mark.parametrize(("link", "to", "named"), [("src", "pkg", "src"), ("b.py", "pkg/b.py", "b.py")])
def test_a_link_names_what_it_leads_to(root, asked, loops, link, to, named) -> None:
    (root / "pkg/b.py").write_text(loops("two"))
    (root / link).symlink_to(to)
    found = asked(named)
    assert found.verdict == "over"
    assert {site.path for one in found.findings for site in one.finding.sites} == {"pkg/a.py", "pkg/b.py"}


@pytest.mark.parametrize("path", ["pkg/vendor/b.py", "pkg/test_b.py", "pkg/given.py", "pkg/header.py"])
def test_a_file_that_is_left_out_is_judged_where_it_is_named(root, asked, loops, path) -> None:
    (root / path).parent.mkdir(exist_ok=True)
    (root / path).write_text(("# @generated\n" if "header" in path else "") + loops("two"))
    assert asked(exclude=("pkg/given.py",)).verdict == "within"
    assert asked(path, exclude=("pkg/given.py",)).verdict == "over"


def test_what_holds_nothing_to_judge_is_no_pass(root, asked, loops, tmp_path) -> None:
    (root / "pkg/vendor").mkdir()
    (root / "pkg/vendor/b.py").write_text(loops("two"))
    (root / "empty").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/b.py").write_text(loops("two"))
    (root / "linked").symlink_to(tmp_path / "outside")
    for path in ("pkg/vendor", "empty", "linked"):
        with pytest.raises(TargetError, match=f"{path}: {NOTHING}"):
            asked("pkg", path)


@pytest.mark.parametrize("staged", [False, True])
def test_a_file_that_git_ignores_is_no_pass_where_it_is_named(root, judged, loops, staged) -> None:
    (root / "ignored.py").write_text(loops("two"))
    with pytest.raises(TargetError, match=rf"ignored\.py: {NOTHING}: it is left out, or unknown to git"):
        judged(root, "ignored.py", staged=staged)


def test_an_empty_project_has_nothing_to_judge_and_is_within(repository, judged) -> None:
    assert judged(repository({"README": ""})).verdict == "within"
