from __future__ import annotations

from metrics.scorers.decision_pressure import EXAMPLES, DecisionPressure
from metrics.testing import score

CHOSEN = EXAMPLES[0].code


def findings(code):
    return score(DecisionPressure(), code).findings


def test_choices_are_the_same_whatever_their_subjects_are_called():
    (finding,) = findings(CHOSEN)
    assert not finding.gated
    assert finding.evidence["labels"] == ["'circle'", "'line'", "'square'"]
    assert [site.role for site in finding.sites] == ["choice"] * 3


def test_a_choice_with_too_many_labels_of_its_own_is_another():
    more = "".join(f'        elif shape.kind == "kind{n}":\n            return {n}\n' for n in range(4))
    start = CHOSEN.index("\n    def length")
    (finding,) = findings(CHOSEN[:start] + more + CHOSEN[start:])
    assert finding.evidence["choices"] == [["example.py", "length", "kind", 3], ["example.py", "draw", "kind", 3]]


def test_choices_between_numbers_only_are_left_out():
    code = CHOSEN.replace('"square"', "3").replace('"circle"', "4").replace('"line"', "5")
    assert findings(code.replace('"arc"', "6").replace('"disc"', "7").replace('"ray"', "8")) == ()


def test_one_function_that_chooses_twice_is_no_pressure():
    assert findings(CHOSEN[: CHOSEN.index("\n    def length")]) == ()
