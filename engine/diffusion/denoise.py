"""Denoises a canvas: our own loop around one pass of a network of DiffusionGemma's class.

    prompt ──► encoder, once ──► read-only keys and values, repeated for N candidates
                                                     │
     noise ──► canvas  x  ◄── frozen positions       │
                 │    ▲       are put back           ▼
                 │    └──────────────────────┐    decoder  ◄── what the last step thought (self-conditioning)
                 └───────────────────────────┼───────►│
                                             │        ▼
                  accepted │ fresh noise     │     logits / temperature, banned and disallowed tokens out
                           │                 │        │
                 the tokens of lowest        │        ├──► a sample at each open position
                 entropy, while their  ◄─────┼────────┤
                 sum stays under a bound     │        └──► argmax: the draft, streamed to `on_draft`
                           │                 │                    │
                           └─────────────────┘      stable since the last step, and mean entropy low?
                                                      yes: the row is done and leaves the batch

At equal seed and settings a row is token-identical to `generate()` with a batch of one, if its noise is drawn as there
(`GenerateNoise`; a test holds it so). Beyond that, this loop has what `generate()` lacks: frozen positions, a seed per
row, any canvas length, closed sets of tokens, log-probabilities of the open positions. It denoises one canvas; a text
longer than the canvas is not its job. No tensor of all positions times the vocabulary is made: a few rows at a time go
from hidden states to entropy, sample and the next step's conditioning, while they are in the processor's cache.
Sampler: Ben-Hamu et al. 2025, entropy-bounded unmasking (arXiv 2505.24857), as the class's own `EntropyBoundSampler`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from engine.diffusion import classed
from engine.diffusion.canvas import Canvas, Noise
from engine.diffusion.head import Head
from engine.diffusion.network import Network

OnDraft = Callable[[int, Tensor], None]
"""Called after each step with the number of steps done and all drafts, `[candidates, length]`."""


@dataclass(frozen=True)
class Settings:
    """How to denoise. The defaults are the class's own, but for the steps: names are settled long before 48."""

    steps: int = 12
    first_temperature: float = 0.8
    last_temperature: float = 0.4
    entropy_bound: float = 0.1
    """Nats; how much the tokens accepted in one step may depend on each other."""
    confidence: float = 0.005
    """A stable row stops below this mean entropy, in nats per open token; 0 never stops early."""

    def temperature(self, remaining: int) -> float:
        """The temperature of the step after which `remaining - 1` are left."""
        return self.last_temperature + (self.first_temperature - self.last_temperature) * remaining / self.steps


class Canvases(Protocol):
    """A batch of canvases behind one prompt; the network and any model of the class have their own."""

    def read(self, tokens: Tensor) -> None:
        """Run the decoder over canvases, `[rows, length]`."""

    def logits(self, rows: slice, wanted: Tensor) -> Tensor:
        """Of the positions of these rows that are `wanted`, `[rows, length]`: `[positions, vocab]`, to overwrite."""

    def condition(self, rows: slice, wanted: Tensor, probabilities: Tensor) -> None:
        """Tell the next pass what was thought of the wanted positions, `[positions, vocab]`; others are certain."""

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows only."""


class Prompt(Protocol):
    """An encoded prompt, to be read by any number of candidates."""

    @property
    def device(self) -> torch.device:
        """Where canvases are read."""

    def canvases(self, rows: int, length: int) -> Canvases:
        """A batch of canvases behind this prompt."""


@dataclass(frozen=True)
class Denoised:
    """What became of the canvas."""

    tokens: Tensor
    """`[candidates, length]`; frozen positions as they were."""
    logprobs: Tensor
    """Natural log-probability of each token at its row's last step, 0 where frozen: `[candidates, length]`."""
    steps: tuple[int, ...]
    """Forward passes of the decoder that each row took."""


def encode(model: Any, tokens: Sequence[int]) -> Any:
    """Run the encoder of a network, or of a model of the class, over a prompt: a `Prompt`."""
    return model.encode(tokens) if isinstance(model, Network) else classed.encode(model, tokens)


