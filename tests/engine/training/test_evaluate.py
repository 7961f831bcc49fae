import pytest

from engine.protocol import Fill, HoleKind
from engine.training.corpus import Source
from engine.training.evaluate import case_of, cases, copying, evaluate, f1
from engine.training.sites import Page, helper_with_parameters

CODE = "def _pad_text(text, width):\n    return text.ljust(width)\n\n\nprint(_pad_text('a', width=3))\n"


def joint():
    page = Page(CODE)
    return case_of(page, "shop.py", helper_with_parameters(page, page.tree.body[0], False))


def test_the_truth_gives_the_authors_file():
    case = joint()
    assert case.task == "helper-name, joint"
    assert [hole.kind for hole in case.sketch.holes] == [HoleKind.HELPER_NAME, *[HoleKind.PARAMETER] * 2]
    assert case.sketch.after(Fill(case.truth, 0.0, "", 0)) == {"shop.py": CODE}


def test_the_first_text_and_the_first_eight_are_counted_apart():
    case = joint()
    wrong = dict.fromkeys(case.truth, "row_text")
    both = evaluate([case], lambda sketch, candidates: [wrong, case.truth])["helper-name, joint"]
    assert (both.holes, both.exact_1, both.exact_8) == (3, 0.0, 1.0)
    assert both.subtoken_f1 == pytest.approx((0.5 + 2 / 3 + 0) / 3, abs=1e-3)
    none = evaluate([case], lambda sketch, candidates: [])["helper-name, joint"]
    assert (none.exact_1, none.exact_8) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("text", "truth", "expected"), [("_isHtml", "is_html", 1.0), ("rows", "row_count", 0.0), ("a_b", "b_c", 0.5)]
)
def test_f1_compares_words(text, truth, expected):
    assert f1(text, truth) == expected


def test_copying_names_words_of_the_file_and_never_the_answer():
    fills = copying(joint().sketch, 8)
    assert {"def", "ljust"} <= {fill["hole0"] for fill in fills}
    assert "_pad_text" not in {fill["hole0"] for fill in fills}


def test_cases_are_the_same_for_the_same_seed():
    files = [Source("shop", f"{name}.py", CODE * 2 + f"{name} = 1\n") for name in "abc"]
    assert cases(files, 2, seed=4) == cases(files, 2, seed=4)
