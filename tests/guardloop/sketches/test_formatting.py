from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.protocol import Edit, Fill, Hole, HoleKind, Sketch
from guardloop.sketches.formatting import formatted_width, written

LAID_OUT = """def load(path, columns, separator):
    return [row.split(separator)[columns] for row in open(path)]


def total(rows, columns, separator, first_of_them):
    return sum(float(row.split(separator)[columns]) for row in rows[first_of_them:])
"""
BY_HAND = LAID_OUT.replace("path, columns", "path,   columns").replace("rows, columns", "rows,columns")


def sketch(source: str, parts: tuple[str | Hole, ...]) -> Sketch:
    at = source.index("sum(")
    return Sketch("duplication", "f", "v", "", {"a.py": source}, (Edit("a.py", at, source.index("\n", at), parts),))


def filled(source: str, name: str, *parts: str) -> str:
    hole = Hole("name", HoleKind.HELPER_NAME)
    texts = (parts[0], hole, *parts[1:])
    return written(sketch(source, texts), Fill({"name": name}, 0.0, "test", 0))["a.py"]


def test_a_call_that_fits_with_its_name_is_put_on_one_line():
    after = filled(LAID_OUT, "short", "", "(\n        rows, columns\n    )")
    assert "    return short(rows, columns)\n" in after


def test_a_call_that_does_not_fit_with_its_name_is_broken():
    name = "a_name_that_is_longer_than_anyone_would_have_thought_of"
    after = filled(LAID_OUT, name, "", "(rows, columns, separator, first_of_them)")
    assert f"    return {name}(\n        rows, columns, separator, first_of_them\n    )\n" in after


def test_a_file_laid_out_by_hand_stays_as_it_is():
    after = filled(BY_HAND, "short", "", "(\n        rows, columns\n    )")
    assert after == BY_HAND[: BY_HAND.index("sum(")] + "short(\n        rows, columns\n    )\n"


def test_the_width_that_a_file_was_laid_out_for_is_read_off_its_lines():
    assert formatted_width(LAID_OUT) == 88
    assert formatted_width("x = [\n    1,\n    2,\n]\n" * 3) == 88
    assert formatted_width(BY_HAND * 2) == 0
    assert formatted_width("def broken(:\n") == 0
    assert formatted_width("") == 0


def test_lines_that_no_edit_touches_keep_their_layout_even_where_a_formatter_would_change_them():
    once = "first = [ 1,2 ]\n\n\n"
    source = once + "\n\n".join([LAID_OUT] * 30)
    after = filled(source, "short", "", "(\n        rows, columns\n    )")
    assert after.startswith(once)
    assert "return short(rows, columns)" in after


@given(st.sampled_from(["\n", "\r\n"]), st.sampled_from(["a", "name" * 12, "é" * 30]))
def test_line_ends_are_kept_and_what_is_not_utf_8_is_left_alone(newline, name):
    source = LAID_OUT.replace("\n", newline)
    after = filled(source, name, "", "(rows, columns, separator)")
    assert after.count("\n") == after.count(newline)
    assert name in after
    assert filled(source + "# \udce9\n", name, "", "(rows)").endswith("# \udce9\n")
