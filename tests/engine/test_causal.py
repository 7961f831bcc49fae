import pytest

from engine.protocol import EngineError, Hole, HoleKind
from engine.registry import create
from engine.testing import sketch_of

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

SKETCH = sketch_of(
    {"a.py": "def «helper»(rows, «limit»):\n    return rows[:«limit»]\n"},
    Hole("helper", HoleKind.HELPER_NAME, frozenset({"_cut"}), prefix="_"),
)
TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"


def test_a_model_with_fim_tokens_fills_hole_after_hole_and_depends_on_the_seed(make_causal):
    engine = create(f"causal:{make_causal('<fim_prefix>', '<fim_suffix>', '<fim_middle>')}")
    found = list(engine.fill(SKETCH, candidates=3, seed=0))
    assert found
    assert all(fill.texts["helper"].startswith("_") and fill.texts["limit"].isalpha() for fill in found)
    assert found == list(engine.fill(SKETCH, candidates=3, seed=0))
    assert found[0] == next(engine.fill(SKETCH, candidates=1, seed=0))
    assert found != list(engine.fill(SKETCH, candidates=3, seed=1))


def test_prefix_and_suffix_stand_behind_their_marks_and_are_cut_far_from_the_hole(make_causal, monkeypatch):
    engine = create(f"causal:{make_causal('<fim_prefix>', '<fim_suffix>', '<fim_middle>')}")
    asked = []
    monkeypatch.setattr(engine, "_generated", lambda prompt, *_: asked.append(prompt) or [""])
    engine._completions("z" * 600 + "abc", "xyz" + "z" * 600, 1, 12, 0)
    text = engine.loaded.tokenizer.decode(asked[0])
    assert text.startswith("<fim_prefix>z")
    assert "abc<fim_suffix>xyz" in text
    assert text.endswith("z<fim_middle>")
    assert len(asked[0]) <= 600


def test_a_chat_model_that_writes_no_json_proposes_nothing(make_causal):
    engine = create(f"causal:{make_causal(template=TEMPLATE)}")
    assert list(engine.fill(SKETCH, candidates=2, seed=0)) == []


def test_a_model_that_can_neither_infill_nor_chat_is_refused(make_causal):
    engine = create(f"causal:{make_causal()}")
    with pytest.raises(EngineError, match="expected fill-in-the-middle tokens or a chat template, found neither"):
        list(engine.fill(SKETCH, candidates=1, seed=0))


@pytest.mark.parametrize("checkpoint", ["/no/such/folder", "nobody/no-such-model"])
def test_a_checkpoint_that_is_not_here_is_an_error_and_never_downloaded(checkpoint):
    with pytest.raises(EngineError, match=f"{checkpoint}: expected a local checkpoint"):
        list(create(f"causal:{checkpoint}").fill(SKETCH, candidates=1, seed=0))
