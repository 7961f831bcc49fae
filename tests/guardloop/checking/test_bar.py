"""A change cannot move the bar that it is judged by."""

from __future__ import annotations

import pytest

from guardloop.errors import BaselineError, ConfigError, RevisionError

GENEROUS = "[tool.guardloop.budgets]\nduplication = 1000\n"
STRICT = "[tool.guardloop.budgets]\nduplication = 0\n"


def configured(text: str, **files: str) -> dict[str, str]:
    return {"pyproject.toml": text, **{name + ".py": content for name, content in files.items()}}


def test_a_budget_of_the_project_holds(repository, judged, loops) -> None:
    root = repository(configured(GENEROUS, a=loops("one")))
    (root / "b.py").write_text(loops("two"))
    found = judged(root)
    assert (found.verdict, found.budgets["duplication"], found.notes) == ("within", 1000, ())


@pytest.mark.parametrize("staged", [False, True])
def test_the_budget_before_the_change_holds_and_the_edit_is_shown(repository, judged, loops, git, staged) -> None:
    root = repository(configured(STRICT, a=loops("one")))
    (root / "b.py").write_text(loops("two"))
    (root / "pyproject.toml").write_text(GENEROUS)
    git(root, "add", "-A")
    found = judged(root, staged=staged)
    assert (found.verdict, found.budgets["duplication"]) == ("over", 0)
    (note,) = found.notes
    assert note == "the change edits the settings that judge it (budgets); those before the change hold"


def test_the_first_settings_of_a_project_hold_from_the_next_change_on(repository, judged, loops) -> None:
    root = repository({"a.py": loops("one")})
    (root / "b.py").write_text(loops("two"))
    (root / "pyproject.toml").write_text(GENEROUS)
    found = judged(root)
    assert (found.verdict, found.budgets["duplication"]) == ("over", 20)
    assert len(found.notes) == 1


def test_excluding_a_file_does_not_hide_it_in_the_same_change(repository, judged, loops) -> None:
    root = repository(configured("[tool.guardloop]\nexclude = ['gen/*']\n", a=loops("one")))
    (root / "gen").mkdir()
    (root / "gen/b.py").write_text(loops("two"))
    assert judged(root).verdict == "within"
    (root / "c.py").write_text(loops("two"))
    (root / "pyproject.toml").write_text("[tool.guardloop]\nexclude = ['gen/*', 'c.py']\n")
    assert judged(root).verdict == "over"
    assert judged(root, exclude=("c.py",)).verdict == "within"


def test_a_named_file_of_settings_holds_whatever_the_change_does(repository, judged, loops, tmp_path) -> None:
    root = repository(configured(STRICT, a=loops("one")))
    (root / "b.py").write_text(loops("two"))
    (tmp_path / "other.toml").write_text(GENEROUS)
    assert judged(root, config=tmp_path / "other.toml").verdict == "within"


def test_settings_before_the_change_that_cannot_be_read_are_named_with_their_commit(repository, judged) -> None:
    root = repository(configured("[tool.guardloop]\nbudget = 1\n", a="x = 1\n"))
    (root / "pyproject.toml").write_text("")
    with pytest.raises(ConfigError, match=r"[0-9a-f]{12}:pyproject\.toml: tool\.guardloop: .* got 'budget'"):
        judged(root)


def test_only_the_rules_asked_for_are_charged(repository, judged, loops) -> None:
    root = repository({"a.py": loops("one")})
    (root / "b.py").write_text(loops("two"))
    assert judged(root, rule=("reification-miss",)).charges == {"reification-miss": 0}
    found = judged(root, rule=("complexity",))
    assert found.charges == {}
    assert found.notes == ("complexity is for information: it has no budget until tool.guardloop.budgets gives it one",)


def test_a_rule_for_information_holds_once_it_has_a_budget(repository, judged) -> None:
    root = repository(configured("[tool.guardloop.budgets]\ncomplexity = 5\n", a="x = 1\n"))
    body = "".join(f"    {'    ' * n}if a{n}:\n" for n in range(7)) + "    " * 8 + "pass\n"
    (root / "b.py").write_text(f"def nested():\n{body}")
    found = judged(root)
    assert (found.verdict, found.charges["complexity"]) == ("over", 13)


COMMENT = "  # guardloop: allow[duplication] two taxes by law"


def with_comment(text: str, comment: str = COMMENT) -> str:
    return text.replace("limit):", f"limit):{comment}", 1)


