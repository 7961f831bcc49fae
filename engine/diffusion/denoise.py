"""Denoises a canvas with the public `forward` of `DiffusionGemmaForBlockDiffusion`.

    prompt ──► encoder, once ──► read-only keys and values, repeated for N candidates
                                                     │
     noise ──► canvas  x  ◄── frozen positions       │
                 │    ▲       are put back           ▼
                 │    └──────────────────────┐    decoder  ◄── logits of the last step (self-conditioning)
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

At equal seed and settings a row is token-identical to `generate()` with a batch of one (a test holds it so). Beyond
that, this loop has what `generate()` lacks: frozen positions, a seed per row, any canvas length, closed sets of tokens,
log-probabilities of the open positions. It denoises one canvas; a text longer than the canvas is not its job.
Sampler: Ben-Hamu et al. 2025, entropy-bounded unmasking (arXiv 2505.24857), as the class's own `EntropyBoundSampler`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from engine.diffusion.canvas import Canvas, Noise

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


@dataclass(frozen=True)
class Prompt:
    """An encoded prompt, to be read by any number of candidates."""

    cache: Any
    length: int

    def repeated(self, rows: int) -> Any:
        """Its keys and values for a batch; the prompt's own stay as they are."""
        cache = copy.deepcopy(self.cache)
        if rows > 1:
            cache.batch_repeat_interleave(rows)
        return cache


@dataclass(frozen=True)
class Denoised:
    """What became of the canvas."""

    tokens: Tensor
    """`[candidates, length]`; frozen positions as they were."""
    logprobs: Tensor
    """Natural log-probability of each token at its row's last step, 0 where frozen: `[candidates, length]`."""
    steps: tuple[int, ...]
    """Forward passes of the decoder that each row took."""


@torch.inference_mode()
def encode(model: Any, tokens: Sequence[int]) -> Prompt:
    """Run the encoder over a prompt."""
    cache = DynamicCache(config=model.config.get_text_config(decoder=True))
    ids = torch.tensor([list(tokens)], device=model.device)  # [1, prompt]
    model.model.encoder(input_ids=ids, past_key_values=cache)
    return Prompt(cache, len(tokens))


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
    batch = _Batch(model, prompt, canvas.to(model.device), noise, banned)
    tokens = canvas.tokens.clone()  # [candidates, length]
    logprobs = torch.zeros(tokens.shape)  # [candidates, length]
    steps = [0] * canvas.rows
    for remaining in range(settings.steps, 0, -1):
        distribution = batch.read(settings.temperature(remaining))
        tokens[batch.rows], logprobs[batch.rows] = batch.draft.cpu(), batch.chosen(distribution)
        for row in batch.rows:
            steps[row] += 1
        if on_draft is not None:
            on_draft(settings.steps - remaining + 1, tokens.clone())
        if remaining > 1:
            batch.renew(distribution, settings.entropy_bound)
        batch.drop(batch.is_stable & (batch.uncertainty < settings.confidence))
        if not batch.rows:
            break
    return Denoised(tokens, logprobs, tuple(steps))


