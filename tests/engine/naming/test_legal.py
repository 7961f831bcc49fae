import pytest

from engine.naming.legal import is_legal
from engine.protocol import Hole, HoleKind


@pytest.mark.parametrize("text", ["-" * 100_000 + "1", "(" * 5000 + ")" * 5000, "x" + ".a" * 100_000, "\0", "\udce9"])
@pytest.mark.parametrize("kind", [HoleKind.EXPRESSION, HoleKind.LINE])
def test_text_that_no_parser_takes_is_illegal_and_no_crash(kind, text):
    assert not is_legal(Hole("h", kind), text)


def test_a_revision_has_to_change_something():
    hole = Hole("h", HoleKind.REVISION, before="return a")
    assert is_legal(hole, "return b")
    assert not is_legal(hole, "return a")
    assert is_legal(Hole("h", HoleKind.LINE, before="return a"), "return a")


@pytest.mark.parametrize(("text", "is_fit"), [("_run", False), ("_run_all", True), ("_runAll", True), ("_run2", True)])
def test_a_name_has_as_many_words_as_its_hole_wants(text, is_fit):
    assert is_legal(Hole("name", HoleKind.HELPER_NAME, prefix="_", words=2), text) is is_fit
    assert is_legal(Hole("name", HoleKind.HELPER_NAME, prefix="_"), text)
