"""Makes a shippable checkpoint of a training run, with a card that says what it is and what it can't do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from engine.diffusion.configuration import SIZES, build, parameters, save
from engine.diffusion.prompt import NAME_SLOT, WIDE_SLOT
from engine.training.corpus import recipe
from engine.training.train import CURVE, SNAPSHOT

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LIMITS = [
    "It proposes texts; it decides nothing. Every text has to pass the gates.",
    "Trained for minutes on one processor core: expect plain names, often wrong ones.",
    "It follows no English instruction, writes no logic of several lines, and knows no library that its corpus lacks.",
    "A name has to fit 7 tokens, any other hole 31.",
]


def export(run: Path, tokenizer: Tokenizer, corpus: Path, budget: int, folder: Path, results: dict[str, Any]) -> None:
    """Write the run's last snapshot as a checkpoint; `results` go onto the card as they are."""
    schedule = json.loads((run / "schedule.json").read_text(encoding="utf-8"))
    state = torch.load(run / SNAPSHOT, map_location="cpu", weights_only=True)
    model = build(SIZES[schedule["size"]], tokenizer.get_vocab_size())
    model.load_state_dict(state["model"])
    step, tokens, _, _, seconds = state["at"]
    limits = list(LIMITS)
    if schedule["steps"] is None and seconds < 59 * schedule["minutes"]:
        planned = round(schedule["minutes"], 1)
        limits.append(
            f"Taken from a run planned for {planned} minutes before its end: "
            "the learning rate had not come down all the way."
        )
    curve = [json.loads(line) for line in (run / CURVE).read_text(encoding="utf-8").splitlines()]
    manifest = json.loads((corpus / "manifest.json").read_text(encoding="utf-8"))
    packages = recipe()
    card = {
        "name": "nano",
        "size": schedule["size"],
        "parameters": parameters(model),
        "noise": schedule["objective"]["noise"],
        "budget": budget,
        "slots": {"name": NAME_SLOT, "wide": WIDE_SLOT},
        "training": {"steps": step, "tokens": tokens, "minutes": round(seconds / 60, 1), "seed": schedule["seed"]},
        "curve": curve[:: max(1, len(curve) // 16)],
        "corpus": {"blake2b": manifest["blake2b"], "characters": sum(manifest["characters"].values())},
        "packages": {n: v for n, v in packages.versions.items() if n not in packages.held_out},
        "held_out": {n: v for n, v in packages.versions.items() if n in packages.held_out},
        "results": results,
        "limits": limits,
    }
    save(folder, model, tokenizer, card)
    (folder / "CARD.md").write_text(markdown(card), encoding="utf-8")


def markdown(card: dict[str, Any]) -> str:
    """The card for people."""
    sizes, training = card["parameters"], card["training"]
    lines = [
        f"# {card['name']}: {sizes['dense'] / 1e6:.1f} M parameters and {sizes['embedding'] / 1e6:.1f} M of embedding",
        "",
        "A `DiffusionGemmaForBlockDiffusion` with random initial weights, trained by `python -m engine.training`.",
        f"Noise `{card['noise']}`, {training['steps']} steps, {training['tokens'] / 1e6:.1f} million tokens,",
        f"{training['minutes']} minutes on one processor core.",
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


def _rows(results: dict[str, Any]) -> list[str]:
    return [
        f"| {task} | {name} | {said['n']} | {row['exact_at_1']:.1%} | {row['exact_at_8']:.1%} | "
        f"{row['subtoken_f1_at_1']:.2f} |"
        for task, said in results.get("tasks", {}).items()
        for name, row in said["engines"].items()
    ]
