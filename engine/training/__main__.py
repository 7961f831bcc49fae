"""The steps of a training, each run as `python -m engine.training STEP`; each reads what the one before wrote.

    benchmarks PATH…   prints fingerprints of benchmark functions, for excluded_bodies.txt
    corpus             fetches the recipe's packages and writes corpus.jsonl
    tokenizer          learns tokenizer.json from it
    bundle             packs both into one file; nothing after this needs a network or the folder
    train              trains from the bundle; goes on where it was stopped
    evaluate           fills holes in held-out packages, beside the engines that need no model
    export             writes a checkpoint with its card
    card               puts what `evaluate` measured on a checkpoint's card, and how far to trust the code's own order

## A run on a GPU

With a bundle, a machine without network needs torch, transformers, tokenizers, safetensors and numpy.

    python -m engine.training train --bundle nano.bundle --folder run --size nano-30m --device cuda \\
        --batch-tokens 65536 --workers 14 --noise mixture --minutes 25 --stop-after 8.5
    ... the same command again until 25 minutes of training are done; it goes on from its snapshot ...
    python -m engine.training export --bundle nano.bundle --folder run --precision int8 --weights OUT
    python -m engine.training evaluate --bundle nano.bundle --folder run --weights OUT --per-task 100
    python -m engine.training card --folder run --weights OUT

Estimates for an H200, none of them measured yet: a step of 65,536 tokens takes 6 x 34M x 75,000 = 1.5e13 operations,
0.15 to 0.2 s at an eighth of the card's peak, so 300 to 450 thousand tokens a second and 450 to 650 million in 25
minutes. 14 workers make about 1.4 million tokens a second (100,000 each).

The same command rehearses on a CPU: `--device cpu --size nano-test --minutes 1 --batch-tokens 2400 --workers 1`.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from engine.bench.holes import fillers, measure_holes
from engine.diffusion.checkpoint import Checkpoint
from engine.diffusion.configuration import SIZES, load
from engine.diffusion.linear import Precision
from engine.protocol import EngineError
from engine.training import bodies, bundle, corpus, tokenizer
from engine.training.bundle import Bundle, BundleError
from engine.training.evaluate import from_model
from engine.training.export import export, note_start, write_card
from engine.training.feed import Feed, Plan
from engine.training.held_out import held_out_examples
from engine.training.loss import Objective
from engine.training.snapshot import SnapshotError
from engine.training.train import Schedule, train

_TOKENIZER_FILES = 3000
_GROUP_CHARACTERS = 240
"""Of a group, for each token of a batch."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one step."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        STEPS[options.step](options)
    except (BundleError, SnapshotError, EngineError) as error:
        sys.exit(f"python -m engine.training {options.step}: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m engine.training", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("paths", type=Path, nargs="*", help="benchmarks: local copies of their files")
    parser.add_argument("--folder", type=Path, default=Path(".training"), help="where a step's files are kept")
    parser.add_argument("--bundle", type=Path, help="the bundle's file; FOLDER/nano.bundle if not given")
    parser.add_argument("--weights", type=Path, help="the checkpoint to write or evaluate; FOLDER/nano if not given")
    parser.add_argument("--start", type=Path, help="train: the checkpoint whose weights to begin with")
    parser.add_argument("--vocabulary", type=int, default=tokenizer.VOCABULARY)
    parser.add_argument("--size", choices=SIZES, default=Schedule.size)
    parser.add_argument("--minutes", type=float, default=Schedule.minutes, help="of training in all")
    parser.add_argument("--steps", type=int, help="steps of training in all, instead of minutes")
    parser.add_argument("--stop-after", type=float, default=math.inf, help="minutes until this command ends")
    parser.add_argument("--snapshot-seconds", type=float, default=Schedule.snapshot_seconds)
    parser.add_argument("--batch-tokens", type=int, default=Schedule.batch_tokens)
    parser.add_argument("--noise", choices=["uniform", "mask", "mixture"], default=Objective.noise)
    parser.add_argument("--budget", type=int, default=Plan.budget, help="most tokens of a prompt")
    parser.add_argument("--per-package", type=int, default=Plan.per_package, help="examples of one package, about")
    parser.add_argument("--per-task", type=int, default=60, help="cases to evaluate for each task")
    parser.add_argument("--trust", type=float, help="card: nats per token that a point of the code's own order weighs")
    parser.add_argument("--precision", choices=list(Precision), default=Precision.BFLOAT16, type=Precision)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--workers", type=int, default=0, help="processes that draw examples")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    return parser


def _benchmarks(options: argparse.Namespace) -> None:
    print(f"# Fingerprints of function bodies of {', '.join(sorted({path.stem for path in options.paths}))}")
    print("\n".join(sorted(bodies.of_benchmark(options.paths))))


def _corpus(options: argparse.Namespace) -> None:
    wanted = corpus.recipe()
    corpus.fetch(wanted, options.folder / "packages")
    print(json.dumps(corpus.build(wanted, options.folder / "packages", options.folder)))


def _tokenizer(options: argparse.Namespace) -> None:
    held_out = corpus.recipe().held_out
    files = [source.text for source in corpus.read(options.folder) if source.package not in held_out]
    chosen = random.Random(options.seed).sample(files, min(_TOKENIZER_FILES, len(files)))
    tokenizer.learn(chosen, options.vocabulary).save(str(options.folder / "tokenizer.json"))


def _bundle(options: argparse.Namespace) -> None:
    vocabulary = (options.folder / "tokenizer.json").read_text(encoding="utf-8")
    packed = bundle.gather(corpus.read(options.folder), corpus.recipe(), vocabulary, options.seed)
    bundle.write(packed, _bundle_path(options))
    size = _bundle_path(options).stat().st_size
    print(json.dumps({"bytes": size, **{name: packed.facts[name] for name in ("digest", "characters")}}))


def _bundle_path(options: argparse.Namespace) -> Path:
    return Path(options.bundle or options.folder / "nano.bundle")


def _weights_path(options: argparse.Namespace) -> Path:
    return Path(options.weights or options.folder / "nano")


def _read(options: argparse.Namespace) -> Bundle:
    return bundle.read(_bundle_path(options))


def _plan(options: argparse.Namespace) -> Plan:
    # Some 80 batches: of fewer, too many would be left half full.
    characters = _GROUP_CHARACTERS * options.batch_tokens
    return Plan(options.budget, options.per_package, group_characters=characters, seed=options.seed)


def _train(options: argparse.Namespace) -> None:
    schedule = Schedule(
        size=options.size,
        minutes=options.minutes,
        steps=options.steps,
        batch_tokens=options.batch_tokens,
        seed=options.seed,
        snapshot_seconds=options.snapshot_seconds,
        objective=replace(Objective(), noise=options.noise),
    )
    data, weights = _read(options), None
    if options.start:
        model, _, card = load(options.start)
        weights = model.state_dict()
        note_start(options.folder / "run", card)
    run = train(
        schedule,
        Feed(data, _plan(options), options.workers),
        options.folder / "run",
        held_out=held_out_examples(data, options.budget, 512),
        device=options.device,
        seconds=60 * options.stop_after,
        weights=weights,
    )
    print(json.dumps({"steps": run.step, "tokens": run.tokens, "minutes": run.seconds / 60, "done": run.progress()}))


def _evaluate(options: argparse.Namespace) -> None:
    from engine.registry import create

    texts = {f"{source.package}/{source.path}": source.text for source in _read(options).held_out}
    named = fillers([create("enumerate"), create(f"nano:{_weights_path(options)}")])
    named["model alone"] = from_model(_weights_path(options))
    results = measure_holes(texts, named, per_task=options.per_task, seed=options.seed, told=_told)
    (options.folder / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(results))


def _told(what: str) -> None:
    print(what, end="\r", file=sys.stderr, flush=True)


def _export(options: argparse.Namespace) -> None:
    path = options.folder / "results.json"
    results = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    folder = _weights_path(options)
    card = export(options.folder / "run", _read(options), _plan(options), folder, results, options.precision)
    print(json.dumps({"bytes": sum(file.stat().st_size for file in folder.iterdir()), **card["training"]}))


def _card(options: argparse.Namespace) -> None:
    folder = _weights_path(options)
    results = json.loads((options.folder / "results.json").read_text(encoding="utf-8"))
    trust = {} if options.trust is None else {"trust": options.trust}
    write_card(folder, {**Checkpoint.read(folder).card, **trust, "results": results})


STEPS = {
    "benchmarks": _benchmarks,
    "corpus": _corpus,
    "tokenizer": _tokenizer,
    "bundle": _bundle,
    "train": _train,
    "evaluate": _evaluate,
    "export": _export,
    "card": _card,
}

if __name__ == "__main__":
    main()
