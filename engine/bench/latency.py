"""The latency shape of a local diffusion checkpoint, beside autoregressive decoding with the same weights.

The encoder of the class is causal and shares its weights with the decoder, so that running it token by token *is* an
autoregressive model of equal size: same weights in the same number format, same encoded prompt, same batch, the same
layers of `engine.diffusion.network`, as many tokens written as the canvas has. Keys and values are kept in both; they
are never copied. Denoising runs all of its steps here, as a confident checkpoint stops earlier and a worse one would
look slower than it is. What this does not say is how good the texts are: `bench --holes` does.

Rows that settle say what `Settings.settles` and `begins_alike` save: an equal share of the canvas stays in each step.

Measured with the shipped checkpoint on one core with AMX, bfloat16, 8 candidates of 64 tokens behind 512: 0.079, 0.162
and 0.339 seconds in 2, 4 and 8 steps, 0.043, 0.104 and 0.215 when they settle, 0.214 from left to right. The
processor reads these weights from its caches, so that it multiplies, not reads, and denoising multiplies nearly once
more per step: candidates per second are 2.7, 1.35 and 0.65 times those from left to right, and 4.9, 2.1 and 1.0 times.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from engine.bench.peak import Peak, operations, peak
from engine.diffusion.canvas import Canvas, Noise
from engine.diffusion.checkpoint import TOKENIZER
from engine.diffusion.denoise import Settings, denoise
from engine.diffusion.linear import Precision
from engine.diffusion.nano import threads
from engine.diffusion.network import EncodedPrompt, Network
from engine.protocol import EngineError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PROMPT = 512
LENGTHS = (8, 16, 32, 64, 128, 256)
STEPS = (2, 4, 8, 12)
CANDIDATES = (1, 8, 64)
AUTOREGRESSIVE, SETTLING = ", autoregressive", ", settling"
"""Follow an engine's name in rows that were written from left to right, or whose tokens stay once they are accepted."""
_REPEATS, _SECONDS = 3, 3.0
"""How often a shape is timed, unless its first run takes longer than that: then it stands alone."""
_MOST_TOKENS = 4096
"""Tokens of a batch beyond which a shape is left out: it would take minutes where there is no accelerator."""


@dataclass(frozen=True)
class Shape:
    """What is asked for at once: tokens of the hole, denoising steps (0 for left to right), candidates."""

    length: int
    steps: int
    candidates: int
    settles: bool = False
    """Whether candidates begin alike, and what is accepted leaves the computation."""

    @property
    def passes(self) -> int:
        """Of the network: one for each step, or for each token."""
        return self.steps or self.length

    @property
    def tokens_per_forward(self) -> float:
        """Tokens that one pass of the network settles on average, all candidates together."""
        return self.length * self.candidates / self.passes


def shapes(
    lengths: Sequence[int] = LENGTHS, steps: Sequence[int] = STEPS, candidates: Sequence[int] = CANDIDATES
) -> Iterator[Shape]:
    """Every combination that fits: denoised, denoised and settling, from left to right."""
    for length in lengths:
        for rows in candidates:
            if length * rows <= _MOST_TOKENS:
                yield from (Shape(length, count, rows) for count in steps)
                yield from (Shape(length, count, rows, settles=True) for count in steps if 1 < count <= length)
                yield Shape(length, 0, rows)


@dataclass(frozen=True)
class Times:
    """Seconds of one run."""

    wall: float
    cpu: float


def opened(folder: Path, device: str, precision: str | None) -> tuple[Network, Tokenizer]:
    """A checkpoint's network and tokenizer; raises `EngineError` for what this machine does not have."""
    from tokenizers import Tokenizer

    if device not in ("cpu", "cuda"):
        raise EngineError(f"bench: --device: expected cpu or cuda, got {device!r}")
    if device == "cuda" and not torch.cuda.is_available():
        raise EngineError("bench: --device cuda: expected a card that torch can use, found none")
    if precision is not None and precision not in set(Precision):
        raise EngineError(f"bench: --dtype: expected {', '.join(Precision)}, got {precision!r}")
    if device == "cuda" and precision == Precision.INT8:
        raise EngineError("bench: --dtype int8: expected --device cpu, got cuda; a card takes bfloat16 or float32")
    # As the engine does: threads that wait for a core would be timed too.
    torch.set_num_threads(threads())
    network = Network(folder, device, Precision(precision) if precision else None)
    return network, Tokenizer.from_file(str(folder / TOKENIZER))


