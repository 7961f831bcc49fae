"""Prompts and canvases as compact arrays, and batches of them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.diffusion.prompt import PAD, render, slots
from engine.diffusion.snippet import snippets
from engine.protocol import HoleKind
from engine.training.corpus import Source
from engine.training.sites import Page, Rates, sites, without_docstrings

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Tokens = npt.NDArray[np.uint16]
KEEP_DOCSTRINGS = 0.15


@dataclass(frozen=True)
class Example:
    """One prompt with the canvas that answers it."""

    kind: HoleKind
    prompt: Tokens
    canvas: Tokens
    holes: int
    predicate: bool
    package: str


def examples_of(
    source: Source, tokenizer: Tokenizer, rates: Rates, budget: int, rng: random.Random
) -> Iterator[Example]:
    """A sample of the file's examples."""
    keep = rng.random() < KEEP_DOCSTRINGS
    page = Page(source.text if keep else without_docstrings(source.text))
    for site in sites(page, rates, rng):
        canvas = slots(site.texts, site.kind, tokenizer)
        if canvas is None:
            continue
        prompt = render(site.kind, snippets([site.parts(page.source)]), tokenizer, budget)
        yield Example(
            site.kind,
            np.array(prompt, np.uint16),
            np.array(canvas, np.uint16),
            len(site.texts),
            site.predicate,
            source.package,
        )


def prepare(
    sources: Iterable[Source], tokenizer: Tokenizer, folder: Path, *, budget: int, per_package: int, seed: int
) -> dict[str, int]:
    """Write the examples of these files, shuffled, at most `per_package` of each package; returns counts by kind.

    Larger packages give fewer sites per function, so that what is taken comes from all over them.
    """
    files = list(sources)
    sizes: dict[str, int] = {}
    for source in files:
        sizes[source.package] = sizes.get(source.package, 0) + len(source.text)
    found: list[Example] = []
    for source in files:
        # About one example for 450 characters at full rates.
        share = min(1.0, per_package / (sizes[source.package] / 450))
        rng = random.Random(f"{seed} {source.package} {source.path}")
        if rng.random() < share:
            found += examples_of(source, tokenizer, Rates(), budget, rng)
    random.Random(seed).shuffle(found)
    folder.mkdir(parents=True, exist_ok=True)
    write(found, folder)
    counts: dict[str, int] = {}
    for example in found:
        counts[example.kind.value] = counts.get(example.kind.value, 0) + 1
    return counts


def write(examples: list[Example], folder: Path) -> None:
    """Store examples as flat arrays with their lengths."""
    np.savez(
        folder / "examples.npz",
        prompts=np.concatenate([example.prompt for example in examples]),
        canvases=np.concatenate([example.canvas for example in examples]),
        prompt_lengths=np.array([len(example.prompt) for example in examples]),
        canvas_lengths=np.array([len(example.canvas) for example in examples]),
    )
    rows = [[example.kind.value, example.holes, example.predicate, example.package] for example in examples]
    (folder / "examples.json").write_text(json.dumps(rows), encoding="utf-8")


def read(folder: Path) -> list[Example]:
    """The stored examples, in their order."""
    arrays = np.load(folder / "examples.npz")
    prompts = np.split(arrays["prompts"], np.cumsum(arrays["prompt_lengths"])[:-1])
    canvases = np.split(arrays["canvases"], np.cumsum(arrays["canvas_lengths"])[:-1])
    rows = json.loads((folder / "examples.json").read_text(encoding="utf-8"))
    return [
        Example(HoleKind(kind), prompt, canvas, holes, predicate, package)
        for (kind, holes, predicate, package), prompt, canvas in zip(rows, prompts, canvases, strict=True)
    ]


def batches(examples: list[Example], tokens: int, seed: int) -> list[list[int]]:
    """One epoch: lists of example numbers with equal canvas lengths and similar prompt lengths, in random order.

    A batch holds at most `tokens` prompt and canvas tokens, padding included.
    """
    rng = random.Random(seed)
    groups: dict[int, list[int]] = {}
    for at in rng.sample(range(len(examples)), len(examples)):
        groups.setdefault(len(examples[at].canvas), []).append(at)
    result: list[list[int]] = []
    for width, members in groups.items():
        # The noise keeps batches from being the same in each epoch.
        members.sort(key=lambda at: len(examples[at].prompt) + rng.random() * 8)
        batch: list[int] = []
        for at in members:
            if batch and (len(batch) + 1) * (len(examples[at].prompt) + 8 + width) > tokens:
                result.append(batch)
                batch = []
            batch.append(at)
        result.append(batch)
    rng.shuffle(result)
    return result


def collate(examples: list[Example]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Left-padded prompts and their mask, [batch, prompt]; canvases, [batch, canvas]."""
    longest = max(len(example.prompt) for example in examples)
    prompts = np.full((len(examples), longest), PAD, np.int64)
    mask = np.zeros_like(prompts)
    for row, example in enumerate(examples):
        prompts[row, longest - len(example.prompt) :] = example.prompt
        mask[row, longest - len(example.prompt) :] = 1
    return prompts, mask, np.stack([example.canvas for example in examples]).astype(np.int64)
