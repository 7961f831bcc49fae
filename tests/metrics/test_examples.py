from __future__ import annotations

import marshal
from dataclasses import asdict

import pytest

from metrics.facts import gather, parse
from metrics.scorers import SCORERS
from metrics.source import SourceTree
from metrics.testing import Costs, Refuses, Rewards, examples, failure, score, tree

CASES = [
    pytest.param(scorer, example, id=f"{rule}-{type(example).__name__.lower()}-{number}")
    for rule, scorer in SCORERS.items()
    for number, example in enumerate(examples(scorer))
]
MEASURED = [
    pytest.param(*case.values, id=case.id)
    for case in CASES
    if isinstance(case.values[1], Costs) and case.values[1].costs
]


@pytest.mark.parametrize(("scorer", "example"), CASES)
def test_every_example_of_a_scorer_holds(scorer, example):
    assert failure(scorer, example) is None


@pytest.mark.parametrize("rule", [rule for rule, scorer in SCORERS.items() if scorer.gated])
def test_a_scorer_that_can_fail_a_check_shows_what_it_costs_rewards_and_refuses(rule):
    kinds = {type(example) for example in examples(SCORERS[rule])}
    assert kinds == {Costs, Rewards, Refuses}


@pytest.mark.parametrize("rule", list(SCORERS))
def test_every_scorer_documents_itself_in_the_sections_that_explain_prints(rule):
    doc = __import__(type(SCORERS[rule]).__module__, fromlist=["__doc__"]).__doc__
    assert all(f"\n## {section}\n" in doc for section in ("Why it matters", "Known limits", "References"))


@pytest.mark.parametrize(("scorer", "example"), MEASURED)
def test_lines_that_move_change_neither_costs_nor_identities(scorer, example):
    before = tree(example.code)
    moved = SourceTree({path: "# moved\n\n" + text for path, text in before.texts.items()})
    assert [(f.id, f.cost) for f in score(scorer, before).findings] == [
        (f.id, f.cost) for f in score(scorer, moved).findings
    ]


@pytest.mark.parametrize(("scorer", "example"), MEASURED)
def test_facts_survive_the_cache_and_are_the_same_each_time(scorer, example):
    for text in tree(example.code).texts.values():
        facts = [gather(parse(text), {scorer.rule: scorer}).readings for _ in range(2)]
        assert facts[0] == facts[1] == marshal.loads(marshal.dumps(facts[0]))


@pytest.mark.parametrize(("scorer", "example"), MEASURED)
def test_findings_come_worst_first_and_bear_their_rule(scorer, example):
    found = score(scorer, example.code).findings
    assert [f.cost for f in found] == sorted((f.cost for f in found), reverse=True)
    assert {f.rule for f in found} == {scorer.rule}
    assert len({f.id for f in found}) == len(found)
    assert all(f.sites and f.message and f.cost > 0 for f in found)
    assert all(marshal.loads(marshal.dumps(asdict(f))) == asdict(f) for f in found)


def test_an_example_that_does_not_hold_says_what_was_expected():
    scorer = SCORERS["complexity"]
    code = "def f(x):\n    return x\n"
    assert failure(scorer, Costs(code, {1: 3})) == "expected costs {('example.py', 1): 3}, got {}"
    assert failure(scorer, Rewards(code, code)) == "expected a lower cost than 0, got 0"
    assert failure(scorer, Refuses(code, code)) == "expected a cost to refuse a rewrite of, got 0"
