from itertools import pairwise

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from engine.diffusion.nano import Nano  # noqa: E402
from engine.diffusion.revise import beginning, revise  # noqa: E402
from engine.naming.legal import is_legal  # noqa: E402
from engine.protocol import EngineError, Hole, HoleKind  # noqa: E402
from engine.testing import sketch_of  # noqa: E402

CODE = "def load(path):\n    return «helper»(path)\n\ndef «helper»(«p»):\n    return «p».read_text()\n"


@pytest.fixture(scope="module")
def nano(tiny_checkpoint):
    return Nano(tiny_checkpoint)


def helper(**more):
    return Hole("helper", HoleKind.HELPER_NAME, **more)


def test_what_the_model_draws_has_the_shape_and_the_prefix_of_a_name(nano):
    sketch = sketch_of({"a.py": CODE}, helper(prefix="_load"))
    (view,) = nano.reader.views(sketch, 0, lambda holes: {})
    drawn, others = view.sampled(8)
    assert all(text.isidentifier() and text.startswith("_") for text in drawn if text)
    assert len(set(drawn)) > 1
    assert all(text.isidentifier() for text in others if text)


def test_every_seed_draws_its_own(nano):
    sketch = sketch_of({"a.py": CODE})
    drawn = [next(nano.reader.views(sketch, seed, lambda holes: {})).sampled(4) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_fills_say_who_proposed_them(nano):
    fills = list(nano.fill(sketch_of({"a.py": CODE}), candidates=8, seed=0))
    assert {part for fill in fills for part in fill.engine.split("+")} <= {"nano", "enumerate", "copy"}
    closed = sketch_of({"a.py": "x = «c»\n"}, Hole("c", HoleKind.IDENTIFIER, choices=("one", "two")))
    assert {fill.engine for fill in nano.fill(closed, candidates=8, seed=0)} == {"nano"}


def test_what_the_file_says_in_a_similar_place_comes_first_in_old_code_and_not_in_new_names(nano):
    code = "def load(path, encoding):\n    return path\n\ndef save(path, «q»):\n    return path\n"
    first = next(nano.fill(sketch_of({"a.py": code}, Hole("q", HoleKind.PARAMETER)), candidates=1, seed=0))
    assert (first.texts, first.engine) == ({"q": "encoding"}, "copy")
    hinted = Hole("q", HoleKind.PARAMETER, hints=("target", "goal"))
    fills = nano.fill(sketch_of({"a.py": code}, hinted), candidates=8, seed=0)
    assert "copy" not in {fill.engine for fill in fills}


def test_a_closed_set_is_ranked_as_the_model_ranks_it(nano):
    choices = ("path", "total", "render_invoice", "x")
    sketch = sketch_of({"a.py": CODE.replace("«helper»", "read")}, Hole("p", HoleKind.PARAMETER, choices=choices))
    ranked = nano.rank(sketch, {"p": choices}, seed=5)["p"]
    expected = [text for _, text in sorted(zip(ranked, choices, strict=True), reverse=True)]
    assert [fill.texts["p"] for fill in nano.fill(sketch, candidates=9, seed=5)] == expected


def test_ranking_says_nothing_of_holes_without_texts(nano):
    assert nano.rank(sketch_of({"a.py": CODE}), {"p": ["path", "text"]})["helper"] == []


def test_holes_beyond_the_first_eight_are_filled_in_a_later_pass(nano):
    names = [f"p{at}" for at in range(11)]
    code = f"def load({', '.join(f'«{name}»' for name in names)}):\n    return 1\n"
    views = []
    sketch = sketch_of({"a.py": code})
    for view in nano.reader.views(sketch, 0, lambda holes: {hole.name: f"{hole.name}_" for hole in holes}):
        views.append([hole.name for hole in view.slots.holes])
    assert views == [names[:8], names[8:]]
    fill = next(nano.fill(sketch, candidates=1, seed=0))
    assert len(set(fill.texts.values())) == 11


def test_an_open_expression_is_legal_or_comes_from_the_code(nano):
    code = "def net(price, tax):\n    if «c»:\n        return price\n    return price - «e»\n"
    holes = Hole("c", HoleKind.CONDITION), Hole("e", HoleKind.EXPRESSION)
    fills = list(nano.fill(sketch_of({"a.py": code}, *holes), candidates=4, seed=0))
    assert len(fills) == 4
    assert all(is_legal(hole, fill.texts[hole.name]) for fill in fills for hole in holes)


def test_the_shipped_checkpoint_loads_and_fills():
    fill = next(Nano().fill(sketch_of({"a.py": CODE}, helper(prefix="_")), candidates=1, seed=0))
    assert fill.texts["helper"].startswith("_")
    assert fill.logprob < 0


REVISED = Hole("r", HoleKind.REVISION, before="return price + tax")


def test_a_revision_starts_from_what_stands_there(nano):
    sketch = sketch_of({"a.py": "def net(price, tax):\n    «r»\n"}, REVISED)
    (view,) = nano.reader.views(sketch, 0, lambda holes: {})
    drafts = []
    (drawn,) = view.sampled(6, drafts.append)
    assert [draft.texts["r"] for draft in drafts] == ["return price + tax", drawn[0], drawn[0]]
    assert len(drawn) == 6
    assert "return price + tax" not in drawn


@pytest.mark.parametrize("before", ["return price + tax", "return 'caf\u00e9' + tax"])
def test_a_revision_replaces_one_token_by_what_gains_most(nano, before):
    hole = Hole("r", HoleKind.REVISION, before=before)
    (view,) = nano.reader.views(sketch_of({"a.py": "def net(price, tax):\n    «r»\n"}, hole), 0, lambda holes: {})
    start = beginning(view.slots)
    torch.manual_seed(1)
    said = torch.randn(view.slots.length, view.slots.grammar.vocabulary).log_softmax(-1)
    rows = revise(said, view.slots, start, 40, None)
    assert ((rows != start).sum(-1) == 1).all()
    places = torch.arange(len(start))
    likely = said[places, rows].sum(-1)
    assert (likely.diff() <= 1e-4).all()
    # Neither the end of the text moves nor does a character lose one of its bytes.
    assert (view.slots.grammar.whole[rows] == view.slots.grammar.whole[start]).all()
    texts = [view.texts(row.tolist())["r"] for row in rows]
    assert "\ufffd" not in "".join(texts)
    assert ("\u00e9" in before) == all("\u00e9" in text for text in texts)


def test_a_revision_that_changes_nothing_is_none(nano):
    sketch = sketch_of({"a.py": "def net(price, tax):\n    «r»\n"}, REVISED)
    assert not is_legal(REVISED, "return price + tax")
    assert "return price + tax" not in [fill.texts["r"] for fill in nano.fill(sketch, candidates=30, seed=0)]


def test_a_text_that_is_too_long_for_its_slot_starts_from_noise(nano):
    long = Hole("r", HoleKind.REVISION, before="return " + " + ".join(f"price_{at}" for at in range(40)))
    (view,) = nano.reader.views(sketch_of({"a.py": "def f():\n    «r»\n"}, long), 0, lambda holes: {})
    assert beginning(view.slots) is None
    assert len(view.sampled(2)[0]) > 0


class Clock:
    """Ticks once each time that somebody looks."""

    def __init__(self):
        self.now = 0

    def __call__(self):
        self.now += 1
        return self.now


def test_the_end_of_a_run_cuts_drafts_short_and_what_is_whole_is_still_given(tiny_checkpoint):
    clock, drafts = Clock(), []
    nano, sketch = Nano(tiny_checkpoint, clock), sketch_of({"a.py": CODE}, helper(prefix="_load"))
    nano.watch(drafts.append)
    assert list(nano.fill(sketch, candidates=3, seed=0))
    passes = len(drafts)
    drafts.clear()
    # Two looks before the first pass, and one after each of two.
    nano.end_by(clock.now + 4)
    fills = list(nano.fill(sketch, candidates=3, seed=0))
    assert len(drafts) == 3 < passes
    assert fills
    assert all(is_legal(hole, fill.texts[hole.name]) for fill in fills for hole in sketch.holes)


def test_slots_that_are_not_spelt_to_their_end_in_time_are_empty(nano):
    (view,) = nano.reader.views(sketch_of({"a.py": CODE}), 0, lambda holes: {})
    whole = {text for texts in view.sampled(6) for text in texts}
    assert {text for texts in view.sampled(6, is_over=lambda: True) for text in texts} <= whole | {""}


def test_a_model_that_has_no_time_is_not_asked(tiny_checkpoint):
    clock = Clock()
    nano, sketch = Nano(tiny_checkpoint, clock), sketch_of({"a.py": CODE})
    nano.end_by(1)
    with pytest.raises(EngineError, match="the time of the run is over"):
        next(nano.fill(sketch, candidates=1, seed=0))
    assert "reader" not in vars(nano)


def test_whoever_watches_sees_names_being_spelt_and_changes_nothing(nano):
    sketch, drafts = sketch_of({"a.py": CODE}, helper(prefix="_load")), []
    nano.watch(drafts.append)
    watched = list(nano.fill(sketch, candidates=3, seed=0))
    nano.watch(None)
    assert watched == list(nano.fill(sketch, candidates=3, seed=0))
    assert {draft.engine for draft in drafts} == {"nano"}
    assert [draft.is_settled for draft in drafts] == [False] * (len(drafts) - 1) + [True]
    # The name in front grows, until a likelier one takes its place.
    said = [draft.texts["helper"] for draft in drafts]
    assert any(later.startswith(earlier) and later != earlier for earlier, later in pairwise(said))
