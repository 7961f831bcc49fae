import json

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from engine.diffusion.canvas import Noise  # noqa: E402
from engine.diffusion.form import Form, canvas  # noqa: E402
from engine.diffusion.gemma import DiffusionGemma  # noqa: E402
from engine.protocol import EngineError, Hole, HoleKind  # noqa: E402
from engine.registry import create  # noqa: E402
from engine.testing import sketch_of  # noqa: E402

SKETCH = sketch_of(
    {
        "a.py": "from b import «helper»\n\ndef first(rows):\n    return «helper»(rows, 1)\n",
        "b.py": "def «helper»(rows, «limit»):\n    return rows[:«limit»]\n",
    },
    Hole("helper", HoleKind.HELPER_NAME, frozenset({"_cut"}), prefix="_"),
)
CLOSED = sketch_of({"a.py": "x = a «c» b\n"}, Hole("c", HoleKind.EXPRESSION, choices=(">=", "<", "is not")))


@pytest.fixture(scope="module")
def engine(gemma_checkpoint):
    return DiffusionGemma(str(gemma_checkpoint))


def test_a_sharded_checkpoint_fills_holes_of_several_files(gemma_checkpoint):
    assert len(list(gemma_checkpoint.glob("model-*.safetensors"))) > 1
    engine = create(f"diffusion-gemma:{gemma_checkpoint}")
    found = list(engine.fill(SKETCH, candidates=12, seed=0))
    assert len(found) == 12
    assert all(fill.texts["helper"].startswith("_") for fill in found)
    assert all(fill.logprob < 0 for fill in found)
    assert found == list(engine.fill(SKETCH, candidates=12, seed=0))
    assert found != list(engine.fill(SKETCH, candidates=12, seed=1))


def test_what_is_frozen_on_the_canvas_is_what_the_answer_looks_like(engine):
    lexicon = engine.loaded.lexicon
    forms = [Form.of(SKETCH.holes, number, lexicon, {}) for number in range(3)]
    opened = canvas(forms, lexicon)
    for row, form in enumerate(forms):
        frozen = [
            token for token, is_frozen in zip(form.tokens, opened.is_frozen[row].tolist(), strict=False) if is_frozen
        ]
        assert engine.loaded.tokenizer.decode(frozen) == "«helper» = _\n«limit» =\n"
    assert [int((~opened.is_frozen[row]).sum()) for row in range(3)] == [6, 4, 8]


def test_a_name_takes_only_what_names_are_made_of(engine):
    lexicon = engine.loaded.lexicon
    form = Form.of(SKETCH.holes, 0, lexicon, {})
    allowed = canvas([form], lexicon).allowed[0]

    def may_hold(name, at):
        ids = allowed[form.places[name][0] + at].nonzero()[:, 0].tolist()
        return {lexicon.tokenizer.decode([token]) for token in ids}

    assert {"l", " load", "_"} <= may_hold("limit", 0)
    assert {"1", "\n", "("}.isdisjoint(may_hold("limit", 0))
    assert {"l", "1", "\n", "_"} <= may_hold("limit", 1)
    assert {" load", "(", "<eos>"}.isdisjoint(may_hold("limit", 1))
    # Behind a frozen underscore the name goes on.
    assert " load" not in may_hold("helper", 0)


def test_a_closed_set_is_ranked_and_never_left(engine):
    found = list(engine.fill(CLOSED, candidates=9, seed=0))
    assert {fill.texts["c"] for fill in found} == {">=", "<", "is not"}
    said = [fill.logprob for fill in found]
    assert said == sorted(said, reverse=True)


def test_what_a_closed_set_holds_stands_on_the_canvas_of_the_open_holes(engine):
    lexicon = engine.loaded.lexicon
    holes = (*CLOSED.holes, Hole("d", HoleKind.PARAMETER))
    form = Form.of(holes, 0, lexicon, {"c": "is not"})
    assert lexicon.tokenizer.decode(form.tokens[: form.places["d"][0]]) == "«c» = is not\n«d» ="


