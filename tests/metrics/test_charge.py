"""A change pays for what it adds, and for nothing else."""

from __future__ import annotations

import ast
import random
import textwrap

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from twins import twins

from metrics.charge import Charged, charge, free, is_free, share, worth
from metrics.difference import difference
from metrics.measure import measure
from metrics.scorers import SCORERS
from metrics.source import SourceTree

GATED = tuple(rule for rule, scorer in SCORERS.items() if scorer.gated)
STATEMENTS = (
    "third = load(second)",
    "first.append(second.name)",
    "log.write('found', first, second)",
    "if first is None:\n    return second",
    "if first.ready and not second.closed:\n    third = first.next(second)\n    second.seen = True",
    "for third in second.items():\n    fourth.add(third)\n    if third.kind == 'x':\n        break",
    "try:\n    first = open(second)\nexcept OSError as error:\n    report(error, second)\n    raise",
    "while first and second:\n    first = first.parent\nelse:\n    second = f'{third}: {first.size}'",
    "third = [x.name for x in second if x.ready and not x.closed]",
    "fourth = second.get('kind') or {}",
)


@st.composite
def bodies(draw: st.DrawFn) -> str:
    statements = draw(st.lists(st.sampled_from(STATEMENTS), min_size=2, max_size=7))
    lines = [line for statement in statements for line in statement.split("\n")]
    return "\n".join("    " + line for line in ["third = fourth = 0", *lines, "return third, fourth"])


@st.composite
def function_lists(draw: st.DrawFn) -> list[str]:
    found = draw(st.lists(bodies(), min_size=2, max_size=5))
    return [f"def do_{n}(first, second):\n{body}\n" for n, body in enumerate(found)]


def text(functions: list[str]) -> str:
    return "\n\n".join(functions)


def charged(before: dict[str, str], after: dict[str, str]) -> Charged:
    sides = SourceTree(before), SourceTree(after)
    change, measured = difference(*sides), measure(sides[1])
    found = charge(measure(sides[0]), measured, change, GATED)
    if is_free(measured, change, GATED):
        assert found == free(GATED)
    return found


def costs_nothing(found: Charged) -> bool:
    return not found.findings and not any(found.charges.values())


@settings(max_examples=30)
@given(function_lists())
def test_an_unchanged_tree_is_charged_nothing(functions: list[str]) -> None:
    tree = {"pkg/a.py": text(functions)}
    assert costs_nothing(charged(tree, tree))


@settings(max_examples=30)
@given(function_lists())
def test_formatting_is_charged_nothing(functions: list[str]) -> None:
    before = text(functions)
    formatted = before.replace("(first, second):", "(\n    first,  # given\n    second,\n):").replace("    ", "  ")
    assert costs_nothing(charged({"a.py": before}, {"a.py": formatted}))
    assert costs_nothing(charged({"a.py": formatted}, {"a.py": ast.unparse(ast.parse(before))}))


@settings(max_examples=40)
@given(function_lists(), st.integers(0, 1000), st.integers(1, 3))
def test_moving_code_is_charged_nothing(functions: list[str], seed: int, count: int) -> None:
    order = random.Random(seed).sample(functions, len(functions))
    files = {f"pkg/m{n}.py": text(order[n::count]) for n in range(count)}
    assert costs_nothing(charged({"pkg/a.py": text(functions)}, files))
    assert costs_nothing(charged(files, {"pkg/m0.py": text(functions)}))


@settings(max_examples=30)
@given(function_lists())
def test_another_name_for_the_same_thing_all_over_is_charged_nothing(functions: list[str]) -> None:
    before = text(functions)
    after = before.replace("third", "interim").replace("first", "initial").replace(".ready", ".done")
    found = charged({"a.py": before}, {"a.py": after})
    assert set(found.charges.values()) == {0}


@settings(max_examples=40)
@given(function_lists(), function_lists())
def test_adding_and_taking_back_sum_to_nothing(functions: list[str], more: list[str]) -> None:
    before = {"a.py": text(functions)}
    after = {**before, "b.py": text([function.replace("do_", "make_") for function in more])}
    there, back = charged(before, after), charged(after, before)
    assert there.charges == {rule: -amount for rule, amount in back.charges.items()}


@settings(max_examples=40)
@given(function_lists(), function_lists())
def test_the_order_of_files_never_matters(before: list[str], after: list[str]) -> None:
    was = {f"m{n}.py": function for n, function in enumerate(before)}
    now = {f"m{n}.py": function for n, function in enumerate(after)}
    assert charged(was, now) == charged(dict(reversed(was.items())), dict(reversed(now.items())))


@settings(max_examples=40)
@given(bodies(), st.integers(1, 4))
def test_more_copies_are_never_charged_less(body: str, count: int) -> None:
    def copies(n: int) -> str:
        return text([f"def do_{i}(first, second):\n{body}\n" for i in range(n)])

    before = {"a.py": copies(1)}
    fewer, more = (charged(before, {"a.py": copies(1 + n)}) for n in (count, count + 1))
    for rule in GATED:
        assert more.charges[rule] >= fewer.charges[rule], rule


@given(st.integers(0, 500), st.integers(1, 12), st.integers(1, 12))
def test_a_share_is_at_most_the_cost_and_grows_with_the_new_sites(cost: int, new: int, sites: int) -> None:
    assume(new <= sites)
    assert 0 <= share(cost, new - 1, sites) <= share(cost, new, sites) <= cost
    assert share(cost, sites, sites) == cost
    assert share(cost, 0, sites) == 0