@torch.inference_mode()
def denoise(
    model: Any,
    prompt: Prompt,
    canvas: Canvas,
    noise: Noise,
    settings: Settings,
    *,
    banned: Sequence[int] = (),
    on_draft: OnDraft | None = None,
) -> Denoised:
    """Fill the open positions of each row; `noise` has one generator per row."""
    batch = _Batch(prompt, canvas.to(model.device), noise, banned)
    tokens = canvas.tokens.clone()  # [candidates, length]
    logprobs = torch.zeros(tokens.shape)  # [candidates, length]
    steps = [0] * canvas.rows
    for remaining in range(settings.steps, 0, -1):
        batch.step(settings.temperature(remaining), settings.entropy_bound, is_last=remaining == 1)
        tokens[batch.rows], logprobs[batch.rows] = batch.draft.cpu(), batch.logprobs.cpu()
        for row in batch.rows:
            steps[row] += 1
        if on_draft is not None:
            on_draft(settings.steps - remaining + 1, tokens.clone())
        batch.drop(batch.is_stable & (batch.uncertainty < settings.confidence))
        if not batch.rows:
            break
    return Denoised(tokens, logprobs, tuple(steps))


class _Batch:
    """The rows that are still being denoised, and what one step hands to the next."""

    def __init__(self, prompt: Prompt, canvas: Canvas, noise: Noise, banned: Sequence[int]):
        self.noise = noise
        self.rows = list(range(canvas.rows))
        self.frozen, self.is_open = canvas.tokens, ~canvas.is_frozen  # [rows, length]
        length = canvas.tokens.shape[1]
        self.canvases = prompt.canvases(canvas.rows, length)
        self.head = Head(self.canvases, noise, _ruled_out(canvas, banned, noise.vocabulary))
        start = noise.canvas(self.rows, length).to(canvas.tokens.device)
        self.current = canvas.tokens if canvas.is_warm else torch.where(self.is_open, start, self.frozen)
        # No token is -1, so that nothing is stable after the first step.
        self.draft = torch.full_like(self.frozen, -1)

    def step(self, temperature: float, bound: float, *, is_last: bool) -> None:
        """Draft the canvas by one pass, and unless it was the last one make the canvas of the next."""
        self.canvases.read(self.current)
        found = self.head.settle(self.rows, self.is_open, temperature, None if is_last else bound)
        draft = torch.where(self.is_open, found.tokens, self.frozen)
        self.is_stable = (draft == self.draft).all(-1)  # [rows]
        self.draft, self.logprobs = draft, found.logprobs
        self.uncertainty = found.entropy.sum(-1) / self.is_open.sum(-1).clamp_min(1)  # [rows]
        if not is_last:
            # A sample first, then noise: the order in which `generate()` draws.
            fresh = self.noise.canvas(self.rows, draft.shape[1]).to(draft.device)
            renewed = torch.where(found.is_accepted, found.sampled, fresh)
            self.current = torch.where(self.is_open, renewed, self.frozen)

    def drop(self, is_done: Tensor) -> None:
        """Take finished rows out of the batch."""
        if not is_done.any():
            return
        keep = (~is_done).nonzero()[:, 0]
        self.rows = [self.rows[at] for at in keep.tolist()]
        if self.rows:
            self.frozen, self.is_open, self.draft = self.frozen[keep], self.is_open[keep], self.draft[keep]
            self.current = self.current[keep]
            self.canvases.keep(keep)
            self.head.keep(keep)


def _ruled_out(canvas: Canvas, banned: Sequence[int], vocabulary: int) -> Tensor | None:
    """The tokens that may not stand somewhere, `[rows or 1, length or 1, vocab]`; None if all may."""
    ruled_out = None if canvas.allowed is None else ~canvas.allowed
    if banned:
        always = torch.zeros(vocabulary, dtype=torch.bool, device=canvas.tokens.device)
        always[list(banned)] = True
        ruled_out = always[None, None] if ruled_out is None else ruled_out | always
    return ruled_out
