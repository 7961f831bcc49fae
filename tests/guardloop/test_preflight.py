from __future__ import annotations

import ast
import sys
import textwrap

import pytest

from guardloop.copies import Copies
from guardloop.errors import GuardloopError
from guardloop.preflight import Clean, planted, preflight
from guardloop.project import Project
from guardloop.protection import strongest
from guardloop.sandbox import Sandbox
from guardloop.test_run import Runner
from metrics.discovery import discover
from metrics.source import SourceTree, Span

CODE = "def f(a):\n    return a + 1\n\n\ndef g(a):\n    return a + 2\n"
TESTS = "from code_ import f, g\n\n\ndef test_f():\n    assert f(1) == 2\n\n\ndef test_g():\n    assert g(1) == 3\n"
PYTEST = "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 pytest -q -p no:cacheprovider"


@pytest.fixture
def fly(repository):
    """Runs the preflight on a project of these files."""
    opened = []

    def run(
        files: dict[str, str], tests: str | None = PYTEST, layers: frozenset[str] | None = None, **options
    ) -> Clean:
        root = repository({"code_.py": CODE, **{path: textwrap.dedent(text) for path, text in files.items()}})
        project = Project.discover(root, tests=tests, python=sys.executable)
        sandbox = strongest()[0] if layers is None else Sandbox(layers)
        copies = Copies(project)
        opened.append(copies)
        runner = Runner(project, sandbox, copies.folder)
        return preflight(project, discover(root).tree, copies, runner, **options)

    yield run
    for copies in opened:
        copies.close()


@pytest.mark.parametrize("layers", [None, frozenset({"landlock"})], ids=["strongest", "landlock"])
def test_a_sound_suite_is_trusted_and_its_reach_is_known(fly, layers):
    clean = fly({"test_code.py": TESTS}, layers=layers)
    assert clean.passed == {"test_code.py::test_f", "test_code.py::test_g"}
    assert clean.order == ("test_code.py::test_f", "test_code.py::test_g")
    assert (clean.flaky, clean.failing, clean.notes) == ((), (), ())
    assert clean.map is not None
    tree = SourceTree({"code_.py": CODE})
    assert clean.map.affected(tree, tree.replacing({"code_.py": CODE.replace("a + 2", "2 + a")})) == {
        "test_code.py::test_g"
    }
    assert clean.limits.seconds > 10


def test_tests_that_differ_between_two_runs_of_the_same_tree_are_left_out(fly):
    flaky = (
        "import os\n\n\ndef test_flaky():\n"
        "    folder = os.path.dirname(os.environ['GUARDLOOP_REQUEST'])\n"
        "    assert os.path.basename(folder) == '0'\n"
    )
    clean = fly({"test_code.py": TESTS + "\n\n" + flaky})
    assert clean.flaky == ("test_code.py::test_flaky",)
    assert "test_code.py::test_flaky" not in {*clean.passed, *clean.order}
    assert clean.notes == ("1 flaky tests are left out, first test_code.py::test_flaky",)


def test_tests_that_fail_before_anything_changed_stop_the_run(fly):
    with pytest.raises(
        GuardloopError, match=r"1 of 3 fail on the untouched tree, first test_code.py::test_h: .*1 == 2"
    ):
        fly({"test_code.py": TESTS + "\n\ndef test_h():\n    assert 1 == 2\n"})


def test_failing_tests_can_be_allowed_and_are_named(fly):
    clean = fly({"test_code.py": TESTS + "\n\ndef test_h():\n    assert 1 == 2\n"}, allow_failing=True)
    assert clean.failing == ("test_code.py::test_h",)
    assert clean.left_out == ("test_code.py::test_h",)
    assert "test_code.py::test_h" not in clean.order


def test_tests_that_hang_stop_the_run_and_are_named(fly):
    hanging = "import time\n\n\ndef test_hang():\n    time.sleep(60)\n"
    with pytest.raises(
        GuardloopError, match=r"no end within 5 s on the untouched tree, last in test_code.py::test_hang"
    ):
        fly({"test_code.py": hanging}, seconds=5)


