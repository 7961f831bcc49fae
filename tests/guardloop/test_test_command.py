from __future__ import annotations

from pathlib import Path

import pytest

from guardloop.errors import GuardloopError
from guardloop.test_command import TestCommand

PYTHON = Path("/env/bin/python")


@pytest.mark.parametrize(
    ("text", "argv", "is_pytest"),
    [
        ("pytest -q tests", ["/env/bin/python", "-m", "pytest", "-q", "tests"], True),
        ("/other/bin/pytest -x", ["/env/bin/python", "-m", "pytest", "-x"], True),
        ("python3.12 -m pytest -k 'a b'", ["/env/bin/python", "-m", "pytest", "-k", "a b"], True),
        ("python -X dev -m unittest", ["/env/bin/python", "-X", "dev", "-m", "unittest"], False),
        ("python -Wd -m pytest", ["/env/bin/python", "-Wd", "-m", "pytest"], True),
        ("python run_tests.py", ["/env/bin/python", "run_tests.py"], False),
        ("make test", ["make", "test"], False),
    ],
)
def test_a_command_is_read_and_run_with_the_targets_interpreter(text, argv, is_pytest):
    command = TestCommand.parse(text)
    assert command.with_python(PYTHON) == argv
    assert command.is_pytest is is_pytest


def test_variables_before_the_command_are_kept():
    command = TestCommand.parse("PYTHONPATH=src A='b c' pytest")
    assert command.variables == (("PYTHONPATH", "src"), ("A", "b c"))
    assert command.is_pytest


def test_an_interpreter_that_the_command_names_by_path_is_the_targets():
    assert TestCommand.parse("/env/bin/python -m pytest").python == "/env/bin/python"
    assert TestCommand.parse("python -m pytest").python is None


def test_arguments_of_the_module_come_after_the_interpreters():
    command = TestCommand.parse("python -Wd -m pytest -q")
    argv = command.with_python(PYTHON)
    assert argv[command.arguments_at :] == ["-q"]


@pytest.mark.parametrize("text", ["", "A=1", "pytest 'open"])
def test_what_is_no_command_is_an_error(text):
    with pytest.raises(GuardloopError, match="expected a command line"):
        TestCommand.parse(text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pytest.ini", "[pytest]\n"),
        ("pyproject.toml", "[tool.pytest.ini_options]\n"),
        ("setup.cfg", "[tool:pytest]\n"),
        ("tox.ini", "[pytest]\n"),
        ("tests/test_a.py", ""),
        ("test_a.py", ""),
        ("pkg/a_test.py", ""),
    ],
)
def test_pytest_is_found_where_it_is_configured_or_would_find_tests(tmp_path, path, text):
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text(text)
    found = TestCommand.found(tmp_path)
    assert found is not None
    assert found.is_pytest
    assert path.split("/")[0] in found.origin


def test_a_project_without_tests_has_no_command(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'a'\n")
    (tmp_path / "a.py").write_text("")
    assert TestCommand.found(tmp_path) is None
