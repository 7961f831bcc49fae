from __future__ import annotations

import sys
from pathlib import Path

import pytest

from metrics.measure import default_rules, measure
from metrics.scorer import ScorerError
from metrics.scorers import SCORERS
from metrics.source import SourceTree
from metrics.tools import mypy, ruff
from metrics.tools.complaint import execute


@pytest.mark.parametrize(
    ("name", "text", "labels"),
    [
        ("", "", ["as configured, all files"]),
        ("mypy.ini", "[mypy]\nstrict = True\n", ["as configured, all files"]),
        ("mypy.ini", "[mypy]\nfiles = a.py\n", ["as configured", "as configured, all files"]),
        ("setup.cfg", "[mypy]\npackages = pkg\n", ["as configured", "as configured, all files"]),
        ("pyproject.toml", "[tool.mypy]\nmodules = ['a']\n", ["as configured", "as configured, all files"]),
        ("pyproject.toml", "not toml", ["as configured, all files"]),
    ],
)
def test_mypy_is_called_first_as_the_project_configures_it(tmp_path, name, text, labels):
    if name:
        (tmp_path / name).write_text(text)
    found = [approach.label for approach in mypy.approaches(tmp_path)]
    assert found[: len(labels)] == labels
    assert found[-1] == "without the project's configuration"


def test_modules_of_one_name_are_checked_by_their_folders(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.py").write_text("x: int = 'no'\n")
    answers = []
    for approach in mypy.approaches(tmp_path):
        try:
            answers.append(
                mypy.check(
                    ["a/same.py", "b/same.py"], tmp_path, tmp_path / "cache", Path(sys.executable), execute, approach
                )
            )
        except ScorerError as error:
            answers.append(str(error))
    assert "Duplicate module" in answers[0]
    assert [(c.path, c.line, c.code) for c in answers[1]] == [
        ("a/same.py", 1, "assignment"),
        ("b/same.py", 1, "assignment"),
    ]


def test_ruff_refuses_a_configuration_that_it_cannot_read_and_can_do_without(tmp_path):
    (tmp_path / "a.py").write_text("import os\n")
    (tmp_path / "ruff.toml").write_text("no-such-key = 1\n")
    with pytest.raises(ScorerError, match="ruff: ended with 2"):
        ruff.check(["a.py"], tmp_path, tmp_path / "answer.json", execute)
    found = ruff.check(["a.py"], tmp_path, tmp_path / "answer.json", execute, isolated=True)
    assert [(c.path, c.line, c.code) for c in found] == [("a.py", 1, "F401")]


def test_a_file_that_ruff_cannot_parse_is_a_complaint(tmp_path):
    (tmp_path / "a.py").write_text("def\n")
    found = ruff.check(["a.py"], tmp_path, tmp_path / "answer.json", execute)
    assert {c.code for c in found} == {"invalid-syntax"}


def test_a_missing_program_is_an_error(tmp_path):
    with pytest.raises(ScorerError, match="did not run"):
        execute(["/nowhere/program"], tmp_path)


def test_tools_are_measured_only_where_asked_for_and_with_the_projects_configuration(tmp_path):
    text = "import os\nx = lambda: 1\n"
    (tmp_path / "ruff.toml").write_text('lint.select = ["E731"]\n')
    assert not {"lint", "types"} & set(default_rules())
    assert not any(SCORERS[rule].gated for rule in ("lint", "types"))
    assert measure(SourceTree({"a.py": text}, tmp_path), ["lint"]).costs == {"lint": 1}
    assert measure(SourceTree({"a.py": text}), ["lint"]).costs == {"lint": 2}


def test_where_a_tree_was_read_from_is_no_part_of_what_it_is(tmp_path):
    bare, placed = SourceTree({"a.py": ""}), SourceTree({"a.py": ""}, tmp_path)
    assert bare == placed
    assert bare.digest == placed.digest
    assert placed.replacing({"b.py": ""}).root == tmp_path
