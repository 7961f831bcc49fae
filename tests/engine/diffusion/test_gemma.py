import json

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from engine.diffusion.gemma import DiffusionGemma, _canvas, _Form  # noqa: E402
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
TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"


@pytest.fixture(scope="module")
def checkpoint(tiny_checkpoint, tmp_path_factory):
    """The tiny checkpoint as the hub would hold it: with the class's own layout, a chat template, in several shards."""
    from transformers import PreTrainedTokenizerFast

    from engine.diffusion.configuration import load

    model, tokenizer, _ = load(tiny_checkpoint)
    folder = tmp_path_factory.mktemp("gemma")
    model.save_pretrained(folder, max_shard_size="60KB")
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>")
    fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    return folder


def test_a_sharded_checkpoint_fills_holes_of_several_files(checkpoint):
    assert len(list(checkpoint.glob("model-*.safetensors"))) > 1
    engine = create(f"diffusion-gemma:{checkpoint}")
    found = list(engine.fill(SKETCH, candidates=40, seed=0))
    # Random weights write what they like; of forty candidates of letters and signs, some are names.
    assert found
    assert all(fill.texts["helper"].startswith("_") for fill in found)
    assert found == list(engine.fill(SKETCH, candidates=40, seed=0))


def test_what_is_frozen_on_the_canvas_is_what_the_answer_looks_like(checkpoint):
    engine = DiffusionGemma(str(checkpoint))
    forms = [_Form.of(SKETCH.holes, number, engine._tokens) for number in range(3)]
    canvas = _canvas(forms)
    for row, form in enumerate(forms):
        frozen = [
            token for token, is_frozen in zip(form.tokens, canvas.is_frozen[row].tolist(), strict=False) if is_frozen
        ]
        assert engine.loaded.tokenizer.decode(frozen) == "«helper» = _\n«limit» = \n"
    assert [int((~canvas.is_frozen[row]).sum()) for row in range(3)] == [6, 4, 8]


def test_the_question_reaches_the_encoder(checkpoint, monkeypatch):
    engine, asked = DiffusionGemma(str(checkpoint)), []
    template = engine.loaded.tokenizer.apply_chat_template
    monkeypatch.setattr(
        engine.loaded.tokenizer,
        "apply_chat_template",
        lambda chat, **given: asked.append(chat) or template(chat, **given),
    )
    list(engine.fill(SKETCH, candidates=1, seed=0))
    assert "def «helper»(rows, «limit»):" in asked[0][0]["content"]
    assert "one line for each hole" in asked[0][0]["content"]


@pytest.mark.parametrize("name", ["/no/such/folder", "nobody/no-such-model"])
def test_a_checkpoint_that_is_not_here_is_an_error_and_never_downloaded(name):
    with pytest.raises(EngineError, match=f"{name}: expected a local checkpoint of the class"):
        list(create(f"diffusion-gemma:{name}").fill(SKETCH, candidates=1, seed=0))


def test_a_checkpoint_of_another_class_is_refused(checkpoint, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama"}))
    with pytest.raises(EngineError, match="expected a local checkpoint of the class"):
        list(create(f"diffusion-gemma:{tmp_path}").fill(SKETCH, candidates=1, seed=0))
