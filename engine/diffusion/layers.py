"""The parts of a dense checkpoint's network, run without transformers.

Importing the class costs two CPU-seconds and 125 MB, and its forward takes more and smaller operations. These parts
compute what those of the class compute, and a test holds them to it; what they lack (experts, images, training) needs
the class.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from engine.diffusion.linear import Linear, Precision, linear
from engine.protocol import EngineError

_ENCODER, _DECODER = "model.encoder.language_model.", "model.decoder."
_SLIDING = "sliding_attention"


class Weights:
    """Tensors of a checkpoint by the decoder's names; shared ones may be stored under the encoder's."""

    def __init__(self, tensors: Mapping[str, Tensor], precision: Precision, device: torch.device):
        self._tensors, self.precision, self.device = tensors, precision, device

    def __getitem__(self, name: str) -> Tensor:
        for prefix in (_DECODER, _ENCODER):
            if prefix + name in self._tensors:
                return self._tensors[prefix + name].to(self.device, torch.float32)
        raise EngineError(f"expected a tensor {_DECODER}{name}, found none")

    def get(self, name: str, default: float) -> float:
        """A number, or the default where the checkpoint has none."""
        found = self._tensors.get(_DECODER + name)
        return default if found is None else float(found)

    def linear(self, *names: str) -> Linear:
        """One map for several weights of equal input, their outputs side by side."""
        return linear(torch.cat([self[f"{name}.weight"] for name in names]), self.precision)


_LINEAR = 2 * (2 / math.pi) ** 0.5


class Norm:
    """Root mean square norm over the last axis."""

    def __init__(self, weight: Tensor | None, size: int, eps: float):
        self.weight, self.size, self.eps = weight, (size,), eps

    def __call__(self, hidden: Tensor) -> Tensor:
        """The same shape, float32."""
        return functional.rms_norm(hidden.float(), self.size, self.weight, self.eps)


class Gated:
    """A gated feed-forward block."""

    def __init__(self, weights: Weights, name: str):
        self.gate = weights.linear(f"{name}gate_proj")
        self.up = weights.linear(f"{name}up_proj")
        self.down = weights.linear(f"{name}down_proj")

    def __call__(self, hidden: Tensor) -> Tensor:
        """The same shape."""
        return self.down(_gelu(self.gate(hidden)).mul_(self.up(hidden)))


def _gelu(hidden: Tensor) -> Tensor:
    if hidden.requires_grad or hidden.is_cuda:
        return functional.gelu(hidden, approximate="tanh")
    # The same by a logistic function: a third faster on a CPU than one that computes each tanh to the last bit.
    inner = torch.addcmul(hidden.new_tensor(_LINEAR), hidden, hidden, value=0.044715 * _LINEAR)
    return inner.mul_(hidden).sigmoid_().mul_(hidden)


@dataclass(frozen=True)
class Rotation:
    """Cosines and signed sines of a stretch of positions, `[positions, 1, dim]`."""

    cosines: Tensor
    sines: Tensor

    @classmethod
    def of(cls, frequencies: Tensor, start: int, length: int) -> Rotation:
        """For positions from `start` on; `frequencies` are `[dim / 2]`."""
        angles = torch.arange(start, start + length, device=frequencies.device)[:, None, None] * frequencies
        cosines, sines = angles.cos(), angles.sin()
        return cls(torch.cat([cosines, cosines], -1), torch.cat([-sines, sines], -1))

    def at(self, places: slice | Tensor) -> Rotation:
        """Of some positions of the stretch, `[positions]` or `[rows, positions]`."""
        return Rotation(self.cosines[places], self.sines[places])

    def __call__(self, heads: Tensor) -> Tensor:
        """Rotate `[rows, positions, heads, dim]`."""
        return torch.addcmul(heads * self.cosines, heads.roll(heads.shape[-1] // 2, -1), self.sines)


class Attention:
    """Queries, keys and values of one layer; what is attended to is the caller's."""

    def __init__(self, weights: Weights, name: str, text: Mapping[str, Any], layer: int):
        text = {**text, **text.get("per_layer_config", {}).get(str(layer), {})}
        kind = text["layer_types"][layer]
        self.window = text["sliding_window"] if kind == _SLIDING else None
        self.heads, self.kv_heads, self.dim = text["num_attention_heads"], text["num_key_value_heads"], text["head_dim"]
        self.frequencies = _frequencies(self.dim, text["rope_parameters"][kind]).to(weights.device)
        # Layers with full attention have no values of their own: they take the keys before norm and rotation.
        value = f"{name}v_proj" if kind == _SLIDING else f"{name}k_proj"
        self.project = weights.linear(f"{name}q_proj", f"{name}k_proj", value)
        self.out = weights.linear(f"{name}o_proj")
        query, key = weights[f"{name}q_norm.weight"], weights[f"{name}k_norm.weight"]
        gains = [query] * self.heads + [key] * self.kv_heads + [torch.ones_like(key)] * self.kv_heads
        self.gains = torch.stack(gains)  # [heads, dim]
        self.norm = Norm(None, self.dim, text["rms_norm_eps"])

    def read(self, hidden: Tensor, rotation: Rotation) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values, each `[rows, heads, positions, dim]`."""
        rows, length, _ = hidden.shape
        found = self.norm(self.project(hidden).view(rows, length, -1, self.dim)).mul_(self.gains)
        turned = self.heads + self.kv_heads
        queries, keys = rotation(found[:, :, :turned]).split([self.heads, self.kv_heads], 2)
        return queries.transpose(1, 2), keys.transpose(1, 2), found[:, :, turned:].transpose(1, 2)

    def write(
        self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None, *, is_causal: bool = False
    ) -> Tensor:
        """What the queries find in keys and values, which say the number format: `[rows, positions, hidden]`."""
        found = functional.scaled_dot_product_attention(
            queries.to(keys.dtype), keys, values, attn_mask=mask, is_causal=is_causal, scale=1.0, enable_gqa=True
        )  # [rows, heads, positions, dim]
        return self.out(found.transpose(1, 2).flatten(2))


class Layer:
    """One layer, the same for prompt and canvas."""

    def __init__(self, weights: Weights, text: Mapping[str, Any], layer: int):
        name, size, eps = f"layers.{layer}.", text["hidden_size"], text["rms_norm_eps"]
        self.attention = Attention(weights, f"{name}self_attn.", text, layer)
        self.mlp = Gated(weights, f"{name}mlp.")
        (self.before_attention, self.after_attention, self.before_mlp, self.after_mlp, self.at_end) = (
            Norm(weights[f"{name}{norm}.weight"], size, eps)
            for norm in (
                "input_layernorm",
                "post_attention_layernorm",
                "pre_feedforward_layernorm",
                "post_feedforward_layernorm_1",
                "post_feedforward_layernorm",
            )
        )
        self.scale = weights.get(f"{name}layer_scalar", 1.0)

    def rest(self, hidden: Tensor, attended: Tensor) -> Tensor:
        """What follows the attention."""
        hidden = hidden + self.after_attention(attended)
        hidden = hidden + self.at_end(self.after_mlp(self.mlp(self.before_mlp(hidden))))
        return hidden if self.scale == 1.0 else hidden * self.scale


class Body:
    """The layers of a model, the norm behind them, and the block that tells a canvas what was thought of it."""

    def __init__(self, weights: Weights, text: Mapping[str, Any]):
        size, eps = text["hidden_size"], text["rms_norm_eps"]
        self.layers = [Layer(weights, text, layer) for layer in range(text["num_hidden_layers"])]
        self.norm = Norm(weights["norm.weight"], size, eps)
        self._conditioning = Gated(weights, "self_conditioning.")
        self._before_conditioning = Norm(weights["self_conditioning.pre_norm.weight"], size, eps)
        self._after_conditioning = Norm(None, size, eps)

    def conditioned(self, embedded: Tensor, signal: Tensor | None) -> Tensor:
        """A canvas with what the last step thought of it, if there was one, both `[rows, length, hidden]`."""
        if signal is None:
            # As with a signal of zeros, of which the block makes zeros.
            return self._after_conditioning(embedded)
        return self._after_conditioning(embedded + self._conditioning(self._before_conditioning(signal)))


def _frequencies(dim: int, rope: Mapping[str, Any]) -> Tensor:
    """Of pairs of one head, `[dim / 2]`; with proportional rotation only the first ones turn."""
    if rope["rope_type"] not in ("default", "proportional"):
        raise EngineError(f"expected rope_type default or proportional, found {rope['rope_type']!r}")
    turned = int(rope.get("partial_rotary_factor", 1.0) * dim // 2)
    found = torch.zeros(dim // 2)
    found[:turned] = float(rope["rope_theta"]) ** -(torch.arange(turned) * 2 / dim)
    return found
