from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.protocol import Edit, Fill, Hole, HoleKind, Sketch
from engine.testing import sketch_of
from guardloop.feedback import ROUNDS, Rejection, asked_for, fed_back
from guardloop.judgement import GateResult, Outcome
from guardloop.widening import widened

NAMES = sketch_of({"a.py": "def «helper»(«key»):\n    return «key»\n"})
CODE = sketch_of({"a.py": "x = «e»\n"}, Hole("e", HoleKind.EXPRESSION))
CLOSED = sketch_of(
    {"a.py": "def «helper»(x):\n    return x «o» 1\n"}, Hole("o", HoleKind.EXPRESSION, choices=("<", ">"))
)


def refused(gate, reason, **texts):
    return Rejection(Fill(texts, 0.0, "test", 0), GateResult(gate, Outcome.FAILED, reason))


def taken(sketch):
    return {hole.name: set(hole.taken) for hole in sketch.holes}


def test_each_reason_goes_back_once_with_the_texts_that_got_it():
    told = fed_back(
        NAMES,
        [
            refused("lint", "a name is not snake case", helper="Load", key="k"),
            refused("lint", "a name is not snake case", helper="Read", key="k"),
            refused("types", "a.py:2: expected str", helper="load", key="k"),
        ],
    )
    assert told.feedback == (
        "lint: a name is not snake case (of helper = Load, key = k; helper = Read, key = k)",
        "types: a.py:2: expected str (of helper = load, key = k)",
    )


def test_a_name_that_the_reason_speaks_of_is_banned_and_the_others_are_not():
    told = fed_back(NAMES, [refused("interface", "a.py: load is public already", helper="load", key="k")])
    assert taken(told) == {"helper": {"load"}, "key": set()}


def test_all_names_are_banned_where_the_reason_speaks_of_none():
    told = fed_back(NAMES, [refused("equivalence", "results differ", helper="load", key="k")])
    assert taken(told) == {"helper": {"load"}, "key": {"k"}}


@pytest.mark.parametrize("sketch", [CODE, CLOSED], ids=["code", "closed"])
def test_texts_that_decide_results_are_refused_together_only(sketch):
    texts = {hole.name: hole.choices[0] if hole.choices else "f" for hole in sketch.holes}
    told = fed_back(sketch, [refused("tests", "test_a fails", **texts)])
    assert all(not names for names in taken(told).values())
    assert told.is_rejected(texts)
    assert fed_back(told, [refused("tests", "test_a fails", **texts)]).rejected == told.rejected


def test_what_was_learned_stays_in_later_rounds():
    first = fed_back(NAMES, [refused("lint", "no", helper="a", key="b")])
    second = fed_back(first, [refused("lint", "no", helper="c", key="d")])
    assert taken(second) == {"helper": {"a", "c"}, "key": {"b", "d"}}
    assert len(second.feedback) == 2
    assert second.rejected == ({"helper": "a", "key": "b"}, {"helper": "c", "key": "d"})
    # Feedback is no other sketch: the memory of earlier runs knows it again.
    assert second.id == NAMES.id


@given(st.integers(1, 200))
def test_rounds_use_all_candidates_and_the_first_the_most(number):
    left, asked = number, []
    for attempt in range(ROUNDS + 1):
        asked.append(asked_for(left, attempt))
        left -= asked[-1]
    assert left == 0
    assert asked[0] >= number / 2
    assert asked[0] >= asked[1]


def opened(text, line, kind=HoleKind.LINE):
    start = text.index(line)
    edit = Edit("a.py", start, start + len(line), (Hole("h", kind, before=line),))
    return Sketch("r", "r:0", "v", "", {"a.py": text}, (edit,), rejected=({"h": "x = 9"},))


BLOCK = 'def f(a):\n    """Say."""\n    b = a\n    c = b\n    if c:\n        return c\n    return b\n'


@pytest.mark.parametrize(
    ("line", "wider"),
    [
        ("b = a", "b = a\n    c = b"),
        ("c = b", "b = a\n    c = b"),
        ("return c", "return c"),
        ("return b", "return b"),
        ('"""Say."""', '"""Say."""\n    b = a'),
    ],
)
def test_a_hole_is_widened_by_the_statements_of_its_block_and_no_others(line, wider):
    sketch = widened(opened(BLOCK, line))
    assert sketch.holes[0].before == wider
    assert sketch.after(Fill({"h": wider}, 0.0, "test", 0)) == {"a.py": BLOCK}
    if wider != line:
        assert sketch.holes[0].kind is HoleKind.LINES
        assert sketch.rejected == ()


@pytest.mark.parametrize("text", ["x = 1\n", "x = 1", "\nx = 1\n\n", "# why\nx = 1  # how\n", "f(\n    x = 1\n)\n"])
def test_a_line_alone_stays_as_it_is(text):
    sketch = opened(text, "x = 1")
    assert widened(sketch) == sketch


def test_names_and_parts_of_lines_are_not_widened():
    for sketch in (NAMES, CODE, CLOSED):
        assert widened(sketch) == sketch
    inner = opened("a = 1\nb = c\nd = 2\n", "c")
    assert widened(inner) == inner
    two = replace(opened(BLOCK, "b = a"), edits=opened(BLOCK, "b = a").edits + opened(BLOCK, "return b").edits)
    assert widened(two) == two
