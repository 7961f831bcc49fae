"""The steps of a training, each run as `python -m engine.training STEP`; each reads what the one before wrote."""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from engine.bench.holes import fillers, measure_holes
from engine.training import bodies, corpus, examples, tokenizer
from engine.training.evaluate import from_model
from engine.training.export import export
from engine.training.loss import Objective
from engine.training.train import Schedule, train

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BUDGET = 224
SHIPPED = Path(__file__).parent.parent / "weights" / "nano"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one step."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    STEPS[options.step](options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m engine.training", description=__doc__)
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("paths", type=Path, nargs="*", help="benchmarks: their files, local copies")
    parser.add_argument("--folder", type=Path, default=Path(".training"), help="where everything is kept")
    parser.add_argument("--weights", type=Path, default=SHIPPED, help="the checkpoint to write or to evaluate")
    parser.add_argument("--size", default=Schedule.size)
    parser.add_argument("--minutes", type=float, default=Schedule.minutes)
    parser.add_argument("--batch-tokens", type=int, default=Schedule.batch_tokens)
    parser.add_argument("--noise", choices=["uniform", "mask", "mixture"], default=Objective.noise)
    parser.add_argument("--per-package", type=int, default=900, help="examples taken from one package, about")
    parser.add_argument("--per-task", type=int, default=60, help="cases to evaluate for each task")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    return parser


def _corpus(options: argparse.Namespace) -> None:
    wanted = corpus.recipe()
    corpus.fetch(wanted, options.folder / "packages")
    print(json.dumps(corpus.build(wanted, options.folder / "packages", options.folder)))


def _benchmarks(options: argparse.Namespace) -> None:
    print(f"# Fingerprints of function bodies of {', '.join(sorted({path.stem for path in options.paths}))}")
    print("\n".join(sorted(bodies.of_benchmark(options.paths))))


def _split(options: argparse.Namespace, held_out: bool) -> list[corpus.Source]:
    names = corpus.recipe().held_out
    return [source for source in corpus.read(options.folder) if (source.package in names) is held_out]


def _tokenizer(options: argparse.Namespace) -> None:
    files = _split(options, held_out=False)
    chosen = random.Random(options.seed).sample(files, min(1500, len(files)))
    tokenizer.learn(source.text for source in chosen).save(str(options.folder / "tokenizer.json"))


def _learned(options: argparse.Namespace) -> Tokenizer:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(options.folder / "tokenizer.json"))


def _examples(options: argparse.Namespace) -> None:
    files, target = _split(options, held_out=False), options.folder / "train"
    counts = examples.prepare(
        files, _learned(options), target, budget=BUDGET, per_package=options.per_package, seed=options.seed
    )
    print(json.dumps(counts))


def _train(options: argparse.Namespace) -> None:
    schedule = Schedule(
        size=options.size,
        minutes=options.minutes,
        batch_tokens=options.batch_tokens,
        seed=options.seed,
        objective=replace(Objective(), noise=options.noise),
    )
    vocabulary = _learned(options).get_vocab_size()
    train(schedule, examples.read(options.folder / "train"), vocabulary, options.folder / "run", options.device)


def _evaluate(options: argparse.Namespace) -> None:
    from engine.registry import create

    texts = {f"{source.package}/{source.path}": source.text for source in _split(options, held_out=True)}
    named = fillers([create("enumerate"), create(f"nano:{options.weights}")])
    named["model alone"] = from_model(options.weights)
    results = measure_holes(texts, named, per_task=options.per_task, seed=options.seed, told=_told)
    (options.folder / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(results))


def _told(what: str) -> None:
    print(what, end="\r", file=sys.stderr, flush=True)


def _export(options: argparse.Namespace) -> None:
    path = options.folder / "results.json"
    results = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    export(options.folder / "run", _learned(options), options.folder, BUDGET, options.weights, results)


STEPS = {
    "benchmarks": _benchmarks,
    "corpus": _corpus,
    "tokenizer": _tokenizer,
    "examples": _examples,
    "train": _train,
    "evaluate": _evaluate,
    "export": _export,
}

if __name__ == "__main__":
    main()
