"""The training loss: denoise the canvas, and predict the prompt's next tokens."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.diffusion.prompt import CANVAS, MASK, PAD
from engine.training.examples import Batch
from engine.training.learner import Learner


@dataclass(frozen=True)
class Objective:
    """What is scored, and how canvases are corrupted."""

    noise: str = "uniform"
    """`uniform` replaces tokens by random ones, `mask` by `<mask>`, `mixture` chooses one of both for each example.

    Three runs of 0.68 million tokens from one start, 509 held-out holes, 95 % intervals over them: against `uniform`
    (5.25 nats a token from blank noise, 6.7 % exact at 8), `mask` is better by 0.12 to 0.19 nats and 0.9 to 3.2 points.
    `mixture` that starts from `<mask>` is better by 0.09 to 0.17 nats and -0.2 to 1.9 points, and from random tokens no
    worse than `uniform` (-0.01 to 0.05 nats), which revisions of any text need.
    """
    next_token: float = 0.5
    """Weight of the prompt's next-token loss."""
    next_token_every: int = 3
    """Only one in so many prompt positions is scored, for speed."""
    padding: float = 0.1
    """Weight of canvas padding: enough to learn lengths from."""
    revision_noise: float = 0.6
    """The most noise on top of a faulty line: with more, nothing is left that could be revised."""


@dataclass(frozen=True)
class Tensors:
    """A batch on a device."""

    prompts: Tensor
    is_prompt: Tensor
    canvas: Tensor
    start: Tensor
    is_canvas: Tensor

    @classmethod
    def of(cls, batch: Batch, device: str) -> Tensors:
        """The batch's arrays there, the transfer under way."""
        arrays = (batch.prompts, batch.is_prompt, batch.canvas, batch.start, batch.is_canvas)
        return cls(*(torch.from_numpy(array).to(device, non_blocking=True) for array in arrays))


def corrupt(canvas: Tensor, level: Tensor, vocabulary: int, noise: str) -> Tensor:
    """Replace each token of `canvas` [batch, length] with its row's probability `level` [batch]."""
    random = torch.randint(0, vocabulary, canvas.shape, device=canvas.device)
    if noise != "uniform":
        rows = torch.ones_like(level, dtype=torch.bool) if noise == "mask" else torch.rand_like(level) < 0.5
        random = torch.where(rows[:, None], MASK, random)
    return torch.where(torch.rand(canvas.shape, device=canvas.device) < level[:, None], random, canvas)


def levels(tensors: Tensors, most_of_revision: float) -> Tensor:
    """How noisy each row becomes, `[batch]`."""
    level = torch.rand(len(tensors.canvas), device=tensors.canvas.device) * 0.998 + 0.001
    revised = (tensors.start != tensors.canvas).any(-1)
    # The hardest start is what inference begins with, so it is seen as often as all middles of a quarter.
    blank = torch.where(torch.rand_like(level) < 0.25, torch.ones_like(level), level)
    return torch.where(revised, level * most_of_revision, blank)


def loss(learner: Learner, tensors: Tensors, objective: Objective) -> tuple[Tensor, dict[str, Tensor]]:
    """The scalar to minimise and what to log: `canvas`, `again`, `prompt` and `accuracy` of canvas tokens.

    Two steps of denoising, as they follow each other when the model is used: a canvas of which nothing was thought
    yet, then the same one with less noise, told what was thought (`again`). Each weighs half.
    """
    rows, width = tensors.canvas.shape
    level = levels(tensors, objective.revision_noise)
    first, then = (
        corrupt(tensors.start, share, learner.vocabulary, objective.noise)
        for share in (level, level * torch.rand_like(level))
    )
    reading = learner.read(tensors.prompts, tensors.is_prompt, first, tensors.is_canvas)
    real = (tensors.canvas != PAD).flatten()
    weights = torch.where(real, 1.0, objective.padding) * tensors.is_canvas.flatten()
    weights, wanted = weights / (2 * weights.sum()), tensors.canvas.flatten()
    found = learner.score(reading.canvas.flatten(0, 1), wanted, weights)
    hidden = learner.read_again(reading, then, found.guess.view(rows, width, -1))
    again = learner.score(hidden.flatten(0, 1), wanted, weights)
    prompt = _next_token(learner, reading.prompts, tensors.prompts, objective.next_token_every)
    log = {
        "canvas": (found.nats * real).sum() / real.sum(),
        "again": (again.nats * real).sum() / real.sum(),
        "prompt": prompt.detach(),
        "accuracy": (found.is_right & real).sum() / real.sum(),
    }
    return found.total + again.total + objective.next_token * prompt, log


def _next_token(learner: Learner, hidden: Tensor, prompts: Tensor, every: int) -> Tensor:
    """Mean cross-entropy of the prompt's next token at one in `every` positions, from a random start."""
    start = int(torch.randint(0, every, ()))
    wanted = prompts[:, 1:][:, start::every].flatten()
    before = prompts[:, :-1][:, start::every].flatten()
    weights = ((before != PAD) & (wanted != CANVAS)).float()
    chosen = hidden[:, :-1][:, start::every].flatten(0, 1)  # [positions, hidden]
    return learner.score(chosen, wanted, weights / weights.sum().clamp_min(1.0)).total
