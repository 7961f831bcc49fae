from __future__ import annotations

import pytest

from engine.protocol import Edit, Fill, Hole, HoleKind, Sketch
from guardloop.gates.scope import Scope, fill_problem, suppressions
from guardloop.judgement import Candidate, Outcome
from metrics.source import SourceTree

TEXT = "def f(a):\n    return a + 1\n"
TREE = SourceTree({"pkg/a.py": TEXT, "pkg/__init__.py": "", "top.py": ""})


def reason(scope: Scope | None = None, **texts: str) -> str:
    result = (scope or Scope()).check(
        Candidate(TREE, TREE.replacing({path.replace("__", "/") + ".py": t for path, t in texts.items()}))
    )
    assert (result.outcome is Outcome.PASSED) == (not result.reason)
    return result.reason


def test_changed_code_and_new_modules_are_in_scope():
    assert reason(pkg__a=TEXT.replace("1", "2"), pkg__b="x = 1\n") == ""


def test_what_changed_beside_the_judged_code_is_not():
    assert reason(Scope(stray=["tests/test_a.py", "setup.cfg"]), pkg__a="x = 1\n") == (
        "touches tests/test_a.py and 1 more, which is not the product's code"
    )


@pytest.mark.parametrize(
    "path", ["conftest", "sitecustomize", "usercustomize", "pkg__conftest", "test_new", "pkg__setup", "tests__helper"]
)
def test_new_files_that_something_loads_by_itself_or_no_rule_sees_are_not(path):
    assert reason(**{path: "x = 1\n"}).startswith("adds ")


def test_a_new_file_that_the_configuration_excludes_is_not():
    assert "excluded by pkg/vendored_*" in reason(Scope(exclude=["pkg/vendored_*"]), pkg__vendored_a="x = 1\n")


@pytest.mark.parametrize("path", ["random", "pytest", "src__pytest", "yaml__part"])
def test_a_new_file_must_not_take_the_name_of_an_installed_module(path):
    scope = Scope(installed=frozenset({"pytest", "yaml"}))
    assert "takes the name of the installed module" in reason(scope, **{path: "x = 1\n"})


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "#noqa: F401",
        "# type: ignore[x]",
        "# pragma: no cover",
        "# guardloop: allow",
        "# guardloop: allow[duplication] wanted",
        "# fmt: off",
        "# pylint: disable=all",
        "# ruff: noqa",
        "# mypy: ignore-errors",
        "# pyright: basic",
        "# NOSEC",
    ],
)
def test_a_new_comment_that_switches_a_check_off_is_out_of_scope(comment):
    assert "switches a check off" in reason(pkg__a=TEXT.replace("+ 1", f"+ 1  {comment}"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[duplication] so", "[duplication, nil-pressure] so"),
        ("[duplication]", "[duplication] so"),
        ("[nil-pressure] x", "[duplication] x"),
    ],
)
def test_an_allowance_must_not_grow(before, after):
    texts = [f"def f():\n    return 1  # guardloop: allow{comment}\n" for comment in (before, after)]
    trees = [SourceTree({"a.py": text}) for text in texts]
    assert "a.py:2: allows" in Scope().check(Candidate(*trees)).reason


def test_an_allowance_must_not_be_put_to_other_code():
    comment = "  # guardloop: allow[duplication] so"
    code = "def f():{}\n    return 1\n\n\ndef g():{}\n    return 2\n"
    trees = [SourceTree({"a.py": code.format(*comments)}) for comments in ((comment, ""), ("", comment))]
    assert "a.py:5: allows duplication by a comment that was not there" in Scope().check(Candidate(*trees)).reason


def test_a_suppression_may_move_and_may_stand_in_a_string():
    before = SourceTree({"a.py": "x = 1  # noqa\n", "b.py": ""})
    after = SourceTree({"a.py": "y = '# noqa'\n", "b.py": "x = 1  # noqa\n"})
    assert Scope().check(Candidate(before, after)).outcome is Outcome.PASSED
    assert suppressions("x = '# noqa'  # type:  ignore # noqa\n") == {"type: ignore": 1, "noqa": 1}


