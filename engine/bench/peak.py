"""What share of a processor's peak a run used: operations by formula, peaks by data sheet or by measurement."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from engine.diffusion.linear import Precision
from engine.diffusion.network import Network

_PUBLISHED = (
    (r"\bB200\b", 2250),
    (r"\bGH200\b", 990),
    (r"\bH20\b", 148),
    (r"\bH100 PCIe\b", 756),
    (r"\bH100 NVL\b", 835),
    (r"\b(H100|H200|H800)\b", 989),
    (r"\b(A100|A800)\b", 312),
    (r"\bL40S\b", 362),
    (r"\bL4\b", 121),
    (r"\bA10\b", 125),
    (r"\bA40\b", 150),
    (r"\bRTX 4090\b", 165),
    (r"\bRTX 3090\b", 71),
)
"""bfloat16 on dense matrices with float32 sums, 10^12 operations a second, as the makers' data sheets say."""
_SIDES = {"cpu": 1024, "cuda": 8192}
_SECONDS = 0.5


@dataclass(frozen=True)
class Peak:
    """What a device can do in a second."""

    device: str
    """Its name."""
    operations: float
    """Floating-point ones, a multiplication and an addition being two."""
    source: str
    """`published`, or `measured` by one large matrix product on as many threads as the run has."""


def peak(device: torch.device, precision: Precision) -> Peak:
    """The published peak of a known card in bfloat16, else a measured one."""
    name = device_name(device)
    if precision is Precision.BFLOAT16 and device.type == "cuda":
        for pattern, tera in _PUBLISHED:
            if re.search(pattern, name):
                return Peak(name, tera * 1e12, "published")
    return Peak(name, _measured(device, precision), "measured")


def device_name(device: torch.device) -> str:
    """As its maker calls it."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else _processor()


def operations(
    network: Network, positions: float, keys: float, *, conditioned: float = 0, said: float | None = None
) -> float:
    """Of one pass over so many positions, which attend to `keys` positions each on average, up to their logits.

    `conditioned` of them are told what the last pass thought of them; only `said` of them get logits, if not all.
    """
    block = 3 * network.hidden * network.intermediate
    vocabulary = network.hidden * network.vocabulary
    multiplied = (positions if said is None else said) * vocabulary + conditioned * (vocabulary + block)
    for layer in network.layers:
        at = layer.attention
        # Queries and what they found; keys and values; the feed-forward block; scores and their sums.
        weights = (2 * at.heads + 2 * at.kv_heads) * at.dim * network.hidden + block
        multiplied += positions * (weights + 2 * at.heads * at.dim * keys)
    return float(2 * multiplied)


def _processor() -> str:
    return next(_models(), "cpu")


def _models() -> Iterator[str]:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            yield from (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except OSError:
        return


def _measured(device: torch.device, precision: Precision) -> float:
    """The best of some products; for int8 in bfloat16, as torch has no plain product of bytes for every device."""
    side = _SIDES.get(device.type, min(_SIDES.values()))
    left, right = (torch.randn(side, side, device=device).to(precision.dtype) for _ in range(2))
    best, begun = float("inf"), time.perf_counter()
    while time.perf_counter() - begun < _SECONDS:
        before = time.perf_counter()
        left @ right
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        best = min(best, time.perf_counter() - before)
    return float(2 * side**3 / best)
