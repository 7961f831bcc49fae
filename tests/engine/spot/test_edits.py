import ast

import pytest

from engine.spot.edits import ARGUMENTS, NAME, NUMBER, OPERATOR, small_edits
from engine.spot.functions import functions_of

CODE = """
def load(self, rows, limit):
    total = 0
    for row in rows:
        if row.price <= limit and not row.closed:
            total += row.price * 2
    names = sorted(name for name in rows)
    return clip(total, limit), self.flags is None, True, f"{total}", "%s" % total
"""


def edits_of(code):
    (function,) = functions_of(code)
    return function, small_edits(function)


def said(sort, code=CODE):
    function, edits = edits_of(code)
    return {(function.text[edit.start : edit.end], edit.text) for edit in edits if edit.sort == sort}


def test_operators_have_their_neighbours():
    expected = {("<=", "<"), ("<=", ">="), ("<=", ">"), ("and", "or"), ("not row.closed", "row.closed"), ("+", "-"),
                ("*", "/"), ("*", "+"), ("is", "is not"), ("True", "False")}  # fmt: skip
    assert said(OPERATOR) == expected


def test_numbers_are_one_off_and_never_negative():
    assert said(NUMBER) == {("0", "1"), ("2", "1"), ("2", "3")}


def test_names_are_those_in_scope_where_they_stand():
    names = said(NAME)
    assert ("rows", "limit") in names
    assert ("name", "rows") in names
    # Bound by a comprehension elsewhere, a built-in, self.
    assert not {("limit", "name"), ("rows", "self"), ("clip", "rows"), ("self", "rows")} & names


def test_neighbouring_arguments_change_places():
    assert said(ARGUMENTS) == {("total, limit", "limit, total")}


@pytest.mark.parametrize("sort", [NAME, OPERATOR, NUMBER, ARGUMENTS])
def test_every_edit_changes_the_program_and_leaves_it_one(sort):
    function, edits = edits_of(CODE)
    before = ast.dump(ast.parse(function.text))
    chosen = [edit for edit in edits if edit.sort == sort]
    assert chosen
    assert all(ast.dump(ast.parse(edit.applied(function.text))) != before for edit in chosen)


def test_an_operator_is_found_among_brackets_and_left_alone_when_it_cannot_be_told():
    assert said(OPERATOR, "def f(a, b):\n    return (a) + (b)\n") == {("+", "-")}
    assert said(OPERATOR, "def f(a, b):\n    return (a  # + or -\n        + b)\n") == set()
