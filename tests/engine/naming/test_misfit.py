from __future__ import annotations

import pytest

from engine.naming.misfit import misfit
from engine.naming.outline import Outline
from engine.naming.proposals import proposals
from engine.protocol import Hole, HoleKind
from engine.testing import sketch_of


def lost(code: str, name: str, hole: str = "helper") -> float:
    kind = HoleKind.HELPER_NAME if hole == "helper" else HoleKind.PARAMETER
    sketch = sketch_of({"a.py": code}, Hole("helper", HoleKind.HELPER_NAME), Hole("p", HoleKind.PARAMETER))
    assert next(one for one in sketch.holes if one.name == hole).kind is kind
    return misfit(Outline.of(sketch), next(one for one in sketch.holes if one.name == hole), name)


def best(code: str, hole: str) -> str:
    sketch = sketch_of({"a.py": code}, Hole("helper", HoleKind.HELPER_NAME), Hole("p", HoleKind.PARAMETER))
    return proposals(sketch, limit=1)[hole][0][1]


GIVES = """
def «helper»(rows, «p»):
    return [«p»(row) for row in rows]
"""
LEAVES = """
def «helper»(rows, «p»):
    for row in rows:
        «p»[row] = 1
"""


@pytest.mark.parametrize("name", ["get_rows", "build_rows", "is_row", "load_rows"])
def test_a_function_without_a_value_is_not_named_as_if_it_gave_one(name):
    assert lost(LEAVES, name) > lost(LEAVES, "mark_rows") == 0


@pytest.mark.parametrize("name", ["set_rows", "clear_rows", "is_row", "has_rows"])
def test_a_function_with_a_value_is_not_named_as_if_it_had_none(name):
    assert lost(GIVES, name) > lost(GIVES, "convert_rows") == 0


def test_a_verb_needs_an_object():
    assert lost(LEAVES, "_set") > lost(LEAVES, "_set_marks") == 0


def test_a_function_has_no_verb_only_where_its_neighbours_have_none():
    assert lost(GIVES, "row_texts") == 0
    assert lost(GIVES + "\n\ndef load_rows():\n    pass\n\n\ndef write_rows():\n    pass\n", "row_texts") > 0


def test_what_changes_its_subject_is_named_by_a_verb_and_not_as_if_it_only_looked():
    assert lost(LEAVES, "rows") > lost(LEAVES, "mark_rows") == 0
    stores = GIVES.replace("    return", "    rows.seen = True\n    return")
    assert lost(stores, "get_rows") > lost(stores, "convert_rows") == 0


def test_a_function_is_not_named_as_one_of_the_things_it_asks():
    asks = "\n\ndef «helper»(row, «p»):\n    return row.is_blank and «p» in row.text\n"
    assert lost(asks, "is_blank") > lost(asks, "is_blank_with_mark") == 0
    assert lost(asks.replace("is_blank", "is_blank()"), "is_blank") == 0


def test_a_function_is_told_apart_from_the_methods_of_its_file():
    beside = LEAVES + "\n\nclass Table:\n    def mark_rows(self):\n        pass\n"
    assert lost(beside, "mark_rows") > lost(beside, "mark_all_rows") == 0


def test_a_parameter_is_told_apart_from_its_neighbours():
    assert lost(LEAVES.replace("rows,", "val, rows,"), "value", "p") > 0
    assert lost(LEAVES.replace("rows,", "mark, rows,"), "marks", "p") == 0


def test_what_is_called_is_named_like_a_function_and_what_holds_items_like_several():
    assert lost(GIVES, "width", "p") > lost(GIVES, "width_fn", "p") == lost(GIVES, "convert", "p") == 0
    assert lost(LEAVES, "width", "p") > lost(LEAVES, "widths", "p") == 0


def test_a_function_that_is_passed_in_is_named_so():
    calls = "\n\ndef one(rows):\n    «helper»(rows, wide_cell)\n\n\ndef two(rows):\n    «helper»(rows, slim_cell)\n"
    assert best(GIVES + calls, "p") == "cell_function"
    assert best(GIVES + calls + "\n\nlen_fn, line_fn = len, max\n", "p") == "cell_fn"


def test_conditions_that_are_passed_in_are_named_by_what_they_ask():
    code = """
    def «helper»(row, «p»):
        if «p»:
            return row + row
        return row

    def one(row):
        return «helper»(row, row.side == "right")

    def two(row):
        return «helper»(row, row.side in ["right", "left"])
    """
    assert best(code, "p") == "is_right"


def test_containers_that_are_passed_in_are_named_as_several():
    calls = "\n\ndef one(me):\n    «helper»([], me.int_format)\n\n\ndef two(me):\n    «helper»([], me.float_format)\n"
    assert best(LEAVES + calls, "p") == "formats"


@pytest.mark.parametrize(
    ("condition", "name"),
    [
        ('options["fields"] and field not in options["fields"]', "is_not_in_fields"),
        ('not options["border"] and options["preserve_space"]', "preserves_space"),
        ('options["border"] or options["inner_border"]', "has_any_border"),
        (r'token.is_whitespace and "\n" in token.value', "is_whitespace_with_newline"),
        ('options["visible"]', "is_visible"),
    ],
)
def test_a_predicate_is_named_after_all_of_its_condition(condition, name):
    code = f"def «helper»(options, field, token, «p») -> bool:\n    return {condition}\n"
    assert best(code, "helper") == name


def test_a_function_that_always_returns_the_same_constant_gives_nothing():
    code = """
    def «helper»(order, «p»):
        order.log.append(«p»)
        order.log.append("done")
        return True
    """
    assert lost(code, "get_log") > lost(code, "add_log") == 0
    assert best(code, "helper").startswith("add_")


def test_what_is_positive_of_an_object_is_named():
    code = "def «helper»(product, «p») -> bool:\n    return product.stock > 0 and not product.blocked\n"
    assert best(code, "helper") == "has_stock"
