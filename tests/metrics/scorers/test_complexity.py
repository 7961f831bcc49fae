from __future__ import annotations

import ast
import sysconfig
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from radon.visitors import ComplexityVisitor

from metrics.encoding import decode
from metrics.facts import parse
from metrics.scorers.complexity import LIMIT, Complexity, outermost
from metrics.scorers.complexity.points import cognitive_complexity, cyclomatic_complexity
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
    "an operator within one of its kind": ("return a and (b and c)", 1),
    "recursion, once": ("return f(a) + f(b)", 1),
    "a conditional expression within another": ("return a if b else (c if d else a)", 3),
    "a conditional expression in what nests": ("while a:\n    b = g(c if d else a)", 3),
    "a conditional expression in the header of a loop": ("for x in (a if b else c):\n    pass", 2),
    "a case": ("match a:\n    case 1 if b:\n        if c:\n            pass", 3),
    "a with is no level": ("with a:\n    if b:\n        pass", 1),
    "a method of a nested class": (
        "if a:\n    class A:\n        def g(self):\n            if a:\n                pass",
        2,
    ),
    "an else of a try": ("try:\n    pass\nexcept A:\n    pass\nelse:\n    if a:\n        pass", 4),
    "an else that holds but an if": ("if a:\n    pass\nelse:\n    if b:\n        pass", 2),
    "an operator that parts a run": ("return a or b and c or d", 3),
    "a run that parentheses keep whole": ("return a and (b or c) and d", 2),
    "what a decorator returns but a name is a level": ("def g():\n    if a:\n        pass\nreturn g()", 2),
    "a comprehension is free": ("return [x for x in a if x]", 0),
}


def only(text):
    (scopes,) = outermost(parse(text).scopes)
    nodes = {}
    for scope in scopes:
        for kind, some in scope.nodes.items():
            nodes.setdefault(kind, []).extend(some)
    return scopes[0].node, nodes


@pytest.mark.parametrize(("body", "points"), CASES.values(), ids=CASES)
def test_points_are_those_of_the_definition(body, points):
    assert cognitive_complexity(*only(f"def f(a, b, c, d, self):\n{textwrap.indent(body, '    ')}\n")) == points


def test_only_a_method_calls_itself_by_its_object():
    assert cognitive_complexity(*only("def f(self):\n    self.f()\n")) == 0
    (method,) = outermost(parse("class A:\n    def f(self):\n        f()\n        self.f()\n").scopes)
    assert cognitive_complexity(method[0].node, method[0].nodes, {"self", "A"}) == 1
    (other,) = outermost(parse("class A:\n    def f(self):\n        f()\n").scopes)
    assert cognitive_complexity(other[0].node, other[0].nodes, {"self", "A"}) == 0


def test_a_conditional_expression_in_a_default_counts():
    assert cognitive_complexity(*only("def f(a=1 if b else 2):\n    pass\n")) == 1


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
    assert finding.evidence == {"cognitive": 21, "cyclomatic": 7, "names": 1, "calls": 1}
    assert finding.message == "cognitive complexity 21, 7 paths, 1 names, 1 calls"


def section(whole, one, items):
    """A block that takes two names of the function's and gives one."""
    return f"""\
    {whole} = 0
    for {one} in {items}:
        if {one}.size > limit and {one}.name:
            {whole} += price({one}.size, {one}.name)
        elif {one}.age:
            warn({one}.age, {one}.name)
        elif {one}.weight > limit and {one}.parcel:
            {whole} += carry({one}.weight, {one}.parcel)
"""


FIRST, SECOND, THIRD = (
    section(*names) for names in (("total", "item", "items"), ("rest", "other", "others"), ("more", "late", "delayed"))
)


def bill(*sections):
    return "def bill(items, others, delayed, limit):\n" + "".join(sections) + "    return save(total, rest, more)\n"


def test_a_function_costs_what_its_best_block_saves_times_its_entanglement():
    (finding,) = score(Complexity(), bill(FIRST, SECOND, THIRD)).findings
    block = finding.evidence["block"]
    assert (block["takes"], block["gives"]) == (["items", "limit"], ["total"])
    assert (block["line"], block["end_line"]) == (2, 9)
    entanglement = finding.evidence["cyclomatic"] * (finding.evidence["names"] + finding.evidence["calls"])
    over = finding.evidence["cognitive"] - LIMIT
    assert finding.cost == over + entanglement * (block["nodes"] - 8 * (1 + 3)) // 4000 > over
    assert finding.message == (
        "cognitive complexity 21, 19 paths, 10 names, 10 calls; "
        "lines 2 to 9 could best stand alone, with 2 names in and 1 out"
    )


def test_taking_a_function_apart_pays():
    part = f"def bill_some(items, limit):\n{FIRST}    return total\n\n\n"
    apart = part + bill("    total = bill_some(items, limit)\n", SECOND, THIRD)
    assert score(Complexity(), apart).cost < score(Complexity(), bill(FIRST, SECOND, THIRD)).cost


def test_no_block_is_looked_for_in_what_nobody_wrote_by_hand():
    text = "def f(a):\n" + "    if a:\n        g(a)\n" * 4000
    assert "block" not in score(Complexity(), text).findings[0].evidence


def test_what_decides_little_costs_nothing_however_long_it_is():
    text = "def f(a):\n" + "".join(f"    b{n} = a.call{n}(a, {n})\n" for n in range(12)) + "    return b0\n"
    assert score(Complexity(), text).cost == 0


def test_methods_are_named_by_their_class_and_nested_functions_count_for_the_outer_one():
    text = "class A:\n    def m(self):\n        def f(a):\n" + textwrap.indent(nested(6).split("\n", 1)[1], " " * 8)
    assert [site.symbol for finding in score(Complexity(), text).findings for site in finding.sites] == ["example:A.m"]


RENAMED = {"a": "zeta", "b": "alpha"}


@given(
    st.lists(
        st.sampled_from([body for body, _ in CASES.values() if "return" not in body]),
        min_size=4,
        max_size=9,
    )
)
def test_names_and_form_change_nothing(bodies):
    text = f"def f(a, b, c, d, self):\n{textwrap.indent(chr(10).join(bodies), '    ')}\n"
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = RENAMED.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = RENAMED.get(node.arg, node.arg)
    form = ast.unparse(tree).replace("\n", "  # why\n\n")
    assert score(Complexity(), form).cost == score(Complexity(), text).cost


def test_paths_are_counted_as_radon_does():
    compared = 0
    for path in sorted(Path(sysconfig.get_path("stdlib"), "email").rglob("*.py")):
        module = parse(decode(path.read_bytes()))
        for scopes in outermost(module.scopes):
            if len(scopes) == 1:
                (radon,) = ComplexityVisitor.from_ast(scopes[0].node).functions
                assert cyclomatic_complexity(scopes[0].nodes) == radon.complexity, scopes[0].qualname
                compared += 1
    assert compared > 400
