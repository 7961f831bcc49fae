"""The canvas of a prompt: what its slots may hold, what they came to hold, and how likely given texts are there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from engine.diffusion.canvas import Canvas, Noise
from engine.diffusion.prompt import EOS, PAD, SPECIAL_TOKENS
from engine.protocol import NAMES, Hole

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from engine.diffusion.denoise import Prompt

_WORD = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True)
class Slots:
    """One slot of equal width for each hole, side by side."""

    holes: tuple[Hole, ...]
    width: int
    tokenizer: Tokenizer
    vocabulary: int
    """Tokens that the model knows."""

    @property
    def length(self) -> int:
        """Tokens of the whole canvas."""
        return len(self.holes) * self.width

    def canvas(self, rows: int) -> Canvas:
        """Open everywhere, for texts that the holes' grammar allows."""
        allowed = torch.cat([self._allowed(hole) for hole in self.holes])[None]  # [1, length, vocab]
        blank = Canvas.blank(rows, self.length)
        return Canvas(blank.tokens, blank.is_frozen, allowed)

    def tokens(self, text: str) -> list[int]:
        """The text as its slot would hold it, cut off where the slot ends."""
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return [*ids, EOS][: self.width]

    def _allowed(self, hole: Hole) -> Tensor:
        """Which token each position of a hole's slot may take, `[width, vocab]`."""
        allowed = torch.zeros(self.width, self.vocabulary, dtype=torch.bool)
        allowed[1:, [EOS, PAD]] = True
        if hole.choices:
            for text in hole.choices:
                for at, token in enumerate(self.tokens(text)):
                    allowed[at, token] = True
            return allowed
        if hole.kind not in NAMES:
            allowed[:, len(SPECIAL_TOKENS) :] = True
            return allowed
        for text, token in self.tokenizer.get_vocab().items():
            if token >= len(SPECIAL_TOKENS) and _WORD.fullmatch(text):
                allowed[1:, token] = True
                starts = text.startswith(hole.prefix) or hole.prefix.startswith(text)
                allowed[0, token] = starts and not text[0].isdigit()
        return allowed


@torch.inference_mode()
def marginals(model: Any, prompt: Prompt, slots: Slots, noise: Noise) -> Tensor:
    """Log-probability of each token at each position before anything is settled: `[length, vocab]`.

    The mean over several noise canvases of what one pass says, so that a whole closed set is ranked by one batch.
    """
    rows = range(len(noise.generators))
    positions = torch.arange(prompt.length, prompt.length + slots.length, device=model.device)[None]
    logits = model(
        decoder_input_ids=noise.canvas(rows, slots.length).to(model.device),
        past_key_values=prompt.repeated(len(rows)),
        decoder_position_ids=positions,
    ).logits.float()  # [passes, length, vocab]
    means: Tensor = logits.log_softmax(-1).mean(0)
    return means.cpu()


def logprobs(distribution: Tensor, slots: Slots, at: int, texts: Sequence[str]) -> list[tuple[float, int]]:
    """For each text in the slot number `at`: the summed log-probability of its tokens, and how many there are."""
    start = at * slots.width
    found = []
    for text in texts:
        ids = slots.tokens(text)
        said = distribution[range(start, start + len(ids)), ids]
        found.append((float(said.sum()), len(ids)))
    return found
