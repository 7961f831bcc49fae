"""Trains for a given time, can be killed at any moment and goes on where its last snapshot was.

    feed ──► group ──► batches ──► step ──► curve.jsonl, one line every few steps
                                     │
                                     └────► snapshot.pt, now and then, with held-out figures in the curve

A run that was killed repeats the steps since its snapshot, with the same batches and the same draws: planned in steps
and on one thread it comes out as if it had never stopped. Planned in minutes it does as many steps as there is time.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.diffusion.configuration import SIZES, build
from engine.training import snapshot
from engine.training.examples import Batch, Example, batches
from engine.training.feed import Feed
from engine.training.held_out import examine
from engine.training.learner import Learner
from engine.training.loss import Objective, Tensors, loss
from engine.training.snapshot import SnapshotError

CURVE, SCHEDULE = "curve.jsonl", "schedule.json"


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

    def __init__(self, schedule: Schedule, vocabulary: int, device: str, weights: dict[str, Tensor] | None = None):
        torch.manual_seed(schedule.seed)
        self.schedule, self.device = schedule, device
        self.model = build(SIZES[schedule.size], vocabulary)
        if weights is not None:
            self.model.load_state_dict(weights)
        self.model.to(device).train()
        trained = {name: value for name, value in self.model.named_parameters() if value.requires_grad}
        matrices = [value for name, value in trained.items() if value.ndim == 2 and "embed" not in name]
        others = [value for name, value in trained.items() if value.ndim != 2 or "embed" in name]
        self.optimizers: list[torch.optim.Optimizer] = [
            torch.optim.Muon(matrices, lr=schedule.matrix_rate, weight_decay=0.05, adjust_lr_fn="original"),
            torch.optim.AdamW(others, lr=schedule.vector_rate, betas=(0.9, 0.95), weight_decay=0.0),
        ]
        self.rates = (schedule.matrix_rate, schedule.vector_rate)
        self.step = self.tokens = self.epoch = self.group = self.position = 0
        self.seconds = 0.0

    def progress(self) -> float:
        """The share of the training that is done, 0 to 1."""
        if self.schedule.steps is not None:
            return min(1.0, self.step / self.schedule.steps)
        return min(1.0, self.seconds / (60 * self.schedule.minutes))

    def save(self, folder: Path, data: str) -> None:
        """Write a snapshot of a training on the data of this digest."""
        on_gpu = torch.cuda.get_rng_state() if self.device == "cuda" else torch.empty(0, dtype=torch.uint8)
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "rng": [torch.get_rng_state(), on_gpu],
            "at": [self.step, self.tokens, self.epoch, self.group, self.position, self.seconds],
            "device": _device(self.device),
            "of": [self.schedule.size, self.schedule.objective.noise, data],
        }
        snapshot.write(state, folder)

    def load(self, state: dict[str, Any], data: str) -> None:
        """Go on from a snapshot. Raises `SnapshotError` for one of another size, noise or data."""
        wanted = [self.schedule.size, self.schedule.objective.noise, data]
        if state["of"] != wanted:
            raise SnapshotError(f"snapshot: expected one of {wanted}, got one of {state['of']}; choose another folder")
        self.model.load_state_dict(state["model"])
        for optimizer, values in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(values)
        torch.set_rng_state(state["rng"][0].cpu())
        if self.device == "cuda" and len(state["rng"][1]):
            torch.cuda.set_rng_state(state["rng"][1].cpu())
        self.step, self.tokens, self.epoch, self.group, self.position, self.seconds = state["at"]


def train(
    schedule: Schedule,
    feed: Feed,
    folder: Path,
    *,
    held_out: Sequence[Example] = (),
    device: str = "cpu",
    seconds: float = math.inf,
    weights: dict[str, Tensor] | None = None,
) -> Run:
    """Train to the end of the schedule or for `seconds`, from the folder's snapshot if it has one, else `weights`.

    Returns the run as it stands; its snapshot is written. Raises `SnapshotError` for a damaged snapshot.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run = Run(schedule, feed.bundle.tokenizer.get_vocab_size(), device, weights)
    data = str(feed.bundle.facts["digest"])
    if (state := snapshot.read(folder, device)) is not None:
        run.load(state, data)
    (folder / SCHEDULE).write_text(json.dumps(asdict(schedule), indent=1) + "\n", encoding="utf-8")
    curve = Curve(folder / CURVE, schedule.log_every, run.step)
    begun = saved = tick = time.monotonic()
    with closing(_stream(run, feed)) as stream:
        for batch in stream:
            curve.add(_update(run, batch))
            now = time.monotonic()
            run.seconds, tick = run.seconds + now - tick, now
            curve.write(run)
            if now - saved > schedule.snapshot_seconds:
                curve.note(run, **examine(run.model, held_out, device, schedule.objective.noise))
                run.save(folder, data)
                saved = now = tick = time.monotonic()
            if now - begun > seconds:
                break
    curve.note(run, **examine(run.model, held_out, device, schedule.objective.noise))
    run.save(folder, data)
    return run


