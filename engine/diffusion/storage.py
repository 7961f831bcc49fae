"""Tensors as a checkpoint stores them: matrices in bfloat16, or in bytes with a scale for each row."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from engine.diffusion.linear import Precision

SCALE = ".scale"
"""Ends the name of the scales of a tensor of bytes, `[rows]`."""


def packed(tensors: Mapping[str, Tensor], precision: Precision) -> dict[str, Tensor]:
    """Tensors to store; those that share their memory are stored once."""
    found: dict[str, Tensor] = {}
    seen: set[int] = set()
    for name, tensor in tensors.items():
        if tensor.data_ptr() in seen:
            continue
        seen.add(tensor.data_ptr())
        if precision is Precision.INT8 and tensor.ndim == 2:
            scales = (tensor.float().abs().amax(1) / 127).clamp_min(1e-8)
            found[name] = (tensor.float() / scales[:, None]).round().to(torch.int8)
            found[name + SCALE] = scales
        elif tensor.is_floating_point() and precision is not Precision.FLOAT32:
            found[name] = tensor.detach().to(torch.bfloat16).contiguous()
        else:
            found[name] = tensor.detach().contiguous()
    return found


def unpacked(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What was stored, in float32."""
    found: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if name.endswith(SCALE):
            continue
        scales = tensors.get(name + SCALE)
        found[name] = tensor.float() if scales is None else tensor.float() * scales.float()[:, None]
    return found
