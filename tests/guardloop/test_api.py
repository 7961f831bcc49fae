from __future__ import annotations

import dataclasses
import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import guardloop
from guardloop.errors import ConfigError, TargetError

TWIN = """\
def first(rows, limit):
    total = 0
    for row in rows:
        if row.price > limit:
            total += row.price * row.count
        else:
            total += row.price
    print("total", total, limit)
    return total
"""
TWINS = TWIN + "\n\n" + TWIN.replace("first", "second").replace("rows", "items")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARDLOOP_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text("")
    (root / "shop.py").write_text(TWINS)
    (root / "torn.py").write_text("def torn(:\n")
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
    for name in ("cli", "commands.score", "scored"):
        importlib.import_module(f"guardloop.{name}")
    assert callable(guardloop.score)


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


def test_answers_are_frozen(project: Path) -> None:
    scored = guardloop.score([project])
    with pytest.raises(dataclasses.FrozenInstanceError):
        scored.root = project.parent  # type: ignore[misc]


def test_what_keeps_it_from_answering_is_raised(project: Path) -> None:
    with pytest.raises(TargetError, match="no such file or folder"):
        guardloop.score([project / "missing"])
    with pytest.raises(ConfigError, match="did you mean 'duplication'"):
        guardloop.score([project], rules=["duplicaton"])
    with pytest.raises(TargetError, match="expected a list of paths"):
        guardloop.score(str(project))
