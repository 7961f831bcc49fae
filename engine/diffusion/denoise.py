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
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor

from engine.diffusion import classed
from engine.diffusion.canvas import Canvas, Noise
from engine.diffusion.head import Head, Settled
from engine.diffusion.network import Network

OnDraft = Callable[[int, Tensor], None]
"""Called after each step with the number of steps done and all drafts, `[candidates, length]`."""
IsOver = Callable[[], bool]
"""Asked between two steps: whether there is no time for another one."""


def never() -> bool:
    """For those who have all the time."""
    return False


@dataclass(frozen=True)
class Settings:
    """How to denoise. The defaults are the class's own, but for the steps: names are settled long before 48.

    What the last two cost in exactness is not known well enough to have them on. With the shipped checkpoint, 338 holes
    of 315 held-out sketches and eight drafts each, the authors' text is among them in 16, 18 and 20 cases in 2, 4 and 8
    steps; in 18, 19 and 21 if tokens settle. Its noise is masks, with which rows begin alike anyway.
    """

    steps: int = 12
    first_temperature: float = 0.8
    last_temperature: float = 0.4
    entropy_bound: float = 0.1
    """Nats; how much the tokens accepted in one step may depend on each other."""
    confidence: float = 0.005
    """A stable row stops below this mean entropy, in nats per open token; 0 never stops early."""
    settles: bool = False
    """Whether what is accepted stays and is read only once more; in each step at least an equal share of it all is."""
    begins_alike: bool = False
    """Whether all rows of all batches begin with the same noise, so that the first pass reads one of them."""

    def temperature(self, remaining: int) -> float:
        """The temperature of the step after which `remaining - 1` are left."""
        return self.last_temperature + (self.first_temperature - self.last_temperature) * remaining / self.steps

    def accepted(self, entropy: Tensor, is_open: Tensor, remaining: int) -> Tensor:
        """The open positions of lowest entropy whose sample is taken, as long as those before sum to no more than the
        bound."""
        ascending, order = entropy.masked_fill(~is_open, torch.inf).sort(-1)
        is_within = ascending.cumsum(-1) - ascending <= self.entropy_bound
        if self.settles:
            least = is_open.sum(-1, keepdim=True) / remaining
            is_within |= torch.arange(entropy.shape[-1], device=entropy.device) < least
        return torch.zeros_like(is_within).scatter(-1, order, is_within) & is_open


class Canvases(Protocol):
    """A batch of canvases behind one prompt; the network and any model of the class have their own."""

    def read(self, tokens: Tensor, is_read: Tensor | None = None) -> None:
        """Run the decoder over canvases, `[rows, length]`, or over one that all rows have, `[1, length]`.

        `is_read`, `[rows, length]`, allows to keep of other positions what was read of them before.
        """

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

    def canvases(self, rows: int, length: int, lengths: Tensor | None = None) -> Canvases:
        """A batch of canvases behind this prompt; with `lengths`, `[rows]`, each ends where it does."""


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
    is_over: IsOver = never,
) -> Denoised:
    """Fill the open positions of each row; `noise` has one generator per row.

    When the time `is_over` after a step, the drafts stand as they are.
    """
    batch = _Batch(prompt, canvas.to(model.device), noise, banned, settings)
    tokens = canvas.tokens.clone()  # [candidates, length]
    logprobs = torch.zeros(tokens.shape)  # [candidates, length]
    steps = [0] * canvas.rows
    for remaining in range(settings.steps, 0, -1):
        is_done = batch.step(remaining)
        tokens[batch.rows], logprobs[batch.rows] = batch.state.draft.cpu(), batch.state.logprobs.cpu()
        for row in batch.rows:
            steps[row] += 1
        if on_draft is not None:
            on_draft(settings.steps - remaining + 1, tokens.clone())
        batch.drop(is_done)
        if not batch.rows or is_over():
            break
    return Denoised(tokens, logprobs, tuple(steps))


