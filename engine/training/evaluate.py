"""The checkpoint alone as something to measure: without the texts that code suggests, and without rules of naming."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.bench.holes import CANDIDATES, Filler
from engine.protocol import Sketch


def from_model(folder: Path) -> Filler:
    """What the checkpoint draws, ranked by its own log-probability."""
    from engine.diffusion.checkpoint import Checkpoint
    from engine.diffusion.reader import Reader

    reader: Any = Reader.load(Checkpoint.read(folder), threads=1)

    def fill(sketch: Sketch) -> list[dict[str, str]]:
        ranked: dict[str, list[str]] = {}
        for view in reader.views(sketch, 1, lambda holes: {h.name: ranked[h.name][0] for h in holes if ranked[h.name]}):
            for at, (hole, drawn) in enumerate(zip(view.slots.holes, view.sampled(CANDIDATES), strict=True)):
                said = [logprob / tokens for logprob, tokens in view.logprobs(at, drawn)]
                ranked[hole.name] = [text for _, text in sorted(zip(said, drawn, strict=True), reverse=True)]
        return [
            {name: texts[min(at, len(texts) - 1)] for name, texts in ranked.items() if texts}
            for at in range(CANDIDATES)
        ]

    return fill
