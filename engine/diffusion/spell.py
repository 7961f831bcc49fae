"""Drafts texts for all slots at once, token by token: each pass of the denoising loop freezes one more per slot.

    first tokens     the likeliest ones of each slot, a different one in each row
    each pass        what is spelt so far is frozen, the rest is noise, one denoising step; the next token is the argmax
    end              when every slot of every row has its <eos>

A small model is sure of no whole name in noise: tokens that it settles in parallel don't fit each other. Measured with
one checkpoint of 5 million parameters on 42 held-out sketches, eight drafts each: the authors' parameter name is among
them in 14 of 62 holes, and in 8 to 10 by the free loop of 16 to 8 steps; a helper's name in 3 of 33, and in none. It
takes 0.27 CPU-seconds a sketch, the free loop 0.5 to 0.95. So few holes settle little: measure again with a better one.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from engine.diffusion.canvas import Canvas, Noise
from engine.diffusion.denoise import Prompt, Settings, denoise
from engine.diffusion.prompt import EOS, PAD
from engine.diffusion.slots import Slots

BRANCHES = 6
"""First tokens tried for each slot; rows beyond that many begin alike and go on with a second choice."""
_ONE_STEP = Settings(steps=1, first_temperature=1.0, last_temperature=1.0)


@torch.inference_mode()
def spell(model: Any, prompt: Prompt, slots: Slots, beginnings: Tensor, noise: Noise) -> Tensor:
    """Token ids of one canvas per generator of `noise`, `[rows, length]`.

    `beginnings` are the log-probabilities of a canvas of noise, `[length, vocab]`.
    """
    rows, width = len(noise.generators), slots.width
    allowed = slots.allowed.expand(rows, -1, -1)  # [rows, length, vocab]
    starts = range(0, slots.length, width)
    tokens = torch.full((rows, slots.length), PAD)
    is_frozen = torch.zeros(rows, slots.length, dtype=torch.bool)
    is_done = torch.zeros(rows, len(starts), dtype=torch.bool)
    for start in starts:
        tokens[:, start] = _likeliest(beginnings[start].masked_fill(~slots.allowed[start], -torch.inf), rows)
    for at in range(1, width):
        is_frozen[:, [start + at - 1 for start in starts]] = True
        found = denoise(model, prompt, Canvas(tokens, is_frozen, allowed), noise, _ONE_STEP).tokens
        if at == 1 and rows > BRANCHES:
            others = allowed.clone()
            for start in starts:
                # Rows that begin alike must not go on alike.
                others[range(BRANCHES, rows), start + 1, found[: rows - BRANCHES, start + 1]] = False
            found = denoise(model, prompt, Canvas(tokens, is_frozen, others), noise, _ONE_STEP).tokens
        for number, start in enumerate(starts):
            tokens[:, start + at] = torch.where(is_done[:, number], PAD, found[:, start + at])
            is_done[:, number] |= tokens[:, start + at] == EOS
        if is_done.all():
            break
    return tokens


def _likeliest(logprobs: Tensor, rows: int) -> Tensor:
    """The best `BRANCHES` tokens, over and over: `[rows]` from `[vocab]`."""
    best = logprobs.topk(min(BRANCHES, int(logprobs.isfinite().sum()))).indices
    return best[torch.arange(rows) % len(best)]