@dataclass(frozen=True)
class _State:
    """What one step hands to the next; each is `[rows, length]`."""

    frozen: Tensor
    """The tokens of the positions that are not open."""
    is_open: Tensor
    current: Tensor
    """What the next pass reads."""
    draft: Tensor
    logprobs: Tensor
    is_read: Tensor | None = None
    """Where the next pass has to read; None is everywhere."""

    def kept(self, rows: Tensor) -> _State:
        """The state of some rows."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{name: part[rows] for name, part in parts.items() if part is not None})


class _Batch:
    """The rows that are still being denoised."""

    def __init__(self, prompt: Prompt, canvas: Canvas, noise: Noise, banned: Sequence[int], settings: Settings):
        self.noise, self.settings = noise, settings
        self.rows = list(range(canvas.rows))
        length = canvas.tokens.shape[1]
        self.canvases = prompt.canvases(canvas.rows, length, canvas.lengths)
        self.head = Head(self.canvases, noise, _ruled_out(canvas, banned, noise.vocabulary))
        self.state = self._begun(canvas)
        current, is_open = self.state.current, self.state.is_open
        self.is_alike = (
            canvas.lengths is None
            and (canvas.allowed is None or len(canvas.allowed) == 1)
            and bool((current == current[:1]).all() and (is_open == is_open[:1]).all())
        )

    def _begun(self, canvas: Canvas) -> _State:
        frozen, is_open = canvas.tokens, ~canvas.is_frozen
        noise, rows = self.noise, self.rows
        if self.settings.begins_alike:
            noise, rows = Noise([0], noise.vocabulary, noise.mask_token), [0]
        start = noise.canvas(rows, frozen.shape[1]).to(frozen.device)
        current = frozen if canvas.is_warm else torch.where(is_open, start, frozen)
        # No token is -1, so that nothing is stable after the first step.
        draft = torch.full_like(frozen, -1)
        return _State(frozen, is_open, current, draft, torch.zeros(frozen.shape, device=frozen.device))

    def step(self, remaining: int) -> Tensor:
        """Draft the canvas by one pass, and unless it was the last one make the canvas of the next.

        Gives which rows are done, `[rows]`.
        """
        settings, state = self.settings, self.state
        # Rows that are equal are read once.
        some = slice(0, 1) if self.is_alike else slice(None)
        self.canvases.read(state.current[some], state.is_read)
        accept = None if remaining == 1 else partial(settings.accepted, remaining=remaining)
        found = self.head.settle(self.rows, state.is_open[some], settings.temperature(remaining), accept)
        self.is_alike = False
        stays = found.is_accepted & settings.settles  # [rows, length]
        draft = torch.where(state.is_open, torch.where(stays, found.sampled, found.tokens), state.frozen)
        logprobs = torch.where(state.is_open, torch.where(stays, found.said, found.logprobs), state.logprobs)
        uncertainty = found.entropy.sum(-1) / state.is_open.sum(-1).clamp_min(1)  # [rows]
        is_stable = (draft == state.draft).all(-1) & (uncertainty < settings.confidence)
        current = self._renewed(found, draft) if remaining > 1 else state.current
        self.state = replace(state, current=current, draft=draft, logprobs=logprobs)
        if settings.settles:
            self.state = replace(self.state, frozen=draft, is_open=state.is_open & ~stays, is_read=state.is_open)
        return is_stable | ~self.state.is_open.any(-1)

    def _renewed(self, found: Settled, draft: Tensor) -> Tensor:
        # A sample first, then noise: the order in which `generate()` draws.
        fresh = self.noise.canvas(self.rows, draft.shape[1]).to(draft.device)
        renewed = torch.where(found.is_accepted, found.sampled, fresh)
        return torch.where(self.state.is_open, renewed, self.state.frozen)

    def drop(self, is_done: Tensor) -> None:
        """Take finished rows out of the batch."""
        if not is_done.any():
            return
        keep = (~is_done).nonzero()[:, 0]
        self.rows = [self.rows[at] for at in keep.tolist()]
        if self.rows:
            self.state = self.state.kept(keep)
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