class Curve:
    """The lines that a run writes; those of steps that a killed run did after its snapshot are taken back."""

    def __init__(self, path: Path, every: int, step: int) -> None:
        self.path, self.every = path, every
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.is_file() else []
        # A kill may have cut the last line off.
        whole = [line for line in lines if line.endswith("\n")]
        path.write_text("".join(line for line in whole if json.loads(line)["step"] <= step), encoding="utf-8")
        self.sums: dict[str, Tensor] = {}
        self.count = 0

    def add(self, log: dict[str, Tensor]) -> None:
        """Take note of one step; nothing waits for the device here."""
        self.sums = {name: self.sums.get(name, torch.zeros_like(value)) + value for name, value in log.items()}
        self.count += 1

    def write(self, run: Run) -> None:
        """Write the means since the last line, if it is time."""
        if run.step % self.every == 0:
            self.note(run, **{name: round(value.item() / self.count, 4) for name, value in self.sums.items()})
            self.sums, self.count = {}, 0

    def note(self, run: Run, **values: float) -> None:
        """Write a line, if it says anything."""
        line = {"step": run.step, "seconds": round(run.seconds, 1), "tokens": run.tokens, "epoch": run.epoch, **values}
        if values:
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")


def _stream(run: Run, feed: Feed) -> Generator[Batch]:
    """Batches from the run's place on, until its schedule is done."""
    # Fast attention on a GPU wants masks whose rows are aligned.
    multiple = 16 if run.device == "cuda" else 1
    with closing(feed.groups((run.epoch, run.group))) as groups:
        for place, examples in groups:
            done = run.position if place == (run.epoch, run.group) else 0
            run.epoch, run.group = place
            rng = random.Random(f"{run.schedule.seed} {place}")
            for at, batch in enumerate(batches(examples, run.schedule.batch_tokens, rng, multiple)):
                if run.progress() >= 1.0:
                    return
                if at >= done:
                    # Counted before the step, so that a snapshot never repeats a batch.
                    run.position = at + 1
                    yield batch


def _update(run: Run, batch: Batch) -> dict[str, Tensor]:
    scale = min(1.0, (run.step + 1) / run.schedule.warmup) * (
        0.03 + 0.97 * (1 + math.cos(math.pi * run.progress())) / 2
    )
    for optimizer, rate in zip(run.optimizers, run.rates, strict=True):
        for group in optimizer.param_groups:
            group["lr"] = rate * scale
    total, log = loss(Learner(run.model), Tensors.of(batch, run.device), run.schedule.objective)
    total.backward()
    torch.nn.utils.clip_grad_norm_([p for p in run.model.parameters() if p.grad is not None], 1.0)
    for optimizer in run.optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    run.step += 1
    run.tokens += batch.tokens
    return log


def _device(device: str) -> str:
    """The device as a card names it."""
    return torch.cuda.get_device_name() if device == "cuda" else f"{torch.get_num_threads()} processor core(s)"