def test_later_rounds_try_other_lengths_and_seeds(engine):
    lexicon = engine.loaded.lexicon
    drawn = []
    draw = engine._drawn
    engine._drawn = lambda prompt, holes, numbers, seed, known: (
        drawn.append(numbers) or draw(prompt, holes, numbers, seed, known)
    )
    try:
        again = type(SKETCH)(**{**vars(SKETCH), "rejected": ({"helper": "_a", "limit": "b"},) * 3})
        list(engine.fill(SKETCH, candidates=1, seed=0))
        list(engine.fill(again, candidates=1, seed=0))
    finally:
        del engine._drawn
    assert [numbers.start for numbers in drawn] == [0, 3]
    lengths = [Form.of(SKETCH.holes, numbers.start, lexicon, {}).places["limit"] for numbers in drawn]
    assert [end - start for start, end in lengths] == [3, 1]


def test_the_question_reaches_the_encoder(engine, monkeypatch):
    asked = []
    template = engine.loaded.tokenizer.apply_chat_template
    monkeypatch.setattr(
        engine.loaded.tokenizer,
        "apply_chat_template",
        lambda chat, **given: asked.append(chat) or template(chat, **given),
    )
    list(engine.fill(SKETCH, candidates=1, seed=0))
    assert "def «helper»(rows, «limit»):" in asked[0][0]["content"]
    assert "one line for each hole" in asked[0][0]["content"]


def test_whoever_watches_sees_the_canvas_settle(engine):
    drafts = []
    engine.watch(drafts.append)
    watched = list(engine.fill(SKETCH, candidates=1, seed=0))
    engine.watch(None)
    assert [draft.step for draft in drafts[:-1]] == list(range(1, len(drafts)))
    assert [draft.is_settled for draft in drafts] == [False] * (len(drafts) - 1) + [True]
    assert all(set(draft.texts) == {"helper", "limit"} for draft in drafts)
    assert drafts[0].texts["helper"].startswith("_")
    assert watched == list(engine.fill(SKETCH, candidates=1, seed=0))
    assert drafts[-1].step <= drafts[-1].steps


@pytest.mark.parametrize("name", ["/no/such/folder", "nobody/no-such-model"])
def test_a_checkpoint_that_is_not_here_is_an_error_and_never_downloaded(name):
    with pytest.raises(EngineError, match=f"{name}: expected a local checkpoint of the class"):
        list(create(f"diffusion-gemma:{name}").fill(SKETCH, candidates=1, seed=0))


def test_a_checkpoint_of_another_class_is_refused(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama"}))
    with pytest.raises(EngineError, match="expected a local checkpoint of the class"):
        list(create(f"diffusion-gemma:{tmp_path}").fill(SKETCH, candidates=1, seed=0))


def test_a_revision_starts_from_what_stands_there_and_has_room_for_more(engine):
    lexicon = engine.loaded.lexicon
    hole = Hole("r", HoleKind.REVISION, before="return rows[:limit]")
    forms = [Form.of([hole, Hole("n", HoleKind.PARAMETER)], number, lexicon, {}) for number in range(4)]
    assert {form.text(hole, form.tokens, lexicon) for form in forms} == {"return rows[:limit]"}
    widths = [end - start for start, end in (form.places["r"] for form in forms)]
    assert [width - widths[0] for width in widths] == [0, 1, 2, 4]
    opened = canvas(forms, lexicon, Noise(range(4), lexicon.vocabulary))
    assert opened.is_warm
    assert forms[0].text(hole, opened.tokens[0].tolist(), lexicon) == "return rows[:limit]"
    # Later rows are noisier, and a name beside the revision starts from noise.
    assert forms[3].text(hole, opened.tokens[3].tolist(), lexicon) != "return rows[:limit]"
    start, end = forms[0].places["n"]
    assert opened.tokens[0, start:end].any()
    sketch = sketch_of({"a.py": "def f(rows, limit):\n    «r»\n"}, hole)
    assert all(fill.texts["r"] != hole.before for fill in engine.fill(sketch, candidates=4, seed=0))
