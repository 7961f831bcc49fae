"""The training loss: denoise the canvas, and predict the prompt's next tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own convention

from engine.diffusion.prompt import CANVAS, MASK, PAD


@dataclass(frozen=True)
class Objective:
    """What is scored, and how canvases are corrupted."""

    noise: str = "uniform"
    """`uniform` replaces tokens by random ones, `mask` by `<mask>`, `mixture` chooses one of both for each example."""
    canvases: int = 2
    """Corruptions of each canvas per encoded prompt; the prompt is the dear part."""
    self_conditioning: float = 0.5
    """Share of examples that see the model's own first guess."""
    next_token: float = 0.5
    """Weight of the prompt's next-token loss."""
    next_token_every: int = 3
    """Only one in so many prompt positions is scored, for speed."""
    padding: float = 0.1
    """Weight of canvas padding: enough to learn lengths from."""


def corrupt(canvas: torch.Tensor, level: torch.Tensor, vocabulary: int, noise: str) -> torch.Tensor:
    """Replace each token of `canvas` [batch, length] with its row's probability `level` [batch]."""
    random = torch.randint(0, vocabulary, canvas.shape, device=canvas.device)
    if noise != "uniform":
        rows = torch.ones_like(level, dtype=torch.bool) if noise == "mask" else torch.rand_like(level) < 0.5
        random = torch.where(rows[:, None], MASK, random)
    return torch.where(torch.rand(canvas.shape, device=canvas.device) < level[:, None], random, canvas)


def loss(
    model: Any, prompts: torch.Tensor, mask: torch.Tensor, canvas: torch.Tensor, objective: Objective
) -> tuple[torch.Tensor, dict[str, float]]:
    """The scalar to minimise and what to log: `canvas`, `prompt` and `accuracy` of canvas tokens.

    `prompts` and `mask` are [batch, prompt], left-padded; `canvas` is [batch, length].
    """
    encoded = model.model.encoder(input_ids=prompts, attention_mask=mask)
    cache = encoded.past_key_values
    copies = objective.canvases
    if copies > 1:
        # Repeated by hand: the cache's own method is made for inference.
        for layer in cache.layers:
            layer.keys = layer.keys.repeat_interleave(copies, 0)
            layer.values = layer.values.repeat_interleave(copies, 0)
        mask, canvas = mask.repeat_interleave(copies, 0), canvas.repeat_interleave(copies, 0)
    rows, length = canvas.shape
    vocabulary = model.config.text_config.vocab_size
    level = torch.rand(rows, device=canvas.device) * 0.998 + 0.001
    # The hardest start is what inference begins with, so it is seen as often as all middles of a quarter.
    level = torch.where(torch.rand_like(level) < 0.25, torch.ones_like(level), level)
    noisy = corrupt(canvas, level, vocabulary, objective.noise)
    visible = F.pad(mask.bool(), (0, length), value=True)
    common = {"past_key_values": cache, "decoder_attention_mask": visible}
    guess: dict[str, torch.Tensor] = {}
    if torch.rand(()).item() < objective.self_conditioning:
        with torch.no_grad():
            first = model(decoder_input_ids=noisy, **common).logits
        guess = {"self_conditioning_logits": first.detach()}
    logits = model(decoder_input_ids=noisy, **common, **guess).logits.float()  # [batch * copies, length, vocabulary]
    each = F.cross_entropy(logits.flatten(0, 1), canvas.flatten(), reduction="none").view(rows, length)
    weight = torch.where(canvas == PAD, objective.padding, 1.0)
    denoising = (each * weight).sum() / weight.sum()
    prompt = _next_token(model, encoded.last_hidden_state, prompts, objective.next_token_every)
    real = canvas != PAD
    correct = ((logits.argmax(-1) == canvas) & real).sum() / real.sum()
    log = {
        "canvas": (each.detach() * real).sum().item() / real.sum().item(),
        "prompt": prompt.item(),
        "accuracy": correct.item(),
    }
    return denoising + objective.next_token * prompt, log


def _next_token(model: Any, hidden: torch.Tensor, prompts: torch.Tensor, every: int) -> torch.Tensor:
    """Cross-entropy of the prompt's next token at one in `every` positions, from a random start."""
    targets = prompts[:, 1:].masked_fill((prompts[:, :-1] == PAD) | (prompts[:, 1:] == CANVAS), -100).flatten()
    start = int(torch.randint(0, every, ()))
    chosen = hidden[:, :-1].flatten(0, 1)[start::every]  # [positions, hidden]
    cap = model.config.text_config.final_logit_softcapping or 0.0
    logits = model.lm_head(chosen).float()
    logits = cap * torch.tanh(logits / cap) if cap else logits
    return F.cross_entropy(logits, targets[start::every], ignore_index=-100)
