"""Drafts texts for all slots at once, token by token: each pass of the denoising loop freezes one more per slot.

    first tokens     the likeliest ones of each slot, a different one in each row
    each pass        what is spelt so far is frozen, the rest is noise; the next token of each slot is the likeliest
    end              when every slot of every row has its <eos>

A small model is sure of no whole name in noise: tokens that it settles in parallel don't fit each other. Measured with
the shipped checkpoint on 321 holes of 270 held-out sketches, eight drafts each: the authors' text is among them in 34,
and in 19, 21 and 15 by the free loop of 2, 4 and 6 steps. Spelling takes 0.12 CPU-seconds a sketch, the free loop 0.05
to 0.16. Measure again with a better checkpoint.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.diffusion.canvas import Noise
from engine.diffusion.denoise import IsOver, OnDraft, Prompt, never
from engine.diffusion.prompt import EOS, PAD
from engine.diffusion.slots import Slots

BRANCHES = 6
"""First tokens tried for each slot; rows beyond that many begin alike and go on with a second choice."""


@torch.inference_mode()
def spell(
    prompt: Prompt,
    slots: Slots,
    beginnings: Tensor,
    noise: Noise,
    on_draft: OnDraft | None = None,
    is_over: IsOver = never,
) -> Tensor:
    """Token ids of one canvas per generator of `noise`, `[rows, length]`.

    `beginnings` are the log-probabilities of a canvas of noise, `[length, vocab]`; `on_draft` hears what is spelt.
    When the time `is_over` after a pass, slots that are not spelt to their end are empty.
    """
    rows, width = len(noise.generators), slots.width
    starts = torch.arange(0, slots.length, width)
    ruled_out = ~slots.allowed  # [length, vocab]
    canvases = prompt.canvases(rows, slots.length)
    tokens = torch.full((rows, slots.length), PAD)
    is_spelt = torch.zeros(slots.length, dtype=torch.bool)
    is_done = torch.zeros(rows, len(starts), dtype=torch.bool)
    for start in starts.tolist():
        tokens[:, start] = _likeliest(beginnings[start].masked_fill(ruled_out[start], -torch.inf), rows)
    for at in range(1, width):
        is_spelt[starts + at - 1] = True
        canvases.read(torch.where(is_spelt, tokens, noise.canvas(range(rows), slots.length)).to(prompt.device))
        is_next = torch.zeros_like(is_spelt)
        is_next[starts + at] = True
        logits = canvases.logits(slice(0, rows), is_next.expand(rows, -1).to(prompt.device)).cpu()
        logits = logits.view(rows, len(starts), -1).masked_fill_(ruled_out[starts + at], -torch.inf)
        found = logits.max(-1).indices  # [rows, slots]
        if at == 1 and rows > BRANCHES:
            # Rows that begin alike must not go on alike.
            logits[BRANCHES:].scatter_(-1, found[: rows - BRANCHES, :, None], -torch.inf)
            found = logits.max(-1).indices
        found = torch.where(is_done, PAD, found)
        tokens[:, starts + at] = found
        is_done |= found == EOS
        if on_draft is not None:
            on_draft(at, tokens.clone())
        if is_done.all():
            break
        if is_over():
            tokens[:, starts] = torch.where(is_done, tokens[:, starts], EOS)
            break
    return tokens


def _likeliest(logprobs: Tensor, rows: int) -> Tensor:
    """The best `BRANCHES` tokens, over and over: `[rows]` from `[vocab]`."""
    best = logprobs.topk(min(BRANCHES, int(logprobs.isfinite().sum()))).indices
    return best[torch.arange(rows) % len(best)]
