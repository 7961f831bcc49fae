"""Makes a shippable checkpoint of a training run, with a card that says what it is and what it can't do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.diffusion.checkpoint import CARD
from engine.diffusion.configuration import SIZES, build, parameters, save
from engine.diffusion.linear import Precision
from engine.diffusion.prompt import LONG_SLOT, NAME_SLOT, WIDE_SLOT
from engine.training import snapshot
from engine.training.bundle import Bundle
from engine.training.feed import Plan
from engine.training.train import CURVE, SCHEDULE

BEFORE = "before.json"

LIMITS = [
    "It proposes texts; it decides nothing. Every text has to pass the gates.",
    "It is small and was trained shortly: expect plain names, often wrong ones. Compare it with the baselines above.",
    "It follows no English instruction, writes no logic of several lines, and knows no library that its corpus lacks.",
    "A name has to fit 7 tokens, several lines together 63, any other hole 31.",
]


def export(
    run: Path, bundle: Bundle, plan: Plan, folder: Path, results: dict[str, Any], precision: Precision
) -> dict[str, Any]:
    """Write the run's last snapshot as a checkpoint and return its card, onto which `results` go as they are.

    Raises `SnapshotError` for a folder without a whole snapshot.
    """
    state = snapshot.read(run)
    if state is None:
        raise snapshot.SnapshotError(f"{run}: expected a folder with a snapshot, found none")
    schedule = json.loads((run / SCHEDULE).read_text(encoding="utf-8"))
    model = build(SIZES[schedule["size"]], bundle.tokenizer.get_vocab_size())
    model.load_state_dict(state["model"])
    step, tokens, _, _, _, seconds = state["at"]
    curve = [json.loads(line) for line in (run / CURVE).read_text(encoding="utf-8").splitlines()]
    facts, before = bundle.facts, run / BEFORE
    card = {
        "name": "nano",
        "size": schedule["size"],
        "parameters": parameters(model),
        "stored": precision.value,
        "noise": schedule["objective"]["noise"],
        "budget": plan.budget,
        "slots": {"name": NAME_SLOT, "wide": WIDE_SLOT, "long": LONG_SLOT},
        "training": {
            "steps": step,
            "tokens": tokens,
            "minutes": round(seconds / 60, 1),
            "seed": schedule["seed"],
            "device": state["device"],
            "before": json.loads(before.read_text(encoding="utf-8")) if before.is_file() else None,
        },
        "curve": curve[:: max(1, len(curve) // 16)],
        "corpus": {"blake2b": facts["digest"], "characters": facts["characters"]},
        "packages": facts["packages"],
        "held_out": facts["held_out"],
        "results": results,
        "limits": [*LIMITS, *_unfinished(schedule, seconds)],
    }
    save(folder, model, bundle.tokenizer, card, precision)
    write_card(folder, card)
    return card


def note_start(run: Path, card: dict[str, Any]) -> None:
    """Keep with a run how the weights that it begins with were trained."""
    run.mkdir(parents=True, exist_ok=True)
    (run / BEFORE).write_text(json.dumps(card["training"]) + "\n", encoding="utf-8")


def write_card(folder: Path, card: dict[str, Any]) -> None:
    """Put the card beside the weights, for programs and for people."""
    (folder / CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "CARD.md").write_text(markdown(card), encoding="utf-8")


def _unfinished(schedule: dict[str, Any], seconds: float) -> Iterator[str]:
    if schedule["steps"] is None and seconds < 59 * schedule["minutes"]:
        yield (
            f"Taken from a run planned for {round(schedule['minutes'], 1)} minutes before its end: "
            "the learning rate had not come down all the way."
        )


def markdown(card: dict[str, Any]) -> str:
    """The card for people."""
    sizes, training = card["parameters"], card["training"]
    lines = [
        f"# {card['name']}: {sizes['dense'] / 1e6:.1f} M parameters and {sizes['embedding'] / 1e6:.1f} M of embedding",
        "",
        "A `DiffusionGemmaForBlockDiffusion` with random initial weights, trained by `python -m engine.training`.",
        *[f"{_trained(stage)}." for stage in reversed(list(_stages(training)))],
        f"Noise of the last stage: `{card['noise']}`.",
        "",
        "## Scores on packages never trained on",
        "",
        f"Held out: {', '.join(card['held_out'])}. Figures are shares of holes; F1 compares words of the first text.",
        "",
        "| task | filler | holes | exact at 1 | exact at 8 | F1 |",
        "|---|---|---|---|---|---|",
        *_rows(card["results"]),
        "",
        "## Limits",
        "",
        *[f"* {limit}" for limit in card["limits"]],
        "",
        "## Data",
        "",
        f"Released wheels, corpus digest `{card['corpus']['blake2b']}`. Excluded by name: packages that evaluations",
        "use, vendored copies of them, and files with functions of public benchmarks.",
        "",
        ", ".join(f"{name} {version}" for name, version in card["packages"].items()),
        "",
    ]
    return "\n".join(lines)


def _stages(training: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    """A training and those that its weights come from, the last one first."""
    while training:
        yield training
        training = training.get("before")


def _trained(stage: dict[str, Any]) -> str:
    return (
        f"{stage['steps']} steps, {stage['tokens'] / 1e6:.1f} million tokens, "
        f"{stage['minutes']} minutes on {stage['device']}"
    )


def _rows(results: dict[str, Any]) -> list[str]:
    return [
        f"| {task} | {name} | {said['n']} | {row['exact_at_1']:.1%} | {row['exact_at_8']:.1%} | "
        f"{row['subtoken_f1_at_1']:.2f} |"
        for task, said in results.get("tasks", {}).items()
        for name, row in said["engines"].items()
    ]