class _Batch:
    """The rows that are still being denoised, and what one step hands to the next."""

    def __init__(self, model: Any, prompt: Prompt, canvas: Canvas, noise: Noise, banned: Sequence[int]):
        self.model, self.noise = model, noise
        self.rows = list(range(canvas.rows))
        self.cache = prompt.repeated(canvas.rows)
        self.frozen, self.is_frozen = canvas.tokens, canvas.is_frozen  # [rows, length]
        self.allowed = _allowed(canvas, banned, noise.vocabulary)  # [rows or 1, length, vocab]
        length = canvas.tokens.shape[1]
        self.positions = torch.arange(prompt.length, prompt.length + length, device=model.device)[None]  # [1, length]
        start = noise.canvas(self.rows, length).to(model.device)
        self.current = canvas.tokens if canvas.is_warm else torch.where(self.is_frozen, self.frozen, start)
        self.conditioning: Tensor | None = None  # [rows, length, vocab]
        # No token is -1, so that nothing is stable after the first step.
        self.draft = torch.full_like(self.frozen, -1)

    def read(self, temperature: float) -> Tensor:
        """Draft the canvas by one pass of the decoder; returns the log-probabilities, `[rows, length, vocab]`."""
        logits = self._logits() / temperature
        if self.allowed is not None:
            logits = logits.masked_fill(~self.allowed, -torch.inf)
        distribution: Tensor = logits.float().log_softmax(-1)
        self.entropy = _entropy(distribution).masked_fill(self.is_frozen, 0.0)  # [rows, length]
        self.uncertainty = self.entropy.sum(-1) / (~self.is_frozen).sum(-1).clamp_min(1)  # [rows]
        draft = torch.where(self.is_frozen, self.frozen, logits.argmax(-1))
        self.is_stable = (draft == self.draft).all(-1)  # [rows]
        self.draft = draft
        self.conditioning = _certain_where_frozen(logits, self.frozen, self.is_frozen)
        return distribution

    def renew(self, distribution: Tensor, bound: float) -> None:
        """Keep a sample where it is sure enough, and put noise everywhere else."""
        # A sample first, then noise: the order in which `generate()` draws.
        sampled = self.noise.sample(self.rows, distribution.exp(), self.is_frozen).to(self.draft.device)
        fresh = self.noise.canvas(self.rows, self.draft.shape[1]).to(self.draft.device)
        renewed = torch.where(_is_accepted(self.entropy, bound), sampled, fresh)
        self.current = torch.where(self.is_frozen, self.frozen, renewed)

    def chosen(self, distribution: Tensor) -> Tensor:
        """The draft's log-probabilities, 0 where frozen: `[rows, length]`."""
        return distribution.gather(-1, self.draft[..., None])[..., 0].masked_fill(self.is_frozen, 0.0).cpu()

    def drop(self, is_done: Tensor) -> None:
        """Take finished rows out of the batch."""
        if not is_done.any():
            return
        keep = (~is_done).nonzero()[:, 0]
        self.rows = [self.rows[at] for at in keep.tolist()]
        if self.rows:
            self.frozen, self.is_frozen, self.draft = self.frozen[keep], self.is_frozen[keep], self.draft[keep]
            self.current = self.current[keep]
            self.conditioning = None if self.conditioning is None else self.conditioning[keep]
            self.allowed = self.allowed[keep] if self.allowed is not None and len(self.allowed) > 1 else self.allowed
            self.cache.batch_select_indices(keep)

    def _logits(self) -> Tensor:
        logits: Tensor = self.model(
            decoder_input_ids=self.current,
            past_key_values=self.cache,
            self_conditioning_logits=self.conditioning,
            decoder_position_ids=self.positions,
        ).logits
        return logits


def _allowed(canvas: Canvas, banned: Sequence[int], vocabulary: int) -> Tensor | None:
    if not banned:
        return canvas.allowed
    allowed = torch.ones(vocabulary, dtype=torch.bool, device=canvas.tokens.device)
    allowed[list(banned)] = False
    return allowed[None, None] if canvas.allowed is None else canvas.allowed & allowed


def _entropy(distribution: Tensor) -> Tensor:
    # A token that is ruled out has probability 0 and must count 0, not 0 times minus infinity.
    return -(distribution.exp() * distribution.clamp_min(torch.finfo(distribution.dtype).min)).sum(-1)


def _is_accepted(entropy: Tensor, bound: float) -> Tensor:
    """The positions of lowest entropy, as long as those before them sum to no more than the bound."""
    ascending, order = entropy.sort(-1)
    is_within = ascending.cumsum(-1) - ascending <= bound
    return torch.zeros_like(is_within).scatter(-1, order, is_within)


def _certain_where_frozen(logits: Tensor, frozen: Tensor, is_frozen: Tensor) -> Tensor:
    """Logits that leave no doubt of frozen tokens: what a sure model would have said of them."""
    if not is_frozen.any():
        return logits
    sure = torch.full_like(logits, -1e4).scatter(-1, frozen[..., None], 0.0)
    return torch.where(is_frozen[..., None], sure, logits)
