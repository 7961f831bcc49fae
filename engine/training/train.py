"""Trains for a given time, can be killed at any moment and goes on where its last snapshot was."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from engine.diffusion.configuration import SIZES, build
from engine.training.examples import Example, batches, collate
from engine.training.loss import Objective, loss

SNAPSHOT, CURVE = "snapshot.pt", "curve.jsonl"


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to learn."""

    size: str = "nano-3m"
    minutes: float = 60.0
    """Training time, from which the learning rate's cosine follows; pauses don't count."""
    steps: int | None = None
    """A number of steps to use instead of the time, where a run must be repeatable."""
    batch_tokens: int = 6000
    matrix_rate: float = 0.01
    vector_rate: float = 2e-3
    warmup: int = 60
    seed: int = 1
    snapshot_seconds: float = 180.0
    log_every: int = 20
    objective: Objective = field(default_factory=Objective)


class Run:
    """Model, optimizers and place in the data; everything that a snapshot holds."""

    def __init__(self, schedule: Schedule, vocabulary: int, device: str) -> None:
        torch.manual_seed(schedule.seed)
        self.schedule, self.device = schedule, device
        self.model = build(SIZES[schedule.size], vocabulary).to(device).train()
        trained = {name: value for name, value in self.model.named_parameters() if value.requires_grad}
        matrices = [value for name, value in trained.items() if value.ndim == 2 and "embed" not in name]
        others = [value for name, value in trained.items() if value.ndim != 2 or "embed" in name]
        self.optimizers: list[torch.optim.Optimizer] = [
            torch.optim.Muon(matrices, lr=schedule.matrix_rate, weight_decay=0.05, adjust_lr_fn="original"),
            torch.optim.AdamW(others, lr=schedule.vector_rate, betas=(0.9, 0.95), weight_decay=0.0),
        ]
        self.rates = (schedule.matrix_rate, schedule.vector_rate)
        self.step = self.tokens = self.epoch = self.position = 0
        self.seconds = 0.0

    def progress(self) -> float:
        """The share of the training that is done, 0 to 1."""
        if self.schedule.steps is not None:
            return min(1.0, self.step / self.schedule.steps)
        return min(1.0, self.seconds / (60 * self.schedule.minutes))

    def save(self, path: Path) -> None:
        """Write a snapshot; a kill meanwhile leaves the one before."""
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "rng": torch.get_rng_state(),
            "at": [self.step, self.tokens, self.epoch, self.position, self.seconds],
        }
        part = path.with_suffix(".part")
        torch.save(state, part)
        part.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a snapshot."""
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        for optimizer, values in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(values)
        torch.set_rng_state(state["rng"].cpu())
        self.step, self.tokens, self.epoch, self.position, self.seconds = state["at"]


def train(schedule: Schedule, examples: list[Example], vocabulary: int, folder: Path, device: str = "cpu") -> Run:
    """Train to the end of the schedule, from the folder's snapshot if it has one; returns the finished run."""
    folder.mkdir(parents=True, exist_ok=True)
    run = Run(schedule, vocabulary, device)
    if (folder / SNAPSHOT).is_file():
        run.load(folder / SNAPSHOT)
    (folder / "schedule.json").write_text(json.dumps(asdict(schedule), indent=1) + "\n", encoding="utf-8")
    sums: dict[str, float] = {}
    saved = tick = time.monotonic()
    for batch in _stream(run, examples):
        for name, value in _update(run, batch).items():
            sums[name] = sums.get(name, 0.0) + value
        now = time.monotonic()
        run.seconds, tick = run.seconds + now - tick, now
        if run.step % schedule.log_every == 0:
            _log(folder, run, {name: round(value / schedule.log_every, 4) for name, value in sums.items()})
            sums = {}
        if now - saved > schedule.snapshot_seconds:
            run.save(folder / SNAPSHOT)
            saved = now
    run.save(folder / SNAPSHOT)
    return run


def _stream(run: Run, examples: list[Example]) -> Iterator[list[Example]]:
    while run.progress() < 1.0:
        order = batches(examples, run.schedule.batch_tokens, run.schedule.seed + run.epoch)
        while run.position < len(order) and run.progress() < 1.0:
            # Counted before the step, so that a snapshot never repeats a batch.
            run.position += 1
            yield [examples[at] for at in order[run.position - 1]]
        if run.position >= len(order):
            run.epoch, run.position = run.epoch + 1, 0


def _update(run: Run, batch: list[Example]) -> dict[str, float]:
    scale = min(1.0, (run.step + 1) / run.schedule.warmup) * (
        0.03 + 0.97 * (1 + math.cos(math.pi * run.progress())) / 2
    )
    for optimizer, rate in zip(run.optimizers, run.rates, strict=True):
        for group in optimizer.param_groups:
            group["lr"] = rate * scale
    prompts, mask, canvas = (torch.from_numpy(array).to(run.device) for array in collate(batch))
    with _precision(run.device):
        total, log = loss(run.model, prompts, mask, canvas, run.schedule.objective)
    total.backward()
    torch.nn.utils.clip_grad_norm_([p for p in run.model.parameters() if p.grad is not None], 1.0)
    for optimizer in run.optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    run.step += 1
    run.tokens += int(mask.sum()) + canvas.numel()
    return log


def _precision(device: str) -> AbstractContextManager[Any]:
    return torch.autocast(device, torch.bfloat16) if device in {"cpu", "cuda"} else nullcontext()


def _log(folder: Path, run: Run, values: dict[str, float]) -> None:
    line = {"step": run.step, "seconds": round(run.seconds, 1), "tokens": run.tokens, "epoch": run.epoch, **values}
    with (folder / CURVE).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")
