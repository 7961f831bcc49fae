from __future__ import annotations

from pathlib import Path

import pytest

from guardloop.config import _READERS, Settings, keys, load
from guardloop.errors import ConfigError
from metrics.budget import Budget


def written(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_missing_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings()


def test_a_file_without_our_table_gives_the_defaults(tmp_path: Path) -> None:
    assert load(written(tmp_path, "[tool.other]\nx = 1\n")) == Settings()


def test_every_setting_has_a_key_and_every_key_a_setting() -> None:
    assert set(keys()) == set(_READERS)


def test_every_key_is_read(tmp_path: Path) -> None:
    text = """
[tool.guardloop]
format = "json"
rule = ["complexity"]
exclude = ["gen/*"]
verbose = true
tests = "pytest -q"
target-python = "bin/python"
engine = "enumerate"
candidates = 3
seconds = 1.5
seed = 7
diff = true
audit = "a.jsonl"
max-accepted = 2
jobs = 2
against = "origin/main"
staged = true
baseline = "b.json"
ratchet = ["duplication"]
allow-suppressions = true
allow-dirty = true
[tool.guardloop.budgets]
complexity = [20, 0.1]
"""
    settings = load(written(tmp_path, text))
    assert settings == Settings(
        format="json",
        rule=("complexity",),
        exclude=("gen/*",),
        verbose=True,
        tests="pytest -q",
        target_python=tmp_path / "bin/python",
        engine="enumerate",
        candidates=3,
        seconds=1.5,
        seed=7,
        diff=True,
        audit=tmp_path / "a.jsonl",
        max_accepted=2,
        jobs=2,
        against="origin/main",
        staged=True,
        baseline=tmp_path / "b.json",
        ratchet=("duplication",),
        allow_suppressions=True,
        allow_dirty=True,
        budgets={"complexity": Budget(20, 0.1)},
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.guardloop]\ncandidatse = 3\n", "got 'candidatse'; did you mean 'candidates'?"),
        ("[tool.guardloop]\ncandidates = 0\n", "tool.guardloop.candidates: expected a positive integer, got 0"),
        ("[tool.guardloop]\nseconds = true\n", "tool.guardloop.seconds: expected a positive number, got True"),
        ("[tool.guardloop]\nexclude = 'x'\n", "tool.guardloop.exclude: expected a list of texts, got 'x'"),
        ("[tool.guardloop]\ntests = ''\n", "tool.guardloop.tests: expected a text, got ''"),
        ("[tool.guardloop]\nformat = 'xml'\n", "tool.guardloop.format: expected 'text' or 'json', got 'xml'"),
        ("[tool.guardloop]\ndiff = 1\n", "tool.guardloop.diff: expected true or false, got 1"),
        ("[tool.guardloop.budgets]\ncomplexty = 3\n", "got 'complexty'; did you mean 'complexity'?"),
        ("[tool.guardloop.budgets]\ncomplexity = -1\n", "budgets.complexity: expected a whole BASE"),
        ("[tool.guardloop.budgets]\ncomplexity = 'x'\n", "expected BASE or [BASE, PER-LINE], got 'x'"),
        ("[tool.guardloop.budgets]\ncomplexity = [8, inf]\n", "expected BASE or [BASE, PER-LINE], got [8, inf]"),
        ("[tool.guardloop.budgets]\ncomplexity = [8, nan]\n", "expected BASE or [BASE, PER-LINE], got [8, nan]"),
        ("[tool.guardloop.budgets]\ncomplexity = [8, 1e308]\n", "expected BASE or [BASE, PER-LINE], got [8, 1e+308]"),
        ("[tool.guardloop]\nseconds = inf\n", "tool.guardloop.seconds: expected a positive number, got inf"),
        ("[tool.guardloop]\nbaseline = '~nosuch/x'\n", "tool.guardloop.baseline: expected a path, got '~nosuch/x'"),
        ('[tool.guardloop]\nbaseline = "\\u0000"\n', "tool.guardloop.baseline: expected a text, got '\\x00'"),
        ('[tool.guardloop]\nagainst = "a\\u0000"\n', "tool.guardloop.against: expected a text, got 'a\\x00'"),
        ("[tool.guardloop]\nrule = ['complexty']\n", "tool.guardloop.rule: expected one of"),
        ("[tool.guardloop]\nratchet = ['complexty']\n", "got 'complexty'; did you mean 'complexity'?"),
        (f"[tool.guardloop]\nseed = {'9' * 5000}\n", "expected TOML, got:"),
        (f"x = {'[' * 5000}\n", "expected TOML, got:"),
        ("[tool]\nguardloop = 1\n", "tool.guardloop: expected a table, got 1"),
        ("[tool.guardloop\n", "expected TOML, got:"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_wanted(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(written(tmp_path, text))
    assert message in str(error.value)
    assert str(tmp_path / "pyproject.toml") in str(error.value)


def test_a_named_file_has_to_be_there_and_to_hold_the_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a readable file"):
        load(tmp_path, tmp_path / "none.toml")
    (tmp_path / "empty.toml").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"expected a table \[tool.guardloop\], got none"):
        load(tmp_path, tmp_path / "empty.toml")


def test_options_win_and_exclusions_add_up() -> None:
    configured = Settings(exclude=("a",), seed=1, engine="enumerate")
    assert configured.overridden(exclude=("b",), seed=2, engine=None) == Settings(
        exclude=("a", "b"), seed=2, engine="enumerate"
    )


@pytest.mark.parametrize("engine", ["command:make", "openai:http://h/v1#m", "consortium:nano,command:make"])
def test_a_file_cannot_make_us_run_a_program_or_send_code(tmp_path: Path, engine: str) -> None:
    with pytest.raises(ConfigError, match="expected an engine that runs no program and asks no server"):
        load(written(tmp_path, f'[tool.guardloop]\nengine = "{engine}"\n'))