def test_the_second_copy_is_charged_in_full_and_the_third_by_half() -> None:
    second = charged({"a.py": twins("one")}, {"a.py": twins("one", "two")})
    third = charged({"a.py": twins("one", "two")}, {"a.py": twins("one", "two", "three")})
    (found,) = second.findings
    assert (found.charge, found.new_sites) == (worth(found.finding), (1,))
    (found,) = third.findings
    assert found.new_sites == (2,)
    assert found.charge == share(worth(found.finding), 1, 3)


DIFFERING = """\
def {name}(rows, limit):
    total = start({first}, limit)
    for row in rows:
        if row.price > limit and row.kind == {first}:
            total += row.price * {second}
        else:
            total -= row.price + {third}
    show(total, {third})
    return total
"""


def test_a_copy_is_charged_at_most_what_one_function_in_its_place_would_save() -> None:
    one, two = (DIFFERING.format(name=f"of_{n}", first=n, second=n + 1, third=n + 2) for n in (1, 4))
    equal = charged({"a.py": one}, {"a.py": text([one, one.replace("of_1", "of_4")])})
    differing = charged({"a.py": one}, {"a.py": text([one, two])})
    (found,) = (one for one in differing.findings if one.finding.rule == "duplication")
    assert found.charge == found.finding.evidence["saving"] < found.finding.cost
    # Each place where the copies differ is a parameter more, and an argument of each call.
    assert differing.charges["duplication"] < equal.charges["duplication"]


def test_taking_one_of_two_copies_away_pays_for_as_much() -> None:
    there = charged({"a.py": twins("one", "two")}, {"a.py": twins("one")})
    back = charged({"a.py": twins("one")}, {"a.py": twins("one", "two")})
    assert there.charges["duplication"] == -back.charges["duplication"] < 0
    assert there.findings == ()


SMALL = """\
def {name}(self, given):
    text = self.{name}.strip()
    if self.deprecated:
        note = f"(DEPRECATED: {{self.deprecated}})" if isinstance(self.deprecated, str) else "(DEPRECATED)"
        text = _("{{text}} {{note}}").format(text=text, note=note)
    return {name}_of(text, given)
"""
LARGER = """\
def {name}(self, given):
    text = self.{name}.strip()
    if self.deprecated:
        label = _("deprecated").upper()
        note = f"({{label}}: {{self.deprecated}})" if isinstance(self.deprecated, str) else f"({{label}})"
        text = f"{{_(text)}} {{note}}"
    return {name}_of(text, given)
"""


def test_an_edit_of_both_copies_pays_for_what_it_makes_of_them_only() -> None:
    def twice(template: str) -> dict[str, str]:
        return {"a.py": text([template.format(name=name) for name in ("short", "long")])}

    nothing = {"a.py": "x = 1\n"}
    edited = charged(twice(SMALL), twice(LARGER)).charges["duplication"]
    written = charged(nothing, twice(LARGER)).charges["duplication"]
    assert edited < written / 2
    assert charged(twice(LARGER), twice(SMALL)).charges["duplication"] == -edited


def test_what_other_functions_share_pays_for_no_new_copy() -> None:
    before = {"a.py": text([SMALL.format(name=name) for name in ("short", "long")]), "b.py": twins("one")}
    after = {**before, "b.py": twins("one", "two")}
    assert charged(before, after).charges == charged({"b.py": before["b.py"]}, {"b.py": after["b.py"]}).charges


def test_what_a_change_does_not_touch_is_not_its_own_however_much_it_costs() -> None:
    tree = {"a.py": twins("one", "two", "three"), "b.py": "x = 1\n"}
    assert costs_nothing(charged(tree, {**tree, "b.py": "x = 2\n"}))


PAIR = (
    "def {name}(job, user):\n    if job.ready and not user.closed:\n        return job.run({name})\n    return {name}\n"
)
OTHER = "def {name}(job, user):\n    return job.stop(user, {name}, user.name)\n"


def test_the_second_copy_of_a_condition_is_charged_though_it_costs_nothing_as_it_stands() -> None:
    before = {"a.py": PAIR.format(name="start")}
    after = {**before, "b.py": PAIR.format(name="again")}
    assert charged(before, after).charges["reification-miss"] > 0
    assert charged(before, {**before, "b.py": OTHER.format(name="again")}).charges["reification-miss"] == 0


def test_the_second_copy_of_a_set_of_values_is_charged_though_it_costs_nothing_as_it_stands() -> None:
    shown = """\
        def {name}(job):
            if job.state == "open":
                return job.{name}()
            if job.state == "closed":
                return job.stop({name})
            return {name}.rest(job)
    """
    first, second = (textwrap.dedent(shown.format(name=name)) for name in ("start", "again"))
    found = charged({"a.py": first}, {"a.py": first, "b.py": second})
    assert found.charges["value-pressure"] > 0
    assert not any(one.finding.gated for one in found.findings if one.finding.rule == "value-pressure")


def test_a_budgeted_rule_for_information_is_charged_as_well() -> None:
    body = "".join(f"    {'    ' * n}if a{n}:\n" for n in range(7)) + "    " * 8 + "pass\n"
    sides = SourceTree({"a.py": "x = 1\n"}), SourceTree({"a.py": f"def nested():\n{body}"})
    found = charge(measure(sides[0]), measure(sides[1]), difference(*sides), ["complexity"])
    assert found.charges == {"complexity": 28 - 15}


@pytest.mark.parametrize("comment", ["", "  # guardloop: allow[duplication] on purpose"])
def test_an_accepted_finding_still_pays_for_new_places_without_a_comment(comment: str) -> None:
    allowed = twins("one").replace("limit):", "limit):  # guardloop: allow[duplication] on purpose", 1)
    before = {"a.py": allowed + "\n\n" + twins("two")}
    after = {**before, "b.py": twins("three").replace("limit):", f"limit):{comment}", 1)}
    assert (charged(before, after).charges["duplication"] > 0) == (not comment)
