"""From hidden states to what a step decides, a few rows at a time.

A row of 64 positions over 6,144 tokens is 1.5 MB: what is done with it in place stays in the processor's caches. The
whole batch at once would be written to memory and read back a dozen times. Measured on one core, 8 rows, what follows
the layers in one step: 34 ms at once, 19 ms so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from engine.diffusion.canvas import Noise

if TYPE_CHECKING:
    from engine.diffusion.denoise import Canvases

Accept = Callable[[Tensor, Tensor], Tensor]
"""From entropies and which positions are open to which of these take their sample, `[rows, length]` each."""
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
    said: Tensor
    """Log-probabilities of these draws."""

    @classmethod
    def blank(cls, is_open: Tensor, rows: int) -> Settled:
        """Nothing decided yet; draws for so many rows, even if all else is the same for all of them."""
        tokens = torch.zeros(is_open.shape, dtype=torch.long, device=is_open.device)
        numbers = torch.zeros(is_open.shape, device=is_open.device)
        drawn = torch.zeros(rows, is_open.shape[1], dtype=torch.long, device=is_open.device)
        return cls(tokens, numbers, numbers.clone(), torch.zeros_like(is_open), drawn, torch.zeros_like(drawn).float())


class Head:
    """Settles the positions of a batch that was just read."""

    def __init__(self, canvases: Canvases, noise: Noise, ruled_out: Tensor | None):
        self._canvases, self._noise, self._ruled_out = canvases, noise, ruled_out

    def settle(self, rows: Sequence[int], is_open: Tensor, temperature: float, accept: Accept | None) -> Settled:
        """Decide every open position, `is_open` being `[rows, length]`, or `[1, length]` of a batch of equal rows.

        `rows` are the generators to draw from. Given what to `accept`, samples are drawn and the next pass is
        conditioned.
        """
        found = Settled.blank(is_open, len(rows))
        if len(is_open) < len(rows):
            self._settle(
                found,
                slice(0, 1),
                [([row], slice(at, at + 1)) for at, row in enumerate(rows)],
                is_open,
                temperature,
                accept,
            )
            names = ("tokens", "logprobs", "entropy", "is_accepted")
            return replace(found, **{name: getattr(found, name).expand(len(rows), -1) for name in names})
        most = max(1, int(is_open.sum(-1).max()))
        count = len(rows) if is_open.is_cuda else max(1, _POSITIONS // most)
        for start in range(0, len(rows), count):
            part = slice(start, start + count)
            self._settle(found, part, [(rows[part], part)], is_open[part], temperature, accept)
        return found

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows only."""
        if self._ruled_out is not None and len(self._ruled_out) > 1:
            self._ruled_out = self._ruled_out[rows]

    def _settle(
        self,
        found: Settled,
        part: slice,
        drawing: Sequence[tuple[Sequence[int], slice]],
        is_open: Tensor,
        temperature: float,
        accept: Accept | None,
    ) -> None:
        logits = self._canvases.logits(part, is_open).div_(temperature)  # [open, vocab]
        if self._ruled_out is not None:
            ruled_out = self._ruled_out[part] if len(self._ruled_out) > 1 else self._ruled_out
            # Not minus infinity: a probability of 0 times it must count 0.
            logits.masked_fill_(ruled_out.expand(*is_open.shape, -1)[is_open], torch.finfo(logits.dtype).min)
        top, tokens = logits.max(-1)  # [open]
        probabilities = logits.sub_(top[:, None]).exp()
        total = probabilities.sum(-1)  # [open]
        entropy = total.log() - logits.mul_(probabilities).sum(-1) / total
        found.tokens[part][is_open], found.logprobs[part][is_open] = tokens, -total.log()
        found.entropy[part][is_open] = entropy
        if accept is None:
            return
        probabilities.div_(total[:, None])
        accepted = accept(found.entropy[part], is_open)
        found.is_accepted[part] = accepted
        likely = probabilities[accepted[is_open]]  # [accepted, vocab]
        for rows, drawn in drawing:
            sampled = self._noise.sample(rows, probabilities, is_open, accepted)
            found.sampled[drawn][accepted] = sampled
            found.said[drawn][accepted] = likely.gather(-1, sampled[:, None])[:, 0].log()
        self._canvases.condition(part, is_open, probabilities)
