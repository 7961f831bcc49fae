from __future__ import annotations

from guardloop.gates import lint, types
from guardloop.judgement import Outcome
from metrics.tools.complaint import Complaint

OLD = [Complaint("a.py", 1, "E1", "one"), Complaint("a.py", 5, "E1", "one"), Complaint("b.py", 2, "E2", "two")]


def test_complaints_that_move_are_not_new():
    moved = [Complaint("c.py", 9, complaint.code, complaint.message) for complaint in reversed(OLD)]
    assert lint.first_new(OLD, moved) == ""
    assert types.first_new(OLD, moved) == ""


def test_complaints_may_vanish():
    assert lint.first_new(OLD, OLD[1:]) == ""
    assert types.first_new(OLD, []) == ""


def test_one_more_of_a_kind_is_new_and_named():
    more = [*OLD, Complaint("c.py", 3, "E1", "three")]
    assert lint.first_new(OLD, more) == "c.py:3: E1 three"
    assert types.first_new(OLD, more) == "c.py:3: three [E1]"


def test_a_lint_finding_that_is_only_renamed_is_not_new_but_another_type_error_is():
    renamed = [*OLD[:2], Complaint("b.py", 2, "E2", "deux")]
    assert lint.first_new(OLD, renamed) == ""
    assert types.first_new(OLD, renamed) == "b.py:2: deux [E2]"


def test_a_suppression_hides_nothing_from_the_linter(gates, change):
    result = gates["lint"].check(change("LIMIT = 100", "import os  # noqa\n\nLIMIT = 100"))
    assert result.outcome is Outcome.FAILED
    assert "F401" in result.reason


def test_an_error_in_a_file_that_uses_the_changed_one_counts(guards, gates, change):
    candidate = change(other="from shop import price\n\n\ndef twice(n: int) -> int:\n    return price(n) * 2\n")
    assert gates["types"].check(candidate).outcome is Outcome.PASSED
    worse = change(
        "def price(amount: int, rate: int = 2) -> int:",
        "def price(amount: int, rate: int = 2) -> object:",
        other="from shop import price\n\n\ndef twice(n: int) -> int:\n    return price(n) * 2\n",
    )
    assert "other.py:5" in gates["types"].check(worse).reason