def measure_latency(
    model: Network, name: str, prompt: Sequence[int], wanted: Sequence[Shape], told: Callable[[str], None]
) -> list[dict[str, Any]]:
    """One row for each shape: medians of some runs after one that warms up, in seconds."""
    top = peak(model.device, model.precision)
    reading = _timed(lambda: model.encode(prompt), model.device)
    encoded = model.encode(prompt)
    rows = []
    for number, shape in enumerate(wanted):
        told(f"{name}: shape {number + 1} of {len(wanted)}")
        times = _timed(lambda shape=shape: _run(model, encoded, shape), model.device)  # type: ignore[misc]
        rows.append(_row(model, name, encoded.length, shape, times, reading, top))
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


def multiplied(model: Network, prompt: int, shape: Shape) -> float:
    """Floating-point operations of a shape behind a prompt of so many tokens."""
    if not shape.steps:
        return shape.length * operations(model, shape.candidates, prompt + (shape.length + 1) / 2)
    keys, steps = prompt + shape.length, shape.steps
    if not shape.settles:
        positions = shape.candidates * shape.length
        first = operations(model, positions, keys)
        return first + (steps - 1) * operations(model, positions, keys, conditioned=positions)
    # The first pass is one candidate's. What it settles is read once more, and all that is open.
    found = operations(model, shape.length, keys)
    for step in range(1, steps):
        open_, new = (shape.candidates * shape.length * share / steps for share in (steps - step, 1))
        found += operations(model, open_ + new, keys, conditioned=open_ + new, said=open_)
    return found


def _row(
    model: Network, name: str, prompt: int, shape: Shape, times: Times, reading: Times, top: Peak
) -> dict[str, Any]:
    return {
        "engine": name + (SETTLING if shape.settles else "" if shape.steps else AUTOREGRESSIVE),
        "device": str(model.device),
        "dtype": model.precision.value,
        "threads": torch.get_num_threads(),
        "prompt": prompt,
        "length": shape.length,
        "steps": shape.passes,
        "candidates": shape.candidates,
        # From a prompt that nobody has read yet. All candidates of a batch are done at once, whichever way they are
        # decoded, so that the first one waits for the last.
        "first_seconds": round(reading.wall + times.wall, 4),
        "wall_seconds": round(times.wall, 4),
        "cpu_seconds": round(times.cpu, 4),
        "candidates_per_second": round(shape.candidates / times.wall, 2),
        "tokens_per_forward": round(shape.tokens_per_forward, 2),
        "share_of_peak": round(multiplied(model, prompt, shape) / times.wall / top.operations, 4),
        "peak": {"device": top.device, "operations_per_second": round(top.operations), "source": top.source},
    }


def _timed(run: Callable[[], object], device: torch.device) -> Times:
    found = [_once(run, device)]
    if found[0].wall < _SECONDS:
        found = [_once(run, device) for _ in range(_REPEATS)]
    return Times(statistics.median(one.wall for one in found), statistics.median(one.cpu for one in found))


def _once(run: Callable[[], object], device: torch.device) -> Times:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return Times(time.perf_counter() - wall, time.process_time() - cpu)


def _run(model: Network, prompt: EncodedPrompt, shape: Shape) -> None:
    if shape.steps:
        noise = Noise(range(shape.candidates), model.vocabulary)
        settings = Settings(shape.steps, confidence=0.0, settles=shape.settles, begins_alike=shape.settles)
        denoise(model, prompt, Canvas.blank(shape.candidates, shape.length), noise, settings)
    else:
        write_on(prompt, torch.zeros(shape.candidates, 1, dtype=torch.long, device=model.device), shape.length)
