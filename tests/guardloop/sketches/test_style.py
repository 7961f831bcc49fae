from __future__ import annotations

import pytest

from guardloop.sketches.style import Style
from metrics.source import SourceTree


@pytest.mark.parametrize(
    ("configuration", "width"),
    [
        ({}, 88),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 100\n[tool.black]\nline-length = 79\n"}, 100),
        ({"pyproject.toml": "[tool.black]\nline-length = 79\n"}, 79),
        ({"ruff.toml": "line-length = 120\n", "pyproject.toml": "[tool.black]\nline-length = 79\n"}, 120),
        ({".flake8": "[flake8]\nmax-line-length = 99\n"}, 99),
        ({"setup.cfg": "[flake8]\nmax-line-length = 99\n"}, 99),
        ({"pyproject.toml": "[tool.ruff\n"}, 88),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 1\n"}, 88),
        ({"setup.cfg": "no section\n"}, 88),
    ],
)
def test_the_first_tool_that_names_a_width_decides(configuration, width):
    assert Style.of(SourceTree({}), configuration).line_length == width


def test_private_functions_decide_whether_new_ones_are_documented():
    documented = 'def _a():\n    """Do."""\n    return 1\n'
    assert Style.of(SourceTree({"a.py": documented})).docstrings
    assert not Style.of(SourceTree({"a.py": documented.replace('"""Do."""', "x = 1")})).docstrings
    assert not Style.of(SourceTree({"a.py": documented.replace("_a", "a")})).docstrings
    assert not Style.of(SourceTree({"a.py": "def"})).docstrings


def test_annotations_are_due_where_most_functions_have_them_or_mypy_demands_them():
    typed, bare = "def a(x: int) -> int: ...\n", "def b(x): ...\n"
    assert Style.of(SourceTree({"a.py": typed})).annotated
    assert not Style.of(SourceTree({"a.py": typed + bare})).annotated
    assert Style.of(SourceTree({"a.py": bare}), {"pyproject.toml": "[tool.mypy]\nstrict = true\n"}).annotated
    assert Style.of(SourceTree({"a.py": bare}), {"mypy.ini": "[mypy]\ndisallow_untyped_defs = True\n"}).annotated


def test_the_usual_quote_is_the_one_used_most():
    assert Style.of(SourceTree({"a.py": "x = 'a', 'b', \"c\""})).quote == "'"
    assert Style.of(SourceTree({"a.py": 'x = "a"'})).quote == '"'
