"""Cross-entropy over the vocabulary, a few positions at a time, with its gradient made on the way.

Logits of all positions at once are the largest tensor of a step, and autograd keeps several like it. Here each stretch
of positions goes from hidden states to loss and gradient while it is in the processor's caches. The idea is known as a
fused linear cross-entropy; the logits' soft cap and the mean embedding that conditions the next reading come along.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor

_ON_CPU, _ELSEWHERE = 128, 8192
"""Positions at once; on a CPU with 6,144 tokens, 3 MB of logits."""


@dataclass(frozen=True)
class Scores:
    """What a model thought of the wanted tokens."""

    total: Tensor
    """Weighted sum of nats, the only part that has a gradient."""
    nats: Tensor
    """Of each token, `[positions]`."""
    is_right: Tensor
    """Whether it was the likeliest, `[positions]`."""
    guess: Tensor
    """The mean embedding of what was thought, unscaled: `[positions, hidden]`."""


def score(hidden: Tensor, embedding: Tensor, wanted: Tensor, weights: Tensor, softcap: float) -> Scores:
    """Score tokens `[positions]` by normed hidden states `[positions, hidden]` and an embedding `[vocab, hidden]`.

    Logits are rounded to the hidden states' number format and capped to plus or minus `softcap`.
    """
    return Scores(*cast("tuple[Tensor, ...]", _CrossEntropy.apply(hidden, embedding, wanted, weights, softcap)))


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, embedding: Tensor, wanted: Tensor, weights: Tensor, softcap: float
    ) -> tuple[Tensor, ...]:
        rounded = embedding.to(hidden.dtype)
        nats = weights.new_empty(len(hidden))
        is_right = torch.empty(len(hidden), dtype=torch.bool, device=hidden.device)
        guess, by_hidden = torch.empty_like(hidden), torch.empty_like(hidden)
        by_logits = hidden.new_empty(len(hidden), len(embedding))
        count = _ON_CPU if hidden.device.type == "cpu" else _ELSEWHERE
        for start in range(0, len(hidden), count):
            part = slice(start, start + count)
            token = wanted[part, None]
            capped = (hidden[part] @ rounded.T).float().mul_(1 / softcap).tanh_()  # in units of the cap
            chosen = capped.gather(1, token)[:, 0]
            is_right[part] = chosen >= capped.amax(-1)
            said = capped * softcap
            total = said.logsumexp(-1)
            nats[part] = total - chosen * softcap
            probabilities = said.sub_(total[:, None]).exp_()
            guess[part] = probabilities.to(hidden.dtype) @ rounded
            error = probabilities.scatter_add_(1, token, -torch.ones_like(chosen)[:, None]).mul_(weights[part, None])
            by_logits[part] = capped.square_().neg_().add_(1.0).mul_(error)
            by_hidden[part] = by_logits[part] @ rounded
        ctx.save_for_backward(by_hidden, by_logits, hidden)
        ctx.mark_non_differentiable(nats, is_right, guess)
        return (nats * weights).sum(), nats, is_right, guess

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        by_hidden, by_logits, hidden = ctx.saved_tensors
        scale = gradients[0]
        return by_hidden * scale.to(by_hidden.dtype), (by_logits.T @ hidden).float() * scale, None, None, None
