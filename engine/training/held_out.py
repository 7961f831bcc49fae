"""A quick look at packages that training never sees: one pass over canvases of nothing but noise."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import torch

from engine.diffusion.prompt import MASK, PAD
from engine.training.bundle import Bundle
from engine.training.examples import Example, collate
from engine.training.feed import drawn
from engine.training.learner import Learner
from engine.training.loss import Tensors

_ROWS = 32


def held_out_examples(bundle: Bundle, budget: int, number: int) -> list[Example]:
    """The same so many examples of held-out files each time, each task as often as there are enough of it."""
    # A file gives some ten examples.
    files = random.Random(0).sample(bundle.held_out, min(len(bundle.held_out), 1 + number // 4))
    found: defaultdict[str, list[Example]] = defaultdict(list)
    for example in drawn(bundle.tokenizer, files, budget, "held out"):
        found[example.kind].append(example)
    each = -(-number // max(1, len(found)))
    return [example for kind in sorted(found) for example in found[kind][:each]][:number]


@torch.no_grad()
def examine(model: Any, examples: Sequence[Example], device: str, noise: str) -> dict[str, float]:
    """Means over the examples: `held_out` nats for each token of an answer, `held_out_exact` answers wholly right.

    A revision starts from its faulty text. The draws are the same each time and disturb no others.
    """
    if not examples:
        return {}
    said: list[torch.Tensor] = []
    exact: list[torch.Tensor] = []
    generator = torch.Generator().manual_seed(0)
    learner = Learner(model)
    ordered = sorted(examples, key=lambda example: (len(example.canvas), len(example.prompt)))
    for at in range(0, len(ordered), _ROWS):
        tensors = Tensors.of(collate(ordered[at : at + _ROWS]), device)
        revised = (tensors.start != tensors.canvas).any(-1, keepdim=True)
        shape, vocabulary = tensors.canvas.shape, learner.vocabulary
        blank = torch.randint(0, vocabulary, shape, generator=generator).to(device)
        blank = blank if noise == "uniform" else torch.full_like(blank, MASK)
        start = torch.where(revised, tensors.start, blank)
        reading = learner.read(tensors.prompts, tensors.is_prompt, start, tensors.is_canvas)
        wanted = tensors.canvas.flatten()
        found = learner.score(reading.canvas.flatten(0, 1), wanted, torch.ones(len(wanted), device=wanted.device))
        real = tensors.canvas != PAD
        said.append((found.nats.view(shape) * real).sum(-1) / real.sum(-1))
        exact.append((found.is_right.view(shape) | ~real).all(-1))
    return {
        "held_out": round(torch.cat(said).mean().item(), 4),
        "held_out_exact": round(torch.cat(exact).float().mean().item(), 4),
    }
