"""From hidden states to what a step decides, a few rows at a time.

A row of 64 positions over 6,144 tokens is 1.5 MB: what is done with it in place stays in the processor's caches. The
whole batch at once would be written to memory and read back a dozen times. Measured on one core, 8 rows, what follows
the layers in one step: 34 ms at once, 19 ms so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from engine.diffusion.canvas import Noise

if TYPE_CHECKING:
    from engine.diffusion.denoise import Canvases

_POSITIONS = 128
"""Positions settled at once on a CPU; elsewhere all of them, as there each operation costs a launch."""


@dataclass(frozen=True)
class Settled:
    """What a step decides of each position, `[rows, length]` each; 0 or False where frozen."""

    tokens: Tensor
    """The likeliest ones."""
    logprobs: Tensor
    """Of these tokens, in nats."""
    entropy: Tensor
    """In nats."""
    is_accepted: Tensor
    """Whether the next canvas takes the sample; False after the last step."""
    sampled: Tensor
    """One draw where accepted."""

    @classmethod
    def blank(cls, is_open: Tensor) -> Settled:
        """Nothing decided yet."""
        tokens = torch.zeros(is_open.shape, dtype=torch.long, device=is_open.device)
        numbers = torch.zeros(is_open.shape, device=is_open.device)
        return cls(tokens, numbers, numbers.clone(), torch.zeros_like(is_open), tokens.clone())


class Head:
    """Settles the positions of a batch that was just read."""

    def __init__(self, canvases: Canvases, noise: Noise, ruled_out: Tensor | None):
        self._canvases, self._noise, self._ruled_out = canvases, noise, ruled_out

    def settle(self, rows: Sequence[int], is_open: Tensor, temperature: float, bound: float | None) -> Settled:
        """Decide every open position, `is_open` being `[rows, length]`.

        `rows` are the generators to draw from. With a `bound` on entropy, samples are accepted and the next pass is
        conditioned.
        """
        found = Settled.blank(is_open)
        count = is_open.shape[0] if is_open.is_cuda else max(1, _POSITIONS // is_open.shape[1])
        for start in range(0, len(rows), count):
            part = slice(start, start + count)
            self._settle(found, rows[part], part, is_open[part], temperature, bound)
        return found

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows only."""
        if self._ruled_out is not None and len(self._ruled_out) > 1:
            self._ruled_out = self._ruled_out[rows]

    def _settle(
        self, found: Settled, rows: Sequence[int], part: slice, is_open: Tensor, temperature: float, bound: float | None
    ) -> None:
        logits = self._canvases.logits(part, is_open).div_(temperature)  # [open, vocab]
        if self._ruled_out is not None:
            ruled_out = self._ruled_out[part] if len(self._ruled_out) > 1 else self._ruled_out
            # Not minus infinity: a probability of 0 times it must count 0.
            logits.masked_fill_(ruled_out.expand(*is_open.shape, -1)[is_open], torch.finfo(logits.dtype).min)
        top, tokens = logits.max(-1)  # [open]
        probabilities = logits.sub_(top[:, None]).exp()
        total = probabilities.sum(-1)  # [open]
        entropy = total.log() - torch.linalg.vecdot(probabilities, logits) / total
        found.tokens[part][is_open], found.logprobs[part][is_open] = tokens, -total.log()
        found.entropy[part][is_open] = entropy
        if bound is not None:
            probabilities.div_(total[:, None])
            accepted = _is_accepted(found.entropy[part], bound) & is_open
            found.is_accepted[part] = accepted
            found.sampled[part][accepted] = self._noise.sample(rows, probabilities, is_open, accepted)
            self._canvases.condition(part, is_open, probabilities)


def _is_accepted(entropy: Tensor, bound: float) -> Tensor:
    """The positions of lowest entropy, as long as those before them sum to no more than the bound."""
    ascending, order = entropy.sort(-1)
    is_within = ascending.cumsum(-1) - ascending <= bound
    return torch.zeros_like(is_within).scatter(-1, order, is_within)