def test_a_comment_that_a_change_adds_does_not_hold(repository, judged, loops) -> None:
    root = repository({"a.py": loops("one")})
    (root / "b.py").write_text(with_comment(loops("two")))
    found = judged(root)
    assert found.verdict == "over"
    assert found.notes == (
        "the change adds b.py:1: allow[duplication] (two taxes by law); "
        "what it allows is charged all the same, until allow-suppressions is set in [tool.guardloop]",
    )


def test_a_comment_holds_where_the_project_lets_changes_add_some(repository, judged, loops) -> None:
    root = repository(configured("[tool.guardloop]\nallow-suppressions = true\n", a=loops("one")))
    (root / "b.py").write_text(with_comment(loops("two")))
    found = judged(root)
    assert found.verdict == "within"
    assert found.notes == (
        "the change adds b.py:1: allow[duplication] (two taxes by law); it holds, as allow-suppressions is set",
    )


def test_a_change_cannot_set_what_lets_it_add_comments(repository, judged, loops) -> None:
    root = repository({"a.py": loops("one")})
    (root / "b.py").write_text(with_comment(loops("two")))
    (root / "pyproject.toml").write_text("[tool.guardloop]\nallow-suppressions = true\n")
    assert judged(root).verdict == "over"


def test_a_comment_that_moves_with_its_code_is_not_added(repository, judged, loops, git) -> None:
    root = repository({"a.py": with_comment(loops("one")), "b.py": loops("two")})
    git(root, "mv", "a.py", "c.py")
    found = judged(root)
    assert (found.verdict, found.notes) == ("within", ())


def test_comments_that_do_nothing_are_reported(repository, judged, loops) -> None:
    lines = ("", "  # guardloop: allow[duplication]", "  # guardloop: allow[duplicaton] a slip", COMMENT)
    root = repository({f"m{n}.py": f"x{n} = {n}{comment}\n" for n, comment in enumerate(lines)})
    assert judged(root).notes == (
        "m1.py:1: allow[duplication] allows nothing: expected a reason after it, found none",
        "m2.py:1: allow[duplicaton] allows nothing: no such rule",
        "m3.py:1: allow[duplication] is stale: no finding of this rule is there; remove it",
    )
    # A rule that is not measured is not known to be stale.
    assert len(judged(root, rule=("reification-miss",)).notes) == 2


RATCHET = (
    "[tool.guardloop]\nbaseline = 'base.json'\nratchet = ['duplication']\n[tool.guardloop.budgets]\nduplication = 999\n"
)


def test_a_ratchet_holds_the_whole_tree_to_the_baseline(repository, judged, loops, baseline) -> None:
    root = repository(configured(RATCHET, a=loops("one", "two")))
    baseline(root)
    assert judged(root).verdict == "within"
    (root / "b.py").write_text(loops("three"))
    found = judged(root)
    assert found.verdict == "over"
    assert found.charges["duplication"] < found.budgets["duplication"]
    assert found.risen["duplication"] > 0
    assert f"duplication costs {found.risen['duplication']} more in the whole tree" in found.notes[0]


def test_a_change_cannot_write_the_baseline_that_holds_it(repository, judged, loops, baseline, git) -> None:
    root = repository(configured(RATCHET, a=loops("one", "two")))
    baseline(root)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "baseline")
    (root / "b.py").write_text(loops("three"))
    baseline(root)
    assert judged(root).verdict == "over"
    assert judged(root, baseline=root / "base.json").verdict == "within"


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("[tool.guardloop]\nratchet = ['duplication']\n", ConfigError, "expected tool.guardloop.baseline beside it"),
        ("[tool.guardloop]\nratchet = ['duplicaton']\n", ConfigError, "did you mean 'duplication'"),
        (RATCHET, BaselineError, r"base\.json: expected a baseline, got: No such file"),
    ],
)
def test_a_ratchet_that_cannot_hold_is_an_error(repository, judged, text, error, message) -> None:
    root = repository(configured(text, a="x = 1\n"))
    with pytest.raises(error, match=message):
        judged(root)


def test_options_win_over_what_the_project_compares_with(repository, judged, loops, git) -> None:
    root = repository(configured("[tool.guardloop]\nagainst = 'nowhere'\n", a=loops("one")))
    with pytest.raises(RevisionError, match="nowhere"):
        judged(root)
    assert judged(root, against="main").verdict == judged(root, staged=True).verdict == "within"
