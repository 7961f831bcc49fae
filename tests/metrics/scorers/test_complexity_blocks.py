from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.facts import parse
from metrics.scorers.complexity import outermost
from metrics.scorers.complexity.blocks import Reading, best_block

LONG = "call(a.one, a.two, a.three, a.four, a.five, a.six)"
OTHER = "call(b.one, b.two, b.three, b.four, b.five, b.six)"


def scopes(body):
    text = "def f(a, b):\n" + textwrap.indent(body, "    ")
    (found,) = outermost(parse(text).scopes)
    return found


def passed(body):
    """What each candidate takes and gives, by its first and last line; the body begins on the first."""
    reading = Reading(scopes(body))
    return {
        (run.line - 1, run.end_line - 1): (reading.named(run.takes), reading.named(run.gives)) for run in reading.runs()
    }


@pytest.mark.parametrize(
    ("body", "lines", "takes", "gives"),
    [
        ("c = a\nreturn c", (1, 1), ["a"], ["c"]),
        ("c = a\nc = b", (1, 1), ["a"], []),
        ("c = 0\nc += a\nreturn c", (2, 2), ["a", "c"], ["c"]),
        ("global c\nc = a\nreturn c", (2, 2), ["a"], []),
        ("c = a\nprint(unknown)", (2, 2), [], []),
        ("c = [x for x in a]\nreturn [x for x in b]", (1, 1), ["a"], []),
        ("for x in a:\n    c(x)\nreturn x", (1, 2), ["a"], ["x"]),
        ("try:\n    a()\nexcept A as error:\n    b(error)\nc(error)", (1, 4), ["a", "b"], ["error"]),
        ("with a as c:\n    b(c)\nprint(c)", (1, 2), ["a", "b"], ["c"]),
        ("import os.path\nreturn os", (1, 1), [], ["os"]),
        ("match a:\n    case [c, *d]:\n        pass\nreturn c, d", (1, 3), ["a"], ["c", "d"]),
        ("def c():\n    yield a\nreturn c", (1, 2), ["a"], ["c"]),
        ("if (c := a):\n    pass\nreturn c", (1, 2), ["a"], ["c"]),
    ],
)
def test_a_run_takes_what_is_stored_before_it_and_gives_what_is_read_after_it(body, lines, takes, gives):
    assert passed(body)[lines] == (takes, gives)


def test_what_the_next_turn_of_a_loop_reads_is_given():
    loop = "c = 0\nwhile a:\n    print(c)\n    c = b"
    assert passed(loop)[4, 4] == (["b"], ["c"])
    assert passed(loop)[2, 4] == (["a", "b", "c"], [])
    assert passed("while c:\n    c = b")[2, 2] == (["b"], ["c"])


@pytest.mark.parametrize("leave", ["return a", "c = yield a", "return (yield)"])
def test_no_run_leaves_the_function(leave):
    assert {(1, 1), (1, 2), (2, 2)}.isdisjoint(passed(f"if a:\n    {leave}\nb()"))


@pytest.mark.parametrize("leave", ["break", "continue"])
def test_no_run_leaves_its_loop(leave):
    assert set(passed(f"for c in a:\n    b()\n    if c:\n        {leave}\nb()")) == {(1, 4), (1, 5), (2, 2), (5, 5)}


def test_what_ends_the_function_may_return():
    runs = passed("c = a\nif b:\n    return c\nreturn a")
    assert runs[2, 4] == (["a", "b", "c"], [])
    assert runs.keys().isdisjoint({(2, 3), (3, 3)})
    assert (2, 3) not in passed("for c in a:\n    return c")


def test_the_best_block_is_the_run_that_saves_most():
    found = best_block(scopes("\n".join([LONG] * 2 + [OTHER] * 3)))
    assert (found.line, found.end_line, found.takes, found.gives) == (2, 3, ["a"], [])
    assert found.saving == found.nodes - 8 * 2


def test_a_part_that_is_no_smaller_than_what_its_call_costs_is_no_block():
    assert best_block(scopes("a()\nb()")) is None


def test_the_runs_of_a_long_function_are_bounded():
    reading = Reading(scopes("\n".join(["a()"] * 20_000)))
    assert sum(1 for _ in reading.runs()) <= 140_000


def test_a_docstring_and_annotations_are_no_nodes():
    bare, told = (Reading(scopes(text)).nodes for text in ("c = a\nreturn c", "'Why.'\nc: C[int] = a\nreturn c"))
    assert bare == told


def test_names_of_a_nested_function_are_its_own():
    before, after = (passed(f"c = a\nb(c)\ndef g():\n    {name} = b\n    return {name}\nb(g)") for name in ("c", "d"))
    assert before == after


def test_what_a_nested_function_reads_of_the_one_around_is_taken():
    found = passed("c = a\nb(c)\ndef g(d=c):\n    return c + d\nb(g)")
    assert found[3, 4] == (["c"], ["g"])


def test_a_name_that_a_nested_function_shares_is_not_its_own():
    found = passed("c = a\nb(c)\ndef g():\n    nonlocal c\n    c = b(c)\nb(g)")
    assert found[3, 5][1] == ["g"]
    assert "c" in found[3, 5][0]


STATEMENTS = [
    LONG,
    OTHER,
    "c = a",
    "for c in a:\n    b(c)",
    "if b:\n    return c",
    f"while a:\n    c = {LONG}\n    break",
]


@given(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=9))
def test_a_block_saves_at_most_half_of_the_function_less_what_it_passes(statements):
    function = scopes("\n".join(statements))
    found = best_block(function)
    if found is not None:
        most = min(found.nodes, Reading(function).nodes - found.nodes)
        assert 0 < found.saving == most - 8 * (1 + len(found.takes) + len(found.gives))
