import ast
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.naming.legal import is_legal
from engine.protocol import Hole, HoleKind
from engine.training.mutation import mutated
from engine.training.sites import Page, Rates
from engine.training.statements import everything, statement_sites

CODE = """
def bill(orders, limit=3, *, name="all"):
    total = 0
    for order in orders:
        if order.price > limit and not order.is_paid:
            total += order.price * 2
            orders.remove(order, name)
    label = f"bill of {name}"
    print(label, total)
    return total
"""


def put_back(site):
    return "".join(part if isinstance(part, str) else site.texts[part.index] for part in site.parts(CODE.encode()))


@given(st.integers(0, 300))
def test_statements_are_legal_texts_of_their_kind_and_give_the_file_back(seed):
    found = list(statement_sites(Page(CODE), Rates.full(), random.Random(seed)))
    assert {HoleKind.LITERAL, HoleKind.LINE, HoleKind.LINES} <= {site.kind for site in found}
    for site in found:
        assert put_back(site) == CODE
        assert is_legal(Hole("hole", site.kind), site.texts[0])
        lines = site.texts[0].count("\n") + 1
        assert 2 <= lines <= 4 if site.kind is HoleKind.LINES else lines == 1


@given(st.integers(0, 300))
def test_a_mutant_differs_parses_and_has_only_words_of_its_function(seed):
    page, rng = Page(CODE), random.Random(seed)
    function = page.tree.body[0]
    node = rng.choice(
        [child for child in ast.walk(function) if isinstance(child, ast.Compare | ast.Assign | ast.Return)]
    )
    mutant = mutated(page, node, function, rng)
    assert mutant is not None
    start, end = page.span(node)
    assert mutant != CODE[start:end]
    ast.parse(mutant)
    words = {child.id for child in ast.walk(ast.parse(mutant)) if isinstance(child, ast.Name)}
    assert words <= {child.id for child in ast.walk(function) if isinstance(child, ast.Name)} | {
        "orders",
        "limit",
        "name",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x < y", {"x <= y", "x > y", "y < y", "x < x"}),
        ("x and y", {"x or y", "y and y", "x and x"}),
        ("not x", {"x", "not y"}),
        ("x(1)", {"x(2)", "x(0)", "y(1)"}),
        ("x is None", {"x is not None", "x == None", "x is False", "y is None"}),
        ("x(y, x)", {"x(x, y)", "x(y)", "y(y, x)", "x(x, x)", "x(y, y)"}),
    ],
)
def test_every_small_fault_occurs(text, expected):
    page = Page(f"def f(x, y):\n    return {text}\n")
    function = page.tree.body[0]
    node = function.body[0].value
    found = {mutated(page, node, function, random.Random(seed)) for seed in range(400)}
    assert expected <= found


def test_rates_of_nought_open_nothing_and_full_rates_every_task():
    assert not list(statement_sites(Page(CODE), Rates(*[0.0] * 12), random.Random(0)))
    kinds = {site.kind for seed in range(9) for site in everything(Page(CODE), random.Random(seed))}
    assert kinds == set(HoleKind)
