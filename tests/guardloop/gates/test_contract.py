from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardloop.gates import GATES
from guardloop.gates.interface import Interface
from guardloop.gates.lint import Lint
from guardloop.gates.parses import Parses
from guardloop.gates.ratchet import Ratchet
from guardloop.gates.scope import Scope
from guardloop.gates.types import Types
from guardloop.judgement import Candidate, GateResult, Outcome, Verdict, decide
from guardloop.judging import every
from metrics.scorer import ScorerError

RESULTS = st.lists(st.builds(GateResult, st.sampled_from(GATES), st.sampled_from(Outcome)), max_size=8)
STRICTNESS = {Verdict.ACCEPTED: 0, Verdict.INCONCLUSIVE: 1, Verdict.REJECTED: 2}

WRONG = {
    "parses": ("return amount * rate", "return amount *"),
    "scope": ("LIMIT = 100", "LIMIT = 100  # noqa"),
    "interface": ("rate: int = 2", "rate: int = 3"),
    "ratchet": ("return amount * rate", "return rate * amount"),
    "lint": ("LIMIT = 100", "import os\n\nLIMIT = 100"),
    "types": ("return amount * rate", "return str(amount * rate)"),
    "tests": ("return amount * rate", "return amount + rate"),
}


def test_the_gates_of_a_project_are_all_there_in_order(guards):
    assert tuple(gate.name for gate in guards.gates) == GATES


def test_a_right_change_passes_every_gate(guards, merged):
    results = list(every(merged, guards.gates))
    assert [(result.gate, result.outcome, result.reason) for result in results] == [
        (name, Outcome.PASSED, "") for name in GATES
    ]
    assert decide(results) is Verdict.ACCEPTED


@pytest.mark.parametrize("name", GATES)
def test_each_gate_refuses_what_it_is_there_for_in_one_line(gates, change, name):
    result = gates[name].check(change(*WRONG[name]))
    assert (result.gate, result.outcome) == (name, Outcome.FAILED)
    assert result.reason
    assert "\n" not in result.reason


@pytest.mark.parametrize("name", GATES)
def test_a_gate_gives_the_same_answer_again(gates, change, name):
    candidate = change(*WRONG[name])
    first, second = gates[name].check(candidate), gates[name].check(candidate)
    assert (first.outcome, first.reason) == (second.outcome, second.reason)


class Missing:
    """Benches on which no tool can be started."""

    prefix = ""

    def bench(self, changes):
        raise ScorerError("no tool here")


def broken_measure(tree):
    raise ScorerError("no tool here")


@pytest.mark.parametrize(
    "gate",
    [
        Scope(),
        Interface(),
        Ratchet(broken_measure),
        Lint(Missing()),  # type: ignore[arg-type]
        Types(Missing(), "python"),  # type: ignore[arg-type]
    ],
    ids=lambda gate: gate.name,
)
def test_a_gate_that_cannot_tell_says_so(gate, change):
    unparsable = gate.name in ("scope", "interface")
    result = gate.check(change("return amount * rate", "return amount *" if unparsable else "return 1"))
    assert result.outcome is Outcome.ERRORED
    assert result.reason


def test_a_gate_that_compiles_elsewhere_believes_the_other_interpreter(change):
    gate = Parses(lambda texts: "shop.py:1: not in Python 3.8" if "shop.py" in texts else "")
    assert gate.check(change("LIMIT = 100", "LIMIT = 99")).reason == "shop.py:1: not in Python 3.8"
    assert gate.check(change()).outcome is Outcome.PASSED


@given(RESULTS, RESULTS)
def test_more_gates_never_turn_a_no_into_a_yes(results, more):
    if results:
        assert STRICTNESS[decide([*results, *more])] >= STRICTNESS[decide(results)]
    else:
        assert decide(results) is Verdict.INCONCLUSIVE


def test_gates_never_raise_for_what_a_candidate_holds(guards, shop_tree):
    for text in ("", "\0", "def", "(" * 500, "x = '\ud800'\n", "# coding: nonsense\n", "é = 1\n"):
        candidate = Candidate(shop_tree, shop_tree.replacing({"shop.py": text}))
        for gate in guards.gates[:4]:
            assert gate.check(candidate).outcome is not None
        assert decide(list(every(candidate, guards.gates[:4]))) is not Verdict.ACCEPTED
