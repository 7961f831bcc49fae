from __future__ import annotations

import math
import time

import pytest

from guardloop.gates.tests import Tests, judged
from guardloop.judgement import Outcome
from guardloop.preflight import Clean
from guardloop.sandbox import Limits, Run
from guardloop.test_run import TestRun

ORDER = ("t.py::a", "t.py::b")


def clean(**changes) -> Clean:
    given = {"passed": frozenset(ORDER), "order": ORDER, "flaky": (), "failing": (), "durations": {}, "seconds": 1.0}
    return Clean(**{**given, "limits": Limits(seconds=13), **changes})


def ended(outcomes=None, run=None, **changes) -> TestRun:
    outcomes = dict.fromkeys(ORDER, "passed") if outcomes is None else outcomes
    return TestRun(run or Run(0, ""), **{"collected": ORDER, "outcomes": outcomes, "status": 0, **changes})


def reason(run: TestRun, held: Clean | None = None) -> str:
    result = judged(run, held or clean(), (held or clean()).passed)
    assert result is None or result.outcome is Outcome.FAILED
    return result.reason if result else ""


def test_a_run_in_which_all_passed_tests_pass_again_is_sound():
    assert reason(ended()) == ""


def test_the_first_test_that_fails_is_named_with_its_error():
    run = ended({"t.py::a": "passed", "t.py::b": "failed"}, lines={"t.py::b": "assert 1 == 2 (t.py:3)"}, status=1)
    assert reason(run) == "t.py::b: assert 1 == 2 (t.py:3)"


def test_a_file_that_cannot_be_collected_any_more_is_named():
    run = ended({}, uncollected=("t.py",), lines={"t.py": "ImportError: no name f"}, status=2)
    assert reason(run) == "t.py: ImportError: no name f"


@pytest.mark.parametrize("outcomes", [{"t.py::a": "passed"}, {"t.py::a": "passed", "t.py::b": "skipped"}])
def test_a_test_that_is_no_longer_run_did_not_pass(outcomes):
    assert reason(ended(outcomes)).startswith("t.py::b: ")


@pytest.mark.parametrize("bound", ["seconds", "memory", "processes"])
def test_reaching_a_bound_is_never_a_pass(bound):
    assert reason(ended(run=Run(None, "", bound), running="t.py::b"))


def test_a_hang_names_the_test_and_the_time_it_took_before():
    run = ended(run=Run(None, "", "seconds"), running="t.py::b")
    assert reason(run) == "hangs in t.py::b: no end within 13 s, 1 s before"


def test_a_run_that_ends_early_with_success_did_not_pass():
    assert reason(ended({"t.py::a": "passed"}, status=None)) == "the test run broke off with code 0: "


def test_processes_that_stay_are_refused_unless_they_stayed_before():
    assert reason(ended(run=Run(0, "", left=1))) == "leaves 1 processes running"
    assert reason(ended(run=Run(0, "", left=1)), clean(left=1)) == ""


def test_a_command_without_single_tests_is_judged_by_its_exit_code():
    bare = clean(order=(), passed=frozenset())
    assert reason(TestRun(Run(0, "")), bare) == ""
    assert reason(TestRun(Run(1, "one\nFAILED (failures=1)\n")), bare).endswith("ends with 1: FAILED (failures=1)")


def test_long_errors_are_shortened():
    run = ended({"t.py::a": "failed"}, lines={"t.py::a": "x" * 1000}, status=1)
    assert len(reason(run)) < 200


def test_a_run_that_the_end_of_time_cuts_short_says_nothing(guards, change):
    class Endless:
        def run(self, slot, limits, **options):
            return TestRun(Run(None, "", "seconds", seconds=limits.seconds))

    for deadline, outcome in ((time.monotonic() + 2, Outcome.ERRORED), (math.inf, Outcome.FAILED)):
        gate = Tests(Endless(), lambda: guards.clean, guards.copies.slot, deadline)
        assert gate.check(change("return amount * rate", "return rate * amount")).outcome is outcome


def test_the_tests_that_reach_a_change_run_first(gates, change):
    result = gates["tests"].check(change("return name.strip()", "return name.lstrip()"))
    assert (result.outcome, result.details) == (Outcome.PASSED, {"affected": 0})
    result = gates["tests"].check(change("return amount * rate", "return rate * amount"))
    assert result.outcome is Outcome.PASSED


def test_a_candidate_that_hides_its_failure_behind_an_early_exit_is_refused(gates, change):
    result = gates["tests"].check(change("LIMIT = 100", "import os, sys\nif 'pytest' in sys.modules: os._exit(0)"))
    assert result.outcome is Outcome.FAILED
    assert "broke off" in result.reason
