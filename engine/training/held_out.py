"""A quick look at packages that training never sees: one pass over canvases of nothing but noise."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own convention

from engine.diffusion.prompt import MASK, PAD
from engine.training.bundle import Bundle
from engine.training.examples import Example, collate
from engine.training.feed import drawn
from engine.training.loss import Tensors
from engine.training.machine import precision

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
    was_training = model.training
    model.eval()
    ordered = sorted(examples, key=lambda example: (len(example.canvas), len(example.prompt)))
    for at in range(0, len(ordered), _ROWS):
        tensors = Tensors.of(collate(ordered[at : at + _ROWS]), device)
        revised = (tensors.start != tensors.canvas).any(-1, keepdim=True)
        shape, vocabulary = tensors.canvas.shape, model.config.text_config.vocab_size
        blank = torch.randint(0, vocabulary, shape, generator=generator).to(device)
        blank = blank if noise == "uniform" else torch.full_like(blank, MASK)
        with precision(device):
            encoded = model.model.encoder(input_ids=tensors.prompts, attention_mask=tensors.is_prompt)
            logits = model(
                decoder_input_ids=torch.where(revised, tensors.start, blank),
                past_key_values=encoded.past_key_values,
                decoder_attention_mask=torch.cat([tensors.is_prompt, tensors.is_canvas], -1).bool(),
            ).logits.float()  # [rows, canvas, vocabulary]
        real = tensors.canvas != PAD
        each = F.cross_entropy(logits.transpose(1, 2), tensors.canvas, reduction="none") * real
        said.append(each.sum(-1) / real.sum(-1))
        exact.append(((logits.argmax(-1) == tensors.canvas) | ~real).all(-1))
    model.train(was_training)
    return {
        "held_out": round(torch.cat(said).mean().item(), 4),
        "held_out_exact": round(torch.cat(exact).float().mean().item(), 4),
    }
