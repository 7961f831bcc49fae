"""`guardloop bench`: how long an engine takes on this machine, and how often it writes what authors wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.protocol import EngineError
from engine.registry import create
from guardloop.errors import TargetError
from guardloop.report.benching import holes_table, latency_table
from guardloop.report.latency_chart import drawer, panels
from guardloop.report.progress import progress
from metrics.discovery import discover

BASELINE = "enumerate"
"""Stands beside every engine that is measured on holes."""


def bench_holes(paths: Sequence[Path], engines: Sequence[str], per_task: int, seed: int, format: str) -> str:
    """Open holes in the functions of these files, fill them with each engine, and compare with the authors' text."""
    from engine.bench.holes import fillers, measure_holes

    named = fillers(create(spec) for spec in dict.fromkeys((*engines, BASELINE)))
    with progress() as shown:
        answer = measure_holes(_texts(paths), named, per_task=per_task, seed=seed, told=shown.doing)
    return json.dumps(answer, indent=1) if format == "json" else holes_table(answer)


@dataclass(frozen=True)
class Shapes:
    """All combinations of these; what is empty stands for the usual ones."""

    lengths: tuple[int, ...] = ()
    steps: tuple[int, ...] = ()
    candidates: tuple[int, ...] = ()


@dataclass(frozen=True)
class Timing:
    """What to time, and on what."""

    engines: tuple[str, ...]
    device: str
    precision: str | None
    shapes: Shapes
    plot: Path | None


def bench_latency(asked: Timing, format: str) -> str:
    """Time local diffusion engines over hole lengths, steps and candidates, beside autoregressive decoding."""
    draw = None if asked.plot is None else drawer(asked.plot)
    rows: list[Mapping[str, Any]] = []
    with progress() as shown:
        for spec in asked.engines:
            rows += _timed(spec, asked, shown.doing)
    if draw is not None:
        draw(panels(rows))
    return json.dumps({"schema": 1, "rows": rows}, indent=1) if format == "json" else latency_table(rows)


def _timed(spec: str, asked: Timing, told: Callable[[str], None]) -> list[dict[str, Any]]:
    checkpoint = getattr(create(spec), "checkpoint", None)
    if checkpoint is None:
        raise EngineError(f"bench: expected a diffusion engine that runs here, got {spec!r}; --holes takes any engine")
    # Now, as torch is imported only where an engine that needs it can be made.
    from engine.bench.latency import CANDIDATES, LENGTHS, PROMPT, STEPS, measure_latency, opened, shapes

    network, tokenizer = opened(checkpoint.folder, asked.device, asked.precision)
    prompt = tokenizer.encode(_sample(), add_special_tokens=False).ids[:PROMPT]
    among = asked.shapes
    wanted = shapes(among.lengths or LENGTHS, among.steps or STEPS, among.candidates or CANDIDATES)
    return measure_latency(network, spec, prompt, list(wanted), told)


def _sample() -> str:
    """Code to read before the hole: that of this package."""
    from engine.bench import holes

    return Path(holes.__file__).read_text(encoding="utf-8")


def _texts(paths: Sequence[Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in paths:
        if not path.exists():
            raise TargetError(f"{path}: expected a file or folder to open holes in, found nothing")
        root = path.parent if path.is_file() else path
        tree = discover(root, [path.absolute()] if path.is_file() else ()).tree
        found.update({f"{root}/{name}": text for name, text in tree.texts.items()})
    if not found:
        raise TargetError(f"{', '.join(map(str, paths))}: expected Python files to open holes in, found none")
    return found
