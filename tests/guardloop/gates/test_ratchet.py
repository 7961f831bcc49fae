from __future__ import annotations

import pytest

from engine.protocol import Sketch
from guardloop.gates.mass import mass
from guardloop.gates.ratchet import Ratchet
from guardloop.gates.rises import rises
from guardloop.judgement import Candidate, Outcome
from metrics.measure import Measurement, measure
from metrics.scorer import Finding, Score, Site
from metrics.source import SourceTree, Unparsed

LONG, SHORT = "def f(a):\n    if a:\n        return 1\n    return 2\n", "def f(a):\n    return 3\n"


def measured(costs, unparsed=(), line=1):
    """A measurement with one finding for each rule, at this line."""
    site = Site("a.py", line, line, "a")
    scores = {rule: Score(rule, (Finding(f"{rule}:1", rule, cost, "m", (site,)),)) for rule, cost in costs.items()}
    return Measurement(scores, tuple(unparsed), 1, 1)


def reason(before, after, predicted=None, rule="duplication", texts=(LONG, SHORT), unparsed=(), line=2):
    """The gate's answer where the costs are `before` and `after`; without a prediction the change is a given one.

    The findings after the change are at `line`, of which the second one is new and the first one is not.
    """
    trees = [SourceTree({"a.py": text}) for text in texts]
    answers = {trees[0].digest: measured(before), trees[1].digest: measured(after, unparsed, line)}
    sketch = None if predicted is None else Sketch(rule, f"{rule}:1", "function", "", {}, (), predicted)
    result = Ratchet(lambda tree: answers[tree.digest]).check(Candidate(trees[0], trees[1], sketch))
    assert (result.outcome is Outcome.PASSED) == (not result.reason)
    assert result.details["costs_before"] == before
    return result.reason


def test_half_of_what_a_sketch_predicted_is_enough():
    assert reason({"duplication": 40}, {"duplication": 20}, predicted=40) == ""
    assert reason({"duplication": 40}, {"duplication": 21}, predicted=40) == (
        "duplication falls by 19, less than 20, half of what was predicted"
    )


def test_a_fall_of_duplication_below_five_nodes_says_nothing():
    assert "falls by 4, less than 5" in reason({"duplication": 40}, {"duplication": 36}, predicted=2)
    assert reason({"reification-miss": 4}, {"reification-miss": 2}, predicted=2, rule="reification-miss") == ""


def test_no_other_rule_may_pay():
    before = {"duplication": 40, "reification-miss": 3}
    assert reason(before, {"duplication": 0, "reification-miss": 4}, predicted=40) == "reification-miss rises by 1"


def test_what_was_there_before_is_no_rise_however_it_is_counted_now():
    before, after = {"duplication": 40, "type-pressure": 3}, {"duplication": 0, "type-pressure": 9}
    assert reason(before, after, predicted=40, line=1) == ""
    assert reason(before, after, predicted=40, line=2) == "type-pressure rises by 6"


def test_two_functions_that_share_a_helper_may_have_their_few_checks_counted_together():
    body = "    if isinstance(value, str):\n        value = value.strip()\n    value = str(value)\n    return value\n"
    before = f"def one(value):\n{body}\n\ndef two(value):\n{body}"
    calls = "\n\n".join(f"def {name}(value):\n    return _text(value)\n" for name in ("one", "two"))
    after = f"def _text(value):\n{body}\n\n{calls}"
    worse = after.replace(
        "    return _text(value)\n",
        "    value = int(value) if isinstance(value, int) else value\n    return _text(value)\n",
    )
    trees = [SourceTree({"a.py": text}) for text in (before, after, worse)]
    costs = [measure(tree) for tree in trees]
    assert [*rises(*trees[:2], costs[0].costs, (costs[0], costs[1]))] == []
    assert "type-pressure" in dict(rises(trees[0], trees[2], costs[0].costs, (costs[0], costs[2])))


def test_a_rise_of_duplication_below_five_nodes_is_noise():
    before = {"duplication": 40, "reification-miss": 9}
    after = {"duplication": 44, "reification-miss": 0}
    assert reason(before, after, predicted=9, rule="reification-miss") == ""
    assert "duplication rises by 5" in reason(
        before, {**after, "duplication": 45}, predicted=9, rule="reification-miss"
    )


def test_information_may_rise():
    assert reason({"duplication": 40, "complexity": 1}, {"duplication": 0, "complexity": 9}, predicted=40) == ""


def test_of_a_given_change_the_gated_cost_as_a_whole_falls():
    assert reason({"duplication": 40, "complexity": 5}, {"duplication": 30, "complexity": 5}) == ""
    assert "no gated cost falls: 40 before, 40 after" in reason(
        {"duplication": 40, "complexity": 5}, {"duplication": 40, "complexity": 0}
    )


def test_a_fall_without_less_code_is_no_gain():
    assert "no less code" in reason({"duplication": 40}, {"duplication": 0}, predicted=40, texts=(SHORT, LONG))


def test_breaking_a_file_never_pays():
    broken = [Unparsed("a.py", 2, "invalid syntax")]
    assert reason({"duplication": 40}, {"duplication": 0}, predicted=40, unparsed=broken).startswith("a.py:2")


@pytest.mark.parametrize(
    ("text", "nodes", "decisions"),
    [
        ("x = 1\n", 3, 0),
        ('"""Documented."""\nx = 1\n', 3, 0),
        ("x: int = 1\n", 3, 0),
        ("import os\nfrom a import b\n", 0, 0),
        ("if a and b or c:\n    pass\n", 7, 3),
        ("x = [y for y in z if y]\n", 8, 1),
    ],
)
def test_mass_counts_what_is_read_and_decided(text, nodes, decisions):
    assert mass(text) == (nodes, decisions)


def test_formatting_and_comments_weigh_nothing():
    assert mass(LONG) == mass("# why\n" + LONG.replace("    ", "\t").replace("(a)", "( a , )"))
