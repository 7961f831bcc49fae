from __future__ import annotations

from metrics.scorers.dispatch import EXAMPLES, Dispatch
from metrics.testing import score


def findings(number):
    return score(Dispatch(), EXAMPLES[number].code).findings


def test_classes_of_the_program_are_asked_for():
    (finding,) = findings(0)
    assert not finding.gated
    assert finding.evidence["labels"] == ["Circle", "Square"]
    assert "3 times in 2 functions (Circle, Square)" in finding.message


def test_members_are_compared_with():
    (finding,) = findings(2)
    assert finding.evidence["labels"] == ["Mode.FAST"]
    assert [site.line for site in finding.sites] == [6, 10, 14]


def test_types_of_the_language_are_left_to_type_pressure():
    code = EXAMPLES[0].code.replace("Circle)", "str)").replace("Square)", "bytes)")
    assert score(Dispatch(), code).findings == ()