@pytest.mark.parametrize(
    "code",
    [
        "exec('x = 1')",
        "run = eval",
        "__import__('os')",
        "globals()['a'] = 1",
        "builtins.exec('')",
        "importlib.import_module('os')",
    ],
)
def test_code_that_no_rule_can_read_is_out_of_scope(code):
    assert "hides code from every check" in reason(pkg__a=TEXT + code + "\n")


def test_compiling_a_pattern_is_not_hiding_code():
    assert reason(pkg__a="import re\n" + TEXT + "_A = re.compile('a')\n") == ""


def test_a_module_that_reaches_out_of_the_program_is_not_imported_anew():
    assert "imports subprocess, which reaches out" in reason(pkg__a="from subprocess import run\n" + TEXT)
    assert reason(pkg__a="import functools\nfrom . import os\n" + TEXT) == ""


def test_what_the_project_imports_elsewhere_may_move():
    before = SourceTree({"a.py": "import os\n", "b.py": "x = 1\n"})
    assert Scope().check(Candidate(before, before.replacing({"b.py": "import os.path\n"}))).outcome is Outcome.PASSED


def test_a_file_must_not_be_marked_as_generated():
    assert "marks a file as generated" in reason(pkg__a="# @generated\n" + TEXT)


SKETCH = Sketch(
    "duplication",
    "duplication:1",
    "function",
    "name it",
    {"pkg/a.py": TEXT},
    (Edit("pkg/a.py", 4, 5, (Hole("name", HoleKind.HELPER_NAME, frozenset({"g"}), prefix="_"),)),),
)


def sketched(text: str, after: str | None = None, **more: str) -> str:
    fill = Fill({"name": text}, 0.0, "scripted", 0)
    texts = {"pkg/a.py": after if after is not None else TEXT.replace("f(", f"{text}("), **more}
    return Scope().check(Candidate(TREE, TREE.replacing(texts), SKETCH, fill)).reason


def test_a_filled_sketch_is_in_scope():
    assert sketched("_sum") == ""


def test_whatever_differs_from_the_filled_sketch_is_not():
    assert sketched("_sum", TEXT.replace("f(", "_sum(").replace("1", "2")) == "changes pkg/a.py outside the sketch"
    assert sketched("_sum", **{"top.py": "x = 1\n"}) == "changes top.py outside the sketch"


def test_a_fill_that_is_more_than_a_name_is_not():
    assert sketched("_a(b): pass\ndef _c") == "hole name: '_a(b): pass\\ndef _c' is not a name"


@pytest.mark.parametrize(
    ("hole", "text", "problem"),
    [
        (Hole("h", HoleKind.IDENTIFIER), "class", "is not a name"),
        (Hole("h", HoleKind.IDENTIFIER, frozenset({"a"})), "a", "already means something"),
        (Hole("h", HoleKind.IDENTIFIER, choices=("a", "b")), "c", "is not one of its choices"),
        (Hole("h", HoleKind.HELPER_NAME, prefix="_"), "a", "does not begin with '_'"),
        (Hole("h", HoleKind.HELPER_NAME, words=2), "go", "has fewer than 2 words"),
        (Hole("h", HoleKind.EXPRESSION), "1; import os", "is not one expression"),
        (Hole("h", HoleKind.EXPRESSION), "1) + (2", ""),
        (Hole("h", HoleKind.EXPRESSION), "a + (b", "is not one expression"),
        (Hole("h", HoleKind.CONDITION), "a and b", ""),
        (Hole("h", HoleKind.LINES), "x = 1\ny = 2", ""),
    ],
)
def test_a_fill_must_be_what_its_hole_is_for(hole, text, problem):
    found = fill_problem(hole, text)
    assert problem in found
    assert bool(found) == bool(problem)
