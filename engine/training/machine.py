"""What a step needs of the machine: number format, compiled layers, and a model class that computes what ours did."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
import transformers

from engine.diffusion.configuration import SIZES, build
from engine.protocol import EngineError

_VOCABULARY = 64
_EXPECTED = (-2.04227, -1.51072, -0.77847)
_NEAR = 1e-3


def precision(device: str) -> AbstractContextManager[Any]:
    """Multiplications in bfloat16 where the device has them."""
    return torch.autocast(device, torch.bfloat16) if device in {"cpu", "cuda"} else nullcontext()


def compile_layers(model: Any) -> None:
    """Compile each layer by itself: equal layers share their code, and nothing that Python decides is in the way."""
    # Few variants: sliding and full layers of encoder and decoder, with and without padding, for training or not.
    torch._dynamo.config.cache_size_limit = 128
    for stack in (model.model.encoder.language_model.layers, model.model.decoder.layers):
        for layer in stack:
            layer.compile(dynamic=True)


def check_class() -> None:
    """Raises `EngineError` when the installed class computes other numbers than the one that this project tests."""
    found = _numbers()
    if any(abs(a - b) > _NEAR for a, b in zip(found, _EXPECTED, strict=True)):
        raise EngineError(
            f"transformers {transformers.__version__}: expected DiffusionGemmaForBlockDiffusion to compute "
            f"{_EXPECTED}, got {found}; put another version in front of it on PYTHONPATH"
        )


def _numbers() -> tuple[float, ...]:
    """A few logits of a tiny model whose weights are no matter of chance."""
    model = build(SIZES["nano-test"], _VOCABULARY).eval()
    for at, (_, value) in enumerate(sorted(model.named_parameters())):
        if value.ndim == 2:
            wave = torch.arange(value.numel(), dtype=torch.float64).add(at).mul(0.7).sin()
            value.data.copy_((wave * 0.2).view(value.shape))
    prompt, canvas = torch.arange(20, 30)[None], torch.arange(40, 48)[None]
    with torch.no_grad():
        cache = model.model.encoder(input_ids=prompt).past_key_values
        first = model(past_key_values=cache, decoder_input_ids=canvas).logits
        again = model(past_key_values=cache, decoder_input_ids=canvas, self_conditioning_logits=first).logits
    return tuple(round(float(value), 5) for value in again[0, ::3, 7])
