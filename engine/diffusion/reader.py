"""A loaded checkpoint that reads sketches: one view, and one pass of the encoder, for each group of holes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from engine.diffusion.canvas import Noise
from engine.diffusion.checkpoint import Checkpoint
from engine.diffusion.denoise import IsOver, Prompt, never
from engine.diffusion.drafting import drafting
from engine.diffusion.network import Network, load
from engine.diffusion.prompt import MASK, decode_slot, from_sketch, indented, margin, outdented, render, slot_width
from engine.diffusion.revise import beginning, revise
from engine.diffusion.slots import Grammar, Slots, logprobs, marginals
from engine.diffusion.spell import spell
from engine.protocol import EngineError, Hole, OnDraft, Sketch

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_BUDGET = 512
_TRUST = 0.7
_PASSES = 4
"""Noise canvases over which the log-probability of a given text is averaged."""
# Consecutive seeds must not share rows: seed 1's second row is not seed 2's first.
_STRIDE = 1_000_003


@dataclass(frozen=True)
class Reader:
    """The model, its tokenizer, and how it was trained to read."""

    model: Network
    tokenizer: Tokenizer
    card: dict[str, Any]

    @classmethod
    def load(cls, checkpoint: Checkpoint, threads: int) -> Reader:
        """Raises `EngineError` when the files are not what they claim to be."""
        torch.set_num_threads(threads)
        try:
            model, tokenizer, card = load(checkpoint.folder)
            shape = tuple(model.mean_embedding(torch.ones(1, model.vocabulary)).shape)
            if shape != (1, model.hidden):
                raise ValueError(f"embeddings of {shape[1]} numbers, where its configuration says {model.hidden}")
            return cls(model, tokenizer, card)
        except EngineError:
            raise
        except Exception as error:  # the libraries raise anything from SafetensorError to a bare Exception
            first = str(error).strip().partition("\n")[0]
            raise EngineError(
                f"engine nano: {checkpoint.folder}: expected a whole checkpoint, found {first}"
            ) from error

    def views(self, sketch: Sketch, seed: int, filled: Callable[[Sequence[Hole]], dict[str, str]]) -> Iterator[View]:
        """What the model sees, group by group; `filled` gives the texts that earlier groups settled on."""
        seen: dict[str, str] = {}
        while True:
            prompt = from_sketch(sketch, seen)
            if not prompt.holes:
                return
            ids = render(prompt.kind, prompt.snippets, self.tokenizer, self.card.get("budget", _BUDGET))
            slots = Slots(prompt.holes, slot_width(prompt.kind), self.grammar)
            margins = tuple(_margin(sketch, hole) for hole in prompt.holes)
            yield View(self, slots, self.model.encode(ids), seed, margins)
            done = [*(hole for hole in sketch.holes if hole.name in seen), *prompt.holes]
            texts = filled(done)
            # A hole without any legal text must not come back for ever.
            seen = {hole.name: texts.get(hole.name, hole.name) for hole in done}

    @cached_property
    def grammar(self) -> Grammar:
        """Which tokens may stand where."""
        return Grammar(self.tokenizer, self.model.vocabulary)

    @property
    def trust(self) -> float:
        """What one point of who proposes a text weighs in nats per token; the better the model, the less."""
        return float(self.card.get("trust", _TRUST))

    @property
    def trust_in_names(self) -> float:
        """The same of a point of how a name for new code suits it: another scale, on which the model says less."""
        return float(self.card.get("trust_in_names", _TRUST))

    @property
    def mask_token(self) -> int | None:
        """The token that this checkpoint takes for noise best; None for uniform noise."""
        return MASK if self.card.get("noise") in ("mask", "mixture") else None


@dataclass(frozen=True)
class View:
    """One encoded prompt and the slots that it asks to fill."""

    reader: Reader
    slots: Slots
    prompt: Prompt
    seed: int
    margins: tuple[str, ...]
    """Of each slot: the blanks that its later lines begin with in the file, and not in the slot."""

    def sampled(self, rows: int, on_draft: OnDraft | None = None, is_over: IsOver = never) -> list[list[str]]:
        """Texts for each slot from `rows` canvases, the most often drawn first; `on_draft` sees the first."""
        start = beginning(self.slots)
        steps = self.slots.width if start is None else 1
        with drafting("nano", steps, self.texts, on_draft) as hear:
            if start is None:
                found = spell(self.prompt, self.slots, self._marginals, self._noise(rows), hear, is_over)
            else:
                found = revise(self._marginals, self.slots, start, rows, hear)
        written = [self.texts(row) for row in found.tolist()]
        return [_by_frequency([texts[hole.name] for texts in written]) for hole in self.slots.holes]

    def texts(self, row: Sequence[int]) -> dict[str, str]:
        """What stands in each slot of a canvas, by hole name."""
        width = self.slots.width
        return {
            hole.name: indented(decode_slot(row[at * width : at * width + width], self.reader.tokenizer), blanks)
            for at, (hole, blanks) in enumerate(zip(self.slots.holes, self.margins, strict=True))
        }

    def logprobs(self, at: int, texts: Sequence[str]) -> list[tuple[float, int]]:
        """For each text in slot `at`: the summed log-probability of its tokens, and their number."""
        return logprobs(self._marginals, self.slots, at, [outdented(text, self.margins[at]) for text in texts])

    @cached_property
    def _marginals(self) -> Tensor:
        start = beginning(self.slots)
        if start is None:
            return marginals(self.prompt, self.slots, self._noise(_PASSES))
        return marginals(self.prompt, self.slots, self._noise(1), start[None])

    def _noise(self, rows: int) -> Noise:
        seeds = [self.seed * _STRIDE + row for row in range(rows)]
        return Noise(seeds, self.slots.grammar.vocabulary, self.reader.mask_token)


def _margin(sketch: Sketch, hole: Hole) -> str:
    return next((margin(sketch.parts(edit.path), hole) for edit in sketch.edits if hole in edit.parts), "")


def _by_frequency(texts: list[str]) -> list[str]:
    return sorted(dict.fromkeys(texts), key=lambda text: -texts.count(text))