@pytest.mark.parametrize(("end", "code"), [("os._exit(0)", "0"), ("os.kill(os.getpid(), 9)", "-?[0-9]+")])
def test_a_test_that_ends_the_process_stops_the_run_and_is_named(fly, end, code):
    tests = TESTS + f"\n\ndef test_end():\n    import os\n\n    {end}\n"
    with pytest.raises(
        GuardloopError, match=f"the process ends in test_code.py::test_end with {code} on the untouched"
    ):
        fly({"test_code.py": tests})


def test_functions_of_one_line_that_are_only_defined_are_no_place_for_a_break(fly):
    tests = "def test_f():\n    import code_, small\n\n    assert code_.f(1) == 2\n"
    clean = fly({"small.py": "def a(x): return x\ndef b(x): return x + 1\n", "test_code.py": tests})
    assert clean.passed == {"test_code.py::test_f"}


def test_a_file_that_cannot_be_collected_stops_the_run(fly):
    with pytest.raises(GuardloopError, match=r"test_code.py cannot be collected.*no_such_module"):
        fly({"test_code.py": "import no_such_module\n"})


def test_a_project_without_tests_stops_the_run(fly):
    with pytest.raises(GuardloopError, match=r"no tests found \(no pytest configuration.*--tests"):
        fly({}, tests=None)


def test_a_suite_in_which_nothing_is_collected_stops_the_run(fly):
    with pytest.raises(GuardloopError, match="found no tests"):
        fly({"test_code.py": "x = 1\n"})


def test_an_interpreter_without_pytest_is_named(fly):
    with pytest.raises(GuardloopError, match=r"did not run \(.*pytest.*is pytest installed for"):
        fly({"test_code.py": TESTS}, tests="python -I -S -m pytest")


def test_tests_of_another_copy_do_not_notice_a_break_and_are_not_trusted(fly):
    # The tests see the planted text but never call it: they carry their own copy of the function.
    tests = "import code_\n\n\ndef f(a):\n    return a + 1\n\n\ndef test_f():\n    assert f(1) == 2\n    try:\n"
    tests += "        code_.f(1)\n    except BaseException:\n        pass\n"
    with pytest.raises(GuardloopError, match=r"a break planted in code_\.py:1 was not noticed"):
        fly({"test_code.py": tests})


def test_tests_that_reach_nothing_of_the_judged_code_are_not_trusted(fly):
    with pytest.raises(GuardloopError, match="reaches any function of the judged code"):
        fly({"test_code.py": "def test_nothing():\n    assert True\n"})


def test_a_command_other_than_pytest_is_judged_by_its_exit_code(fly):
    code = "from code_ import f\nraise SystemExit(f(1) != 2)\n"
    clean = fly({"run_tests.py": code}, tests="python run_tests.py")
    assert clean.order == ()
    assert clean.map is None


def test_a_command_that_fails_before_anything_changed_stops_the_run(fly):
    with pytest.raises(GuardloopError, match="ends with 3 on the untouched tree"):
        fly({"run_tests.py": "raise SystemExit(3)\n"}, tests="python run_tests.py")


PLANTS = [
    "def f(): return 1\n",
    "def f():\n    '''Doc\n    more.'''\n    return 1\n",
    "def f():\n    @property\n    def g(): pass\n",
    "def f(\n    a,\n):  # why\n    if a:\n        return 'é' if a else 2\n",
    "class A:\n\tasync def f(self):\n\t\tfor x in y: pass\n",
    "def f():\r\n    return 1\r\n",
    "x = 1\x0c\ndef f():\n    return 1\n",
]


@pytest.mark.parametrize("text", PLANTS)
def test_a_break_can_be_planted_in_any_function(text):
    tree = SourceTree({"a.py": text})
    broken = planted(tree, (Span("a.py", 1, 99),))["a.py"]
    assert broken is not None
    functions = [n for n in ast.walk(ast.parse(broken)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert functions
    assert all(isinstance(function.body[0], ast.Raise) for function in functions)
