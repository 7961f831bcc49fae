"""The layers that the package runs, over parameters that learn.

    prompt ──┐                      ┌──► hidden states of the prompt
             ├─► layers, one pass ──┼──► of a first canvas
    canvas ──┘                      └──► the prompt's keys and values ──► layers ──► of a second canvas ◄── a guess

One pass for prompt and canvas, whose masks keep the prompt blind to the canvas: larger and fewer operations than the
class makes, which is what a training step costs where the model is small. One core with AMX, nano-3m, tokens a second:
3,200 to 3,700.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from engine.diffusion.layers import Body, Rotation, Weights
from engine.diffusion.linear import Precision, fastest
from engine.training.scoring import Scores, score

Layers = list[tuple[Tensor, Tensor]]
"""Keys and values by layer, each `[rows, heads, positions, dim]`."""


@dataclass(frozen=True)
class Reading:
    """What a pass over prompts and canvases found."""

    prompts: Tensor
    """`[rows, prompt, hidden]`"""
    canvas: Tensor
    """`[rows, canvas, hidden]`"""
    layers: Layers
    """Of the prompts alone."""
    seen: Tensor
    """What may be looked at, `[rows, prompt + canvas]`."""


def precision(device: torch.device) -> Precision:
    """What a device multiplies fastest and with gradients."""
    found = fastest(device)
    return Precision.FLOAT32 if found is Precision.INT8 else found


class Learner:
    """A model's parameters as the network they are run as; made anew for each step, as it keeps rounded copies."""

    def __init__(self, model: Any, number_format: Precision | None = None):
        text = model.config.text_config
        self.embedding: Tensor = model.lm_head.weight  # [vocab, hidden]
        self.device = self.embedding.device
        tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
        weights = Weights(tensors, number_format or precision(self.device), self.device)
        self.dtype = weights.precision.dtype
        self.vocabulary, self.hidden = int(text.vocab_size), int(text.hidden_size)
        self.softcap = float(text.final_logit_softcapping)
        self._body = Body(weights, text.to_dict())

    def read(self, prompts: Tensor, is_prompt: Tensor, canvas: Tensor, is_canvas: Tensor) -> Reading:
        """Run the layers over prompts and canvases of which nothing was thought yet, `[rows, positions]` each."""
        start = prompts.shape[1]
        seen = torch.cat([is_prompt, is_canvas], 1).bool()
        hidden = torch.cat([self._embedded(prompts), self._body.conditioned(self._embedded(canvas), None)], 1)
        hidden, layers = self._run(hidden, 0, seen, start)
        before = [(keys[:, :, :start], values[:, :, :start]) for keys, values in layers]
        return Reading(hidden[:, :start], hidden[:, start:], before, seen)

    def read_again(self, before: Reading, canvas: Tensor, guess: Tensor) -> Tensor:
        """Hidden states of other canvases behind the same prompts, told what was thought: `[rows, canvas, hidden]`.

        `guess` is the mean embedding of what was thought at each position, `[rows, canvas, hidden]`.
        """
        start = before.prompts.shape[1]
        hidden = self._body.conditioned(self._embedded(canvas), guess.float() * self.hidden**0.5)
        return self._run(hidden, start, before.seen, start, before.layers)[0]

    def score(self, hidden: Tensor, wanted: Tensor, weights: Tensor) -> Scores:
        """Cross-entropy of tokens by hidden states `[positions, hidden]`, each as dear as its weight."""
        return score(self._body.norm(hidden).to(self.dtype), self.embedding, wanted, weights, self.softcap)

    def _embedded(self, tokens: Tensor) -> Tensor:
        # From the parameter itself: rounded, the gradients of common tokens would get lost in sums.
        return functional.embedding(tokens, self.embedding).mul(self.hidden**0.5)

    def _run(
        self, hidden: Tensor, start: int, seen: Tensor, prompt: int, before: Layers | None = None
    ) -> tuple[Tensor, Layers]:
        """Hidden states of positions from `start` on, and keys and values of all; `before` are those in front."""
        found: Layers = []
        masks: dict[int | None, Tensor] = {}
        for at, layer in enumerate(self._body.layers):
            attention = layer.attention
            window = attention.window
            if window not in masks:
                masks[window] = (visible(seen.shape[1], prompt, window, self.device) & seen[:, None])[:, None, start:]
            rotation = Rotation.of(attention.frequencies, start, hidden.shape[1])
            queries, keys, values = attention.read(layer.before_attention(hidden), rotation)
            if before is not None:
                keys, values = torch.cat([before[at][0], keys], 2), torch.cat([before[at][1], values], 2)
            found.append((keys, values))
            # Not every kernel that takes a mask lets heads share keys.
            repeats = attention.heads // attention.kv_heads
            keys, values = (some.to(self.dtype).repeat_interleave(repeats, 1) for some in (keys, values))
            hidden = layer.rest(hidden, attention.write(queries, keys, values, masks[window]))
        return hidden, found


def visible(length: int, prompt: int, window: int | None, device: torch.device) -> Tensor:
    """Which position sees which, `[length, length]`: a prompt what is before it, a canvas all of both.

    With a window a position of the prompt sees so many, itself among them, and a canvas the last of the prompt.
    """
    places = torch.arange(length, device=device)
    back = places[:, None].clamp(max=prompt) - places
    found = (back >= 0) | (places[:, None] >= prompt)
    return found if window is None else found & (back < window)
