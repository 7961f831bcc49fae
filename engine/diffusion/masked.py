"""The engine behind `masked:PATH-OR-NAME`: models that predict masked tokens, as LLaDA, Dream and BERT do.

One hole after the other is a run of masks between what stands before and behind it, at several lengths. In each step
the model fills the masks it is surest of (Ghazvininejad et al. 2019, Mask-Predict, arXiv 1904.09324; low-confidence
remasking of LLaDA, arXiv 2502.09992). Nothing is downloaded, and no code of a checkpoint is run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.deadline import Deadline
from engine.diffusion.pretrained import check_named, computing, load_pretrained
from engine.infilling import fills
from engine.protocol import EngineError, Fill, Sketch

_STEPS = 8
_TEMPERATURE = 0.7
_CONTEXT = 512
_LONGEST = 6
"""Tokens of the longest text that is tried."""


@dataclass(frozen=True)
class Loaded:
    """A model, its tokenizer, and the tokens that it reads at once."""

    model: Any
    tokenizer: Any
    context: int


class Masked:
    """Samples texts of several lengths; the first of each length is what the model thinks likeliest."""

    name = "masked"

    def __init__(self, checkpoint: str) -> None:
        """Raises `EngineError` without a checkpoint or the extra; loading waits for the first hole."""
        check_named(self.name, checkpoint)
        self._checkpoint, self._deadline = checkpoint, Deadline(self.name)

    def end_by(self, deadline: float) -> None:
        """Begin no text beyond that."""
        self._deadline.at = deadline

    def fill(self, sketch: Sketch, *, candidates: int, seed: int) -> Iterator[Fill]:
        """Yield at most that many distinct legal fills."""
        yield from fills(sketch, self._completions, engine=self.name, candidates=candidates, seed=seed)

    @cached_property
    def loaded(self) -> Loaded:
        """Raises `EngineError` when the checkpoint is not there, is broken, or has no mask."""
        model, tokenizer = load_pretrained(self.name, self._checkpoint, "AutoModelForMaskedLM", "a masked model")
        if tokenizer.mask_token_id is None:
            raise EngineError(f"engine masked: {self._checkpoint}: expected a tokenizer with a mask token, found none")
        context = min(int(getattr(model.config, "max_position_embeddings", _CONTEXT)), 4 * _CONTEXT)
        return Loaded(model, tokenizer, context)

    def _completions(self, prefix: str, suffix: str, number: int, tokens: int, seed: int) -> Sequence[str]:
        tokenizer = self.loaded.tokenizer
        longest = min(tokens, _LONGEST)
        # At least one of each length, so that the first text is the same however many are asked for.
        lengths = [1 + at % longest for at in range(max(number, longest))]
        room = self.loaded.context - max(lengths) - 4
        # What stands nearest to the hole says most of it.
        before = tokenizer.encode(prefix, add_special_tokens=False)[-(room * 2 // 3) :]
        behind = tokenizer.encode(suffix, add_special_tokens=False)[: room // 3]
        found = self._filled(before, behind, lengths, seed)
        likeliest = sorted(found[:longest], key=_unlikeliness) + sorted(found[longest:], key=_unlikeliness)
        return [tokenizer.decode(ids, skip_special_tokens=True) for _, ids in likeliest]

    def _filled(
        self, before: list[int], behind: list[int], lengths: Sequence[int], seed: int
    ) -> list[tuple[float, list[int]]]:
        """For each length the mean log-probability and the tokens that came to stand between."""
        import torch

        found = []
        with torch.inference_mode(), computing(self.name):
            for number, length in enumerate(lengths):
                self._deadline.left()
                generator = torch.Generator().manual_seed(seed * 1_000_003 + number)
                # The first of each length is greedy; the others draw.
                temperature = 0.0 if length not in lengths[:number] else _TEMPERATURE
                found.append(self._settled(before, behind, length, temperature, generator))
        return found

    def _settled(
        self, before: list[int], behind: list[int], length: int, temperature: float, generator: Any
    ) -> tuple[float, list[int]]:
        import torch

        model, mask = self.loaded.model, self.loaded.tokenizer.mask_token_id
        ids = torch.tensor([[*before, *[mask] * length, *behind]])  # [1, tokens]
        start, total = len(before), 0.0
        for step in range(min(_STEPS, length), 0, -1):
            logits = model(input_ids=ids.to(model.device)).logits[0, start : start + length].float().cpu()
            logits[:, mask] = -torch.inf
            said = logits.log_softmax(-1)  # [length, vocab]
            drawn = _drawn(said, temperature, generator)  # [length]
            sure = said.gather(-1, drawn[:, None])[:, 0]  # [length]
            is_open = ids[0, start : start + length] == mask
            surest = sure.masked_fill(~is_open, -torch.inf).topk(math.ceil(int(is_open.sum()) / step)).indices
            ids[0, start + surest] = drawn[surest]
            total += float(sure[surest].sum())
        return total / length, ids[0, start : start + length].tolist()


def _unlikeliness(found: tuple[float, list[int]]) -> float:
    return -found[0]


def _drawn(said: Any, temperature: float, generator: Any) -> Any:
    import torch

    if not temperature:
        return said.argmax(-1)
    return torch.multinomial((said / temperature).softmax(-1), 1, generator=generator)[:, 0]
