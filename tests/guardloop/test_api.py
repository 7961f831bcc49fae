from __future__ import annotations

import dataclasses
import importlib
import json
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from twins import twin, twins

import guardloop
from guardloop.errors import ConfigError, RevisionError, TargetError


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARDLOOP_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "no_repository"
    root.mkdir()
    (root / "pyproject.toml").write_text("")
    (root / "shop.py").write_text(twins("first", "second"))
    (root / "torn.py").write_text("def torn(:\n")
    return root


@pytest.fixture
def change(repository: Callable[..., Path]) -> Path:
    """A repository with a copy in the work tree that is neither staged nor committed."""
    root = repository({"pyproject.toml": "", "shop.py": twin(), "plain.py": "PRICE = 3\n"})
    (root / "copied.py").write_text(twin("second", "items"))
    return root


def loaded_after(code: str) -> set[str]:
    program = f"import sys\nbefore = set(sys.modules)\n{code}\nprint(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_imports_nothing_else_of_ours() -> None:
    ours = {
        name for name in loaded_after("import guardloop") if name.split(".")[0] in ("guardloop", "metrics", "engine")
    }
    assert ours == {"guardloop"}


def test_no_module_takes_the_place_of_a_function() -> None:
    modules = {module.name for module in pkgutil.iter_modules(guardloop.__path__)}
    assert not modules & set(guardloop.__all__)
    for name in ("cli", "commands.score", "commands.check", "commands.hook", "scored", "checked"):
        importlib.import_module(f"guardloop.{name}")
    assert callable(guardloop.score)
    assert callable(guardloop.check)


def test_score_answers_what_the_command_prints(project: Path) -> None:
    scored = guardloop.score([project])
    command = [sys.executable, "-m", "guardloop", "score", str(project), "--format", "json"]
    printed = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert dict(scored.costs) == printed["costs"]
    assert [finding.id for finding in scored.findings] == [finding["id"] for finding in printed["findings"]]
    assert (scored.files, scored.lines) == (printed["files"], printed["lines"])
    assert [unparsed.path for unparsed in scored.unparsed] == ["torn.py"]
    assert scored.costs["duplication"] > 0


def test_score_takes_texts_and_paths_and_only_the_rules_asked_for(project: Path) -> None:
    scored = guardloop.score([str(project / "shop.py")], rules=["complexity"])
    assert set(scored.costs) == {"complexity"}
    assert scored.files == 1


def test_exclusions_given_are_added_to_those_configured(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.guardloop]\nexclude = ["shop.py"]\n')
    assert guardloop.score([project], exclude=["torn.py"]).files == 0


def test_answers_are_frozen(change: Path) -> None:
    scored, checked = guardloop.score([change]), guardloop.check([change])
    with pytest.raises(dataclasses.FrozenInstanceError):
        scored.root = change.parent  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        checked.verdict = "within"  # type: ignore[misc]


def test_what_keeps_it_from_answering_is_raised(project: Path) -> None:
    with pytest.raises(TargetError, match="no such file or folder"):
        guardloop.score([project / "missing"])
    with pytest.raises(ConfigError, match="did you mean 'duplication'"):
        guardloop.score([project], rules=["duplicaton"])
    with pytest.raises(TargetError, match="expected a list of paths"):
        guardloop.score(str(project))


def test_check_answers_what_the_command_prints(change: Path) -> None:
    checked = guardloop.check([change])
    command = [sys.executable, "-m", "guardloop", "check", str(change), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    printed = json.loads(done.stdout)
    assert done.returncode == 1
    assert (checked.verdict, checked.against) == (printed["verdict"], printed["against"])
    assert (dict(checked.charges), dict(checked.budgets)) == (printed["charges"], printed["budgets"])
    assert [one.finding.id for one in checked.findings] == [finding["id"] for finding in printed["findings"]]
    assert set(checked.excess) == {"duplication"}


def test_check_judges_the_work_tree_a_branch_or_what_is_staged(change: Path, git: Callable[..., str]) -> None:
    assert guardloop.check([change]).verdict == "over"
    assert guardloop.check([change], staged=True).verdict == "within"
    git(change, "add", "-A")
    assert guardloop.check([change], staged=True).verdict == "over"
    git(change, "checkout", "-q", "-b", "feature")
    git(change, "commit", "-qm", "copied")
    assert guardloop.check([change]).verdict == "within"
    assert guardloop.check([change], against="main").verdict == "over"


def test_only_what_is_added_in_the_paths_is_charged_and_only_by_the_rules_asked_for(change: Path) -> None:
    assert guardloop.check([change / "plain.py"]).verdict == "within"
    assert set(guardloop.check([change], rules=["complexity"]).charges) <= {"complexity"}
    assert guardloop.check([change], exclude=["copied.py"]).verdict == "within"


def test_what_is_asked_for_holds_over_the_settings(change: Path) -> None:
    config = change / "other.toml"
    config.write_text("[tool.guardloop]\nstaged = true\n")
    assert guardloop.check([change], config=config).verdict == "within"
    assert guardloop.check([change], config=config, against="HEAD").verdict == "over"


def test_a_baseline_stands_for_what_it_accepts(change: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-m", "guardloop", "baseline", str(change), "--output", str(change / "accepted.json")]
    copy = (change / "copied.py").read_text()
    subprocess.run(command, capture_output=True, check=True)
    monkeypatch.chdir(change)
    assert guardloop.check(baseline="accepted.json").verdict == "within"
    (change / "again.py").write_text(copy.replace("second", "third").replace("items", "entries"))
    assert guardloop.check([change], baseline=change / "accepted.json").verdict == "over"


def test_a_change_that_cannot_be_judged_is_unknown_or_raises(change: Path, project: Path) -> None:
    (change / "copied.py").write_text("def torn(:\n")
    assert guardloop.check([change]).verdict == "unknown"
    with pytest.raises(RevisionError, match="expected a commit"):
        guardloop.check([change], against="missing")
    with pytest.raises(ConfigError, match="exclude each other"):
        guardloop.check([change], against="HEAD", staged=True)
    with pytest.raises(ConfigError, match="exclude each other"):
        guardloop.check([change], staged=True, baseline="accepted.json")
    with pytest.raises(RevisionError, match="git repository"):
        guardloop.check([project])
