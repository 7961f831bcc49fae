from __future__ import annotations

import ast
import textwrap

import pytest
from radon.visitors import ComplexityVisitor

from metrics.scorers.complexity import LIMIT, Complexity, cognitive_complexity, cyclomatic_complexity
from metrics.testing import score

CASES = {
    "nothing": ("return a", 0),
    "an if": ("if a:\n    pass", 1),
    "an elif and an else": ("if a:\n    pass\nelif b:\n    pass\nelse:\n    pass", 3),
    "nesting": ("for x in a:\n    if x:\n        while b:\n            pass", 6),
    "an else nests what it holds": ("if a:\n    pass\nelse:\n    for x in a:\n        pass", 4),
    "an elif does not nest deeper": ("if a:\n    pass\nelif b:\n    if c:\n        pass", 4),
    "a loop with an else": ("for x in a:\n    pass\nelse:\n    pass", 2),
    "each except": ("try:\n    pass\nexcept A:\n    pass\nexcept B:\n    pass", 2),
    "a try and its finally are free": ("try:\n    pass\nfinally:\n    pass", 0),
    "a match counts once": ("match a:\n    case 1:\n        pass\n    case 2:\n        pass", 1),
    "a conditional expression": ("return a if b else c", 1),
    "a run of like operators": ("return a and b and c and d", 1),
    "each change of operator": ("return a and b or c", 2),
    "an operator in a test": ("if a and b:\n    pass", 2),
    "a nested function is a level": ("def g():\n    if a:\n        pass\ng()\nreturn g", 2),
    "a lambda is a level": ("return sort(a, key=lambda x: x if x else b)", 2),
    "a decorator is no level": ("def g():\n    if a:\n        pass\nreturn g", 1),
    "recursion": ("return f(a) + self.f(b)", 2),
    "a comprehension is free": ("return [x for x in a if x]", 0),
}


@pytest.mark.parametrize(("body", "points"), CASES.values(), ids=CASES)
def test_points_are_those_of_the_definition(body, points):
    function = ast.parse(f"def f(a, b, c, d, self):\n{textwrap.indent(body, '    ')}\n").body[0]
    assert cognitive_complexity(function) == points


def nested(depth):
    return (
        "def f(a):\n"
        + "\n".join("    " * n + "if a:" for n in range(1, depth + 1))
        + "\n"
        + "    " * (depth + 1)
        + "a()"
    )


def test_a_function_at_the_limit_costs_nothing():
    assert score(Complexity(), nested(5)).cost == 15 - LIMIT


def test_what_is_over_the_limit_is_the_cost():
    finding = score(Complexity(), nested(6)).findings[0]
    assert finding.cost == 21 - LIMIT
    assert not finding.gated
    assert finding.evidence == {"cognitive": 21, "cyclomatic": 7}
    assert finding.message == "cognitive complexity 21, 7 paths"


def test_methods_are_named_by_their_class_and_nested_functions_count_for_the_outer_one():
    text = "class A:\n    def m(self):\n        def f(a):\n" + textwrap.indent(nested(6).split("\n", 1)[1], " " * 8)
    assert [site.symbol for finding in score(Complexity(), text).findings for site in finding.sites] == ["example:A.m"]


@pytest.mark.parametrize("body", [body for body, _ in CASES.values() if "def g" not in body], ids=str)
def test_paths_are_counted_as_radon_does(body):
    function = ast.parse(f"def f(a, b, c, d, self):\n{textwrap.indent(body, '    ')}\n").body[0]
    (radon,) = ComplexityVisitor.from_ast(function).functions
    assert cyclomatic_complexity(function) == radon.complexity
