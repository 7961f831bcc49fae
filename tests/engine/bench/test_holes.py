import ast

import pytest

from engine.bench.cases import case_of, sampled
from engine.bench.holes import COPY, Tally, f1, fillers, length_class, measure_holes
from engine.protocol import EngineError, Fill, HoleKind
from engine.registry import create
from engine.training.sites import Page, helper_with_parameters

SHOP = '''
LIMIT_OF_LINES = 12


def load_orders(path, limit):
    """Read the orders."""
    found = []
    with open(path) as lines:
        for line in lines:
            number = int(line.strip())
            if number > limit and number != 7:
                found.append(number)
    label = f"orders of {path}"
    print(label, "loaded")
    return found[:LIMIT_OF_LINES]


def total(path):
    orders = load_orders(path, 3)
    return sum(orders)
'''
TEXTS = {"shop.py": SHOP, "broken.py": "def (", "named.py": "x = 'größer'\n"}


class Oracle:
    """Answers right for `right` of the holes' kinds, and wrong for the others."""

    name = "oracle"

    def __init__(self, cases, right):
        self.truth = {case.sketch.id: case.truth for case in cases}
        self.right = right

    def fill(self, sketch, *, candidates, seed):
        truth = self.truth[sketch.id]
        wrong = {hole.name: "nothing" for hole in sketch.holes}
        right = {hole.name: truth[hole.name] if hole.kind in self.right else "nothing" for hole in sketch.holes}
        yield from (Fill(texts, 0.0, self.name, seed) for texts in (wrong, right))


def quiet(_):
    pass


def test_writing_the_truth_back_gives_the_file_without_its_docstrings():
    for case in sampled(TEXTS, 50, 0):
        (path,) = case.sketch.sources
        text = "".join(part if isinstance(part, str) else case.truth[part.name] for part in case.sketch.parts(path))
        assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(SHOP.replace('    """Read the orders."""\n', "")))


def test_every_task_is_opened_and_the_same_for_the_same_seed():
    kinds = {hole.kind for case in sampled(TEXTS, 50, 0) for hole in case.sketch.holes}
    assert kinds == set(HoleKind)
    assert sampled(TEXTS, 2, 5) == sampled(TEXTS, 2, 5)
    assert sampled(TEXTS, 2, 5) != sampled(TEXTS, 2, 6)


def test_a_revision_starts_from_a_fault_that_the_file_then_has():
    found = [case for case in sampled(TEXTS, 50, 0) if case.task is HoleKind.REVISION]
    assert found
    for case in found:
        (edit,), (hole,) = case.sketch.edits, case.sketch.holes
        assert case.sketch.sources["shop.py"][edit.start : edit.end] == hole.before != case.truth[hole.name]
        assert ast.parse(case.sketch.sources["shop.py"])


def test_offsets_count_characters_whatever_stands_before():
    texts = {"shop.py": "LABEL = 'größer'\n" + SHOP}
    for case in sampled(texts, 50, 0):
        text = case.sketch.after(Fill(case.truth, 0.0, "", 0))["shop.py"]
        assert ast.dump(ast.parse(text)) == ast.dump(
            ast.parse(texts["shop.py"].replace('    """Read the orders."""\n', ""))
        )


def test_a_joint_site_has_a_name_and_its_parameters():
    page = Page("def _pad_text(text, width):\n    return text.ljust(width)\n\n\nprint(_pad_text('a', width=3))\n")
    case = case_of(page, "shop.py", helper_with_parameters(page, page.tree.body[0], False))
    assert [hole.kind for hole in case.sketch.holes] == [HoleKind.HELPER_NAME, *[HoleKind.PARAMETER] * 2]
    assert case.sketch.holes[0].prefix == "_"


def test_the_first_text_and_the_first_eight_are_counted_apart():
    tally = Tally()
    tally.add(["row_text", "text"], "text")
    tally.add([], "text")
    said = tally.shares()
    assert (said["exact_at_1"], said["exact_at_8"], said["subtoken_f1_at_1"]) == (0.0, 0.5, round(1 / 3, 4))


@pytest.mark.parametrize(
    ("text", "truth", "expected"), [("_isHtml", "is_html", 1.0), ("rows", "row_count", 0.0), ("a_b", "b_c", 0.5)]
)
def test_f1_compares_words(text, truth, expected):
    assert f1(text, truth) == expected


def test_right_answers_count_by_rank_task_and_length():
    right = {HoleKind.LINE, HoleKind.PARAMETER}
    named = fillers([Oracle(sampled(TEXTS, 9, 0), right)])
    answer = measure_holes(TEXTS, named, per_task=9, seed=0, told=quiet)
    for kind, task in answer["tasks"].items():
        said = task["engines"]["oracle"]
        assert (said["exact_at_1"], said["exact_at_8"]) == (0.0, 1.0 if kind in right else 0.0)
        assert COPY in task["engines"]
        assert task["n"] == sum(length["n"] for length in task["by_length"].values())


def test_an_engine_that_cannot_run_is_no_bad_engine():
    with pytest.raises(EngineError, match="exit status 0, got 1"):
        measure_holes(TEXTS, fillers([create("command:false")]), per_task=1, seed=0, told=quiet)


@pytest.mark.parametrize(
    ("text", "is_name", "expected"),
    [("load", True, "1"), ("load_all_orders", True, "3"), ("a + b", False, "3"), ("f(a, b)", False, "4-7"),
     ("a_b_c_d_e_f_g_h", True, "8-15"), (" ".join("abcdefghijklmnop"), False, "16-")],
)  # fmt: skip
def test_lengths_fall_into_classes(text, is_name, expected):
    assert length_class(text, is_name) == expected
