from __future__ import annotations

import ast
import textwrap

import pytest

from metrics.difference import difference
from metrics.source import SourceTree

FIRST = """\
def first(rows, limit):
    total = 0
    for row in rows:
        if row.price > limit:
            total += row.price * row.count
    return total
"""
SECOND = """\
def second(path):
    with open(path) as stream:
        lines = [line.strip() for line in stream if line]
    report(lines, path)
    return lines
"""
THIRD = """\
class Third:
    def name(self):
        \"\"\"Say it.\"\"\"
        return self.first + " " + self.last

    def age(self, today):
        return today.year - self.born.year
"""


def lines(before, after):
    """Added and removed lines by path; one text stands for a single file."""
    trees = [SourceTree({"a.py": side} if isinstance(side, str) else side) for side in (before, after)]
    found = difference(*trees)
    added, removed = ({p: sorted(x.own) for p, x in side.items() if x.own} for side in (found.added, found.removed))
    return added, removed


def test_nothing_changes_between_equal_trees() -> None:
    assert lines(FIRST, FIRST) == ({}, {})


def test_a_new_function_is_added_with_all_its_code_lines() -> None:
    assert lines(FIRST, FIRST + "\n\n" + SECOND) == ({"a.py": [9, 10, 11, 12, 13]}, {})


def test_an_edited_line_is_removed_on_one_side_and_added_on_the_other() -> None:
    assert lines(FIRST, FIRST.replace("> limit", ">= limit")) == ({"a.py": [4]}, {"a.py": [4]})


@pytest.mark.parametrize(
    "after",
    [
        ast.unparse(ast.parse(FIRST)),
        FIRST.replace("\n", "\r\n"),
        FIRST.replace(
            "total += row.price * row.count",
            "total += (\n                row.price\n                * row.count\n            )",
        ),
        FIRST.replace("    total = 0\n", "    # Nothing yet.\n\n    total = 0  # so far\n"),
        FIRST.replace("limit):\n", 'limit):\n    """Sum up."""\n'),
        FIRST.replace("(rows, limit)", "(\n    rows,\n    limit,\n)"),
        FIRST.rstrip("\n"),
    ],
)
def test_formatting_comments_and_docstrings_are_no_change(after: str) -> None:
    assert after != FIRST
    assert lines(FIRST, after) == ({}, {})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a.py": FIRST + SECOND + THIRD}, {"b.py": FIRST + SECOND + THIRD}),
        ({"a.py": FIRST + SECOND + THIRD}, {"a.py": SECOND + THIRD, "b.py": FIRST}),
        ({"a.py": FIRST + SECOND + THIRD}, {"a.py": THIRD + SECOND + FIRST}),
        ({"a.py": FIRST, "b.py": SECOND}, {"a.py": SECOND, "b.py": FIRST}),
        ({"a.py": FIRST + SECOND}, {"a.py": "if True:\n" + textwrap.indent(FIRST, "    ") + SECOND}),
    ],
)
def test_moved_code_is_neither_added_nor_removed(before, after) -> None:
    added, removed = lines(before, after)
    assert removed == {}
    assert {path: [n for n in own if n > 1] for path, own in added.items()} in ({}, {"a.py": []})


def test_a_second_copy_is_an_addition_even_if_the_first_moves() -> None:
    added, removed = lines({"a.py": FIRST}, {"b.py": FIRST, "c.py": FIRST})
    assert sum(map(len, added.values())) == len(FIRST.splitlines())
    assert removed == {}


def test_small_statements_of_other_files_are_alike_by_chance() -> None:
    added, removed = lines({"a.py": "x = 1\n", "b.py": "y = 2\n"}, {"a.py": "", "b.py": "y = 2\nx = 1\n"})
    assert (added, removed) == ({"b.py": [2]}, {"a.py": [1]})


def test_of_a_long_statement_only_the_changed_lines_are_added() -> None:
    table = "table = {\n" + "".join(f"    {n}: 'name {n}',\n" for n in range(9)) + "}\n"
    assert lines(table, table.replace("name 4", "number 4")) == ({"a.py": [6]}, {"a.py": [6]})


def test_a_file_that_is_no_python_is_compared_by_lines() -> None:
    assert lines("def (:\nx = 1\n", "x = 1\ny = 2\n") == ({"a.py": [2]}, {"a.py": [1]})


def test_form_feeds_and_unicode_separators_end_no_line() -> None:
    text = "x = 'a\u2028b\x0c'\n\x0cy = 1\n"
    assert lines(text, text + "z = 2\n") == ({"a.py": [3]}, {})


def test_the_same_number_of_lines_is_added_whatever_the_order_of_files() -> None:
    files = {"a.py": FIRST, "b.py": SECOND, "c.py": THIRD}
    before = SourceTree({"a.py": THIRD + SECOND})
    reverse = dict(reversed(files.items()))
    assert difference(before, SourceTree(files)) == difference(before, SourceTree(reverse))


def test_what_lies_outside_of_the_given_paths_is_left_out() -> None:
    found = difference(SourceTree({}), SourceTree({"a.py": FIRST, "b.py": SECOND}))
    assert found.within({"b.py"}).added_lines == len(SECOND.splitlines())


@pytest.mark.parametrize("value", [f"0x{'f' * 4000}", " + ".join(["a"] * 12_000)])
def test_a_number_too_long_to_write_out_and_a_sum_too_deep_to_walk_are_lines_like_any_other(value) -> None:
    assert lines(FIRST, f"{FIRST}x = {value}\n") == ({"a.py": [7]}, {})
    assert lines(f"{FIRST}x = {value}\n", FIRST) == ({}, {"a.py": [7]})
    assert lines(f"x = {value}\n", f"x = ({value}\n)\n") == ({}, {})


def outward(before, after, *elsewhere):
    """What is removed, by path, and where it went, with these other files as path, text before and text after."""
    found = difference(SourceTree(before), SourceTree(after), lambda: elsewhere)
    return {path: sorted(x.own) for path, x in found.removed.items() if x.own}, found.outward


def test_what_moves_to_a_file_of_neither_tree_is_not_removed() -> None:
    before = {"a.py": FIRST + "\n\n" + SECOND}
    assert outward(before, {"a.py": FIRST}, ("tests/b.py", "", SECOND)) == ({}, {("a.py", "tests/b.py")})
    # What stood there before is no place that anything moved to.
    gone = {"a.py": [9, 10, 11, 12, 13]}
    assert outward(before, {"a.py": FIRST}, ("tests/b.py", SECOND, SECOND + "\n\nx = 1\n")) == (gone, frozenset())
    assert outward(before, {"a.py": FIRST}) == (gone, frozenset())


def test_what_is_in_the_trees_is_the_place_that_code_moves_to_first() -> None:
    before, after = {"a.py": FIRST}, {"b.py": FIRST}
    found = difference(SourceTree(before), SourceTree(after), lambda: [("tests/a.py", "", FIRST)])
    assert (found.adds, found.removes, found.outward) == (False, False, frozenset())
