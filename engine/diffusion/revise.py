"""Starts denoising from the text that stands there, for revisions: some of it is kept, the rest is noise.

Models of this class learn to replace what does not fit, wherever it came from: a faulty line is a canvas as any other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from engine.diffusion.canvas import Canvas, Noise
from engine.diffusion.denoise import IsOver, OnDraft, Prompt, Settings, denoise, never
from engine.diffusion.prompt import EOS
from engine.protocol import HoleKind

if TYPE_CHECKING:
    from engine.diffusion.slots import Slots

MOST_NOISE = 0.6
"""Share of the text that is noise in the last row: with more, nothing is left that could be revised."""


def warmed(start: Tensor, noise: Noise, is_noise: Tensor | None = None) -> Tensor:
    """Canvases that begin with `start`, `[length]` or `[rows, length]`: the first row as it is, each later one noisier.

    One row per generator of `noise`, `[rows, length]`; where `is_noise` holds, nothing is kept.
    """
    rows, length = len(noise.generators), start.shape[-1]
    shares = torch.linspace(0.0, MOST_NOISE, rows) if rows > 1 else torch.zeros(1)
    draws = torch.stack([torch.rand(length, generator=generator) for generator in noise.generators])
    is_replaced = draws < shares[:, None]
    is_replaced = is_replaced if is_noise is None else is_replaced | is_noise
    return torch.where(is_replaced, noise.canvas(range(rows), length), start)


def beginning(slots: Slots) -> Tensor | None:
    """What revisions start from, `[length]`; None where the slots hold none, or one that is too long for its slot."""
    if not all(hole.kind is HoleKind.REVISION and hole.before for hole in slots.holes):
        return None
    start = [slots.holding(hole.before) for hole in slots.holes]
    return torch.cat(start) if all(EOS in slot for slot in start) else None


def revise(
    model: Any,
    prompt: Prompt,
    slots: Slots,
    start: Tensor,
    noise: Noise,
    settings: Settings,
    on_draft: OnDraft | None,
    is_over: IsOver = never,
) -> Tensor:
    """Token ids of one canvas per generator of `noise`, `[rows, length]`."""
    blank: Canvas = slots.canvas(len(noise.generators))
    canvas = replace(blank, tokens=warmed(start, noise), is_warm=True)
    return denoise(model, prompt, canvas, noise, settings, on_draft=on_draft, is_over=is_over).tokens
