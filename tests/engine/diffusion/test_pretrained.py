import json
import shutil

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from engine.protocol import EngineError  # noqa: E402
from engine.registry import create  # noqa: E402
from engine.testing import sketch_of  # noqa: E402

SKETCH = sketch_of({"a.py": "def «helper»(rows, «limit»):\n    return rows[:«limit»]\n"})
LAYER = "model.decoder.layers.0.mlp.gate_proj.weight"


def rounded(weight):
    """What is left of a matrix in 8 bits, one scale for each row."""
    scale = weight.abs().amax(1, keepdim=True) / 127
    return (weight / scale).round() * scale


@pytest.fixture(scope="module")
def quantised(gemma_checkpoint, tmp_path_factory):
    """The tiny checkpoint in 8 bits, as the tools for servers pack it, in several shards."""
    pytest.importorskip("compressed_tensors", reason="packs the checkpoint: pip install 'guardloop-cli[dev]'")
    pytest.importorskip("accelerate", reason="loads quantised checkpoints: pip install 'guardloop-cli[dev]'")
    from compressed_tensors.compressors import ModelCompressor
    from compressed_tensors.quantization import (
        QuantizationArgs,
        QuantizationConfig,
        QuantizationScheme,
        apply_quantization_config,
    )
    from transformers import DiffusionGemmaForBlockDiffusion

    model = DiffusionGemmaForBlockDiffusion.from_pretrained(gemma_checkpoint)
    weights = QuantizationArgs(num_bits=8, type="int", symmetric=True, strategy="channel")
    others = [f"re:.*{part}.*" for part in ("router", "vision", "embed", "lm_head", "self_conditioning")]
    groups = {"group_0": QuantizationScheme(targets=["Linear"], weights=weights)}
    apply_quantization_config(model, QuantizationConfig(config_groups=groups, ignore=others))
    for module in model.modules():
        if hasattr(module, "weight_scale"):
            module.weight_scale.data.copy_(module.weight.abs().amax(1, keepdim=True) / 127)
    compressor = ModelCompressor.from_pretrained_model(model)
    compressor.compress_model(model)
    folder = tmp_path_factory.mktemp("quantised")
    model.save_pretrained(folder, max_shard_size="60KB")
    compressor.update_config(folder)
    for path in gemma_checkpoint.glob("*token*"):
        shutil.copy(path, folder)
    shutil.copy(gemma_checkpoint / "chat_template.jinja", folder)
    return folder


def test_a_quantised_checkpoint_in_shards_fills_holes(quantised, gemma_checkpoint):
    index = json.loads((quantised / "model.safetensors.index.json").read_text())["weight_map"]
    assert len(set(index.values())) > 1
    assert f"{LAYER}_packed" in index
    assert LAYER not in index
    engine = create(f"diffusion-gemma:{quantised}")
    assert len(list(engine.fill(SKETCH, candidates=4, seed=0))) == 4
    whole = create(f"diffusion-gemma:{gemma_checkpoint}").loaded.model.get_parameter(LAYER)
    found = engine.loaded.model.get_parameter(LAYER)
    torch.testing.assert_close(found, rounded(whole))
    assert not torch.equal(found, whole)
    # Encoder and decoder are the same weights still.
    encoder = engine.loaded.model.get_parameter(LAYER.replace("decoder", "encoder.language_model"))
    assert encoder.data_ptr() == found.data_ptr()


@pytest.mark.parametrize("engine", ["diffusion-gemma", "causal", "masked"])
def test_a_checkpoint_that_lacks_weights_is_refused_and_not_made_up(engine, tmp_path, request):
    from safetensors.torch import load_file, save_file

    folder = {
        "diffusion-gemma": lambda: request.getfixturevalue("gemma_checkpoint"),
        "causal": lambda: request.getfixturevalue("make_causal")("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
        "masked": lambda: request.getfixturevalue("make_masked")(),
    }[engine]()
    copy = shutil.copytree(folder, tmp_path / "copy")
    shard = next(path for path in sorted(copy.glob("*.safetensors")) if _layers(path))
    tensors = load_file(shard)
    del tensors[_layers(shard)[0]]
    save_file(tensors, shard, metadata={"format": "pt"})
    with pytest.raises(EngineError, match=r"expected a local checkpoint of .*, found"):
        list(create(f"{engine}:{copy}").fill(SKETCH, candidates=1, seed=0))


def _layers(shard):
    from safetensors import safe_open

    with safe_open(shard, "pt") as file:
        return [name for name in sorted(file.keys()) if ("layer" in name and "proj" in name) or "query.weight" in name]


def test_a_missing_shard_is_named(gemma_checkpoint, tmp_path):
    copy = shutil.copytree(gemma_checkpoint, tmp_path / "copy")
    shard = sorted(copy.glob("model-*.safetensors"))[1]
    shard.unlink()
    with pytest.raises(EngineError, match=shard.name):
        list(create(f"diffusion-gemma:{copy}").fill(SKETCH, candidates=1, seed=0))


@pytest.mark.parametrize(
    ("engine", "ask"),
    [("diffusion-gemma", "gemma_checkpoint"), ("causal", "make_causal"), ("masked", "make_masked")],
)
def test_memory_that_runs_out_is_the_engines_error(engine, ask, request, monkeypatch):
    found = request.getfixturevalue(ask)
    marks = ("<fim_prefix>", "<fim_suffix>", "<fim_middle>") if engine == "causal" else ()
    made = create(f"{engine}:{found(*marks) if callable(found) else found}")

    def full(*_, **__):
        raise torch.OutOfMemoryError("no memory is left")

    monkeypatch.setattr(made.loaded.model, "forward", full)
    with pytest.raises(EngineError, match=f"engine {engine}: the model failed: OutOfMemoryError: no memory is left"):
        list(made.fill(SKETCH, candidates=1, seed=0))
