from dataclasses import dataclass

from engine.spot.edits import small_edits
from engine.spot.functions import functions_of
from engine.spot.ranking import suspects, weigh

CODE = "def load(rows, limit):\n    first = rows[0]\n    if first < limit:\n        return first\n    return None\n"


@dataclass(frozen=True)
class Said:
    left: float = 0.0
    both: float | None = None


class Reader:
    """Finds one edit likely and all others unlikely."""

    def __init__(self, liked):
        self.liked = liked

    def odds(self, function, edits):
        return [Said(9.0, 9.0) if (edit.sort, edit.text) == self.liked else Said(-5.0, -5.0) for edit in edits]


def test_the_statement_with_the_likeliest_edit_is_the_most_suspect():
    (function,) = functions_of(CODE)
    for liked, line, replaced in ((("operator", "<="), 3, "<"), (("number", "1"), 2, "0")):
        best = max(suspects(function, Reader(liked)), key=lambda one: one.score)
        assert (best.line, best.edit.text, best.replaced, best.edit_line) == (line, liked[1], replaced, line)
        assert best.symbol == "load"


def test_a_statement_without_edits_is_no_suspect():
    (function,) = functions_of(CODE)
    assert [one.line for one in suspects(function, Reader(()))] == [2, 3, 4]


def test_a_place_counts_once_however_many_names_are_in_scope():
    (function,) = functions_of("def f(a, b, c, d):\n    x = a\n    return 1 < 2\n")
    edits = small_edits(function)
    score = {one.statement: one.score for one in weigh(function, edits, [Said()] * len(edits))}
    assert score[0] == 0.0
    assert score[1] > 1.0


def test_the_left_stands_in_where_both_sides_are_not_known():
    (function,) = functions_of("def f(a):\n    return a < 1\n")
    edits = small_edits(function)
    known = weigh(function, edits, [Said(2.0, 2.0)] * len(edits))
    assert weigh(function, edits, [Said(2.0)] * len(edits)) == known
