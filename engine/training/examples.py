"""Prompts and canvases as arrays: what one file gives, and what a batch is."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.diffusion.prompt import PAD, outdented, render, slots
from engine.diffusion.snippet import snippets
from engine.protocol import HoleKind
from engine.training.corpus import Source
from engine.training.sites import Page, Rates, Site, sites
from engine.training.statements import statement_sites

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Tokens = npt.NDArray[np.uint16]
Matrix = npt.NDArray[np.int64]
_SPREAD = 8
"""Tokens by which prompts of one batch may be moved apart, so that batches differ between epochs."""


@dataclass(frozen=True)
class Example:
    """One prompt with the canvas that answers it."""

    kind: HoleKind
    prompt: Tokens
    canvas: Tokens
    start: Tokens
    """What the canvas holds before any noise: itself, or a revision's faulty text."""


def examples_of(
    source: Source, tokenizer: Tokenizer, rates: Rates, budget: int, rng: random.Random
) -> Iterator[Example]:
    """A sample of the file's examples, for prompts of at most `budget` tokens."""
    try:
        page = Page(source.text)
    except (SyntaxError, ValueError, RecursionError):
        # Another version of Python parses here than where the corpus was built.
        return
    for site in (*sites(page, rates, rng), *statement_sites(page, rates, rng)):
        canvas = slots([_relative(page, site, text) for text in site.texts], site.kind, tokenizer)
        start = slots([_relative(page, site, site.mutated)], site.kind, tokenizer) if site.mutated else canvas
        if canvas is not None and start is not None:
            prompt = render(site.kind, snippets([site.parts(page.source)]), tokenizer, budget)
            yield Example(site.kind, *(np.array(ids, np.uint16) for ids in (prompt, canvas, start)))


def _relative(page: Page, site: Site, text: str) -> str:
    """The text as its slot holds it."""
    if "\n" not in text:
        return text
    before = page.source[: site.places[0][0]].rpartition(b"\n")[2].decode()
    return outdented(text, before) if before.isspace() else text


@dataclass(frozen=True)
class Batch:
    """Examples padded to one shape."""

    prompts: Matrix
    """Padded on the left, `[batch, prompt]`."""
    is_prompt: Matrix
    """1 where a prompt is, 0 where its padding."""
    canvas: Matrix
    """`[batch, canvas]`"""
    start: Matrix
    """`[batch, canvas]`"""
    is_canvas: Matrix
    """1 where a canvas is, 0 behind its last slot."""

    @property
    def tokens(self) -> int:
        """How many are of use."""
        return int(self.is_prompt.sum() + self.is_canvas.sum())


def collate(examples: Sequence[Example], multiple: int = 1) -> Batch:
    """The examples, as long as the longest; prompts are padded to a multiple of so many tokens."""
    longest = -(-max(len(example.prompt) for example in examples) // multiple) * multiple
    widest = max(len(example.canvas) for example in examples)
    prompts = np.full((len(examples), longest), PAD, np.int64)
    canvas = np.full((len(examples), widest), PAD, np.int64)
    start, is_prompt, is_canvas = canvas.copy(), np.zeros_like(prompts), np.zeros_like(canvas)
    for row, example in enumerate(examples):
        prompts[row, longest - len(example.prompt) :] = example.prompt
        is_prompt[row, longest - len(example.prompt) :] = 1
        canvas[row, : len(example.canvas)] = example.canvas
        start[row, : len(example.canvas)] = example.start
        is_canvas[row, : len(example.canvas)] = 1
    return Batch(prompts, is_prompt, canvas, start, is_canvas)


def batches(examples: Sequence[Example], tokens: int, rng: random.Random, multiple: int = 1) -> Iterator[Batch]:
    """Each example once, in batches of one canvas length and similar prompts, in random order.

    A batch holds at most `tokens` prompt and canvas tokens, padding included.
    """
    groups: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    for at in rng.sample(range(len(examples)), len(examples)):
        groups[len(examples[at].canvas)].append((len(examples[at].prompt) + rng.random() * _SPREAD, at))
    result: list[list[int]] = []
    for width, members in groups.items():
        batch: list[int] = []
        for _, at in sorted(members):
            if batch and (len(batch) + 1) * (len(examples[at].prompt) + _SPREAD + multiple - 1 + width) > tokens:
                result.append(batch)
                batch = []
            batch.append(at)
        result.append(batch)
    rng.shuffle(result)
    yield from (collate([examples[at] for at in batch], multiple) for batch in result)
