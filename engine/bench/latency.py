"""The latency shape of a local diffusion checkpoint, beside autoregressive decoding with the same weights.

The encoder of the class is causal and shares its weights with the decoder, so that running it token by token *is* an
autoregressive model of equal size: same parameters, same prompt, same batch. Denoising runs all of its steps here, as a
confident checkpoint stops earlier and a worse one would look slower than it is.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from engine.diffusion.canvas import Canvas, Noise
from engine.diffusion.denoise import Settings, denoise
from engine.diffusion.network import EncodedPrompt, Network

PROMPT = 512
LENGTHS = (8, 16, 32, 64, 128, 256)
STEPS = (4, 8, 12)
CANDIDATES = (1, 8, 64)
_REPEATS = 3
_MOST_TOKENS = 4096
"""Open tokens of a batch beyond which a row is left out: logits for a whole vocabulary would not fit into memory."""


@dataclass(frozen=True)
class Shape:
    """What is asked for at once: tokens of the hole, denoising steps (0 for left to right), candidates."""

    length: int
    steps: int
    candidates: int

    @property
    def tokens_per_forward(self) -> float:
        """Tokens that one pass of the network settles on average, all candidates together."""
        return self.length * self.candidates / (self.steps or self.length)


def shapes(
    lengths: Sequence[int] = LENGTHS, steps: Sequence[int] = STEPS, candidates: Sequence[int] = CANDIDATES
) -> Iterator[Shape]:
    """Every combination that fits, the autoregressive one after the diffusion ones."""
    for length in lengths:
        for rows in candidates:
            if length * rows <= _MOST_TOKENS:
                yield from (Shape(length, count, rows) for count in (*steps, 0))


def measure_latency(
    model: Network, name: str, prompt: Sequence[int], wanted: Sequence[Shape], told: Callable[[str], None]
) -> list[dict[str, Any]]:
    """One row for each shape: medians of some runs after one that warms up, in seconds."""
    encoded = model.encode(prompt)
    rows = []
    for number, shape in enumerate(wanted):
        told(f"{name}: shape {number + 1} of {len(wanted)}")
        wall, cpu = _timed(model, encoded, shape)
        rows.append(
            {
                "engine": name if shape.steps else f"{name}, autoregressive",
                "device": str(model.device),
                "dtype": model.precision.value,
                "prompt": len(prompt),
                "length": shape.length,
                "steps": shape.steps or shape.length,
                "candidates": shape.candidates,
                # All candidates of a batch are done at the same time, whichever way they are decoded.
                "first_seconds": round(wall, 4),
                "wall_seconds": round(wall, 4),
                "cpu_seconds": round(cpu, 4),
                "tokens_per_forward": round(shape.tokens_per_forward, 2),
            }
        )
    return rows


@torch.inference_mode()
def write_on(prompt: EncodedPrompt, start: Tensor, length: int) -> Tensor:
    """Continue a prompt from left to right, the likeliest token each time: `[candidates, length]`.

    `start` is the first token of each candidate, `[candidates, 1]`.
    """
    texts, token, written = prompt.texts(len(start), length), start, []
    for _ in range(length):
        token = texts.write(token).max(-1).indices[:, None]  # [candidates, 1]
        written.append(token)
    return torch.cat(written, -1)


def _timed(model: Network, prompt: EncodedPrompt, shape: Shape) -> tuple[float, float]:
    _run(model, prompt, shape)
    found = []
    for _ in range(_REPEATS):
        wall, cpu = time.perf_counter(), time.process_time()
        _run(model, prompt, shape)
        found.append((time.perf_counter() - wall, time.process_time() - cpu))
    walls, cpus = zip(*found, strict=True)
    return statistics.median(walls), statistics.median(cpus)


def _run(model: Network, prompt: EncodedPrompt, shape: Shape) -> None:
    if shape.steps:
        noise = Noise(range(shape.candidates), model.vocabulary)
        settings = Settings(steps=shape.steps, confidence=0.0)
        denoise(model, prompt, Canvas.blank(shape.candidates, shape.length), noise, settings)
    else:
        write_on(prompt, torch.zeros(shape.candidates, 1, dtype=torch.long, device=model.device), shape.length)
    if model.device.type == "cuda":
        torch.cuda.synchronize()
